package storage

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"journeybot/alerts"
)

const (
	sqlShadowCards = `SELECT m.slot, a.route, count(*) AS alerts FROM messages m JOIN alerts a ON a.id = m.subject
		WHERE m.kind = 'card' AND m.target = ? AND m.slot LIKE 'shadow %' AND m.hold IN ('', 'bundle') AND a.opened_at >= ? AND a.opened_at < ?
		GROUP BY m.slot, a.route ORDER BY m.slot, a.route`
	sqlShadowTold = `SELECT slot FROM messages WHERE target = ? AND slot LIKE 'shadow @%' AND kind <> 'digest' AND ts >= ? AND ts < ?`
	sqlShadowHeld = `SELECT hold, kind, count(*) AS alerts FROM alerts WHERE opened_at >= ? AND opened_at < ? AND hold NOT IN ('', 'collision')
		GROUP BY hold, kind ORDER BY hold, kind`
	sqlShadowSince = `SELECT coalesce(min(a.opened_at), 0) FROM messages m JOIN alerts a ON a.id = m.subject
		WHERE m.kind = 'card' AND m.target = ? AND m.slot LIKE 'shadow %'`
)

// Shadowed counts what went to the shadow channel instead of where it belongs, from a time to another.
func (s *Store) Shadowed(ctx context.Context, channel alerts.Target, from, to time.Time) (alerts.ShadowWeek, error) {
	week, err := s.read().shadowed(ctx, string(channel), from, to)
	if err != nil {
		return week, fmt.Errorf("count shadowed messages: %w", err)
	}
	return week, nil
}

func (c conn) shadowed(ctx context.Context, channel string, from, to time.Time) (week alerts.ShadowWeek, err error) {
	var cards []struct {
		Slot   string `db:"slot"`
		Route  string `db:"route"`
		Alerts int    `db:"alerts"`
	}
	if err := c.list(ctx, &cards, sqlShadowCards, channel, micros(from), micros(to)); err != nil {
		return week, err
	}
	for _, row := range cards {
		target, _ := alerts.Shaded(row.Slot)
		week.Alerts = append(week.Alerts, alerts.ShadowSpot{To: target, Route: row.Route, Alerts: row.Alerts})
	}
	var slots []string
	// Slack's ts are seconds with as many digits for the next two hundred years: they sort as text.
	if err := c.list(ctx, &slots, sqlShadowTold, channel, strconv.FormatInt(from.Unix(), 10), strconv.FormatInt(to.Unix(), 10)); err != nil {
		return week, err
	}
	people := map[alerts.Target]bool{}
	for _, slot := range slots {
		target, _ := alerts.Shaded(slot)
		people[target] = true
	}
	week.Told, week.People = len(slots), len(people)
	var held []struct {
		Hold   string `db:"hold"`
		Kind   string `db:"kind"`
		Alerts int    `db:"alerts"`
	}
	if err := c.list(ctx, &held, sqlShadowHeld, micros(from), micros(to)); err != nil {
		return week, err
	}
	for _, row := range held {
		week.Held = append(week.Held, alerts.Held{Reason: alerts.HoldReason(row.Hold), Kind: alerts.Kind(row.Kind), Count: row.Alerts})
	}
	var since int64
	if err := c.get(ctx, &since, sqlShadowSince, channel); err != nil {
		return week, err
	}
	week.Since = instant(since)
	return week, nil
}
