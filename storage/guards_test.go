package storage_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"journeybot/alerts"
	"journeybot/journey"
	"journeybot/storage"
)

// guardRules are real rules, small.
func guardRules() *alerts.Rules {
	return &alerts.Rules{
		Zone: time.UTC, Thresholds: alerts.DefaultThresholds(), Guards: alerts.DefaultGuards(),
		Channels: map[string]alerts.Channel{"alerts": {Slack: "#cs-alerts"}}, Fallback: alerts.Fallback{Channel: "alerts", Owner: "group:@leads"},
		Routes: []alerts.Route{{Name: "default", Channel: "alerts", Owner: []string{"account_owner"}}},
	}
}

func (w *world) decide(r *alerts.Rules, events ...alerts.Event) {
	w.tb.Helper()
	for i := range events {
		w.seq++
		events[i].Source, events[i].ID, events[i].ReceivedAt = "crm", fmt.Sprint("guard-", w.seq), w.clock.now()
		if events[i].At.IsZero() {
			events[i].At = w.clock.now()
		}
	}
	_, err := w.Ingest(w.tb.Context(), events, func(ws *alerts.WorkingSet, fresh []alerts.Event) {
		for _, e := range fresh {
			r.Ingest(ws, e, w.clock.now())
		}
	})
	require.NoError(w.tb, err)
}

