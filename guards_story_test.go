package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"journeybot/storage/storagetest"
)

// onBoth runs a story on SQLite and on Postgres.
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
