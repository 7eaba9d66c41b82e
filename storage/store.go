// Package storage keeps everything journeybot knows, on Postgres or SQLite.
//
// It decides nothing: a method is one transaction around rules that the caller hands in, or one query. The clock that
// leases compare is the database's on Postgres and Config.Now on SQLite.
package storage

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"journeybot/alerts"
	"journeybot/journey"
)

var errNotBuilt = errors.New("storage: not built yet")

// Config says which database to open.
type Config struct {
	URL    string           // postgres://… or sqlite:path; required
	Now    func() time.Time // nil: time.Now
	Logger *slog.Logger     // nil: discard
}

// Store is an open database. It is safe for concurrent use.
type Store struct{}

// Open connects. On Postgres the server may be away: then Open succeeds and Ready tells. A wrong URL is an error.
func Open(ctx context.Context, cfg Config) (*Store, error) { return nil, errNotBuilt }

// Close releases all connections.
func (s *Store) Close() error { return errNotBuilt }

// Migrate brings the schema up to date, under a lock that lets one replica at a time do it. It returns how many steps it applied.
func (s *Store) Migrate(ctx context.Context) (int, error) { return 0, errNotBuilt }

// Ready reports whether the database answers and its schema is the one this program needs; the error says what to do.
func (s *Store) Ready(ctx context.Context) error { return errNotBuilt }

// IsRetryable reports whether the database may do the same thing later: it is away, busy, or a race was lost.
// Anything else is a data error: the same call will fail again.
func IsRetryable(err error) bool { return false }

// Ingest runs apply on the fresh events of batch (in order, duplicates left out) in one transaction: event ids, missing
// accounts, locks, working set, and everything apply recorded in it. It repeats by itself when it loses a race.
// The answer holds one result per event of batch.
func (s *Store) Ingest(ctx context.Context, batch []alerts.Event, apply func(ws *alerts.WorkingSet, fresh []alerts.Event)) ([]alerts.EventResult, error) {
	return nil, errNotBuilt
}

// AddDeadLetter keeps an event that could not be taken. The same ID again changes nothing.
func (s *Store) AddDeadLetter(ctx context.Context, d alerts.DeadLetter) error { return errNotBuilt }

// DeadLetters lists the newest dead letters first, at most limit.
func (s *Store) DeadLetters(ctx context.Context, limit int) ([]alerts.DeadLetter, error) {
	return nil, errNotBuilt
}

// DeadLetter returns one; alerts.ErrNotFound when there is none of that id.
func (s *Store) DeadLetter(ctx context.Context, id string) (alerts.DeadLetter, error) {
	return alerts.DeadLetter{}, errNotBuilt
}

// MarkReplayed notes that a dead letter was published again.
func (s *Store) MarkReplayed(ctx context.Context, id string) error { return errNotBuilt }

// UpdateAlert loads the alert, runs change on it and writes what change returned, in one transaction with a version
// check; on a lost race it does so again. A requestID that the alert's history has already is success without a
// change. Errors of change are returned as they are; alerts.ErrNotFound when there is no such alert.
func (s *Store) UpdateAlert(ctx context.Context, id, requestID string, change func(alerts.Alert) (alerts.Result, error)) (alerts.Alert, error) {
	return alerts.Alert{}, errNotBuilt
}

// AlertView returns an alert with its account, history and people; alerts.ErrNotFound when there is none. The id may be a short id.
func (s *Store) AlertView(ctx context.Context, id string) (alerts.View, error) {
	return alerts.View{}, errNotBuilt
}

// DueAlerts returns up to limit ids of alerts whose timer is due, the earliest first, and the time of the next one after
// them (zero: none).
func (s *Store) DueAlerts(ctx context.Context, limit int) (ids []string, next time.Time, err error) {
	return nil, time.Time{}, errNotBuilt
}

// LiveAlerts lists live alerts, oldest unacknowledged first, and how many there are in all. The views carry no history.
func (s *Store) LiveAlerts(ctx context.Context, f alerts.Filter) (views []alerts.View, total int, err error) {
	return nil, 0, errNotBuilt
}

// FindAccount looks up what a person typed: id, name, domain, alias or CRM link exactly, then prefix, then spelling.
func (s *Store) FindAccount(ctx context.Context, query string) (journey.Lookup, error) {
	return journey.Lookup{}, errNotBuilt
}

// AccountView reads one account; alerts.ErrNotFound when there is none.
func (s *Store) AccountView(ctx context.Context, id string) (alerts.AccountView, error) {
	return alerts.AccountView{}, errNotBuilt
}

// Lane is a claimed lane: one channel's posts, sent by one replica at a time.
type Lane struct {
	Name   string // "post:" and the target
	Token  string // of the lease
	NextAt time.Time
	LastTS string // Slack ts of the last message known in the channel; where to look for uncertain posts from
}

// ErrLeaseLost is returned when another replica took the lane over.
var ErrLeaseLost = errors.New("the lane's lease was lost")

// ClaimLane leases the lane with the most urgent due message that nobody holds and whose next_at has passed. ok is false
// when there is none; wake is then the time when the next becomes due (zero: nothing waits).
func (s *Store) ClaimLane(ctx context.Context, lease time.Duration) (lane Lane, ok bool, wake time.Time, err error) {
	return Lane{}, false, time.Time{}, errNotBuilt
}

// ExtendLane renews the lease; ErrLeaseLost when it was lost.
func (s *Store) ExtendLane(ctx context.Context, lane Lane, lease time.Duration) error {
	return errNotBuilt
}

