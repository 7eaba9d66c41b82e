package journey

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strings"
	"time"
)

// comparison tells two states of one account apart.
type comparison struct {
	m        *Map
	past     *past
	before   Standing
	old, new State
	day      Day
	now      time.Time
	fresh    bool
	trail    []stay
	out      []Change
}

// changes are in a fixed order: by day, then as the list below.
func (c *comparison) changes() []Change {
	if c.before.Map != c.m.ID || c.before.Revision != c.m.Revision {
		c.add(MapChosen, c.m.ID, c.day, func(ch *Change) { ch.From, ch.To = c.before.Map, c.m.ID })
	}
	for _, ms := range c.m.Milestones() {
		if !ms.Overlay {
			c.milestone(ms, c.old.Milestones[ms.ID])
		}
	}
	for i := range c.m.Branches {
		c.branch(&c.m.Branches[i])
	}
	c.stages()
	c.personas()
	c.triggers()
	c.limits()
	c.near()
	c.health()
	slices.SortStableFunc(c.out, func(a, b Change) int { return cmp.Compare(a.Day, b.Day) })
	return c.out
}

// mapChanged reports whether another map, or another edition of it, made the old state.
func (c *comparison) mapChanged() bool {
	return c.before.Map != "" && (c.before.Map != c.m.ID || c.before.Revision != c.m.Revision)
}

func (c *comparison) add(kind ChangeKind, about string, day Day, fill func(*Change)) {
	ch := Change{
		ID:   strings.Join([]string{c.m.ID, string(kind), about, periodKey(day)}, ":"),
		Kind: kind, Map: c.m.ID, About: about, Day: day, At: day.Add(1).In(c.zone()).Add(-time.Microsecond), Reason: "rule", Took: -1,
	}
	if ch.At.After(c.now) {
		ch.At = c.now
	}
	switch {
	case c.mapChanged():
		ch.Quiet, ch.Reason = true, "map changed"
	case !c.before.Through.Known() && day < c.day:
		ch.Quiet, ch.Reason = true, "history"
	}
	fill(&ch)
	c.out = append(c.out, ch)
}

func (c *comparison) zone() *time.Location { return c.past.zone }

func (c *comparison) moment() *moment { return &moment{past: c.past, day: c.day, standing: &c.new} }

func (c *comparison) milestone(ms *Milestone, old MilestoneState) {
	now := c.new.Milestones[ms.ID]
	again := old.Held() && now.Held() && old.Reached == now.Reached && now.Since > old.Since
	switch {
	case now.Held() && (!old.Held() || again):
		c.add(Reached, ms.ID, now.Since, func(ch *Change) {
			ch.Playbook, ch.Took = ms.OnReached, now.Took
			if next := c.m.next(ms.ID); next != nil && next.Rule != nil {
				ch.To, ch.Progress = next.ID, next.Rule.terms(c.moment(), c.m.label)
			}
			if slices.ContainsFunc(c.past.history.Explicit, func(e ExplicitStage) bool {
				return e.Milestone == ms.ID && c.past.dayOf(e.At) == now.Since
			}) {
				ch.explain("event")
			}
		})
	case old.Held() && now.Lost.Known() && now.Lost >= old.Since:
		c.add(Lost, ms.ID, now.Lost, func(ch *Change) {
			ch.Playbook, ch.Progress = ms.OnRegress, c.terms(ms)
		})
	case old.Held() && !now.Held():
		c.add(Withdrawn, ms.ID, c.day, func(ch *Change) { ch.explain("correction") })
	}
	if now.Dropped.Known() && (!old.Dropped.Known() || old.Expect != now.Expect) {
		c.dropped(ms, now)
	}
	if period := c.new.Warned[ms.ID]; period != "" && period != c.old.Warned[ms.ID] {
		c.add(LosingSoon, ms.ID, c.day, func(ch *Change) {
			ch.ID = strings.Join([]string{c.m.ID, string(LosingSoon), ms.ID, period}, ":")
			ch.Expected = c.m.losing(ms, now, c.moment())
			ch.DaysLeft = max(0, ch.Expected.Since(c.day))
			ch.Playbook, ch.Progress = ms.OnRegress, c.terms(ms)
		})
	}
}

