package storage_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"journeybot/alerts"
	"journeybot/journey"
)

func testDigests(t *testing.T, open opener) {
	t.Run("one per target and period, whoever is first", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		other := w.replica()
		due := alerts.DigestDue{Target: "#cs-alerts", Period: "2026-11-24", At: w.clock.now()}
		place := &alerts.Place{Kind: alerts.DigestMessage, Subject: "digest 1", Target: "#cs-alerts", Priority: alerts.PriorityThread, Body: []byte(`{}`)}
		none, err := w.LastDigests(t.Context())
		require.NoError(t, err)
		require.Empty(t, none)
		first, err := w.SaveDigest(t.Context(), due, &alerts.Stake{Accounts: 1, ARR: 5}, place)
		require.NoError(t, err)
		require.True(t, first)
		first, err = other.SaveDigest(t.Context(), due, nil, place)
		require.NoError(t, err)
		require.False(t, first)
		require.EqualValues(t, 1, w.number(`SELECT count(*) FROM messages WHERE kind = 'digest'`))
		require.EqualValues(t, 1, w.number(`SELECT count(*) FROM digests WHERE message_id IN (SELECT id FROM messages)`))

		due.Period, due.At = "2026-11-25", due.At.Add(24*time.Hour)
		_, err = w.SaveDigest(t.Context(), due, nil, nil)
		require.NoError(t, err)
		last, err := w.LastDigests(t.Context())
		require.NoError(t, err)
		require.Len(t, last, 1)
		require.Nil(t, last["#cs-alerts"].Said)
		require.Equal(t, "2026-11-25", last["#cs-alerts"].Period)
		require.True(t, due.At.Equal(last["#cs-alerts"].DueAt))
		require.EqualValues(t, 1, w.number(`SELECT count(*) FROM messages WHERE kind = 'digest'`))
	})

	t.Run("lines of a channel and of an owner", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		arr := int64(7)
		w.change("acme", func(a *journey.Account) { a.ARR = &arr })
		w.ingest(w.signal("1", "acme"))
		w.clock.pass(time.Hour)
		acme := w.only().Alert.ID
		_, err := w.UpdateAlert(t.Context(), acme, "", acknowledge("U1", w.clock.now()))
		require.NoError(t, err)
		lines, err := w.DigestLines(t.Context(), "#cs-alerts", w.clock.now())
		require.NoError(t, err)
		require.Equal(t, []alerts.DigestLine{{
			AlertID: acme, Account: "acme", ARR: &arr, Kind: alerts.HealthShift, Polarity: alerts.Risk, Severity: alerts.High, Status: alerts.Acknowledged,
			OpenedAt: lines[0].OpenedAt, AckedAt: lines[0].AckedAt,
		}}, lines)
		require.Equal(t, time.Hour, lines[0].AckedAt.Sub(lines[0].OpenedAt))
		none, err := w.DigestLines(t.Context(), "#sales-pql", w.clock.now())
		require.NoError(t, err)
		require.Empty(t, none)

		closed := w.clock.pass(time.Hour)
		_, err = w.UpdateAlert(t.Context(), acme, "", func(a alerts.Alert) (alerts.Result, error) {
			a.Status, a.ClosedAt, a.Outcome = alerts.Resolved, closed, alerts.Saved
			return alerts.Result{Alert: a, History: []alerts.Entry{{What: alerts.DidResolve}}}, nil
		})
		require.NoError(t, err)
		for since, want := range map[time.Time]int{closed: 1, closed.Add(time.Second): 0} {
			lines, err = w.DigestLines(t.Context(), "@U1", since)
			require.NoError(t, err)
			require.Len(t, lines, want)
		}
	})

	t.Run("alerts and the steps that were ticked", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		w.ingest(w.signal("1", "acme"))
		id := w.only().Alert.ID
		_, err := w.UpdateAlert(t.Context(), id, "", func(a alerts.Alert) (alerts.Result, error) {
			a.Play.Ticks = []alerts.Tick{{Playbook: "early-risk", Step: "call", By: alerts.Actor{UserID: "U1"}, At: w.clock.now()}}
			return alerts.Result{Alert: a, History: []alerts.Entry{{What: alerts.DidTick, Data: alerts.EntryData{Step: "call", Playbook: "early-risk", Done: true}}}}, nil
		})
		require.NoError(t, err)
		views, err := w.Alerts(t.Context(), []string{id, "gone"})
		require.NoError(t, err)
		require.Len(t, views, 1)
		require.Equal(t, "acme", views[0].Account.ID)
		require.Equal(t, "call", views[0].Alert.Play.Ticks[0].Step)
		require.Equal(t, w.clock.now(), views[0].Alert.Play.Ticks[0].At.UTC())
		views, err = w.Alerts(t.Context(), nil)
		require.NoError(t, err)
		require.Empty(t, views)
	})
}

