package storage

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"journeybot/alerts"
)

// maxFolded bounds how many waiting cards are looked at together.
const maxFolded = 500

const (
	sqlGustWaiting = `SELECT m.id, m.subject, a.kind, a.severity, m.posted_at FROM messages m JOIN alerts a ON a.id = m.subject
		WHERE m.lane = ? AND m.kind = 'card' AND m.ts = '' AND m.via_id = '' AND m.tried_at = 0
		AND m.done_version < m.want_version AND m.hold = '' AND m.failed_at = 0 AND m.due_at <= ?
		ORDER BY m.priority, m.due_at, m.id LIMIT ?`
	sqlGustPosted = `SELECT m.id, m.subject, a.kind, a.severity, m.posted_at FROM messages m JOIN alerts a ON a.id = m.subject
		WHERE m.lane = ? AND m.kind = 'card' AND m.posted_at > ? AND m.via_id = ''`
	sqlGustBundles = `SELECT id, body, failed_at FROM messages
		WHERE lane = ? AND kind = 'bundle' AND done_version < want_version AND hold = '' AND failed_at = 0
		UNION ALL SELECT id, body, failed_at FROM messages WHERE target = ? AND kind = 'bundle' AND failed_at > ?`
)

// Gust returns what the lane holds of cards and bundles that folding needs: the cards that wait, those posted since posted, and
// the bundles that run or were given up since failed.
func (s *Store) Gust(ctx context.Context, lane Lane, posted, failed time.Time) (alerts.Gust, error) {
	gust, err := s.read().gust(ctx, lane, posted, failed)
	if err != nil {
		return alerts.Gust{}, fmt.Errorf("read gust: %w", err)
	}
	return gust, nil
}

func (c conn) gust(ctx context.Context, lane Lane, posted, failed time.Time) (alerts.Gust, error) {
	var gust alerts.Gust
	for _, part := range []struct {
		query string
		args  []any
	}{
		{sqlGustPosted, []any{lane.Name, micros(posted)}},
		{sqlGustWaiting, []any{lane.Name, micros(c.now), maxFolded}},
	} {
		var rows []struct {
			ID       string `db:"id"`
			Subject  string `db:"subject"`
			Kind     string `db:"kind"`
			Severity int    `db:"severity"`
			PostedAt int64  `db:"posted_at"`
		}
		if err := c.list(ctx, &rows, part.query, part.args...); err != nil {
			return gust, err
		}
		for _, r := range rows {
			gust.Cards = append(gust.Cards, alerts.GustCard{
				Message: r.ID, Alert: r.Subject, Kind: alerts.Kind(r.Kind), Severity: alerts.Severity(r.Severity), PostedAt: instant(r.PostedAt),
			})
		}
	}
	var bundles []struct {
		ID       string                  `db:"id"`
		Body     jsonText[alerts.Bundle] `db:"body"`
		FailedAt int64                   `db:"failed_at"`
	}
	if err := c.list(ctx, &bundles, sqlGustBundles, lane.Name, string(lane.Target()), micros(failed)); err != nil {
		return gust, err
	}
	for _, b := range bundles {
		gust.Bundles = append(gust.Bundles, alerts.GustBundle{Message: b.ID, Bundle: b.Body.value, Failed: b.FailedAt > 0})
	}
	return gust, nil
}

const (
	sqlLockAlerts = `SELECT id FROM alerts WHERE id IN (?) ORDER BY id {lock}`
	sqlFoldCards  = `UPDATE messages SET via_id = ?, hold = 'bundle' WHERE id IN (?) AND kind = 'card' AND ts = '' AND via_id = ''
		AND hold = '' AND tried_at = 0 AND EXISTS (SELECT 1 FROM lanes WHERE name = ? AND lease_token = ?)`
	sqlFoldThreads = `UPDATE messages SET hold = 'bundle' WHERE kind = 'thread' AND hold = '' AND parent_id IN (?)`
	sqlFoldPings   = `UPDATE messages SET parent_id = ? WHERE kind <> 'thread' AND parent_id IN (?)`
	sqlBundleBody  = `SELECT body FROM messages WHERE id = ? {lock}`
	sqlGrowBundle  = `UPDATE messages SET body = ?, want_version = want_version + 1, priority = ?,
		due_at = CASE WHEN done_version < want_version AND due_at < ? THEN due_at ELSE ? END WHERE id = ?`
)

