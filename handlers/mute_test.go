package handlers

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"journeybot/alerts"
)

func TestMuteIn(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]muteWords{
		"":                                   {},
		"acme":                               {account: "acme"},
		"acme 7d":                            {account: "acme", window: "7d"},
		"Acme Corp 7 days":                   {account: "Acme Corp", window: "7days"},
		"Acme Corp":                          {account: "Acme Corp"},
		"Acme Corp 7d limits":                {account: "Acme Corp", window: "7d", kind: alerts.UsageLimit},
		"Acme Corp health_shift 2w":          {account: "Acme Corp", window: "2w", kind: alerts.HealthShift},
		"Acme Corp because migration  7d":    {account: "Acme Corp", because: "migration  7d"},
		"Acme 30d pql Because of Q4, limits": {account: "Acme", window: "30d", kind: alerts.PQL, because: "of Q4, limits"},
		`"Renewal 7d" renewal 7d because x`:  {account: "Renewal 7d", window: "7d", kind: alerts.RenewalDue, because: "x"},
		`"because"`:                          {account: "because"},
		"because":                            {account: "because"},
		"renewal":                            {account: "renewal"},
		"7d":                                 {account: "7d"},
		"acme 7d 8d":                         {account: "acme 7d", window: "8d"},
		"Ромашка 1d":                         {account: "Ромашка", window: "1d"},
	} {
		require.Equal(t, want, muteIn(text), "%q", text)
	}
}

func TestMuteLength(t *testing.T) {
	t.Parallel()
	for window, want := range map[string]time.Duration{"1": day, "7d": 7 * day, "2w": 14 * day, "90d": 90 * day, "3 months": 0, "91d": 0, "0": 0, "0d": 0, "": 0, "soon": 0, "-3": 0} {
		got, problem := muteLength(window)
		require.Equal(t, want, got, window)
		require.Equal(t, want == 0, problem != "", window)
	}
}

const day = 24 * time.Hour

func TestARequestMakesOneMute(t *testing.T) {
	t.Parallel()
	require.Equal(t, muteID("1.2"), muteID("1.2"))
	require.NotEqual(t, muteID("1.2"), muteID("1.3"))
	require.Empty(t, muteID(""), "what nothing identifies makes a mute each time")
}
