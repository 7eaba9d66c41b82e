package alerts

import "time"

// Preferences are what a person chose on the Home tab. The zero Preferences are the workspace's defaults.
type Preferences struct {
	NoDigest bool
	DigestAt *time.Duration // time of day of the weekly digest, since midnight in the own zone; nil: as the growth file says

	// Direct messages that are not critical wait while it is between these times of day in the own zone. The same time
	// twice is no quiet at all; a From after To goes over midnight.
	QuietFrom, QuietTo time.Duration

	AwayUntil time.Time // zero, or past: not away
	Delegate  string    // Slack user id of who acts meanwhile; "" for nobody
}

// QuietUntil is when a direct message that is not critical may be sent at the earliest: at itself outside of the quiet hours.
func (p Preferences) QuietUntil(at time.Time, zone *time.Location) time.Time {
	if p.QuietFrom == p.QuietTo {
		return at
	}
	if end := endOfQuiet(p.QuietFrom, p.QuietTo, at.In(zone)); end.After(at) {
		return end
	}
	return at
}

// ZoneOf is the time zone that a person lives in as far as it is known, else the workspace's.
func (r *Rules) ZoneOf(p Person) *time.Location {
	if p.TZ != "" && p.TZ != "Local" {
		if zone, err := time.LoadLocation(p.TZ); err == nil {
			return zone
		}
	}
	if r.Zone == nil {
		return time.UTC
	}
	return r.Zone
}

// onDay is a wall clock time some days after t's day, in t's zone: right on days of 23 and 25 hours too.
func onDay(t time.Time, days int, clock time.Duration) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day()+days, 0, 0, 0, int(clock), t.Location())
}
