package storage

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/axiomhq/hyperloglog"

	"journeybot/alerts"
	"journeybot/journey"
)

// sketch lets rules estimate users without knowing how. It is never changed once made.
type sketch struct{ known *hyperloglog.Sketch }

// Estimate implements journey.Sketch.
func (s sketch) Estimate(others []journey.Sketch, ids []string) int64 {
	all := s.known.Clone()
	for _, other := range others {
		if o, ours := other.(sketch); ours {
			_ = all.Merge(o.known.Clone()) // refused only for another precision, and all have one
		}
	}
	for _, id := range ids {
		all.Insert([]byte(id))
	}
	return int64(all.Estimate())
}

// users is the crowd as rules read it.
func (c *crowd) asUsers() journey.Users {
	if c.sketch != nil {
		return journey.Users{Sketch: sketch{c.sketch}}
	}
	ids := make([]string, 0, len(c.counts))
	for user, count := range c.counts {
		if count > 0 {
			ids = append(ids, user)
		}
	}
	return journey.Users{IDs: ids}
}

// dayOf is the day of a row: what was rolled up counts at the end of its month.
func dayOf(stored int64) journey.Day {
	if stored%100 > 0 {
		return journey.Day(stored)
	}
	next := time.Date(int(stored/10000), time.Month(stored/100%100)+1, 1, 0, 0, 0, 0, time.UTC)
	return journey.DayOf(next.AddDate(0, 0, -1))
}

// peopled is usageRow with whether its users are asked for.
type peopled struct {
	usageRow
	People  int64 `db:"people"`
	PerUser int64 `db:"per_user"`
}

// usage reads what some accounts did, as far as reaches say: one statement, whose parts each follow the primary key.
func (c conn) usage(ctx context.Context, ids []string, reaches []journey.Reach, into map[string]*journey.History) error {
	if len(ids) == 0 || len(reaches) == 0 {
		return nil
	}
	parts := make([]string, 0, len(reaches))
	var args []any
	named := set{}
	for _, r := range reaches {
		named.add(r.Event)
	}
	for _, r := range reaches {
		part := fmt.Sprintf(`SELECT account_id, event, day, persona, count, %s, %d AS people, %d AS per_user FROM usage_day WHERE account_id IN (?) AND day >= ?`,
			sketchOf(r), flag(r.People), flag(r.PerUser))
		args = append(args, ids, int64(r.Since))
		switch {
		case r.Event != "":
			part += ` AND event = ?`
			args = append(args, r.Event)
		case len(named) > 0:
			part += ` AND event NOT IN (?)`
			args = append(args, named.sorted())
		}
		parts = append(parts, part)
	}
	var rows []peopled
	if err := c.list(ctx, &rows, strings.Join(parts, " UNION ALL "), args...); err != nil {
		return fmt.Errorf("read usage: %w", err)
	}
	for _, row := range rows {
		if err := row.addTo(into[row.AccountID]); err != nil {
			return err
		}
	}
	return nil
}

func sketchOf(r journey.Reach) string {
	if r.People || r.PerUser {
		return "sketch"
	}
	return "CAST(NULL AS bytea) AS sketch"
}

func (r peopled) addTo(h *journey.History) error {
	crowd, err := crowdOf(r.Sketch)
	if err != nil {
		return err
	}
	day := dayOf(r.Day)
	row := journey.UsageRow{Event: r.Event, Persona: r.Persona, Day: day, Count: r.Count}
	if r.People != 0 {
		row.Users = crowd.asUsers()
	}
	h.Rows = append(h.Rows, row)
	if r.PerUser != 0 {
		for _, user := range slices.Sorted(maps.Keys(crowd.counts)) {
			h.UserRows = append(h.UserRows, journey.UserRow{User: user, Event: r.Event, Day: day, Count: crowd.counts[user]})
		}
	}
	return nil
}

// recent is how many days back a standing may reach for its history to be read from there on; further back all of it is read.
const recent = 14

