package storage_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"journeybot/alerts"
	"journeybot/storage"
)

func testOutbox(t *testing.T, open opener) {
	t.Run("nothing waits", func(t *testing.T) {
		t.Parallel()
		token, rows, err := open(t).ClaimOutbox(t.Context(), time.Minute, 10)
		require.NoError(t, err)
		require.Empty(t, token)
		require.Empty(t, rows)
	})

	t.Run("one relay at a time, in order, numbered per subject", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		w.ingest(w.signal("1", "acme"))
		id := w.only().Alert.ID
		w.clock.pass(-time.Hour) // another replica's clock
		for i := range 3 {
			_, err := w.UpdateAlert(t.Context(), id, "", func(a alerts.Alert) (alerts.Result, error) {
				out := alerts.Outbound{ID: fmt.Sprint("z", 9-i), Type: "t", Subject: id, At: w.clock.now(), Data: []byte(fmt.Sprint(i))}
				return alerts.Result{Alert: a, Outbound: []alerts.Outbound{out}}, nil
			})
			require.NoError(t, err)
		}
		token, rows, err := w.ClaimOutbox(t.Context(), time.Minute, 3)
		require.NoError(t, err)
		require.NotEmpty(t, token)
		require.Len(t, rows, 3)
		for i, row := range rows {
			require.Equal(t, int64(i+1), row.Sequence)
		}
		require.Equal(t, "journeybot.alert.opened", rows[0].Outbound.Type)
		require.Equal(t, "0", string(rows[1].Outbound.Data))
		require.Equal(t, w.clock.now(), rows[1].Outbound.At)

		other, none, err := w.replica().ClaimOutbox(t.Context(), time.Minute, 3)
		require.NoError(t, err)
		require.Empty(t, other)
		require.Empty(t, none)

		require.NoError(t, w.FinishOutbox(t.Context(), token, []string{rows[0].Outbound.ID, rows[1].Outbound.ID}))
		_, rows, err = w.ClaimOutbox(t.Context(), 0, 10)
		require.NoError(t, err)
		require.Len(t, rows, 2)
		require.Equal(t, int64(3), rows[0].Sequence)
		require.Equal(t, int64(4), rows[1].Sequence)
		_, rows, err = w.ClaimOutbox(t.Context(), 0, 10)
		require.NoError(t, err)
		require.Len(t, rows, 2, "a relay that went away left them")
	})

	t.Run("what can never leave is set aside", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		w.ingest(w.signal("1", "acme"))
		token, rows, err := w.ClaimOutbox(t.Context(), time.Minute, 3)
		require.NoError(t, err)
		id := rows[0].Outbound.ID
		letter := alerts.DeadLetter{ID: "out:" + id, Source: "journeybot", EventID: id, Body: rows[0].Outbound.Data, Reason: "too large", ReceivedAt: w.clock.now()}
		require.NoError(t, w.SetAsideOutbox(t.Context(), id, letter))
		require.NoError(t, w.SetAsideOutbox(t.Context(), id, letter), "again changes nothing")
		require.NoError(t, w.FinishOutbox(t.Context(), token, nil))
		_, rows, err = w.ClaimOutbox(t.Context(), time.Minute, 3)
		require.NoError(t, err)
		require.Empty(t, rows)
		got, err := w.DeadLetter(t.Context(), letter.ID)
		require.NoError(t, err)
		require.Equal(t, "too large", got.Reason)
	})

	t.Run("an event out is queued once", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		w.ingest(w.signal("1", "acme"))
		out := alerts.Outbound{ID: "same", Type: "t", Subject: "s", Data: []byte(`{}`)}
		for range 2 {
			_, err := w.UpdateAlert(t.Context(), w.only().Alert.ID, "", func(a alerts.Alert) (alerts.Result, error) {
				return alerts.Result{Alert: a, Outbound: []alerts.Outbound{out, out}}, nil
			})
			require.NoError(t, err)
		}
		_, rows, err := w.ClaimOutbox(t.Context(), time.Minute, 10)
		require.NoError(t, err)
		require.Len(t, rows, 2)
	})
}

func testDeadLetters(t *testing.T, open opener) {
	w := open(t)
	letter := alerts.DeadLetter{
		ID: "GROWTH.journeybot.7", Source: "crm", EventID: "1", Subject: "growth.x", Headers: map[string][]string{"ce-id": {"1"}},
		Body: []byte("\x00\xff not text"), Reason: "no account id", ReceivedAt: w.clock.now(),
	}
	require.NoError(t, w.AddDeadLetter(t.Context(), letter))
	again := letter
	again.Reason = "other"
	require.NoError(t, w.AddDeadLetter(t.Context(), again))
	got, err := w.DeadLetter(t.Context(), letter.ID)
	require.NoError(t, err)
	require.Equal(t, letter, got)

	require.NoError(t, w.AddDeadLetter(t.Context(), alerts.DeadLetter{ID: "2", ReceivedAt: w.clock.pass(time.Second)}))
	list, err := w.DeadLetters(t.Context(), 10)
	require.NoError(t, err)
	require.Len(t, list, 2)
	require.Equal(t, "2", list[0].ID, "newest first")
	list, err = w.DeadLetters(t.Context(), 1)
	require.NoError(t, err)
	require.Len(t, list, 1)

	require.NoError(t, w.MarkReplayed(t.Context(), letter.ID))
	got, err = w.DeadLetter(t.Context(), letter.ID)
	require.NoError(t, err)
	require.Equal(t, w.clock.now(), got.ReplayedAt)
	require.ErrorIs(t, w.MarkReplayed(t.Context(), "none"), alerts.ErrNotFound)
	_, err = w.DeadLetter(t.Context(), "none")
	require.ErrorIs(t, err, alerts.ErrNotFound)
}

