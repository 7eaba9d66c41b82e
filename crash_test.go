package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"journeybot/storage"
	"journeybot/storage/storagetest"
)

// onBoth runs a test on SQLite and on Postgres.
func onBoth(t *testing.T, run func(t *testing.T, database string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		run(t, "sqlite:"+filepath.Join(t.TempDir(), "bot.db"))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		run(t, storagetest.Postgres(t))
	})
}

func TestKilledAfterCommitBeforeAck(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, database string) {
		w := newWorld(t, setup{database: database, external: true})
		host := hostOf(t, w.natsURL)
		cut := wireTo(t, host, "$JS.ACK")
		w.env["NATS_URL"] = strings.Replace(w.natsURL, host, cut.addr(), 1)
		bot := w.run()
		w.publish("growth.signal.health_shift", "acme", acmeTurnsRed)
		<-cut.seen // the acknowledgement follows the commit, and never arrives
		bot.kill()

		w.env["NATS_URL"] = w.natsURL
		w.run()
		w.publish("growth.signal.health_shift", "globex", acmeTurnsRed)
		w.sees("#cs-alerts", "globex")
		w.settles()
		require.Len(t, w.postsAbout("#cs-alerts", "acme"), 1)
		require.Len(t, w.postsAbout("#cs-alerts", "globex"), 1)
		require.NotContains(t, w.postsAbout("#cs-alerts", "acme")[0].raw, "seen 2", "a redelivered event counts once")
	})
}

func TestKilledAfterPostBeforeItsTimestampIsStored(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, database string) {
		w := newWorld(t, setup{database: database})
		bot := w.run()
		posted := w.holdAnswer("chat.postMessage", "#cs-alerts") // Slack takes the message; the answer never comes
		w.publish("growth.signal.health_shift", "acme", acmeTurnsRed)
		posted()
		bot.kill()
		w.clearFaults()

		w.run()
		card := w.sees("#cs-alerts", "acme")
		w.click("maria", card, "alert.ack")
		w.changes(card, "Maria is on it")
		w.settles()
		require.Len(t, w.posts("#cs-alerts"), 1, "adopted, not posted again")
	})
}

func TestKilledBetweenTwoMessagesOfOneAlert(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, database string) {
		growth := filepath.Join(t.TempDir(), "growth.yaml")
		writeFile(t, growth, twoChannels)
		w := newWorld(t, setup{database: database, env: map[string]string{"GROWTH_CONFIG": growth}})
		bot := w.run()
		refused := w.refuse("chat.postMessage", "#cs-urgent") // never executed
		w.publish("growth.signal.health_shift", "acme", acmeTurnsRed)
		w.sees("#cs-alerts", "acme")
		refused()
		bot.kill()
		w.clearFaults()

		w.run()
		w.sees("#cs-urgent", "acme")
		w.settles()
		require.Len(t, w.posts("#cs-alerts"), 1)
		require.Len(t, w.posts("#cs-urgent"), 1)
	})
}

const twoChannels = `
channels:
  alerts: {slack: "#cs-alerts"}
  urgent: {slack: "#cs-urgent"}
fallback: {channel: alerts}
routes:
  - {name: both, when: kind == "health_shift", channel: urgent, continue: true}
  - {name: default, channel: alerts, owner: account_owner}
`

func TestKilledDuringMigration(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, database string) {
		env := map[string]string{"DATABASE_URL": database}
		finished := 0
		for delay := time.Millisecond; finished == 0; delay += 7 * time.Millisecond {
			p := start(t, env, "migrate")
			select {
			case <-p.done:
				require.Zero(t, p.cmd.ProcessState.ExitCode(), p.output())
				finished++
			case <-time.After(delay):
				p.kill()
			}
		}
		store, err := storage.Open(t.Context(), storage.Config{URL: database})
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, store.Close()) })
		require.NoError(t, store.Ready(t.Context()))
		applied, err := store.Migrate(t.Context())
		require.NoError(t, err)
		require.Zero(t, applied, "nothing is left to do")
	})
}

