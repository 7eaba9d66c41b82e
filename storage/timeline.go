package storage

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"journeybot/alerts"
)

// told are the lines of alerts' histories that an account's timeline tells: not counts, ticks and reminders.
var told = []string{
	string(alerts.DidOpen), string(alerts.DidWorsen), string(alerts.DidEase), string(alerts.DidRecover), string(alerts.DidAck),
	string(alerts.DidUnack), string(alerts.DidAssign), string(alerts.DidSnooze), string(alerts.DidEscalate), string(alerts.DidResolve),
	string(alerts.DidAmend), string(alerts.DidReopen), string(alerts.DidExpire), string(alerts.DidNote), string(alerts.DidExtend),
	string(alerts.DidReview), string(alerts.DidHold), string(alerts.DidRelease), string(alerts.DidAct), string(alerts.DidAnswer), string(alerts.DidSwitch),
}

const (
	sqlToldEntries = `SELECT ` + entryFields + `
		FROM alert_history h JOIN alerts a ON a.id = h.alert_id WHERE a.account_id = ? AND h.what IN (?)
		ORDER BY h.at DESC, h.alert_id DESC, h.seq DESC LIMIT ?`
	sqlStages  = `SELECT at, map, milestone, reason FROM stage_history WHERE account_id = ? ORDER BY at DESC LIMIT ?`
	sqlNotes   = `SELECT account_id, at, actor, text, permalink FROM notes WHERE account_id = ? ORDER BY at DESC LIMIT ?`
	sqlTouches = `SELECT at, body FROM events WHERE account_id = ? AND type LIKE '%.touch.logged' ORDER BY at DESC LIMIT ?`
)

// Timeline reads a page of what happened with an account, newest first; alerts.ErrNotFound when there is no such account.
func (s *Store) Timeline(ctx context.Context, id string, limit, offset int) (alerts.Timeline, error) {
	t, err := s.read().timeline(ctx, id, limit, max(offset, 0))
	if err != nil {
		return alerts.Timeline{}, fmt.Errorf("read timeline: %w", err)
	}
	return t, nil
}

func (c conn) timeline(ctx context.Context, id string, limit, offset int) (alerts.Timeline, error) {
	t := alerts.Timeline{Offset: offset, People: map[string]alerts.Person{}}
	id, err := c.present(ctx, id)
	if err != nil {
		return t, err
	}
	accounts, err := c.accounts(ctx, []string{id}, false)
	if err != nil {
		return t, err
	}
	if accounts[id] == nil {
		return t, alerts.ErrNotFound
	}
	t.Account = *accounts[id]
	reach := offset + limit + 1 // no source can be needed further back
	var all []alerts.Moment
	for _, source := range []func(context.Context, string, int) ([]alerts.Moment, error){
		c.alertMoments, c.stageMoments, c.noteMoments, c.muteMoments, c.touchMoments,
	} {
		moments, err := source(ctx, id, reach)
		if err != nil {
			return t, err
		}
		all = append(all, moments...)
	}
	slices.SortStableFunc(all, func(a, b alerts.Moment) int { return cmp.Compare(b.At.UnixMicro(), a.At.UnixMicro()) })
	all = all[min(offset, len(all)):]
	t.Moments, t.More = all[:min(limit, len(all))], len(all) > limit
	users := set{}
	for _, m := range t.Moments {
		users.add(usersOf(m)...)
	}
	people, err := c.people(ctx, users.sorted(), nil)
	for _, p := range people {
		t.People[p.UserID] = p
	}
	return t, err
}

func usersOf(m alerts.Moment) []string {
	switch {
	case m.Alert != nil:
		return []string{m.Alert.Entry.Actor.UserID, m.Alert.Entry.Data.User, m.Alert.Alert.Owner}
	case m.Note != nil:
		return []string{m.Note.By.UserID}
	case m.Mute != nil:
		return []string{m.Mute.By.UserID, m.Mute.EndedBy.UserID}
	}
	return nil
}

