package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"journeybot/alerts"
	"journeybot/cards"
	"journeybot/config"
	"journeybot/journey"
)

// TestBundledPlaybooks goes through every kind of alert that PRODUCT names: each has a playbook of its own that is worth using.
func TestBundledPlaybooks(t *testing.T) {
	t.Parallel()
	growth, err := config.LoadGrowth("")
	require.NoError(t, err)
	rules := growth.Rules
	now := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	limit := func(used float64) alerts.Facts {
		return alerts.Facts{Limit: &alerts.LimitFacts{Resource: "api calls", Used: used, Limit: 100, Threshold: int(used)}}
	}
	pql := func(score float64, trigger string) alerts.Facts {
		return alerts.Facts{PQL: &alerts.PQLFacts{Score: score, Trigger: trigger, Contact: journey.Contact{Name: "Priya Rao", Email: "priya@acme.example"}}}
	}
	stuck := func(milestone string) alerts.Facts {
		return alerts.Facts{Dropoff: &alerts.DropoffFacts{Milestone: milestone}}
	}
	renewal := func(int) alerts.Facts { return alerts.Facts{Renewal: &alerts.RenewalFacts{}} }
	survey := func(score float64) alerts.Facts {
		return alerts.Facts{Survey: &alerts.SurveyFacts{Survey: "nps", Score: score, Contact: journey.Contact{Name: "Ken Sato"}}}
	}
	health := func(to journey.Health) alerts.Facts { return alerts.Facts{Health: &alerts.HealthFacts{To: to}} }
	age := 9.0
	used := map[string]bool{}
	for _, one := range []struct {
		says, playbook string
		kind           alerts.Kind
		polarity       alerts.Polarity
		facts          alerts.Facts
		renews         int // in days
	}{
		{"health drop to yellow", "health-yellow", alerts.HealthShift, alerts.Risk, health(journey.HealthYellow), 200},
		{"health drop to red", "health-red", alerts.HealthShift, alerts.Risk, health(journey.HealthRed), 200},
		{"approaching a limit", "limit-near", alerts.UsageLimit, alerts.Risk, limit(90), 200},
		{"hitting a limit", "limit-reached", alerts.UsageLimit, alerts.Risk, limit(101), 200},
		{"heavy usage", "heavy-usage", alerts.PQL, alerts.Opportunity, pql(72, "heavy usage"), 200},
		{"PQL hot", "pql-hot", alerts.PQL, alerts.Opportunity, pql(86, "advanced feature"), 200},
		{"PQL warm", "pql-warm", alerts.PQL, alerts.Opportunity, pql(66, ""), 200},
		{"drop-off before the first use", "dropoff-struggle", alerts.MilestoneDropoff, alerts.Risk, stuck("first-search"), 200},
		{"drop-off in evaluation", "dropoff-evaluation", alerts.MilestoneDropoff, alerts.Risk, stuck("value-realization"), 200},
		{"drop-off in growth", "dropoff-growth", alerts.MilestoneDropoff, alerts.Risk, stuck("continued-value"), 200},
		{"any other drop-off", "milestone-dropoff", alerts.MilestoneDropoff, alerts.Risk, stuck("our-own"), 200},
		{"champion left", "contact-changed", alerts.ContactChanged, alerts.Risk, alerts.Facts{Contact: &alerts.ContactFacts{Role: "champion", From: "Dana Weiss"}}, 200},
		{"another owner of ours", "owner-handover", alerts.ContactChanged, alerts.Neutral, alerts.Facts{Contact: &alerts.ContactFacts{Role: "owner", From: "Ben"}}, 200},
		{"renewal in 120 days", "renewal-120", alerts.RenewalDue, alerts.Risk, renewal(120), 120},
		{"renewal in 90 days", "renewal-90", alerts.RenewalDue, alerts.Risk, renewal(90), 90},
		{"renewal in 60 days", "renewal-60", alerts.RenewalDue, alerts.Risk, renewal(60), 60},
		{"renewal in 30 days", "renewal-close", alerts.RenewalDue, alerts.Risk, renewal(30), 30},
		{"old ticket", "support-ticket", alerts.Support, alerts.Risk, alerts.Facts{Support: &alerts.SupportFacts{Ticket: "4711", AgeDays: &age}}, 200},
		{"detractor", "detractor", alerts.Feedback, alerts.Risk, survey(4), 200},
		{"promoter", "promoter", alerts.Feedback, alerts.Opportunity, survey(10), 200},
		{"milestone reached", "milestone-reached", alerts.MilestoneReached, alerts.Opportunity, alerts.Facts{Reached: &alerts.ReachedFacts{Milestone: "value-realization"}}, 200},
		{"people who no longer come", "quiet-people", alerts.PersonaQuiet, alerts.Risk, alerts.Facts{Path: &alerts.PathFacts{Title: "Admins", Polarity: alerts.Risk}}, 200},
		{"a side path", "side-path", alerts.PathOpened, alerts.Neutral, alerts.Facts{Path: &alerts.PathFacts{Title: "Three-year review", Polarity: alerts.Neutral}}, 200},
		{"silence", "silence", alerts.Silence, alerts.Risk, alerts.Facts{Silence: &alerts.SilenceFacts{}}, 200},
	} {
		account := journey.Account{
			ID: "acme", Name: "Acme Corp", RenewalDate: journey.DayOf(now.AddDate(0, 0, one.renews)), CRMURL: "https://crm.example/acme",
			Contacts: []journey.Contact{{Name: "Dana Weiss", Email: "dana@acme.example", Role: journey.RoleChampion}},
		}
		if one.facts.Renewal != nil {
			one.facts.Renewal.RenewalDate = account.RenewalDate
		}
		c := alerts.Case{Kind: one.kind, Polarity: one.polarity, Severity: alerts.Medium, Account: account, Facts: one.facts, Now: now}
		book, ok := rules.PlaybookNamed(rules.Route(c).Playbook)
		require.True(t, ok, one.says)
		require.Equal(t, one.playbook, book.Name, one.says)
		used[book.Name] = true
		requireWorthUsing(t, rules, book, alerts.View{At: now, Account: account, Alert: alerts.Alert{
			ID: "0199f2a4-7c1e-7d52-9b0a-5e2f4c1d8a63", ShortID: "A-7K2", Account: "acme", Kind: one.kind, Polarity: one.polarity, Severity: alerts.Medium,
			Status: alerts.Acknowledged, Owner: "U1", AckedBy: "U1", AckedAt: now, Facts: one.facts, Playbook: book.Name, Escalation: "medium",
		}})
	}
	require.Len(t, used, len(rules.Playbooks), "every playbook is for something")
}

