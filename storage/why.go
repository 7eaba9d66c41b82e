package storage

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"journeybot/alerts"
	"journeybot/journey"
)

const (
	sqlDeliveries = `SELECT ` + messageColumns + ` FROM messages WHERE subject = ? AND kind <> 'thread' ORDER BY id`
	sqlLoadedAt   = `SELECT loaded_at FROM revisions WHERE config = ?`
)

// Why reads what explains an alert; alerts.ErrNotFound when there is none. The id may be a short id.
func (s *Store) Why(ctx context.Context, id string) (alerts.Why, error) {
	view, err := s.alertView(ctx, id)
	if err != nil {
		return alerts.Why{}, fmt.Errorf("explain alert: %w", err)
	}
	c, why := s.read(), alerts.Why{View: view}
	if why.Events, err = c.eventsNamed(ctx, view.Alert.EventIDs); err != nil {
		return alerts.Why{}, fmt.Errorf("explain alert: %w", err)
	}
	var rows []messageRow
	if err := c.list(ctx, &rows, sqlDeliveries, view.Alert.ID); err != nil {
		return alerts.Why{}, fmt.Errorf("explain alert: list messages: %w", err)
	}
	for _, row := range rows {
		why.Deliveries = append(why.Deliveries, deliveryOf(row.message()))
	}
	var loadedAt int64
	if err := c.get(ctx, &loadedAt, sqlLoadedAt, view.Alert.Config); err != nil && !errors.Is(err, alerts.ErrNotFound) {
		return alerts.Why{}, fmt.Errorf("explain alert: read revision: %w", err)
	}
	why.LoadedAt = instant(loadedAt)
	return why, nil
}

func deliveryOf(m alerts.Message) alerts.Delivery {
	d := alerts.Delivery{Kind: m.Kind, Target: m.Target, At: postedAt(m.TS), Hold: m.Hold, Error: m.Error}
	var n alerts.Notice
	if len(m.Body) > 0 && json.Unmarshal(m.Body, &n) == nil {
		d.Text = n.Text
	}
	return d
}

// postedAt reads Slack's ts, which is the time of the post.
func postedAt(ts string) time.Time {
	seconds, fraction, _ := strings.Cut(ts, ".")
	s, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil {
		return time.Time{}
	}
	us, _ := strconv.ParseInt((fraction + "000000")[:6], 10, 64)
	return time.Unix(s, us*1000).UTC()
}

// recentEvents is how many events an explanation of an account lists.
const recentEvents = 10

// AccountWhy reads what explains how an account stands; alerts.ErrNotFound when there is none.
func (s *Store) AccountWhy(ctx context.Context, id string) (alerts.AccountWhy, error) {
	c := s.read()
	view, err := c.accountView(ctx, id)
	if err != nil {
		return alerts.AccountWhy{}, fmt.Errorf("explain account: %w", err)
	}
	why := alerts.AccountWhy{AccountView: view}
	if why.Events, err = c.kept(ctx, ` WHERE account_id = ? AND type LIKE '%.signal.%' ORDER BY at DESC, seq DESC LIMIT ?`, id, recentEvents); err != nil {
		return alerts.AccountWhy{}, fmt.Errorf("explain account: %w", err)
	}
	for _, m := range view.Muting {
		why.Mutes = append(why.Mutes, m.MuteSpan)
	}
	return why, nil
}

type muteSpanRow struct {
	Kind    string `db:"kind"`
	Until   int64  `db:"until"`
	MadeAt  int64  `db:"made_at"`
	Actor   string `db:"actor"`
	Reason  string `db:"reason"`
	EndedAt int64  `db:"ended_at"`
	EndedBy string `db:"ended_by"`
}

func (r muteSpanRow) span() alerts.MuteSpan {
	return alerts.MuteSpan{
		Kind: alerts.Kind(r.Kind), From: instant(r.MadeAt), Until: instant(r.Until), EndedAt: instant(r.EndedAt),
		By: alerts.Actor{UserID: r.Actor}, EndedBy: alerts.Actor{UserID: r.EndedBy}, Reason: r.Reason,
	}
}

