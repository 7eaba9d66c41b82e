package config_test

import (
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"journeybot/alerts"
	"journeybot/config"
	"journeybot/journey"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestBrokenGrowthFiles shows, file by file, what an operator reads.
func TestBrokenGrowthFiles(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/broken/*.yaml")
	require.NoError(t, err)
	require.Greater(t, len(files), 20)
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			growth, err := config.LoadGrowth(path)
			require.Nil(t, growth)
			var problems *config.Problems
			require.ErrorAs(t, err, &problems)
			listing := strings.ReplaceAll(err.Error(), "testdata/broken/", "") + "\n"
			golden := strings.TrimSuffix(path, ".yaml") + ".golden"
			if *update {
				require.NoError(t, os.WriteFile(golden, []byte(listing), 0o600))
			}
			want, err := os.ReadFile(golden)
			require.NoError(t, err, "run the test with -update to make it")
			require.Equal(t, string(want), listing)
		})
	}
}

func TestUnreadableGrowthFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	big := filepath.Join(dir, "big.yaml")
	require.NoError(t, os.WriteFile(big, []byte(strings.Repeat("#", 1<<20+1)), 0o600))
	for path, want := range map[string]string{
		filepath.Join(dir, "gone.yaml"): "there is no file", big: "is larger than 1 MiB", dir: "is a directory",
	} {
		_, err := config.LoadGrowth(path)
		var problems *config.Problems
		require.ErrorAs(t, err, &problems)
		require.Len(t, problems.List, 1)
		require.Equal(t, path, problems.List[0].Where)
		require.Contains(t, problems.List[0].What, want)
	}
}

// TestGrowthRecoversPlaces writes a mistake at every style of scalar and expects its place in the file.
func TestGrowthRecoversPlaces(t *testing.T) {
	t.Parallel()
	const mistake = "{{.Nope}}"
	for name, title := range map[string]string{
		"plain":            "Call Ann " + "Ä" + mistake,
		"double":           `"Call \"Ann\" \u00c4\x41\t – ` + mistake + `"`,
		"single":           `'It''s «Ä» ` + mistake + `'`,
		"double, folded":   "\"Call\n\n            Ann  and \\\n            Bob ä\n            " + mistake + `"`,
		"plain, folded":    "Call Ann\n            and Bob\n\n            ä " + mistake,
		"literal":          "|\n            Call\n              Ann\n\n            ä " + mistake,
		"literal, chomped": "|-\n            Call " + mistake,
		"folded":           ">\n            Call\n            Ann\n\n            and\n            ä " + mistake,
		"at the start":     `"` + mistake + `"`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := "channels: {a: {slack: '#a'}}\nroutes: [{name: d, channel: a}]\nplaybooks:\n    p:\n        steps:\n        - id: x\n          title: " + title + "\n"
			path := filepath.Join(t.TempDir(), "g.yaml")
			require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
			_, err := config.LoadGrowth(path)
			require.Error(t, err)

			before, _, _ := strings.Cut(text, mistake)
			line, lastLine := strings.Count(before, "\n")+1, before[strings.LastIndex(before, "\n")+1:]
			column := len([]rune(lastLine)) + 1 + len("{{") // where the field stands
			require.True(t, strings.HasPrefix(err.Error(), fmt.Sprintf("%s:%d:%d: unknown field", path, line, column)), "want %d:%d\ngot  %s", line, column, err)
		})
	}
}

func TestBundledGrowthFile(t *testing.T) {
	t.Parallel()
	growth, err := config.LoadGrowth("")
	require.NoError(t, err)
	require.Empty(t, growth.Path)
	require.Equal(t, "/journey", growth.Command)
	text, err := os.ReadFile("growth.yaml")
	require.NoError(t, err)
	sum := sha256.Sum256(text)
	require.Equal(t, hex.EncodeToString(sum[:]), growth.Revision)
	require.Equal(t, growth.Revision, growth.Rules.Revision)
	require.Equal(t, string(text), growth.Text)

	rules := growth.Rules
	require.Equal(t, alerts.Target("#cs-alerts"), rules.Channels["alerts"].Slack)
	require.Equal(t, alerts.Target("#sales-pql"), rules.Channels["sales"].Slack)
	require.Equal(t, alerts.Target("#cs-urgent"), rules.Channels["urgent"].Slack)
	require.Equal(t, alerts.DefaultThresholds(), rules.Thresholds, "the file shows the defaults")
	require.Equal(t, alerts.DefaultEscalations("office", rules.Fallback, rules.People), rules.Escalations, "the file shows the defaults")
	const morning = 8*time.Hour + 30*time.Minute
	require.Equal(t, alerts.DigestRules{
		Channels: map[string]time.Duration{"alerts": morning, "sales": morning, "urgent": morning}, Calendar: "office",
		Owners: true, Day: time.Monday, At: morning,
	}, rules.Digests, "the file shows the defaults")
	last := rules.Routes[len(rules.Routes)-1]
	require.Nil(t, last.When)
	require.Equal(t, "alerts", last.Channel)
}

// TestBundledPlaybooks holds every playbook to what a good one has.
func TestBundledPlaybooks(t *testing.T) {
	t.Parallel()
	growth, err := config.LoadGrowth("")
	require.NoError(t, err)
	covered := map[alerts.Kind]bool{}
	for _, playbook := range growth.Rules.Playbooks {
		require.NotNil(t, playbook.For, playbook.Name)
		for _, kind := range alerts.Kinds {
			if strings.Contains(playbook.For.String(), `"`+string(kind)+`"`) {
				covered[kind] = true
			}
		}
		required := 0
		for _, step := range playbook.Steps {
			require.NotNil(t, step.Hint, "%s: %s", playbook.Name, step.ID)
			require.NotZero(t, step.Due, "%s: %s", playbook.Name, step.ID)
			require.NotEmpty(t, step.Role, "%s: %s", playbook.Name, step.ID)
			if !step.Optional {
				required++
			}
		}
		require.GreaterOrEqual(t, len(playbook.Steps), 3, playbook.Name)
		require.LessOrEqual(t, len(playbook.Steps), 6, playbook.Name)
		require.GreaterOrEqual(t, required, 2, playbook.Name)
		require.NotEmpty(t, playbook.Outcomes, playbook.Name)
		require.NotEmpty(t, playbook.Review, playbook.Name)
	}
	require.ElementsMatch(t, alerts.Kinds, slices.Collect(maps.Keys(covered)), "every kind has a playbook")
}

// TestBundledPlaybooksReadWell renders every step for an account of which nothing but the id is known.
func TestBundledPlaybooksReadWell(t *testing.T) {
	t.Parallel()
	growth, err := config.LoadGrowth("")
	require.NoError(t, err)
	bare := alerts.View{Account: journey.Account{ID: "acme"}, Alert: alerts.Alert{Facts: alerts.Facts{Limit: &alerts.LimitFacts{Used: 9, Limit: 10}}}}
	for _, playbook := range growth.Rules.Playbooks {
		for _, step := range playbook.Steps {
			for _, text := range []*alerts.Text{step.Title, step.Hint} {
				line := text.Render(bare, growth.Rules)
				require.NotContains(t, line, "unknown", playbook.Name)
				require.NotContains(t, line, "{{", playbook.Name)
				require.NotContains(t, line, "  ", playbook.Name)
				require.LessOrEqual(t, len(line), 150, "%s: %s", playbook.Name, line)
			}
		}
	}
}

func TestGrowthFileLeavesOut(t *testing.T) {
	t.Parallel()
	bundled, err := config.LoadGrowth("")
	require.NoError(t, err)

	small, err := config.LoadGrowth("testdata/good/small.yaml")
	require.NoError(t, err)
	require.Equal(t, "/journey", small.Command)
	require.Equal(t, time.UTC, small.Rules.Zone)
	require.Equal(t, "EUR", small.Rules.Currency)
	require.Equal(t, alerts.Fallback{Channel: "alerts"}, small.Rules.Fallback, "the default route's channel")
	require.Len(t, small.Rules.Playbooks, len(bundled.Rules.Playbooks))
	require.Equal(t, alerts.DefaultEscalations("default", small.Rules.Fallback, alerts.PeopleRules{}), small.Rules.Escalations)
	require.True(t, small.Rules.Calendars["default"].Days[time.Monday])

	thresholds, err := config.LoadGrowth("testdata/good/thresholds_only.yaml")
	require.NoError(t, err)
	require.Equal(t, alerts.PQLThresholds{Qualified: 60, SalesReady: 90}, thresholds.Rules.Thresholds.PQL)
	require.Equal(t, bundled.Rules.Channels, thresholds.Rules.Channels)
	require.Len(t, thresholds.Rules.Routes, len(bundled.Rules.Routes))
	require.Equal(t, bundled.Rules.Fallback, thresholds.Rules.Fallback)
}

func TestGrowthFileInFull(t *testing.T) {
	t.Parallel()
	growth, err := config.LoadGrowth("testdata/good/full.yaml")
	require.NoError(t, err)
	rules := growth.Rules
	require.Equal(t, "/customer", growth.Command)
	require.Equal(t, "America/New_York", rules.Zone.String())
	require.Equal(t, "USD", rules.Currency)
	require.Equal(t, map[string]alerts.Channel{
		"alerts": {Slack: "#cs-alerts", Audience: "auto"}, "urgent": {Slack: "#cs-urgent", Audience: "internal"},
	}, rules.Channels)
	require.Equal(t, alerts.Fallback{Channel: "urgent", Owner: "lead@example.com"}, rules.Fallback)
	require.Equal(t, map[string]string{"first-value": "First value"}, rules.Milestones)

	days := [7]bool{true, true, true, true, true, false, false}
	require.Equal(t, alerts.Calendar{
		Zone: rules.Zone, Days: days, From: 8*time.Hour + 30*time.Minute, To: 17 * time.Hour, Holidays: map[journey.Day]bool{20261225: true},
	}, rules.Calendars["ny"])
	require.Equal(t, "Asia/Tokyo", rules.Calendars["tokyo"].Zone.String())
	require.Equal(t, days, rules.Calendars["tokyo"].Days)
	require.Equal(t, 9*time.Hour, rules.Calendars["tokyo"].From)

	want := alerts.DefaultThresholds()
	want.Health.Green, want.Health.Within = 80, 14*24*time.Hour
	want.Limits = []alerts.LimitThreshold{{Percent: 50, Severity: alerts.Low}, {Percent: 110, Severity: alerts.Critical}}
	want.Renewal = []alerts.RenewalThreshold{{Days: 60, Severity: alerts.Low}, {Days: 30, Severity: alerts.High}}
	want.Support = alerts.SupportThresholds{Age: 3 * 24 * time.Hour, Priorities: []string{"urgent", "high"}}
	want.CSAT = alerts.SurveyThresholds{Detractor: 1, Promoter: 4}
	require.Equal(t, want, rules.Thresholds)

	require.Equal(t, alerts.Escalation{
		Name: "mine", Calendar: "tokyo",
		Steps: []alerts.EscalationStep{
			{After: 30 * time.Minute, Remind: "owner"}, {After: 90 * time.Minute, Mention: "group:@cs-leads"}, {After: 2 * time.Hour, Post: "urgent"},
		},
		RepeatEvery: 24 * time.Hour, RepeatTimes: 3, RemindAfter: 24 * time.Hour, UnacknowledgeAfter: 72 * time.Hour, ExpireAfter: 720 * time.Hour,
	}, rules.Escalations["mine"])
	require.Equal(t, alerts.DefaultEscalations("ny", rules.Fallback, rules.People)["high"], rules.Escalations["high"])

	require.Len(t, rules.Playbooks, 1)
	playbook := rules.Playbooks[0]
	require.Equal(t, "early-risk", playbook.Name)
	require.Equal(t, `kind in ["health_shift", "milestone_dropoff"]`, playbook.For.String())
	require.Equal(t, "Call {{.Account.Champion.Name}}", playbook.Steps[0].Title.String())
	require.Equal(t, 24*time.Hour, playbook.Steps[0].Due)
	require.True(t, playbook.Steps[1].Optional)
	require.Nil(t, playbook.Steps[1].Hint)
	buffer := playbook.Actions[1]
	require.Equal(t, map[string]any{"percent": uint64(10), "who": "Acme", "more": []any{true, nil, 1.5}},
		buffer.Payload(alerts.View{Account: journey.Account{Name: "Acme"}}, rules))
	buffer.Data = nil
	require.Equal(t, alerts.Action{ID: "buffer", Type: "publish", Label: "Grant buffer", Name: "grant_buffer", Confirm: "Add 10 %?"}, buffer)
	require.Equal(t, []alerts.Outcome{alerts.Saved, alerts.ChurnedOut}, playbook.Outcomes)
	require.Equal(t, []time.Duration{720 * time.Hour, 2160 * time.Hour}, playbook.Review)

	require.Equal(t, alerts.DigestRules{
		Channels: map[string]time.Duration{"urgent": 17*time.Hour + 5*time.Minute}, Calendar: "tokyo",
		Owners: true, Day: time.Friday, At: 8*time.Hour + 30*time.Minute,
	}, rules.Digests)

	require.Equal(t, "big red", rules.Routes[0].Name)
	require.True(t, rules.Routes[0].Continue)
	require.Equal(t, alerts.Critical, rules.Routes[0].Severity)
	require.Equal(t, alerts.Route{
		Name: "default", Channel: "alerts", Owner: []string{"account_owner", "round_robin:@csm"}, Playbook: "early-risk", Escalation: "mine",
	}, rules.Routes[1])
}

// FuzzGrowthFile looks for text that breaks the compiler: it must always end in rules or in problems with places.
func FuzzGrowthFile(f *testing.F) {
	files, err := filepath.Glob("testdata/*/*.yaml")
	require.NoError(f, err)
	for _, path := range files {
		text, err := os.ReadFile(path)
		require.NoError(f, err)
		f.Add(string(text))
	}
	path := filepath.Join(f.TempDir(), "growth.yaml")
	f.Fuzz(func(t *testing.T, text string) {
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		growth, err := config.LoadGrowth(path)
		if err == nil {
			require.NotEmpty(t, growth.Rules.Routes)
			require.Contains(t, growth.Rules.Channels, growth.Rules.Fallback.Channel)
			return
		}
		var problems *config.Problems
		require.ErrorAs(t, err, &problems)
		for _, problem := range problems.List {
			require.True(t, strings.HasPrefix(problem.Where, path), problem.Where)
		}
	})
}
