package alerts_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"journeybot/alerts"
)

const (
	maria = "U0MARIA" // owns the alert
	ben   = "U0BEN"   // acts
	tom   = "U0TOM"
)

const day = 24 * time.Hour

// rules are small and in wall time, so that the tests can name every due time.
func rules() *alerts.Rules {
	return &alerts.Rules{
		Revision: "r1", Zone: time.UTC, Currency: "EUR",
		Channels: map[string]alerts.Channel{"alerts": {Slack: "#cs-alerts"}, "urgent": {Slack: "#cs-urgent"}, "sales": {Slack: "#sales-pql"}},
		Fallback: alerts.Fallback{Channel: "urgent", Owner: "group:@cs-leads"},
		Routes: []alerts.Route{
			{Name: "big red", When: must(`kind == "health_shift" && signal.to == "red" && account.arr >= 50000`), Channel: "urgent", Severity: alerts.Critical, Continue: true},
			{Name: "pql", When: must(`kind == "pql"`), Channel: "sales", Owner: []string{"sales_owner", "round_robin:@sdr"}},
			{Name: "default", Channel: "alerts", Owner: []string{"account_owner"}},
		},
		Playbooks: []alerts.Playbook{
			{Name: "early-risk", For: must(`kind in ["health_shift", "milestone_dropoff"]`), Steps: []alerts.Step{{ID: "call"}, {ID: "mail", Optional: true}, {ID: "plan"}}},
			{Name: "sell", For: must(`polarity == "opportunity"`), Outcomes: []alerts.Outcome{alerts.Converted, alerts.Disqualified}},
		},
		Escalations: map[string]alerts.Escalation{
			"critical": {
				Name: "critical", RepeatEvery: day, RepeatTimes: 2, RemindAfter: 2 * day, UnacknowledgeAfter: 5 * day, ExpireAfter: 30 * day,
				Steps: []alerts.EscalationStep{
					{After: 30 * time.Minute, Remind: "owner"}, {After: time.Hour, Mention: "group:@cs-leads"}, {After: 2 * time.Hour, Post: "urgent"},
				},
			},
			"high":   {Name: "high", Steps: []alerts.EscalationStep{{After: 4 * time.Hour, Remind: "owner"}}, RemindAfter: 3 * day, ExpireAfter: 30 * day},
			"medium": {Name: "medium", RemindAfter: 5 * day, ExpireAfter: 30 * day},
		},
		Thresholds: thresholds(),
		Milestones: map[string]string{"d": "Value realization"},
	}
}

// thresholds are the defaults, with yellow told at once.
func thresholds() alerts.Thresholds {
	t := alerts.DefaultThresholds()
	t.Health.Settle = 0
	return t
}

func must(source string) *alerts.When {
	w, err := alerts.CompileWhen(source)
	if err != nil {
		panic(err)
	}
	return w
}

var now = time.Date(2026, 11, 24, 9, 30, 0, 0, time.UTC)

// in returns Maria's alert in a status, with that status's timers running.
func in(s alerts.Status) alerts.Alert {
	a := alerts.Alert{
		ID: "0193", ShortID: "A-7K2", Key: alerts.Key("acme", alerts.HealthShift, ""), Account: "acme", Kind: alerts.HealthShift,
		Polarity: alerts.Risk, Severity: alerts.High, Status: s, Owner: maria, OwnerRef: "maria@example.com",
		OpenedAt: now.Add(-2 * time.Hour), SignalAt: now.Add(-2 * time.Hour), Count: 1, Channels: []string{"#cs-alerts"},
		Playbook: "early-risk", Escalation: "critical", Version: 7,
		Play: alerts.Play{Ticks: []alerts.Tick{{Playbook: "early-risk", Step: "mail"}}},
	}
	a.Facts = redShift()
	a.Facts.Account = "Acme Corp"
	switch s {
	case alerts.Open:
		a.StepAt, a.ExpireAt = now.Add(time.Hour), now.Add(29*day)
	case alerts.Acknowledged:
		a.AckedBy, a.AckedAt = maria, now.Add(-time.Hour)
		a.RemindAt, a.UnackAt = now.Add(time.Hour), now.Add(day)
	case alerts.Snoozed:
		a.SnoozedFrom, a.WakeAt, a.ExpireAt = alerts.Open, now.Add(time.Hour), now.Add(29*day)
	case alerts.Resolved:
		a.Outcome, a.ClosedAt = alerts.Saved, now.Add(-time.Hour)
	case alerts.Expired:
		a.ClosedAt = now.Add(-time.Hour)
	}
	return a
}

