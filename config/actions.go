package config

import (
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"journeybot/alerts"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

// actionFields are the keys that an action of each type has beside id, type and label.
var actionFields = map[alerts.ActionType]struct{ must, may []string }{
	alerts.ActionLink:    {must: []string{"url"}},
	alerts.ActionPublish: {must: []string{"name"}, may: []string{"confirm", "data"}},
	alerts.ActionMessage: {must: []string{"body"}, may: []string{"channel", "to", "subject", "name"}},
	alerts.ActionForm:    {must: []string{"name", "fields"}, may: []string{"data"}},
	alerts.ActionAssign:  {may: []string{"to"}},
	alerts.ActionSnooze:  {may: []string{"for"}},
}

func (c *compiler) actions(n ast.Node) []alerts.Action {
	seen := map[string]int{}
	actions := list(c, n, "actions", func(n ast.Node) alerts.Action { return c.action(n, seen) })
	if len(actions) > maxActions {
		c.wrong(n, "a playbook has at most %d actions, this has %d", maxActions, len(actions))
	}
	return actions
}

func (c *compiler) action(n ast.Node, seen map[string]int) alerts.Action {
	var a alerts.Action
	a.Type = alerts.ActionType(c.typeOf(n))
	own := []field{
		{"url", may, into(&a.URL, c.url)},
		{"name", may, into(&a.Name, c.actionName)},
		{"confirm", may, into(&a.Confirm, c.confirmation)},
		{"data", may, into(&a.Data, c.data)},
		{"to", may, into(&a.To, c.recipient(&a))},
		{"subject", may, into(&a.Subject, c.bookText)},
		{"body", may, into(&a.Body, c.bookText)},
		{"channel", may, into(&a.Channel, c.oneOf("channel", []string{alerts.DraftEmail, alerts.DraftInApp}))},
		{"fields", may, into(&a.Fields, c.fields)},
		{"for", may, into(&a.For, c.snoozeFor)},
	}
	c.mapping(n, "an action", slices.Concat([]field{
		{"id", must, c.unique(seen, "an action", &a.ID)},
		{"type", must, into(&a.Type, c.actionType)},
		{"label", must, into(&a.Label, c.label)},
	}, own))
	c.fitsType(n, a.Type, own)
	c.fitsButton(n, a.ID, "an action")
	if a.Type == alerts.ActionMessage && a.Channel == "" {
		a.Channel = alerts.DraftEmail
	}
	return a
}

// typeOf peeks at what an action's other keys depend on.
func (c *compiler) typeOf(n ast.Node) string {
	if m, ok := c.resolve(n).(*ast.MappingNode); ok {
		for _, entry := range m.Values {
			if text, is := c.resolve(entry.Value).(*ast.StringNode); is && entry.Key.GetToken().Value == "type" {
				return text.Value
			}
		}
	}
	return ""
}

// fitsType checks that an action has the keys of its type and no other's.
func (c *compiler) fitsType(n ast.Node, kind alerts.ActionType, own []field) {
	fields, ok := actionFields[kind]
	if !ok {
		return
	}
	for _, f := range own {
		switch wanted, has := slices.Contains(fields.must, f.key), c.has(n, f.key); {
		case wanted && !has:
			c.wrong(n, "an action of type %s needs %s", kind, f.key)
		case has && !wanted && !slices.Contains(fields.may, f.key):
			c.wrong(n, "an action of type %s has no %s", kind, f.key)
		}
	}
}

func (c *compiler) actionType(n ast.Node) alerts.ActionType {
	names := make([]string, len(alerts.ActionTypes))
	for i, t := range alerts.ActionTypes {
		names[i] = string(t)
	}
	return alerts.ActionType(c.oneOf("type", names)(n))
}

func (c *compiler) label(n ast.Node) string { return c.textUpTo(maxLabel, "of a button")(n) }

// confirmation is asked in a dialog of Slack's.
func (c *compiler) confirmation(n ast.Node) string {
	return c.textUpTo(300, "of a question before an action")(n)
}

// textUpTo reads a text of at most so many characters.
func (c *compiler) textUpTo(most int, of string) func(ast.Node) string {
	return func(n ast.Node) string {
		value := c.text(n)
		if count := utf8.RuneCountInString(value); count > most {
			c.wrong(n, "has %d characters, more than the %d %s", count, most, of)
		}
		return value
	}
}

// url reads a template of a web address: what is written before the first {{ decides that it is one.
func (c *compiler) url(n ast.Node) *alerts.Text {
	text := c.cardText(n)
	value := c.text(n)
	fixed, _, _ := strings.Cut(value, "{{")
	if fixed != "" && !strings.HasPrefix(fixed, "https://") && !strings.HasPrefix(fixed, "http://") {
		c.wrong(n, "%s is not a web address: begin with https://", quote(value))
	}
	return text
}

// recipient reads to whom a draft goes, or who an assign gives the alert to.
func (c *compiler) recipient(a *alerts.Action) func(ast.Node) *alerts.Text {
	return func(n ast.Node) *alerts.Text {
		if a.Type == alerts.ActionAssign {
			value := c.owner(true)(n)
			if strings.HasPrefix(value, "group:") || strings.HasPrefix(value, "round_robin:") {
				c.wrong(n, "%s is no person: a button gives an alert to account_owner, sales_owner or an e-mail address", quote(value))
			}
		}
		return c.bookText(n)
	}
}

func (c *compiler) snoozeFor(n ast.Node) time.Duration {
	span := c.duration(n)
	if span > alerts.MaxSnooze {
		c.wrong(n, "is longer than a snooze can be: at most 90d")
	}
	return span
}

var actionNameForm = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)

