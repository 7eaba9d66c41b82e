package cards

import (
	"journeybot/alerts"
	"journeybot/journey"
)

// lookedAgain tells what a look at an account after an outcome found: what changed, and what did not.
func (s Style) lookedAgain(look *alerts.Look) plain {
	if look == nil {
		return "Looked again."
	}
	then, now := look.Then, look.Now
	there := plain("still a customer")
	if now.Gone() {
		there = "no longer a customer"
	}
	revenue := plain("")
	if !s.Guarded {
		revenue = became("ARR", s.amount(then.ARR), s.amount(now.ARR))
	}
	facts := join(", ", there, became("health", standingHealth(then), standingHealth(now)), revenue,
		became("stage", s.stageName(then.Stage), s.stageName(now.Stage)))
	return "Looked again after " + span(look.After) + ": " + facts + "."
}

// became tells a fact before and after, once when it stayed the same.
func became(what, then, now plain) plain {
	if then == now {
		return what + " " + orElse(now, unknown)
	}
	return what + " " + orElse(then, unknown) + " → " + orElse(now, unknown)
}

func standingHealth(s alerts.Standing) plain {
	if s.Health == journey.HealthUnknown {
		return ""
	}
	colour := outside(string(s.Health), termWidth)
	if s.Score == nil {
		return colour
	}
	return join(" ", score(s.Score), parens(colour))
}

func (s Style) amount(cents *int64) plain {
	if cents == nil {
		return ""
	}
	return s.money(cents)
}

func (s Style) stageName(id string) plain {
	if id == "" {
		return ""
	}
	return s.milestone(id)
}
