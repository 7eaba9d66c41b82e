package config

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"journeybot/alerts"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

// What Slack's messages and modals hold.
const (
	maxSteps   = 20
	maxActions = 20
	maxLabel   = 75
	maxStepID  = 38 // bytes: a button carries it beside the alert's id
)

func (c *compiler) playbooks(n ast.Node) []alerts.Playbook {
	var playbooks []alerts.Playbook
	c.entries(n, "playbooks", func(key string, at, value ast.Node) {
		c.checkName(at, "a playbook", key)
		playbooks = append(playbooks, c.playbook(key, value))
	})
	return playbooks
}

func (c *compiler) playbook(name string, n ast.Node) alerts.Playbook {
	p := alerts.Playbook{Name: name}
	c.mapping(n, "playbook "+name, []field{
		{"for", may, into(&p.For, c.when)},
		{"steps", must, into(&p.Steps, c.steps)},
		{"actions", may, into(&p.Actions, c.actions)},
		{"outcomes", may, into(&p.Outcomes, c.outcomes)},
		{"review", may, func(n ast.Node) { p.Review = list(c, n, "review", c.duration) }},
	})
	return p
}

func (c *compiler) steps(n ast.Node) []alerts.Step {
	seen := map[string]int{}
	steps := list(c, n, "steps", func(n ast.Node) alerts.Step {
		var step alerts.Step
		c.mapping(n, "a step", []field{
			{"id", must, c.unique(seen, "a step", &step.ID)},
			{"title", must, into(&step.Title, c.template)},
			{"hint", may, into(&step.Hint, c.template)},
			{"role", may, into(&step.Role, c.text)},
			{"due", may, into(&step.Due, c.duration)},
			{"optional", may, into(&step.Optional, c.truth)},
		})
		if len(step.ID) > maxStepID {
			c.wrong(n, "id %s is too long for a step: at most %d bytes", quote(step.ID), maxStepID)
		}
		return step
	})
	if len(steps) > maxSteps || len(steps) == 0 && c.kindOf(n) == "a list" {
		c.wrong(n, "a playbook has 1 to %d steps, this has %d", maxSteps, len(steps))
	}
	return steps
}

// unique reads an id that no other element of the list may have.
func (c *compiler) unique(seen map[string]int, what string, dst *string) func(ast.Node) {
	return func(n ast.Node) {
		*dst = c.id(what)(n)
		if line := seen[*dst]; line > 0 {
			c.wrong(n, "id %s is here twice: first on line %d", quote(*dst), line)
			return
		}
		if *dst != "" {
			seen[*dst] = start(n).line
		}
	}
}

var outcomes = []string{
	string(alerts.Saved), string(alerts.ChurnedOut), string(alerts.NoAction), string(alerts.FalseAlarm),
	string(alerts.Converted), string(alerts.Expanded), string(alerts.Nurturing), string(alerts.Disqualified),
}

func (c *compiler) outcomes(n ast.Node) []alerts.Outcome {
	return list(c, n, "outcomes", func(n ast.Node) alerts.Outcome {
		return alerts.Outcome(c.oneOf("outcome", outcomes)(n))
	})
}

// actionFields are the keys that an action of each type has beside id, type and label.
var actionFields = map[string]struct{ must, may []string }{
	"link":    {must: []string{"url"}},
	"publish": {must: []string{"name"}, may: []string{"confirm", "data"}},
	"assign":  {},
	"snooze":  {},
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
	c.mapping(n, "an action", []field{
		{"id", must, c.unique(seen, "an action", &a.ID)},
		{"type", must, into(&a.Type, c.actionType)},
		{"label", must, into(&a.Label, c.label)},
		{"url", may, into(&a.URL, c.url)},
		{"name", may, into(&a.Name, c.actionName)},
		{"confirm", may, into(&a.Confirm, c.label)},
		{"data", may, into(&a.Data, c.data)},
	})
	c.fitsType(n, a.Type)
	return a
}

// fitsType checks that an action has the keys of its type and no other's.
func (c *compiler) fitsType(n ast.Node, kind string) {
	fields, ok := actionFields[kind]
	if !ok {
		return
	}
	for _, key := range []string{"url", "name", "confirm", "data"} {
		switch wanted, has := slices.Contains(fields.must, key), c.has(n, key); {
		case wanted && !has:
			c.wrong(n, "an action of type %s needs %s", kind, key)
		case has && !wanted && !slices.Contains(fields.may, key):
			c.wrong(n, "an action of type %s has no %s", kind, key)
		}
	}
}

func (c *compiler) actionType(n ast.Node) string {
	switch value := c.text(n); value {
	case "message", "form":
		c.wrong(n, "actions of type %s are not supported by this version yet: remove it", value)
	case "":
	default:
		return c.oneOf("type", []string{"link", "publish", "assign", "snooze"})(n)
	}
	return ""
}

func (c *compiler) label(n ast.Node) string {
	value := c.text(n)
	if count := utf8.RuneCountInString(value); count > maxLabel {
		c.wrong(n, "has %d characters, more than the %d of a button", count, maxLabel)
	}
	return value
}

// url reads a template of a web address: what is written before the first {{ decides that it is one.
func (c *compiler) url(n ast.Node) string {
	c.template(n)
	value := c.text(n)
	fixed, _, _ := strings.Cut(value, "{{")
	if fixed != "" && !strings.HasPrefix(fixed, "https://") && !strings.HasPrefix(fixed, "http://") {
		c.wrong(n, "%s is not a web address: begin with https://", quote(value))
	}
	return value
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
		c.template(n)
		return c.text(n)
	default:
		var value any
		if err := yaml.NodeToValue(at, &value); err != nil {
			c.wrong(n, "is not a value that can be published")
		}
		return value
	}
}
