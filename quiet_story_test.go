package main

import (
	"context"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"journeybot/slacksim"
)

// TestStoryQuietWhenItShouldBe mutes an account in every way, and lets low and late signals wait in lists.
func TestStoryQuietWhenItShouldBe(t *testing.T) {
	t.Parallel()
	onBothDatabases(t, quietWhenItShouldBe)
}

func quietWhenItShouldBe(t *testing.T, w *world) {
	w.run()
	limit := func(resource string, percent int) {
		w.publish("growth.signal.usage_limit", "acme", map[string]any{"resource": resource, "used": percent, "limit": 100})
	}
	w.publish("growth.account.updated", "acme", acme)
	w.publish("growth.signal.health_shift", "acme", acmeTurnsRed)
	card := w.sees("#cs-alerts", "Acme Corp health red")
	limit("Seats", 76)
	w.publish("growth.account.updated", "globex", map[string]any{"name": "Globex", "owner": "maria@example.com"})
	w.publish("growth.signal.health_shift", "globex", map[string]any{"to": "red", "score": 40, "at": time.Now().AddDate(0, 0, -2).UTC().Format(time.RFC3339)})
	w.until("what is low and what is late waits in the list", func() bool {
		held := w.slash("ben", "/journey alerts held").raw
		return strings.Contains(held, "held: low severity") && strings.Contains(held, "held: came late")
	})

	// Muted by command: what is shown says so, what comes waits.
	muted := w.slash("ben", "/journey mute Acme Corp 7 days because migration <!here> weekend")
	require.Contains(t, muted.raw, "Muted: *Acme Corp* until")
	require.Contains(t, muted.raw, "2 live alerts are quiet meanwhile")
	card = w.changes(card, "Muted until")
	require.Contains(t, card.raw, "by Ben")
	require.Contains(t, card.raw, "migration &lt;!here&gt; weekend")
	w.threadSays(card, "Ben muted it until")
	limit("API calls", 101)
	w.until("it is held", func() bool { return strings.Contains(w.slash("ben", "/journey alerts held high").raw, "API calls") })
	account := w.slash("maria", "/journey acme")
	require.Contains(t, account.raw, "migration")
	require.Empty(t, w.postsAbout("#cs-alerts", "API calls"))

	// Unmuted: what is grave is shown, and everybody knows what became of the rest.
	ended := w.slash("tom", "/journey unmute acme")
	require.Contains(t, ended.raw, "It held 3 alerts: 1 is shown now, 1 goes on as before, 1 stays in the digest.")
	w.sees("#cs-alerts", "API calls")
	w.threadSays(card, "Tom ended the mute")
	require.Contains(t, w.slash("maria", "/journey unmute acme").raw, "Nothing mutes *Acme Corp*")

	// By the menu under the card.
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	w.choose("maria", w.sees("#cs-alerts", "Acme Corp health red"), "alert.more", "mute")
	w.until("the form is open", func() bool { return len(w.slack.Views("maria")) == 1 })
	form := w.slack.Views("maria")[0]
	fill := func(days int) []slacksim.Input {
		return []slacksim.Input{
			{BlockID: "mute_kind", ActionID: "mute_kind", Values: []string{"usage_limit"}},
			{BlockID: "mute_days", ActionID: "mute_days", Values: []string{strconv.Itoa(days)}},
			{BlockID: "mute_because", ActionID: "mute_because", Values: []string{"known"}},
		}
	}
	refused, err := w.slack.Submit(ctx, "maria", form.ID, fill(91))
	require.NoError(t, err)
	require.Contains(t, refused.Errors["mute_days"], "1 to 90")
	_, err = w.slack.Submit(ctx, "maria", form.ID, fill(30))
	require.NoError(t, err)
	answer := w.tells("maria", "#cs-alerts", "only usage limit alerts")
	w.until("only the limits are muted", func() bool {
		held := w.slash("ben", "/journey alerts held").raw
		return strings.Contains(held, "held: muted") && !strings.Contains(held, "Acme Corp health")
	})
	w.clickPrivate("maria", answer, "mute.end")
	w.until("the button ends it", func() bool { return !strings.Contains(w.slash("ben", "/journey alerts held").raw, "held: muted") })

	for command, says := range map[string]string{
		"/journey mute acme 91d":  "from 1 to 90 days",
		"/journey mute zzzz":      "No account matches",
		"/journey mute":           "mute &lt;account&gt;",
		"/journey unmute":         "unmute &lt;account&gt;",
		"/journey acme timeline":  "Ben muted everything",
		"/journey acme why":       "Last signals",
		"/journey help":           "mute acme 7d limits because migration",
		"/journey unmute zzzzzzz": "No account matches",
	} {
		require.Contains(t, w.slash("ben", command).raw, says, command)
	}

	// A customer who left is quiet, except for who works on it.
	w.publish("growth.account.updated", "acme", map[string]any{"status": "churned"})
	w.until("nobody is told any more", func() bool { return strings.Contains(w.slash("ben", "/journey alerts held").raw, "customer no more") })
}