func testDirectory(t *testing.T, open opener) {
	t.Run("channels", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		_, err := w.Channel(t.Context(), "#a")
		require.ErrorIs(t, err, alerts.ErrNotFound)
		c := storage.SlackChannel{Ref: "#a", ID: "C1", Name: "a", Kind: "public", Member: true, CheckedAt: w.clock.now()}
		require.NoError(t, w.SaveChannel(t.Context(), c))
		c.External, c.Member, c.Broken = true, false, "is_archived"
		require.NoError(t, w.SaveChannel(t.Context(), c))
		got, err := w.Channel(t.Context(), "#a")
		require.NoError(t, err)
		require.Equal(t, c, got)
	})

	t.Run("people", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		maria := alerts.Person{UserID: "U1", Email: "Maria@Example.com", Name: "Maria", TZ: "Europe/Berlin", CheckedAt: w.clock.now()}
		gone := alerts.Person{UserID: "U0", Email: "maria@example.com", Deleted: true, CheckedAt: w.clock.pass(time.Hour)}
		require.NoError(t, w.SavePeople(t.Context(), maria, gone, alerts.Person{UserID: "U2", Guest: true}))
		for _, by := range []string{"U1", "maria@example.com"} {
			got, err := w.Person(t.Context(), by)
			require.NoError(t, err)
			require.Equal(t, maria, got, "the one who is still there")
		}
		maria.Name = "Maria S."
		require.NoError(t, w.SavePeople(t.Context(), gone, maria, maria))
		got, err := w.Person(t.Context(), "U1")
		require.NoError(t, err)
		require.Equal(t, maria, got)
		_, err = w.Person(t.Context(), "")
		require.ErrorIs(t, err, alerts.ErrNotFound, "someone without an address is nobody's address")
		require.NoError(t, w.SavePeople(t.Context()))
	})

	t.Run("rotations", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		turn := func(members ...string) string {
			who, err := w.NextInRotation(t.Context(), "sdr", members)
			require.NoError(t, err)
			return who
		}
		require.Equal(t, []string{"a", "b", "c", "a"}, []string{turn("a", "b", "c"), turn("a", "b", "c"), turn("a", "b", "c"), turn("a", "b", "c")})
		require.Equal(t, "c", turn("a", "c"))
		require.Equal(t, "d", turn("b", "d"), "c left: it goes on where it was")
		require.Equal(t, "b", turn("b", "d"))
		require.Empty(t, turn())

		var mu sync.Mutex
		var wg sync.WaitGroup
		turns := map[string]int{}
		other := w.replica()
		for i := range 12 {
			wg.Go(func() {
				who, err := []*storage.Store{w.Store, other}[i%2].NextInRotation(t.Context(), "fresh", []string{"a", "b", "c"})
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				turns[who]++
				mu.Unlock()
			})
		}
		wg.Wait()
		require.Equal(t, map[string]int{"a": 4, "b": 4, "c": 4}, turns)
	})

	t.Run("revisions", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		require.NoError(t, w.SaveRevision(t.Context(), "abc", "timezone: UTC"))
		require.NoError(t, w.SaveRevision(t.Context(), "abc", "timezone: UTC"))
		require.Equal(t, int64(1), w.number(`SELECT count(*) FROM revisions WHERE config = 'abc'`))
	})
}

func testDepths(t *testing.T, open opener) {
	w := open(t)
	w.ingest(w.signal("1", "acme"), w.signal("2", "globex"), w.signal("3", "initech"))
	views, _, err := w.LiveAlerts(t.Context(), alerts.Filter{Account: "acme"})
	require.NoError(t, err)
	_, err = w.UpdateAlert(t.Context(), views[0].Alert.ID, "", acknowledge("U1", w.clock.now()))
	require.NoError(t, err)
	lane := w.claim()
	for _, do := range []func(id string) error{
		func(id string) error { return w.FailMessage(t.Context(), lane, id, "x") },
		func(id string) error { return w.StartPost(t.Context(), lane, id) },
	} {
		m, _, err := w.NextMessage(t.Context(), lane)
		require.NoError(t, err)
		require.NoError(t, do(m.ID))
	}
	require.NoError(t, w.AddDeadLetter(t.Context(), alerts.DeadLetter{ID: "1"}))
	w.clock.pass(time.Minute)
	depths, err := w.Depths(t.Context())
	require.NoError(t, err)
	require.Equal(t, storage.Depths{
		Messages: 2, Uncertain: 1, Failed: 1, OldestWanted: time.Minute, Outbox: 4, DeadLetters: 1,
		LiveAlerts: map[alerts.Kind]map[alerts.Status]int{alerts.HealthShift: {alerts.Open: 2, alerts.Acknowledged: 1}},
	}, depths)
}
