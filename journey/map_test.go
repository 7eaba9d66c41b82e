package journey_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"journeybot/journey"
)

func rule(t testing.TB, source string) *journey.Rule {
	t.Helper()
	r, err := journey.CompileRule(source)
	require.NoError(t, err, source)
	return r
}

func formula(t testing.TB, source string) *journey.Formula {
	t.Helper()
	f, err := journey.CompileFormula(source)
	require.NoError(t, err, source)
	return f
}

func berlin(t testing.TB) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	return zone
}

// customerLed is the map of PRODUCT.md's numbers.
func customerLed(t testing.TB) *journey.Map {
	t.Helper()
	return &journey.Map{
		ID: "customer-led", Revision: "1", Zone: berlin(t),
		Phases: []journey.Phase{
			{ID: "struggle", Milestones: []journey.Milestone{
				{ID: "A", Cohort: true},
				{ID: "B", Title: "First search", Rule: rule(t, `count("search") >= 1`)},
			}},
			{ID: "evaluation", Milestones: []journey.Milestone{
				{ID: "C", Title: "First value", Rule: rule(t, `count("search") >= 5 && count("list") >= 1`), Within: 14, OnDropoff: "early-risk"},
				{ID: "D", Title: "Value realization", Rule: rule(t, `count("search") >= 10 && count("list") >= 2 && count("export") >= 2`), Within: 30},
			}},
			{ID: "growth", Milestones: []journey.Milestone{
				{
					ID: "E", Title: "Continued value",
					Rule:    rule(t, `count("search", "month") >= 10 && count("list", "month") >= 2 && count("export", "month") >= 2`),
					Sustain: &journey.Sustain{Every: journey.Window{Calendar: journey.Month}, Warn: 9},
				},
				{ID: "F", Title: "Value growth", Rule: rule(t, `milestone("E").reached && (count("upgrade") >= 1 || count("review") >= 1 || count("referral") >= 1)`)},
			}},
		},
	}
}

func rows(day journey.Day, counts map[string]int64) []journey.UsageRow {
	out := make([]journey.UsageRow, 0, len(counts))
	for event, n := range counts {
		out = append(out, journey.UsageRow{Event: event, Day: day, Count: n})
	}
	return out
}

func at(t testing.TB, day journey.Day, hour int) time.Time {
	t.Helper()
	return day.In(berlin(t)).Add(time.Duration(hour) * time.Hour)
}

func kinds(changes []journey.Change) []string {
	out := make([]string, 0, len(changes))
	for _, c := range changes {
		out = append(out, string(c.Kind)+" "+c.About)
	}
	return out
}

func TestTheFourNumbers(t *testing.T) {
	t.Parallel()
	m := customerLed(t)
	for _, tc := range []struct {
		name   string
		counts map[string]int64
		stage  string
		words  string // what is missing for the next
	}{
		{"nothing", map[string]int64{"login": 1}, "", "searches 0 of 1"},
		{"first search", map[string]int64{"search": 1}, "B", "searches 1 of 5, lists 0 of 1"},
		{"four searches and a list", map[string]int64{"search": 4, "list": 1}, "B", "searches 4 of 5, lists 1 of 1"},
		{"five searches, no list", map[string]int64{"search": 5}, "B", "searches 5 of 5, lists 0 of 1"},
		{"five searches and a list", map[string]int64{"search": 5, "list": 1}, "C", "searches 5 of 10, lists 1 of 2, exports 0 of 2"},
		{"9 2 2", map[string]int64{"search": 9, "list": 2, "export": 2}, "C", "searches 9 of 10, lists 2 of 2, exports 2 of 2"},
		{"10 1 2", map[string]int64{"search": 10, "list": 1, "export": 2}, "C", "searches 10 of 10, lists 1 of 2, exports 2 of 2"},
		{"10 2 1", map[string]int64{"search": 10, "list": 2, "export": 1}, "C", "searches 10 of 10, lists 2 of 2, exports 1 of 2"},
		{"10 2 2", map[string]int64{"search": 10, "list": 2, "export": 2}, "E", "Continued value reached, upgrades 0 of 1 or reviews 0 of 1 or referrals 0 of 1"},
		{"and an upgrade", map[string]int64{"search": 10, "list": 2, "export": 2, "upgrade": 1}, "F", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			h := journey.History{Rows: rows(20261103, tc.counts)}
			s, _ := m.Evaluate(journey.Standing{}, h, at(t, 20261103, 12))
			require.Equal(t, tc.stage, s.State.Stage)
			look := m.Look(s, h, at(t, 20261103, 12))
			require.Equal(t, tc.words, journey.InWords(look.Progress))
		})
	}
}

