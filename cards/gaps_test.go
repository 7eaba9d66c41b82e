package cards_test

import (
	"fmt"
	"strings"
	"testing"

	"journeybot/alerts"
	"journeybot/cards"
	"journeybot/journey"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// led is the customer-led map, as far as drawing asks.
func led(tb testing.TB) *journey.Map {
	tb.Helper()
	rule, err := journey.CompileRule(`count("search") >= 10 && count("export") >= 2`)
	require.NoError(tb, err)
	return &journey.Map{ID: "customer-led", Title: "Customer-led growth", Phases: []journey.Phase{
		{ID: "struggle", Title: "Struggle", Milestones: []journey.Milestone{
			{ID: "new-visitor", Title: "New visitor", Cohort: true}, {ID: "first-search", Title: "First search", Rule: rule},
		}},
		{ID: "evaluation", Title: "Evaluation", Milestones: []journey.Milestone{
			{ID: "first-value", Title: "First value", Rule: rule},
			{ID: "value-realization", Title: "Value realization", Rule: rule},
			{ID: "help", Title: "Help", Overlay: true, PointsTo: "first-value"},
		}},
		{ID: "growth", Title: "Growth", Milestones: []journey.Milestone{
			{ID: "continued-value", Title: "Continued value", Rule: rule}, {ID: "value-growth", Title: "Value growth"},
		}},
	}}
}

func term(label string, have, need float64) journey.Term {
	truth := journey.No
	if have >= need {
		truth = journey.Yes
	}
	return journey.Term{Label: label, Op: ">=", Have: have, Known: true, Need: need, Truth: truth, Text: label}
}

func stands(tb testing.TB) *alerts.JourneyView {
	tb.Helper()
	m := led(tb)
	return &alerts.JourneyView{Median: 30, Others: 40, View: journey.View{
		Map: m, Phase: m.Phases[1], Stage: m.Milestone("value-realization"), Since: 20261014, Position: 3, Of: 5, Next: m.Milestone("continued-value"),
		Progress: []journey.Term{term("searches", 6, 10), term("lists", 2, 2), term("exports", 0, 2)}, Expect: 20261130,
		Job: "When I look for what I need, help me find it fast, so I can get on with my work.",
	}}
}

func TestJourneyOnItsMap(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(v *alerts.JourneyView){
		"on the way": func(*alerts.JourneyView) {},
		"before the first, with few others": func(v *alerts.JourneyView) {
			v.Stage, v.Phase, v.Position, v.Median, v.Next, v.Job = nil, v.Map.Phases[0], 0, -1, v.Map.Milestone("first-search"), ""
			v.Progress, v.Expect, v.Dropped = []journey.Term{term("searches", 0, 1)}, 0, 20261119
		},
		"everything beside it": func(v *alerts.JourneyView) {
			v.Skipped = []*journey.Milestone{v.Map.Milestone("first-search")}
			v.Overlays = []journey.Overlay{{Milestone: v.Map.Milestone("help"), Since: 20261103, PointsTo: v.Map.Milestone("first-value")}}
			v.Branches = []journey.Path{{
				Branch: &journey.Branch{ID: "contact", Title: "Connect, train, confirm", Milestones: make([]journey.Milestone, 3)}, Since: 20261110, Done: 1,
				Next: &journey.Milestone{ID: "train", Title: "Train the new admin"}, Progress: []journey.Term{term("trainings", 0, 1)},
			}}
			v.Wheel = []journey.Turn{{Step: journey.WheelStep{ID: "onboarding", Title: "Onboarding"}, Done: true}, {Step: journey.WheelStep{ID: "time_to_wow"}}}
			v.Quiet = []journey.QuietPersona{{Persona: journey.Persona{ID: "admin", Title: "Administrators"}, Since: 20261117, Progress: []journey.Term{term("active days", 0, 2)}}}
			v.Health = journey.HealthState{Drivers: []journey.HealthDriver{
				{Measure: "nps", Value: 30, Score: 90, Weight: 0.2}, {Measure: "adoption", Value: 0.318, Score: 40, Weight: 0.5}, {Measure: "retention", Value: 1, Score: 100, Weight: 0.3},
			}}
		},
		"at the end, and about to lose it": func(v *alerts.JourneyView) {
			v.Stage, v.Position, v.Phase, v.Next, v.Progress = v.Map.Milestone("value-growth"), 5, v.Map.Phases[2], nil, nil
			v.Sustained = []journey.Sustained{{
				Milestone: v.Map.Milestone("continued-value"), Progress: []journey.Term{term("searches", 6, 10)}, LostOn: 20261201, DaysLeft: 7,
			}, {Milestone: v.Map.Milestone("value-realization"), Progress: []journey.Term{term("exports", 3, 2)}, Good: true}}
		},
		"a milestone of the month": func(v *alerts.JourneyView) {
			for i := range v.Progress {
				v.Progress[i].Reads.Window = journey.Window{Calendar: journey.Month}
			}
		},
		"told by an event": func(v *alerts.JourneyView) {
			v.Next, v.Progress, v.Expect = v.Map.Milestone("value-growth"), nil, 0
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := account()
			v.Journey = stands(t)
			change(v.Journey)
			golden(t, cards.Journey(style(t), v))
		})
	}
}

