package config

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/kelseyhightower/envconfig"
)

// Needs says which settings a sub-command cannot do without.
type Needs int

// What sub-commands need.
const (
	NeedAll      Needs = iota // Slack, NATS, database, HTTP: serve and check
	NeedDatabase              // migrate, dead-letters list and show
	NeedNATS                  // send
	NeedBoth                  // NATS and the database: dead-letters replay
)

// Load reads the settings from environ (as os.Environ gives it). An empty variable counts as not set. It checks every
// variable that is set and that all that needs asks for are there; its error is a *Problems, beside which the
// Env has what could be read. DatabaseURL and the like are filled in with their defaults.
func Load(environ []string, needs Needs) (Env, error) {
	l := &loader{values: map[string]string{}}
	names := settingNames()
	for _, entry := range environ {
		if name, value, _ := strings.Cut(entry, "="); value != "" {
			l.values[name] = value
		}
	}
	l.checkSpelling(environ, names)
	for _, name := range names.secrets {
		l.readSecretFile(name)
	}
	var env Env
	if err := l.process(&env, names.all); err != nil {
		return Env{}, err
	}
	if env.DatabaseURL.IsZero() {
		env.DatabaseURL = NewSecret("sqlite:" + filepath.Join(env.DataDir, "journeybot.db"))
	}
	if env.MetricsAddr == "" {
		env.MetricsAddr = env.HTTPAddr
	}
	l.checkSlack(env, needs)
	l.checkNATS(env.NATS)
	l.checkDatabase(env)
	l.checkServing(env)
	return env, l.problems.err()
}

// loader collects what is wrong while the settings are read.
type loader struct {
	values   map[string]string // variables that are set and not empty
	problems Problems
}

func (l *loader) add(name, next, format string, args ...any) {
	l.problems.add(name, next, format, args...)
}

func (l *loader) has(name string) bool { return l.values[name] != "" }

// names are the variables that Env declares.
type names struct{ all, secrets []string }

// settingNames asks envconfig, so that the tags of Env stay the only list.
func settingNames() names {
	var out strings.Builder
	if err := envconfig.Usagef("", &Env{}, &out, "{{range .}}{{usage_key .}} {{usage_type .}}\n{{end}}"); err != nil {
		panic(err) // only a malformed Env can cause it
	}
	var n names
	for line := range strings.Lines(out.String()) {
		name, kind, _ := strings.Cut(strings.TrimSpace(line), " ")
		n.all = append(n.all, name)
		if kind == "Secret" {
			n.secrets = append(n.secrets, name)
		}
	}
	return n
}

// maxSecretFile is far above any token, and far below what a mistaken path may point at.
const maxSecretFile = 64 << 10

// readSecretFile takes a secret from the file that NAME_FILE names.
func (l *loader) readSecretFile(name string) {
	file := name + "_FILE"
	path := l.values[file]
	if path == "" {
		return
	}
	if l.has(name) {
		l.add(file, "Keep one of them", "is set, and so is %s", name)
		return
	}
	content, err := readFile(path, maxSecretFile)
	switch {
	case err != nil:
		l.add(file, "Name a file that holds the secret and that this user may read", "%v", err)
		return
	case len(content) > maxSecretFile:
		l.add(file, "Name a file that holds only the secret", "%s is larger than 64 KiB", path)
		return
	}
	text := strings.TrimSuffix(strings.TrimSuffix(string(content), "\n"), "\r")
	if text == "" {
		l.add(file, "Write the secret into it", "%s is empty", path)
		return
	}
	if strings.ContainsRune(text, 0) {
		l.add(file, "Write the secret into it as text", "%s is not a text file", path)
		return
	}
	l.values[name] = text
}

// processEnvironment guards the process's own environment, the only one that envconfig reads: Load lends it the settings.
var processEnvironment sync.Mutex

// process lets envconfig read the values into env, naming each value that has the wrong form.
func (l *loader) process(env *Env, names []string) error {
	processEnvironment.Lock()
	defer processEnvironment.Unlock()
	for _, name := range names {
		defer restore(name)()
		if err := set(name, l.values[name]); err != nil {
			return err
		}
	}
	for {
		err := envconfig.Process("", env)
		var wrong *envconfig.ParseError
		if !errors.As(err, &wrong) {
			return err
		}
		l.add(wrong.KeyName, "Write a number and a unit, such as 1s or 500ms", "is not a duration")
		if err := os.Unsetenv(wrong.KeyName); err != nil {
			return err
		}
	}
}

func set(name, value string) error {
	if value == "" {
		return os.Unsetenv(name)
	}
	return os.Setenv(name, value)
}

// restore returns what puts the variable back as it is now.
func restore(name string) func() {
	value, ok := os.LookupEnv(name)
	if !ok {
		return func() { _ = os.Unsetenv(name) }
	}
	return func() { _ = os.Setenv(name, value) }
}

// checkSpelling names variables that were probably meant to be ours. Others of the same family are left alone: Kubernetes
// sets NATS_PORT, other Slack tools have their own.
func (l *loader) checkSpelling(environ []string, names names) {
	known := slices.Clone(names.all)
	for _, name := range names.secrets {
		known = append(known, name+"_FILE")
	}
	for _, entry := range environ {
		name, _, _ := strings.Cut(entry, "=")
		family, rest, _ := strings.Cut(name, "_")
		if slices.Contains(known, name) || !slices.Contains([]string{"SLACK", "NATS", "GROWTH", "METRICS"}, family) {
			continue
		}
		limit := 2
		if len(rest) < 6 {
			limit = 1
		}
		if meant, ok := nearest(name, known, limit); ok && !l.has(meant) {
			l.add(name, "Rename or remove it", "is not a setting; did you mean %s?", meant)
		}
	}
}
