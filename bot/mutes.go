package bot

import (
	"context"
	"log/slog"
	"time"

	"journeybot/alerts"
	"journeybot/storage"
)

const (
	muteBatch = 50
	muteMost  = 30 * time.Second // another replica's changes ring no bell here
)

// mutes ends those whose time is over, under their account's lock: replicas may do it at once.
type mutes struct {
	store   *storage.Store
	rules   *alerts.Rules
	now     func() time.Time
	logger  *slog.Logger
	changed func()
	bell    bell
}

// run ends mutes until ctx ends, sleeping until the next is over.
func (m *mutes) run(ctx context.Context) error {
	for ctx.Err() == nil {
		m.bell.wait(ctx, m.expire(ctx))
	}
	return nil
}

// expire ends what is due and returns how long to sleep.
func (m *mutes) expire(ctx context.Context) time.Duration {
	accounts, next, err := m.store.DueMutes(ctx, muteBatch)
	for _, id := range accounts {
		if err != nil {
			break
		}
		released := 0
		err = m.store.Reconsider(ctx, []string{id}, func(ws *alerts.WorkingSet) {
			m.rules.ExpireMutes(ws, id, m.now())
			released = len(ws.Changes.Results)
		})
		if err == nil {
			m.logger.Info("mute over", "account", id, "alerts", released)
			m.changed()
		}
	}
	switch {
	case err != nil:
		if ctx.Err() == nil {
			m.logger.Warn("mutes not ended", "err", err)
		}
		return jitter(2 * time.Second)
	case len(accounts) > 0:
		return 100 * time.Millisecond
	}
	return restUntil(next, m.now(), 10*time.Millisecond, muteMost)
}
