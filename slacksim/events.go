package slacksim

// EventKind says what changed on a person's screen.
type EventKind string

// The kinds of Event.
const (
	EventPosted       EventKind = "posted"       // Message is new
	EventChanged      EventKind = "changed"      // Message has another content, reactions or reply count
	EventDeleted      EventKind = "deleted"      // Message (only Channel, TS and ThreadTS) is gone
	EventConversation EventKind = "conversation" // Conversation is new or has changed: joined, renamed, archived, read, unread
	EventViews        EventKind = "views"        // the stack of modals has changed: call Views
	EventHome         EventKind = "home"         // the Home tab was published: call Home
	EventFailure      EventKind = "failure"      // Text is Slack's complaint about the app, to be shown to the person
	EventLagged       EventKind = "lagged"       // events were lost, the subscriber was too slow: load everything again
)

// Event is one change on a person's screen.
type Event struct {
	Kind         EventKind     `json:"kind"`
	Channel      string        `json:"channel,omitempty"`
	Message      *Message      `json:"message,omitempty"`
	Conversation *Conversation `json:"conversation,omitempty"`
	Text         string        `json:"text,omitempty"`
	View         string        `json:"view,omitempty"` // where a failure happened; "" when not in a view
	TS           string        `json:"ts,omitempty"`   // likewise for a message
}

// Subscribe returns the changes that user sees from now on. The channel is buffered; it is closed by cancel and by
// Close. cancel may be called more than once.
func (s *Server) Subscribe(user string) (events <-chan Event, cancel func(), err error) {
	panic("todo")
}
