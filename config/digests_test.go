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

func TestDigestsOff(t *testing.T) {
	t.Parallel()
	const morning = 8*time.Hour + 30*time.Minute
	channels := map[string]time.Duration{"a": morning}
	for section, want := range map[string]alerts.DigestRules{
		"":                               {Channels: channels, Owners: true, Day: time.Monday, At: morning, Calendar: "default"},
		"digests: off":                   {},
		"digests: false":                 {},
		"digests: {channels: off}":       {Channels: map[string]time.Duration{}, Owners: true, Day: time.Monday, At: morning, Calendar: "default"},
		"digests: {owners: off}":         {Channels: channels, Day: time.Monday, At: morning, Calendar: "default"},
		"digests: {owners: {at: 07:00}}": {Channels: channels, Owners: true, Day: time.Monday, At: 7 * time.Hour, Calendar: "default"},
	} {
		t.Run(section, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "g.yaml")
			require.NoError(t, os.WriteFile(path, []byte("channels: {a: {slack: '#a'}}\nroutes: [{name: d, channel: a}]\n"+section+"\n"), 0o600))
			growth, err := config.LoadGrowth(path)
			require.NoError(t, err)
			require.Equal(t, want, growth.Rules.Digests)
		})
	}
}
