package alerts

import (
	"errors"
	"time"
)

// Alert is a signal that somebody should act on. Times that do not apply are zero.
type Alert struct {
	ID       string // UUIDv7
	ShortID  string // for people, such as A-7K2
	Key      string // see Key
	Account  string
	Kind     Kind
	About    string
	Polarity Polarity
	Severity Severity
	Status   Status

	Owner     string // Slack user id (U…, W…) or user group id (S…); "" while unknown
	OwnerRef  string // whom the route asked for: an e-mail address or "group:@handle"; the publisher turns it into Owner
	OwnerNote string // why the owner is somebody else than asked for, such as "Maria is away until 2 Dec: Ben stands in"; plain text
	Segment   string // of the account when the alert opened: names the lead
	AckedBy   string // Slack user id
	AckedAt   time.Time

	OpenedAt time.Time
	SignalAt time.Time // age of the newest signal in it
	ShownAt  time.Time // when its cards were first let go; zero while it has been held all the time
	Count    int       // signals since it opened, 1 at first

	Route      string   // name of the route that took it
	Channels   []string // where it stands: Slack references as configured (#name or C…), in the order they were added
	Playbook   string
	Escalation string
	Step       int    // how many escalation steps have fired
	Config     string // revision of the growth file that decided
	Facts      Facts
	EventIDs   []string // "source id" of the last signals in it, newest last, at most 10

	Outcome    Outcome
	OutcomeARR *int64 // cents
	ClosedAt   time.Time

	SnoozedFrom Status // where a snoozed alert returns to
	WakeAt      time.Time
	StepAt      time.Time
	RemindAt    time.Time
	UnackAt     time.Time
	ExpireAt    time.Time
	ReviewAt    time.Time
	TaskAt      time.Time // the next step of the playbook is overdue

	Play Play // of the playbook

	Hold      Hold // why it is not shown; the zero Hold when it is
	Clearance Clearance

	Matched []string // names of the routes that took it, in order
	Decided *Decided // how it was routed last; nil for an alert from before that was kept

	Version int64 // raised by every change; storage refuses a change based on another version
}

// DueAt is the earliest of the alert's timers, zero when none runs.
func (a Alert) DueAt() time.Time {
	var due time.Time
	for _, t := range []time.Time{a.WakeAt, a.StepAt, a.RemindAt, a.UnackAt, a.ExpireAt, *holdUntil(&a), a.ReviewAt, a.TaskAt} {
		if !t.IsZero() && (due.IsZero() || t.Before(due)) {
			due = t
		}
	}
	return due
}

// Entry is one line of an alert's append-only history.
type Entry struct {
	Seq       int64 // 1, 2, 3 … within the alert
	At        time.Time
	Actor     Actor
	Origin    string // from where: "event", "slack:<channel>", "timer", "cli"
	What      What
	From, To  Status
	Data      EntryData
	RequestID string // of the click or command, so that a repeat changes nothing; "" when there is none
}

// Actor is who did something: a Slack user, or the bot itself when UserID is empty.
type Actor struct{ UserID, Name string }

// What names a history entry's event.
type What string

// What can happen to an alert.
const (
	DidOpen     What = "opened"
	DidRepeat   What = "repeated"
	DidWorsen   What = "worsened"
	DidEase     What = "eased"
	DidRecover  What = "recovered"
	DidAck      What = "acknowledged"
	DidUnack    What = "unacknowledged"
	DidAssign   What = "assigned"
	DidSnooze   What = "snoozed"
	DidWake     What = "woke"
	DidEscalate What = "escalated"
	DidRemind   What = "reminded"
	DidResolve  What = "resolved"
	DidAmend    What = "amended"
	DidReopen   What = "reopened"
	DidExpire   What = "expired"
	DidNote     What = "noted"
	DidTick     What = "ticked"
	DidSetOwner What = "owner_found"
	DidDisown   What = "owner_left"
	DidExtend   What = "extended"
	DidReview   What = "reviewed"
	DidStillOn  What = "still_on"
	DidHold     What = "held"
	DidRelease  What = "released"
	DidClear    What = "cleared"   // for sale, although a risk is open
	DidKeep     What = "kept"      // on hold
	DidAsk      What = "asked"     // the risk's owner
	DidReserve  What = "reserved"  // while on hold
	DidMute     What = "muted"     // its account, or its kind there
	DidUnmute   What = "unmuted"   // it was shown already, and goes on
	DidMerge    What = "merged"    // its account, or another alert, into this
	DidForecast What = "forecast"  // of a renewal; Data has it before and after
	DidSwitch   What = "switched"  // to another playbook; Data has both
	DidAct      What = "asked_for" // a button of the playbook asked another system to do something
	DidAnswer   What = "answered"  // that system says what came of it
)

