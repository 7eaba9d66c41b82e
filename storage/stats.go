package storage

import (
	"context"
	"fmt"
	"strings"
	"time"

	"journeybot/alerts"
	"journeybot/journey"
)

// statsWindows are the last days of which every answer tells the total.
var statsWindows = []int{7, 30, 90}

const sqlLives = `SELECT a.owner, a.kind, a.channels, a.opened_at, a.closed_at, a.status, a.outcome, a.hold,
	COALESCE((SELECT min(h.at) FROM alert_history h WHERE h.alert_id = a.id AND h.to_status = 'acknowledged'), 0) AS acked_at,
	COALESCE((SELECT min(h.at) FROM alert_history h WHERE h.alert_id = a.id AND h.what = 'released'), 0) AS released_at
	FROM alerts a WHERE a.opened_at >= ? ORDER BY a.opened_at, a.id LIMIT 200000`

type lifeRow struct {
	Owner      string             `db:"owner"`
	Kind       string             `db:"kind"`
	Channels   jsonText[[]string] `db:"channels"`
	OpenedAt   int64              `db:"opened_at"`
	ClosedAt   int64              `db:"closed_at"`
	Status     string             `db:"status"`
	Outcome    string             `db:"outcome"`
	Hold       string             `db:"hold"`
	AckedAt    int64              `db:"acked_at"`
	ReleasedAt int64              `db:"released_at"`
}

func (r lifeRow) life() alerts.Life {
	l := alerts.Life{
		Owner: r.Owner, Kind: alerts.Kind(r.Kind), Seen: seenAt(r.OpenedAt, r.ReleasedAt, r.AckedAt), Held: r.Hold != "", Acked: instant(r.AckedAt),
	}
	for _, channel := range r.Channels.value {
		l.Channels = append(l.Channels, alerts.Target(channel))
	}
	status := alerts.Status(r.Status)
	l.Ended = !status.Live()
	if status == alerts.Resolved && alerts.Outcome(r.Outcome) != alerts.Recovered && alerts.Outcome(r.Outcome) != alerts.MergedInto {
		l.Resolved = instant(r.ClosedAt)
	}
	return l
}

// seenAt is when an alert could first be seen: once it was released, unless somebody had taken it before.
func seenAt(opened, released, acked int64) time.Time {
	if released > 0 && (acked == 0 || released < acked) {
		return instant(released)
	}
	return instant(opened)
}

// Stats reads how fast alerts are taken and resolved, of those opened in the last days.
func (s *Store) Stats(ctx context.Context, days int, f alerts.StatsFilter) (alerts.Stats, error) {
	stats, err := s.read().stats(ctx, days, f)
	if err != nil {
		return alerts.Stats{}, fmt.Errorf("read statistics: %w", err)
	}
	return stats, nil
}

func (c conn) stats(ctx context.Context, days int, f alerts.StatsFilter) (alerts.Stats, error) {
	ago := func(days int) time.Time { return c.now.Add(-time.Duration(days) * 24 * time.Hour) }
	f.Since = ago(days)
	stats := alerts.Stats{Filter: f, Days: days, People: map[string]alerts.Person{}}
	var rows []lifeRow
	if err := c.list(ctx, &rows, sqlLives, micros(ago(max(days, statsWindows[len(statsWindows)-1])))); err != nil {
		return stats, fmt.Errorf("list alerts: %w", err)
	}
	lives := make([]alerts.Life, 0, len(rows))
	opened := make([]time.Time, 0, len(rows))
	for _, row := range rows {
		if l := row.life(); f.Takes(l) {
			lives, opened = append(lives, l), append(opened, instant(row.OpenedAt))
		}
	}
	since := func(start time.Time) []alerts.Life {
		for i, at := range opened {
			if !at.Before(start) {
				return lives[i:]
			}
		}
		return nil
	}
	for _, n := range statsWindows {
		stats.Windows = append(stats.Windows, alerts.Window{Days: n, Tally: alerts.Tell("", since(ago(n)))})
	}
	chosen := since(f.Since)
	stats.Total = alerts.Tell("", chosen)
	stats.Channels = alerts.TellBy(chosen, func(l alerts.Life) []string {
		names := make([]string, len(l.Channels))
		for i, channel := range l.Channels {
			names[i] = string(channel)
		}
		return names
	})
	stats.Owners = alerts.TellBy(chosen, func(l alerts.Life) []string { return []string{l.Owner} })
	users := set{}
	users.add(f.Owner)
	for _, t := range stats.Owners {
		users.add(t.Name)
	}
	people, err := c.people(ctx, users.sorted(), nil)
	if err != nil {
		return stats, err
	}
	for _, p := range people {
		stats.People[p.UserID] = p
	}
	stats.Routes, err = c.routeCounts(ctx, journey.DayOf(f.Since))
	return stats, err
}

