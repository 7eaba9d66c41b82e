package journey_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"journeybot/journey"
)

// life is an account that is looked at again and again.
type life struct {
	t *testing.T
	m *journey.Map
	h journey.History
	s journey.Standing
}

// does counts events on a day.
func (l *life) does(day journey.Day, event string, count int64, who ...string) {
	l.h.Rows = append(l.h.Rows, used(event, "", day, count, who...))
}

// look evaluates, and gives what changed, without the first choice of a map.
func (l *life) look(day journey.Day, hour int) []string {
	var changes []journey.Change
	l.s, changes = l.m.Evaluate(l.s, l.h, at(l.t, day, hour))
	l.h.Changed = 0
	var out []string
	for _, c := range changes {
		if c.Kind != journey.MapChosen && !c.Quiet {
			out = append(out, string(c.Kind)+" "+c.About)
		}
	}
	return out
}

func TestWhatAnEventSaysStandsUntilARuleSaysMore(t *testing.T) {
	t.Parallel()
	l := &life{t: t, m: customerLed(t)}
	l.does(20261102, "search", 1)
	require.Equal(t, []string{"reached B", "stage_moved B"}, l.look(20261102, 12))
	l.h.Explicit = []journey.ExplicitStage{{Milestone: "D", At: at(t, 20261103, 9)}}
	require.Equal(t, []string{"reached D", "stage_moved D"}, l.look(20261103, 12))
	require.Equal(t, "D", l.s.State.Stage)
	l.does(20261105, "search", 4)
	l.does(20261105, "list", 1)
	require.Equal(t, []string{"reached C"}, l.look(20261105, 12), "C by its rule is no step back")
	require.Equal(t, "D", l.s.State.Stage)
	l.h.Explicit = append(l.h.Explicit, journey.ExplicitStage{Milestone: "B", At: at(t, 20261106, 9)})
	require.Equal(t, []string{"stage_moved B"}, l.look(20261106, 12), "an event can also lead back")
	l.does(20261108, "search", 5)
	l.does(20261108, "list", 1)
	l.does(20261108, "export", 2)
	require.Equal(t, []string{"reached E", "stage_moved E"}, l.look(20261108, 12), "the rule says more")
	l.h.Explicit = append(l.h.Explicit, journey.ExplicitStage{Milestone: "elsewhere", At: at(t, 20261109, 9)})
	require.Empty(t, l.look(20261109, 12))
}

func TestACorrectionTakesBackWithoutAlarm(t *testing.T) {
	t.Parallel()
	l := &life{t: t, m: customerLed(t)}
	l.does(20261102, "search", 5)
	l.does(20261102, "list", 1)
	require.Equal(t, []string{"reached B", "reached C", "stage_moved C"}, l.look(20261102, 12))
	l.does(20261102, "list", -1)
	l.h.Changed = 20261102
	require.Equal(t, []string{"stage_moved B", "withdrawn C"}, l.look(20261104, 12))
	require.NotContains(t, l.s.State.Milestones["C"].Expect.String(), "unknown", "it is expected again")
}

func TestALateEventCountsInItsDay(t *testing.T) {
	t.Parallel()
	l := &life{t: t, m: customerLed(t)}
	l.does(20261102, "search", 5)
	l.look(20261102, 12)
	require.Equal(t, []string{"dropped_off C"}, l.look(20261120, 12))
	l.does(20261110, "list", 1)
	l.h.Changed = 20261110
	var changes []journey.Change
	l.s, changes = l.m.Evaluate(l.s, l.h, at(t, 20261121, 12))
	require.Equal(t, []string{"reached C", "stage_moved C"}, kinds(changes))
	require.Equal(t, journey.Day(20261110), changes[0].Day)
	require.Equal(t, 8, changes[0].Took)
	require.True(t, changes[0].At.Before(at(t, 20261111, 0)))
	require.False(t, l.s.State.Milestones["C"].Dropped.Known())
}

