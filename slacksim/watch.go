package slacksim

import (
	"context"
	"net/http"
	"time"
)

// Direction says who started a Call.
type Direction string

// The directions of a Call.
const (
	FromApp Direction = "from_app" // a Web API call, a response URL, an upload, a download
	ToApp   Direction = "to_app"   // a command, click, view or event delivered to the app
	OnWire  Direction = "on_wire"  // a Socket Mode frame that is neither: hello, disconnect, connected, closed
)

// Call is one entry of the protocol log. Tokens are shortened in it.
type Call struct {
	ID        int           `json:"id"` // counts from 1
	Time      time.Time     `json:"time"`
	Took      time.Duration `json:"took"` // nanoseconds; 0 while it is under way
	Direction Direction     `json:"direction"`
	// Method is a Web API method, "response_url", "upload", "download"; for a delivery "slash_commands", "block_actions",
	// "view_submission", "view_closed", "block_suggestion", "shortcut", "message_action", "url_verification", or the event's type; on the wire
	// "connected", "hello", "disconnect" or "closed".
	Method    string      `json:"method"`
	Channel   string      `json:"channel,omitempty"` // id
	User      string      `json:"user,omitempty"`    // who acted, of a delivery
	Transport string      `json:"transport"`         // http or socket
	Status    int         `json:"status"`            // HTTP status of the answer; 0 for none: cut, held, or not acknowledged. 200 for an acknowledged envelope
	Error     string      `json:"error,omitempty"`   // Slack's code, or what went wrong with a delivery
	Warning   string      `json:"warning,omitempty"`
	Fault     string      `json:"fault,omitempty"`    // kind of the fault that hit it
	Attempt   int         `json:"attempt,omitempty"`  // of a delivery: 0 is the first, 1 the first retry
	Envelope  string      `json:"envelope,omitempty"` // id for Redeliver, of a delivery
	URL       string      `json:"url,omitempty"`
	Header    http.Header `json:"header,omitempty"`
	Request   string      `json:"request,omitempty"`  // body, as sent
	Response  string      `json:"response,omitempty"` // body, as answered
}

// Posts returns every message of a channel (id or name), ephemeral ones and thread replies included, oldest first.
// Deleted ones are gone. An unknown channel has none.
func (s *Server) Posts(channel string) []Message { panic("todo") }

// Calls returns the protocol log, oldest first; the oldest of more than 10,000 entries are dropped.
func (s *Server) Calls() []Call { panic("todo") }

// CallsSince returns the entries of the protocol log that are newer than, or have changed since, that sequence, and the sequence to ask with next
// time. Sequence 0 returns all.
func (s *Server) CallsSince(sequence int) (calls []Call, next int) { panic("todo") }

// Changed returns a channel that is closed at the next change of anything: a message, a view, the log, a connection.
func (s *Server) Changed() <-chan struct{} { panic("todo") }

// Wait returns nil as soon as cond is true, and ctx's error when that ends first. cond is called at once and after every change.
func (s *Server) Wait(ctx context.Context, cond func() bool) error { panic("todo") }

// Sockets returns how many Socket Mode connections the app has.
func (s *Server) Sockets() int { panic("todo") }