// actionName reads the last part of journeybot.action.<name>.
func (c *compiler) actionName(n ast.Node) string {
	value := c.text(n)
	if value != "" && !actionNameForm.MatchString(value) {
		c.wrong(n, "%s is not a name for an event: use lower-case letters, digits and _", quote(value))
	}
	return value
}

// data reads what an action publishes: any values, of which texts are templates.
func (c *compiler) data(n ast.Node) map[string]any {
	data := map[string]any{}
	c.entries(n, "data", func(key string, _, value ast.Node) { data[key] = c.anything(value) })
	return data
}

func (c *compiler) anything(n ast.Node) any {
	switch at := c.resolve(n).(type) {
	case nil:
		return nil
	case *ast.MappingNode:
		return c.data(n)
	case *ast.SequenceNode:
		return list(c, n, "a list", c.anything)
	case *ast.StringNode, *ast.LiteralNode:
		text := c.bookText(n)
		if value := c.text(n); !strings.Contains(value, "{{") {
			return value
		}
		return text
	default:
		var value any
		if err := yaml.NodeToValue(at, &value); err != nil {
			c.wrong(n, "is not a value that can be published")
		}
		return value
	}
}

// fieldKeys are the keys that a form's field of each type has beside id, type, label, hint and optional.
var fieldKeys = map[alerts.FieldType][]string{
	alerts.FieldText: {"multiline"}, alerts.FieldNumber: {"min", "max"}, alerts.FieldSelect: {"options"}, alerts.FieldUser: {}, alerts.FieldDate: {},
}

func (c *compiler) fields(n ast.Node) []alerts.FormField {
	seen := map[string]int{}
	fields := list(c, n, "fields", func(n ast.Node) alerts.FormField { return c.formField(n, seen) })
	if len(fields) > maxFields || len(fields) == 0 && c.kindOf(n) == "a list" {
		c.wrong(n, "a form has 1 to %d fields, this has %d", maxFields, len(fields))
	}
	return fields
}

func (c *compiler) formField(n ast.Node, seen map[string]int) alerts.FormField {
	var f alerts.FormField
	bound := func(dst **float64) func(ast.Node) {
		return func(n ast.Node) { *dst = new(c.number(-1e12, 1e12)(n)) }
	}
	c.mapping(n, "a field", []field{
		{"id", must, c.unique(seen, "a field", &f.ID)},
		{"type", must, into(&f.Type, c.fieldType)},
		{"label", must, into(&f.Label, c.label)},
		{"hint", may, into(&f.Hint, c.textUpTo(150, "of a hint"))},
		{"optional", may, into(&f.Optional, c.truth)},
		{"multiline", may, into(&f.Multiline, c.truth)},
		{"options", may, into(&f.Options, c.options)},
		{"min", may, bound(&f.Min)},
		{"max", may, bound(&f.Max)},
	})
	if keys, known := fieldKeys[f.Type]; known {
		for _, key := range []string{"max", "min", "multiline", "options"} {
			if c.has(n, key) && !slices.Contains(keys, key) {
				c.wrong(n, "a field of type %s has no %s", f.Type, key)
			}
		}
	}
	if f.Type == alerts.FieldSelect && !c.has(n, "options") {
		c.wrong(n, "a field of type select needs options")
	}
	if f.Min != nil && f.Max != nil && *f.Min > *f.Max {
		c.wrong(n, "no number is from %g to %g: swap min and max", *f.Min, *f.Max)
	}
	return f
}

func (c *compiler) fieldType(n ast.Node) alerts.FieldType {
	names := make([]string, len(alerts.FieldTypes))
	for i, t := range alerts.FieldTypes {
		names[i] = string(t)
	}
	return alerts.FieldType(c.oneOf("type", names)(n))
}

func (c *compiler) options(n ast.Node) []string {
	lines := map[string]int{}
	options := list(c, n, "options", func(n ast.Node) string {
		value := c.label(n)
		if line := lines[value]; line > 0 {
			c.wrong(n, "option %s is here twice: first on line %d", quote(value), line)
		}
		lines[value] = start(n).line
		return value
	})
	if len(options) > maxOptions || len(options) == 0 && c.kindOf(n) == "a list" {
		c.wrong(n, "a select has 1 to %d options, this has %d", maxOptions, len(options))
	}
	return options
}
