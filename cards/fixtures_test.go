package cards_test

import (
	"testing"
	"time"

	"journeybot/alerts"
	"journeybot/cards"
	"journeybot/journey"

	"github.com/stretchr/testify/require"
)

// now is Tuesday 24 November 2026, 07:30 in Berlin.
var now = time.Date(2026, 11, 24, 6, 30, 0, 0, time.UTC)

func ptr[T any](v T) *T { return &v }

func ago(d time.Duration) time.Time { return now.Add(-d) }

const day = 24 * time.Hour

func style(t testing.TB) cards.Style {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	text := func(source string) *alerts.Text {
		compiled, err := alerts.CompileText(source)
		require.NoError(t, err)
		return compiled
	}
	return cards.Style{
		Now: now, Command: "/journey",
		Rules: &alerts.Rules{
			Zone: zone, Currency: "EUR",
			Milestones: map[string]string{"value-realization": "Value realization", "first-value": "First value"},
			Playbooks: []alerts.Playbook{
				{Name: "early-risk", Steps: []alerts.Step{
					{ID: "call", Title: text("Call {{.Account.Champion.Name}}, champion"), Due: day},
					{ID: "plan", Title: text("Agree recovery plan"), Due: 3 * day},
					{ID: "train", Title: text("Train the new admin")},
					{ID: "review", Title: text("Review with the sponsor")},
				}},
				{Name: "limit", Steps: []alerts.Step{{ID: "tell", Title: text("Tell {{.Account.Champion.Name}}, offer Scale plan")}}},
				{Name: "sales", Steps: []alerts.Step{{ID: "call", Title: text("Call Priya Rao"), Due: 4 * time.Hour}}},
				{
					Name: "renewal", Steps: []alerts.Step{{ID: "forecast", Title: text("Set the forecast")}},
					Outcomes: []alerts.Outcome{alerts.Saved, alerts.Expanded, alerts.ChurnedOut},
				},
			},
		},
	}
}

func acme() journey.Account {
	return journey.Account{
		ID: "acme", Name: "Acme Corp", Domain: "acme.example", CRMURL: "https://crm.example/accounts/acme?a=1&b=2",
		Segment: "enterprise", Plan: "Team", ARR: ptr(int64(8_400_000)), RenewalDate: 20270220,
		Owner: "maria@example.com", SalesOwner: "tom@example.com",
		Contacts: []journey.Contact{
			{Name: "Dana Weiss", Email: "dana@acme.example", Title: "VP Operations", Role: journey.RoleChampion},
			{Name: "Ken Sato", Email: "ken@acme.example", Role: journey.RoleAdmin},
		},
		Health: journey.HealthRed, Score: ptr(44.0), HealthAt: ago(20 * time.Minute),
		Map: "customer-led", Stage: "value-realization", StageAt: ago(41 * day), LastTouch: ago(41 * day),
	}
}

func people() map[string]alerts.Person {
	return map[string]alerts.Person{
		"UMARIA": {UserID: "UMARIA", Name: "Maria", Email: "maria@example.com"},
		"UBEN":   {UserID: "UBEN", Name: "Ben", Email: "ben@example.com"},
		"UTOM":   {UserID: "UTOM", Name: "Tom", Email: "tom@example.com"},
	}
}

