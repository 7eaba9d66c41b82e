package alerts

import (
	"time"

	"journeybot/journey"
)

// Event is one decoded CloudEvent from the growth stream. Exactly one of the payload fields is set.
type Event struct {
	Source, ID string    // together the CloudEvents identity: the same pair counts once
	Type       string    // full CloudEvents type, such as growth.signal.pql
	Account    string    // id of the account it is about; "" only for an ActionResult
	At         time.Time // data.at, else the CloudEvents time, else when it was stored; never later than 5 minutes after ReceivedAt
	ReceivedAt time.Time // when the stream stored it
	Seq        uint64    // stream sequence, the tie-breaker between events of the same At
	Data       []byte    // the data as JSON, kept in the events table; nil for usage

	Patch  *journey.Patch
	KPIs   map[string]float64
	Usage  []Usage
	Signal *Signal
	Touch  *Touch
	Result *ActionResult
}

// Signal is what an event says happened to an account.
type Signal struct {
	Kind  Kind
	About string // what within the kind: resource, milestone, role, renewal date, ticket, survey+contact; else ""
	Facts Facts

	Playbook string // that a map names for it; "" leaves it to the routes
}

// Key is the dedupe key of signals of this kind about this thing at this account: one live alert at most per key.
func Key(account string, kind Kind, about string) string {
	return account + "|" + string(kind) + "|" + journey.Fold(about)
}

// Usage is one counted product event (growth.usage.tracked).
type Usage struct {
	Event   string
	Count   int64
	User    string
	Persona string
	At      time.Time
}

// Touch is a contact between our people and the customer's (growth.touch.logged).
type Touch struct{ Channel, Who, Note string }

// ActionResult reports what came of a published playbook action (growth.action.result).
type ActionResult struct {
	Action  string // id of the journeybot.action event
	OK      bool
	Message string
}

// EventResult says what an event did. It labels the metric journeybot_events_total.
type EventResult string

// The results of an event.
const (
	ResultDuplicate EventResult = "duplicate" // its source+id was seen before
	ResultStored    EventResult = "stored"    // kept, but no alert changed
	ResultStale     EventResult = "stale"     // older than what is known: history only
	ResultOpened    EventResult = "opened"
	ResultUpdated   EventResult = "updated"
	ResultResolved  EventResult = "resolved"
)
