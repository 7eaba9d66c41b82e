package main

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"journeybot/storage/storagetest"
)

// TestStoryNoAlertWithoutAnOwner follows alerts through every way in which accounts get other owners, names and records.
func TestStoryNoAlertWithoutAnOwner(t *testing.T) {
	t.Parallel()
	for _, database := range []string{"sqlite", "postgres"} {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			setup := setup{httpMode: database == "postgres"}
			if database == "postgres" {
				setup.database = storagetest.Postgres(t)
			}
			alwaysAnOwner(t, newWorld(t, setup))
		})
	}
}

func alwaysAnOwner(t *testing.T, w *world) {
	w.run()
	require.NoError(t, w.slack.Invite("gina", "general"))
	w.publish("growth.account.updated", "acme", acme)
	w.publish("growth.signal.health_shift", "acme", acmeTurnsRed)
	red := w.sees("#cs-alerts", "High: Acme Corp health red, 72 to 44")
	require.Contains(t, red.raw, "<@"+w.user("maria")+">")
	w.publish("growth.signal.support", "acme", map[string]any{"ticket": "4711", "status": "open", "priority": "urgent", "title": "Export fails"})
	ticket := w.sees("#cs-alerts", "4711")
	w.click("maria", red, "alert.ack")
	w.changes(red, "Maria is on it")

	// The CRM names another owner: the live alerts are Ben's, and both hear of it once.
	w.publish("growth.account.updated", "acme", map[string]any{"owner": "ben@example.com"})
	require.NotContains(t, w.changes(red, "*Owner* Ben").raw, "<@", "Ben reads it in one message, not in each card")
	w.changes(ticket, "*Owner* Ben")
	mine := w.only("ben", "Acme Corp is yours now, from Maria")
	require.Contains(t, mine.raw, "2 live alerts went along")
	require.Contains(t, mine.raw, "Acme Corp health 72 → 44 (red)")
	w.only("maria", "Acme Corp went from you to Ben")
	w.click("ben", mine, "alert.ack")
	w.changes(red, "Ben is on it")

	// Nobody has the address: the fallback owner stands in, and the card says so.
	w.publish("growth.account.updated", "globex", map[string]any{"name": "Globex", "owner": "m.weber@example.com", "arr": 52000})
	w.publish("growth.signal.health_shift", "globex", acmeTurnsRed)
	globex := w.sees("#cs-alerts", "High: Globex")
	require.Contains(t, globex.raw, "m.weber@example.com is not in this Slack workspace: @cs-leads stands in")
	require.Contains(t, w.slash("gina", "/journey link m.weber@example.com").raw, "Gina")
	require.Contains(t, w.slash("maria", "/journey link m.weber").raw, "link maria@example.com", "no address")
	require.Contains(t, w.slash("maria", "/journey link m.weber@example.com @nobody").raw, "I know nobody called @nobody here")
	linked := w.slash("maria", "/journey link m.weber@example.com")
	require.Contains(t, linked.raw, "m.weber@example.com is Maria")
	require.Contains(t, linked.raw, "One live alert that asked for this address went along.")
	require.NotContains(t, w.changes(globex, "*Owner* Maria").raw, "stands in")

	// On holiday: what is new goes to whoever the growth file says, with the reason; what was there stays.
	require.NoError(t, w.slack.SetStatus("maria", "Vacationing", ":palm_tree:", time.Time{}))
	w.until("the status is known", func() bool { return strings.Contains(w.get("/metrics"), `command="user_change",result="ok"`) })
	w.publish("growth.signal.usage_limit", "globex", map[string]any{"resource": "API calls", "used": 92, "limit": 100})
	limit := w.sees("#cs-alerts", "Globex at 92 % of API calls")
	require.Regexp(t, `Maria[^"]* is away: @cs-leads stands in`, limit.raw)
	require.NoError(t, w.slack.SetStatus("maria", "", "", time.Time{}))

	// Maria leaves for good: everything of hers goes to Ben, also what the CRM will still call hers.
	ask := w.slash("aiko", "/journey handover @maria @ben")
	require.Contains(t, ask.raw, "1 live alert and 1 account over from Maria")
	w.click("aiko", ask, "command.run")
	w.tells("aiko", "general", "went from Maria")
	w.changes(globex, "*Owner* Ben")
	all := w.only("ben", "Globex is yours now, from Maria")
	require.Contains(t, all.raw, "Aiko")
	w.only("maria", "Globex went from you to Ben")
	require.Contains(t, w.slash("aiko", "/journey handover @maria @ben").raw, "owns nothing here")
	w.publish("growth.account.updated", "globex", map[string]any{"owner": "m.weber@example.com", "arr": 53000})
	w.until("the CRM's update is in", func() bool { return strings.Contains(w.slash("ben", "/journey globex").raw, "53") })
	require.Contains(t, w.slash("ben", "/journey globex").raw, "Ben")
	require.Contains(t, w.slash("gina", "/journey handover @ben @tom").raw, "Guests")

	// Two records of one customer become one.
	w.publish("growth.account.updated", "acme-old", map[string]any{"name": "Acme Limited", "owner": "tom@example.com"})
	w.publish("growth.signal.health_shift", "acme-old", acmeTurnsRed)
	double := w.sees("#cs-alerts", "Acme Limited")
	ask = w.slash("aiko", "/journey merge Acme Limited into acme")
	require.Contains(t, ask.raw, "Merge Acme Limited (acme-old) into Acme Corp (acme)?")
	require.Contains(t, ask.raw, "1 live alert, history")
	w.click("aiko", ask, "command.run")
	w.tells("aiko", "general", "Acme Limited is Acme Corp now")
	merged := w.changes(double, "Merged")
	require.Contains(t, merged.raw, shortIDIn(t, red.raw)+" is about the same and stays.")
	w.threadSays(red, "Acme Limited was merged into Acme Corp. "+shortIDIn(t, double.raw)+" was about the same and counts here.")
	require.Contains(t, w.slash("ben", "/journey Acme Limited").raw, "Acme Corp")
	require.Contains(t, w.slash("ben", "/journey acme-old").raw, "Acme Corp")
	w.publish("growth.signal.health_shift", "acme-old", map[string]any{"to": "green", "score": 80})
	w.changes(red, "Recovered")

	// And it gets another name.
	ask = w.slash("aiko", "/journey rename acme to Acme Holding")
	require.Contains(t, ask.raw, "Rename Acme Corp (acme) to Acme Holding?")
	w.click("aiko", ask, "command.run")
	w.changes(ticket, "Acme Holding")
	require.Contains(t, w.slash("ben", "/journey Acme Corp").raw, "Acme Holding", "the old name goes on finding it")
	require.Contains(t, w.slash("aiko", "/journey rename zzzz to Acme").raw, "No account matches")
	require.Contains(t, w.slash("aiko", "/journey merge acme").raw, "merge acme-old into acme")
	require.Contains(t, w.command("accounts", "rename", "globex", "Globex Group"), "Globex (globex) is called Globex Group now")
	w.changes(globex, "Globex Group")
	require.Contains(t, w.command("accounts", "merge", "Globex", "acme"), "live alerts moved: 2, of which there was one of each: 0")
	w.changes(limit, "Acme Holding")
	w.settles()
}

// only waits for a direct message to somebody that says text, and makes sure that it is the only one.
func (w *world) only(user, text string) post {
	w.tb.Helper()
	var found []post
	w.until(user+" reads "+text, func() bool {
		found = nil
		list, err := w.slack.Conversations(w.user(user))
		require.NoError(w.tb, err)
		for _, c := range list {
			if c.App {
				found = w.postsAbout(c.ID, text)
			}
		}
		return len(found) > 0
	})
	require.Len(w.tb, found, 1)
	return found[0]
}
