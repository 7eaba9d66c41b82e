package main

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// rooms is the table of docs/ARCHITECTURE.md: which of the project's packages and which libraries each package may
// import directly. A name that ends in / allows everything below it. The standard library is always allowed.
var rooms = map[string][]string{
	"journeybot/journey":     {"golang.org/x/text/", "github.com/expr-lang/expr/"},
	"journeybot/alerts":      {"journeybot/journey", "github.com/expr-lang/expr/"},
	"journeybot/config":      {"journeybot/journey", "journeybot/alerts", "github.com/goccy/go-yaml/", "github.com/kelseyhightower/envconfig", "github.com/agnivade/levenshtein", "github.com/nats-io/nkeys", "golang.org/x/text/"},
	"journeybot/config/demo": {},
	"journeybot/migrations":  {},
	"journeybot/storage": {
		"journeybot/alerts", "journeybot/journey", "journeybot/migrations", "github.com/jmoiron/sqlx", "github.com/lib/pq/",
		"modernc.org/sqlite/", "github.com/pressly/goose/v3/", "github.com/google/uuid", "github.com/gofrs/flock", "github.com/agnivade/levenshtein",
		"github.com/axiomhq/hyperloglog",
	},
	"journeybot/storage/storagetest": {"journeybot/storage", "github.com/lib/pq/", "github.com/stretchr/testify/", "github.com/jmoiron/sqlx"},
	"journeybot/cards":               {"journeybot/alerts", "journeybot/journey", "github.com/slack-go/slack/"},
	"journeybot/pictures":            {"journeybot/cards", "github.com/go-analyze/charts"},
	"journeybot/handlers": {
		"journeybot/alerts", "journeybot/cards", "journeybot/journey", "github.com/slack-go/slack/", "github.com/nats-io/nats.go/",
		"github.com/prometheus/client_golang/", "github.com/agnivade/levenshtein",
	},
	"journeybot/bot": {
		"journeybot/alerts", "journeybot/cards", "journeybot/config", "journeybot/handlers", "journeybot/journey", "journeybot/pictures", "journeybot/storage",
		"github.com/slack-go/slack/", "github.com/nats-io/", "github.com/prometheus/client_golang/", "golang.org/x/sync/", "github.com/gofrs/flock",
	},
}

func TestPackagesImportOnlyWhatTheTableAllows(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}}{{range .Imports}} {{.}}{{end}}`, "./...").Output()
	require.NoError(t, err)
	var wrong []string
	for line := range strings.Lines(string(out)) {
		words := strings.Fields(line)
		if words[0] == "journeybot" {
			continue // the command line knows everything
		}
		if strings.HasPrefix(words[0]+"/", "journeybot/slacksim/") {
			for _, path := range words[1:] {
				if strings.HasPrefix(path, "github.com/slack-go/") || strings.HasPrefix(path, "journeybot") && !strings.HasPrefix(path, "journeybot/slacksim") {
					wrong = append(wrong, words[0]+" must not import "+path)
				}
			}
			continue
		}
		allowed, ok := rooms[words[0]]
		if !ok {
			wrong = append(wrong, words[0]+" is not in the table: say in docs/ARCHITECTURE.md why it is needed")
		}
		for _, path := range words[1:] {
			if !mayImport(allowed, path) {
				wrong = append(wrong, words[0]+" must not import "+path)
			}
		}
	}
	require.Empty(t, wrong)
}

func mayImport(allowed []string, path string) bool {
	first, _, _ := strings.Cut(path, "/")
	if !strings.Contains(first, ".") && first != "journeybot" {
		return true // standard library
	}
	return slices.ContainsFunc(allowed, func(name string) bool {
		return path == strings.TrimSuffix(name, "/") || strings.HasSuffix(name, "/") && strings.HasPrefix(path, name)
	})
}
