package storage

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"journeybot/alerts"
)

// tally is what is added to a row of usage_day.
type tally struct {
	count int64
	crowd crowd
}

// tallies adds up what is counted into the same row.
func tallies(counts []alerts.UsageCount) map[usageKey]*tally {
	sums := map[usageKey]*tally{}
	for _, u := range counts {
		key := usageKey{u.Account, clean(u.Usage.Event), int64(u.Day), clean(u.Usage.Persona)}
		sum := sums[key]
		if sum == nil {
			sum = &tally{}
			sums[key] = sum
		}
		sum.count += u.Usage.Count
		sum.crowd.add(u.Usage.User, u.Usage.Count)
	}
	return sums
}

const (
	usageColumns = `account_id text, event text, day bigint, persona text, count bigint, users bigint, sketch bytea`
	sqlAddUsage  = `ON CONFLICT (account_id, event, day, persona) DO UPDATE SET count = usage_day.count + excluded.count,
		users = excluded.users, sketch = excluded.sketch`
	sqlAddCount  = `ON CONFLICT (account_id, event, day, persona) DO UPDATE SET count = usage_day.count + excluded.count`
	countColumns = `account_id text, event text, day bigint, persona text, count bigint`
)

type usageRow struct {
	AccountID string `db:"account_id"`
	Event     string `db:"event"`
	Day       int64  `db:"day"`
	Persona   string `db:"persona"`
	Count     int64  `db:"count"`
	Sketch    []byte `db:"sketch"`
}

func (r usageRow) key() usageKey { return usageKey{r.AccountID, r.Event, r.Day, r.Persona} }

// addUsage counts. The accounts are locked, so that who was counted before can be read and written back.
func (c conn) addUsage(ctx context.Context, sums map[usageKey]*tally) error {
	var peopled []usageKey
	for key, sum := range sums {
		if !sum.crowd.empty() {
			peopled = append(peopled, key)
		}
	}
	slices.SortFunc(peopled, usageKey.compare)
	known, err := c.crowds(ctx, peopled)
	if err != nil {
		return err
	}
	var counted, plain [][]any
	for _, key := range slices.SortedFunc(maps.Keys(sums), usageKey.compare) {
		sum := sums[key]
		if sum.crowd.empty() {
			plain = append(plain, []any{key.account, key.event, key.day, key.persona, sum.count})
			continue
		}
		crowd := known[key]
		if err := crowd.join(sum.crowd); err != nil {
			return fmt.Errorf("count users: %w", err)
		}
		column, err := crowd.bytes()
		if err != nil {
			return fmt.Errorf("encode users: %w", err)
		}
		counted = append(counted, []any{key.account, key.event, key.day, key.persona, sum.count, crowd.users(), column})
	}
	return c.eachOf(ctx, []batch{
		{"count usage", insert("usage_day", usageColumns, sqlAddUsage), usageColumns, counted},
		{"count usage", insert("usage_day", countColumns, sqlAddCount), countColumns, plain},
	})
}

const crowdsAtOnce = 500 // rows of four arguments each, far below what both databases take

// crowds reads who was counted in some rows.
func (c conn) crowds(ctx context.Context, keys []usageKey) (map[usageKey]crowd, error) {
	found := map[usageKey]crowd{}
	for some := range slices.Chunk(keys, crowdsAtOnce) {
		args := make([]any, 0, 4*len(some))
		for _, key := range some {
			args = append(args, key.account, key.event, key.day, key.persona)
		}
		query := `SELECT account_id, event, day, persona, count, sketch FROM usage_day WHERE (account_id, event, day, persona) IN (VALUES ` +
			strings.Repeat("(?, ?, CAST(? AS bigint), ?), ", len(some)-1) + `(?, ?, CAST(? AS bigint), ?))`
		var rows []usageRow
		if err := c.list(ctx, &rows, query, args...); err != nil {
			return nil, fmt.Errorf("read users: %w", err)
		}
		for _, row := range rows {
			crowd, err := crowdOf(row.Sketch)
			if err != nil {
				return nil, err
			}
			found[row.key()] = crowd
		}
	}
	return found, nil
}

const (
	sqlUsageOf   = `SELECT account_id, event, day, persona, count, sketch FROM usage_day WHERE account_id = ?`
	sqlDropUsage = `DELETE FROM usage_day WHERE account_id = ?`
)

// moveUsage counts everything of old for into.
func (c conn) moveUsage(ctx context.Context, old, into string) error {
	var rows []usageRow
	if err := c.list(ctx, &rows, sqlUsageOf, old); err != nil {
		return fmt.Errorf("read usage: %w", err)
	}
	sums := make(map[usageKey]*tally, len(rows))
	for _, row := range rows {
		crowd, err := crowdOf(row.Sketch)
		if err != nil {
			return err
		}
		key := row.key()
		key.account = into
		sums[key] = &tally{count: row.Count, crowd: crowd}
	}
	if err := c.addUsage(ctx, sums); err != nil {
		return err
	}
	if _, err := c.exec(ctx, sqlDropUsage, old); err != nil {
		return fmt.Errorf("drop usage: %w", err)
	}
	return nil
}
