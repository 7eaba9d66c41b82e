package storage

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"journeybot/alerts"
	"journeybot/journey"
)

// maxWaiting bounds what is ranked at once: far more than a person gets in a day.
const maxWaiting = 200

const (
	sqlDecided = `SELECT taken FROM interruptions WHERE message_id = ?`
	// Writing the row, changed or not, keeps other replicas waiting until this one has decided.
	sqlLockAttention = `INSERT INTO attention (user_id, day, used) VALUES (?, ?, 0) ON CONFLICT (user_id, day) DO UPDATE SET used = attention.used`
	sqlUsed          = `SELECT used FROM attention WHERE user_id = ? AND day = ?`
	sqlUsedAbout     = `SELECT account_id, count(*) AS alerts FROM interruptions WHERE user_id = ? AND day = ? AND taken = 1 GROUP BY account_id`
	sqlUse           = `UPDATE attention SET used = used + 1 WHERE user_id = ? AND day = ?`
	sqlDecide        = `INSERT INTO interruptions (message_id, user_id, day, account_id, at, taken) VALUES (?, ?, ?, ?, ?, ?)`

	sqlInterruptions = `SELECT m.id, m.body, m.kind, coalesce(a.account_id, '') AS account_id, coalesce(a.severity, 0) AS severity, c.arr,
			coalesce(c.renewal_date, 0) AS renewal_date
		FROM messages m LEFT JOIN alerts a ON a.id = m.subject LEFT JOIN accounts c ON c.id = a.account_id
		WHERE m.done_version < m.want_version AND m.hold = '' AND m.failed_at = 0 AND m.due_at <= ? AND m.priority > 0 AND m.ts = '' AND m.slot NOT LIKE 'shadow %'
			AND (m.target = ? AND m.kind IN ('ping', 'notice') OR m.kind = 'card' AND a.owner = ?)
			AND NOT EXISTS (SELECT 1 FROM interruptions i WHERE i.message_id = m.id) ORDER BY m.id LIMIT ?`
)

type interruptionRow struct {
	ID          string `db:"id"`
	Body        string `db:"body"`
	Kind        string `db:"kind"`
	AccountID   string `db:"account_id"`
	Severity    int    `db:"severity"`
	ARR         *int64 `db:"arr"`
	RenewalDate int64  `db:"renewal_date"`
}

// Interrupt decides once whether a message may interrupt a person on a day of that person's. decide sees what else waits for the
// person, and what was taken of the day; replicas decide one after the other. What was decided before stays.
func (s *Store) Interrupt(
	ctx context.Context, user string, day journey.Day, message string, decide func(waiting []alerts.Interruption, spent alerts.Spent) bool,
) (taken bool, err error) {
	err = s.change(ctx, func(ctx context.Context, c conn) error {
		taken, err = c.interrupt(ctx, user, int64(day), message, decide)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("interrupt: %w", err)
	}
	return taken, nil
}

func (c conn) interrupt(
	ctx context.Context, user string, day int64, message string, decide func([]alerts.Interruption, alerts.Spent) bool,
) (bool, error) {
	if _, err := c.exec(ctx, sqlLockAttention, user, day); err != nil {
		return false, err
	}
	var before int
	switch err := c.get(ctx, &before, sqlDecided, message); {
	case err == nil:
		return before == 1, nil
	case !errors.Is(err, alerts.ErrNotFound):
		return false, err
	}
	waiting, err := c.waiting(ctx, user)
	if err != nil {
		return false, err
	}
	spent, err := c.spent(ctx, user, day)
	if err != nil {
		return false, err
	}
	taken, account := decide(waiting, spent), ""
	for _, i := range waiting {
		if i.Message == message {
			account = i.Account
		}
	}
	if _, err := c.exec(ctx, sqlDecide, message, user, day, account, micros(c.now), flag(taken)); err != nil {
		return false, err
	}
	if taken {
		_, err = c.exec(ctx, sqlUse, user, day)
	}
	return taken, err
}

// waiting lists what is about to interrupt a person and was not decided upon yet. What somebody's doing caused is not asked about.
func (c conn) waiting(ctx context.Context, user string) ([]alerts.Interruption, error) {
	var rows []interruptionRow
	if err := c.list(ctx, &rows, sqlInterruptions, micros(c.now), "@"+user, user, maxWaiting); err != nil {
		return nil, fmt.Errorf("list interruptions: %w", err)
	}
	var waiting []alerts.Interruption
	for _, row := range rows {
		var n alerts.Notice
		if row.Body != "" && json.Unmarshal([]byte(row.Body), &n) == nil && n.Asked {
			continue
		}
		waiting = append(waiting, alerts.Interruption{
			Message: row.ID, Account: row.AccountID, Severity: alerts.Severity(row.Severity), ARR: row.ARR, Renewal: journey.Day(row.RenewalDate),
		})
	}
	return waiting, nil
}

func (c conn) spent(ctx context.Context, user string, day int64) (alerts.Spent, error) {
	spent := alerts.Spent{About: map[string]int{}}
	if err := c.get(ctx, &spent.All, sqlUsed, user, day); err != nil {
		return spent, fmt.Errorf("read attention: %w", err)
	}
	var about []struct {
		AccountID string `db:"account_id"`
		Alerts    int    `db:"alerts"`
	}
	if err := c.list(ctx, &about, sqlUsedAbout, user, day); err != nil {
		return spent, fmt.Errorf("count attention: %w", err)
	}
	for _, row := range about {
		spent.About[row.AccountID] = row.Alerts
	}
	return spent, nil
}

const (
	sqlHoldMessage = `UPDATE messages SET hold = ?` + underLease + `)`
	sqlSpared      = `SELECT count(*) FROM interruptions i JOIN messages m ON m.id = i.message_id WHERE i.user_id = ? AND i.taken = 0 AND i.at >= ? AND m.hold <> ''`
)

// HoldMessage keeps a message from being sent, with the reason.
func (s *Store) HoldMessage(ctx context.Context, lane Lane, id, reason string) error {
	n, err := s.write().exec(ctx, sqlHoldMessage, reason, id, lane.Name, lane.Token)
	return leased("hold message", n, err)
}

// Spared counts the messages to a target that were held since then, so that its person is not interrupted too often; 0 for a
// channel.
func (s *Store) Spared(ctx context.Context, target alerts.Target, since time.Time) (int, error) {
	user, is := strings.CutPrefix(string(target), "@")
	if !is {
		return 0, nil
	}
	n := 0
	if err := s.read().get(ctx, &n, sqlSpared, user, micros(since)); err != nil {
		return 0, fmt.Errorf("count spared messages: %w", err)
	}
	return n, nil
}
