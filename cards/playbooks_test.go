package cards_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"journeybot/alerts"
	"journeybot/cards"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func playbookReport() alerts.PlaybookReport {
	clearly := alerts.Compare([]alerts.Stratum{{With: alerts.Share{Good: 56, Cases: 70}, Without: alerts.Share{Good: 48, Cases: 80}}})
	unclear := alerts.Compare([]alerts.Stratum{{With: alerts.Share{Good: 13, Cases: 24}, Without: alerts.Share{Good: 20, Cases: 40}}})
	few := alerts.Compare([]alerts.Stratum{{With: alerts.Share{Good: 9, Cases: 12}, Without: alerts.Share{Good: 14, Cases: 31}}})
	return alerts.PlaybookReport{Days: 90, Idle: []string{"silence", "promoter"}, Playbooks: []alerts.PlaybookTally{
		{
			Name: "health-red", Runs: 112, Started: 88, Finished: 41, FirstStep: 3 * time.Hour, Ack: 22 * time.Minute, Resolve: 9 * day, Compared: clearly,
			Ends: alerts.Ends{
				Outcomes: map[alerts.Outcome]int{alerts.Saved: 44, alerts.Recovered: 12, alerts.ChurnedOut: 14, alerts.FalseAlarm: 3},
				Saved:    alerts.Stake{Accounts: 44, ARR: 184_000_000, Unknown: 5}, Looked: 40, Lost: 2, Healthier: 21, Grown: 6,
			},
		},
		{
			Name: "pql-hot", Runs: 64, Started: 30, Finished: 12, FirstStep: 40 * time.Minute, Ack: 30 * time.Second, Resolve: 12 * day, Compared: unclear,
			Ends: alerts.Ends{
				Outcomes: map[alerts.Outcome]int{alerts.Converted: 9, alerts.Expanded: 4, alerts.Nurturing: 8, alerts.Disqualified: 3},
				Won:      alerts.Stake{Accounts: 13, ARR: 23_450_000},
			},
		},
		{Name: "detractor", Runs: 31, Started: 12, Finished: 5, FirstStep: day, Ack: 5 * time.Hour, Resolve: -1, Compared: few, Ends: alerts.Ends{
			Outcomes: map[alerts.Outcome]int{alerts.Saved: 9}, Looked: 3, Saved: alerts.Stake{Accounts: 9, Unknown: 9},
		}},
		{Name: "retired", Gone: true, Runs: 1, FirstStep: -1, Ack: -1, Resolve: -1},
	}}
}

func TestPlaybooks(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*alerts.PlaybookReport){
		"all":      func(*alerts.PlaybookReport) {},
		"too few":  func(r *alerts.PlaybookReport) { r.Playbooks = r.Playbooks[2:] },
		"no alert": func(r *alerts.PlaybookReport) { r.Playbooks, r.Days = nil, 30 },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := playbookReport()
			change(&r)
			golden(t, cards.Playbooks(style(t), r))
		})
	}
	guarded := style(t)
	guarded.Guarded = true
	require.NotContains(t, string(pretty(t, cards.Playbooks(guarded, playbookReport()))), "€")
}

func ruleReport() alerts.RuleReport {
	return alerts.RuleReport{Days: 90, Rules: []alerts.RuleTally{
		{
			Route: "default", Kind: alerts.Support, Alerts: 40, Acted: 33, Closed: 30, FalseAlarms: 9, Ack: 3 * time.Hour, Resolve: 2 * day,
			Ends: alerts.Ends{Outcomes: map[alerts.Outcome]int{alerts.FalseAlarm: 9, alerts.NoAction: 21}},
		},
		{Route: "default", Kind: alerts.Silence, Alerts: 50, Acted: 4, Closed: 2, Good: 2, Ack: 2 * day, Resolve: 3 * day, Ends: alerts.Ends{
			Outcomes: map[alerts.Outcome]int{alerts.Saved: 2}, Saved: alerts.Stake{Accounts: 2, ARR: 4_000_000},
		}},
		{Route: "big red", Kind: alerts.HealthShift, Alerts: 61, Acted: 58, Closed: 47, FalseAlarms: 3, Good: 36, Ack: 12 * time.Minute, Resolve: 9 * day},
		{Route: "pql", Kind: alerts.PQL, Alerts: 3, Ack: -1, Resolve: -1},
	}}
}

func TestRuleReport(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*alerts.RuleReport){
		"proposals":  func(*alerts.RuleReport) {},
		"none needs": func(r *alerts.RuleReport) { r.Rules = r.Rules[2:] },
		"no alert":   func(r *alerts.RuleReport) { r.Rules = nil },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := ruleReport()
			change(&r)
			golden(t, cards.RuleReport(style(t), r))
		})
	}
}

