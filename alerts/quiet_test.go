package alerts_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"journeybot/alerts"
	"journeybot/journey"
)

// quietWorld holds what q says; red health is high there, yellow medium.
func quietWorld(t require.TestingT, q alerts.QuietRules) *world {
	w := newWorld(t)
	w.rules.Routes = w.rules.Routes[1:] // without the one that makes a red account critical
	w.rules.Quiet = q
	w.ws.Accounts["acme"].RenewalDate, w.ws.Accounts["acme"].HealthAt = 20271231, time.Time{}
	return w
}

// held are the hold of the live alert of a key and whether its cards wait.
func (w *world) held(kind alerts.Kind, about string) alerts.HoldReason {
	a := w.live(kind, about)
	require.NotNil(w.t, a)
	return a.Hold.Reason
}

// cards lists where cards became wanted in the last result, those that wait in brackets.
func (w *world) cards() []string {
	var all []string
	for _, p := range w.last().Places {
		switch {
		case p.Kind != alerts.CardMessage:
		case p.Hold != "":
			all = append(all, "("+string(p.Target)+")")
		default:
			all = append(all, string(p.Target))
		}
	}
	return all
}

// heard lists the messages beside cards that the results since from asked for.
func (w *world) heard(from int) []string {
	var all []string
	for _, r := range w.log[from:] {
		for _, p := range r.Places {
			if p.Kind == alerts.PingMessage || p.Kind == alerts.NoticeMessage {
				all = append(all, string(p.Kind)+" "+string(p.Target))
			}
		}
	}
	return all
}

// pass moves time and fires the timers of what is live.
func (w *world) pass(d time.Duration) {
	w.now = w.now.Add(d)
	for _, a := range w.ws.Live {
		if due := a.DueAt(); !due.IsZero() && !due.After(w.now) {
			w.do(a.Kind, a.About, alerts.Input{Do: alerts.DoTimers})
		}
	}
}

func TestLateSignalsAreForTheDigest(t *testing.T) {
	t.Parallel()
	q := alerts.QuietRules{StaleAfter: day, StaleCritical: 3 * day}
	late := func(t *testing.T, q alerts.QuietRules, age time.Duration, severity alerts.Severity) *world {
		w := quietWorld(t, q)
		w.rules.Routes = []alerts.Route{{Name: "all", Channel: "alerts", Owner: []string{"account_owner"}, Severity: severity}}
		f := redShift()
		f.AsOf = w.now.Add(-age)
		w.take(alerts.Event{At: w.now.Add(-age), Signal: &alerts.Signal{Kind: alerts.HealthShift, Facts: f}})
		return w
	}
	for _, c := range []struct {
		age      time.Duration
		severity alerts.Severity
		holds    bool
		late     bool
	}{
		{time.Hour, alerts.High, false, false},
		{day, alerts.High, false, false},
		{day + time.Second, alerts.High, true, true},
		{2 * day, alerts.Critical, false, true},
		{3*day + time.Second, alerts.Critical, true, true},
	} {
		t.Run(fmt.Sprint(c.age, c.severity), func(t *testing.T) {
			t.Parallel()
			w := late(t, q, c.age, c.severity)
			a := *w.live(alerts.HealthShift, "")
			require.Equal(t, c.holds, a.Hold.Reason == alerts.HoldStale)
			require.Equal(t, c.late, w.rules.LateBy(a) > 0)
			require.Equal(t, c.holds, a.ShownAt.IsZero())
			require.Equal(t, c.holds, a.StepAt.IsZero(), "what is held does not escalate")
			if c.holds {
				require.Equal(t, []string{"(#cs-alerts)"}, w.cards())
				require.Equal(t, alerts.DidHold, w.last().History[1].What)
			}
		})
	}
	t.Run("never, when it is off", func(t *testing.T) {
		t.Parallel()
		require.Empty(t, late(t, alerts.QuietRules{}, 30*day, alerts.High).held(alerts.HealthShift, ""))
	})
	t.Run("what time makes is not late", func(t *testing.T) {
		t.Parallel()
		w := quietWorld(t, q)
		w.ws.Accounts["acme"].RenewalDate = journey.DayOf(w.now.AddDate(0, 0, 20))
		w.ws.Accounts["acme"].LookAt = w.now
		w.rules.Derive(w.ws, "acme", w.now)
		a := w.live(alerts.RenewalDue, w.ws.Accounts["acme"].RenewalDate.String())
		require.NotNil(t, a)
		require.True(t, a.Facts.AsOf.Before(w.now.Add(-day)), "the threshold passed long ago")
		require.Empty(t, a.Hold.Reason)
	})
	t.Run("a shown alert that gets worse late tells nobody", func(t *testing.T) {
		t.Parallel()
		w := quietWorld(t, q)
		w.rules.Routes = []alerts.Route{
			{Name: "red", When: must(`signal.to == "red"`), Channel: "urgent", Escalation: "high", Continue: true},
			{Name: "all", Channel: "alerts", Owner: []string{"account_owner"}},
		}
		w.now = w.now.Add(-2 * day)
		w.health(green, yellow, 60)
		w.do(alerts.HealthShift, "", alerts.Input{Do: alerts.DoAck, By: alerts.Actor{UserID: maria}})
		w.now = w.now.Add(2 * day)
		n, f := len(w.log), redShift()
		w.take(alerts.Event{At: w.now.Add(-25 * time.Hour), Signal: &alerts.Signal{Kind: alerts.HealthShift, Facts: f}})
		a := w.live(alerts.HealthShift, "")
		require.Equal(t, alerts.High, a.Severity, "its card says it")
		require.True(t, w.last().Redraw)
		require.Empty(t, w.heard(n))
		require.Empty(t, w.cards(), "no new channel either")
		require.Empty(t, a.Hold.Reason)
		require.Equal(t, "medium", a.Escalation, "it goes on as before")
	})
}