var statuses = []alerts.Status{alerts.Open, alerts.Acknowledged, alerts.Snoozed, alerts.Resolved, alerts.Expired}

// tell describes an outcome in one line: what a cell of the table says.
func tell(was alerts.Alert, r alerts.Result, err error) string {
	switch {
	case errors.Is(err, alerts.ErrOutcome), errors.Is(err, alerts.ErrInput):
		return "refused"
	case err != nil:
		return fmt.Sprintf("%T", err)
	}
	if !r.Changed() {
		return "nothing"
	}
	a := r.Alert
	out := []string{string(a.Status)}
	if a.Owner != was.Owner {
		out = append(out, "owner "+a.Owner)
	}
	for _, e := range r.History {
		out = append(out, "did "+string(e.What))
	}
	for _, p := range r.Places {
		out = append(out, string(p.Kind)+" "+string(p.Target))
	}
	for _, o := range r.Outbound {
		out = append(out, "out "+strings.TrimPrefix(o.Type, "journeybot."))
	}
	for _, t := range []struct {
		name    string
		was, is time.Time
	}{
		{"step", was.StepAt, a.StepAt},
		{"remind", was.RemindAt, a.RemindAt},
		{"unack", was.UnackAt, a.UnackAt},
		{"wake", was.WakeAt, a.WakeAt},
		{"expire", was.ExpireAt, a.ExpireAt},
	} {
		switch {
		case t.is.IsZero():
		case t.is.Equal(t.was):
			out = append(out, t.name+" stays")
		default:
			out = append(out, fmt.Sprintf("%s in %gh", t.name, t.is.Sub(now).Hours()))
		}
	}
	return strings.Join(out, ", ")
}

const (
	taken  = "*alerts.TakenError"
	closed = "*alerts.ClosedError"
)

