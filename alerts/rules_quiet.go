package alerts

import "time"

// QuietRules say what is held back, for how long. The zero QuietRules hold nothing.
type QuietRules struct {
	// Shadow, when set, is the one channel that gets everything, marked with where it would have gone.
	Shadow Shadow

	StaleAfter    time.Duration // a signal that comes later than that is for the digest; 0: however late
	StaleCritical time.Duration // the same for a critical one, when that is longer: it is posted and marked as late
	Flapping      Flapping
	DigestLow     bool // low severity is for the digest
	Hours         []QuietHours
	Throttle      map[Kind]Throttle // per account
	Budget        Budget
	Storm         Storm
}

// Flapping is how many times within a while a condition may come and go before it is held. The zero Flapping: for ever.
type Flapping struct {
	Changes int
	Within  time.Duration
}

// QuietHours are when some channels get no posts but critical ones: from From to To, over midnight when To is not after From, and,
// with a calendar, on the days on which nobody works. The same time twice is no time of day.
type QuietHours struct {
	Channels []string      // names in Rules.Channels
	From, To time.Duration // since midnight
	Calendar string        // a name in Rules.Calendars, whose zone counts; "": every day, in the workspace's zone
}

// Throttle is how many alerts of a kind may be posted about one account within a while. The zero Throttle: any number.
type Throttle struct {
	Posts int
	Per   time.Duration
}

// Budget is how often a person may be interrupted in a day, by a direct message or a mention, in all and about one account.
// 0 is any number. What is critical, and what somebody else did, passes.
type Budget struct{ PerPerson, PerAccount int }

// DefaultQuiet holds what MESSAGES' defaults hold, for a growth file that does not say.
func DefaultQuiet() QuietRules {
	return QuietRules{
		StaleAfter: day, StaleCritical: 3 * day, Flapping: Flapping{Changes: 3, Within: 7 * day}, DigestLow: true,
		Budget: Budget{PerPerson: 5, PerAccount: 2}, Storm: DefaultStorm(),
	}
}

// Storm says when alerts of one kind in one channel are too many to be posted one by one: from the Threshold-th within Window
// on they share one message, which is refreshed once every Every, until none has come for Reset. The zero Storm bundles nothing.
type Storm struct {
	Threshold            int // 0 or less: off
	Window, Every, Reset time.Duration
}

// DefaultStorm is the storm of MESSAGES' defaults, for a growth file that sets none.
func DefaultStorm() Storm {
	return Storm{Threshold: 5, Window: time.Minute, Every: 5 * time.Minute, Reset: 10 * time.Minute}
}
