package storage

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"journeybot/alerts"
)

const (
	sqlLockAlert = `SELECT id FROM alerts WHERE id = ? {lock}`
	sqlStanding  = `SELECT ` + messageColumns + ` FROM messages WHERE subject IN (?)`
	placeColumns = `id text, kind text, subject text, target text, slot text, parent_id text, lane text, priority bigint,
		want_version bigint, due_at bigint, hold text, body text`
)

// AddPlace makes a message wanted that no alert's change asked for (a notice to the fallback channel); once per
// (Kind, Subject, Target, Slot).
func (s *Store) AddPlace(ctx context.Context, p alerts.Place) error {
	err := s.change(ctx, func(ctx context.Context, c conn) error {
		if err := c.lockAlert(ctx, p.Subject); err != nil {
			return err
		}
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

// lockAlert holds the alert with this id, if there is one: who holds it is alone in changing which messages it has.
func (c conn) lockAlert(ctx context.Context, id string) error {
	var locked string
	if err := c.get(ctx, &locked, sqlLockAlert, id); err != nil && !errors.Is(err, alerts.ErrNotFound) {
		return fmt.Errorf("lock alert: %w", err)
	}
	return nil
}

func laneOf(target alerts.Target) string { return "post:" + string(target) }

// spot is where a message stands: one there at most.
type spot struct {
	kind    alerts.MessageKind
	subject string
	target  alerts.Target
	slot    string
}

// board is what stands where about some subjects.
type board struct {
	at      map[spot]alerts.Message
	threads map[string]int64 // per subject, the last history line that its threads want
}

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
	return c.eachOf(ctx, []batch{{"add lanes", insert("lanes", "name text", "ON CONFLICT DO NOTHING"), "name text", rows}})
}

// addPlaces inserts the messages that are missing, into lanes that are there; each card brings its thread.
func (c conn) addPlaces(ctx context.Context, places []alerts.Place) error {
	if len(places) == 0 {
		return nil
	}
	b, err := c.board(ctx, places)
	if err != nil {
		return err
	}
	rows := make([][]any, 0, 2*len(places))
	for _, p := range places {
		rows = append(rows, c.place(b, p)...)
		if p.Kind == alerts.CardMessage {
			p.Kind, p.Priority, p.Body = alerts.ThreadMessage, alerts.PriorityThread, nil
			rows = append(rows, c.place(b, p)...)
		}
	}
	return c.eachOf(ctx, []batch{
		{"add messages", insert("messages", placeColumns, "ON CONFLICT DO NOTHING"), placeColumns, rows},
	})
}

func (c conn) board(ctx context.Context, places []alerts.Place) (board, error) {
	b := board{at: map[spot]alerts.Message{}, threads: map[string]int64{}}
	subjects := map[string]bool{}
	for _, p := range places {
		subjects[p.Subject] = true
	}
	var rows []messageRow
	if err := c.list(ctx, &rows, sqlStanding, slices.Sorted(maps.Keys(subjects))); err != nil {
		return b, fmt.Errorf("look for messages: %w", err)
	}
	for _, row := range rows {
		m := row.message()
		b.at[spot{m.Kind, m.Subject, m.Target, m.Slot}] = m
		if m.Kind == alerts.ThreadMessage {
			b.threads[m.Subject] = max(b.threads[m.Subject], m.WantVersion)
		}
	}
	return b, nil
}

// place puts a message on the board and makes its row; none when it stands there already. A thread starts where the
// subject's other threads are.
func (c conn) place(b board, p alerts.Place) [][]any {
	p.Subject, p.Target, p.Slot = clean(p.Subject), alerts.Target(clean(string(p.Target))), clean(p.Slot)
	at := spot{p.Kind, p.Subject, p.Target, p.Slot}
	if _, stands := b.at[at]; stands {
		return nil
	}
	m := alerts.Message{ID: newID(), ParentID: cmp.Or(p.Under, b.parent(at)), WantVersion: 1}
	if p.Kind == alerts.ThreadMessage {
		m.WantVersion = b.threads[p.Subject]
	}
	b.at[at] = m
	if p.DueAt.IsZero() {
		p.DueAt = c.now
	}
	return [][]any{{
		m.ID, string(p.Kind), p.Subject, string(p.Target), p.Slot, m.ParentID, laneOf(p.Target), int64(p.Priority),
		m.WantVersion, micros(p.DueAt), p.Hold, withoutNUL(string(p.Body)),
	}}
}

// parent is the card that a message replies to: a thread to the one of its own slot, a ping to the one card that its subject
// has in the channel, or to the bundle that stands for it, unless that was given up.
func (b board) parent(at spot) string {
	switch at.kind {
	case alerts.ThreadMessage:
		return b.at[spot{alerts.CardMessage, at.subject, at.target, at.slot}].ID
	case alerts.CardMessage:
		return ""
	}
	switch card := b.at[spot{alerts.CardMessage, at.subject, at.target, alerts.CardSlot(at.slot)}]; {
	case card.Error != "":
		return ""
	case card.Hold == string(alerts.HoldBundle):
		return card.ViaID
	default:
		return card.ID
	}
}
