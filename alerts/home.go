package alerts

import (
	"time"

	"journeybot/journey"
)

// How much of each list the Home tab shows at most.
const (
	HomeAlerts   = 10 // a page of the viewer's own
	HomeUnowned  = 5
	HomeAccounts = 10
	HomeHeld     = 5
	HomeMutes    = 10
)

// HomeWeek is how far back the numbers on the Home tab count.
const HomeWeek = 7 * 24 * time.Hour

// Home is what somebody's Home tab shows.
type Home struct {
	Person  Person
	Chosen  Preferences
	Numbers Numbers // of the viewer's alerts in the last HomeWeek

	Mine   []View // live and not held, from Offset on
	Total  int    // how many of these there are in all
	Offset int

	Held      []View
	HeldTotal int

	Unowned      []View
	UnownedTotal int

	Accounts      []journey.Account // the viewer's: worst health first, then the next renewal
	AccountsTotal int

	Mutes []HomeMute // running ones that the viewer made, or of the viewer's accounts

	People map[string]Person // by Slack user id: the delegate

	Playbooks PlaybookReport
	Rules     *RuleReport // for operators only
}

// HomeMute is a mute as the Home tab shows it.
type HomeMute struct {
	ID      string
	Account string
	Name    string // of the account
	Kind    Kind   // "": every kind
	Until   time.Time
	Reason  string
}
