package alerts_test

import (
	"testing"
	"time"

	"journeybot/alerts"
	"journeybot/journey"

	"github.com/stretchr/testify/require"
)

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	require.NoError(t, err)
	return z
}

// TestDigestsAreDueByTheClockOnTheWall goes through nights in which the clock is changed, week ends and holidays.
func TestDigestsAreDueByTheClockOnTheWall(t *testing.T) {
	t.Parallel()
	berlin := zone(t, "Europe/Berlin")
	rules := &alerts.Rules{
		Zone: zone(t, "America/New_York"), Channels: map[string]alerts.Channel{"a": {Slack: "#a"}},
		Calendars: map[string]alerts.Calendar{"office": {
			Zone: berlin, Days: [7]bool{1: true, 2: true, 3: true, 4: true, 5: true}, Holidays: map[journey.Day]bool{20261225: true},
		}},
		Digests: alerts.DigestRules{Channels: map[string]time.Duration{"a": 8*time.Hour + 30*time.Minute, "gone": time.Hour}, Calendar: "office"},
	}
	for _, c := range []struct{ now, at, period string }{
		{"2026-11-24T08:30:00+01:00", "2026-11-24T08:30:00+01:00", "2026-11-24"},
		{"2026-11-24T08:29:59+01:00", "2026-11-23T08:30:00+01:00", "2026-11-23"},
		{"2026-11-24T01:00:00-05:00", "2026-11-23T08:30:00+01:00", "2026-11-23"},
		{"2026-11-29T23:00:00+01:00", "2026-11-27T08:30:00+01:00", "2026-11-27"},
		{"2026-12-27T12:00:00+01:00", "2026-12-24T08:30:00+01:00", "2026-12-24"},
		{"2027-03-26T09:00:00+01:00", "2027-03-26T08:30:00+01:00", "2027-03-26"},
		{"2027-03-29T08:29:00+02:00", "2027-03-26T08:30:00+01:00", "2027-03-26"},
		{"2027-03-29T08:30:00+02:00", "2027-03-29T08:30:00+02:00", "2027-03-29"},
		{"2026-10-26T08:30:00+01:00", "2026-10-26T08:30:00+01:00", "2026-10-26"},
	} {
		now, err := time.Parse(time.RFC3339, c.now)
		require.NoError(t, err)
		at, err := time.Parse(time.RFC3339, c.at)
		require.NoError(t, err)
		due := rules.ChannelDigests(now)
		require.Len(t, due, 1, "a channel that is not there has none")
		require.True(t, at.Equal(due[0].At), "%s: %s", c.now, due[0].At)
		require.Equal(t, alerts.DigestDue{Target: "#a", Period: c.period, At: due[0].At}, due[0])
	}

	rules.Digests.Calendar = ""
	due := rules.ChannelDigests(time.Date(2026, 11, 29, 14, 0, 0, 0, time.UTC))
	require.Equal(t, "2026-11-29", due[0].Period, "without a calendar each day counts, in the workspace's zone")
	require.Equal(t, "America/New_York", due[0].At.Location().String())
	require.Empty(t, (&alerts.Rules{}).ChannelDigests(time.Now()))
}

func TestOwnersGetTheirDigestInTheirOwnZone(t *testing.T) {
	t.Parallel()
	rules := &alerts.Rules{
		Zone:    zone(t, "Europe/Berlin"),
		Digests: alerts.DigestRules{Owners: true, Day: time.Monday, At: 8*time.Hour + 30*time.Minute},
	}
	noon := 12 * time.Hour
	for _, c := range []struct {
		name, tz, now, at, period string
		chosen                    alerts.Preferences
	}{
		{name: "due", tz: "", now: "2026-11-30T08:30:00+01:00", at: "2026-11-30T08:30:00+01:00", period: "2026-W49"},
		{name: "not yet in New York", tz: "America/New_York", now: "2026-11-30T08:30:00+01:00", at: "2026-11-23T08:30:00-05:00", period: "2026-W48"},
		{name: "in Tokyo since the night", tz: "Asia/Tokyo", now: "2026-11-30T00:30:00+01:00", at: "2026-11-30T08:30:00+09:00", period: "2026-W49"},
		{name: "the clock goes forward on the day before", tz: "America/New_York", now: "2027-03-15T12:30:00Z", at: "2027-03-15T08:30:00-04:00", period: "2027-W11"},
		{name: "an hour earlier", tz: "America/New_York", now: "2027-03-15T12:29:00Z", at: "2027-03-08T08:30:00-05:00", period: "2027-W10"},
		{name: "an own time", tz: "", now: "2026-11-30T08:30:00+01:00", at: "2026-11-23T12:00:00+01:00", period: "2026-W48", chosen: alerts.Preferences{DigestAt: &noon}},
		{name: "the week of a year's end", tz: "", now: "2027-01-03T08:30:00+01:00", at: "2026-12-28T08:30:00+01:00", period: "2026-W53"},
		{name: "a zone that does not exist", tz: "Mars/Olympus", now: "2026-11-30T08:30:00+01:00", at: "2026-11-30T08:30:00+01:00", period: "2026-W49"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			now, err := time.Parse(time.RFC3339, c.now)
			require.NoError(t, err)
			at, err := time.Parse(time.RFC3339, c.at)
			require.NoError(t, err)
			due, ok := rules.OwnerDigest(alerts.Person{UserID: "U1", TZ: c.tz}, c.chosen, now)
			require.True(t, ok)
			require.True(t, at.Equal(due.At), due.At)
			require.Equal(t, alerts.DigestDue{Target: "@U1", Weekly: true, Period: c.period, At: due.At}, due)
		})
	}
	for name, p := range map[string]alerts.Person{
		"a group": {UserID: "S1"}, "a guest": {UserID: "U1", Guest: true}, "somebody who left": {UserID: "U1", Deleted: true},
	} {
		_, ok := rules.OwnerDigest(p, alerts.Preferences{}, time.Now())
		require.False(t, ok, name)
	}
	_, ok := rules.OwnerDigest(alerts.Person{UserID: "U1"}, alerts.Preferences{NoDigest: true}, time.Now())
	require.False(t, ok)
	_, ok = (&alerts.Rules{}).OwnerDigest(alerts.Person{UserID: "U1"}, alerts.Preferences{}, time.Now())
	require.False(t, ok)
}

