package storage_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"journeybot/alerts"
	"journeybot/journey"
)

func testQuiet(t *testing.T, open opener) {
	t.Run("a mute is kept with what it holds, and ends with it", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		rules := &alerts.Rules{}
		w.judged(w.health("1", "acme", journey.HealthRed), w.health("2", "other", journey.HealthRed))
		now := w.clock.now()
		mute := alerts.Mute{ID: "m1", Account: "acme", MuteSpan: alerts.MuteSpan{Until: now.Add(48 * time.Hour), By: alerts.Actor{UserID: "U1"}, Reason: "migration"}}
		for range 2 { // a command that is delivered twice
			require.NoError(t, w.Reconsider(t.Context(), []string{"acme"}, func(ws *alerts.WorkingSet) { rules.Mute(ws, mute, now) }))
		}
		var id string
		for _, v := range w.lists(alerts.Filter{Account: "acme"}) {
			id = v.Alert.ID
			require.Equal(t, alerts.Hold{Reason: alerts.HoldMute, Until: now.Add(48 * time.Hour), By: "m1"}, v.Alert.Hold)
			require.Equal(t, "U1", v.Mute.By.UserID)
			require.Equal(t, "migration", v.Mute.Reason)
		}
		require.Empty(t, w.lists(alerts.Filter{Account: "other"})[0].Alert.Hold.Reason)
		view, err := w.AccountView(t.Context(), "acme")
		require.NoError(t, err)
		require.Len(t, view.Muting, 1)
		require.Equal(t, "m1", view.Muting[0].ID)
		account, err := w.MutedAccount(t.Context(), "m1")
		require.NoError(t, err)
		require.Equal(t, "acme", account)
		_, err = w.MutedAccount(t.Context(), "none")
		require.ErrorIs(t, err, alerts.ErrNotFound)

		ids, next, err := w.DueMutes(t.Context(), 10)
		require.NoError(t, err)
		require.Empty(t, ids)
		require.Equal(t, now.Add(48*time.Hour), next.UTC())
		w.clock.pass(48 * time.Hour)
		ids, _, err = w.DueMutes(t.Context(), 10)
		require.NoError(t, err)
		require.Equal(t, []string{"acme"}, ids)

		var replicas sync.WaitGroup
		for range 2 {
			replicas.Go(func() {
				if err := w.Reconsider(t.Context(), ids, func(ws *alerts.WorkingSet) { rules.ExpireMutes(ws, "acme", w.clock.now()) }); err != nil {
					t.Error(err)
				}
			})
		}
		replicas.Wait()
		why, err := w.Why(t.Context(), id)
		require.NoError(t, err)
		require.Empty(t, why.Alert.Hold.Reason)
		unmuted := 0
		for _, e := range why.History {
			if e.What == alerts.DidUnmute {
				unmuted++
			}
		}
		require.Equal(t, 1, unmuted, "two replicas end it once")
		require.Equal(t, int64(1), w.number(`SELECT count(*) FROM messages WHERE kind = 'notice' AND subject = 'mute:m1' AND target = '@U1'`))
		ids, next, err = w.DueMutes(t.Context(), 10)
		require.NoError(t, err)
		require.Empty(t, ids)
		require.Zero(t, next)
	})

	t.Run("the working set knows what was posted, and counts what a mute held", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		w.ingest(w.signal("1", "acme"))
		id := w.only().Alert.ID
		shown := w.clock.now().Add(-time.Hour)
		w.alter(id, func(a *alerts.Alert) { a.ShownAt = shown })
		require.NoError(t, w.Reconsider(t.Context(), []string{"acme"}, func(ws *alerts.WorkingSet) {
			require.Equal(t, map[string]time.Time{id: shown}, ws.Posts["acme"][alerts.HealthShift])
			rules := &alerts.Rules{}
			rules.Mute(ws, alerts.Mute{ID: "m", Account: "acme", MuteSpan: alerts.MuteSpan{Until: w.clock.now().Add(time.Hour)}}, w.clock.now())
		}))
		w.alter(id, func(a *alerts.Alert) { a.Status, a.ClosedAt = alerts.Resolved, w.clock.now() })
		require.NoError(t, w.Reconsider(t.Context(), []string{"acme"}, func(ws *alerts.WorkingSet) {
			require.Equal(t, 1, ws.Mutes["acme"][0].Over)
		}))
	})

	t.Run("a release keeps what is due later", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		w.ingest(w.signal("1", "acme"))
		id, morning := w.only().Alert.ID, w.clock.now().Add(8*time.Hour)
		_, err := w.UpdateAlert(t.Context(), id, "", func(a alerts.Alert) (alerts.Result, error) {
			a.Hold = alerts.Hold{Reason: alerts.HoldHours}
			place := func(target alerts.Target, at time.Time) alerts.Place {
				return alerts.Place{Kind: alerts.CardMessage, Subject: id, Target: target, Hold: "hours", DueAt: at}
			}
			return alerts.Result{Alert: a, Places: []alerts.Place{place("#soon", time.Time{}), place("#late", morning)}}, nil
		})
		require.NoError(t, err)
		_, err = w.UpdateAlert(t.Context(), id, "", func(a alerts.Alert) (alerts.Result, error) {
			a.Hold = alerts.Hold{}
			return alerts.Result{Alert: a, Release: true}, nil
		})
		require.NoError(t, err)
		require.Zero(t, w.number(`SELECT count(*) FROM messages WHERE hold <> ''`))
		w.next("#soon")
		require.Equal(t, morning.UnixMicro(), w.number(`SELECT due_at FROM messages WHERE target = '#late' AND kind = 'card'`))
	})

	t.Run("cards beside an alert are drawn again when they count it", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		w.ingest(w.signal("1", "acme"))
		shown := w.only().Alert.ID
		second := w.signal("2", "acme")
		second.Signal.About = "another"
		w.ingest(second)
		var held string
		for _, v := range w.lists(alerts.Filter{}) {
			if v.Alert.ID != shown {
				held = v.Alert.ID
			}
		}
		before := w.number(`SELECT want_version FROM messages WHERE kind = 'card' AND subject = '` + shown + `'`)
		_, err := w.UpdateAlert(t.Context(), held, "", func(a alerts.Alert) (alerts.Result, error) {
			a.Hold = alerts.Hold{Reason: alerts.HoldThrottle}
			return alerts.Result{Alert: a, Beside: true}, nil
		})
		require.NoError(t, err)
		require.NotEqual(t, before, w.number(`SELECT want_version FROM messages WHERE kind = 'card' AND subject = '`+shown+`'`))
		view, err := w.AlertView(t.Context(), shown)
		require.NoError(t, err)
		require.Equal(t, 1, view.Beside.Held)
		require.Equal(t, w.clock.now(), view.Beside.Since.UTC())
		view, err = w.AlertView(t.Context(), held)
		require.NoError(t, err)
		require.Zero(t, view.Beside)
	})

	t.Run("an account that wants no contact is kept", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		w.ingest(w.signal("1", "acme"))
		w.change("acme", func(a *journey.Account) { a.DoNotContact = true })
		view, err := w.AccountView(t.Context(), "acme")
		require.NoError(t, err)
		require.True(t, view.Account.DoNotContact)
	})
}

