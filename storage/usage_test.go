package storage_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"journeybot/alerts"
	"journeybot/journey"
)

// track counts product events of an account on a day.
func (w *world) track(account string, day journey.Day, usage ...alerts.Usage) {
	w.tb.Helper()
	w.seq++
	_, err := w.Ingest(w.tb.Context(), []alerts.Event{w.event(fmt.Sprint("usage ", w.seq), account)}, func(ws *alerts.WorkingSet, _ []alerts.Event) {
		for _, u := range usage {
			ws.Changes.Usage = append(ws.Changes.Usage, alerts.UsageCount{Account: account, Day: day, Usage: u})
		}
	})
	require.NoError(w.tb, err)
}

func by(user string, count int64) alerts.Usage {
	return alerts.Usage{Event: "search", User: user, Count: count}
}

// crowdOf makes n users, numbered from first on, who searched once each.
func crowdOf(first, n int) []alerts.Usage {
	usage := make([]alerts.Usage, n)
	for i := range usage {
		usage[i] = by(fmt.Sprint("u", first+i), 1)
	}
	return usage
}

func testUsage(t *testing.T, open opener) {
	const day = journey.Day(20261124)
	count := func(w *world) int64 { return w.number(`SELECT sum(count) FROM usage_day WHERE account_id = 'acme'`) }
	users := func(w *world) int64 { return w.number(`SELECT sum(users) FROM usage_day WHERE account_id = 'acme'`) }

	t.Run("users of a day count once, by persona", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		w.track("acme", day, by("ann", 3), by("ben", 1), by("", 5))
		w.track("acme", day, by("ann", 1), alerts.Usage{Event: "search", User: "ann", Persona: "admin", Count: 1})
		require.EqualValues(t, 11, count(w))
		require.EqualValues(t, 2, w.number(`SELECT users FROM usage_day WHERE persona = ''`))
		require.EqualValues(t, 1, w.number(`SELECT users FROM usage_day WHERE persona = 'admin'`))
		require.Positive(t, w.number(`SELECT dirty_at FROM accounts WHERE id = 'acme'`))
	})

	t.Run("corrections take back, in any order", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		w.track("acme", day, by("ann", -2))
		require.EqualValues(t, -2, count(w))
		require.Zero(t, users(w))
		w.track("acme", day, by("ann", 2), by("ben", 1))
		require.EqualValues(t, 1, count(w))
		require.EqualValues(t, 1, users(w), "ann did nothing")
		w.track("acme", day, by("ben", -1))
		require.Zero(t, count(w))
		require.Zero(t, users(w))
	})

	t.Run("many users are exact to a thousand, then estimated", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		w.track("acme", day, crowdOf(0, 600)...)
		w.track("acme", day, crowdOf(500, 500)...)
		require.EqualValues(t, 1000, users(w))
		w.track("acme", day, crowdOf(900, 4100)...)
		require.InEpsilon(t, 5000, users(w), 0.03)
		before := users(w)
		w.track("acme", day, crowdOf(0, 1000)...)
		require.Equal(t, before, users(w), "who is there already counts once")
		require.EqualValues(t, 600+500+4100+1000, count(w))
	})

	t.Run("odd names", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		long := fmt.Sprintf("%0300d", 1)
		w.track("acme", day, by(`a"\b`, 1), by("Пётр", 1), by(long, 1), by(long[:299]+"2", 1), by(long, 1), by("a\x00", 1), by("a", 1))
		require.EqualValues(t, 5, users(w))
	})

	t.Run("accounts that merge count their users together", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		w.track("acme", day, by("ann", 1), by("ben", 1))
		w.track("old", day, by("ben", 1), by("cleo", 1))
		w.track("old", day-1, by("dora", 1))
		require.NoError(t, w.MergeAccounts(t.Context(), "old", "acme", func(*alerts.WorkingSet) {}))
		require.EqualValues(t, 5, count(w))
		require.EqualValues(t, 4, users(w))
		require.Zero(t, w.number(`SELECT count(*) FROM usage_day WHERE account_id = 'old'`))
	})

	t.Run("old days are added up by month, and older months forgotten", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		for i := range 3 {
			w.track("acme", journey.Day(20250903+i), by("ann", 2), by(fmt.Sprint("u", i), 1))
			w.track("acme", journey.Day(20251003+i), by("ann", 1))
			w.track("other", journey.Day(20210101), by("ann", 1))
		}
		roll := func(forget journey.Day) (rolled int) {
			for after, more := "", 0; ; {
				var err error
				after, more, err = w.RollUpUsage(t.Context(), after, 1, 20251001, forget)
				require.NoError(t, err)
				if rolled += more; after == "" {
					return rolled
				}
			}
		}
		require.Equal(t, 2, roll(0))
		require.EqualValues(t, 1, w.number(`SELECT count(*) FROM usage_day WHERE account_id = 'acme' AND day = 20250900`))
		require.EqualValues(t, 9, w.number(`SELECT count FROM usage_day WHERE account_id = 'acme' AND day = 20250900`))
		require.EqualValues(t, 4, w.number(`SELECT users FROM usage_day WHERE account_id = 'acme' AND day = 20250900`))
		require.EqualValues(t, 3, w.number(`SELECT count(*) FROM usage_day WHERE account_id = 'acme' AND day > 20251000`))
		require.Zero(t, roll(0), "once")

		w.track("acme", 20250930, by("ann", 1))
		require.Equal(t, 1, roll(0), "what comes late is added")
		require.EqualValues(t, 10, w.number(`SELECT count FROM usage_day WHERE account_id = 'acme' AND day = 20250900`))
		require.EqualValues(t, 4, w.number(`SELECT users FROM usage_day WHERE account_id = 'acme' AND day = 20250900`))
		require.Equal(t, 1, roll(20220101))
		require.Zero(t, w.number(`SELECT count(*) FROM usage_day WHERE account_id = 'other'`))
		require.EqualValues(t, 13, count(w))
	})

	t.Run("redelivery counts nothing twice", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		e := w.event("1", "acme")
		e.Usage = []alerts.Usage{{Event: "search", User: "ann", Count: 2, At: w.clock.now().Add(-48 * time.Hour)}}
		w.judged(e)
		w.judged(e, e)
		require.EqualValues(t, 2, count(w))
		require.EqualValues(t, 20261122, w.number(`SELECT day FROM usage_day`), "in its own day")
	})
}
