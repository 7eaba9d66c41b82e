package cards_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"journeybot/alerts"
	"journeybot/cards"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

const bundleID = "0193f0aa-2222-7000-8000-000000000001"

// stormy is a style whose storms are the default ones.
func stormy(t testing.TB) cards.Style {
	s := style(t)
	s.Rules.Quiet.Storm = alerts.DefaultStorm()
	return s
}

// bundle is a page of a bundle of n health alerts.
func bundle(n, offset int) alerts.BundleView {
	v := alerts.BundleView{
		ID: bundleID, Channel: "#cs-alerts", Offset: offset, Total: n, Accounts: n, ARR: int64(n) * 5_000_000,
		Bundle:   alerts.Bundle{Kind: alerts.HealthShift, Since: ago(5 * time.Minute), Last: ago(3 * time.Minute)},
		Statuses: map[alerts.Status]int{alerts.Open: n}, Owners: []string{"UMARIA", "UBEN", "S0LEADS"},
	}
	for i := offset; i < min(n, offset+cards.BundleRows); i++ {
		row := view(alerts.HealthShift)
		row.Alert.ID, row.Alert.ShortID = fmt.Sprintf("0193f0aa-1111-7000-8000-%012d", i), fmt.Sprintf("A-%03d", i)
		row.Account.ID, row.Account.Name = fmt.Sprint("account", i), fmt.Sprintf("Account %d", i)
		v.Rows = append(v.Rows, row)
	}
	return v
}

// progress moves alerts of the bundle on, the first ones of the page.
func progress(v *alerts.BundleView, names ...string) {
	for i, name := range names {
		statuses[name](&v.Rows[i])
		v.Statuses[alerts.Open]--
		v.Statuses[v.Rows[i].Alert.Status]++
	}
}

func TestBundle(t *testing.T) {
	t.Parallel()
	for name, draw := range map[string]func(s cards.Style) cards.Drawing{
		"first": func(s cards.Style) cards.Drawing { return cards.Bundle(s, bundle(1, 0), 1, "UMARIA") },
		"large": func(s cards.Style) cards.Drawing {
			return cards.Bundle(s, bundle(26, 0), 3, "UMARIA", "UBEN", "S0LEADS")
		},
		"worked on": func(s cards.Style) cards.Drawing {
			v := bundle(6, 0)
			progress(&v, "acknowledged", "resolved", "snoozed", "recovered")
			return cards.Bundle(s, v, 4)
		},
		"with guests": func(s cards.Style) cards.Drawing {
			s.Guarded = true
			return cards.Bundle(s, bundle(2, 0), 1, "UMARIA")
		},
		"over": func(s cards.Style) cards.Drawing {
			v := bundle(3, 0)
			v.Bundle.Over = ago(time.Minute)
			progress(&v, "acknowledged", "resolved", "expired")
			return cards.Bundle(s, v, 4)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			golden(t, draw(stormy(t)))
		})
	}
}

func TestBundleList(t *testing.T) {
	t.Parallel()
	for name, page := range map[string]func() alerts.BundleView{
		"first page": func() alerts.BundleView { return bundle(26, 0) },
		"last page": func() alerts.BundleView {
			v := bundle(26, 20)
			progress(&v, "acknowledged", "resolved")
			return v
		},
		"past the end": func() alerts.BundleView { return bundle(2, 20) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			golden(t, cards.BundleList(stormy(t), page()))
		})
	}
}

func TestTook(t *testing.T) {
	t.Parallel()
	rows := bundle(26, 0).Rows
	taken := func(who string, from, to int) []alerts.View {
		views := make([]alerts.View, 0, to-from)
		for _, v := range rows[from:to] {
			v.Alert.Owner = who
			views = append(views, v)
		}
		return views
	}
	for want, took := range map[string]cards.Taking{
		"You are on all 3 now.": {Mine: rows[:3]},
		"You are on it now.":    {Mine: rows[:1]},
		"None of these is yours to take. Press Acknowledge beside the ones that you want.": {},
		"You are on 2 of these 5 now. Ben was faster with Account 2 (A-002), Account 3 (A-003). Maria was faster with Account 4 (A-004).": {
			Mine: rows[:2], Others: append(taken("UBEN", 2, 4), taken("UMARIA", 4, 5)...),
		},
		"You are on 0 of these 12 now. Over meanwhile: " + strings.Join(names(0, 10), ", ") + " and 2 more.": {Ended: rows[:12]},
	} {
		d := cards.Took(took)
		requireAccepted(t, d)
		require.Equal(t, want, d.Text)
	}
	require.Equal(t, "Ben took 2 alerts of yours: Account 0 (A-000), Account 1 (A-001).", cards.TookFrom(ben, rows[:2]))
	require.Equal(t, "UX took Account 0 (A-000).", cards.TookFrom(alerts.Actor{UserID: "UX"}, rows[:1]))
	require.Equal(t, "More came in. Yours too: <@UBEN> <!subteam^S1>", cards.AddedTo([]string{"UBEN", "nobody", "S1"}))
	require.Empty(t, cards.AddedTo([]string{"nobody"}))
}

func names(from, to int) []string {
	var list []string
	for i := from; i < to; i++ {
		list = append(list, fmt.Sprintf("Account %d (A-%03d)", i, i))
	}
	return list
}

// TestHostileBundles draws bundles of anything.
func TestHostileBundles(t *testing.T) {
	t.Parallel()
	s := stormy(t)
	rapid.Check(t, func(t *rapid.T) {
		v := bundle(rapid.IntRange(1, 60).Draw(t, "total"), 0)
		v.Bundle.Kind = rapid.SampledFrom(append(alerts.Kinds, "odd")).Draw(t, "kind")
		v.Bundle.Since, v.Bundle.Last, v.Bundle.Over = moment.Draw(t, "since"), moment.Draw(t, "last"), moment.Draw(t, "over")
		v.ARR = rapid.Int64().Draw(t, "arr")
		account := anyAccount.Draw(t, "account")
		for i := range v.Rows {
			v.Rows[i].Account = account
			v.Rows[i].Account.Name = text.Draw(t, "name")
			v.Rows[i].Alert.OwnerRef = text.Draw(t, "owner")
		}
		mentions := rapid.SliceOfN(text, 0, 50).Draw(t, "mentions")
		requireAccepted(t, cards.Bundle(s, v, 1, mentions...))
		requireAccepted(t, cards.BundleList(s, v))
		requireAccepted(t, cards.Took(cards.Taking{Mine: v.Rows, Others: v.Rows, Ended: v.Rows}))
		requireAccepted(t, cards.Notice(s, alerts.Notice{Text: cards.TookFrom(alerts.Actor{Name: account.Name}, v.Rows)}))
	})
}
