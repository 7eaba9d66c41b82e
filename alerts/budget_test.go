package alerts_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"journeybot/alerts"
	"journeybot/journey"
)

func TestBudgetAdmitsWhatIsWorthMost(t *testing.T) {
	t.Parallel()
	arr := func(n int64) *int64 { return &n }
	soon := journey.DayOf(now.AddDate(0, 0, 10))
	waiting := []alerts.Interruption{
		{Message: "1", Account: "small", Severity: alerts.High, ARR: arr(1_000_00)},
		{Message: "2", Account: "big", Severity: alerts.High, ARR: arr(90_000_00)},
		{Message: "3", Account: "soon", Severity: alerts.High, ARR: arr(60_000_00), Renewal: soon},
		{Message: "4", Account: "big", Severity: alerts.Medium, ARR: arr(90_000_00)},
		{Message: "5", Account: "big", Severity: alerts.Low, ARR: arr(90_000_00)},
		{Message: "6", Account: "unknown", Severity: alerts.High},
	}
	admitted := func(b alerts.Budget, spent alerts.Spent) []string {
		return slices.Sorted(maps.Keys(b.Admit(waiting, spent, now)))
	}
	require.Equal(t, []string{"2", "3"}, admitted(alerts.Budget{PerPerson: 2, PerAccount: 2}, alerts.Spent{}))
	require.Equal(t, []string{"1", "2", "3", "4", "6"}, admitted(alerts.Budget{PerPerson: 9, PerAccount: 2}, alerts.Spent{}))
	require.Equal(t, []string{"3"}, admitted(alerts.Budget{PerPerson: 5, PerAccount: 2}, alerts.Spent{All: 4, About: map[string]int{"big": 2}}))
	require.Empty(t, admitted(alerts.Budget{PerPerson: 5}, alerts.Spent{All: 7}))
	require.Len(t, admitted(alerts.Budget{}, alerts.Spent{All: 100}), 6, "no budget, no limit")
	require.Len(t, admitted(alerts.Budget{PerAccount: 1}, alerts.Spent{All: 100}), 4)
}

// TestBudgetHolds admits random interruptions one after the other: the limits hold whatever the order.
func TestBudgetHolds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		b := alerts.Budget{PerPerson: rapid.IntRange(0, 6).Draw(t, "person"), PerAccount: rapid.IntRange(0, 3).Draw(t, "account")}
		spent := alerts.Spent{About: map[string]int{}}
		waiting := rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) alerts.Interruption {
			return alerts.Interruption{
				Message: rapid.StringMatching(`[a-z]{4}`).Draw(t, "id"), Account: rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "account"),
				Severity: alerts.Severity(rapid.IntRange(0, 3).Draw(t, "severity")), ARR: rapid.Ptr(rapid.Int64(), true).Draw(t, "arr"),
				Renewal: journey.Day(rapid.IntRange(0, 20280101).Draw(t, "renewal")),
			}
		}), 0, 12, func(i alerts.Interruption) string { return i.Message }).Draw(t, "waiting")
		for len(waiting) > 0 {
			i := waiting[0]
			if b.Admit(waiting, spent, now)[i.Message] {
				spent.All++
				spent.About[i.Account]++
			}
			waiting = waiting[1:]
		}
		if b.PerPerson > 0 {
			require.LessOrEqual(t, spent.All, b.PerPerson)
		}
		for account, n := range spent.About {
			if b.PerAccount > 0 && account != "" {
				require.LessOrEqual(t, n, b.PerAccount)
			}
		}
	})
}
