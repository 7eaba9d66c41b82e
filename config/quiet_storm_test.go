package config_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"journeybot/alerts"
	"journeybot/config"

	"github.com/stretchr/testify/require"
)

func TestStorm(t *testing.T) {
	t.Parallel()
	for section, want := range map[string]alerts.Storm{
		"":                               alerts.DefaultStorm(),
		"quiet: {storm: {threshold: 0}}": {Window: time.Minute, Every: 5 * time.Minute, Reset: 10 * time.Minute},
		"quiet: {storm: {threshold: 12, window: 2m, every: 1m, reset: 1h}}": {
			Threshold: 12, Window: 2 * time.Minute, Every: time.Minute, Reset: time.Hour,
		},
	} {
		path := filepath.Join(t.TempDir(), "growth.yaml")
		text := "channels: {alerts: {slack: \"#cs-alerts\"}}\nroutes: [{name: default, channel: alerts}]\n" + section + "\n"
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		growth, err := config.LoadGrowth(path)
		require.NoError(t, err, section)
		require.Equal(t, want, growth.Rules.Quiet.Storm, section)
	}
}
