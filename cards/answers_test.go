package cards_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"journeybot/alerts"
	"journeybot/cards"
	"journeybot/journey"

	"github.com/stretchr/testify/require"
)

func TestThread(t *testing.T) {
	t.Parallel()
	bot := alerts.Actor{}
	for name, entries := range map[string][]alerts.Entry{
		"another took it": {{What: alerts.DidAck, Actor: ben, To: alerts.Acknowledged}},
		"signals": {
			{What: alerts.DidWorsen, Data: alerts.EntryData{Before: "58 (yellow)", After: "44 (red)", Severity: alerts.High}},
			{What: alerts.DidEase, Data: alerts.EntryData{Before: "44 (red)", After: "52 (yellow)"}},
			{What: alerts.DidRecover, Data: alerts.EntryData{Before: "52 (yellow)", After: "76 (green)"}},
		},
		"hand-overs": {
			{What: alerts.DidAssign, Actor: ben, To: alerts.Open, Data: alerts.EntryData{User: "UMARIA", UserName: "Maria"}},
			{What: alerts.DidAssign, Actor: ben, To: alerts.Acknowledged, Data: alerts.EntryData{User: "UMARIA"}},
			{What: alerts.DidAssign, Actor: ben, To: alerts.Snoozed, Data: alerts.EntryData{User: "UBEN"}},
			{What: alerts.DidUnack, Actor: maria, Data: alerts.EntryData{Note: "On leave until Monday"}},
			{What: alerts.DidUnack, Actor: bot},
			{What: alerts.DidUnack, Actor: ben, From: alerts.Snoozed},
			{What: alerts.DidAssign, Actor: ben, To: alerts.Snoozed, Data: alerts.EntryData{User: "UMARIA", UserName: "Maria"}},
			{What: alerts.DidAssign, Actor: ben, To: alerts.Snoozed, Data: alerts.EntryData{User: "UMARIA"}},
			{What: alerts.DidStillOn, Actor: maria},
		},
		"snooze": {{What: alerts.DidSnooze, Actor: ben, Data: alerts.EntryData{Until: now.Add(26 * time.Hour)}}, {What: alerts.DidWake}},
		"escalation": {
			{What: alerts.DidEscalate, Data: alerts.EntryData{Target: "owner"}},
			{What: alerts.DidEscalate, Data: alerts.EntryData{Target: "group:@cs-leads"}},
			{What: alerts.DidRemind},
			{What: alerts.DidRemind, Data: alerts.EntryData{Until: now.Add(26 * time.Hour)}},
		},
		"endings": {
			{
				What: alerts.DidResolve, Actor: maria,
				Data: alerts.EntryData{Outcome: alerts.Saved, ARR: ptr(int64(8_400_000)), Note: "New admin trained."},
			},
			{What: alerts.DidAmend, Actor: ben, Data: alerts.EntryData{Outcome: alerts.FalseAlarm}},
			{What: alerts.DidReopen, Actor: maria},
			{What: alerts.DidExpire},
			{What: alerts.DidReview, Data: alerts.EntryData{Look: &alerts.Look{
				After: 30 * day, Now: alerts.Standing{Health: journey.HealthGreen, Score: ptr(80.0), ARR: ptr(int64(9_600_000)), Stage: "value-realization"},
				Then: alerts.Standing{Health: journey.HealthRed, Score: ptr(44.0), ARR: ptr(int64(8_400_000)), Stage: "value-realization"},
			}}},
		},
		"notes": {
			{What: alerts.DidNote, Actor: maria, Data: alerts.EntryData{Note: "Dana says <!channel> *hi*\nand more", Own: true}},
			{What: alerts.DidExtend, Actor: ben, Data: alerts.EntryData{Until: now.Add(9 * day)}},
		},
		"unknown person": {{What: alerts.DidAck, Actor: alerts.Actor{UserID: "U0GONE"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := view(alerts.HealthShift)
			happen(&v, entries...)
			d, ok := cards.Thread(style(t), v, 1)
			require.True(t, ok)
			golden(t, d)
		})
	}
}

func TestThreadTellsOnlyWhatIsNewAndWorthIt(t *testing.T) {
	t.Parallel()
	v := view(alerts.HealthShift)
	happen(&v,
		alerts.Entry{What: alerts.DidNote, Actor: ben, Data: alerts.EntryData{Note: "told before"}},
		alerts.Entry{What: alerts.DidRepeat},
		alerts.Entry{What: alerts.DidSnooze, Actor: maria, Data: alerts.EntryData{Own: true}},
	)
	_, ok := cards.Thread(style(t), v, 2)
	require.False(t, ok)
	d, ok := cards.Thread(style(t), v, 1)
	require.True(t, ok)
	require.Contains(t, d.Text, "told before")
}

func TestThreadKeepsLongNotesApart(t *testing.T) {
	t.Parallel()
	v := view(alerts.HealthShift)
	for i := range 25 {
		happen(&v, alerts.Entry{
			What: alerts.DidNote, Actor: ben, Data: alerts.EntryData{Note: fmt.Sprintf("n%02d %s", i, strings.Repeat("&", 900))},
		})
	}
	d, ok := cards.Thread(style(t), v, 0)
	require.True(t, ok)
	requireAccepted(t, d)
	drawn := string(pretty(t, d))
	require.Contains(t, drawn, "5 earlier changes are left out here")
	require.NotContains(t, drawn, "n04")
	for i := 5; i < 25; i++ {
		require.Contains(t, drawn, fmt.Sprintf("n%02d", i))
	}
}

func TestNotice(t *testing.T) {
	t.Parallel()
	for name, n := range map[string]alerts.Notice{
		"to a person": {Text: "Acme Corp got worse: health 58 → 44 (red).", AlertID: alertID, Mention: "UMARIA"},
		"to a group id": {
			Text: "*Acme Corp* is red, nobody on it since <!date^1795500000^{time}|09:30>.", AlertID: alertID, Mention: "S0LEADS",
		},
		"to a handle": {Text: "Acme &amp; Co is red.", AlertID: alertID, Mention: "group:@cs-leads"},
		"to nobody":   {Text: "I can't post to #cs-alerts: I am not in it. Type `/invite @journeybot` there; 3 alerts wait."},
		"that pings":  {Text: "<!channel> <!here|now> <@everyone> <javascript:alert(1)|x> & so < on"},
		"empty":       {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			golden(t, cards.Notice(style(t), n))
		})
	}
}

