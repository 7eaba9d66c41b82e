package alerts

import (
	"time"

	"journeybot/journey"
)

// UsageRules say how long product usage is kept. The zero value keeps every day for ever.
type UsageRules struct {
	Keep   time.Duration // by day; what is older is added up by month
	Forget time.Duration // by month; what is older is gone; 0 for never
}

// DefaultUsage is what counts without a growth file: a year by day, and a month of grace.
func DefaultUsage() UsageRules { return UsageRules{Keep: 400 * day} }

// RollUp returns the day before which counts are kept by month, and the one before which there are none; the zero Day is never. Both are
// firsts of months in the zone of now.
func (u UsageRules) RollUp(now time.Time) (keep, forget journey.Day) {
	return monthBefore(now, u.Keep), monthBefore(now, u.Forget)
}

func monthBefore(now time.Time, age time.Duration) journey.Day {
	if age <= 0 {
		return 0
	}
	at := now.AddDate(0, 0, -int(age/day))
	return journey.DayOf(time.Date(at.Year(), at.Month(), 1, 0, 0, 0, 0, now.Location()))
}
