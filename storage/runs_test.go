package storage_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"journeybot/alerts"
	"journeybot/journey"
)

// acts applies one input to an account's only alert that is not merged, as the real rules decide.
func (w *world) acts(rules *alerts.Rules, id string, in alerts.Input) alerts.Alert {
	w.tb.Helper()
	a, err := w.UpdateAlert(w.tb.Context(), id, "", func(a alerts.Alert) (alerts.Result, error) { return rules.Apply(a, in, w.clock.now()) })
	require.NoError(w.tb, err)
	return a
}

// alertOf is the id of an account's live alert.
func (w *world) alertOf(account string) string {
	w.tb.Helper()
	views, _, err := w.LiveAlerts(w.tb.Context(), alerts.Filter{Account: account})
	require.NoError(w.tb, err)
	require.Len(w.tb, views, 1)
	return views[0].Alert.ID
}

// patch is news about an account's fields, now.
func (w *world) patch(id, account string, p journey.Patch) alerts.Event {
	e := w.signal(id, account)
	w.seq++
	e.Seq, e.Type, e.Signal, e.Patch = uint64(w.seq), "growth.account.updated", nil, &p
	return e
}

func testRuns(t *testing.T, open opener) {
	const day = 24 * time.Hour
	maria := alerts.Actor{UserID: "U1", Name: "Maria"}
	rules := routed()
	rules.Playbooks = []alerts.Playbook{
		{Name: "rescue", Steps: []alerts.Step{{ID: "call"}, {ID: "plan"}}}, {Name: "calm", Steps: []alerts.Step{{ID: "call"}, {ID: "look"}}},
	}
	rules.Routes[0].Playbook = "rescue"
	ingest := func(w *world, events ...alerts.Event) {
		_, err := w.Ingest(w.tb.Context(), events, func(ws *alerts.WorkingSet, fresh []alerts.Event) {
			for _, ev := range fresh {
				rules.Ingest(ws, ev, w.clock.now())
			}
		})
		require.NoError(w.tb, err)
	}
	stands := func(w *world, status string) journey.Patch {
		return journey.Patch{Status: journey.SetTo(status), At: w.clock.now()}
	}

	t.Run("what a run remembers", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		ingest(w, w.health("old", "old", journey.HealthRed))
		w.clock.pass(40 * day)
		for i := range 3 {
			ingest(w, w.health(fmt.Sprint(i), fmt.Sprintf("account-%d", i), journey.HealthRed))
		}
		opened, id := w.clock.now(), w.alertOf("account-0")
		w.clock.pass(time.Hour)
		w.acts(rules, id, alerts.Input{Do: alerts.DoAck, By: maria})
		w.clock.pass(time.Hour)
		w.acts(rules, id, alerts.Input{Do: alerts.DoUnack, By: maria})
		w.acts(rules, id, alerts.Input{Do: alerts.DoSwitch, By: maria, Playbook: "calm"})
		other := w.clock.pass(time.Hour)
		for _, step := range []string{"call", "look"} {
			w.acts(rules, id, alerts.Input{Do: alerts.DoTick, By: maria, Step: step, Done: true})
		}
		w.acts(rules, id, alerts.Input{Do: alerts.DoTick, By: maria, Step: "call"})
		w.acts(rules, id, alerts.Input{Do: alerts.DoSwitch, By: maria, Playbook: "rescue"})
		ticked := w.clock.pass(time.Hour)
		for _, step := range []string{"call", "plan"} {
			w.acts(rules, id, alerts.Input{Do: alerts.DoTick, By: maria, Step: step, Done: true})
		}
		w.acts(rules, id, alerts.Input{Do: alerts.DoTick, By: maria, Step: "plan"})
		closed := w.clock.pass(time.Hour)
		arr := int64(500)
		w.acts(rules, id, alerts.Input{Do: alerts.DoResolve, By: maria, Outcome: alerts.Saved, ARR: &arr})

		runs, err := w.Runs(t.Context(), 30)
		require.NoError(t, err)
		require.Len(t, runs, 3, "of the last 30 days")
		var run alerts.Run
		for _, r := range runs {
			if r.Outcome == alerts.Saved {
				run = r
			} else {
				require.Empty(t, r.Steps)
				require.Zero(t, r.Acked)
			}
		}
		require.Equal(t, alerts.Run{
			Playbook: "rescue", Kind: alerts.HealthShift, Polarity: alerts.Risk, Severity: alerts.High, Route: "default", Seen: opened,
			Acked: opened.Add(time.Hour), Steps: map[string]time.Time{"call": ticked}, Others: map[string]time.Time{"calm look": other}, Status: alerts.Resolved, Outcome: alerts.Saved, ARR: &arr, Closed: closed,
		}, run)
		runs, err = w.Runs(t.Context(), 90)
		require.NoError(t, err)
		require.Len(t, runs, 4)
	})

	t.Run("looking again", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		ingest(w, w.patch("p1", "acme", stands(w, "active")), w.health("1", "acme", journey.HealthRed))
		id := w.alertOf("acme")
		w.clock.pass(time.Hour)
		first := w.clock.now()
		w.acts(rules, id, alerts.Input{Do: alerts.DoResolve, By: maria, Outcome: alerts.Saved})
		w.clock.pass(time.Hour)
		w.acts(rules, id, alerts.Input{Do: alerts.DoReopen, By: maria})
		require.EqualValues(t, 1, w.number(`SELECT count(*) FROM reviews`))
		ended := w.clock.pass(time.Hour)
		w.acts(rules, id, alerts.Input{Do: alerts.DoResolve, By: maria, Outcome: alerts.Saved})
		require.EqualValues(t, 1, w.number(`SELECT count(*) FROM reviews`), "what was kept before is forgotten")

		look, err := w.DueLook(t.Context(), id)
		require.NoError(t, err)
		require.Equal(t, alerts.Look{}, look, "not yet")
		w.clock.pass(10 * day)
		ingest(w, w.patch("p2", "acme", stands(w, journey.StatusChurned)))
		now := w.clock.pass(20 * day)
		require.NotEqual(t, first, ended)
		look, err = w.DueLook(t.Context(), id)
		require.NoError(t, err)
		require.Equal(t, alerts.Standing{At: ended, Status: "active", Health: journey.HealthRed}, look.Then)
		require.Equal(t, alerts.Standing{At: now, Status: journey.StatusChurned, Health: journey.HealthRed}, look.Now)
		require.True(t, look.Lost())

		fire := alerts.Input{Do: alerts.DoTimers, Origin: "timer", Look: look}
		after := w.acts(rules, id, fire)
		require.Equal(t, ended.Add(90*day), after.ReviewAt)
		again := w.acts(rules, id, fire)
		require.Equal(t, after.Version, again.Version, "once")
		ids, next, err := w.DueAlerts(t.Context(), 10)
		require.NoError(t, err)
		require.Empty(t, ids)
		require.Equal(t, ended.Add(90*day), next, "the database remembers the next")

		runs, err := w.Runs(t.Context(), 90)
		require.NoError(t, err)
		require.Len(t, runs, 1)
		require.Equal(t, 30*day, runs[0].Look.After)
		require.True(t, runs[0].Lost())
		line, err := w.Timeline(t.Context(), "acme", 10, 0)
		require.NoError(t, err)
		require.Equal(t, alerts.DidReview, line.Moments[0].Alert.Entry.What)
		require.Equal(t, look.Then, line.Moments[0].Alert.Entry.Data.Look.Then)

		_, err = w.DueLook(t.Context(), "none")
		require.NoError(t, err)
	})
}
