package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"journeybot/alerts"
	"journeybot/cards"
	"journeybot/storage"
)

const freshnessGap = time.Minute

// freshness tells operations of sources that went quiet, and lets go of what waited for them once they are back.
type freshness struct {
	store   *storage.Store
	rules   *alerts.Rules
	now     func() time.Time
	logger  *slog.Logger
	changed func()
	late    prometheus.Gauge
}

// run looks from time to time until ctx ends.
func (f *freshness) run(ctx context.Context) error {
	for {
		if err := f.look(ctx); err != nil && ctx.Err() == nil {
			f.logger.Warn("freshness not checked", "err", err)
		}
		if !sleep(ctx, jitter(freshnessGap)) {
			return nil
		}
	}
}

func (f *freshness) look(ctx context.Context) error {
	sources, err := f.store.Sources(ctx)
	if err != nil {
		return err
	}
	late := 0
	for _, s := range sources {
		if !s.LateSince.IsZero() {
			late++
			continue
		}
		if !f.rules.Late(s, f.now()) {
			continue
		}
		marked, err := f.store.MarkLate(ctx, s.Name, func(s alerts.Source) (alerts.Place, bool) { return f.rules.Lateness(s, f.now()) })
		if err != nil {
			return err
		}
		if marked {
			late++
			f.logger.Warn("source late", "source", s.Name, "last_at", s.LastAt, "usual_gap", s.UsualGap.String())
			f.changed()
		}
	}
	f.late.Set(float64(late))
	return f.release(ctx)
}

func (f *freshness) release(ctx context.Context) error {
	ids, err := f.store.HeldBySources(ctx, guardBatch)
	if err != nil || len(ids) == 0 {
		return err
	}
	err = f.store.Reconsider(ctx, ids, func(ws *alerts.WorkingSet) {
		for _, id := range ids {
			f.rules.Back(ws, id, f.now())
		}
	})
	if err == nil {
		f.changed()
	}
	return err
}

// drawSource draws what is known of a source now into the message about one time that it was late.
func (p *publisher) drawSource(ctx context.Context, m alerts.Message, pic picture) (picture, error) {
	var l alerts.Lateness
	if err := json.Unmarshal(m.Body, &l); err != nil {
		return pic, fmt.Errorf("read lateness: %w", err)
	}
	s, err := p.store.Source(ctx, l.Source)
	if err != nil && !errors.Is(err, alerts.ErrNotFound) {
		return pic, fromStore("read source", err)
	}
	if s.LastAt.After(l.Since) {
		l.Back = s.Rhythm.Back
		if l.Back.Before(l.Since) {
			l.Back = s.LastAt
		}
	}
	pic.Drawing = cards.Source(p.style(), l)
	pic.hash = pic.Hash()
	return pic, nil
}
