package alerts_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"journeybot/alerts"
	"journeybot/journey"
)

func office(t *testing.T, zone string) alerts.Calendar {
	t.Helper()
	loc, err := time.LoadLocation(zone)
	require.NoError(t, err)
	return alerts.Calendar{
		Zone: loc, Days: [7]bool{time.Monday: true, time.Tuesday: true, time.Wednesday: true, time.Thursday: true, time.Friday: true},
		From: 9 * time.Hour, To: 17*time.Hour + 30*time.Minute, Holidays: map[journey.Day]bool{20261225: true},
	}
}

func TestCalendarAdd(t *testing.T) {
	t.Parallel()
	const hour, day = time.Hour, 24 * time.Hour
	for _, tc := range []struct {
		name, zone, from string
		add              time.Duration
		want             string
	}{
		{"within a day", "Europe/Berlin", "2026-11-24 10:00", 4 * hour, "2026-11-24 14:00"},
		{"nothing", "Europe/Berlin", "2026-11-28 10:00", 0, "2026-11-28 10:00"},
		{"to the end of the day", "Europe/Berlin", "2026-11-24 10:00", 7*hour + 30*time.Minute, "2026-11-24 17:30"},
		{"over the night", "Europe/Berlin", "2026-11-24 17:00", hour, "2026-11-25 09:30"},
		{"before work", "Europe/Berlin", "2026-11-24 06:00", hour, "2026-11-24 10:00"},
		{"Friday evening", "Europe/Berlin", "2026-11-27 20:00", 30 * time.Minute, "2026-11-30 09:30"},
		{"a working day", "Europe/Berlin", "2026-11-27 10:15", day, "2026-11-30 10:15"},
		{"two working days from a Saturday", "Europe/Berlin", "2026-11-28 12:00", 2 * day, "2026-12-02 09:00"},
		{"a day and two hours", "Europe/Berlin", "2026-11-24 16:30", day + 2*hour, "2026-11-26 10:00"},
		{"a holiday", "Europe/Berlin", "2026-12-24 17:00", hour, "2026-12-28 09:30"},
		{"clocks go back at the weekend", "Europe/Berlin", "2026-10-23 17:00", hour, "2026-10-26 09:30"},
		{"a working day over it", "Europe/Berlin", "2026-10-23 12:00", day, "2026-10-26 12:00"},
		{"clocks go forward in New York", "America/New_York", "2026-03-06 17:00", hour, "2026-03-09 09:30"},
		{"a working day over that", "America/New_York", "2026-03-06 09:00", day, "2026-03-09 09:00"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c := office(t, tc.zone)
			from, err := time.ParseInLocation("2006-01-02 15:04", tc.from, c.Zone)
			require.NoError(t, err)
			require.Equal(t, tc.want, c.Add(from.UTC(), tc.add).In(c.Zone).Format("2006-01-02 15:04"))
		})
	}
}

// A shift through the hour that a change of clocks repeats or skips lasts one hour more or less.
func TestCalendarThroughTheChangeOfClocks(t *testing.T) {
	t.Parallel()
	for zone, want := range map[string]string{"Europe/Berlin": "2026-10-25T04:00:00+01:00", "America/New_York": "2026-10-25T05:00:00-04:00"} {
		c := office(t, zone)
		c.Days, c.From, c.To = [7]bool{true, true, true, true, true, true, true}, 0, 24*time.Hour
		from := time.Date(2026, 10, 25, 0, 0, 0, 0, c.Zone)
		require.Equal(t, want, c.Add(from, 5*time.Hour).Format(time.RFC3339))
	}
}

func TestCalendarWithoutHoursIsWallTime(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 28, 3, 0, 0, 0, time.UTC)
	require.Equal(t, at.Add(time.Hour), alerts.Calendar{}.Add(at, time.Hour))
	require.Equal(t, at.Add(time.Hour), alerts.Calendar{Zone: time.UTC, From: 9, To: 9}.Add(at, time.Hour))
	require.Equal(t, at.Add(time.Hour), alerts.Calendar{Zone: time.UTC, From: 9 * time.Hour, To: 17 * time.Hour}.Add(at, time.Hour))
	require.Equal(t, at, alerts.Calendar{}.Add(at, -time.Hour))
}
