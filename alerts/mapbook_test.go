package alerts_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"journeybot/alerts"
)

// TestAMapNamesThePlaybook: before the first that is for the alert, after a route's own; one that the growth file lacks counts as none.
func TestAMapNamesThePlaybook(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, route, named string
		want               string
		mapped             bool
	}{
		{"the map's", "", "win-back", "win-back", true},
		{"the route's first", "calm", "win-back", "calm", false},
		{"the map names none", "", "", "early-risk", false},
		{"the growth file has it no more", "", "gone", "early-risk", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.rules.Playbooks = append(w.rules.Playbooks, alerts.Playbook{Name: "win-back"}, alerts.Playbook{Name: "calm"})
			w.rules.Routes = []alerts.Route{{Name: "default", Channel: "alerts", Playbook: tc.route}}
			ev := alerts.Event{Signal: &alerts.Signal{Kind: alerts.MilestoneDropoff, About: "d", Playbook: tc.named, Facts: alerts.Facts{
				Dropoff: &alerts.DropoffFacts{Milestone: "d"},
			}}}
			preview := ev
			preview.Account, preview.At = "acme", w.now
			trial := w.rules.Try(w.ws, preview, w.now)
			require.Equal(t, alerts.ResultOpened, w.take(ev))
			a := w.live(alerts.MilestoneDropoff, "d")
			require.Equal(t, tc.want, a.Playbook)
			require.Equal(t, tc.mapped, a.Decided.PlaybookMapped)
			require.Equal(t, map[bool]string{true: "default"}[tc.route != ""], a.Decided.PlaybookFrom)
			require.Equal(t, tc.want, trial.Playbook)
			require.Equal(t, tc.mapped, trial.PlaybookMapped)
		})
	}
}
