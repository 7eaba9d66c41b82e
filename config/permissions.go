package config

import (
	"journeybot/alerts"

	"github.com/goccy/go-yaml/ast"
)

func (c *compiler) permissions(n ast.Node, _ *alerts.Rules) {
	c.wrong(n, "permissions is not supported by this version yet: remove it")
}