// falling is a KPI of ninety days that ends at last.
func falling(name string, first, last float64) journey.Series {
	s := journey.Series{Name: name}
	for i := range 90 {
		s.Points = append(s.Points, journey.Point{
			At: ago(time.Duration(89-i) * day), Value: math.Round(first + (last-first)*float64(i)/89),
		})
	}
	return s
}

func account(live ...alerts.Kind) alerts.AccountView {
	v := alerts.AccountView{
		Account: acme(),
		KPIs: []journey.Series{
			falling("active_users", 41, 19), falling("nps", 8, 4), falling("seats_used", 19, 19), falling("searches", 1200, 3400),
		},
		People: map[string]alerts.Person{
			"maria@example.com": {UserID: "UMARIA", Name: "Maria", Email: "maria@example.com"},
			"UTOM":              {UserID: "UTOM", Name: "Tom", Email: "Tom@example.com"},
		},
		Past: []alerts.Alert{
			{ID: "p1", ShortID: "A-1B2", Kind: alerts.Support, Status: alerts.Resolved, Outcome: alerts.Saved, ClosedAt: ago(20 * day)},
			{ID: "p2", ShortID: "P-3C4", Kind: alerts.PQL, Status: alerts.Expired, ClosedAt: ago(40 * day)},
		},
	}
	for i, kind := range live {
		one := view(kind)
		one.Alert.ID, one.History = fmt.Sprintf("0193f0aa-1111-7000-8000-%012d", i), nil
		v.Live = append(v.Live, one)
	}
	return v
}

func TestJourney(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*alerts.AccountView){
		"in trouble": func(v *alerts.AccountView) {
			*v = account(alerts.HealthShift, alerts.MilestoneDropoff)
			v.Live[1].Alert.Status, v.Live[1].Alert.AckedBy = alerts.Acknowledged, "UBEN"
		},
		"well":    func(v *alerts.AccountView) { v.Account.Health, v.Account.Score = journey.HealthGreen, ptr(91.0) },
		"unknown": func(v *alerts.AccountView) { *v = alerts.AccountView{Account: journey.Account{ID: "acme"}} },
		"old data": func(v *alerts.AccountView) {
			v.KPIs = []journey.Series{{Name: "seats", Points: []journey.Point{{At: ago(12 * day), Value: 7}}}}
			v.Account.HealthAt = ago(3 * day)
		},
		"many alerts": func(v *alerts.AccountView) { *v = account(alerts.Kinds...) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := account()
			change(&v)
			golden(t, cards.Journey(style(t), v))
		})
	}
}

