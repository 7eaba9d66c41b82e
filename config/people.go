package config

import (
	"slices"

	"journeybot/alerts"
	"journeybot/journey"

	"github.com/goccy/go-yaml/ast"
)

// people reads who stands in for whom.
func (c *compiler) people(n ast.Node, rules *alerts.Rules) {
	c.mapping(n, "people", []field{
		{"leads", may, into(&rules.People.Leads, c.leads)},
		{"aliases", may, into(&rules.People.Aliases, c.addresses("aliases"))},
		{"managers", may, into(&rules.People.Managers, c.addresses("managers"))},
	})
}

// leads reads who leads each segment.
func (c *compiler) leads(n ast.Node) map[string]string {
	leads := map[string]string{}
	c.entries(n, "leads", func(segment string, _, value ast.Node) {
		leads[journey.Fold(segment)] = c.lead(value)
	})
	return leads
}

// lead reads a person or a group who decides.
func (c *compiler) lead(n ast.Node) string {
	value := c.text(n)
	if value != "" && !isEmail(value) && !isGroup(value) {
		c.wrong(n, "%s is not a lead: write an e-mail address or group:@handle", quote(value))
	}
	return value
}

// addresses reads e-mail addresses that stand for others.
func (c *compiler) addresses(what string) func(ast.Node) map[string]string {
	return func(n ast.Node) map[string]string {
		addresses := map[string]string{}
		named := func(address string) bool {
			return slices.ContainsFunc(c.names(n), func(key string) bool { return journey.Fold(key) == journey.Fold(address) })
		}
		c.entries(n, what, func(key string, at, value ast.Node) {
			of, to := journey.Fold(key), c.text(value)
			switch {
			case !isEmail(key):
				c.wrong(at, "%s is not an e-mail address", quote(key))
			case to == "":
			case !isEmail(to):
				c.wrong(value, "%s is not an e-mail address", quote(to))
			case of == journey.Fold(to):
				c.wrong(value, "%s stands for itself: name another address", quote(to))
			case named(to) && what == "aliases":
				c.wrong(value, "%s is an alias itself: name the address that it stands for", quote(to))
			}
			addresses[of] = to
		})
		return addresses
	}
}
