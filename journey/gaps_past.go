package journey

import "slices"

// Reached counts of the accounts on the map, in a segment ("" for all), how many came to the milestone by the end of a day, and of how many
// that had come to the one before it. Of a milestone that was lost more than once, only the last time is known.
func (m *Map) Reached(all []Stood, segment, milestone string, day Day) (reached, of int) {
	path := m.path()
	at := slices.IndexFunc(path, func(ms *Milestone) bool { return ms.ID == milestone })
	if at < 0 {
		return 0, 0
	}
	for _, s := range all {
		state := s.Standing.State
		if s.Standing.Map != m.ID || segment != "" && Fold(s.Account.Segment) != Fold(segment) || state.Entered > day {
			continue
		}
		furthest := furthest(path, state.on(day))
		if furthest >= at {
			reached++
		}
		if furthest >= before(path, at) {
			of++
		}
	}
	return reached, of
}

// path are the milestones that funnels count.
func (m *Map) path() []*Milestone {
	var path []*Milestone
	for _, ms := range m.Milestones() {
		if !ms.Optional && !ms.Overlay {
			path = append(path, ms)
		}
	}
	return path
}

// before is the milestone of a path that comes before another one and that accounts can be at; -1 when none does.
func before(path []*Milestone, at int) int {
	for at--; at >= 0 && path[at].Cohort; at-- {
	}
	return at
}

// on is the state as it was at the end of a day, as far as funnels ask.
func (s State) on(day Day) State {
	was := State{Milestones: map[string]MilestoneState{}}
	if s.StageSince.Known() && s.StageSince <= day {
		was.Stage = s.Stage
	}
	for id, ms := range s.Milestones {
		held := ms.Reached.Known() && ms.Reached <= day && (!ms.Lost.Known() || ms.Lost > day || ms.Since.Known() && ms.Since <= day)
		if held {
			was.Milestones[id] = MilestoneState{Reached: ms.Reached, Since: ms.Reached}
		}
	}
	return was
}
