package config

import (
	"time"

	"journeybot/alerts"

	"github.com/goccy/go-yaml/ast"
)

// leastKept is what the longest window of a bundled map looks back, and a month more.
const leastKept = 62 * 24 * time.Hour

// usage reads how long product usage is kept.
func (c *compiler) usage(n ast.Node) alerts.UsageRules {
	u := alerts.DefaultUsage()
	problems := len(c.problems.List)
	c.mapping(n, "usage", []field{
		{"keep", may, into(&u.Keep, c.duration)},
		{"forget", may, into(&u.Forget, c.duration)},
	})
	switch {
	case len(c.problems.List) > problems:
	case u.Keep < leastKept:
		c.wrong(n, "keep must be at least 62d: rules look at single days of this month and the last")
	case u.Forget > 0 && u.Forget < u.Keep:
		c.wrong(n, "forget must not be shorter than keep")
	}
	return u
}
