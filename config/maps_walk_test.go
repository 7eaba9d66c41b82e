package config

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"journeybot/journey"
)

// walker is an account on a bundled map.
type walker struct {
	t  *testing.T
	m  *journey.Map
	h  journey.History
	s  journey.Standing
	on journey.Day
}

// walk starts on a bundled map, of which there may be several for different accounts.
func walk(t *testing.T, name string, a journey.Account) *walker {
	t.Helper()
	growth, err := compileGrowth("", "test.yaml", `timezone: Europe/Berlin
channels: {alerts: {slack: "#a"}}
routes: [{name: default, channel: alerts}]
use: [`+name+`]
`)
	require.NoError(t, err)
	w := &walker{t: t, h: journey.History{Account: a}, on: 20261102}
	w.m = journey.Choose(growth.Maps, a, w.now())
	require.NotNil(t, w.m)
	return w
}

func (w *walker) now() time.Time { return w.on.In(time.UTC).Add(12 * time.Hour) }

// after lets days pass, and gives what changed in them.
func (w *walker) after(days int) []string {
	w.on = w.on.Add(days)
	return w.look()
}

// does counts an event by one person of a persona, today.
func (w *walker) does(event, persona string, count int64, who string) *walker {
	w.h.Rows = append(w.h.Rows, journey.UsageRow{Event: event, Persona: persona, Day: w.on, Count: count, Users: journey.Users{IDs: []string{who}}})
	return w
}

func (w *walker) event(event string, count int64) *walker { return w.does(event, "", count, "u1") }

func (w *walker) kpi(name string, value float64) *walker {
	i := slices.IndexFunc(w.h.KPIs, func(s journey.Series) bool { return s.Name == name })
	if i < 0 {
		w.h.KPIs = append(w.h.KPIs, journey.Series{Name: name})
		i = len(w.h.KPIs) - 1
	}
	w.h.KPIs[i].Points = append(w.h.KPIs[i].Points, journey.Point{At: w.now().Add(-time.Hour), Value: value})
	return w
}

func (w *walker) look() []string {
	var changes []journey.Change
	w.s, changes = w.m.Evaluate(w.s, w.h, w.now())
	var out []string
	for _, c := range changes {
		if !c.Quiet && c.Kind != journey.MapChosen && c.Kind != journey.StageMoved {
			out = append(out, string(c.Kind)+" "+c.About)
		}
	}
	return out
}

func (w *walker) stage(want string) {
	w.t.Helper()
	require.Equal(w.t, want, w.s.State.Stage)
}

func (w *walker) view() journey.View { return w.m.Look(w.s, w.h, w.now()) }

func TestCustomerLedFromFirstSearchToGrowthAndBack(t *testing.T) {
	t.Parallel()
	w := walk(t, "customer-led", journey.Account{ID: "acme", Segment: "smb"})
	w.event("visit", 3)
	require.Empty(t, w.look())
	w.stage("") // a visitor is counted, never a stage
	require.Contains(t, w.event("search", 1).look(), "reached first-search")
	require.Contains(t, w.event("search", 4).event("list", 1).look(), "reached first-value")
	require.Equal(t, "searches 5 of 10, lists 1 of 2, exports 0 of 2", journey.InWords(w.view().Progress))
	w.on = w.on.Add(2)
	require.Equal(t, []string{"reached value-realization", "reached continued-value"}, w.event("search", 5).event("list", 1).event("export", 2).look())
	require.Equal(t, []string{"reached value-growth"}, w.event("referral", 1).look())
	w.stage("value-growth")

	w.on = 20261222
	w.event("search", 6)
	require.Empty(t, w.look())
	require.Equal(t, []string{"losing_soon continued-value"}, w.after(1))
	require.Equal(t, []string{"lost continued-value"}, w.after(9))
	require.False(t, w.s.State.Milestones["continued-value"].Held())
}