// lists are the live alerts that a filter selects.
func (w *world) lists(f alerts.Filter) []alerts.View {
	w.tb.Helper()
	views, _, err := w.LiveAlerts(w.tb.Context(), f)
	require.NoError(w.tb, err)
	require.NotEmpty(w.tb, views)
	return views
}

// alter sets what an alert is, past all rules.
func (w *world) alter(id string, set func(*alerts.Alert)) {
	w.tb.Helper()
	_, err := w.UpdateAlert(w.tb.Context(), id, "", func(a alerts.Alert) (alerts.Result, error) {
		set(&a)
		return alerts.Result{Alert: a, Redraw: true, Priority: alerts.PriorityPost}, nil
	})
	require.NoError(w.tb, err)
}

func testAttention(t *testing.T, open opener) {
	yes := func([]alerts.Interruption, alerts.Spent) bool { return true }
	ping := func(w *world, slot string, n alerts.Notice) string {
		w.tb.Helper()
		require.NoError(w.tb, w.AddPlace(w.tb.Context(), alerts.Place{
			Kind: alerts.PingMessage, Subject: n.AlertID, Target: "@U1", Slot: slot, Priority: alerts.PriorityPost, Body: []byte(`{"Text":"x","Asked":` + map[bool]string{true: "true", false: "false"}[n.Asked] + `}`),
		}))
		return w.text(`SELECT id FROM messages WHERE slot = '` + slot + `'`)
	}
	t.Run("what waits for a person, and what was spent", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		w.ingest(w.signal("1", "acme"))
		id := w.only().Alert.ID
		w.alter(id, func(a *alerts.Alert) { a.Owner, a.Severity = "U1", alerts.High })
		arr := int64(84_000_00)
		w.change("acme", func(a *journey.Account) { a.ARR, a.RenewalDate = &arr, 20270220 })
		first := ping(w, "a", alerts.Notice{AlertID: id})
		ping(w, "asked", alerts.Notice{AlertID: id, Asked: true})
		card := w.text(`SELECT id FROM messages WHERE kind = 'card'`)
		taken, err := w.Interrupt(t.Context(), "U1", 20261124, first, func(waiting []alerts.Interruption, spent alerts.Spent) bool {
			require.Zero(t, spent.All)
			require.Equal(t, []alerts.Interruption{
				{Message: card, Account: "acme", Severity: alerts.High, ARR: &arr, Renewal: 20270220}, {Message: first, Account: "acme", Severity: alerts.High, ARR: &arr, Renewal: 20270220},
			}, waiting)
			return true
		})
		require.NoError(t, err)
		require.True(t, taken)
		taken, err = w.Interrupt(t.Context(), "U1", 20261124, card, func(waiting []alerts.Interruption, spent alerts.Spent) bool {
			require.Len(t, waiting, 1)
			require.Equal(t, alerts.Spent{All: 1, About: map[string]int{"acme": 1}}, spent)
			return false
		})
		require.NoError(t, err)
		require.False(t, taken)
		taken, err = w.Interrupt(t.Context(), "U1", 20261124, card, yes)
		require.NoError(t, err)
		require.False(t, taken, "what was decided stays")
		_, err = w.Interrupt(t.Context(), "U1", 20261125, ping(w, "b", alerts.Notice{AlertID: id}), func(_ []alerts.Interruption, spent alerts.Spent) bool {
			require.Zero(t, spent.All, "a new day")
			return true
		})
		require.NoError(t, err)
	})

	t.Run("replicas share a budget", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		w.ingest(w.signal("1", "acme"))
		id := w.only().Alert.ID
		budget := alerts.Budget{PerPerson: 3}
		messages := make([]string, 8)
		for i := range messages {
			messages[i] = ping(w, string(rune('a'+i)), alerts.Notice{AlertID: id})
		}
		var replicas sync.WaitGroup
		for _, message := range messages {
			store := w.replica()
			replicas.Go(func() {
				_, err := store.Interrupt(t.Context(), "U1", 20261124, message, func(_ []alerts.Interruption, spent alerts.Spent) bool {
					return budget.Admit([]alerts.Interruption{{Message: message}}, spent, w.clock.now())[message]
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		replicas.Wait()
		require.Equal(t, int64(3), w.number(`SELECT used FROM attention`))
		require.Equal(t, int64(3), w.number(`SELECT count(*) FROM interruptions WHERE taken = 1`))
	})

	t.Run("a message that is held waits, and the digest counts it", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		message := ping(w, "a", alerts.Notice{})
		since := w.clock.now()
		_, err := w.Interrupt(t.Context(), "U1", 20261124, message, func([]alerts.Interruption, alerts.Spent) bool { return false })
		require.NoError(t, err)
		lane := w.claim()
		require.NoError(t, w.HoldMessage(t.Context(), lane, message, "budget"))
		_, ok, err := w.NextMessage(t.Context(), lane)
		require.NoError(t, err)
		require.False(t, ok)
		for target, want := range map[alerts.Target]int{"@U1": 1, "@U2": 0, "#cs-alerts": 0} {
			n, err := w.Spared(t.Context(), target, since)
			require.NoError(t, err)
			require.Equal(t, want, n)
		}
		n, err := w.Spared(t.Context(), "@U1", since.Add(time.Second))
		require.NoError(t, err)
		require.Zero(t, n)
	})
}

func testShadow(t *testing.T, open opener) {
	t.Run("what would have been told where", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		w.ingest(w.signal("1", "acme"))
		id, now := w.only().Alert.ID, w.clock.now()
		w.alter(id, func(a *alerts.Alert) { a.Route = "default" })
		add := func(kind alerts.MessageKind, slot string) {
			require.NoError(t, w.AddPlace(t.Context(), alerts.Place{Kind: kind, Subject: id, Target: "#dry-run", Slot: slot}))
		}
		add(alerts.CardMessage, "shadow #cs-alerts")
		add(alerts.PingMessage, "shadow #cs-alerts|step1:x")
		add(alerts.PingMessage, "shadow @U1|a")
		add(alerts.PingMessage, "shadow @U1|b")
		add(alerts.PingMessage, "shadow @U2|a")
		add(alerts.DigestMessage, "shadow @U2")
		require.Equal(t, w.text(`SELECT id FROM messages WHERE kind = 'card' AND target = '#dry-run'`),
			w.text(`SELECT parent_id FROM messages WHERE slot = 'shadow #cs-alerts|step1:x'`), "a ping in a channel stands under the card")
		require.Empty(t, w.text(`SELECT parent_id FROM messages WHERE slot = 'shadow @U1|a'`))
		_, err := w.db().Exec(`UPDATE messages SET ts = '` + fmt.Sprint(now.Unix()) + `.000100' WHERE slot LIKE 'shadow @%'`)
		require.NoError(t, err)
		week, err := w.Shadowed(t.Context(), "#dry-run", now.Add(-time.Hour), now.Add(time.Hour))
		require.NoError(t, err)
		require.Equal(t, alerts.ShadowWeek{
			Since: week.Since, Alerts: []alerts.ShadowSpot{{To: "#cs-alerts", Route: "default", Alerts: 1}}, Told: 3, People: 2,
		}, week)
		require.Equal(t, now, week.Since.UTC())
		week, err = w.Shadowed(t.Context(), "#dry-run", now.Add(time.Hour), now.Add(2*time.Hour))
		require.NoError(t, err)
		require.Empty(t, week.Alerts)
		require.Zero(t, week.Told)

		views, _, err := w.LiveAlerts(t.Context(), alerts.Filter{Channel: "#cs-alerts"})
		require.NoError(t, err)
		require.Len(t, views, 1, "lists go by where it would stand")
		lines, err := w.DigestLines(t.Context(), "#cs-alerts", now)
		require.NoError(t, err)
		require.Len(t, lines, 1, "and so do digests")
	})
}
