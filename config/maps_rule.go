package config

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"journeybot/alerts"
	"journeybot/journey"

	"github.com/goccy/go-yaml/ast"
)

// selector reads a condition over the account alone.
func (r *mapReader) selector(n ast.Node) *journey.Rule {
	if truth, ok := r.resolve(n).(*ast.BoolNode); ok && truth.Value {
		r.wrong(n, "leave when out to match everything")
		return nil
	}
	return expression(r, n, journey.CompileSelector)
}

func (r *mapReader) formula(n ast.Node) *journey.Formula {
	switch at := r.resolve(n).(type) {
	case *ast.IntegerNode, *ast.FloatNode:
		f, err := journey.CompileFormula(at.GetToken().Value)
		if err != nil {
			r.wrong(n, "must be a plain number")
		}
		return f
	}
	f := expression(r, n, journey.CompileFormula)
	if f != nil {
		r.refer(n, f.Needs())
	}
	return f
}

// expression reads a text and compiles it; mistakes are shown at their own place.
func expression[T any](r *mapReader, n ast.Node, compile func(string) (*T, error)) *T {
	source := r.text(n)
	if source == "" {
		return nil
	}
	compiled, err := compile(source)
	r.sourceError(n, source, err)
	return compiled
}

// rule reads a rule in either form: an expression, or a mapping of terms.
func (r *mapReader) rule(n ast.Node) *journey.Rule {
	if _, ok := r.resolve(n).(*ast.MappingNode); ok {
		return r.terms(n, termScope{})
	}
	rule := expression(r, n, journey.CompileRule)
	if rule != nil {
		r.refer(n, rule.Needs())
	}
	return rule
}

// refer checks that kinds of alerts exist, and that milestones come before what refers to them, which keeps them from going round in circles.
func (r *mapReader) refer(n ast.Node, needs []journey.Need) {
	for _, need := range needs {
		if need.Function == journey.FuncAlert && !slices.Contains(alerts.Kinds, alerts.Kind(need.Name)) {
			r.unknown(n, "kind of alert "+quote(need.Name), need.Name, kindNames())
		}
		if need.Function == journey.FuncMilestone && r.milestones[need.Name] == 0 {
			r.unknown(n, "milestone "+quote(need.Name)+" (it must come before what refers to it)", need.Name, sortedKeys(r.milestones))
		}
	}
}

func kindNames() []string {
	names := make([]string, len(alerts.Kinds))
	for i, k := range alerts.Kinds {
		names[i] = string(k)
	}
	return names
}

func sortedKeys(m map[string]int) []string {
	return slices.Sorted(maps.Keys(m))
}

// termScope is what a mapping of terms says once for all of its terms, and for those within.
type termScope struct {
	window, persona string
	users           bool // count people
	each            bool // count people who did it often enough
	within, from    string
}

// scopeKeys are read before the terms, wherever they stand.
var scopeKeys = []string{"window", "persona", "distinct", "each", "within", "from"}

// terms reads a mapping of terms, all of which must hold.
func (r *mapReader) terms(n ast.Node, scope termScope) *journey.Rule {
	var rules []*journey.Rule
	problems := len(r.problems.List)
	r.entries(n, "kpi", func(key string, _, value ast.Node) {
		if slices.Contains(scopeKeys, key) {
			r.scope(&scope, key, value)
		}
	})
	if scope.each && (scope.within == "" || scope.from == "") {
		r.wrong(n, "each: user needs within and from, such as within: 10d, from: signup")
		return nil
	}
	r.entries(n, "kpi", func(key string, _, value ast.Node) {
		if rule := r.term(key, value, scope); rule != nil {
			rules = append(rules, rule)
		}
	})
	if len(rules) == 0 {
		if len(r.problems.List) == problems {
			r.wrong(n, `kpi needs a term, such as search: ">= 5"`)
		}
		return nil
	}
	return journey.AllOf(rules...)
}

func (r *mapReader) scope(s *termScope, key string, n ast.Node) {
	switch key {
	case "window":
		s.window = r.window(n).String()
	case "persona":
		s.persona = r.text(n)
	case "distinct":
		s.users = r.oneOf("distinct", []string{"users"})(n) != ""
	case "each":
		s.each = r.oneOf("each", []string{"user"})(n) != ""
	case "within":
		s.within = strconv.Itoa(r.days(n)) + "d"
	case "from":
		s.from = r.text(n)
	}
}

func (r *mapReader) term(key string, n ast.Node, s termScope) *journey.Rule {
	switch key {
	case "window", "persona", "distinct", "each", "within", "from":
		return nil
	case "all", "any":
		return r.several(key, n, s)
	case "not":
		if inner := r.terms(n, s); inner != nil {
			return journey.Not(inner)
		}
		return nil
	case "milestone":
		return r.states(n, "milestone", "reached")
	case "alert":
		return r.states(n, "alert", "open")
	case "kpi", "account":
		return r.fields(key, n)
	}
	return r.compare(n, s.call(key), key, s)
}

