package alerts_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"journeybot/alerts"
	"journeybot/journey"
)

func TestAway(t *testing.T) {
	t.Parallel()
	later, latest, past := now.Add(day), now.Add(8*day), now.Add(-time.Minute)
	for _, tc := range []struct {
		name   string
		person alerts.Person
		until  time.Time
		away   bool
		words  string
	}{
		{"there", alerts.Person{Name: "Maria"}, time.Time{}, false, ""},
		{"was away", alerts.Person{Name: "Maria", AwayUntil: past, StatusAway: true, StatusUntil: past}, time.Time{}, false, ""},
		{"by choice", alerts.Person{Name: "Maria", AwayUntil: latest}, latest, true, "Maria is away until 2 Dec"},
		{"by status", alerts.Person{Name: "Maria", StatusAway: true, StatusUntil: later}, later, true, "Maria is away until 25 Nov"},
		{"until tonight", alerts.Person{Name: "Maria", AwayUntil: now.Add(5 * time.Hour)}, now.Add(5 * time.Hour), true, "Maria is away until 14:30"},
		{"into next year", alerts.Person{AwayUntil: now.Add(50 * day), Email: "maria@example.com"}, now.Add(50 * day), true, "maria@example.com is away until 13 Jan 2027"},
		{"the later of both", alerts.Person{Name: "Maria", StatusAway: true, StatusUntil: later, AwayUntil: latest}, latest, true, "Maria is away until 2 Dec"},
		{"nobody knows how long", alerts.Person{Name: "Maria", StatusAway: true, AwayUntil: later}, time.Time{}, true, "Maria is away"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			until, away := tc.person.Away(now)
			require.Equal(t, tc.away, away)
			require.Equal(t, tc.until, until)
			tc.person.UserID = maria
			require.Equal(t, !tc.away, tc.person.Acts(now))
			if away {
				require.Equal(t, tc.words, rules().AwayWords(tc.person, now))
			}
		})
	}
	require.False(t, alerts.Person{UserID: maria, Deleted: true}.Acts(now))
	require.False(t, alerts.Person{}.Acts(now))
}

func TestStatusSaysAway(t *testing.T) {
	t.Parallel()
	for status, away := range map[[2]string]bool{
		{":palm_tree:", ""}: true, {":PALM_TREE:", "Ibiza"}: true, {":face_with_thermometer:", "Out sick"}: true,
		{"", "On vacation until Monday"}: true, {":books:", "Parental leave, back in May"}: true, {"", "OOO"}: true, {"", "Urlaub!"}: true,
		{"", ""}: false, {":spiral_calendar_pad:", "In a meeting"}: false, {":bus:", "Commuting"}: false, {":house_with_garden:", "Working remotely"}: false,
		{":headphones:", "Focus"}: false, {"", "seasick-proof"}: false, {"", "Leave me alone"}: false,
	} {
		require.Equal(t, away, alerts.StatusSaysAway(status[0], status[1]), status)
	}
}

func TestSuccessors(t *testing.T) {
	t.Parallel()
	r := rules()
	r.People = alerts.PeopleRules{
		Leads: map[string]string{"enterprise": "aiko@example.com"}, Aliases: map[string]string{"m@old.example": "maria@example.com"},
	}
	account := journey.Account{ID: "acme", Segment: "Enterprise", Owner: "M@old.example", SalesOwner: "tom@example.com"}
	for _, tc := range []struct {
		name, ref string
		asked     []string
		want      []string
	}{
		{"of a risk", "maria@example.com", []string{"account_owner"}, []string{"maria@example.com", "aiko@example.com", "group:@cs-leads"}},
		{"an alias", "m@old.example", nil, []string{"maria@example.com", "aiko@example.com", "group:@cs-leads"}},
		{
			"of a lead", "tom@example.com",
			[]string{"sales_owner", "round_robin:@sdr", "account_owner"},
			[]string{"tom@example.com", "round_robin:@sdr", "maria@example.com", "aiko@example.com", "group:@cs-leads"},
		},
		{
			"in its second turn", "round_robin:@sdr",
			[]string{"sales_owner", "round_robin:@sdr", "account_owner"},
			[]string{"round_robin:@sdr", "maria@example.com", "aiko@example.com", "group:@cs-leads"},
		},
		{"of somebody else since", "ben@example.com", []string{"account_owner"}, []string{"ben@example.com", "aiko@example.com", "group:@cs-leads"}},
		{"of the lead", "Aiko@Example.com", nil, []string{"Aiko@Example.com", "group:@cs-leads"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tc.want, r.Successors(alerts.Alert{OwnerRef: tc.ref, Decided: &alerts.Decided{Owner: tc.asked}}, account))
		})
	}
	small := journey.Account{ID: "acme", Segment: "smb"}
	require.Equal(t, []string{"x@example.com", "group:@cs-leads"}, r.Successors(alerts.Alert{OwnerRef: "x@example.com"}, small))
}