func TestCustomerLedDropOffFiresOnce(t *testing.T) {
	t.Parallel()
	w := walk(t, "customer-led", journey.Account{ID: "acme"})
	w.event("search", 4).look()
	require.Empty(t, w.after(14)) // 16 November, a Monday
	require.Empty(t, w.after(2), "two working days of grace")
	require.Equal(t, []string{"dropped_off first-value"}, w.after(1))
	require.Empty(t, w.after(60))
}

func TestLifecycleFromAwarenessToExitAndBack(t *testing.T) {
	t.Parallel()
	w := walk(t, "lifecycle", journey.Account{ID: "acme", Status: journey.StatusActive, RenewalDate: 20270129})
	for _, step := range []struct {
		event string
		count int64
		stage string
	}{
		{"visit", 1, "awareness"},
		{"webinar", 1, "discovery"},
		{"quote", 1, "consideration"}, // evaluation is skipped
		{"purchase", 1, "onboarding"},
	} {
		w.event(step.event, step.count).look()
		w.stage(step.stage)
		w.on = w.on.Add(1)
	}
	require.Equal(t, "evaluation", w.view().Skipped[0].ID)
	for range 8 {
		w.event("login", 1).look()
		w.on = w.on.Add(1)
	}
	w.stage("use")
	require.Len(t, w.view().Wheel, 5)
	w.h.Alerts = []journey.AlertSpan{{Kind: "support", From: w.on}}
	w.look()
	require.Equal(t, "onboarding", w.view().Overlays[0].PointsTo.ID)
	w.stage("use")
	require.Contains(t, w.after(25), "lost use")
	w.event("renewal", 1).look()
	w.stage("renew")
	w.event("upgrade", 1).look()
	w.stage("expand")
	w.h.Account.Status = journey.StatusChurned
	require.Equal(t, []string{"reached exit"}, w.after(1))
	w.stage("exit")
	w.h.Account.Status = journey.StatusActive
	w.after(1)
	w.stage("expand")
}

func TestLifecycleHandsOverBetweenTeams(t *testing.T) {
	t.Parallel()
	w := walk(t, "lifecycle", journey.Account{ID: "acme"})
	w.event("quote", 1).look()
	require.Equal(t, "Sales", w.view().Phase.Team)
	w.event("purchase", 1).look()
	require.Equal(t, "Onboarding", w.view().Phase.Team)
	require.NotEmpty(t, w.view().Phase.Handoff)
}

func TestProductLedFromSignUpToAdvocate(t *testing.T) {
	t.Parallel()
	w := walk(t, "product-led", journey.Account{ID: "acme", Seats: new(int64(10))})
	w.event("signup", 1).event("trial_start", 1)
	w.h.UserRows = []journey.UserRow{{User: "u1", Event: "signup", Day: w.on, Count: 1}, {User: "u1", Event: "connection", Day: w.on, Count: 5}}
	w.look()
	w.stage("trial")
	require.Equal(t, []string{"near_miss aha-person"}, w.after(7)) // 5 of 7, 2 days left
	w.h.UserRows = append(w.h.UserRows, journey.UserRow{User: "u1", Event: "connection", Day: w.on, Count: 2})
	require.Equal(t, []string{"reached aha-person"}, w.look())
	w.event("purchase", 1).look()
	w.stage("buy")
	w.event("integration", 1).event("invite", 3).look()
	w.stage("setup")
	w.does("login", "", 1, "u1").does("login", "", 1, "u2")
	w.look()
	w.stage("setup") // two of three people
	w.does("login", "", 1, "u3").look()
	w.stage("activate")
	w.event("message", 1999).look()
	require.False(t, w.s.State.Milestones["aha-account"].Held())
	require.Contains(t, w.event("message", 1).look(), "reached aha-account")
	w.event("report_shared", 1).look()
	w.stage("critical-event")
	require.Equal(t, []string{"triggered advanced_feature"}, w.event("advanced_feature_attempt", 2).look())
	require.Equal(t, []string{"triggered product_results"}, w.event("result", 10).look())
	require.Equal(t, []string{"triggered usage_limit", "limit_crossed Seats"}, w.kpi("seats_used", 9).kpi("seats", 10).look())
	w.event("upgrade", 1).look()
	w.stage("expand")
	w.kpi("nps", 9).event("referral", 1).look()
	w.stage("advocate")
	require.Contains(t, w.after(14), "lost critical-event")
	require.NotEmpty(t, w.s.State.Health.Drivers)
}

