package journey

import (
	"maps"
	"slices"

	"github.com/expr-lang/expr/ast"
)

// signature says which arguments a function takes. Every argument is written out: a text, or a number where it says so.
type signature struct {
	form     string   // for error messages
	args     []string // what each is: event, name, window, of, within, number
	optional int      // how many may be left out at the end
	anyEvent bool     // the event may be left out at the beginning
	persona  bool     // may be asked of one persona
}

// signatures are all functions that give numbers.
var signatures = map[Function]signature{
	FuncCount:         {form: `count("search", "30d")`, args: []string{"event", "window"}, optional: 1, persona: true},
	FuncUsers:         {form: `users("search", "30d")`, args: []string{"event", "window"}, optional: 1, persona: true},
	FuncActiveDays:    {form: `active_days("30d") or active_days("search", "30d")`, args: []string{"event", "window"}, anyEvent: true, persona: true},
	FuncShare:         {form: `share("search", "28d", "seats")`, args: []string{"event", "window", "of"}, persona: true},
	FuncTrend:         {form: `trend("search", "30d")`, args: []string{"event", "window"}, persona: true},
	FuncDaysSince:     {form: `days_since("search")`, args: []string{"event"}, persona: true},
	FuncUsersReaching: {form: `users_reaching("connection", 7, "10d", "signup")`, args: []string{"event", "number", "within", "from"}},
	FuncKPI:           {form: `kpi("nps")`, args: []string{"name"}},
	FuncKPIChange:     {form: `kpi_change("nps", "30d")`, args: []string{"name", "window"}},
}

// states are the functions that give something with a property.
var states = map[Function]string{FuncMilestone: "reached", FuncAlert: "open"}

func (c *ruleCompiler) reading(n ast.Node) (term, error) {
	switch n := n.(type) {
	case *ast.CallNode:
		return c.call(n)
	case *ast.MemberNode:
		return c.member(n)
	case *ast.IdentifierNode:
		if n.Value == "account" {
			return term{}, c.errorf(n, "account has parts: name one, such as account.arr")
		}
		return term{}, c.errorf(n, "unknown name %s%s", n.Value, DidYouMean(n.Value, accountNames()))
	}
	return term{}, c.errorf(n, onlyThese)
}

// call is f(…) or persona("p").f(…).
func (c *ruleCompiler) call(n *ast.CallNode) (term, error) {
	switch callee := n.Callee.(type) {
	case *ast.IdentifierNode:
		if property, ok := states[Function(callee.Value)]; ok {
			return term{}, c.errorf(n, "write %s(\"…\").%s", callee.Value, property)
		}
		if callee.Value == "persona" {
			return term{}, c.errorf(n, `persona needs a function, such as persona("admin").active_days("7d")`)
		}
		return c.function(n, Function(callee.Value), "")
	case *ast.MemberNode:
		name, okName := callee.Property.(*ast.StringNode)
		who, okWho := callee.Node.(*ast.CallNode)
		if okName && okWho && calls(who, "persona") {
			persona, err := c.only(who, "persona")
			if err != nil {
				return term{}, err
			}
			if s, ok := signatures[Function(name.Value)]; ok && !s.persona {
				return term{}, c.errorf(n, "%s cannot be asked of one persona", name.Value)
			}
			return c.function(n, Function(name.Value), persona)
		}
	}
	return term{}, c.errorf(n, onlyThese)
}

func calls(n *ast.CallNode, name string) bool {
	callee, ok := n.Callee.(*ast.IdentifierNode)
	return ok && callee.Value == name
}

// only is the one text in brackets.
func (c *ruleCompiler) only(n *ast.CallNode, name string) (string, error) {
	if len(n.Arguments) == 1 {
		if s, ok := n.Arguments[0].(*ast.StringNode); ok && s.Value != "" {
			return s.Value, nil
		}
	}
	return "", c.errorf(n, "%s needs one text in quotes, such as %s(\"…\")", name, name)
}

func (c *ruleCompiler) function(n *ast.CallNode, name Function, persona string) (term, error) {
	s, ok := signatures[name]
	if !ok {
		known := []string{"persona"}
		for f := range maps.Keys(signatures) {
			known = append(known, string(f))
		}
		for f := range maps.Keys(states) {
			known = append(known, string(f))
		}
		return term{}, c.errorf(n, "unknown function %s%s", name, DidYouMean(string(name), known))
	}
	args := s.args
	if s.anyEvent && len(n.Arguments) == len(args)-1 {
		args = args[1:]
	}
	if len(n.Arguments) > len(args) || len(n.Arguments) < len(args)-s.optional {
		return term{}, c.errorf(n, "%s is written %s", name, s.form)
	}
	need := Need{Function: name, Persona: persona}
	for i, arg := range n.Arguments {
		if err := c.argument(&need, args[i], arg, s); err != nil {
			return term{}, err
		}
	}
	return c.read(need), nil
}

func (c *ruleCompiler) argument(need *Need, what string, n ast.Node, s signature) error {
	if what == "number" {
		switch n := n.(type) {
		case *ast.IntegerNode:
			need.AtLeast = float64(n.Value)
		case *ast.FloatNode:
			need.AtLeast = n.Value
		}
		if need.AtLeast <= 0 {
			return c.errorf(n, "%s needs a number here: %s", need.Function, s.form)
		}
		return nil
	}
	value, ok := n.(*ast.StringNode)
	if !ok || value.Value == "" {
		return c.errorf(n, "%s needs a text in quotes here: %s", need.Function, s.form)
	}
	switch what {
	case "event", "name":
		need.Name = value.Value
	case "of":
		need.Of = value.Value
	case "from":
		need.From = value.Value
	case "window", "within":
		w, err := ParseWindow(value.Value)
		if err != nil {
			return c.errorf(n, "%v", err)
		}
		if w == (Window{}) && (need.Function == FuncTrend || need.Function == FuncKPIChange) || what == "within" && w.Days == 0 {
			return c.errorf(n, "%s needs a window with an end, such as 30d", need.Function)
		}
		if what == "within" {
			need.Within = w.Days
		} else {
			need.Window = w
		}
	}
	return nil
}

