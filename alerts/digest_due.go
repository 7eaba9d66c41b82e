package alerts

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// DigestDue is one digest at the time when it is due. One is sent per target and period at most.
type DigestDue struct {
	Target Target
	Weekly bool   // an owner's, of a week; else a channel's, of a working day
	Period string // what it closes: a day (2026-11-24), or an ISO week (2026-W48)
	At     time.Time
}

// ChannelDigests are the newest digest of each channel that is due at now, by channel. Older ones that were missed are not
// among them.
func (r *Rules) ChannelDigests(now time.Time) []DigestDue {
	var due []DigestDue
	for _, name := range slices.Sorted(maps.Keys(r.Digests.Channels)) {
		channel, known := r.Channels[name]
		at, ok := r.lastWorkday(now, r.Digests.Channels[name])
		if known && ok {
			due = append(due, DigestDue{Target: channel.Slack, Period: at.Format(time.DateOnly), At: at})
		}
	}
	return due
}

// lastWorkday is the last time before or at now at which the clock showed that time on a working day.
func (r *Rules) lastWorkday(now time.Time, clock time.Duration) (time.Time, bool) {
	calendar := r.Calendars[r.Digests.Calendar]
	today := r.local(now)
	if calendar.Zone != nil {
		today = now.In(calendar.Zone)
	}
	for back := range searchDays {
		at := onDay(today, -back, clock)
		if works := calendar.Zone == nil || calendar.works(onDay(today, -back, 0)); works && !at.After(now) {
			return at, true
		}
	}
	return time.Time{}, false
}

// OwnerDigest is the newest weekly digest of a person that is due at now; false when the person gets none.
func (r *Rules) OwnerDigest(p Person, chosen Preferences, now time.Time) (DigestDue, bool) {
	if !r.Digests.Owners || chosen.NoDigest || p.Deleted || p.Guest || !isPerson(p.UserID) {
		return DigestDue{}, false
	}
	clock := r.Digests.At
	if chosen.DigestAt != nil {
		clock = *chosen.DigestAt
	}
	return weekly(Target("@"+p.UserID), now.In(r.ZoneOf(p)), r.Digests.Day, clock), true
}

// weekly is what was due last, at or before now, at that time of that weekday in now's zone.
func weekly(target Target, now time.Time, day time.Weekday, clock time.Duration) DigestDue {
	since := (int(now.Weekday()) - int(day) + 7) % 7
	at := onDay(now, -since, clock)
	if at.After(now) {
		at = onDay(now, -since-7, clock)
	}
	year, week := at.ISOWeek()
	return DigestDue{Target: target, Weekly: true, Period: fmt.Sprintf("%d-W%02d", year, week), At: at}
}