// An imported past and an edited map tell nothing anew.
func TestHistoryIsQuiet(t *testing.T) {
	t.Parallel()
	l := &life{t: t, m: customerLed(t)}
	l.does(20261001, "search", 9)
	l.does(20261001, "list", 2)
	l.does(20261001, "export", 2)
	require.Empty(t, l.look(20261124, 12), "an imported past, with a drop-off in it, is no news")
	require.Equal(t, "C", l.s.State.Stage)
	require.True(t, l.s.State.Milestones["D"].Dropped.Known())

	edited := *l.m
	edited.Revision = "2"
	edited.Phases = append([]journey.Phase(nil), l.m.Phases...)
	edited.Phases[1].Milestones = append([]journey.Milestone(nil), l.m.Phases[1].Milestones...)
	edited.Phases[1].Milestones[1].Rule = rule(t, `count("search") >= 9`)
	s, changes := edited.Evaluate(l.s, l.h, at(t, 20261125, 12))
	require.Equal(t, "D", s.State.Stage)
	require.NotEmpty(t, changes)
	for _, c := range changes {
		require.True(t, c.Quiet, c.Kind)
		require.Equal(t, "map changed", c.Reason)
	}
	l.m, l.s = &edited, s
	l.does(20261126, "search", 20)
	l.does(20261126, "list", 2)
	l.does(20261126, "export", 2)
	require.Equal(t, []string{"reached E", "stage_moved E"}, l.look(20261126, 12), "what comes after is news")
}

func TestARollingMilestoneWarnsBeforeItIsLost(t *testing.T) {
	t.Parallel()
	m := only(t, `active_days("7d") >= 2`)
	m.Phases[0].Milestones[0].Sustain = &journey.Sustain{Every: journey.Window{Days: 7}, Warn: 2}
	l := &life{t: t, m: m}
	l.does(20261102, "search", 1)
	l.does(20261104, "search", 1)
	require.Equal(t, []string{"reached x", "stage_moved x"}, l.look(20261104, 12))
	require.Equal(t, journey.Day(20261107), l.s.Due)
	require.Empty(t, l.look(20261106, 23))
	require.Equal(t, []string{"losing_soon x"}, l.look(20261107, 0))
	require.Equal(t, journey.Outlook{
		Losing: "x", LostOn: 20261109, Save: journey.Plan{Steps: []journey.Step{{Label: "active days", Reads: journey.Need{Function: journey.FuncActiveDays}, More: 1}}},
	}, l.s.Outlook)
	l.does(20261108, "search", 1)
	require.Empty(t, l.look(20261108, 12), "saved")
	require.Empty(t, l.s.Outlook.Losing)
	require.Equal(t, []string{"losing_soon x", "lost x", "stage_moved "}, append(l.look(20261109, 0), l.look(20261111, 0)...))
}

func TestAPersonaWhoseQuietIsASignal(t *testing.T) {
	t.Parallel()
	m := only(t, `count("login") >= 1`)
	m.Personas = []journey.Persona{
		{ID: "admin", Expect: rule(t, `persona("admin").active_days("7d") >= 1`), OnQuiet: "admin-quiet"},
		{ID: "end_user"}, // they come when an incident happens
	}
	l := &life{t: t, m: m}
	require.Empty(t, l.look(20261101, 12))
	require.Empty(t, l.look(20261110, 12), "who never came is not missed")
	l.h.Rows = append(l.h.Rows, used("login", "admin", 20261112, 1), used("login", "end_user", 20261112, 1))
	require.Equal(t, []string{"reached x", "stage_moved x"}, l.look(20261112, 12))
	require.Equal(t, journey.Day(20261119), l.s.Due)
	require.Empty(t, l.look(20261118, 23))
	require.Equal(t, []string{"persona_quiet admin"}, l.look(20261119, 0))
	require.Empty(t, l.look(20261130, 0), "once")
	l.h.Rows = append(l.h.Rows, used("login", "end_user", 20261201, 1))
	require.Empty(t, l.look(20261201, 12), "another persona does not make up for it")
	l.h.Rows = append(l.h.Rows, used("login", "admin", 20261202, 1))
	require.Equal(t, []string{"persona_back admin"}, l.look(20261202, 12))
}

