package config

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"journeybot/alerts"
	"journeybot/journey"

	"github.com/goccy/go-yaml/ast"
)

// bundledMaps are the maps that `use` names, each a growth file of its own with maps and playbooks.
//
//go:embed maps/*.yaml
var bundledMaps embed.FS

// BundledMaps are the names that `use` can have, sorted.
func BundledMaps() []string {
	files, err := bundledMaps.ReadDir("maps")
	if err != nil {
		panic(err) // embedded
	}
	names := make([]string, 0, len(files))
	for _, f := range files {
		names = append(names, strings.TrimSuffix(f.Name(), ".yaml"))
	}
	return names
}

// journeys reads the maps: those of the file first, then the bundled ones that it uses.
func (c *compiler) journeys(sections map[string]ast.Node, rules *alerts.Rules) []*journey.Map {
	reader := &mapReader{compiler: c, zone: rules.Zone, seen: map[string]int{}}
	read(sections["health"], func(n ast.Node) { reader.health, reader.healthText = reader.healthModel(n), n.String() })
	var maps []*journey.Map
	read(sections["maps"], func(n ast.Node) { maps = list(c, n, "maps", reader.journey) })
	read(sections["use"], func(n ast.Node) {
		list(c, n, "use", func(n ast.Node) string {
			name := c.oneOf("bundled map", BundledMaps())(n)
			if name != "" {
				maps = append(maps, c.bundledMap(n, name, reader, rules)...)
			}
			return name
		})
	})
	for _, m := range maps {
		nameMilestones(m, rules)
	}
	c.keepsWindows(sections, rules, maps)
	return maps
}

// nameMilestones lets alerts know the milestones by their titles; titles that the file gives stay.
func nameMilestones(m *journey.Map, rules *alerts.Rules) {
	if rules.Milestones == nil {
		rules.Milestones = map[string]string{}
	}
	all := m.Milestones()
	for i := range m.Branches {
		for j := range m.Branches[i].Milestones {
			all = append(all, &m.Branches[i].Milestones[j])
		}
	}
	for _, ms := range all {
		if rules.Milestones[ms.ID] == "" && ms.Title != "" {
			rules.Milestones[ms.ID] = ms.Title
		}
	}
}

// bundledMap compiles a bundled map; its playbooks join those of the file, which win.
func (c *compiler) bundledMap(n ast.Node, name string, from *mapReader, rules *alerts.Rules) []*journey.Map {
	text, err := bundledMaps.ReadFile("maps/" + name + ".yaml")
	if err != nil {
		panic(err) // embedded
	}
	b := &compiler{name: "maps/" + name + ".yaml (bundled)", source: string(text), ownBooks: true}
	var sections struct{ maps, playbooks ast.Node }
	root := b.parse()
	b.mapping(root, "a bundled map", []field{
		{"maps", must, func(n ast.Node) { sections.maps = n }},
		{"playbooks", may, func(n ast.Node) { sections.playbooks = n }},
	})
	b.known = c.known
	b.known.playbooks = append(slices.Clone(c.known.playbooks), b.names(sections.playbooks)...)
	var own alerts.Rules
	read(sections.playbooks, func(n ast.Node) {
		own.Playbooks = b.playbooks(n)
		for _, p := range own.Playbooks {
			if !slices.ContainsFunc(rules.Playbooks, func(known alerts.Playbook) bool { return known.Name == p.Name }) {
				rules.Playbooks = append(rules.Playbooks, p)
			}
		}
	})
	reader := &mapReader{compiler: b, zone: from.zone, health: from.health, healthText: from.healthText, seen: from.seen, used: start(n).line}
	var maps []*journey.Map
	read(sections.maps, func(n ast.Node) { maps = list(b, n, "maps", reader.journey) })
	b.fitKinds(&own)
	for _, r := range b.bookRoutes {
		r.at = n // the file's playbook of that name wins
		c.bookRoutes = append(c.bookRoutes, r)
	}
	for _, problem := range b.problems.List {
		c.wrong(n, "bundled map %s: %s", name, problem.What)
	}
	return maps
}

// mapReader reads maps; each of its milestones may refer to those before it.
type mapReader struct {
	*compiler
	zone       *time.Location
	health     *journey.HealthModel // of maps without one
	healthText string
	seen       map[string]int // maps, by their line
	used       int            // line of `use`, for bundled maps

	milestones map[string]int // of the map that is being read, by their line
	others     map[string]int // branches, personas …, by their line
	pointers   []pointer      // to milestones that may come later
}

// pointer is a reference that is checked once all names are known.
type pointer struct {
	at   ast.Node
	name string
}

