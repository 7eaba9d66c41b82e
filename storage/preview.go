package storage

import (
	"context"
	"fmt"
	"strings"
	"time"

	"journeybot/alerts"
)

// Preview runs apply on the working set that Ingest would load for events, without a lock, and writes nothing. Accounts that do
// not exist are left out: rules make them.
func (s *Store) Preview(ctx context.Context, events []alerts.Event, apply func(ws *alerts.WorkingSet)) error {
	top, err := s.topTenth(ctx)
	if err != nil {
		return fmt.Errorf("preview: %w", err)
	}
	c := s.read()
	c.d = unlocked{c.d}
	ids := set{}
	for _, e := range events {
		ids.add(clean(e.Account))
	}
	ws := alerts.NewWorkingSet(newID)
	ws.TopARR = top
	if ws.Accounts, err = c.accounts(ctx, ids.sorted(), false); err != nil {
		return fmt.Errorf("preview: %w", err)
	}
	if _, err := c.load(ctx, ws, ids.sorted(), events); err != nil {
		return fmt.Errorf("preview: %w", err)
	}
	apply(ws)
	return nil
}

// unlocked is a dialect that locks no rows.
type unlocked struct{ dialect }

func (u unlocked) fill(query string, now time.Time) string {
	return u.dialect.fill(strings.ReplaceAll(query, "{lock}", ""), now)
}
