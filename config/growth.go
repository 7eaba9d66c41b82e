package config

import (
	"errors"

	"journeybot/alerts"
)

// Growth is the growth file, compiled. It never changes once loaded.
type Growth struct {
	Path     string // where it was read from; "" for the bundled file
	Text     string // the file as it was written
	Revision string // hash of Text; kept on each alert that it decided
	Command  string // name of the slash command with its slash, such as /journey
	Rules    *alerts.Rules
}

// LoadGrowth reads and compiles the growth file at path; "" means the bundled default. Its error is a *Problems that
// lists everything wrong, each with file:line:column.
func LoadGrowth(path string) (*Growth, error) { return nil, errors.New("not built") }
