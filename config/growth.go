package config

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"strings"
	"unicode/utf8"

	"journeybot/alerts"
	"journeybot/journey"
)

// Growth is the growth file, compiled. It never changes once loaded.
type Growth struct {
	Path     string // where it was read from; "" for the bundled file
	Text     string // the file as it was written
	Revision string // SHA-256 of Text in hexadecimal; kept on each alert that it decided
	Command  string // name of the slash command with its slash, such as /journey
	Rules    *alerts.Rules
	Maps     []*journey.Map // the first whose selector matches is an account's; empty when the file has none
}

// bundled is the growth file of an operator who has none. It is also the example that others start from.
//
//go:embed growth.yaml
var bundled string

const (
	bundledName   = "growth.yaml (bundled)" // stands for a path in problems
	maxGrowthFile = 1 << 20
)

// LoadGrowth reads and compiles the growth file at path; "" means the bundled default. Its error is a *Problems that
// lists everything wrong, each with file:line:column.
//
// What the file leaves out has a default: time zone UTC, currency EUR, the thresholds and escalations of package alerts,
// the bundled playbooks, and, when it has neither channels nor routes nor a fallback, the bundled ones.
func LoadGrowth(path string) (*Growth, error) {
	if path == "" {
		return BundledGrowth()
	}
	content, err := readFile(path, maxGrowthFile)
	problems := &Problems{}
	switch {
	case err != nil:
		problems.add(path, "GROWTH_CONFIG names the growth file; without it the bundled one is used", "%v", err)
	case len(content) > maxGrowthFile:
		problems.add(path, "", "is larger than 1 MiB")
	case !utf8.Valid(content):
		problems.add(path, "Save it as UTF-8", "is not UTF-8 text")
	default:
		return compileGrowth(path, path, string(content))
	}
	return nil, problems
}

// BundledGrowth is the bundled growth file with bundled maps in use. Its error is as that of LoadGrowth.
func BundledGrowth(use ...string) (*Growth, error) {
	text := bundled
	if len(use) > 0 {
		text += "\nuse: [" + strings.Join(use, ", ") + "] # bundled maps\n"
	}
	return compileGrowth("", bundledName, text)
}

func compileGrowth(path, name, text string) (*Growth, error) {
	c := &compiler{name: name, source: text}
	root := c.parse()
	if err := c.problems.err(); err != nil {
		return nil, err
	}
	sum := sha256.Sum256([]byte(text))
	growth := &Growth{Path: path, Text: text, Revision: hex.EncodeToString(sum[:])}
	growth.Command, growth.Rules, growth.Maps = c.file(root)
	growth.Rules.Maps = growth.Maps
	growth.Rules.Revision = growth.Revision
	if err := c.problems.err(); err != nil {
		return nil, err
	}
	return growth, nil
}
