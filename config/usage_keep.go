package config

import (
	"time"

	"journeybot/alerts"
	"journeybot/journey"

	"github.com/goccy/go-yaml/ast"
)

// keepsWindows refuses to keep usage by day for less long than a rule of the maps looks back.
func (c *compiler) keepsWindows(sections map[string]ast.Node, rules *alerts.Rules, maps []*journey.Map) {
	longest, of := 0, ""
	for _, m := range maps {
		if days := longestWindow(m); days > longest {
			longest, of = days, m.ID
		}
	}
	if rules.Usage.Keep <= 0 || rules.Usage.Keep >= time.Duration(longest)*day {
		return
	}
	for _, section := range []string{"usage", "maps", "use"} {
		if n := sections[section]; n != nil {
			if value := c.valueOf(n, "keep"); value != nil {
				n = value
			}
			c.wrong(n, "usage is kept by day for %d days, and map %s looks back %d: keep at least %dd", rules.Usage.Keep/day, of, longest, longest)
			return
		}
	}
}

// valueOf is the value of a key of a mapping; nil without it.
func (c *compiler) valueOf(n ast.Node, key string) ast.Node {
	if m, ok := c.resolve(n).(*ast.MappingNode); ok {
		for _, entry := range m.Values {
			if entry.Key.GetToken().Value == key {
				return entry.Value
			}
		}
	}
	return nil
}

// longestWindow is how many days back a map's rules look at usage day by day.
func longestWindow(m *journey.Map) int {
	longest := 0
	for _, n := range m.Needs() {
		switch n.Function {
		case journey.FuncCount, journey.FuncUsers, journey.FuncActiveDays, journey.FuncShare:
			longest = max(longest, windowDays(n.Window))
		case journey.FuncTrend:
			longest = max(longest, 2*windowDays(n.Window))
		case journey.FuncUsersReaching:
			longest = max(longest, n.Within)
		}
	}
	for _, ms := range m.Milestones() {
		if ms.Sustain != nil && ms.Sustain.Every.Calendar != "" {
			longest = max(longest, 2*windowDays(ms.Sustain.Every)) // it is lost when the period after one that was good ends
		}
	}
	return longest
}

// windowDays is how long a window is at most; 0 for all time, which counts months as well.
func windowDays(w journey.Window) int {
	switch w.Calendar {
	case journey.Month:
		return 31
	case journey.Quarter:
		return 92
	}
	return w.Days
}
