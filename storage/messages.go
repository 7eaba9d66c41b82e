package storage

import (
	"context"
	"errors"
	"fmt"
	"time"

	"journeybot/alerts"
)

const (
	sqlNextMessage = `SELECT ` + messageColumns + ` FROM messages m WHERE m.lane = ? AND ` + wanted + ` AND m.due_at <= ?
		ORDER BY m.priority, m.due_at, m.id LIMIT 1`
	sqlUncertain = `SELECT ` + messageColumns + ` FROM messages m WHERE m.lane = ? AND m.tried_at > 0 AND m.failed_at = 0 ORDER BY m.tried_at, m.id`
	sqlMessage   = `SELECT ` + messageColumns + ` FROM messages m WHERE m.id = ?`
)

// NextMessage returns the lane's most urgent due message; ok is false when none is due.
func (s *Store) NextMessage(ctx context.Context, lane Lane) (m alerts.Message, ok bool, err error) {
	c := s.read()
	var row messageRow
	err = c.get(ctx, &row, sqlNextMessage, lane.Name, micros(c.now))
	if errors.Is(err, alerts.ErrNotFound) {
		return alerts.Message{}, false, nil
	}
	if err != nil {
		return alerts.Message{}, false, fmt.Errorf("read next message: %w", err)
	}
	return row.message(), true, nil
}

// Uncertain returns all the lane's messages whose post was started and never answered.
func (s *Store) Uncertain(ctx context.Context, lane Lane) ([]alerts.Message, error) {
	var rows []messageRow
	if err := s.read().list(ctx, &rows, sqlUncertain, lane.Name); err != nil {
		return nil, fmt.Errorf("list uncertain messages: %w", err)
	}
	messages := make([]alerts.Message, len(rows))
	for i, row := range rows {
		messages[i] = row.message()
	}
	return messages, nil
}

// Message returns one row (a thread's card, say); alerts.ErrNotFound when there is none.
func (s *Store) Message(ctx context.Context, id string) (alerts.Message, error) {
	var row messageRow
	if err := s.read().get(ctx, &row, sqlMessage, id); err != nil {
		return alerts.Message{}, fmt.Errorf("read message: %w", err)
	}
	return row.message(), nil
}

// underLease limits a change of a message to the holder of its lane.
const underLease = ` WHERE id = ? AND EXISTS (SELECT 1 FROM lanes WHERE name = ? AND lease_token = ?`

const (
	sqlStartPost    = `UPDATE messages SET tried_at = ?` + underLease + ` AND lease_until > {now})`
	sqlRetryMessage = `UPDATE messages SET due_at = ?, error = ?, attempts = attempts + ?,
		tried_at = CASE WHEN ? = 1 THEN tried_at ELSE 0 END` + underLease + `)`
	sqlFailMessage = `UPDATE messages SET failed_at = ?, error = ?, tried_at = 0` + underLease + `)`
	sqlSubject     = `SELECT subject FROM messages WHERE id = ?`
	sqlLeaveThread = `UPDATE messages SET parent_id = '' WHERE parent_id = ? AND kind <> 'thread'`
	sqlRevive      = `UPDATE messages SET failed_at = 0, attempts = 0, due_at = ? WHERE target = ? AND failed_at > 0
		AND NOT (kind = 'bundle' AND ts = '')`

	// Adopting uncertain posts starts from last_ts, so it must not pass one of them.
	sqlAdvanceLane = `UPDATE lanes SET last_ts = CASE WHEN last_ts < ? AND NOT EXISTS (SELECT 1 FROM messages
			WHERE messages.lane = lanes.name AND messages.tried_at > 0 AND messages.id <> ?) THEN ? ELSE last_ts END
		WHERE name = ? AND lease_token = ?`
	sqlFinishPost = `UPDATE messages SET channel = ?, ts = ?, done_hash = ?, done_state = ?, tried_at = 0, attempts = 0, error = '',
		posted_at = CASE WHEN posted_at = 0 THEN ? ELSE posted_at END, drawn_at = CASE WHEN ? = 1 THEN ? ELSE drawn_at END,
		done_version = CASE WHEN done_version < ? THEN ? ELSE done_version END WHERE id = ?`
	sqlDrawAgain = `UPDATE messages SET want_version = want_version + 1, due_at = ?, priority = ?
		WHERE id = ? AND done_version >= want_version`
)

