package config

import (
	"errors"
	"net/mail"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"journeybot/alerts"
	"journeybot/journey"

	"github.com/goccy/go-yaml/ast"
	"golang.org/x/text/currency"
)

// text reads a text that is not empty.
func (c *compiler) text(n ast.Node) string {
	var value string
	switch at := c.resolve(n).(type) {
	case *ast.StringNode:
		value = at.Value
	case *ast.LiteralNode:
		value = at.Value.Value
	case nil:
		c.wrong(n, "is empty (in YAML, # begins a comment: put text that has one in quotes)")
		return ""
	case *ast.BoolNode, *ast.IntegerNode, *ast.FloatNode:
		c.wrong(n, "must be text, not %s: put it in quotes", c.kindOf(n))
		return ""
	default:
		c.wrong(n, "must be text, not %s", c.kindOf(n))
		return ""
	}
	if strings.TrimSpace(value) == "" {
		c.wrong(n, "is empty")
	}
	return value
}

// oneOf reads one of a few words.
func (c *compiler) oneOf(what string, words []string) func(ast.Node) string {
	return func(n ast.Node) string {
		value := c.text(n)
		if value == "" || slices.Contains(words, value) {
			return value
		}
		c.unknown(n, what+" "+quote(value), value, words)
		return ""
	}
}

func (c *compiler) truth(n ast.Node) bool {
	at, ok := c.resolve(n).(*ast.BoolNode)
	if !ok {
		c.wrong(n, "must be true or false, not %s", c.kindOf(n))
		return false
	}
	return at.Value
}

// number reads a number from least to most.
func (c *compiler) number(least, most float64) func(ast.Node) float64 {
	return func(n ast.Node) float64 {
		var value float64
		switch c.resolve(n).(type) {
		case *ast.IntegerNode, *ast.FloatNode:
			var err error
			if value, err = strconv.ParseFloat(strings.ReplaceAll(c.resolve(n).GetToken().Value, "_", ""), 64); err != nil {
				c.wrong(n, "must be a plain number")
				return 0
			}
		default:
			c.wrong(n, "must be a number, not %s", c.kindOf(n))
			return 0
		}
		if value < least || value > most {
			c.wrong(n, "must be from %g to %g", least, most)
			return 0
		}
		return value
	}
}

func (c *compiler) count(most int) func(ast.Node) int {
	return func(n ast.Node) int {
		value := c.number(1, float64(most))(n)
		if value != float64(int(value)) {
			c.wrong(n, "must be a whole number")
		}
		return int(value)
	}
}

const day = 24 * time.Hour

var (
	durationForm = regexp.MustCompile(`^([0-9]{1,6}[wdhm])+$`)
	durationPart = regexp.MustCompile(`([0-9]+)([wdhm])`)
	units        = map[string]time.Duration{"w": 7 * day, "d": day, "h": time.Hour, "m": time.Minute}
)

// duration reads a time span such as 30m, 4h, 2d, 1w or 1d12h; a day is 24 hours.
func (c *compiler) duration(n ast.Node) time.Duration {
	const form = "such as 30m, 4h, 2d or 1w"
	if number, ok := c.resolve(n).(*ast.IntegerNode); ok {
		c.wrong(n, "%s needs a unit, %s", number.GetToken().Value, form)
		return 0
	}
	value := c.text(n)
	if value == "" {
		return 0
	}
	return c.span(n, value, form)
}

func (c *compiler) span(n ast.Node, value, form string) time.Duration {
	if !durationForm.MatchString(value) {
		c.wrong(n, "%s is not a duration %s", quote(value), form)
		return 0
	}
	var total time.Duration
	for _, part := range durationPart.FindAllStringSubmatch(value, -1) {
		amount, _ := strconv.Atoi(part[1])
		total += time.Duration(amount) * units[part[2]]
		if total > 3650*day {
			c.wrong(n, "%s is more than ten years", quote(value))
			return 0
		}
	}
	if total == 0 {
		c.wrong(n, "must be longer than nothing")
	}
	return total
}

func severityNames() []string {
	var names []string
	for s := alerts.Low; s <= alerts.Critical; s++ {
		names = append(names, s.String())
	}
	return names
}

func (c *compiler) severity(n ast.Node) alerts.Severity {
	severity, _ := alerts.ParseSeverity(c.oneOf("severity", severityNames())(n))
	return severity
}

func (c *compiler) zone(n ast.Node) *time.Location {
	name := c.text(n)
	if name == "" {
		return nil
	}
	zone, err := time.LoadLocation(name)
	if err != nil || name == "Local" {
		c.wrong(n, "%s is not a time zone such as Europe/Berlin", quote(name))
		return nil
	}
	return zone
}

func (c *compiler) currency(n ast.Node) string {
	name := c.text(n)
	if _, err := currency.ParseISO(name); name != "" && (err != nil || strings.ToUpper(name) != name) {
		c.wrong(n, "%s is not a currency code such as EUR", quote(name))
	}
	return name
}

var commandForm = regexp.MustCompile(`^/[a-z0-9_-]{1,31}$`)

func (c *compiler) command(n ast.Node) string {
	name := c.text(n)
	if name != "" && !commandForm.MatchString(name) {
		c.wrong(n, "%s is not a command such as /journey: a slash, then lower-case letters, digits, - or _, at most 32 characters", quote(name))
	}
	return name
}

func (c *compiler) date(n ast.Node) journey.Day {
	value := c.text(n)
	if value == "" {
		return 0
	}
	date, err := time.Parse(time.DateOnly, value)
	if err != nil {
		c.wrong(n, "%s is not a date such as 2026-12-25", quote(value))
		return 0
	}
	return journey.DayOf(date)
}

