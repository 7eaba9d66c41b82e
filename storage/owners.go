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
	linkColumns = `folded text, account_id text, user_id text, email text, actor text, at bigint`
	sqlLinked   = `SELECT user_id FROM links WHERE folded = ? AND account_id = ''`

	sqlAddresses = `SELECT folded FROM people WHERE user_id = ? AND folded <> ''
		UNION SELECT folded FROM links WHERE user_id = ? AND account_id = '' ORDER BY folded`
)

// Link makes an e-mail address that a CRM uses stand for a Slack user, whatever address Slack has. It ends a hand-over of that
// address, and a link to somebody else.
func (s *Store) Link(ctx context.Context, address, userID string, by alerts.Actor) error {
	c := s.write()
	row := []any{journey.Fold(clean(address)), "", userID, "", by.UserID, micros(c.now)}
	if _, err := c.each(ctx, upsert("links", linkColumns, "folded, account_id"), linkColumns, [][]any{row}); err != nil {
		return fmt.Errorf("link address: %w", err)
	}
	return nil
}

// Linked returns the Slack user that an address was linked or handed over to; "" when it was not.
func (s *Store) Linked(ctx context.Context, address string) (userID string, err error) {
	err = s.read().get(ctx, &userID, sqlLinked, journey.Fold(clean(address)))
	if err != nil && !errors.Is(err, alerts.ErrNotFound) {
		return "", fmt.Errorf("read link: %w", err)
	}
	return userID, nil
}

// Addresses are the folded e-mail addresses that a Slack user is known by: Slack's own and those that were linked.
func (s *Store) Addresses(ctx context.Context, userID string) ([]string, error) {
	var addresses []string
	if err := s.read().list(ctx, &addresses, sqlAddresses, userID, userID); err != nil {
		return nil, fmt.Errorf("list addresses: %w", err)
	}
	return addresses, nil
}

const (
	sqlOwnedBy = `SELECT id FROM accounts WHERE merged_into = '' AND (owner <> '' AND lower(owner) IN (?) OR sales_owner <> '' AND lower(sales_owner) IN (?))
		UNION SELECT account_id FROM alerts WHERE ` + liveStatus + ` AND (owner <> '' AND owner = ? OR lower(owner_ref) IN (?)) ORDER BY 1`
	sqlWaitingFor = `SELECT DISTINCT account_id FROM alerts WHERE ` + liveStatus + ` AND acked_by = '' AND lower(owner_ref) = ? ORDER BY account_id`
)

// OwnedBy returns the ids of the accounts that a person owns or sells to, by these folded addresses, and of those with live alerts
// of that Slack user.
func (s *Store) OwnedBy(ctx context.Context, userID string, addresses []string) ([]string, error) {
	var ids []string
	some := orNone(addresses)
	if err := s.read().list(ctx, &ids, sqlOwnedBy, some, some, userID, some); err != nil {
		return nil, fmt.Errorf("list owned accounts: %w", err)
	}
	return ids, nil
}

// WaitingFor returns the ids of the accounts with live alerts that asked for this address and that nobody acknowledged.
func (s *Store) WaitingFor(ctx context.Context, address string) ([]string, error) {
	var ids []string
	if err := s.read().list(ctx, &ids, sqlWaitingFor, journey.Fold(clean(address))); err != nil {
		return nil, fmt.Errorf("list waiting accounts: %w", err)
	}
	return ids, nil
}

// HandOver runs rules.HandOver on the accounts in one transaction, and keeps that the addresses of who hands over stand for the new
// owner's from now on: everywhere, or for those accounts only.
func (s *Store) HandOver(ctx context.Context, req alerts.HandoverRequest, accounts []string, everywhere bool, apply func(*alerts.WorkingSet)) error {
	err := s.onAccounts(ctx, accounts, apply, func(ctx context.Context, c conn, ids []string) error { return c.hand(ctx, req, ids, everywhere) })
	if err != nil {
		return fmt.Errorf("hand over: %w", err)
	}
	return nil
}