func TestFlappingIsToldOnceAndHeld(t *testing.T) {
	t.Parallel()
	w := quietWorld(t, alerts.QuietRules{Flapping: alerts.Flapping{Changes: 3, Within: 7 * day}})
	began := w.now
	change := func(to journey.Health) {
		w.now = w.now.Add(6 * time.Hour)
		w.health("", to, map[journey.Health]float64{green: 80, yellow: 60, red: 40}[to])
	}
	change(yellow) // 1
	require.Empty(t, w.held(alerts.HealthShift, ""))
	change(red) // worse, and still no other side
	require.Empty(t, w.held(alerts.HealthShift, ""))
	change(green) // 2
	n := len(w.log)
	change(yellow) // 3
	a := *w.live(alerts.HealthShift, "")
	require.Equal(t, alerts.Hold{Reason: alerts.HoldFlapping, Until: began.Add(6*time.Hour + 7*day)}, a.Hold)
	require.Equal(t, []string{"notice #cs-alerts"}, w.heard(n), "told once")
	require.Contains(t, string(w.last().Places[len(w.last().Places)-1].Body), "came and went 3 times in 7 days")
	n = len(w.log)
	change(green) // 4
	change(yellow)
	require.Equal(t, alerts.HoldFlapping, w.held(alerts.HealthShift, ""))
	require.Empty(t, w.heard(n), "and not again")

	change(green)
	w.now = w.now.Add(8 * day)
	n = len(w.log)
	change(yellow)
	require.Empty(t, w.held(alerts.HealthShift, ""), "a steady week makes it news again")
	change(green)
	change(yellow)
	require.Equal(t, []string{"notice #cs-alerts"}, w.heard(n), "and flapping too")

	t.Run("it is shown once it stays", func(t *testing.T) {
		w.pass(7 * day)
		require.Empty(t, w.held(alerts.HealthShift, ""))
		require.True(t, w.last().Release)
	})
	t.Run("critical is never held", func(t *testing.T) {
		t.Parallel()
		w := quietWorld(t, alerts.QuietRules{Flapping: alerts.Flapping{Changes: 1, Within: day}})
		w.rules.Routes = []alerts.Route{{Name: "all", Channel: "alerts", Severity: alerts.Critical}}
		w.health(green, red, 40)
		require.Empty(t, w.held(alerts.HealthShift, ""))
	})
}

func TestLowSeverityIsForTheDigest(t *testing.T) {
	t.Parallel()
	w := quietWorld(t, alerts.QuietRules{DigestLow: true})
	w.limit(76)
	require.Equal(t, alerts.HoldLow, w.held(alerts.UsageLimit, "API calls"))
	require.Equal(t, []string{"(#cs-alerts)"}, w.cards())

	w.limit(77)
	require.False(t, w.last().Release, "a repeat is no reason to show it")
	w.limit(91)
	require.Empty(t, w.held(alerts.UsageLimit, "API calls"), "worse than low is")
	require.True(t, w.last().Release)
	require.Equal(t, w.now, w.live(alerts.UsageLimit, "API calls").ShownAt)

	t.Run("somebody can take it all the same", func(t *testing.T) {
		t.Parallel()
		w := quietWorld(t, alerts.QuietRules{DigestLow: true})
		w.limit(76)
		a := w.do(alerts.UsageLimit, "API calls", alerts.Input{Do: alerts.DoAck})
		require.Equal(t, alerts.Acknowledged, a.Status)
		require.Equal(t, alerts.HoldLow, a.Hold.Reason)
		require.False(t, w.last().Release, "which is no news for the channel")
		a = w.do(alerts.UsageLimit, "API calls", alerts.Input{Do: alerts.DoResolve, Outcome: alerts.Saved})
		require.Equal(t, alerts.Resolved, a.Status)
	})
}

