package storage

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"journeybot/alerts"
	"journeybot/journey"
)

// Position reads where an account stands on its map, with the history that its rules need to be explained, in days of zone;
// alerts.ErrNotFound when there is no such account. Its Standing is the zero one when it was never evaluated or no map is for it.
func (s *Store) Position(ctx context.Context, id string, needs []journey.Need, zone *time.Location) (alerts.Position, error) {
	p, err := s.read().position(ctx, id, needs, zone)
	if err != nil {
		return alerts.Position{}, fmt.Errorf("read position: %w", err)
	}
	return *p, nil
}

func (c conn) position(ctx context.Context, id string, needs []journey.Need, zone *time.Location) (*alerts.Position, error) {
	p := &alerts.Position{}
	id, err := c.present(ctx, id)
	if err != nil {
		return p, err
	}
	accounts, err := c.accounts(ctx, []string{id}, false)
	if err != nil {
		return p, err
	}
	if accounts[id] == nil {
		return p, alerts.ErrNotFound
	}
	positions := map[string]*alerts.Position{id: p}
	if _, err := c.standings(ctx, []string{id}, positions); err != nil || p.Standing.Map == "" {
		return p, err
	}
	everything := func(journey.Account, *alerts.Position) (some, all bool) { return true, true }
	if err := c.histories(ctx, Evaluation{Needs: needs, Zone: zone, Looks: everything}, accounts, positions); err != nil {
		return p, err
	}
	p.History.Account = *accounts[id]
	return p, nil
}

// othersAsked is of how many accounts, those that came to it last, the time to a milestone is asked.
const othersAsked = 2000

const sqlTook = `SELECT m.took FROM (SELECT account_id, took FROM account_milestones WHERE map = ? AND milestone = ? AND reached_on > 0 AND took >= 0
	ORDER BY reached_on DESC LIMIT ?) m JOIN accounts a ON a.id = m.account_id WHERE lower(a.segment) = ?`

// Took tells how many days accounts of a segment took to a milestone from the one before, of those that came to it last.
func (s *Store) Took(ctx context.Context, mapID, milestone, segment string) ([]int, error) {
	var took []int
	if err := s.read().list(ctx, &took, sqlTook, mapID, milestone, othersAsked, strings.ToLower(segment)); err != nil {
		return nil, fmt.Errorf("read how long others took: %w", err)
	}
	return took, nil
}

const (
	stoodColumns = `s.account_id, s.body, a.name, a.segment, a.status, a.arr, a.owner`
	stoodTables  = ` FROM standings s JOIN accounts a ON a.id = s.account_id WHERE a.merged_into = ''`
	sqlStood     = `SELECT ` + stoodColumns + stoodTables + ` AND s.map = ? AND s.account_id > ? ORDER BY s.account_id LIMIT ?`
	sqlNear      = `SELECT ` + stoodColumns + stoodTables + ` AND s.near > 0 AND a.status <> ?`
	orderNear    = ` ORDER BY COALESCE(a.arr, 0) DESC, a.id LIMIT ?`

	stoodAtOnce = 5000
	nearMost    = 2000
)

type stoodRow struct {
	AccountID string `db:"account_id"`
	Body      string `db:"body"`
	Name      string `db:"name"`
	Segment   string `db:"segment"`
	Status    string `db:"status"`
	ARR       *int64 `db:"arr"`
	Owner     string `db:"owner"`
}

func (r stoodRow) account() journey.Account {
	return journey.Account{ID: r.AccountID, Name: r.Name, Segment: r.Segment, Status: r.Status, ARR: r.ARR, Owner: r.Owner}
}

// counted is what funnels read of a standing; the rest is neither decoded nor kept.
type counted struct {
	Map   string
	State struct {
		Entered, StageSince journey.Day
		Stage               string
		Milestones          map[string]journey.MilestoneState
	}
}

func (k counted) standing() journey.Standing {
	return journey.Standing{Map: k.Map, State: journey.State{
		Entered: k.State.Entered, Stage: k.State.Stage, StageSince: k.State.StageSince, Milestones: k.State.Milestones,
	}}
}

