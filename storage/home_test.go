package storage_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"journeybot/alerts"
	"journeybot/journey"
)

func testHomes(t *testing.T, open opener) {
	owned := func(w *world, id, owner string) {
		w.ingest(w.signal(id, id))
		views, _, err := w.LiveAlerts(t.Context(), alerts.Filter{Account: id})
		require.NoError(t, err)
		_, err = w.UpdateAlert(t.Context(), views[0].Alert.ID, "", func(a alerts.Alert) (alerts.Result, error) {
			a.Owner = owner
			return alerts.Result{Alert: a, History: []alerts.Entry{{What: alerts.DidAssign}}}, nil
		})
		require.NoError(t, err)
	}
	t.Run("wanted when opened, and again only when something changed", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		refresh := func() int {
			n, err := w.RefreshHomes(t.Context(), w.clock.now().Add(-14*24*time.Hour))
			require.NoError(t, err)
			return n
		}
		require.Zero(t, refresh())
		require.NoError(t, w.WantHome(t.Context(), "U1", 0, true))
		require.NoError(t, w.WantHome(t.Context(), "U2", 0, true))
		require.Equal(t, 2, refresh(), "what it shows is noted")
		require.Zero(t, refresh())
		owned(w, "acme", "U1")
		require.Equal(t, 1, refresh(), "only the owner's")
		require.Zero(t, refresh())
		w.ingest(w.signal("free", "nobody's"))
		require.Equal(t, 2, refresh(), "everybody sees what nobody owns")
		w.clock.pass(15 * 24 * time.Hour)
		w.ingest(w.signal("free 2", "nobody's too"))
		require.Zero(t, refresh(), "nobody looks any more")

		lane, ok, _, err := w.ClaimLane(t.Context(), time.Minute)
		require.NoError(t, err)
		require.True(t, ok)
		require.Contains(t, lane.Name, "post:")
		require.EqualValues(t, 2, w.number(`SELECT count(*) FROM messages WHERE kind = 'home'`))
	})

	t.Run("what a home shows", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		require.NoError(t, w.SavePeople(t.Context(), alerts.Person{UserID: "U1", Email: "Maria@Example.com", Name: "Maria"}, alerts.Person{UserID: "U2", Name: "Ben"}))
		require.NoError(t, w.SetPreferences(t.Context(), "U1", alerts.Preferences{Delegate: "U2"}))
		for i := range 12 {
			id := fmt.Sprintf("a%02d", i)
			w.change(id, func(a *journey.Account) { a.Owner = "maria@example.com" })
			owned(w, id, "U1")
		}
		w.change("green", func(a *journey.Account) {
			a.Owner, a.Health, a.RenewalDate = "MARIA@example.com", journey.HealthGreen, 20261201
		})
		w.ingest(w.signal("free", "free"))
		require.NoError(t, w.WantHome(t.Context(), "U1", 10, true))
		h, err := w.Home(t.Context(), "U1")
		require.NoError(t, err)
		require.Equal(t, 10, h.Offset)
		require.Equal(t, 12, h.Total)
		require.Len(t, h.Mine, 2)
		require.Equal(t, 1, h.UnownedTotal)
		require.Equal(t, "free", h.Unowned[0].Account.ID)
		require.Equal(t, 13, h.AccountsTotal)
		require.Len(t, h.Accounts, alerts.HomeAccounts)
		require.Equal(t, journey.HealthRed, h.Accounts[0].Health)
		require.Equal(t, 12, h.Numbers.New)
		require.Equal(t, "Ben", h.People["U2"].Name)
		last, total, err := w.Accounts(t.Context(), "maria@EXAMPLE.com", 12, 15)
		require.NoError(t, err)
		require.Equal(t, 13, total)
		require.Equal(t, "green", last[0].ID, "good health comes last")

		require.NoError(t, w.WantHome(t.Context(), "U1", 40, false))
		h, err = w.Home(t.Context(), "U1")
		require.NoError(t, err)
		require.Equal(t, 10, h.Offset, "the last page there is")
		require.NoError(t, w.WantHome(t.Context(), "U1", 0, false))
		require.NoError(t, w.WantHome(t.Context(), "U1", -1, false))
		h, err = w.Home(t.Context(), "U1")
		require.NoError(t, err)
		require.Zero(t, h.Offset)

		stranger, err := w.Home(t.Context(), "U9")
		require.NoError(t, err)
		require.Equal(t, "U9", stranger.Person.UserID)
		require.Empty(t, stranger.Accounts)
	})
}
