package alerts

import (
	"slices"
	"time"
)

// asleep holds an alert that would be seen in no channel now: a grave one until the first of them wakes.
func (r *Rules) asleep(a Alert, channels []string, now time.Time) (Hold, bool) {
	if a.Severity == Critical || len(channels) == 0 {
		return Hold{}, false
	}
	var first time.Time
	for _, channel := range channels {
		wakes := r.quietUntil(Target(channel), now)
		if !wakes.After(now) {
			return Hold{}, false
		}
		if first.IsZero() || wakes.Before(first) {
			first = wakes
		}
	}
	return Hold{Reason: HoldHours, Until: r.whenGrave(a, first)}, true
}

// quietUntil is when a channel takes posts again that are not critical: at itself outside of its quiet hours.
func (r *Rules) quietUntil(channel Target, at time.Time) time.Time {
	end := at
	for _, h := range r.Quiet.Hours {
		if slices.ContainsFunc(h.Channels, func(name string) bool { return r.Channels[name].Slack == channel }) {
			end = later(end, h.until(at, r.Calendars[h.Calendar], r.zone()))
		}
	}
	return end
}

// until is when quiet that holds at a time ends, at itself when there is none.
func (h QuietHours) until(at time.Time, c Calendar, zone *time.Location) time.Time {
	if c.Zone != nil {
		zone = c.Zone
	}
	end := at.In(zone)
	for range searchDays {
		switch next := endOfQuiet(h.From, h.To, end); {
		case c.Zone != nil && !c.works(end):
			end = onDay(end, 1, 0)
		case next.After(end):
			end = next
		default:
			return end
		}
	}
	return at // a calendar that never works is a mistake, and no reason to be silent for ever
}

// endOfQuiet is when the quiet from one time of day to another ends that holds at a time, in its zone; the time itself when it is
// outside. A from after to goes over midnight, and the same time twice is no quiet at all.
func endOfQuiet(from, to time.Duration, local time.Time) time.Time {
	if from == to {
		return local
	}
	for _, begun := range []int{-1, 0} { // last night, or today
		ends := begun
		if to < from {
			ends++
		}
		if end := onDay(local, ends, to); !local.Before(onDay(local, begun, from)) && local.Before(end) {
			return end
		}
	}
	return local
}
