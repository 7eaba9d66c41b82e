package config

import (
	"fmt"
	"strings"
)

// Problem is one thing that is wrong with the settings.
type Problem struct {
	Where string // the variable's name, or file:line:column
	What  string // what is wrong, without any secret
	Next  string // what to do about it; "" when What says it
}

// String is the problem on one line.
func (p Problem) String() string {
	if p.Next == "" {
		return p.Where + ": " + p.What
	}
	return p.Where + ": " + p.What + ". " + p.Next
}

// Problems are everything that is wrong with the settings, found in one go.
type Problems struct{ List []Problem }

// Error lists all problems, one a line.
func (p *Problems) Error() string {
	lines := make([]string, 0, len(p.List))
	for _, problem := range p.List {
		lines = append(lines, problem.String())
	}
	return strings.Join(lines, "\n")
}

func (p *Problems) add(where, next, format string, args ...any) {
	p.List = append(p.List, Problem{Where: where, What: fmt.Sprintf(format, args...), Next: next})
}

// err is the list as an error, nil when it is empty.
func (p *Problems) err() error {
	if len(p.List) == 0 {
		return nil
	}
	return p
}
