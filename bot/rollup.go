package bot

import (
	"context"
	"log/slog"
	"time"

	"journeybot/alerts"
	"journeybot/storage"
)

const (
	rollUpBatch = 200
	rollUpEvery = time.Hour
	rollUpPause = 20 * time.Millisecond // between batches: nobody waits for it
)

// rollup adds up old usage by month: once a month, over all accounts. Two replicas that do it at once do the same.
type rollup struct {
	store  *storage.Store
	rules  *alerts.Rules
	now    func() time.Time
	logger *slog.Logger
}

func (r *rollup) run(ctx context.Context) error {
	for {
		if err := r.sweep(ctx); err != nil && ctx.Err() == nil {
			r.logger.Warn("usage not rolled up", "err", err)
		}
		if !sleep(ctx, jitter(rollUpEvery)) {
			return nil
		}
	}
}

// sweep goes through all accounts, unless it was done for this month already.
func (r *rollup) sweep(ctx context.Context) error {
	zone := r.rules.Zone
	if zone == nil {
		zone = time.UTC
	}
	keep, forget := r.rules.Usage.RollUp(r.now().In(zone))
	goal := keep.String() + " " + forget.String()
	if done, _, err := r.store.Mark(ctx, storage.MarkUsage); err != nil || done == goal {
		return err
	}
	total := 0
	for after := ""; ; {
		last, rolled, err := r.store.RollUpUsage(ctx, after, rollUpBatch, keep, forget)
		if err != nil {
			return err
		}
		total += rolled
		if last == "" {
			break
		}
		if after = last; !sleep(ctx, rollUpPause) {
			return ctx.Err()
		}
	}
	if total > 0 {
		r.logger.Info("usage rolled up", "accounts", total, "before", keep.String())
	}
	return r.store.SetMark(ctx, storage.MarkUsage, goal)
}