// histories reads what evaluations go by, for all positions in one set of statements.
func (c conn) histories(ctx context.Context, e Evaluation, accounts map[string]*journey.Account, positions map[string]*alerts.Position) error {
	zone := e.Zone
	if zone == nil {
		zone = time.UTC
	}
	today := journey.DayOf(c.now.In(zone))
	from, whole, late, read := today, set{}, set{}, map[string]*journey.History{}
	for id, p := range positions {
		account := accounts[id]
		if account == nil {
			continue
		}
		some, all := e.Looks(*account, p)
		if !some {
			continue
		}
		read[id] = &p.History
		if all || p.Standing.Through < today.Add(-recent) {
			whole.add(id)
			continue
		}
		late.add(id)
		from = min(from, p.Standing.Through)
	}
	if len(read) == 0 {
		return nil
	}
	if err := c.usage(ctx, whole.sorted(), entire(journey.Reaches(e.Needs, today)), read); err != nil {
		return err
	}
	if err := c.usage(ctx, late.sorted(), journey.Reaches(e.Needs, from), read); err != nil {
		return err
	}
	ids := slices.Sorted(maps.Keys(read))
	for _, load := range []func(context.Context, []string, Evaluation, map[string]*journey.History) error{c.kpiHistory, c.alertSpans(zone), c.explicitStages} {
		if err := load(ctx, ids, e, read); err != nil {
			return err
		}
	}
	return nil
}

// entire reaches back to the beginning.
func entire(reaches []journey.Reach) []journey.Reach {
	for i := range reaches {
		reaches[i].Since = 0
	}
	return reaches
}

const sqlKPIHistory = `SELECT account_id, name, at, value FROM kpis WHERE account_id IN (?) AND name IN (?) ORDER BY account_id, name, at`

func (c conn) kpiHistory(ctx context.Context, ids []string, e Evaluation, into map[string]*journey.History) error {
	names := journey.KPIs(e.Needs)
	if len(names) == 0 {
		return nil
	}
	var rows []kpiRow
	if err := c.list(ctx, &rows, sqlKPIHistory, ids, names); err != nil {
		return fmt.Errorf("read KPIs: %w", err)
	}
	for _, row := range rows {
		h := into[row.AccountID]
		if n := len(h.KPIs); n == 0 || h.KPIs[n-1].Name != row.Name {
			h.KPIs = append(h.KPIs, journey.Series{Name: row.Name})
		}
		s := &h.KPIs[len(h.KPIs)-1]
		s.Points = append(s.Points, journey.Point{At: instant(row.At), Value: row.Value})
	}
	return nil
}

const sqlAlertSpans = `SELECT account_id, kind, about, opened_at, closed_at FROM alerts WHERE account_id IN (?) AND kind IN (?) ORDER BY account_id, opened_at`

func (c conn) alertSpans(zone *time.Location) func(context.Context, []string, Evaluation, map[string]*journey.History) error {
	return func(ctx context.Context, ids []string, e Evaluation, into map[string]*journey.History) error {
		kinds := set{}
		for _, n := range e.Needs {
			if n.Function == journey.FuncAlert {
				kinds.add(n.Name)
			}
		}
		if len(kinds) == 0 {
			return nil
		}
		var rows []struct {
			AccountID string `db:"account_id"`
			Kind      string `db:"kind"`
			About     string `db:"about"`
			OpenedAt  int64  `db:"opened_at"`
			ClosedAt  int64  `db:"closed_at"`
		}
		if err := c.list(ctx, &rows, sqlAlertSpans, ids, kinds.sorted()); err != nil {
			return fmt.Errorf("read alerts: %w", err)
		}
		for _, row := range rows {
			span := journey.AlertSpan{Kind: row.Kind, About: row.About, From: journey.DayOf(instant(row.OpenedAt).In(zone))}
			if row.ClosedAt > 0 {
				span.Until = journey.DayOf(instant(row.ClosedAt).In(zone))
			}
			into[row.AccountID].Alerts = append(into[row.AccountID].Alerts, span)
		}
		return nil
	}
}

const sqlExplicit = `SELECT account_id, milestone, at FROM stage_history WHERE account_id IN (?) AND reason = 'signal' ORDER BY account_id, at`

func (c conn) explicitStages(ctx context.Context, ids []string, _ Evaluation, into map[string]*journey.History) error {
	var rows []struct {
		AccountID string `db:"account_id"`
		Milestone string `db:"milestone"`
		At        int64  `db:"at"`
	}
	if err := c.list(ctx, &rows, sqlExplicit, ids); err != nil {
		return fmt.Errorf("read stages: %w", err)
	}
	for _, row := range rows {
		into[row.AccountID].Explicit = append(into[row.AccountID].Explicit, journey.ExplicitStage{Milestone: row.Milestone, At: instant(row.At)})
	}
	return nil
}
