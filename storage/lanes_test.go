package storage_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"journeybot/alerts"
	"journeybot/storage"
)

const lease = 8 * time.Second

// claim takes the lane that must be there.
func (w *world) claim() storage.Lane {
	w.tb.Helper()
	lane, ok, wake, err := w.ClaimLane(w.tb.Context(), lease)
	require.NoError(w.tb, err)
	require.True(w.tb, ok, "nothing to claim until %v", wake)
	return lane
}

// idle requires that there is no lane to claim, and returns when there will be.
func (w *world) idle() time.Time {
	w.tb.Helper()
	lane, ok, wake, err := w.ClaimLane(w.tb.Context(), lease)
	require.NoError(w.tb, err)
	require.False(w.tb, ok, "claimed %v", lane)
	return wake
}

// next is the most urgent message in a target's lane, which is given back at once.
func (w *world) next(target alerts.Target) alerts.Message {
	w.tb.Helper()
	m, ok, err := w.NextMessage(w.tb.Context(), storage.Lane{Name: "post:" + string(target)})
	require.NoError(w.tb, err)
	require.True(w.tb, ok)
	return m
}

// post sends the most urgent message of all.
func (w *world) post(ts string) alerts.Message {
	w.tb.Helper()
	lane := w.claim()
	m, ok, err := w.NextMessage(w.tb.Context(), lane)
	require.NoError(w.tb, err)
	require.True(w.tb, ok)
	require.NoError(w.tb, w.StartPost(w.tb.Context(), lane, m.ID))
	w.finish(lane, m, ts)
	require.NoError(w.tb, w.ReleaseLane(w.tb.Context(), lane, time.Time{}))
	return m
}

func (w *world) finish(lane storage.Lane, m alerts.Message, ts string) {
	w.tb.Helper()
	require.NoError(w.tb, w.FinishPost(w.tb.Context(), lane, storage.Sent{ID: m.ID, Channel: "C1", TS: ts, Version: m.WantVersion, Hash: "h" + ts}))
}

func (w *world) place(kind alerts.MessageKind, subject string, target alerts.Target, priority alerts.Priority) {
	w.tb.Helper()
	require.NoError(w.tb, w.AddPlace(w.tb.Context(), alerts.Place{Kind: kind, Subject: subject, Target: target, Priority: priority}))
}

