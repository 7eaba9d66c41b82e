package journey_test

import (
	"strings"
	"testing"

	"github.com/expr-lang/expr"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"journeybot/journey"
)

// only is a map with one milestone, by a rule.
func only(t testing.TB, source string) *journey.Map {
	t.Helper()
	return &journey.Map{ID: "m", Revision: "1", Zone: berlin(t), Phases: []journey.Phase{{ID: "p", Milestones: []journey.Milestone{{ID: "x", Rule: rule(t, source)}}}}}
}

// truthOf is the value of a rule on a day.
func truthOf(t testing.TB, source string, h journey.History, day journey.Day) journey.Truth {
	t.Helper()
	m := only(t, source)
	return m.Why(journey.Standing{State: journey.State{StageSince: 20261101}}, h, at(t, day, 12))[0].Truth
}

func used(event, persona string, day journey.Day, count int64, who ...string) journey.UsageRow {
	return journey.UsageRow{Event: event, Persona: persona, Day: day, Count: count, Users: journey.Users{IDs: who}}
}

func TestEveryFunctionAtTheEdgesOfItsWindow(t *testing.T) {
	t.Parallel()
	h := journey.History{
		Account: journey.Account{
			ID: "acme", Name: "Ромашка", Segment: "smb", Plan: "paid", ARR: new(int64(8_400_000)), Seats: new(int64(10)), RenewalDate: 20270222, Since: 20231125,
		},
		Rows: []journey.UsageRow{
			used("search", "admin", 20261026, 2, "u1"),       // 30 days with 24 November
			used("search", "", 20261025, 100, "u9"),          // 31 days
			used("search", "user", 20261101, 3, "u1", "u2"),  // first of the month
			used("search", "user", 20261031, 7, "u3"),        // last of the month before
			used("search", "admin", 20261124, 5, "u1", "u4"), // today
			used("search", "", 20261024, 10),                 // as far into the month before
			used("list", "user", 20261118, 1, "u2"),          // 7 days
			used("list", "user", 20261117, 1, "u5"),          // 8 days
			used("search", "", 20261125, 1000, "u8"),         // tomorrow
			used("export", "", 20261110, 3), used("export", "", 20261110, -3),
		},
		UserRows: []journey.UserRow{
			{User: "u1", Event: "signup", Day: 20261101, Count: 1},
			{User: "u1", Event: "connect", Day: 20261101, Count: 6},
			{User: "u1", Event: "connect", Day: 20261110, Count: 1}, // day 10 of 10
			{User: "u2", Event: "signup", Day: 20261101, Count: 1},
			{User: "u2", Event: "connect", Day: 20261101, Count: 6},
			{User: "u2", Event: "connect", Day: 20261111, Count: 1}, // day 11
			{User: "u3", Event: "connect", Day: 20261101, Count: 9}, // never signed up
		},
		KPIs: []journey.Series{{Name: "nps", Points: []journey.Point{{At: at(t, 20261024, 23), Value: 20}, {At: at(t, 20261026, 1), Value: 50}, {At: at(t, 20261124, 11), Value: 42}}}},
		Alerts: []journey.AlertSpan{
			{Kind: "support", From: 20261120, Until: 20261123}, {Kind: "contact_changed", From: 20261124},
		},
	}
	for _, tc := range []struct {
		rule string
		want journey.Truth
	}{
		{`count("search", "30d") == 17`, journey.Yes},
		{`count("search", "31d") == 117`, journey.Yes},
		{`count("search") == 127`, journey.Yes},
		{`count("search", "all") == 127`, journey.Yes},
		{`count("search", "1d") == 5`, journey.Yes},
		{`count("search", "month") == 8`, journey.Yes},
		{`count("search", "quarter") == 127`, journey.Yes},
		{`count("nothing") == 0`, journey.Yes},
		{`count("export") == 0`, journey.Yes},
		{`users("search", "30d") == 4`, journey.Yes},
		{`users("search", "31d") == 5`, journey.Yes},
		{`users("list", "7d") == 1`, journey.Yes},
		{`users("list", "8d") == 2`, journey.Yes},
		{`active_days("30d") == 6`, journey.Yes},
		{`active_days("list", "30d") == 2`, journey.Yes},
		{`active_days("export", "30d") == 0`, journey.Yes},
		{`persona("admin").count("search", "30d") == 7`, journey.Yes},
		{`persona("admin").users("search") == 2`, journey.Yes},
		{`persona("admin").active_days("7d") == 1`, journey.Yes},
		{`persona("nobody").active_days("7d") >= 1`, journey.No},
		{`share("search", "30d", "seats") == 0.4`, journey.Yes},
		{`share("search", "30d", "licences") > 0`, journey.Unknown},
		{`trend("list", "7d") == 0`, journey.Yes}, // one each
		{`trend("search", "month") == -0.2`, journey.Yes},
		{`trend("export", "30d") > 0`, journey.Unknown},
		{`days_since("list") == 6`, journey.Yes},
		{`days_since("export") >= 0`, journey.Unknown},
		{`persona("admin").days_since("search") == 0`, journey.Yes},
		{`users_reaching("connect", 7, "10d", "signup") == 1`, journey.Yes},
		{`users_reaching("connect", 7, "11d", "signup") == 2`, journey.Yes},
		{`kpi("nps") == 42`, journey.Yes},
		{`kpi("csat") >= 1`, journey.Unknown},
		{`!(kpi("csat") >= 1)`, journey.Unknown},
		{`kpi("csat") == nil && kpi("nps") != nil`, journey.Yes},
		{`kpi("seats") == 10`, journey.Yes},
		{`kpi_change("nps", "30d") == 22`, journey.Yes},
		{`kpi_change("nps", "31d") == 22`, journey.Yes},
		{`kpi_change("nps", "29d") == -8`, journey.Yes},
		{`kpi_change("nps", "32d") > -99`, journey.Unknown},
		{`account.arr == 84000 && account.seats in [10, 20] && account.plan == "paid"`, journey.Yes},
		{`account.renewal_days == 90`, journey.Yes},
		{`account.tenure_months == 35`, journey.Yes},
		{`account.name startsWith "Ром" && account.name matches "ш.а$" && !(account.segment in ["mid", "enterprise"])`, journey.Yes},
		{`account.do_not_contact == "no" && account.map == "" && account.stage == ""`, journey.Yes},
		{`account.score > 1`, journey.Unknown},
		{`account.touch_days > 1`, journey.Unknown},
		{`alert("support").open`, journey.No},
		{`alert("contact_changed").open`, journey.Yes},
		{`milestone("x").reached`, journey.No},
		{`count("search", "30d") / 0 > 1`, journey.Unknown},
		{`kpi("csat") > 1 || count("search") > 1`, journey.Yes},
		{`kpi("csat") > 1 && count("search") > 1000`, journey.No},
		{`kpi("csat") > 1 && count("search") > 1`, journey.Unknown},
		{`127 <= count("search") and not (128 <= count("search"))`, journey.Yes},
		{`-count("list") + 3 * 2 - 1 == 3 && count("search", "30d") % 5 == 2`, journey.Yes},
	} {
		require.Equal(t, tc.want, truthOf(t, tc.rule, h, 20261124), tc.rule)
	}
}

