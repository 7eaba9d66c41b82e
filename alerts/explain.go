package alerts

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"
)

// Explanation is a Decision with what each rule had to say about it.
type Explanation struct {
	Decision
	Routes []RouteStep // all of Rules.Routes, in order

	OwnerFrom      string // the route that set it; "" when it is the default
	PlaybookFrom   string
	PlaybookMapped bool // no route did, and a journey map names it
	EscalationFrom string
	SeverityFrom   string
	Fallback       bool // no route named a channel: it goes to the fallback channel
}

// RouteStep is what one route said.
type RouteStep struct {
	Name    string
	When    string // as it was written; "" matches everything
	Channel string // a name in Rules.Channels; "" for none
	Matched bool
	Skipped bool     // not asked: a route before it took the alert
	Values  []string // what the names in When stood for, such as "account.arr is 84000"
	Lacks   []string // the parts of When that were false or unknown, each with its values; nil when it matched
}

// Explain is Route with its reasons.
func (r *Rules) Explain(c Case) Explanation {
	var e Explanation
	set := func(from *string, has bool, name string) {
		if *from == "" && has {
			*from = name
		}
	}
	channels := 0
	e.Decision = r.walk(c, func(rule Route, c Case, matched bool) {
		step := RouteStep{Name: rule.Name, Channel: rule.Channel, Matched: matched, Values: rule.When.Values(c), Lacks: rule.When.Lacks(c)}
		if rule.When != nil {
			step.When = rule.When.String()
		}
		e.Routes = append(e.Routes, step)
		if matched {
			set(&e.OwnerFrom, len(rule.Owner) > 0, rule.Name)
			set(&e.PlaybookFrom, rule.Playbook != "", rule.Name)
			set(&e.EscalationFrom, rule.Escalation != "", rule.Name)
			set(&e.SeverityFrom, rule.Severity != SeverityNone, rule.Name)
			if rule.Channel != "" {
				channels++
			}
		}
	})
	e.Fallback = channels == 0
	e.PlaybookMapped = e.PlaybookFrom == "" && c.Playbook != "" && e.Playbook == c.Playbook
	for _, rule := range r.Routes[len(e.Routes):] {
		step := RouteStep{Name: rule.Name, Channel: rule.Channel, Skipped: true}
		if rule.When != nil {
			step.When = rule.When.String()
		}
		e.Routes = append(e.Routes, step)
	}
	return e
}

// clause is a condition, or a part of one that "and" or "or" joins to others.
type clause struct {
	text  string
	eval  term
	names []string // the variables in it, in order
	parts []clause // nil for a part that is not joined of others

	either bool // "or" joins the parts
}

// clauseOf takes a condition that compiles apart.
func clauseOf(n ast.Node) clause {
	k := clause{text: n.String()}
	k.eval, _, _ = (&compiler{source: file.NewSource(k.text)}).compile(n)
	if b, ok := n.(*ast.BinaryNode); ok && slices.Contains([]string{"&&", "and", "||", "or"}, b.Operator) {
		k.parts = []clause{clauseOf(b.Left), clauseOf(b.Right)}
		k.either = b.Operator == "||" || b.Operator == "or"
	}
	k.names = namesIn(n)
	return k
}

