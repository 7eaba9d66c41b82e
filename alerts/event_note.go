package alerts

import (
	"cmp"
	"time"
)

// EventReason says why an event opened no alert and changed none.
type EventReason string

// The reasons.
const (
	BecauseClear   EventReason = "clear"      // the signal is good, or below every threshold
	BecauseMild    EventReason = "mild"       // bad, but not enough to open an alert
	BecauseTold    EventReason = "told"       // as bad was told before, in the same period
	BecauseBetter  EventReason = "better"     // still not good, but better than before
	BecauseResets  EventReason = "resets"     // the counter starts anew before the limit is reached
	BecausePast    EventReason = "past"       // good news of long ago congratulates nobody
	BecauseChurned EventReason = "churned"    // the account is a customer no more
	BecauseOlder   EventReason = "older"      // something later is known already
	BecauseNoSale  EventReason = "no_contact" // nobody may sell to the account
	BecauseNothing EventReason = "nothing"    // it says nothing that an alert could be about
)

// EventNote is what is kept with an event to explain later what it did. Reason is set when it changed no alert, Alert when it did.
type EventNote struct {
	Reason EventReason
	Saw    string    // the facts in a word, such as "60 %", as the rules saw them
	Since  time.Time // BecauseOlder: the age of what is known
	Period string    // BecauseTold: the period in which it was told; "" for until it is clear
	Alert  string    // id of the alert that the event opened, changed or ended
}

// whyNot says why a signal without a live alert opens none: it asks what opens does.
func (in intake) whyNot(v verdict) EventReason {
	switch {
	case v.level == 0:
		return BecauseClear
	case v.level < v.opens:
		return BecauseMild
	case aboutLost(*in.account, v.kind) == HoldNoContact:
		return BecauseNoSale
	case aboutLost(*in.account, v.kind) == HoldChurned:
		return BecauseChurned
	case v.mute:
		return cmp.Or(silent[v.kind], BecauseMild)
	}
	return BecauseTold
}

// silent is why a signal of a kind opens no alert although its level would.
var silent = map[Kind]EventReason{HealthShift: BecauseBetter, UsageLimit: BecauseResets, MilestoneReached: BecausePast}

// because notes why the event opens no alert.
func (in intake) because(reason EventReason, v verdict) {
	n := EventNote{Reason: reason, Saw: brief(v.facts)}
	if reason == BecauseTold {
		n.Period = v.period
	}
	in.explain(n)
}

// about notes which alert the event changed.
func (in intake) about(c *change) {
	in.explain(EventNote{Saw: brief(c.a.Facts), Alert: c.a.ID})
}

// explain keeps the note, unless one that names an alert is there already: a signal may end one alert and open another.
func (in intake) explain(n EventNote) {
	key := in.ev.Source + " " + in.ev.ID
	if in.ev.ID == "" || n.Alert == "" && in.ws.Changes.EventNotes[key].Alert != "" {
		return
	}
	in.ws.Changes.EventNotes[key] = n
}
