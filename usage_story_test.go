package main

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"journeybot/storage/storagetest"
)

// journeyFile has one map: a first search, then lists within five days, then searches every week.
const journeyFile = `
channels:
  alerts: {slack: "#cs-alerts"}
routes:
  - {name: default, channel: alerts, owner: account_owner}
usage: {keep: 90d}
maps:
  - id: growth
    grace: 0
    phases:
      - id: all
        milestones:
          - {id: first-search, title: First search, kpi: {search: ">= 1"}}
          - {id: first-value, title: First value, kpi: {search: ">= 5", list: ">= 2"}, expect_within: 5d, on_dropoff: milestone-dropoff}
          - {id: habit, title: Habit, kpi: {window: 7d, search: ">= 9"}, sustain: {every: 7d}, on_regress: milestone-dropoff}
`

func TestStoryUsageMovesTheJourney(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "growth.yaml")
	writeFile(t, file, journeyFile)
	for _, database := range []string{"sqlite", "postgres"} {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			setup := setup{external: true, env: map[string]string{"GROWTH_CONFIG": file}}
			if database == "postgres" {
				setup.database = storagetest.Postgres(t)
			}
			w := newWorld(t, setup)
			w.run()
			tellUsageStory(t, w)
		})
	}
}

func tellUsageStory(t *testing.T, w *world) {
	t.Helper()
	began := time.Now().UTC().AddDate(0, 0, -6) // the five days are over since midnight
	w.publish("growth.account.updated", "acme", map[string]any{"name": "Acme Corp", "owner": "maria@example.com", "contacts": []map[string]any{
		{"name": "Dana Weiss", "role": "champion"},
	}})
	w.publish("growth.usage.tracked", "acme", map[string]any{"items": []map[string]any{
		{"event": "search", "count": 6, "user": "ann", "at": began.Format(time.RFC3339)}, {"event": "list", "user": "ann", "at": began.Format(time.RFC3339)},
	}})
	stuck := w.sees("#cs-alerts", "Acme Corp stuck at First value, 1 of 2 lists")
	require.Contains(t, stuck.raw, "Searches 6 of 5, lists 1 of 2")
	require.Contains(t, stuck.raw, "last action: list", "what they did last")
	require.Contains(t, stuck.raw, "talk to Dana Weiss")
	w.choose("maria", stuck, "alert.more", "why")
	w.tells("maria", "#cs-alerts", "milestone-dropoff (the journey map names it)")
	require.Empty(t, w.postsAbout("#cs-alerts", "reached First search"), "a past that comes in is no news")

	w.publish("growth.usage.tracked", "acme", map[string]any{"event": "search", "count": 1, "user": "ben", "at": began.Format(time.RFC3339)})
	w.bot.stop(patience)
	w.run()
	require.Contains(t, w.slash("maria", "/journey acme").raw, "First search")
	w.publish("growth.usage.tracked", "acme", map[string]any{"event": "list", "user": "ben"})
	stuck = w.changes(stuck, "no longer stuck at First value")
	require.Len(t, w.postsAbout("#cs-alerts", "stuck at First value"), 1, "told once, by both runs")
	w.hears("journeybot.stage.changed")

	before := began.AddDate(0, 0, -1).Format(time.RFC3339) // seven days ago: out of the week since midnight
	w.publish("growth.usage.tracked", "acme", map[string]any{"event": "search", "count": 9, "user": "ann", "at": began.Format(time.RFC3339)})
	w.until("the habit is reached", func() bool { return strings.Contains(w.slash("maria", "/journey acme timeline").raw, "Stage: Habit.") })
	w.publish("growth.usage.tracked", "acme", map[string]any{"items": []map[string]any{ // a correction: it was the day before
		{"event": "search", "count": -9, "user": "ann", "at": began.Format(time.RFC3339)}, {"event": "search", "count": 9, "user": "ann", "at": before},
	}})
	lost := w.sees("#cs-alerts", "Acme Corp lost Habit, 7 of 9 searches")
	w.publish("growth.usage.tracked", "acme", map[string]any{"event": "search", "count": 2, "user": "ann"})
	w.changes(lost, "reached Habit again")
	require.Contains(t, w.slash("maria", "/journey acme timeline").raw, "Stage: Habit.")
}