func TestQuietHoursOfAPerson(t *testing.T) {
	t.Parallel()
	night := alerts.Preferences{QuietFrom: 22 * time.Hour, QuietTo: 7 * time.Hour}
	lunch := alerts.Preferences{QuietFrom: 12 * time.Hour, QuietTo: 13 * time.Hour}
	for _, c := range []struct {
		chosen  alerts.Preferences
		at, end string
	}{
		{night, "2026-11-24T21:59:00+01:00", "2026-11-24T21:59:00+01:00"},
		{night, "2026-11-24T22:00:00+01:00", "2026-11-25T07:00:00+01:00"},
		{night, "2026-11-25T06:59:00+01:00", "2026-11-25T07:00:00+01:00"},
		{night, "2026-11-25T07:00:00+01:00", "2026-11-25T07:00:00+01:00"},
		{night, "2027-03-28T01:30:00+01:00", "2027-03-28T07:00:00+02:00"},
		{lunch, "2026-11-24T12:30:00+01:00", "2026-11-24T13:00:00+01:00"},
		{lunch, "2026-11-24T13:00:00+01:00", "2026-11-24T13:00:00+01:00"},
		{alerts.Preferences{}, "2026-11-24T03:00:00+01:00", "2026-11-24T03:00:00+01:00"},
	} {
		at, err := time.Parse(time.RFC3339, c.at)
		require.NoError(t, err)
		end, err := time.Parse(time.RFC3339, c.end)
		require.NoError(t, err)
		got := c.chosen.QuietUntil(at.UTC(), zone(t, "Europe/Berlin"))
		require.True(t, end.Equal(got), "%s: %s", c.at, got)
	}
}

