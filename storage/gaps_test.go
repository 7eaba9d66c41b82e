package storage_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"journeybot/alerts"
	"journeybot/journey"
)

func testGaps(t *testing.T, open opener) {
	t.Run("who stands where, and who is close", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		r := walking(t, "1")
		w.use(r)
		m := r.Maps[0]
		for account, owner := range map[string]string{"acme": "Maria@example.com", "globex": "tom@example.com", "hooli": "maria@example.com"} {
			w.owned(account, owner, map[string]int64{"acme": 100, "globex": 300, "hooli": 200}[account])
			w.change(account, func(a *journey.Account) { a.Segment = "SMB" })
			w.did(account, "search", "ann", 4)
			w.did(account, "search", "ben", 1)
		}
		w.did("acme", "list", "ann", 1)
		w.change("gone", func(a *journey.Account) { a.Status = journey.StatusChurned })
		w.did("gone", "search", "ann", 1)
		w.settle(r)

		all, err := w.Stood(t.Context(), "growth")
		require.NoError(t, err)
		require.Len(t, all, 4)
		funnel := m.Funnel(all, journey.GapsBy{}, 20261124)
		require.Equal(t, []int{4, 1, 0}, []int{funnel.Steps[0].Accounts, funnel.Steps[1].Accounts, funnel.Steps[2].Accounts})
		reached, of := m.Reached(all, "smb", "value", 20261124)
		require.Equal(t, [2]int{1, 3}, [2]int{reached, of})
		none, err := w.Stood(t.Context(), "other")
		require.NoError(t, err)
		require.Empty(t, none)

		close := func(owner string) []string {
			near, err := w.Near(t.Context(), owner)
			require.NoError(t, err)
			next := journey.Next(near)
			names := make([]string, 0, len(next))
			for _, c := range next {
				names = append(names, c.Account.ID+": "+c.Plan.String())
			}
			return names
		}
		require.Equal(t, []string{"globex: 1 list", "hooli: 1 list", "acme: 5 searches"}, close(""), "most ARR first")
		require.Equal(t, []string{"hooli: 1 list", "acme: 5 searches"}, close("MARIA@example.com"))

		took, err := w.Took(t.Context(), "growth", "value", "smb")
		require.NoError(t, err)
		require.Equal(t, []int{0}, took)

		p, err := w.Position(t.Context(), "acme", m.Needs(), time.UTC)
		require.NoError(t, err)
		require.Equal(t, "value", p.Standing.State.Stage)
		v := m.Look(p.Standing, p.History, w.clock.now())
		require.Equal(t, "searches 5 of 10", journey.InWords(v.Progress))
		_, err = w.Position(t.Context(), "nobody", m.Needs(), time.UTC)
		require.ErrorIs(t, err, alerts.ErrNotFound)
	})

	t.Run("one gap of each map is the priority", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		pinned := alerts.PriorityGap{
			Map: "growth", Milestone: "value", Segment: "smb", Team: "Onboarding", Target: 50, Share: 37.5, Since: w.clock.now(), By: alerts.Actor{UserID: "U1"},
		}
		require.NoError(t, w.PinGap(t.Context(), alerts.PriorityGap{Map: "growth", Milestone: "kept", Team: "x", Target: 1, Since: w.clock.now()}))
		require.NoError(t, w.PinGap(t.Context(), pinned))
		gaps, err := w.PriorityGaps(t.Context())
		require.NoError(t, err)
		require.Equal(t, []alerts.PriorityGap{pinned}, gaps)
		require.NoError(t, w.UnpinGap(t.Context(), "growth"))
		gaps, err = w.PriorityGaps(t.Context())
		require.NoError(t, err)
		require.Empty(t, gaps)
	})
}