// ReleaseLane gives the lane back and lets it be claimed again from nextAt on.
func (s *Store) ReleaseLane(ctx context.Context, lane Lane, nextAt time.Time) error {
	return errNotBuilt
}

// NextMessage returns the lane's most urgent due message; ok is false when none is due.
func (s *Store) NextMessage(ctx context.Context, lane Lane) (m alerts.Message, ok bool, err error) {
	return alerts.Message{}, false, errNotBuilt
}

// Uncertain returns all the lane's messages whose post was started and never answered.
func (s *Store) Uncertain(ctx context.Context, lane Lane) ([]alerts.Message, error) {
	return nil, errNotBuilt
}

// Message returns one row (a thread's card, say); alerts.ErrNotFound when there is none.
func (s *Store) Message(ctx context.Context, id string) (alerts.Message, error) {
	return alerts.Message{}, errNotBuilt
}

// StartPost marks a post as begun, before it is sent: if no answer is ever recorded, it is uncertain.
func (s *Store) StartPost(ctx context.Context, lane Lane, id string) error { return errNotBuilt }

// Sent is what a successful post or update established.
type Sent struct {
	ID      string
	Channel string
	TS      string
	Version int64  // the want_version (or history seq) that is visible now
	Hash    string // of the rendering
}

// FinishPost records a message as visible and clears its uncertainty and attempts.
func (s *Store) FinishPost(ctx context.Context, lane Lane, sent Sent) error { return errNotBuilt }

// RetryMessage puts a message off until at. uncertain keeps the mark of an unanswered post; a definite answer clears it.
func (s *Store) RetryMessage(ctx context.Context, lane Lane, id string, at time.Time, uncertain bool, reason string) error {
	return errNotBuilt
}

// FailMessage gives a message up for good, with the reason. A later want (a new version) does not revive it; Revive does.
func (s *Store) FailMessage(ctx context.Context, lane Lane, id, reason string) error {
	return errNotBuilt
}

// AddPlace makes a message wanted that no alert's change asked for (a notice to the fallback channel); once per
// (Kind, Subject, Target, Slot).
func (s *Store) AddPlace(ctx context.Context, p alerts.Place) error { return errNotBuilt }

// Budget reads the time from which a shared budget such as "chat.update" may be used again, and SetBudget moves it,
// never back: a Retry-After that one replica got is obeyed by all.
func (s *Store) Budget(ctx context.Context, name string) (time.Time, error) {
	return time.Time{}, errNotBuilt
}

// TakeBudget takes one call from a shared budget that allows one every interval: true when the call may be made now, else
// the time from which on to ask again.
func (s *Store) TakeBudget(ctx context.Context, name string, interval time.Duration) (ok bool, at time.Time, err error) {
	return false, time.Time{}, errNotBuilt
}

// SetBudget: see Budget.
func (s *Store) SetBudget(ctx context.Context, name string, until time.Time) error {
	return errNotBuilt
}

// Depths are the queue depths for metrics.
type Depths struct {
	Messages     int // wanted, not done, not held, not failed
	Uncertain    int
	Failed       int
	OldestWanted time.Duration // how long the oldest due message has waited
	Outbox       int
	DeadLetters  int // not replayed
	LiveAlerts   map[alerts.Kind]map[alerts.Status]int
}

// Depths counts what waits.
func (s *Store) Depths(ctx context.Context) (Depths, error) { return Depths{}, errNotBuilt }

// SlackChannel is what is known of a Slack channel.
type SlackChannel struct {
	Ref       alerts.Target // as configured
	ID        string
	Name      string
	Kind      string // public, private, im
	Member    bool
	External  bool
	Broken    string // why it cannot be posted to; "" when it can
	CheckedAt time.Time
}

// Channel returns a cached channel; alerts.ErrNotFound when it is not known yet.
func (s *Store) Channel(ctx context.Context, ref alerts.Target) (SlackChannel, error) {
	return SlackChannel{}, errNotBuilt
}

// SaveChannel keeps or replaces a channel.
func (s *Store) SaveChannel(ctx context.Context, c SlackChannel) error { return errNotBuilt }

// Person returns a cached person by Slack user id or folded e-mail address; alerts.ErrNotFound when not known.
func (s *Store) Person(ctx context.Context, idOrEmail string) (alerts.Person, error) {
	return alerts.Person{}, errNotBuilt
}

// SavePeople keeps or replaces people.
func (s *Store) SavePeople(ctx context.Context, people ...alerts.Person) error { return errNotBuilt }

// NextInRotation returns the member whose turn it is in the named round-robin and remembers it: the one after the last
// chosen in the order of members, "" when members is empty.
func (s *Store) NextInRotation(ctx context.Context, name string, members []string) (string, error) {
	return "", errNotBuilt
}

// OutboxRow is an event that waits to leave.
type OutboxRow struct {
	Outbound alerts.Outbound
	Sequence int64 // per subject
}

// ClaimOutbox leases the outbox for one relay at a time and returns up to limit rows in order; none when another holds it.
func (s *Store) ClaimOutbox(ctx context.Context, lease time.Duration, limit int) (token string, rows []OutboxRow, err error) {
	return "", nil, errNotBuilt
}

// FinishOutbox marks rows as sent and releases the lease.
func (s *Store) FinishOutbox(ctx context.Context, token string, ids []string) error {
	return errNotBuilt
}

// SaveRevision keeps the text of a growth file under its revision, once.
func (s *Store) SaveRevision(ctx context.Context, revision, text string) error { return errNotBuilt }
