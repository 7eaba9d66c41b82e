package journey_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"journeybot/journey"
)

// full is a map that uses all there is.
func full(t testing.TB) *journey.Map {
	t.Helper()
	m := customerLed(t)
	m.Grace = 2
	m.Phases[0].Milestones = append(m.Phases[0].Milestones,
		journey.Milestone{ID: "help", Overlay: true, PointsTo: "B", Rule: rule(t, `kpi("nps") < 20 || days_since("search") >= 6`)})
	m.Phases[1].Milestones = append(m.Phases[1].Milestones,
		journey.Milestone{ID: "opt", Optional: true, Rule: rule(t, `users("list", "7d") >= 2 && !(trend("search", "7d") < -0.4)`)},
		journey.Milestone{ID: "aha", Rule: rule(t, `users_reaching("connect", 3, "10d", "signup") >= 1`), Within: 5},
		journey.Milestone{ID: "habit", Rule: rule(t, `active_days("7d") >= 2`), Sustain: &journey.Sustain{Every: journey.Window{Days: 7}, Warn: 3}})
	m.Branches = []journey.Branch{
		{ID: "refresh", Opens: rule(t, `account.tenure_months % 36 >= 35 && account.renewal_days > -20`), Milestones: []journey.Milestone{
			{ID: "trained", Rule: rule(t, `count("list") >= 2`), Within: 7}, {ID: "confirmed", Rule: rule(t, `count("export") >= 1`), Within: 7},
		}},
	}
	m.Personas = []journey.Persona{{ID: "admin", Expect: rule(t, `persona("admin").active_days("7d") >= 1`)}, {ID: "user"}}
	m.Triggers = []journey.Trigger{{ID: "heavy", Rule: rule(t, `count("search", "7d") >= 8 && kpi_change("nps", "14d") > 0`)}}
	m.Limits = []journey.Limit{{Resource: "searches", Used: formula(t, `count("search", "month")`), Limit: formula(t, `10`), Period: journey.Month}}
	m.Health = &journey.HealthModel{Hysteresis: 3, Measures: []journey.Measure{
		{ID: "adoption", Title: "Adoption", Weight: 40, Value: formula(t, `share("search", "28d", "seats")`), Bad: 0, Good: 1},
		{ID: "nps", Title: "NPS", Weight: 20, Value: formula(t, `kpi("nps")`), Bad: 0, Good: 50, Tighten: []journey.Tightening{{FromMonth: 36, Bad: 10, Good: 60}}},
		{ID: "pace", Title: "Pace", Weight: 40, Value: formula(t, `trend("search", "14d")`), Bad: -1, Good: 0},
	}}
	return m
}

type fact struct {
	row  journey.UsageRow
	user *journey.UserRow
	kpi  *journey.Point
}

func drawFact(t *rapid.T, zone func(journey.Day) journey.Point) fact {
	day := journey.Day(20261001).Add(rapid.IntRange(0, 75).Draw(t, "day"))
	switch rapid.IntRange(0, 5).Draw(t, "what") {
	case 0:
		p := zone(day)
		p.Value = float64(rapid.IntRange(0, 60).Draw(t, "value"))
		return fact{kpi: &p}
	case 1:
		return fact{user: &journey.UserRow{
			User: rapid.SampledFrom([]string{"u1", "u2"}).Draw(t, "user"), Event: rapid.SampledFrom([]string{"signup", "connect"}).Draw(t, "event"), Day: day, Count: 1,
		}}
	}
	return fact{row: journey.UsageRow{
		Event:   rapid.SampledFrom([]string{"search", "search", "list", "export", "upgrade"}).Draw(t, "event"),
		Persona: rapid.SampledFrom([]string{"", "admin"}).Draw(t, "persona"), Day: day, Count: int64(rapid.IntRange(1, 6).Draw(t, "count")),
		Users: journey.Users{IDs: []string{rapid.SampledFrom([]string{"u1", "u2", "u3"}).Draw(t, "who")}},
	}}
}

func (f fact) day() journey.Day {
	switch {
	case f.kpi != nil:
		return journey.DayOf(f.kpi.At)
	case f.user != nil:
		return f.user.Day
	}
	return f.row.Day
}

