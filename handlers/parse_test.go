package handlers

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]line{
		"":                          {},
		"   ":                       {},
		"acme":                      {account: "acme"},
		"Acme Corp":                 {account: "Acme Corp"},
		"help":                      {verb: "help"},
		"HELP":                      {verb: "help"},
		"alerts":                    {verb: "alerts"},
		"alerts mine":               {verb: "alerts", args: []string{"mine"}},
		"alerts mine red":           {verb: "alerts", args: []string{"mine", "red"}},
		"help desk inc":             {account: "help desk inc"},
		`"alerts"`:                  {account: "alerts", quoted: true},
		"“Help”":                    {account: "Help", quoted: true},
		`"help desk`:                {account: "help desk", quoted: true},
		"Ромашка":                   {account: "Ромашка"},
		"https://crm.example/a?x=1": {account: "https://crm.example/a?x=1"},
	} {
		got := parse(text)
		if len(got.args) == 0 {
			got.args = nil
		}
		require.Equal(t, want, got, "%q", text)
	}
}

func TestNearestVerbOffersOnlyWhatIsClose(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]string{"alrts": "alerts", "hlep": "help", "helpp": "help", "ALERT": "alerts", "acme": "", "x": "", "help": "help"} {
		require.Equal(t, want, nearestVerb(word), word)
	}
}

func TestSnoozeUntilIsInThePressersZone(t *testing.T) {
	t.Parallel()
	zone, err := time.LoadLocation("America/New_York")
	require.NoError(t, err)
	friday := time.Date(2026, 11, 27, 16, 30, 0, 0, zone)
	for choice, want := range map[string]string{
		"1h":       "2026-11-27T17:30:00-05:00",
		"tomorrow": "2026-11-28T09:00:00-05:00",
		"workday":  "2026-11-30T09:00:00-05:00",
		"week":     "2026-12-04T09:00:00-05:00",
	} {
		require.Equal(t, want, snoozeUntil(choice, friday).Format(time.RFC3339), choice)
	}
	spring := time.Date(2026, 3, 7, 12, 0, 0, 0, zone) // the clocks go forward that night
	require.Equal(t, "2026-03-08T09:00:00-04:00", snoozeUntil("tomorrow", spring).Format(time.RFC3339))
}