func TestWhyAccountOnItsMap(t *testing.T) {
	t.Parallel()
	w := alerts.AccountWhy{AccountView: account()}
	w.Journey = stands(t)
	at := func(id string) *journey.Milestone { return w.Journey.Map.Milestone(id) }
	unknown := journey.Term{Label: "NPS", Op: ">=", Need: 30, Text: `kpi("nps") >= 30`}
	w.Reasons = []journey.Reason{
		{Milestone: at("new-visitor")},
		{Milestone: at("first-search"), State: journey.MilestoneState{Reached: 20261001, Since: 20261001}, Rule: `count("search") >= 1`, Truth: journey.Yes, Progress: []journey.Term{term("searches", 6, 1)}},
		{Milestone: at("first-value"), State: journey.MilestoneState{Reached: 20261003, Since: 20261101}, Rule: "x", Truth: journey.Yes},
		{Milestone: at("value-realization"), State: journey.MilestoneState{Expect: 20261130}, Rule: "y", Truth: journey.Unknown, Progress: []journey.Term{term("exports", 0, 2), unknown}},
		{Milestone: at("continued-value"), State: journey.MilestoneState{Reached: 20260901, Lost: 20261101}, Rule: "z", Truth: journey.No},
		{Milestone: at("value-growth"), State: journey.MilestoneState{Dropped: 20261101}, ByEvent: true},
	}
	golden(t, cards.WhyAccount(ruled(t), w))
}

// report has 60 accounts on the customer-led map, most of whom stop before value realization.
func report(tb testing.TB) alerts.GapReport {
	tb.Helper()
	m := led(tb)
	stuck := make([]journey.StuckAccount, 2, 12)
	stuck[0] = journey.StuckAccount{Account: journey.Account{ID: "hooli", Name: "Hooli <!here>", ARR: ptr(int64(960_000))}, Days: 41, Overdue: true}
	stuck[1] = journey.StuckAccount{Account: journey.Account{ID: "b"}, Days: 1}
	for i := range cap(stuck) - len(stuck) {
		stuck = append(stuck, journey.StuckAccount{Account: journey.Account{ID: fmt.Sprint("more", i), ARR: ptr(int64(100_000))}, Days: i})
	}
	return alerts.GapReport{
		AsOf: now, Segments: []string{"smb", "enterprise"}, Others: []*journey.Map{{ID: "lifecycle", Title: "Lifecycle"}},
		Funnel: journey.Funnel{Map: m, Accounts: 60, ARR: 210_000_000, Steps: []journey.FunnelStep{
			{Milestone: m.Milestone("new-visitor"), Accounts: 1200, MedianDays: -1},
			{Milestone: m.Milestone("first-search"), Accounts: 58, ARR: 205_000_000, Conversion: 0.967, MedianDays: 2},
			{Milestone: m.Milestone("first-value"), Accounts: 50, ARR: 180_000_000, Conversion: 0.862, MedianDays: 9, Stuck: stuck, StuckARR: 2_000_000},
			{Milestone: m.Milestone("value-realization"), Accounts: 19, ARR: 140_000_000, Conversion: 0.38, MedianDays: 30},
			{Milestone: m.Milestone("continued-value"), Accounts: 12, ARR: 60_000_000, Conversion: 0.632, MedianDays: 31},
			{Milestone: m.Milestone("value-growth"), Accounts: 3, ARR: 20_000_000, Conversion: 0.25, MedianDays: -1},
		}},
	}
}

func pinned() *alerts.GapMove {
	return &alerts.GapMove{
		PriorityGap: alerts.PriorityGap{Map: "customer-led", Milestone: "value-realization", Team: "Onboarding", Target: 50}, Title: "Value realization", Before: 38.2, Now: 40.9,
	}
}

