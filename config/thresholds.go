package config

import (
	"cmp"
	"slices"

	"journeybot/alerts"

	"github.com/goccy/go-yaml/ast"
)

func (c *compiler) thresholds(n ast.Node, t *alerts.Thresholds) {
	c.mapping(n, "thresholds", []field{
		{"health_shift", may, func(n ast.Node) { c.healthThresholds(n, &t.Health) }},
		{"usage_limit", may, into(&t.Limits, c.limitThresholds)},
		{"pql", may, func(n ast.Node) { c.pqlThresholds(n, &t.PQL) }},
		{"renewal_due", may, into(&t.Renewal, c.renewalThresholds)},
		{"support", may, func(n ast.Node) {
			c.mapping(n, "support", []field{
				{"age", may, into(&t.Support.Age, c.duration)},
				{"priorities", may, func(n ast.Node) { t.Support.Priorities = list(c, n, "priorities", c.text) }},
			})
		}},
		{"silence", may, func(n ast.Node) {
			c.mapping(n, "silence", []field{
				{"high_tier", may, into(&t.Silence.HighTier, c.duration)},
				{"others", may, into(&t.Silence.Others, c.duration)},
			})
		}},
		{"high_tiers", may, func(n ast.Node) { t.HighTiers = list(c, n, "high_tiers", c.text) }},
		{"feedback", may, func(n ast.Node) {
			c.mapping(n, "feedback", []field{
				{"nps", may, into(&t.NPS, c.surveyThresholds(0, 10))},
				{"csat", may, into(&t.CSAT, c.surveyThresholds(1, 5))},
			})
		}},
	})
}

func (c *compiler) healthThresholds(n ast.Node, t *alerts.HealthThresholds) {
	score := c.number(0, 100)
	problems := len(c.problems.List)
	c.mapping(n, "health_shift", []field{
		{"green", may, into(&t.Green, score)},
		{"yellow", may, into(&t.Yellow, score)},
		{"hysteresis", may, into(&t.Hysteresis, score)},
		{"drop", may, into(&t.Drop, score)},
		{"drop_to_red", may, into(&t.DropToRed, score)},
		{"within", may, into(&t.Within, c.duration)},
		{"settle", may, into(&t.Settle, c.duration)},
	})
	if len(c.problems.List) > problems {
		return
	}
	if t.Green <= t.Yellow {
		c.wrong(n, "green (%g) must be above yellow (%g)", t.Green, t.Yellow)
	}
	if t.DropToRed < t.Drop {
		c.wrong(n, "drop_to_red (%g) must not be below drop (%g)", t.DropToRed, t.Drop)
	}
}

func (c *compiler) limitThresholds(n ast.Node) []alerts.LimitThreshold {
	var limits []alerts.LimitThreshold
	c.entries(n, "usage_limit", func(key string, at, value ast.Node) {
		if _, ok := at.(*ast.IntegerNode); !ok {
			c.wrong(at, "%s must be a whole percentage, such as 90", quote(key))
			return
		}
		limits = append(limits, alerts.LimitThreshold{Percent: int(c.number(1, 1000)(at)), Severity: c.severity(value)})
	})
	slices.SortStableFunc(limits, func(a, b alerts.LimitThreshold) int { return cmp.Compare(a.Percent, b.Percent) })
	for i := 1; i < len(limits); i++ {
		if limits[i].Severity < limits[i-1].Severity && limits[i].Severity != alerts.SeverityNone {
			c.wrong(n, "usage_limit is less severe at %d %% than at %d %%", limits[i].Percent, limits[i-1].Percent)
		}
	}
	return limits
}

func (c *compiler) pqlThresholds(n ast.Node, t *alerts.PQLThresholds) {
	problems := len(c.problems.List)
	c.mapping(n, "pql", []field{
		{"qualified", may, into(&t.Qualified, c.number(0, 100))},
		{"sales_ready", may, into(&t.SalesReady, c.number(0, 100))},
	})
	if len(c.problems.List) == problems && t.Qualified > t.SalesReady {
		c.wrong(n, "qualified (%g) must not be above sales_ready (%g)", t.Qualified, t.SalesReady)
	}
}

func (c *compiler) renewalThresholds(n ast.Node) []alerts.RenewalThreshold {
	var renewals []alerts.RenewalThreshold
	c.entries(n, "renewal_due", func(key string, at, value ast.Node) {
		before := c.span(at, key, "such as 90d")
		if before%day != 0 {
			c.wrong(at, "%s must be whole days, such as 90d", quote(key))
		}
		renewals = append(renewals, alerts.RenewalThreshold{Days: int(before / day), Severity: c.severity(value)})
	})
	slices.SortStableFunc(renewals, func(a, b alerts.RenewalThreshold) int { return cmp.Compare(b.Days, a.Days) })
	return renewals
}

// surveyThresholds reads [detractor, promoter].
func (c *compiler) surveyThresholds(least, most float64) func(ast.Node) alerts.SurveyThresholds {
	return func(n ast.Node) alerts.SurveyThresholds {
		problems := len(c.problems.List)
		scores := list(c, n, "a survey", c.number(least, most))
		if len(c.problems.List) > problems {
			return alerts.SurveyThresholds{}
		}
		if len(scores) != 2 || scores[0] >= scores[1] {
			c.wrong(n, "must be [detractor, promoter], the lower score first")
			return alerts.SurveyThresholds{}
		}
		return alerts.SurveyThresholds{Detractor: scores[0], Promoter: scores[1]}
	}
}
