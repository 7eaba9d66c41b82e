package storage

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"journeybot/alerts"
	"journeybot/journey"
)

const sqlKnownRequest = `SELECT count(*) FROM alert_history WHERE alert_id = ? AND request_id = ?`

// UpdateAlert loads the alert, runs change on it and writes what change returned, in one transaction with a version
// check; on a lost race it does so again. A requestID that the alert's history has already is success without a
// change. Errors of change are returned as they are; alerts.ErrNotFound when there is no such alert.
func (s *Store) UpdateAlert(ctx context.Context, id, requestID string, change func(alerts.Alert) (alerts.Result, error)) (alerts.Alert, error) {
	var before, after alerts.Alert
	err := s.change(ctx, func(ctx context.Context, c conn) error {
		var row alertRow
		if err := c.get(ctx, &row, `SELECT `+names(alertColumns)+` FROM alerts WHERE id = ? {lock}`, id); err != nil {
			return fmt.Errorf("load alert: %w", err)
		}
		before = row.alert()
		after = before
		if requestID != "" {
			var known int
			if err := c.get(ctx, &known, sqlKnownRequest, id, clean(requestID)); err != nil {
				return fmt.Errorf("look for request: %w", err)
			}
			if known > 0 {
				return nil
			}
		}
		result, err := change(after)
		if err != nil {
			return &refusal{err}
		}
		if !result.Changed() {
			return nil
		}
		if result.Alert.ID != id {
			return fmt.Errorf("the change is about alert %q", result.Alert.ID)
		}
		result.History = withRequest(result.History, requestID)
		err = c.saveResults(ctx, alerts.Changes{Results: []alerts.Result{result}}, map[string]stored{id: {version: row.Version, entries: row.Entries}})
		if verdictOf(err) == verdictLiveKey && !after.Status.Live() {
			return alerts.ErrReplaced
		}
		if err != nil {
			return err
		}
		after = result.Alert
		after.Version = row.Version + 1
		return nil
	})
	var refused *refusal
	if errors.As(err, &refused) {
		return after, refused.cause
	}
	if err != nil {
		return alerts.Alert{}, fmt.Errorf("update alert: %w", err)
	}
	if before.Status.Live() != after.Status.Live() || agreedOn(before) != agreedOn(after) {
		s.reevaluate(ctx, after.Account)
	}
	return after, nil
}

// agreedOn is until when a milestone is expected, as far as an alert says.
func agreedOn(a alerts.Alert) int64 {
	if a.Facts.Dropoff == nil {
		return 0
	}
	return micros(a.Facts.Dropoff.ExpectedBy)
}

// reevaluate asks for an account to be evaluated, because rules may read what changed. It comes after the change: accounts are locked
// before alerts. Without it the account is evaluated a little later, with its next news.
func (s *Store) reevaluate(ctx context.Context, account string) {
	if err := s.write().markDirty(ctx, set{account: true}, nil); err != nil && ctx.Err() == nil {
		s.logger.Warn("account not marked", "account", account, "err", err)
	}
}

// refusal carries an error of the caller's rules through the transaction, which it undoes.
type refusal struct{ cause error }

func (r *refusal) Error() string { return r.cause.Error() }

// withRequest marks the first line of a change with its request: an id may stand once in an alert's history.
func withRequest(history []alerts.Entry, requestID string) []alerts.Entry {
	history = slices.Clone(history)
	for i := range history {
		history[i].RequestID = ""
	}
	if len(history) > 0 {
		history[0].RequestID = requestID
	}
	return history
}

const sqlHistory = `SELECT ` + entryFields + ` FROM alert_history WHERE alert_id = ? ORDER BY seq`

// AlertView returns an alert with its account, history and people; alerts.ErrNotFound when there is none. The id may be a short id.
func (s *Store) AlertView(ctx context.Context, id string) (alerts.View, error) {
	view, err := s.alertView(ctx, id)
	if err != nil {
		return alerts.View{}, fmt.Errorf("view alert: %w", err)
	}
	return view, nil
}

