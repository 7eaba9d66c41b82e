package storage_test

import (
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"journeybot/alerts"
	"journeybot/journey"
	"journeybot/storage"
)

// storm opens n alerts of one kind in #cs-alerts and folds all of them into a bundle, whose row it returns.
func (w *world) storm(n int) alerts.Message {
	w.tb.Helper()
	for i := range n {
		w.seq++
		w.ingest(w.signal(fmt.Sprint("storm", w.seq), fmt.Sprintf("account%d", i)))
		w.clock.pass(time.Second)
	}
	lane := w.claim()
	w.fold(lane, "")
	m, ok, err := w.NextMessage(w.tb.Context(), lane)
	require.NoError(w.tb, err)
	require.True(w.tb, ok)
	require.Equal(w.tb, alerts.BundleMessage, m.Kind)
	require.NoError(w.tb, w.ReleaseLane(w.tb.Context(), lane, time.Time{}))
	return m
}

// fold puts everything that waits in the lane into a bundle and returns how much that was.
func (w *world) fold(lane storage.Lane, bundle string) int {
	w.tb.Helper()
	f := alerts.Folding{Kind: alerts.HealthShift, Bundle: bundle}
	for _, c := range w.gust(lane).Cards {
		if c.PostedAt.IsZero() {
			f.Cards = append(f.Cards, c)
		}
	}
	require.NoError(w.tb, w.FoldCards(w.tb.Context(), lane, f))
	return len(f.Cards)
}

func (w *world) gust(lane storage.Lane) alerts.Gust {
	w.tb.Helper()
	gust, err := w.Gust(w.tb.Context(), lane, w.clock.now().Add(-time.Minute), w.clock.now().Add(-10*time.Minute))
	require.NoError(w.tb, err)
	return gust
}

func (w *world) page(id string, limit, offset int) alerts.BundleView {
	w.tb.Helper()
	view, err := w.BundleView(w.tb.Context(), id, limit, offset)
	require.NoError(w.tb, err)
	return view
}

func bundleOf(t *testing.T, m alerts.Message) alerts.Bundle {
	t.Helper()
	var b alerts.Bundle
	require.NoError(t, json.Unmarshal(m.Body, &b))
	return b
}

