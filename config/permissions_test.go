package config_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"journeybot/alerts"
	"journeybot/config"
)

func TestPermissions(t *testing.T) {
	t.Parallel()
	growth, err := config.LoadGrowth("testdata/good/permissions.yaml")
	require.NoError(t, err)
	require.Equal(t, alerts.Permissions{Act: alerts.Anyone, Mute: alerts.ChannelMembers, Operate: "group:@cs-ops"}, growth.Rules.Permissions)
	handle, ok := growth.Rules.Permissions.Operate.Group()
	require.True(t, ok)
	require.Equal(t, "@cs-ops", handle)

	bundled, err := config.LoadGrowth("")
	require.NoError(t, err)
	require.Zero(t, bundled.Rules.Permissions, "everybody may everything until somebody says otherwise")
}
