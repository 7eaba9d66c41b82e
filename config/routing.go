package config

import (
	"slices"

	"journeybot/alerts"

	"github.com/goccy/go-yaml/ast"
)

func (c *compiler) channels(n ast.Node) map[string]alerts.Channel {
	channels := map[string]alerts.Channel{}
	used := map[alerts.Target]string{}
	c.entries(n, "channels", func(key string, at, value ast.Node) {
		c.checkName(at, "a channel", key)
		channel := alerts.Channel{Audience: "auto"}
		c.mapping(value, "channel "+key, []field{
			{"slack", must, into(&channel.Slack, c.slackChannel)},
			{"audience", may, into(&channel.Audience, c.oneOf("audience", []string{"auto", "internal", "external"}))},
		})
		if other := used[channel.Slack]; other != "" {
			c.wrong(at, "channel %s is %s, and so is channel %s: keep one", key, channel.Slack, other)
		}
		if channel.Slack != "" {
			used[channel.Slack] = key
		}
		channels[key] = channel
	})
	return channels
}

func (c *compiler) fallback(n ast.Node) alerts.Fallback {
	var fallback alerts.Fallback
	c.mapping(n, "fallback", []field{
		{"channel", must, into(&fallback.Channel, c.ref("channel", &c.known.channels))},
		{"owner", may, into(&fallback.Owner, c.owner(false))},
	})
	return fallback
}

func (c *compiler) routes(n ast.Node) []alerts.Route {
	var last ast.Node // element of the list
	names, catchAll := map[string]int{}, ""
	routes := list(c, n, "routes", func(n ast.Node) alerts.Route {
		if catchAll != "" {
			c.wrong(last, "route %s matches everything, so none after it is ever reached: give it when, or put it last", quote(catchAll))
		}
		last, catchAll = n, ""
		route := c.route(n)
		if line := names[route.Name]; line > 0 {
			c.wrong(n, "route %s is here twice: first on line %d", quote(route.Name), line)
		}
		if route.Name != "" {
			names[route.Name] = start(n).line
			if !c.has(n, "when") && !route.Continue {
				catchAll = route.Name
			}
		}
		return route
	})
	if last == nil {
		if c.kindOf(n) == "a list" {
			c.wrong(n, "routes needs at least a default: {name: default, channel: …}")
		}
		return routes
	}
	if c.has(last, "when") {
		c.wrong(last, "the last route must match everything: add a default without when after it")
	}
	return routes
}

// has reports whether a mapping has the key, whatever its value.
func (c *compiler) has(n ast.Node, key string) bool { return slices.Contains(c.names(n), key) }

func (c *compiler) route(n ast.Node) alerts.Route {
	var route alerts.Route
	c.mapping(n, "a route", []field{
		{"name", must, into(&route.Name, c.text)},
		{"when", may, into(&route.When, c.when)},
		{"channel", may, into(&route.Channel, c.ref("channel", &c.known.channels))},
		{"owner", may, into(&route.Owner, c.owners)},
		{"playbook", may, into(&route.Playbook, c.ref("playbook", &c.known.playbooks))},
		{"escalation", may, into(&route.Escalation, c.ref("escalation", &c.known.escalations))},
		{"severity", may, into(&route.Severity, c.severity)},
		{"continue", may, into(&route.Continue, c.truth)},
	})
	c.noteRoute(n, route)
	if !c.has(n, "channel") && !route.Continue && route.Name != "" {
		c.wrong(n, "route %s needs a channel (or continue: true, to leave it to a later route)", quote(route.Name))
	}
	return route
}

// owners reads one owner or a list of them, of which the first that exists is taken.
func (c *compiler) owners(n ast.Node) []string {
	one := c.owner(true)
	if _, many := c.resolve(n).(*ast.SequenceNode); !many {
		return []string{one(n)}
	}
	owners := list(c, n, "owner", one)
	if len(owners) == 0 {
		c.wrong(n, "owner names nobody: leave it out")
	}
	return owners
}
