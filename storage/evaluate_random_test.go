package storage_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"journeybot/alerts"
	"journeybot/journey"
	"journeybot/storage/storagetest"
)

// fact is something an account did, and on which day it became known.
type fact struct {
	day   int
	known int
	usage alerts.Usage
	kpi   *float64
	again bool // delivered twice
}

var anyFact = rapid.Custom(func(t *rapid.T) fact {
	f := fact{day: rapid.IntRange(0, 45).Draw(t, "day"), again: rapid.IntRange(0, 4).Draw(t, "again") == 0}
	f.known = min(45, f.day+rapid.SampledFrom([]int{0, 0, 0, 1, 1, 3, 20, 60}).Draw(t, "late"))
	if rapid.IntRange(0, 9).Draw(t, "kpi") == 0 {
		f.kpi = new(float64(rapid.IntRange(0, 60).Draw(t, "nps")))
		return f
	}
	f.usage = alerts.Usage{
		Event: rapid.SampledFrom([]string{"search", "search", "list"}).Draw(t, "event"), User: rapid.SampledFrom([]string{"", "ann", "ben", "cleo"}).Draw(t, "user"),
		Persona: rapid.SampledFrom([]string{"", "admin"}).Draw(t, "persona"), Count: rapid.SampledFrom([]int64{1, 1, 2, 5, 9, -1}).Draw(t, "count"),
	}
	return f
})

// randomLives bounds how many accounts live through it: each costs a few hundred transactions.
const randomLives = 30

// TestTheOrderInWhichThingsBecomeKnownDoesNotMatter compares an account that is evaluated as news of it comes, late, twice and out of order,
// with one of which everything becomes known at once on the last day.
func TestTheOrderInWhichThingsBecomeKnownDoesNotMatter(t *testing.T) {
	t.Parallel()
	w := openOn(storagetest.SQLite)(t)
	r := walking(t, "1")
	for _, source := range []string{`kpi("nps") >= 30 || trend("search", "7d") > 0.5`, `persona("admin").active_days("14d") >= 2`} {
		rule, err := journey.CompileRule(source)
		require.NoError(t, err)
		ms := &r.Maps[0].Phases[0].Milestones
		*ms = append(*ms, journey.Milestone{ID: fmt.Sprint("more-", len(*ms)), Rule: rule, Sustain: &journey.Sustain{Every: journey.Window{Days: 30}, Warn: 3}})
	}
	w.use(r)
	start := w.clock.now()
	serial := 0
	rapid.Check(t, func(rt *rapid.T) {
		if serial == randomLives {
			return
		}
		facts := rapid.SliceOfN(anyFact, 0, 25).Draw(rt, "facts")
		serial++
		step, whole := fmt.Sprint("step-", serial), fmt.Sprint("whole-", serial)
		begin := start.AddDate(0, 0, 100*serial)
		event := func(account string, i int) alerts.Event {
			f := facts[i]
			e := w.event(fmt.Sprint(account, " ", i), account)
			e.At = begin.AddDate(0, 0, f.day)
			if f.kpi != nil {
				e.KPIs = map[string]float64{"nps": *f.kpi, fmt.Sprint("other-", i): 1}
				e.At = e.At.Add(time.Duration(i) * time.Second) // no two values of one moment
				return e
			}
			f.usage.At = e.At
			e.Usage = []alerts.Usage{f.usage}
			return e
		}
		deliver := func(e alerts.Event, again bool) {
			w.judged(e)
			if again {
				w.judged(e, e)
			}
		}
		evaluate := func() {
			for {
				done, err := w.walk(w.Store, r, evaluation(w, r, 50))
				require.NoError(rt, err)
				if done.Accounts == 0 {
					return
				}
			}
		}
		for day := range 46 {
			w.clock.pass(begin.AddDate(0, 0, day).Sub(w.clock.now()))
			news := false
			for i, f := range facts {
				if f.known == day {
					deliver(event(step, i), f.again)
					news = true
				}
			}
			if news || day%15 == 0 {
				evaluate()
			}
		}
		for i := range facts {
			deliver(event(whole, len(facts)-1-i), false)
		}
		for _, account := range []string{step, whole} { // both are looked at on the last day
			e := w.event(account+" last", account)
			e.KPIs = map[string]float64{"last": 1}
			deliver(e, false)
		}
		evaluate()
		a, err := w.Standing(t.Context(), step)
		require.NoError(rt, err)
		b, err := w.Standing(t.Context(), whole)
		require.NoError(rt, err)
		require.Equal(rt, b.State, a.State)
	})
}
