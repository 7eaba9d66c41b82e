package alerts

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"journeybot/journey"
)

// Ends are what came of some alerts.
type Ends struct {
	Outcomes map[Outcome]int
	Saved    Stake // of the outcome saved, as people put it down
	Won      Stake // of converted and expanded

	Looked    int // how many of Saved and Won were looked at again, and of those, at the last look:
	Lost      int // the account had gone
	Healthier int // its health was better than at the outcome
	Grown     int // it paid more
}

func (e *Ends) add(r Run) {
	if r.Outcome == "" {
		return
	}
	if e.Outcomes == nil {
		e.Outcomes = map[Outcome]int{}
	}
	e.Outcomes[r.Outcome]++
	switch r.Outcome {
	case Saved:
		e.Saved = e.Saved.with(r.ARR)
	case Converted, Expanded:
		e.Won = e.Won.with(r.ARR)
	default:
		return
	}
	if r.Look == nil {
		return
	}
	e.Looked++
	switch {
	case r.Lost():
		e.Lost++
		return
	case r.Look.Healthier():
		e.Healthier++
	}
	if r.Look.Grown() {
		e.Grown++
	}
}

// PlaybookTally is what came of the alerts that had a playbook. A duration that nothing was measured for is negative.
type PlaybookTally struct {
	Name      string
	Gone      bool // the growth file has it no more: whether a run was finished is not known
	Runs      int
	Started   int           // at least one of its steps is done
	Finished  int           // all required steps are
	FirstStep time.Duration // medians, counted from when the alert could be seen
	Ack       time.Duration
	Resolve   time.Duration // by a person
	Ends      Ends
	Compared  Comparison // the runs in which one of its steps is done, with alerts alike in which none is, of whatever playbook
}

// PlaybookReport is what `/journey playbooks` shows, of the alerts that opened in the last days.
type PlaybookReport struct {
	Days      int
	Playbooks []PlaybookTally // most runs first
	Idle      []string        // names of those that no alert had
}

// PlaybookReport tells what came of playbooks.
func (r *Rules) PlaybookReport(days int, runs []Run) PlaybookReport {
	report := PlaybookReport{Days: days}
	byName, without := map[string][]Run{}, map[likeness]Share{}
	for _, run := range runs {
		if !run.counts() {
			continue
		}
		if run.Playbook != "" {
			byName[run.Playbook] = append(byName[run.Playbook], run)
		}
		if good, known := run.result(); known && !run.stepped() {
			without[run.likeness()] = without[run.likeness()].with(good)
		}
	}
	for name, of := range byName {
		report.Playbooks = append(report.Playbooks, r.tellPlaybook(name, of, without))
	}
	slices.SortFunc(report.Playbooks, func(a, b PlaybookTally) int {
		return cmp.Or(cmp.Compare(b.Runs, a.Runs), strings.Compare(a.Name, b.Name))
	})
	for _, p := range r.Playbooks {
		if byName[p.Name] == nil {
			report.Idle = append(report.Idle, p.Name)
		}
	}
	return report
}

func (s Share) with(good bool) Share {
	s.Cases++
	if good {
		s.Good++
	}
	return s
}

func (r *Rules) tellPlaybook(name string, runs []Run, without map[likeness]Share) PlaybookTally {
	t := PlaybookTally{Name: name, Runs: len(runs)}
	book, known := r.PlaybookNamed(name)
	t.Gone = !known
	with := map[likeness]Share{}
	var firsts []time.Duration
	for _, run := range runs {
		t.Ends.add(run)
		if len(run.Steps) == 0 {
			continue
		}
		t.Started++
		firsts = append(firsts, max(run.first().Sub(run.Seen), 0))
		if known && book.finished(run.Steps) {
			t.Finished++
		}
		if good, known := run.result(); known {
			with[run.likeness()] = with[run.likeness()].with(good)
		}
	}
	t.FirstStep = journey.Percentile(firsts, 50)
	t.Ack, t.Resolve = mediansOf(runs)
	strata := make([]Stratum, 0, len(with))
	for like, share := range with {
		strata = append(strata, Stratum{With: share, Without: without[like]})
	}
	slices.SortFunc(strata, func(a, b Stratum) int { // sums of floats depend on their order
		return cmp.Or(cmp.Compare(a.With.Cases, b.With.Cases), cmp.Compare(a.Without.Cases, b.Without.Cases),
			cmp.Compare(a.With.Good, b.With.Good), cmp.Compare(a.Without.Good, b.Without.Good))
	})
	t.Compared = Compare(strata)
	return t
}

// finished reports whether all required steps are done; without required ones, any.
func (p Playbook) finished(done map[string]time.Time) bool {
	for _, step := range p.Steps {
		if done[step.ID].IsZero() && !step.Optional {
			return false
		}
	}
	return len(done) > 0
}

// mediansOf are the median times to acknowledge, and to resolve by hand.
func mediansOf(runs []Run) (ack, resolve time.Duration) {
	var acks, ends []time.Duration
	for _, run := range runs {
		if !run.Acked.IsZero() {
			acks = append(acks, max(run.Acked.Sub(run.Seen), 0))
		}
		if run.byHand() {
			ends = append(ends, max(run.Closed.Sub(run.Seen), 0))
		}
	}
	return journey.Percentile(acks, 50), journey.Percentile(ends, 50)
}