func (s *Store) alertView(ctx context.Context, id string) (alerts.View, error) {
	c := s.read()
	var row alertRow
	// Short ids are not unique for ever: the live one is meant, else the newest.
	query := `SELECT ` + names(alertColumns) + ` FROM alerts WHERE id = ? OR short_id = ?
		ORDER BY CASE WHEN ` + liveStatus + ` THEN 0 ELSE 1 END, opened_at DESC LIMIT 1`
	if err := c.get(ctx, &row, query, id, strings.ToUpper(id)); err != nil {
		return alerts.View{}, err
	}
	var history []historyRow
	if err := c.list(ctx, &history, sqlHistory, row.ID); err != nil {
		return alerts.View{}, fmt.Errorf("load history: %w", err)
	}
	views, err := c.views(ctx, []alertRow{row}, history)
	if err != nil {
		return alerts.View{}, err
	}
	if views[0].Risks, err = c.risksBeside(ctx, &views[0]); err != nil {
		return alerts.View{}, err
	}
	views[0].Beside, err = c.heldBeside(ctx, views[0].Alert)
	return views[0], err
}

// views adds accounts and people to alerts, in one query each; history is of the only alert there is then.
func (c conn) views(ctx context.Context, rows []alertRow, history []historyRow) ([]alerts.View, error) {
	accountIDs, users, emails := set{}, set{}, set{}
	entries := make([]alerts.Entry, len(history))
	for i, row := range history {
		entries[i] = row.entry()
		users.add(entries[i].Actor.UserID, entries[i].Data.User)
	}
	for _, row := range rows {
		accountIDs.add(row.AccountID)
		users.add(row.Owner, row.AckedBy)
	}
	mutes, err := c.mutesHolding(ctx, rows, users)
	if err != nil {
		return nil, err
	}
	accounts, err := c.accounts(ctx, accountIDs.sorted(), false)
	if err != nil {
		return nil, err
	}
	for _, a := range accounts {
		emails.add(journey.Fold(a.Owner), journey.Fold(a.SalesOwner))
	}
	people, err := c.people(ctx, users.sorted(), emails.sorted())
	if err != nil {
		return nil, err
	}
	known := make(map[string]alerts.Person, len(people))
	for _, p := range people {
		known[p.UserID] = p
	}
	views := make([]alerts.View, len(rows))
	for i, row := range rows {
		views[i] = alerts.View{Alert: row.alert(), People: known, Mute: mutes[row.HoldBy]}
		if a := accounts[row.AccountID]; a != nil {
			views[i].Account = *a
		}
		if len(entries) > 0 {
			views[i].History = entries
		}
	}
	return views, nil
}

const sqlDueAlerts = `SELECT id, due_at FROM alerts WHERE due_at > 0 ORDER BY due_at, id LIMIT ?`

// DueAlerts returns up to limit ids of alerts whose timer is due, the earliest first, and the time of the next one after
// them (zero: none).
func (s *Store) DueAlerts(ctx context.Context, limit int) (ids []string, next time.Time, err error) {
	c := s.read()
	var rows []struct {
		ID    string `db:"id"`
		DueAt int64  `db:"due_at"`
	}
	if err := c.list(ctx, &rows, sqlDueAlerts, limit+1); err != nil {
		return nil, time.Time{}, fmt.Errorf("list due alerts: %w", err)
	}
	for _, row := range rows {
		if row.DueAt > micros(c.now) || len(ids) == limit {
			return ids, instant(row.DueAt), nil
		}
		ids = append(ids, row.ID)
	}
	return ids, time.Time{}, nil
}

// LiveAlerts lists live alerts, oldest unacknowledged first, and how many there are in all. The views carry no history.
func (s *Store) LiveAlerts(ctx context.Context, f alerts.Filter) (views []alerts.View, total int, err error) {
	c := s.read()
	where, args := liveFilter(f)
	if err := c.get(ctx, &total, `SELECT count(*) FROM alerts WHERE `+where, args...); err != nil {
		return nil, 0, fmt.Errorf("count live alerts: %w", err)
	}
	if f.Limit <= 0 {
		f.Limit = 10
	}
	var rows []alertRow
	query := `SELECT ` + names(alertColumns) + ` FROM alerts WHERE ` + where + `
		ORDER BY CASE status WHEN 'open' THEN 0 WHEN 'acknowledged' THEN 1 ELSE 2 END, opened_at, id LIMIT ? OFFSET ?`
	if err := c.list(ctx, &rows, query, append(args, f.Limit, max(f.Offset, 0))...); err != nil {
		return nil, 0, fmt.Errorf("list live alerts: %w", err)
	}
	if views, err = c.views(ctx, rows, nil); err != nil {
		return nil, 0, fmt.Errorf("list live alerts: %w", err)
	}
	return views, total, nil
}

