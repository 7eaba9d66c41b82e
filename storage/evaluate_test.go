package storage_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"journeybot/alerts"
	"journeybot/journey"
	"journeybot/storage"
)

// walking are rules with one map: a first search, five searches and a list within 14 days, and ten searches each month.
func walking(tb testing.TB, revision string) *alerts.Rules {
	tb.Helper()
	rule := func(source string) *journey.Rule {
		r, err := journey.CompileRule(source)
		require.NoError(tb, err)
		return r
	}
	r := routed()
	r.Maps = []*journey.Map{{
		ID: "growth", Revision: revision, Zone: time.UTC, Phases: []journey.Phase{{ID: "all", Milestones: []journey.Milestone{
			{ID: "first", Rule: rule(`count("search") >= 1`)},
			{ID: "value", Rule: rule(`count("search") >= 5 && count("list") >= 1 && users("search") >= 2`), Within: 14},
			{ID: "kept", Rule: rule(`count("search", "month") >= 10`), Sustain: &journey.Sustain{Every: journey.Window{Calendar: journey.Month}, Warn: 9}},
		}}},
	}}
	return r
}

// evaluation is what the bot asks for.
func evaluation(w *world, r *alerts.Rules, limit int) storage.Evaluation {
	return storage.Evaluation{
		Revision: r.Maps[0].Revision, Needs: r.Maps[0].Needs(), Zone: time.UTC, Limit: limit,
		Looks: func(a journey.Account, p *alerts.Position) (some, all bool) { return r.Looks(a, p, w.clock.now()) },
	}
}

// walk evaluates one batch on a replica as the bot does.
func (w *world) walk(s *storage.Store, r *alerts.Rules, todo storage.Evaluation) (storage.Evaluated, error) {
	return s.Evaluate(w.tb.Context(), todo,
		func(ws *alerts.WorkingSet, positions map[string]*alerts.Position) []alerts.Event {
			return r.Walk(ws, positions, w.clock.now())
		},
		func(ws *alerts.WorkingSet, positions map[string]*alerts.Position, fresh []alerts.Event) {
			for _, ev := range fresh {
				r.Ingest(ws, ev, w.clock.now())
			}
			r.Arrive(ws, positions, w.clock.now())
		})
}

// settle evaluates until nothing is left, and returns the signals that were derived.
func (w *world) settle(r *alerts.Rules) []string {
	w.tb.Helper()
	var signals []string
	for {
		done, err := w.walk(w.Store, r, evaluation(w, r, 50))
		require.NoError(w.tb, err)
		for _, ev := range done.Fresh {
			signals = append(signals, ev.Account+" "+string(ev.Signal.Kind)+" "+ev.Signal.About)
		}
		if done.Accounts == 0 {
			return signals
		}
	}
}

// use makes the maps of r the ones that count.
func (w *world) use(r *alerts.Rules) {
	w.tb.Helper()
	require.NoError(w.tb, w.SetMark(w.tb.Context(), storage.MarkMaps, r.Maps[0].Revision))
	w.clock.pass(time.Second)
}

// did tells what an account did now.
func (w *world) did(account, event, user string, count int64) {
	w.tb.Helper()
	w.didOn(account, w.clock.now(), event, user, count)
}

func (w *world) didOn(account string, at time.Time, event, user string, count int64) {
	w.tb.Helper()
	w.seq++
	e := w.event(fmt.Sprint("did ", w.seq), account)
	e.Usage = []alerts.Usage{{Event: event, User: user, Count: count, At: at}}
	w.judged(e)
}

