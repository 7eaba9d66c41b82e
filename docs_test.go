package main

import (
	"encoding/json"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kelseyhightower/envconfig"
	"github.com/stretchr/testify/require"

	"journeybot/alerts"
	"journeybot/config"
	"journeybot/handlers"
	"journeybot/journey"
	"journeybot/slacksim"
)

func document(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(text)
}

// decoded reads a CloudEvent as the consumer does.
func decoded(t *testing.T, body string) (alerts.Event, error) {
	t.Helper()
	ce, err := handlers.ParseCloudEvent(map[string][]string{"Content-Type": {"application/cloudevents+json"}}, []byte(body))
	require.NoError(t, err, "%s", body)
	return handlers.DecodeEvent(ce, time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC), 1, time.UTC)
}

func TestDocumentedEventsDecode(t *testing.T) {
	t.Parallel()
	example := regexp.MustCompile("`(\\{.+?\\})`")
	var types []string
	for line := range strings.Lines(document(t, "docs/events.md")) {
		cells := strings.Split(line, " | ")
		name := strings.Trim(cells[0], "| `")
		if !strings.HasPrefix(name, "growth.") || len(cells) < 3 {
			continue
		}
		types = append(types, name)
		examples := example.FindAllStringSubmatch(cells[1], -1)
		require.NotEmpty(t, examples, "%s has an example", name)
		for _, data := range examples {
			_, err := decoded(t, `{"specversion": "1.0", "id": "1", "source": "docs", "type": "`+name+`", "subject": "acme", "data": `+data[1]+`}`)
			require.NoError(t, err, "%s %s", name, data[1])
		}
	}
	slices.Sort(types)
	require.Equal(t, handlers.EventTypes(), types, "docs/events.md names every type once")
}

func TestReadmeHoldsWhatANewcomerTypes(t *testing.T) {
	t.Parallel()
	readme := document(t, "README.md")
	require.Contains(t, readme, "\ngo run . demo\n")
	require.Contains(t, readme, "\ngo test ./...\n")

	body := regexp.MustCompile(`(?s)curl .+? -d '(.+?)'`).FindStringSubmatch(readme)
	require.NotNil(t, body, "an event by curl")
	event, err := decoded(t, body[1])
	require.NoError(t, err)
	require.Equal(t, alerts.HealthShift, event.Signal.Kind)

	for _, link := range regexp.MustCompile(`\]\(([^)#:]+)\)`).FindAllStringSubmatch(readme, -1) {
		require.FileExists(t, link[1])
	}
}

// What docs/events.md shows of an outgoing event is what the bundled rules make of a red Acme that Maria acknowledges.
func TestDocumentedOutgoingEvent(t *testing.T) {
	t.Parallel()
	shown := regexp.MustCompile("(?s)```json\n(.+?)```").FindStringSubmatch(document(t, "docs/events.md"))
	require.NotNil(t, shown, "docs/events.md shows one")
	ce, err := handlers.ParseCloudEvent(map[string][]string{"Content-Type": {handlers.ContentStructured}}, []byte(shown[1]))
	require.NoError(t, err)

	growth, err := config.LoadGrowth("")
	require.NoError(t, err)
	event, err := decoded(t, `{"specversion": "1.0", "id": "1", "source": "crm", "type": "growth.signal.health_shift", "subject": "acme",
		"time": "2026-11-24T07:59:58Z", "data": {"from": "green", "to": "red", "previous_score": 72, "score": 44}}`)
	require.NoError(t, err)
	ws := alerts.NewWorkingSet(func() string { return "0199f2a4-7c1e-7d52-9b0a-5e2f4c1d8a63" })
	ws.Accounts["acme"] = &journey.Account{ID: "acme", Name: "Acme Corp", Owner: "maria@example.com"}
	growth.Rules.Ingest(ws, event, time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC))
	require.Len(t, ws.Changes.Results, 1)
	alert := ws.Changes.Results[0].Alert
	alert.Version = 2 // it was stored, and its owner was found
	by := alerts.Actor{UserID: "U024BE7LH", Name: "Maria Jensen"}
	result, err := growth.Rules.Apply(alert, alerts.Input{Do: alerts.DoAck, By: by, Origin: "slack:C1"}, ce.Time)
	require.NoError(t, err)
	require.Len(t, result.Outbound, 1)
	out := result.Outbound[0]
	require.JSONEq(t, string(out.Data), string(ce.Data))
	require.Equal(t, []string{out.ID, out.Type, out.Subject, "journeybot"}, []string{ce.ID, ce.Type, ce.Subject, ce.Source})
}