// workweek is Monday to Friday in a zone.
func workweek(zone string) alerts.Calendar {
	z, err := time.LoadLocation(zone)
	if err != nil {
		panic(err)
	}
	return alerts.Calendar{Zone: z, Days: [7]bool{false, true, true, true, true, true, false}, From: 9 * time.Hour, To: 17 * time.Hour}
}

func nights(channels ...string) alerts.QuietRules {
	return alerts.QuietRules{Hours: []alerts.QuietHours{
		{Channels: channels, From: 18 * time.Hour, To: 8*time.Hour + 30*time.Minute, Calendar: "office"},
	}}
}

func TestQuietHoursHoldUntilMorning(t *testing.T) {
	t.Parallel()
	berlin := func(day, hour, minute int) time.Time {
		return time.Date(2026, 11, day, hour, minute, 0, 0, workweek("Europe/Berlin").Zone)
	}
	night := func(t *testing.T, at time.Time, quiet ...string) *world {
		w := quietWorld(t, nights(quiet...))
		w.rules.Calendars = map[string]alerts.Calendar{"office": workweek("Europe/Berlin")}
		w.now = at
		return w
	}
	t.Run("high is shown when the morning comes, and escalates from then", func(t *testing.T) {
		t.Parallel()
		w := night(t, berlin(24, 22, 0), "alerts")
		w.health(green, red, 40)
		require.Equal(t, []string{"(#cs-alerts)"}, w.cards())
		a := w.live(alerts.HealthShift, "")
		require.True(t, a.Hold.Until.Equal(berlin(25, 8, 30)))
		require.Zero(t, a.StepAt)
		w.pass(10 * time.Hour)
		require.Equal(t, alerts.HoldHours, w.held(alerts.HealthShift, ""))
		w.pass(30 * time.Minute)
		a = w.live(alerts.HealthShift, "")
		require.Empty(t, a.Hold.Reason)
		require.True(t, w.last().Release)
		require.True(t, a.StepAt.Equal(berlin(25, 12, 30)))
	})
	t.Run("the rest is for the digest, unless it gets worse", func(t *testing.T) {
		t.Parallel()
		w := night(t, berlin(24, 22, 0), "alerts")
		w.health(green, yellow, 60)
		require.Equal(t, alerts.Hold{Reason: alerts.HoldHours}, w.live(alerts.HealthShift, "").Hold)
		w.pass(day)
		require.Equal(t, alerts.HoldHours, w.held(alerts.HealthShift, ""))
		w.now = berlin(26, 3, 0)
		w.health(yellow, red, 40)
		require.True(t, w.live(alerts.HealthShift, "").Hold.Until.Equal(berlin(26, 8, 30)), "now it is shown in the morning")
		w.pass(6 * time.Hour)
		require.Empty(t, w.held(alerts.HealthShift, ""))
	})
	t.Run("critical passes, also when it becomes so", func(t *testing.T) {
		t.Parallel()
		w := night(t, berlin(24, 22, 0), "alerts")
		w.health(green, red, 40)
		w.ws.Accounts["acme"].RenewalDate = journey.DayOf(w.now.AddDate(0, 0, 20))
		w.health(red, red, 39)
		require.Equal(t, alerts.Critical, w.live(alerts.HealthShift, "").Severity)
		require.Empty(t, w.held(alerts.HealthShift, ""))
		require.True(t, w.last().Release)
	})
	t.Run("a channel that is awake is told at once, the other in the morning", func(t *testing.T) {
		t.Parallel()
		w := night(t, berlin(24, 22, 0), "alerts")
		w.rules.Routes = []alerts.Route{{Name: "both", Channel: "urgent", Continue: true}, {Name: "all", Channel: "alerts"}}
		w.health(green, yellow, 60)
		require.Empty(t, w.held(alerts.HealthShift, ""))
		require.Equal(t, []string{"#cs-urgent", "#cs-alerts"}, w.cards())
		require.Zero(t, w.last().Places[0].DueAt)
		require.True(t, w.last().Places[1].DueAt.Equal(berlin(25, 8, 30)))
	})
	t.Run("what is let go at night waits for the morning", func(t *testing.T) {
		t.Parallel()
		w := night(t, berlin(24, 10, 0), "alerts")
		w.rules.Quiet.Throttle = map[alerts.Kind]alerts.Throttle{alerts.HealthShift: {Posts: 1, Per: 12 * time.Hour}}
		w.ws.Posts = map[string]map[alerts.Kind]map[string]time.Time{"acme": {alerts.HealthShift: {"before": w.now.Add(-time.Minute)}}}
		w.health(green, red, 40)
		require.Equal(t, alerts.HoldThrottle, w.held(alerts.HealthShift, ""))
		w.pass(12 * time.Hour)
		require.Equal(t, alerts.HoldHours, w.held(alerts.HealthShift, ""))
		w.pass(12 * time.Hour)
		require.Empty(t, w.held(alerts.HealthShift, ""))
	})
	t.Run("an escalation at night waits too", func(t *testing.T) {
		t.Parallel()
		w := night(t, berlin(24, 16, 0), "alerts")
		e := w.rules.Escalations["high"]
		e.Steps = []alerts.EscalationStep{{After: 4 * time.Hour, Mention: "group:@cs-leads"}}
		w.rules.Escalations["high"] = e
		w.health(green, red, 40)
		w.pass(5 * time.Hour)
		p := w.last().Places[0]
		require.Equal(t, alerts.PingMessage, p.Kind)
		require.True(t, p.DueAt.Equal(berlin(25, 8, 30)))
	})
}

