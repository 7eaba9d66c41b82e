package config_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"journeybot/alerts"
	"journeybot/config"
)

func TestQuietIsRead(t *testing.T) {
	t.Parallel()
	growth, err := config.LoadGrowth("testdata/good/quiet.yaml")
	require.NoError(t, err)
	require.Equal(t, alerts.QuietRules{
		StaleAfter: 0, StaleCritical: 72 * time.Hour, Flapping: alerts.Flapping{Changes: 4, Within: 7 * 24 * time.Hour}, DigestLow: false,
		Hours: []alerts.QuietHours{
			{Channels: []string{"alerts"}, From: 18 * time.Hour, To: 8*time.Hour + 30*time.Minute, Calendar: "office"},
			{Channels: []string{"urgent"}, From: 22 * time.Hour, To: 6 * time.Hour},
		},
		Throttle: map[alerts.Kind]alerts.Throttle{alerts.UsageLimit: {Posts: 1, Per: 24 * time.Hour}},
		Budget:   alerts.Budget{PerPerson: 12},
		Storm:    alerts.DefaultStorm(),
		Shadow:   alerts.Shadow{Channel: "#dry-run", Channels: []string{"alerts"}, Until: time.Date(2026, 12, 8, 0, 0, 0, 0, time.UTC)},
	}, growth.Rules.Quiet)

	small, err := config.LoadGrowth("testdata/good/small.yaml")
	require.NoError(t, err)
	require.Equal(t, alerts.DefaultQuiet(), small.Rules.Quiet, "what the file leaves out keeps its default")
	bundled, err := config.LoadGrowth("")
	require.NoError(t, err)
	require.Equal(t, alerts.DefaultQuiet(), bundled.Rules.Quiet, "the bundled file says what holds anyway")
}