// TestTransitions is DATA-MODEL §2: every input that a person or the publisher gives, in every status.
func TestTransitions(t *testing.T) {
	t.Parallel()
	const (
		esc   = "step in 0.5h, expire in 720h"
		watch = "remind in 48h, unack in 120h"
	)
	person := func(id string) alerts.Person { return alerts.Person{UserID: id, Name: strings.TrimPrefix(id, "U0")} }
	until := now.Add(3 * time.Hour)
	for _, tc := range []struct {
		name string
		in   alerts.Input
		by   string
		want [5]string // by statuses
	}{
		{"ack", alerts.Input{Do: alerts.DoAck}, ben, [5]string{
			"acknowledged, owner U0BEN, did acknowledged, ping @U0MARIA, out alert.acknowledged, " + watch,
			taken,
			"acknowledged, owner U0BEN, did acknowledged, ping @U0MARIA, out alert.acknowledged, " + watch,
			closed, closed,
		}},
		{"ack by the owner", alerts.Input{Do: alerts.DoAck}, maria, [5]string{
			"acknowledged, did acknowledged, out alert.acknowledged, " + watch,
			"nothing",
			"acknowledged, did acknowledged, out alert.acknowledged, " + watch,
			closed, closed,
		}},
		{"ack by nobody", alerts.Input{Do: alerts.DoAck}, "", [5]string{"nothing", taken, "nothing", closed, closed}},
		{"unack", alerts.Input{Do: alerts.DoUnack}, ben, [5]string{
			"nothing",
			"open, did unacknowledged, out alert.unacknowledged, " + esc,
			"open, did unacknowledged, out alert.unacknowledged, " + esc,
			closed, closed,
		}},
		{"assign to another", alerts.Input{Do: alerts.DoAssign, User: person(tom)}, ben, [5]string{
			"open, owner U0TOM, did assigned, ping @U0TOM, ping @U0MARIA, out alert.assigned, step in 0.5h, expire stays",
			"open, owner U0TOM, did assigned, ping @U0TOM, ping @U0MARIA, out alert.assigned, " + esc,
			"snoozed, owner U0TOM, did assigned, ping @U0TOM, ping @U0MARIA, out alert.assigned, wake stays, expire stays",
			closed, closed,
		}},
		{"assign to the owner", alerts.Input{Do: alerts.DoAssign, User: person(maria)}, ben, [5]string{"nothing", "nothing", "nothing", closed, closed}},
		{"assign to nobody", alerts.Input{Do: alerts.DoAssign}, ben, [5]string{"nothing", "nothing", "nothing", closed, closed}},
		{"assign to self", alerts.Input{Do: alerts.DoAssign, User: person(ben)}, ben, [5]string{
			"acknowledged, owner U0BEN, did acknowledged, ping @U0MARIA, out alert.acknowledged, " + watch,
			"acknowledged, owner U0BEN, did assigned, ping @U0MARIA, out alert.assigned, " + watch,
			"snoozed, owner U0BEN, did assigned, ping @U0MARIA, out alert.assigned, wake stays, expire stays",
			closed, closed,
		}},
		{"assign to self by the owner", alerts.Input{Do: alerts.DoAssign, User: person(maria)}, maria, [5]string{
			"acknowledged, did acknowledged, out alert.acknowledged, " + watch, "nothing", "nothing", closed, closed,
		}},
		{"snooze", alerts.Input{Do: alerts.DoSnooze, Until: until}, ben, [5]string{
			"snoozed, did snoozed, out alert.snoozed, wake in 3h, expire in 720h",
			"snoozed, did snoozed, out alert.snoozed, wake in 3h, expire in 720h",
			"snoozed, did snoozed, out alert.snoozed, wake in 3h, expire in 720h",
			closed, closed,
		}},
		{"snooze for very long", alerts.Input{Do: alerts.DoSnooze, Until: now.Add(1000 * day)}, ben, [5]string{
			"snoozed, did snoozed, out alert.snoozed, wake in 2160h, expire in 2160h",
			"snoozed, did snoozed, out alert.snoozed, wake in 2160h, expire in 2160h",
			"snoozed, did snoozed, out alert.snoozed, wake in 2160h, expire in 2160h",
			closed, closed,
		}},
		{"snooze until the past", alerts.Input{Do: alerts.DoSnooze, Until: now}, ben, [5]string{"nothing", "nothing", "nothing", closed, closed}},
		{"snooze to the same time", alerts.Input{Do: alerts.DoSnooze, Until: now.Add(time.Hour)}, ben, [5]string{
			"snoozed, did snoozed, out alert.snoozed, wake in 1h, expire in 720h",
			"snoozed, did snoozed, out alert.snoozed, wake in 1h, expire in 720h",
			"nothing", closed, closed,
		}},
		{"resolve", alerts.Input{Do: alerts.DoResolve, Outcome: alerts.Saved}, ben, [5]string{
			"resolved, did resolved, out alert.resolved", "resolved, did resolved, out alert.resolved", "resolved, did resolved, out alert.resolved",
			"nothing", closed,
		}},
		{"resolve otherwise", alerts.Input{Do: alerts.DoResolve, Outcome: alerts.FalseAlarm}, ben, [5]string{
			"resolved, did resolved, out alert.resolved", "resolved, did resolved, out alert.resolved", "resolved, did resolved, out alert.resolved",
			closed, closed,
		}},
		{"resolve with no outcome", alerts.Input{Do: alerts.DoResolve}, ben, [5]string{"refused", "refused", "refused", closed, closed}},
		{"amend", alerts.Input{Do: alerts.DoAmend, Outcome: alerts.ChurnedOut, ARR: new(int64(100)), Note: "left"}, ben, [5]string{
			"nothing", "nothing", "nothing", "resolved, did amended, out alert.resolved", "resolved, did amended, out alert.resolved",
		}},
		{"amend to the same", alerts.Input{Do: alerts.DoAmend, Outcome: alerts.Saved}, ben, [5]string{
			"nothing", "nothing", "nothing", "nothing", "resolved, did amended, out alert.resolved",
		}},
		{"amend to the bot's own outcome", alerts.Input{Do: alerts.DoAmend, Outcome: alerts.Recovered}, ben, [5]string{
			"nothing", "nothing", "nothing", "refused", "refused",
		}},
		{"reopen", alerts.Input{Do: alerts.DoReopen}, ben, [5]string{
			"nothing", "nothing",
			"acknowledged, owner U0BEN, did acknowledged, ping @U0MARIA, out alert.acknowledged, " + watch,
			"acknowledged, owner U0BEN, did reopened, ping @U0MARIA, out alert.reopened, " + watch,
			"acknowledged, owner U0BEN, did reopened, ping @U0MARIA, out alert.reopened, " + watch,
		}},
		{"reopen by nobody", alerts.Input{Do: alerts.DoReopen}, "", [5]string{"nothing", "nothing", "nothing", "nothing", "nothing"}},
		{"note", alerts.Input{Do: alerts.DoNote, Note: "called"}, ben, [5]string{
			"open, did noted, step stays, expire stays", "acknowledged, did noted, " + watch, "snoozed, did noted, wake stays, expire stays",
			"resolved, did noted", "expired, did noted",
		}},
		{"empty note", alerts.Input{Do: alerts.DoNote}, ben, [5]string{"nothing", "nothing", "nothing", "nothing", "nothing"}},
		{"tick", alerts.Input{Do: alerts.DoTick, Step: "call", Done: true}, ben, [5]string{
			"open, did ticked, out playbook.step_done, step stays, expire stays", "acknowledged, did ticked, out playbook.step_done, " + watch,
			"snoozed, did ticked, out playbook.step_done, wake stays, expire stays", "resolved, did ticked, out playbook.step_done", "expired, did ticked, out playbook.step_done",
		}},
		{"untick", alerts.Input{Do: alerts.DoTick, Step: "mail"}, ben, [5]string{
			"open, did ticked, step stays, expire stays", "acknowledged, did ticked, " + watch, "snoozed, did ticked, wake stays, expire stays",
			"resolved, did ticked", "expired, did ticked",
		}},
		{"tick what is ticked", alerts.Input{Do: alerts.DoTick, Step: "mail", Done: true}, ben, [5]string{"nothing", "nothing", "nothing", "nothing", "nothing"}},
		{"tick nothing", alerts.Input{Do: alerts.DoTick}, ben, [5]string{"nothing", "nothing", "nothing", "nothing", "nothing"}},
		{"still on it", alerts.Input{Do: alerts.DoStillOn}, maria, [5]string{
			"open, did still_on, step stays, expire stays", "acknowledged, did still_on, " + watch, "snoozed, did still_on, wake stays, expire stays",
			"resolved, did still_on", "expired, did still_on",
		}},
		{"extend, but there is no date", alerts.Input{Do: alerts.DoExtend, Until: until}, ben, [5]string{"nothing", "nothing", "nothing", closed, closed}},
		{"set owner, who is known", alerts.Input{Do: alerts.DoSetOwner, User: person(tom)}, "", [5]string{"nothing", "nothing", "nothing", "nothing", "nothing"}},
		{"no timer due", alerts.Input{Do: alerts.DoTimers}, "", [5]string{"nothing", "nothing", "nothing", "nothing", "nothing"}},
		{"nonsense", alerts.Input{Do: "dance"}, ben, [5]string{"refused", "refused", "refused", "refused", "refused"}},
	} {
		for i, status := range statuses {
			t.Run(tc.name+" "+string(status), func(t *testing.T) {
				t.Parallel()
				was, input := in(status), tc.in
				input.By, input.Origin, input.RequestID = alerts.Actor{UserID: tc.by, Name: "Ben"}, "slack:C1", "req"
				if tc.by == "" {
					input.By.Name = ""
				}
				r, err := rules().Apply(was, input, now)
				require.Equal(t, tc.want[i], tell(was, r, err))
				require.Equal(t, in(status), was, "the alert handed in is left alone")
				explains(t, was, r)
				if r.Changed() {
					require.Equal(t, "req", r.History[0].RequestID)
					require.True(t, r.Redraw)
				}
			})
		}
	}
}

