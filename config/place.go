package config

import (
	"slices"
	"strings"
	"unicode"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// inside finds where the character at line and column of a text's value stands in the file, so that a mistake in a
// condition or template is shown at its own place, whatever way the text is written: plain, quoted, folded or literal.
func (c *compiler) inside(n ast.Node, value string, line, column int) place {
	offset := 0
	for _, l := range strings.SplitAfter(value, "\n")[:max(line-1, 0)] {
		offset += len([]rune(l))
	}
	runes := []rune(value)
	offset = min(max(offset+column-1, 0), len(runes))
	s := c.scalar(n)
	for _, r := range runes[:offset] {
		s.pass(r)
	}
	if offset < len(runes) && !unicode.IsSpace(runes[offset]) {
		s.skipSpace()
	}
	return s.place()
}

// scalar walks a text as it is written, in step with its value.
type scalar struct {
	raw  []rune // the file
	at   int
	kind token.Type
}

func (c *compiler) scalar(n ast.Node) *scalar {
	t, first := n.GetToken(), start(n)
	s := &scalar{raw: []rune(c.source), kind: t.Type}
	line := 1
	for line < first.line && s.at < len(s.raw) {
		if s.raw[s.at] == '\n' {
			line++
		}
		s.at++
	}
	if _, block := n.(*ast.LiteralNode); block {
		if end := slices.Index(s.raw[s.at:], '\n'); end >= 0 {
			s.at += end + 1
		}
		return s
	}
	s.at = min(s.at+first.column-1, len(s.raw))
	if t.Type == token.DoubleQuoteType || t.Type == token.SingleQuoteType {
		s.at++
	}
	return s
}

func (s *scalar) peek() rune {
	if s.at < len(s.raw) {
		return s.raw[s.at]
	}
	return 0
}

// pass goes over what is written for r, the next character of the value.
func (s *scalar) pass(r rune) {
	if s.kind == token.DoubleQuoteType && s.peek() == '\\' && s.escape() {
		return
	}
	switch {
	case r == '\n' && unicode.IsSpace(s.peek()):
		for unicode.IsSpace(s.peek()) && s.peek() != '\n' {
			s.at++
		}
		s.at++
		return
	case r == ' ' && s.folds():
		s.skipSpace()
		return
	case !unicode.IsSpace(r):
		s.skipSpace()
		if s.kind == token.DoubleQuoteType && s.peek() == '\\' && s.escape() {
			return
		}
	}
	if s.kind == token.SingleQuoteType && r == '\'' {
		s.at++
	}
	s.at++
}

// escape goes over an escape sequence; false for a line that ends in a backslash, which stands for nothing.
func (s *scalar) escape() bool {
	s.at++
	more, ok := map[rune]int{'x': 2, 'u': 4, 'U': 8}[s.peek()]
	if !ok && (s.peek() == '\n' || s.peek() == '\r') {
		s.skipSpace()
		return false
	}
	s.at += 1 + more
	return true
}

// folds reports whether the white space here has a line break in it, all of which reads as one blank.
func (s *scalar) folds() bool {
	for _, r := range s.raw[min(s.at, len(s.raw)):] {
		if r == '\n' {
			return true
		}
		if !unicode.IsSpace(r) {
			break
		}
	}
	return false
}

func (s *scalar) skipSpace() {
	for unicode.IsSpace(s.peek()) {
		s.at++
	}
}

func (s *scalar) place() place {
	p := place{line: 1, column: 1}
	for _, r := range s.raw[:min(s.at, len(s.raw))] {
		p.column++
		if r == '\n' {
			p = place{line: p.line + 1, column: 1}
		}
	}
	return p
}
