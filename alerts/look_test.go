package alerts_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"journeybot/alerts"
	"journeybot/journey"
)

func then(at time.Time) alerts.Standing {
	return alerts.Standing{At: at, Status: "active", Health: journey.HealthRed, Score: new(44.0), ARR: new(int64(8_400_000)), Stage: "d"}
}

// looked fires the timers of an ended alert at a moment.
func looked(t *testing.T, r *alerts.Rules, a alerts.Alert, began, at time.Time) alerts.Result {
	t.Helper()
	stands := then(at)
	stands.Status = journey.StatusChurned
	res, err := r.Apply(a, alerts.Input{Do: alerts.DoTimers, Look: alerts.Look{Then: then(began), Now: stands}}, at)
	require.NoError(t, err)
	return res
}

func resolve(t *testing.T, r *alerts.Rules, a alerts.Alert, do alerts.Do, outcome alerts.Outcome, at time.Time) alerts.Result {
	t.Helper()
	res, err := r.Apply(a, alerts.Input{Do: do, By: alerts.Actor{UserID: maria}, Outcome: outcome}, at)
	require.NoError(t, err)
	return res
}

func TestLooksAgainAfterAnOutcome(t *testing.T) {
	t.Parallel()
	r := rules()
	ended := resolve(t, r, in(alerts.Acknowledged), alerts.DoResolve, alerts.Saved, now)
	require.Equal(t, []time.Duration{0}, ended.Looks, "how it stands now is kept")
	require.Equal(t, now.Add(30*day), ended.Alert.ReviewAt, "where the playbook does not say")
	require.Equal(t, ended.Alert.ReviewAt, ended.Alert.DueAt())

	early := looked(t, r, ended.Alert, now, now.Add(30*day-time.Second))
	require.False(t, early.Changed())
	first := looked(t, r, ended.Alert, now, now.Add(30*day))
	require.Equal(t, []time.Duration{30 * day}, first.Looks)
	require.Equal(t, now.Add(90*day), first.Alert.ReviewAt)
	entry := first.History[0]
	require.Equal(t, alerts.DidReview, entry.What)
	require.Equal(t, 30*day, entry.Data.Look.After)
	require.True(t, entry.Data.Look.Lost())
	require.True(t, entry.ThreadWorthy())
	last := looked(t, r, first.Alert, now, now.Add(97*day))
	require.Equal(t, []time.Duration{90 * day}, last.Looks, "late, as planned all the same")
	require.Zero(t, last.Alert.DueAt())

	both := looked(t, r, ended.Alert, now, now.Add(200*day))
	require.Equal(t, []time.Duration{90 * day}, both.Looks, "two that are late are one")
	require.Len(t, both.History, 1)
	require.Zero(t, both.Alert.DueAt())

	nothing, err := r.Apply(ended.Alert, alerts.Input{Do: alerts.DoTimers}, now.Add(31*day))
	require.NoError(t, err)
	require.Empty(t, nothing.History, "there is no account to look at")
}

func TestLooksFollowTheOutcome(t *testing.T) {
	t.Parallel()
	r := rules()
	r.Playbooks[0].Review = []time.Duration{60 * day, 14 * day}
	a := in(alerts.Open)
	a.Playbook = "early-risk"
	ended := resolve(t, r, a, alerts.DoResolve, alerts.NoAction, now).Alert
	require.Equal(t, now.Add(14*day), ended.ReviewAt, "the playbook's, soonest first")
	amended := resolve(t, r, ended, alerts.DoAmend, alerts.Saved, now.Add(3*day))
	require.Empty(t, amended.Looks, "it was looked at when it ended")
	require.Equal(t, now.Add(14*day), amended.Alert.ReviewAt)
	again, err := r.Apply(ended, alerts.Input{Do: alerts.DoReopen, By: alerts.Actor{UserID: maria}}, now.Add(day))
	require.NoError(t, err)
	require.Zero(t, again.Alert.ReviewAt)

	expired := in(alerts.Expired)
	claimed := resolve(t, r, expired, alerts.DoAmend, alerts.Saved, now.Add(5*day))
	require.Equal(t, []time.Duration{0}, claimed.Looks, "an outcome was claimed only now")
	first := looked(t, r, claimed.Alert, now.Add(5*day), now.Add(19*day))
	require.Equal(t, []time.Duration{14 * day}, first.Looks)
	require.Equal(t, now.Add(65*day), first.Alert.ReviewAt, "counted from the claim")
}

func TestARecoveryIsLookedAtQuietly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.health(green, red, 40)
	w.health(red, green, 80)
	a := w.last().Alert
	require.Equal(t, alerts.Recovered, a.Outcome)
	require.False(t, a.ReviewAt.IsZero())
	res := looked(t, w.rules, a, w.now, w.now.Add(30*day))
	require.Len(t, res.History, 1)
	require.False(t, res.History[0].ThreadWorthy(), "nobody claimed it")
}

func TestLookCompares(t *testing.T) {
	t.Parallel()
	at := func(health journey.Health, score *float64, arr *int64) alerts.Standing {
		return alerts.Standing{Health: health, Score: score, ARR: arr}
	}
	for name, tc := range map[string]struct {
		look             alerts.Look
		healthier, grown bool
	}{
		"colour":        {alerts.Look{Then: at("red", new(44.0), nil), Now: at("yellow", new(43.0), nil)}, true, false},
		"score":         {alerts.Look{Then: at("red", new(40.0), new(int64(1))), Now: at("red", new(44.0), new(int64(2)))}, true, true},
		"worse colour":  {alerts.Look{Then: at("green", new(80.0), new(int64(2))), Now: at("red", new(90.0), new(int64(2)))}, false, false},
		"unknown":       {alerts.Look{Then: at("", new(10.0), nil), Now: at("green", new(90.0), new(int64(3)))}, false, false},
		"unknown since": {alerts.Look{Then: at("red", nil, new(int64(3))), Now: at("", nil, nil)}, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tc.healthier, tc.look.Healthier())
			require.Equal(t, tc.grown, tc.look.Grown())
		})
	}
}
