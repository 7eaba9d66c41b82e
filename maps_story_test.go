package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"journeybot/storage/storagetest"
)

// bundledMapsFile has two bundled maps: enterprise accounts are on theirs, the others on customer-led.
const bundledMapsFile = `
channels:
  alerts: {slack: "#cs-alerts"}
routes:
  - {name: default, channel: alerts, owner: account_owner}
use: [enterprise, customer-led]
`

func TestStoryAccountsWalkBundledMaps(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "growth.yaml")
	writeFile(t, file, bundledMapsFile)
	for _, database := range []string{"sqlite", "postgres"} {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			setup := setup{external: true, env: map[string]string{"GROWTH_CONFIG": file}}
			if database == "postgres" {
				setup.database = storagetest.Postgres(t)
			}
			w := &mapWalk{newWorld(t, setup)}
			w.run()
			w.customerLed()
			w.droppedOff()
			w.enterprise()
		})
	}
}

// mapWalk is a world in which customers use the product.
type mapWalk struct{ *world }

func (w *mapWalk) knows(id, name, segment string) {
	w.publish("growth.account.updated", id, map[string]any{"name": name, "segment": segment, "owner": "maria@example.com", "contacts": []map[string]any{
		{"name": "Dana Weiss", "role": "champion"},
	}})
}

// does counts so many of each event, days ago, each written as "event count" or "event count persona".
func (w *mapWalk) does(id string, ago int, deeds ...string) {
	w.tb.Helper()
	items := make([]map[string]any, len(deeds))
	for i, deed := range deeds {
		var event, persona string
		var count int
		_, err := fmt.Sscan(deed+" nobody", &event, &count, &persona)
		require.NoError(w.tb, err)
		items[i] = map[string]any{"event": event, "count": count, "user": fmt.Sprintf("user-%d", i), "at": time.Now().UTC().AddDate(0, 0, -ago).Format(time.RFC3339)}
		if persona != "nobody" {
			items[i]["persona"] = persona
		}
	}
	w.publish("growth.usage.tracked", id, map[string]any{"items": items})
}

// stands waits until an account is at a stage.
func (w *mapWalk) stands(id, stage string) {
	w.tb.Helper()
	w.until(id+" is at "+stage, func() bool { return strings.Contains(w.slash("maria", "/journey "+id).raw, "*Stage* "+stage) })
}

// shows waits until an account's card says something.
func (w *mapWalk) shows(id, what string) {
	w.tb.Helper()
	w.until(id+" shows "+what, func() bool { return strings.Contains(w.slash("maria", "/journey "+id).raw, what) })
}

func (w *mapWalk) customerLed() {
	w.knows("acme", "Acme Corp", "smb")
	w.does("acme", 0, "search 1")
	w.stands("acme", "First search")
	w.hears("journeybot.stage.changed")
	w.does("acme", 0, "search 4", "list 1")
	w.stands("acme", "First value")
	w.does("acme", 0, "search 5", "list 1", "export 1")
	w.shows("acme", "xports 1 of 2")
	w.stands("acme", "First value")
	w.does("acme", 0, "export 1")
	w.stands("acme", "Continued value") // the same numbers within a month
	w.does("acme", 0, "referral 1")
	w.stands("acme", "Value growth")
	w.does("acme", 0, "export -2", "search -9") // none of it was theirs
	w.stands("acme", "First search")
}

func (w *mapWalk) droppedOff() {
	w.knows("hooli", "Hooli", "smb")
	w.does("hooli", 0, "search 1")
	w.stands("hooli", "First search")
	w.does("hooli", 50, "search 6", "list 1") // reported late: they are at first value for 50 days
	stuck := w.sees("#cs-alerts", "Hooli stuck at Value realization, 0 of 2 exports")
	require.Contains(w.tb, stuck.raw, "Searches 7 of 10, lists 1 of 2, exports 0 of 2")
	require.Contains(w.tb, stuck.raw, "last action: search")
	require.Contains(w.tb, stuck.raw, "talk to Dana Weiss")
	require.Contains(w.tb, stuck.raw, "Ask what the result is for", "the map's own playbook")
	w.does("hooli", 0, "list 1")
	w.shows("hooli", "lists 2 of 2")
	require.Len(w.tb, w.postsAbout("#cs-alerts", "stuck at Value realization"), 1, "told once")
	w.does("hooli", 0, "search 3", "export 2")
	w.changes(stuck, "no longer stuck at Value realization")
}

func (w *mapWalk) enterprise() {
	w.knows("romashka", "ООО «Ромашка»", "enterprise")
	w.does("romashka", 0, "kick_off 1")
	w.stands("romashka", "Kick-off")
	w.does("romashka", 0, "integration 2", "rule_created 5")
	w.stands("romashka", "Configured")
	w.does("romashka", 0, "training 1 admin", "training 1 admin") // two people
	w.stands("romashka", "Admins trained")
	w.does("romashka", 0, "go_live 1", "incident_resolved 1 end_user")
	w.stands("romashka", "First incident handled")

	w.knows("nakatomi", "Nakatomi", "enterprise")
	w.does("nakatomi", 0, "kick_off 1")
	w.stands("nakatomi", "Kick-off")
	w.does("nakatomi", 12, "login 1 admin", "login 1 end_user")
	quiet := w.sees("#cs-alerts", "nothing from Admin at Nakatomi")
	require.Empty(w.tb, w.postsAbout("#cs-alerts", "nothing from End user"), "their quiet is healthy")
	w.does("nakatomi", 0, "login 1 admin")
	w.changes(quiet, "Admin at Nakatomi are back")

	w.publish("growth.signal.contact_changed", "nakatomi", map[string]any{"role": "champion", "from": "Dana Weiss", "to": "Игорь Соколов"})
	w.sees("#cs-alerts", "Игорь Соколов")
	w.shows("nakatomi", "New key contact")
	for _, step := range []struct{ event, next string }{{"intro_call", "Successor trained"}, {"training", "Buy-in confirmed"}} {
		w.does("nakatomi", 0, step.event+" 1")
		w.shows("nakatomi", step.next)
	}
	w.does("nakatomi", 0, "buy_in 1")
	w.until("the side path is walked", func() bool {
		return !strings.Contains(w.slash("maria", "/journey nakatomi").raw, "New key contact")
	})
	w.stands("nakatomi", "Kick-off") // a side path moves no stage
}
