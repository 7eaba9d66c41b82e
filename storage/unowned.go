package storage

import (
	"context"
	"fmt"

	"journeybot/alerts"
	"journeybot/journey"
)

// Somebody active has the owner's address, or it was linked to such a person.
const sqlUnowned = `SELECT id, name, segment, arr, renewal_date, owner FROM accounts a WHERE arr > 0 AND merged_into = '' AND status <> ?
	AND NOT EXISTS (SELECT 1 FROM people p WHERE p.folded <> '' AND p.folded = lower(a.owner) AND p.deleted = 0)
	AND NOT EXISTS (SELECT 1 FROM links l JOIN people p ON p.user_id = l.user_id
		WHERE l.folded = lower(a.owner) AND l.account_id = '' AND p.deleted = 0)
	ORDER BY arr DESC, id`

// Unowned lists the accounts with revenue whose owner is not set, or is nobody active that the directory knows, most revenue first.
// Customers who left are left out.
func (s *Store) Unowned(ctx context.Context) ([]alerts.UnownedAccount, error) {
	var rows []struct {
		ID          string `db:"id"`
		Name        string `db:"name"`
		Segment     string `db:"segment"`
		ARR         int64  `db:"arr"`
		RenewalDate int64  `db:"renewal_date"`
		Owner       string `db:"owner"`
	}
	if err := s.read().list(ctx, &rows, sqlUnowned, journey.StatusChurned); err != nil {
		return nil, fmt.Errorf("list unowned accounts: %w", err)
	}
	accounts := make([]alerts.UnownedAccount, len(rows))
	for i, row := range rows {
		accounts[i] = alerts.UnownedAccount{
			ID: row.ID, Name: journey.Account{ID: row.ID, Name: row.Name}.Title(), Segment: row.Segment, ARR: row.ARR,
			RenewalDate: journey.Day(row.RenewalDate), Owner: row.Owner,
		}
	}
	return accounts, nil
}