func testLanes(t *testing.T, open opener) {
	t.Run("nothing waits", func(t *testing.T) {
		t.Parallel()
		require.Zero(t, open(t).idle())
	})

	t.Run("the most urgent lane first, one holder each", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		w.place(alerts.NoticeMessage, "1", "#a", alerts.PriorityPost)
		w.clock.pass(time.Second)
		w.place(alerts.NoticeMessage, "2", "#b", alerts.PriorityCritical)
		w.place(alerts.NoticeMessage, "3", "#c", alerts.PriorityPost)
		b := w.claim()
		require.Equal(t, "post:#b", b.Name)
		require.Equal(t, "post:#a", w.claim().Name, "the older of equals")
		require.Equal(t, "post:#c", w.claim().Name)
		require.False(t, w.idle().IsZero(), "a held lane still has something to send")

		require.NoError(t, w.ReleaseLane(t.Context(), b, w.clock.now().Add(time.Minute)))
		require.WithinDuration(t, w.clock.now(), w.idle(), 10*time.Second, "another lane's lease ends first")
		w.clock.pass(time.Minute)
		lane := w.claim()
		require.Equal(t, "post:#b", lane.Name)
		require.NotEqual(t, b.Token, lane.Token)
	})

	t.Run("a lost lease is noticed", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		w.place(alerts.NoticeMessage, "1", "#a", alerts.PriorityPost)
		lost, ok, _, err := w.ClaimLane(t.Context(), 0) // over at once, on the database's clock
		require.NoError(t, err)
		require.True(t, ok)
		m, _, err := w.NextMessage(t.Context(), lost)
		require.NoError(t, err)
		require.ErrorIs(t, w.StartPost(t.Context(), lost, m.ID), storage.ErrLeaseLost, "it ended")
		require.NoError(t, w.ExtendLane(t.Context(), lost, lease), "nobody else took it")
		require.NoError(t, w.ExtendLane(t.Context(), lost, 0))
		held := w.claim()
		for name, err := range map[string]error{
			"extend":  w.ExtendLane(t.Context(), lost, lease),
			"start":   w.StartPost(t.Context(), lost, m.ID),
			"finish":  w.FinishPost(t.Context(), lost, storage.Sent{ID: m.ID, TS: "9"}),
			"retry":   w.RetryMessage(t.Context(), lost, m.ID, w.clock.now(), false, "x"),
			"fail":    w.FailMessage(t.Context(), lost, m.ID, "x"),
			"release": w.ReleaseLane(t.Context(), lost, time.Time{}),
		} {
			require.ErrorIs(t, err, storage.ErrLeaseLost, name)
		}
		require.NoError(t, w.StartPost(t.Context(), held, m.ID))
	})

	t.Run("a lane rests until its next time, however urgent", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		w.place(alerts.NoticeMessage, "1", "#a", alerts.PriorityPost)
		lane := w.claim()
		until := w.clock.now().Add(30 * time.Second)
		require.NoError(t, w.ReleaseLane(t.Context(), lane, until))
		w.place(alerts.NoticeMessage, "2", "#a", alerts.PriorityCritical)
		require.Equal(t, until, w.idle())
		w.clock.pass(30 * time.Second)
		require.Equal(t, until, w.claim().NextAt)
	})

	t.Run("eight workers send each message once", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		const channels, each = 20, 10
		for i := range channels * each {
			w.place(alerts.NoticeMessage, fmt.Sprint(i), alerts.Target(fmt.Sprintf("#c%d", i%channels)), alerts.PriorityPost)
		}
		replicas := []*storage.Store{w.Store, w.replica()}
		var mu sync.Mutex
		sent := map[string]int{}
		busy := map[string]bool{}
		var wg sync.WaitGroup
		for n := range 8 {
			wg.Go(func() {
				s := replicas[n%2]
				for {
					lane, ok, wake, err := s.ClaimLane(t.Context(), lease)
					if err != nil {
						t.Error(err)
						return
					}
					if !ok && wake.IsZero() {
						return
					}
					if !ok {
						continue
					}
					mu.Lock()
					if busy[lane.Name] {
						t.Errorf("%s has two senders", lane.Name)
					}
					busy[lane.Name] = true
					mu.Unlock()
					m, ok, err := s.NextMessage(t.Context(), lane)
					if err != nil {
						t.Error(err)
						return
					}
					if ok {
						mu.Lock()
						sent[m.ID]++
						mu.Unlock()
						if err := errors.Join(s.StartPost(t.Context(), lane, m.ID),
							s.FinishPost(t.Context(), lane, storage.Sent{ID: m.ID, Channel: "C", TS: "1", Version: m.WantVersion})); err != nil {
							t.Error(err)
							return
						}
					}
					mu.Lock()
					busy[lane.Name] = false
					mu.Unlock()
					if err := s.ReleaseLane(t.Context(), lane, time.Time{}); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		wg.Wait()
		require.Len(t, sent, channels*each)
		for id, n := range sent {
			require.Equal(t, 1, n, id)
		}
	})
}

func testMessages(t *testing.T, open opener) {
	t.Run("a change redraws the card and adds to its thread", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		w.ingest(w.signal("1", "acme"))
		id := w.only().Alert.ID
		card := w.post("100.000001")
		require.Zero(t, w.idle(), "the thread has nothing to say yet")

		_, err := w.UpdateAlert(t.Context(), id, "", acknowledge("U1", w.clock.now()))
		require.NoError(t, err)
		redraw := w.post("100.000001")
		require.Equal(t, card.ID, redraw.ID)
		require.Equal(t, alerts.PriorityClick, redraw.Priority)
		require.Equal(t, "100.000001", redraw.TS)
		require.Equal(t, "h100.000001", redraw.DoneHash)
		require.Equal(t, int64(2), redraw.WantVersion)

		thread := w.next("#cs-alerts")
		require.Equal(t, alerts.ThreadMessage, thread.Kind)
		require.Equal(t, card.ID, thread.ParentID)
		require.Equal(t, int64(2), thread.WantVersion, "the history line")
		require.Zero(t, thread.DoneVersion)
		w.post("101.000001")
		require.Zero(t, w.idle())
	})

	t.Run("a thread waits for its card", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		w.ingest(w.signal("1", "acme"))
		_, err := w.UpdateAlert(t.Context(), w.only().Alert.ID, "", acknowledge("U1", w.clock.now()))
		require.NoError(t, err)
		require.Equal(t, alerts.CardMessage, w.post("1").Kind, "never the thread first")
		require.Equal(t, alerts.ThreadMessage, w.post("2").Kind)
	})

	t.Run("a burst is one redraw, as urgent as its most urgent part", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		w.ingest(w.signal("1", "acme"))
		card := w.post("1")
		for i := range 5 {
			w.ingest(w.signal(fmt.Sprint("again", i), "acme"))
		}
		require.Equal(t, alerts.PriorityCount, w.next("#cs-alerts").Priority)
		_, err := w.UpdateAlert(t.Context(), w.only().Alert.ID, "", acknowledge("U1", w.clock.now()))
		require.NoError(t, err)
		w.ingest(w.signal("last", "acme"))
		m := w.post("1")
		require.Equal(t, card.ID, m.ID)
		require.Equal(t, alerts.PriorityClick, m.Priority)
		require.Equal(t, card.WantVersion+7, m.WantVersion)
		require.Equal(t, alerts.ThreadMessage, w.post("2").Kind)
		require.Zero(t, w.idle())
	})

	t.Run("a click overtakes a count that was put off", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		w.ingest(w.signal("1", "acme"))
		w.post("1")
		w.ingest(w.signal("2", "acme"))
		lane := w.claim()
		m, _, err := w.NextMessage(t.Context(), lane)
		require.NoError(t, err)
		require.NoError(t, w.RetryMessage(t.Context(), lane, m.ID, w.clock.now().Add(time.Minute), false, ""))
		require.NoError(t, w.ReleaseLane(t.Context(), lane, time.Time{}))
		w.ingest(w.signal("3", "acme"))
		require.Equal(t, w.clock.now().Add(time.Minute), w.idle(), "another count waits with it")
		_, err = w.UpdateAlert(t.Context(), w.only().Alert.ID, "", acknowledge("U1", w.clock.now()))
		require.NoError(t, err)
		require.Zero(t, w.next("#cs-alerts").Attempts)
		require.Equal(t, m.ID, w.post("1").ID)
	})

	t.Run("a redraw does not hurry a post that is put off", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		w.ingest(w.signal("1", "acme"))
		lane := w.claim()
		m, _, err := w.NextMessage(t.Context(), lane)
		require.NoError(t, err)
		due := w.clock.now().Add(time.Minute)
		require.NoError(t, w.RetryMessage(t.Context(), lane, m.ID, due, false, "ratelimited"))
		require.NoError(t, w.ReleaseLane(t.Context(), lane, time.Time{}))
		_, err = w.UpdateAlert(t.Context(), w.only().Alert.ID, "", acknowledge("U1", w.clock.now()))
		require.NoError(t, err)
		require.Equal(t, due, w.idle())
		w.clock.pass(time.Minute)
		require.Equal(t, 1, w.next("#cs-alerts").Attempts)
		w.post("1")
		got, err := w.Message(t.Context(), m.ID)
		require.NoError(t, err)
		require.Zero(t, got.Attempts)
		require.Equal(t, "1", got.TS)
	})

	t.Run("a version wanted while posting is sent afterwards", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		w.ingest(w.signal("1", "acme"))
		lane := w.claim()
		m, _, err := w.NextMessage(t.Context(), lane)
		require.NoError(t, err)
		w.ingest(w.signal("2", "acme"))
		w.finish(lane, m, "1")
		again, ok, err := w.NextMessage(t.Context(), lane)
		require.NoError(t, err)
		require.True(t, ok)
		require.Equal(t, m.ID, again.ID)
		require.Equal(t, int64(1), again.DoneVersion)
	})

	t.Run("a post without an answer is uncertain until there is one", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		w.ingest(w.signal("1", "acme"), w.signal("2", "globex"))
		lane := w.claim()
		m, _, err := w.NextMessage(t.Context(), lane)
		require.NoError(t, err)
		require.NoError(t, w.StartPost(t.Context(), lane, m.ID))
		uncertain := func() []alerts.Message {
			list, err := w.Uncertain(t.Context(), lane)
			require.NoError(t, err)
			return list
		}
		require.Len(t, uncertain(), 1)
		require.Equal(t, w.clock.now(), uncertain()[0].TriedAt)
		require.NoError(t, w.RetryMessage(t.Context(), lane, m.ID, w.clock.now().Add(3*time.Second), true, "timeout"))
		require.Len(t, uncertain(), 1)

		other, ok, err := w.NextMessage(t.Context(), lane)
		require.NoError(t, err)
		require.True(t, ok)
		w.finish(lane, other, "200.000000")
		require.NoError(t, w.ReleaseLane(t.Context(), lane, time.Time{}))
		w.clock.pass(3 * time.Second)
		lane = w.claim()
		require.Empty(t, lane.LastTS, "not beyond a post that may have been before")

		require.NoError(t, w.RetryMessage(t.Context(), lane, m.ID, w.clock.now(), false, "not in history"))
		require.Empty(t, uncertain())
		require.NoError(t, w.StartPost(t.Context(), lane, m.ID))
		w.finish(lane, m, "300.000000")
		require.Empty(t, uncertain())
		w.ingest(w.signal("3", "acme"))
		require.NoError(t, w.ReleaseLane(t.Context(), lane, time.Time{}))
		require.Equal(t, "300.000000", w.claim().LastTS)
	})

	t.Run("given up is given up until revived", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		w.ingest(w.signal("1", "acme"))
		id := w.only().Alert.ID
		w.place(alerts.PingMessage, id, "#cs-alerts", alerts.PriorityPost)
		lane := w.claim()
		m, _, err := w.NextMessage(t.Context(), lane)
		require.NoError(t, err)
		require.Equal(t, alerts.CardMessage, m.Kind, "the ping replies to it")
		require.NoError(t, w.FailMessage(t.Context(), lane, m.ID, "channel_not_found"))
		got, err := w.Message(t.Context(), m.ID)
		require.NoError(t, err)
		require.Equal(t, "channel_not_found", got.Error)
		require.NoError(t, w.ReleaseLane(t.Context(), lane, time.Time{}))

		ping := w.post("1")
		require.Equal(t, alerts.PingMessage, ping.Kind)
		require.Empty(t, ping.ParentID, "into the channel")
		require.NoError(t, w.AddPlace(t.Context(), alerts.Place{Kind: alerts.PingMessage, Subject: id, Target: "#cs-alerts", Slot: "2"}))
		require.Empty(t, w.post("2").ParentID)

		w.ingest(w.signal("2", "acme"))
		w.place(alerts.CardMessage, id, "#cs-alerts", alerts.PriorityPost)
		require.Zero(t, w.idle())
		n, err := w.Revive(t.Context(), "#cs-alerts")
		require.NoError(t, err)
		require.Equal(t, 1, n)
		require.Equal(t, m.ID, w.post("1").ID)
	})

	t.Run("there is no such message", func(t *testing.T) {
		t.Parallel()
		_, err := open(t).Message(t.Context(), "none")
		require.ErrorIs(t, err, alerts.ErrNotFound)
	})
}

