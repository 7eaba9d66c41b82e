package storage

import (
	"context"
	"errors"
	"fmt"
	"time"

	"journeybot/alerts"
)

// Names of marks, which all replicas share.
const (
	MarkMaps  = "maps"  // the revision of the maps that count
	MarkUsage = "usage" // up to which day usage is rolled up
)

const (
	sqlMark    = `SELECT value, at FROM marks WHERE name = ?`
	sqlSetMark = `INSERT INTO marks (name, value, at) VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value, at = excluded.at
		WHERE marks.value <> excluded.value`
)

// Mark returns a mark's value and since when it has it; "" and the zero time when it was never set.
func (s *Store) Mark(ctx context.Context, name string) (value string, since time.Time, err error) {
	return s.read().mark(ctx, name)
}

func (c conn) mark(ctx context.Context, name string) (value string, since time.Time, err error) {
	var row struct {
		Value string `db:"value"`
		At    int64  `db:"at"`
	}
	if err := c.get(ctx, &row, sqlMark, name); err != nil && !errors.Is(err, alerts.ErrNotFound) {
		return "", time.Time{}, fmt.Errorf("read mark: %w", err)
	}
	return row.Value, instant(row.At), nil
}

// SetMark gives a mark a value, as of now unless it has it already.
func (s *Store) SetMark(ctx context.Context, name, value string) error {
	c := s.write()
	if _, err := c.exec(ctx, sqlSetMark, name, value, micros(c.now)); err != nil {
		return fmt.Errorf("set mark: %w", err)
	}
	return nil
}