// FoldCards puts waiting cards of the lane into a bundle, a new one when the folding names none: the bundle shows them, their threads
// wait, and pings about them reply to the bundle. ErrLeaseLost when the lane is not held any more.
func (s *Store) FoldCards(ctx context.Context, lane Lane, f alerts.Folding) error {
	err := s.change(ctx, func(ctx context.Context, c conn) error { return c.foldCards(ctx, lane, f) })
	if err != nil {
		return fmt.Errorf("fold cards: %w", err)
	}
	return nil
}

func (c conn) foldCards(ctx context.Context, lane Lane, f alerts.Folding) error {
	cards, about := set{}, set{}
	for _, card := range f.Cards {
		cards.add(card.Message)
		about.add(card.Alert)
	}
	var locked []string // so that no ping is added to a card meanwhile
	if err := c.list(ctx, &locked, sqlLockAlerts, about.sorted()); err != nil {
		return err
	}
	bundle, isNew := f.Bundle, f.Bundle == ""
	if isNew {
		bundle = newID()
	}
	n, err := c.exec(ctx, sqlFoldCards, bundle, cards.sorted(), lane.Name, lane.Token)
	if err := leased("fold", n, err); err != nil {
		return err
	}
	if _, err := c.exec(ctx, sqlFoldThreads, cards.sorted()); err != nil {
		return fmt.Errorf("hold threads: %w", err)
	}
	if _, err := c.exec(ctx, sqlFoldPings, bundle, cards.sorted()); err != nil {
		return fmt.Errorf("move pings: %w", err)
	}
	if isNew {
		return c.addBundle(ctx, lane, bundle, f)
	}
	return c.growBundle(ctx, bundle)
}

func (c conn) addBundle(ctx context.Context, lane Lane, id string, f alerts.Folding) error {
	var e encoder
	row := []any{
		id, string(alerts.BundleMessage), "bundle:" + string(f.Kind), string(lane.Target()), id, "", lane.Name, int64(alerts.PriorityPost),
		int64(1), micros(c.now), "", e.text(alerts.Bundle{Kind: f.Kind, Alone: f.Alone}.Took(c.now)),
	}
	if e.err != nil {
		return e.err
	}
	_, err := c.each(ctx, insert("messages", placeColumns, ""), placeColumns, [][]any{row})
	return err
}

func (c conn) growBundle(ctx context.Context, id string) error {
	var body jsonText[alerts.Bundle]
	if err := c.get(ctx, &body, sqlBundleBody, id); err != nil {
		return fmt.Errorf("read bundle: %w", err)
	}
	var e encoder
	text, now := e.text(body.value.Took(c.now)), micros(c.now)
	if e.err != nil {
		return e.err
	}
	_, err := c.exec(ctx, sqlGrowBundle, text, int64(alerts.PriorityCount), now, now, id)
	return err
}

const sqlKeepBundle = `UPDATE messages SET body = ? WHERE id = ? AND kind = 'bundle' AND body = ?`

// KeepBundle replaces what the row of m remembers. ErrLeaseLost when another replica changed it meanwhile.
func (s *Store) KeepBundle(ctx context.Context, m alerts.Message, b alerts.Bundle) error {
	body, err := json.Marshal(b)
	if err != nil {
		return fmt.Errorf("keep bundle: %w", err)
	}
	n, err := s.write().exec(ctx, sqlKeepBundle, string(body), m.ID, string(m.Body))
	return leased("keep bundle", n, err)
}

