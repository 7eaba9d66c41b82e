package journey

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"
)

// CompileRule parses and checks a condition. Its error is a *SourceError.
func CompileRule(source string) (*Rule, error) {
	c := &ruleCompiler{source: file.NewSource(source)}
	root, err := parse(source, "rule")
	if err != nil {
		return nil, err
	}
	if err := c.shallow(root); err != nil {
		return nil, err
	}
	cond, err := c.condition(root)
	if err != nil {
		return nil, err
	}
	return &Rule{source: source, root: cond, needs: c.needs}, nil
}

// CompileSelector is CompileRule for conditions that may only read the account itself.
func CompileSelector(source string) (*Rule, error) {
	r, err := CompileRule(source)
	if err != nil {
		return nil, err
	}
	for _, n := range r.needs {
		if n.Function != FuncAccount {
			return nil, &SourceError{1, 1, fmt.Sprintf("only account fields can be used here, not %s", n.Function)}
		}
	}
	return r, nil
}

// CompileFormula parses and checks an expression whose value is a number. Its error is a *SourceError.
func CompileFormula(source string) (*Formula, error) {
	c := &ruleCompiler{source: file.NewSource(source)}
	root, err := parse(source, "formula")
	if err != nil {
		return nil, err
	}
	if err := c.shallow(root); err != nil {
		return nil, err
	}
	t, err := c.term(root)
	if err != nil {
		return nil, err
	}
	if t.kind != numberKind {
		return nil, c.errorf(root, "this is %s, not a number", t.kind)
	}
	return &Formula{source: source, value: t.number, needs: c.needs}, nil
}

// ruleCompiler turns the parser's tree into conditions. What it does not list is refused: that keeps every rule short and total.
type ruleCompiler struct {
	source file.Source
	needs  []Need
}

func (c *ruleCompiler) errorf(n ast.Node, format string, args ...any) error {
	return mistakeAt(c.source, n, format, args...)
}

// kind is what a term is.
type kind int

const (
	truthKind kind = iota
	numberKind
	textKind
	nilKind
)

// String names the kind for an error message.
func (k kind) String() string { return [...]string{"a condition", "a number", "a text", "nil"}[k] }

// term is a compiled operand: the field of its kind is set.
type term struct {
	kind   kind
	number number
	text   func(*moment) string
	test   func(*moment) Truth
}

const maxDepth = 200

// shallow refuses trees so deep that walking them again and again would be slow.
func (c *ruleCompiler) shallow(root ast.Node) error {
	depth := 0
	var walk func(n ast.Node, at int)
	walk = func(n ast.Node, at int) {
		depth = max(depth, at)
		switch n := n.(type) {
		case *ast.UnaryNode:
			walk(n.Node, at+1)
		case *ast.BinaryNode:
			walk(n.Left, at+1)
			walk(n.Right, at+1)
		}
	}
	walk(root, 0)
	if depth > maxDepth {
		return c.errorf(root, "the rule is nested too deeply")
	}
	return nil
}

const onlyThese = "rules are made of functions such as count(\"search\", \"30d\"), names, numbers, texts, comparisons, in [...], and, or, not"

func (c *ruleCompiler) condition(n ast.Node) (*condition, error) {
	switch n := n.(type) {
	case *ast.BinaryNode:
		switch n.Operator {
		case "&&", "and", "||", "or":
			left, err := c.condition(n.Left)
			if err != nil {
				return nil, err
			}
			right, err := c.condition(n.Right)
			if err != nil {
				return nil, err
			}
			out := &condition{all: n.Operator == "&&" || n.Operator == "and"}
			out.add(left)
			out.add(right)
			return out, nil
		}
	case *ast.UnaryNode:
		if n.Operator == "!" || n.Operator == "not" {
			inner, err := c.condition(n.Node)
			if err != nil {
				return nil, err
			}
			return inner.negated(), nil
		}
	}
	before := c.needs
	c.needs = nil
	l, err := c.leaf(n)
	if err != nil {
		return nil, err
	}
	l.source, l.needs = n.String(), c.needs
	c.needs = union(before, c.needs)
	return &condition{leaf: l}, nil
}