// explains checks what every result must hold: the history leads from the old status to the new one, and only open alerts escalate.
func explains(t require.TestingT, was alerts.Alert, r alerts.Result) {
	at := was.Status
	for _, e := range r.History {
		require.Equal(t, at, e.From)
		at = e.To
	}
	require.Equal(t, r.Alert.Status, at)
	if r.Alert.Status != alerts.Open {
		require.Zero(t, r.Alert.StepAt)
	}
	if !r.Alert.Status.Live() {
		require.True(t, r.Alert.DueAt().IsZero() || !r.Alert.ReviewAt.IsZero())
	}
	for _, p := range r.Places {
		if p.Kind == alerts.PingMessage {
			var n alerts.Notice
			require.NoError(t, json.Unmarshal(p.Body, &n))
			require.NotEmpty(t, n.Text)
			require.NotEmpty(t, p.Slot)
		}
	}
	for _, o := range r.Outbound {
		require.True(t, json.Valid(o.Data))
	}
}

// TestTimers is the table's timer rows: each timer due in each status.
func TestTimers(t *testing.T) {
	t.Parallel()
	due := now.Add(-time.Minute)
	for _, tc := range []struct {
		name string
		set  func(*alerts.Alert)
		want [5]string
	}{
		{"wake", func(a *alerts.Alert) { a.WakeAt = due }, [5]string{
			"open, step stays, expire stays", "acknowledged, remind stays, unack stays",
			"open, did woke, step in 0.5h, expire in 720h", "resolved", "expired",
		}},
		{"wake to acknowledged", func(a *alerts.Alert) { a.WakeAt, a.SnoozedFrom = due, alerts.Acknowledged }, [5]string{
			"open, step stays, expire stays", "acknowledged, remind stays, unack stays",
			"acknowledged, did woke, ping @U0MARIA, remind in 48h, unack in 120h", "resolved", "expired",
		}},
		{"step", func(a *alerts.Alert) { a.StepAt = due }, [5]string{
			"open, did escalated, ping @U0MARIA, out alert.escalated, step in 1h, expire stays",
			"acknowledged, remind stays, unack stays", "snoozed, wake stays, expire stays", "resolved", "expired",
		}},
		{"remind", func(a *alerts.Alert) {
			a.RemindAt = due
			if a.Status == alerts.Acknowledged {
				a.UnackAt = now.Add(4 * day)
			}
		}, [5]string{
			"open, step stays, expire stays", "acknowledged, did reminded, ping @U0MARIA, remind in 48h, unack stays",
			"snoozed, wake stays, expire stays", "resolved", "expired",
		}},
		{"remind a day before it goes back", func(a *alerts.Alert) { a.RemindAt = due }, [5]string{
			"open, step stays, expire stays", "acknowledged, did reminded, ping @U0MARIA, unack stays",
			"snoozed, wake stays, expire stays", "resolved", "expired",
		}},
		{"unack", func(a *alerts.Alert) { a.UnackAt, a.RemindAt = due, due }, [5]string{
			"open, step stays, expire stays", "open, did unacknowledged, out alert.unacknowledged, step in 0.5h, expire in 720h",
			"snoozed, wake stays, expire stays", "resolved", "expired",
		}},
		{"expire", func(a *alerts.Alert) { a.ExpireAt = due }, [5]string{
			"expired, did expired, out alert.expired", "acknowledged, remind stays, unack stays", "expired, did expired, out alert.expired", "resolved", "expired",
		}},
		{"review", func(a *alerts.Alert) { a.ReviewAt = due }, [5]string{
			"open, step stays, expire stays", "acknowledged, remind stays, unack stays", "snoozed, wake stays, expire stays", "resolved", "expired",
		}},
		{"wake and expire", func(a *alerts.Alert) { a.WakeAt, a.ExpireAt = due, due }, [5]string{
			"expired, did expired, out alert.expired", "acknowledged, remind stays, unack stays",
			"open, did woke, step in 0.5h, expire in 720h", "resolved", "expired",
		}},
	} {
		for i, status := range statuses {
			t.Run(tc.name+" "+string(status), func(t *testing.T) {
				t.Parallel()
				was := in(status)
				tc.set(&was)
				r, err := rules().Apply(was, alerts.Input{Do: alerts.DoTimers}, now)
				require.Equal(t, tc.want[i], tell(was, r, err))
				require.True(t, r.Changed(), "a due timer that is not written would be due for ever")
				require.True(t, r.Alert.DueAt().IsZero() || r.Alert.DueAt().After(now))
				explains(t, was, r)
			})
		}
	}
}

