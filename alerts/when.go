package alerts

import (
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"

	"journeybot/journey"
)

// maxSource is the longest condition or template in characters: the parser recurses once per parenthesis.
const maxSource = 2000

// When is a compiled condition of a route or playbook, over kind, severity, polarity, account and signal.
// It is safe for concurrent use.
//
// It has three values: what depends on a number that is not known is unknown, and an unknown condition does not match,
// neither plainly nor negated. Comparing with nil tells known numbers from unknown ones (account.arr != nil). An unknown
// text is "". Money is in whole units of the currency, severities are ordered (severity >= "high").
type When struct {
	source string
	eval   term
	parts  clause
}

// Case is what a condition is decided on.
type Case struct {
	Kind     Kind
	Severity Severity
	Polarity Polarity
	Account  journey.Account
	Facts    Facts
	Now      time.Time // in the workspace's zone: days are counted from it
	Playbook string    // that a journey map names for it; "" for none
}

// SourceError is a mistake inside a condition or template, at a place within its source text.
type SourceError = journey.SourceError

// CompileWhen parses and type-checks a condition. Its error is a *SourceError.
func CompileWhen(source string) (*When, error) {
	if n := utf8.RuneCountInString(source); n > maxSource {
		return nil, &SourceError{Line: 1, Column: 1, Message: fmt.Sprintf("the condition has %d characters, more than %d", n, maxSource)}
	}
	tree, err := parser.Parse(source)
	if err != nil {
		return nil, parseError(err)
	}
	t, typ, err := (&compiler{source: file.NewSource(source)}).compile(tree.Node)
	if err != nil {
		return nil, err
	}
	if typ.base != truthType.base {
		return nil, at(file.NewSource(source), tree.Node, "this is "+typ.String()+", not a condition")
	}
	return &When{source: source, eval: t, parts: clauseOf(tree.Node)}, nil
}

// String returns the condition as it was written.
func (w *When) String() string { return w.source }

// Match reports whether the condition certainly holds. A nil When holds always.
func (w *When) Match(c Case) bool {
	if w == nil {
		return true
	}
	v := w.eval(&c)
	return v.known && v.truth
}

func parseError(err error) error {
	if fe, ok := err.(*file.Error); ok { //nolint:errorlint // the parser returns it bare
		message := fe.Message
		if meant := parseHints[message]; meant != "" {
			message = meant
		}
		return &SourceError{Line: max(fe.Line, 1), Column: fe.Column + 1, Message: message}
	}
	return &SourceError{Line: 1, Column: 1, Message: err.Error()}
}

// parseHints say in words what the parser says in the names of its tokens.
var parseHints = map[string]string{
	`unexpected token Operator("=")`: `= compares nothing: write ==`,
	`unexpected token EOF`:           "the condition ends too early",
}

func at(source file.Source, n ast.Node, message string) error {
	if m, ok := n.(*ast.MemberNode); ok {
		n = m.Node // account.arr begins at account
	}
	fe := (&file.Error{Location: n.Location(), Message: message}).Bind(source)
	return &SourceError{Line: max(fe.Line, 1), Column: fe.Column + 1, Message: message}
}
