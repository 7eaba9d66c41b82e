package main

import (
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"journeybot/storage/storagetest"
)

// everywhere runs a story in Socket Mode and in HTTP mode, on SQLite and on Postgres.
func everywhere(t *testing.T, story func(t *testing.T, w *world)) {
	t.Helper()
	for _, mode := range []string{"socket", "http"} {
		for _, database := range []string{"sqlite", "postgres"} {
			t.Run(mode+"/"+database, func(t *testing.T) {
				t.Parallel()
				setup := setup{httpMode: mode == "http"}
				if database == "postgres" {
					setup.database = storagetest.Postgres(t)
				}
				story(t, newWorld(t, setup))
			})
		}
	}
}

func TestStorySignalMessageClickUpdate(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, w *world) {
		w.run()
		w.publish("growth.account.updated", "acme", acme)
		w.publish("growth.signal.health_shift", "acme", acmeTurnsRed)

		card := w.sees("#cs-alerts", "High: Acme Corp health red, 72 to 44")
		require.Contains(t, card.raw, "Active users")
		require.Contains(t, card.raw, "<@"+w.user("maria")+">", "the owner is mentioned in the first post")

		w.click("ben", card, "alert.ack")
		card = w.changes(card, "is on it")
		require.Contains(t, card.raw, "Ben")
		require.NotContains(t, card.raw, "<@", "nobody is mentioned again")
		w.threadSays(card, "Ben")

		w.publish("growth.signal.health_shift", "acme", acmeRecovers)
		w.changes(card, "Recovered")
		require.Len(t, w.posts("#cs-alerts"), 1, "one message through its whole life")
	})
}

func TestStoryTheSecondPersonLearnsWhoWasFirst(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, w *world) {
		w.run()
		w.publish("growth.account.updated", "acme", acme)
		w.publish("growth.signal.health_shift", "acme", acmeTurnsRed)
		card := w.sees("#cs-alerts", "Acme Corp")

		w.refuse("chat.update", "#cs-alerts") // so that everybody still sees the button
		w.click("maria", card, "alert.ack")
		w.click("maria", card, "alert.ack")
		w.click("ben", card, "alert.ack")
		private := w.tells("ben", "#cs-alerts", "Maria took this at")
		w.clearFaults()
		w.changes(card, "Maria is on it")
		require.Empty(t, w.told("maria", "#cs-alerts"), "a double click changes nothing and says nothing")

		w.clickPrivate("ben", private, "alert.take")
		w.changes(card, "Ben is on it")
	})
}

func TestStoryJourneyCommand(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, w *world) {
		w.run()
		w.publish("growth.account.updated", "acme", acme)
		w.publish("growth.kpi.reported", "acme", map[string]any{"kpis": map[string]any{"active_users": 19, "nps": 4}})
		w.publish("growth.account.updated", "acmex", map[string]any{"name": "Acmex Labs"})
		w.publish("growth.signal.health_shift", "acme", acmeTurnsRed)
		w.sees("#cs-alerts", "Acme Corp")

		for _, name := range []string{"acme", "Acme Corp", "acme.example", "ACME CORP", "Acme Incorporated"} {
			answer := w.slash("maria", "/journey "+name)
			require.Contains(t, answer.raw, "Acme Corp", name)
			require.Contains(t, answer.raw, "44", name)
		}
		guess := w.slash("maria", "/journey acmme corp")
		require.Contains(t, guess.raw, "Did you mean")
		require.Contains(t, guess.raw, "account.show")
		require.Contains(t, w.slash("maria", "/journey acm").raw, "Acmex Labs", "a prefix of two accounts offers both")
		require.Contains(t, w.slash("maria", "/journey zzzzqqqq").raw, "No account matches")
		require.Contains(t, w.slash("maria", "/journey alrts").raw, "alerts")
		require.Contains(t, w.slash("maria", "/journey help").raw, "/journey alerts")
		require.Contains(t, w.slash("maria", "/journey alerts red").raw, "Acme Corp")
		require.NotContains(t, w.slash("maria", "/journey alerts unowned").raw, "health 72")
	})
}

func TestStoryTheFourSignals(t *testing.T) {
	t.Parallel()
	w := newWorld(t, setup{})
	w.run()
	w.publish("growth.account.updated", "globex", map[string]any{"name": "Globex", "sales_owner": "tom@example.com", "plan": "Team"})
	w.publish("growth.signal.pql", "globex", map[string]any{
		"score": 86, "reasons": []string{"Opened SSO settings 4 times this week"},
		"contact": map[string]any{"name": "Priya Rao", "title": "VP Operations"},
	})
	w.publish("growth.signal.usage_limit", "initech", map[string]any{"resource": "API calls", "used": 902400, "limit": 1000000})
	w.publish("growth.signal.milestone_dropoff", "hooli", map[string]any{
		"milestone": "value-realization", "expected_by": "2026-11-19",
		"progress": map[string]any{"exports": map[string]any{"have": 0, "need": 2}},
	})
	w.sees("#sales-pql", "PQL 86")
	w.sees("#cs-alerts", "90 %")
	w.sees("#cs-alerts", "hooli")

	w.publish("growth.signal.usage_limit", "initech", map[string]any{"resource": "API calls", "used": 905000, "limit": 1000000})
	w.publish("growth.signal.usage_limit", "initech", map[string]any{"resource": "API calls", "used": 1010000, "limit": 1000000})
	w.sees("#cs-alerts", "101 %")
	require.Len(t, w.posts("#cs-alerts"), 2, "more of the same refreshes the one message")
}

