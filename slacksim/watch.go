package slacksim

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// Direction says who started a Call.
type Direction string

// The directions of a Call.
const (
	FromApp Direction = "from_app" // a Web API call, a response URL, an upload, a download
	ToApp   Direction = "to_app"   // a command, click, view or event delivered to the app
	OnWire  Direction = "on_wire"  // what happens to a Socket Mode connection
)

// Call is one entry of the protocol log. Tokens are shortened in it.
type Call struct {
	ID        int           `json:"id"` // counts from 1
	Time      time.Time     `json:"time"`
	Took      time.Duration `json:"took"` // nanoseconds; 0 while it is under way
	Direction Direction     `json:"direction"`
	// Method is a Web API method, "response_url", "upload", "download"; for a delivery "slash_commands", "block_actions",
	// "view_submission", "view_closed", "block_suggestion", "shortcut", "message_action", "url_verification" or the
	// event's type; on the wire "hello", "disconnect", "closed", or "ack" for one that was too large and dropped.
	Method    string      `json:"method"`
	Channel   string      `json:"channel,omitempty"`  // id
	User      string      `json:"user,omitempty"`     // who acted, of a delivery
	Transport string      `json:"transport"`          // http or socket
	Status    int         `json:"status"`             // HTTP status of the answer, 200 for an acknowledged envelope; 0 for no answer
	Error     string      `json:"error,omitempty"`    // Slack's code, or what went wrong with a delivery
	Warning   string      `json:"warning,omitempty"`  // Slack's codes, comma-separated
	Fault     string      `json:"fault,omitempty"`    // kind of the fault that hit it
	Attempt   int         `json:"attempt,omitempty"`  // of a delivery: 0 is the first, 1 the first retry
	Envelope  string      `json:"envelope,omitempty"` // id for Redeliver, of a delivery
	URL       string      `json:"url,omitempty"`      // method and address: "POST /api/chat.postMessage"
	Header    http.Header `json:"header,omitempty"`
	Request   string      `json:"request,omitempty"`  // body, as sent
	Response  string      `json:"response,omitempty"` // body, as answered

	sequence int // of its last change
}

const maxCalls = 10_000

// callLog is the protocol log. The Server's mu guards it.
type callLog struct {
	entries  []*Call // by id
	lastID   int
	sequence int
}

// logStart adds an entry and returns its id. It must be called with mu held.
func (s *Server) logStart(c Call) int {
	l := &s.calls
	l.lastID++
	l.sequence++
	c.ID, c.sequence = l.lastID, l.sequence
	c.Header = s.redactHeader(c.Header)
	c.Request, c.URL = s.redact(c.Request), s.redact(c.URL)
	l.entries = append(l.entries, &c)
	if len(l.entries) > maxCalls {
		l.entries = slices.Delete(l.entries, 0, len(l.entries)-maxCalls)
	}
	s.touch()
	return c.ID
}

// logEnd changes an entry, unless it is so old that it was dropped. It must be called with mu held.
func (s *Server) logEnd(id int, change func(c *Call)) {
	l := &s.calls
	i := id - (l.lastID - len(l.entries)) - 1
	if i < 0 {
		return
	}
	c := l.entries[i]
	change(c)
	c.Response = s.redact(c.Response)
	l.sequence++
	c.sequence = l.sequence
	s.touch()
}

// redact shortens the tokens: the log is shown and copied.
func (s *Server) redact(text string) string {
	for _, token := range []string{s.ws.botToken, s.ws.appToken} {
		if len(token) > 9 {
			text = strings.ReplaceAll(text, token, token[:5]+"…")
		}
	}
	return text
}

func (s *Server) redactHeader(h http.Header) http.Header {
	for _, values := range h {
		for i, v := range values {
			values[i] = s.redact(v)
		}
	}
	return h
}

// Posts returns every message of a channel (id or name), ephemeral ones and thread replies included, oldest first.
// Deleted ones are gone. An unknown channel has none.
func (s *Server) Posts(channel string) []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.ws.channel(channel)
	if c == nil {
		return nil
	}
	var all []Message
	for _, m := range c.messages {
		all = append(all, m.clone())
	}
	return all
}

// Calls returns the protocol log, oldest first; the oldest of more than 10,000 entries are dropped.
func (s *Server) Calls() []Call {
	calls, _ := s.CallsSince(0)
	return calls
}

// CallsSince returns the entries of the protocol log that are new or have changed since an earlier call returned next, and
// the next to ask with. 0 asks for all.
func (s *Server) CallsSince(sequence int) (calls []Call, next int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.calls.entries {
		if c.sequence > sequence {
			calls = append(calls, *c)
		}
	}
	return calls, s.calls.sequence
}

// Sockets returns how many Socket Mode connections the app has.
func (s *Server) Sockets() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.wire.sockets)
}