// TestQuietHoursEnd goes through nights, weekends, holidays and both changes of the clocks, in two zones.
func TestQuietHoursEnd(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		zone, at, ends string // "" when it is not quiet
	}{
		{"Europe/Berlin", "2026-11-24 17:59", ""},
		{"Europe/Berlin", "2026-11-24 18:00", "2026-11-25 08:30"},
		{"Europe/Berlin", "2026-11-25 08:29", "2026-11-25 08:30"},
		{"Europe/Berlin", "2026-11-25 08:30", ""},
		{"Europe/Berlin", "2026-11-27 18:00", "2026-11-30 08:30"}, // a weekend
		{"Europe/Berlin", "2026-11-28 12:00", "2026-11-30 08:30"},
		{"Europe/Berlin", "2026-12-24 18:00", "2026-12-28 08:30"}, // a holiday before a weekend
		{"Europe/Berlin", "2026-10-23 20:00", "2026-10-26 08:30"}, // the clocks go back on Sunday
		{"Europe/Berlin", "2027-03-26 20:00", "2027-03-29 08:30"}, // and forward
		{"America/New_York", "2026-10-30 20:00", "2026-11-02 08:30"},
		{"America/New_York", "2027-03-12 20:00", "2027-03-15 08:30"},
		{"America/New_York", "2026-11-24 12:00", ""},
	} {
		t.Run(c.zone+" "+c.at, func(t *testing.T) {
			t.Parallel()
			calendar := workweek(c.zone)
			calendar.Holidays = map[journey.Day]bool{20261225: true}
			parse := func(text string) time.Time {
				at, err := time.ParseInLocation("2006-01-02 15:04", text, calendar.Zone)
				require.NoError(t, err)
				return at
			}
			w := quietWorld(t, nights("alerts"))
			w.rules.Calendars = map[string]alerts.Calendar{"office": calendar}
			w.now = parse(c.at).UTC()
			w.health(green, red, 40)
			a := w.live(alerts.HealthShift, "")
			if c.ends == "" {
				require.Empty(t, a.Hold.Reason)
				return
			}
			require.Equal(t, parse(c.ends).UTC(), a.Hold.Until.UTC())
		})
	}
	t.Run("a calendar that never works silences nobody for ever", func(t *testing.T) {
		t.Parallel()
		w := quietWorld(t, nights("alerts"))
		w.rules.Calendars = map[string]alerts.Calendar{"office": {Zone: time.UTC}}
		w.health(green, red, 40)
		require.Empty(t, w.held(alerts.HealthShift, ""))
	})
}