// Stood returns the accounts on a map and where they stand, as far as funnels ask, by id. Customers who left stay among them.
func (s *Store) Stood(ctx context.Context, mapID string) ([]journey.Stood, error) {
	c := s.read()
	var all []journey.Stood
	for after := ""; ; {
		var rows []stoodRow
		if err := c.list(ctx, &rows, sqlStood, mapID, after, stoodAtOnce); err != nil {
			return nil, fmt.Errorf("read standings: %w", err)
		}
		for _, row := range rows {
			var k counted
			if err := json.Unmarshal([]byte(row.Body), &k); err != nil {
				return nil, fmt.Errorf("read standing: %w", err)
			}
			all = append(all, journey.Stood{Account: row.account(), Standing: k.standing()})
		}
		if len(rows) < stoodAtOnce {
			return all, nil
		}
		after = rows[len(rows)-1].AccountID
	}
}

// Near returns the accounts that a little is missing for, those with most ARR, at most 2,000. With an e-mail address only those of its
// person.
func (s *Store) Near(ctx context.Context, owner string) ([]journey.Stood, error) {
	query, args := sqlNear, []any{journey.StatusChurned}
	if owner != "" {
		folded := strings.ToLower(owner)
		query += ` AND a.id IN (SELECT id` + ownAccounts + `)`
		args = append(args, folded, folded)
	}
	var rows []stoodRow
	if err := s.read().list(ctx, &rows, query+orderNear, append(args, nearMost)...); err != nil {
		return nil, fmt.Errorf("list accounts that are close: %w", err)
	}
	all := make([]journey.Stood, len(rows))
	for i, row := range rows {
		all[i].Account = row.account()
		if err := json.Unmarshal([]byte(row.Body), &all[i].Standing); err != nil {
			return nil, fmt.Errorf("read standing: %w", err)
		}
	}
	return all, nil
}

const (
	gapColumns  = `map text, milestone text, segment text, team text, target bigint, share float8, since bigint, actor text`
	sqlGaps     = `SELECT map, milestone, segment, team, target, share, since, actor FROM priority_gaps ORDER BY map`
	sqlUnpinGap = `DELETE FROM priority_gaps WHERE map = ?`
)

type gapRow struct {
	Map       string  `db:"map"`
	Milestone string  `db:"milestone"`
	Segment   string  `db:"segment"`
	Team      string  `db:"team"`
	Target    int     `db:"target"`
	Share     float64 `db:"share"`
	Since     int64   `db:"since"`
	Actor     string  `db:"actor"`
}

// PriorityGaps are the gaps that are pinned, one of each map at most.
func (s *Store) PriorityGaps(ctx context.Context) ([]alerts.PriorityGap, error) {
	var rows []gapRow
	if err := s.read().list(ctx, &rows, sqlGaps); err != nil {
		return nil, fmt.Errorf("read priority gaps: %w", err)
	}
	gaps := make([]alerts.PriorityGap, len(rows))
	for i, r := range rows {
		gaps[i] = alerts.PriorityGap{
			Map: r.Map, Milestone: r.Milestone, Segment: r.Segment, Team: r.Team, Target: r.Target, Share: r.Share, Since: instant(r.Since),
			By: alerts.Actor{UserID: r.Actor},
		}
	}
	return gaps, nil
}

// PinGap makes a gap the priority of its map, in place of another one.
func (s *Store) PinGap(ctx context.Context, g alerts.PriorityGap) error {
	row := []any{g.Map, g.Milestone, g.Segment, g.Team, int64(g.Target), g.Share, micros(g.Since), g.By.UserID}
	if _, err := s.write().each(ctx, upsert("priority_gaps", gapColumns, "map"), gapColumns, [][]any{row}); err != nil {
		return fmt.Errorf("pin gap: %w", err)
	}
	return nil
}

// UnpinGap leaves a map without a priority gap.
func (s *Store) UnpinGap(ctx context.Context, mapID string) error {
	if _, err := s.write().exec(ctx, sqlUnpinGap, mapID); err != nil {
		return fmt.Errorf("unpin gap: %w", err)
	}
	return nil
}
