package storage

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"journeybot/alerts"
)

// Lane is a claimed lane: one channel's posts, sent by one replica at a time.
type Lane struct {
	Name   string // "post:" and the target
	Token  string // of the lease
	NextAt time.Time
	LastTS string // Slack ts of the last message known in the channel; where to look for uncertain posts from
}

// Target is the channel whose posts the lane holds.
func (l Lane) Target() alerts.Target { return alerts.Target(strings.TrimPrefix(l.Name, laneOf(""))) }

// ErrLeaseLost is returned when another replica took the lane over.
var ErrLeaseLost = errors.New("the lane's lease was lost")

// wanted is true of what can be sent once it is due: neither held nor given up, and the card that it replies to is there.
const wanted = `m.done_version < m.want_version AND m.hold = '' AND m.failed_at = 0 AND (m.parent_id = '' OR EXISTS (
		SELECT 1 FROM messages p WHERE p.id = m.parent_id AND p.ts <> ''))`

const (
	// The predicate is repeated outside: the inner select may be older than the row.
	sqlClaimLane = `UPDATE lanes SET lease_until = {now} + ?, lease_token = ? WHERE name = (
			SELECT l.name FROM messages m JOIN lanes l ON l.name = m.lane
			WHERE ` + wanted + ` AND m.due_at <= ? AND l.next_at <= ? AND l.lease_until <= {now}
			ORDER BY m.priority, m.due_at, m.id LIMIT 1 {claim l})
		AND next_at <= ? AND lease_until <= {now} RETURNING name, lease_token, next_at, last_ts`
	sqlWaiting = `SELECT l.next_at, l.lease_until - {now} AS leased, min(m.due_at) AS due_at
		FROM messages m JOIN lanes l ON l.name = m.lane WHERE ` + wanted + ` GROUP BY l.name, l.next_at, l.lease_until`
)

type laneRow struct {
	Name   string `db:"name"`
	Token  string `db:"lease_token"`
	NextAt int64  `db:"next_at"`
	LastTS string `db:"last_ts"`
}

// ClaimLane leases the lane with the most urgent due message that nobody holds and whose next_at has passed. ok is false
// when there is none; wake is then the time when the next becomes due (zero: nothing waits).
func (s *Store) ClaimLane(ctx context.Context, lease time.Duration) (lane Lane, ok bool, wake time.Time, err error) {
	c := s.write()
	now := micros(c.now)
	var row laneRow
	err = c.get(ctx, &row, sqlClaimLane, lease.Microseconds(), uuid.NewString(), now, now, now)
	if err == nil {
		return Lane{Name: row.Name, Token: row.Token, NextAt: instant(row.NextAt), LastTS: row.LastTS}, true, time.Time{}, nil
	}
	if !errors.Is(err, alerts.ErrNotFound) {
		return Lane{}, false, time.Time{}, fmt.Errorf("claim lane: %w", err)
	}
	if wake, err = s.read().wake(ctx); err != nil {
		return Lane{}, false, time.Time{}, fmt.Errorf("look for the next lane: %w", err)
	}
	return Lane{}, false, wake, nil
}

// wake is when the first lane that has something to send can be claimed.
func (c conn) wake(ctx context.Context) (time.Time, error) {
	var lanes []struct {
		NextAt int64 `db:"next_at"`
		Leased int64 `db:"leased"`
		DueAt  int64 `db:"due_at"`
	}
	if err := c.list(ctx, &lanes, sqlWaiting); err != nil {
		return time.Time{}, err
	}
	var first int64
	for _, lane := range lanes {
		if at := max(lane.NextAt, lane.DueAt, micros(c.now)+max(lane.Leased, 0)); first == 0 || at < first {
			first = at
		}
	}
	return instant(first), nil
}

const (
	sqlExtendLane  = `UPDATE lanes SET lease_until = {now} + ? WHERE name = ? AND lease_token = ?`
	sqlReleaseLane = `UPDATE lanes SET lease_until = 0, lease_token = '', next_at = CASE WHEN next_at < ? THEN ? ELSE next_at END
		WHERE name = ? AND lease_token = ?`
)

// ExtendLane renews the lease; ErrLeaseLost when it was lost.
func (s *Store) ExtendLane(ctx context.Context, lane Lane, lease time.Duration) error {
	n, err := s.write().exec(ctx, sqlExtendLane, lease.Microseconds(), lane.Name, lane.Token)
	return leased("extend lane", n, err)
}

// ReleaseLane gives the lane back and lets it be claimed again from nextAt on.
func (s *Store) ReleaseLane(ctx context.Context, lane Lane, nextAt time.Time) error {
	next := micros(nextAt)
	n, err := s.write().exec(ctx, sqlReleaseLane, next, next, lane.Name, lane.Token)
	return leased("release lane", n, err)
}

// leased reads the answer of a statement that changes something only under the lane's token.
func leased(what string, changed int64, err error) error {
	if err == nil && changed == 0 {
		err = ErrLeaseLost
	}
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

const (
	sqlBudget     = `SELECT next_at FROM lanes WHERE name = ?`
	sqlTakeBudget = `INSERT INTO lanes (name, next_at) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET
		next_at = CASE WHEN lanes.next_at > ? THEN lanes.next_at + ? ELSE excluded.next_at END WHERE lanes.next_at <= ?`
	sqlSetBudget = `INSERT INTO lanes (name, next_at) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET next_at = excluded.next_at
		WHERE lanes.next_at < excluded.next_at`
)

// Budget is a number of calls that all replicas share: one every Interval, and up to Burst at once when it was left alone.
type Budget struct {
	Name     string
	Interval time.Duration
	Burst    int // 0 means 1
}

// ahead is how far calls may run ahead of their pace.
func (b Budget) ahead() time.Duration { return time.Duration(max(b.Burst, 1)-1) * b.Interval }

// TakeBudget takes one call from a shared budget: true when the call may be made now, else the time from which on to ask again.
func (s *Store) TakeBudget(ctx context.Context, b Budget) (ok bool, at time.Time, err error) {
	c := s.write()
	now := micros(c.now)
	n, err := c.exec(ctx, sqlTakeBudget, b.Name, micros(c.now.Add(b.Interval)), now, b.Interval.Microseconds(), micros(c.now.Add(b.ahead())))
	if err != nil {
		return false, time.Time{}, fmt.Errorf("take budget: %w", err)
	}
	if n > 0 {
		return true, time.Time{}, nil
	}
	var next int64
	if err := s.read().get(ctx, &next, sqlBudget, b.Name); err != nil {
		return false, time.Time{}, fmt.Errorf("read budget: %w", err)
	}
	return false, instant(next).Add(-b.ahead()), nil
}

// SetBudget moves the time from which a shared budget may be used again, never back, and leaves no burst for that moment: a
// Retry-After that one replica got is obeyed by all.
func (s *Store) SetBudget(ctx context.Context, b Budget, until time.Time) error {
	if _, err := s.write().exec(ctx, sqlSetBudget, b.Name, micros(until.Add(b.ahead()))); err != nil {
		return fmt.Errorf("set budget: %w", err)
	}
	return nil
}
