package config

import (
	"time"

	"journeybot/alerts"

	"github.com/goccy/go-yaml/ast"
)

// digestAt is when digests are due in a file that does not say.
const digestAt = 8*time.Hour + 30*time.Minute

// digests reads when digests are due. What the file leaves out keeps its default: every channel each working day, every owner on
// Mondays.
func (c *compiler) digests(n ast.Node, rules *alerts.Rules) {
	d := &rules.Digests
	*d = alerts.DigestRules{Channels: map[string]time.Duration{}, Owners: true, Day: time.Monday, At: digestAt}
	if len(c.known.calendars) > 0 {
		d.Calendar = c.known.calendars[0]
	}
	for name := range rules.Channels {
		d.Channels[name] = digestAt
	}
	if n == nil {
		return
	}
	if c.off(n) {
		*d = alerts.DigestRules{}
		return
	}
	c.mapping(n, "digests", []field{
		{"calendar", may, into(&d.Calendar, c.ref("calendar", &c.known.calendars))},
		{"channels", may, into(&d.Channels, c.channelDigests)},
		{"owners", may, func(n ast.Node) { c.ownerDigests(n, d) }},
	})
}

func (c *compiler) channelDigests(n ast.Node) map[string]time.Duration {
	digests := map[string]time.Duration{}
	if c.off(n) {
		return digests
	}
	c.entries(n, "digests of channels", func(key string, at, value ast.Node) {
		if c.oneOf("channel", c.known.channels)(at) != "" {
			digests[key] = c.timeOfDay(value)
		}
	})
	return digests
}

func (c *compiler) ownerDigests(n ast.Node, d *alerts.DigestRules) {
	if c.off(n) {
		d.Owners = false
		return
	}
	c.mapping(n, "digests of owners", []field{
		{"day", may, into(&d.Day, c.weekday)},
		{"at", may, into(&d.At, c.timeOfDay)},
	})
}

// off reports whether the file switches something off: with false, or with the word.
func (c *compiler) off(n ast.Node) bool {
	switch at := c.resolve(n).(type) {
	case *ast.BoolNode:
		return !at.Value
	case *ast.StringNode:
		return at.Value == "off"
	}
	return false
}

func (c *compiler) weekday(n ast.Node) time.Weekday {
	name := c.oneOf("day", weekdays)(n)
	for i, day := range weekdays {
		if day == name {
			return time.Weekday(i)
		}
	}
	return time.Sunday
}

// timeOfDay reads "08:30" as a time since midnight.
func (c *compiler) timeOfDay(n ast.Node) time.Duration {
	value := c.text(n)
	if value == "" {
		return 0
	}
	at, err := time.Parse("15:04", value)
	if err != nil {
		c.wrong(n, `%s is not a time of day such as "08:30"`, quote(value))
		return 0
	}
	return time.Duration(at.Hour())*time.Hour + time.Duration(at.Minute())*time.Minute
}
