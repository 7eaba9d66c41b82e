package config

import (
	"journeybot/alerts"

	"github.com/goccy/go-yaml/ast"
)

// guards reads what keeps alerts from doing harm.
func (c *compiler) guards(n ast.Node, rules *alerts.Rules) {
	c.mapping(n, "guards", []field{
		{"collision", may, into(&rules.Guards.Collision, c.collision)},
		{"freshness", may, into(&rules.Guards.Freshness, c.number(0, 100))},
	})
}

func (c *compiler) collision(n ast.Node) string {
	if mode := c.oneOf("collision", []string{alerts.CollisionHold, alerts.CollisionMark, "off"})(n); mode != "off" {
		return mode
	}
	return alerts.CollisionOff
}
