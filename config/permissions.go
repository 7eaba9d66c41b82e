package config

import (
	"journeybot/alerts"

	"github.com/goccy/go-yaml/ast"
)

const anyone = "anyone"

// permissions reads who may change what from Slack.
func (c *compiler) permissions(n ast.Node, rules *alerts.Rules) {
	c.mapping(n, "permissions", []field{
		{"act", may, into(&rules.Permissions.Act, c.permission)},
		{"mute", may, into(&rules.Permissions.Mute, c.permission)},
		{"operate", may, into(&rules.Permissions.Operate, c.permission)},
	})
}

func (c *compiler) permission(n ast.Node) alerts.Permission {
	switch value := c.text(n); {
	case value == anyone:
		return alerts.Anyone
	case value == "", value == string(alerts.ChannelMembers), isGroup(value):
		return alerts.Permission(value)
	default:
		c.wrong(n, "%s is nobody who may: write anyone, channel_members or group:@handle", quote(value))
		return alerts.Anyone
	}
}
