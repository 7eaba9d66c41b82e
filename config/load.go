package config

import "errors"

// Needs says which settings a sub-command cannot do without.
type Needs int

// What sub-commands need.
const (
	NeedAll      Needs = iota // Slack, NATS, database, HTTP: serve and check
	NeedDatabase              // migrate, dead-letters list and show
	NeedNATS                  // send
	NeedBoth                  // NATS and the database: dead-letters replay
)

// Load reads the settings from environ (as os.Environ gives it). It checks every variable that is set and that all
// that needs asks for are there; its error is a *Problems. DatabaseURL and the like are filled in with their defaults.
func Load(environ []string, needs Needs) (Env, error) { return Env{}, errors.New("not built") }
