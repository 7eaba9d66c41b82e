package alerts_test

import (
	"testing"
	"time"

	"journeybot/alerts"

	"github.com/stretchr/testify/require"
)

func TestUnmuteShowsWhatThatMuteHeld(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	ws := alerts.NewWorkingSet(func() string { return "id" })
	for key, hold := range map[string]alerts.Hold{
		"a": {Reason: alerts.HoldMute, By: "m1", Until: now.Add(time.Hour)}, "b": {Reason: alerts.HoldMute, By: "m2"}, "c": {Reason: alerts.HoldLow},
	} {
		ws.Live[key] = &alerts.Alert{ID: key, Key: key, Status: alerts.Open, Severity: alerts.High, Escalation: "high", Hold: hold}
	}
	rules := &alerts.Rules{Escalations: alerts.DefaultEscalations("", alerts.Fallback{}, alerts.PeopleRules{})}
	rules.Unmute(ws, "m1", alerts.Actor{UserID: "U1"}, now)
	require.Len(t, ws.Changes.Results, 1)
	result := ws.Changes.Results[0]
	require.Equal(t, "a", result.Alert.ID)
	require.True(t, result.Release)
	require.Zero(t, ws.Live["a"].Hold)
	require.True(t, ws.Live["a"].StepAt.After(now), "its escalation starts")
	require.Equal(t, alerts.DidRelease, result.History[0].What)
	require.Equal(t, "U1", result.History[0].Actor.UserID)
	rules.Unmute(ws, "m1", alerts.Actor{}, now)
	require.Len(t, ws.Changes.Results, 1, "again is nothing")
}
