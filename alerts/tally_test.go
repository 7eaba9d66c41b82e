package alerts_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"journeybot/alerts"
	"journeybot/journey"
)

// judged is a red account's alert that opened on Tuesday.
func judged(change func(*alerts.Run)) alerts.Run {
	run := alerts.Run{
		Playbook: "rescue", Kind: alerts.HealthShift, Polarity: alerts.Risk, Severity: alerts.High, Route: "default", Seen: tuesday, Status: alerts.Open,
	}
	change(&run)
	return run
}

func ended(outcome alerts.Outcome, after time.Duration) func(*alerts.Run) {
	return func(r *alerts.Run) { r.Status, r.Outcome, r.Closed = alerts.Resolved, outcome, tuesday.Add(after) }
}

func stepped(steps ...string) func(*alerts.Run) {
	return func(r *alerts.Run) {
		for i, step := range steps {
			r.Tick("rescue", step, true, tuesday.Add(time.Duration(i+1)*time.Hour))
		}
	}
}

func all(changes ...func(*alerts.Run)) func(*alerts.Run) {
	return func(r *alerts.Run) {
		for _, change := range changes {
			change(r)
		}
	}
}

func times(n int, changes ...func(*alerts.Run)) []alerts.Run {
	runs := make([]alerts.Run, n)
	for i := range runs {
		runs[i] = judged(all(changes...))
	}
	return runs
}

func join(lists ...[]alerts.Run) []alerts.Run {
	var all []alerts.Run
	for _, list := range lists {
		all = append(all, list...)
	}
	return all
}

func rescuers() *alerts.Rules {
	return &alerts.Rules{
		Routes: []alerts.Route{{Name: "big, red"}, {Name: "default"}},
		Playbooks: []alerts.Playbook{
			{Name: "rescue", Steps: []alerts.Step{{ID: "call"}, {ID: "plan"}, {ID: "gift", Optional: true}}},
			{Name: "idle", Steps: []alerts.Step{{ID: "call"}}},
		},
	}
}

// TestPlaybookReport is computed by hand.
func TestPlaybookReport(t *testing.T) {
	t.Parallel()
	lost := func(r *alerts.Run) {
		r.Look = &alerts.Look{After: 30 * day, Now: alerts.Standing{At: tuesday, Status: journey.StatusChurned}}
	}
	better := func(r *alerts.Run) {
		r.Look = &alerts.Look{Then: alerts.Standing{Health: "red", ARR: new(int64(5))}, Now: alerts.Standing{Health: "yellow", ARR: new(int64(7))}}
	}
	worth := func(cents int64) func(*alerts.Run) { return func(r *alerts.Run) { r.ARR = &cents } }
	acked := func(after time.Duration) func(*alerts.Run) {
		return func(r *alerts.Run) { r.Acked = tuesday.Add(after) }
	}
	runs := join(
		times(10, stepped("call", "plan"), ended(alerts.Saved, 5*day), worth(100), acked(time.Hour), better),
		times(2, stepped("plan"), ended(alerts.Saved, 6*day), lost),
		times(8, stepped("call"), ended(alerts.ChurnedOut, 7*day), acked(3*time.Hour)),
		times(3, stepped("call"), ended(alerts.FalseAlarm, 8*day)), // tell nothing of the customer
		times(1, stepped("gift")), // lives
		times(9, ended(alerts.Recovered, day)),
		times(15, func(r *alerts.Run) { r.Playbook = "" }, ended(alerts.ChurnedOut, day)),
		times(6, func(r *alerts.Run) { r.Severity = alerts.Critical }, ended(alerts.ChurnedOut, day)), // not alike
		times(4, func(r *alerts.Run) { r.Status = alerts.Expired }),
		times(5, ended(alerts.MergedInto, day)),               // another alert counts for them
		times(7, func(r *alerts.Run) { r.Held = true }),       // nobody saw them
		times(1, func(r *alerts.Run) { r.Playbook = "gone" }), // not in the growth file
	)
	report := rescuers().PlaybookReport(90, runs)
	require.Equal(t, 90, report.Days)
	require.Equal(t, []string{"idle"}, report.Idle)
	require.Len(t, report.Playbooks, 2)
	got := report.Playbooks[0]
	require.Equal(t, "rescue", got.Name)
	require.Equal(t, []int{43, 24, 10}, []int{got.Runs, got.Started, got.Finished})
	require.Equal(t, time.Hour, got.FirstStep)
	require.Equal(t, time.Hour, got.Ack, "the ninth of 18")
	require.Equal(t, 5*day, got.Resolve, "the 15th of 29")
	require.Equal(t, alerts.Ends{
		Outcomes: map[alerts.Outcome]int{alerts.Saved: 12, alerts.ChurnedOut: 14, alerts.FalseAlarm: 3, alerts.Recovered: 9},
		Saved:    alerts.Stake{Accounts: 12, ARR: 1000, Unknown: 2}, Looked: 12, Lost: 2, Healthier: 10, Grown: 10,
	}, got.Ends)
	require.Equal(t, alerts.Share{Good: 10, Cases: 20}, got.Compared.With, "two were lost after all")
	require.Equal(t, alerts.Share{Good: 9, Cases: 24}, got.Compared.Without, "of all playbooks and of none")
	require.True(t, got.Compared.Enough)
	require.InDelta(t, 0.125, got.Compared.Difference, 1e-9)
	require.True(t, report.Playbooks[1].Gone)
	require.Equal(t, time.Duration(-1), report.Playbooks[1].FirstStep, "unknown, not zero")
	require.False(t, report.Playbooks[1].Compared.Enough)
}