func testEvaluate(t *testing.T, open opener) {
	t.Run("usage moves the stage", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		r := walking(t, "1")
		w.use(r)
		w.did("acme", "search", "ann", 4)
		require.Equal(t, []string{"acme milestone_reached first"}, w.settle(r))
		w.did("acme", "search", "ben", 1)
		require.Empty(t, w.settle(r), "a list is missing")
		w.clock.pass(24 * time.Hour)
		w.did("acme", "list", "ann", 1)
		require.Equal(t, []string{"acme milestone_reached value"}, w.settle(r))
		require.Empty(t, w.settle(r))

		view, err := w.AccountView(t.Context(), "acme")
		require.NoError(t, err)
		require.Equal(t, "growth", view.Account.Map)
		require.Equal(t, "value", view.Account.Stage)
		require.Equal(t, w.clock.now(), view.Account.StageAt)
		require.Len(t, view.Live, 2, "milestones are alerts")
		require.EqualValues(t, 2, w.number(`SELECT count(*) FROM stage_history WHERE account_id = 'acme' AND reason = 'rule'`))
		require.EqualValues(t, 2, w.number(`SELECT count(*) FROM outbox WHERE type = 'journeybot.stage.changed'`))
		require.EqualValues(t, 1, w.number(`SELECT took FROM account_milestones WHERE milestone = 'value'`))
		require.EqualValues(t, 20261125, w.number(`SELECT since_on FROM account_milestones WHERE milestone = 'value'`))
		require.EqualValues(t, 2, w.number(`SELECT count(*) FROM events WHERE source = 'journeybot'`), "what was derived is told as an event")
		require.Zero(t, w.number(`SELECT dirty_at + changed_on FROM accounts`))
	})

	t.Run("a drop-off is told once, also by two replicas and after a crash", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		r := walking(t, "1")
		w.use(r)
		w.did("acme", "search", "ann", 7)
		w.did("acme", "list", "ann", 2)
		w.settle(r)
		due := time.UnixMicro(w.number(`SELECT journey_at FROM accounts`)).UTC()
		require.Equal(t, time.Date(2026, 12, 9, 7, 0, 0, 0, time.UTC), due, "the morning after the 14 days")
		w.clock.pass(due.Sub(w.clock.now()) - time.Minute)
		require.Empty(t, w.settle(r))
		w.clock.pass(time.Minute)

		require.Panics(t, func() {
			_, _ = w.Evaluate(t.Context(), evaluation(w, r, 50),
				func(ws *alerts.WorkingSet, p map[string]*alerts.Position) []alerts.Event {
					return r.Walk(ws, p, w.clock.now())
				},
				func(*alerts.WorkingSet, map[string]*alerts.Position, []alerts.Event) { panic("crash") })
		})
		var group sync.WaitGroup
		var fresh atomic.Int64
		for _, s := range []*storage.Store{w.Store, w.replica()} {
			group.Go(func() {
				for range 3 {
					done, err := w.walk(s, r, evaluation(w, r, 50))
					if err != nil {
						t.Error(err)
					}
					fresh.Add(int64(len(done.Fresh)))
				}
			})
		}
		group.Wait()
		require.EqualValues(t, 1, fresh.Load())
		a := w.live("acme", alerts.MilestoneDropoff)
		require.Equal(t, "value", a.About)
		require.Equal(t, 1, a.Count)
		require.Equal(t, time.Date(2026, 12, 8, 0, 0, 0, 0, time.UTC), a.Facts.Dropoff.ExpectedBy)
		require.Equal(t, "list", a.Facts.Dropoff.LastAction)
		require.Equal(t, []alerts.Progress{{KPI: "searches", Have: 7, Need: 5}, {KPI: "lists", Have: 2, Need: 1}, {KPI: "people with searches", Have: 1, Need: 2}},
			a.Facts.Dropoff.Progress)

		w.clock.pass(48 * time.Hour)
		w.did("acme", "search", "ann", 1)
		require.Empty(t, w.settle(r))
		w.did("acme", "search", "ben", 1)
		require.Equal(t, []string{"acme milestone_reached value"}, w.settle(r))
		require.EqualValues(t, 1, w.number(`SELECT count(*) FROM alerts WHERE kind = 'milestone_dropoff' AND outcome = 'recovered'`))
	})

	t.Run("a month's value is warned of, lost and won again", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		r := walking(t, "1")
		w.use(r)
		w.did("acme", "search", "ann", 10)
		w.did("acme", "list", "ben", 1)
		w.did("acme", "search", "ben", 1)
		require.ElementsMatch(t, []string{"acme milestone_reached first", "acme milestone_reached value", "acme milestone_reached kept"}, w.settle(r))
		w.at(2026, 12, 22)
		require.Empty(t, w.settle(r))
		w.at(2026, 12, 23)
		require.Equal(t, []string{"acme milestone_dropoff kept"}, w.settle(r))
		warned := w.live("acme", alerts.MilestoneDropoff)
		require.Equal(t, alerts.DropoffLosing, warned.Facts.Dropoff.Why)
		w.did("acme", "search", "ann", 10)
		require.Empty(t, w.settle(r), "safe")
		require.Zero(t, w.number(`SELECT count(*) FROM alerts WHERE kind = 'milestone_dropoff' AND status = 'open'`))
		w.at(2027, 1, 25)
		require.Equal(t, []string{"acme milestone_dropoff kept"}, w.settle(r), "warned again")
		w.at(2027, 2, 1)
		require.Equal(t, []string{"acme milestone_dropoff kept"}, w.settle(r), "lost")
		lost := w.live("acme", alerts.MilestoneDropoff)
		require.Equal(t, alerts.DropoffLost, lost.Facts.Dropoff.Why)
		require.Equal(t, 2, lost.Count, "one alert from the warning to the loss")
		view, err := w.AccountView(t.Context(), "acme")
		require.NoError(t, err)
		require.Equal(t, "value", view.Account.Stage, "back where it still is")
		w.did("acme", "search", "ann", 10)
		require.Equal(t, []string{"acme milestone_reached kept"}, w.settle(r), "news again")
		require.Zero(t, w.number(`SELECT count(*) FROM alerts WHERE kind = 'milestone_dropoff' AND status = 'open'`))
	})

	t.Run("edited maps evaluate everything anew, and tell nothing of the past", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		first := walking(t, "1")
		for i := range 7 {
			w.did(fmt.Sprint("account-", i), "search", "ann", 3)
			w.did(fmt.Sprint("account-", i), "list", "ben", 1)
		}
		w.clock.pass(time.Second)
		w.use(first)
		require.Empty(t, w.settle(first), "accounts that are older than the maps have no news")
		require.EqualValues(t, 7, w.number(`SELECT count(*) FROM accounts WHERE stage = 'first'`))
		w.did("new", "search", "ann", 3)
		require.Equal(t, []string{"new milestone_reached first"}, w.settle(first))

		edited := walking(t, "2")
		rule, err := journey.CompileRule(`count("search") >= 3`)
		require.NoError(t, err)
		edited.Maps[0].Phases[0].Milestones[1].Rule = rule
		w.clock.pass(time.Hour)
		w.use(edited)
		done, err := w.walk(w.Store, first, evaluation(w, first, 50))
		require.NoError(t, err)
		require.True(t, done.Outdated, "a replica with the old maps leaves the accounts alone")
		sweep := evaluation(w, edited, 3)
		sweep.Swept = true
		total := 0
		for {
			done, err := w.walk(w.Store, edited, sweep)
			require.NoError(t, err)
			require.Empty(t, done.Fresh)
			total += done.Accounts
			if sweep.After = done.Last; sweep.After == "" {
				break
			}
		}
		require.Equal(t, 8, total)
		require.EqualValues(t, 8, w.number(`SELECT count(*) FROM accounts WHERE stage = 'value'`))
		require.EqualValues(t, 8, w.number(`SELECT count(*) FROM stage_history WHERE milestone = 'value' AND reason = 'map changed'`))
		require.Empty(t, w.settle(edited))
	})

	t.Run("replicas share the work", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		r := walking(t, "1")
		w.use(r)
		for i := range 30 {
			w.did(fmt.Sprint("account-", i), "search", "ann", 1)
		}
		var group sync.WaitGroup
		var accounts, fresh atomic.Int64
		for _, s := range []*storage.Store{w.Store, w.replica()} {
			group.Go(func() {
				for range 40 {
					done, err := w.walk(s, r, evaluation(w, r, 4))
					if err != nil {
						t.Error(err)
					}
					accounts.Add(int64(done.Accounts))
					fresh.Add(int64(len(done.Fresh)))
				}
			})
		}
		group.Wait()
		require.EqualValues(t, 30, accounts.Load(), "each account once")
		require.EqualValues(t, 30, fresh.Load())
	})

	t.Run("what an event says about the stage, and what a KPI and a field change, counts", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		r := walking(t, "1")
		rule, err := journey.CompileRule(`kpi("nps") >= 30 && account.plan == "pro"`)
		require.NoError(t, err)
		r.Maps[0].Phases[0].Milestones = append(r.Maps[0].Phases[0].Milestones, journey.Milestone{ID: "fan", Rule: rule})
		w.use(r)
		explicit := w.event("x", "acme")
		explicit.Signal = &alerts.Signal{Kind: alerts.MilestoneReached, About: "value", Facts: alerts.Facts{Reached: &alerts.ReachedFacts{Milestone: "value"}}}
		w.judged(explicit)
		require.Equal(t, []string{"acme milestone_reached value"}, w.settle(r))
		view, err := w.AccountView(t.Context(), "acme")
		require.NoError(t, err)
		require.Equal(t, "value", view.Account.Stage)
		require.EqualValues(t, 1, w.number(`SELECT count(*) FROM stage_history`), "told once")

		kpi := w.event("k", "acme")
		kpi.KPIs = map[string]float64{"nps": 40}
		w.judged(kpi)
		require.Empty(t, w.settle(r))
		field := w.event("f", "acme")
		field.Patch = &journey.Patch{Plan: journey.SetTo("pro"), At: w.clock.now()}
		w.judged(field)
		require.Equal(t, []string{"acme milestone_reached fan"}, w.settle(r))
	})

	t.Run("merged accounts are evaluated as one, as no news", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		r := walking(t, "1")
		w.use(r)
		w.did("acme", "search", "ann", 3)
		w.did("old", "search", "ben", 3)
		w.did("old", "list", "ben", 1)
		w.settle(r)
		require.NoError(t, w.MergeAccounts(t.Context(), "old", "acme", func(ws *alerts.WorkingSet) {
			r.Merge(ws, "old", "acme", alerts.Actor{UserID: "U9"}, w.clock.now())
		}))
		require.Empty(t, w.settle(r))
		require.EqualValues(t, 1, w.number(`SELECT count(*) FROM accounts WHERE id = 'acme' AND stage = 'value'`))
		require.EqualValues(t, 1, w.number(`SELECT count(*) FROM standings`))
	})
}

// at makes it noon of a day.
func (w *world) at(year int, month time.Month, day int) {
	w.clock.pass(time.Date(year, month, day, 12, 0, 0, 0, time.UTC).Sub(w.clock.now()))
}

// live is the one live alert of a kind.
func (w *world) live(account string, kind alerts.Kind) alerts.Alert {
	w.tb.Helper()
	view, err := w.AccountView(w.tb.Context(), account)
	require.NoError(w.tb, err)
	var found []alerts.Alert
	for _, v := range view.Live {
		if v.Alert.Kind == kind {
			found = append(found, v.Alert)
		}
	}
	require.Len(w.tb, found, 1)
	return found[0]
}