// TestEscalationRunsItsCourse walks all steps and repeats of a policy that nobody answers.
func TestEscalationRunsItsCourse(t *testing.T) {
	t.Parallel()
	a := in(alerts.Open)
	a.StepAt = now.Add(30 * time.Minute)
	var told []string
	var slots []string
	for !a.StepAt.IsZero() {
		at := a.StepAt
		r, err := rules().Apply(a, alerts.Input{Do: alerts.DoTimers}, at)
		require.NoError(t, err)
		for _, p := range r.Places {
			told = append(told, fmt.Sprintf("%s %s %s", at.Format("2 15:04"), p.Kind, p.Target))
			slots = append(slots, string(p.Kind)+string(p.Target)+p.Slot)
		}
		require.Equal(t, alerts.DidEscalate, r.History[0].What)
		a = r.Alert
	}
	require.Equal(t, []string{
		"24 10:00 ping @U0MARIA", "24 11:00 ping #cs-alerts", "24 13:00 card #cs-urgent", "25 13:00 ping #cs-urgent", "26 13:00 ping #cs-urgent",
	}, told)
	require.Equal(t, 5, a.Step)
	require.Equal(t, []string{"#cs-alerts", "#cs-urgent"}, a.Channels)
	require.Len(t, slots, len(unique(slots)))
}