// hours reads "09:00-17:30" as two times since midnight.
func (c *compiler) hours(n ast.Node) [2]time.Duration {
	value := c.text(n)
	if value == "" {
		return [2]time.Duration{}
	}
	from, to, _ := strings.Cut(value, "-")
	begin, beginErr := time.Parse("15:04", strings.TrimSpace(from))
	end, endErr := time.Parse("15:04", strings.TrimSpace(to))
	if beginErr != nil || endErr != nil {
		c.wrong(n, `%s are not hours such as "09:00-17:30"`, quote(value))
		return [2]time.Duration{}
	}
	if !begin.Before(end) {
		c.wrong(n, "%s end before they begin", quote(value))
	}
	midnight := begin.Truncate(day)
	return [2]time.Duration{begin.Sub(midnight), end.Sub(midnight)}
}

var (
	channelForm   = regexp.MustCompile(`^#[\p{L}\p{M}\p{N}_-]{1,80}$`)
	channelIDForm = regexp.MustCompile(`^[CG][A-Z0-9]{6,20}$`)
	handleForm    = regexp.MustCompile(`^@[a-z0-9][a-z0-9._-]{0,79}$`)
)

// slackChannel reads a channel as Slack names it.
func (c *compiler) slackChannel(n ast.Node) alerts.Target {
	const form = `write "#cs-alerts" (lower case, letters, digits, - and _, in quotes) or the channel's id (C0123456789)`
	if c.resolve(n) == nil {
		c.wrong(n, "is empty: %s; without quotes, # begins a comment", form)
		return ""
	}
	value := c.text(n)
	switch {
	case value == "" || channelIDForm.MatchString(value):
	case channelForm.MatchString(value) && !strings.ContainsFunc(value, unicode.IsUpper):
	default:
		if meant := "#" + strings.ToLower(strings.TrimPrefix(value, "#")); channelForm.MatchString(meant) {
			c.wrong(n, "%s is not a channel; did you mean %s?", quote(value), quote(meant))
		} else {
			c.wrong(n, "%s is not a channel: %s", quote(value), form)
		}
	}
	return alerts.Target(value)
}

// owner reads who gets an alert. relative says whether it may depend on the account.
func (c *compiler) owner(relative bool) func(ast.Node) string {
	form := "an e-mail address, group:@handle or round_robin:@handle"
	if relative {
		form = "account_owner, sales_owner, " + form
	}
	return func(n ast.Node) string {
		value := c.text(n)
		kind, handle, _ := strings.Cut(value, ":")
		switch {
		case value == "", relative && (value == "account_owner" || value == "sales_owner"):
		case (kind == "group" || kind == "round_robin") && handleForm.MatchString(handle):
		case isEmail(value):
		case relative && nearWord(value):
			c.unknown(n, "owner "+quote(value), value, []string{"account_owner", "sales_owner"})
		default:
			c.wrong(n, "%s is not an owner: write %s", quote(value), form)
		}
		return value
	}
}

func nearWord(value string) bool {
	_, near := nearest(value, []string{"account_owner", "sales_owner"}, 3)
	return near
}

func isEmail(text string) bool {
	address, err := mail.ParseAddress(text)
	return err == nil && address.Address == text
}

// mentioned reads whom an escalation step mentions.
func (c *compiler) mentioned(n ast.Node) string {
	value := c.text(n)
	if value != "" && value != alerts.MentionLead && !isGroup(value) {
		c.wrong(n, "%s is nobody to mention: write lead or group:@handle", quote(value))
	}
	return value
}

func isGroup(value string) bool {
	handle, ok := strings.CutPrefix(value, "group:")
	return ok && handleForm.MatchString(handle)
}

var nameForm = regexp.MustCompile(`^[\p{L}\p{N}][\p{L}\p{M}\p{N}_.-]{0,39}$`)

// name checks a name that the file gives to something and that other places refer to.
func (c *compiler) checkName(n ast.Node, what, value string) {
	if !nameForm.MatchString(value) {
		c.wrong(n, "%s is not a name for %s: use letters, digits, - and _, at most 40", quote(value), what)
	}
}

// id reads a name.
func (c *compiler) id(what string) func(ast.Node) string {
	return func(n ast.Node) string {
		value := c.text(n)
		if value != "" {
			c.checkName(n, what, value)
		}
		return value
	}
}

// when reads and compiles a condition.
func (c *compiler) when(n ast.Node) *alerts.When {
	if truth, ok := c.resolve(n).(*ast.BoolNode); ok && truth.Value {
		c.wrong(n, "leave when out to match everything")
		return nil
	}
	source := c.text(n)
	if source == "" {
		return nil
	}
	when, err := alerts.CompileWhen(source)
	c.sourceError(n, source, err)
	return when
}

// template reads and compiles a template.
func (c *compiler) template(n ast.Node) *alerts.Text {
	source := c.text(n)
	if source == "" {
		return nil
	}
	text, err := alerts.CompileText(source)
	c.sourceError(n, source, err)
	return text
}

func (c *compiler) sourceError(n ast.Node, source string, err error) {
	if err == nil {
		return
	}
	var mistake *alerts.SourceError
	if !errors.As(err, &mistake) {
		c.wrong(n, "%v", err)
		return
	}
	c.at(c.inside(c.resolve(n), source, mistake.Line, mistake.Column), "%s", mistake.Message)
}
