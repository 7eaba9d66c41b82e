package storage

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"journeybot/alerts"
	"journeybot/journey"
)

// Ingest runs apply on the fresh events of batch (in order, duplicates left out) in one transaction: event ids, missing
// accounts, locks, working set, and everything apply recorded in it. It repeats by itself when it loses a race.
// The answer holds one result per event of batch.
func (s *Store) Ingest(ctx context.Context, batch []alerts.Event, apply func(ws *alerts.WorkingSet, fresh []alerts.Event)) ([]alerts.EventResult, error) {
	if len(batch) == 0 {
		return nil, nil
	}
	top, err := s.topTenth(ctx)
	if err != nil {
		return nil, fmt.Errorf("ingest: %w", err)
	}
	batch = slices.Clone(batch)
	for i := range batch {
		batch[i] = cleanEvent(batch[i])
	}
	var results []alerts.EventResult
	err = s.change(ctx, func(ctx context.Context, c conn) error {
		ws := alerts.NewWorkingSet(newID)
		ws.TopARR = top
		results, err = c.ingest(ctx, ws, batch, apply)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("ingest: %w", err)
	}
	if err := s.hear(ctx, batch); err != nil && ctx.Err() == nil {
		s.logger.Warn("sources not noted", "err", err)
	}
	return results, nil
}

// newID makes ids that sort by their time.
func newID() string { return uuid.Must(uuid.NewV7()).String() }

// eventKey identifies an event; alerts keep it in EventIDs.
func eventKey(e alerts.Event) string { return e.Source + " " + e.ID }

// cleanEvent cleans the texts that become keys, so that what rules see is what the database will hold.
func cleanEvent(e alerts.Event) alerts.Event {
	e.Source, e.ID, e.Account = clean(e.Source), clean(e.ID), clean(e.Account)
	if e.Signal != nil {
		signal := *e.Signal
		signal.About = clean(signal.About)
		e.Signal = &signal
	}
	return e
}

func (c conn) ingest(
	ctx context.Context, ws *alerts.WorkingSet, batch []alerts.Event, apply func(*alerts.WorkingSet, []alerts.Event),
) ([]alerts.EventResult, error) {
	accounts := set{}
	for _, e := range batch {
		accounts.add(e.Account)
	}
	ids, err := c.redirect(ctx, batch, accounts.sorted())
	if err != nil {
		return nil, err
	}
	if err := c.addAccounts(ctx, ids); err != nil {
		return nil, err
	}
	if ws.Accounts, err = c.accounts(ctx, ids, true); err != nil {
		return nil, err
	}
	if len(ws.Accounts) < len(ids) {
		return nil, errLostRace // one was merged meanwhile
	}
	fresh, err := c.unseen(ctx, batch)
	if err != nil {
		return nil, err
	}
	if len(fresh) == 0 {
		return resultsOf(batch, nil, ws), nil
	}
	loaded, err := c.load(ctx, ws, ids, fresh)
	if err != nil {
		return nil, err
	}
	before := marks(ws)
	apply(ws, fresh)
	if err := c.saveChanges(ctx, ws, before, loaded); err != nil {
		return nil, err
	}
	return resultsOf(batch, fresh, ws), c.addEvents(ctx, fresh, ws)
}

// unseen leaves out the events that are known, and repeats within the batch.
func (c conn) unseen(ctx context.Context, batch []alerts.Event) ([]alerts.Event, error) {
	args := make([]any, 0, 2*len(batch))
	for _, e := range batch {
		args = append(args, e.Source, e.ID)
	}
	query := `SELECT source || ' ' || event_id FROM events WHERE (source, event_id) IN (VALUES (?, ?)` +
		strings.Repeat(", (?, ?)", len(batch)-1) + `)`
	var known []string
	if err := c.list(ctx, &known, query, args...); err != nil {
		return nil, fmt.Errorf("look for known events: %w", err)
	}
	seen := set{}
	seen.add(known...)
	var fresh []alerts.Event
	for _, e := range batch {
		if key := eventKey(e); !seen[key] {
			seen.add(key)
			fresh = append(fresh, e)
		}
	}
	return fresh, nil
}

const (
	sqlConditions = `SELECT key, account_id, at, seq, level, period, told, changes, flaps FROM conditions WHERE account_id IN (?)`
	liveStatus    = `status IN ('open', 'acknowledged', 'snoozed')` // as the partial indexes have it
)

// load fills the working set, one query per table. It returns the live alerts as they are stored.
func (c conn) load(ctx context.Context, ws *alerts.WorkingSet, ids []string, fresh []alerts.Event) (map[string]stored, error) {
	if len(ids) > 0 {
		var conditions []conditionRow
		if err := c.list(ctx, &conditions, sqlConditions, ids); err != nil {
			return nil, fmt.Errorf("load conditions: %w", err)
		}
		for _, row := range conditions {
			ws.Conditions[row.Key] = row.condition()
		}
		if err := c.loadQuiet(ctx, ws, ids); err != nil {
			return nil, err
		}
	}
	loaded, err := c.loadAlerts(ctx, ws, ids, askedOf(fresh))
	if err != nil {
		return nil, err
	}
	emails, patched, measured, kpis := set{}, set{}, set{}, set{}
	for _, a := range ws.Accounts {
		emails.add(journey.Fold(a.Owner), journey.Fold(a.SalesOwner))
	}
	for _, e := range fresh {
		if e.Patch != nil {
			patched.add(journey.Fold(e.Patch.Owner.Value), journey.Fold(e.Patch.SalesOwner.Value))
		}
		if names := e.KPINames(); len(names) > 0 {
			measured.add(e.Account)
			kpis.add(names...)
		}
	}
	emails.add(patched.sorted()...)
	people, err := c.people(ctx, nil, emails.sorted())
	if err != nil {
		return nil, err
	}
	for _, p := range people {
		ws.People[journey.Fold(p.Email)] = p
	}
	if err := c.handed(ctx, ws, patched.sorted()); err != nil {
		return nil, err
	}
	ws.KPIs, err = c.series(ctx, measured.sorted(), kpis.sorted())
	return loaded, err
}

const (
	eventColumns = `source text, event_id text, type text, account_id text, at bigint, received_at bigint, seq bigint, result text, body text, note text`
	sqlDirty     = `UPDATE accounts SET dirty_at = CASE WHEN dirty_at = 0 THEN r.now ELSE dirty_at END,
		changed_on = CASE WHEN r.day > 0 AND (changed_on = 0 OR changed_on > r.day) THEN r.day ELSE changed_on END
		FROM {rows} WHERE accounts.id = r.id AND (dirty_at = 0 OR r.day > 0 AND (changed_on = 0 OR changed_on > r.day))`
	dirtyColumns = `id text, now bigint, day bigint`
)

// saveChanges writes what rules recorded.
func (c conn) saveChanges(ctx context.Context, ws *alerts.WorkingSet, before map[string]mark, loaded map[string]stored) error {
	changed, dirty := set{}, set{}
	for id, is := range ws.Changes.Accounts {
		if _, there := ws.Accounts[id]; is && there {
			changed.add(id)
			dirty.add(id)
		}
	}
	accounts := make([]*journey.Account, 0, len(changed))
	for _, id := range changed.sorted() {
		accounts = append(accounts, ws.Accounts[id])
	}
	if err := c.saveAccounts(ctx, accounts, before); err != nil {
		return err
	}
	var e encoder
	var conditions [][]any
	for key, is := range ws.Changes.Conditions {
		if is {
			conditions = append(conditions, e.condition(ws.Conditions[key]))
		}
	}
	if e.err != nil {
		return fmt.Errorf("encode conditions: %w", e.err)
	}
	err := c.eachOf(ctx, []batch{
		{"write conditions", upsert("conditions", conditionColumns, "key"), conditionColumns, sortedRows(conditions)},
		{"write KPIs", upsert("kpis", kpiColumns, "account_id, name, at"), kpiColumns, kpiValues(ws.Changes.KPIs, dirty)},
	})
	if err != nil {
		return err
	}
	for _, u := range ws.Changes.Usage {
		dirty.add(u.Account)
	}
	for _, r := range ws.Changes.Results {
		if _, known := loaded[r.Alert.ID]; !known || !r.Alert.Status.Live() {
			dirty.add(r.Alert.Account) // rules may read which alerts are open
		}
	}
	if err := c.addUsage(ctx, tallies(ws.Changes.Usage)); err != nil {
		return err
	}
	if err := c.markDirty(ctx, dirty, ws.Changes.Since); err != nil {
		return err
	}
	if err := c.saveMutes(ctx, ws.Changes.Mutes); err != nil {
		return err
	}
	return c.saveResults(ctx, ws.Changes, loaded)
}

// markDirty asks for accounts to be evaluated, from the day on that since has for them.
func (c conn) markDirty(ctx context.Context, ids set, since map[string]journey.Day) error {
	rows := make([][]any, 0, len(ids))
	for _, id := range ids.sorted() {
		rows = append(rows, []any{id, micros(c.now), int64(since[id])})
	}
	if _, err := c.each(ctx, sqlDirty, dirtyColumns, rows); err != nil {
		return fmt.Errorf("mark accounts: %w", err)
	}
	return nil
}

// sortedRows orders rows by their first column, so that batches lock them in one order.
func sortedRows(rows [][]any) [][]any {
	slices.SortFunc(rows, func(a, b []any) int { return strings.Compare(a[0].(string), b[0].(string)) })
	return rows
}

// kpiValues keeps the last of several values for one moment.
func kpiValues(points []alerts.KPIPoint, dirty set) [][]any {
	type moment struct {
		account, name string
		at            int64
	}
	at := map[moment]int{}
	var rows [][]any
	for _, p := range points {
		dirty.add(p.Account)
		m := moment{p.Account, p.Name, micros(p.At)}
		row := []any{m.account, m.name, m.at, p.Value}
		if i, twice := at[m]; twice {
			rows[i] = row
			continue
		}
		at[m] = len(rows)
		rows = append(rows, row)
	}
	return sortedRows(rows)
}

// addEvents writes the events last, with what became of them. Accounts are locked until then, so only an event about
// another account can have taken its id meanwhile: that is a lost race.
func (c conn) addEvents(ctx context.Context, fresh []alerts.Event, ws *alerts.WorkingSet) error {
	rows := make([][]any, len(fresh))
	var enc encoder
	for i, e := range fresh {
		rows[i] = []any{
			e.Source, e.ID, e.Type, e.Account, micros(e.At), micros(e.ReceivedAt), int64(e.Seq),
			string(resultOf(e, ws)), withoutNUL(string(e.Data)),
			enc.text(eventNoteRow(ws.Changes.EventNotes[eventKey(e)])),
		}
	}
	if enc.err != nil {
		return fmt.Errorf("encode events: %w", enc.err)
	}
	slices.SortFunc(rows, func(a, b []any) int {
		return strings.Compare(a[0].(string)+" "+a[1].(string), b[0].(string)+" "+b[1].(string))
	})
	added, err := c.each(ctx, insert("events", eventColumns, "ON CONFLICT DO NOTHING"), eventColumns, rows)
	if err != nil {
		return fmt.Errorf("write events: %w", err)
	}
	if added < int64(len(rows)) {
		return errLostRace
	}
	return nil
}

func resultOf(e alerts.Event, ws *alerts.WorkingSet) alerts.EventResult {
	if result, told := ws.Changes.EventDone[eventKey(e)]; told {
		return result
	}
	return alerts.ResultStored
}

// resultsOf answers per event of the batch: the first of a fresh id gets its result, all else is a duplicate.
func resultsOf(batch, fresh []alerts.Event, ws *alerts.WorkingSet) []alerts.EventResult {
	results := make([]alerts.EventResult, len(batch))
	next := 0
	for i, e := range batch {
		results[i] = alerts.ResultDuplicate
		if next < len(fresh) && eventKey(e) == eventKey(fresh[next]) {
			results[i] = resultOf(e, ws)
			next++
		}
	}
	return results
}
