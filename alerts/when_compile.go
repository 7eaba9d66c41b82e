package alerts

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"

	"journeybot/journey"
)

// value is what a term evaluates to; which field counts follows from the term's type.
type value struct {
	known bool
	truth bool
	num   float64
	text  string
}

// term is a compiled part of a condition.
type term func(*Case) value

// base is the kind of value that a term has.
type base int

const (
	isTruth base = iota
	isNumber
	isText
	isNil
)

// valueType is a base, and for texts that can only be certain words, these words; ordered ones can be compared by rank.
type valueType struct {
	base    base
	what    string // what the words are, such as "kind"
	words   []string
	ordered bool
}

var (
	truthType  = valueType{base: isTruth}
	numberType = valueType{base: isNumber}
	textType   = valueType{base: isText}
	nilType    = valueType{base: isNil}
)

// String names the type for an error message.
func (t valueType) String() string {
	return [...]string{"a condition", "a number", "a text", "nil"}[t.base]
}

// compiler turns the parser's tree into terms. What it does not list is refused: that keeps every condition short and total.
type compiler struct{ source file.Source }

func (c *compiler) errorf(n ast.Node, format string, args ...any) error {
	return at(c.source, n, fmt.Sprintf(format, args...))
}

func (c *compiler) compile(n ast.Node) (term, valueType, error) {
	switch n := n.(type) {
	case *ast.NilNode:
		return constant(value{}), nilType, nil
	case *ast.BoolNode:
		return constant(value{known: true, truth: n.Value}), truthType, nil
	case *ast.IntegerNode:
		return constant(value{known: true, num: float64(n.Value)}), numberType, nil
	case *ast.FloatNode:
		return constant(value{known: true, num: n.Value}), numberType, nil
	case *ast.StringNode:
		return constant(value{known: true, text: n.Value}), textType, nil
	case *ast.IdentifierNode:
		return c.variable(n, n.Value)
	case *ast.MemberNode:
		return c.member(n)
	case *ast.UnaryNode:
		return c.unary(n)
	case *ast.BinaryNode:
		return c.binary(n)
	}
	return nil, truthType, c.errorf(n, "conditions are made of names, numbers, texts, comparisons, in [...], and, or, not")
}

func constant(v value) term { return func(*Case) value { return v } }

func (c *compiler) member(n *ast.MemberNode) (term, valueType, error) {
	object, okObject := n.Node.(*ast.IdentifierNode)
	property, okProperty := n.Property.(*ast.StringNode)
	if !okObject || !okProperty || n.Optional {
		return nil, truthType, c.errorf(n, "expected a name such as account.arr or signal.to")
	}
	return c.variable(n.Node, object.Value+"."+property.Value)
}

func (c *compiler) variable(n ast.Node, name string) (term, valueType, error) {
	if v, ok := variables[name]; ok {
		return v.get, v.typ, nil
	}
	known := make([]string, 0, len(variables))
	for k := range variables {
		if k == name || strings.HasPrefix(k, name+".") {
			return nil, truthType, c.errorf(n, "%s has parts: name one, such as %s.%s", name, name, map[string]string{"account": "arr", "signal": "to"}[name])
		}
		known = append(known, k)
	}
	return nil, truthType, c.errorf(n, "unknown name %s%s", name, journey.DidYouMean(name, known))
}

func (c *compiler) unary(n *ast.UnaryNode) (term, valueType, error) {
	inner, typ, err := c.compile(n.Node)
	if err != nil {
		return nil, typ, err
	}
	switch n.Operator {
	case "!", "not":
		if typ.base != isTruth {
			return nil, typ, c.errorf(n, "%s needs a condition, not %s", n.Operator, typ)
		}
		return func(cs *Case) value {
			v := inner(cs)
			v.truth = !v.truth
			return v
		}, truthType, nil
	case "-", "+":
		if typ.base != isNumber {
			return nil, typ, c.errorf(n, "%s needs a number, not %s", n.Operator, typ)
		}
		sign := map[string]float64{"-": -1, "+": 1}[n.Operator]
		return func(cs *Case) value {
			v := inner(cs)
			v.num *= sign
			return v
		}, numberType, nil
	}
	return nil, typ, c.errorf(n, "%s is not supported", n.Operator)
}