func TestGaps(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(g *alerts.GapReport, s *cards.Style){
		"all":           func(*alerts.GapReport, *cards.Style) {},
		"pinned":        func(g *alerts.GapReport, _ *cards.Style) { g.Priority = pinned() },
		"one segment":   func(g *alerts.GapReport, _ *cards.Style) { g.Segment, g.Days = "smb", 90 },
		"for outsiders": func(_ *alerts.GapReport, s *cards.Style) { s.Guarded = true },
		"nobody": func(g *alerts.GapReport, _ *cards.Style) {
			g.Funnel.Accounts, g.Funnel.ARR, g.Segment, g.Others, g.Segments = 0, 0, "smb", nil, nil
			for i := range g.Funnel.Steps {
				g.Funnel.Steps[i] = journey.FunnelStep{Milestone: g.Funnel.Steps[i].Milestone, MedianDays: -1}
			}
		},
		"no gap": func(g *alerts.GapReport, _ *cards.Style) {
			for i := range g.Funnel.Steps {
				g.Funnel.Steps[i].Accounts, g.Funnel.Steps[i].ARR, g.Funnel.Steps[i].Stuck = 60, g.Funnel.ARR, nil
			}
		},
		"more milestones than a chart holds": func(g *alerts.GapReport, _ *cards.Style) {
			m := &journey.Map{ID: "long", Phases: make([]journey.Phase, 6)}
			for p := range m.Phases {
				m.Phases[p].ID = fmt.Sprint("phase", p)
				for n := range 5 {
					m.Phases[p].Milestones = append(m.Phases[p].Milestones, journey.Milestone{ID: fmt.Sprintf("m%d-%d", p, n)})
				}
			}
			g.Funnel.Map, g.Funnel.Steps = m, nil
			for i, ms := range m.Milestones() {
				g.Funnel.Steps = append(g.Funnel.Steps, journey.FunnelStep{Milestone: ms, Accounts: 60 - 2*i, ARR: 100, Conversion: 0.9, MedianDays: i})
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g, s := report(t), style(t)
			change(&g, &s)
			golden(t, cards.Gaps(s, g))
		})
	}
}

func TestPinGapForm(t *testing.T) {
	t.Parallel()
	goldenJSON(t, []any{
		cards.PinGapForm(style(t), led(t), "value-realization", "smb", 38.2, nil, "private"),
		cards.PinGapForm(style(t), led(t), "value-realization", "", -1, &alerts.PriorityGap{Team: "Onboarding", Target: 50}, "private"),
	})
}

func chances() []journey.Chance {
	exports := journey.Plan{Steps: []journey.Step{{Label: "exports", More: 2}}}
	return []journey.Chance{
		{Account: acme(), Milestone: "value-realization", Plan: exports},
		{Account: journey.Account{ID: "soylent", Name: "Soylent"}, Milestone: "first-value", Plan: journey.Plan{Steps: []journey.Step{{Label: "lists", More: 1}}}},
		{Account: journey.Account{ID: "initech", Name: "Initech", ARR: ptr(int64(3_100_000))}, Milestone: "continued-value", Plan: exports, LostOn: 20261130},
		{Account: journey.Account{ID: "waits"}, Milestone: "continued-value", LostOn: 20261130},
	}
}

func TestNext(t *testing.T) {
	t.Parallel()
	for name, page := range map[string]alerts.ChancePage{
		"all": {Chances: chances(), Total: 4}, "a page of mine": {Chances: chances()[:2], Total: 14, Offset: 10, Mine: true},
		"none": {}, "beyond": {Total: 4, Offset: 4},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			golden(t, cards.Next(style(t), page))
		})
	}
}

func TestDigestOfJourneys(t *testing.T) {
	t.Parallel()
	d := monday()
	d.Almost, d.AlmostAll, d.Gaps = chances()[1:], 5, []alerts.GapMove{*pinned()}
	drawn := cards.Digest(style(t), d)
	golden(t, drawn)
	require.Contains(t, drawn.Text, "Almost there: Soylent, 1 list from First value")
	require.Contains(t, drawn.Text, "Priority gap: Value realization 38 → 41 % (target 50 %, Onboarding).")
}

func TestOutsidersReadNoRevenueOfJourneys(t *testing.T) {
	t.Parallel()
	s := style(t)
	s.Guarded = true
	v := account()
	v.Journey = stands(t)
	v.Journey.Progress = append(v.Journey.Progress, term("MRR", 500, 900))
	v.Journey.Health.Drivers = []journey.HealthDriver{{Measure: "revenue", Score: 1, Weight: 1}}
	for _, d := range []cards.Drawing{
		cards.Journey(s, v), cards.Gaps(s, report(t)), cards.Next(s, alerts.ChancePage{Chances: chances(), Total: 4}),
	} {
		all := string(pretty(t, d))
		for _, secret := range []string{"€", "ARR", "MRR", "evenue"} {
			require.NotContains(t, all, secret)
		}
	}
}