func unique(s []string) map[string]bool {
	set := map[string]bool{}
	for _, v := range s {
		set[v] = true
	}
	return set
}

func TestEscalationSaysHowLateItIs(t *testing.T) {
	t.Parallel()
	a := in(alerts.Open)
	a.StepAt = now.Add(-42 * time.Minute)
	r, err := rules().Apply(a, alerts.Input{Do: alerts.DoTimers}, now)
	require.NoError(t, err)
	var n alerts.Notice
	require.NoError(t, json.Unmarshal(r.Places[0].Body, &n))
	require.Equal(t, "Acme Corp: health 72 → 44 (red). Nobody is on it since <!date^1795505400^{date_short_pretty} {time}|Tue 24 Nov 07:30>. "+
		"This comes 42 minutes late.", n.Text)
	require.Equal(t, now.Add(time.Hour), r.Alert.StepAt, "the next step counts from when this one was told")
}

// TestOwnerlessAlertTellsWhomTheRouteAskedFor: reminders reach somebody also before the owner is known.
func TestOwnerlessAlertTellsWhomTheRouteAskedFor(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ owner, ref, want string }{
		{"", "group:@emea", "#cs-alerts group:@emea"},
		{"", "new@example.com", "#cs-alerts group:@cs-leads"},
		{"S0LEADS", "", "#cs-alerts S0LEADS"},
		{"W0ENT", "", "@W0ENT "},
	} {
		a := in(alerts.Open)
		a.Owner, a.OwnerRef, a.StepAt = tc.owner, tc.ref, now
		r, err := rules().Apply(a, alerts.Input{Do: alerts.DoTimers}, now)
		require.NoError(t, err)
		var n alerts.Notice
		require.NoError(t, json.Unmarshal(r.Places[0].Body, &n))
		require.Equal(t, tc.want, string(r.Places[0].Target)+" "+n.Mention)
	}
	nowhere := in(alerts.Open)
	nowhere.Owner, nowhere.Channels, nowhere.StepAt = "", nil, now
	r, err := rules().Apply(nowhere, alerts.Input{Do: alerts.DoTimers}, now)
	require.NoError(t, err)
	require.Equal(t, "open, did escalated, card #cs-urgent, ping #cs-urgent, out alert.escalated, step in 1h, expire stays", tell(nowhere, r, nil))
}