func (c conn) alertMoments(ctx context.Context, id string, limit int) ([]alerts.Moment, error) {
	var entries []historyRow
	if err := c.list(ctx, &entries, sqlToldEntries, id, told, limit); err != nil {
		return nil, fmt.Errorf("list alert history: %w", err)
	}
	ids := set{}
	for _, e := range entries {
		ids.add(e.AlertID)
	}
	if len(ids) == 0 {
		return nil, nil
	}
	var rows []alertRow
	if err := c.list(ctx, &rows, `SELECT `+names(alertColumns)+` FROM alerts WHERE id IN (?)`, ids.sorted()); err != nil {
		return nil, fmt.Errorf("load alerts: %w", err)
	}
	known := make(map[string]alerts.Alert, len(rows))
	for _, row := range rows {
		known[row.ID] = row.alert()
	}
	moments := make([]alerts.Moment, len(entries))
	for i, e := range entries {
		moments[i] = alerts.Moment{At: instant(e.At), Alert: &alerts.AlertMoment{Alert: known[e.AlertID], Entry: e.entry()}}
	}
	return moments, nil
}

func (c conn) stageMoments(ctx context.Context, id string, limit int) ([]alerts.Moment, error) {
	var rows []struct {
		At        int64  `db:"at"`
		Map       string `db:"map"`
		Milestone string `db:"milestone"`
		Reason    string `db:"reason"`
	}
	if err := c.list(ctx, &rows, sqlStages, id, limit); err != nil {
		return nil, fmt.Errorf("list stages: %w", err)
	}
	moments := make([]alerts.Moment, len(rows))
	for i, row := range rows {
		moments[i] = alerts.Moment{At: instant(row.At), Stage: &alerts.StageMove{Map: row.Map, Milestone: row.Milestone, Reason: row.Reason}}
	}
	return moments, nil
}

func (c conn) noteMoments(ctx context.Context, id string, limit int) ([]alerts.Moment, error) {
	var rows []noteRow
	if err := c.list(ctx, &rows, sqlNotes, id, limit); err != nil {
		return nil, fmt.Errorf("list notes: %w", err)
	}
	moments := make([]alerts.Moment, len(rows))
	for i, row := range rows {
		note := row.note()
		moments[i] = alerts.Moment{At: note.At, Note: &note}
	}
	return moments, nil
}

// muteMoments tell the beginning of each mute, and its end when that has come.
func (c conn) muteMoments(ctx context.Context, id string, limit int) ([]alerts.Moment, error) {
	spans, err := c.muteSpans(ctx, ` WHERE account_id = ? ORDER BY made_at DESC LIMIT ?`, id, limit)
	if err != nil {
		return nil, err
	}
	var moments []alerts.Moment
	for _, span := range spans {
		moments = append(moments, alerts.Moment{At: span.From, Mute: &span})
		end := span.EndedAt
		if end.IsZero() {
			end = span.Until
		}
		if !end.After(c.now) {
			moments = append(moments, alerts.Moment{At: end, Mute: &span, Ended: true})
		}
	}
	return moments, nil
}

func (c conn) touchMoments(ctx context.Context, id string, limit int) ([]alerts.Moment, error) {
	var rows []struct {
		At   int64  `db:"at"`
		Body string `db:"body"`
	}
	if err := c.list(ctx, &rows, sqlTouches, id, limit); err != nil {
		return nil, fmt.Errorf("list touches: %w", err)
	}
	moments := make([]alerts.Moment, len(rows))
	for i, row := range rows {
		var said struct{ Channel, Who, Note string }
		_ = json.Unmarshal([]byte(row.Body), &said) // decoded once when it came: what it lacks is unknown
		moments[i] = alerts.Moment{At: instant(row.At), Touch: &alerts.Touch{Channel: said.Channel, Who: said.Who, Note: said.Note}}
	}
	return moments, nil
}
