package cards

import (
	"journeybot/alerts"
	"journeybot/journey"
)

// journeyReasons tell rule by rule why an account is where it is.
func (s Style) journeyReasons(w alerts.AccountWhy) []mrkdwn {
	if w.Journey == nil {
		return nil
	}
	title := orElse(outside(w.Journey.Map.Title, nameWidth), capital(words(w.Journey.Map.ID)))
	lines := []mrkdwn{bold("Journey") + " " + esc(title+", "+s.stageLine(w.Journey))}
	for _, r := range w.Reasons {
		if !r.Milestone.Cohort {
			lines = append(lines, s.journeyReason(r))
		}
	}
	return lines
}

var truthWords = map[journey.Truth]plain{journey.Yes: "yes", journey.No: "no", journey.Unknown: "unknown"}

// journeyReason writes "✓ First value: reached 3 Nov. Rule `count("search") >= 5`: searches 7 of 5 (yes), lists 0 of 1 (no)".
func (s Style) journeyReason(r journey.Reason) mrkdwn {
	mark, state := mrkdwn("✗ "), plain("not reached")
	switch {
	case r.State.Held():
		mark, state = "✓ ", "reached "+s.date(r.State.Reached)
		if r.State.Since.Known() && r.State.Since != r.State.Reached {
			state += ", held since " + s.date(r.State.Since)
		}
	case r.State.Lost.Known():
		state = "reached " + s.date(r.State.Reached) + ", lost " + s.date(r.State.Lost)
	case r.State.Dropped.Known():
		state = "not reached, overdue since " + s.date(r.State.Dropped)
	case r.State.Expect.Known():
		state = "not reached, expected by " + s.date(r.State.Expect)
	}
	if r.ByEvent && r.State.Held() {
		state += ", an event says so"
	}
	line := mark + bold(esc(milestoneTitle(r.Milestone))) + " " + esc(state)
	if r.Rule == "" {
		return line + esc(". Only an event reaches it")
	}
	terms := enough(r.Progress, 12, ", ", func(_ int, t journey.Term) plain {
		return outside(t.String(), termsWidth) + " (" + truthWords[t.Truth] + ")"
	})
	return line + ". Rule " + inline(clip(outside(r.Rule, lineWidth))) + " is " + esc(join(": ", truthWords[r.Truth], clip(terms)))
}
