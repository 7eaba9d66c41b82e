package cards

import (
	"strings"

	"journeybot/alerts"
	"journeybot/journey"
)

// Buttons of a collision: an opportunity at an account at risk. The value is the id of the alert on hold.
const (
	ActionAskOwner = "guard.ask"
	ActionReserve  = "guard.reserve"
	ActionClear    = "guard.clear"
	ActionKeep     = "guard.keep"
)

// onHold reports whether the card says that its alert waits.
func onHold(a alerts.Alert) bool {
	return a.Hold.Reason == alerts.HoldCollision && a.Status == alerts.Open
}

// holder is the risk that an alert waits for, or that its card names; false when there is none any more.
func holder(v alerts.View) (alerts.Alert, bool) {
	for _, r := range v.Risks {
		if r.ID == v.Alert.Hold.By {
			return r, true
		}
	}
	return alerts.Alert{}, false
}

// holdReason says in a header why an alert waits.
func holdReason(v alerts.View) plain {
	if r, ok := holder(v); ok {
		return outside(v.Account.Title(), nameWidth) + " has " + outside(alerts.Hazard(r), 80)
	}
	return outside(v.Account.Title(), nameWidth) + " is at risk"
}

// holdHeader is "⏸️ PQL 86 on hold: Globex has a red health alert".
func holdHeader(v alerts.View, sk sketch) plain {
	what := sk.subject
	if f := v.Alert.Facts.PQL; f != nil {
		what = "PQL " + score(&f.Score)
	}
	return "⏸️ " + what + " on hold: " + holdReason(v)
}

// lifter is who can clear the hold: whoever owns the risk.
func lifter(v alerts.View) plain {
	r, ok := holder(v)
	if !ok {
		return "the account owner"
	}
	return orElse(owner(alerts.View{Alert: r, People: v.People, History: v.History}), "the account owner")
}

// inRole says that who lifts the hold is the account's CSM.
func inRole(v alerts.View) plain {
	r, ok := holder(v)
	if !ok || v.Account.Owner == "" {
		return ""
	}
	mail := r.OwnerRef
	if p, known := v.People[r.Owner]; known && p.Email != "" {
		mail = p.Email
	}
	if journey.Fold(mail) != journey.Fold(v.Account.Owner) {
		return ""
	}
	return "(CSM)"
}

// holdNext is the one thing to do about an alert on hold.
func holdNext(v alerts.View) (mrkdwn, control) {
	verb := plain(" before you call")
	if v.Alert.Kind != alerts.PQL {
		verb = " before you offer anything"
	}
	return bold("Next") + " " + esc("Ask "+join(" ", lifter(v), inRole(v))+verb), button(ActionAskOwner, "Ask "+lifter(v), v.Alert.ID)
}

// holdEnd says how and when the hold ends.
func (s Style) holdEnd(v alerts.View) plain {
	ends := "Ends when " + lifter(v) + " clears it"
	if r, ok := holder(v); ok {
		ends = "Ends when " + shortID(r) + " is resolved or " + lifter(v) + " clears it"
	}
	if v.Alert.Hold.Until.IsZero() {
		return ends
	}
	lead := plain("the lead decides ")
	if s.Rules != nil && strings.HasPrefix(s.Rules.Fallback.Owner, "group:@") {
		lead = outside(strings.TrimPrefix(s.Rules.Fallback.Owner, "group:@"), termWidth) + " decide "
	}
	return ends + "; " + lead + s.weekdayOf(v.Alert.Hold.Until)
}

// holdControls are the row of an alert on hold.
func (s Style) holdControls(v alerts.View) []control {
	a := v.Alert
	reserve := button(ActionReserve, "Reserve for me", a.ID)
	reserve.primary = true
	if by := a.Clearance.ReservedBy; by != "" {
		reserve = control{}
	}
	row := []control{reserve}
	if a.Kind == alerts.PQL {
		row = append(row, answerLead(a.ID)...)
	} else {
		row = append(row, menu(ActionResolve, "Resolve", s.outcomes(a)))
	}
	return append(row, more(others(v)...))
}

// besides names the open risk that whoever sells should know of, when the alert does not wait for it.
func (s Style) besides(v alerts.View) plain {
	r, ok := holder(v)
	if !ok || onHold(v.Alert) || !v.Alert.Status.Live() {
		return ""
	}
	who := owner(alerts.View{Alert: r, People: v.People, History: v.History})
	return join("", "open risk: ", outside(alerts.Hazard(r), 80)+" ", parens(join(", ", shortID(r), who)))
}

// reserved says for whom an alert on hold is kept.
func reserved(v alerts.View) plain {
	by := v.Alert.Clearance.ReservedBy
	if by == "" || !onHold(v.Alert) {
		return ""
	}
	return "reserved by " + person(v, by)
}

// decide are the buttons of a notice that asks whoever owns a risk.
func decide(n alerts.Notice) []control {
	if n.Waits == "" {
		return nil
	}
	clearIt := button(ActionClear, "Clear to sell", n.Waits)
	clearIt.primary = true
	return []control{clearIt, button(ActionKeep, "Keep on hold", n.Waits)}
}

// holdLine tells what happened to a hold, in the thread.
func (s Style) holdLine(v alerts.View, e alerts.Entry) mrkdwn {
	who := esc(actor(v, e.Actor))
	switch e.What {
	case alerts.DidHold:
		text := join(" ", "On hold because of", outside(e.Data.Target, 20))
		if !e.Data.Until.IsZero() {
			return esc(text) + ", until " + s.moment(e.Data.Until) + " at the latest."
		}
		return esc(text) + "."
	case alerts.DidRelease:
		return "No longer on hold."
	case alerts.DidClear:
		return who + " cleared it to sell."
	case alerts.DidKeep:
		return who + " keeps it on hold."
	case alerts.DidAsk:
		return who + " asked " + esc(orElse(other(v, e.Data), "the lead")) + "."
	case alerts.DidReserve:
		return who + " reserved it."
	}
	return ""
}

// HoldNow answers privately to a decision about a hold: how it stands now, and who hears of it.
func HoldNow(v alerts.View) Drawing {
	who := esc(orElse(owner(v), "sales"))
	if onHold(v.Alert) {
		return Say(string("It stays on hold. " + who + " hears of it."))
	}
	return Say(string("It is free to sell. " + who + " hears of it."))
}
