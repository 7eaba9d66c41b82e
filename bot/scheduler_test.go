package bot

import (
	"context"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"journeybot/alerts"
	"journeybot/storage"
)

// clock is a time that a test moves.
type clock struct{ at atomic.Int64 }

func (c *clock) now() time.Time          { return time.UnixMicro(c.at.Load()).UTC() }
func (c *clock) advance(d time.Duration) { c.at.Add(d.Microseconds()) }

// newClockScene is a scene whose database reads the returned clock.
func newClockScene(t *testing.T) (*scene, *clock) {
	t.Helper()
	s, c := newScene(t, nil), &clock{}
	c.at.Store(time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC).UnixMicro())
	store, err := storage.Open(t.Context(), storage.Config{URL: "sqlite:" + filepath.Join(t.TempDir(), "clock.db"), Now: c.now})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	_, err = store.Migrate(t.Context())
	require.NoError(t, err)
	s.store, s.now = store, c.now
	return s, c
}

func TestTimersFireOnceAcrossReplicas(t *testing.T) {
	t.Parallel()
	s, c := newClockScene(t)
	store := s.store
	s.happens(turnsRed("acme"))
	opened := s.alert("acme")
	require.False(t, opened.DueAt().IsZero(), "a red account escalates")

	var fired atomic.Int32
	replica := func() *scheduler {
		return &scheduler{
			store: store, rules: s.rules, now: c.now, logger: slog.New(slog.NewTextHandler(t.Output(), nil)),
			fired: func() { fired.Add(1) }, bell: newBell(), around: nobodyAround,
		}
	}
	first, second := replica(), replica()
	wait := first.fire(t.Context())
	require.Zero(t, fired.Load(), "nothing is due yet")
	require.LessOrEqual(t, wait, dueMost)

	c.advance(opened.DueAt().Sub(c.now()) + time.Second)
	var both sync.WaitGroup
	both.Go(func() { first.fire(t.Context()) })
	both.Go(func() { second.fire(t.Context()) })
	both.Wait()
	view, err := store.AlertView(t.Context(), opened.ID)
	require.NoError(t, err)
	require.Equal(t, opened.Step+1, view.Alert.Step)
	steps := 0
	for _, entry := range view.History {
		if entry.What == alerts.DidEscalate || entry.What == alerts.DidRemind {
			steps++
		}
	}
	require.Equal(t, 1, steps)
	require.True(t, view.Alert.DueAt().After(c.now()))

	fired.Store(0)
	first.fire(t.Context())
	require.Zero(t, fired.Load(), "and not again")
}

func TestATimerThatPanicsEndsNothing(t *testing.T) {
	t.Parallel()
	s, c := newClockScene(t)
	s.happens(turnsRed("acme"))
	opened := s.alert("acme")
	c.advance(opened.DueAt().Sub(c.now()) + time.Second)
	broken := &scheduler{store: s.store, now: c.now, logger: slog.New(slog.DiscardHandler), fired: func() {}, bell: newBell(), around: nobodyAround} // without rules
	require.Positive(t, broken.fire(t.Context()), "it comes again, after a while")
	require.Equal(t, opened.Version, s.alert("acme").Version)

	mended := *broken
	mended.rules = s.rules
	mended.fire(t.Context())
	require.Equal(t, opened.Step+1, s.alert("acme").Step)
}

func TestAnAcknowledgedAlertDoesNotEscalate(t *testing.T) {
	t.Parallel()
	s, c := newClockScene(t)
	s.happens(turnsRed("acme"), turnsRed("globex"))
	due := s.alert("acme").StepAt
	s.clicks("acme", alerts.DoAck)
	c.advance(due.Sub(c.now()) + time.Minute)
	timers := &scheduler{store: s.store, rules: s.rules, now: c.now, logger: slog.New(slog.DiscardHandler), fired: func() {}, bell: newBell(), around: nobodyAround}
	timers.fire(t.Context())
	require.Equal(t, 1, s.alert("globex").Step)
	require.Zero(t, s.alert("acme").Step)
}

func nobodyAround(context.Context, string) alerts.Around { return alerts.Around{} }
