package journey

import (
	"maps"
	"math"
	"slices"
	"strconv"
	"time"
)

// stepper carries one state from day to day.
type stepper struct {
	m      *Map
	past   *past
	state  *State
	stages []*Milestone
}

// on makes the state the one of the end of a day, or of as much of the day as is known.
func (s *stepper) on(day Day) {
	now := &moment{past: s.past, day: day, standing: s.state}
	s.explicit(day)
	for _, ms := range s.m.Milestones() {
		s.milestone(ms, now)
	}
	for i := range s.m.Branches {
		s.branch(&s.m.Branches[i], now)
	}
	s.stage(day)
	s.expect(s.stages, s.state.Entered, day)
	s.warn(now)
	s.personas(now)
	s.triggers(now)
	s.limits(now)
	s.near(now)
	if s.m.Health != nil {
		s.state.Health = s.m.Health.score(s.state.Health, now)
	}
}

// explicit takes in what events from outside said that day.
func (s *stepper) explicit(day Day) {
	for _, e := range s.past.history.Explicit {
		ms := s.m.Milestone(e.Milestone)
		if ms == nil || s.past.dayOf(e.At) != day {
			continue
		}
		state := s.state.Milestones[ms.ID]
		if !state.Held() {
			state = s.reach(ms, state, day)
		}
		if ms.Sustain != nil && ms.Sustain.Every.Calendar != "" {
			state.Good = ms.Sustain.Every.First(day)
		}
		s.state.Milestones[ms.ID] = state
		if slices.Contains(s.stages, ms) {
			s.state.Explicit, s.state.ExplicitOn = ms.ID, day
		}
	}
}

func (s *stepper) milestone(ms *Milestone, now *moment) {
	if ms.Rule == nil || ms.Cohort {
		return
	}
	state, there := s.state.Milestones[ms.ID]
	was := state
	holds := ms.Rule.on(now)
	if ms.Sustain != nil && ms.Sustain.Every.Calendar != "" && holds == Yes && state.Held() && ms.Sustain.over(state, holds, now.day) {
		state.Since, state.Lost, state.Good = 0, now.day, 0 // the period before went without it; today it is reached again
	}
	switch {
	case ms.Overlay && holds == No && state.Held():
		state.Since, state.Lost = 0, now.day
	case holds == Yes:
		if !state.Held() {
			state = s.reach(ms, state, now.day)
		}
		if ms.Sustain != nil {
			state.Good = ms.Sustain.Every.First(now.day)
		}
	case ms.Sustain != nil && state.Held() && ms.Sustain.over(state, holds, now.day):
		state.Since, state.Lost, state.Good = 0, now.day, 0
	}
	if there || state != was {
		s.state.Milestones[ms.ID] = state
	}
}

// over reports whether a milestone that does not hold today is lost.
func (s *Sustain) over(state MilestoneState, holds Truth, day Day) bool {
	if s.Every.Calendar == "" {
		return holds == No && state.Good.Known() // what an event said stands until the rule said so once
	}
	return state.Good < s.Every.First(s.Every.First(day).Add(-1))
}

// reach notes that a milestone is reached.
func (s *stepper) reach(ms *Milestone, state MilestoneState, day Day) MilestoneState {
	state.Since, state.Lost, state.Expect, state.Dropped = day, 0, 0, 0
	if state.Reached.Known() {
		return state
	}
	state.Reached, state.Took = day, -1
	var before Day
	for _, other := range s.stages {
		if other == ms {
			break
		}
		if reached := s.state.Milestones[other.ID].Reached; reached.Known() && !other.Optional {
			before = reached
		}
	}
	if before.Known() {
		state.Took = day.Since(before)
	}
	return state
}

// branch opens, walks and closes a side path.
func (s *stepper) branch(b *Branch, now *moment) {
	state := s.state.Branches[b.ID]
	was := state
	holds := b.Opens.on(now)
	open := state.Opened.Known() && !state.Closed.Known()
	switch {
	case holds == Yes && !state.Holds:
		state = BranchState{Opened: now.day, Holds: true}
		for i := range b.Milestones {
			delete(s.state.Milestones, b.Milestones[i].ID)
		}
		open = true
	case holds == No:
		state.Holds = false
		if open {
			state.Closed, open = now.day, false
		}
	}
	if open {
		inside := *now
		inside.floor = state.Opened
		path := make([]*Milestone, len(b.Milestones))
		done := 0
		for i := range b.Milestones {
			path[i] = &b.Milestones[i]
			s.milestone(path[i], &inside)
			if s.state.Milestones[path[i].ID].Held() || path[i].Optional {
				done++
			}
		}
		s.expect(path, state.Opened, now.day)
		if done == len(path) && done > 0 {
			state.Closed = now.day
		}
	}
	if state != was {
		s.state.Branches[b.ID] = state
	}
}