// hand makes addresses stand for another person. A new owner's own address stands for nobody else any more.
func (c conn) hand(ctx context.Context, req alerts.HandoverRequest, accounts []string, everywhere bool) error {
	scopes := accounts
	if everywhere {
		scopes = []string{""}
	}
	rows := make([][]any, 0, len(scopes)*len(req.Addresses))
	for _, address := range req.Addresses {
		for _, account := range scopes {
			rows = append(rows, []any{address, account, req.To.UserID, req.To.Email, req.By.UserID, micros(c.now)})
		}
	}
	own := journey.Fold(req.To.Email)
	if len(rows) == 0 || own == "" {
		return nil
	}
	if everywhere {
		if _, err := c.exec(ctx, `DELETE FROM links WHERE folded = ?`, own); err != nil {
			return fmt.Errorf("end hand-over: %w", err)
		}
	} else if _, err := c.exec(ctx, `DELETE FROM links WHERE folded = ? AND account_id IN (?)`, own, orNone(accounts)); err != nil {
		return fmt.Errorf("end hand-over: %w", err)
	}
	if _, err := c.each(ctx, upsert("links", linkColumns, "folded, account_id"), linkColumns, sortedRows(rows)); err != nil {
		return fmt.Errorf("keep hand-over: %w", err)
	}
	return nil
}

const sqlHanded = `SELECT folded, account_id, email FROM links WHERE email <> '' AND folded IN (?)`

// handed loads what hand-overs made of addresses.
func (c conn) handed(ctx context.Context, ws *alerts.WorkingSet, folded []string) error {
	if len(folded) == 0 {
		return nil
	}
	var rows []struct {
		Folded    string `db:"folded"`
		AccountID string `db:"account_id"`
		Email     string `db:"email"`
	}
	if err := c.list(ctx, &rows, sqlHanded, folded); err != nil {
		return fmt.Errorf("load hand-overs: %w", err)
	}
	for _, row := range rows {
		ws.Handed[alerts.HandedKey(row.AccountID, row.Folded)] = row.Email
	}
	return nil
}

const sqlOrphans = `SELECT a.id, p.user_id, p.name, p.email FROM alerts a JOIN people p ON p.user_id = a.owner
	WHERE a.owner <> '' AND p.deleted = 1 AND a.` + liveStatus + ` ORDER BY a.id LIMIT ?`

// Orphan is a live alert whose owner has left.
type Orphan struct {
	AlertID string
	Owner   alerts.Person // with only the id, the name and the address
}

// Orphans returns up to limit live alerts whose owners have left.
func (s *Store) Orphans(ctx context.Context, limit int) ([]Orphan, error) {
	var rows []struct {
		ID     string `db:"id"`
		UserID string `db:"user_id"`
		Name   string `db:"name"`
		Email  string `db:"email"`
	}
	if err := s.read().list(ctx, &rows, sqlOrphans, limit); err != nil {
		return nil, fmt.Errorf("list orphans: %w", err)
	}
	orphans := make([]Orphan, len(rows))
	for i, row := range rows {
		orphans[i] = Orphan{AlertID: row.ID, Owner: alerts.Person{UserID: row.UserID, Name: row.Name, Email: row.Email}}
	}
	return orphans, nil
}

const sqlStaleOwners = `SELECT ` + knownPerson + ` FROM people p WHERE deleted = 0 AND checked_at < ? AND substr(user_id, 1, 1) IN ('U', 'W')
	AND (EXISTS (SELECT 1 FROM alerts WHERE owner = p.user_id AND owner <> '' AND ` + liveStatus + `)
		OR folded <> '' AND EXISTS (SELECT 1 FROM accounts WHERE lower(owner) = p.folded AND owner <> ''))
	ORDER BY checked_at, user_id LIMIT ?`

// StaleOwners returns up to limit people who own accounts or live alerts and were last looked up before then, the longest ago first.
func (s *Store) StaleOwners(ctx context.Context, before time.Time, limit int) ([]alerts.Person, error) {
	var rows []personRow
	if err := s.read().list(ctx, &rows, sqlStaleOwners, micros(before), limit); err != nil {
		return nil, fmt.Errorf("list stale owners: %w", err)
	}
	people := make([]alerts.Person, len(rows))
	for i, row := range rows {
		people[i] = row.person()
	}
	return people, nil
}

const sqlLastNotes = `SELECT ` + entryFields + ` FROM alert_history h
	WHERE alert_id IN (?) AND what = ? AND seq = (SELECT max(seq) FROM alert_history WHERE alert_id = h.alert_id AND what = h.what)`

// AddLastNotes adds to each view's history the last note that somebody wrote.
func (s *Store) AddLastNotes(ctx context.Context, views []alerts.View) error {
	return s.read().addEntries(ctx, views, sqlLastNotes, alerts.DidNote)
}
