package bot

import (
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"journeybot/alerts"
	"journeybot/slacksim"
	"journeybot/storage"
)

// TestAPipelineThatIsLate: a source with a rhythm goes quiet, operations hear of it once, and the same message tells that it is back.
func TestAPipelineThatIsLate(t *testing.T) {
	t.Parallel()
	s := newScene(t, nil)
	url := "sqlite:" + filepath.Join(t.TempDir(), "late.db")
	at := time.Now().Add(-12 * 24 * time.Hour)
	past, err := storage.Open(t.Context(), storage.Config{URL: url, Now: func() time.Time { return at }})
	require.NoError(t, err)
	_, err = past.Migrate(t.Context())
	require.NoError(t, err)
	scene := *s
	scene.store, scene.now = past, func() time.Time { return at }
	touched := alerts.Event{Type: "growth.touch.logged", Account: "acme", Touch: &alerts.Touch{}}
	for range 50 {
		scene.happens(touched)
		at = at.Add(4 * time.Hour)
	}
	require.NoError(t, past.Close())

	scene.store, err = storage.Open(t.Context(), storage.Config{URL: url})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, scene.store.Close()) })
	scene.now = time.Now
	for range 2 { // two replicas
		f := &freshness{
			store: scene.store, rules: scene.rules, now: time.Now, logger: slog.New(slog.DiscardHandler), changed: func() {},
			late: newLateGauge(prometheus.NewRegistry()),
		}
		require.NoError(t, f.look(t.Context()))
	}
	r := scene.start(0)
	scene.sees("cs-urgent", "Pipeline late: test")
	scene.happens(touched)
	r.bell.ring()
	scene.sees("cs-urgent", "Pipeline back: test")
	require.Len(t, scene.posts("cs-urgent", "Pipeline"), 1)
}

// TestWhoReadsAlong: guests and other companies are outsiders, and the growth file has the last word.
func TestWhoReadsAlong(t *testing.T) {
	t.Parallel()
	s := newScene(t, func(c *slacksim.Config) {
		c.Channels = append(c.Channels,
			slacksim.Channel{Name: "agency", Members: []string{"maria", "gina"}}, slacksim.Channel{Name: "partner", Shared: true},
			slacksim.Channel{Name: "said", Members: []string{"gina"}}, slacksim.Channel{Name: "closed"})
	})
	s.rules.Channels["said"] = alerts.Channel{Slack: "#said", Audience: "internal"}
	s.rules.Channels["closed"] = alerts.Channel{Slack: "#closed", Audience: "external"}
	r := s.start(0)
	gina, _ := s.slack.User("gina")
	maria, _ := s.slack.User("maria")
	for to, want := range map[alerts.Target]bool{
		"#cs-alerts": false, "#agency": true, "#partner": true, "#said": false, "#closed": true, "#nowhere": true,
		alerts.Target("@" + gina.ID): true, alerts.Target("@" + maria.ID): false,
	} {
		require.Equal(t, want, r.audience.outsiders(t.Context(), to), to)
	}
	known, err := s.store.Channel(t.Context(), "#agency")
	require.NoError(t, err)
	require.True(t, r.audience.outsiders(t.Context(), alerts.Target(known.ID)), "by its id too")

	require.NoError(t, s.store.SetAudience(t.Context(), storage.SlackChannel{ID: known.ID}))
	s.rules.Channels["agency"] = alerts.Channel{Slack: "#agency", Audience: "auto"}
	r.audience.changed = func() {}
	r.audience.refresh(t.Context(), "#agency")
	require.True(t, r.audience.outsiders(t.Context(), "#agency"), "the loop finds what has changed")
}
