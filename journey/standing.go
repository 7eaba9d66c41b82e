package journey

import "time"

// Standing is where an account stands on its map. It follows from the account's history alone, whatever the order in which that became known.
// The zero Standing is one that was never made. It may be stored as JSON.
type Standing struct {
	Map      string
	Revision string // of the map
	Through  Day    // the last day it knows; State is as of then
	Due      Day    // the next day on which the mere passing of time may change it; the zero Day for never
	Base     State  // as of the end of the day before Through
	State    State
	Outlook  Outlook
}

// Outlook is what an account is close to, as of the last evaluation.
type Outlook struct {
	Next   string // the next milestone; "" at the end
	Plan   Plan   // what is missing for it
	Losing string // the sustained milestone that is lost first; "" when none is, as far as its warning looks
	LostOn Day    // when, if nothing more happens
	Save   Plan   // what is missing to keep it
}

// State is a standing at one time.
type State struct {
	Entered    Day                       // first day of the account's history
	Stage      string                    // the milestone the account is at; "" before the first
	StageSince Day                       //
	Milestones map[string]MilestoneState // by id, those with something to say
	Branches   map[string]BranchState
	Quiet      map[string]Day    // personas from whom more is expected, since when
	Seen       map[string]bool   // personas that once did what is expected
	Triggers   map[string]Day    // triggers whose rule holds, since when
	Limits     map[string]Level  // by resource
	Near       map[string]Day    // people warned of: milestone|user, when
	Health     HealthState       // zero when not derived or nothing is known
	Explicit   string            // milestone that an explicit event set and that still counts
	ExplicitOn Day               //
	Warned     map[string]string // by milestone: the period of the last warning
}

// MilestoneState is what happened with one milestone. Days are zero when it did not.
type MilestoneState struct {
	Reached Day // first time
	Since   Day // reached and not lost since; zero while lost
	Lost    Day // the last time; zero while it is held
	Good    Day // sustained: first day of the last period in which the rule held
	Expect  Day // until when it is expected; zero when it is not
	Dropped Day // when Expect was missed; zero while there is hope
	Took    int // days from the milestone before to Reached; -1 when there was none
}

// Held reports whether the milestone counts as reached.
func (s MilestoneState) Held() bool { return s.Since.Known() }

// BranchState is a side path that was opened.
type BranchState struct {
	Opened Day
	Closed Day  // zero while open
	Holds  bool // whether its rule held at the last look: it opens again only after it did not
}

// Level is the highest step of a limit that was crossed in a period.
type Level struct {
	Percent int
	Period  Day // first day of the period; zero without one
}

// ChangeKind says what happened.
type ChangeKind string

// What can happen to an account on its map.
const (
	Reached      ChangeKind = "reached"       // a milestone, for the first time or again
	Lost         ChangeKind = "lost"          // a sustained milestone: continued value lost
	Withdrawn    ChangeKind = "withdrawn"     // what was reached turned out not to be: a correction
	DroppedOff   ChangeKind = "dropped_off"   // a milestone was expected and did not come
	LosingSoon   ChangeKind = "losing_soon"   // a sustained milestone is lost in days
	NearMissed   ChangeKind = "near_miss"     // a person is close to a milestone and short of time
	StageMoved   ChangeKind = "stage_moved"   // From one milestone To another
	MapChosen    ChangeKind = "map_chosen"    // another map, or another edition of it
	BranchOpened ChangeKind = "branch_opened" //
	BranchClosed ChangeKind = "branch_closed" //
	PersonaQuiet ChangeKind = "persona_quiet" // expected people no longer come
	PersonaBack  ChangeKind = "persona_back"  //
	Triggered    ChangeKind = "triggered"     // ready for a sales conversation
	LimitCrossed ChangeKind = "limit_crossed" // a step of a limit
	HealthMoved  ChangeKind = "health_moved"  // score or colour
)

// Change is one thing that happened. Only the fields of its kind are set.
type Change struct {
	ID       string // the same whenever and wherever it is derived: map, kind, about, day
	Kind     ChangeKind
	Map      string
	About    string // milestone, branch, persona, trigger or resource
	Day      Day
	At       time.Time // the day's end, or now when that is not over
	Quiet    bool      // history retold (a map changed, a past imported): no alert
	Reason   string    // why: "rule", "event", "map changed", "correction"
	Playbook string    // "" for none

	From, To string // stage, or health colour

	Progress []Term // have and need: of the milestone, and for Reached of the next one
	Expected Day    // DroppedOff: when; LosingSoon: the day it will be lost
	Forecast Day    // DroppedOff: when it comes at the present pace; zero when unknown
	Took     int    // Reached: days from the milestone before, -1 unknown; DroppedOff: days stuck
	LastDone string // DroppedOff: the last event; "" when unknown
	LastDay  Day

	User     string // NearMissed
	DaysLeft int    // NearMissed, LosingSoon
	Score    float64
	Previous float64
	Drivers  []HealthDriver
	Used     float64
	Limit    float64
	Percent  int
	PerDay   float64 // LimitCrossed: average of the last 14 days
	Period   Day     // LimitCrossed: the day it begins again; zero for never
}