// A day belongs to the workspace's zone: in Berlin it begins when it is 23:00 in UTC.
func TestDaysAreOfTheWorkspace(t *testing.T) {
	t.Parallel()
	m := only(t, `count("search", "1d") >= 1`)
	h := journey.History{Rows: []journey.UsageRow{used("search", "", 20261124, 1)}}
	s, _ := m.Evaluate(journey.Standing{}, h, at(t, 20261124, 0).UTC())
	require.Equal(t, journey.Day(20261124), s.Through)
	require.Equal(t, "x", s.State.Stage)
}

func TestRulesThatAreRefused(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ rule, err string }{
		{`count("search")`, "1:1: this is a number, not a condition"},
		{`count(search) >= 1`, `1:7: count needs a text in quotes here: count("search", "30d")`},
		{`count("search", "12h") >= 1`, `1:17: "12h" is not a window such as 30d, 4w, month, quarter or all`},
		{`count("a", "1d", "b") >= 1`, `1:1: count is written count("search", "30d")`},
		{"true &&\n  cuont(\"a\") >= 1", `2:3: unknown function cuont (did you mean count?)`},
		{`persona("admin") == 1`, `1:1: persona needs a function`},
		{`persona("admin").kpi("nps") >= 1`, `1:1: kpi cannot be asked of one persona`},
		{`milestone("E")`, `1:1: write milestone("…").reached`},
		{`milestone("E").lost`, `rules are made of`},
		{`account.ar >= 1`, `1:1: unknown name account.ar (did you mean account.arr?)`},
		{`acount.arr >= 1`, `1:1: unknown name acount.arr (did you mean account.arr?)`},
		{`trend("a", "all") > 0`, `1:12: trend needs a window with an end`},
		{`count("a") >= "b"`, `1:15: >= needs a number on its right, not a text`},
		{`count("a") == "b"`, `== compares a number with a text`},
		{`(count("a") >= 1) == true`, `a comparison cannot be compared again`},
		{`account.plan == nil`, `only numbers can be nil`},
		{`let x = 1; x >= 1`, `rules are made of`},
		{`count("a") >= 1 ? true : false`, `rules are made of`},
		{`all([1], true)`, ``},
		{`count([1], # > 0) > 0`, ``},
		{`sum([1]) > 0`, `unknown function sum`},
		{`$env == nil`, `unknown name $env`},
		{`2 ** 3 > 1`, `** is not supported`},
		{`count("a") = 1`, `= compares nothing: write ==`},
		{`users_reaching("a", 0, "10d", "b") >= 1`, `users_reaching needs a number here`},
		{`users_reaching("a", 1, "month", "b") >= 1`, `needs a window with an end`},
		{strings.Repeat("(", 3000), "the rule has 3000 characters, more than 2000"},
		{strings.Repeat("!", 1990) + `true`, "nested too deeply"},
		{``, `the rule ends too early`},
	} {
		_, err := journey.CompileRule(tc.rule)
		var mistake *journey.SourceError
		require.ErrorAs(t, err, &mistake, tc.rule)
		require.Contains(t, err.Error(), tc.err, tc.rule)
	}
	_, err := journey.CompileFormula(`count("a") >= 1`)
	require.ErrorContains(t, err, "")
	_, err = journey.CompileFormula(`account.plan`)
	require.ErrorContains(t, err, "this is a text, not a number")
}

