package alerts_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"journeybot/alerts"
)

func TestDueAtIsTheEarliestTimer(t *testing.T) {
	t.Parallel()
	require.Zero(t, alerts.Alert{}.DueAt())
	a := alerts.Alert{StepAt: now.Add(2 * time.Hour), RemindAt: now.Add(time.Hour), ReviewAt: now.Add(3 * time.Hour)}
	require.Equal(t, now.Add(time.Hour), a.DueAt())
}

func TestThreadWorthy(t *testing.T) {
	t.Parallel()
	for what, want := range map[alerts.What][2]bool{ // by another, by the owner
		alerts.DidOpen:   {false, false},
		alerts.DidRepeat: {false, false},
		alerts.DidTick:   {false, false},
		alerts.DidNote:   {true, true},
		alerts.DidAmend:  {true, true},
		alerts.DidAck:    {true, false},
		alerts.DidWorsen: {true, false},
	} {
		require.Equal(t, want[0], alerts.Entry{What: what}.ThreadWorthy(), what)
		require.Equal(t, want[1], alerts.Entry{What: what, Data: alerts.EntryData{Own: true}}.ThreadWorthy(), what)
	}
}

func TestSeverities(t *testing.T) {
	t.Parallel()
	for _, s := range []alerts.Severity{alerts.Low, alerts.Medium, alerts.High, alerts.Critical} {
		parsed, ok := alerts.ParseSeverity(s.String())
		require.True(t, ok)
		require.Equal(t, s, parsed)
	}
	for _, name := range []string{"", "urgent", "HIGH"} {
		_, ok := alerts.ParseSeverity(name)
		require.False(t, ok, name)
	}
}

func TestKeysFoldWhatTheyAreAbout(t *testing.T) {
	t.Parallel()
	require.Equal(t, alerts.Key("acme", alerts.UsageLimit, "API  Calls"), alerts.Key("acme", alerts.UsageLimit, "api calls"))
	require.NotEqual(t, alerts.Key("acme", alerts.UsageLimit, "a"), alerts.Key("acme", alerts.UsageLimit, "b"))
}

func TestRefusalsSayWhenAndHow(t *testing.T) {
	t.Parallel()
	_, err := rules().Apply(in(alerts.Resolved), alerts.Input{Do: alerts.DoAck, By: alerts.Actor{UserID: ben}}, now)
	require.EqualError(t, err, "already resolved (saved) at 2026-11-24T08:30:00Z")
}