func (c *compiler) binary(n *ast.BinaryNode) (term, valueType, error) {
	switch n.Operator {
	case "&&", "and", "||", "or":
		return c.logic(n)
	case "==", "!=":
		return c.equality(n)
	case "<", "<=", ">", ">=":
		return c.order(n)
	case "+", "-", "*", "/", "%":
		return c.arithmetic(n)
	case "in":
		return c.in(n)
	case "contains", "startsWith", "endsWith":
		return c.search(n)
	case "matches":
		return c.pattern(n)
	}
	return nil, truthType, c.errorf(n, "%s is not supported", n.Operator)
}

// sides compiles both sides and wants them to be of the base.
func (c *compiler) sides(n *ast.BinaryNode, want valueType) (left, right term, err error) {
	left, lt, err := c.compile(n.Left)
	if err != nil {
		return nil, nil, err
	}
	right, rt, err := c.compile(n.Right)
	if err != nil {
		return nil, nil, err
	}
	if lt.base != want.base {
		return nil, nil, c.errorf(n.Left, "%s needs %s on its left, not %s", n.Operator, want, lt)
	}
	if rt.base != want.base {
		return nil, nil, c.errorf(n.Right, "%s needs %s on its right, not %s", n.Operator, want, rt)
	}
	return left, right, nil
}

// logic is Kleene's: false and unknown is false, true or unknown is true.
func (c *compiler) logic(n *ast.BinaryNode) (term, valueType, error) {
	left, right, err := c.sides(n, truthType)
	decides := n.Operator == "||" || n.Operator == "or"
	return func(cs *Case) value {
		l := left(cs)
		if l.known && l.truth == decides {
			return l
		}
		r := right(cs)
		if r.known && r.truth == decides {
			return r
		}
		return value{known: l.known && r.known, truth: !decides}
	}, truthType, err
}

func (c *compiler) equality(n *ast.BinaryNode) (term, valueType, error) {
	left, lt, err := c.compile(n.Left)
	if err != nil {
		return nil, lt, err
	}
	right, rt, err := c.compile(n.Right)
	if err != nil {
		return nil, rt, err
	}
	equal := n.Operator == "=="
	if lt.base == isNil || rt.base == isNil {
		if lt.base != isNumber && rt.base != isNumber {
			return nil, truthType, c.errorf(n, "only numbers can be nil; an unknown text is \"\"")
		}
		return func(cs *Case) value {
			return value{known: true, truth: (left(cs).known == right(cs).known) == equal}
		}, truthType, nil
	}
	if lt.base != rt.base {
		return nil, truthType, c.errorf(n, "%s compares %s with %s", n.Operator, lt, rt)
	}
	if err := c.checkWords(lt, n.Right); err != nil {
		return nil, truthType, err
	}
	if err := c.checkWords(rt, n.Left); err != nil {
		return nil, truthType, err
	}
	return func(cs *Case) value {
		l, r := left(cs), right(cs)
		if !l.known || !r.known {
			return value{}
		}
		return value{known: true, truth: (l == r) == equal}
	}, truthType, nil
}

// checkWords refuses a literal that a text of typ can never be.
func (c *compiler) checkWords(typ valueType, n ast.Node) error {
	s, ok := n.(*ast.StringNode)
	if !ok || typ.words == nil || slices.Contains(typ.words, s.Value) {
		return nil
	}
	return c.errorf(n, "%q is no %s%s", s.Value, typ.what, journey.DidYouMean(s.Value, typ.words))
}

var compare = map[string]func(a, b float64) bool{
	"<": func(a, b float64) bool { return a < b }, "<=": func(a, b float64) bool { return a <= b },
	">": func(a, b float64) bool { return a > b }, ">=": func(a, b float64) bool { return a >= b },
}