// requireWorthUsing checks what every bundled playbook has.
func requireWorthUsing(t *testing.T, rules *alerts.Rules, book alerts.Playbook, v alerts.View) {
	t.Helper()
	require.GreaterOrEqual(t, len(book.Steps), 3, book.Name)
	require.LessOrEqual(t, len(book.Steps), 6, book.Name)
	worked, drafts := 0, 0
	for _, step := range book.Steps {
		require.Positive(t, step.Due, "%s %s", book.Name, step.ID)
		require.NotContains(t, step.Title.Render(v, rules), "unknown", book.Name)
		require.LessOrEqual(t, len([]rune(step.Hint.Render(v, rules))), 500, "%s %s is not cut", book.Name, step.ID)
		worked += strings.Count(step.Hint.Render(v, rules), "It worked when")
	}
	require.Equal(t, 1, worked, "%s says once how to know that it worked", book.Name)
	require.NotEmpty(t, book.Outcomes, book.Name)
	require.NotEmpty(t, book.Review, book.Name)
	for _, a := range book.Actions {
		if a.Type != alerts.ActionMessage {
			continue
		}
		drafts++
		d := a.Draft(v, rules)
		require.NotContains(t, d.Subject+d.Body, "{{", book.Name)
		require.NotContains(t, d.Subject+d.Body, "unknown", book.Name)
		require.Greater(t, len(strings.Fields(d.Body)), 25, book.Name)
	}
	require.Positive(t, drafts, "%s has a draft to send", book.Name)

	view := cards.Checklist(cards.Style{Rules: rules, Command: "/journey", Now: v.At}, v, "{}")
	require.LessOrEqual(t, len(view.Blocks.BlockSet), 100, book.Name)
	raw, err := json.Marshal(view)
	require.NoError(t, err)
	require.Less(t, len(raw), 250_000, book.Name)
	require.Equal(t, len(book.Steps), strings.Count(string(raw), `"action_id":"step.tick`), "%s fits one modal with all its steps", book.Name)
}