func TestJourneysOfAnything(t *testing.T) {
	t.Parallel()
	anyTerm := rapid.Custom(func(t *rapid.T) journey.Term {
		return journey.Term{
			Label: text.Draw(t, "label"), Op: rapid.SampledFrom([]string{"", ">=", "<"}).Draw(t, "op"), Have: value.Draw(t, "have"), Known: rapid.Bool().Draw(t, "known"),
			Need: value.Draw(t, "need"), Text: text.Draw(t, "text"), Truth: journey.Truth(rapid.IntRange(-1, 1).Draw(t, "truth")), OneOf: rapid.IntRange(0, 2).Draw(t, "one of"),
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		s := cards.Style{Now: now, Guarded: rapid.Bool().Draw(t, "guarded")}
		m := &journey.Map{ID: text.Draw(t, "map"), Title: text.Draw(t, "title")}
		for range rapid.IntRange(1, 4).Draw(t, "phases") {
			phase := journey.Phase{ID: text.Draw(t, "phase"), Title: text.Draw(t, "phase title")}
			for range rapid.IntRange(1, 12).Draw(t, "milestones") {
				phase.Milestones = append(phase.Milestones, journey.Milestone{ID: text.Draw(t, "id"), Title: text.Draw(t, "milestone"), Cohort: rapid.Bool().Draw(t, "cohort")})
			}
			m.Phases = append(m.Phases, phase)
		}
		all := m.Milestones()
		v := alerts.AccountView{Account: journey.Account{ID: text.Draw(t, "account"), Name: text.Draw(t, "name")}}
		v.Journey = &alerts.JourneyView{Median: rapid.Int().Draw(t, "median"), View: journey.View{
			Map: m, Phase: m.Phases[0], Stage: all[0], Since: calendarDay.Draw(t, "since"), Position: rapid.Int().Draw(t, "position"), Of: rapid.Int().Draw(t, "of"),
			Skipped: all, Next: all[len(all)-1], Progress: rapid.SliceOfN(anyTerm, 0, 20).Draw(t, "progress"), Job: text.Draw(t, "job"),
			Health:    journey.HealthState{Drivers: []journey.HealthDriver{{Measure: text.Draw(t, "measure"), Value: value.Draw(t, "value"), Score: value.Draw(t, "score"), Weight: value.Draw(t, "weight")}}},
			Sustained: []journey.Sustained{{Milestone: all[0], LostOn: calendarDay.Draw(t, "lost")}},
		}}
		requireAccepted(t, cards.Journey(s, v))
		w := alerts.AccountWhy{AccountView: v}
		g := alerts.GapReport{Funnel: journey.Funnel{Map: m, Accounts: rapid.IntRange(0, 99).Draw(t, "accounts"), ARR: rapid.Int64().Draw(t, "arr")}, Segment: text.Draw(t, "segment"), AsOf: now}
		for _, ms := range all {
			w.Reasons = append(w.Reasons, journey.Reason{Milestone: ms, Rule: text.Draw(t, "rule"), Progress: v.Journey.Progress})
			g.Funnel.Steps = append(g.Funnel.Steps, journey.FunnelStep{
				Milestone: ms, Accounts: rapid.Int().Draw(t, "came"), ARR: rapid.Int64().Draw(t, "step arr"), Conversion: value.Draw(t, "conversion"), MedianDays: rapid.Int().Draw(t, "took"),
				Stuck: []journey.StuckAccount{{Account: v.Account, Days: rapid.Int().Draw(t, "days")}},
			})
		}
		requireAccepted(t, cards.WhyAccount(s, w))
		requireAccepted(t, cards.Gaps(s, g))
		c := journey.Chance{Account: v.Account, Milestone: all[0].ID, LostOn: calendarDay.Draw(t, "lost on"), Plan: journey.Plan{Steps: []journey.Step{{Label: text.Draw(t, "step"), More: rapid.Int().Draw(t, "more")}}}}
		requireAccepted(t, cards.Next(s, alerts.ChancePage{Chances: []journey.Chance{c, c}, Total: rapid.Int().Draw(t, "total"), Offset: rapid.Int().Draw(t, "offset")}))
	})
	require.Less(t, strings.Count(cards.Gaps(style(t), report(t)).Text, "\n"), 2)
}

func TestPictured(t *testing.T) {
	t.Parallel()
	drawn := cards.Gaps(style(t), report(t))
	var seen cards.Chart
	var said string
	shown := drawn.Pictured(func(c cards.Chart, alt string) string {
		seen, said = c, alt
		return "F0123456789"
	})
	require.True(t, seen.Bars)
	require.Equal(t, []float64{96.7, 83.3, 31.7, 20, 5}, seen.Series[0].Values)
	require.Contains(t, said, "Accounts: First search 96.7 %, First value 83.3 %")
	require.Contains(t, string(pretty(t, shown)), `"slack_file"`)
	requireAccepted(t, shown)
	left := drawn.Pictured(func(cards.Chart, string) string { return "" })
	requireAccepted(t, left)
	require.Contains(t, string(pretty(t, left)), "its numbers are in the table")
	require.Contains(t, string(pretty(t, drawn)), "data_visualization", "the drawing itself stays as it is")
}
