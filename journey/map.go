package journey

import "time"

// Map is one customer-experience map: phases with milestones, each with a rule that says "the customer got this value". It never changes once
// compiled, and is safe for concurrent use.
type Map struct {
	ID       string
	Title    string
	Revision string // changes when the map does: standings that another revision made are made anew
	When     *Rule  // which accounts it is for; nil for all
	Zone     *time.Location

	Jobs     map[string]string // job statement by segment, "" for every other: "When I …, help me …, so I can …"
	Names    map[string]string // what events and KPIs are called: searches for search
	Phases   []Phase
	Branches []Branch
	Personas []Persona
	Triggers []Trigger
	Limits   []Limit
	Health   *HealthModel // nil: health is not derived
	Grace    int          // working days after an expected day before it counts as missed
}

// Phase is a part of the journey with an owner team.
type Phase struct {
	ID         string
	Title      string
	Team       string // whose turn it is
	Handoff    string // what the next team must know when an account comes from another team's phase
	Metric     string // what success is measured by
	Milestones []Milestone
	Wheel      []WheelStep // turns again and again inside the phase; never a stage
}

// WheelStep is a step of the wheel inside a phase: done while its rule holds.
type WheelStep struct {
	ID    string
	Title string
	Rule  *Rule
}

// Milestone is a value that a customer gets.
type Milestone struct {
	ID    string
	Title string
	Rule  *Rule // nil: reached by an explicit event only

	Optional bool   // never a gap, never expected
	Overlay  bool   // a state beside the stage, true while the rule holds
	PointsTo string // overlay: the milestone it is a symptom of; "" when unknown
	Cohort   bool   // anonymous: counted, never an account's stage

	Within  int  // days from the milestone before until it is expected; 0: never
	Usual   bool // instead: 1.5 times the usual days of the segment, or 14
	Sustain *Sustain

	OnReached, OnDropoff, OnRegress string // playbooks; "" for none
}

// Sustain says how a milestone can be lost again.
type Sustain struct {
	Every Window // a calendar period in which the rule must hold once, or a rolling window: the rule must hold always
	Warn  int    // days before it is lost to say so; 0: never
}

// Branch is a side path: it opens when its rule begins to hold, and ends when its milestones are reached or the rule no longer holds.
// In its milestones' rules, all time begins with the day it opened.
type Branch struct {
	ID         string
	Title      string
	Opens      *Rule
	Polarity   string // risk, opportunity or neutral
	Playbook   string // "" for none
	Milestones []Milestone
}

// Persona is a kind of person at accounts, and what is expected of them.
type Persona struct {
	ID      string
	Title   string
	Expect  *Rule  // nil: their quiet is healthy
	OnQuiet string // playbook
}

// Trigger makes a qualified lead of an account whose use says it is ready, once each time its rule begins to hold.
type Trigger struct {
	ID     string // such as heavy_usage, advanced_feature, product_results
	Reason string
	Rule   *Rule
	Score  float64 // 0–100
}

// Limit derives how much of a plan's limit is used from counts.
type Limit struct {
	Resource string
	Unit     string
	NextPlan string
	Used     *Formula
	Limit    *Formula
	Period   Calendar // when the count begins again; "" for never
	Steps    []int    // percents that are news; nil: 75, 90, 100, 110
}

// HealthModel derives a health score: a weighted average of measures.
type HealthModel struct {
	Green, Yellow float64 // from which score on; zero: 75 and 50
	Hysteresis    float64 // how far past a border the score must go to change the colour back for the better
	Measures      []Measure
}

// Measure is one part of health, scored from 0 at Bad to 100 at Good.
type Measure struct {
	ID      string
	Title   string
	Weight  float64
	Weights map[string]float64 // by segment, instead of Weight
	Value   *Formula
	Bad     float64
	Good    float64
	Tighten []Tightening // borders that move with tenure
}

// Tightening moves a measure's borders from a tenure on.
type Tightening struct {
	FromMonth int
	Bad, Good float64
}

// Milestones are those of the phases, in order; not those of branches.
func (m *Map) Milestones() []*Milestone {
	var out []*Milestone
	for i := range m.Phases {
		for j := range m.Phases[i].Milestones {
			out = append(out, &m.Phases[i].Milestones[j])
		}
	}
	return out
}

// Stages are the milestones that an account can be at, in order: without overlays and cohorts.
func (m *Map) Stages() []*Milestone {
	var out []*Milestone
	for _, s := range m.Milestones() {
		if !s.Overlay && !s.Cohort {
			out = append(out, s)
		}
	}
	return out
}

// Milestone finds a milestone by its id, also one of a branch; nil when there is none.
func (m *Map) Milestone(id string) *Milestone {
	for _, s := range m.Milestones() {
		if s.ID == id {
			return s
		}
	}
	for i := range m.Branches {
		for j := range m.Branches[i].Milestones {
			if s := &m.Branches[i].Milestones[j]; s.ID == id {
				return s
			}
		}
	}
	return nil
}

// PhaseOf returns the phase of a milestone, or false.
func (m *Map) PhaseOf(milestone string) (Phase, bool) {
	for _, p := range m.Phases {
		for _, s := range p.Milestones {
			if s.ID == milestone {
				return p, true
			}
		}
	}
	return Phase{}, false
}

// Job is the job statement for a segment; "" when there is none.
func (m *Map) Job(segment string) string {
	if job, ok := m.Jobs[segment]; ok {
		return job
	}
	return m.Jobs[""]
}