// explain gives the reason, unless history is being retold.
func (ch *Change) explain(reason string) {
	if ch.Reason == "rule" {
		ch.Reason = reason
	}
}

func (c *comparison) terms(ms *Milestone) []Term {
	if ms.Rule == nil {
		return nil
	}
	return ms.Rule.terms(c.moment(), c.m.label)
}

func (c *comparison) dropped(ms *Milestone, state MilestoneState) {
	c.add(DroppedOff, ms.ID, state.Dropped, func(ch *Change) {
		ch.ID = strings.Join([]string{c.m.ID, string(DroppedOff), ms.ID, periodKey(state.Expect)}, ":")
		ch.Playbook, ch.Progress, ch.Expected = ms.OnDropoff, c.terms(ms), state.Expect
		ch.Took = c.day.Since(cmp.Or(c.new.StageSince, c.new.Entered))
		ch.Forecast = c.m.forecast(ms, c.moment())
		ch.LastDone, ch.LastDay = c.past.lastDone(c.day)
	})
}

// paceDays are the days that a forecast looks back on.
const paceDays = 14

// forecast is the day on which a milestone comes at the pace of the last two weeks; the zero Day when nothing says so.
func (m *Map) forecast(ms *Milestone, now *moment) Day {
	if ms.Rule == nil {
		return 0
	}
	p := ms.Rule.plan(now, m.label)
	if p.Waits || len(p.Steps) == 0 {
		return 0
	}
	days := 0.0
	for _, step := range p.Steps {
		if step.Reads.Function != FuncCount {
			return 0
		}
		done := now.past.series(step.Reads.Name, step.Reads.Persona).count(now.day.Add(1-paceDays), now.day)
		if done <= 0 {
			return 0
		}
		days = max(days, math.Ceil(float64(step.More)*paceDays/float64(done)))
	}
	if days > maxWindowDays {
		return 0
	}
	return now.day.Add(int(days))
}

// lastDone is the last event up to a day, and when.
func (p *past) lastDone(day Day) (string, Day) {
	event, on := "", Day(0)
	for _, r := range p.history.Rows {
		if r.Day <= day && r.Count > 0 && (r.Day > on || r.Day == on && r.Event < event) {
			event, on = r.Event, r.Day
		}
	}
	return event, on
}

func (c *comparison) branch(b *Branch) {
	old, now := c.old.Branches[b.ID], c.new.Branches[b.ID]
	if now.Opened.Known() && now.Opened != old.Opened && (!now.Closed.Known() || now.Closed >= c.before.Through) {
		c.add(BranchOpened, b.ID, now.Opened, func(ch *Change) { ch.Playbook = b.Playbook })
	}
	for i := range b.Milestones {
		ms := &b.Milestones[i]
		before := c.old.Milestones[ms.ID]
		if now.Opened != old.Opened {
			before = MilestoneState{} // the path begins anew
		}
		c.milestone(ms, before)
	}
	if now.Closed.Known() && (old.Opened != now.Opened || !old.Closed.Known()) {
		c.add(BranchClosed, b.ID, now.Closed, func(*Change) {})
	}
}

// stages tells each move of the stage, or the one that a retold history comes down to.
func (c *comparison) stages() {
	moves := c.trail
	if c.fresh && c.before.Map != "" {
		moves = nil
		if c.old.Stage != c.new.Stage {
			moves = []stay{{c.old.Stage, c.new.Stage, c.day, c.new.Explicit != "" && c.new.ExplicitOn == c.day}}
		}
	} else if len(moves) > 0 && !c.fresh {
		moves = c.untold(moves)
	}
	for _, move := range moves {
		c.add(StageMoved, move.to, move.day, func(ch *Change) {
			ch.From, ch.To = move.from, move.to
			if move.explicit {
				ch.explain("event")
			}
		})
	}
}

// untold leaves out the moves that the last evaluation told: it saw a part of the first day.
func (c *comparison) untold(moves []stay) []stay {
	at := c.old.Stage
	var out []stay
	for _, move := range moves {
		if move.to == at {
			continue
		}
		out = append(out, stay{at, move.to, move.day, move.explicit})
		at = move.to
	}
	return out
}