func TestWhoStandsInIsSaidUntilSomebodyTakesIt(t *testing.T) {
	t.Parallel()
	r := rules()
	a := in(alerts.Open)
	a.Owner = ""
	const note = "Maria is away until 2 Dec: Ben stands in"
	found, err := r.Apply(a, alerts.Input{Do: alerts.DoSetOwner, User: alerts.Person{UserID: ben, Name: "Ben"}, Note: note}, now)
	require.NoError(t, err)
	require.Equal(t, note, found.Alert.OwnerNote)
	require.True(t, found.History[0].ThreadWorthy())
	require.Equal(t, note, found.History[0].Data.Note)

	taken, err := r.Apply(found.Alert, alerts.Input{Do: alerts.DoAssign, By: alerts.Actor{UserID: ben}, User: alerts.Person{UserID: tom}}, now)
	require.NoError(t, err)
	require.Empty(t, taken.Alert.OwnerNote)
}

func TestAnOwnerWhoLeft(t *testing.T) {
	t.Parallel()
	r := rules()
	left := alerts.Input{Do: alerts.DoDisown, User: alerts.Person{UserID: maria, Name: "Maria"}}
	for _, status := range []alerts.Status{alerts.Open, alerts.Acknowledged, alerts.Snoozed} {
		result, err := r.Apply(in(status), left, now)
		require.NoError(t, err)
		require.Empty(t, result.Alert.Owner)
		require.Equal(t, "maria@example.com", result.Alert.OwnerRef, "from which the next is found")
		require.Equal(t, alerts.DidDisown, result.History[0].What)
		require.Equal(t, "Maria", result.History[0].Data.UserName)
		require.Equal(t, status == alerts.Snoozed, result.Alert.Status == alerts.Snoozed)
		require.Equal(t, status == alerts.Snoozed, result.Alert.StepAt.IsZero(), "what was acknowledged is open, and escalates")
	}
	left.User.UserID = tom
	result, err := r.Apply(in(alerts.Open), left, now)
	require.NoError(t, err)
	require.False(t, result.Changed(), "somebody else took it meanwhile")
	gone := in(alerts.Open)
	gone.Status = alerts.Resolved
	left.User.UserID = maria
	result, err = r.Apply(gone, left, now)
	require.NoError(t, err)
	require.False(t, result.Changed())
}

func TestEscalationReachesWhoStandsAround(t *testing.T) {
	t.Parallel()
	r := rules()
	r.People.Leads = map[string]string{"enterprise": "aiko@example.com"}
	r.Escalations["critical"] = alerts.Escalation{Name: "critical", Steps: []alerts.EscalationStep{
		{After: time.Hour, Remind: alerts.RemindOwner}, {After: time.Hour, Remind: alerts.RemindManager}, {After: time.Hour, Mention: alerts.MentionLead},
	}}
	owner := alerts.Person{UserID: maria, Name: "Maria <M>", AwayUntil: now.Add(8 * day)}
	around := alerts.Around{Owner: owner, StandIn: alerts.Person{UserID: ben}, Manager: alerts.Person{UserID: "U0AIKO"}}
	step := func(t *testing.T, a alerts.Alert, around alerts.Around) (alerts.Alert, map[alerts.Target]alerts.Notice) {
		t.Helper()
		result, err := r.Apply(a, alerts.Input{Do: alerts.DoTimers, Around: around}, a.StepAt)
		require.NoError(t, err)
		told := map[alerts.Target]alerts.Notice{}
		for _, p := range result.Places {
			var n alerts.Notice
			require.NoError(t, json.Unmarshal(p.Body, &n))
			told[p.Target] = n
		}
		return result.Alert, told
	}
	a := in(alerts.Open)
	a.Segment, a.StepAt = "Enterprise", now.Add(time.Hour)

	a, told := step(t, a, around)
	require.Len(t, told, 2, "the owner, and who stands in")
	require.Contains(t, told["@"+maria].Text, "Nobody is on it")
	require.Contains(t, told["@"+ben].Text, "Maria &lt;M&gt; is away until 2 Dec: you stand in.")

	managed, told := step(t, a, around)
	require.Len(t, told, 1)
	require.Contains(t, told["@U0AIKO"].Text, "It is Maria &lt;M&gt;'s.")

	_, told = step(t, a, alerts.Around{Owner: owner})
	require.Equal(t, "aiko@example.com", told["#cs-alerts"].Mention, "the lead while no manager is known")
	_, told = step(t, a, alerts.Around{Owner: alerts.Person{UserID: tom}, Manager: alerts.Person{UserID: "U0AIKO"}})
	require.Equal(t, "aiko@example.com", told["#cs-alerts"].Mention, "another owner's manager is none of this one")

	_, told = step(t, managed, around)
	require.Equal(t, "aiko@example.com", told["#cs-alerts"].Mention)
	managed.Segment = ""
	_, told = step(t, managed, around)
	require.Equal(t, "group:@cs-leads", told["#cs-alerts"].Mention, "of no segment: the fallback's owner")
}

