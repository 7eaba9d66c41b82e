package journey

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Window is a span of days that ends with the day a rule is evaluated on, that day included. The zero Window is all time.
type Window struct {
	Days     int      // rolling: so many days; 0 when it is not
	Calendar Calendar // or from the first day of the calendar month or quarter
}

// Calendar is a calendar period.
type Calendar string

// The calendar periods, in the workspace's time zone.
const (
	Month   Calendar = "month"
	Quarter Calendar = "quarter"
)

// maxWindowDays is the longest rolling window.
const maxWindowDays = 1100

// ParseWindow reads "30d", "4w", "month", "quarter" or "all".
func ParseWindow(s string) (Window, error) {
	switch s {
	case "all":
		return Window{}, nil
	case string(Month), string(Quarter):
		return Window{Calendar: Calendar(s)}, nil
	}
	digits, days := strings.CutSuffix(s, "d")
	factor := 1
	if !days {
		digits, days = strings.CutSuffix(s, "w")
		factor = 7
	}
	n, err := strconv.Atoi(digits)
	if err != nil || !days || n < 1 || n*factor > maxWindowDays {
		return Window{}, fmt.Errorf("%q is not a window such as 30d, 4w, month, quarter or all", s)
	}
	return Window{Days: n * factor}, nil
}

// String writes the window as a rule does.
func (w Window) String() string {
	switch {
	case w.Calendar != "":
		return string(w.Calendar)
	case w.Days > 0:
		return strconv.Itoa(w.Days) + "d"
	}
	return "all"
}

// First returns the first day of the window that ends on day; the zero Day for all time.
func (w Window) First(day Day) Day {
	switch {
	case w.Days > 0:
		return day.Add(1 - w.Days)
	case w.Calendar == Month:
		return day.month(0)
	case w.Calendar == Quarter:
		month := int(day) / 100 % 100
		return day.month(-((month - 1) % 3))
	}
	return 0
}

// Before returns the last day of the window that ends on the day before this one begins, as trend compares them. A calendar period is
// compared with as many days of the period before.
func (w Window) Before(day Day) (first, last Day) {
	begin := w.First(day)
	if w.Calendar == "" {
		return begin.Add(-w.Days), begin.Add(-1)
	}
	last = begin.Add(-1)
	first = w.First(last)
	if same := first.Add(day.Since(begin)); same < last {
		last = same
	}
	return first, last
}

// After returns the first day after the calendar period that day is in; the zero Day for other windows.
func (w Window) After(day Day) Day {
	switch w.Calendar {
	case Month:
		return day.month(1)
	case Quarter:
		return w.First(day).month(3)
	}
	return 0
}

// today is the day of now in the zone.
func today(now time.Time, zone *time.Location) Day {
	if zone == nil {
		zone = time.UTC
	}
	return DayOf(now.In(zone))
}
