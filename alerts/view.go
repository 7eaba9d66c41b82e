package alerts

import (
	"time"

	"journeybot/journey"
)

// View is an alert with everything that a card or an explanation of it shows.
type View struct {
	Alert   Alert
	Account journey.Account
	History []Entry           // oldest first; left out in lists
	People  map[string]Person // by Slack user id: owner, acknowledger, actors
	KPIs    []journey.Series  // of the last 90 days; left out in lists and for cards, whose texts name none
	At      time.Time         // when it is looked at: relative times in texts count from it; zero: they read as dates
	Risks   []Alert           // live risks of the account, for an alert whose kind upsells; left out in lists
	Mute    *Mute             // that holds the alert; nil when none does
	Beside  Beside            // left out in lists
}

// Beside are live alerts of the same kind about the same account that are held because there were enough of them.
type Beside struct {
	Held  int
	Since time.Time // when the first of them opened
}

// AccountView is what `/journey acme` shows.
type AccountView struct {
	Account journey.Account
	KPIs    []journey.Series  // of the last 90 days, by name
	Live    []View            // live alerts, most severe first
	Past    []Alert           // closed in the last 90 days, newest first, at most 5
	Muting  []Mute            // mutes that run now
	People  map[string]Person // by folded e-mail address and by Slack user id: owners
	Journey *JourneyView      // nil when no map is for it, or it was not evaluated yet
}

// Filter selects live alerts. The zero Filter selects all.
type Filter struct {
	Owner    string // Slack user id
	Unowned  bool
	Red      bool // of accounts whose health is red
	Account  string
	Channel  Target // that stand in this channel
	Kind     Kind
	Severity Severity
	Held     bool // that are not shown for now
	Limit    int  // 0: 10
	Offset   int
}
