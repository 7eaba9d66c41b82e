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

// bookRoute is a place that gives a playbook to alerts beside its own condition: a route, or a journey map.
type bookRoute struct {
	playbook string
	at       ast.Node // the name
	kinds    []alerts.Kind
	advice   string // where it is not for them
}

// bookText reads a template of a playbook.
func (c *compiler) bookText(n ast.Node) *alerts.Text {
	text := c.template(n)
	if text != nil {
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
	if !ok || route.Playbook == "" || !c.ownBooks {
		return
	}
	for _, entry := range m.Values {
		if entry.Key.GetToken().Value == "playbook" {
			c.bookRoutes = append(c.bookRoutes, bookRoute{
				route.Playbook, entry.Value, route.When.Kinds(), "Give the route a when with the kinds that it is for",
			})
		}
	}
}

// mapBook reads the playbook that a journey map names for alerts of a kind.
func (c *compiler) mapBook(kind alerts.Kind) func(ast.Node) string {
	return func(n ast.Node) string {
		name := c.ref("playbook", &c.known.playbooks)(n)
		if name != "" {
			c.bookRoutes = append(c.bookRoutes, bookRoute{name, n, []alerts.Kind{kind}, "Name one that is for " + string(kind)})
		}
		return name
	}
}

// fitKinds checks every template of the playbooks against every kind of alert that they can get: by their own condition, and by the routes
// and journey maps that name them. The bundled playbooks fit their own condition.
func (c *compiler) fitKinds(rules *alerts.Rules) {
	for _, p := range rules.Playbooks {
		own := p.For.Kinds()
		routed := c.routedTo(p.Name)
		switch {
		case p.For == nil && c.ownBooks:
			own = routed
		case p.For == nil:
			own = nil
		}
		beyond := slices.DeleteFunc(slices.Clone(routed), func(k alerts.Kind) bool { return slices.Contains(own, k) })
		for _, t := range c.bookTexts {
			if t.playbook != p.Name {
				continue
			}
			if err := t.text.FitsKinds(own); err != nil && c.ownBooks {
				c.sourceError(t.at, t.text.String(), err)
				continue
			}
			c.fitRoutes(p.Name, t.text, own, beyond)
		}
	}
}

// routedTo are the kinds of alerts to which routes and journey maps give a playbook.
func (c *compiler) routedTo(playbook string) []alerts.Kind {
	var kinds []alerts.Kind
	for _, r := range c.bookRoutes {
		if r.playbook != playbook {
			continue
		}
		for _, k := range r.kinds {
			if !slices.Contains(kinds, k) {
				kinds = append(kinds, k)
			}
		}
	}
	return kinds
}

// fitRoutes says at a route or map that it gives a playbook to alerts which that has no words for, beyond its own.
func (c *compiler) fitRoutes(playbook string, text *alerts.Text, own, beyond []alerts.Kind) {
	for _, r := range c.bookRoutes {
		if r.playbook != playbook {
			continue
		}
		kinds := slices.DeleteFunc(slices.Clone(r.kinds), func(k alerts.Kind) bool { return !slices.Contains(beyond, k) })
		if len(kinds) == 0 {
			continue
		}
		if err := text.FitsKinds(slices.Concat(own, kinds)); err != nil {
			var mistake *alerts.SourceError
			message := err.Error()
			if errors.As(err, &mistake) {
				message, _, _ = strings.Cut(mistake.Message, ", and the playbook")
			}
			c.wrong(r.at, "playbook %s is not for these alerts: %s. %s", playbook, message, r.advice)
			return
		}
	}
}