func (r *mapReader) journey(n ast.Node) *journey.Map {
	m := &journey.Map{Zone: r.zone, Grace: defaultGrace, Health: r.health}
	r.milestones, r.others, r.pointers = map[string]int{}, map[string]int{}, nil
	later := map[string]ast.Node{}
	keep := func(name string) field { return field{name, may, func(n ast.Node) { later[name] = n }} }
	r.mapping(n, "a map", []field{
		{"id", must, into(&m.ID, r.id("a map"))},
		{"title", may, into(&m.Title, r.text)},
		{"when", may, into(&m.When, r.selector)},
		{"jobs", may, into(&m.Jobs, r.jobs)},
		{"names", may, into(&m.Names, r.eventNames)},
		{"grace", may, func(n ast.Node) { m.Grace = int(r.number(0, 60)(n)) }},
		{"phases", must, func(n ast.Node) { m.Phases = list(r.compiler, n, "phases", r.phase) }},
		keep("branches"), keep("personas"), keep("triggers"), keep("limits"),
		{"health", may, into(&m.Health, r.healthModel)},
	})
	read(later["branches"], func(n ast.Node) { m.Branches = list(r.compiler, n, "branches", r.branch) })
	read(later["personas"], func(n ast.Node) { m.Personas = list(r.compiler, n, "personas", r.persona) })
	read(later["triggers"], func(n ast.Node) { m.Triggers = list(r.compiler, n, "triggers", r.trigger) })
	read(later["limits"], func(n ast.Node) { m.Limits = list(r.compiler, n, "limits", r.limit) })
	for _, p := range r.pointers {
		if r.milestones[p.name] == 0 {
			r.unknown(p.at, "milestone "+quote(p.name), p.name, sortedKeys(r.milestones))
		}
	}
	if len(m.Stages()) == 0 && r.has(n, "phases") {
		r.wrong(n, "a map needs a milestone that an account can be at")
	}
	r.once(n, "map", m.ID, r.seen)
	m.Revision = r.revision(n, m)
	return m
}

// defaultGrace is in working days.
const defaultGrace = 2

// once refuses an id that is taken.
func (r *mapReader) once(n ast.Node, what, id string, seen map[string]int) {
	if id == "" {
		return
	}
	if line := seen[id]; line > 0 {
		r.wrong(n, "%s %s is here twice: first on line %d", what, quote(id), line)
		return
	}
	seen[id] = start(n).line
	if r.used > 0 {
		seen[id] = r.used
	}
}

// revision changes when anything does that the map's standings depend on.
func (r *mapReader) revision(n ast.Node, m *journey.Map) string {
	text := n.String() + "\n" + m.Zone.String()
	if m.Health == r.health {
		text += r.healthText
	}
	if len(r.anchors) > 0 {
		text += r.source
	}
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:8])
}

func (r *mapReader) jobs(n ast.Node) map[string]string {
	jobs := map[string]string{}
	r.entries(n, "jobs", func(key string, _, value ast.Node) {
		if key == "default" {
			key = ""
		}
		jobs[key] = r.text(value)
	})
	return jobs
}

func (r *mapReader) eventNames(n ast.Node) map[string]string {
	names := map[string]string{}
	r.entries(n, "names", func(key string, _, value ast.Node) { names[key] = r.text(value) })
	return names
}

func (r *mapReader) phase(n ast.Node) journey.Phase {
	var p journey.Phase
	r.mapping(n, "a phase", []field{
		{"id", must, into(&p.ID, r.id("a phase"))},
		{"title", may, into(&p.Title, r.text)},
		{"team", may, into(&p.Team, r.text)},
		{"handoff", may, into(&p.Handoff, r.text)},
		{"metric", may, into(&p.Metric, r.text)},
		{"milestones", may, func(n ast.Node) { p.Milestones = list(r.compiler, n, "milestones", r.milestone) }},
		{"wheel", may, func(n ast.Node) { p.Wheel = list(r.compiler, n, "wheel", r.wheelStep) }},
	})
	return p
}

func (r *mapReader) wheelStep(n ast.Node) journey.WheelStep {
	var w journey.WheelStep
	r.mapping(n, "a step of a wheel", []field{
		{"id", must, into(&w.ID, r.id("a step of a wheel"))},
		{"title", may, into(&w.Title, r.text)},
		{"kpi", must, into(&w.Rule, r.rule)},
	})
	r.once(n, "step", w.ID, r.others)
	return w
}

