package config

import "strings"

// Problem is one thing that is wrong with the settings.
type Problem struct {
	Where string // the variable's name, or file:line:column
	What  string // what is wrong, without any secret
	Next  string // what to do about it; "" when What says it
}

// Problems are everything that is wrong with the settings, found in one go.
type Problems struct{ List []Problem }

// Error lists all problems, one a line.
func (p *Problems) Error() string {
	lines := make([]string, 0, len(p.List))
	for _, problem := range p.List {
		line := problem.Where + ": " + problem.What
		if problem.Next != "" {
			line += ". " + problem.Next
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}