func TestHomeTellsWhatCame(t *testing.T) {
	t.Parallel()
	rules := ruleReport()
	h := alerts.Home{Person: people()["UMARIA"], Playbooks: playbookReport(), Rules: &rules}
	d := cards.Home(homeStyle(t), h)
	requireView(t, d.Blocks)
	d.Text = "Home has none"
	goldenView(t, d)
	h.Rules = nil
	require.NotContains(t, string(pretty(t, cards.Home(homeStyle(t), h))), "Report card", "for operators only")
}

// TestNoCauseIsClaimed: the numbers compare, and never say that a step or a playbook did it.
func TestNoCauseIsClaimed(t *testing.T) {
	t.Parallel()
	rules := ruleReport()
	low := playbookReport()
	for i := range low.Playbooks {
		c := &low.Playbooks[i].Compared
		c.With.Good, c.Difference, c.Interval = 0, -c.Difference, alerts.Interval{Low: -c.Interval.High, High: -c.Interval.Low}
	}
	for _, d := range []cards.Drawing{
		cards.Playbooks(style(t), playbookReport()), cards.Playbooks(style(t), low), cards.RuleReport(style(t), ruleReport()),
		cards.Home(homeStyle(t), alerts.Home{Playbooks: playbookReport(), Rules: &rules}),
	} {
		text := strings.ToLower(string(pretty(t, d)))
		for _, claim := range []string{
			"because", "cause", "thanks to", "due to", "led to", "leads to", "effect", "impact", "improve", "works", "worked", "helps", "helped",
			"made ", "makes", "prevent", "proves", "uplift", "drives", "driven", "result of", "results in", "increase", "reduce", "boost", "save more",
		} {
			require.NotContains(t, text, claim)
		}
	}
	for _, report := range []alerts.PlaybookReport{playbookReport(), low} {
		require.Contains(t, string(pretty(t, cards.Playbooks(style(t), report))), "this shows what went together, not why")
	}
}

func TestHostileReports(t *testing.T) {
	s := style(t)
	numbers := rapid.IntRange(0, 1e6)
	share := rapid.Custom(func(t *rapid.T) alerts.Share {
		cases := numbers.Draw(t, "cases")
		return alerts.Share{Good: rapid.IntRange(0, cases).Draw(t, "good"), Cases: cases}
	})
	ends := rapid.Custom(func(t *rapid.T) alerts.Ends {
		e := alerts.Ends{
			Outcomes: map[alerts.Outcome]int{alerts.Outcome(text.Draw(t, "outcome")): 1},
			Saved:    alerts.Stake{Accounts: numbers.Draw(t, "saved"), ARR: rapid.Int64().Draw(t, "arr"), Unknown: numbers.Draw(t, "unknown")},
			Looked:   numbers.Draw(t, "looked"), Lost: numbers.Draw(t, "lost"), Grown: numbers.Draw(t, "grown"),
		}
		for _, outcome := range []alerts.Outcome{alerts.Saved, alerts.Converted, alerts.Expanded, alerts.Recovered, alerts.FalseAlarm, alerts.ChurnedOut} {
			e.Outcomes[outcome] = numbers.Draw(t, "n")
		}
		return e
	})
	span := rapid.Custom(func(t *rapid.T) time.Duration { return time.Duration(rapid.Int64().Draw(t, "span")) })
	rapid.Check(t, func(t *rapid.T) {
		var playbooks alerts.PlaybookReport
		var rules alerts.RuleReport
		for i := range rapid.IntRange(0, 40).Draw(t, "many") {
			name := fmt.Sprint(text.Draw(t, "name"), i)
			playbooks.Playbooks = append(playbooks.Playbooks, alerts.PlaybookTally{
				Name: name, Gone: rapid.Bool().Draw(t, "gone"), Runs: numbers.Draw(t, "runs"), Finished: numbers.Draw(t, "finished"),
				FirstStep: span.Draw(t, "first"), Ack: span.Draw(t, "ack"), Ends: ends.Draw(t, "ends"),
				Compared: alerts.Compare([]alerts.Stratum{{With: share.Draw(t, "with"), Without: share.Draw(t, "without")}}),
			})
			playbooks.Idle = append(playbooks.Idle, name)
			rules.Rules = append(rules.Rules, alerts.RuleTally{
				Route: name, Kind: rapid.SampledFrom(append([]alerts.Kind{"<!here>"}, alerts.Kinds...)).Draw(t, "kind"), Alerts: numbers.Draw(t, "alerts"),
				Acted: numbers.Draw(t, "acted"), Closed: numbers.Draw(t, "closed"), FalseAlarms: numbers.Draw(t, "false"), Ends: ends.Draw(t, "ends"),
			})
		}
		requireSafe(t, func() cards.Drawing { return cards.Playbooks(s, playbooks) })
		requireSafe(t, func() cards.Drawing { return cards.RuleReport(s, rules) })
		d := cards.Home(s, alerts.Home{Playbooks: playbooks, Rules: &rules})
		requireView(t, d.Blocks)
	})
}
