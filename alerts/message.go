package alerts

import (
	"encoding/json"
	"time"
)

// MessageKind says what a message row shows and whether it is drawn again.
type MessageKind string

// The kinds of messages. A card is redrawn from its alert's current state; a thread is a cursor over the history,
// several lines per reply; a ping and a notice are frozen when they are created. A ping in a channel is a reply in the
// thread of its alert's card there.
const (
	CardMessage   MessageKind = "card"
	ThreadMessage MessageKind = "thread"
	PingMessage   MessageKind = "ping"
	NoticeMessage MessageKind = "notice"
	BundleMessage MessageKind = "bundle" // stands for cards that a storm folded, and is redrawn from their alerts
	DigestMessage MessageKind = "digest" // frozen: its body is a Digest as JSON
	HomeMessage   MessageKind = "home"   // somebody's Home tab, published instead of posted; its subject is the user id
	// HandoverMessage is frozen but for its alerts: its body is a Handover as JSON.
	HandoverMessage MessageKind = "handover"
	// UnownedMessage is frozen: its body is an Unowned as JSON.
	UnownedMessage MessageKind = "unowned"
	SourceMessage  MessageKind = "source" // a source is late, or was: redrawn, Body is Lateness
)

// Redrawn reports whether messages of this kind are drawn again from the current state, instead of being frozen.
func (k MessageKind) Redrawn() bool {
	return k == CardMessage || k == BundleMessage || k == HomeMessage || k == SourceMessage
}

// Priority orders messages within a lane, most urgent first.
type Priority int

// The priorities of DATA-MODEL §1.
const (
	PriorityCritical Priority = iota // post or ping of a critical alert
	PriorityClick                    // redraw after a click
	PriorityPost
	PriorityThread
	PriorityCount // only a count went up
)

// Target is where a message goes: a channel reference as configured ("#cs-alerts", "C012345"), or "@U…" for a
// direct message to a user.
type Target string

// Place is a message that should exist: storage creates its row once per (Kind, Subject, Target, Slot).
type Place struct {
	Kind     MessageKind
	Subject  string // alert id, or what a notice is about
	Target   Target
	Slot     string // "" for the one card of a channel; tells several pings about one alert apart
	Priority Priority
	DueAt    time.Time // not before; zero: at once
	Hold     string    // why it is held: then it is not sent until released; "" when it is not
	Under    string    // id of the message that it replies to; "": a ping replies to its alert's card in the channel, a card to nothing
	Body     []byte    // frozen content of a ping or notice, as JSON of Notice
}

// Notice is the frozen content of a ping or notice.
type Notice struct {
	Text    string // mrkdwn, escaped already
	AlertID string
	Mention string // Slack user id or "group:@handle" to mention; "" for none
	Waits   string // id of an alert on hold that the reader can clear or keep; "" for none
	Asked   bool   // a person's doing caused it: it is told however often its reader was interrupted

	Offer    Offer     // what the reader can do about the alert beside opening it; "" for nothing
	Kind     Kind      // of the alert, when something is offered
	Outcomes []Outcome // that OfferStillOn lets choose
}

// body is the notice as a message keeps it.
func (n Notice) body() []byte {
	body, err := json.Marshal(n)
	if err != nil {
		return nil // texts always encode
	}
	return body
}

// Message is a row of the messages table as the publisher sees it: this should be visible there.
type Message struct {
	ID       string
	Kind     MessageKind
	Subject  string
	Target   Target
	Slot     string
	Channel  string // Slack's id of the channel it was posted in; "" before
	TS       string // Slack's ts; "" before it is posted. For a thread: ts of its newest reply
	ParentID string // row of the card whose thread this is; "" when none
	ViaID    string // row of the bundle that the card was folded into; "" when none
	Lane     string
	Priority Priority

	WantVersion int64 // for a thread, the last history seq to show
	DoneVersion int64
	DoneHash    string    // of the rendering that is visible now
	DoneState   string    // what the message could not show without being posted anew, such as the alert's status; "" when unknown
	PostedAt    time.Time // when Slack first showed it
	DrawnAt     time.Time // when it was last drawn again since

	Hold     string
	DueAt    time.Time
	TriedAt  time.Time // a post was started and has not been answered: uncertain
	Attempts int
	Error    string // why it was given up, "" while it is not
	Body     []byte

	Silent bool // it mentions nobody when it is drawn; not kept
}

// Outbound is an event that leaves for other systems (journeybot.*), through the outbox.
type Outbound struct {
	ID      string // CloudEvents id and Nats-Msg-Id
	Type    string // such as journeybot.alert.acknowledged
	Subject string // the alert id: events of one subject leave in order
	At      time.Time
	Data    []byte // JSON
}

// Result is what Apply decided: storage writes all of it in one transaction or nothing.
type Result struct {
	Alert    Alert    // the new state; Version is storage's to raise
	History  []Entry  // to append; Seq is storage's to give
	Places   []Place  // messages that should exist from now on
	Redraw   bool     // every existing card of the alert must be drawn again
	Priority Priority // of that redraw
	Outbound []Outbound
	Release  bool // messages that were held are due now
	Beside   bool // cards of the same kind about the same account count this alert: they must be drawn again
	Apart    bool // its cards leave the bundles that they are in, and stand by themselves

	// Looks at the account to keep, as long after the alert's end as planned. 0 is the end itself: what was kept before is forgotten.
	Looks []time.Duration
}

// Changed reports whether there is anything to write.
func (r Result) Changed() bool {
	return len(r.History) > 0 || len(r.Places) > 0 || r.Redraw || len(r.Outbound) > 0 || r.Release || r.Beside || r.Apart
}
