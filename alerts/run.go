package alerts

import (
	"slices"
	"strings"
	"time"
)

// Run is an alert as playbooks and rules are judged by. Times that did not come are zero.
type Run struct {
	Playbook string
	Kind     Kind
	Polarity Polarity
	Severity Severity
	Route    string               // as Alert.Route
	Seen     time.Time            // when it could first be seen
	Held     bool                 // it never could
	Acked    time.Time            // first
	Steps    map[string]time.Time // the steps of Playbook that stand ticked, and since when
	Others   map[string]time.Time // those of playbooks that it had before, by playbook and step
	Status   Status
	Outcome  Outcome
	ARR      *int64 // of the outcome, cents
	Closed   time.Time
	Look     *Look // the last one after the end; nil while there was none
}

// Tick adds a line about a step of a playbook to Steps, or to Others; lines come oldest first. Lines from before they named
// their playbook ("") count for Playbook.
func (r *Run) Tick(playbook, step string, done bool, at time.Time) {
	steps := &r.Steps
	if playbook != "" && playbook != r.Playbook {
		steps, step = &r.Others, playbook+" "+step
	}
	_, stands := (*steps)[step]
	switch {
	case !done:
		delete(*steps, step)
	case !stands:
		if *steps == nil {
			*steps = map[string]time.Time{}
		}
		(*steps)[step] = at
	}
}

// stepped reports whether a step is done, of whatever playbook.
func (r Run) stepped() bool { return len(r.Steps)+len(r.Others) > 0 }

// first is when the first of the playbook's steps that stand was ticked.
func (r Run) first() time.Time {
	var first time.Time
	for _, at := range r.Steps {
		if first.IsZero() || at.Before(first) {
			first = at
		}
	}
	return first
}

// byHand reports whether a person said how it ended.
func (r Run) byHand() bool { return r.Status == Resolved && slices.Contains(chosen, r.Outcome) }

// touched reports whether anybody did anything about it.
func (r Run) touched() bool { return !r.Acked.IsZero() || r.stepped() || r.byHand() }

// counts leaves out what nobody could see, and what another alert counts for.
func (r Run) counts() bool { return r.Outcome != MergedInto && (!r.Held || r.touched()) }

// Lost reports whether the last look found the account gone that was there at the outcome.
func (r Run) Lost() bool { return r.Look != nil && r.Look.Lost() }

// result says whether it ended well. Known is false while it lives, and for ends that tell nothing of the customer: an expiry, a false
// alarm, no action needed, an opportunity that passed. What was won and lost again at a later look did not end well.
func (r Run) result() (good, known bool) {
	if r.Status != Resolved {
		return false, false
	}
	switch r.Outcome {
	case Saved, Converted, Expanded:
		return !r.Lost(), true
	case Recovered:
		return !r.Lost(), r.Polarity == Risk
	case ChurnedOut, Nurturing, Disqualified:
		return false, true
	}
	return false, false
}

// likeness is what makes two alerts comparable.
type likeness struct {
	kind     Kind
	polarity Polarity
	severity Severity
}

func (r Run) likeness() likeness { return likeness{r.Kind, r.Polarity, r.Severity} }

// routes are the names in Route. A name may hold a comma: those that the growth file has are found whole.
func (r *Rules) routes(joined string) []string {
	var names []string
	parts := strings.Split(joined, ", ")
	for len(parts) > 0 {
		end := len(parts)
		for end > 1 && !r.hasRoute(strings.Join(parts[:end], ", ")) {
			end--
		}
		names, parts = append(names, strings.Join(parts[:end], ", ")), parts[end:]
	}
	return names
}

func (r *Rules) hasRoute(name string) bool {
	return slices.ContainsFunc(r.Routes, func(route Route) bool { return route.Name == name })
}
