package config

import (
	"time"

	"journeybot/alerts"

	"github.com/goccy/go-yaml/ast"
)

// maxWindow is how far back posts are remembered.
const maxWindow = 30 * day

// quiet reads what is held back or put together. What the file leaves out keeps its default.
func (c *compiler) quiet(n ast.Node, rules *alerts.Rules) {
	q := &rules.Quiet
	c.mapping(n, "quiet", []field{
		{"stale_after", may, into(&q.StaleAfter, orOff(c, c.duration))},
		{"stale_critical", may, into(&q.StaleCritical, c.duration)},
		{"flapping", may, into(&q.Flapping, orOff(c, c.flapping))},
		{"low", may, into(&q.DigestLow, func(n ast.Node) bool {
			return c.oneOf("place for low severity", []string{"digest", "post"})(n) != "post"
		})},
		{"hours", may, into(&q.Hours, c.quietHours)},
		{"throttle", may, into(&q.Throttle, c.throttles)},
		{"budget", may, into(&q.Budget, orOff(c, c.budget))},
		{"storm", may, into(&q.Storm, c.storm)},
	})
}

// orOff reads something that the file can also switch off.
func orOff[T any](c *compiler, read func(ast.Node) T) func(ast.Node) T {
	return func(n ast.Node) T {
		if c.off(n) {
			return *new(T)
		}
		return read(n)
	}
}

func (c *compiler) flapping(n ast.Node) alerts.Flapping {
	f := alerts.DefaultQuiet().Flapping
	c.mapping(n, "flapping", []field{
		{"changes", may, into(&f.Changes, c.count(10))},
		{"within", may, into(&f.Within, c.duration)},
	})
	return f
}

// quietHours reads one set of quiet hours, or a list of them.
func (c *compiler) quietHours(n ast.Node) []alerts.QuietHours {
	if c.off(n) {
		return nil
	}
	if _, many := c.resolve(n).(*ast.SequenceNode); many {
		return list(c, n, "hours", c.quietTime)
	}
	return []alerts.QuietHours{c.quietTime(n)}
}

func (c *compiler) quietTime(n ast.Node) alerts.QuietHours {
	var h alerts.QuietHours
	c.mapping(n, "hours", []field{
		{"channels", must, into(&h.Channels, c.channelNames)},
		{"from", must, into(&h.From, c.timeOfDay)},
		{"to", must, into(&h.To, c.timeOfDay)},
		{"calendar", may, into(&h.Calendar, c.ref("calendar", &c.known.calendars))},
	})
	if c.has(n, "from") && c.has(n, "to") && h.From == h.To && h.Calendar == "" {
		c.wrong(n, "hours from a time to the same time are none: with a calendar, its days off would be quiet")
	}
	return h
}

func (c *compiler) channelNames(n ast.Node) []string {
	names := list(c, n, "channels", c.ref("channel", &c.known.channels))
	if len(names) == 0 && c.kindOf(n) == "a list" {
		c.wrong(n, "channels names none")
	}
	return names
}

func (c *compiler) throttles(n ast.Node) map[alerts.Kind]alerts.Throttle {
	kinds := make([]string, len(alerts.Kinds))
	for i, k := range alerts.Kinds {
		kinds[i] = string(k)
	}
	throttles := map[alerts.Kind]alerts.Throttle{}
	c.entries(n, "throttle", func(key string, at, value ast.Node) {
		if c.oneOf("kind", kinds)(at) == "" {
			return
		}
		var t alerts.Throttle
		c.mapping(value, "throttle of "+key, []field{
			{"posts", must, into(&t.Posts, c.count(1000))},
			{"per", must, into(&t.Per, c.duration)},
		})
		if t.Per > maxWindow {
			c.wrong(value, "per must be at most 30d")
		}
		throttles[alerts.Kind(key)] = t
	})
	return throttles
}

func (c *compiler) budget(n ast.Node) alerts.Budget {
	b := alerts.DefaultQuiet().Budget
	c.mapping(n, "budget", []field{
		{"per_person", may, into(&b.PerPerson, orOff(c, c.count(1000)))},
		{"per_account", may, into(&b.PerAccount, orOff(c, c.count(1000)))},
	})
	return b
}

// shadow reads the channel that gets everything, or that and what it watches.
func (c *compiler) shadow(n ast.Node, rules *alerts.Rules) {
	s := &rules.Quiet.Shadow
	switch c.resolve(n).(type) {
	case *ast.MappingNode:
		c.mapping(n, "shadow", []field{
			{"channel", must, into(&s.Channel, c.slackChannel)},
			{"channels", may, into(&s.Channels, c.channelNames)},
			{"until", may, func(n ast.Node) {
				if d := c.date(n); d.Known() {
					s.Until = d.In(orUTC(rules.Zone))
				}
			}},
		})
	default:
		if !c.off(n) {
			s.Channel = c.slackChannel(n)
		}
	}
	for name, channel := range rules.Channels {
		if channel.Slack == s.Channel && s.Channel != "" {
			c.wrong(n, "%s is channel %s: shadow needs a channel of its own, in which nobody waits for alerts", quote(string(s.Channel)), name)
		}
	}
}

func orUTC(zone *time.Location) *time.Location {
	if zone == nil {
		return time.UTC
	}
	return zone
}