// history adds facts up as storage does: one row for each event, persona and day.
func history(facts []fact) journey.History {
	h := journey.History{Account: journey.Account{ID: "acme", Seats: new(int64(4)), RenewalDate: 20261220, Since: 20231205}}
	type key struct {
		event, persona string
		day            journey.Day
	}
	counted := map[key]*journey.UsageRow{}
	var nps journey.Series
	nps.Name = "nps"
	for _, f := range facts {
		switch {
		case f.kpi != nil:
			nps.Points = append(nps.Points, *f.kpi)
		case f.user != nil:
			h.UserRows = append(h.UserRows, *f.user)
		default:
			k := key{f.row.Event, f.row.Persona, f.row.Day}
			if counted[k] == nil {
				counted[k] = &journey.UsageRow{Event: k.event, Persona: k.persona, Day: k.day}
			}
			r := counted[k]
			r.Count += f.row.Count
			for _, id := range f.row.Users.IDs {
				if !slices.Contains(r.Users.IDs, id) {
					r.Users.IDs = append(r.Users.IDs, id)
				}
			}
		}
	}
	for k := range maps.Keys(counted) {
		h.Rows = append(h.Rows, *counted[k])
	}
	slices.SortStableFunc(nps.Points, func(a, b journey.Point) int {
		if c := a.At.Compare(b.At); c != 0 {
			return c
		}
		return int(a.Value - b.Value)
	})
	h.KPIs = []journey.Series{nps}
	return h
}

// Facts become known in any order, some long after their day. Evaluated after each batch, the standing is the one that is made from scratch.
func TestIncrementalIsFromScratch(t *testing.T) {
	t.Parallel()
	m := full(t)
	rapid.Check(t, func(rt *rapid.T) {
		facts := make([]fact, rapid.IntRange(0, 60).Draw(rt, "facts"))
		arrives := make([]journey.Day, len(facts))
		for i := range facts {
			facts[i] = drawFact(rt, func(d journey.Day) journey.Point { return journey.Point{At: at(t, d, 12)} })
			arrives[i] = facts[i].day().Add(rapid.SampledFrom([]int{0, 0, 0, 0, 1, 3, 20}).Draw(rt, "late"))
		}
		var s journey.Standing
		var known []fact
		for day := journey.Day(20261001); day <= 20261231; day = day.Add(1) {
			due := s.Due.Known() && s.Due <= day
			hours := []int{8, 20}
			came := make([][]fact, 2)
			for i, f := range facts {
				if arrives[i] == day {
					came[i%2] = append(came[i%2], f)
				}
			}
			for half, hour := range hours {
				if len(came[half]) == 0 && (!due || half > 0) {
					continue
				}
				var changed journey.Day
				for _, f := range came[half] {
					if d := f.day(); !changed.Known() || d < changed {
						changed = d
					}
				}
				known = append(known, came[half]...)
				h := history(known)
				h.Changed = changed
				s, _ = m.Evaluate(s, h, at(t, day, hour))
			}
		}
		if len(known) == 0 {
			return
		}
		end := at(t, 20270115, 12)
		s, _ = m.Evaluate(s, history(known), end)
		scratch, _ := m.Evaluate(journey.Standing{}, history(known), end)
		require.Equal(rt, scratch, s)
	})
}

// Nothing changes before the day that Due names.
func TestNothingHappensBeforeItIsDue(t *testing.T) {
	t.Parallel()
	m := full(t)
	rapid.Check(t, func(rt *rapid.T) {
		facts := make([]fact, rapid.IntRange(1, 40).Draw(rt, "facts"))
		for i := range facts {
			facts[i] = drawFact(rt, func(d journey.Day) journey.Point { return journey.Point{At: at(t, d, 12)} })
		}
		h := history(facts)
		s, _ := m.Evaluate(journey.Standing{}, h, at(t, 20261215, 1))
		for day := journey.Day(20261216); day < 20270401; day = day.Add(1) {
			next, changes := m.Evaluate(s, h, at(t, day, 1))
			if s.Due.Known() && day >= s.Due {
				s = next
				continue
			}
			require.Empty(rt, news(changes), fmt.Sprint(day, " due ", s.Due))
		}
	})
}

func news(changes []journey.Change) []journey.Change {
	return slices.DeleteFunc(changes, func(c journey.Change) bool { return c.Kind == journey.HealthMoved && c.Quiet })
}
