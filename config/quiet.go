package config

import (
	"journeybot/alerts"

	"github.com/goccy/go-yaml/ast"
)

func (c *compiler) quiet(n ast.Node, _ *alerts.Rules) {
	c.wrong(n, "quiet is not supported by this version yet: remove it")
}

func (c *compiler) shadow(n ast.Node, _ *alerts.Rules) {
	c.wrong(n, "shadow is not supported by this version yet: remove it")
}
