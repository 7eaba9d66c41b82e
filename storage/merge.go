package storage

import (
	"context"
	"fmt"
	"unicode/utf8"

	"journeybot/alerts"
	"journeybot/journey"
)

const sqlMergedInto = `SELECT id, merged_into FROM accounts WHERE id IN (?) AND merged_into <> ''`

// mergedInto returns, of ids that were merged into another account, which.
func (c conn) mergedInto(ctx context.Context, ids []string) (map[string]string, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var rows []struct {
		ID   string `db:"id"`
		Into string `db:"merged_into"`
	}
	if err := c.list(ctx, &rows, sqlMergedInto, ids); err != nil {
		return nil, fmt.Errorf("look for merged accounts: %w", err)
	}
	into := make(map[string]string, len(rows))
	for _, row := range rows {
		into[row.ID] = row.Into
	}
	return into, nil
}

// present is the account that an id means now: another when it was merged.
func (c conn) present(ctx context.Context, id string) (string, error) {
	into, err := c.mergedInto(ctx, []string{id})
	if other, merged := into[id]; merged {
		id = other
	}
	return id, err
}

// followed replaces accounts that were merged into others by those.
func (c conn) followed(ctx context.Context, matches []journey.Match) ([]journey.Match, error) {
	ids := set{}
	for _, m := range matches {
		ids.add(m.AccountID)
	}
	into, err := c.mergedInto(ctx, ids.sorted())
	if err != nil || len(into) == 0 {
		return matches, err
	}
	for i, m := range matches {
		if other, merged := into[m.AccountID]; merged {
			matches[i].AccountID = other
		}
	}
	return bestOf(matches), nil
}

// redirect gives the batch's events about merged accounts to the accounts that they are now.
func (c conn) redirect(ctx context.Context, batch []alerts.Event, ids []string) ([]string, error) {
	into, err := c.mergedInto(ctx, ids)
	if err != nil || len(into) == 0 {
		return ids, err
	}
	accounts := set{}
	for i := range batch {
		if other, merged := into[batch[i].Account]; merged {
			batch[i].Account = other
		}
		accounts.add(batch[i].Account)
	}
	return accounts.sorted(), nil
}

// What hangs on an account by its id alone, and no rule depends on. A row that the account has wins over one that comes in.
var movedTables = []struct{ table, columns, conflict string }{
	{"kpis", "name, at, value", "ON CONFLICT DO NOTHING"},
	{"stage_history", "at, map, milestone, reason, event_id", "ON CONFLICT DO NOTHING"},
	{"links", "folded, user_id, email, actor, at", "ON CONFLICT DO NOTHING"},
}

// Moves of rows whose key does not hold the account.
var movedRows = []string{
	`UPDATE notes SET account_id = ? WHERE account_id = ?`,
	`UPDATE mutes SET account_id = ? WHERE account_id = ?`,
	`UPDATE events SET account_id = ? WHERE account_id = ?`,
	`UPDATE accounts SET merged_into = ? WHERE merged_into = ?`,
}

// Of two histories made one, where the account stands is worked out anew, as no news.
var remade = []string{
	`DELETE FROM standings WHERE account_id IN (?, ?)`,
	`DELETE FROM account_milestones WHERE account_id IN (?, ?)`,
	`UPDATE accounts SET created_at = 0, maps_rev = '', changed_on = 0 WHERE id IN (?, ?)`,
}

const (
	sqlMoveAlerts     = `UPDATE alerts SET account_id = ?, key = CAST(? AS text) || substr(key, ?) WHERE account_id = ?`
	sqlDropConditions = `DELETE FROM conditions WHERE account_id = ?`
	sqlEntomb         = `UPDATE accounts SET merged_into = ?, arr = NULL, owner = '', sales_owner = '', health = '', score = NULL,
		dirty_at = 0, due_at = 0, journey_at = 0 WHERE id = ?`
)

// MergeAccounts makes one account of two, in one transaction: apply decides on both accounts, their conditions and live alerts (see
// alerts.Rules.Merge), and everything else that hangs on old becomes into's. The id, names and domain of old go on finding into, and
// its events go there. alerts.ErrNotFound when there is no such account, or old was merged before.
func (s *Store) MergeAccounts(ctx context.Context, old, into string, apply func(ws *alerts.WorkingSet)) error {
	err := s.change(ctx, func(ctx context.Context, c conn) error {
		ids := set{}
		ids.add(old, into)
		ws := alerts.NewWorkingSet(newID)
		var found map[string]*journey.Account
		err := c.reconsider(ctx, ws, ids.sorted(), func(ws *alerts.WorkingSet) {
			if found = ws.Accounts; len(found) == 2 {
				apply(ws)
			}
		})
		switch {
		case err != nil:
			return err
		case len(found) != 2:
			return alerts.ErrNotFound
		}
		return c.move(ctx, old, into)
	})
	if err != nil {
		return fmt.Errorf("merge accounts: %w", err)
	}
	return nil
}

// move gives everything that hangs on old to into, and leaves old as a signpost.
func (c conn) move(ctx context.Context, old, into string) error {
	if _, err := c.exec(ctx, sqlMoveAlerts, into, into, utf8.RuneCountInString(old)+1, old); err != nil {
		return fmt.Errorf("move alerts: %w", err)
	}
	for _, query := range []string{sqlDropConditions, sqlDropContacts} {
		if _, err := c.exec(ctx, query, old); err != nil {
			return fmt.Errorf("move: %w", err)
		}
	}
	if err := c.moveUsage(ctx, old, into); err != nil {
		return err
	}
	for _, query := range remade {
		if _, err := c.exec(ctx, query, old, into); err != nil {
			return fmt.Errorf("make standing anew: %w", err)
		}
	}
	if err := c.markDirty(ctx, set{into: true}, nil); err != nil {
		return err
	}
	for _, t := range movedTables {
		query := `INSERT INTO ` + t.table + ` (account_id, ` + t.columns + `) SELECT CAST(? AS text), ` + t.columns + ` FROM ` + t.table +
			` WHERE account_id = ? ` + t.conflict
		if _, err := c.exec(ctx, query, into, old); err != nil {
			return fmt.Errorf("move %s: %w", t.table, err)
		}
		if _, err := c.exec(ctx, `DELETE FROM `+t.table+` WHERE account_id = ?`, old); err != nil {
			return fmt.Errorf("move %s: %w", t.table, err)
		}
	}
	for _, query := range movedRows {
		if _, err := c.exec(ctx, query, into, old); err != nil {
			return fmt.Errorf("move rows: %w", err)
		}
	}
	if _, err := c.exec(ctx, sqlEntomb, into, old); err != nil {
		return fmt.Errorf("leave signpost: %w", err)
	}
	return nil
}