func testPlaces(t *testing.T, open opener) {
	t.Run("a place is one message however often it is asked for", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		place := alerts.Place{Kind: alerts.NoticeMessage, Subject: "s", Target: "#a", Slot: "x", Priority: alerts.PriorityPost, Body: []byte(`{"Text":"hello"}`)}
		var wg sync.WaitGroup
		for range 5 {
			wg.Go(func() {
				if err := w.AddPlace(t.Context(), place); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		m := w.post("1")
		require.JSONEq(t, `{"Text":"hello"}`, string(m.Body))
		require.Equal(t, "post:#a", m.Lane)
		require.Equal(t, alerts.Target("#a"), m.Target)
		require.Equal(t, "x", m.Slot)
		require.Zero(t, w.idle())
	})

	t.Run("later, and held", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		due := w.clock.now().Add(time.Hour)
		require.NoError(t, w.AddPlace(t.Context(), alerts.Place{Kind: alerts.NoticeMessage, Subject: "1", Target: "#a", DueAt: due}))
		require.NoError(t, w.AddPlace(t.Context(), alerts.Place{Kind: alerts.NoticeMessage, Subject: "2", Target: "#b", Hold: "quiet hours"}))
		require.Equal(t, due, w.idle())
		w.clock.pass(time.Hour)
		require.Equal(t, "1", w.post("1").Subject)
		require.Zero(t, w.idle())
	})

	t.Run("a change waits for the lane before it touches a message", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		w.ingest(w.signal("1", "acme"))
		id := w.only().Alert.ID
		w.post("1.1")
		if strings.HasPrefix(w.url, "sqlite") {
			t.Skip("SQLite has one writer")
		}
		db := w.db()
		publisher, err := db.Beginx() // as FinishPost does: first the lane, then the message
		require.NoError(t, err)
		defer func() { _ = publisher.Rollback() }()
		_, err = publisher.Exec(`UPDATE lanes SET last_ts = '1.2' WHERE name = 'post:#cs-alerts'`)
		require.NoError(t, err)
		tries := make(chan int, 1)
		go func() {
			tried := 0
			_, err := w.UpdateAlert(t.Context(), id, "", func(a alerts.Alert) (alerts.Result, error) {
				tried++
				return alerts.Result{
					Alert: a, Redraw: true, History: []alerts.Entry{{What: alerts.DidEscalate}},
					Places: []alerts.Place{{Kind: alerts.PingMessage, Subject: id, Target: "#cs-alerts"}},
				}, nil
			})
			if err != nil {
				t.Error(err)
			}
			tries <- tried
		}()
		require.Eventually(t, func() bool {
			waiting := 0
			err := db.Get(&waiting, `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`)
			return err == nil && waiting > 0
		}, 20*time.Second, 10*time.Millisecond)
		_, err = publisher.Exec(`UPDATE messages SET ts = '1.2' WHERE kind = 'card'`)
		require.NoError(t, err)
		require.NoError(t, publisher.Commit())
		require.Equal(t, 1, <-tries, "no deadlock made it start again")
	})

	t.Run("a second card has a thread that tells the story so far", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		w.ingest(w.signal("1", "acme"))
		id := w.only().Alert.ID
		_, err := w.UpdateAlert(t.Context(), id, "", acknowledge("U1", w.clock.now()))
		require.NoError(t, err)
		w.post("1")
		w.post("2")
		w.place(alerts.CardMessage, id, "#urgent", alerts.PriorityPost)
		require.NoError(t, w.AddPlace(t.Context(), alerts.Place{Kind: alerts.PingMessage, Subject: id, Target: "#urgent", Slot: "m"}))
		card := w.post("3")
		require.Equal(t, alerts.CardMessage, card.Kind)
		ping := w.post("4")
		require.Equal(t, alerts.PingMessage, ping.Kind)
		require.Equal(t, card.ID, ping.ParentID, "a reply to the card of its own channel")
		thread := w.post("5")
		require.Equal(t, card.ID, thread.ParentID)
		require.Equal(t, int64(2), thread.WantVersion)
		require.Zero(t, w.idle())

		_, err = w.UpdateAlert(t.Context(), id, "", func(a alerts.Alert) (alerts.Result, error) {
			return alerts.Result{Alert: a, Redraw: true, Priority: alerts.PriorityClick, History: []alerts.Entry{{What: alerts.DidNote}}}, nil
		})
		require.NoError(t, err)
		depths, err := w.Depths(t.Context())
		require.NoError(t, err)
		require.Equal(t, 4, depths.Messages, "two cards and two threads")
	})
}