func TestProductLedHeavyUsage(t *testing.T) {
	t.Parallel()
	w := walk(t, "product-led", journey.Account{ID: "acme"})
	w.event("report_shared", 14).look()
	w.on = w.on.Add(31)
	require.NotContains(t, w.event("report_shared", 20).look(), "triggered heavy_usage") // 43 % more
	require.Contains(t, w.event("report_shared", 1).look(), "triggered heavy_usage")
}

func TestEnterpriseWithPersonasTenureAndSidePaths(t *testing.T) {
	t.Parallel()
	w := walk(t, "enterprise", journey.Account{ID: "ромашка", Name: "Ромашка", Segment: "enterprise", Since: 20240315})
	w.event("kick_off", 1).look()
	w.event("integration", 2).event("rule_created", 5).look()
	w.stage("configured")
	w.does("training", "admin", 1, "олег").does("training", "end_user", 1, "ira").look()
	w.stage("configured") // one admin
	w.does("training", "admin", 1, "анна").look()
	w.stage("trained")
	w.event("go_live", 1).event("incident_resolved", 1).look()
	w.stage("first-incident")
	for range 4 {
		w.does("login", "admin", 1, "олег").does("login", "end_user", 1, "ira").look()
		w.on = w.on.Add(1)
	}
	w.stage("kept-up")
	require.Equal(t, []string{"persona_quiet admin"}, w.after(6), "end users' quiet is healthy")

	w.h.Alerts = []journey.AlertSpan{{Kind: "contact_changed", From: w.on}}
	require.Equal(t, []string{"branch_opened reconnect"}, w.look())
	require.Equal(t, "risk", w.view().Branches[0].Branch.Polarity)
	require.Equal(t, []string{"reached connect"}, w.event("intro_call", 1).look())
	require.Equal(t, []string{"reached train"}, w.event("training", 1).look())
	require.Equal(t, []string{"reached confirm", "branch_closed reconnect"}, w.event("buy_in", 1).look())

	w.h.Account.Health = journey.HealthYellow
	w.h.Alerts = append(w.h.Alerts, journey.AlertSpan{Kind: "health_shift", From: w.on})
	require.Equal(t, []string{"branch_opened early-risk"}, w.look())
	w.on = w.on.Add(1)
	require.Equal(t, []string{"branch_opened champion-won"}, w.event("case_study", 1).look())

	w.on = 20261214
	require.NotContains(t, w.look(), "branch_opened refresh")
	require.Contains(t, w.after(1), "branch_opened refresh", "33 months")
}

func TestEnterpriseDiffersBySegment(t *testing.T) {
	t.Parallel()
	require.Equal(t, "enterprise-low-touch", walk(t, "enterprise", journey.Account{ID: "a", Segment: "low touch"}).m.ID)
	require.Equal(t, "enterprise", walk(t, "enterprise", journey.Account{ID: "a", Segment: "strategic"}).m.ID)
}

func TestEnterpriseDatesMoveByAgreement(t *testing.T) {
	t.Parallel()
	w := walk(t, "enterprise", journey.Account{ID: "a", Segment: "enterprise"})
	w.event("kick_off", 1).look()
	w.h.Agreed = map[string]journey.Day{"configured": 20270129} // a Friday
	require.Empty(t, w.after(88+4), "a weekend and two working days")
	require.Contains(t, w.after(1), "dropped_off configured")
}
