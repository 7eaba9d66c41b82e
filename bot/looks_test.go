package bot

import (
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"journeybot/alerts"
)

// TestTheBotLooksAgainOnce: 30 and 90 days after an outcome, with two replicas and after months without any.
func TestTheBotLooksAgainOnce(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	s, c := newClockScene(t)
	s.happens(turnsRed("acme"))
	id := s.alert("acme").ID
	ended, err := s.store.UpdateAlert(t.Context(), id, "", func(a alerts.Alert) (alerts.Result, error) {
		return s.rules.Apply(a, alerts.Input{Do: alerts.DoResolve, By: alerts.Actor{UserID: "U1"}, Outcome: alerts.Saved}, c.now())
	})
	require.NoError(t, err)
	replica := func() *scheduler {
		return &scheduler{
			store: s.store, rules: s.rules, now: c.now, logger: slog.New(slog.NewTextHandler(t.Output(), nil)),
			fired: func() {}, bell: newBell(), around: nobodyAround,
		}
	}
	looks := func() []time.Duration {
		view, err := s.store.AlertView(t.Context(), id)
		require.NoError(t, err)
		var after []time.Duration
		for _, e := range view.History {
			if e.What == alerts.DidReview {
				after = append(after, e.Data.Look.After)
			}
		}
		return after
	}
	replica().fire(t.Context())
	require.Empty(t, looks())
	c.advance(30*day + time.Minute)
	first, second := replica(), replica()
	var both sync.WaitGroup
	both.Go(func() { first.fire(t.Context()) })
	both.Go(func() { second.fire(t.Context()) })
	both.Wait()
	require.Equal(t, []time.Duration{30 * day}, looks())
	replica().fire(t.Context())
	require.Len(t, looks(), 1)

	c.advance(300 * day) // nobody ran
	replica().fire(t.Context())
	replica().fire(t.Context())
	require.Equal(t, []time.Duration{30 * day, 90 * day}, looks())
	view, err := s.store.AlertView(t.Context(), id)
	require.NoError(t, err)
	require.Zero(t, view.Alert.DueAt())
	require.Equal(t, ended.Outcome, view.Alert.Outcome)
}
