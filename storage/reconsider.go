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
	if err := s.onAccounts(ctx, accounts, apply, nil); err != nil {
		return fmt.Errorf("reconsider: %w", err)
	}
	return nil
}

// onAccounts reconsiders accounts and does then, which may be nil, in the same transaction, with their ids sorted.
func (s *Store) onAccounts(
	ctx context.Context, accounts []string, apply func(ws *alerts.WorkingSet), then func(ctx context.Context, c conn, ids []string) error,
) error {
	top, err := s.topTenth(ctx)
	if err != nil {
		return err
	}
	ids := set{}
	ids.add(accounts...)
	return s.change(ctx, func(ctx context.Context, c conn) error {
		ws := alerts.NewWorkingSet(newID)
		ws.TopARR = top
		if err := c.reconsider(ctx, ws, ids.sorted(), apply); err != nil || then == nil {
			return err
		}
		return then(ctx, c, ids.sorted())
	})
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
