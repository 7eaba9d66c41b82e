package storage

import (
	"context"
	"fmt"
	"time"

	"journeybot/alerts"
)

// Depths are the queue depths for metrics.
type Depths struct {
	Messages     int // wanted, not done, not held, not failed; a bundle that will be drawn again later waits for nothing
	Uncertain    int
	Failed       int
	OldestWanted time.Duration // how long the oldest due message has waited
	Outbox       int
	DeadLetters  int // not replayed
	LiveAlerts   map[alerts.Kind]map[alerts.Status]int
}

const (
	sqlDepths = `SELECT
		(SELECT count(*) FROM messages m WHERE ` + wanted + ` AND (m.kind <> 'bundle' OR m.due_at <= ?)) AS messages,
		(SELECT COALESCE(min(m.due_at), 0) FROM messages m WHERE ` + wanted + ` AND m.due_at <= ?) AS oldest,
		(SELECT count(*) FROM messages WHERE tried_at > 0) AS uncertain,
		(SELECT count(*) FROM messages WHERE failed_at > 0) AS failed,
		(SELECT count(*) FROM outbox WHERE sent_at = 0) AS outbox,
		(SELECT count(*) FROM dead_letters WHERE replayed_at = 0) AS dead_letters`
	sqlLiveCounts = `SELECT kind, status, count(*) AS count FROM alerts WHERE ` + liveStatus + ` GROUP BY kind, status`
)

// Depths counts what waits.
func (s *Store) Depths(ctx context.Context) (Depths, error) {
	c := s.read()
	var row struct {
		Messages    int   `db:"messages"`
		Oldest      int64 `db:"oldest"`
		Uncertain   int   `db:"uncertain"`
		Failed      int   `db:"failed"`
		Outbox      int   `db:"outbox"`
		DeadLetters int   `db:"dead_letters"`
	}
	if err := c.get(ctx, &row, sqlDepths, micros(c.now), micros(c.now)); err != nil {
		return Depths{}, fmt.Errorf("count queues: %w", err)
	}
	var counts []struct {
		Kind   string `db:"kind"`
		Status string `db:"status"`
		Count  int    `db:"count"`
	}
	if err := c.list(ctx, &counts, sqlLiveCounts); err != nil {
		return Depths{}, fmt.Errorf("count live alerts: %w", err)
	}
	d := Depths{
		Messages: row.Messages, Uncertain: row.Uncertain, Failed: row.Failed, Outbox: row.Outbox, DeadLetters: row.DeadLetters,
		LiveAlerts: map[alerts.Kind]map[alerts.Status]int{},
	}
	if row.Oldest > 0 {
		d.OldestWanted = c.now.Sub(instant(row.Oldest))
	}
	for _, n := range counts {
		kind := alerts.Kind(n.Kind)
		if d.LiveAlerts[kind] == nil {
			d.LiveAlerts[kind] = map[alerts.Status]int{}
		}
		d.LiveAlerts[kind][alerts.Status(n.Status)] = n.Count
	}
	return d, nil
}
