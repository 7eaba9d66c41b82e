package config

import (
	"journeybot/alerts"

	"github.com/goccy/go-yaml/ast"
)

func (c *compiler) people(n ast.Node, _ *alerts.Rules) {
	c.wrong(n, "people is not supported by this version yet: remove it")
}