const (
	sqlRouteCounts    = `SELECT route, sum(taken) AS taken FROM route_counts WHERE day >= ? GROUP BY route ORDER BY sum(taken) DESC, route LIMIT 50`
	routeCountColumns = `route text, day bigint, taken bigint`
)

func (c conn) routeCounts(ctx context.Context, from journey.Day) ([]alerts.RouteCount, error) {
	var rows []struct {
		Route string `db:"route"`
		Taken int    `db:"taken"`
	}
	if err := c.list(ctx, &rows, sqlRouteCounts, int64(from)); err != nil {
		return nil, fmt.Errorf("list route counts: %w", err)
	}
	counts := make([]alerts.RouteCount, len(rows))
	for i, row := range rows {
		counts[i] = alerts.RouteCount{Route: row.Route, Taken: row.Taken}
	}
	return counts, nil
}

// countRoutes adds the alerts that opened to the counts of the routes that took them: one statement for a whole batch.
func (c conn) countRoutes(ctx context.Context, opened []alerts.Alert) error {
	day, counts := int64(journey.DayOf(c.now)), map[string]int64{}
	for _, a := range opened {
		for _, route := range a.Matched {
			counts[route]++
		}
	}
	rows := make([][]any, 0, len(counts))
	for route, n := range counts {
		rows = append(rows, []any{strings.ToValidUTF8(route, "\uFFFD"), day, n})
	}
	query := insert("route_counts", routeCountColumns, "ON CONFLICT (route, day) DO UPDATE SET taken = route_counts.taken + excluded.taken")
	return c.eachOf(ctx, []batch{{"count routes", query, routeCountColumns, sortedRows(rows)}})
}

// KPIHistory reads the KPIs of an account of the last days; alerts.ErrNotFound when there is no such account.
func (s *Store) KPIHistory(ctx context.Context, id string, days int) (alerts.KPIHistory, error) {
	c := s.read()
	h := alerts.KPIHistory{Days: days, Since: c.now.Add(-time.Duration(days) * 24 * time.Hour)}
	accounts, err := c.accounts(ctx, []string{id}, false)
	if err == nil && accounts[id] == nil {
		err = alerts.ErrNotFound
	}
	if err != nil {
		return h, fmt.Errorf("read KPIs: %w", err)
	}
	h.Account = *accounts[id]
	if h.KPIs, err = c.seriesSince(ctx, id, h.Since); err != nil {
		return h, fmt.Errorf("read KPIs: %w", err)
	}
	return h, nil
}

func (c conn) seriesSince(ctx context.Context, id string, since time.Time) ([]journey.Series, error) {
	var rows []kpiRow
	if err := c.list(ctx, &rows, `SELECT account_id, name, at, value FROM kpis WHERE account_id = ? AND at >= ? ORDER BY name, at`, id, micros(since)); err != nil {
		return nil, err
	}
	var all []journey.Series
	for _, row := range rows {
		if n := len(all); n == 0 || all[n-1].Name != row.Name {
			all = append(all, journey.Series{Name: row.Name})
		}
		last := &all[len(all)-1]
		last.Points = append(last.Points, journey.Point{At: instant(row.At), Value: row.Value})
	}
	return all, nil
}
