package storage

import "journeybot/alerts"

const stepColumns = `alert_id text, playbook text, step text, done_by text, done_at bigint, due_at bigint`

// stepValues are the steps of playbooks that a change ticked: the last line about each counts. One that was taken back is done by nobody, at 0.
func stepValues(alertID string, history []alerts.Entry) [][]any {
	type key struct{ playbook, step string }
	at := map[key]int{}
	var rows [][]any
	for _, e := range history {
		if e.What != alerts.DidTick || e.Data.Playbook == "" {
			continue
		}
		row := []any{alertID, e.Data.Playbook, e.Data.Step, e.Actor.UserID, micros(e.At), micros(e.Data.Until)}
		if !e.Data.Done {
			row[3], row[4] = "", int64(0)
		}
		k := key{e.Data.Playbook, e.Data.Step}
		if i, twice := at[k]; twice {
			rows[i] = row
			continue
		}
		at[k] = len(rows)
		rows = append(rows, row)
	}
	return rows
}
