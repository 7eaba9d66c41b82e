package alerts_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"journeybot/alerts"
)

// idle lets an acknowledged alert lie: it tells what its owner hears and when, until it is open again.
func idle(t *testing.T, r *alerts.Rules, a alerts.Alert, zone *time.Location) (told []string) {
	t.Helper()
	for a.Status == alerts.Acknowledged {
		require.False(t, a.DueAt().IsZero(), "it never goes back: %v", told)
		res, err := r.Apply(a, alerts.Input{Do: alerts.DoTimers}, a.DueAt())
		require.NoError(t, err)
		a = res.Alert
		for _, e := range res.History {
			line := e.At.In(zone).Format("Mon 2 Jan 15:04 ") + string(e.What)
			if !e.Data.Until.IsZero() {
				line += e.Data.Until.In(zone).Format(", back on Mon 2 Jan 15:04")
			}
			told = append(told, line)
		}
		for _, p := range res.Places {
			require.Equal(t, alerts.Target("@"+maria), p.Target)
		}
	}
	return told
}

// TestWarnedBeforeItGoesBack: the owner hears once, a day before, and a reminder that would come at the same time is that warning.
func TestWarnedBeforeItGoesBack(t *testing.T) {
	t.Parallel()
	berlin, newYork := office(t, "Europe/Berlin"), office(t, "America/New_York")
	for _, tc := range []struct {
		name         string
		calendar     alerts.Calendar
		remind, back time.Duration
		step         time.Duration // due time of a step that is not done; 0 for none
		from         string
		want         []string
	}{
		{"high", berlin, 3 * day, 10 * day, 0, "2026-11-24 10:00", []string{
			"Fri 27 Nov 10:00 reminded", "Wed 2 Dec 10:00 reminded", "Mon 7 Dec 10:00 reminded, back on Tue 8 Dec 10:00", "Tue 8 Dec 10:00 unacknowledged",
		}},
		{"critical over a weekend", berlin, 2 * day, 5 * day, 0, "2026-11-23 16:00", []string{
			"Wed 25 Nov 16:00 reminded", "Fri 27 Nov 16:00 reminded, back on Mon 30 Nov 16:00", "Mon 30 Nov 16:00 unacknowledged",
		}},
		{"taken on a Sunday", berlin, 0, 2 * day, 0, "2026-11-29 12:00", []string{
			"Tue 1 Dec 09:00 reminded, back on Wed 2 Dec 09:00", "Wed 2 Dec 09:00 unacknowledged",
		}},
		{"over a holiday", berlin, 0, 2 * day, 0, "2026-12-23 10:00", []string{
			"Thu 24 Dec 10:00 reminded, back on Mon 28 Dec 10:00", "Mon 28 Dec 10:00 unacknowledged",
		}},
		{"clocks go back in Berlin", berlin, 0, 5 * day, 0, "2026-10-19 12:00", []string{
			"Fri 23 Oct 12:00 reminded, back on Mon 26 Oct 12:00", "Mon 26 Oct 12:00 unacknowledged",
		}},
		{"clocks go forward in New York", newYork, 0, 3 * day, 0, "2026-03-04 12:00", []string{
			"Fri 6 Mar 12:00 reminded, back on Mon 9 Mar 12:00", "Mon 9 Mar 12:00 unacknowledged",
		}},
		{"wall time", alerts.Calendar{}, 2 * day, 5 * day, 0, "2026-11-27 12:00", []string{
			"Sun 29 Nov 12:00 reminded", "Tue 1 Dec 12:00 reminded, back on Wed 2 Dec 12:00", "Wed 2 Dec 12:00 unacknowledged",
		}},
		{"reminders only", berlin, 4 * day, 6 * day, 0, "2026-11-23 12:00", []string{
			"Fri 27 Nov 12:00 reminded", "Mon 30 Nov 12:00 reminded, back on Tue 1 Dec 12:00", "Tue 1 Dec 12:00 unacknowledged",
		}},
		{"back within a day", berlin, 2 * time.Hour, 5 * time.Hour, 0, "2026-11-24 10:00", []string{
			"Tue 24 Nov 12:00 reminded, back on Tue 24 Nov 15:00", "Tue 24 Nov 15:00 unacknowledged",
		}},
		{"a date ahead", berlin, 3 * day, 5 * day, 8 * day, "2026-11-23 12:00", []string{
			"Thu 26 Nov 12:00 reminded", "Tue 1 Dec 12:00 reminded", "Wed 2 Dec 12:00 reminded, back on Thu 3 Dec 12:00", "Thu 3 Dec 12:00 unacknowledged",
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			r := rules()
			r.Calendars = map[string]alerts.Calendar{"office": tc.calendar}
			r.Escalations = map[string]alerts.Escalation{"critical": {Calendar: "office", RemindAfter: tc.remind, UnacknowledgeAfter: tc.back}}
			r.Playbooks = []alerts.Playbook{{Name: "early-risk", Steps: []alerts.Step{{ID: "plan", Due: tc.step}}}}
			zone := time.UTC
			if tc.calendar.Zone != nil {
				zone = tc.calendar.Zone
			}
			from, err := time.ParseInLocation("2006-01-02 15:04", tc.from, zone)
			require.NoError(t, err)
			a := apply(t, r, in(alerts.Open), alerts.Input{Do: alerts.DoAck, By: alerts.Actor{UserID: maria}}, from.UTC()).Alert
			require.Equal(t, tc.want, idle(t, r, a, zone))
		})
	}
}

