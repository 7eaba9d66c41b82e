package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"journeybot/config"
	"journeybot/config/demo"
	"journeybot/storage/storagetest"
)

// TestStoryWhatPlaybooksCameTo starts with ninety days of alerts, of which those with a step done ended well more often, and asks.
func TestStoryWhatPlaybooksCameTo(t *testing.T) {
	t.Parallel()
	for _, database := range []string{"sqlite", "postgres"} {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			setup := setup{httpMode: database == "postgres", env: map[string]string{}}
			if database == "postgres" {
				setup.database = storagetest.Postgres(t)
			}
			text, err := os.ReadFile(filepath.Join("config", "growth.yaml"))
			require.NoError(t, err)
			growth := filepath.Join(t.TempDir(), "growth.yaml")
			changed := strings.Replace(string(text), "operate: anyone", `operate: "group:@cs-leads"`, 1)
			require.NotEqual(t, string(text), changed)
			require.NoError(t, os.WriteFile(growth, []byte(changed), 0o600))
			setup.env["GROWTH_CONFIG"] = growth
			w := newWorld(t, setup)
			loaded, err := config.LoadGrowth(growth)
			require.NoError(t, err)
			url := w.env["DATABASE_URL"]
			if url == "" {
				url = "sqlite:" + filepath.Join(w.env["DATA_DIR"], "journeybot.db")
			}
			now := time.Now()
			episodes := demo.Past(now)
			began := time.Now()
			require.NoError(t, tellPast(t.Context(), url, loaded.Rules, demoActors(w.slack), episodes, nil))
			t.Logf("%d episodes told in %s", len(episodes), time.Since(began))
			w.run()

			answer := w.slash("ben", "/journey playbooks")
			require.Contains(t, answer.raw, "Playbooks in the last 90 days")
			require.Contains(t, answer.raw, "health-red")
			require.Regexp(t, `Ended well: \d+ % of \d+ with a step done, \d+ % of \d+ alike with none`, answer.raw)
			require.Contains(t, answer.raw, "this shows what went together, not why")
			require.Contains(t, answer.raw, `"data_visualization"`)
			require.Contains(t, w.slash("ben", "/journey playbooks 30d").raw, "Playbooks in the last 30 days")
			require.Contains(t, w.slash("ben", "/journey playbooks ruls").raw, "playbooks rules", "a slip is understood")
			require.Contains(t, w.slash("ben", "/journey help").raw, "playbooks [rules]")

			require.Contains(t, w.slash("ben", "/journey playbooks rules").raw, "Only the members of @cs-leads")
			card := w.slash("aiko", "/journey playbooks rules")
			require.Contains(t, card.raw, "Rules in the last 90 days")
			require.Contains(t, card.raw, "closed by people were false alarms")

			// An alert that ended 30 days ago and more is looked at again as soon as the program runs.
			stayed := slices.IndexFunc(episodes, func(e demo.Episode) bool { return e.Outcome == "saved" && len(e.Later) == 0 })
			left := slices.IndexFunc(episodes, func(e demo.Episode) bool { return e.Outcome == "saved" && len(e.Later) > 0 })
			for i, found := range map[int]string{stayed: "Looked again after 30 days: still a customer", left: "Looked again after 30 days: no longer a customer"} {
				w.until("the bot looked again", func() bool {
					return strings.Contains(w.slash("ben", "/journey "+episodes[i].Signal.Subject+" timeline").raw, found)
				})
			}
			w.until("a save that did not last counts as such", func() bool {
				return strings.Contains(w.slash("ben", "/journey playbooks").raw, "had churned")
			})

			home := func(user string) string {
				_, _, err := w.slack.OpenHome(user)
				require.NoError(t, err)
				raw := ""
				w.until("a Home tab of "+user, func() bool {
					view, _ := w.slack.Home(user)
					raw = readable(view.Raw)
					return strings.Contains(raw, "Playbooks in the last 90 days")
				})
				return raw
			}
			require.NotContains(t, home("ben"), "Report card", "for operators only")
			require.Contains(t, home("aiko"), "Report card")
		})
	}
}
