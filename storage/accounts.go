package storage

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"journeybot/alerts"
	"journeybot/journey"
)

const (
	sqlContacts = `SELECT account_id, contact, position, name, email, title, role, persona, left_at FROM contacts
		WHERE account_id IN (?) ORDER BY account_id, position`
)

// accounts loads accounts with their contacts, sorted by id, those that were merged into others left out; lock holds their rows until the transaction ends.
func (c conn) accounts(ctx context.Context, ids []string, lock bool) (map[string]*journey.Account, error) {
	found := make(map[string]*journey.Account, len(ids))
	if len(ids) == 0 {
		return found, nil
	}
	query := `SELECT ` + names(accountColumns) + ` FROM accounts WHERE id IN (?) AND merged_into = '' ORDER BY id`
	if lock {
		query += ` {lock}`
	}
	var rows []accountRow
	if err := c.list(ctx, &rows, query, ids); err != nil {
		return nil, fmt.Errorf("load accounts: %w", err)
	}
	for _, row := range rows {
		a := row.account()
		found[a.ID] = &a
	}
	var contacts []contactRow
	if err := c.list(ctx, &contacts, sqlContacts, ids); err != nil {
		return nil, fmt.Errorf("load contacts: %w", err)
	}
	for _, row := range contacts {
		if a := found[row.AccountID]; a != nil {
			a.Contacts = append(a.Contacts, row.contact())
		}
	}
	return found, nil
}

// addAccounts creates the accounts that are missing; ids must be sorted, so that two batches do not lock each other out.
func (c conn) addAccounts(ctx context.Context, ids []string) error {
	rows, keys := make([][]any, len(ids)), make([][]any, len(ids))
	for i, id := range ids {
		rows[i] = []any{id, micros(c.now)}
		keys[i] = []any{searchKey(id), "id", id}
	}
	added, err := c.each(ctx, insert("accounts", newAccountColumns, "ON CONFLICT DO NOTHING"), newAccountColumns, rows)
	if err != nil {
		return fmt.Errorf("add accounts: %w", err)
	}
	if added == 0 {
		return nil
	}
	if _, err := c.each(ctx, insert("account_keys", keyColumns, "ON CONFLICT DO NOTHING"), keyColumns, keys); err != nil {
		return fmt.Errorf("add account keys: %w", err)
	}
	return nil
}

// mark is what an account was before rules ran, as far as other tables depend on it.
type mark struct {
	keys     []keyRow
	contacts []journey.Contact
	mapID    string
	stage    string
}

func markOf(a *journey.Account) mark {
	return mark{keys: keysOf(a), contacts: slices.Clone(a.Contacts), mapID: a.Map, stage: a.Stage}
}

const (
	sqlDropKeys       = `DELETE FROM account_keys WHERE account_id IN (?)`
	sqlDropContacts   = `DELETE FROM contacts WHERE account_id IN (?)`
	stageColumns      = `account_id text, at bigint, map text, milestone text, reason text, event_id text`
	newAccountColumns = `id text, created_at bigint`
	keyColumns        = `key text, kind text, account_id text`
)

// saveAccounts writes changed accounts, and of what hangs on them only what is another than before.
func (c conn) saveAccounts(ctx context.Context, changed []*journey.Account, before map[string]mark) error {
	var e encoder
	rows := make([][]any, 0, len(changed))
	var keys, contacts, stages [][]any
	var rekeyed, recast []string
	for _, a := range changed {
		was := before[a.ID]
		rows = append(rows, e.account(a))
		if now := keysOf(a); !slices.Equal(now, was.keys) {
			rekeyed = append(rekeyed, a.ID)
			for _, k := range now {
				keys = append(keys, []any{k.Key, k.Kind, k.AccountID})
			}
		}
		if !slices.Equal(a.Contacts, was.contacts) {
			recast = append(recast, a.ID)
			contacts = append(contacts, contactValues(a)...)
		}
		if a.Stage != was.stage || a.Map != was.mapID {
			stages = append(stages, []any{a.ID, micros(a.StageAt), a.Map, a.Stage, "signal", ""})
		}
	}
	if e.err != nil {
		return fmt.Errorf("encode accounts: %w", e.err)
	}
	if len(rekeyed) > 0 {
		if _, err := c.exec(ctx, sqlDropKeys, rekeyed); err != nil {
			return fmt.Errorf("drop account keys: %w", err)
		}
	}
	if len(recast) > 0 {
		if _, err := c.exec(ctx, sqlDropContacts, recast); err != nil {
			return fmt.Errorf("drop contacts: %w", err)
		}
	}
	return c.eachOf(ctx, []batch{
		{"write accounts", update("accounts", accountColumns, "id", "accounts.id = r.id"), accountColumns, rows},
		{"write account keys", insert("account_keys", keyColumns, "ON CONFLICT DO NOTHING"), keyColumns, keys},
		{"write contacts", insert("contacts", contactColumns, "ON CONFLICT DO NOTHING"), contactColumns, contacts},
		{"write stage history", insert("stage_history", stageColumns, "ON CONFLICT DO NOTHING"), stageColumns, stages},
	})
}

