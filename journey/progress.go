package journey

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Truth is what a rule comes to: no, unknown or yes, in this order.
type Truth int8

// The values of a rule.
const (
	No      Truth = -1
	Unknown Truth = 0
	Yes     Truth = 1
)

// Term is one comparison of a rule: how much there is and how much is needed.
type Term struct {
	Label  string // what people call it: searches
	Reads  Need
	Op     string  // >=, >, <=, <, ==, !=; "" for terms that compare texts or states
	Have   float64 // meaningless unless Known
	Known  bool
	Need   float64
	Text   string // the term as the rule has it
	Truth  Truth
	OneOf  int  // 0: the term itself is needed; else all terms with one of the numbers do
	Action bool // more of it makes it true
}

// String is the term in words: searches 7 of 10.
func (t Term) String() string {
	switch {
	case t.Op == "" && t.Truth == Yes:
		return t.Label
	case t.Op == "":
		return "not yet: " + t.Label
	case !t.Known:
		return t.Label + " unknown"
	case t.Op == ">=":
		return t.Label + " " + figure(t.Have) + " of " + figure(t.Need)
	}
	return t.Label + " " + figure(t.Have) + " (" + t.Op + " " + figure(t.Need) + ")"
}

// figure writes a number as people do: whole, or with two places.
func figure(v float64) string {
	return strconv.FormatFloat(math.Round(v*100)/100, 'f', -1, 64)
}

// InWords is a list of terms as one line: searches 7 of 10, lists 2 of 2, exports 0 of 2. Alternatives are joined by or.
func InWords(terms []Term) string {
	var out strings.Builder
	for i, t := range terms {
		switch {
		case i == 0:
		case t.OneOf > 0 && terms[i-1].OneOf > 0 && t.OneOf != terms[i-1].OneOf:
			out.WriteString(" or ")
		default:
			out.WriteString(", ")
		}
		out.WriteString(t.String())
	}
	return out.String()
}

// terms are the rule's comparisons at a moment. Of alternatives, a satisfied one, else all with the closest first.
func (r *Rule) terms(m *moment, label func(Need) string) []Term {
	w := &termWriter{m: m, label: label}
	return w.of(r.root, 0)
}

type termWriter struct {
	m     *moment
	label func(Need) string
	used  int // numbers of alternatives
}

func (w *termWriter) of(c *condition, oneOf int) []Term {
	if c.leaf != nil {
		return []Term{w.leaf(c.leaf, oneOf)}
	}
	var out []Term
	if c.all {
		for _, part := range c.parts {
			out = append(out, w.of(part, oneOf)...)
		}
		return out
	}
	parts := slices.Clone(c.parts)
	slices.SortStableFunc(parts, func(a, b *condition) int { return cmp.Compare(distance(a, w.m), distance(b, w.m)) })
	if parts[0].truth(w.m) == Yes {
		return w.of(parts[0], oneOf)
	}
	for _, part := range parts {
		number := oneOf
		if oneOf == 0 { // alternatives within alternatives read as part of them
			w.used++
			number = w.used
		}
		out = append(out, w.of(part, number)...)
	}
	return out
}

func (w *termWriter) leaf(l *leaf, oneOf int) Term {
	t := Term{Text: l.source, Truth: l.truth(w.m), OneOf: oneOf, Action: l.grows()}
	if l.test != nil {
		t.Label = strings.ReplaceAll(l.source, "account.", "")
		if len(l.needs) == 1 && l.needs[0].Function != FuncAccount {
			t.Reads = l.needs[0]
			t.Label = w.label(t.Reads)
		}
		if l.negate {
			t.Label, t.Text = "not "+t.Label, "!("+l.source+")"
		}
		return t
	}
	t.Label = t.Text
	t.Op = l.op
	have, knownHave := l.left.eval(w.m)
	need, knownNeed := l.right.eval(w.m)
	t.Have, t.Need, t.Known = have, need, knownHave && knownNeed
	if l.left.reads != nil {
		t.Reads = *l.left.reads
		t.Label = w.label(t.Reads)
	}
	return t
}