// StartPost marks a post as begun, before it is sent: if no answer is ever recorded, it is uncertain.
func (s *Store) StartPost(ctx context.Context, lane Lane, id string) error {
	c := s.write()
	n, err := c.exec(ctx, sqlStartPost, micros(c.now), id, lane.Name, lane.Token)
	return leased("start post", n, err)
}

// Sent is what a successful post or update established.
type Sent struct {
	ID      string
	Channel string
	TS      string
	Version int64     // the want_version (or history seq) that is visible now
	Hash    string    // of the rendering
	State   string    // see alerts.Message.DoneState
	Drawn   bool      // it stood there and was drawn again
	Again   time.Time // draw it again then, unless something changes before; zero: only when something does
}

// FinishPost records a message as visible and clears its uncertainty and attempts.
func (s *Store) FinishPost(ctx context.Context, lane Lane, sent Sent) error {
	return s.change(ctx, func(ctx context.Context, c conn) error {
		n, err := c.exec(ctx, sqlAdvanceLane, sent.TS, sent.ID, sent.TS, lane.Name, lane.Token)
		if err := leased("finish post", n, err); err != nil {
			return err
		}
		now := micros(c.now)
		n, err = c.exec(ctx, sqlFinishPost, sent.Channel, sent.TS, sent.Hash, sent.State, now, flag(sent.Drawn), now, sent.Version, sent.Version, sent.ID)
		if err == nil && n == 0 {
			err = alerts.ErrNotFound
		}
		if err == nil && !sent.Again.IsZero() {
			_, err = c.exec(ctx, sqlDrawAgain, micros(sent.Again), int64(alerts.PriorityCount), sent.ID)
		}
		if err != nil {
			return fmt.Errorf("finish post: %w", err)
		}
		return nil
	})
}

// RetryMessage puts a message off until at. uncertain keeps the mark of an unanswered post; a definite answer clears it.
// Without a reason nothing went wrong, and it counts as no attempt.
func (s *Store) RetryMessage(ctx context.Context, lane Lane, id string, at time.Time, uncertain bool, reason string) error {
	n, err := s.write().exec(ctx, sqlRetryMessage, micros(at), reason, flag(reason != ""), flag(uncertain), id, lane.Name, lane.Token)
	return leased("retry message", n, err)
}

const sqlMissMessage = `UPDATE messages SET done_hash = '', want_version = want_version + 1, due_at = ?, priority = ?` + underLease + `)`

// MissMessage has a message drawn again, whatever it shows: it does not stand in Slack any more.
func (s *Store) MissMessage(ctx context.Context, lane Lane, id string) error {
	c := s.write()
	n, err := c.exec(ctx, sqlMissMessage, micros(c.now), int64(alerts.PriorityCritical), id, lane.Name, lane.Token)
	return leased("miss message", n, err)
}

// FailMessage gives a message up for good, with the reason. A later want (a new version) does not revive it; Revive does.
// Pings that should have replied to it go into the channel themselves, and cards that a bundle stands for are wanted again.
func (s *Store) FailMessage(ctx context.Context, lane Lane, id, reason string) error {
	return s.change(ctx, func(ctx context.Context, c conn) error {
		var subject string
		if err := c.get(ctx, &subject, sqlSubject, id); err != nil {
			return fmt.Errorf("fail message: %w", err)
		}
		if err := c.lockAlert(ctx, subject); err != nil { // no ping is added to it meanwhile
			return fmt.Errorf("fail message: %w", err)
		}
		if err := c.unbundle(ctx, id); err != nil {
			return fmt.Errorf("fail message: %w", err)
		}
		n, err := c.exec(ctx, sqlFailMessage, micros(c.now), reason, id, lane.Name, lane.Token)
		if err := leased("fail message", n, err); err != nil {
			return err
		}
		if _, err := c.exec(ctx, sqlLeaveThread, id); err != nil {
			return fmt.Errorf("free replies: %w", err)
		}
		return nil
	})
}

// Revive makes what was given up in a target wanted again, at once: its channel takes messages now. Bundles stand for their cards
// again. It returns how many messages there are.
func (s *Store) Revive(ctx context.Context, target alerts.Target) (int, error) {
	var revived int64
	err := s.change(ctx, func(ctx context.Context, c conn) error {
		if _, err := c.exec(ctx, sqlRefold, string(target), string(target)); err != nil {
			return fmt.Errorf("fold again: %w", err)
		}
		var err error
		revived, err = c.exec(ctx, sqlRevive, micros(c.now), string(target))
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("revive messages: %w", err)
	}
	return int(revived), nil
}
