// Package demo is the believable book of customers that `journeybot demo` shows, and the story that happens to them.
//
// It knows neither Slack nor NATS nor the rules: it only makes events, the same ones that product, CRM, billing and support
// would send (PRODUCT.md §2). Everything follows from its arguments; chance is seeded, so the same call gives the same events.
package demo

import "time"

// Event is a CloudEvent, not yet encoded.
type Event struct {
	ID      string
	Source  string
	Type    string    // such as growth.signal.pql
	Subject string    // account id
	Time    time.Time // when it was true; the zero time means when it is sent
	Data    any       // encodes as a JSON object
}

// Scene is one thing that happens in the story. Its event's Time is zero.
type Scene struct {
	After time.Duration // since the cycle began, at speed 1
	Event Event
}

// Sources of the events: each system tells what it knows.
const (
	sourceCRM     = "demo/crm"
	sourceProduct = "demo/product"
	sourceHealth  = "demo/health"
	sourceBilling = "demo/billing"
	sourceSupport = "demo/support"
	sourceSurvey  = "demo/survey"
	sourcePast    = "demo/past" // sends once, and so does the next: their silence is no news
	sourceSince   = "demo/since"
)

// sources say which system sends an event of a type.
var sources = map[string]string{
	"growth.account.updated":          sourceCRM,
	"growth.kpi.reported":             sourceProduct,
	"growth.usage.tracked":            sourceProduct,
	"growth.touch.logged":             sourceCRM,
	"growth.signal.health_shift":      sourceHealth,
	"growth.signal.usage_limit":       sourceBilling,
	"growth.signal.pql":               sourceProduct,
	"growth.signal.milestone_dropoff": sourceProduct,
	"growth.signal.milestone_reached": sourceProduct,
	"growth.signal.contact_changed":   sourceCRM,
	"growth.signal.renewal_due":       sourceCRM,
	"growth.signal.support":           sourceSupport,
	"growth.signal.feedback":          sourceSurvey,
}

// fields are the data of an event.
type fields map[string]any

// told is what an event says, before it has an id.
type told struct {
	kind    string // the event's type
	account string
	data    fields
}

func (t told) event(id string, at time.Time) Event {
	return Event{ID: id, Source: sources[t.kind], Type: t.kind, Subject: t.account, Time: at, Data: t.data}
}
