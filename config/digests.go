package config

import (
	"journeybot/alerts"

	"github.com/goccy/go-yaml/ast"
)

func (c *compiler) digests(n ast.Node, _ *alerts.Rules) {
	c.wrong(n, "digests is not supported by this version yet: remove it")
}
