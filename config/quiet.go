package config

import (
	"journeybot/alerts"

	"github.com/goccy/go-yaml/ast"
)

// quiet reads what is held back or put together.
func (c *compiler) quiet(n ast.Node, rules *alerts.Rules) {
	c.mapping(n, "quiet", []field{
		{"storm", may, into(&rules.Quiet.Storm, c.storm)},
	})
}

func (c *compiler) shadow(n ast.Node, _ *alerts.Rules) {
	c.wrong(n, "shadow is not supported by this version yet: remove it")
}