func (c *ruleCompiler) leaf(n ast.Node) (*leaf, error) {
	if b, ok := n.(*ast.BinaryNode); ok {
		switch b.Operator {
		case "==", "!=":
			return c.equality(b)
		case "<", "<=", ">", ">=":
			return c.order(b)
		case "in":
			return c.in(b)
		case "contains", "startsWith", "endsWith", "matches":
			return c.search(b)
		}
	}
	t, err := c.term(n)
	if err != nil {
		return nil, err
	}
	if t.kind != truthKind {
		return nil, c.errorf(n, "this is %s, not a condition", t.kind)
	}
	return &leaf{test: t.test}, nil
}

func (c *ruleCompiler) sides(n *ast.BinaryNode) (left, right term, err error) {
	if left, err = c.term(n.Left); err != nil {
		return left, right, err
	}
	right, err = c.term(n.Right)
	return left, right, err
}

func (c *ruleCompiler) order(n *ast.BinaryNode) (*leaf, error) {
	left, right, err := c.sides(n)
	if err != nil {
		return nil, err
	}
	if left.kind != numberKind {
		return nil, c.errorf(n.Left, "%s needs a number on its left, not %s", n.Operator, left.kind)
	}
	if right.kind != numberKind {
		return nil, c.errorf(n.Right, "%s needs a number on its right, not %s", n.Operator, right.kind)
	}
	return numbers(n.Operator, left.number, right.number), nil
}

// numbers is a comparison with what is written out on the right.
func numbers(op string, left, right number) *leaf {
	if left.literal != nil && right.literal == nil {
		left, right = right, left
		if flipped, ok := map[string]string{"<": ">", "<=": ">=", ">": "<", ">=": "<="}[op]; ok {
			op = flipped
		}
	}
	return &leaf{op: op, left: left, right: right}
}

func (c *ruleCompiler) equality(n *ast.BinaryNode) (*leaf, error) {
	left, right, err := c.sides(n)
	if err != nil {
		return nil, err
	}
	wanted := n.Operator == "=="
	switch {
	case left.kind == nilKind && right.kind == numberKind:
		return isNil(right.number, wanted), nil
	case right.kind == nilKind && left.kind == numberKind:
		return isNil(left.number, wanted), nil
	case left.kind == nilKind || right.kind == nilKind:
		return nil, c.errorf(n, "only numbers can be nil; an unknown text is \"\"")
	case left.kind != right.kind:
		return nil, c.errorf(n, "%s compares %s with %s", n.Operator, left.kind, right.kind)
	case left.kind == numberKind:
		return numbers(n.Operator, left.number, right.number), nil
	case left.kind == textKind:
		return &leaf{test: func(m *moment) Truth { return truth((left.text(m) == right.text(m)) == wanted) }}, nil
	}
	return nil, c.errorf(n, "%s compares numbers or texts", n.Operator)
}

func isNil(v number, wanted bool) *leaf {
	return &leaf{test: func(m *moment) Truth {
		_, known := v.eval(m)
		return truth(known != wanted)
	}}
}

func truth(b bool) Truth {
	if b {
		return Yes
	}
	return No
}

func (c *ruleCompiler) in(n *ast.BinaryNode) (*leaf, error) {
	left, err := c.term(n.Left)
	if err != nil {
		return nil, err
	}
	list, ok := n.Right.(*ast.ArrayNode)
	if !ok {
		return nil, c.errorf(n.Right, "in needs a list written out, such as in [\"a\", \"b\"]")
	}
	var texts []string
	var values []float64
	for _, item := range list.Nodes {
		t, err := c.term(item)
		if err != nil {
			return nil, err
		}
		s, isText := item.(*ast.StringNode)
		switch {
		case t.kind != left.kind:
			return nil, c.errorf(item, "in compares %s with %s", left.kind, t.kind)
		case isText:
			texts = append(texts, s.Value)
		case t.number.literal != nil:
			values = append(values, *t.number.literal)
		default:
			return nil, c.errorf(item, "a list holds texts or numbers, written out")
		}
	}
	if left.kind == textKind {
		return &leaf{test: func(m *moment) Truth { return truth(slices.Contains(texts, left.text(m))) }}, nil
	}
	if left.kind != numberKind {
		return nil, c.errorf(n.Left, "in needs a number or a text on its left, not %s", left.kind)
	}
	return &leaf{test: func(m *moment) Truth {
		v, known := left.number.eval(m)
		if !known {
			return Unknown
		}
		return truth(slices.Contains(values, v))
	}}, nil
}

