package journey

import (
	"slices"
	"time"
)

// View is what there is to say about where an account stands now.
type View struct {
	Map        *Map
	Phase      Phase
	Stage      *Milestone // nil before the first
	Since      Day        // of the stage; the day the account was first heard of before the first
	Position   int        // of the stage among the map's that are not optional, from 1; 0 before the first
	Of         int
	Skipped    []*Milestone // before the stage, not optional, never reached
	Next       *Milestone   // nil at the end
	Progress   []Term       // of Next
	Plan       Plan         // what is missing for Next
	Expect     Day          // until when Next is expected; the zero Day when it is not
	Dropped    Day          // since when it is overdue
	Sustained  []Sustained
	Overlays   []Overlay
	Branches   []Path // open ones
	Wheel      []Turn // of the phase
	Quiet      []QuietPersona
	Milestones map[string]MilestoneState
	Health     HealthState
	Job        string
}

// Sustained is a held milestone that can be lost.
type Sustained struct {
	Milestone *Milestone
	Progress  []Term // of the period
	Good      bool   // the period is safe already
	LostOn    Day    // when it will be lost if nothing more happens; the zero Day when it is safe as far as its warning looks
	DaysLeft  int    // until then
	Plan      Plan
}

// Overlay is a state beside the stage.
type Overlay struct {
	Milestone *Milestone
	Since     Day
	PointsTo  *Milestone // the milestone that it is a symptom of; nil when unknown
}

// Path is an open side path.
type Path struct {
	Branch   *Branch
	Since    Day
	Done     int
	Next     *Milestone // nil when all is done
	Progress []Term
}

// Turn is a step of the wheel inside a phase.
type Turn struct {
	Step WheelStep
	Done bool
}

// QuietPersona is a persona that no longer does what is expected.
type QuietPersona struct {
	Persona  Persona
	Since    Day
	Progress []Term
}

// Look says where an account stands. It needs the history that Evaluate was given.
func (m *Map) Look(s Standing, h History, now time.Time) View {
	p := newPast(h, m.Zone)
	state := s.State.clone()
	mo := &moment{past: p, day: today(now, m.Zone), standing: &state}
	v := m.view(mo)
	v.place(state)
	v.ahead(mo)
	v.sustained(mo)
	v.beside(mo)
	return v
}

func (m *Map) view(mo *moment) View {
	s := mo.standing
	return View{Map: m, Stage: m.Milestone(s.Stage), Since: s.StageSince, Milestones: s.Milestones, Health: s.Health, Job: m.Job(mo.past.account().Segment)}
}

// outlook is what an account is close to.
func (m *Map) outlook(mo *moment) Outlook {
	v := m.view(mo)
	v.ahead(mo)
	v.sustained(mo)
	out := Outlook{Plan: v.Plan}
	if v.Next != nil {
		out.Next = v.Next.ID
		out.Plan.Waits = out.Plan.Waits || v.Next.Rule == nil
	}
	for _, s := range v.Sustained {
		soon := s.LostOn.Known() && s.DaysLeft <= s.Milestone.Sustain.Warn
		if soon && (out.Losing == "" || s.LostOn < out.LostOn) {
			out.Losing, out.LostOn, out.Save = s.Milestone.ID, s.LostOn, s.Plan
		}
	}
	return out
}

// place finds the phase and the position of the stage.
func (v *View) place(state State) {
	if !v.Since.Known() {
		v.Since = state.Entered
	}
	stages := v.Map.Stages()
	at := slices.Index(stages, v.Stage)
	for i, ms := range stages {
		if ms.Optional {
			continue
		}
		v.Of++
		if i <= at {
			v.Position++
		}
		if i < at && !state.Milestones[ms.ID].Reached.Known() {
			v.Skipped = append(v.Skipped, ms)
		}
	}
	if len(v.Map.Phases) > 0 {
		v.Phase = v.Map.Phases[0]
	}
	if phase, ok := v.Map.PhaseOf(state.Stage); ok {
		v.Phase = phase
	}
}