func TestABranchOpensIsWalkedAndCloses(t *testing.T) {
	t.Parallel()
	m := customerLed(t)
	m.Branches = []journey.Branch{{
		ID: "new-champion", Opens: rule(t, `alert("contact_changed").open`), Polarity: "risk", Playbook: "reconnect",
		Milestones: []journey.Milestone{
			{ID: "connect", Rule: rule(t, `count("intro_call") >= 1`), Within: 7, OnDropoff: "early-risk"},
			{ID: "train", Rule: rule(t, `count("training") >= 1`), Within: 14},
		},
	}}
	l := &life{t: t, m: m}
	l.does(20261101, "intro_call", 1) // before: does not count
	require.Empty(t, l.look(20261101, 12))
	l.h.Alerts = []journey.AlertSpan{{Kind: "contact_changed", From: 20261110}}
	require.Equal(t, []string{"branch_opened new-champion"}, l.look(20261110, 12))
	view := m.Look(l.s, l.h, at(t, 20261110, 12))
	require.Len(t, view.Branches, 1)
	require.Equal(t, "intro calls 0 of 1", journey.InWords(view.Branches[0].Progress))
	require.Equal(t, []string{"dropped_off connect"}, l.look(20261118, 0))
	l.does(20261119, "intro_call", 1)
	require.Equal(t, []string{"reached connect"}, l.look(20261119, 12))
	l.does(20261121, "training", 1)
	require.Equal(t, []string{"reached train", "branch_closed new-champion"}, l.look(20261121, 12))
	require.Empty(t, l.look(20261122, 12), "walked to its end, it does not open for the same reason")
	l.h.Alerts[0].Until = 20261123
	l.h.Alerts = append(l.h.Alerts, journey.AlertSpan{Kind: "contact_changed", From: 20261201, Until: 20261203})
	require.Equal(t, []string{"branch_opened new-champion"}, l.look(20261201, 12))
	require.False(t, l.s.State.Milestones["connect"].Held(), "from the beginning")
	require.Equal(t, []string{"branch_closed new-champion"}, l.look(20261204, 12))
}

func TestTenureOpensARefresherEveryThreeYears(t *testing.T) {
	t.Parallel()
	m := customerLed(t)
	m.Branches = []journey.Branch{{ID: "refresh", Opens: rule(t, `account.tenure_months >= 33 && account.tenure_months % 36 >= 33`), Milestones: []journey.Milestone{{ID: "refreshed", Rule: rule(t, `count("training") >= 1`)}}}}
	l := &life{t: t, m: m, h: journey.History{Account: journey.Account{ID: "acme", Since: 20240310}}}
	require.Empty(t, l.look(20261201, 12))
	require.Equal(t, journey.Day(20261210), l.s.Due)
	require.Empty(t, l.look(20261209, 23))
	require.Equal(t, []string{"branch_opened refresh"}, l.look(20261210, 0))
	l.does(20261215, "training", 1)
	require.Equal(t, []string{"reached refreshed", "branch_closed refresh"}, l.look(20261215, 12))
	require.Empty(t, l.look(20270315, 12))
	require.Equal(t, []string{"branch_opened refresh"}, l.look(20291210, 12), "and three years later")
}

func TestPeopleCloseToTheAha(t *testing.T) {
	t.Parallel()
	m := only(t, `users_reaching("connection", 7, "10d", "signup") >= 1`)
	l := &life{t: t, m: m}
	add := func(user, event string, day journey.Day, count int64) {
		l.h.UserRows = append(l.h.UserRows, journey.UserRow{User: user, Event: event, Day: day, Count: count})
	}
	add("dana", "signup", 20261101, 1)
	add("dana", "connection", 20261103, 5)
	add("lee", "signup", 20261101, 1)
	add("lee", "connection", 20261103, 2) // not even half
	require.Empty(t, l.look(20261107, 12))
	require.Equal(t, journey.Day(20261108), l.s.Due)
	var changes []journey.Change
	l.s, changes = m.Evaluate(l.s, l.h, at(t, 20261108, 1))
	require.Equal(t, []string{"near_miss x"}, kinds(changes))
	require.Equal(t, "dana", changes[0].User)
	require.Equal(t, 2, changes[0].DaysLeft)
	require.Equal(t, "connections 5 of 7", journey.InWords(changes[0].Progress))
	require.Empty(t, l.look(20261109, 1), "once")
	add("dana", "connection", 20261110, 2)
	require.Equal(t, []string{"reached x", "stage_moved x"}, l.look(20261110, 12))
}

