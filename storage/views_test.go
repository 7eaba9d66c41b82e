package storage_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"journeybot/alerts"
	"journeybot/journey"
)

func testAlertLists(t *testing.T, open opener) {
	t.Run("a view tells who everybody is", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		require.NoError(t, w.SavePeople(t.Context(),
			alerts.Person{UserID: "U1", Name: "Maria", Email: "maria@example.com"}, alerts.Person{UserID: "U2", Name: "Tom", Email: "tom@example.com"}))
		w.change("acme", func(a *journey.Account) { a.Owner = "Tom@example.com" })
		w.ingest(w.signal("1", "acme"))
		id := w.only().Alert.ID
		_, err := w.UpdateAlert(t.Context(), id, "", acknowledge("U1", w.clock.now()))
		require.NoError(t, err)
		view := w.only()
		require.Equal(t, "Maria", view.People["U1"].Name)
		require.Equal(t, "Tom", view.People["U2"].Name)
		require.Equal(t, "Tom@example.com", view.Account.Owner)

		short, err := w.AlertView(t.Context(), strings.ToLower(view.Alert.ShortID))
		require.NoError(t, err)
		require.Equal(t, view, short)
		_, err = w.AlertView(t.Context(), "A-NONE")
		require.ErrorIs(t, err, alerts.ErrNotFound)
	})

	t.Run("oldest unacknowledged first, filtered and paged", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		for i := range 6 {
			w.ingest(w.signal(fmt.Sprint(i), fmt.Sprintf("account-%d", i)))
			w.clock.pass(time.Minute)
		}
		first, _, err := w.LiveAlerts(t.Context(), alerts.Filter{Account: "account-0"})
		require.NoError(t, err)
		_, err = w.UpdateAlert(t.Context(), first[0].Alert.ID, "", acknowledge("U1", w.clock.now()))
		require.NoError(t, err)
		w.change("account-3", func(a *journey.Account) { a.Health = journey.HealthGreen })

		for _, c := range []struct {
			name   string
			filter alerts.Filter
			total  int
			want   string
		}{
			{"all", alerts.Filter{}, 6, "1 2 3 4 5 0"},
			{"page", alerts.Filter{Limit: 2, Offset: 2}, 6, "3 4"},
			{"past the end", alerts.Filter{Offset: 10}, 6, ""},
			{"mine", alerts.Filter{Owner: "U1"}, 1, "0"},
			{"unowned", alerts.Filter{Unowned: true}, 5, "1 2 3 4 5"},
			{"red", alerts.Filter{Red: true, Unowned: true}, 4, "1 2 4 5"},
			{"account", alerts.Filter{Account: "account-2"}, 1, "2"},
			{"channel", alerts.Filter{Channel: "#cs-alerts", Limit: 1}, 6, "1"},
			{"another channel", alerts.Filter{Channel: "#other"}, 0, ""},
		} {
			views, total, err := w.LiveAlerts(t.Context(), c.filter)
			require.NoError(t, err, c.name)
			require.Equal(t, c.total, total, c.name)
			got := make([]string, 0, len(views))
			for _, v := range views {
				require.Equal(t, v.Alert.Account, v.Account.ID)
				got = append(got, strings.TrimPrefix(v.Alert.Account, "account-"))
			}
			require.Equal(t, c.want, strings.Join(got, " "), c.name)
		}
	})

	t.Run("what is due, and when the next will be", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		ids, next, err := w.DueAlerts(t.Context(), 10)
		require.NoError(t, err)
		require.Empty(t, ids)
		require.Zero(t, next)
		start := w.clock.now()
		for i := range 4 {
			w.ingest(w.signal(fmt.Sprint(i), fmt.Sprintf("account-%d", i))) // due in an hour
			w.clock.pass(time.Minute)
		}
		_, next, err = w.DueAlerts(t.Context(), 10)
		require.NoError(t, err)
		require.Equal(t, start.Add(time.Hour), next)
		w.clock.pass(58 * time.Minute)
		ids, next, err = w.DueAlerts(t.Context(), 10)
		require.NoError(t, err)
		require.Len(t, ids, 3)
		require.Equal(t, start.Add(time.Hour+3*time.Minute), next)
		ids, next, err = w.DueAlerts(t.Context(), 2)
		require.NoError(t, err)
		require.Len(t, ids, 2)
		require.Equal(t, start.Add(time.Hour+2*time.Minute), next, "the rest is due already")
	})
}

