package journey

import "time"

// History is what is known about one account, as far back as the needs of its map reach: all that an evaluation reads.
// Order does not matter, except that Points are oldest first.
type History struct {
	Account  Account
	Rows     []UsageRow
	UserRows []UserRow
	KPIs     []Series
	Alerts   []AlertSpan
	Explicit []ExplicitStage
	Changed  Day            // the earliest day of what came in since the last evaluation; the zero Day when nothing is older than that
	Agreed   map[string]Day // by milestone: until when it is expected, as agreed with the customer; beats expect_within
	Usual    map[string]int // by milestone: median days that the segment takes; for expect_within: usual
}

// AlertSpan is a time in which an alert of a kind was live.
type AlertSpan struct {
	Kind  string
	About string
	From  Day
	Until Day // last day; the zero Day while it is live
}

// ExplicitStage is a milestone that an event from outside said was reached.
type ExplicitStage struct {
	Milestone string
	At        time.Time
}
