package cards_test

import (
	"testing"
	"time"

	"journeybot/alerts"
	"journeybot/cards"
	"journeybot/journey"

	"github.com/stretchr/testify/require"
)

func TestAlert(t *testing.T) {
	t.Parallel()
	for _, kind := range alerts.Kinds {
		for status, move := range statuses {
			t.Run(string(kind)+"/"+status, func(t *testing.T) {
				t.Parallel()
				v := view(kind)
				move(&v)
				golden(t, cards.Alert(style(t), v, status == "open"))
			})
		}
	}
}

// variants are what the ten stories leave out.
var variants = map[string]struct {
	kind   alerts.Kind
	change func(*alerts.View)
}{
	"health yellow": {alerts.HealthShift, func(v *alerts.View) {
		h := v.Alert.Facts.Health
		h.To, h.Score = journey.HealthYellow, ptr(58.0)
		v.Alert.Severity = alerts.Medium
	}},
	"health critical": {alerts.HealthShift, func(v *alerts.View) { v.Alert.Severity = alerts.Critical; v.Alert.Count = 3 }},
	"health without scores": {
		alerts.HealthShift, func(v *alerts.View) { h := v.Alert.Facts.Health; h.Score, h.PreviousScore, h.Drivers = nil, nil, nil },
	},
	"health with a reason": {
		alerts.HealthShift, func(v *alerts.View) { v.Alert.Facts.Health.Reason = "The admin who trained everybody left in October" },
	},
	"health with the first measure as its reason": {
		alerts.HealthShift, func(v *alerts.View) { v.Alert.Facts.Health.Reason = "Active users fell from 41 to 19 in 7 days" },
	},
	"health of words": {alerts.HealthShift, func(v *alerts.View) {
		v.Alert.Facts.Health.Drivers = []alerts.Driver{
			{Measure: "sponsor", From: "engaged", To: "gone"}, {Measure: "seats", To: "12"}, {Measure: "csat", From: "4.5"},
		}
	}},
	"health that nothing moved": {alerts.HealthShift, func(v *alerts.View) {
		v.Alert.Facts.Health.Drivers = []alerts.Driver{{Measure: "admin activity", From: "2", To: "2"}, {Measure: "nps", From: "6", To: "6"}}
	}},
	"group owner":        {alerts.HealthShift, func(v *alerts.View) { v.Alert.Owner, v.Alert.OwnerRef = "S0LEADS", "group:@cs-leads" }},
	"owner not in Slack": {alerts.HealthShift, func(v *alerts.View) { v.Alert.Owner = "" }},
	"no owner":           {alerts.HealthShift, func(v *alerts.View) { v.Alert.Owner, v.Alert.OwnerRef = "", "" }},
	"all steps done": {alerts.UsageLimit, func(v *alerts.View) {
		statuses["acknowledged"](v)
		tick(v, "tell", maria)
	}},
	"stale":           {alerts.HealthShift, func(v *alerts.View) { v.Alert.Facts.AsOf = ago(30 * time.Hour) }},
	"account unknown": {alerts.HealthShift, func(v *alerts.View) { v.Account = journey.Account{ID: "acme"} }},
	"snoozed after ack": {alerts.HealthShift, func(v *alerts.View) {
		statuses["acknowledged"](v)
		statuses["snoozed"](v)
		v.Alert.SnoozedFrom = alerts.Acknowledged
	}},
	"resolved without a note": {alerts.HealthShift, func(v *alerts.View) {
		statuses["resolved"](v)
		v.History[len(v.History)-1].Data.Note = ""
		v.Alert.OutcomeARR = ptr(int64(4_200_000))
	}},
	"churned": {alerts.HealthShift, func(v *alerts.View) {
		statuses["resolved"](v)
		v.Alert.Outcome = alerts.ChurnedOut
		v.Account.Health, v.Account.Score = journey.HealthRed, ptr(44.0)
	}},
	"limit passed": {alerts.UsageLimit, func(v *alerts.View) {
		l := v.Alert.Facts.Limit
		l.Used, l.Hard, l.CustomerTold = 1_120_000, ptr(true), ptr(true)
		v.Alert.Severity = alerts.Critical
	}},
	"limit barely known": {alerts.UsageLimit, func(v *alerts.View) {
		v.Alert.Facts.Limit = &alerts.LimitFacts{Resource: "seats", Used: 45, Limit: 50, Threshold: 90}
		v.Account.Plan = ""
	}},
	"limit without a forecast": {alerts.UsageLimit, func(v *alerts.View) {
		l := v.Alert.Facts.Limit
		l.Resource, l.Unit, l.Used, l.Limit, l.HitAt, l.PerDay = "storage", "GB", 1_880, 2_000, time.Time{}, nil
	}},
	"pql with three reasons": {alerts.PQL, func(v *alerts.View) {
		p := v.Alert.Facts.PQL
		p.Reasons, p.Intent = append(p.Reasons, "2 new departments joined", "Asked support about audit logs"), nil
	}},
	"limit unknown":    {alerts.UsageLimit, func(v *alerts.View) { v.Alert.Facts.Limit.Limit = 0 }},
	"pql barely known": {alerts.PQL, func(v *alerts.View) { v.Alert.Facts.PQL = &alerts.PQLFacts{Score: 81}; v.Account.Owner = "" }},
	"dropoff of one": {alerts.MilestoneDropoff, func(v *alerts.View) {
		v.Alert.Facts.Dropoff.Progress = []alerts.Progress{{KPI: "lists", Have: 0, Need: 1}}
		v.Alert.Facts.Dropoff.ExpectedBy = ago(day)
	}},
	"dropoff barely known": {
		alerts.MilestoneDropoff, func(v *alerts.View) { v.Alert.Facts.Dropoff = &alerts.DropoffFacts{Milestone: "aha_moment"} },
	},
	"contact succeeded": {alerts.ContactChanged, func(v *alerts.View) { v.Alert.Facts.Contact.To = "Lee Park" }},
	"contact new":       {alerts.ContactChanged, func(v *alerts.View) { c := v.Alert.Facts.Contact; c.From, c.To = "", "Lee Park" }},
	"owner moved": {alerts.ContactChanged, func(v *alerts.View) {
		v.Alert.Facts.Contact = &alerts.ContactFacts{Role: "owner", From: "maria@example.com", To: "ben@example.com"}
	}},
	"renewal today": {alerts.RenewalDue, func(v *alerts.View) { v.Alert.Facts.Renewal.RenewalDate = 20261124 }},
	"renewal passed": {
		alerts.RenewalDue, func(v *alerts.View) { v.Alert.Facts.Renewal.RenewalDate = 20261123; v.Account.Health = "" },
	},
	"support barely known": {alerts.Support, func(v *alerts.View) { v.Alert.Facts.Support = &alerts.SupportFacts{Ticket: "4711"} }},
	"promoter": {alerts.Feedback, func(v *alerts.View) {
		v.Alert.Polarity, v.Alert.Severity = alerts.Opportunity, alerts.Low
		v.Alert.Facts.Survey.Score, v.Alert.Facts.Survey.Comment = 10, ""
	}},
	"milestone lost":                {alerts.MilestoneDropoff, endangered(alerts.DropoffLost, 1, "")},
	"milestone lost soon":           {alerts.MilestoneDropoff, endangered(alerts.DropoffLosing, -9, "")},
	"a person close to a milestone": {alerts.MilestoneDropoff, endangered(alerts.DropoffNear, -2, "u-17")},
	"stuck with a forecast": {alerts.MilestoneDropoff, func(v *alerts.View) {
		f := v.Alert.Facts.Dropoff
		f.Forecast, f.Contact = ago(-6*day), journey.Contact{Name: "Lee Park", Role: "admin"}
	}},
	"never touched": {alerts.Silence, func(v *alerts.View) { v.Alert.Facts.Silence.LastTouch = time.Time{} }},
	"facts missing": {alerts.Support, func(v *alerts.View) { v.Alert.Facts = alerts.Facts{} }},
	"kind of later": {"escalation", func(v *alerts.View) { v.Alert.Severity = alerts.Medium; v.Alert.ShortID = "A-9X9" }},
	"Cyrillic names": {alerts.MilestoneDropoff, func(v *alerts.View) {
		v.Account.Name = "ООО «Ромашка»"
		v.Alert.Facts.Dropoff.Progress[2].KPI = "выгрузка"
	}},
}

