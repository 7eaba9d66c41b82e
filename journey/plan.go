package journey

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
)

// Plan is a way to make a rule true: steps that the customer can take. The zero Plan is nothing to do.
type Plan struct {
	Steps []Step // cheapest plan first, within it in the order of the rule's names
	Waits bool   // something else must happen too: a number reported, a state changed, time passed
}

// Step is more of one thing.
type Step struct {
	Label string // searches
	Reads Need   // without window
	More  int
}

// OneAction reports whether a single kind of step is all that is missing.
func (p Plan) OneAction() bool { return !p.Waits && len(p.Steps) == 1 }

// String is the plan in words: 3 searches and 2 exports.
func (p Plan) String() string {
	words := make([]string, 0, len(p.Steps))
	for _, s := range p.Steps {
		label := s.Label
		if s.More == 1 {
			label = singular(label)
		}
		words = append(words, fmt.Sprintf("%d %s", s.More, label))
	}
	return strings.Join(words, " and ")
}

// plan is a way to make a condition true.
type plan struct {
	more  map[action]int
	waits int
}

func (p plan) cost() int {
	sum := p.waits * 1_000_000
	for _, units := range p.more {
		sum += units + 1
	}
	return sum
}

// mostPlans bounds the work where alternatives multiply.
const mostPlans = 32

// plans are ways to make a condition true, cheapest first.
func plans(c *condition, m *moment) []plan {
	if c.truth(m) == Yes {
		return []plan{{}}
	}
	if c.leaf != nil {
		return []plan{c.leaf.plan(m)}
	}
	if !c.all {
		var out []plan
		for _, part := range c.parts {
			out = append(out, plans(part, m)...)
		}
		return cheapest(out)
	}
	out := []plan{{}}
	for _, part := range c.parts {
		var crossed []plan
		for _, b := range plans(part, m) {
			for _, a := range out {
				crossed = append(crossed, both(a, b))
			}
		}
		out = cheapest(crossed)
	}
	return out
}

func cheapest(all []plan) []plan {
	slices.SortStableFunc(all, func(a, b plan) int { return cmp.Compare(a.cost(), b.cost()) })
	return all[:min(len(all), mostPlans)]
}

// both takes of each action as many as either needs: what counts for one counts for the other.
func both(a, b plan) plan {
	out := plan{more: maps.Clone(a.more), waits: a.waits + b.waits}
	for what, units := range b.more {
		if out.more == nil {
			out.more = map[action]int{}
		}
		out.more[what] = max(out.more[what], units)
	}
	return out
}

func (l *leaf) plan(m *moment) plan {
	if !l.grows() {
		return plan{waits: 1}
	}
	have, _ := l.left.eval(m)
	missing := math.Ceil(*l.right.literal - have)
	if l.op == ">" {
		missing = math.Floor(*l.right.literal-have) + 1
	}
	n := *l.left.reads
	if missing > math.MaxInt32 || n.Function == FuncActiveDays && n.Window.Days > 0 && have+missing > float64(n.Window.Days) {
		return plan{waits: 1}
	}
	return plan{more: map[action]int{{n.Function, n.Name, n.Persona}: int(missing)}}
}

// plan is the cheapest way to make the rule true at a moment; false when there is none without waiting.
func (r *Rule) plan(m *moment, label func(Need) string) Plan {
	all := plans(r.root, m)
	chosen := all[0]
	for _, p := range all {
		if p.waits == 0 && r.holdsAfter(m, p) {
			return p.inWords(label)
		}
	}
	out := chosen.inWords(label)
	out.Waits = true
	return out
}

// holdsAfter checks a plan: in odd rules, more of one thing breaks another term.
func (r *Rule) holdsAfter(m *moment, p plan) bool {
	after := *m
	after.more = p.more
	return r.on(&after) == Yes
}

func (p plan) inWords(label func(Need) string) Plan {
	out := Plan{Waits: p.waits > 0}
	for what, units := range p.more {
		n := Need{Function: what.function, Name: what.event, Persona: what.persona}
		out.Steps = append(out.Steps, Step{Label: label(n), Reads: n, More: units})
	}
	slices.SortFunc(out.Steps, func(a, b Step) int {
		return cmp.Or(cmp.Compare(a.Label, b.Label), cmp.Compare(a.Reads.Function, b.Reads.Function))
	})
	return out
}
