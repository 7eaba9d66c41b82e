package main

import (
	"context"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"journeybot/slacksim"
	"journeybot/storage/storagetest"
)

// TestStoryEverythingExplainsItself asks for everything that the bot can tell of the past, and writes a note.
func TestStoryEverythingExplainsItself(t *testing.T) {
	t.Parallel()
	for _, database := range []string{"sqlite", "postgres"} {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			setup := setup{httpMode: database == "postgres"}
			if database == "postgres" {
				setup.database = storagetest.Postgres(t)
			}
			explainsItself(t, newWorld(t, setup))
		})
	}
}

func explainsItself(t *testing.T, w *world) {
	w.run()
	w.publish("growth.account.updated", "acme", acme)
	for days, users := range map[int]int{60: 41, 30: 33, 1: 19} {
		w.publish("growth.kpi.reported", "acme", map[string]any{
			"kpis": map[string]any{"active_users": users}, "at": time.Now().AddDate(0, 0, -days).UTC().Format(time.RFC3339),
		})
	}
	w.publish("growth.touch.logged", "acme", map[string]any{"channel": "call", "who": "Maria", "note": "Talked about exports"})
	w.publish("growth.signal.health_shift", "acme", map[string]any{"to": "green", "score": 78, "at": time.Now().AddDate(0, 0, -3).UTC().Format(time.RFC3339)})
	w.publish("growth.signal.health_shift", "acme", acmeTurnsRed)
	card := w.sees("#cs-alerts", "Acme Corp")
	w.click("ben", card, "alert.ack")
	card = w.changes(card, "Ben is on it")

	// The button under the card explains it, privately.
	w.choose("maria", card, "alert.more", "why")
	why := w.tells("maria", "#cs-alerts", "What came in")
	for _, says := range []string{"*critical* did not", "severity is high", "*default* matched", "#cs-alerts", "asked for account owner", "nothing held it", "health-red", "story"} {
		require.Contains(t, why.raw, says)
	}
	id := shortIDIn(t, why.raw)
	require.Contains(t, w.slash("maria", "/journey why "+id).raw, "*default* matched")
	account := w.slash("maria", "/journey Acme Corp why")
	require.Contains(t, account.raw, "Last signals")
	require.Contains(t, account.raw, "opened "+id)
	w.click("maria", account, "alert.why")
	w.until("the alert behind the account explains itself", func() bool {
		return len(w.told("maria", "general")) > 0 && containsAny(w.told("maria", "general"), "What came in")
	})

	// Days on which nobody was told.
	day := time.Now().AddDate(0, 0, -3).Format(time.DateOnly)
	require.Contains(t, w.slash("maria", "/journey why not Acme Corp "+day).raw, "no reason to alert")
	require.Contains(t, w.slash("maria", "/journey why not acme 2020-01-01").raw, "No event about it came in")
	require.Contains(t, w.slash("maria", "/journey why not acme today").raw, "There was one, after all")
	require.Contains(t, w.slash("maria", "/journey why not acmme corp").raw, "Did you mean")

	// A note, and the timeline that holds it.
	require.Contains(t, w.slash("maria", `/journey note Acme Corp Dana is back <!here>`).raw, "Noted on the timeline of *Acme Corp*")
	require.Contains(t, w.slash("maria", `/journey note zzzz something`).raw, "No account matches")
	timeline := w.slash("ben", "/journey acme timeline")
	for _, says := range []string{"Maria noted:", "Dana is back &lt;!here&gt;", "Ben is on it", "opened (high)", "Touch: call by Maria"} {
		require.Contains(t, timeline.raw, says)
	}

	logsAMessage(t, w)

	// Numbers.
	kpis := w.slash("ben", "/journey acme kpis 90d")
	require.Contains(t, kpis.raw, "data_visualization")
	require.Contains(t, kpis.raw, "Active users")
	shown := w.slash("ben", "/journey acme")
	w.click("ben", shown, "account.view")
	w.until("the button shows the same", func() bool { return containsAny(w.told("ben", "general"), "KPIs of the last 90 days") })
	stats := w.slash("ben", "/journey stats 7d #cs-alerts")
	require.Contains(t, stats.raw, "1 alert opened, 100 % acknowledged")
	require.Contains(t, w.slash("ben", "/journey stats @ben").raw, "of Ben")
	require.Contains(t, w.slash("ben", "/journey stats routes").raw, "default")
	require.Contains(t, w.slash("ben", "/journey stats blah").raw, "don't know *stats blah*")
	require.Contains(t, w.get("/metrics"), `journeybot_route_alerts_total{route="default"} 1`)

	// Lists by several words at once.
	require.Contains(t, w.slash("ben", "/journey alerts mine health high #cs-alerts").raw, id)
	require.Contains(t, w.slash("ben", "/journey alerts mine pql").raw, "Nothing waits here")
	require.Contains(t, w.slash("ben", "/journey help").raw, "/journey why not acme 2026-11-03")

	// The command line explains the same on what the database knows.
	file := filepath.Join(t.TempDir(), "event.json")
	writeFile(t, file, `{"type": "growth.signal.pql", "subject": "acme", "data": {"score": 90}}`)
	out := w.command("route", "--event", file)
	require.Contains(t, out, "Acme Corp (as the database has it)")
	require.Contains(t, out, "✓  pql: kind == \"pql\" → sales")
	require.Len(t, w.posts("#sales-pql"), 0, "and tells nobody")
}

func shortIDIn(t *testing.T, text string) string {
	t.Helper()
	id := regexp.MustCompile(`[AP]-[0-9A-Z]{4}`).FindString(text)
	require.NotEmpty(t, id)
	return id
}

func containsAny(posts []post, text string) bool {
	return slices.ContainsFunc(posts, func(p post) bool { return strings.Contains(p.raw, text) })
}

// logsAMessage makes a note of a message with the shortcut, after naming an account that there is not.
func logsAMessage(t *testing.T, w *world) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	ts, err := w.slack.Send("ben", "general", "", "Just met Acme Corp: they want SSO & audit logs")
	require.NoError(t, err)
	_, err = w.slack.MessageShortcut(ctx, "ben", "note.log", "general", ts)
	require.NoError(t, err)
	w.until("the form is open", func() bool { return len(w.slack.Views("ben")) == 1 })
	form := w.slack.Views("ben")[0]
	require.Contains(t, string(form.Raw), `"initial_value":"Acme Corp"`, "the account is guessed")
	require.Contains(t, readable(form.Raw), "they want SSO & audit logs")
	fill := func(account string) []slacksim.Input {
		return []slacksim.Input{
			{BlockID: "note_account", ActionID: "note_account", Values: []string{account}},
			{BlockID: "note_text", ActionID: "note_text", Values: []string{"They want SSO"}},
		}
	}
	refused, err := w.slack.Submit(ctx, "ben", form.ID, fill("acmme corp"))
	require.NoError(t, err)
	require.Contains(t, refused.Errors["note_account"], "Did you mean Acme Corp")
	done, err := w.slack.Submit(ctx, "ben", form.ID, fill("acme"))
	require.NoError(t, err)
	require.Empty(t, done.Errors)
	require.Empty(t, w.slack.Views("ben"))
	w.tells("ben", "general", "Noted on the timeline of *Acme Corp*")
	timeline := w.slash("ben", "/journey acme timeline")
	require.Contains(t, timeline.raw, `They want SSO\" <http`, "with a link to the message")
}