// EntryData carries what a history line needs beside who and when. Unused fields are zero.
type EntryData struct {
	EventID  string // "source id" of the signal
	Before   string // short facts before, such as "72 (yellow)"
	After    string
	Severity Severity
	User     string // the other person: new owner, or whom it was taken from
	UserName string
	Note     string
	Outcome  Outcome
	ARR      *int64
	Until    time.Time
	Step     string // playbook step id, or escalation step
	Target   string // whom an escalation told
	Done     bool
	Playbook string  // that a step or action belongs to
	Fields   []Field // of a form
	Own      bool    // the actor owned the alert already: the card tells it, the thread need not

	Look *Look // at the account after the alert's end
}

// ThreadWorthy reports whether the entry gets a line in the alert's thread. Thread lines notify followers, so repeats, ticks
// and what an owner does to an own alert stay on the card.
func (e Entry) ThreadWorthy() bool {
	switch e.What {
	case DidOpen, DidRepeat, DidTick:
		return false
	case DidSetOwner:
		return e.Data.Note != ""
	case DidAnswer:
		return !e.Data.Done // the card shows what worked
	case DidNote, DidResolve, DidAmend, DidMerge:
		return true
	case DidReview:
		return e.Data.Outcome != Recovered // nobody claimed anything
	case DidHold, DidRelease:
		return e.Data.Note == string(HoldCollision) // else there was no thread to read it in
	}
	return !e.Data.Own
}

// Condition is the last signal known per dedupe key. It outlives the alert, so that an old event never overwrites
// newer state and a threshold is told once per period.
type Condition struct {
	Key     string
	Account string
	At      time.Time
	Seq     uint64
	Level   int         // 0 is clear; higher is worse (or, for opportunities, hotter)
	Period  string      // within which a level is told once; "" when the kind has no periods
	Told    int         // the highest level told in Period
	Changes []time.Time // when it began and ended, oldest first, at most 10
	Flaps   bool        // that it comes and goes has been told
}

// Errors that Apply returns; none of them changes anything. Handlers turn them into a private answer.
var (
	// ErrNotFound: there is no such alert.
	ErrNotFound = errors.New("no such alert")
	// ErrNobody: an address, name or reference stands for nobody in the Slack workspace.
	ErrNobody = errors.New("nobody in this Slack workspace")
	// ErrReplaced: reopening is refused because a newer alert about the same thing is live.
	// Rules cannot see that: storage returns it when the key is taken.
	ErrReplaced = errors.New("a newer alert about the same thing is live")
	// ErrOutcome: the outcome is none of those that a person can choose.
	ErrOutcome = errors.New("no such outcome")
	// ErrForecast: the forecast is none of Forecasts.
	ErrForecast = errors.New("no such forecast")
	// ErrInput: the input is none of the transition table's.
	ErrInput = errors.New("no such input")
)

// TakenError is returned when somebody else acknowledged first.
type TakenError struct {
	By Actor // UserID is the owner's; Name may be empty
	At time.Time
}

// Error says who took the alert and when.
func (e *TakenError) Error() string {
	return "already acknowledged by " + e.By.UserID + " at " + e.At.UTC().Format(time.RFC3339)
}

// ClosedError is returned when the alert is resolved or expired and the input needs a live one.
type ClosedError struct {
	Status  Status
	Outcome Outcome
	At      time.Time
}

// Error says how and when the alert ended.
func (e *ClosedError) Error() string {
	return "already " + string(e.Status) + " (" + string(e.Outcome) + ") at " + e.At.UTC().Format(time.RFC3339)
}

// Person is somebody in the Slack workspace, from the cached people table.
type Person struct {
	UserID    string
	Email     string
	Name      string
	TZ        string // IANA zone, "" when unknown
	Guest     bool   // of this workspace but not of the company, or a Stranger
	Stranger  bool   // of another company, through a shared channel
	Bot       bool
	Deleted   bool
	CheckedAt time.Time

	StatusAway  bool      // the status in Slack says so
	StatusUntil time.Time // until then; zero: it names no end
	AwayUntil   time.Time // by own choice; zero, or past: not away
	Delegate    string    // Slack user id of who acts meanwhile; "" for nobody
}
