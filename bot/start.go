package bot

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"journeybot/storage"
)

// latch is a readiness check that holds once it was opened.
type latch struct {
	open   atomic.Bool
	reason error
}

func newLatch(reason string) *latch { return &latch{reason: errors.New(reason)} }

func (l *latch) check(context.Context) error {
	if l.open.Load() {
		return nil
	}
	return l.reason
}

// migrate brings the schema up to date, waiting for a database that is away.
func migrate(ctx context.Context, store *storage.Store, logger *slog.Logger) error {
	for wait := 200 * time.Millisecond; ; wait = min(2*wait, 10*time.Second) {
		applied, err := store.Migrate(ctx)
		switch {
		case err == nil:
			logger.Info("schema up to date", "applied", applied)
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case !storage.IsRetryable(err):
			return err
		}
		logger.Warn("database away, trying again", "err", err)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait/2 + rand.N(wait/2)): //nolint:gosec // jitter needs no secrecy
		}
	}
}
