package slacksim

import "sync"

// EventKind says what changed on a person's screen.
type EventKind string

// The kinds of Event.
const (
	EventPosted       EventKind = "posted"       // Message is new
	EventChanged      EventKind = "changed"      // Message has another content, reactions or reply count
	EventDeleted      EventKind = "deleted"      // Message (only Channel, TS and ThreadTS) is gone
	EventConversation EventKind = "conversation" // Conversation is new or has changed: joined, archived, read, unread
	EventViews        EventKind = "views"        // the stack of modals has changed: call Views
	EventHome         EventKind = "home"         // the Home tab was published: call Home
	EventPeople       EventKind = "people"       // somebody is new, or has changed: call Users
	EventFailure      EventKind = "failure"      // Text is Slack's complaint about the app, shown beside the View or Message
	EventLagged       EventKind = "lagged"       // events were lost, the subscriber was too slow: load everything again
)

// Event is one change on a person's screen.
type Event struct {
	Kind         EventKind     `json:"kind"`
	Channel      string        `json:"channel,omitempty"`
	TS           string        `json:"ts,omitempty"` // of the message
	Message      *Message      `json:"message,omitempty"`
	Conversation *Conversation `json:"conversation,omitempty"`
	Text         string        `json:"text,omitempty"`
	View         string        `json:"view,omitempty"` // id; where a failure happened, "" when not in a view
}

const eventBuffer = 256

type subscriber struct {
	user   *User
	events chan Event
	lagged bool
}

// Subscribe returns the changes that user sees from now on. The channel is buffered; a subscriber that lets it fill up gets
// EventLagged. It is closed by cancel and by Close. cancel may be called more than once.
func (s *Server) Subscribe(user string) (events <-chan Event, cancel func(), err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.ws.user(user)
	if u == nil {
		return nil, nil, Error("user_not_found")
	}
	sub := &subscriber{user: u, events: make(chan Event, eventBuffer)}
	if s.phase == phaseClosed {
		close(sub.events)
		return sub.events, func() {}, nil
	}
	s.subs[sub] = true
	return sub.events, sync.OnceFunc(func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.subs[sub] {
			delete(s.subs, sub)
			close(sub.events)
		}
	}), nil
}

func (s *Server) closeSubscribers() {
	for sub := range s.subs {
		delete(s.subs, sub)
		close(sub.events)
	}
}

// send never waits: a subscriber that does not keep up is told to load everything again.
func (sub *subscriber) send(e Event) {
	if sub.lagged {
		select {
		case sub.events <- Event{Kind: EventLagged}:
			sub.lagged = false
		default:
			return
		}
	}
	select {
	case sub.events <- e:
	default:
		sub.lagged = true
	}
}

// tell sends e to one user. All the tell functions must be called with mu held.
func (s *Server) tell(user string, e Event) {
	for sub := range s.subs {
		if sub.user.ID == user {
			sub.send(e)
		}
	}
	s.touch()
}

// tellMessage sends a change of a message to everybody who sees it.
func (s *Server) tellMessage(kind EventKind, c *conversation, m *Message) {
	for sub := range s.subs {
		if !m.seenBy(sub.user.ID) || !c.visible(sub.user) {
			continue
		}
		shown := m.clone()
		if kind == EventDeleted {
			shown = Message{Channel: m.Channel, TS: m.TS, ThreadTS: m.ThreadTS}
		}
		sub.send(Event{Kind: kind, Channel: c.ID, TS: m.TS, Message: &shown})
		if kind == EventPosted && !m.Ephemeral {
			view := s.conversation(c, sub.user.ID)
			sub.send(Event{Kind: EventConversation, Channel: c.ID, Conversation: &view})
		}
	}
	s.touch()
}

// tellEverybody sends that the people of the workspace have changed.
func (s *Server) tellEverybody() {
	for sub := range s.subs {
		sub.send(Event{Kind: EventPeople})
	}
	s.touch()
}

// tellConversation sends a change of a conversation to everybody who sees it.
func (s *Server) tellConversation(c *conversation) {
	for sub := range s.subs {
		if c.visible(sub.user) {
			view := s.conversation(c, sub.user.ID)
			sub.send(Event{Kind: EventConversation, Channel: c.ID, Conversation: &view})
		}
	}
	s.touch()
}