func (c *ruleCompiler) search(n *ast.BinaryNode) (*leaf, error) {
	left, right, err := c.sides(n)
	if err != nil {
		return nil, err
	}
	if left.kind != textKind || right.kind != textKind {
		return nil, c.errorf(n, "%s compares texts", n.Operator)
	}
	if n.Operator == "matches" {
		literal, ok := n.Right.(*ast.StringNode)
		if !ok {
			return nil, c.errorf(n.Right, "matches needs a pattern in quotes")
		}
		re, err := regexp.Compile(literal.Value)
		if err != nil {
			return nil, c.errorf(n.Right, "this is no pattern: %q", literal.Value)
		}
		return &leaf{test: func(m *moment) Truth { return truth(re.MatchString(left.text(m))) }}, nil
	}
	found := map[string]func(s, part string) bool{
		"contains": strings.Contains, "startsWith": strings.HasPrefix, "endsWith": strings.HasSuffix,
	}[n.Operator]
	return &leaf{test: func(m *moment) Truth { return truth(found(left.text(m), right.text(m))) }}, nil
}

func (c *ruleCompiler) term(n ast.Node) (term, error) {
	switch n := n.(type) {
	case *ast.NilNode:
		return term{kind: nilKind}, nil
	case *ast.BoolNode:
		value := truth(n.Value)
		return term{kind: truthKind, test: func(*moment) Truth { return value }}, nil
	case *ast.IntegerNode:
		return literal(float64(n.Value)), nil
	case *ast.FloatNode:
		return literal(n.Value), nil
	case *ast.StringNode:
		return term{kind: textKind, text: func(*moment) string { return n.Value }}, nil
	case *ast.IdentifierNode, *ast.MemberNode, *ast.CallNode:
		return c.reading(n)
	case *ast.BuiltinNode:
		return term{}, c.errorf(n, "unknown function %s", n.Name)
	case *ast.UnaryNode:
		return c.sign(n)
	case *ast.BinaryNode:
		return c.arithmetic(n)
	}
	return term{}, c.errorf(n, onlyThese)
}

func literal(v float64) term {
	return term{kind: numberKind, number: number{literal: &v, eval: func(*moment) (float64, bool) { return v, true }}}
}

func (c *ruleCompiler) sign(n *ast.UnaryNode) (term, error) {
	inner, err := c.term(n.Node)
	if err != nil {
		return term{}, err
	}
	if n.Operator != "-" && n.Operator != "+" {
		return term{}, c.errorf(n, "%s stands before a condition, not inside of a number", n.Operator)
	}
	if inner.kind != numberKind {
		return term{}, c.errorf(n, "%s needs a number, not %s", n.Operator, inner.kind)
	}
	if n.Operator == "+" {
		return inner, nil
	}
	if inner.number.literal != nil {
		return literal(-*inner.number.literal), nil
	}
	return term{kind: numberKind, number: number{eval: func(m *moment) (float64, bool) {
		v, known := inner.number.eval(m)
		return -v, known
	}}}, nil
}

var operations = map[string]func(a, b float64) float64{
	"+": func(a, b float64) float64 { return a + b }, "-": func(a, b float64) float64 { return a - b },
	"*": func(a, b float64) float64 { return a * b }, "/": func(a, b float64) float64 { return a / b }, "%": math.Mod,
}

func (c *ruleCompiler) arithmetic(n *ast.BinaryNode) (term, error) {
	result, ok := operations[n.Operator]
	if !ok {
		if slices.Contains([]string{"**", "^", "..", "??", "|"}, n.Operator) {
			return term{}, c.errorf(n, "%s is not supported", n.Operator)
		}
		return term{}, c.errorf(n, "a comparison cannot be compared again")
	}
	left, right, err := c.sides(n)
	if err != nil {
		return term{}, err
	}
	for _, side := range []struct {
		node ast.Node
		kind kind
	}{{n.Left, left.kind}, {n.Right, right.kind}} {
		if side.kind != numberKind {
			return term{}, c.errorf(side.node, "%s needs numbers, not %s", n.Operator, side.kind)
		}
	}
	return term{kind: numberKind, number: number{eval: func(m *moment) (float64, bool) {
		a, known := left.number.eval(m)
		if !known {
			return 0, false
		}
		b, known := right.number.eval(m)
		if !known {
			return 0, false
		}
		v := result(a, b)
		return v, !math.IsNaN(v) && !math.IsInf(v, 0)
	}}}, nil
}