// distance is how far a condition is from being true: 0 when it is, 1 when nothing was done for it.
func distance(c *condition, m *moment) float64 {
	if c.truth(m) == Yes {
		return 0
	}
	if c.leaf != nil {
		if !c.leaf.grows() || *c.leaf.right.literal <= 0 {
			return 1
		}
		have, _ := c.leaf.left.eval(m)
		need := *c.leaf.right.literal
		return min(1, max(0, 1-have/need)) + 1e-9
	}
	sum, least := 0.0, math.MaxFloat64
	for _, part := range c.parts {
		d := distance(part, m)
		sum += d
		least = min(least, d)
	}
	if c.all {
		return sum / float64(len(c.parts))
	}
	return least
}

// label is what people call a number.
func (m *Map) label(n Need) string {
	name := m.name(n.Name)
	switch n.Function {
	case FuncMilestone:
		name = n.Name
		if ms := m.Milestone(n.Name); ms != nil && ms.Title != "" {
			name = ms.Title
		}
		name += " reached"
	case FuncAlert:
		name = "open alert " + strings.ReplaceAll(n.Name, "_", " ")
	case FuncUsers, FuncUsersReaching:
		name = "people with " + name
	case FuncShare:
		name = "share of " + m.name(n.Of) + " with " + name
	case FuncActiveDays:
		if n.Name == "" {
			name = "active days"
		} else {
			name = "days with " + name
		}
	case FuncTrend:
		name = "trend of " + name
	case FuncDaysSince:
		name = "days since the last " + strings.ReplaceAll(n.Name, "_", " ")
	case FuncKPI, FuncAccount:
		name = strings.ReplaceAll(n.Name, "_", " ")
		if given, ok := m.Names[n.Name]; ok {
			name = given
		}
	case FuncKPIChange:
		name = "change of " + strings.ReplaceAll(n.Name, "_", " ")
	}
	if n.Persona != "" {
		name += " (" + n.Persona + ")"
	}
	return name
}

// name is the plural of an event's name: as the map has it, else by the rules of English.
func (m *Map) name(event string) string {
	if given, ok := m.Names[event]; ok {
		return given
	}
	return plural(strings.ReplaceAll(event, "_", " "))
}

// plural is the English plural of words; of others, the same.
func plural(words string) string {
	last := words
	if i := strings.LastIndexByte(words, ' '); i >= 0 {
		last = words[i+1:]
	}
	if last == "" || strings.ContainsFunc(last, func(r rune) bool { return r < 'a' || r > 'z' }) {
		return words
	}
	switch stem := words[:len(words)-1]; {
	case strings.HasSuffix(last, "s") && !strings.HasSuffix(last, "ss"):
		return words
	case strings.HasSuffix(last, "y") && len(last) > 1 && !strings.ContainsRune("aeiou", rune(last[len(last)-2])):
		return stem + "ies"
	case strings.HasSuffix(last, "s"), strings.HasSuffix(last, "x"), strings.HasSuffix(last, "z"), strings.HasSuffix(last, "ch"), strings.HasSuffix(last, "sh"):
		return words + "es"
	}
	return words + "s"
}

// singular is what one of a label is called: an export, of exports.
func singular(label string) string {
	if of, ok := strings.CutPrefix(label, "people with "); ok {
		return "person with " + of
	}
	if of, ok := strings.CutPrefix(label, "days with "); ok {
		return "day with " + of
	}
	words, persona := label, ""
	if i := strings.LastIndex(label, " ("); i > 0 {
		words, persona = label[:i], label[i:]
	}
	for _, ending := range [][2]string{{"ies", "y"}, {"es", ""}, {"s", ""}} {
		stem, ok := strings.CutSuffix(words, ending[0])
		if one := stem + ending[1]; ok && !strings.HasSuffix(one, "u") && plural(one) == words {
			return one + persona
		}
	}
	return label
}
