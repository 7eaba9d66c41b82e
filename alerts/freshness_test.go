package alerts_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"journeybot/alerts"
)

// rhythm feeds a source from Monday 2 November 2026 on, at the hours that send says, for some days.
func rhythm(days int, send func(t time.Time) bool) alerts.Source {
	s := alerts.Source{Name: "crm"}
	start := time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)
	for t := start; t.Before(start.AddDate(0, 0, days)); t = t.Add(time.Hour) {
		if send(t) {
			s = s.Heard(t, 20, []string{"touch"})
		}
	}
	return s
}

func TestASourceIsLateByItsOwnRhythm(t *testing.T) {
	t.Parallel()
	r := &alerts.Rules{Zone: time.UTC, Guards: alerts.DefaultGuards()}
	hourly := func(time.Time) bool { return true }
	nightly := func(t time.Time) bool { return t.Hour() == 2 }
	office := func(t time.Time) bool { wd := t.Weekday(); return wd > 0 && wd < 6 && t.Hour() >= 8 && t.Hour() < 18 }
	weekly := func(t time.Time) bool { return t.Weekday() == time.Monday && t.Hour() == 2 }
	for name, c := range map[string]struct {
		days int
		send func(time.Time) bool
		late time.Duration // after the last event; 0: never within a month
	}{
		"hourly: 26 hours":            {28, hourly, 26 * time.Hour},
		"nightly: three nights":       {28, nightly, 72 * time.Hour},
		"office: the weekend is none": {26, office, 48*time.Hour + 26*time.Hour},
		"office, its first weekend":   {5, office, 48*time.Hour + 26*time.Hour},
		"hourly, its second week":     {12, hourly, 26 * time.Hour},
		"weekly: not within a month":  {42, weekly, 0},
		"two days are no rhythm":      {2, hourly, 0},
	} {
		s := rhythm(c.days, c.send)
		var late time.Duration
		for d := time.Hour; d < 30*day && late == 0; d += time.Hour {
			if r.Late(s, s.LastAt.Add(d)) {
				late = d
			}
		}
		require.InDelta(t, c.late.Hours(), late.Hours(), 8, "%s: gap %s", name, s.UsualGap)
	}
	off := &alerts.Rules{Zone: time.UTC}
	require.False(t, off.Late(rhythm(28, hourly), time.Date(2027, 11, 2, 0, 0, 0, 0, time.UTC)))
}

func TestALateSourceHoldsWhatItsSilenceMakesUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.rules.Guards = alerts.DefaultGuards()
	w.ws.Accounts["acme"].RenewalDate = 0
	w.take(alerts.Event{Touch: &alerts.Touch{}})
	late := rhythm(28, func(time.Time) bool { return true })
	w.ws.Late = []alerts.Source{late}
	w.passes(w.now.AddDate(0, 0, 90))
	a := w.live(alerts.Silence, "")
	require.Equal(t, alerts.Hold{Reason: alerts.HoldLateSource, By: "crm"}, a.Hold)
	require.True(t, a.Hold.Hides())

	w.rules.Back(w.ws, "acme", w.now)
	require.Zero(t, w.live(alerts.Silence, "").Hold.Until, "it is still late")
	w.ws.Late = nil
	w.rules.Back(w.ws, "acme", w.now)
	require.Equal(t, w.now.Add(time.Hour), w.live(alerts.Silence, "").Hold.Until)
	require.Equal(t, alerts.ResultResolved, w.take(alerts.Event{Touch: &alerts.Touch{}}), "what comes then undoes it unseen")

	other := newWorld(t)
	other.ws.Accounts["acme"].RenewalDate = 0
	other.ws.Late = []alerts.Source{{Name: "usage", Rhythm: alerts.Rhythm{Feeds: map[string]bool{"usage": true}}}}
	other.take(alerts.Event{Touch: &alerts.Touch{}})
	other.passes(other.now.AddDate(0, 0, 90))
	require.Equal(t, alerts.HoldNone, other.live(alerts.Silence, "").Hold.Reason, "its numbers come from elsewhere")
}

func TestASourceThatIsBackIsOnTime(t *testing.T) {
	t.Parallel()
	s := rhythm(28, func(time.Time) bool { return true })
	gap := s.UsualGap
	s.LateSince = s.LastAt.Add(26 * time.Hour)
	back := s.LastAt.Add(50 * time.Hour)
	s = s.Heard(back, 1, nil)
	require.Zero(t, s.LateSince)
	require.Equal(t, back, s.Rhythm.Back)
	require.Equal(t, gap, s.UsualGap, "an outage teaches nothing")
	require.True(t, s.Rhythm.Feeds["touch"])
}
