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

// searchDays bounds the look for the next working day: longer closures than this do not exist, mistakes do.
const searchDays = 400

// Add returns the moment at which d of working time has passed since t. Each full 24 hours of d count as one working day,
// up to the same time of day; the rest counts in working hours. In wall time, and in a calendar that never works, it is
// t plus d. It never returns a time before t.
func (c Calendar) Add(t time.Time, d time.Duration) time.Time {
	if d <= 0 {
		return t
	}
	if c.Zone == nil || c.To <= c.From {
		return t.Add(d)
	}
	at, ok := c.next(t)
	for ; ok && d >= 24*time.Hour; d -= 24 * time.Hour {
		at, ok = c.nextDay(at)
	}
	for ok && d > 0 {
		_, end := c.hours(at)
		if left := end.Sub(at); d > left {
			d -= left
			at, ok = c.next(end)
			continue
		}
		return at.Add(d)
	}
	if !ok {
		return t.Add(d)
	}
	return at
}

// next returns t when the team works then, else when it starts to work again.
func (c Calendar) next(t time.Time) (time.Time, bool) {
	t = t.In(c.Zone)
	for range searchDays {
		if start, end := c.hours(t); c.works(t) && t.Before(end) {
			if t.Before(start) {
				return start, true
			}
			return t, true
		}
		t = c.midnight(t, 1)
	}
	return time.Time{}, false
}

// nextDay returns the same time of day on the working day after t's.
func (c Calendar) nextDay(t time.Time) (time.Time, bool) {
	for days := 1; days <= searchDays; days++ {
		if day := c.midnight(t, days); c.works(day) {
			return c.at(day, clockOf(t)), true
		}
	}
	return time.Time{}, false
}

// dayBefore returns the same time of day on the working day before t's: what Add makes of it and a day is t, where t is in working hours.
// In wall time, and in a calendar that never works, it is 24 hours earlier.
func (c Calendar) dayBefore(t time.Time) time.Time {
	if c.Zone != nil && c.To > c.From {
		t = t.In(c.Zone)
		for days := 1; days <= searchDays; days++ {
			if day := c.midnight(t, -days); c.works(day) {
				return c.at(day, clockOf(t))
			}
		}
	}
	return t.Add(-24 * time.Hour)
}

func (c Calendar) works(t time.Time) bool {
	return c.Days[t.Weekday()] && !c.Holidays[journey.DayOf(t)]
}

func (c Calendar) hours(t time.Time) (start, end time.Time) { return c.at(t, c.From), c.at(t, c.To) }

func (c Calendar) midnight(t time.Time, days int) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day()+days, 0, 0, 0, 0, c.Zone)
}

// clockOf is t's time of day, to the second.
func clockOf(t time.Time) time.Duration {
	hour, minute, second := t.Clock()
	return time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute + time.Duration(second)*time.Second
}

// at is the wall clock time on t's day: time.Date, unlike adding to midnight, is right on days of 23 and 25 hours.
func (c Calendar) at(t time.Time, clock time.Duration) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, int(clock), c.Zone)
}
