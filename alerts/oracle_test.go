package alerts_test

import (
	"fmt"
	"strconv"
	"testing"

	"github.com/expr-lang/expr"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"journeybot/alerts"
)

// TestWhenAgreesWithExpr: where everything is known, a condition means what expr-lang says it means.
func TestWhenAgreesWithExpr(t *testing.T) {
	t.Parallel()
	known := alerts.Case{Kind: alerts.HealthShift, Severity: alerts.High, Polarity: alerts.Risk, Account: acme(), Facts: redShift(), Now: tuesday}
	env := map[string]any{
		"kind": "health_shift", "polarity": "risk",
		"account": map[string]any{"arr": 84000.0, "score": 58.0, "renewal_days": 88.0, "segment": "enterprise", "name": "Acme Corp", "status": ""},
		"signal":  map[string]any{"score": 44.0, "previous_score": 72.0, "to": "red"},
	}
	number := rapid.SampledFrom([]string{"account.arr", "account.score", "account.renewal_days", "signal.score", "signal.previous_score", "50", "44", "0.5", "-3"})
	text := rapid.SampledFrom([]string{"account.segment", "account.name", "account.status", "signal.to", `"red"`, `"Acme Corp"`, `""`, `"e"`})
	var condition func(t *rapid.T, depth int) string
	condition = func(t *rapid.T, depth int) string {
		pick := rapid.IntRange(0, 8).Draw(t, "pick")
		if depth == 0 {
			pick %= 5
		}
		op := func(ops ...string) string { return rapid.SampledFrom(ops).Draw(t, "op") }
		switch pick {
		case 0:
			return number.Draw(t, "a") + op(" < ", " <= ", " > ", " >= ", " == ", " != ") + number.Draw(t, "b")
		case 1:
			return text.Draw(t, "a") + op(" == ", " != ", " contains ", " startsWith ", " endsWith ") + text.Draw(t, "b")
		case 2:
			return text.Draw(t, "a") + op(" in ", " not in ") + `["red", "enterprise", ""]`
		case 3:
			return number.Draw(t, "a") + op(" + ", " - ", " * ") + number.Draw(t, "b") + op(" * ", " - ") + number.Draw(t, "c") + op(" > ", " <= ") + number.Draw(t, "d")
		case 4:
			return op("true", "false", `kind in ["pql", "health_shift"]`, `polarity == "risk"`, `account.name matches "^A.*p$"`)
		case 5:
			return op("!", "not ") + "(" + condition(t, depth-1) + ")"
		case 6:
			return "(" + condition(t, depth-1) + ")"
		}
		return condition(t, depth-1) + op(" && ", " || ", " and ", " or ") + condition(t, depth-1)
	}
	rapid.Check(t, func(t *rapid.T) {
		source := condition(t, 4)
		w, err := alerts.CompileWhen(source)
		require.NoError(t, err, source)
		want, err := expr.Eval(source, env)
		require.NoError(t, err, source)
		require.Equal(t, want, w.Match(known), source)
	})
}

// TestWhenKnowsEveryName: each name gives the value of the case, and is unknown or "" without one.
func TestWhenKnowsEveryName(t *testing.T) {
	t.Parallel()
	account := acme()
	account.Domain, account.Status, account.SalesOwner, account.Seats = "acme.test", "active", "tom@example.com", new(int64(60))
	account.Stage, account.Map, account.LastTouch = "d", "customer-led", tuesday.Add(-41*day-day/2)
	facts := map[string]alerts.Facts{
		"health":  redShift(),
		"limit":   {Limit: &alerts.LimitFacts{Resource: "API calls", Used: 902, Limit: 1000, Threshold: 90}},
		"pql":     {PQL: &alerts.PQLFacts{Score: 86, Trigger: "heavy usage", Plan: "team", Fit: new(92.0), Usage: new(95.0), Intent: new(98.0)}},
		"dropoff": {Dropoff: &alerts.DropoffFacts{Milestone: "d"}},
		"reached": {Reached: &alerts.ReachedFacts{Milestone: "c"}},
		"contact": {Contact: &alerts.ContactFacts{Role: "champion", From: "Dana", To: "Lee"}},
		"support": {Support: &alerts.SupportFacts{Ticket: "T1", Status: "open", Priority: "urgent", Topic: "sso", Title: "Login", AgeDays: new(8.0)}},
		"survey":  {Survey: &alerts.SurveyFacts{Survey: "nps", Score: 3, Comment: "slow"}},
	}
	for _, tc := range []struct {
		facts, name string
		want        any
	}{
		{"health", "account.id", "acme"},
		{"health", "account.name", "Acme Corp"},
		{"health", "account.domain", "acme.test"},
		{"health", "account.segment", "enterprise"},
		{"health", "account.region", "emea"},
		{"health", "account.tier", "gold"},
		{"health", "account.plan", "team"},
		{"health", "account.status", "active"},
		{"health", "account.owner", "maria@example.com"},
		{"health", "account.sales_owner", "tom@example.com"},
		{"health", "account.stage", "d"},
		{"health", "account.map", "customer-led"},
		{"health", "account.health", "yellow"},
		{"health", "account.score", 58},
		{"health", "account.arr", 84000},
		{"health", "account.seats", 60},
		{"health", "account.renewal_days", 88},
		{"health", "account.stage_days", 41},
		{"health", "account.touch_days", 41},
		{"health", "signal.from", "yellow"},
		{"health", "signal.to", "red"},
		{"health", "signal.score", 44},
		{"health", "signal.previous_score", 72},
		{"limit", "signal.resource", "API calls"},
		{"limit", "signal.used", 902},
		{"limit", "signal.limit", 1000},
		{"limit", "signal.percent", 90},
		{"limit", "signal.threshold", 90},
		{"pql", "signal.score", 86},
		{"pql", "signal.trigger", "heavy usage"},
		{"pql", "signal.plan", "team"},
		{"pql", "signal.fit", 92},
		{"pql", "signal.usage", 95},
		{"pql", "signal.intent", 98},
		{"dropoff", "signal.milestone", "d"},
		{"reached", "signal.milestone", "c"},
		{"contact", "signal.role", "champion"},
		{"contact", "signal.from", "Dana"},
		{"contact", "signal.to", "Lee"},
		{"support", "signal.ticket", "T1"},
		{"support", "signal.status", "open"},
		{"support", "signal.priority", "urgent"},
		{"support", "signal.topic", "sso"},
		{"support", "signal.title", "Login"},
		{"support", "signal.age_days", 8},
		{"survey", "signal.survey", "nps"},
		{"survey", "signal.score", 3},
		{"survey", "signal.comment", "slow"},
	} {
		literal, unknown := fmt.Sprint(tc.want), " == nil"
		if s, ok := tc.want.(string); ok {
			literal, unknown = strconv.Quote(s), ` == ""`
		}
		require.True(t, must(tc.name+" == "+literal).Match(alerts.Case{Account: account, Facts: facts[tc.facts], Now: tuesday}), tc.name)
		if tc.name != "account.id" {
			require.True(t, must(tc.name+unknown).Match(alerts.Case{Now: tuesday}), tc.name)
		}
	}
}
