package cards_test

import (
	"testing"
	"time"

	"journeybot/alerts"
	"journeybot/cards"
	"journeybot/journey"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// monday is the digest of MESSAGES §6.
func monday() alerts.Digest {
	row := func(name string, euros int64, health journey.Health, score float64, what, next string) alerts.DigestRow {
		return alerts.DigestRow{
			Account: name, Name: name, ARR: ptr(euros * 100), Health: health, Score: ptr(score), Risk: true, AlertID: "id-" + name,
			Kind: alerts.HealthShift, Severity: alerts.High, Status: alerts.Acknowledged, What: what, Owner: "Maria", Next: next,
		}
	}
	d := alerts.Digest{
		To: "@UMARIA", Weekly: true, DueAt: now, AsOf: now, Since: ago(7 * day),
		Rows: []alerts.DigestRow{
			row("Acme Corp", 84_000, journey.HealthRed, 44, "health 72 → 44 (red)", "Agree recovery plan"),
			row("Vandelay", 76_000, journey.HealthYellow, 58, "renewal on 2027-01-04", "Set forecast"),
			row("Globex", 52_000, journey.HealthRed, 47, "health 61 → 47 (red)", "Call Priya Rao"),
		},
		Accounts: 3, AtRisk: alerts.Stake{Accounts: 3, ARR: 212_000_00}, Before: &alerts.Stake{Accounts: 2, ARR: 170_000_00},
		Numbers: alerts.Numbers{New: 4, Resolved: 2, Saved: 1, Acknowledged: 3, AckMedian: 22 * time.Minute},
		Held: []alerts.Held{
			{Reason: alerts.HoldLow, Kind: alerts.UsageLimit, Count: 3},
			{Reason: alerts.HoldMute, Kind: alerts.RenewalDue, Count: 2},
			{Reason: alerts.HoldFlapping, Kind: alerts.HealthShift, Count: 1},
		},
	}
	d.Rows[0].Overdue = true
	d.Rows[1].Kind, d.Rows[1].Renewal, d.Rows[1].Status, d.Rows[1].New = alerts.RenewalDue, 20270104, alerts.Open, true
	d.Rows[2].Others = 1
	return d
}

func TestDigest(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(d *alerts.Digest){
		"monday": func(*alerts.Digest) {},
		"channel": func(d *alerts.Digest) {
			d.To, d.Weekly, d.Since = "#cs-alerts", false, ago(day)
			d.Rows[1].Owner = ""
		},
		"late": func(d *alerts.Digest) {
			d.To, d.Weekly, d.DueAt = "#cs-alerts", false, ago(5*time.Hour)
			d.Rows, d.Accounts, d.AtRisk, d.Held = d.Rows[:1], 14, alerts.Stake{Accounts: 14, ARR: 84_000_00, Unknown: 2}, nil
		},
		"leads only": func(d *alerts.Digest) {
			d.Rows, d.Accounts, d.AtRisk, d.Before = d.Rows[:1], 1, alerts.Stake{}, nil
			d.Rows[0].Risk, d.Rows[0].What, d.Rows[0].ARR, d.Rows[0].Score, d.Rows[0].Health = false, "PQL 86", nil, nil, ""
		},
		"only numbers": func(d *alerts.Digest) {
			d.Rows, d.Accounts, d.AtRisk, d.Held = nil, 0, alerts.Stake{}, nil
		},
		"empty": func(d *alerts.Digest) { *d = alerts.Digest{} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := monday()
			change(&d)
			golden(t, cards.Digest(style(t), d))
		})
	}
}

func TestDigestOfAnything(t *testing.T) {
	t.Parallel()
	anyRow := rapid.Custom(func(t *rapid.T) alerts.DigestRow {
		return alerts.DigestRow{
			Account: text.Draw(t, "account"), Name: text.Draw(t, "name"), ARR: maybe(t, rapid.Int64()), Health: journey.Health(text.Draw(t, "health")),
			Score: maybe(t, value), Renewal: calendarDay.Draw(t, "renewal"), New: rapid.Bool().Draw(t, "new"), Others: rapid.Int().Draw(t, "others"),
			AlertID: text.Draw(t, "id"), Status: rapid.SampledFrom([]alerts.Status{alerts.Open, alerts.Acknowledged, alerts.Snoozed, "x"}).Draw(t, "status"),
			What: text.Draw(t, "what"), Owner: text.Draw(t, "owner"), Next: text.Draw(t, "next"), Overdue: rapid.Bool().Draw(t, "overdue"),
		}
	})
	anyHeld := rapid.Custom(func(t *rapid.T) alerts.Held {
		return alerts.Held{Reason: alerts.HoldReason(text.Draw(t, "reason")), Kind: alerts.Kind(text.Draw(t, "kind")), Count: rapid.Int().Draw(t, "count")}
	})
	rapid.Check(t, func(t *rapid.T) {
		d := alerts.Digest{
			To: alerts.Target(text.Draw(t, "to")), Weekly: rapid.Bool().Draw(t, "weekly"), DueAt: moment.Draw(t, "due"), Since: moment.Draw(t, "since"),
			AsOf: moment.Draw(t, "as of"), Rows: rapid.SliceOfN(anyRow, 0, 60).Draw(t, "rows"), Accounts: rapid.Int().Draw(t, "accounts"),
			AtRisk:  alerts.Stake{Accounts: rapid.Int().Draw(t, "risks"), ARR: rapid.Int64().Draw(t, "arr"), Unknown: rapid.Int().Draw(t, "unknown")},
			Before:  maybe(t, rapid.Just(alerts.Stake{ARR: 5})),
			Numbers: alerts.Numbers{New: rapid.Int().Draw(t, "new"), Resolved: 1, Acknowledged: 1, AckMedian: time.Duration(rapid.Int64().Draw(t, "median"))},
			Held:    rapid.SliceOfN(anyHeld, 0, 20).Draw(t, "held"),
		}
		requireAccepted(t, cards.Digest(cards.Style{Now: now}, d))
	})
	require.Contains(t, cards.Digest(style(t), monday()).Text, "€212,000 at risk in 3 accounts")
}

func TestOutsidersReadNoRevenueInDigestAndHome(t *testing.T) {
	t.Parallel()
	s := homeStyle(t)
	s.Guarded = true
	d := monday()
	d.Rows[2].Kind, d.Rows[2].What, d.Rows[2].Next = alerts.ContactChanged, "champion changed from Dana Weiss", "Connect with Dana Weiss"
	h := mariasHome()
	h.Mutes[0].Reason = "Dana Weiss said so"
	for _, drawn := range []cards.Drawing{cards.Digest(s, d), cards.Home(s, h), cards.Accounts(s, h.Accounts, 0, 2)} {
		all := string(pretty(t, drawn))
		require.NotContains(t, all, "€")
		require.NotContains(t, all, "Dana")
		require.NotContains(t, all, "ARR")
	}
}
