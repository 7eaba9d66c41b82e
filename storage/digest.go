package storage

import (
	"context"
	"fmt"
	"strings"
	"time"

	"journeybot/alerts"
)

// LastDigest is the newest digest of a target.
type LastDigest struct {
	Period string
	DueAt  time.Time
	Said   *alerts.Stake // what was at risk then; nil for a target that was only noticed
}

// Covers reports whether a digest that is due was made already, or one after it.
func (l LastDigest) Covers(due alerts.DigestDue) bool {
	return l.Period == due.Period || !due.At.After(l.DueAt)
}

const sqlLastDigests = `SELECT target, period, due_at, body FROM digests d
	WHERE due_at = (SELECT max(due_at) FROM digests o WHERE o.target = d.target)`

// LastDigests are the newest digests by target, those that were left out because there was nothing to say among them.
func (s *Store) LastDigests(ctx context.Context) (map[alerts.Target]LastDigest, error) {
	var rows []struct {
		Target string                  `db:"target"`
		Period string                  `db:"period"`
		DueAt  int64                   `db:"due_at"`
		Body   jsonText[*alerts.Stake] `db:"body"`
	}
	if err := s.read().list(ctx, &rows, sqlLastDigests); err != nil {
		return nil, fmt.Errorf("read last digests: %w", err)
	}
	last := make(map[alerts.Target]LastDigest, len(rows))
	for _, row := range rows {
		last[alerts.Target(row.Target)] = LastDigest{Period: row.Period, DueAt: instant(row.DueAt), Said: row.Body.value}
	}
	return last, nil
}

const (
	lineColumns = `a.id, a.account_id, c.arr, a.kind, a.polarity, a.severity, a.status, a.hold, a.outcome, a.opened_at, a.acked_at, a.closed_at`
	lineTables  = ` FROM alerts a LEFT JOIN accounts c ON c.id = a.account_id WHERE `
	ownLines    = `a.owner = ?`
	cardLines   = `EXISTS (SELECT 1 FROM messages m WHERE m.kind = 'card' AND m.subject = a.id AND ? IN (m.target, substr(m.slot, 8)))` // "shadow #channel"
)

type lineRow struct {
	ID        string `db:"id"`
	AccountID string `db:"account_id"`
	ARR       *int64 `db:"arr"`
	Kind      string `db:"kind"`
	Polarity  string `db:"polarity"`
	Severity  int    `db:"severity"`
	Status    string `db:"status"`
	Hold      string `db:"hold"`
	Outcome   string `db:"outcome"`
	OpenedAt  int64  `db:"opened_at"`
	AckedAt   int64  `db:"acked_at"`
	ClosedAt  int64  `db:"closed_at"`
}

// DigestLines are the alerts of a channel, or of an owner ("@U…"), that live or that ended since then.
func (s *Store) DigestLines(ctx context.Context, target alerts.Target, since time.Time) ([]alerts.DigestLine, error) {
	return s.read().digestLines(ctx, target, since)
}

func (c conn) digestLines(ctx context.Context, target alerts.Target, since time.Time) ([]alerts.DigestLine, error) {
	scope, of := cardLines, string(target)
	if user, is := strings.CutPrefix(of, "@"); is {
		scope, of = ownLines, user
	}
	live := "a." + liveStatus
	var rows []lineRow
	query := `SELECT ` + lineColumns + lineTables + live + ` AND ` + scope + `
		UNION ALL SELECT ` + lineColumns + lineTables + `a.closed_at > 0 AND a.closed_at >= ? AND NOT ` + live + ` AND ` + scope
	if err := c.list(ctx, &rows, query, of, micros(since), of); err != nil {
		return nil, fmt.Errorf("read digest lines: %w", err)
	}
	lines := make([]alerts.DigestLine, len(rows))
	for i, r := range rows {
		lines[i] = alerts.DigestLine{
			AlertID: r.ID, Account: r.AccountID, ARR: r.ARR, Kind: alerts.Kind(r.Kind), Polarity: alerts.Polarity(r.Polarity),
			Severity: alerts.Severity(r.Severity), Status: alerts.Status(r.Status), Hold: alerts.HoldReason(r.Hold),
			Outcome: alerts.Outcome(r.Outcome), OpenedAt: instant(r.OpenedAt), AckedAt: instant(r.AckedAt), ClosedAt: instant(r.ClosedAt),
		}
	}
	return lines, nil
}

// Alerts returns alerts by their ids, in no order. The views carry no history.
func (s *Store) Alerts(ctx context.Context, ids []string) ([]alerts.View, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	c := s.read()
	var rows []alertRow
	if err := c.list(ctx, &rows, `SELECT `+names(alertColumns)+` FROM alerts WHERE id IN (?)`, ids); err != nil {
		return nil, fmt.Errorf("read alerts: %w", err)
	}
	views, err := c.views(ctx, rows, nil)
	if err != nil {
		return nil, fmt.Errorf("read alerts: %w", err)
	}
	return views, nil
}

// addEntries adds to each view's history the lines of one sort that query finds.
func (c conn) addEntries(ctx context.Context, views []alerts.View, query string, what alerts.What) error {
	at := make(map[string]int, len(views))
	ids := set{}
	for i, v := range views {
		at[v.Alert.ID] = i
		ids.add(v.Alert.ID)
	}
	if len(ids) == 0 {
		return nil
	}
	var rows []historyRow
	if err := c.list(ctx, &rows, query, ids.sorted(), string(what)); err != nil {
		return fmt.Errorf("read %s lines: %w", what, err)
	}
	for _, row := range rows {
		v := &views[at[row.AlertID]]
		v.History = append(v.History, row.entry())
	}
	return nil
}

const (
	digestColumns  = `target text, period text, due_at bigint, body text`
	sqlNameMessage = `UPDATE digests SET message_id = (SELECT id FROM messages WHERE kind = ? AND subject = ? AND target = ? AND slot = ?)
		WHERE target = ? AND period = ?`
)

// SaveDigest notes that a digest was made, and makes its message wanted; a nil place stands for one with nothing to say, and a nil
// stake for a target that is only noticed. It is false, and changes nothing, when that digest was made already: by another replica.
func (s *Store) SaveDigest(ctx context.Context, due alerts.DigestDue, said *alerts.Stake, place *alerts.Place) (bool, error) {
	first := false
	err := s.change(ctx, func(ctx context.Context, c conn) error {
		var e encoder
		body := ""
		if said != nil {
			body = e.text(said)
		}
		row := []any{string(due.Target), due.Period, micros(due.At), body}
		if e.err != nil {
			return e.err
		}
		n, err := c.each(ctx, insert("digests", digestColumns, "ON CONFLICT DO NOTHING"), digestColumns, [][]any{row})
		if first = n > 0; err != nil || !first || place == nil {
			return err
		}
		if err := c.addLanes(ctx, []alerts.Place{*place}); err != nil {
			return err
		}
		if err := c.addPlaces(ctx, []alerts.Place{*place}); err != nil {
			return err
		}
		_, err = c.exec(ctx, sqlNameMessage, string(place.Kind), place.Subject, string(place.Target), place.Slot, string(due.Target), due.Period)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("save digest: %w", err)
	}
	return first, nil
}