// ahead finds what is missing for the next milestone.
func (v *View) ahead(mo *moment) {
	stages := v.Map.Stages()
	for _, ms := range stages[slices.Index(stages, v.Stage)+1:] {
		if !ms.Optional {
			v.Next = ms
			break
		}
	}
	if v.Next == nil {
		return
	}
	state := v.Milestones[v.Next.ID]
	v.Expect, v.Dropped = state.Expect, state.Dropped
	if v.Next.Rule != nil {
		v.Progress = v.Next.Rule.terms(mo, v.Map.label)
		v.Plan = v.Next.Rule.plan(mo, v.Map.label)
	}
}

func (v *View) sustained(mo *moment) {
	for _, ms := range v.Map.Milestones() {
		state := v.Milestones[ms.ID]
		if ms.Sustain == nil || ms.Rule == nil || !state.Held() {
			continue
		}
		lost := v.Map.losing(ms, state, mo)
		one := Sustained{Milestone: ms, Progress: ms.Rule.terms(mo, v.Map.label), Good: !lost.Known(), LostOn: lost}
		if lost.Known() {
			later := *mo
			if ms.Sustain.Every.Calendar == "" {
				later.day = lost
			}
			one.DaysLeft, one.Plan = lost.Since(mo.day), ms.Rule.plan(&later, v.Map.label)
		}
		v.Sustained = append(v.Sustained, one)
	}
}

// beside finds what goes on beside the stage.
func (v *View) beside(mo *moment) {
	for _, ms := range v.Map.Milestones() {
		if state := v.Milestones[ms.ID]; ms.Overlay && state.Held() {
			v.Overlays = append(v.Overlays, Overlay{Milestone: ms, Since: state.Since, PointsTo: v.Map.Milestone(ms.PointsTo)})
		}
	}
	for i := range v.Map.Branches {
		b := &v.Map.Branches[i]
		if state := mo.standing.Branches[b.ID]; state.Opened.Known() && !state.Closed.Known() {
			v.Branches = append(v.Branches, v.path(b, state, mo))
		}
	}
	for _, step := range v.Phase.Wheel {
		v.Wheel = append(v.Wheel, Turn{Step: step, Done: step.Rule.on(mo) == Yes})
	}
	for _, p := range v.Map.Personas {
		if since := mo.standing.Quiet[p.ID]; since.Known() {
			v.Quiet = append(v.Quiet, QuietPersona{Persona: p, Since: since, Progress: p.Expect.terms(mo, v.Map.label)})
		}
	}
}

func (v *View) path(b *Branch, state BranchState, mo *moment) Path {
	inside := *mo
	inside.floor = state.Opened
	out := Path{Branch: b, Since: state.Opened}
	for i := range b.Milestones {
		ms := &b.Milestones[i]
		switch {
		case v.Milestones[ms.ID].Held():
			out.Done++
		case out.Next == nil && !ms.Optional:
			out.Next = ms
			if ms.Rule != nil {
				out.Progress = ms.Rule.terms(&inside, v.Map.label)
			}
		}
	}
	return out
}

// Reason explains one milestone: what its rule says, and what came of it.
type Reason struct {
	Milestone *Milestone
	State     MilestoneState
	Rule      string // as written; "" when only an event reaches it
	Truth     Truth
	Progress  []Term
	ByEvent   bool // an event from outside said so
}

// Why explains an account's standing, milestone by milestone.
func (m *Map) Why(s Standing, h History, now time.Time) []Reason {
	state := s.State.clone()
	mo := &moment{past: newPast(h, m.Zone), day: today(now, m.Zone), standing: &state}
	all := m.Milestones()
	out := make([]Reason, 0, len(all))
	for _, ms := range all {
		r := Reason{Milestone: ms, State: state.Milestones[ms.ID]}
		if ms.Rule != nil {
			r.Rule, r.Truth, r.Progress = ms.Rule.String(), ms.Rule.on(mo), ms.Rule.terms(mo, m.label)
		}
		r.ByEvent = slices.ContainsFunc(h.Explicit, func(e ExplicitStage) bool { return e.Milestone == ms.ID })
		out = append(out, r)
	}
	return out
}