func TestTriggersAndLimits(t *testing.T) {
	t.Parallel()
	m := customerLed(t)
	m.Triggers = []journey.Trigger{{ID: "heavy_usage", Reason: "Heavy usage", Rule: rule(t, `count("call", "7d") >= 700`), Score: 85}}
	m.Limits = []journey.Limit{{Resource: "calls", Used: formula(t, `count("call", "month")`), Limit: formula(t, `1000`), Period: journey.Month}}
	l := &life{t: t, m: m}
	l.does(20261101, "call", 1)
	require.Empty(t, l.look(20261101, 12))
	l.does(20261102, "call", 748)
	require.Equal(t, []string{"triggered heavy_usage"}, l.look(20261102, 12), "74.9 % is not 75")
	l.does(20261103, "call", 1)
	require.Equal(t, []string{"limit_crossed calls"}, l.look(20261103, 12))
	l.does(20261104, "call", 300)
	var changes []journey.Change
	l.s, changes = m.Evaluate(l.s, l.h, at(t, 20261104, 12))
	require.Len(t, changes, 1, "a jump over several steps is one")
	c := changes[0]
	require.Equal(t, 100, c.Percent)
	require.InDelta(t, 1050, c.Used, 0)
	require.InDelta(t, 1000, c.Limit, 0)
	require.InDelta(t, 75, c.PerDay, 0)
	require.Equal(t, journey.Day(20261201), c.Period)
	require.Empty(t, l.look(20261130, 12))
	l.does(20261201, "call", 760)
	require.Equal(t, []string{"triggered heavy_usage", "limit_crossed calls"}, l.look(20261201, 12), "a new month, and heavy again")
}

