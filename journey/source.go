package journey

import (
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/builtin"
	"github.com/expr-lang/expr/conf"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"
)

// MaxSource is the longest expression in characters: the parser recurses once per parenthesis.
const MaxSource = 2000

// SourceError is a mistake inside an expression or template, at a place within its source text.
type SourceError struct {
	Line, Column int // from 1, in runes
	Message      string
}

// Error names the place and the mistake.
func (e *SourceError) Error() string { return fmt.Sprintf("%d:%d: %s", e.Line, e.Column, e.Message) }

// parse gives the syntax tree of a rule. Its error is a *SourceError.
func parse(source, what string) (ast.Node, error) {
	if n := utf8.RuneCountInString(source); n > MaxSource {
		return nil, &SourceError{1, 1, fmt.Sprintf("the %s has %d characters, more than %d", what, n, MaxSource)}
	}
	config := conf.CreateNew()
	for name := range config.Builtins {
		config.Disabled[name] = true
	}
	config.Functions[string(FuncCount)] = &builtin.Function{Name: string(FuncCount)} // else it is the language's own
	tree, err := parser.ParseWithConfig(source, config)
	if err == nil {
		return tree.Node, nil
	}
	fe, ok := err.(*file.Error) //nolint:errorlint // the parser returns it bare
	if !ok {
		return nil, &SourceError{1, 1, err.Error()}
	}
	message := fe.Message
	switch message {
	case `unexpected token Operator("=")`:
		message = "= compares nothing: write =="
	case `unexpected token EOF`:
		message = "the " + what + " ends too early"
	}
	return nil, &SourceError{max(fe.Line, 1), fe.Column + 1, message}
}

// mistakeAt is a *SourceError where a node begins.
func mistakeAt(source file.Source, n ast.Node, format string, args ...any) error {
	for {
		if m, ok := n.(*ast.MemberNode); ok {
			n = m.Node // account.arr begins at account
		} else if c, ok := n.(*ast.CallNode); ok {
			n = c.Callee
		} else {
			break
		}
	}
	fe := (&file.Error{Location: n.Location(), Message: fmt.Sprintf(format, args...)}).Bind(source)
	return &SourceError{max(fe.Line, 1), fe.Column + 1, fe.Message}
}

// DidYouMean is " (did you mean x?)" for the closest of known within two edits, else "".
func DidYouMean(name string, known []string) string {
	best, least := "", 3
	for _, k := range slices.Sorted(slices.Values(known)) {
		if d := edits(name, k); d < least {
			best, least = k, d
		}
	}
	if best == "" {
		return ""
	}
	return " (did you mean " + best + "?)"
}

// edits is the Levenshtein distance.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}
