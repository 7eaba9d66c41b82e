package config_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"journeybot/config"
)

func TestBundledGrowthFile(t *testing.T) {
	t.Parallel()
	growth, err := config.LoadGrowth("")
	require.NoError(t, err)
	require.NotEmpty(t, growth.Rules.Playbooks)
}