func TestAlertVariant(t *testing.T) {
	t.Parallel()
	for name, c := range variants {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := view(c.kind)
			v = detached(v)
			c.change(&v)
			golden(t, cards.Alert(style(t), v, false))
		})
	}
}

// endangered is a milestone for which something is wrong since, or in, some days.
func endangered(why alerts.DropoffWhy, days int, user string) func(*alerts.View) {
	return func(v *alerts.View) {
		f := v.Alert.Facts.Dropoff
		f.Why, f.ExpectedBy, f.User, f.Contact = why, ago(time.Duration(days)*day), user, journey.Contact{Name: "Lee Park", Role: "admin"}
	}
}

// detached copies the facts that a variant changes.
func detached(v alerts.View) alerts.View {
	f := &v.Alert.Facts
	f.Health, f.Limit, f.PQL, f.Dropoff, f.Contact = clone(f.Health), clone(f.Limit), clone(f.PQL), clone(f.Dropoff), clone(f.Contact)
	f.Renewal, f.Support, f.Survey, f.Silence = clone(f.Renewal), clone(f.Support), clone(f.Survey), clone(f.Silence)
	if f.Dropoff != nil {
		f.Dropoff.Progress = append([]alerts.Progress(nil), f.Dropoff.Progress...)
	}
	return v
}

func clone[T any](p *T) *T {
	if p == nil {
		return nil
	}
	return ptr(*p)
}

func TestAlertMentionsItsOwnerOnce(t *testing.T) {
	t.Parallel()
	first, later := pretty(t, cards.Alert(style(t), view(alerts.HealthShift), true)), pretty(t, cards.Alert(style(t), view(alerts.HealthShift), false))
	require.Contains(t, string(first), "<@UMARIA>")
	require.NotContains(t, string(later), "<@")
}

func TestAlertIsDrawnTheSame(t *testing.T) {
	t.Parallel()
	v := view(alerts.HealthShift)
	d := cards.Alert(style(t), v, false)
	require.Equal(t, d.Hash(), cards.Alert(style(t), v, false).Hash())
	v.Alert.Version++
	require.NotEqual(t, d.Hash(), cards.Alert(style(t), v, false).Hash(), "a menu must not keep its choice")
	require.NotEqual(t, d.Hash(), cards.Drawing{Blocks: d.Blocks, Text: "other"}.Hash())
}
