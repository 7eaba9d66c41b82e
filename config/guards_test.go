package config_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"journeybot/alerts"
	"journeybot/config"
)

func TestGuards(t *testing.T) {
	t.Parallel()
	growth, err := config.LoadGrowth("testdata/good/guards.yaml")
	require.NoError(t, err)
	rules := growth.Rules
	require.Equal(t, alerts.CollisionOff, rules.Guards.Collision)
	require.InDelta(t, 4.5, rules.Guards.Freshness, 0)
	require.Equal(t, "external", rules.Channels["alerts"].Audience)
	require.Equal(t, alerts.SilenceThresholds{HighTier: 30 * 24 * time.Hour, Others: 60 * 24 * time.Hour}, rules.Thresholds.Silence)
	require.Equal(t, []string{"gold"}, rules.Thresholds.HighTiers)
	require.Equal(t, 12*time.Hour, rules.Thresholds.Health.Settle)
	require.Equal(t, []alerts.EscalationStep{{After: 4 * time.Hour, Next: "rep"}}, rules.Escalations["pql"].Steps)

	bundled, err := config.LoadGrowth("")
	require.NoError(t, err)
	require.Equal(t, alerts.CollisionHold, bundled.Rules.Guards.Collision)
	require.Equal(t, "office", bundled.Rules.Guards.Calendar)
	require.Equal(t, alerts.DefaultThresholds(), bundled.Rules.Thresholds, "the bundled file says the defaults")
}