const (
	sqlBundle      = `SELECT target, body FROM messages WHERE id = ? AND kind = 'bundle'`
	sqlBundleRows  = `FROM messages m JOIN alerts ON alerts.id = m.subject LEFT JOIN accounts ON accounts.id = alerts.account_id WHERE m.via_id = ?`
	sqlBundleCount = `SELECT alerts.status, count(*) AS count ` + sqlBundleRows + ` GROUP BY alerts.status`
	sqlBundleARR   = `SELECT count(*) AS accounts, COALESCE(sum(arr), 0) AS arr FROM accounts WHERE id IN (
		SELECT alerts.account_id FROM messages m JOIN alerts ON alerts.id = m.subject WHERE m.via_id = ?)`
	sqlBundleOwners = `SELECT DISTINCT alerts.owner ` + sqlBundleRows + ` AND alerts.status = 'open' AND alerts.owner <> '' ORDER BY alerts.owner`
	sqlBundleMine   = `SELECT alerts.id ` + sqlBundleRows + ` AND alerts.owner = ? AND ` + untaken + ` ORDER BY alerts.opened_at, alerts.id`
	sqlBundleNobody = `SELECT alerts.id ` + sqlBundleRows + ` AND alerts.owner = '' AND alerts.owner_ref <> '' AND alerts.` + liveStatus + `
		ORDER BY alerts.opened_at, alerts.id`
	untaken = `(alerts.status = 'open' OR alerts.status = 'snoozed' AND alerts.snoozed_from <> 'acknowledged')`
)

// BundleView returns a page of a bundle, worst alerts first; alerts.ErrNotFound when there is no such bundle.
func (s *Store) BundleView(ctx context.Context, id string, limit, offset int) (alerts.BundleView, error) {
	view, err := s.read().bundleView(ctx, id, limit, offset)
	if err != nil {
		return alerts.BundleView{}, fmt.Errorf("view bundle: %w", err)
	}
	return view, nil
}

func (c conn) bundleView(ctx context.Context, id string, limit, offset int) (alerts.BundleView, error) {
	var row struct {
		Target string                  `db:"target"`
		Body   jsonText[alerts.Bundle] `db:"body"`
	}
	if err := c.get(ctx, &row, sqlBundle, id); err != nil {
		return alerts.BundleView{}, err
	}
	view := alerts.BundleView{
		ID: id, Channel: alerts.Target(row.Target), Bundle: row.Body.value, Offset: offset, Statuses: map[alerts.Status]int{},
	}
	var counts []struct {
		Status string `db:"status"`
		Count  int    `db:"count"`
	}
	if err := c.list(ctx, &counts, sqlBundleCount, id); err != nil {
		return view, fmt.Errorf("count: %w", err)
	}
	for _, n := range counts {
		view.Statuses[alerts.Status(n.Status)] = n.Count
		view.Total += n.Count
	}
	var sum struct {
		Accounts int   `db:"accounts"`
		ARR      int64 `db:"arr"`
	}
	if err := c.get(ctx, &sum, sqlBundleARR, id); err != nil {
		return view, fmt.Errorf("add up revenue: %w", err)
	}
	view.Accounts, view.ARR = sum.Accounts, sum.ARR
	if err := c.list(ctx, &view.Owners, sqlBundleOwners, id); err != nil {
		return view, fmt.Errorf("list owners: %w", err)
	}
	var rows []alertRow
	query := `SELECT ` + of("alerts", alertColumns) + ` ` + sqlBundleRows + `
		ORDER BY alerts.severity DESC, COALESCE(accounts.arr, 0) DESC, alerts.opened_at, alerts.id LIMIT ? OFFSET ?`
	if err := c.list(ctx, &rows, query, id, limit, offset); err != nil {
		return view, fmt.Errorf("list alerts: %w", err)
	}
	var err error
	view.Rows, err = c.views(ctx, rows, nil)
	return view, err
}

// BundledOf returns the ids of the bundle's alerts that the user owns and nobody has acknowledged.
func (s *Store) BundledOf(ctx context.Context, id, user string) ([]string, error) {
	var ids []string
	if err := s.read().list(ctx, &ids, sqlBundleMine, id, user); err != nil {
		return nil, fmt.Errorf("list a bundle's alerts of one owner: %w", err)
	}
	return ids, nil
}

