package journey

import (
	"slices"
	"time"
)

// maxReplay is how many days back a standing is made from: what is older counts, but its days are not told apart.
const maxReplay = 1100

// Fresh reports whether a standing must be made from the whole history: it never was, its map was another or was edited, or something came in
// about a day that was over. Evaluate then wants every row that the needs name, of all time; else those from s.Through on, as Reaches says.
func (m *Map) Fresh(s Standing, changed Day) bool {
	return s.Map != m.ID || s.Revision != m.Revision || !s.Through.Known() || changed.Known() && changed < s.Through
}

// Evaluate brings an account's standing up to now, and tells what changed since. The outcome follows from the history alone: the same whether
// it became known day by day, in another order, or at once. Every day since the last evaluation is looked at, the present one as far as it has come.
func (m *Map) Evaluate(s Standing, h History, now time.Time) (Standing, []Change) {
	day := today(now, m.Zone)
	p := newPast(h, m.Zone)
	fresh := m.Fresh(s, h.Changed) || day < s.Through
	state, from := s.Base.clone(), s.Through
	if fresh {
		from = max(p.begin(), day.Add(-maxReplay))
		if !p.begin().Known() || from > day {
			from = day
		}
		state = State{Entered: from}.clone()
	}
	walk := &stepper{m: m, past: p, state: &state, stages: m.Stages()}
	var base State
	var trail []stay
	for d := from; d <= day; d = d.Add(1) {
		if d == day {
			base = state.clone()
		}
		was := state.Stage
		walk.on(d)
		if state.Stage != was {
			trail = append(trail, stay{was, state.Stage, d, state.ExplicitOn == d})
		}
	}
	next := Standing{Map: m.ID, Revision: m.Revision, Through: day, Base: base, State: state}
	end := &moment{past: p, day: day, standing: &state}
	next.Due, next.Outlook = walk.due(end), m.outlook(end)
	c := &comparison{m: m, past: p, before: s, old: s.State.clone(), new: state, day: day, now: now, fresh: fresh, trail: trail}
	return next, c.changes()
}

// Needs are all numbers that the map's rules read, each once.
func (m *Map) Needs() []Need {
	var out []Need
	m.eachRule(func(needs []Need) { out = union(out, needs) })
	return out
}

func (m *Map) eachRule(do func([]Need)) {
	for _, ms := range m.Milestones() {
		do(ms.Rule.Needs())
	}
	for _, p := range m.Phases {
		for _, w := range p.Wheel {
			do(w.Rule.Needs())
		}
	}
	for _, b := range m.Branches {
		do(b.Opens.Needs())
		for _, ms := range b.Milestones {
			do(ms.Rule.Needs())
		}
	}
	for _, p := range m.Personas {
		do(p.Expect.Needs())
	}
	for _, t := range m.Triggers {
		do(t.Rule.Needs())
	}
	for _, l := range m.Limits {
		do(l.Used.Needs())
		do(l.Limit.Needs())
		if l.Used.value.reads != nil {
			recent := *l.Used.value.reads
			recent.Window = Window{Days: paceDays}
			do([]Need{recent})
		}
	}
	if m.Health != nil {
		for _, measure := range m.Health.Measures {
			do(measure.Value.Needs())
		}
	}
}

// Choose is the map for an account: the first whose selector matches; nil when none does.
func Choose(all []*Map, a Account, now time.Time) *Map {
	i := slices.IndexFunc(all, func(m *Map) bool { return m.When.Matches(a, today(now, m.Zone)) })
	if i < 0 {
		return nil
	}
	return all[i]
}

// stay is a move of the stage during an evaluation.
type stay struct {
	from, to string
	day      Day
	explicit bool
}
