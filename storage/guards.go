package storage

import (
	"context"
	"fmt"

	"journeybot/alerts"
)

const (
	weighs  = `kind IN ('health_shift', 'support', 'feedback') AND polarity = 'risk' AND ` + liveStatus
	upsells = `kind IN ('pql', 'usage_limit') AND ` + liveStatus

	sqlRisksBeside = ` FROM alerts WHERE account_id = ? AND ` + weighs + ` ORDER BY severity DESC, opened_at, id`
)

// risksBeside reads the open risks that somebody who sells should know of; who owns them is added to the view's people.
func (c conn) risksBeside(ctx context.Context, v *alerts.View) ([]alerts.Alert, error) {
	if !v.Alert.Kind.Upsells() || !v.Alert.Status.Live() {
		return nil, nil
	}
	var rows []alertRow
	if err := c.list(ctx, &rows, `SELECT `+names(alertColumns)+sqlRisksBeside, v.Alert.Account); err != nil {
		return nil, fmt.Errorf("list risks: %w", err)
	}
	owners := set{}
	risks := make([]alerts.Alert, len(rows))
	for i, row := range rows {
		risks[i] = row.alert()
		owners.add(row.Owner)
	}
	people, err := c.people(ctx, owners.sorted(), nil)
	for _, p := range people {
		v.People[p.UserID] = p
	}
	return risks, err
}

// An upsell is out of line with the risks of its account when what it waits for, or names, is over, and when nobody has looked
// at it beside a risk of somebody else.
const sqlCollisions = `SELECT DISTINCT account_id FROM alerts u WHERE u.` + upsells + ` AND (
		u.hold IN ('', 'collision') AND u.hold_by <> '' AND NOT EXISTS (SELECT 1 FROM alerts WHERE id = u.hold_by AND ` + weighs + `)
		OR u.hold = '' AND u.hold_by = '' AND u.status = 'open'
			AND EXISTS (SELECT 1 FROM alerts WHERE account_id = u.account_id AND ` + weighs + ` AND severity >= 2 AND (owner = '' OR owner <> u.owner)))
	ORDER BY account_id LIMIT ?`

// Collisions returns up to limit accounts whose opportunities may be out of line with their risks, for Rules.Collide.
func (s *Store) Collisions(ctx context.Context, limit int) ([]string, error) {
	var ids []string
	if err := s.read().list(ctx, &ids, sqlCollisions, limit); err != nil {
		return nil, fmt.Errorf("list collisions: %w", err)
	}
	return ids, nil
}

const (
	sqlSetAudience   = `UPDATE channels SET external = ? WHERE channel = ?`
	sqlRedrawChannel = `UPDATE messages SET want_version = want_version + 1, priority = ?, due_at = ? WHERE channel = ? AND kind = 'card'
		AND done_version = want_version AND EXISTS (SELECT 1 FROM alerts WHERE alerts.id = messages.subject AND (` + liveStatus + ` OR closed_at >= ?))`
)

// SetAudience keeps whether outsiders read along in a channel, and has the cards of the last 90 days there drawn again.
func (s *Store) SetAudience(ctx context.Context, c SlackChannel) error {
	err := s.change(ctx, func(ctx context.Context, conn conn) error {
		if _, err := conn.exec(ctx, sqlSetAudience, flag(c.External), c.ID); err != nil {
			return err
		}
		_, err := conn.exec(ctx, sqlRedrawChannel, int64(alerts.PriorityPost), micros(conn.now), c.ID, micros(conn.now.Add(-seriesWindow)))
		return err
	})
	if err != nil {
		return fmt.Errorf("set audience: %w", err)
	}
	return nil
}
