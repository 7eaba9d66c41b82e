package slacksim

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"time"
)

// FaultKind says how a call goes wrong.
type FaultKind string

// The kinds of Fault.
const (
	FaultRateLimit  FaultKind = "rate_limit"  // 429 with Retry-After; not executed
	FaultStatus     FaultKind = "status"      // an HTTP error (Status); not executed
	FaultStatusLate FaultKind = "status_late" // an HTTP error (Status) after it was executed
	FaultError      FaultKind = "error"       // 200 with ok:false and Error; not executed
	FaultLatency    FaultKind = "latency"     // executed, and answered after Delay
	FaultCut        FaultKind = "cut"         // the connection is cut after the call was executed, with no answer
	FaultCutEarly   FaultKind = "cut_early"   // the connection is cut before the call was executed
	FaultHold       FaultKind = "hold"        // executed; the answer waits for Injected.Release or ClearFaults
	FaultHoldEarly  FaultKind = "hold_early"  // waits for Injected.Release or ClearFaults, then is executed, unless the caller has gone
)

// Fault is a rule: which calls of the app go wrong, how, and how often. The first rule that matches a call and fires
// decides. "response_url" and "upload" are methods too. An empty Method or Channel matches everything.
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

	server   *Server
	reached  chan struct{}
	released chan struct{}
	reach    func()
	release  func()
	hits     int // guarded by the Server's mu
}

// Reached is closed when the fault has first hit a call: for those that execute, after the execution.
func (i *Injected) Reached() <-chan struct{} { return i.reached }

// Hits returns how many calls it has hit.
func (i *Injected) Hits() int {
	i.server.mu.Lock()
	defer i.server.mu.Unlock()
	return i.hits
}

// Release lets the calls that it holds go on, and holds no more.
func (i *Injected) Release() { i.release() }

// Clear takes the fault away and releases what it holds.
func (i *Injected) Clear() {
	i.server.mu.Lock()
	i.server.faults.rules = slices.DeleteFunc(i.server.faults.rules, func(r *Injected) bool { return r == i })
	i.server.touch()
	i.server.mu.Unlock()
	i.release()
}

// faults are the rules in force. The Server's mu guards them.
type faults struct {
	rules  []*Injected
	random *rand.Rand
	lastID int
}

// strike picks the fault that hits a call, or nil.
func (f *faults) strike(method, channel string, named func(channel, name string) bool) *Injected {
	for _, r := range f.rules {
		spent := r.Fault.Count > 0 && r.hits >= r.Fault.Count
		if spent || r.Fault.Method != "" && r.Fault.Method != method || r.Fault.Channel != "" && !named(channel, r.Fault.Channel) {
			continue
		}
		if r.Fault.Probability > 0 && f.random.Float64() >= r.Fault.Probability {
			continue
		}
		r.hits++
		return r
	}
	return nil
}

// Inject puts a fault in force, after those that are. It returns an error for a kind that it does not know, or a
// Probability outside 0 to 1.
func (s *Server) Inject(f Fault) (*Injected, error) {
	f.Status = cmp.Or(f.Status, http.StatusServiceUnavailable)
	f.Error = cmp.Or(f.Error, "internal_error")
	kinds := []FaultKind{FaultRateLimit, FaultStatus, FaultStatusLate, FaultError, FaultLatency, FaultCut, FaultCutEarly, FaultHold, FaultHoldEarly}
	if !slices.Contains(kinds, f.Kind) {
		return nil, fmt.Errorf("inject fault: kind %q: want one of %v", f.Kind, kinds)
	}
	outside := f.Probability < 0 || f.Probability > 1 || f.Status < 400 || f.Status > 599
	if outside || f.Count < 0 || f.Delay < 0 || f.RetryAfter < 0 {
		return nil, fmt.Errorf("inject fault: probability %v, status %d, count %d, delay %v or retry_after %v out of range",
			f.Probability, f.Status, f.Count, f.Delay, f.RetryAfter)
	}
	i := &Injected{Fault: f, server: s, reached: make(chan struct{}), released: make(chan struct{})}
	i.reach = sync.OnceFunc(func() { close(i.reached) })
	i.release = sync.OnceFunc(func() { close(i.released) })
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults.lastID++
	i.ID = s.faults.lastID
	s.faults.rules = append(s.faults.rules, i)
	s.touch()
	return i, nil
}

// Faults returns the faults in force.
func (s *Server) Faults() []*Injected {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.faults.rules)
}

// ClearFaults takes every fault away and releases what they hold. It also undoes SkewSignatures and RevokeTokens.
func (s *Server) ClearFaults() {
	s.mu.Lock()
	rules := s.faults.rules
	s.faults.rules, s.skew, s.revoked = nil, 0, false
	s.touch()
	s.mu.Unlock()
	for _, r := range rules {
		r.release()
	}
}

// Seed makes the fate of faults with a Probability repeatable.
func (s *Server) Seed(seed uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults.random = rand.New(rand.NewPCG(seed, seed)) //nolint:gosec // chance, not secrecy
}

// SetChannelLimit turns Slack's own limit on posting per channel on or off, see Config.NoChannelLimit.
func (s *Server) SetChannelLimit(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cfg.NoChannelLimit = !on
	s.touch()
}

// ChannelLimit reports whether Slack's own limit on posting per channel is on.
func (s *Server) ChannelLimit() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.cfg.NoChannelLimit
}

// SetDeliverTo changes where deliveries go, see Config.DeliverTo. "" means Socket Mode.
func (s *Server) SetDeliverTo(url string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.deliverTo = url
	s.touch()
}

// DeliverTo returns where deliveries go; "" means Socket Mode.
func (s *Server) DeliverTo() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.deliverTo
}

// SkewSignatures shifts the timestamp of signed requests. Slack's docs tell apps to refuse more than five minutes.
func (s *Server) SkewSignatures(by time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.skew = by
	s.touch()
}

// Skew returns what SkewSignatures set.
func (s *Server) Skew() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.skew
}

// RevokeTokens makes every call answer token_revoked, and closes the sockets, until ClearFaults.
func (s *Server) RevokeTokens() {
	s.mu.Lock()
	s.revoked = true
	s.touch()
	s.mu.Unlock()
	s.DisconnectSockets("link_disabled")
}