func TestDigestRanksAndCounts(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 30, 7, 30, 0, 0, time.UTC)
	since := now.AddDate(0, 0, -7)
	euros := func(n int64) *int64 { n *= 100; return &n }
	live := func(id, account string, arr *int64, kind alerts.Kind, change func(*alerts.DigestLine)) alerts.DigestLine {
		l := alerts.DigestLine{
			AlertID: id, Account: account, ARR: arr, Kind: kind, Polarity: alerts.Risk, Severity: alerts.Medium, Status: alerts.Open,
			OpenedAt: since.Add(-time.Hour),
		}
		if change != nil {
			change(&l)
		}
		return l
	}
	held := func(reason alerts.HoldReason) func(*alerts.DigestLine) {
		return func(l *alerts.DigestLine) { l.Hold = reason }
	}
	acked := func(at, after time.Duration) func(*alerts.DigestLine) {
		return func(l *alerts.DigestLine) {
			l.Status, l.OpenedAt = alerts.Acknowledged, since.Add(at)
			l.AckedAt = l.OpenedAt.Add(after)
		}
	}
	d := (&alerts.Rules{}).Digest(alerts.DigestDue{Target: "@U1", Weekly: true, At: now.Add(-time.Hour)}, since, now, []alerts.DigestLine{
		live("1", "small", euros(10), alerts.HealthShift, nil),
		live("2", "big", euros(84_000), alerts.HealthShift, acked(time.Hour, 20*time.Minute)),
		live("3", "big", euros(84_000), alerts.PQL, func(l *alerts.DigestLine) { l.Polarity, l.Severity = alerts.Opportunity, alerts.Critical }),
		live("4", "unknown", nil, alerts.Silence, func(l *alerts.DigestLine) { l.Severity = alerts.Critical }),
		live("5", "lead", euros(1_000_000), alerts.PQL, func(l *alerts.DigestLine) { l.Polarity = alerts.Opportunity }),
		live("6", "muted", euros(500_000), alerts.HealthShift, held(alerts.HoldMute)),
		live("7", "low", euros(1), alerts.UsageLimit, held(alerts.HoldLow)),
		live("8", "low", euros(1), alerts.UsageLimit, held(alerts.HoldLow)),
		live("9", "done", euros(7), alerts.HealthShift, func(l *alerts.DigestLine) {
			acked(2*time.Hour, 30*time.Minute)(l)
			l.Status, l.ClosedAt, l.Outcome = alerts.Resolved, now.Add(-time.Hour), alerts.Saved
		}),
		live("10", "gone", euros(7), alerts.HealthShift, func(l *alerts.DigestLine) { l.Status, l.ClosedAt = alerts.Expired, now.Add(-time.Hour) }),
		live("11", "fine", euros(7), alerts.HealthShift, func(l *alerts.DigestLine) {
			l.Status, l.ClosedAt, l.Outcome = alerts.Resolved, now.Add(-time.Hour), alerts.Recovered
		}),
	}, &alerts.Stake{Accounts: 1})

	ranked := make([]string, 0, len(d.Rows))
	for _, row := range d.Rows {
		ranked = append(ranked, row.Account+" "+row.AlertID)
	}
	require.Equal(t, []string{"big 2", "small 1", "unknown 4", "lead 5"}, ranked, "risks by revenue, unknown revenue after known, leads last")
	require.True(t, d.Rows[0].New)
	require.Equal(t, 1, d.Rows[0].Others)
	require.False(t, d.Rows[1].New)
	require.Equal(t, alerts.Stake{Accounts: 3, ARR: 84_010_00, Unknown: 1}, d.AtRisk)
	require.Equal(t, alerts.Numbers{New: 2, Resolved: 2, Saved: 1, Acknowledged: 2, AckMedian: 20 * time.Minute}, d.Numbers)
	require.Equal(t, []alerts.Held{
		{Reason: alerts.HoldLow, Kind: alerts.UsageLimit, Count: 2}, {Reason: alerts.HoldMute, Kind: alerts.HealthShift, Count: 1},
	}, d.Held)
	require.Equal(t, time.Hour, d.Late())
	require.False(t, d.Empty())

	many := make([]alerts.DigestLine, 0, 30)
	for i := range 30 {
		many = append(many, live(string(rune('a'+i)), string(rune('A'+i)), euros(int64(i)), alerts.HealthShift, nil))
	}
	d = (&alerts.Rules{}).Digest(alerts.DigestDue{At: now}, since, now, many, nil)
	require.Len(t, d.Rows, alerts.DigestRows)
	require.Equal(t, 30, d.Accounts)
	require.Equal(t, 30, d.AtRisk.Accounts)
	require.Zero(t, d.Late())

	require.True(t, (&alerts.Rules{}).Digest(alerts.DigestDue{}, since, now, nil, nil).Empty())
	require.True(t, (&alerts.Rules{}).Digest(alerts.DigestDue{}, since, now, []alerts.DigestLine{
		live("1", "gone", nil, alerts.HealthShift, func(l *alerts.DigestLine) { l.Status, l.ClosedAt = alerts.Expired, now }),
	}, nil).Empty(), "that something expired is not worth a message")
}

func TestDigestDescribesItsRows(t *testing.T) {
	t.Parallel()
	title, err := alerts.CompileText("Call {{.Account.Champion.Name}}")
	require.NoError(t, err)
	now := time.Date(2026, 11, 30, 7, 30, 0, 0, time.UTC)
	rules := &alerts.Rules{Playbooks: []alerts.Playbook{{Name: "risk", Steps: []alerts.Step{{ID: "call", Title: title, Due: 24 * time.Hour}}}}}
	score, arr := 44.0, int64(84_000_00)
	view := alerts.View{
		Alert: alerts.Alert{
			ID: "1", Kind: alerts.HealthShift, Status: alerts.Acknowledged, Playbook: "risk", Owner: "U1", AckedAt: now.Add(-25 * time.Hour),
			Facts: alerts.Facts{Health: &alerts.HealthFacts{To: journey.HealthRed, Score: &score}},
		},
		Account: journey.Account{ID: "acme", Name: "Acme Corp", ARR: &arr, Contacts: []journey.Contact{{Name: "Dana Weiss", Role: journey.RoleChampion}}},
		People:  map[string]alerts.Person{"U1": {UserID: "U1", Name: "Maria"}},
	}
	d := rules.Describe(alerts.Digest{AsOf: now, Rows: []alerts.DigestRow{{Account: "acme", AlertID: "1"}, {Account: "x", AlertID: "2"}}}, []alerts.View{view})
	require.Equal(t, "Acme Corp", d.Rows[0].Name)
	require.Equal(t, "health 44 (red)", d.Rows[0].What)
	require.Equal(t, "Maria", d.Rows[0].Owner)
	require.Equal(t, "Call Dana Weiss", d.Rows[0].Next)
	require.True(t, d.Rows[0].Overdue)
	require.Equal(t, alerts.DigestRow{Account: "x", AlertID: "2"}, d.Rows[1])

	view.Alert.AckedAt = now.Add(-23 * time.Hour)
	require.False(t, rules.Describe(d, []alerts.View{view}).Rows[0].Overdue)
}
