package storage

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"journeybot/alerts"
)

// postsKept is how far back rules may look for posts about an account.
const postsKept = 31 * 24 * time.Hour

const (
	runningMutes = muteFields + `account_id IN (?) AND ended_at = 0 ORDER BY made_at, id`
	sqlOver      = `SELECT hold_by, count(*) AS alerts FROM alerts WHERE hold_by IN (?) AND hold = 'mute' AND NOT ` + liveStatus + ` GROUP BY hold_by`
	sqlPosts     = `SELECT account_id, kind, id, shown_at FROM alerts WHERE account_id IN (?) AND shown_at > ?`

	muteColumns = `id text, account_id text, kind text, until bigint, made_at bigint, actor text, reason text, ended_at bigint, ended_by text`
)

type muteRow struct {
	ID        string `db:"id"`
	AccountID string `db:"account_id"`
	muteSpanRow
}

// loadQuiet reads what keeps alerts of these accounts from being shown.
func (c conn) loadQuiet(ctx context.Context, ws *alerts.WorkingSet, accounts []string) error {
	var posts []struct {
		AccountID string `db:"account_id"`
		Kind      string `db:"kind"`
		ID        string `db:"id"`
		ShownAt   int64  `db:"shown_at"`
	}
	if err := c.list(ctx, &posts, sqlPosts, accounts, micros(c.now.Add(-postsKept))); err != nil {
		return fmt.Errorf("list posts: %w", err)
	}
	ws.Posts = map[string]map[alerts.Kind]map[string]time.Time{}
	for _, row := range posts {
		of, kind := ws.Posts[row.AccountID], alerts.Kind(row.Kind)
		if of == nil {
			of = map[alerts.Kind]map[string]time.Time{}
			ws.Posts[row.AccountID] = of
		}
		if of[kind] == nil {
			of[kind] = map[string]time.Time{}
		}
		of[kind][row.ID] = instant(row.ShownAt)
	}
	return c.loadMutes(ctx, ws, accounts)
}

func (c conn) loadMutes(ctx context.Context, ws *alerts.WorkingSet, accounts []string) error {
	var rows []muteRow
	if err := c.list(ctx, &rows, runningMutes, accounts); err != nil {
		return fmt.Errorf("list mutes: %w", err)
	}
	if len(rows) == 0 {
		return nil
	}
	ids := set{}
	for _, row := range rows {
		ids.add(row.ID)
	}
	var ended []struct {
		HoldBy string `db:"hold_by"`
		Alerts int    `db:"alerts"`
	}
	if err := c.list(ctx, &ended, sqlOver, ids.sorted()); err != nil {
		return fmt.Errorf("count what mutes held: %w", err)
	}
	over := map[string]int{}
	for _, row := range ended {
		over[row.HoldBy] = row.Alerts
	}
	ws.Mutes = map[string][]alerts.Mute{}
	for _, row := range rows {
		m := row.mute()
		m.Over = over[row.ID]
		ws.Mutes[m.Account] = append(ws.Mutes[m.Account], *m)
	}
	return nil
}

// saveMutes writes the mutes that were made or ended.
func (c conn) saveMutes(ctx context.Context, mutes []alerts.Mute) error {
	last := map[string][]any{}
	for _, m := range mutes {
		last[m.ID] = []any{
			m.ID, m.Account, string(m.Kind), micros(m.Until), micros(m.From), m.By.UserID, m.Reason, micros(m.EndedAt), m.EndedBy.UserID,
		}
	}
	rows := make([][]any, 0, len(last))
	for _, row := range last {
		rows = append(rows, row)
	}
	slices.SortFunc(rows, func(a, b []any) int { return strings.Compare(a[0].(string), b[0].(string)) })
	if _, err := c.each(ctx, upsert("mutes", muteColumns, "id"), muteColumns, rows); err != nil {
		return fmt.Errorf("write mutes: %w", err)
	}
	return nil
}

