package journey

import "slices"

// Rule is a compiled condition over an account's history. It is safe for concurrent use.
//
// It has three values: what depends on a number that is not known is unknown, and so is its negation. A milestone is reached when its rule is Yes.
type Rule struct {
	source string
	root   *condition
	needs  []Need
}

// Formula is a compiled number over an account's history. It is safe for concurrent use.
type Formula struct {
	source string
	value  number
	needs  []Need
}

// String returns the rule as it was written.
func (r *Rule) String() string { return r.source }

// String returns the formula as it was written.
func (f *Formula) String() string { return f.source }

// Needs are the numbers that the rule reads, each once. A nil Rule reads none.
func (r *Rule) Needs() []Need {
	if r == nil {
		return nil
	}
	return slices.Clone(r.needs)
}

// Needs are the numbers that the formula reads, each once. A nil Formula reads none.
func (f *Formula) Needs() []Need {
	if f == nil {
		return nil
	}
	return slices.Clone(f.needs)
}

// Matches reports whether the rule certainly holds for what is known of the account itself. A nil Rule holds always.
func (r *Rule) Matches(a Account, on Day) bool {
	return r == nil || r.on(&moment{past: newPast(History{Account: a}, nil), day: on}) == Yes
}

// on is the rule's value at a moment.
func (r *Rule) on(m *moment) Truth { return r.root.truth(m) }

// on is the formula's value at a moment, or false when it is not known.
func (f *Formula) on(m *moment) (float64, bool) { return f.value.eval(m) }

// AllOf is the rule that holds when every one of rules does.
func AllOf(rules ...*Rule) *Rule { return join(" && ", true, rules) }

// AnyOf is the rule that holds when one of rules does.
func AnyOf(rules ...*Rule) *Rule { return join(" || ", false, rules) }

// Not is the rule that holds when r certainly does not.
func Not(r *Rule) *Rule {
	return &Rule{source: "!(" + r.source + ")", root: r.root.negated(), needs: r.needs}
}

func join(op string, all bool, rules []*Rule) *Rule {
	if len(rules) == 1 {
		return rules[0]
	}
	out := &Rule{root: &condition{all: all}}
	for i, r := range rules {
		if i > 0 {
			out.source += op
		}
		source := r.source
		if r.root.leaf == nil && r.root.all != all {
			source = "(" + source + ")"
		}
		out.source += source
		out.root.add(r.root)
		out.needs = union(out.needs, r.needs)
	}
	return out
}

func union(a, b []Need) []Need {
	out := slices.Clone(a)
	for _, n := range b {
		if !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	return out
}

// condition is a node of a rule: a leaf, or all or any of its parts. Negation is in the leaves.
type condition struct {
	leaf  *leaf
	all   bool
	parts []*condition
}

// add takes a part in; parts of the same kind become one.
func (c *condition) add(part *condition) {
	if part.leaf == nil && part.all == c.all {
		c.parts = append(c.parts, part.parts...)
		return
	}
	c.parts = append(c.parts, part)
}

// truth is Kleene's: the least of all, the most of any.
func (c *condition) truth(m *moment) Truth {
	if c.leaf != nil {
		return c.leaf.truth(m)
	}
	out, stop := No, Yes
	if c.all {
		out, stop = Yes, No
	}
	for _, part := range c.parts {
		t := part.truth(m)
		if c.all {
			out = min(out, t)
		} else {
			out = max(out, t)
		}
		if out == stop {
			break
		}
	}
	return out
}

func (c *condition) negated() *condition {
	if c.leaf != nil {
		return &condition{leaf: c.leaf.negated()}
	}
	out := &condition{all: !c.all}
	for _, part := range c.parts {
		out.add(part.negated())
	}
	return out
}

// leaves calls do for every leaf.
func (c *condition) leaves(do func(*leaf)) {
	if c.leaf != nil {
		do(c.leaf)
		return
	}
	for _, part := range c.parts {
		part.leaves(do)
	}
}

// leaf is one comparison. A leaf with a test compares texts or states; the others compare numbers.
type leaf struct {
	source      string // as written
	op          string
	left, right number
	test        func(*moment) Truth
	negate      bool // of test
	needs       []Need
}

// number is a compiled number; reads is set when it is nothing but one reading, literal when it is written out.
type number struct {
	eval    func(*moment) (float64, bool)
	reads   *Need
	literal *float64
}

func (l *leaf) truth(m *moment) Truth {
	if l.test != nil {
		if l.negate {
			return -l.test(m)
		}
		return l.test(m)
	}
	a, known := l.left.eval(m)
	if !known {
		return Unknown
	}
	b, known := l.right.eval(m)
	if !known {
		return Unknown
	}
	if holds(l.op, a, b) {
		return Yes
	}
	return No
}

func holds(op string, a, b float64) bool {
	switch op {
	case "<":
		return a < b
	case "<=":
		return a <= b
	case ">":
		return a > b
	case ">=":
		return a >= b
	case "==":
		return a == b
	}
	return a != b
}

func opposite(op string) string {
	switch op {
	case "<":
		return ">="
	case "<=":
		return ">"
	case ">":
		return "<="
	case ">=":
		return "<"
	case "==":
		return "!="
	}
	return "=="
}

func (l *leaf) negated() *leaf {
	out := *l
	if l.test != nil {
		out.negate = !l.negate
	} else {
		out.op = opposite(l.op)
	}
	return &out
}

// grows reports whether more of one action makes the leaf true.
func (l *leaf) grows() bool {
	if l.test != nil || l.left.reads == nil || l.right.literal == nil || l.op != ">=" && l.op != ">" {
		return false
	}
	return slices.Contains([]Function{FuncCount, FuncUsers, FuncActiveDays}, l.left.reads.Function)
}
