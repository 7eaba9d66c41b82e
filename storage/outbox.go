package storage

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"journeybot/alerts"
)

// OutboxRow is an event that waits to leave.
type OutboxRow struct {
	Outbound alerts.Outbound
	Sequence int64 // per subject
}

const (
	sqlClaimOutbox = `UPDATE lanes SET lease_until = {now} + ?, lease_token = ? WHERE name = 'outbox' AND lease_until <= {now}`
	sqlOutboxRows  = `SELECT id, type, subject, sequence, at, body FROM outbox WHERE sent_at = 0 ORDER BY queued_at, sequence, id LIMIT ?`
	sqlMarkSent    = `UPDATE outbox SET sent_at = ? WHERE sent_at = 0 AND id IN (?)`
	sqlFreeOutbox  = `UPDATE lanes SET lease_until = 0, lease_token = '' WHERE name = 'outbox' AND lease_token = ?`
)

const (
	sqlKnownOutbound = `SELECT id FROM outbox WHERE id IN (?)`
	sqlOutboxHeads   = `SELECT subject, max(sequence) AS sequence, max(queued_at) AS queued_at FROM outbox WHERE subject IN (?) GROUP BY subject`
	outboxColumns    = `id text, type text, subject text, sequence bigint, at bigint, body text, queued_at bigint`
)

// outboxHead is the last event of a subject.
type outboxHead struct {
	Subject  string `db:"subject"`
	Sequence int64  `db:"sequence"`
	QueuedAt int64  `db:"queued_at"`
}

// addOutbound queues events that are not queued yet, numbered per subject. Two transactions that number one subject at
// once are a lost race.
func (c conn) addOutbound(ctx context.Context, outbound []alerts.Outbound) error {
	if len(outbound) == 0 {
		return nil
	}
	ids, subjects, seen := set{}, set{}, set{}
	for _, o := range outbound {
		ids.add(o.ID)
		subjects[o.Subject] = true
	}
	var known []string
	if err := c.list(ctx, &known, sqlKnownOutbound, ids.sorted()); err != nil {
		return fmt.Errorf("look for events out: %w", err)
	}
	seen.add(known...)
	var rows []outboxHead
	if err := c.list(ctx, &rows, sqlOutboxHeads, subjects.sorted()); err != nil {
		return fmt.Errorf("number events out: %w", err)
	}
	heads := make(map[string]outboxHead, len(rows))
	for _, head := range rows {
		heads[head.Subject] = head
	}
	values := make([][]any, 0, len(outbound))
	for _, o := range outbound {
		if seen[o.ID] {
			continue
		}
		seen.add(o.ID)
		head := heads[o.Subject]
		head.Sequence++
		head.QueuedAt = max(head.QueuedAt, micros(c.now)) // whatever other replicas' clocks say
		heads[o.Subject] = head
		values = append(values, []any{o.ID, o.Type, o.Subject, head.Sequence, micros(o.At), withoutNUL(string(o.Data)), head.QueuedAt})
	}
	if _, err := c.each(ctx, insert("outbox", outboxColumns, ""), outboxColumns, values); err != nil {
		return fmt.Errorf("write events out: %w", err)
	}
	return nil
}

// errNothing undoes a claim that found nothing to do.
var errNothing = errors.New("nothing to claim")

// ClaimOutbox leases the outbox for one relay at a time and returns up to limit rows in order; none when another holds it.
func (s *Store) ClaimOutbox(ctx context.Context, lease time.Duration, limit int) (token string, rows []OutboxRow, err error) {
	token = uuid.NewString()
	err = s.change(ctx, func(ctx context.Context, c conn) error {
		n, err := c.exec(ctx, sqlClaimOutbox, lease.Microseconds(), token)
		if err != nil {
			return err
		}
		if n == 0 {
			return errNothing
		}
		if rows, err = c.outbox(ctx, limit); err != nil {
			return err
		}
		if len(rows) == 0 {
			return errNothing
		}
		return nil
	})
	if errors.Is(err, errNothing) {
		return "", nil, nil
	}
	if err != nil {
		return "", nil, fmt.Errorf("claim outbox: %w", err)
	}
	return token, rows, nil
}

func (c conn) outbox(ctx context.Context, limit int) ([]OutboxRow, error) {
	var found []struct {
		ID       string `db:"id"`
		Type     string `db:"type"`
		Subject  string `db:"subject"`
		Sequence int64  `db:"sequence"`
		At       int64  `db:"at"`
		Body     string `db:"body"`
	}
	if err := c.list(ctx, &found, sqlOutboxRows, limit); err != nil {
		return nil, err
	}
	rows := make([]OutboxRow, len(found))
	for i, f := range found {
		rows[i] = OutboxRow{
			Outbound: alerts.Outbound{ID: f.ID, Type: f.Type, Subject: f.Subject, At: instant(f.At), Data: []byte(f.Body)},
			Sequence: f.Sequence,
		}
	}
	return rows, nil
}

// SetAsideOutbox takes an event that can never be published out of the queue, and keeps it as a dead letter.
func (s *Store) SetAsideOutbox(ctx context.Context, id string, letter alerts.DeadLetter) error {
	err := s.change(ctx, func(ctx context.Context, c conn) error {
		if err := c.addDeadLetter(ctx, letter); err != nil {
			return err
		}
		_, err := c.exec(ctx, sqlMarkSent, micros(c.now), []string{id})
		return err
	})
	if err != nil {
		return fmt.Errorf("set event out aside: %w", err)
	}
	return nil
}

// FinishOutbox marks rows as sent and releases the lease. Rows that were sent count as sent even when the lease was lost meanwhile.
func (s *Store) FinishOutbox(ctx context.Context, token string, ids []string) error {
	err := s.change(ctx, func(ctx context.Context, c conn) error {
		if len(ids) > 0 {
			if _, err := c.exec(ctx, sqlMarkSent, micros(c.now), ids); err != nil {
				return err
			}
		}
		_, err := c.exec(ctx, sqlFreeOutbox, token)
		return err
	})
	if err != nil {
		return fmt.Errorf("finish outbox: %w", err)
	}
	return nil
}