func TestSetOwner(t *testing.T) {
	t.Parallel()
	a := in(alerts.Open)
	a.Owner = ""
	r, err := rules().Apply(a, alerts.Input{Do: alerts.DoSetOwner, User: alerts.Person{UserID: tom, Name: "Tom"}, Note: "because"}, now)
	require.NoError(t, err)
	require.Equal(t, "open, owner U0TOM, did owner_found, step stays, expire stays", tell(a, r, nil))
	require.Equal(t, alerts.EntryData{User: tom, UserName: "Tom", Note: "because"}, r.History[0].Data)
	again, err := rules().Apply(r.Alert, alerts.Input{Do: alerts.DoSetOwner, User: alerts.Person{UserID: ben}}, now)
	require.NoError(t, err)
	require.False(t, again.Changed())
}

func TestResolvingGivesAnOwner(t *testing.T) {
	t.Parallel()
	a := in(alerts.Open)
	a.Owner = ""
	r, err := rules().Apply(a, alerts.Input{Do: alerts.DoResolve, Outcome: alerts.Saved, By: alerts.Actor{UserID: ben}, ARR: new(int64(8_400_000)), Note: "trained"}, now)
	require.NoError(t, err)
	require.Equal(t, ben, r.Alert.Owner)
	require.Equal(t, alerts.Saved, r.Alert.Outcome)
	require.Equal(t, now, r.Alert.ClosedAt)
	var data map[string]any
	require.NoError(t, json.Unmarshal(r.Outbound[0].Data, &data))
	require.Equal(t, "0193:alert.resolved:7", r.Outbound[0].ID)
	require.Subset(t, data, map[string]any{
		"alert_id": "0193", "short_id": "A-7K2", "account": "acme", "kind": "health_shift", "severity": "high", "status": "resolved",
		"owner": ben, "actor": ben, "outcome": "saved", "outcome_arr": 84000.0, "note": "trained", "summary": "health 72 → 44 (red)",
	})
}

func TestReopeningForgetsTheOutcome(t *testing.T) {
	t.Parallel()
	a := in(alerts.Resolved)
	a.OutcomeARR, a.ReviewAt = new(int64(5)), now.Add(day)
	r, err := rules().Apply(a, alerts.Input{Do: alerts.DoReopen, By: alerts.Actor{UserID: maria}}, now)
	require.NoError(t, err)
	require.Empty(t, r.Alert.Outcome)
	require.Nil(t, r.Alert.OutcomeARR)
	require.Zero(t, r.Alert.ClosedAt)
	require.Zero(t, r.Alert.ReviewAt)
	require.True(t, r.History[0].Data.Own)
}

func TestTheSecondToAcknowledgeLearnsWhoWasFirst(t *testing.T) {
	t.Parallel()
	first, err := rules().Apply(in(alerts.Open), alerts.Input{Do: alerts.DoAck, By: alerts.Actor{UserID: ben}}, now)
	require.NoError(t, err)
	_, err = rules().Apply(first.Alert, alerts.Input{Do: alerts.DoAck, By: alerts.Actor{UserID: tom}}, now.Add(time.Second))
	var refused *alerts.TakenError
	require.ErrorAs(t, err, &refused)
	require.Equal(t, ben, refused.By.UserID)
	require.Equal(t, now, refused.At)
	require.Contains(t, err.Error(), "already acknowledged by U0BEN at 2026-11-24T09:30:00Z")

	snoozed, err := rules().Apply(first.Alert, alerts.Input{Do: alerts.DoSnooze, Until: now.Add(time.Hour), By: alerts.Actor{UserID: ben}}, now)
	require.NoError(t, err)
	_, err = rules().Apply(snoozed.Alert, alerts.Input{Do: alerts.DoAck, By: alerts.Actor{UserID: tom}}, now)
	require.ErrorAs(t, err, &refused)
	same, err := rules().Apply(snoozed.Alert, alerts.Input{Do: alerts.DoAck, By: alerts.Actor{UserID: ben}}, now)
	require.NoError(t, err)
	require.False(t, same.Changed())
	over, err := rules().Apply(snoozed.Alert, alerts.Input{Do: alerts.DoAssign, User: alerts.Person{UserID: tom}, By: alerts.Actor{UserID: tom}}, now)
	require.NoError(t, err)
	require.Equal(t, tom, over.Alert.AckedBy)
}