func TestAlertList(t *testing.T) {
	t.Parallel()
	views := account(alerts.HealthShift, alerts.UsageLimit, alerts.PQL).Live
	views[1].Alert.Owner, views[1].Alert.OwnerRef = "", ""
	views[2].Alert.Status, views[2].Alert.AckedBy = alerts.Acknowledged, "UTOM"
	for name, c := range map[string]struct {
		filter alerts.Filter
		views  []alerts.View
		total  int
	}{
		"all":         {alerts.Filter{}, views, 3},
		"mine":        {alerts.Filter{Owner: "UMARIA"}, views[:1], 1},
		"middle page": {alerts.Filter{Red: true, Owner: "UMARIA", Offset: 10}, views, 27},
		"none":        {alerts.Filter{}, nil, 0},
		"none mine":   {alerts.Filter{Owner: "UMARIA", Unowned: true}, nil, 0},
		"past end":    {alerts.Filter{Offset: 40}, nil, 12},
		"channel":     {alerts.Filter{Channel: "#cs-alerts"}, views[1:2], 1},
		"account":     {alerts.Filter{Account: "acme"}, views[:2], 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			golden(t, cards.AlertList(style(t), c.filter, c.views, c.total))
		})
	}
}

func TestAlertListHasRoomForAnyLimit(t *testing.T) {
	t.Parallel()
	views := make([]alerts.View, 0, 60)
	for range 60 {
		views = append(views, view(alerts.HealthShift))
	}
	d := cards.AlertList(style(t), alerts.Filter{Limit: 60}, views, 90)
	requireAccepted(t, d)
	require.Contains(t, string(pretty(t, d)), `"15:"`, "the next page starts after what is shown")
}

func TestChoose(t *testing.T) {
	t.Parallel()
	for name, l := range map[string]journey.Lookup{
		"did you mean": {
			Query: "acmx",
			Matches: []journey.Match{
				{AccountID: "acme", Name: "Acme Corp", How: journey.MatchSpelling, Score: .7},
				{AccountID: "acmex", Name: "Acmex Labs", How: journey.MatchSpelling, Score: .6},
			},
		},
		"nothing": {Query: "zzz *x* <!here>"},
		"empty":   {},
		"prefix": {
			Query: "ac",
			Matches: []journey.Match{
				{AccountID: "acme", Name: "Acme Corp", How: journey.MatchPrefix},
				{AccountID: "act", Name: "Action", How: journey.MatchPrefix},
			},
		},
		"same name": {
			Query: "acme",
			Matches: []journey.Match{
				{AccountID: "acme-de", Name: "Acme", How: journey.MatchName},
				{AccountID: "acme-fr", Name: "ACME", How: journey.MatchName},
			},
		},
		"no name": {
			Query:   "a",
			Matches: []journey.Match{{AccountID: "a1", How: journey.MatchPrefix}, {AccountID: "a2", How: journey.MatchPrefix}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			golden(t, cards.Choose(style(t), l))
		})
	}
}

var helpLines = []cards.Command{
	{Does: "your live alerts"},
	{Usage: "<account>", Does: "health and why, stage, KPIs, open alerts, owner, renewal", Example: "acme"},
	{Usage: "alerts [mine] [unowned] [red]", Does: "live alerts, oldest unacknowledged first", Example: "alerts unowned"},
	{Usage: "help", Does: "this list", Example: "help"},
}

func TestHelp(t *testing.T) {
	t.Parallel()
	for name, c := range map[string][2]string{"plain": {}, "nearest": {"alrts", "alerts"}, "no idea": {"alerts blue", ""}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			golden(t, cards.Help(style(t), c[0], c[1], helpLines))
		})
	}
}

func TestSayNothing(t *testing.T) {
	t.Parallel()
	require.Equal(t, cards.Drawing{}, cards.Say(""))
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	v := view(alerts.HealthShift)
	for name, d := range map[string]cards.Drawing{
		"taken":          cards.Taken(style(t), v, &alerts.TakenError{By: alerts.Actor{UserID: "UBEN"}, At: ago(5 * time.Minute)}),
		"taken before":   cards.Taken(style(t), v, &alerts.TakenError{By: ben, At: ago(2 * day)}),
		"taken by a new": cards.Taken(style(t), v, &alerts.TakenError{By: alerts.Actor{UserID: "U0NEW"}}),
		"resolved":       cards.Closed(style(t), v, &alerts.ClosedError{Status: alerts.Resolved, Outcome: alerts.Saved, At: ago(3 * day)}),
		"expired":        cards.Closed(style(t), v, &alerts.ClosedError{Status: alerts.Expired}),
		"say":            cards.Say("I don't know that one any more. Type `/journey alerts` to see what is open."),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			golden(t, d)
		})
	}
}