// The same numbers over two months: cumulative value was reached, monthly value was not.
func TestContinuedValueCountsCalendarMonths(t *testing.T) {
	t.Parallel()
	m := customerLed(t)
	h := journey.History{Rows: append(rows(20261031, map[string]int64{"search": 5, "list": 1, "export": 1}), rows(20261101, map[string]int64{"search": 5, "list": 1, "export": 1})...)}
	s, _ := m.Evaluate(journey.Standing{}, h, at(t, 20261101, 12))
	require.Equal(t, "D", s.State.Stage)
	h.Rows = append(h.Rows, rows(20261130, map[string]int64{"search": 5, "list": 1, "export": 1})...)
	s, changes := m.Evaluate(s, h, at(t, 20261130, 23))
	require.Equal(t, "E", s.State.Stage)
	require.Contains(t, kinds(changes), "reached E")

	// December: 6 of 10 searches. Warned on day 23 (31 days, 9 before the end), lost on 1 January.
	h.Rows = append(h.Rows, rows(20261205, map[string]int64{"search": 6, "list": 2, "export": 2})...)
	s, changes = m.Evaluate(s, h, at(t, 20261222, 9))
	require.Empty(t, changes)
	require.Equal(t, journey.Day(20261223), s.Due)
	s, changes = m.Evaluate(s, h, at(t, 20261223, 1))
	require.Equal(t, []string{"losing_soon E"}, kinds(changes))
	require.Equal(t, "searches 6 of 10, lists 2 of 2, exports 2 of 2", journey.InWords(changes[0].Progress))
	require.Equal(t, 9, changes[0].DaysLeft)
	require.Equal(t, journey.Day(20270101), changes[0].Expected)
	require.Equal(t, journey.Day(20270101), s.Due)
	s, changes = m.Evaluate(s, h, at(t, 20261231, 23))
	require.Empty(t, changes)
	s, changes = m.Evaluate(s, h, at(t, 20270101, 0))
	require.Equal(t, []string{"lost E", "stage_moved D"}, kinds(changes))
	require.Equal(t, "D", s.State.Stage)

	// And back in January.
	h.Rows = append(h.Rows, rows(20270120, map[string]int64{"search": 10, "list": 2, "export": 2})...)
	s, changes = m.Evaluate(s, h, at(t, 20270120, 9))
	require.Equal(t, []string{"reached E", "stage_moved E"}, kinds(changes))
	require.Equal(t, journey.Day(20261130), s.State.Milestones["E"].Reached)
}

func TestDropOffIsToldOnce(t *testing.T) {
	t.Parallel()
	m := customerLed(t)
	h := journey.History{Rows: rows(20261102, map[string]int64{"search": 4})}
	s, _ := m.Evaluate(journey.Standing{}, h, at(t, 20261102, 12))
	require.Equal(t, journey.Day(20261116), s.State.Milestones["C"].Expect)
	require.Equal(t, journey.Day(20261117), s.Due)
	s, changes := m.Evaluate(s, h, at(t, 20261116, 23))
	require.Empty(t, changes)
	s, changes = m.Evaluate(s, h, at(t, 20261117, 0))
	require.Equal(t, []string{"dropped_off C"}, kinds(changes))
	require.Equal(t, "customer-led:dropped_off:C:20261116", changes[0].ID)
	require.Equal(t, "early-risk", changes[0].Playbook)
	require.Equal(t, 15, changes[0].Took)
	require.Equal(t, "search", changes[0].LastDone)
	s, changes = m.Evaluate(s, h, at(t, 20261130, 0))
	require.Empty(t, changes)
	h.Agreed = map[string]journey.Day{"C": 20261210}
	s, changes = m.Evaluate(s, h, at(t, 20261130, 1))
	require.Empty(t, changes)
	require.False(t, s.State.Milestones["C"].Dropped.Known(), "a new date is new hope")
	_, changes = m.Evaluate(s, h, at(t, 20261211, 1))
	require.Equal(t, []string{"dropped_off C"}, kinds(changes))
}