func TestNeedsAreReadOnce(t *testing.T) {
	t.Parallel()
	r := rule(t, `count("search", "30d") >= 5 && !(count("search", "30d") >= 50) && persona("admin").users("search", "7d") >= 1 && kpi("nps") > share("list", "month", "licences")`)
	require.Len(t, r.Needs(), 4)
	require.Equal(t, []journey.Reach{
		{Event: "search", Since: 20261026, People: true}, {Event: "list", Since: 20261101, People: true},
	}, journey.Reaches(r.Needs(), 20261124))
	require.Equal(t, []string{"nps", "licences"}, journey.KPIs(r.Needs()))
}

// drawRule makes a rule of counts, in text.
func drawRule(t *rapid.T, depth int) string {
	event := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "event")
	if depth == 0 || rapid.IntRange(0, 2).Draw(t, "leaf") == 0 {
		op := rapid.SampledFrom([]string{">=", ">=", ">=", ">", "<", "<=", "==", "!="}).Draw(t, "op")
		window := rapid.SampledFrom([]string{"3d", "10d"}).Draw(t, "window")
		return `count("` + event + `", "` + window + `") ` + op + ` ` + rapid.SampledFrom([]string{"0", "1", "2", "5", "2.5"}).Draw(t, "need")
	}
	left, right := drawRule(t, depth-1), drawRule(t, depth-1)
	switch rapid.IntRange(0, 2).Draw(t, "join") {
	case 0:
		return "(" + left + " && " + right + ")"
	case 1:
		return "(" + left + " || " + right + ")"
	}
	return "!(" + left + ")"
}

func drawCounts(t *rapid.T) []journey.UsageRow {
	out := make([]journey.UsageRow, rapid.IntRange(0, 6).Draw(t, "rows"))
	for i := range out {
		out[i] = used(rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "event"), "",
			journey.Day(20261101).Add(rapid.IntRange(0, 12).Draw(t, "day")), int64(rapid.IntRange(1, 4).Draw(t, "count")))
	}
	return out
}

