package storage

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"journeybot/alerts"
	"journeybot/journey"
)

// askedOf are the alerts of which events tell what came of an action, sorted.
func askedOf(events []alerts.Event) []string {
	ids := set{}
	for _, e := range events {
		if e.Result != nil {
			ids.add(alerts.ActedOn(e.Result.Action))
		}
	}
	return ids.sorted()
}

// loadAlerts locks the live alerts of accounts, and others of which events tell something, in the order of their ids.
func (c conn) loadAlerts(ctx context.Context, ws *alerts.WorkingSet, accounts, asked []string) (map[string]stored, error) {
	loaded := map[string]stored{}
	where, args := `account_id IN (?) AND `+liveStatus, []any{accounts}
	switch {
	case len(accounts)+len(asked) == 0:
		return loaded, nil
	case len(asked) > 0:
		where, args = where+` OR id IN (?)`, []any{orNone(accounts), asked}
	}
	var rows []alertRow
	if err := c.list(ctx, &rows, `SELECT `+names(alertColumns)+` FROM alerts WHERE `+where+` ORDER BY id {lock}`, args...); err != nil {
		return nil, fmt.Errorf("load live alerts: %w", err)
	}
	for _, row := range rows {
		a := row.alert()
		if a.Status.Live() && slices.Contains(accounts, a.Account) {
			ws.Live[a.Key] = &a
		}
		if slices.Contains(asked, a.ID) {
			ws.Asked[a.ID] = &a
		}
		loaded[a.ID] = stored{version: row.Version, entries: row.Entries}
	}
	return loaded, nil
}

// AlertAround returns who stands around an alert, as far as the database knows: its owner, its account and who sells to that.
func (s *Store) AlertAround(ctx context.Context, alertID string) (alerts.Around, error) {
	c := s.read()
	var row alertRow
	err := c.get(ctx, &row, `SELECT `+names(alertColumns)+` FROM alerts WHERE id = ?`, alertID)
	if errors.Is(err, alerts.ErrNotFound) {
		return alerts.Around{}, nil
	}
	if err != nil {
		return alerts.Around{}, fmt.Errorf("read alert: %w", err)
	}
	views, err := c.views(ctx, []alertRow{row}, nil)
	if err != nil {
		return alerts.Around{}, err
	}
	v := views[0]
	around := alerts.Around{Account: v.Account, Owner: v.People[v.Alert.Owner]}
	for _, p := range v.People {
		if v.Account.SalesOwner != "" && journey.Fold(p.Email) == journey.Fold(v.Account.SalesOwner) {
			around.Sales = p
		}
	}
	return around, nil
}
