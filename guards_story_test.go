package main

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"journeybot/slacksim"
	"journeybot/storage/storagetest"
)

// onBothDatabases runs a story on SQLite and on Postgres.
func onBothDatabases(t *testing.T, story func(t *testing.T, w *world)) {
	t.Helper()
	for _, database := range []string{"sqlite", "postgres"} {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			setup := setup{}
			if database == "postgres" {
				setup.database = storagetest.Postgres(t)
			}
			story(t, newWorld(t, setup))
		})
	}
}

func TestStoryAnOpportunityWaitsForTheRisksOwner(t *testing.T) {
	t.Parallel()
	onBothDatabases(t, func(t *testing.T, w *world) {
		w.run()
		account := map[string]any{"name": "Globex", "owner": "maria@example.com", "sales_owner": "tom@example.com", "arr": 52000}
		lead := map[string]any{
			"score": 86, "reasons": []string{"Opened SSO settings 4 times this week"},
			"contact": map[string]any{"name": "Priya Rao", "title": "VP Operations"}, "parts": map[string]any{"fit": 92, "usage": 95, "intent": 98},
		}
		w.publish("growth.account.updated", "globex", account)
		w.publish("growth.signal.health_shift", "globex", acmeTurnsRed)
		risk := w.sees("#cs-alerts", "Globex health")
		w.publish("growth.signal.pql", "globex", lead)
		card := w.sees("#sales-pql", "PQL 86 on hold: Globex has a red health alert")
		require.Contains(t, card.raw, "before you call")
		require.Contains(t, card.raw, "cs-leads decide")
		require.NotContains(t, card.raw, "alert.ack", "nobody accepts what is on hold")

		w.threadSays(risk, "Globex looks ready to buy (PQL 86)")
		w.click("tom", card, "guard.ask")
		question := w.directly("asks about Globex")
		w.click("tom", card, "guard.reserve")
		card = w.changes(card, "reserved by Tom")
		w.click("maria", question, "guard.clear")
		card = w.changes(card, "PQL 86: Globex is ready to talk")
		require.Contains(t, card.raw, "Open risk: a red health alert")
		require.Contains(t, card.raw, "alert.ack")

		w.publish("growth.account.updated", "hooli", map[string]any{"name": "Hooli", "owner": "maria@example.com", "sales_owner": "tom@example.com"})
		w.publish("growth.signal.pql", "hooli", lead)
		other := w.sees("#sales-pql", "Hooli is ready to talk")
		w.publish("growth.signal.health_shift", "hooli", acmeTurnsRed)
		other = w.changes(other, "PQL 86 on hold: Hooli")
		w.choose("maria", w.sees("#cs-alerts", "Hooli health"), "alert.resolve", "saved")
		w.changes(other, "Hooli is ready to talk")
	})
}

func TestStoryOutsidersReadNoRevenue(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "growth.yaml")
	writeFile(t, file, `
channels:
  partner: {slack: "#partner"}
  agency: {slack: "#agency"}
  alerts: {slack: "#cs-alerts"}
routes:
  - {name: partner, channel: partner, continue: true}
  - {name: agency, channel: agency, continue: true}
  - {name: default, channel: alerts, owner: account_owner}
`)
	w := newWorld(t, setup{env: map[string]string{"GROWTH_CONFIG": file}, channels: []slacksim.Channel{
		{Name: "partner", Shared: true}, {Name: "agency", Members: []string{"maria", "gina"}},
	}})
	w.run()
	w.publish("growth.account.updated", "acme", acme)
	w.publish("growth.signal.health_shift", "acme", acmeTurnsRed)
	secrets := []string{"84,000", "84k", "Dana", "in 7 days"}
	inside := w.sees("#cs-alerts", "Acme Corp health 72")
	require.Contains(t, inside.raw, "€84,000")
	require.Contains(t, inside.raw, "Dana Weiss")
	shared, guests := w.sees("#partner", "Acme Corp health 72"), w.sees("#agency", "Acme Corp health 72")
	for _, p := range []post{shared, guests} {
		for _, s := range secrets {
			require.NotContains(t, p.raw, s)
		}
		require.Contains(t, p.raw, "alert.ack", "outsiders read along; who belongs here still acts here")
	}
	w.click("maria", shared, "alert.ack")
	w.changes(inside, "Maria is on it")
	require.NotContains(t, w.changes(guests, "Maria is on it").raw, "84,000")

	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	answer := func(user string) post {
		did, err := w.slack.Command(ctx, user, "agency", "/journey acme")
		require.NoError(t, err)
		var found post
		w.until("an answer to "+user, func() bool {
			for _, m := range w.slack.Posts("agency") {
				if m.Origin == did.ID && strings.Contains(newPost(m).raw, "Acme Corp") {
					found = newPost(m)
				}
			}
			return found.TS != ""
		})
		return found
	}
	require.Contains(t, answer("maria").raw, "€84,000", "only she reads it")
	private := answer("gina")
	for _, s := range secrets {
		require.NotContains(t, private.raw, s)
	}
	w.click("maria", answer("maria"), "answer.share")
	w.until("the card is shared", func() bool { return len(w.posts("#agency")) > 1 })
	for _, p := range w.posts("#agency") {
		require.NotContains(t, p.raw, "84,000")
	}
}

// directly waits for a direct message that says text.
func (w *world) directly(text string) post {
	w.tb.Helper()
	var found post
	w.until("a direct message says "+text, func() bool {
		for _, call := range w.slack.Calls() {
			if call.Method != "chat.postMessage" || !strings.HasPrefix(call.Channel, "D") {
				continue
			}
			for _, m := range w.slack.Posts(call.Channel) {
				if p := newPost(m); strings.Contains(p.raw, text) && !m.Ephemeral {
					found = p
					return true
				}
			}
		}
		return false
	})
	return found
}