// The language's own machine says the same as the walker, where everything is known.
func TestRulesAgreeWithTheMachine(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		source, counts := drawRule(rt, 4), drawCounts(rt)
		const day = journey.Day(20261112)
		count := func(event, window string) float64 {
			w, err := journey.ParseWindow(window)
			require.NoError(rt, err)
			sum := 0.0
			for _, r := range counts {
				if r.Event == event && r.Day <= day && r.Day >= w.First(day) {
					sum += float64(r.Count)
				}
			}
			return sum
		}
		program, err := expr.Compile(source, expr.Function("count", func(args ...any) (any, error) {
			return count(args[0].(string), args[1].(string)), nil
		}, new(func(string, string) float64)))
		require.NoError(rt, err)
		want, err := expr.Run(program, nil)
		require.NoError(rt, err)
		require.Equal(rt, want, truthOf(t, source, journey.History{Rows: counts}, day) == journey.Yes, source)
	})
}

// Doing what a plan says makes the rule true.
func TestPlansComeTrue(t *testing.T) {
	t.Parallel()
	planned := 0
	rapid.Check(t, func(rt *rapid.T) {
		source, counts := drawRule(rt, 4), drawCounts(rt)
		const day = journey.Day(20261112)
		h := journey.History{Rows: counts}
		m := only(t, source)
		plan := m.Look(journey.Standing{}, h, at(t, day, 12)).Plan
		if plan.Waits {
			return
		}
		planned++
		for _, step := range plan.Steps {
			h.Rows = append(h.Rows, used(step.Reads.Name, "", day, int64(step.More)))
		}
		require.Equal(rt, journey.Yes, truthOf(t, source, h, day), source)
	})
	require.Positive(t, planned)
}

func TestPlansInWords(t *testing.T) {
	t.Parallel()
	h := journey.History{Rows: []journey.UsageRow{used("search", "", 20261112, 7), used("list", "", 20261112, 2), used("export", "", 20261112, 1)}}
	for source, want := range map[string]string{
		`count("search") >= 10 && count("list") >= 2 && count("export") >= 2`: "1 export and 3 searches",
		`count("search", "30d") >= 10 && count("search", "7d") >= 8`:          "3 searches",
		`count("upgrade") >= 3 || count("search") > 8`:                        "2 searches",
		`count("search") >= 7`:                    "",
		`users("search") >= 2`:                    "2 people with searches",
		`persona("admin").active_days("7d") >= 2`: "2 active days (admin)",
	} {
		plan := only(t, source).Look(journey.Standing{}, h, at(t, 20261112, 12)).Plan
		require.Equal(t, want, plan.String(), source)
		require.False(t, plan.Waits, source)
	}
	for _, source := range []string{`kpi("nps") >= 3`, `count("search") < 7`, `active_days("2d") >= 3`, `count("search") >= 8 && count("search", "7d") < 8`} {
		require.True(t, only(t, source).Look(journey.Standing{}, h, at(t, 20261112, 12)).Plan.Waits, source)
	}
}

func TestWindows(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		window      string
		day, first  journey.Day
		from, until journey.Day // of the window before
	}{
		{"1d", 20260301, 20260301, 20260228, 20260228},
		{"30d", 20261124, 20261026, 20260926, 20261025},
		{"2w", 20261124, 20261111, 20261028, 20261110},
		{"month", 20261124, 20261101, 20261001, 20261024},
		{"month", 20240331, 20240301, 20240201, 20240229},
		{"month", 20260101, 20260101, 20251201, 20251201},
		{"quarter", 20261124, 20261001, 20260701, 20260824},
		{"quarter", 20260101, 20260101, 20251001, 20251001},
	} {
		w, err := journey.ParseWindow(tc.window)
		require.NoError(t, err)
		require.Equal(t, tc.first, w.First(tc.day), tc.window)
		from, until := w.Before(tc.day)
		require.Equal(t, [2]journey.Day{tc.from, tc.until}, [2]journey.Day{from, until}, tc.window)
	}
	for _, wrong := range []string{"", "d", "0d", "-1d", "12h", "2000d", "month2", "1.5d"} {
		_, err := journey.ParseWindow(wrong)
		require.Error(t, err, wrong)
	}
	require.Equal(t, journey.Day(20270101), journey.Window{Calendar: journey.Quarter}.After(20261124))
}