func testGuards(t *testing.T, open opener) {
	t.Run("an upsell waits for a risk, and a resolved risk is found by any replica, once", func(t *testing.T) {
		t.Parallel()
		w, r := open(t), guardRules()
		ctx := t.Context()
		patch := journey.Patch{Owner: journey.SetTo("maria@example.com")}
		w.decide(r, alerts.Event{Account: "acme", Patch: &patch})
		w.decide(r, alerts.Event{Account: "acme", Signal: &alerts.Signal{Kind: alerts.HealthShift, Facts: alerts.Facts{Health: &alerts.HealthFacts{To: journey.HealthRed}}}})
		r.Routes[0].Owner = []string{"tom@example.com"}
		w.decide(r, alerts.Event{Account: "acme", Signal: &alerts.Signal{Kind: alerts.PQL, Facts: alerts.Facts{PQL: &alerts.PQLFacts{Score: 90}}}})
		views, _, err := w.LiveAlerts(ctx, alerts.Filter{})
		require.NoError(t, err)
		byKind := map[alerts.Kind]alerts.Alert{}
		for _, v := range views {
			byKind[v.Alert.Kind] = v.Alert
		}
		risk := byKind[alerts.HealthShift]
		require.Equal(t, alerts.HoldCollision, byKind[alerts.PQL].Hold.Reason)
		view, err := w.AlertView(ctx, byKind[alerts.PQL].ID)
		require.NoError(t, err)
		require.Equal(t, risk.ID, view.Risks[0].ID)
		ids, err := w.Collisions(ctx, 10)
		require.NoError(t, err)
		require.Empty(t, ids)

		_, err = w.UpdateAlert(ctx, risk.ID, "", func(a alerts.Alert) (alerts.Result, error) {
			return r.Apply(a, alerts.Input{Do: alerts.DoResolve, Outcome: alerts.Saved, By: alerts.Actor{UserID: "U1"}}, w.clock.now())
		})
		require.NoError(t, err)
		ids, err = w.Collisions(ctx, 10)
		require.NoError(t, err)
		require.Equal(t, []string{"acme"}, ids)
		changes := 0
		for _, s := range []*storage.Store{w.Store, w.replica()} {
			require.NoError(t, s.Reconsider(ctx, ids, func(ws *alerts.WorkingSet) {
				r.Collide(ws, "acme", w.clock.now())
				changes += len(ws.Changes.Results)
			}))
		}
		require.Equal(t, 1, changes)
		view, err = w.AlertView(ctx, view.Alert.ID)
		require.NoError(t, err)
		require.Equal(t, alerts.Hold{}, view.Alert.Hold)
	})

	t.Run("what people decided about a hold is kept", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		w.ingest(w.signal("1", "acme"))
		want := alerts.Clearance{Risks: []string{"r1", "r2"}, ReservedBy: "UTOM"}
		_, err := w.UpdateAlert(t.Context(), w.only().Alert.ID, "", func(a alerts.Alert) (alerts.Result, error) {
			a.Clearance = want
			return alerts.Result{Alert: a, Redraw: true}, nil
		})
		require.NoError(t, err)
		require.Equal(t, want, w.only().Alert.Clearance)
	})

	t.Run("time makes signals of the accounts that are due, once", func(t *testing.T) {
		t.Parallel()
		w, r := open(t), guardRules()
		ctx := t.Context()
		soon, late := journey.Patch{RenewalDate: journey.SetTo(journey.Day(20261220))}, journey.Patch{RenewalDate: journey.SetTo(journey.Day(20280101))}
		w.decide(r, alerts.Event{Account: "soon", Patch: &soon}, alerts.Event{Account: "late", Patch: &late})
		ids, next, err := w.DueAccounts(ctx, 10)
		require.NoError(t, err)
		require.Equal(t, []string{"soon"}, ids)
		require.Equal(t, time.Date(2027, 9, 3, 7, 0, 0, 0, time.UTC), next)
		changes := 0
		for _, s := range []*storage.Store{w.Store, w.replica()} {
			require.NoError(t, s.Reconsider(ctx, ids, func(ws *alerts.WorkingSet) {
				r.Derive(ws, "soon", w.clock.now())
				changes += len(ws.Changes.Results)
			}))
		}
		require.Equal(t, 1, changes)
		require.Equal(t, alerts.RenewalDue, w.only().Alert.Kind)
		ids, _, err = w.DueAccounts(ctx, 10)
		require.NoError(t, err)
		require.Empty(t, ids)
	})

	t.Run("a source is noted, late once, and back", func(t *testing.T) {
		t.Parallel()
		w, r := open(t), guardRules()
		ctx := t.Context()
		touch := func() { w.decide(r, alerts.Event{Account: "acme", Touch: &alerts.Touch{}}) }
		for range 30 {
			touch()
			w.clock.pass(4 * time.Hour)
		}
		sources, err := w.Sources(ctx)
		require.NoError(t, err)
		require.Len(t, sources, 1)
		require.Equal(t, int64(30), sources[0].Seen)
		require.InDelta(t, 4, sources[0].UsualGap.Hours(), 0.5)
		require.True(t, sources[0].Rhythm.Feeds["touch"])
		mark := func(s *storage.Store) bool {
			marked, err := s.MarkLate(ctx, "crm", func(s alerts.Source) (alerts.Place, bool) { return r.Lateness(s, w.clock.now()) })
			require.NoError(t, err)
			return marked
		}
		require.False(t, mark(w.Store), "four hours are its rhythm")
		w.clock.pass(26 * time.Hour)
		other := w.replica()
		require.True(t, mark(w.Store))
		require.False(t, mark(other), "a second replica says nothing")
		m := w.next("#cs-alerts")
		require.Equal(t, alerts.SourceMessage, m.Kind)
		require.Equal(t, "crm", m.Subject)
		w.post("1.1")

		touch()
		s, err := w.Source(ctx, "crm")
		require.NoError(t, err)
		require.Zero(t, s.LateSince)
		require.Equal(t, w.clock.now(), s.Rhythm.Back)
		require.Equal(t, alerts.SourceMessage, w.next("#cs-alerts").Kind, "the message is drawn again")
	})

	t.Run("a change of audience draws the channel's cards again", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		w.ingest(w.signal("1", "acme"))
		m := w.post("1.1")
		require.NoError(t, w.SaveChannel(t.Context(), storage.SlackChannel{Ref: "#cs-alerts", ID: "C1", CheckedAt: w.clock.now()}))
		require.NoError(t, w.SetAudience(t.Context(), storage.SlackChannel{ID: "C1", External: true}))
		known, err := w.Channel(t.Context(), "#cs-alerts")
		require.NoError(t, err)
		require.True(t, known.External)
		require.Equal(t, m.ID, w.next("#cs-alerts").ID)
	})
}
