package bot

import (
	"context"
	"log/slog"
	"time"

	"journeybot/alerts"
	"journeybot/storage"
)

const (
	guardBatch = 100
	guardMost  = 30 * time.Second // another replica's changes ring no bell here
	guardLeast = time.Second      // between two looks
)

// guards keep opportunities in line with the risks of their accounts. A risk that a person resolves is a change of another
// alert: what waits for it is found here. The decision is taken under the account's lock, so replicas may look at once.
type guards struct {
	store   *storage.Store
	rules   *alerts.Rules
	now     func() time.Time
	logger  *slog.Logger
	changed func()
	bell    bell
}

// run looks until ctx ends: when something changed, and from time to time.
func (g *guards) run(ctx context.Context) error {
	for ctx.Err() == nil {
		g.look(ctx)
		if !sleep(ctx, guardLeast) {
			break
		}
		g.bell.wait(ctx, guardMost)
	}
	return nil
}

func (g *guards) look(ctx context.Context) {
	ids, err := g.store.Collisions(ctx, guardBatch)
	if err != nil {
		if ctx.Err() == nil {
			g.logger.Warn("collisions not read", "err", err)
		}
		return
	}
	for _, id := range ids {
		decided := 0
		err := g.store.Reconsider(ctx, []string{id}, func(ws *alerts.WorkingSet) {
			g.rules.Collide(ws, id, g.now())
			decided = len(ws.Changes.Results)
		})
		switch {
		case err != nil && ctx.Err() == nil:
			g.logger.Warn("collision not decided", "account", id, "err", err)
		case decided > 0:
			g.logger.Info("collision decided", "account", id, "alerts", decided)
			g.changed()
		}
	}
}
