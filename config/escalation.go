package config

import (
	"slices"
	"time"

	"journeybot/alerts"
	"journeybot/journey"

	"github.com/goccy/go-yaml/ast"
)

var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"} // by time.Weekday

// calendars reads the calendars, in the workspace's zone unless they name their own.
func (c *compiler) calendars(n ast.Node, rules *alerts.Rules) {
	c.entries(n, "calendars", func(key string, at, value ast.Node) {
		c.checkName(at, "a calendar", key)
		calendar, hours := officeHours(rules.Zone), [2]time.Duration{9 * time.Hour, 17*time.Hour + 30*time.Minute}
		c.mapping(value, "calendar "+key, []field{
			{"timezone", may, into(&calendar.Zone, c.zone)},
			{"days", may, into(&calendar.Days, c.days)},
			{"hours", may, into(&hours, c.hours)},
			{"holidays", may, into(&calendar.Holidays, c.holidays)},
		})
		calendar.From, calendar.To = hours[0], hours[1]
		rules.Calendars[key] = calendar
	})
}

func officeHours(zone *time.Location) alerts.Calendar {
	return alerts.Calendar{
		Zone: zone, Days: [7]bool{false, true, true, true, true, true, false},
		From: 9 * time.Hour, To: 17*time.Hour + 30*time.Minute, Holidays: map[journey.Day]bool{},
	}
}

func (c *compiler) days(n ast.Node) [7]bool {
	var days [7]bool
	for _, name := range list(c, n, "days", c.oneOf("day", weekdays)) {
		if i := slices.Index(weekdays, name); i >= 0 {
			days[i] = true
		}
	}
	if days == [7]bool{} {
		c.wrong(n, "a calendar needs at least one day")
	}
	return days
}

func (c *compiler) holidays(n ast.Node) map[journey.Day]bool {
	holidays := map[journey.Day]bool{}
	for _, date := range list(c, n, "holidays", c.date) {
		holidays[date] = true
	}
	return holidays
}

// escalations reads the policies and adds the default of each severity that the file does not name.
func (c *compiler) escalations(n ast.Node, rules *alerts.Rules) {
	if len(c.known.calendars) == 0 {
		c.known.calendars = []string{"default"}
		rules.Calendars["default"] = officeHours(rules.Zone)
	}
	rules.Escalations = alerts.DefaultEscalations(c.known.calendars[0], rules.Fallback, rules.People)
	read(n, func(n ast.Node) {
		c.entries(n, "escalation", func(key string, at, value ast.Node) {
			c.checkName(at, "an escalation", key)
			rules.Escalations[key] = c.escalation(key, value)
		})
	})
}

func (c *compiler) escalation(name string, n ast.Node) alerts.Escalation {
	e := alerts.Escalation{Name: name}
	c.mapping(n, "escalation "+name, []field{
		{"calendar", may, into(&e.Calendar, c.ref("calendar", &c.known.calendars))},
		{"steps", may, func(n ast.Node) { e.Steps = list(c, n, "steps", c.escalationStep) }},
		{"repeat", may, func(n ast.Node) {
			c.mapping(n, "repeat", []field{
				{"every", must, into(&e.RepeatEvery, c.duration)},
				{"times", must, into(&e.RepeatTimes, c.count(100))},
			})
		}},
		{"remind_after", may, into(&e.RemindAfter, c.duration)},
		{"unacknowledge_after", may, into(&e.UnacknowledgeAfter, c.duration)},
		{"expire_after", may, into(&e.ExpireAfter, c.duration)},
	})
	if e.RepeatTimes > 0 && len(e.Steps) == 0 {
		c.wrong(n, "escalation %s has no steps to repeat", name)
	}
	if e.UnacknowledgeAfter > 0 && e.UnacknowledgeAfter <= e.RemindAfter {
		c.wrong(n, "escalation %s takes an alert back before it reminds: unacknowledge_after must be longer than remind_after", name)
	}
	return e
}

func (c *compiler) escalationStep(n ast.Node) alerts.EscalationStep {
	var step alerts.EscalationStep
	c.mapping(n, "an escalation step", []field{
		{"after", must, into(&step.After, c.duration)},
		{"remind", may, into(&step.Remind, c.oneOf("person", []string{alerts.RemindOwner, alerts.RemindManager}))},
		{"mention", may, into(&step.Mention, c.mentioned)},
		{"next", may, into(&step.Next, c.oneOf("turn", []string{alerts.NextRep}))},
		{"post", may, into(&step.Post, c.ref("channel", &c.known.channels))},
	})
	targets := 0
	for _, key := range []string{"remind", "mention", "post", "next"} {
		if c.has(n, key) {
			targets++
		}
	}
	if targets != 1 && c.kindOf(n) == "a mapping" {
		c.wrong(n, "an escalation step needs one of remind, mention, post or next")
	}
	return step
}
