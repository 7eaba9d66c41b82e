package alerts

import "time"

// Playbook returns the playbook of an alert; false when it has none, or the growth file has it no more.
func (r *Rules) Playbook(a Alert) (Playbook, bool) { return r.PlaybookNamed(a.Playbook) }

// StepNamed returns the step of that id.
func (p Playbook) StepNamed(id string) (Step, bool) {
	for _, s := range p.Steps {
		if s.ID == id {
			return s, true
		}
	}
	return Step{}, false
}

// ActionNamed returns the action of that id.
func (p Playbook) ActionNamed(id string) (Action, bool) {
	for _, a := range p.Actions {
		if a.ID == id {
			return a, true
		}
	}
	return Action{}, false
}

// Ticked returns who did a step of the alert's playbook and when; false while nobody did.
func (p Playbook) Ticked(a Alert, step string) (Tick, bool) {
	if i := a.Play.tick(p.Name, step); i >= 0 {
		return a.Play.Ticks[i], true
	}
	return Tick{}, false
}

// Done counts the steps that are ticked.
func (p Playbook) Done(a Alert) int {
	done := 0
	for _, s := range p.Steps {
		if _, ok := p.Ticked(a, s.ID); ok {
			done++
		}
	}
	return done
}

// Next returns the first step that is not done, optional ones last; false when all are.
func (p Playbook) Next(a Alert) (Step, bool) {
	for _, optional := range []bool{false, true} {
		for _, s := range p.Steps {
			if _, done := p.Ticked(a, s.ID); s.Optional == optional && !done {
				return s, true
			}
		}
	}
	return Step{}, false
}

// Fitting are the playbooks that an alert can have, in the order of the growth file: whose condition holds, and the one it has.
func (r *Rules) Fitting(v View) []Playbook {
	a := v.Alert
	now := v.At
	if now.IsZero() {
		now = a.SignalAt
	}
	c := Case{Kind: a.Kind, Severity: a.Severity, Polarity: a.Polarity, Account: v.Account, Facts: a.Facts, Now: r.local(now)}
	var fitting []Playbook
	for _, p := range r.Playbooks {
		if p.Name == a.Playbook || p.For != nil && p.For.Match(c) {
			fitting = append(fitting, p)
		}
	}
	return fitting
}

// StepDue is until when a step is to be done, in the working time of the alert's escalation, counted from when somebody took the alert
// or chose the playbook. It is zero for a step without a due time, and while nobody is on the alert.
func (r *Rules) StepDue(a Alert, s Step) time.Time {
	if s.Due <= 0 || a.AckedAt.IsZero() {
		return time.Time{}
	}
	return r.Calendars[r.Escalations[a.Escalation].Calendar].Add(later(a.AckedAt, a.Play.Since), s.Due)
}

// pending are the steps that must be done and are not, with a due time after from and not after until. A zero until is open.
func (r *Rules) pending(a Alert, from, until time.Time) []Step {
	p, _ := r.Playbook(a)
	var steps []Step
	for _, s := range p.Steps {
		due := r.StepDue(a, s)
		if _, done := p.Ticked(a, s.ID); done || s.Optional || due.IsZero() {
			continue
		}
		if due.After(from) && (until.IsZero() || !due.After(until)) {
			steps = append(steps, s)
		}
	}
	return steps
}

// nextDue is the earliest due time after from among the steps that must be done; zero when there is none.
func (r *Rules) nextDue(a Alert, from time.Time) time.Time {
	var next time.Time
	for _, s := range r.pending(a, from, time.Time{}) {
		if due := r.StepDue(a, s); next.IsZero() || due.Before(next) {
			next = due
		}
	}
	return next
}

// Outcomes are what can come of an alert: its playbook's, else those of its polarity, in the order in which menus offer them.
func (r *Rules) Outcomes(a Alert) []Outcome {
	if p, ok := r.Playbook(a); ok && len(p.Outcomes) > 0 {
		return p.Outcomes
	}
	if a.Polarity == Opportunity {
		return []Outcome{Converted, Expanded, Nurturing, Disqualified}
	}
	return []Outcome{Saved, ChurnedOut, NoAction, FalseAlarm}
}
