package alerts

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

// Done returns the ids of the steps that history has ticked and not unticked since.
func (p Playbook) Done(history []Entry) map[string]bool {
	done := map[string]bool{}
	for _, e := range history {
		if e.What == DidTick {
			done[e.Data.Step] = e.Data.Done
		}
	}
	for id, ticked := range done {
		if _, ok := p.StepNamed(id); !ticked || !ok {
			delete(done, id)
		}
	}
	return done
}

// Next returns the first step that is not done, optional ones last; false when all are.
func (p Playbook) Next(history []Entry) (Step, bool) {
	done := p.Done(history)
	for _, optional := range []bool{false, true} {
		for _, s := range p.Steps {
			if s.Optional == optional && !done[s.ID] {
				return s, true
			}
		}
	}
	return Step{}, false
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
