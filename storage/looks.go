package storage

import (
	"context"
	"errors"
	"fmt"
	"time"

	"journeybot/alerts"
	"journeybot/journey"
)

const (
	lookColumns    = `alert_id text, account_id text, planned bigint, at bigint`
	sqlForgetLooks = `DELETE FROM reviews WHERE EXISTS (SELECT 1 FROM {rows} WHERE r.alert_id = reviews.alert_id)`
	sqlKeepLooks   = `INSERT INTO reviews (alert_id, planned, at, status, health, score, arr, stage)
		SELECT r.alert_id, r.planned, r.at, a.status, a.health, a.score, a.arr, a.stage FROM {rows} JOIN accounts a ON a.id = r.account_id WHERE true
		ON CONFLICT (alert_id, planned) DO UPDATE SET at = excluded.at, status = excluded.status, health = excluded.health,
			score = excluded.score, arr = excluded.arr, stage = excluded.stage`

	sqlDueLook = `SELECT t.at AS then_at, t.status AS then_status, t.health AS then_health, t.score AS then_score, t.arr AS then_arr, t.stage AS then_stage,
		c.status AS now_status, c.health AS now_health, c.score AS now_score, c.arr AS now_arr, c.stage AS now_stage
		FROM alerts a JOIN accounts c ON c.id = a.account_id LEFT JOIN reviews t ON t.alert_id = a.id AND t.planned = 0
		WHERE a.id = ? AND a.review_at > 0 AND a.review_at <= ?`
)

// lookRow is how an account stood at an alert's end, and later. NULL: it was not looked at.
type lookRow struct {
	ThenAt     *int64   `db:"then_at"`
	ThenStatus *string  `db:"then_status"`
	ThenHealth *string  `db:"then_health"`
	ThenScore  *float64 `db:"then_score"`
	ThenARR    *int64   `db:"then_arr"`
	ThenStage  *string  `db:"then_stage"`
	NowAt      *int64   `db:"now_at"`
	NowStatus  *string  `db:"now_status"`
	NowHealth  *string  `db:"now_health"`
	NowScore   *float64 `db:"now_score"`
	NowARR     *int64   `db:"now_arr"`
	NowStage   *string  `db:"now_stage"`
	Planned    *int64   `db:"planned"`
}

func (r lookRow) look() alerts.Look {
	return alerts.Look{
		After: time.Duration(known(r.Planned)) * time.Microsecond,
		Then: alerts.Standing{
			At: instant(known(r.ThenAt)), Status: known(r.ThenStatus), Health: journey.Health(known(r.ThenHealth)),
			Score: r.ThenScore, ARR: r.ThenARR, Stage: known(r.ThenStage),
		},
		Now: alerts.Standing{
			At: instant(known(r.NowAt)), Status: known(r.NowStatus), Health: journey.Health(known(r.NowHealth)),
			Score: r.NowScore, ARR: r.NowARR, Stage: known(r.NowStage),
		},
	}
}

// known is the value of a column that may be NULL, else its zero value.
func known[T any](value *T) T {
	var zero T
	if value == nil {
		return zero
	}
	return *value
}

// DueLook reads how the account of an alert stood at its end and stands now, when the bot is to look again by now; else the zero Look.
func (s *Store) DueLook(ctx context.Context, alertID string) (alerts.Look, error) {
	c := s.read()
	var row lookRow
	err := c.get(ctx, &row, sqlDueLook, alertID, micros(c.now))
	switch {
	case errors.Is(err, alerts.ErrNotFound):
		return alerts.Look{}, nil
	case err != nil:
		return alerts.Look{}, fmt.Errorf("look again: %w", err)
	}
	look := row.look()
	look.Now.At = c.now
	return look, nil
}
