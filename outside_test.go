package main

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
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

func TestStoryOneAlertInTwoChannelsThroughItsWholeLife(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, database string) {
		growth := filepath.Join(t.TempDir(), "growth.yaml")
		writeFile(t, growth, twoChannels)
		w := newWorld(t, setup{database: database, external: true, env: map[string]string{"GROWTH_CONFIG": growth}})
		w.run()
		w.publish("growth.account.updated", "acme", acme)
		w.publish("growth.signal.health_shift", "acme", acmeTurnsRed)
		here, there := w.sees("#cs-alerts", "Acme Corp"), w.sees("#cs-urgent", "Acme Corp")
		both := func(text string) {
			t.Helper()
			here, there = w.changes(here, text), w.changes(there, text)
		}

		w.click("ben", there, "alert.ack")
		both("Ben is on it")
		w.choose("ben", here, "alert.more", "unack")
		both("🔴 High")
		w.choose("maria", here, "alert.snooze", "1h")
		both("Snoozed")
		w.choose("maria", there, "alert.resolve", "saved")
		both("✅ Saved")
		w.click("ben", here, "alert.reopen")
		both("Ben is on it")
		w.threadSays(here, "Ben")
		w.threadSays(there, "Ben")

		w.settles()
		require.Len(t, w.posts("#cs-alerts"), 1)
		require.Len(t, w.posts("#cs-urgent"), 1)
		for _, event := range []string{"opened", "acknowledged", "unacknowledged", "snoozed", "resolved", "reopened"} {
			w.hears("journeybot.alert." + event)
		}
	})
}

func TestSecretsStayInside(t *testing.T) {
	t.Parallel()
	server := storagetest.NewServer(t)
	secrets := []string{"pg-hidden-1", "nats-hidden-2", "signing-hidden-3"}
	database, err := url.Parse(server.URL())
	require.NoError(t, err)
	database.User = url.UserPassword("postgres", secrets[0])
	w := newWorld(t, setup{
		database: database.String(), external: true, password: secrets[1], env: map[string]string{"SLACK_SIGNING_SECRET": secrets[2]},
	})
	secrets = slices.Concat(secrets, []string{w.slack.BotToken(), w.slack.AppToken(), "/actions/", "/commands/", "ticket="})
	bot := w.run()
	w.publish("growth.signal.health_shift", "acme", acmeTurnsRed)
	w.sees("#cs-alerts", "acme")
	answer := w.slash("maria", "/journey acme")
	var told strings.Builder
	look := func() {
		for _, path := range []string{"/readyz", "/metrics", "/healthz"} {
			told.WriteString(w.get(path))
		}
	}

	cut := w.inject(slacksim.Fault{Method: "response_url", Kind: slacksim.FaultCut})
	w.clickPrivate("maria", answer, "answer.share")
	w.reached(cut)()
	bot.line(patience, func(line string) bool { return strings.Contains(line, "answer not delivered") })
	for _, kind := range []slacksim.FaultKind{slacksim.FaultCutEarly, slacksim.FaultStatus, slacksim.FaultRateLimit} {
		w.clearFaults()
		failed := w.inject(slacksim.Fault{Method: "chat.postMessage", Kind: kind})
		w.publish("growth.signal.health_shift", "acme-"+string(kind), acmeTurnsRed)
		w.reached(failed)()
	}
	w.clearFaults()
	server.Stop()
	w.until("the database is away", func() bool { return status(w.address+"/readyz") == http.StatusServiceUnavailable })
	look()
	server.Start()
	w.until("the database is back", func() bool { return status(w.address+"/readyz") == http.StatusOK })
	w.stopNATS()
	w.until("NATS is away", func() bool { return strings.Contains(w.get("/readyz"), "NATS away") })
	look()
	w.startNATS()
	w.slack.DisconnectSockets("link_disabled")
	w.slack.RevokeTokens()
	w.publish("growth.signal.health_shift", "unseen", acmeTurnsRed)
	w.until("Slack refuses the bot", func() bool { return strings.Contains(w.get("/readyz"), "SLACK_BOT_TOKEN") })
	look()
	require.Zero(t, bot.stop(10*time.Second))

	for _, secret := range secrets {
		require.NotContains(t, bot.output(), secret)
		require.NotContains(t, told.String(), secret)
	}
}