func TestHealth(t *testing.T) {
	t.Parallel()
	m := customerLed(t)
	m.Health = &journey.HealthModel{Green: 75, Yellow: 50, Hysteresis: 3, Measures: []journey.Measure{
		{ID: "seats", Title: "Seats used", Weight: 60, Value: formula(t, `kpi("seats_used") / account.seats`), Bad: 0, Good: 1, Tighten: []journey.Tightening{{FromMonth: 9, Bad: 0.5, Good: 1}}},
		{ID: "nps", Title: "NPS", Weight: 40, Weights: map[string]float64{"smb": 0}, Value: formula(t, `kpi("nps")`), Bad: 0, Good: 50},
	}}
	account := journey.Account{ID: "acme", Seats: new(int64(100)), Since: 20260301}
	series := func(seats, nps []float64) []journey.Series {
		out := []journey.Series{{Name: "seats_used"}, {Name: "nps"}}
		for i, values := range [][]float64{seats, nps} {
			for j, v := range values {
				out[i].Points = append(out[i].Points, journey.Point{At: at(t, journey.Day(20261101).Add(j), 8), Value: v})
			}
		}
		return out
	}
	health := func(seats, nps []float64, on journey.Day, change func(*journey.Account)) journey.HealthState {
		a := account
		if change != nil {
			change(&a)
		}
		s, _ := m.Evaluate(journey.Standing{}, journey.History{Account: a, KPIs: series(seats, nps)}, at(t, on, 12))
		return s.State.Health
	}
	h := health([]float64{80}, []float64{25}, 20261101, nil)
	require.InDelta(t, 68, h.Score, 1e-9) // 0.6 × 80 + 0.4 × 50
	require.Equal(t, journey.HealthYellow, h.Colour)
	h = health([]float64{80}, nil, 20261101, nil)
	require.InDelta(t, 80, h.Score, 1e-9, "a missing measure's weight is shared out")
	require.InDelta(t, 1, h.Drivers[0].Weight, 1e-9)
	h = health([]float64{80}, []float64{25}, 20261101, func(a *journey.Account) { a.Segment = "smb" })
	require.InDelta(t, 80, h.Score, 1e-9, "weights by segment")
	h = health([]float64{80}, []float64{25}, 20261101, func(a *journey.Account) { a.Since = 20260201 })
	require.InDelta(t, 0.6*60+20, h.Score, 1e-9, "after nine months 80 % used is 60 % of the way")
	require.Equal(t, journey.HealthState{}, health(nil, nil, 20261101, nil))

	// 76 is green, 74 is yellow, 76 again is not green yet, 78 is.
	colours := func(scores ...float64) journey.Health {
		return health(scores, nil, journey.Day(20261101).Add(len(scores)-1), nil).Colour
	}
	require.Equal(t, journey.HealthGreen, colours(76))
	require.Equal(t, journey.HealthYellow, colours(76, 74.9))
	require.Equal(t, journey.HealthYellow, colours(76, 74, 77.9))
	require.Equal(t, journey.HealthGreen, colours(76, 74, 78))

	l := &life{t: t, m: m, h: journey.History{Account: account, KPIs: series([]float64{90}, []float64{50})}}
	require.Empty(t, l.look(20261101, 12))
	l.h.KPIs = series([]float64{90, 40}, []float64{50, 45})
	var changes []journey.Change
	l.s, changes = m.Evaluate(l.s, l.h, at(t, 20261102, 12))
	require.Len(t, changes, 1)
	require.Equal(t, "green", changes[0].From)
	require.Equal(t, "yellow", changes[0].To)
	require.Equal(t, "Seats used", changes[0].Drivers[0].Measure, "what moved it most comes first")
	require.InDelta(t, -30, changes[0].Drivers[0].Moved, 1e-9)
	require.InDelta(t, 0.9, changes[0].Drivers[0].From, 1e-9)
	require.InDelta(t, 94, changes[0].Previous, 1e-9)
	require.InDelta(t, 60, changes[0].Score, 1e-9)
}

func TestStandingsAreKeptAsJSON(t *testing.T) {
	t.Parallel()
	m := full(t)
	s, _ := m.Evaluate(journey.Standing{}, busy(), at(t, 20261124, 12))
	text, err := json.Marshal(s)
	require.NoError(t, err)
	var back journey.Standing
	require.NoError(t, json.Unmarshal(text, &back))
	a, _ := m.Evaluate(s, busy(), at(t, 20261128, 12))
	b, changes := m.Evaluate(back, busy(), at(t, 20261128, 12))
	require.Equal(t, a, b)
	require.NotContains(t, kinds(changes), "map_chosen customer-led")
}

