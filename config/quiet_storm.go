package config

import (
	"journeybot/alerts"

	"github.com/goccy/go-yaml/ast"
)

// maxStorm is far above what one channel can show.
const maxStorm = 10_000

// storm reads when alerts of one kind are bundled; what it leaves out keeps its default.
func (c *compiler) storm(n ast.Node) alerts.Storm {
	s := alerts.DefaultStorm()
	problems := len(c.problems.List)
	c.mapping(n, "storm", []field{
		{"threshold", may, into(&s.Threshold, c.countOrNone(maxStorm))},
		{"window", may, into(&s.Window, c.duration)},
		{"every", may, into(&s.Every, c.duration)},
		{"reset", may, into(&s.Reset, c.duration)},
	})
	if len(c.problems.List) == problems && s.Threshold > 0 && s.Reset < s.Window {
		c.wrong(n, "reset must not be shorter than window: a storm would end before it was one")
	}
	return s
}

// countOrNone reads a whole number, 0 included.
func (c *compiler) countOrNone(most int) func(ast.Node) int {
	return func(n ast.Node) int {
		value := c.number(0, float64(most))(n)
		if value != float64(int(value)) {
			c.wrong(n, "must be a whole number")
		}
		return int(value)
	}
}