func testPreferences(t *testing.T, open opener) {
	t.Run("kept when the directory is refreshed", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		none, err := w.Preferences(t.Context(), "U1")
		require.NoError(t, err)
		require.Zero(t, none)
		at := 9*time.Hour + 5*time.Minute
		chosen := alerts.Preferences{
			NoDigest: true, DigestAt: &at, QuietFrom: 22 * time.Hour, QuietTo: 7 * time.Hour, AwayUntil: w.clock.now().Add(time.Hour), Delegate: "U2",
		}
		require.NoError(t, w.SetPreferences(t.Context(), "U1", chosen))
		require.NoError(t, w.SavePeople(t.Context(), alerts.Person{UserID: "U1", Email: "Maria@Example.com", TZ: "Europe/Berlin", CheckedAt: w.clock.now()}))
		got, err := w.Preferences(t.Context(), "U1")
		require.NoError(t, err)
		require.True(t, chosen.AwayUntil.Equal(got.AwayUntil))
		got.AwayUntil = chosen.AwayUntil
		require.Equal(t, chosen, got)

		require.NoError(t, w.SetPreferences(t.Context(), "U1", alerts.Preferences{}))
		got, err = w.Preferences(t.Context(), "U1")
		require.NoError(t, err)
		require.Zero(t, got)
		person, err := w.Person(t.Context(), "U1")
		require.NoError(t, err)
		require.Equal(t, "Maria@Example.com", person.Email, "choosing changes nothing else")
	})

	t.Run("owners of live alerts, and of those that ended since", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		require.NoError(t, w.SavePeople(t.Context(), alerts.Person{UserID: "U1", TZ: "Europe/Berlin"}, alerts.Person{UserID: "U2"}))
		require.NoError(t, w.SetPreferences(t.Context(), "U1", alerts.Preferences{NoDigest: true}))
		w.ingest(w.signal("1", "acme"))
		id := w.only().Alert.ID
		_, err := w.UpdateAlert(t.Context(), id, "", acknowledge("U1", w.clock.now()))
		require.NoError(t, err)
		owners, err := w.Owners(t.Context(), w.clock.now())
		require.NoError(t, err)
		require.Len(t, owners, 1)
		require.Equal(t, "Europe/Berlin", owners[0].Person.TZ)
		require.True(t, owners[0].Chosen.NoDigest)
		closed := w.clock.now()
		_, err = w.UpdateAlert(t.Context(), id, "", func(a alerts.Alert) (alerts.Result, error) {
			a.Status, a.ClosedAt = alerts.Resolved, closed
			return alerts.Result{Alert: a, History: []alerts.Entry{{What: alerts.DidResolve}}}, nil
		})
		require.NoError(t, err)
		owners, err = w.Owners(t.Context(), closed)
		require.NoError(t, err)
		require.Len(t, owners, 1)
		owners, err = w.Owners(t.Context(), closed.Add(time.Second))
		require.NoError(t, err)
		require.Empty(t, owners)
	})
}