func TestGapsAndWhoNeedsLittle(t *testing.T) {
	t.Parallel()
	m := customerLed(t)
	stand := func(id, segment string, arr int64, from journey.Day, events map[string]int64) journey.Stood {
		a := journey.Account{ID: id, Segment: segment, ARR: &arr}
		h := journey.History{Account: a, Rows: append(rows(from, map[string]int64{"login": 1}), rows(from.Add(3), events)...)}
		s, _ := m.Evaluate(journey.Standing{}, h, at(t, 20261124, 12))
		return journey.Stood{Account: a, Standing: s}
	}
	all := []journey.Stood{
		stand("a", "smb", 100, 20261101, nil),
		stand("b", "smb", 200, 20261101, map[string]int64{"search": 5, "list": 1}),
		stand("c", "smb", 300, 20261101, map[string]int64{"search": 9, "list": 2, "export": 2}),
		stand("d", "mid", 900, 20260101, map[string]int64{"search": 10, "list": 2}),
		stand("e", "mid", 400, 20261101, map[string]int64{"search": 10, "list": 2, "export": 2}),
		stand("f", "mid", 50, 20261101, map[string]int64{"search": 4, "list": 1}),
		{Account: journey.Account{ID: "other"}, Standing: journey.Standing{Map: "elsewhere"}},
	}
	f := m.Funnel(all, journey.GapsBy{Cohorts: map[string]int64{"A": 60}}, 20261124)
	require.Equal(t, 6, f.Accounts)
	require.Equal(t, int64(1950), f.ARR)
	counts := make([]int, 0, len(f.Steps))
	for _, s := range f.Steps {
		counts = append(counts, s.Accounts)
	}
	require.Equal(t, []int{60, 5, 4, 1, 1, 0}, counts)
	require.InDelta(t, 0.8, f.Steps[2].Conversion, 1e-9)
	require.Equal(t, 0, f.Steps[2].MedianDays)
	require.Equal(t, []string{"d", "c", "b"}, []string{f.Steps[2].Stuck[0].Account.ID, f.Steps[2].Stuck[1].Account.ID, f.Steps[2].Stuck[2].Account.ID})
	require.True(t, f.Steps[2].Stuck[0].Overdue)
	gap, ok := f.Biggest()
	require.True(t, ok)
	require.Equal(t, "3 of 4 accounts stop between First value and Value realization", gap.String())
	byARR, ok := f.BiggestByARR()
	require.True(t, ok)
	require.Equal(t, int64(1400), byARR.ARR)
	require.Equal(t, 3, m.Funnel(all, journey.GapsBy{Segment: "SMB"}, 20261124).Accounts)
	require.Equal(t, 5, m.Funnel(all, journey.GapsBy{Window: journey.Window{Days: 90}}, 20261124).Accounts)
	empty := m.Funnel(nil, journey.GapsBy{}, 20261124)
	_, ok = empty.Biggest()
	require.False(t, ok)
	require.Equal(t, -1, empty.Steps[1].MedianDays)

	chances := journey.Next(all)
	near := make([]string, 0, len(chances))
	for _, c := range chances {
		near = append(near, c.Account.ID+" "+c.Milestone+": "+c.Plan.String())
	}
	require.Equal(t, []string{"d D: 2 exports", "e F: 1 upgrade", "c D: 1 search", "a B: 1 search", "f C: 1 search"}, near)
}

func TestAViewSaysWhatIsSkippedAndBeside(t *testing.T) {
	t.Parallel()
	m := full(t)
	m.Phases[1].Wheel = []journey.WheelStep{{ID: "w1", Rule: rule(t, `count("search") >= 1`)}, {ID: "w2", Rule: rule(t, `count("list") >= 1`)}}
	h := journey.History{Account: journey.Account{Segment: "smb"}, Rows: rows(20261101, map[string]int64{"search": 1}), KPIs: []journey.Series{{Name: "nps", Points: []journey.Point{{At: at(t, 20261101, 8), Value: 10}}}}}
	h.Explicit = []journey.ExplicitStage{{Milestone: "D", At: at(t, 20261102, 8)}}
	s, _ := m.Evaluate(journey.Standing{}, h, at(t, 20261105, 12))
	v := m.Look(s, h, at(t, 20261105, 12))
	require.Equal(t, "D", v.Stage.ID)
	require.Equal(t, "evaluation", v.Phase.ID)
	require.Equal(t, []int{3, 7}, []int{v.Position, v.Of})
	require.Len(t, v.Skipped, 1)
	require.Equal(t, "C", v.Skipped[0].ID)
	require.Equal(t, "help", v.Overlays[0].Milestone.ID)
	require.Equal(t, "B", v.Overlays[0].PointsTo.ID)
	require.Equal(t, []bool{true, false}, []bool{v.Wheel[0].Done, v.Wheel[1].Done})
	require.Equal(t, "aha", v.Next.ID)
	require.Equal(t, journey.Day(20261107), v.Expect)
	why := m.Why(s, h, at(t, 20261105, 12))
	require.Len(t, why, 10)
	require.True(t, why[4].ByEvent)
	require.Equal(t, journey.No, why[4].Truth)
	require.Equal(t, `count("search") >= 1`, why[1].Rule)
}