// stage is the furthest milestone that is held; one that an event set wins until a rule says more.
func (s *stepper) stage(day Day) {
	explicit := slices.IndexFunc(s.stages, func(ms *Milestone) bool { return ms.ID == s.state.Explicit })
	if explicit >= 0 && !s.state.Milestones[s.state.Explicit].Held() {
		explicit = -1
	}
	at := explicit
	for i, ms := range s.stages {
		state := s.state.Milestones[ms.ID]
		if state.Held() && i > at && (explicit < 0 || state.Since >= s.state.ExplicitOn) {
			at = i
		}
	}
	if at != explicit || explicit < 0 {
		s.state.Explicit, s.state.ExplicitOn = "", 0
	}
	stage := ""
	if at >= 0 {
		stage = s.stages[at].ID
	}
	if stage != s.state.Stage {
		s.state.Stage, s.state.StageSince = stage, day
	}
}

// usualDays is when a milestone is expected while nobody knows how long others take.
const usualDays = 14

// expect notes until when the next milestone of a path is expected, and whether that was missed.
func (s *stepper) expect(path []*Milestone, begin, day Day) {
	next, since := 0, begin
	for i, ms := range path {
		if state := s.state.Milestones[ms.ID]; state.Held() {
			next, since = i+1, state.Since
		}
	}
	if at := slices.IndexFunc(path, func(ms *Milestone) bool { return ms.ID == s.state.Stage }); at >= 0 {
		next, since = at+1, s.state.StageSince
	}
	for next < len(path) && path[next].Optional {
		next++
	}
	for i, ms := range path {
		state, there := s.state.Milestones[ms.ID]
		expected := Day(0)
		if i == next && !state.Reached.Known() {
			expected = s.expected(ms, since)
		}
		if !expected.Known() && !there {
			continue
		}
		switch {
		case !expected.Known():
			state.Expect, state.Dropped = 0, 0
		case day <= workingDays(expected, s.m.Grace):
			state.Expect, state.Dropped = expected, 0
		case !state.Dropped.Known():
			state.Expect, state.Dropped = expected, day
		}
		s.state.Milestones[ms.ID] = state
	}
}

func (s *stepper) expected(ms *Milestone, since Day) Day {
	agreed, ok := s.past.history.Agreed[ms.ID]
	switch {
	case ok:
		return agreed
	case ms.Usual:
		if usual := s.past.history.Usual[ms.ID]; usual > 0 {
			return since.Add(int(math.Ceil(1.5 * float64(usual))))
		}
		return since.Add(usualDays)
	case ms.Within > 0:
		return since.Add(ms.Within)
	}
	return 0
}

// workingDays is n working days after a day.
func workingDays(day Day, n int) Day {
	for n > 0 {
		day = day.Add(1)
		if w := day.In(time.UTC).Weekday(); w != time.Saturday && w != time.Sunday {
			n--
		}
	}
	return day
}

// warn notes that a sustained milestone is lost in days: once for each period, or each time it comes near.
func (s *stepper) warn(now *moment) {
	for _, ms := range s.m.Milestones() {
		if ms.Sustain == nil || ms.Sustain.Warn == 0 || ms.Rule == nil {
			continue
		}
		state := s.state.Milestones[ms.ID]
		lost := s.m.losing(ms, state, now)
		switch {
		case !lost.Known() || lost.Since(now.day) > ms.Sustain.Warn:
			if ms.Sustain.Every.Calendar == "" || !state.Held() {
				delete(s.state.Warned, ms.ID)
			}
		case ms.Sustain.Every.Calendar != "":
			s.state.Warned[ms.ID] = lost.String()
		case s.state.Warned[ms.ID] == "":
			s.state.Warned[ms.ID] = lost.String()
		}
	}
}