func liveFilter(f alerts.Filter) (where string, args []any) {
	where = liveStatus
	for _, part := range []struct {
		on   bool
		sql  string
		args []any
	}{
		{f.Owner != "", `owner = ?`, []any{f.Owner}},
		{f.Unowned, `owner = ''`, nil},
		{f.Red, `EXISTS (SELECT 1 FROM accounts WHERE accounts.id = alerts.account_id AND accounts.health = 'red')`, nil},
		{f.Account != "", `account_id = ?`, []any{f.Account}},
		{f.Kind != "", `kind = ?`, []any{string(f.Kind)}},
		{f.Severity != alerts.SeverityNone, `severity = ?`, []any{int64(f.Severity)}},
		{f.Held, `hold <> ''`, nil},
		{
			f.Channel != "", `EXISTS (SELECT 1 FROM messages WHERE kind = 'card' AND subject = alerts.id AND ? IN (target, channel, substr(slot, 8)))`, // "shadow #channel"
			[]any{string(f.Channel)},
		},
	} {
		if part.on {
			where += " AND " + part.sql
			args = append(args, part.args...)
		}
	}
	return where, args
}

// AccountView reads one account; alerts.ErrNotFound when there is none.
func (s *Store) AccountView(ctx context.Context, id string) (alerts.AccountView, error) {
	view, err := s.read().accountView(ctx, id)
	if err != nil {
		return alerts.AccountView{}, fmt.Errorf("view account: %w", err)
	}
	return view, nil
}

const pastAlerts = 5

func (c conn) accountView(ctx context.Context, id string) (alerts.AccountView, error) {
	id, err := c.present(ctx, id)
	if err != nil {
		return alerts.AccountView{}, err
	}
	accounts, err := c.accounts(ctx, []string{id}, false)
	if err != nil {
		return alerts.AccountView{}, err
	}
	if accounts[id] == nil {
		return alerts.AccountView{}, alerts.ErrNotFound
	}
	view := alerts.AccountView{Account: *accounts[id], People: map[string]alerts.Person{}}
	var live, past []alertRow
	if err := c.list(ctx, &live, `SELECT `+names(alertColumns)+` FROM alerts WHERE account_id = ? AND `+liveStatus+`
		ORDER BY severity DESC, opened_at, id`, id); err != nil {
		return alerts.AccountView{}, fmt.Errorf("list live alerts: %w", err)
	}
	if err := c.list(ctx, &past, `SELECT `+names(alertColumns)+` FROM alerts WHERE account_id = ? AND NOT `+liveStatus+`
		AND closed_at >= ? ORDER BY closed_at DESC, id LIMIT ?`, id, micros(c.now.Add(-seriesWindow)), pastAlerts); err != nil {
		return alerts.AccountView{}, fmt.Errorf("list past alerts: %w", err)
	}
	for _, row := range past {
		view.Past = append(view.Past, row.alert())
	}
	users := set{}
	for _, row := range live {
		users.add(row.Owner, row.AckedBy)
	}
	if view.Muting, err = c.muting(ctx, id, users); err != nil {
		return alerts.AccountView{}, err
	}
	people, err := c.people(ctx, users.sorted(), emailsOf(view.Account))
	if err != nil {
		return alerts.AccountView{}, err
	}
	for _, p := range people {
		view.People[p.UserID] = p
		if p.Email != "" {
			view.People[journey.Fold(p.Email)] = p
		}
	}
	for _, row := range live {
		view.Live = append(view.Live, alerts.View{Alert: row.alert(), Account: view.Account, People: view.People})
	}
	series, err := c.series(ctx, []string{id}, nil)
	if err != nil {
		return alerts.AccountView{}, err
	}
	for _, one := range series[id] {
		view.KPIs = append(view.KPIs, one)
	}
	slices.SortFunc(view.KPIs, func(a, b journey.Series) int { return strings.Compare(a.Name, b.Name) })
	return view, nil
}

func emailsOf(a journey.Account) []string {
	emails := set{}
	emails.add(journey.Fold(a.Owner), journey.Fold(a.SalesOwner))
	return emails.sorted()
}
