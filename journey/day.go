package journey

import (
	"fmt"
	"time"
)

// Day is a calendar day as the number yyyymmdd (20261123 is 23 November 2026), meant in the workspace's time zone.
// The zero Day is "unknown".
type Day int32

// DayOf returns the day on which t falls in its own location.
func DayOf(t time.Time) Day {
	y, m, d := t.Date()
	return Day(y*10000 + int(m)*100 + d)
}

// ParseDay reads "2006-01-02" or an RFC 3339 time, of which it keeps the date as written.
func ParseDay(s string) (Day, error) {
	if t, err := time.Parse(time.DateOnly, s); err == nil {
		return DayOf(t), nil
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return 0, fmt.Errorf("%q is not a date like 2026-11-23", s)
	}
	return DayOf(t), nil
}

// Known reports whether the day is set.
func (d Day) Known() bool { return d != 0 }

// In returns midnight at the start of the day in loc. The zero Day gives the zero time.
func (d Day) In(loc *time.Location) time.Time {
	if d == 0 {
		return time.Time{}
	}
	return time.Date(int(d)/10000, time.Month(int(d)/100%100), int(d)%100, 0, 0, 0, 0, loc)
}

// Until returns the number of days from the day of now (in now's location) to d; negative when d is past.
func (d Day) Until(now time.Time) int {
	return int(d.In(time.UTC).Sub(DayOf(now).In(time.UTC)).Hours() / 24)
}

// String writes the day as 2006-01-02, and the zero Day as "unknown".
func (d Day) String() string {
	if d == 0 {
		return "unknown"
	}
	return d.In(time.UTC).Format(time.DateOnly)
}

// Add returns the day n days later, or earlier when n is negative. The zero Day stays zero.
func (d Day) Add(n int) Day {
	if d == 0 {
		return 0
	}
	return DayOf(d.In(time.UTC).AddDate(0, 0, n))
}

// Since returns the number of days from earlier to d.
func (d Day) Since(earlier Day) int {
	return int(d.In(time.UTC).Sub(earlier.In(time.UTC)).Hours() / 24)
}

// month returns the first day of the month that is n months after the one of d.
func (d Day) month(n int) Day {
	t := d.In(time.UTC)
	return DayOf(time.Date(t.Year(), t.Month()+time.Month(n), 1, 0, 0, 0, 0, time.UTC))
}