func (r *mapReader) milestone(n ast.Node) journey.Milestone {
	var ms journey.Milestone
	scope := ""
	r.mapping(n, "a milestone", []field{
		{"id", must, into(&ms.ID, r.id("a milestone"))},
		{"title", may, into(&ms.Title, r.text)},
		{"kpi", may, into(&ms.Rule, r.rule)},
		{"optional", may, into(&ms.Optional, r.truth)},
		{"overlay", may, into(&ms.Overlay, r.truth)},
		{"points_to", may, into(&ms.PointsTo, r.pointer)},
		{"scope", may, into(&scope, r.oneOf("scope", []string{"account", "cohort"}))},
		{"expect_within", may, func(n ast.Node) { ms.Within, ms.Usual = r.within(n) }},
		{"sustain", may, into(&ms.Sustain, r.sustain)},
		{"on_reached", may, into(&ms.OnReached, r.mapBook(alerts.MilestoneReached))},
		{"on_dropoff", may, into(&ms.OnDropoff, r.mapBook(alerts.MilestoneDropoff))},
		{"on_regress", may, into(&ms.OnRegress, r.mapBook(alerts.MilestoneDropoff))},
	})
	ms.Cohort = scope == "cohort"
	r.once(n, "milestone", ms.ID, r.milestones)
	r.fits(n, ms)
	return ms
}

// fits refuses keys that mean nothing together.
func (r *mapReader) fits(n ast.Node, ms journey.Milestone) {
	beside := ms.Optional || ms.Overlay || ms.Cohort
	for _, clash := range []struct {
		wrong bool
		what  string
	}{
		{ms.Overlay && ms.Cohort, "an overlay has no scope: cohort"},
		{ms.Overlay && ms.Sustain != nil, "an overlay lasts as long as its rule holds: it has no sustain"},
		{ms.Overlay && ms.Rule == nil && r.has(n, "overlay"), "an overlay needs kpi"},
		{ms.PointsTo != "" && !ms.Overlay, "only an overlay has points_to"},
		{beside && (ms.Within > 0 || ms.Usual), "optional milestones, overlays and cohorts are not expected: remove expect_within"},
		{ms.Sustain != nil && ms.Rule == nil && !r.has(n, "kpi"), "sustain needs kpi"},
		{ms.OnRegress != "" && ms.Sustain == nil, "only a milestone with sustain can be lost: remove on_regress"},
	} {
		if clash.wrong {
			r.wrong(n, "%s", clash.what)
		}
	}
}

// pointer reads the id of a milestone that may come later.
func (r *mapReader) pointer(n ast.Node) string {
	name := r.text(n)
	if name != "" {
		r.pointers = append(r.pointers, pointer{n, name})
	}
	return name
}

// within reads whole days, or usual.
func (r *mapReader) within(n ast.Node) (days int, usual bool) {
	if s, ok := r.resolve(n).(*ast.StringNode); ok && s.Value == "usual" {
		return 0, true
	}
	return r.days(n), false
}

func (r *mapReader) days(n ast.Node) int {
	d := r.duration(n)
	if d%day != 0 {
		r.wrong(n, "must be whole days, such as 14d")
	}
	return int(d / day)
}

func (r *mapReader) sustain(n ast.Node) *journey.Sustain {
	s := &journey.Sustain{}
	problems := len(r.problems.List)
	r.mapping(n, "sustain", []field{
		{"every", must, into(&s.Every, r.window)},
		{"warn", may, into(&s.Warn, r.days)},
	})
	if len(r.problems.List) == problems && s.Every == (journey.Window{}) {
		r.wrong(n, "sustain needs a window with an end, such as month or 30d")
	}
	if s.Every.Calendar == journey.Month && s.Warn > 27 {
		r.wrong(n, "warn must be shorter than a month")
	}
	return s
}

func (r *mapReader) window(n ast.Node) journey.Window {
	text := r.text(n)
	if text == "" {
		return journey.Window{}
	}
	w, err := journey.ParseWindow(text)
	if err != nil {
		r.wrong(n, "%v", err)
	}
	return w
}

func (r *mapReader) branch(n ast.Node) journey.Branch {
	var b journey.Branch
	r.mapping(n, "a branch", []field{
		{"id", must, into(&b.ID, r.id("a branch"))},
		{"title", may, into(&b.Title, r.text)},
		{"opens", must, into(&b.Opens, r.rule)},
		{"polarity", may, into(&b.Polarity, r.oneOf("polarity", []string{string(alerts.Risk), string(alerts.Opportunity), string(alerts.Neutral)}))},
		{"playbook", may, into(&b.Playbook, r.mapBook(alerts.PathOpened))},
		{"milestones", may, func(n ast.Node) { b.Milestones = list(r.compiler, n, "milestones", r.milestone) }},
	})
	if b.Polarity == "" {
		b.Polarity = string(alerts.Neutral)
	}
	r.once(n, "branch", b.ID, r.others)
	return b
}

