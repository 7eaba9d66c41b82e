package config_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"journeybot/alerts"
	"journeybot/config"
	"journeybot/journey"
)

func TestUsage(t *testing.T) {
	t.Parallel()
	growth, err := config.LoadGrowth("testdata/good/usage.yaml")
	require.NoError(t, err)
	require.Equal(t, alerts.UsageRules{Keep: 90 * 24 * time.Hour, Forget: 730 * 24 * time.Hour}, growth.Rules.Usage)
	berlin, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	keep, forget := growth.Rules.Usage.RollUp(time.Date(2026, 11, 24, 0, 30, 0, 0, berlin))
	require.Equal(t, journey.Day(20260801), keep, "the whole month of the 90th day stays")
	require.Equal(t, journey.Day(20241101), forget)

	bundled, err := config.LoadGrowth("")
	require.NoError(t, err)
	require.Equal(t, alerts.DefaultUsage(), bundled.Rules.Usage)
	_, forget = bundled.Rules.Usage.RollUp(time.Now())
	require.False(t, forget.Known(), "never")
}