func TestSecretsStayInsideWhenSettingsAreWrong(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		env  map[string]string
		says string
	}{
		"database that is no address":  {map[string]string{"DATABASE_URL": "postgres://u:hidden%zz@db/journeybot"}, "DATABASE_URL"},
		"database with an odd setting": {map[string]string{"DATABASE_URL": "postgres://u:hidden@127.0.0.1:1/db?sslmode=hidden"}, "DATABASE_URL"},
		"database that is not there":   {map[string]string{"DATABASE_URL": "postgres://u:hidden@127.0.0.1:1/db?sslmode=disable"}, "database away"},
		"NATS that is no address":      {map[string]string{"NATS_URL": "nats://u:hidden%zz@nats:4222"}, "NATS_URL"},
		"NATS that is not there":       {map[string]string{"NATS_URL": "nats://u:hidden@127.0.0.1:1"}, "NATS away"},
		"an nkey that is none":         {map[string]string{"NATS_URL": "nats://127.0.0.1:1", "NATS_NKEY": "SUhidden"}, "NATS_NKEY"},
		"a file that is missing":       {map[string]string{"SLACK_BOT_TOKEN": "", "SLACK_BOT_TOKEN_FILE": "/nowhere"}, "SLACK_BOT_TOKEN_FILE"},
		"another kind of database":     {map[string]string{"DATABASE_URL": "mysql://u:hidden@db"}, "DATABASE_URL"},
		"Slack with a password":        {map[string]string{"SLACK_API_URL": "http://u:hidden@127.0.0.1:1/api/"}, "SLACK_API_URL"},
		"Slack that is not there":      {nil, "slack away"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := map[string]string{
				"SLACK_BOT_TOKEN": "xoxb-hidden", "SLACK_APP_TOKEN": "xapp-hidden", "SLACK_API_URL": "http://127.0.0.1:1/api/",
				"DATA_DIR": t.TempDir(), "HTTP_ADDR": "127.0.0.1:0", "LOG_FORMAT": "json", "LOG_LEVEL": "debug",
			}
			maps.Copy(env, c.env)
			p := start(t, env, "serve")
			require.Eventually(t, func() bool { return strings.Contains(p.output(), c.says) }, patience, 20*time.Millisecond)
			if strings.Contains(c.says, "_") { // a variable: the program ends
				<-p.done
				require.Equal(t, exitSettings, p.cmd.ProcessState.ExitCode(), p.output())
			}
			require.NotContains(t, p.output(), "hidden")
		})
	}
}

func TestStoryEverythingIsAwayAtTheStart(t *testing.T) {
	t.Parallel()
	server := storagetest.NewServer(t)
	w := newWorld(t, setup{database: server.URL(), external: true})
	server.Stop()
	w.stopNATS()
	slackAway := w.inject(slacksim.Fault{Kind: slacksim.FaultStatus})
	w.bot = w.launch()
	w.address = w.bot.address()
	w.reached(slackAway)()
	require.Equal(t, http.StatusOK, status(w.address+"/healthz"))
	require.Equal(t, http.StatusServiceUnavailable, status(w.address+"/readyz"))
	w.until("every reason is told", func() bool {
		reasons := w.get("/readyz")
		return strings.Contains(reasons, "database does not answer") && strings.Contains(reasons, "Slack does not answer") &&
			strings.Contains(reasons, "NATS away")
	})

	w.startNATS()
	server.Start()
	w.clearFaults()
	w.bot.ready()
	w.until("the stream is made", func() bool { return w.taken() })
	w.publish("growth.signal.health_shift", "acme", acmeTurnsRed)
	w.sees("#cs-alerts", "acme")
}

