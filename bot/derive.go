package bot

import (
	"context"
	"log/slog"
	"time"

	"journeybot/alerts"
	"journeybot/storage"
)

const (
	deriveBatch = 50
	deriveMost  = time.Minute
	deriveLeast = 100 * time.Millisecond
)

// deriver makes the signals that nobody sends: a renewal that comes closer, an account that nobody is in contact with. It only
// looks at accounts whose time has come, under their locks, so replicas may do it at once.
type deriver struct {
	store   *storage.Store
	rules   *alerts.Rules
	now     func() time.Time
	logger  *slog.Logger
	changed func()
	bell    bell
}

// run derives until ctx ends, sleeping until the next account is due.
func (d *deriver) run(ctx context.Context) error {
	for ctx.Err() == nil {
		d.bell.wait(ctx, d.derive(ctx))
	}
	return nil
}

// derive takes the accounts that are due and returns how long to sleep.
func (d *deriver) derive(ctx context.Context) time.Duration {
	ids, next, err := d.store.DueAccounts(ctx, deriveBatch)
	if err == nil && len(ids) > 0 {
		changes := 0
		err = d.store.Reconsider(ctx, ids, func(ws *alerts.WorkingSet) {
			for _, id := range ids {
				d.rules.Derive(ws, id, d.now())
			}
			changes = len(ws.Changes.Results)
		})
		if err == nil && changes > 0 {
			d.logger.Info("signals derived", "accounts", len(ids), "changes", changes)
			d.changed()
		}
	}
	switch {
	case err != nil:
		if ctx.Err() == nil {
			d.logger.Warn("signals not derived", "err", err)
		}
		return jitter(deriveMost)
	case len(ids) > 0:
		return deriveLeast
	}
	return restUntil(next, d.now(), deriveLeast, deriveMost)
}
