package storage

import (
	"context"
	"fmt"

	"journeybot/alerts"
)

// Reconsider runs apply on the working set of some accounts in one transaction, as Ingest does without an event: for what
// follows from time passing or from a person's decision about an account. Accounts that do not exist are left out. It repeats
// by itself when it loses a race, so apply must depend on the set alone.
func (s *Store) Reconsider(ctx context.Context, accounts []string, apply func(ws *alerts.WorkingSet)) error {
	top, err := s.topTenth(ctx)
	if err != nil {
		return fmt.Errorf("reconsider: %w", err)
	}
	ids := set{}
	ids.add(accounts...)
	err = s.change(ctx, func(ctx context.Context, c conn) error {
		ws := alerts.NewWorkingSet(newID)
		ws.TopARR = top
		return c.reconsider(ctx, ws, ids.sorted(), apply)
	})
	if err != nil {
		return fmt.Errorf("reconsider: %w", err)
	}
	return nil
}

func (c conn) reconsider(ctx context.Context, ws *alerts.WorkingSet, ids []string, apply func(*alerts.WorkingSet)) error {
	var err error
	if ws.Accounts, err = c.accounts(ctx, ids, true); err != nil {
		return err
	}
	loaded, err := c.load(ctx, ws, ids, nil)
	if err != nil {
		return err
	}
	if ws.Late, err = c.sources(ctx, sqlLate); err != nil {
		return err
	}
	before := marks(ws)
	apply(ws)
	return c.saveChanges(ctx, ws, before, loaded)
}

// marks notes what the accounts are before rules change them.
func marks(ws *alerts.WorkingSet) map[string]mark {
	before := make(map[string]mark, len(ws.Accounts))
	for id, a := range ws.Accounts {
		before[id] = markOf(a)
	}
	return before
}
