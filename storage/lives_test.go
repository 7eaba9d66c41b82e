package storage_test

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"journeybot/alerts"
	"journeybot/journey"
	"journeybot/storage"
)

// testLives leads accounts through random lives on two replicas at once, which are restarted in between: every event, click and timer
// comes to both, and what is kept must be what one alone would have made of it.
func testLives(t *testing.T, open opener) {
	w := open(t)
	rules := routed()
	rules.Routes[0].Escalation = "quick"
	rules.Escalations = map[string]alerts.Escalation{"quick": {
		Name: "quick", Steps: []alerts.EscalationStep{{After: time.Hour, Remind: "owner"}, {After: time.Hour, Mention: "group:@leads"}},
		RemindAfter: 24 * time.Hour, UnacknowledgeAfter: 48 * time.Hour, ExpireAfter: 720 * time.Hour,
	}}
	rules.Fallback = alerts.Fallback{Channel: "alerts", Owner: "group:@leads"}
	replicas := []*storage.Store{w.born(), w.born()}
	t.Cleanup(func() {
		for _, s := range replicas {
			require.NoError(t, s.Close())
		}
	})
	db, plans := w.db(), rapid.SliceOfN(anyStep, 1, 20)
	for seed := range 12 {
		l := &life{TB: t, w: w, db: db, rules: rules, replicas: replicas, account: fmt.Sprint("account-", seed)}
		for _, s := range plans.Example(seed) {
			l.step(s)
			w.clock.pass(time.Second)
		}
		l.check()
	}
}

// step is one thing that happens in a life; what does not belong to it is not looked at.
type step struct {
	what    string
	to      journey.Health
	late    time.Duration // of the signal
	do      alerts.Do
	by      string
	alert   int
	waits   time.Duration
	replica int
}

var anyStep = rapid.Custom(func(t *rapid.T) step {
	return step{
		what: rapid.SampledFrom([]string{"signal", "signal", "signal", "click", "click", "click", "wait", "wait", "mute", "restart"}).Draw(t, "what"),
		to:   rapid.SampledFrom([]journey.Health{journey.HealthRed, journey.HealthYellow, journey.HealthGreen}).Draw(t, "to"),
		late: rapid.SampledFrom([]time.Duration{0, 0, 90 * time.Minute}).Draw(t, "late"),
		do: rapid.SampledFrom([]alerts.Do{
			alerts.DoAck, alerts.DoUnack, alerts.DoAssign, alerts.DoSnooze, alerts.DoResolve, alerts.DoReopen, alerts.DoNote, alerts.DoStillOn,
		}).Draw(t, "do"),
		by:      rapid.SampledFrom([]string{"U1", "U2"}).Draw(t, "by"),
		alert:   rapid.IntRange(0, 5).Draw(t, "alert"),
		waits:   time.Duration(rapid.SampledFrom([]int{1, 2, 30, 60, 800}).Draw(t, "waits")) * time.Hour,
		replica: rapid.IntRange(0, 1).Draw(t, "replica"),
	}
})

// born opens the world's database once more, for a replica that ends before the world does.
func (w *world) born() *storage.Store {
	w.tb.Helper()
	s, err := storage.Open(w.tb.Context(), storage.Config{URL: w.url, Now: w.clock.now, Logger: slog.New(slog.DiscardHandler)})
	require.NoError(w.tb, err)
	return s
}

// life is one account's.
type life struct {
	testing.TB
	w        *world
	db       *sqlx.DB
	rules    *alerts.Rules
	replicas []*storage.Store
	account  string
	made     int // events, requests and mutes, for their ids
}

// twice does the same on both replicas at once. An alert that was closed stays so while a newer one is live.
func (l *life) twice(do func(s *storage.Store) error) {
	var both sync.WaitGroup
	for _, s := range l.replicas {
		both.Go(func() {
			if err := do(s); err != nil && !errors.Is(err, alerts.ErrReplaced) {
				l.Error(err)
			}
		})
	}
	both.Wait()
}

