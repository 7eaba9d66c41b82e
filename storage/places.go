package storage

import (
	"context"
	"fmt"

	"journeybot/alerts"
)

const (
	sqlAddLanes = `INSERT INTO lanes (name) SELECT r.name FROM {rows} WHERE true ON CONFLICT DO NOTHING`

	placeColumns = `id text, kind text, subject text, target text, slot text, lane text, priority bigint, due_at bigint, hold text, body text`

	sqlAddCards = `INSERT INTO messages (id, kind, subject, target, slot, lane, priority, due_at, hold, body, want_version)
		SELECT r.id, r.kind, r.subject, r.target, r.slot, r.lane, r.priority, r.due_at, r.hold, r.body, 1
		FROM {rows} WHERE true ON CONFLICT DO NOTHING`

	// A thread hangs on the card of its own slot, anything else on the one card that its subject has in the channel.
	// A new thread starts where the subject's other threads are.
	sqlAddOthers = `INSERT INTO messages (id, kind, subject, target, slot, lane, priority, due_at, hold, body, parent_id, want_version)
		SELECT r.id, r.kind, r.subject, r.target, r.slot, r.lane, r.priority, r.due_at, r.hold, r.body,
			COALESCE((SELECT p.id FROM messages p WHERE p.kind = 'card' AND p.subject = r.subject AND p.target = r.target
				AND CASE WHEN r.kind = 'thread' THEN p.slot = r.slot ELSE p.slot = '' AND p.failed_at = 0 END), ''),
			CASE WHEN r.kind = 'thread' THEN COALESCE((SELECT max(t.want_version) FROM messages t
				WHERE t.kind = 'thread' AND t.subject = r.subject), 0) ELSE 1 END
		FROM {rows} WHERE true ON CONFLICT DO NOTHING`
)

// AddPlace makes a message wanted that no alert's change asked for (a notice to the fallback channel); once per
// (Kind, Subject, Target, Slot).
func (s *Store) AddPlace(ctx context.Context, p alerts.Place) error {
	err := s.change(ctx, func(ctx context.Context, c conn) error {
		if err := c.addLanes(ctx, []alerts.Place{p}); err != nil {
			return err
		}
		return c.addPlaces(ctx, []alerts.Place{p})
	})
	if err != nil {
		return fmt.Errorf("add place: %w", err)
	}
	return nil
}

func laneOf(target alerts.Target) string { return "post:" + string(target) }

// addLanes inserts the lanes that places need. It comes before any change of messages: it waits for whoever holds one of the
// lanes, who may be waiting for a message.
func (c conn) addLanes(ctx context.Context, places []alerts.Place) error {
	lanes := set{}
	for _, p := range places {
		lanes.add(laneOf(p.Target))
	}
	rows := make([][]any, 0, len(lanes))
	for _, lane := range lanes.sorted() {
		rows = append(rows, []any{lane})
	}
	return c.eachOf(ctx, []batch{{"add lanes", sqlAddLanes, "name text", rows}})
}

// addPlaces inserts the messages that are missing, into lanes that are there; each card brings its thread.
func (c conn) addPlaces(ctx context.Context, places []alerts.Place) error {
	var cards [][]any
	others := make([][]any, 0, len(places))
	for _, p := range places {
		if p.Kind == alerts.CardMessage {
			cards = append(cards, c.place(p))
			p.Kind, p.Priority, p.Body = alerts.ThreadMessage, alerts.PriorityThread, nil
		}
		others = append(others, c.place(p))
	}
	return c.eachOf(ctx, []batch{
		{"add cards", sqlAddCards, placeColumns, cards},
		{"add messages", sqlAddOthers, placeColumns, others},
	})
}

func (c conn) place(p alerts.Place) []any {
	if p.DueAt.IsZero() {
		p.DueAt = c.now
	}
	return []any{
		newID(), string(p.Kind), p.Subject, string(p.Target), p.Slot, laneOf(p.Target), int64(p.Priority), micros(p.DueAt), p.Hold,
		withoutNUL(string(p.Body)),
	}
}