// namesIn lists the variables of a condition.
func namesIn(n ast.Node) []string {
	switch n := n.(type) {
	case *ast.IdentifierNode:
		return []string{n.Value}
	case *ast.MemberNode:
		object, _ := n.Node.(*ast.IdentifierNode)
		property, _ := n.Property.(*ast.StringNode)
		if object != nil && property != nil {
			return []string{object.Value + "." + property.Value}
		}
	case *ast.UnaryNode:
		return namesIn(n.Node)
	case *ast.BinaryNode:
		names := namesIn(n.Left)
		for _, name := range namesIn(n.Right) {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
		return names
	}
	return nil
}

// lacks names the parts that keep the clause from holding.
func (k clause) lacks(c *Case) []string {
	if v := k.eval(c); v.known && v.truth {
		return nil
	}
	if len(k.parts) == 0 {
		return []string{k.text + ": " + strings.Join(valuesOf(k.names, c), ", ")}
	}
	var all []string
	for _, part := range k.parts {
		all = append(all, part.lacks(c)...)
	}
	return all
}

// Lacks names the parts of the condition that are false or unknown in this case, each with what its names stand for, such as
// `account.arr >= 50000: account.arr is unknown`. It is nil when the condition holds. Part of the texts came from outside.
func (w *When) Lacks(c Case) []string {
	if w == nil {
		return nil
	}
	return w.parts.lacks(&c)
}

// Values tells what the names in the condition stand for in this case, such as "account.arr is 84000".
func (w *When) Values(c Case) []string {
	if w == nil {
		return nil
	}
	return valuesOf(w.parts.names, &c)
}

func valuesOf(names []string, c *Case) []string {
	values := make([]string, 0, len(names))
	for _, name := range names {
		if v, ok := variables[name]; ok {
			values = append(values, name+" is "+v.read(c))
		}
	}
	return values
}

// read writes what the variable stands for.
func (v variable) read(c *Case) string {
	got := v.get(c)
	switch {
	case !got.known, v.typ.base == isText && got.text == "":
		return "unknown"
	case v.typ.base == isNumber:
		return strconv.FormatFloat(got.num, 'f', -1, 64) // exactly: 89.96 is below 90
	}
	return got.text
}

// Decided is how an alert was routed, kept with it: what is known of the account may be another thing later.
type Decided struct {
	At       time.Time
	Severity Severity // before the routes
	Owner    []string // references in order of preference, as Rules.Fallback.Owner follows them
	Routes   []RouteStep

	OwnerFrom, PlaybookFrom, EscalationFrom, SeverityFrom string // the routes that set them; "" for the default
	PlaybookMapped                                        bool   // a journey map named the playbook
	Fallback                                              bool   // no route named a channel
}

// decided explains where a signal goes.
func (in intake) decided(v verdict) *Decided {
	e := in.r.Explain(in.routed(v))
	return &Decided{
		At: in.now, Severity: v.severity, Owner: e.Owner, Routes: e.Routes, OwnerFrom: e.OwnerFrom, PlaybookFrom: e.PlaybookFrom,
		PlaybookMapped: e.PlaybookMapped, EscalationFrom: e.EscalationFrom, SeverityFrom: e.SeverityFrom, Fallback: e.Fallback,
	}
}

// Trial is what an event would do if nothing were known of its kind yet.
type Trial struct {
	Explanation
	Judged Severity // before the routes
	Alert  Alert    // as it would open, maybe held
}

// Try tells how the alert of a signal would be routed if it were the first of its kind about the account; nil when the event is
// no signal, or none that alerts. It changes nothing.
func (r *Rules) Try(ws *WorkingSet, ev Event, now time.Time) *Trial {
	if ev.Signal == nil {
		return nil
	}
	fresh := NewWorkingSet(ws.NewID)
	fresh.People, fresh.TopARR, fresh.Mutes, fresh.Posts = ws.People, ws.TopARR, ws.Mutes, ws.Posts
	for name, all := range ws.KPIs {
		fresh.KPIs[name] = maps.Clone(all)
	}
	if a := ws.Accounts[ev.Account]; a != nil {
		account := *a
		account.HealthAt, account.StageAt = time.Time{}, time.Time{}
		fresh.Accounts[ev.Account] = &account
	}
	for _, other := range ws.Live {
		if other.Account == ev.Account && other.Kind != ev.Signal.Kind {
			fresh.Live[other.Key] = other
		}
	}
	r.Ingest(fresh, ev, now)
	a := fresh.Live[Key(ev.Account, ev.Signal.Kind, ev.Signal.About)]
	if a == nil || a.Decided == nil {
		return nil
	}
	in := intake{r: r, ws: fresh, ev: ev, now: now, account: fresh.Accounts[ev.Account]}
	e := r.Explain(in.routed(verdict{kind: a.Kind, severity: a.Decided.Severity, polarity: a.Polarity, facts: a.Facts, playbook: ev.Signal.Playbook}))
	return &Trial{Explanation: e, Judged: a.Decided.Severity, Alert: *a}
}

// RoutesTaken counts the alerts that opened, by each route that took them.
func (c Changes) RoutesTaken() map[string]int {
	taken := map[string]int{}
	for _, r := range c.Results {
		if len(r.History) > 0 && r.History[0].What == DidOpen {
			for _, name := range r.Alert.Matched {
				taken[name]++
			}
		}
	}
	return taken
}
