package config

import (
	"slices"
	"time"

	"journeybot/alerts"
	"journeybot/journey"

	"github.com/goccy/go-yaml/ast"
)

// known are the names that references may use.
type known struct{ channels, calendars, escalations, playbooks []string }

const defaultCommand = "/journey"

// file compiles the whole growth file.
func (c *compiler) file(root ast.Node) (command string, rules *alerts.Rules, maps []*journey.Map) {
	command = defaultCommand
	rules = &alerts.Rules{Zone: time.UTC, Currency: "EUR", Thresholds: alerts.DefaultThresholds(), Guards: alerts.DefaultGuards(), Quiet: alerts.DefaultQuiet(), Usage: alerts.DefaultUsage()}
	if root == nil {
		c.at(place{1, 1}, "is empty; remove GROWTH_CONFIG to use the bundled growth file")
		return command, rules, nil
	}
	sections := map[string]ast.Node{}
	fields := []field{
		{"command", may, into(&command, c.command)},
		{"timezone", may, into(&rules.Zone, c.zone)},
		{"currency", may, into(&rules.Currency, c.currency)},
		{"thresholds", may, func(n ast.Node) { c.thresholds(n, &rules.Thresholds) }},
		{"milestones", may, into(&rules.Milestones, c.milestones)},
		{"usage", may, func(n ast.Node) { rules.Usage, sections["usage"] = c.usage(n), n }},
		{"charts", may, func(n ast.Node) { rules.Pictures = c.oneOf("kind of charts", []string{"slack", "png"})(n) == "png" }},
	}
	// These refer to each other and to the time zone: they are read once all names are known.
	for _, name := range []string{"channels", "fallback", "calendars", "escalation", "playbooks", "routes", "people", "quiet", "shadow", "guards", "digests", "permissions", "use", "maps", "health"} {
		fields = append(fields, field{name, may, func(n ast.Node) { sections[name] = n }})
	}
	c.mapping(root, "the growth file", fields)
	c.connected(root, sections, rules)
	maps = c.journeys(sections, rules)
	c.fitKinds(rules)
	return command, rules, maps
}

// connected reads the sections that refer to each other, and fills in what the file leaves out.
func (c *compiler) connected(root ast.Node, sections map[string]ast.Node, rules *alerts.Rules) {
	if sections["channels"] == nil && sections["routes"] == nil && sections["fallback"] == nil {
		c.bundledRouting(sections)
	}
	c.ownBooks = sections["playbooks"] != nil
	if !c.ownBooks {
		sections["playbooks"] = c.bundledSection("playbooks")
	}
	c.known = known{
		channels:    c.names(sections["channels"]),
		calendars:   c.names(sections["calendars"]),
		escalations: c.names(sections["escalation"]),
		playbooks:   c.names(sections["playbooks"]),
	}
	for _, severity := range append(severityNames(), alerts.LeadEscalation) {
		if !slices.Contains(c.known.escalations, severity) {
			c.known.escalations = append(c.known.escalations, severity)
		}
	}
	for _, needed := range []string{"channels", "routes"} {
		if sections[needed] == nil {
			c.wrong(root, "the growth file needs %s", needed)
		}
	}
	read(sections["channels"], into(&rules.Channels, c.channels))
	read(sections["playbooks"], into(&rules.Playbooks, c.playbooks))
	read(sections["routes"], into(&rules.Routes, c.routes))
	read(sections["fallback"], into(&rules.Fallback, c.fallback))
	if rules.Fallback.Channel == "" && len(rules.Routes) > 0 {
		rules.Fallback.Channel = rules.Routes[len(rules.Routes)-1].Channel
	}
	rules.Calendars = map[string]alerts.Calendar{}
	read(sections["calendars"], func(n ast.Node) { c.calendars(n, rules) })
	read(sections["people"], func(n ast.Node) { c.people(n, rules) })
	c.escalations(sections["escalation"], rules)
	read(sections["quiet"], func(n ast.Node) { c.quiet(n, rules) })
	read(sections["shadow"], func(n ast.Node) { c.shadow(n, rules) })
	rules.Guards.Calendar = c.known.calendars[0]
	read(sections["guards"], func(n ast.Node) { c.guards(n, rules) })
	c.digests(sections["digests"], rules)
	read(sections["permissions"], func(n ast.Node) { c.permissions(n, rules) })
}

func read(n ast.Node, with func(ast.Node)) {
	if n != nil {
		with(n)
	}
}

// names are the keys of a section.
func (c *compiler) names(section ast.Node) []string {
	m, ok := c.resolve(section).(*ast.MappingNode)
	if !ok {
		return nil
	}
	var names []string
	for _, entry := range m.Values {
		names = append(names, entry.Key.GetToken().Value)
	}
	return names
}

// ref reads a name that must be one of names.
func (c *compiler) ref(what string, names *[]string) func(ast.Node) string {
	return func(n ast.Node) string { return c.oneOf(what, *names)(n) }
}

func (c *compiler) milestones(n ast.Node) map[string]string {
	titles := map[string]string{}
	c.entries(n, "milestones", func(key string, at, value ast.Node) {
		c.checkName(at, "a milestone", key)
		titles[key] = c.text(value)
	})
	return titles
}

// bundledRouting takes channels, fallback and routes from the bundled file.
func (c *compiler) bundledRouting(sections map[string]ast.Node) {
	for _, name := range []string{"channels", "fallback", "routes"} {
		sections[name] = c.bundledSection(name)
	}
}

// bundledSection is a section of the bundled file, which refers to nothing outside of what is taken together.
func (c *compiler) bundledSection(name string) ast.Node {
	b := &compiler{name: bundledName, source: bundled}
	if root, ok := b.parse().(*ast.MappingNode); ok {
		for _, entry := range root.Values {
			if entry.Key.GetToken().Value == name {
				return entry.Value
			}
		}
	}
	return nil
}