func (l *life) step(s step) {
	l.made++
	ctx, now := l.Context(), l.w.clock.now()
	id := fmt.Sprint(l.account, " ", l.made)
	switch s.what {
	case "signal":
		ev := l.w.health(id, l.account, s.to)
		ev.At = now.Add(-s.late)
		l.twice(func(s *storage.Store) error {
			_, err := s.Ingest(ctx, []alerts.Event{ev}, func(ws *alerts.WorkingSet, fresh []alerts.Event) {
				for _, ev := range fresh {
					l.rules.Ingest(ws, ev, now)
				}
			})
			return err
		})
	case "click":
		all := l.alerts()
		if len(all) == 0 {
			return
		}
		l.apply(all[s.alert%len(all)].Alert.ID, id, alerts.Input{
			Do: s.do, By: alerts.Actor{UserID: s.by, Name: "Maria"}, User: alerts.Person{UserID: "U3"}, Until: now.Add(3 * time.Hour),
			Outcome: alerts.Saved, Note: "a note", Origin: "test",
		})
	case "wait":
		l.w.clock.pass(s.waits)
		l.twice(func(s *storage.Store) error {
			return s.Reconsider(ctx, []string{l.account}, func(ws *alerts.WorkingSet) { l.rules.ExpireMutes(ws, l.account, l.w.clock.now()) })
		})
		for _, v := range l.alerts() {
			l.apply(v.Alert.ID, "", alerts.Input{Do: alerts.DoTimers})
		}
	case "mute":
		mute := alerts.Mute{ID: id, Account: l.account, MuteSpan: alerts.MuteSpan{Until: now.Add(5 * time.Hour), By: alerts.Actor{UserID: "U1"}}}
		l.twice(func(s *storage.Store) error {
			return s.Reconsider(ctx, []string{l.account}, func(ws *alerts.WorkingSet) { l.rules.Mute(ws, mute, now) })
		})
	case "restart":
		require.NoError(l, l.replicas[s.replica].Close())
		l.replicas[s.replica] = l.w.born()
	}
}

// apply does the same to an alert on both replicas; refusals are for people.
func (l *life) apply(id, request string, in alerts.Input) {
	l.twice(func(s *storage.Store) error {
		_, err := s.UpdateAlert(l.Context(), id, request, func(a alerts.Alert) (alerts.Result, error) {
			r, err := l.rules.Apply(a, in, l.w.clock.now())
			if err != nil {
				return alerts.Result{Alert: a}, nil //nolint:nilerr // a refusal changes nothing
			}
			return r, nil
		})
		return err
	})
}

// alerts are all of the account, the oldest first.
func (l *life) alerts() []alerts.View {
	var ids []string
	require.NoError(l, l.db.Select(&ids, "SELECT id FROM alerts WHERE account_id = '"+l.account+"' ORDER BY id"))
	all := make([]alerts.View, len(ids))
	for i, id := range ids {
		view, err := l.w.AlertView(l.Context(), id)
		require.NoError(l, err)
		all[i] = view
	}
	return all
}

func (l *life) check() {
	live := 0
	events := map[string]bool{}
	for _, v := range l.alerts() {
		a := v.Alert
		if a.Status.Live() {
			live++
			var shown int
			require.NoError(l, l.db.Get(&shown, "SELECT count(*) FROM messages WHERE kind = 'card' AND hold = '' AND subject = '"+a.ID+"'"))
			require.True(l, shown > 0 || a.Hold.Reason != alerts.HoldNone, "a live alert is visible, or held with a reason")
		}
		for _, e := range a.EventIDs {
			require.False(l, events[e], "an event counts once: %s", e)
			events[e] = true
		}
		var status alerts.Status
		done := map[string]int{}
		for i, e := range v.History {
			require.EqualValues(l, i+1, e.Seq)
			require.Equal(l, status, e.From, "each line follows the one before")
			status = e.To
			if e.What == alerts.DidEscalate {
				require.Equal(l, alerts.Open, e.To, "no escalation after acknowledge")
			}
			if e.RequestID != "" {
				done[e.RequestID]++
			}
		}
		require.Equal(l, a.Status, status, "the history explains the state")
		require.False(l, slices.ContainsFunc(v.History, func(e alerts.Entry) bool { return done[e.RequestID] > 1 }), "a click counts once")
	}
	require.LessOrEqual(l, live, 1, "one live alert per key")
}