func TestTicksStandUntilTakenBack(t *testing.T) {
	t.Parallel()
	run := alerts.Run{}
	run.Tick("", "call", false, tuesday)
	run.Tick("", "call", true, tuesday)
	run.Tick("", "call", true, tuesday.Add(time.Hour))
	require.Equal(t, map[string]time.Time{"call": tuesday}, run.Steps, "a second tick is none")
	run.Tick("", "call", false, tuesday)
	require.Empty(t, run.Steps)
	run.Tick("", "call", true, tuesday.Add(2*time.Hour))
	require.Equal(t, tuesday.Add(2*time.Hour), run.Steps["call"])
}

// TestASwitchLeavesTheOtherPlaybooksSteps: they are no start of the new one, and yet something was done.
func TestASwitchLeavesTheOtherPlaybooksSteps(t *testing.T) {
	t.Parallel()
	switched := func(r *alerts.Run) { r.Tick("calm", "call", true, tuesday) }
	run := judged(switched)
	require.Empty(t, run.Steps, "a step of the same name in another playbook is another step")
	require.Len(t, run.Others, 1)
	run.Tick("rescue", "call", false, tuesday)
	require.Len(t, run.Others, 1)
	run.Tick("calm", "call", false, tuesday)
	require.Empty(t, run.Others)

	report := rescuers().PlaybookReport(90, join(
		times(20, switched, ended(alerts.Saved, time.Hour)),
		times(20, switched, stepped("call", "plan"), ended(alerts.Saved, time.Hour)),
		times(20, ended(alerts.ChurnedOut, time.Hour)),
	))
	got := report.Playbooks[0]
	require.Equal(t, [3]int{60, 20, 20}, [3]int{got.Runs, got.Started, got.Finished})
	require.Equal(t, time.Hour, got.FirstStep, "not the other playbook's")
	require.Equal(t, alerts.Share{Good: 20, Cases: 20}, got.Compared.With)
	require.Equal(t, alerts.Share{Cases: 20}, got.Compared.Without, "none of the switched")
}

// TestRuleReport is computed by hand.
func TestRuleReport(t *testing.T) {
	t.Parallel()
	of := func(route string, kind alerts.Kind) func(*alerts.Run) {
		return func(r *alerts.Run) { r.Route, r.Kind = route, kind }
	}
	report := rescuers().RuleReport(30, join(
		times(5, of("big, red, default", alerts.HealthShift), ended(alerts.FalseAlarm, 2*day)),
		times(16, of("big, red, default", alerts.HealthShift), ended(alerts.Saved, day)),
		times(5, of("default", alerts.Support), ended(alerts.FalseAlarm, day)),
		times(15, of("default", alerts.Support), ended(alerts.NoAction, day)),
		times(4, of("default", alerts.Silence), func(r *alerts.Run) { r.Acked = tuesday.Add(time.Minute) }),
		times(17, of("default", alerts.Silence)),
		times(19, of("default", alerts.Feedback), ended(alerts.FalseAlarm, day)),
		times(4, of("default", alerts.RenewalDue), ended(alerts.FalseAlarm, day)),
		times(16, of("default", alerts.RenewalDue), ended(alerts.NoAction, day)),
		times(3, of("default", alerts.PQL), func(r *alerts.Run) { r.Held = true }),
	))
	type line struct {
		rule                               string
		alerts, acted, closed, wrong, good int
		proposal                           alerts.Proposal
	}
	lines := make([]line, 0, len(report.Rules))
	for _, r := range report.Rules {
		lines = append(lines, line{r.Route + " " + string(r.Kind), r.Alerts, r.Acted, r.Closed, r.FalseAlarms, r.Good, r.Proposal()})
	}
	require.Equal(t, []line{
		{"default silence", 21, 4, 0, 0, 0, alerts.ProposeRetire},
		{"default support", 20, 20, 20, 5, 0, alerts.ProposeRetire},
		{"big, red health_shift", 21, 21, 21, 5, 16, alerts.ProposeTighten},
		{"default health_shift", 21, 21, 21, 5, 16, alerts.ProposeTighten},
		{"default renewal_due", 20, 20, 20, 4, 0, alerts.ProposeNothing}, // 20 % is not over 20 %
		{"default feedback", 19, 19, 19, 19, 0, alerts.ProposeNothing},   // too few to judge by
	}, lines)
	require.Len(t, report.Proposed(), 4)
	require.Equal(t, time.Minute, report.Rules[0].Ack)
	require.Equal(t, day, report.Rules[2].Resolve)
}