// facts of the ten kinds, as MESSAGES.md tells their stories.
var facts = map[alerts.Kind]struct {
	polarity alerts.Polarity
	severity alerts.Severity
	playbook string
	shortID  string
	facts    alerts.Facts
}{
	alerts.HealthShift: {alerts.Risk, alerts.High, "early-risk", "A-7K2", alerts.Facts{Health: &alerts.HealthFacts{
		From: journey.HealthGreen, To: journey.HealthRed, Score: ptr(44.0), PreviousScore: ptr(72.0),
		Drivers: []alerts.Driver{
			{Measure: "active_users", From: "41", To: "19"},
			{Measure: "nps", From: "8", To: "4"},
			{Measure: "urgent_tickets", From: "0", To: "2"},
		},
	}}},
	alerts.UsageLimit: {alerts.Risk, alerts.Medium, "limit", "A-9Q4", alerts.Facts{Limit: &alerts.LimitFacts{
		Resource: "api_calls", Used: 902_400, Limit: 1_000_000, Unit: "calls", PeriodEnd: time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC),
		Hard: ptr(false), CustomerTold: ptr(false), NextPlan: "Scale", Threshold: 90,
		HitAt: time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC), PerDay: ptr(32_500.0),
	}}},
	alerts.PQL: {alerts.Opportunity, alerts.High, "sales", "P-3M9", alerts.Facts{PQL: &alerts.PQLFacts{
		Score: 86, Reasons: []string{"Opened SSO settings 4 times this week (not in Team plan)"},
		Contact: journey.Contact{Name: "Priya Rao", Title: "VP Operations"}, Plan: "Team", Trigger: "advanced feature",
		Fit: ptr(92.0), Usage: ptr(95.0), Intent: ptr(98.0),
	}}},
	alerts.MilestoneDropoff: {alerts.Risk, alerts.Medium, "early-risk", "A-2C8", alerts.Facts{Dropoff: &alerts.DropoffFacts{
		Milestone: "value-realization", ExpectedBy: ago(5 * day), LastAction: "list_created",
		Progress: []alerts.Progress{{KPI: "search", Have: 7, Need: 10}, {KPI: "list", Have: 2, Need: 2}, {KPI: "export", Have: 0, Need: 2}},
	}}},
	alerts.MilestoneReached: {
		alerts.Opportunity, alerts.Low, "", "P-1D5", alerts.Facts{Reached: &alerts.ReachedFacts{Milestone: "value-realization", Took: 19 * day}},
	},
	alerts.ContactChanged: {alerts.Neutral, alerts.Medium, "", "A-4T7", alerts.Facts{Contact: &alerts.ContactFacts{
		Role: "champion", From: "Dana Weiss",
	}}},
	alerts.RenewalDue: {
		alerts.Neutral, alerts.Medium, "renewal", "A-8R1",
		alerts.Facts{Renewal: &alerts.RenewalFacts{RenewalDate: 20270220, ARR: ptr(int64(8_400_000))}},
	},
	alerts.Support: {alerts.Risk, alerts.High, "", "A-5S3", alerts.Facts{Support: &alerts.SupportFacts{
		Ticket: "4711", Status: "open", Priority: "urgent", Title: "Export fails with an error since Monday", Topic: "exports",
		StageHint: "first-value", AgeDays: ptr(9.0),
	}}},
	alerts.Feedback: {alerts.Risk, alerts.High, "", "A-6F2", alerts.Facts{Survey: &alerts.SurveyFacts{
		Survey: "nps", Score: 4, Comment: "Exports break every week.", Contact: journey.Contact{Name: "Ken Sato", Role: "admin"},
	}}},
	alerts.Silence: {alerts.Risk, alerts.Medium, "", "A-0Z9", alerts.Facts{Silence: &alerts.SilenceFacts{LastTouch: ago(46 * day)}}},
	alerts.PersonaQuiet: {alerts.Risk, alerts.Medium, "", "A-3Q8", alerts.Facts{Path: &alerts.PathFacts{
		Title: "administrators", Polarity: alerts.Risk, Since: 20261117,
	}}},
	alerts.PathOpened: {alerts.Neutral, alerts.Low, "", "A-7P1", alerts.Facts{Path: &alerts.PathFacts{
		Title: "the three-year training refresh", Polarity: alerts.Neutral, Since: 20261120,
	}}},
}

const alertID = "0193f0aa-1111-7000-8000-000000000001"

