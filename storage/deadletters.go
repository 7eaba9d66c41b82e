package storage

import (
	"context"
	"fmt"

	"journeybot/alerts"
)

const deadLetterColumns = `id, source, event_id, subject, headers, body, reason, received_at, replayed_at`

type deadLetterRow struct {
	ID         string                        `db:"id"`
	Source     string                        `db:"source"`
	EventID    string                        `db:"event_id"`
	Subject    string                        `db:"subject"`
	Headers    jsonText[map[string][]string] `db:"headers"`
	Body       []byte                        `db:"body"`
	Reason     string                        `db:"reason"`
	ReceivedAt int64                         `db:"received_at"`
	ReplayedAt int64                         `db:"replayed_at"`
}

func (r deadLetterRow) letter() alerts.DeadLetter {
	return alerts.DeadLetter{
		ID: r.ID, Source: r.Source, EventID: r.EventID, Subject: r.Subject, Headers: r.Headers.value, Body: r.Body, Reason: r.Reason,
		ReceivedAt: instant(r.ReceivedAt), ReplayedAt: instant(r.ReplayedAt),
	}
}

const (
	sqlAddDeadLetter = `INSERT INTO dead_letters (id, source, event_id, subject, headers, body, reason, received_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`
	sqlDeadLetters  = `SELECT ` + deadLetterColumns + ` FROM dead_letters ORDER BY received_at DESC, id DESC LIMIT ?`
	sqlDeadLetter   = `SELECT ` + deadLetterColumns + ` FROM dead_letters WHERE id = ?`
	sqlMarkReplayed = `UPDATE dead_letters SET replayed_at = ? WHERE id = ?`
)

// AddDeadLetter keeps an event that could not be taken. The same ID again changes nothing.
func (s *Store) AddDeadLetter(ctx context.Context, d alerts.DeadLetter) error {
	return s.write().addDeadLetter(ctx, d)
}

func (c conn) addDeadLetter(ctx context.Context, d alerts.DeadLetter) error {
	var e encoder
	headers := e.text(d.Headers)
	if e.err != nil {
		return fmt.Errorf("encode dead letter: %w", e.err)
	}
	body := d.Body
	if body == nil {
		body = []byte{} // a nil slice would be NULL
	}
	_, err := c.exec(ctx, sqlAddDeadLetter, d.ID, d.Source, d.EventID, d.Subject, headers, body, d.Reason, micros(d.ReceivedAt))
	if err != nil {
		return fmt.Errorf("add dead letter: %w", err)
	}
	return nil
}

// DeadLetters lists the newest dead letters first, at most limit.
func (s *Store) DeadLetters(ctx context.Context, limit int) ([]alerts.DeadLetter, error) {
	var rows []deadLetterRow
	if err := s.read().list(ctx, &rows, sqlDeadLetters, limit); err != nil {
		return nil, fmt.Errorf("list dead letters: %w", err)
	}
	letters := make([]alerts.DeadLetter, len(rows))
	for i, row := range rows {
		letters[i] = row.letter()
	}
	return letters, nil
}

// DeadLetter returns one; alerts.ErrNotFound when there is none of that id.
func (s *Store) DeadLetter(ctx context.Context, id string) (alerts.DeadLetter, error) {
	var row deadLetterRow
	if err := s.read().get(ctx, &row, sqlDeadLetter, id); err != nil {
		return alerts.DeadLetter{}, fmt.Errorf("read dead letter: %w", err)
	}
	return row.letter(), nil
}

// MarkReplayed notes that a dead letter was published again; alerts.ErrNotFound when there is none of that id.
func (s *Store) MarkReplayed(ctx context.Context, id string) error {
	c := s.write()
	n, err := c.exec(ctx, sqlMarkReplayed, micros(c.now), id)
	if err == nil && n == 0 {
		err = alerts.ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("mark dead letter: %w", err)
	}
	return nil
}
