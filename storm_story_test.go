package main

import (
	"context"
	"encoding/json"
	"fmt"
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

// TestStoryAStorm lets thirty accounts turn red while the program is away. What comes then is four cards and one bundle, which
// several people work on at once.
func TestStoryAStorm(t *testing.T) {
	t.Parallel()
	for _, database := range []string{"sqlite", "postgres"} {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			setup := setup{external: true}
			if database == "postgres" {
				setup.database = storagetest.Postgres(t)
			}
			storm(t, newWorld(t, setup))
		})
	}
}

func storm(t *testing.T, w *world) {
	const accounts = 30
	bot := w.run()
	for i := range accounts {
		w.publish("growth.account.updated", stormy(i), map[string]any{
			"name": fmt.Sprintf("Company %02d", i), "arr": 1000 * (100 - i), "owner": []string{"maria@example.com", "ben@example.com"}[i%2],
		})
	}
	w.settles()
	require.Zero(t, bot.stop(patience))
	for i := range accounts {
		w.publish("growth.signal.health_shift", stormy(i), acmeTurnsRed)
	}
	w.run()
	bundle := w.sees("#cs-alerts", "26 more health alerts")
	w.settles()
	require.Len(t, w.posts("#cs-alerts"), 5, "four cards and a bundle")
	require.Contains(t, bundle.Text, "and 21 more")
	bundle = w.changes(bundle, "Acknowledge these 20")

	// Tom takes two; Maria takes all that she sees, and learns what she did not get.
	for _, so := range []string{"25 open, 1 acknowledged", "24 open, 2 acknowledged"} {
		w.click("tom", bundle, "alert.ack")
		bundle = w.changes(bundle, so)
	}
	w.click("maria", bundle, "bundle.ack_all")
	answer := w.tells("maria", "#cs-alerts", "You are on 18 of these 20 now.")
	require.Regexp(t, `Tom was faster with Company \d\d \(A-\w+\), Company \d\d \(A-\w+\)\.`, answer.Text)
	bundle = w.changes(bundle, "6 open, 20 acknowledged")
	told := w.directly("Maria took")
	require.Regexp(t, `Maria took \d+ alerts of yours: Company`, told.Text, "Ben hears of all at once")

	// Ben claims what is his of the rest, and the whole list says so.
	w.click("ben", bundle, "bundle.mine")
	w.tells("ben", "#cs-alerts", "You are on")
	bundle = w.changes(bundle, "acknowledged")
	w.click("ben", bundle, "bundle.all")
	list := w.view("ben", "1–20 of 26")
	require.NotContains(t, list, "bundle.take", "all of this page are taken")
	list = w.pressIn("ben", "bundle.page", "21–26 of 26")
	require.Contains(t, list, "Ben is on it")

	// An alert that is opened stands by itself and stays in the list.
	w.click("tom", bundle, "bundle.open")
	w.until("it has a card of its own", func() bool { return len(w.posts("#cs-alerts")) == 6 })

	// So does one that becomes critical.
	renews := regexp.MustCompile(`Company (\d\d)`).FindStringSubmatch(string(w.rowOf(bundle, 5)))
	require.NotNil(t, renews)
	account := "stormy-" + renews[1]
	w.publish("growth.account.updated", account, map[string]any{"renewal_date": time.Now().AddDate(0, 0, 26).Format(time.DateOnly)})
	w.publish("growth.signal.health_shift", account, acmeTurnsRed)
	about := "Company " + renews[1] + " health"
	w.sees("#cs-urgent", about)
	w.until("it has a card of its own beside the list", func() bool { return len(w.postsAbout("#cs-alerts", about)) == 2 })
	require.Contains(t, w.asItIs(bundle).raw, about)
	w.settles()
	require.Len(t, w.postsAbout("#cs-alerts", "Company"), 7+1, "four, a bundle, two on their own; and that it renews soon")
}

func stormy(i int) string { return fmt.Sprintf("stormy-%02d", i) }

// asItIs is a message as it stands now.
func (w *world) asItIs(p post) post {
	w.tb.Helper()
	for _, m := range w.slack.Posts(p.Channel) {
		if m.TS == p.TS {
			return newPost(m)
		}
	}
	require.FailNow(w.tb, "the message is gone")
	return post{}
}

// rowOf is the n-th section of a message.
func (w *world) rowOf(p post, n int) json.RawMessage {
	w.tb.Helper()
	var blocks []json.RawMessage
	require.NoError(w.tb, json.Unmarshal(p.Blocks, &blocks))
	require.Greater(w.tb, len(blocks), n)
	return blocks[n]
}

// view waits for a modal of user that says text.
func (w *world) view(user, text string) string {
	w.tb.Helper()
	var found string
	w.until(user+" sees a modal with "+text, func() bool {
		return slices.ContainsFunc(w.slack.Views(user), func(v slacksim.View) bool {
			found = readable(v.Raw)
			return strings.Contains(found, text)
		})
	})
	return found
}

// pressIn presses a button in the user's modal, and waits until that says then.
func (w *world) pressIn(user, action, then string) string {
	w.tb.Helper()
	view := w.slack.Views(user)[0]
	var raw struct{ Blocks json.RawMessage }
	require.NoError(w.tb, json.Unmarshal(view.Raw, &raw))
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	block := blockOf(w.tb, post{Message: slacksim.Message{Blocks: raw.Blocks}}, action)
	_, err := w.slack.Press(ctx, slacksim.Press{User: user, View: view.ID, BlockID: block, ActionID: action})
	require.NoError(w.tb, err)
	return w.view(user, then)
}

// unbundled is a growth file with which every alert has a message of its own, however many come.
func unbundled(tb testing.TB) string {
	tb.Helper()
	file := filepath.Join(tb.TempDir(), "growth.yaml")
	writeFile(tb, file, `
channels:
  alerts: {slack: "#cs-alerts"}
  urgent: {slack: "#cs-urgent"}
fallback: {channel: urgent, owner: "group:@cs-leads"}
routes: [{name: default, channel: alerts, owner: account_owner}]
quiet: {storm: {threshold: 0}}
`)
	return file
}
