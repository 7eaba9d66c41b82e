package alerts

import (
	"time"

	"journeybot/journey"
)

// DaysToWork is how many days after t's the next working day of the workspace is, at least 1: by days and holidays of the growth
// file's first calendar, Monday to Friday without one. Days are t's own, in its zone.
func (r *Rules) DaysToWork(t time.Time) int {
	calendar := r.Calendars[r.Guards.Calendar]
	if calendar.Zone == nil || calendar.Days == [7]bool{} {
		calendar.Days = [7]bool{false, true, true, true, true, true, false}
	}
	for ahead := 1; ahead <= searchDays; ahead++ {
		day := time.Date(t.Year(), t.Month(), t.Day()+ahead, 0, 0, 0, 0, time.UTC)
		if calendar.Days[day.Weekday()] && !calendar.Holidays[journey.DayOf(day)] {
			return ahead
		}
	}
	return 1
}