// call is the function that reads an event.
func (s termScope) call(event string) string {
	name, window := strconv.Quote(event), strconv.Quote(s.windowOr("all"))
	call := "count(" + name + ", " + window + ")"
	switch {
	case event == "active_days":
		call = "active_days(" + window + ")"
	case s.users:
		call = "users(" + name + ", " + window + ")"
	}
	if s.persona != "" {
		call = "persona(" + strconv.Quote(s.persona) + ")." + call
	}
	return call
}

func (s termScope) windowOr(other string) string {
	if s.window == "" {
		return other
	}
	return s.window
}

var comparison = regexp.MustCompile(`^\s*(>=|<=|==|!=|>|<)\s*(-?[0-9][0-9_]*(?:\.[0-9]+)?)\s*$`)

// compare reads ">= 5" for a call.
func (r *mapReader) compare(n ast.Node, call, key string, s termScope) *journey.Rule {
	op, number, ok := r.comparison(n, key)
	if !ok {
		return nil
	}
	if s.each {
		if op != ">=" {
			r.wrong(n, `each: user takes >=, such as %s: ">= 7"`, key)
			return nil
		}
		call = fmt.Sprintf("users_reaching(%q, %s, %q, %q)", key, number, s.within, s.from)
		op, number = ">=", "1"
	}
	return r.compiled(n, call+" "+op+" "+number)
}

func (r *mapReader) comparison(n ast.Node, key string) (op, number string, ok bool) {
	switch at := r.resolve(n).(type) {
	case *ast.IntegerNode, *ast.FloatNode:
		r.wrong(n, `write how %s compares with %s, in quotes: ">= %s"`, key, at.GetToken().Value, at.GetToken().Value)
		return "", "", false
	}
	text := r.text(n)
	if text == "" {
		return "", "", false
	}
	parts := comparison.FindStringSubmatch(text)
	if parts == nil {
		r.wrong(n, `%s is no comparison such as ">= 5"`, quote(text))
		return "", "", false
	}
	return parts[1], strings.ReplaceAll(parts[2], "_", ""), true
}

func (r *mapReader) compiled(n ast.Node, source string) *journey.Rule {
	rule, err := journey.CompileRule(source)
	if err != nil {
		var mistake *journey.SourceError
		if errors.As(err, &mistake) {
			r.wrong(n, "%s", mistake.Message)
		}
		return nil
	}
	r.refer(n, rule.Needs())
	return rule
}

// several reads all or any: a list of mappings, or one mapping whose terms are the parts.
func (r *mapReader) several(key string, n ast.Node, s termScope) *journey.Rule {
	join := journey.AllOf
	if key == "any" {
		join = journey.AnyOf
	}
	var rules []*journey.Rule
	keep := func(rule *journey.Rule) {
		if rule != nil {
			rules = append(rules, rule)
		}
	}
	if _, ok := r.resolve(n).(*ast.SequenceNode); ok {
		list(r.compiler, n, key, func(n ast.Node) bool {
			keep(r.terms(n, s))
			return true
		})
	} else {
		r.entries(n, key, func(name string, _, value ast.Node) {
			if slices.Contains(scopeKeys, name) {
				r.scope(&s, name, value)
			}
		})
		r.entries(n, key, func(name string, _, value ast.Node) { keep(r.term(name, value, s)) })
	}
	if len(rules) == 0 {
		return nil
	}
	return join(rules...)
}

// states reads one name, or several that must all be so.
func (r *mapReader) states(n ast.Node, function, property string) *journey.Rule {
	nodes := []ast.Node{n}
	if s, ok := r.resolve(n).(*ast.SequenceNode); ok {
		nodes = s.Values
	}
	var rules []*journey.Rule
	for _, one := range nodes {
		if name := r.text(one); name != "" {
			if rule := r.compiled(one, function+"("+strconv.Quote(name)+")."+property); rule != nil {
				rules = append(rules, rule)
			}
		}
	}
	if len(rules) == 0 {
		return nil
	}
	return journey.AllOf(rules...)
}

// fields reads kpi: {nps: ">= 30"} and account: {plan: paid, renewal_days: "<= 90"}.
func (r *mapReader) fields(what string, n ast.Node) *journey.Rule {
	var rules []*journey.Rule
	r.entries(n, what, func(key string, _, value ast.Node) {
		read := what + "." + key
		if what == "kpi" {
			read = "kpi(" + strconv.Quote(key) + ")"
		}
		var rule *journey.Rule
		if text, ok := r.resolve(value).(*ast.StringNode); ok && what == "account" && !comparison.MatchString(text.Value) {
			rule = r.compiled(value, read+" == "+strconv.Quote(text.Value))
		} else if op, number, ok := r.comparison(value, key); ok {
			rule = r.compiled(value, read+" "+op+" "+number)
		}
		if rule != nil {
			rules = append(rules, rule)
		}
	})
	if len(rules) == 0 {
		return nil
	}
	return journey.AllOf(rules...)
}
