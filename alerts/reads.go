package alerts

import (
	"time"

	"journeybot/journey"
)

// KeptEvent is an event as it is kept, and what it did.
type KeptEvent struct {
	Source, ID, Type string
	At, ReceivedAt   time.Time
	Result           EventResult
	Note             EventNote
	AlertID          string // short id of Note.Alert; "" when there is none
}

// Delivery is a message about an alert: who was told, and when.
type Delivery struct {
	Kind   MessageKind
	Target Target
	At     time.Time // when it was posted; zero while it is not
	Hold   string    // why it is held; "" when it is not
	Error  string    // why it was given up; "" while it is not
	Text   string    // of a ping, mrkdwn, escaped already
}

// Why is everything that explains an alert.
type Why struct {
	View
	Events     []KeptEvent // the last signals in it that are still kept, oldest first
	Deliveries []Delivery  // oldest first
	LoadedAt   time.Time   // when the growth file that decided was first loaded; zero when unknown
}

// AccountWhy is what explains how an account stands.
type AccountWhy struct {
	AccountView
	Events []KeptEvent // the newest that could have alerted, newest first
	Mutes  []MuteSpan  // that run now

	Reasons []journey.Reason // milestone by milestone, of the map that Journey names
}

// DayView is what happened about an account on one day, to explain why nobody was alerted.
type DayView struct {
	Account  journey.Account
	Day      journey.Day
	From, To time.Time
	Events   []KeptEvent // of that day or received on it, oldest first
	Opened   []View      // alerts that opened on that day, with their history
	Live     []Alert     // alerts from before that were live on it
	Mutes    []MuteSpan  // that covered some of it
	First    time.Time   // the oldest event about the account that is kept; zero when there is none
}

// MuteSpan is a mute of an account, from when to when it was meant and held.
type MuteSpan struct {
	Kind    Kind // "" mutes every kind
	From    time.Time
	Until   time.Time // as it was meant
	EndedAt time.Time // zero when nothing ended it before
	By      Actor
	EndedBy Actor
	Reason  string
}

// Note is what a person wrote down about an account.
type Note struct {
	Account   string
	At        time.Time
	By        Actor
	Text      string
	Permalink string // of the message that it was made of; "" for none
}

// Moment is one line of an account's timeline. Exactly one of the pointers is set.
type Moment struct {
	At    time.Time
	Stage *StageMove
	Alert *AlertMoment
	Note  *Note
	Mute  *MuteSpan // begins at At, or ends when Ended is set
	Ended bool
	Touch *Touch
}

// StageMove is an account's coming to a milestone.
type StageMove struct{ Map, Milestone, Reason string }

// AlertMoment is something that happened to an alert.
type AlertMoment struct {
	Alert Alert
	Entry Entry
}

// Timeline is a page of an account's timeline.
type Timeline struct {
	Account journey.Account
	Moments []Moment // newest first
	Offset  int
	More    bool              // there are older ones
	People  map[string]Person // by Slack user id
}

// KPIHistory is what `/journey acme kpis` shows.
type KPIHistory struct {
	Account journey.Account
	Since   time.Time
	Days    int
	KPIs    []journey.Series // by name; only the days since Since
}