// Escalations of two teams over the weekends on which their clocks change, with an outage in between.
func TestEscalationOverTheChangeOfClocks(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		zone, opened string
		want         []string
	}{
		{"Europe/Berlin", "2026-10-23 17:15", []string{"2026-10-26 09:15", "2026-10-26 10:15", "2026-10-26 12:15", "2026-10-27 12:15"}},
		{"Europe/Berlin", "2026-03-27 16:45", []string{"2026-03-27 17:15", "2026-03-30 09:45", "2026-03-30 11:45", "2026-03-31 11:45"}},
		{"America/New_York", "2026-10-30 17:15", []string{"2026-11-02 09:15", "2026-11-02 10:15", "2026-11-02 12:15", "2026-11-03 12:15"}},
		{"America/New_York", "2026-03-06 17:29", []string{"2026-03-09 09:29", "2026-03-09 10:29", "2026-03-09 12:29", "2026-03-10 12:29"}},
	} {
		t.Run(tc.zone+" "+tc.opened, func(t *testing.T) {
			t.Parallel()
			r := rules()
			calendar := office(t, tc.zone)
			r.Zone, r.Calendars = calendar.Zone, map[string]alerts.Calendar{"office": calendar}
			r.Escalations = alerts.DefaultEscalations("office", r.Fallback, r.People)
			opened, err := time.ParseInLocation("2006-01-02 15:04", tc.opened, calendar.Zone)
			require.NoError(t, err)
			a := in(alerts.Acknowledged)
			result, err := r.Apply(a, alerts.Input{Do: alerts.DoUnack, By: alerts.Actor{UserID: maria}}, opened)
			require.NoError(t, err)
			a = result.Alert
			var fired []string
			for range tc.want {
				fired = append(fired, a.StepAt.In(calendar.Zone).Format("2006-01-02 15:04"))
				result, err := r.Apply(a, alerts.Input{Do: alerts.DoTimers}, a.StepAt)
				require.NoError(t, err)
				a = result.Alert
			}
			require.Equal(t, tc.want, fired)
		})
	}
}

// A clock that jumps over several steps fires them one after the other, each saying how late it is, and none twice.
func TestLateStepsFireOnceAndInOrder(t *testing.T) {
	t.Parallel()
	r := rules()
	a := in(alerts.Open)
	var order []string
	for at := now.Add(3 * day); a.Step < 3; at = at.Add(time.Hour) {
		result, err := r.Apply(a, alerts.Input{Do: alerts.DoTimers}, at)
		require.NoError(t, err)
		for _, e := range result.History {
			order = append(order, e.Data.Step+" "+e.Data.Target)
		}
		if a.Step == 0 {
			require.Contains(t, string(result.Places[0].Body), "This comes 2 days late")
		}
		again, err := r.Apply(result.Alert, alerts.Input{Do: alerts.DoTimers}, at)
		require.NoError(t, err)
		require.False(t, again.Changed(), "once")
		back, err := r.Apply(result.Alert, alerts.Input{Do: alerts.DoTimers}, now)
		require.NoError(t, err)
		require.False(t, back.Changed(), "a clock that went back fires nothing")
		a = result.Alert
	}
	require.Equal(t, []string{"1 owner", "2 group:@cs-leads", "3 #cs-urgent"}, order)
}
