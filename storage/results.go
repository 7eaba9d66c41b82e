package storage

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"journeybot/alerts"
)

// stored is what the database holds of an alert: its version and how many history lines it has.
type stored struct{ version, entries int64 }

// outcome is everything that one transaction does to one alert.
type outcome struct {
	alert    alerts.Alert // as it ends
	was      stored
	isNew    bool
	history  []alerts.Entry
	thread   int64 // the last history line that belongs in the thread; 0 when none of history does
	redraw   bool
	priority alerts.Priority
}

// outcomes collapses several results about one alert, sorted by the alert's id.
func outcomes(results []alerts.Result, loaded map[string]stored) []*outcome {
	byID := map[string]*outcome{}
	var list []*outcome
	for _, r := range results {
		o := byID[r.Alert.ID]
		if o == nil {
			was, known := loaded[r.Alert.ID]
			o = &outcome{was: was, isNew: !known, priority: r.Priority}
			byID[r.Alert.ID] = o
			list = append(list, o)
		}
		o.alert = r.Alert
		for _, entry := range r.History {
			entry.Seq = o.was.entries + int64(len(o.history)) + 1
			if entry.ThreadWorthy() {
				o.thread = entry.Seq
			}
			o.history = append(o.history, entry)
		}
		if r.Redraw && (!o.redraw || r.Priority < o.priority) {
			o.redraw, o.priority = true, r.Priority
		}
	}
	for _, o := range list {
		o.alert.Version = o.was.version + 1
	}
	slices.SortFunc(list, func(a, b *outcome) int { return strings.Compare(a.alert.ID, b.alert.ID) })
	return list
}

const (
	// A pending message keeps its time: it may be held back. Only a more urgent redraw of a posted one moves it.
	sqlRedraw = `UPDATE messages SET want_version = want_version + 1,
		due_at = CASE WHEN done_version < want_version AND (ts = '' OR messages.priority <= r.priority) THEN due_at ELSE r.now END,
		priority = CASE WHEN done_version < want_version AND messages.priority <= r.priority THEN messages.priority ELSE r.priority END
		FROM {rows} WHERE messages.subject = r.subject AND messages.kind = 'card'`
	redrawColumns = `subject text, priority bigint, now bigint`

	sqlThreads = `UPDATE messages SET want_version = r.seq,
		due_at = CASE WHEN done_version < want_version THEN due_at ELSE r.now END
		FROM {rows} WHERE messages.subject = r.subject AND messages.kind = 'thread'`
	threadColumns = `subject text, seq bigint, now bigint`

	sqlRelease = `UPDATE messages SET hold = '', due_at = CASE WHEN due_at > r.now THEN due_at ELSE r.now END
		FROM {rows} WHERE messages.subject = r.subject AND messages.hold NOT IN ('', 'bundle')`
	releaseColumns = `subject text, now bigint`

	sqlBeside = `UPDATE messages SET want_version = want_version + 1, due_at = CASE WHEN done_version < want_version THEN due_at ELSE r.now END,
		priority = CASE WHEN done_version < want_version THEN priority ELSE 4 END
		FROM {rows} WHERE messages.kind = 'card' AND messages.hold = '' AND EXISTS (SELECT 1 FROM alerts WHERE alerts.id = messages.subject
			AND alerts.account_id = r.account_id AND alerts.kind = r.kind AND alerts.hold = '' AND alerts.` + liveStatus + `)`
	besideColumns = `account_id text, kind text, now bigint`
)

// saveResults writes what rules decided about alerts, and the places and outbound beside theirs. loaded names the alerts that exist
// and what was read of them.
func (c conn) saveResults(ctx context.Context, changes alerts.Changes, loaded map[string]stored) error {
	now := micros(c.now)
	var e encoder
	var changed, opened, history, redraws, threads [][]any
	steps := make([][]any, 0, len(changes.Results))
	var fresh []alerts.Alert
	for _, o := range outcomes(changes.Results, loaded) {
		row := e.alert(o.alert, o.was.entries+int64(len(o.history)))
		if o.isNew {
			opened, fresh = append(opened, row), append(fresh, o.alert)
		} else {
			changed = append(changed, row)
		}
		for _, entry := range o.history {
			history = append(history, e.entry(o.alert.ID, entry))
		}
		steps = append(steps, stepValues(o.alert.ID, o.history)...)
		if o.redraw && !o.isNew {
			redraws = append(redraws, []any{o.alert.ID, int64(o.priority), now})
		}
		if o.thread > 0 {
			threads = append(threads, []any{o.alert.ID, o.thread, now})
		}
	}
	if e.err != nil {
		return fmt.Errorf("encode alerts: %w", e.err)
	}
	// Alerts that end go first: they free their keys for the ones that open.
	query := update("alerts", alertColumns, fixedAlertColumns, "alerts.id = r.id AND alerts.version = r.version - 1")
	written, err := c.each(ctx, query, alertColumns, changed)
	if err != nil {
		return fmt.Errorf("write alerts: %w", err)
	}
	if written < int64(len(changed)) {
		return errLostRace
	}
	err = c.eachOf(ctx, []batch{
		{"open alerts", insert("alerts", alertColumns, ""), alertColumns, opened},
		{"write history", insert("alert_history", historyColumns, ""), historyColumns, history},
		{"write steps", upsert("steps", stepColumns, "alert_id, playbook, step"), stepColumns, steps},
	})
	if err != nil {
		return err
	}
	places, outbound := slices.Clone(changes.Places), slices.Clone(changes.Outbound)
	var released, counted, apart, looks, forgotten [][]any
	for _, r := range changes.Results {
		places = append(places, r.Places...)
		outbound = append(outbound, r.Outbound...)
		for _, after := range r.Looks {
			looks = append(looks, []any{r.Alert.ID, r.Alert.Account, after.Microseconds(), now})
			if after == 0 {
				forgotten = append(forgotten, []any{r.Alert.ID})
			}
		}
		if r.Release {
			released = append(released, []any{r.Alert.ID, now})
		}
		if r.Beside {
			counted = append(counted, []any{r.Alert.Account, string(r.Alert.Kind), now})
		}
		if r.Apart {
			apart = append(apart, []any{r.Alert.ID, int64(r.Priority), now})
		}
	}
	if err := c.addLanes(ctx, places); err != nil {
		return err
	}
	if err := c.eachOf(ctx, []batch{
		{"redraw cards", sqlRedraw, redrawColumns, redraws},
		{"redraw bundles", sqlRedrawBundles, redrawColumns, redraws},
		{"redraw what stands beside", sqlBeside, besideColumns, counted},
		{"release messages", sqlRelease, releaseColumns, released},
		{"take out of bundles", sqlApart, apartColumns, apart},
		{"forget looks", sqlForgetLooks, "alert_id text", forgotten},
		{"keep looks", sqlKeepLooks, lookColumns, looks},
	}); err != nil {
		return err
	}
	if err := c.addPlaces(ctx, places); err != nil {
		return err
	}
	if _, err := c.each(ctx, sqlThreads, threadColumns, threads); err != nil {
		return fmt.Errorf("move threads: %w", err)
	}
	if err := c.countRoutes(ctx, fresh); err != nil {
		return err
	}
	return c.addOutbound(ctx, outbound)
}
