package config

import (
	"journeybot/alerts"

	"github.com/goccy/go-yaml/ast"
)

func (c *compiler) guards(n ast.Node, _ *alerts.Rules) {
	c.wrong(n, "guards is not supported by this version yet: remove it")
}