func (c conn) muteSpans(ctx context.Context, where string, args ...any) ([]alerts.MuteSpan, error) {
	var rows []muteSpanRow
	if err := c.list(ctx, &rows, `SELECT kind, until, made_at, actor, reason, ended_at, ended_by FROM mutes`+where, args...); err != nil {
		return nil, fmt.Errorf("list mutes: %w", err)
	}
	spans := make([]alerts.MuteSpan, len(rows))
	for i, row := range rows {
		spans[i] = row.span()
	}
	return spans, nil
}

const (
	maxDayEvents = 40
	maxDayAlerts = 20

	sqlFirstEvent = `SELECT COALESCE(min(at), 0) FROM events WHERE account_id = ?`
	sqlDayOpened  = ` FROM alerts WHERE account_id = ? AND opened_at >= ? AND opened_at < ? ORDER BY opened_at, id LIMIT ?`
	sqlDayLive    = ` FROM alerts WHERE account_id = ? AND opened_at < ? AND (closed_at = 0 OR closed_at >= ?) ORDER BY opened_at, id LIMIT ?`
)

// DayView reads what happened about an account on a day, which begins at midnight in zone; alerts.ErrNotFound when there is no
// such account.
func (s *Store) DayView(ctx context.Context, id string, day journey.Day, zone *time.Location) (alerts.DayView, error) {
	view, err := s.read().dayView(ctx, id, day, zone)
	if err != nil {
		return alerts.DayView{}, fmt.Errorf("view day: %w", err)
	}
	return view, nil
}

func (c conn) dayView(ctx context.Context, id string, day journey.Day, zone *time.Location) (alerts.DayView, error) {
	from := day.In(zone)
	view := alerts.DayView{Day: day, From: from, To: from.AddDate(0, 0, 1)}
	accounts, err := c.accounts(ctx, []string{id}, false)
	if err != nil {
		return view, err
	}
	if accounts[id] == nil {
		return view, alerts.ErrNotFound
	}
	view.Account = *accounts[id]
	lo, hi := micros(view.From), micros(view.To)
	if view.Events, err = c.kept(ctx, ` WHERE account_id = ? AND ((at >= ? AND at < ?) OR (received_at >= ? AND received_at < ?))
		ORDER BY received_at, seq LIMIT ?`, id, lo, hi, lo, hi, maxDayEvents); err != nil {
		return view, err
	}
	var opened, live []alertRow
	if err := c.list(ctx, &opened, `SELECT `+names(alertColumns)+sqlDayOpened, id, lo, hi, maxDayAlerts); err != nil {
		return view, fmt.Errorf("list opened alerts: %w", err)
	}
	for _, row := range opened {
		var history []historyRow
		if err := c.list(ctx, &history, sqlHistory, row.ID); err != nil {
			return view, fmt.Errorf("load history: %w", err)
		}
		views, err := c.views(ctx, []alertRow{row}, history)
		if err != nil {
			return view, err
		}
		view.Opened = append(view.Opened, views...)
	}
	if err := c.list(ctx, &live, `SELECT `+names(alertColumns)+sqlDayLive, id, lo, lo, maxDayAlerts); err != nil {
		return view, fmt.Errorf("list live alerts: %w", err)
	}
	for _, row := range live {
		view.Live = append(view.Live, row.alert())
	}
	if view.Mutes, err = c.muteSpans(ctx, ` WHERE account_id = ? AND made_at < ? AND until > ? AND (ended_at = 0 OR ended_at > ?)
		ORDER BY made_at`, id, hi, lo, lo); err != nil {
		return view, err
	}
	var first int64
	if err := c.get(ctx, &first, sqlFirstEvent, id); err != nil {
		return view, fmt.Errorf("read first event: %w", err)
	}
	view.First = instant(first)
	return view, nil
}