func TestExtendingThreeTimesTellsTheLead(t *testing.T) {
	t.Parallel()
	a := in(alerts.Acknowledged)
	a.Kind = alerts.MilestoneDropoff
	a.Facts = alerts.Facts{Account: "Hooli <b>", Dropoff: &alerts.DropoffFacts{Milestone: "d", ExpectedBy: now}}
	for i := 1; i <= 4; i++ {
		until := now.Add(time.Duration(i) * day)
		r, err := rules().Apply(a, alerts.Input{Do: alerts.DoExtend, Until: until, By: alerts.Actor{UserID: maria}}, now)
		require.NoError(t, err)
		require.Equal(t, until, r.Alert.Facts.Dropoff.ExpectedBy)
		if i == 3 {
			var n alerts.Notice
			require.NoError(t, json.Unmarshal(r.Places[0].Body, &n))
			require.Equal(t, "group:@cs-leads", n.Mention)
			require.Contains(t, n.Text, "Hooli &lt;b&gt;: stuck at Value realization")
		} else {
			require.Empty(t, r.Places)
		}
		a = r.Alert
	}
	repeated, err := rules().Apply(a, alerts.Input{Do: alerts.DoExtend, Until: a.Facts.Dropoff.ExpectedBy}, now)
	require.NoError(t, err)
	require.False(t, repeated.Changed())
}

func TestCriticalGoesFirst(t *testing.T) {
	t.Parallel()
	for severity, want := range map[alerts.Severity]alerts.Priority{alerts.Critical: alerts.PriorityCritical, alerts.High: alerts.PriorityPost} {
		a := in(alerts.Open)
		a.Severity, a.StepAt = severity, now
		r, err := rules().Apply(a, alerts.Input{Do: alerts.DoTimers}, now)
		require.NoError(t, err)
		require.Equal(t, want, r.Places[0].Priority)
	}
}

func TestPlaybookSteps(t *testing.T) {
	t.Parallel()
	r := rules()
	p, ok := r.Playbook(in(alerts.Open))
	require.True(t, ok)
	ticked := func(steps ...string) alerts.Alert {
		a := in(alerts.Open)
		a.Play = alerts.Play{}
		for _, step := range steps {
			a.Play.Ticks = append(a.Play.Ticks, alerts.Tick{Playbook: p.Name, Step: step})
		}
		return a
	}
	next := func(steps ...string) string {
		s, _ := p.Next(ticked(steps...))
		return s.ID
	}
	require.Equal(t, "call", next())
	require.Equal(t, "plan", next("call"))
	require.Equal(t, "call", next("gone"))
	require.Equal(t, "mail", next("call", "plan"))
	require.Equal(t, "", next("call", "plan", "mail"))
	require.Equal(t, 1, p.Done(ticked("call", "gone")))

	require.Equal(t, []alerts.Outcome{alerts.Saved, alerts.ChurnedOut, alerts.NoAction, alerts.FalseAlarm}, r.Outcomes(in(alerts.Open)))
	require.Equal(t, []alerts.Outcome{alerts.Converted, alerts.Disqualified}, r.Outcomes(alerts.Alert{Playbook: "sell"}))
	require.Contains(t, r.Outcomes(alerts.Alert{Polarity: alerts.Opportunity}), alerts.Nurturing)
	_, ok = r.Playbook(alerts.Alert{Playbook: "gone"})
	require.False(t, ok)
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	policies := alerts.DefaultEscalations("", alerts.Fallback{Channel: "urgent", Owner: "group:@cs-leads"}, alerts.PeopleRules{})
	require.Len(t, policies["critical"].Steps, 3)
	require.Len(t, policies["high"].Steps, 2)
	require.Empty(t, policies["medium"].Steps)
	require.Empty(t, policies["low"].Steps)
	require.Len(t, alerts.DefaultEscalations("", alerts.Fallback{}, alerts.PeopleRules{})["critical"].Steps, 1, "nobody is told where nobody is known")
	require.Equal(t, 14*day, policies["low"].ExpireAfter)
	require.Equal(t, []alerts.LimitThreshold{{75, alerts.Low}, {90, alerts.Medium}, {100, alerts.High}, {110, alerts.High}}, alerts.DefaultThresholds().Limits)
}
