package storage

import (
	"context"
	"fmt"

	"journeybot/journey"
)

// A row of usage_day whose day is yyyymm00 counts a whole month.
const byDay = `day % 100 > 0`

const (
	sqlAccountsAfter = `SELECT id FROM accounts WHERE id > ? AND merged_into = '' ORDER BY id LIMIT ?`
	sqlOldUsage      = `SELECT account_id, event, day, persona, count, sketch FROM usage_day WHERE account_id IN (?) AND day < ? AND ` + byDay
	sqlDropOld       = `DELETE FROM usage_day WHERE account_id IN (?) AND day < ? AND ` + byDay
	sqlForget        = `DELETE FROM usage_day WHERE account_id IN (?) AND day < ?`
	sqlHasOld        = `SELECT DISTINCT account_id FROM usage_day WHERE account_id IN (?) AND (day < ? AND ` + byDay + ` OR day < ?)`
)

// RollUpUsage adds up by month what some accounts have counted by day before keep, and deletes what they counted before forget; both are firsts
// of months, or zero for never. It takes up to limit accounts after the one named (in the order of ids) and returns the last of them, "" at the
// end, and how many of them had something to roll up. Doing it again changes nothing.
func (s *Store) RollUpUsage(ctx context.Context, after string, limit int, keep, forget journey.Day) (last string, rolled int, err error) {
	var ids []string
	c := s.read()
	if err := c.list(ctx, &ids, sqlAccountsAfter, after, limit); err != nil {
		return "", 0, fmt.Errorf("roll up usage: %w", err)
	}
	if len(ids) == 0 {
		return "", 0, nil
	}
	last = ids[len(ids)-1]
	var old []string
	if err := c.list(ctx, &old, sqlHasOld, ids, int64(keep), int64(forget)); err != nil {
		return "", 0, fmt.Errorf("roll up usage: %w", err)
	}
	if len(old) == 0 {
		return last, 0, nil
	}
	err = s.change(ctx, func(ctx context.Context, c conn) error { return c.rollUp(ctx, old, keep, forget) })
	if err != nil {
		return "", 0, fmt.Errorf("roll up usage: %w", err)
	}
	return last, len(old), nil
}

func (c conn) rollUp(ctx context.Context, ids []string, keep, forget journey.Day) error {
	if _, err := c.accounts(ctx, ids, true); err != nil {
		return err
	}
	if _, err := c.exec(ctx, sqlForget, ids, int64(forget)); err != nil {
		return fmt.Errorf("forget: %w", err)
	}
	var rows []usageRow
	if err := c.list(ctx, &rows, sqlOldUsage, ids, int64(keep)); err != nil {
		return fmt.Errorf("read old days: %w", err)
	}
	months := map[usageKey]*tally{}
	for _, row := range rows {
		key := row.key()
		key.day -= key.day % 100
		month := months[key]
		if month == nil {
			month = &tally{}
			months[key] = month
		}
		crowd, err := crowdOf(row.Sketch)
		if err != nil {
			return err
		}
		month.count += row.Count
		if err := month.crowd.join(crowd); err != nil {
			return fmt.Errorf("join users: %w", err)
		}
	}
	if err := c.addUsage(ctx, months); err != nil {
		return err
	}
	if _, err := c.exec(ctx, sqlDropOld, ids, int64(keep)); err != nil {
		return fmt.Errorf("drop old days: %w", err)
	}
	return nil
}