// losing is the day on which a held milestone will be lost if nothing more happens; the zero Day when it will not, as far as its warning looks.
func (m *Map) losing(ms *Milestone, state MilestoneState, now *moment) Day {
	if !state.Held() || ms.Sustain == nil || ms.Rule == nil || ms.Overlay {
		return 0
	}
	if every := ms.Sustain.Every; every.Calendar != "" {
		if state.Good < every.First(now.day) {
			return every.After(now.day)
		}
		return 0
	}
	if !state.Good.Known() {
		return 0
	}
	for ahead := 1; ahead <= ms.Sustain.Warn; ahead++ {
		later := *now
		later.day = now.day.Add(ahead)
		if ms.Rule.on(&later) == No {
			return later.day
		}
	}
	return 0
}

func (s *stepper) personas(now *moment) {
	for _, p := range s.m.Personas {
		if p.Expect == nil {
			continue
		}
		switch holds := p.Expect.on(now); {
		case holds == Yes:
			s.state.Seen[p.ID] = true
			delete(s.state.Quiet, p.ID)
		case holds == No && s.state.Seen[p.ID] && !s.state.Quiet[p.ID].Known():
			s.state.Quiet[p.ID] = now.day
		}
	}
}

func (s *stepper) triggers(now *moment) {
	for _, t := range s.m.Triggers {
		switch holds := t.Rule.on(now); {
		case holds == Yes && !s.state.Triggers[t.ID].Known():
			s.state.Triggers[t.ID] = now.day
		case holds == No:
			delete(s.state.Triggers, t.ID)
		}
	}
}

var limitSteps = []int{75, 90, 100, 110}

func (s *stepper) limits(now *moment) {
	for _, l := range s.m.Limits {
		level := Level{Period: Window{Calendar: l.Period}.First(now.day)}
		if known := s.state.Limits[l.Resource]; known.Period == level.Period {
			level.Percent = known.Percent
		}
		for _, step := range l.steps() {
			if step > level.Percent && l.percent(now) >= step {
				level.Percent = step
			}
		}
		if level.Percent > 0 {
			s.state.Limits[l.Resource] = level
		} else {
			delete(s.state.Limits, l.Resource)
		}
	}
}

func (l Limit) steps() []int {
	if l.Steps == nil {
		return limitSteps
	}
	return l.Steps
}

// percent is the used share, rounded down; 0 when it is not known.
func (l Limit) percent(now *moment) int {
	used, known := l.Used.on(now)
	limit, knownLimit := l.Limit.on(now)
	if !known || !knownLimit || limit <= 0 {
		return 0
	}
	return int(min(used/limit*100+1e-9, 1e6))
}

// near notes people who are half way to a milestone and short of time.
func (s *stepper) near(now *moment) {
	for key, since := range s.state.Near {
		if now.day.Since(since) > maxWindowDays {
			delete(s.state.Near, key)
		}
	}
	for _, ms := range s.stages {
		if ms.Rule == nil || s.state.Milestones[ms.ID].Held() {
			continue
		}
		for _, n := range ms.Rule.needs {
			if n.Function != FuncUsersReaching {
				continue
			}
			for user, one := range s.past.runs(n) {
				key := ms.ID + "|" + user
				if _, told := s.state.Near[key]; !told && one.near(n, now.day) {
					s.state.Near[key] = now.day
				}
			}
		}
	}
}

// near reports whether a person is half way or further, and has no more than a fifth of the time left, or two days.
func (r run) near(n Need, day Day) bool {
	left := r.left(n, day)
	have := float64(r.upTo(day))
	return r.began <= day && left >= 0 && left <= max(2, n.Within/5) && have*2 >= n.AtLeast && have < n.AtLeast
}

// left is how many days a person has after this one.
func (r run) left(n Need, day Day) int { return r.began.Add(n.Within - 1).Since(day) }

// clone is a copy that shares nothing.
func (s State) clone() State {
	s.Milestones = copied(s.Milestones)
	s.Branches = copied(s.Branches)
	s.Quiet = copied(s.Quiet)
	s.Seen = copied(s.Seen)
	s.Triggers = copied(s.Triggers)
	s.Limits = copied(s.Limits)
	s.Near = copied(s.Near)
	s.Warned = copied(s.Warned)
	s.Health.Drivers = slices.Clone(s.Health.Drivers)
	s.Health.Recent = slices.Clone(s.Health.Recent)
	return s
}

func copied[V any](m map[string]V) map[string]V {
	if m == nil {
		return map[string]V{}
	}
	return maps.Clone(m)
}

// periodKey names a day in an id.
func periodKey(d Day) string { return strconv.Itoa(int(d)) }
