package bot

import (
	"context"
	"fmt"
	"sync"
	"time"

	"journeybot/alerts"
	"journeybot/storage"
)

const (
	reportDays  = 90
	reportFresh = 15 * time.Minute // Home tabs are drawn far more often than these numbers move
)

// reports tell Home tabs what came of playbooks and rules. It is safe for concurrent use.
type reports struct {
	store    *storage.Store
	rules    *alerts.Rules
	now      func() time.Time
	operates func(ctx context.Context, userID string) bool

	mu        sync.Mutex
	at        time.Time // of what follows
	playbooks alerts.PlaybookReport
	cards     alerts.RuleReport
}

// add puts what the viewer may see of them on a Home tab.
func (r *reports) add(ctx context.Context, h *alerts.Home) error {
	playbooks, rules, err := r.current(ctx)
	if err != nil {
		return err
	}
	h.Playbooks = playbooks
	if r.operates(ctx, h.Person.UserID) {
		h.Rules = &rules
	}
	return nil
}

func (r *reports) current(ctx context.Context) (alerts.PlaybookReport, alerts.RuleReport, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if now := r.now(); r.at.IsZero() || now.Sub(r.at) >= reportFresh {
		runs, err := r.store.Runs(ctx, reportDays)
		if err != nil {
			return alerts.PlaybookReport{}, alerts.RuleReport{}, fmt.Errorf("read runs: %w", err)
		}
		r.at, r.playbooks, r.cards = now, r.rules.PlaybookReport(reportDays, runs), r.rules.RuleReport(reportDays, runs)
	}
	return r.playbooks, r.cards, nil
}
