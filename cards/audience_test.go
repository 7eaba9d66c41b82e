package cards_test

import (
	"encoding/json"
	"strings"
	"testing"

	"journeybot/alerts"
	"journeybot/cards"
	"journeybot/journey"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// secret marks everything that outsiders must not read; cents is an amount that nothing else has.
const (
	secret = "Zecret"
	cents  = int64(7_777_777_77)
)

// guardedView fills every place of a view that outsiders must not read.
func guardedView(v alerts.View) alerts.View {
	v.Account.ARR, v.Account.CRMURL = ptr(cents), "https://crm.example/"+secret
	v.Account.Contacts = []journey.Contact{
		{Name: secret + " One", Email: "one@" + secret, Title: secret, Role: journey.RoleChampion},
		{Name: secret + " Two", Role: journey.RoleAdmin},
		{Name: secret + " Three", Role: journey.RoleSponsor},
	}
	v.Alert.OutcomeARR = ptr(cents)
	person := journey.Contact{Name: secret, Email: secret + "@acme.example", Title: secret}
	f := &v.Alert.Facts
	if f.Health != nil {
		h := *f.Health
		h.Reason = secret + " told us that he leaves"
		h.Drivers = append([]alerts.Driver{{Measure: "champion", From: secret, To: "nobody"}, {Measure: "arr", From: "7777777", To: "1"}}, h.Drivers...)
		f.Health = &h
	}
	if f.PQL != nil {
		q := *f.PQL
		q.Contact, q.Reasons = person, []string{secret, secret}
		f.PQL = &q
	}
	if f.Contact != nil {
		f.Contact = &alerts.ContactFacts{Role: f.Contact.Role, From: secret, To: secret}
	}
	if f.Renewal != nil {
		f.Renewal = &alerts.RenewalFacts{RenewalDate: f.Renewal.RenewalDate, ARR: ptr(cents)}
	}
	if f.Support != nil {
		t := *f.Support
		t.Title = secret
		f.Support = &t
	}
	if f.Survey != nil {
		q := *f.Survey
		q.Comment, q.Contact = secret, person
		f.Survey = &q
	}
	for i := range v.History {
		v.History[i].Data.Note, v.History[i].Data.ARR = secret, ptr(cents)
	}
	happen(&v,
		alerts.Entry{What: alerts.DidReview, Data: alerts.EntryData{Look: &alerts.Look{Then: alerts.Standing{ARR: ptr(cents)}, Now: alerts.Standing{ARR: ptr(cents + 1)}}}},
		alerts.Entry{What: alerts.DidNote, Actor: maria, Data: alerts.EntryData{Note: secret}},
		alerts.Entry{What: alerts.DidResolve, Actor: maria, Data: alerts.EntryData{Note: secret, Outcome: alerts.Saved, ARR: ptr(cents)}})
	if v.Alert.Kind == alerts.ContactChanged {
		happen(&v, alerts.Entry{What: alerts.DidWorsen, Data: alerts.EntryData{Before: secret, After: secret}})
	}
	return v
}

// requireGuarded fails when a drawing tells outsiders what they must not read.
func requireGuarded(t require.TestingT, d cards.Drawing) {
	raw, err := json.Marshal(d.Blocks)
	require.NoError(t, err)
	for _, told := range []string{string(raw), d.Text} {
		require.NotContains(t, told, secret)
		require.NotContains(t, strings.NewReplacer(",", "", ".", "").Replace(told), "77777")
		require.NotContains(t, told, "€")
		require.NotContains(t, told, "78M")
	}
}

// everyDrawing are all ways in which an alert of that view is drawn.
func everyDrawing(s cards.Style, v alerts.View) []cards.Drawing {
	thread, _ := cards.Thread(s, v, 0)
	account := alerts.AccountView{
		Account: v.Account, Live: []alerts.View{v}, Past: []alerts.Alert{v.Alert}, People: v.People,
		KPIs: []journey.Series{{Name: "arr_total", Points: []journey.Point{{At: ago(day), Value: 7_777_777}, {At: now, Value: 7_777_777}}}},
	}
	w := why(v.Alert.Kind)
	w.View = v
	tl := alerts.Timeline{Account: v.Account, People: v.People, Moments: []alerts.Moment{
		{Note: &alerts.Note{Text: secret}}, {Touch: &alerts.Touch{Channel: "call", Who: secret, Note: secret}}, {Mute: &alerts.MuteSpan{Reason: secret}},
	}}
	for _, e := range v.History {
		tl.Moments = append(tl.Moments, alerts.Moment{Alert: &alerts.AlertMoment{Alert: v.Alert, Entry: e}})
	}
	return []cards.Drawing{
		cards.Why(s, w), cards.WhyAccount(s, alerts.AccountWhy{AccountView: account}), cards.WhyNot(s, alerts.DayView{Account: v.Account, Opened: []alerts.View{v}}),
		cards.Timeline(s, tl), cards.KPIs(s, alerts.KPIHistory{Account: v.Account, KPIs: account.KPIs}),
		cards.Alert(s, v, true), cards.Alert(s, v, false), thread, cards.Journey(s, account), cards.AlertList(s, alerts.Filter{}, []alerts.View{v}, 1),
		cards.Taken(s, v, &alerts.TakenError{By: maria}), cards.Closed(s, v, &alerts.ClosedError{Status: alerts.Resolved, Outcome: alerts.Saved}),
	}
}

func TestOutsidersReadNoRevenueContactsOrVerbatims(t *testing.T) {
	t.Parallel()
	s := style(t)
	for _, kind := range alerts.Kinds {
		for status, move := range statuses {
			v := view(kind)
			move(&v)
			v = guardedView(v)
			open := everyDrawing(s, v)
			raw, err := json.Marshal(open)
			require.NoError(t, err)
			require.Contains(t, string(raw), secret, "the test shows it to insiders: %s %s", kind, status)
			guarded := s
			guarded.Guarded = true
			for _, d := range everyDrawing(guarded, v) {
				requireGuarded(t, d)
			}
			requireAccepted(t, cards.Alert(guarded, v, true))
		}
	}
	guarded := s
	guarded.Guarded = true
	requireGuarded(t, cards.Alert(guarded, guardedView(held()), true))
}

func TestHostileViewsForOutsiders(t *testing.T) {
	s := style(t)
	s.Guarded = true
	rapid.Check(t, func(t *rapid.T) {
		v := guardedView(anyView.Draw(t, "view"))
		for i := range v.Risks {
			v.Risks[i] = guardedView(alerts.View{Alert: v.Risks[i]}).Alert
		}
		for _, d := range everyDrawing(s, v) {
			raw, err := json.Marshal(d.Blocks)
			require.NoError(t, err)
			require.NotContains(t, string(raw)+d.Text, secret)
		}
	})
}

func TestGuardedCards(t *testing.T) {
	t.Parallel()
	s := style(t)
	s.Guarded = true
	for _, kind := range alerts.Kinds {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			golden(t, cards.Alert(s, view(kind), true))
		})
	}
}