// view is an open alert of a kind at Acme, seen twenty minutes ago.
func view(k alerts.Kind) alerts.View {
	f := facts[k]
	f.facts.AsOf = ago(20 * time.Minute)
	return alerts.View{
		Account: acme(), People: people(),
		Alert: alerts.Alert{
			ID: alertID, ShortID: f.shortID, Account: "acme", Kind: k, Polarity: f.polarity, Severity: f.severity, Status: alerts.Open,
			Owner: "UMARIA", OwnerRef: "maria@example.com", OpenedAt: ago(18 * time.Minute), SignalAt: ago(20 * time.Minute), Count: 1,
			Playbook: f.playbook, Facts: f.facts, Version: 3,
			StepAt: map[alerts.Kind]time.Time{alerts.PQL: now.Add(4 * time.Hour)}[k],
		},
		History: []alerts.Entry{{Seq: 1, At: ago(18 * time.Minute), What: alerts.DidOpen}},
	}
}

// statuses move an open alert on.
var statuses = map[string]func(*alerts.View){
	"open": func(*alerts.View) {},
	"acknowledged": func(v *alerts.View) {
		v.Alert.Status, v.Alert.AckedBy = alerts.Acknowledged, "UMARIA"
		v.Alert.AckedAt, v.Alert.OpenedAt = ago(2*time.Hour), ago(2*time.Hour+12*time.Minute)
		happen(v, alerts.Entry{What: alerts.DidAck, Actor: maria})
		tick(v, "call", maria)
	},
	"snoozed": func(v *alerts.View) {
		v.Alert.Status, v.Alert.SnoozedFrom, v.Alert.WakeAt = alerts.Snoozed, alerts.Open, now.Add(26*time.Hour)
		happen(v, alerts.Entry{What: alerts.DidSnooze, Actor: ben, Data: alerts.EntryData{Until: v.Alert.WakeAt}})
	},
	"resolved": func(v *alerts.View) {
		v.Alert.Status, v.Alert.ClosedAt, v.Alert.OpenedAt, v.Alert.ReviewAt = alerts.Resolved, ago(time.Hour), ago(14*day), now.Add(44*day)
		v.Alert.Outcome = map[alerts.Polarity]alerts.Outcome{
			alerts.Risk: alerts.Saved, alerts.Opportunity: alerts.Converted, alerts.Neutral: alerts.NoAction,
		}[v.Alert.Polarity]
		v.Account.Health, v.Account.Score = journey.HealthGreen, ptr(78.0)
		happen(v, alerts.Entry{
			What: alerts.DidResolve, Actor: maria,
			Data: alerts.EntryData{Outcome: v.Alert.Outcome, Note: "New admin trained, weekly review agreed."},
		})
	},
	"recovered": func(v *alerts.View) {
		v.Alert.Status, v.Alert.Outcome, v.Alert.ClosedAt = alerts.Resolved, alerts.Recovered, ago(time.Minute)
		v.Account.Health, v.Account.Score = journey.HealthGreen, ptr(76.0)
		happen(v, alerts.Entry{What: alerts.DidRecover})
	},
	"expired": func(v *alerts.View) {
		v.Alert.Status, v.Alert.OpenedAt, v.Alert.ClosedAt = alerts.Expired, ago(30*day), ago(time.Minute)
		happen(v, alerts.Entry{What: alerts.DidExpire})
	},
}

var (
	maria = alerts.Actor{UserID: "UMARIA", Name: "Maria"}
	ben   = alerts.Actor{UserID: "UBEN", Name: "Ben"}
)

// tick does a step of the alert's playbook.
func tick(v *alerts.View, step string, by alerts.Actor) {
	happen(v, alerts.Entry{What: alerts.DidTick, Actor: by, Data: alerts.EntryData{Step: step, Done: true, Playbook: v.Alert.Playbook}})
	v.Alert.Play.Ticks = append(v.Alert.Play.Ticks, alerts.Tick{Playbook: v.Alert.Playbook, Step: step, By: by, At: ago(time.Hour)})
}

func happen(v *alerts.View, entries ...alerts.Entry) {
	for _, e := range entries {
		e.Seq = int64(len(v.History) + 1)
		if e.At.IsZero() {
			e.At = ago(time.Hour)
		}
		v.History = append(v.History, e)
	}
}