func (c *comparison) personas() {
	for _, p := range c.m.Personas {
		old, now := c.old.Quiet[p.ID], c.new.Quiet[p.ID]
		switch {
		case now.Known() && !old.Known():
			c.add(PersonaQuiet, p.ID, now, func(ch *Change) {
				ch.Playbook, ch.Progress = p.OnQuiet, p.Expect.terms(c.moment(), c.m.label)
			})
		case old.Known() && !now.Known():
			c.add(PersonaBack, p.ID, c.day, func(*Change) {})
		}
	}
}

func (c *comparison) triggers() {
	for _, t := range c.m.Triggers {
		if now := c.new.Triggers[t.ID]; now.Known() && now != c.old.Triggers[t.ID] {
			c.add(Triggered, t.ID, now, func(ch *Change) {
				ch.Score, ch.Progress = t.Score, t.Rule.terms(c.moment(), c.m.label)
			})
		}
	}
}

func (c *comparison) limits() {
	for _, l := range c.m.Limits {
		old, now := c.old.Limits[l.Resource], c.new.Limits[l.Resource]
		if now.Percent == 0 || old.Period == now.Period && old.Percent >= now.Percent {
			continue
		}
		c.add(LimitCrossed, l.Resource, c.day, func(ch *Change) {
			ch.ID = strings.Join([]string{c.m.ID, string(LimitCrossed), l.Resource, periodKey(now.Period), figure(float64(now.Percent))}, ":")
			ch.Percent = now.Percent
			ch.Used, _ = l.Used.on(c.moment())
			ch.Limit, _ = l.Limit.on(c.moment())
			ch.Period = Window{Calendar: l.Period}.After(c.day)
			if n := l.Used.value.reads; n != nil && n.Function == FuncCount {
				ch.PerDay = float64(c.past.series(n.Name, n.Persona).count(c.day.Add(1-paceDays), c.day)) / paceDays
			}
		})
	}
}

func (c *comparison) near() {
	for _, key := range slices.Sorted(maps.Keys(c.new.Near)) {
		if _, told := c.old.Near[key]; told {
			continue
		}
		id, user, _ := strings.Cut(key, "|")
		ms := c.m.Milestone(id)
		for _, n := range ms.Rule.Needs() {
			one, ok := c.past.runs(n)[user]
			if n.Function != FuncUsersReaching || !ok {
				continue
			}
			left := one.left(n, c.day)
			if left < 0 {
				continue // too late to help
			}
			have := float64(one.upTo(c.day))
			c.add(NearMissed, id, c.new.Near[key], func(ch *Change) {
				ch.ID = strings.Join([]string{c.m.ID, string(NearMissed), id, user}, ":")
				ch.User, ch.DaysLeft, ch.Playbook = user, left, ms.OnDropoff
				ch.Progress = []Term{{Label: c.m.name(n.Name), Reads: n, Op: ">=", Have: have, Known: true, Need: n.AtLeast, Truth: truth(have >= n.AtLeast), Action: true}}
			})
		}
	}
}

// steepDrop is by how many points a score must fall within a week to be told without a new colour.
const steepDrop = 15

func (c *comparison) health() {
	old, now := c.old.Health, c.new.Health
	if now.Colour == HealthUnknown || old.Colour == now.Colour && math.Abs(old.Score-now.Score) < 1e-9 {
		return
	}
	c.add(HealthMoved, "", c.day, func(ch *Change) {
		ch.From, ch.To, ch.Score, ch.Previous = string(old.Colour), string(now.Colour), now.Score, old.Score
		ch.Drivers = moved(old, now)
		news := old.Colour != HealthUnknown && old.Colour != now.Colour || now.fell() >= steepDrop && old.fell() < steepDrop
		ch.Quiet = ch.Quiet || !news // a score that only moves is kept for the card
	})
}

// next is the stage after a milestone that can be expected; nil for the last.
func (m *Map) next(id string) *Milestone {
	stages := m.Stages()
	at := slices.IndexFunc(stages, func(ms *Milestone) bool { return ms.ID == id })
	for _, ms := range stages[at+1:] {
		if !ms.Optional {
			return ms
		}
	}
	return nil
}