// TestTheWarning: what it says, what it offers, how late it is, and what stops it.
func TestTheWarning(t *testing.T) {
	t.Parallel()
	r, me := rules(), alerts.Actor{UserID: maria}
	r.Playbooks = append(r.Playbooks, alerts.Playbook{Name: "other"})
	a := apply(t, r, in(alerts.Open), alerts.Input{Do: alerts.DoAck, By: me}, now).Alert
	a = apply(t, r, a, alerts.Input{Do: alerts.DoTimers}, now.Add(2*day)).Alert
	warned := a.DueAt()
	require.Equal(t, now.Add(4*day), warned)

	says := func(late time.Duration) (alerts.Result, alerts.Notice) {
		res := apply(t, r, a, alerts.Input{Do: alerts.DoTimers}, warned.Add(late))
		require.Len(t, res.Places, 1)
		var n alerts.Notice
		require.NoError(t, json.Unmarshal(res.Places[0].Body, &n))
		return res, n
	}
	told, n := says(0)
	require.Equal(t, fmt.Sprintf("Acme Corp goes back to open <!date^%d^{date_short_pretty} {time}|Sun 29 Nov 09:30> if nothing happens until then: "+
		"health 72 → 44 (red). A tick, a note, a snooze or Still on it keeps it yours.", now.Add(5*day).Unix()), n.Text)
	require.Equal(t, alerts.OfferStillOn, n.Offer)
	require.NotEmpty(t, n.Outcomes)
	require.Equal(t, now.Add(5*day), told.Alert.DueAt(), "once")
	_, n = says(3 * time.Hour)
	require.Contains(t, n.Text, "keeps it yours. This comes 3 hours late.")

	over := apply(t, r, a, alerts.Input{Do: alerts.DoTimers}, now.Add(6*day))
	require.Equal(t, alerts.Open, over.Alert.Status)
	require.Len(t, over.History, 1, "it went back: there is nothing to warn of")
	for _, p := range over.Places {
		require.NotContains(t, string(p.Body), "goes back")
	}

	for name, in := range map[string]alerts.Input{
		"tick": {Do: alerts.DoTick, Step: "call", Done: true}, "note": {Do: alerts.DoNote, Note: "called"}, "still on it": {Do: alerts.DoStillOn},
		"another playbook": {Do: alerts.DoSwitch, Playbook: "other"},
	} {
		in.By = me
		kept := apply(t, r, told.Alert, in, warned.Add(time.Hour)).Alert
		require.Equal(t, warned.Add(time.Hour+5*day), kept.UnackAt, name)
		require.Equal(t, warned.Add(time.Hour+2*day), kept.RemindAt, name)
	}
	asleep := apply(t, r, told.Alert, alerts.Input{Do: alerts.DoSnooze, By: me, Until: warned.Add(9 * day)}, warned).Alert
	require.Equal(t, warned.Add(9*day), asleep.DueAt())
}
