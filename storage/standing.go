package storage

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"journeybot/alerts"
	"journeybot/journey"
)

const (
	standingColumns  = `account_id text, map text, revision text, through bigint, near bigint, body text`
	milestoneColumns = `account_id text, map text, milestone text, reached_on bigint, since_on bigint, lost_on bigint, good_on bigint,
		expect_on bigint, dropped_on bigint, took bigint`
	lookedColumns = `id text, next bigint, revision text`
	sqlLooked     = `UPDATE accounts SET dirty_at = 0, changed_on = 0, journey_at = r.next, maps_rev = r.revision FROM {rows} WHERE accounts.id = r.id`

	sqlStandings      = `SELECT account_id, body FROM standings WHERE account_id IN (?)`
	sqlDropStanding   = `DELETE FROM standings WHERE account_id IN (?)`
	sqlDropMilestones = `DELETE FROM account_milestones WHERE account_id IN (?)`
)

// standings reads where accounts stood, and returns it as it was.
func (c conn) standings(ctx context.Context, ids []string, into map[string]*alerts.Position) (map[string]journey.Standing, error) {
	var rows []struct {
		AccountID string `db:"account_id"`
		Body      string `db:"body"`
	}
	if err := c.list(ctx, &rows, sqlStandings, ids); err != nil {
		return nil, fmt.Errorf("read standings: %w", err)
	}
	was := make(map[string]journey.Standing, len(rows))
	for _, row := range rows {
		var before journey.Standing // apart from the one that rules change
		if err := errors.Join(json.Unmarshal([]byte(row.Body), &before), json.Unmarshal([]byte(row.Body), &into[row.AccountID].Standing)); err != nil {
			return nil, fmt.Errorf("read standing: %w", err)
		}
		was[row.AccountID] = before
	}
	return was, nil
}

// saveStandings writes where accounts stand now, and that they were looked at.
func (c conn) saveStandings(ctx context.Context, e Evaluation, positions map[string]*alerts.Position, was map[string]journey.Standing) error {
	var enc encoder
	var standings, milestones, moves, looked [][]any
	gone := set{}
	for _, id := range slices.Sorted(maps.Keys(positions)) {
		p := positions[id]
		looked = append(looked, []any{id, micros(p.Next), e.Revision})
		moves = append(moves, moveValues(id, p.Moves)...)
		now, before := p.Standing, was[id]
		if now.Map != before.Map && before.Map != "" {
			gone.add(id)
			before = journey.Standing{}
		}
		if now.Map == "" {
			continue
		}
		standings = append(standings, []any{id, now.Map, now.Revision, int64(now.Through), int64(alerts.NearOf(now)), enc.text(now)})
		milestones = append(milestones, milestoneValues(id, now, before)...)
	}
	if enc.err != nil {
		return fmt.Errorf("encode standings: %w", enc.err)
	}
	if len(gone) > 0 {
		for _, query := range []string{sqlDropStanding, sqlDropMilestones} {
			if _, err := c.exec(ctx, query, gone.sorted()); err != nil {
				return fmt.Errorf("drop standings: %w", err)
			}
		}
	}
	return c.eachOf(ctx, []batch{
		{"write standings", upsert("standings", standingColumns, "account_id"), standingColumns, standings},
		{"write milestones", upsert("account_milestones", milestoneColumns, "account_id, map, milestone"), milestoneColumns, milestones},
		{"write stage history", insert("stage_history", stageColumns, "ON CONFLICT DO NOTHING"), stageColumns, moves},
		{"note evaluation", sqlLooked, lookedColumns, looked},
	})
}

// moveValues tells moves of one moment apart by a microsecond each: they keep their order.
func moveValues(id string, moves []alerts.JourneyMove) [][]any {
	rows := make([][]any, len(moves))
	last := int64(0)
	for i, move := range moves {
		at := max(micros(move.At), last+1)
		last = at
		rows[i] = []any{id, at, move.Map, move.To, move.Reason, move.EventID}
	}
	return rows
}

// milestoneValues are the milestones that changed. One that has nothing to say any more is written as such.
func milestoneValues(id string, now, before journey.Standing) [][]any {
	var rows [][]any
	ids := set{}
	for _, s := range []journey.Standing{now, before} {
		for milestone := range s.State.Milestones {
			ids.add(milestone)
		}
	}
	for _, milestone := range ids.sorted() {
		s := now.State.Milestones[milestone]
		if old, known := before.State.Milestones[milestone]; known && s == old {
			continue
		}
		rows = append(rows, []any{
			id, now.Map, milestone, int64(s.Reached), int64(s.Since), int64(s.Lost), int64(s.Good), int64(s.Expect), int64(s.Dropped), int64(s.Took),
		})
	}
	return rows
}

// Standing returns where an account stands on its map; the zero Standing when it was never evaluated or no map is for it.
func (s *Store) Standing(ctx context.Context, account string) (journey.Standing, error) {
	c := s.read()
	id, err := c.present(ctx, account)
	if err != nil {
		return journey.Standing{}, fmt.Errorf("read standing: %w", err)
	}
	found, err := c.standings(ctx, []string{id}, map[string]*alerts.Position{id: {}})
	return found[id], err
}
