package config

import (
	"errors"
	"slices"
	"strings"

	"journeybot/alerts"

	"github.com/goccy/go-yaml/ast"
)

// bookText is a template of a playbook: its fields are checked once it is known which alerts the playbook can get.
type bookText struct {
	playbook string
	at       ast.Node
	text     *alerts.Text
}

// bookRoute is a route that names a playbook.
type bookRoute struct {
	playbook string
	at       ast.Node // the name
	when     *alerts.When
}

// bookText reads a template of a playbook.
func (c *compiler) bookText(n ast.Node) *alerts.Text {
	text := c.template(n)
	if text != nil && c.ownBooks {
		c.bookTexts = append(c.bookTexts, bookText{c.inPlaybook, n, text})
	}
	return text
}

// cardText reads a template of a playbook that stands in the alert's message, which is drawn without KPIs.
func (c *compiler) cardText(n ast.Node) *alerts.Text {
	text := c.bookText(n)
	if text.AsksFigures() {
		c.wrong(n, "kpi and sparkline stand in hints, drafts and data, not in the alert's message")
	}
	return text
}

// noteRoute remembers that a route names a playbook.
func (c *compiler) noteRoute(n ast.Node, route alerts.Route) {
	m, ok := c.resolve(n).(*ast.MappingNode)
	if !ok || route.Playbook == "" {
		return
	}
	for _, entry := range m.Values {
		if entry.Key.GetToken().Value == "playbook" {
			c.bookRoutes = append(c.bookRoutes, bookRoute{route.Playbook, entry.Value, route.When})
		}
	}
}

// fitKinds checks every template of the playbooks against every kind of alert that they can get: by their own condition, and by the routes
// that name them.
func (c *compiler) fitKinds(rules *alerts.Rules) {
	for _, p := range rules.Playbooks {
		own := p.For.Kinds()
		routed := c.routedTo(p.Name)
		if p.For == nil {
			own = routed
		}
		beyond := slices.DeleteFunc(slices.Clone(routed), func(k alerts.Kind) bool { return slices.Contains(own, k) })
		for _, t := range c.bookTexts {
			if t.playbook != p.Name {
				continue
			}
			if err := t.text.FitsKinds(own); err != nil {
				c.sourceError(t.at, t.text.String(), err)
				continue
			}
			c.fitRoutes(p.Name, t.text, beyond)
		}
	}
}

// routedTo are the kinds of alerts to which routes give a playbook.
func (c *compiler) routedTo(playbook string) []alerts.Kind {
	var kinds []alerts.Kind
	for _, r := range c.bookRoutes {
		if r.playbook != playbook {
			continue
		}
		for _, k := range r.when.Kinds() {
			if !slices.Contains(kinds, k) {
				kinds = append(kinds, k)
			}
		}
	}
	return kinds
}

// fitRoutes says at a route that it gives a playbook to alerts which that has no words for.
func (c *compiler) fitRoutes(playbook string, text *alerts.Text, beyond []alerts.Kind) {
	for _, r := range c.bookRoutes {
		if r.playbook != playbook {
			continue
		}
		kinds := slices.DeleteFunc(r.when.Kinds(), func(k alerts.Kind) bool { return !slices.Contains(beyond, k) })
		if err := text.FitsKinds(kinds); err != nil {
			var mistake *alerts.SourceError
			message := err.Error()
			if errors.As(err, &mistake) {
				message, _, _ = strings.Cut(mistake.Message, ", and the playbook")
			}
			c.wrong(r.at, "playbook %s is not for these alerts: %s. Give the route a when with the kinds that it is for", playbook, message)
			return
		}
	}
}