// read is the term that reads one need.
func (c *ruleCompiler) read(need Need) term {
	c.use(need)
	return term{kind: numberKind, number: number{reads: &need, eval: func(m *moment) (float64, bool) { return m.read(need) }}}
}

func (c *ruleCompiler) use(need Need) {
	if !slices.Contains(c.needs, need) {
		c.needs = append(c.needs, need)
	}
}

// member is account.field, milestone("m").reached or alert("kind").open.
func (c *ruleCompiler) member(n *ast.MemberNode) (term, error) {
	property, ok := n.Property.(*ast.StringNode)
	if !ok || n.Optional {
		return term{}, c.errorf(n, onlyThese)
	}
	switch object := n.Node.(type) {
	case *ast.IdentifierNode:
		return c.field(n, object.Value, property.Value)
	case *ast.CallNode:
		callee, ok := object.Callee.(*ast.IdentifierNode)
		if !ok || states[Function(callee.Value)] != property.Value {
			break
		}
		about, err := c.only(object, callee.Value)
		if err != nil {
			return term{}, err
		}
		need := Need{Function: Function(callee.Value), Name: about}
		c.use(need)
		return term{kind: truthKind, test: func(m *moment) Truth { return m.state(need) }}, nil
	}
	return term{}, c.errorf(n, onlyThese)
}

func (c *ruleCompiler) field(n ast.Node, object, name string) (term, error) {
	if object != "account" {
		return term{}, c.errorf(n, "unknown name %s.%s%s", object, name, DidYouMean(object+"."+name, accountNames()))
	}
	need := Need{Function: FuncAccount, Name: name}
	if get, ok := accountTexts[name]; ok {
		c.use(need)
		return term{kind: textKind, text: func(m *moment) string {
			if !m.knows(name) {
				return ""
			}
			return get(m)
		}}, nil
	}
	if _, ok := accountNumbers[name]; ok {
		return c.read(need), nil
	}
	return term{}, c.errorf(n, "unknown name account.%s%s", name, DidYouMean("account."+name, accountNames()))
}

func accountNames() []string {
	names := make([]string, 0, len(accountTexts)+len(accountNumbers))
	for name := range accountTexts {
		names = append(names, "account."+name)
	}
	for name := range accountNumbers {
		names = append(names, "account."+name)
	}
	return names
}

// accountTexts are the account's fields that are texts; unknown is "".
var accountTexts = map[string]func(*moment) string{
	"id":          func(m *moment) string { return m.past.account().ID },
	"name":        func(m *moment) string { return m.past.account().Name },
	"domain":      func(m *moment) string { return m.past.account().Domain },
	"segment":     func(m *moment) string { return m.past.account().Segment },
	"region":      func(m *moment) string { return m.past.account().Region },
	"tier":        func(m *moment) string { return m.past.account().Tier },
	"plan":        func(m *moment) string { return m.past.account().Plan },
	"status":      func(m *moment) string { return m.past.account().Status },
	"owner":       func(m *moment) string { return m.past.account().Owner },
	"sales_owner": func(m *moment) string { return m.past.account().SalesOwner },
	"health":      func(m *moment) string { return string(m.past.account().Health) },
	"do_not_contact": func(m *moment) string {
		if m.past.account().DoNotContact {
			return "yes"
		}
		return "no"
	},
	"map": func(m *moment) string { return m.past.account().Map },
	"stage": func(m *moment) string {
		if m.standing == nil {
			return m.past.account().Stage
		}
		return m.standing.Stage
	},
}

// accountNumbers are the account's fields that are numbers; money is in whole units.
var accountNumbers = map[string]func(*moment) (float64, bool){
	"arr":   func(m *moment) (float64, bool) { return whole(m.past.account().ARR, 0.01) },
	"seats": func(m *moment) (float64, bool) { return whole(m.past.account().Seats, 1) },
	"score": func(m *moment) (float64, bool) {
		if s := m.past.account().Score; s != nil {
			return *s, true
		}
		return 0, false
	},
	"renewal_days": func(m *moment) (float64, bool) {
		date := m.past.account().RenewalDate
		return float64(date.Since(m.day)), date.Known()
	},
	"tenure_months": func(m *moment) (float64, bool) {
		n, known := m.past.account().TenureMonths(m.day)
		return float64(n), known
	},
	"stage_days": func(m *moment) (float64, bool) {
		if m.standing == nil || !m.standing.StageSince.Known() {
			return 0, false
		}
		return float64(m.day.Since(m.standing.StageSince)), true
	},
	"touch_days": func(m *moment) (float64, bool) {
		at := m.past.account().LastTouch
		if at.IsZero() {
			return 0, false
		}
		days := m.day.Since(m.past.dayOf(at))
		return float64(days), days >= 0
	},
}

func whole(n *int64, by float64) (float64, bool) {
	if n == nil {
		return 0, false
	}
	return float64(*n) * by, true
}

// months are the whole months from a day to a later one.
func months(from, to Day) int {
	n := (int(to)/10000-int(from)/10000)*12 + int(to)/100%100 - int(from)/100%100
	if int(to)%100 < int(from)%100 {
		n--
	}
	return n
}