func TestEverySettingIsDocumented(t *testing.T) {
	t.Parallel()
	text := document(t, "docs/configuration.md")
	var names strings.Builder
	require.NoError(t, envconfig.Usagef("", &config.Env{}, &names, "{{range .}}{{usage_key .}} {{usage_type .}}\n{{end}}"))
	for line := range strings.Lines(names.String()) {
		name, kind, _ := strings.Cut(strings.TrimSpace(line), " ")
		require.Contains(t, text, "`"+name+"`")
		if kind == "Secret" {
			require.Regexp(t, "`"+name+"` \\(secret", text)
		}
	}
}

func TestEveryVerbOfTheLocalSlackIsDocumented(t *testing.T) {
	t.Parallel()
	text := document(t, "docs/slacksim.md")
	sim, err := slacksim.New(slacksim.Config{})
	require.NoError(t, err)
	sim.Start()
	defer func() { require.NoError(t, sim.Close()) }()
	res, err := http.Get(sim.URL() + "/sim/")
	require.NoError(t, err)
	defer func() { _ = res.Body.Close() }()
	var about struct{ Verbs []string }
	require.NoError(t, json.NewDecoder(res.Body).Decode(&about))
	require.NotEmpty(t, about.Verbs)
	for _, verb := range about.Verbs {
		require.Contains(t, text, "`"+verb+"`")
	}
}

func TestEveryMetricIsDocumented(t *testing.T) {
	t.Parallel()
	metric := regexp.MustCompile(`\bjourneybot_[a-z_]+`)
	inCode := map[string]bool{}
	for _, path := range []string{"bot/bot.go", "bot/digests.go", "bot/evaluator.go", "bot/metrics.go", "bot/outbox.go", "handlers/events_metrics.go", "handlers/slack.go"} {
		for _, name := range metric.FindAllString(document(t, path), -1) {
			inCode[name] = true
		}
	}
	inDocument := map[string]bool{}
	for _, name := range metric.FindAllString(document(t, "docs/operations.md"), -1) {
		inDocument[name] = true
	}
	require.Equal(t, inCode, inDocument)
}

func TestEveryReadinessReasonIsDocumented(t *testing.T) {
	t.Parallel()
	text := document(t, "docs/operations.md")
	for _, path := range []string{"bot/bot.go", "bot/run.go"} {
		for _, name := range regexp.MustCompile(`state\.add(?:Degrading)?\("(.+?)"`).FindAllStringSubmatch(document(t, path), -1) {
			require.Contains(t, text, "| `"+name[1]+"` |")
		}
	}
}

// methodScopes are the scopes that Slack asks for each method that the bot calls, for the kinds of channels that it is used on.
var methodScopes = map[string][]string{
	"auth.test": nil, "apps.connections.open": nil, // the app token has connections:write
	"chat.postMessage": {"chat:write"}, "chat.update": {"chat:write"},
	"conversations.list": {"channels:read", "groups:read"}, "conversations.info": {"channels:read", "groups:read"},
	"conversations.members": {"channels:read", "groups:read"},
	"conversations.join":    {"channels:join"}, "conversations.open": {"im:write"},
	"conversations.history": {"channels:history", "groups:history", "im:history"},
	"conversations.replies": {"channels:history", "groups:history", "im:history"},
	"users.info":            {"users:read"}, "users.lookupByEmail": {"users:read.email"},
	"views.publish": nil, "views.open": nil, "views.push": nil, "views.update": nil,
	"usergroups.list": {"usergroups:read"}, "usergroups.users.list": {"usergroups:read"},
}

func TestManifestAsksForTheScopesThatAreUsed(t *testing.T) {
	t.Parallel()
	manifest, err := renderManifest(manifestData{Command: "/journey"})
	require.NoError(t, err)
	var asked []string
	_, list, _ := strings.Cut(manifest, "    bot:\n")
	for line := range strings.Lines(list) {
		scope, ok := strings.CutPrefix(line, "      - ")
		if !ok {
			break
		}
		asked = append(asked, strings.TrimSpace(scope))
	}
	used := []string{"commands"}
	for _, scopes := range methodScopes {
		used = append(used, scopes...)
	}
	slices.Sort(used)
	require.Equal(t, slices.Compact(used), asked)

	_, methods, _ := strings.Cut(document(t, "bot/metrics.go"), "var slackMethods = []string{")
	methods, _, _ = strings.Cut(methods, `"other"`)
	for _, method := range regexp.MustCompile(`"([a-zA-Z.]+)"`).FindAllStringSubmatch(methods, -1) {
		require.Contains(t, methodScopes, method[1])
	}
}
