package cards

import (
	"testing"

	"journeybot/alerts"

	"github.com/stretchr/testify/require"
)

func TestShortMoney(t *testing.T) {
	t.Parallel()
	s := Style{Rules: &alerts.Rules{Currency: "EUR"}}
	for cents, want := range map[int64]plain{
		0: "€0", 960_000: "€9,600", 999_900: "€9,999", 1_000_000: "€10k", 8_400_000: "€84k", 120_000_000: "€1.2M", -960_000: "−€9,600",
	} {
		require.Equal(t, want, s.shortMoney(&cents))
	}
	require.Equal(t, unknown, s.shortMoney(nil))
}

func TestSingular(t *testing.T) {
	t.Parallel()
	for many, one := range map[plain]plain{
		"lists": "list", "shared lists": "shared list", "list": "list", "queries": "query", "status": "status", "analysis": "analysis",
		"access": "access", "API calls": "API call", "выгрузки": "выгрузки", "searches": "search", "files": "file",
	} {
		require.Equal(t, one, singular(many), many)
	}
}
