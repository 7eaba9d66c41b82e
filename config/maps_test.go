package config

import (
	"testing"

	"github.com/stretchr/testify/require"

	"journeybot/journey"
)

func TestBothFormsOfARuleSayTheSame(t *testing.T) {
	t.Parallel()
	growth, err := LoadGrowth("testdata/good/maps.yaml")
	require.NoError(t, err)
	require.Len(t, growth.Maps, 2)
	m := growth.Maps[0]
	require.Equal(t, "rules", m.ID)
	require.Equal(t, "customer-led", growth.Maps[1].ID)
	require.Equal(t, "Europe/Berlin", m.Zone.String())
	for id, want := range map[string]string{
		"A":           `users("new_visitor", "month") >= 1`,
		"B":           `count("search", "all") >= 1`,
		"C":           `count("search", "all") >= 5 && count("list", "all") >= 1`,
		"E":           `count("search", "month") >= 10 && count("list", "month") >= 2 && count("export", "month") >= 2`,
		"F":           `milestone("E").reached && (count("upgrade", "all") >= 1 || count("review", "all") >= 1 || count("referral", "all") >= 1)`,
		"aha_user":    `users_reaching("connection", 7, "10d", "signup") >= 1`,
		"aha_account": `count("message", "all") >= 2000`,
		"buy":         `account.plan == "paid"`,
		"activate":    `users("login", "30d") >= 3`,
		"advocate":    `kpi("nps") >= 30 && (count("referral", "all") >= 1 || count("case_study", "all") >= 1)`,
		"renew":       `milestone("D").reached && account.renewal_days <= 90`,
		"exit":        `!(active_days("90d") >= 1)`,
		"admin":       `persona("admin").active_days("7d") >= 2`,
		"limit":       `kpi("seats_used") / kpi("seats") >= 0.75`,
		"help":        `alert("support").open`,
		"connect":     `count("intro", "all") >= 1`,
	} {
		require.Equal(t, want, m.Milestone(id).Rule.String(), id)
	}
	require.True(t, m.Milestone("D").Usual)
	require.Equal(t, 14, m.Milestone("C").Within)
	require.Equal(t, &journey.Sustain{Every: journey.Window{Calendar: journey.Month}, Warn: 9}, m.Milestone("E").Sustain)
	require.Len(t, m.Health.Measures, 2)
	require.Same(t, m.Health, growth.Maps[1].Health, "health of the file is every map's that has none")
	require.Equal(t, "When we …", m.Job("smb"))
	require.Equal(t, "When I …", m.Job("mid"))
	require.Equal(t, "First search", growth.Rules.Milestones["first-search"])
	require.True(t, m.When.Matches(journey.Account{Segment: "smb"}, 20261124))
	require.False(t, m.When.Matches(journey.Account{Segment: "enterprise"}, 20261124))
}

func TestARevisionChangesWithItsMapOnly(t *testing.T) {
	t.Parallel()
	compile := func(file string) *journey.Map {
		growth, err := compileGrowth("", "test.yaml", `channels: {alerts: {slack: "#a"}}
routes: [{name: default, channel: alerts}]
`+file)
		require.NoError(t, err)
		return growth.Maps[0]
	}
	one := compile(`maps: [{id: m, phases: [{id: p, milestones: [{id: a, kpi: {search: ">= 5"}}]}]}]`)
	require.Equal(t, one.Revision, compile(`currency: USD
maps: [{id: m, phases: [{id: p, milestones: [{id: a, kpi: {search: ">= 5"}}]}]}]`).Revision)
	for _, other := range []string{
		`maps: [{id: m, phases: [{id: p, milestones: [{id: a, kpi: {search: ">= 6"}}]}]}]`,
		`timezone: Asia/Tokyo
maps: [{id: m, phases: [{id: p, milestones: [{id: a, kpi: {search: ">= 5"}}]}]}]`,
		`maps: [{id: m, phases: [{id: p, milestones: [{id: a, kpi: {search: ">= 5"}}]}]}]
health: {measures: [{id: x, weight: 1, value: 'kpi("x")', bad: 0, good: 1}]}`,
	} {
		require.NotEqual(t, one.Revision, compile(other).Revision)
	}
}

func TestBundledMapsAreSound(t *testing.T) {
	t.Parallel()
	require.Equal(t, []string{"customer-led", "enterprise", "lifecycle", "product-led"}, BundledMaps())
	for _, name := range BundledMaps() {
		growth, err := compileGrowth("", "test.yaml", `channels: {alerts: {slack: "#a"}}
routes: [{name: default, channel: alerts}]
use: [`+name+`]
`)
		require.NoError(t, err, name)
		require.Equal(t, name, growth.Maps[0].ID)
		require.NotEmpty(t, growth.Maps[0].Needs())
		for _, p := range growth.Maps[0].Phases {
			require.NotEmpty(t, p.Team, p.ID)
			require.NotEmpty(t, p.Metric, p.ID)
			for _, ms := range p.Milestones {
				require.NotEmpty(t, ms.Title, ms.ID)
			}
		}
	}
	_, err := compileGrowth("", "test.yaml", `channels: {alerts: {slack: "#a"}}
routes: [{name: default, channel: alerts}]
use: [enterprise, customer-led, lifecycle]
`)
	require.NoError(t, err, "together, by segment")
}