func testBudgets(t *testing.T, open opener) {
	w := open(t)
	other := w.replica()
	steady := storage.Budget{Name: "steady", Interval: time.Second}
	take := func(s *storage.Store, b storage.Budget) (bool, time.Time) {
		ok, at, err := s.TakeBudget(t.Context(), b)
		if err != nil {
			t.Error(err)
		}
		return ok, at
	}
	// rush is how many of eight callers get a call now.
	rush := func(b storage.Budget) int {
		var taken atomic.Int64
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				if ok, _ := take([]*storage.Store{w.Store, other}[i%2], b); ok {
					taken.Add(1)
				}
			})
		}
		wg.Wait()
		return int(taken.Load())
	}
	ok, _ := take(w.Store, steady)
	require.True(t, ok)
	ok, at := take(other, steady)
	require.False(t, ok)
	require.Equal(t, w.clock.now().Add(time.Second), at)
	w.clock.pass(time.Second)
	require.Equal(t, 1, rush(steady))

	updates := storage.Budget{Name: "chat.update", Interval: time.Second, Burst: 5}
	require.Equal(t, 5, rush(updates), "a few at once")
	_, at = take(w.Store, updates)
	require.Equal(t, w.clock.now().Add(time.Second), at)
	w.clock.pass(2 * time.Second)
	require.Equal(t, 2, rush(updates), "then at the pace")
	w.clock.pass(time.Minute)
	require.Equal(t, 5, rush(updates), "left alone, a few again and no more")

	until := w.clock.now().Add(30 * time.Second)
	require.NoError(t, w.SetBudget(t.Context(), updates, until))
	require.NoError(t, w.SetBudget(t.Context(), updates, w.clock.now()), "never back")
	require.NoError(t, w.SetBudget(t.Context(), storage.Budget{Name: "another"}, w.clock.now()))
	ok, at = take(other, updates)
	require.False(t, ok)
	require.Equal(t, until, at)
	w.clock.pass(30 * time.Second)
	require.Equal(t, 1, rush(updates), "no burst into a limit that has just ended")
}