func (c *compiler) order(n *ast.BinaryNode) (term, valueType, error) {
	holds := compare[n.Operator]
	if left, lt, err := c.compile(n.Left); err == nil && lt.ordered {
		word, ok := n.Right.(*ast.StringNode)
		if !ok {
			return nil, truthType, c.errorf(n.Right, "%s is compared with one of its words in quotes", lt.what)
		}
		if err := c.checkWords(lt, word); err != nil {
			return nil, truthType, err
		}
		rank := float64(slices.Index(lt.words, word.Value))
		return func(cs *Case) value {
			i := slices.Index(lt.words, left(cs).text)
			return value{known: i >= 0, truth: holds(float64(i), rank)}
		}, truthType, nil
	}
	left, right, err := c.sides(n, numberType)
	return func(cs *Case) value {
		l, r := left(cs), right(cs)
		if !l.known || !r.known {
			return value{}
		}
		return value{known: true, truth: holds(l.num, r.num)}
	}, truthType, err
}

var calculate = map[string]func(a, b float64) float64{
	"+": func(a, b float64) float64 { return a + b }, "-": func(a, b float64) float64 { return a - b },
	"*": func(a, b float64) float64 { return a * b }, "/": func(a, b float64) float64 { return a / b }, "%": math.Mod,
}

func (c *compiler) arithmetic(n *ast.BinaryNode) (term, valueType, error) {
	left, right, err := c.sides(n, numberType)
	result := calculate[n.Operator]
	return func(cs *Case) value {
		l, r := left(cs), right(cs)
		if !l.known || !r.known {
			return value{}
		}
		return number(result(l.num, r.num))
	}, numberType, err
}

// number is a known value, unless it is none: dividing by zero gives unknown.
func number(f float64) value {
	return value{known: !math.IsNaN(f) && !math.IsInf(f, 0), num: f}
}

func (c *compiler) in(n *ast.BinaryNode) (term, valueType, error) {
	left, typ, err := c.compile(n.Left)
	if err != nil {
		return nil, typ, err
	}
	list, ok := n.Right.(*ast.ArrayNode)
	if !ok {
		return nil, typ, c.errorf(n.Right, "in needs a list written out, such as in [\"a\", \"b\"]")
	}
	items := make([]value, len(list.Nodes))
	for i, item := range list.Nodes {
		switch item.(type) {
		case *ast.StringNode, *ast.IntegerNode, *ast.FloatNode:
		default:
			return nil, typ, c.errorf(item, "a list holds texts or numbers, written out")
		}
		get, itemType, err := c.compile(item)
		if err != nil {
			return nil, typ, err
		}
		if itemType.base != typ.base {
			return nil, typ, c.errorf(item, "in compares %s with %s", typ, itemType)
		}
		if err := c.checkWords(typ, item); err != nil {
			return nil, typ, err
		}
		items[i] = get(nil)
	}
	return func(cs *Case) value {
		v := left(cs)
		return value{known: v.known, truth: slices.Contains(items, v)}
	}, truthType, nil
}

var searches = map[string]func(s, part string) bool{
	"contains": strings.Contains, "startsWith": strings.HasPrefix, "endsWith": strings.HasSuffix,
}

func (c *compiler) search(n *ast.BinaryNode) (term, valueType, error) {
	left, right, err := c.sides(n, textType)
	found := searches[n.Operator]
	return func(cs *Case) value {
		return value{known: true, truth: found(left(cs).text, right(cs).text)}
	}, truthType, err
}

func (c *compiler) pattern(n *ast.BinaryNode) (term, valueType, error) {
	literal, ok := n.Right.(*ast.StringNode)
	if !ok {
		return nil, truthType, c.errorf(n.Right, "matches needs a pattern in quotes")
	}
	re, err := regexp.Compile(literal.Value)
	if err != nil {
		return nil, truthType, c.errorf(n.Right, "this is no pattern: %s", strconv.Quote(literal.Value))
	}
	left, _, err := c.sides(n, textType)
	return func(cs *Case) value {
		return value{known: true, truth: re.MatchString(left(cs).text)}
	}, truthType, err
}