// BundledUnowned returns the ids of the bundle's live alerts whose owner was not looked up yet.
func (s *Store) BundledUnowned(ctx context.Context, id string) ([]string, error) {
	var ids []string
	if err := s.read().list(ctx, &ids, sqlBundleNobody, id); err != nil {
		return nil, fmt.Errorf("list a bundle's alerts without owner: %w", err)
	}
	return ids, nil
}

const (
	sqlStandApart = `UPDATE messages SET hold = '', due_at = ?, priority = ? WHERE subject = ? AND hold = 'bundle' AND target = (
		SELECT b.target FROM messages b WHERE b.id = ?)`
	sqlApart = `UPDATE messages SET hold = '', due_at = r.now, priority = CASE WHEN kind = 'card' THEN r.priority ELSE messages.priority END
		FROM {rows} WHERE messages.subject = r.subject AND messages.hold = 'bundle'`
	apartColumns = `subject text, priority bigint, now bigint`

	sqlRedrawBundles = `UPDATE messages SET want_version = want_version + 1,
		due_at = CASE WHEN done_version < want_version AND (ts = '' OR due_at < r.now) THEN due_at ELSE r.now END,
		priority = CASE WHEN done_version < want_version AND messages.priority < r.priority THEN messages.priority ELSE r.priority END
		FROM {rows} WHERE messages.kind = 'bundle' AND messages.id IN (
			SELECT card.via_id FROM messages card WHERE card.subject = r.subject AND card.via_id <> '')`
)

// StandApart gives an alert that a bundle stands for a card of its own in that channel; false when it has one already. The bundle
// goes on listing it.
func (s *Store) StandApart(ctx context.Context, alertID, bundleID string) (bool, error) {
	var n int64
	err := s.change(ctx, func(ctx context.Context, c conn) error {
		if err := c.lockAlert(ctx, alertID); err != nil {
			return err
		}
		var err error
		n, err = c.exec(ctx, sqlStandApart, micros(c.now), int64(alerts.PriorityClick), alertID, bundleID)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("take out of bundle: %w", err)
	}
	return n > 0, nil
}

const (
	sqlBundledAlerts = `SELECT subject FROM messages WHERE via_id = ? AND hold = 'bundle'`
	sqlFreeThreads   = `UPDATE messages SET hold = '' WHERE kind = 'thread' AND hold = 'bundle' AND parent_id IN (
		SELECT card.id FROM messages card WHERE card.via_id = ? AND card.hold = 'bundle')`
	sqlFreeCards = `UPDATE messages SET hold = '', due_at = ?, via_id = CASE WHEN EXISTS (
		SELECT 1 FROM messages bundle WHERE bundle.id = messages.via_id AND bundle.ts <> '') THEN via_id ELSE '' END
		WHERE via_id = ? AND hold = 'bundle'`
	sqlRefold = `UPDATE messages SET hold = 'bundle' WHERE target = ? AND kind = 'card' AND ts = '' AND hold = '' AND via_id IN (
		SELECT bundle.id FROM messages bundle WHERE bundle.target = ? AND bundle.kind = 'bundle' AND bundle.failed_at > 0 AND bundle.ts <> '')`
)

// unbundle makes the cards that a bundle stands for wanted again: it is given up. A bundle that stands in Slack goes on listing
// them, for when its channel takes messages again. It does nothing to other messages.
func (c conn) unbundle(ctx context.Context, id string) error {
	var about, locked []string
	if err := c.list(ctx, &about, sqlBundledAlerts, id); err != nil || len(about) == 0 {
		return err
	}
	slices.Sort(about)
	if err := c.list(ctx, &locked, sqlLockAlerts, about); err != nil {
		return fmt.Errorf("lock alerts: %w", err)
	}
	_, threads := c.exec(ctx, sqlFreeThreads, id)
	_, cards := c.exec(ctx, sqlFreeCards, micros(c.now), id)
	return errors.Join(threads, cards)
}
