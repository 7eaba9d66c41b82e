package alerts_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"journeybot/alerts"
	"journeybot/journey"
)

func TestDaysToWork(t *testing.T) {
	t.Parallel()
	berlin, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	tokyo, err := time.LoadLocation("Asia/Tokyo")
	require.NoError(t, err)
	rules := func(c alerts.Calendar) *alerts.Rules {
		return &alerts.Rules{Calendars: map[string]alerts.Calendar{"office": c}, Guards: alerts.GuardRules{Calendar: "office"}}
	}
	office := rules(alerts.Calendar{
		Zone: berlin, Days: [7]bool{false, true, true, true, true, true, false},
		Holidays: map[journey.Day]bool{20261224: true, 20261225: true},
	})
	shop := rules(alerts.Calendar{Zone: berlin, Days: [7]bool{false, false, true, true, true, true, true}}) // Tuesday to Saturday
	at := func(day int, zone *time.Location) time.Time { return time.Date(2026, 12, day, 23, 30, 0, 0, zone) }
	for name, test := range map[string]struct {
		rules *alerts.Rules
		at    time.Time
		want  int
	}{
		"tomorrow":                       {office, at(1, berlin), 1},
		"over a weekend":                 {office, at(4, berlin), 3},
		"over Christmas and the weekend": {office, at(23, berlin), 5},
		"on a holiday":                   {office, at(24, berlin), 4},
		"by the presser's own day":       {office, at(23, tokyo), 5},
		"Saturday is a day like another": {shop, at(4, berlin), 1},
		"and Monday is not":              {shop, at(5, berlin), 3},
		"without a calendar":             {&alerts.Rules{}, at(4, berlin), 3},
		"a calendar that never works":    {rules(alerts.Calendar{Zone: berlin}), at(4, berlin), 3},
	} {
		require.Equal(t, test.want, test.rules.DaysToWork(test.at), name)
	}
}
