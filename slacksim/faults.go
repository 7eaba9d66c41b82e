package slacksim

import (
	"context"
	"time"
)

// FaultKind says how a call or delivery goes wrong.
type FaultKind string

// The kinds of Fault. All but FaultLatency can be waited for with Injected.Reached.
const (
	FaultRateLimit  FaultKind = "rate_limit"  // 429 with Retry-After; not executed
	FaultStatus     FaultKind = "status"      // an HTTP error (Status); not executed
	FaultStatusLate FaultKind = "status_late" // an HTTP error (Status) after it was executed
	FaultError      FaultKind = "error"       // 200 with ok:false and Error; not executed
	FaultLatency    FaultKind = "latency"     // executed and answered after Delay
	FaultCut        FaultKind = "cut"         // the connection is cut after the call was executed, with no answer
	FaultCutEarly   FaultKind = "cut_early"   // the connection is cut before the call was executed
	FaultHold       FaultKind = "hold"        // executed; the answer waits for Injected.Release or ClearFaults
	FaultHoldEarly  FaultKind = "hold_early"  // waits for Injected.Release or ClearFaults, then is executed, unless the caller has gone
)

// Fault is a rule: which calls of the app go wrong, how, and how often. The first rule that matches a call and fires decides.
// "response_url" is a method too. The zero Method and Channel match everything.
type Fault struct {
	Method      string        `json:"method"`
	Channel     string        `json:"channel"` // id or name
	Kind        FaultKind     `json:"kind"`
	Status      int           `json:"status"`      // 0 means 503
	Error       string        `json:"error"`       // "" means internal_error
	RetryAfter  time.Duration `json:"retry_after"` // nanoseconds, sent in whole seconds, rounded up; 0 means 1 s
	Delay       time.Duration `json:"delay"`       // nanoseconds
	Probability float64       `json:"probability"` // share of the matching calls; 0 means all
	Count       int           `json:"count"`       // how many calls it hits before it is spent; 0 means no end
}

// Injected is a Fault in force.
type Injected struct {
	ID    int
	Fault Fault
}

// Reached is closed when the fault has first hit a call: for those that execute, after the execution.
func (i *Injected) Reached() <-chan struct{} { panic("todo") }

// Hits returns how many calls it has hit.
func (i *Injected) Hits() int { panic("todo") }

// Release lets the calls that it holds go on, and holds no more.
func (i *Injected) Release() { panic("todo") }

// Clear takes the fault away and releases what it holds.
func (i *Injected) Clear() { panic("todo") }

// Inject puts a fault in force, after those that are.
func (s *Server) Inject(f Fault) (*Injected, error) { panic("todo") }

// Faults returns the faults in force.
func (s *Server) Faults() []*Injected { panic("todo") }

// ClearFaults takes every fault away and releases what they hold. It also undoes SkewSignatures and RevokeTokens.
func (s *Server) ClearFaults() { panic("todo") }

// Seed makes the fate of faults with a Probability repeatable.
func (s *Server) Seed(seed uint64) { panic("todo") }

// DisconnectSockets ends every Socket Mode connection. reason is warning (a notice, the connection is closed 10 s later),
// refresh_requested, link_disabled or too_many_websockets; "" cuts the connections without a frame.
func (s *Server) DisconnectSockets(reason string) { panic("todo") }

// SetDeliverTo changes where deliveries go, see Config.DeliverTo. "" means Socket Mode.
func (s *Server) SetDeliverTo(url string) { panic("todo") }

// SkewSignatures shifts the timestamp of signed requests.
func (s *Server) SkewSignatures(by time.Duration) { panic("todo") }

// RevokeTokens makes every call answer token_revoked, and closes the sockets, until ClearFaults.
func (s *Server) RevokeTokens() { panic("todo") }

// Redeliver delivers an envelope again (Call.Envelope), with the same ids, as Slack does when an acknowledgement was lost. The answer is
// logged; what rides on it is dropped.
func (s *Server) Redeliver(ctx context.Context, envelope string) error { panic("todo") }

// DeleteMessage deletes a message as a workspace admin does.
func (s *Server) DeleteMessage(channel, ts string) error { panic("todo") }

// ArchiveChannel archives a channel or brings it back.
func (s *Server) ArchiveChannel(channel string, archived bool) error { panic("todo") }

// InviteBot adds the app's bot to a channel.
func (s *Server) InviteBot(channel string) error { panic("todo") }

// KickBot removes the app's bot from a channel.
func (s *Server) KickBot(channel string) error { panic("todo") }

// Deactivate deactivates a person.
func (s *Server) Deactivate(user string) error { panic("todo") }
