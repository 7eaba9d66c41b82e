package config

import (
	"journeybot/alerts"

	"github.com/goccy/go-yaml/ast"
)

// What Slack's messages and modals hold.
const (
	maxSteps   = 20
	maxActions = 20
	maxLabel   = 75
	maxStepID  = 38 // bytes, of actions and playbooks too: a button carries it beside the alert's id
	maxFields  = 20
	maxOptions = 100
)

func (c *compiler) playbooks(n ast.Node) []alerts.Playbook {
	var playbooks []alerts.Playbook
	c.entries(n, "playbooks", func(key string, at, value ast.Node) {
		c.checkName(at, "a playbook", key)
		c.fitsButton(at, key, "a playbook")
		c.inPlaybook = key
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
			{"title", must, into(&step.Title, c.cardText)},
			{"hint", may, into(&step.Hint, c.bookText)},
			{"role", may, into(&step.Role, c.text)},
			{"due", may, into(&step.Due, c.duration)},
			{"optional", may, into(&step.Optional, c.truth)},
		})
		c.fitsButton(n, step.ID, "a step")
		return step
	})
	if len(steps) > maxSteps || len(steps) == 0 && c.kindOf(n) == "a list" {
		c.wrong(n, "a playbook has 1 to %d steps, this has %d", maxSteps, len(steps))
	}
	return steps
}

// fitsButton checks that a button can carry the id beside an alert's.
func (c *compiler) fitsButton(n ast.Node, id, what string) {
	if len(id) > maxStepID {
		c.wrong(n, "id %s is too long for %s: at most %d bytes", quote(id), what, maxStepID)
	}
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