func testBundles(t *testing.T, open opener) {
	t.Run("what waits and what was posted", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		w.ingest(w.signal("1", "acme"), w.signal("2", "globex"))
		posted := w.post("1")
		w.clock.pass(30 * time.Second)
		lane := storage.Lane{Name: "post:#cs-alerts"}
		cards := w.gust(lane).Cards
		require.Len(t, cards, 2)
		require.Equal(t, posted.ID, cards[0].Message)
		require.Equal(t, w.clock.now().Add(-30*time.Second), cards[0].PostedAt)
		require.Equal(t, alerts.GustCard{Message: cards[1].Message, Alert: cards[1].Alert, Kind: alerts.HealthShift, Severity: alerts.High}, cards[1])
		w.clock.pass(30 * time.Second)
		require.Len(t, w.gust(lane).Cards, 1, "what was posted a minute ago is forgotten")
		require.Empty(t, w.gust(storage.Lane{Name: "post:#other"}).Cards)
	})

	t.Run("a bundle stands for its cards", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		w.change("account1", func(a *journey.Account) { a.ARR = new(int64); *a.ARR = 500 })
		began := w.clock.now()
		m := w.storm(3)
		require.Equal(t, alerts.Target("#cs-alerts"), m.Target)
		require.Equal(t, alerts.Bundle{Kind: alerts.HealthShift, Since: began.Add(3 * time.Second), Last: began.Add(3 * time.Second)}, bundleOf(t, m))

		view := w.page(m.ID, 2, 0)
		require.Equal(t, 3, view.Total)
		require.Equal(t, 3, view.Accounts)
		require.Equal(t, int64(500), view.ARR)
		require.Equal(t, map[alerts.Status]int{alerts.Open: 3}, view.Statuses)
		require.Equal(t, []string{"account1", "account0"}, []string{view.Rows[0].Account.ID, view.Rows[1].Account.ID}, "the largest first")
		require.Equal(t, "account2", w.page(m.ID, 2, 2).Rows[0].Account.ID)

		require.Equal(t, m.ID, w.post("1").ID)
		require.Zero(t, w.idle(), "neither cards nor threads")
		_, err := w.UpdateAlert(t.Context(), view.Rows[0].Alert.ID, "", acknowledge("U1", w.clock.now()))
		require.NoError(t, err)
		redraw := w.post("1")
		require.Equal(t, m.ID, redraw.ID, "a change of an alert redraws the bundle")
		require.Equal(t, alerts.PriorityClick, redraw.Priority)
		require.Zero(t, w.idle())
		require.Equal(t, 2, w.page(m.ID, 9, 0).Statuses[alerts.Open])
		_, err = w.BundleView(t.Context(), "none", 1, 0)
		require.ErrorIs(t, err, alerts.ErrNotFound)

		live, _, err := w.LiveAlerts(t.Context(), alerts.Filter{Channel: "#cs-alerts"})
		require.NoError(t, err)
		require.Len(t, live, 3, "they stand in the channel all the same")
	})

	t.Run("more come in, and it is drawn again at its end", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		m := w.storm(2)
		end := w.clock.now().Add(10 * time.Minute)
		lane := w.claim()
		require.NoError(t, w.FinishPost(t.Context(), lane, storage.Sent{ID: m.ID, Channel: "C1", TS: "1", Version: 1, State: "1", Again: end}))
		require.NoError(t, w.ReleaseLane(t.Context(), lane, time.Time{}))
		require.Equal(t, end, w.idle())
		depths, err := w.Depths(t.Context())
		require.NoError(t, err)
		require.Zero(t, depths.Messages, "nothing waits")

		w.ingest(w.signal("more", "another"))
		lane = w.claim()
		gust := w.gust(lane)
		require.Len(t, gust.Bundles, 1)
		require.Equal(t, m.ID, gust.Bundles[0].Message)
		require.Equal(t, 1, w.fold(lane, m.ID))
		grown, ok, err := w.NextMessage(t.Context(), lane)
		require.NoError(t, err)
		require.True(t, ok)
		require.Equal(t, m.ID, grown.ID)
		require.Equal(t, "1", grown.DoneState)
		require.Equal(t, w.clock.now(), grown.PostedAt)
		require.Zero(t, grown.DrawnAt)
		w.clock.pass(time.Second)
		require.NoError(t, w.FinishPost(t.Context(), lane, storage.Sent{ID: m.ID, Channel: "C1", TS: "1", Version: grown.WantVersion, Drawn: true}))
		drawn, err := w.Message(t.Context(), m.ID)
		require.NoError(t, err)
		require.Equal(t, w.clock.now(), drawn.DrawnAt)
		require.Equal(t, grown.PostedAt, drawn.PostedAt)
		require.Equal(t, grown.PostedAt, bundleOf(t, grown).Last)
		require.Equal(t, 3, w.page(m.ID, 9, 0).Total)

		b, number := bundleOf(t, grown).Show([]string{"x"})
		require.Equal(t, 1, number)
		require.NoError(t, w.KeepBundle(t.Context(), grown, b))
		require.ErrorIs(t, w.KeepBundle(t.Context(), grown, b), storage.ErrLeaseLost, "it is another one now")
		require.Equal(t, b.Revisions, w.page(m.ID, 0, 0).Bundle.Revisions)
	})

	t.Run("who owns what of it", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		m := w.storm(3)
		give := func(account, owner, ref string) string {
			views, _, err := w.LiveAlerts(t.Context(), alerts.Filter{Account: account})
			require.NoError(t, err)
			_, err = w.UpdateAlert(t.Context(), views[0].Alert.ID, "", func(a alerts.Alert) (alerts.Result, error) {
				a.Owner, a.OwnerRef = owner, ref
				return alerts.Result{Alert: a, Redraw: true}, nil
			})
			require.NoError(t, err)
			return views[0].Alert.ID
		}
		mine, other := give("account0", "U1", ""), give("account1", "U1", "")
		nobodys := give("account2", "", "x@example.com")
		ids, err := w.BundledOf(t.Context(), m.ID, "U1")
		require.NoError(t, err)
		require.Equal(t, []string{mine, other}, ids)
		require.Equal(t, []string{"U1"}, w.page(m.ID, 0, 0).Owners)
		_, err = w.UpdateAlert(t.Context(), mine, "", acknowledge("U1", w.clock.now()))
		require.NoError(t, err)
		ids, err = w.BundledOf(t.Context(), m.ID, "U1")
		require.NoError(t, err)
		require.Equal(t, []string{other}, ids)
		ids, err = w.BundledUnowned(t.Context(), m.ID)
		require.NoError(t, err)
		require.Equal(t, []string{nobodys}, ids)
	})

	t.Run("a ping replies to the bundle, until the alert stands by itself", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		m := w.storm(2)
		id := w.page(m.ID, 9, 0).Rows[0].Alert.ID
		ping := func(slot string) {
			require.NoError(t, w.AddPlace(t.Context(), alerts.Place{Kind: alerts.PingMessage, Subject: id, Target: "#cs-alerts", Slot: slot}))
		}
		ping("1")
		require.Equal(t, m.ID, w.post("1").ID)
		require.Equal(t, m.ID, w.post("2").ParentID)

		_, err := w.UpdateAlert(t.Context(), id, "", acknowledge("U1", w.clock.now()))
		require.NoError(t, err)
		require.Equal(t, m.ID, w.post("1").ID)
		apart, err := w.StandApart(t.Context(), id, m.ID)
		require.NoError(t, err)
		require.True(t, apart)
		apart, err = w.StandApart(t.Context(), id, m.ID)
		require.NoError(t, err)
		require.False(t, apart, "it does already")
		card := w.post("3")
		require.Equal(t, alerts.CardMessage, card.Kind)
		require.Equal(t, m.ID, card.ViaID)
		thread := w.post("4")
		require.Equal(t, card.ID, thread.ParentID)
		require.Zero(t, thread.DoneVersion, "it tells what was done while it was in the bundle")
		ping("2")
		require.Equal(t, card.ID, w.post("5").ParentID)
		require.Equal(t, 2, w.page(m.ID, 9, 0).Total, "the bundle goes on listing it")
		require.Empty(t, w.gust(storage.Lane{Name: "post:#cs-alerts"}).Cards, "and it is not folded again")
	})

	t.Run("what waits for its card replies to the bundle too", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		w.ingest(w.signal("1", "acme"))
		id := w.only().Alert.ID
		require.NoError(t, w.AddPlace(t.Context(), alerts.Place{Kind: alerts.PingMessage, Subject: id, Target: "#cs-alerts", Slot: "1"}))
		lane := w.claim()
		w.fold(lane, "")
		require.NoError(t, w.ReleaseLane(t.Context(), lane, time.Time{}))
		m := w.post("1")
		require.Equal(t, alerts.BundleMessage, m.Kind)
		require.Equal(t, m.ID, w.post("2").ParentID)
	})

	t.Run("an alert that leaves by itself", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		m := w.storm(2)
		w.post("1")
		id := w.page(m.ID, 9, 0).Rows[1].Alert.ID
		_, err := w.UpdateAlert(t.Context(), id, "", func(a alerts.Alert) (alerts.Result, error) {
			a.Severity = alerts.Critical
			return alerts.Result{Alert: a, Redraw: true, Priority: alerts.PriorityCritical, Apart: true}, nil
		})
		require.NoError(t, err)
		card := w.next("#cs-alerts")
		if card.Kind == alerts.BundleMessage {
			w.post("1")
			card = w.next("#cs-alerts")
		}
		require.Equal(t, id, card.Subject)
		require.Equal(t, alerts.PriorityCritical, card.Priority)
	})

	t.Run("a release takes nothing out of a bundle", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		m := w.storm(2)
		w.post("1")
		_, err := w.UpdateAlert(t.Context(), w.page(m.ID, 9, 0).Rows[0].Alert.ID, "", func(a alerts.Alert) (alerts.Result, error) {
			return alerts.Result{Alert: a, Release: true}, nil
		})
		require.NoError(t, err)
		require.Zero(t, w.idle())
	})

	t.Run("a bundle that is given up frees its cards", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		m := w.storm(2)
		id := w.page(m.ID, 9, 0).Rows[0].Alert.ID
		require.NoError(t, w.AddPlace(t.Context(), alerts.Place{Kind: alerts.PingMessage, Subject: id, Target: "#cs-alerts", Slot: "1"}))
		lane := w.claim()
		require.NoError(t, w.FailMessage(t.Context(), lane, m.ID, "invalid_blocks"))
		gust := w.gust(lane)
		require.Len(t, gust.Cards, 2)
		require.Len(t, gust.Bundles, 1)
		require.True(t, gust.Bundles[0].Failed)
		require.NoError(t, w.ReleaseLane(t.Context(), lane, time.Time{}))
		kinds := map[alerts.MessageKind]int{}
		for i := range 3 {
			kinds[w.post(fmt.Sprint(i)).Kind]++
		}
		require.Equal(t, map[alerts.MessageKind]int{alerts.CardMessage: 2, alerts.PingMessage: 1}, kinds)
		require.Zero(t, w.idle())
	})

	t.Run("a bundle whose channel takes messages again stands for its cards again", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		m := w.storm(2)
		w.post("1")
		_, err := w.UpdateAlert(t.Context(), w.page(m.ID, 9, 0).Rows[0].Alert.ID, "", acknowledge("U1", w.clock.now()))
		require.NoError(t, err)
		lane := w.claim()
		require.NoError(t, w.FailMessage(t.Context(), lane, m.ID, "is_archived"))
		for range 2 {
			card, ok, err := w.NextMessage(t.Context(), lane)
			require.NoError(t, err)
			require.True(t, ok)
			require.Equal(t, alerts.CardMessage, card.Kind, "they are wanted, say to go elsewhere")
			require.NoError(t, w.FailMessage(t.Context(), lane, card.ID, "is_archived"))
		}
		require.NoError(t, w.ReleaseLane(t.Context(), lane, time.Time{}))
		require.Equal(t, 2, w.page(m.ID, 9, 0).Total)
		revived, err := w.Revive(t.Context(), "#cs-alerts")
		require.NoError(t, err)
		require.Equal(t, 3, revived)
		require.Equal(t, m.ID, w.post("1").ID)
		require.Zero(t, w.idle(), "no card by itself")
	})

	t.Run("only who holds the lane folds", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		w.ingest(w.signal("1", "acme"))
		lost, ok, _, err := w.ClaimLane(t.Context(), 0)
		require.NoError(t, err)
		require.True(t, ok)
		held := w.claim()
		f := alerts.Folding{Kind: alerts.HealthShift, Cards: w.gust(lost).Cards}
		require.ErrorIs(t, w.FoldCards(t.Context(), lost, f), storage.ErrLeaseLost)
		require.Empty(t, w.gust(held).Bundles, "nothing is left of it")
		require.NoError(t, w.FoldCards(t.Context(), held, f))
		require.ErrorIs(t, w.FoldCards(t.Context(), held, f), storage.ErrLeaseLost, "they are folded already")
	})

	// Clicks, events and folding at once, on two replicas: nothing is lost, nothing stands twice, nobody waits for ever.
	t.Run("two replicas", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		m := w.storm(6)
		view := w.page(m.ID, 9, 0)
		other := w.replica()
		var wg sync.WaitGroup
		for i, row := range view.Rows {
			wg.Go(func() {
				_, err := other.UpdateAlert(t.Context(), row.Alert.ID, "", acknowledge(fmt.Sprint("U", i), w.clock.now()))
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Go(func() {
			for i := range 5 {
				if _, err := w.Ingest(t.Context(), []alerts.Event{
					w.signal(fmt.Sprint("new", i), fmt.Sprint("new", i)), w.signal(fmt.Sprint("again", i), fmt.Sprint("account", i)),
				}, rules); err != nil {
					t.Error(err)
				}
			}
		})
		wg.Go(func() {
			for n := 0; n < 5; {
				lane, ok, _, err := other.ClaimLane(t.Context(), lease)
				if err != nil {
					t.Error(err)
					return
				}
				if !ok {
					continue
				}
				gust, err := other.Gust(t.Context(), lane, w.clock.now(), w.clock.now())
				if err != nil {
					t.Error(err)
				}
				if len(gust.Cards) > 0 {
					n += len(gust.Cards)
					if err := other.FoldCards(t.Context(), lane, alerts.Folding{Kind: alerts.HealthShift, Bundle: m.ID, Cards: gust.Cards}); err != nil {
						t.Error(err)
						return
					}
				}
				if err := other.ReleaseLane(t.Context(), lane, time.Time{}); err != nil {
					t.Error(err)
				}
			}
		})
		wg.Wait()
		after := w.page(m.ID, 20, 0)
		require.Equal(t, 11, after.Total)
		require.Equal(t, map[alerts.Status]int{alerts.Open: 5, alerts.Acknowledged: 6}, after.Statuses)
	})
}
