package alerts

import (
	"time"

	"journeybot/journey"
)

// Calendar is when a team works. The zero Calendar (no zone) is wall time: every minute counts.
type Calendar struct {
	Zone     *time.Location
	Days     [7]bool       // by time.Weekday
	From, To time.Duration // since midnight, wall clock of Zone
	Holidays map[journey.Day]bool
}