func contactValues(a *journey.Account) [][]any {
	rows := make([][]any, len(a.Contacts))
	for i, p := range a.Contacts {
		rows[i] = []any{a.ID, p.Key(), int64(i), p.Name, p.Email, p.Title, p.Role, p.Persona, micros(p.LeftAt)}
	}
	return rows
}

// batch is one statement over many rows.
type batch struct {
	what    string
	query   string
	columns string
	rows    [][]any
}

// eachOf runs batches in order and leaves out the empty ones.
func (c conn) eachOf(ctx context.Context, batches []batch) error {
	for _, b := range batches {
		if _, err := c.each(ctx, b.query, b.columns, b.rows); err != nil {
			return fmt.Errorf("%s: %w", b.what, err)
		}
	}
	return nil
}

const sqlSeries = `SELECT account_id, name, at, value FROM kpis WHERE account_id IN (?) AND at >= ? ORDER BY account_id, name, at`

const seriesWindow = 90 * 24 * time.Hour

// series loads the last 90 days of KPIs; nil names mean all.
func (c conn) series(ctx context.Context, accounts, kpis []string) (map[string]map[string]journey.Series, error) {
	found := map[string]map[string]journey.Series{}
	if len(accounts) == 0 {
		return found, nil
	}
	query, args := sqlSeries, []any{accounts, micros(c.now.Add(-seriesWindow))}
	if kpis != nil {
		query = strings.Replace(query, "ORDER BY", "AND name IN (?) ORDER BY", 1)
		args = append(args, kpis)
	}
	var rows []kpiRow
	if err := c.list(ctx, &rows, query, args...); err != nil {
		return nil, fmt.Errorf("load KPIs: %w", err)
	}
	for _, row := range rows {
		if found[row.AccountID] == nil {
			found[row.AccountID] = map[string]journey.Series{}
		}
		s := found[row.AccountID][row.Name]
		s.Name = row.Name
		s.Points = append(s.Points, journey.Point{At: instant(row.At), Value: row.Value})
		found[row.AccountID][row.Name] = s
	}
	return found, nil
}

const sqlPeople = `SELECT ` + knownPerson + `, 0 AS linked FROM people WHERE user_id IN (?) OR (folded <> '' AND folded IN (?))
	UNION ALL SELECT p.user_id, l.folded AS email, l.folded AS folded, name, tz, guest, deleted, checked_at, status_away, status_until, away_until, delegate, stranger, bot, 1
	FROM links l JOIN people p ON p.user_id = l.user_id WHERE l.account_id = '' AND l.folded IN (?)
	ORDER BY linked, deleted DESC, checked_at`

// people finds cached people by Slack user id or folded e-mail address. Of several with one address, whom it was linked to comes
// last, before that the one last seen active. Linked people come with that address.
func (c conn) people(ctx context.Context, userIDs, emails []string) ([]alerts.Person, error) {
	if len(userIDs)+len(emails) == 0 {
		return nil, nil
	}
	var rows []struct {
		personRow
		Linked int64 `db:"linked"`
	}
	if err := c.list(ctx, &rows, sqlPeople, orNone(userIDs), orNone(emails), orNone(emails)); err != nil {
		return nil, fmt.Errorf("load people: %w", err)
	}
	found := make([]alerts.Person, len(rows))
	for i, row := range rows {
		found[i] = row.person()
	}
	return found, nil
}

// orNone makes a list that SQL takes: it has no empty ones.
func orNone(list []string) []string {
	if len(list) == 0 {
		return []string{""}
	}
	return list
}

// set collects texts that matter, once each.
type set map[string]bool

func (s set) add(texts ...string) {
	for _, text := range texts {
		if text != "" {
			s[text] = true
		}
	}
}

func (s set) sorted() []string { return slices.Sorted(maps.Keys(s)) }