func TestWhatIsSeenFromOutside(t *testing.T) {
	t.Parallel()
	w := newWorld(t, setup{external: true, env: map[string]string{"LOG_LEVEL": "info"}})
	bot := w.run()
	limited := w.inject(slacksim.Fault{Method: "chat.postMessage", Kind: slacksim.FaultRateLimit, Count: 1})
	w.publish("growth.account.updated", "acme", acme)
	w.publish("growth.signal.health_shift", "acme", acmeTurnsRed)
	w.publishRaw("growth.signal.pql", []byte(`{"not json`))
	w.reached(limited)()
	card := w.sees("#cs-alerts", "Acme Corp")
	w.click("maria", card, "alert.ack")
	w.changes(card, "is on it")
	w.slash("maria", "/journey acme")
	w.settles()

	w.until("the metrics tell it all", func() bool {
		metrics := w.get("/metrics")
		return !slices.ContainsFunc([]string{
			`journeybot_events_total{result="opened",type="growth.signal.health_shift"} 1`,
			`journeybot_events_total{result="dead_letter",type="unknown"} 1`,
			`journeybot_event_age_seconds_count [23]`,
			`journeybot_alerts{kind="health_shift",status="acknowledged"} 1`,
			`journeybot_alerts{kind="health_shift",status="open"} 0`,
			`journeybot_slack_calls_total{method="chat.postMessage",result="ok"} [1-9]`,
			`journeybot_slack_calls_total{method="chat.update",result="ok"} [1-9]`,
			`journeybot_slack_calls_total{method="chat.postMessage",result="rate_limited"} 1`,
			`journeybot_slack_rate_limited_total{method="chat.postMessage"} 1`,
			`journeybot_publish_lag_seconds_count{kind="card"} [1-9]`,
			`journeybot_messages{state="waiting"} 0`,
			`journeybot_oldest_message_seconds 0`,
			`journeybot_outbox_events 0`,
			`journeybot_events_pending 0`,
			`journeybot_dead_letters 1`,
			`journeybot_dead_letters_total{type="unknown"} 1`,
			`journeybot_command_seconds_count{command="account",result="ok"} 1`,
			`journeybot_command_seconds_count{command="alert.ack",result="ok"} 1`,
			`journeybot_build_info{growth_revision="[^"]+",version="[^"]+"} 1`,
		}, func(want string) bool {
			return !regexp.MustCompile("(?m)^" + strings.NewReplacer("{", `\{`, "}", `\}`).Replace(want) + "$").MatchString(metrics)
		})
	})
	require.Zero(t, bot.stop(10*time.Second))

	key := regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	lines := map[string]map[string]any{} // the last of each message
	for _, raw := range strings.Split(bot.output(), "\n") {
		var line map[string]any
		require.NoError(t, json.Unmarshal([]byte(raw), &line), raw)
		for name := range line {
			require.Regexp(t, key, name)
		}
		if line["command"] != "alert.ack" { // the command's line is looked at, not the click's
			lines[line["msg"].(string)] = line
		}
	}
	for message, keys := range map[string][]string{
		"events taken":    {"count", "ms", "first_seq", "last_seq"},
		"message shown":   {"did", "message_id", "alert_id", "kind", "channel", "ts", "version", "attempt", "lag_ms", "ms"},
		"message put off": {"message_id", "alert_id", "code", "attempt", "until"},
		"answered":        {"command", "user", "result", "via", "ms"},
		"event set aside": {"dead_letter", "subject", "reason"},
		"alert changed":   {"alert_id", "account", "do", "status", "user"},
		"outbox relayed":  {"count", "sent", "ms"},
	} {
		require.Contains(t, lines, message)
		for _, name := range keys {
			require.Contains(t, lines[message], name, message)
		}
	}
}
