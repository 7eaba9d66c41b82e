package storage

import (
	"context"
	"fmt"
	"time"

	"journeybot/alerts"
)

const (
	sqlRuns = `SELECT a.id, a.playbook, a.kind, a.polarity, a.severity, a.route, a.opened_at, a.hold, a.status, a.outcome, a.outcome_arr, a.closed_at,
		COALESCE((SELECT min(h.at) FROM alert_history h WHERE h.alert_id = a.id AND h.to_status = 'acknowledged'), 0) AS acked_at,
		COALESCE((SELECT min(h.at) FROM alert_history h WHERE h.alert_id = a.id AND h.what = 'released'), 0) AS released_at,
		t.at AS then_at, t.status AS then_status, t.health AS then_health, t.score AS then_score, t.arr AS then_arr, t.stage AS then_stage,
		n.planned, n.at AS now_at, n.status AS now_status, n.health AS now_health, n.score AS now_score, n.arr AS now_arr, n.stage AS now_stage
		FROM alerts a LEFT JOIN reviews t ON t.alert_id = a.id AND t.planned = 0
		LEFT JOIN reviews n ON n.alert_id = a.id AND n.planned > 0 AND n.planned = (SELECT max(r.planned) FROM reviews r WHERE r.alert_id = a.id)
		WHERE a.opened_at >= ? ORDER BY a.opened_at DESC, a.id LIMIT 200000`

	sqlRunTicks = `SELECT h.alert_id, h.at, h.data FROM alerts a JOIN alert_history h ON h.alert_id = a.id
		WHERE a.opened_at >= ? AND h.what = 'ticked' ORDER BY h.alert_id, h.seq`
)

type runRow struct {
	ID         string `db:"id"`
	Playbook   string `db:"playbook"`
	Kind       string `db:"kind"`
	Polarity   string `db:"polarity"`
	Severity   int    `db:"severity"`
	Route      string `db:"route"`
	OpenedAt   int64  `db:"opened_at"`
	Hold       string `db:"hold"`
	Status     string `db:"status"`
	Outcome    string `db:"outcome"`
	OutcomeARR *int64 `db:"outcome_arr"`
	ClosedAt   int64  `db:"closed_at"`
	AckedAt    int64  `db:"acked_at"`
	ReleasedAt int64  `db:"released_at"`
	lookRow
}

func (r runRow) run() alerts.Run {
	run := alerts.Run{
		Playbook: r.Playbook, Kind: alerts.Kind(r.Kind), Polarity: alerts.Polarity(r.Polarity), Severity: alerts.Severity(r.Severity), Route: r.Route,
		Seen: seenAt(r.OpenedAt, r.ReleasedAt, r.AckedAt), Held: alerts.Hold{Reason: alerts.HoldReason(r.Hold)}.Hides(), Acked: instant(r.AckedAt),
		Status: alerts.Status(r.Status), Outcome: alerts.Outcome(r.Outcome), ARR: r.OutcomeARR, Closed: instant(r.ClosedAt),
	}
	if r.Planned != nil {
		look := r.look()
		run.Look = &look
	}
	return run
}

// Runs reads the alerts that opened in the last days, as playbooks and rules are judged by, newest first.
func (s *Store) Runs(ctx context.Context, days int) ([]alerts.Run, error) {
	c := s.read()
	since := micros(c.now.Add(-time.Duration(days) * 24 * time.Hour))
	var rows []runRow
	if err := c.list(ctx, &rows, sqlRuns, since); err != nil {
		return nil, fmt.Errorf("list runs: %w", err)
	}
	runs, byID := make([]alerts.Run, len(rows)), make(map[string]*alerts.Run, len(rows))
	for i, row := range rows {
		runs[i] = row.run()
		byID[row.ID] = &runs[i]
	}
	var ticks []struct {
		AlertID string             `db:"alert_id"`
		At      int64              `db:"at"`
		Data    jsonText[entryRow] `db:"data"`
	}
	if err := c.list(ctx, &ticks, sqlRunTicks, since); err != nil {
		return nil, fmt.Errorf("list steps: %w", err)
	}
	for _, tick := range ticks {
		if run := byID[tick.AlertID]; run != nil {
			run.Tick(tick.Data.value.Playbook, tick.Data.value.Step, tick.Data.value.Done, instant(tick.At))
		}
	}
	return runs, nil
}
