package storage

import (
	"context"
	"fmt"
	"time"
)

const sqlDueAccounts = `SELECT id, due_at FROM accounts WHERE due_at > 0 ORDER BY due_at, id LIMIT ?`

// DueAccounts returns up to limit ids of accounts that time alone may have made news of, for Rules.Derive, and when the next
// one after them is due (zero: none).
func (s *Store) DueAccounts(ctx context.Context, limit int) (ids []string, next time.Time, err error) {
	c := s.read()
	var rows []struct {
		ID    string `db:"id"`
		DueAt int64  `db:"due_at"`
	}
	if err := c.list(ctx, &rows, sqlDueAccounts, limit+1); err != nil {
		return nil, time.Time{}, fmt.Errorf("list due accounts: %w", err)
	}
	for _, row := range rows {
		if row.DueAt > micros(c.now) || len(ids) == limit {
			return ids, instant(row.DueAt), nil
		}
		ids = append(ids, row.ID)
	}
	return ids, time.Time{}, nil
}
