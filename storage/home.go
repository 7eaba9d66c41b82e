package storage

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"journeybot/alerts"
	"journeybot/journey"
)

// homeTarget is where a Home tab is published: a lane of its own, for it is no post in the direct conversation.
func homeTarget(userID string) string { return "home:" + userID }

// homeRow is the body of a home's message.
type homeRow struct {
	OpenedAt int64  `json:"opened_at"`
	Offset   int    `json:"offset,omitempty"`
	Seen     string `json:"seen,omitempty"` // stands for the alerts and mutes that it shows
}

const (
	homeColumns = `id text, kind text, subject text, target text, slot text, lane text, priority bigint, want_version bigint, due_at bigint, body text`
	sqlWantHome = `ON CONFLICT (kind, subject, target, slot) DO UPDATE SET want_version = messages.want_version + 1, due_at = excluded.due_at,
		priority = excluded.priority, failed_at = 0, attempts = 0, body = excluded.body`
	sqlForgetHome = `UPDATE messages SET done_hash = '' WHERE kind = 'home' AND subject = ?`
)

// WantHome makes somebody's Home tab wanted anew: it was opened, or something was pressed there. It shows the viewer's alerts from
// offset on; a negative one stays on the page that it shows. empty says that Slack has none published.
func (s *Store) WantHome(ctx context.Context, userID string, offset int, empty bool) error {
	err := s.change(ctx, func(ctx context.Context, c conn) error {
		target := alerts.Target(homeTarget(userID))
		if err := c.addLanes(ctx, []alerts.Place{{Target: target}}); err != nil {
			return err
		}
		if offset < 0 {
			var body jsonText[homeRow]
			if err := c.get(ctx, &body, sqlHomeBody, userID); err != nil && !errors.Is(err, alerts.ErrNotFound) {
				return err
			}
			offset = body.value.Offset
		}
		var e encoder
		row := []any{
			newID(), string(alerts.HomeMessage), userID, string(target), "", laneOf(target), int64(alerts.PriorityClick), int64(1), micros(c.now),
			e.text(homeRow{OpenedAt: micros(c.now), Offset: offset}),
		}
		if e.err != nil {
			return e.err
		}
		if _, err := c.each(ctx, insert("messages", homeColumns, sqlWantHome), homeColumns, [][]any{row}); err != nil {
			return err
		}
		if empty {
			_, err := c.exec(ctx, sqlForgetHome, userID)
			return err
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("want home: %w", err)
	}
	return nil
}

const (
	sqlHomes    = `SELECT id, subject, body FROM messages WHERE kind = 'home' AND failed_at = 0`
	sqlPictures = `SELECT owner, count(*) AS alerts, CAST(sum(version) AS BIGINT) AS versions, max(opened_at) AS newest FROM alerts
		WHERE ` + liveStatus + ` AND owner IN (?) GROUP BY owner`
	sqlMuted     = `SELECT count(*) AS alerts, CAST(coalesce(sum(until), 0) AS BIGINT) AS versions, coalesce(max(made_at), 0) AS newest FROM mutes WHERE ended_at = 0`
	sqlRedoHome  = `UPDATE messages SET want_version = want_version + 1, due_at = ?, priority = ?, body = ? WHERE id = ? AND body = ?`
	homeMessages = 1000 // of one look, far more than people who open their Home
)

// pictureRow sums up some alerts: any change of them changes it.
type pictureRow struct {
	Owner    string `db:"owner"`
	Alerts   int64  `db:"alerts"`
	Versions int64  `db:"versions"`
	Newest   int64  `db:"newest"`
}

func (r pictureRow) String() string { return fmt.Sprintf("%d.%d.%d", r.Alerts, r.Versions, r.Newest) }

// RefreshHomes makes those Home tabs wanted anew that were opened since then and no longer show how their viewers' alerts, those
// without an owner, or the mutes are. Of several replicas one does. It returns how many.
func (s *Store) RefreshHomes(ctx context.Context, since time.Time) (int, error) {
	c := s.read()
	var rows []struct {
		ID      string `db:"id"`
		Subject string `db:"subject"`
		Body    string `db:"body"`
	}
	if err := c.list(ctx, &rows, sqlHomes); err != nil {
		return 0, fmt.Errorf("list homes: %w", err)
	}
	homes := make([]homeRow, 0, len(rows))
	viewers := set{}
	kept := rows[:0]
	for _, row := range rows {
		var body jsonText[homeRow]
		if err := body.Scan(row.Body); err != nil {
			return 0, fmt.Errorf("read home: %w", err)
		}
		if body.value.OpenedAt >= micros(since) && len(kept) < homeMessages {
			kept, homes = append(kept, row), append(homes, body.value)
			viewers.add(row.Subject)
		}
	}
	if len(kept) == 0 {
		return 0, nil
	}
	pictures, err := c.pictures(ctx, viewers.sorted())
	if err != nil {
		return 0, err
	}
	refreshed := 0
	for i, row := range kept {
		home := homes[i]
		if home.Seen = pictures[row.Subject].String() + " " + pictures[""].String() + " " + pictures[mutedPicture].String(); home.Seen == homes[i].Seen {
			continue
		}
		var e encoder
		w := s.write()
		n, err := w.exec(ctx, sqlRedoHome, micros(w.now), int64(alerts.PriorityThread), e.text(home), row.ID, row.Body)
		if err != nil {
			return refreshed, fmt.Errorf("want home: %w", err)
		}
		refreshed += int(n)
	}
	return refreshed, nil
}

// mutedPicture is where pictures keeps the running mutes.
const mutedPicture = "mutes"

func (c conn) pictures(ctx context.Context, owners []string) (map[string]pictureRow, error) {
	var rows []pictureRow
	if err := c.list(ctx, &rows, sqlPictures, append([]string{""}, owners...)); err != nil {
		return nil, fmt.Errorf("sum up alerts: %w", err)
	}
	pictures := make(map[string]pictureRow, len(rows)+1)
	for _, row := range rows {
		pictures[row.Owner] = row
	}
	var muted pictureRow
	if err := c.get(ctx, &muted, sqlMuted); err != nil {
		return nil, fmt.Errorf("sum up mutes: %w", err)
	}
	pictures[mutedPicture] = muted
	return pictures, nil
}

const (
	sqlHomeBody = `SELECT body FROM messages WHERE kind = 'home' AND subject = ?`
	ownAccounts = ` FROM accounts WHERE owner <> '' AND merged_into = '' AND lower(owner) IN (SELECT CAST(? AS text)
		UNION SELECT l.folded FROM links l JOIN people p ON p.user_id = l.user_id WHERE p.folded = ? AND l.account_id = '')`
	orderAccount = ` ORDER BY CASE health WHEN 'red' THEN 0 WHEN 'yellow' THEN 1 WHEN '' THEN 2 ELSE 3 END,
		CASE WHEN renewal_date >= ? THEN renewal_date ELSE 99999999 END, coalesce(arr, -1) DESC, id LIMIT ? OFFSET ?`
	sqlMutes = `SELECT m.id, m.account_id, m.kind, m.until, m.reason, coalesce(a.name, '') AS name FROM mutes m
		LEFT JOIN accounts a ON a.id = m.account_id
		WHERE m.ended_at = 0 AND m.until > ? AND (m.actor = ? OR lower(a.owner) = ? AND a.owner <> '') ORDER BY m.until, m.id LIMIT ?`
)

// Accounts lists the accounts whose owner has this e-mail address, or one that was linked to the same person, worst health first, then the next renewal, and how many there
// are in all. The accounts carry no contacts.
func (s *Store) Accounts(ctx context.Context, email string, offset, limit int) ([]journey.Account, int, error) {
	return s.read().accountsOf(ctx, email, offset, limit)
}

func (c conn) accountsOf(ctx context.Context, email string, offset, limit int) ([]journey.Account, int, error) {
	if email == "" {
		return nil, 0, nil
	}
	email = strings.ToLower(email)
	total := 0
	if err := c.get(ctx, &total, `SELECT count(*)`+ownAccounts, email, email); err != nil {
		return nil, 0, fmt.Errorf("count accounts: %w", err)
	}
	var rows []accountRow
	err := c.list(ctx, &rows, `SELECT `+names(accountColumns)+ownAccounts+orderAccount, email, email, int64(journey.DayOf(c.now)), limit, max(offset, 0))
	if err != nil {
		return nil, 0, fmt.Errorf("list accounts: %w", err)
	}
	list := make([]journey.Account, len(rows))
	for i, row := range rows {
		list[i] = row.account()
	}
	return list, total, nil
}

// Home reads what somebody's Home tab shows, from the page on that was asked for last.
func (s *Store) Home(ctx context.Context, userID string) (alerts.Home, error) {
	home, err := s.home(ctx, userID)
	if err != nil {
		return alerts.Home{}, fmt.Errorf("read home: %w", err)
	}
	return home, nil
}

func (s *Store) home(ctx context.Context, userID string) (alerts.Home, error) {
	h := alerts.Home{Person: alerts.Person{UserID: userID}, People: map[string]alerts.Person{}}
	c := s.read()
	var body jsonText[homeRow]
	if err := c.get(ctx, &body, sqlHomeBody, userID); err != nil && !errors.Is(err, alerts.ErrNotFound) {
		return h, err
	}
	h.Offset = body.value.Offset
	if p, err := s.Person(ctx, userID); err == nil {
		h.Person = p
	} else if !errors.Is(err, alerts.ErrNotFound) {
		return h, err
	}
	var err error
	if h.Chosen, err = s.Preferences(ctx, userID); err != nil {
		return h, err
	}
	if h.Chosen.Delegate != "" {
		people, err := c.people(ctx, []string{h.Chosen.Delegate}, nil)
		if err != nil {
			return h, err
		}
		for _, p := range people {
			h.People[p.UserID] = p
		}
	}
	lines, err := c.digestLines(ctx, alerts.Target("@"+userID), c.now.Add(-alerts.HomeWeek))
	if err != nil {
		return h, err
	}
	h.Numbers = alerts.NumbersOf(lines, c.now.Add(-alerts.HomeWeek))
	return h, c.homeLists(ctx, &h)
}

// homeLists fills in the alerts, accounts and mutes.
func (c conn) homeLists(ctx context.Context, h *alerts.Home) error {
	var err error
	if h.Mine, h.Total, err = c.homeAlerts(ctx, `owner = ? AND hold = ''`, []any{h.Person.UserID}, alerts.HomeAlerts, h.Offset); err != nil {
		return err
	}
	if h.Offset >= h.Total && h.Offset > 0 { // what was on that page is gone
		h.Offset = max(0, (h.Total-1)/alerts.HomeAlerts*alerts.HomeAlerts)
		if h.Mine, h.Total, err = c.homeAlerts(ctx, `owner = ? AND hold = ''`, []any{h.Person.UserID}, alerts.HomeAlerts, h.Offset); err != nil {
			return err
		}
	}
	if h.Held, h.HeldTotal, err = c.homeAlerts(ctx, `owner = ? AND hold <> ''`, []any{h.Person.UserID}, alerts.HomeHeld, 0); err != nil {
		return err
	}
	if h.Unowned, h.UnownedTotal, err = c.homeAlerts(ctx, `owner = ''`, nil, alerts.HomeUnowned, 0); err != nil {
		return err
	}
	if h.Accounts, h.AccountsTotal, err = c.accountsOf(ctx, h.Person.Email, 0, alerts.HomeAccounts); err != nil {
		return err
	}
	var mutes []struct {
		ID        string `db:"id"`
		AccountID string `db:"account_id"`
		Kind      string `db:"kind"`
		Until     int64  `db:"until"`
		Reason    string `db:"reason"`
		Name      string `db:"name"`
	}
	err = c.list(ctx, &mutes, sqlMutes, micros(c.now), h.Person.UserID, strings.ToLower(h.Person.Email), alerts.HomeMutes)
	if err != nil {
		return fmt.Errorf("list mutes: %w", err)
	}
	for _, m := range mutes {
		h.Mutes = append(h.Mutes, alerts.HomeMute{
			ID: m.ID, Account: m.AccountID, Name: m.Name, Kind: alerts.Kind(m.Kind), Until: instant(m.Until), Reason: m.Reason,
		})
	}
	return nil
}

// homeAlerts is a page of the live alerts that fulfil a condition, the most urgent first, and how many there are in all.
func (c conn) homeAlerts(ctx context.Context, where string, args []any, limit, offset int) ([]alerts.View, int, error) {
	total := 0
	if err := c.get(ctx, &total, `SELECT count(*) FROM alerts WHERE `+liveStatus+` AND `+where, args...); err != nil {
		return nil, 0, fmt.Errorf("count alerts: %w", err)
	}
	var rows []alertRow
	query := `SELECT ` + names(alertColumns) + ` FROM alerts WHERE ` + liveStatus + ` AND ` + where + `
		ORDER BY CASE status WHEN 'open' THEN 0 WHEN 'acknowledged' THEN 1 ELSE 2 END, severity DESC, opened_at, id LIMIT ? OFFSET ?`
	if err := c.list(ctx, &rows, query, append(args, limit, offset)...); err != nil {
		return nil, 0, fmt.Errorf("list alerts: %w", err)
	}
	views, err := c.views(ctx, rows, nil)
	return views, total, err
}