func testAccount(t *testing.T, open opener) {
	t.Run("there is no such account", func(t *testing.T) {
		t.Parallel()
		_, err := open(t).AccountView(t.Context(), "none")
		require.ErrorIs(t, err, alerts.ErrNotFound)
	})

	t.Run("live and past alerts, KPIs of 90 days, people", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		require.NoError(t, w.SavePeople(t.Context(), alerts.Person{UserID: "U1", Email: "maria@example.com"}, alerts.Person{UserID: "U2"}))
		w.change("acme", func(a *journey.Account) { a.Owner = "Maria@Example.com" })
		w.kpi("acme", "old", 1)
		w.clock.pass(91 * 24 * time.Hour)
		w.kpi("acme", "seats", 1)
		w.kpi("acme", "nps", 2)
		w.clock.pass(time.Hour)
		w.kpi("acme", "seats", 3)
		for i := range 7 {
			w.ingest(w.signal(fmt.Sprint(i), "acme"))
			_, err := w.UpdateAlert(t.Context(), w.only().Alert.ID, "", func(a alerts.Alert) (alerts.Result, error) {
				a.Status, a.ClosedAt = alerts.Resolved, w.clock.pass(time.Hour)
				return alerts.Result{Alert: a, History: []alerts.Entry{{What: alerts.DidResolve}}}, nil
			})
			require.NoError(t, err)
		}
		w.ingest(w.signal("live", "acme"))
		_, err := w.UpdateAlert(t.Context(), w.only().Alert.ID, "", acknowledge("U2", w.clock.now()))
		require.NoError(t, err)

		view, err := w.AccountView(t.Context(), "acme")
		require.NoError(t, err)
		require.Len(t, view.Live, 1)
		require.Len(t, view.Past, 5)
		require.Equal(t, w.clock.now(), view.Past[0].ClosedAt, "newest first")
		require.Len(t, view.KPIs, 2)
		require.Equal(t, "nps", view.KPIs[0].Name)
		require.Equal(t, []float64{1, 3}, []float64{view.KPIs[1].Points[0].Value, view.KPIs[1].Points[1].Value})
		require.Equal(t, "U1", view.People["maria@example.com"].UserID)
		require.Contains(t, view.People, "U1")
		require.Contains(t, view.People, "U2")
	})
}

func testLookup(t *testing.T, open opener) {
	w := open(t)
	for _, a := range []journey.Account{
		{ID: "acme", Name: "Acme Corp", Domain: "https://www.Acme.example/", Aliases: []string{"Acme GmbH", "roadrunner"}, CRMURL: "https://crm.example/a/001"},
		{ID: "acme-uk", Name: "Acme UK"},
		{ID: "globex", Name: "Globex", Domain: "globex.example"},
		{ID: "globex-2", Name: "Globex"},
		{ID: "sever", Name: "Северсталь"},
		{ID: "percent", Name: "100% Pure_Gold"},
		{ID: "initech", Name: "Initech Industries International"},
		{ID: "alias", Name: "Umbrella", Aliases: []string{"globex.example"}},
		{ID: "long", Name: strings.Repeat("Długa nazwa ", 100)},
		{ID: "nameless"},
	} {
		w.change(a.ID, func(to *journey.Account) { *to = a })
	}
	w.change("sever", func(a *journey.Account) { a.Name = "Северсталь Групп" }) // renamed
	for _, c := range []struct {
		query string
		how   journey.MatchHow
		want  string
	}{
		{"acme", journey.MatchID, "acme"},
		{" ACME ", journey.MatchID, "acme"},
		{"acme   corp", journey.MatchName, "acme"},
		{"ＡＣＭＥ corp", journey.MatchName, "acme"},
		{"acme.example", journey.MatchDomain, "acme"},
		{"https://acme.example/pricing?x=1", journey.MatchDomain, "acme"},
		{"Roadrunner", journey.MatchAlias, "acme"},
		{"https://crm.example/a/001/", journey.MatchCRM, "acme"},
		{"globex", journey.MatchID, "globex"},
		{"globex.example", journey.MatchDomain, "globex"},
		{"северсталь групп", journey.MatchName, "sever"},
		{"Север", journey.MatchPrefix, "sever"},
		{"ac", journey.MatchPrefix, "acme acme-uk"},
		{"100%", journey.MatchPrefix, "percent"},
		{"100_", journey.MatchSpelling, "percent"}, // no wildcard
		{"acmee", journey.MatchSpelling, "acme acme-uk"},
		{"acem corp", journey.MatchSpelling, "acme"},
		{"globx", journey.MatchSpelling, "globex globex-2"},
		{"intech industries", journey.MatchSpelling, "initech"},
		{"Севирсталь", journey.MatchSpelling, "sever"},
		{"nameles", journey.MatchPrefix, "nameless"},
		{strings.Repeat("Długa nazwa ", 100), journey.MatchName, "long"},
		{"zzzzzz", "", ""},
		{"", "", ""},
		{"'; DROP TABLE accounts; --", "", ""},
		{"a\x00c\xffme", journey.MatchSpelling, "acme acme-uk"},
	} {
		found, err := w.FindAccount(t.Context(), c.query)
		require.NoError(t, err, c.query)
		require.Equal(t, c.query, found.Query)
		ids := make([]string, 0, len(found.Matches))
		for _, m := range found.Matches {
			require.Equal(t, c.how, m.How, c.query)
			require.NotEmpty(t, m.Name)
			require.Greater(t, m.Score, 0.0)
			require.LessOrEqual(t, m.Score, 1.0)
			ids = append(ids, m.AccountID)
		}
		require.Equal(t, c.want, strings.Join(ids, " "), "%q", c.query)
	}
	found, err := w.FindAccount(t.Context(), "northwind")
	require.NoError(t, err)
	require.Empty(t, found.Matches)

	for i := range 15 {
		w.change(fmt.Sprintf("many-%02d", i), func(a *journey.Account) { a.Name = "Many Matches" })
	}
	found, err = w.FindAccount(t.Context(), "many matches")
	require.NoError(t, err)
	require.Len(t, found.Matches, 10)
}