func (r *mapReader) persona(n ast.Node) journey.Persona {
	var p journey.Persona
	r.mapping(n, "a persona", []field{
		{"id", must, into(&p.ID, r.id("a persona"))},
		{"title", may, into(&p.Title, r.text)},
		{"expect", may, into(&p.Expect, r.rule)},
		{"on_quiet", may, into(&p.OnQuiet, r.mapBook(alerts.PersonaQuiet))},
	})
	r.once(n, "persona", p.ID, r.others)
	if p.OnQuiet != "" && !r.has(n, "expect") {
		r.wrong(n, "quiet of persona %s is healthy without expect: remove on_quiet", p.ID)
	}
	return p
}

func (r *mapReader) trigger(n ast.Node) journey.Trigger {
	t := journey.Trigger{Score: defaultTriggerScore}
	r.mapping(n, "a trigger", []field{
		{"id", must, into(&t.ID, r.id("a trigger"))},
		{"reason", must, into(&t.Reason, r.text)},
		{"kpi", must, into(&t.Rule, r.rule)},
		{"score", may, into(&t.Score, r.number(0, 100))},
	})
	r.once(n, "trigger", t.ID, r.others)
	return t
}

// defaultTriggerScore is ready for sales.
const defaultTriggerScore = 80

func (r *mapReader) limit(n ast.Node) journey.Limit {
	var l journey.Limit
	period := ""
	r.mapping(n, "a limit", []field{
		{"resource", must, into(&l.Resource, r.text)},
		{"unit", may, into(&l.Unit, r.text)},
		{"next_plan", may, into(&l.NextPlan, r.text)},
		{"used", must, into(&l.Used, r.formula)},
		{"limit", must, into(&l.Limit, r.formula)},
		{"period", may, into(&period, r.oneOf("period", []string{string(journey.Month), string(journey.Quarter)}))},
		{"steps", may, func(n ast.Node) { l.Steps = list(r.compiler, n, "steps", r.count(1000)) }},
	})
	l.Period = journey.Calendar(period)
	r.once(n, "limit", l.Resource, r.others)
	if !slices.IsSorted(l.Steps) {
		r.wrong(n, "steps must rise")
	}
	return l
}

func (r *mapReader) healthModel(n ast.Node) *journey.HealthModel {
	score := r.number(0, 100)
	h := &journey.HealthModel{Green: 75, Yellow: 50, Hysteresis: 3}
	problems := len(r.problems.List)
	r.mapping(n, "health", []field{
		{"green", may, into(&h.Green, score)},
		{"yellow", may, into(&h.Yellow, score)},
		{"hysteresis", may, into(&h.Hysteresis, score)},
		{"measures", must, func(n ast.Node) { h.Measures = list(r.compiler, n, "measures", r.measure) }},
	})
	if len(r.problems.List) == problems && h.Green <= h.Yellow {
		r.wrong(n, "green (%g) must be above yellow (%g)", h.Green, h.Yellow)
	}
	if len(r.problems.List) == problems && len(h.Measures) == 0 {
		r.wrong(n, "health needs a measure")
	}
	return h
}

func (r *mapReader) measure(n ast.Node) journey.Measure {
	var m journey.Measure
	border := r.number(-1e12, 1e12)
	r.mapping(n, "a measure", []field{
		{"id", must, into(&m.ID, r.id("a measure"))},
		{"title", may, into(&m.Title, r.text)},
		{"weight", must, into(&m.Weight, r.number(0, 1000))},
		{"weights", may, func(n ast.Node) {
			m.Weights = map[string]float64{}
			r.entries(n, "weights", func(key string, _, value ast.Node) { m.Weights[key] = r.number(0, 1000)(value) })
		}},
		{"value", must, into(&m.Value, r.formula)},
		{"bad", must, into(&m.Bad, border)},
		{"good", must, into(&m.Good, border)},
		{"tighten", may, func(n ast.Node) {
			m.Tighten = list(r.compiler, n, "tighten", func(n ast.Node) journey.Tightening {
				var t journey.Tightening
				r.mapping(n, "tighten", []field{
					{"from_month", must, into(&t.FromMonth, r.count(1200))},
					{"bad", must, into(&t.Bad, border)},
					{"good", must, into(&t.Good, border)},
				})
				return t
			})
		}},
	})
	if m.Title == "" {
		m.Title = strings.ReplaceAll(m.ID, "_", " ")
	}
	return m
}