const (
	muteFields  = `SELECT id, account_id, kind, until, made_at, actor, reason, ended_at, ended_by FROM mutes WHERE `
	sqlHeldNext = `SELECT count(*) AS alerts, coalesce(min(opened_at), 0) AS since FROM alerts WHERE account_id = ? AND kind = ? AND hold = 'throttle' AND ` + liveStatus
)

func (r muteRow) mute() *alerts.Mute {
	return &alerts.Mute{ID: r.ID, Account: r.AccountID, MuteSpan: r.span()}
}

// mutesHolding reads the mutes that hold some of these alerts, by their ids; who made them is added to users.
func (c conn) mutesHolding(ctx context.Context, rows []alertRow, users set) (map[string]*alerts.Mute, error) {
	ids := set{}
	for _, row := range rows {
		if row.Hold == string(alerts.HoldMute) {
			ids.add(row.HoldBy)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	var found []muteRow
	if err := c.list(ctx, &found, muteFields+`id IN (?)`, ids.sorted()); err != nil {
		return nil, fmt.Errorf("list mutes: %w", err)
	}
	mutes := make(map[string]*alerts.Mute, len(found))
	for _, row := range found {
		mutes[row.ID] = row.mute()
		users.add(row.Actor)
	}
	return mutes, nil
}

// muting reads the mutes of an account that run; who made them is added to users.
func (c conn) muting(ctx context.Context, account string, users set) ([]alerts.Mute, error) {
	var rows []muteRow
	if err := c.list(ctx, &rows, muteFields+`account_id = ? AND ended_at = 0 AND until > ? ORDER BY made_at, id`, account, micros(c.now)); err != nil {
		return nil, fmt.Errorf("list mutes: %w", err)
	}
	var mutes []alerts.Mute
	for _, row := range rows {
		mutes = append(mutes, *row.mute())
		users.add(row.Actor)
	}
	return mutes, nil
}

// heldBeside counts what is held because enough like this alert was told.
func (c conn) heldBeside(ctx context.Context, a alerts.Alert) (alerts.Beside, error) {
	if !a.Status.Live() || a.Hold.Reason == alerts.HoldThrottle {
		return alerts.Beside{}, nil
	}
	var row struct {
		Alerts int   `db:"alerts"`
		Since  int64 `db:"since"`
	}
	if err := c.get(ctx, &row, sqlHeldNext, a.Account, string(a.Kind)); err != nil {
		return alerts.Beside{}, fmt.Errorf("count held alerts: %w", err)
	}
	return alerts.Beside{Held: row.Alerts, Since: instant(row.Since)}, nil
}

const (
	sqlMute     = `SELECT account_id FROM mutes WHERE id = ?`
	sqlDueMutes = `SELECT account_id, until FROM mutes WHERE ended_at = 0 ORDER BY until, id LIMIT ?`
)

// MutedAccount returns whose mute one is, running or ended; alerts.ErrNotFound when there is none of that id.
func (s *Store) MutedAccount(ctx context.Context, id string) (account string, err error) {
	if err := s.read().get(ctx, &account, sqlMute, id); err != nil {
		return "", fmt.Errorf("read mute: %w", err)
	}
	return account, nil
}

// DueMutes returns up to limit accounts with a mute whose time is over, and the time when the next one's will be (zero: none).
func (s *Store) DueMutes(ctx context.Context, limit int) (accounts []string, next time.Time, err error) {
	c := s.read()
	var rows []struct {
		AccountID string `db:"account_id"`
		Until     int64  `db:"until"`
	}
	if err := c.list(ctx, &rows, sqlDueMutes, limit+1); err != nil {
		return nil, time.Time{}, fmt.Errorf("list due mutes: %w", err)
	}
	for _, row := range rows {
		if row.Until > micros(c.now) || len(accounts) == limit {
			return accounts, instant(row.Until), nil
		}
		if !slices.Contains(accounts, row.AccountID) {
			accounts = append(accounts, row.AccountID)
		}
	}
	return accounts, time.Time{}, nil
}