func TestDatabaseAwayLosesNothing(t *testing.T) {
	t.Parallel()
	server := storagetest.NewServer(t)
	w := newWorld(t, setup{database: server.URL(), external: true})
	bot := w.run()
	w.publish("growth.signal.health_shift", "before", acmeTurnsRed)
	w.sees("#cs-alerts", "before")

	server.Stop()
	w.publish("growth.signal.health_shift", "meanwhile", acmeTurnsRed)
	require.Eventually(t, func() bool { return status(w.address+"/readyz") == 503 }, 30*time.Second, 50*time.Millisecond)
	require.Contains(t, w.get("/readyz"), "database")
	require.Equal(t, 200, status(w.address+"/healthz"))

	server.Start()
	w.sees("#cs-alerts", "meanwhile")
	require.Eventually(t, func() bool { return status(w.address+"/readyz") == 200 }, 30*time.Second, 50*time.Millisecond)
	require.Zero(t, bot.stop(10*time.Second))
}

func TestNATSAwayLosesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, setup{external: true})
	w.run()
	w.publish("growth.signal.health_shift", "before", acmeTurnsRed)
	card := w.sees("#cs-alerts", "before")

	w.stopNATS()
	w.click("maria", card, "alert.ack")
	w.changes(card, "Maria is on it")
	require.Equal(t, 200, status(w.address+"/healthz"))
	w.until("/readyz says so", func() bool { return strings.Contains(w.get("/readyz"), "NATS away") })

	w.startNATS()
	w.until("and says when it is back", func() bool { return !strings.Contains(w.get("/readyz"), "NATS away") })
	w.publish("growth.signal.health_shift", "after", acmeTurnsRed)
	w.sees("#cs-alerts", "after")
	w.hears("journeybot.alert.acknowledged")
}

func TestEveryAlertOnceWhileSlackMisbehaves(t *testing.T) {
	t.Parallel()
	w := newWorld(t, setup{env: map[string]string{"SLACK_CHANNEL_INTERVAL": "0", "GROWTH_CONFIG": unbundled(t)}, noLimit: true})
	w.run()
	w.misbehave("chat.postMessage", 0.05, 0.03, 0.05)
	const signals = 300
	for i := range signals {
		w.publish("growth.signal.health_shift", fmt.Sprintf("account-%03d", i), acmeTurnsRed)
	}
	require.Eventually(t, func() bool { return w.distinct("#cs-alerts", "account-") == signals }, 5*time.Minute, 200*time.Millisecond)
	w.clearFaults()
	w.settles()
	require.Len(t, w.posts("#cs-alerts"), signals, "each exactly once")
}

func TestNo429WithTheDefaultInterval(t *testing.T) {
	t.Parallel()
	w := newWorld(t, setup{env: map[string]string{"SLACK_CHANNEL_INTERVAL": "1s", "GROWTH_CONFIG": unbundled(t)}})
	w.run()
	for i := range 12 {
		w.publish("growth.signal.health_shift", fmt.Sprintf("account-%03d", i), acmeTurnsRed)
	}
	require.Eventually(t, func() bool { return w.distinct("#cs-alerts", "account-") == 12 }, time.Minute, 200*time.Millisecond)
	require.Zero(t, w.answers("chat.postMessage", 429))
}

func TestFrozenDatabaseStillAnswers(t *testing.T) {
	t.Parallel()
	server := storagetest.NewServer(t)
	w := newWorld(t, setup{database: server.URL()})
	w.run()
	w.publish("growth.account.updated", "acme", acme)
	require.Eventually(t, func() bool { return strings.Contains(w.slash("maria", "/journey acme").raw, "Acme Corp") }, 20*time.Second, 100*time.Millisecond)

	server.Pause()
	answers := w.slashAtOnce(100, "/journey acme")
	time.AfterFunc(10*time.Second, server.Resume)
	answers(2500*time.Millisecond, "Still looking", "Acme Corp")
}