func TestThrottle(t *testing.T) {
	t.Parallel()
	w := quietWorld(t, alerts.QuietRules{Throttle: map[alerts.Kind]alerts.Throttle{alerts.UsageLimit: {Posts: 1, Per: day}}})
	reach := func(resource string, used float64) alerts.Alert {
		w.signal(alerts.UsageLimit, resource, alerts.Facts{Limit: &alerts.LimitFacts{Resource: resource, Used: used, Limit: 100}})
		return *w.live(alerts.UsageLimit, resource)
	}
	first := w.now
	require.Empty(t, reach("API calls", 91).Hold.Reason)
	w.now = w.now.Add(time.Hour)
	require.Equal(t, alerts.Hold{Reason: alerts.HoldThrottle}, reach("seats", 91).Hold, "medium is for the digest")
	require.True(t, w.last().Beside, "the card of the first says so")
	require.Equal(t, alerts.Hold{Reason: alerts.HoldThrottle, Until: first.Add(day)}, reach("storage", 101).Hold, "high has its turn later")
	require.Equal(t, first.Add(2*day), reach("projects", 101).Hold.Until, "one a day")
	require.Equal(t, alerts.Low, reach("exports", 76).Severity)

	w.rules.Thresholds.Limits = append(w.rules.Thresholds.Limits, alerts.LimitThreshold{Percent: 150, Severity: alerts.Critical})
	require.Empty(t, reach("seats", 151).Hold.Reason, "critical does not wait")
	require.True(t, w.last().Beside)

	w.ws.Accounts["other"] = &journey.Account{ID: "other", Name: "Other"}
	w.take(alerts.Event{Account: "other", Signal: &alerts.Signal{Kind: alerts.UsageLimit, About: "seats", Facts: alerts.Facts{
		Limit: &alerts.LimitFacts{Resource: "seats", Used: 91, Limit: 100},
	}}})
	require.Empty(t, w.ws.Live[alerts.Key("other", alerts.UsageLimit, "seats")].Hold.Reason, "each account counts for itself")
	w.health(green, red, 40)
	require.Empty(t, w.held(alerts.HealthShift, ""), "and each kind")

	w.pass(first.Add(day).Sub(w.now))
	require.Empty(t, w.held(alerts.UsageLimit, "storage"))
	require.Equal(t, alerts.HoldThrottle, w.held(alerts.UsageLimit, "projects"))
	w.do(alerts.UsageLimit, "projects", alerts.Input{Do: alerts.DoResolve, Outcome: alerts.Saved})
	require.True(t, w.last().Beside, "the others no longer count it")
}

func TestLostAccountsAreQuiet(t *testing.T) {
	t.Parallel()
	status := func(w *world, s string) {
		w.take(alerts.Event{Patch: &journey.Patch{Status: journey.SetTo(s)}})
	}
	w := quietWorld(t, alerts.QuietRules{})
	w.health(green, red, 40)
	w.limit(91)
	w.do(alerts.UsageLimit, "API calls", alerts.Input{Do: alerts.DoAck})
	status(w, journey.StatusChurned)
	require.Equal(t, alerts.HoldChurned, w.held(alerts.HealthShift, ""))
	require.Zero(t, w.live(alerts.HealthShift, "").StepAt)
	require.Empty(t, w.held(alerts.UsageLimit, "API calls"), "who works on it goes on: that is the way out")

	require.Equal(t, alerts.ResultStored, w.signal(alerts.Support, "7", alerts.Facts{Support: &alerts.SupportFacts{Ticket: "7", Status: "open", Priority: "urgent"}}))
	require.Equal(t, alerts.ResultOpened, w.signal(alerts.MilestoneReached, "exit", alerts.Facts{Reached: &alerts.ReachedFacts{Milestone: "exit"}}), "milestones are told")

	status(w, journey.StatusActive)
	require.Empty(t, w.held(alerts.HealthShift, ""), "a customer who is back is news again")
	require.False(t, w.live(alerts.HealthShift, "").StepAt.IsZero())

	t.Run("nobody sells to who wants no contact", func(t *testing.T) {
		t.Parallel()
		w := quietWorld(t, alerts.QuietRules{})
		lead := alerts.Facts{PQL: &alerts.PQLFacts{Score: 90}}
		w.signal(alerts.PQL, "", lead)
		w.take(alerts.Event{Patch: &journey.Patch{DoNotContact: journey.SetTo(true)}})
		require.Equal(t, alerts.HoldNoContact, w.held(alerts.PQL, ""))
		w.do(alerts.PQL, "", alerts.Input{Do: alerts.DoResolve, Outcome: alerts.Disqualified})
		w.now = w.now.Add(20 * day)
		require.Equal(t, alerts.ResultStored, w.signal(alerts.PQL, "", lead))
		require.Equal(t, alerts.BecauseNoSale, w.ws.Changes.EventNotes[fmt.Sprintf("test e%d", w.seq)].Reason)
		require.Equal(t, alerts.ResultOpened, w.limit(91), "whoever owns the account is told of what hurts it")
	})
}