func TestStoryPoisonGoesAsideAndItsNeighboursGoThrough(t *testing.T) {
	t.Parallel()
	w := newWorld(t, setup{external: true})
	w.run()
	w.publishRaw("growth.signal.pql", []byte(`{"not json`))
	w.publishRaw("growth.signal.unheard_of", []byte(`{"specversion":"1.0","id":"x1","source":"test","type":"growth.signal.unheard_of","subject":"acme","data":{}}`))
	w.publish("growth.signal.health_shift", "acme", acmeTurnsRed)
	w.sees("#cs-alerts", "acme")
	out := w.command("dead-letters", "list")
	require.Contains(t, out, "growth.signal.unheard_of")
	require.Contains(t, out, "x1")
	metrics := w.get("/metrics")
	require.Contains(t, metrics, "journeybot_dead_letters_total")
}

func TestStoryStateSurvivesARestart(t *testing.T) {
	t.Parallel()
	w := newWorld(t, setup{})
	bot := w.run()
	w.publish("growth.signal.health_shift", "acme", acmeTurnsRed)
	card := w.sees("#cs-alerts", "acme")
	require.Zero(t, bot.stop(5*time.Second))

	w.run()
	w.click("maria", card, "alert.ack")
	w.changes(card, "Maria is on it")
	require.Len(t, w.posts("#cs-alerts"), 1)
}

func TestWrongSettingsAreListedAtOnce(t *testing.T) {
	t.Parallel()
	p := start(t, map[string]string{
		"DATABASE_URL": "mysql://root:hunter2@db/x", "NATS_MODE": "guess", "HTTP_ADDR": "nowhere", "SLACK_APP_TOKEN": "xoxb-secret-in-the-wrong-place",
		"GROWTH_CONFIG": "/nowhere/growth.yaml",
	}, "serve")
	<-p.done
	require.Equal(t, exitSettings, p.cmd.ProcessState.ExitCode())
	for _, name := range []string{"DATABASE_URL", "NATS_MODE", "HTTP_ADDR", "SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "/nowhere/growth.yaml"} {
		require.Contains(t, p.output(), name)
	}
	require.NotContains(t, p.output(), "hunter2")
	require.NotContains(t, p.output(), "secret-in-the-wrong-place")
}

func TestARejectedTokenIsASetting(t *testing.T) {
	t.Parallel()
	w := newWorld(t, setup{env: map[string]string{"SLACK_BOT_TOKEN": "xoxb-revoked-0000"}})
	p := w.launch()
	<-p.done
	require.Equal(t, exitSettings, p.cmd.ProcessState.ExitCode())
	require.Contains(t, p.output(), "SLACK_BOT_TOKEN")
	require.NotContains(t, p.output(), "xoxb-revoked-0000")
}

func TestGrowthFileMistakesAreListedAtOnce(t *testing.T) {
	t.Parallel()
	file := t.TempDir() + "/growth.yaml"
	writeFile(t, file, "channels:\n  alerts: {slack: \"#cs-alerts\"}\nroutes:\n  - {name: a, when: kind == 5, channel: nowhere}\nsurprise: 1\n")
	p := start(t, map[string]string{"GROWTH_CONFIG": file, "SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1"}, "check")
	<-p.done
	require.Equal(t, exitSettings, p.cmd.ProcessState.ExitCode())
	for _, place := range []string{file + ":4:", file + ":5:"} {
		require.Contains(t, p.output(), place)
	}
}

// acme is the account of the messages' reference, and its two changes of health.
var (
	acme = map[string]any{
		"name": "Acme Corp", "domain": "acme.example", "aliases": []string{"Acme Incorporated"}, "segment": "mid", "arr": 84000,
		"owner": "maria@example.com", "contacts": []map[string]any{{"name": "Dana Weiss", "role": "champion"}},
	}
	acmeTurnsRed = map[string]any{
		"from": "green", "to": "red", "previous_score": 72, "score": 44, "reason": "Active users fell 41 → 19 in 7 days",
		"drivers": []map[string]any{{"measure": "Active users", "from": 41, "to": 19}, {"measure": "NPS", "from": 8, "to": 4}},
	}
	acmeRecovers = map[string]any{"from": "red", "to": "green", "previous_score": 44, "score": 78}
)

func writeFile(tb testing.TB, path, text string) {
	tb.Helper()
	require.NoError(tb, os.WriteFile(path, []byte(text), 0o600))
}
