package storage

import (
	"context"
	"fmt"
	"strings"
	"time"

	"journeybot/alerts"
)

// eventNoteRow is alerts.EventNote as JSON.
type eventNoteRow struct {
	Reason alerts.EventReason `json:"reason,omitempty"`
	Saw    string             `json:"saw,omitempty"`
	Since  time.Time          `json:"since,omitzero"`
	Period string             `json:"period,omitempty"`
	Alert  string             `json:"alert,omitempty"`
}

type eventRow struct {
	Source     string                 `db:"source"`
	EventID    string                 `db:"event_id"`
	Type       string                 `db:"type"`
	At         int64                  `db:"at"`
	ReceivedAt int64                  `db:"received_at"`
	Result     string                 `db:"result"`
	Note       jsonText[eventNoteRow] `db:"note"`
	ShortID    string                 `db:"short_id"`
}

func (r eventRow) event() alerts.KeptEvent {
	return alerts.KeptEvent{
		Source: r.Source, ID: r.EventID, Type: r.Type, At: instant(r.At), ReceivedAt: instant(r.ReceivedAt),
		Result: alerts.EventResult(r.Result), Note: alerts.EventNote(r.Note.value), AlertID: r.ShortID,
	}
}

const keptEvent = `SELECT source, event_id, type, at, received_at, result, note, '' AS short_id FROM events`

// kept lists events and names the alerts that they changed.
func (c conn) kept(ctx context.Context, where string, args ...any) ([]alerts.KeptEvent, error) {
	var rows []eventRow
	if err := c.list(ctx, &rows, keptEvent+where, args...); err != nil {
		return nil, fmt.Errorf("list events: %w", err)
	}
	ids := set{}
	for _, row := range rows {
		ids.add(row.Note.value.Alert)
	}
	names, err := c.shortIDs(ctx, ids.sorted())
	if err != nil {
		return nil, err
	}
	events := make([]alerts.KeptEvent, len(rows))
	for i, row := range rows {
		row.ShortID = names[row.Note.value.Alert]
		events[i] = row.event()
	}
	return events, nil
}

func (c conn) shortIDs(ctx context.Context, ids []string) (map[string]string, error) {
	names := make(map[string]string, len(ids))
	if len(ids) == 0 {
		return names, nil
	}
	var rows []struct {
		ID      string `db:"id"`
		ShortID string `db:"short_id"`
	}
	if err := c.list(ctx, &rows, `SELECT id, short_id FROM alerts WHERE id IN (?)`, ids); err != nil {
		return nil, fmt.Errorf("name alerts: %w", err)
	}
	for _, row := range rows {
		names[row.ID] = row.ShortID
	}
	return names, nil
}

// eventsNamed lists the events of an alert, whose ids are written "source id".
func (c conn) eventsNamed(ctx context.Context, keys []string) ([]alerts.KeptEvent, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	args := make([]any, 0, 2*len(keys))
	for _, key := range keys {
		// A source may hold spaces and an id too: of all ways to cut, the right one is there.
		for at := range key {
			if key[at] == ' ' {
				args = append(args, key[:at], key[at+1:])
			}
		}
	}
	if len(args) == 0 {
		return nil, nil
	}
	where := ` WHERE (source, event_id) IN (VALUES (?, ?)` + strings.Repeat(", (?, ?)", len(args)/2-1) + `) ORDER BY at, seq`
	return c.kept(ctx, where, args...)
}
