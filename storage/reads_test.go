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

// judged ingests events as the real rules decide, with one route.
func (w *world) judged(events ...alerts.Event) []alerts.EventResult {
	w.tb.Helper()
	results, err := w.Ingest(w.tb.Context(), events, func(ws *alerts.WorkingSet, fresh []alerts.Event) {
		for _, ev := range fresh {
			routed().Ingest(ws, ev, w.clock.now())
		}
	})
	require.NoError(w.tb, err)
	return results
}

func routed() *alerts.Rules {
	return &alerts.Rules{
		Revision: "rev-1", Zone: time.UTC, Channels: map[string]alerts.Channel{"alerts": {Slack: "#cs-alerts"}},
		Routes:     []alerts.Route{{Name: "default", Channel: "alerts"}},
		Thresholds: alerts.Thresholds{Health: alerts.HealthThresholds{Green: 75, Yellow: 50}},
	}
}

// health is a signal of a colour, now.
func (w *world) health(id, account string, to journey.Health) alerts.Event {
	e := w.signal(id, account)
	w.seq++
	e.Seq = uint64(w.seq)
	e.Signal.Facts.Health = &alerts.HealthFacts{To: to}
	return e
}

func testReads(t *testing.T, open opener) {
	t.Run("an alert explains itself", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		require.NoError(t, w.SaveRevision(t.Context(), "rev-1", "text"))
		w.judged(w.health("a b", "acme", journey.HealthRed)) // an id with a space
		w.clock.pass(time.Minute)
		w.judged(w.health("2", "acme", journey.HealthRed))
		id := w.only().Alert.ID
		require.NoError(t, w.AddPlace(t.Context(), alerts.Place{Kind: alerts.PingMessage, Subject: id, Target: "@U1", Slot: "x", Body: []byte(`{"Text":"Nobody is on it."}`)}))
		w.post("1795500000.000200")

		why, err := w.Why(t.Context(), w.only().Alert.ShortID)
		require.NoError(t, err)
		require.Equal(t, []string{"a b", "2"}, []string{why.Events[0].ID, why.Events[1].ID})
		require.Equal(t, alerts.ResultOpened, why.Events[0].Result)
		require.Equal(t, why.Alert.ShortID, why.Events[1].AlertID)
		require.Equal(t, "red", why.Events[1].Note.Saw)
		require.NotNil(t, why.Alert.Decided)
		require.Equal(t, []alerts.RouteStep{{Name: "default", Channel: "alerts", Matched: true}}, why.Alert.Decided.Routes)
		require.False(t, why.LoadedAt.IsZero())
		require.Len(t, why.Deliveries, 2)
		var posted, said int
		for _, d := range why.Deliveries {
			if !d.At.IsZero() {
				posted++
				require.Equal(t, int64(1795500000000200), d.At.UnixMicro())
			}
			if d.Text == "Nobody is on it." {
				said++
			}
		}
		require.Equal(t, []int{1, 1}, []int{posted, said})
		_, err = w.Why(t.Context(), "A-NONE")
		require.ErrorIs(t, err, alerts.ErrNotFound)
	})

	t.Run("a day explains itself, and so does an account", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		today := journey.DayOf(w.clock.now())
		w.judged(w.health("1", "acme", journey.HealthGreen))
		late := w.health("2", "acme", journey.HealthRed)
		late.At = late.At.Add(-time.Hour)
		w.judged(late)
		w.clock.pass(24 * time.Hour)
		w.judged(w.health("3", "acme", journey.HealthRed))

		d, err := w.DayView(t.Context(), "acme", today, time.UTC)
		require.NoError(t, err)
		require.Len(t, d.Events, 2)
		require.Equal(t, []alerts.EventReason{alerts.BecauseClear, alerts.BecauseOlder}, []alerts.EventReason{d.Events[0].Note.Reason, d.Events[1].Note.Reason})
		require.Empty(t, d.Opened)
		require.Equal(t, late.At, d.First)

		next := journey.DayOf(w.clock.now())
		d, err = w.DayView(t.Context(), "acme", next, time.UTC)
		require.NoError(t, err)
		require.Len(t, d.Opened, 1)
		require.NotEmpty(t, d.Opened[0].History)
		w.clock.pass(24 * time.Hour)
		d, err = w.DayView(t.Context(), "acme", journey.DayOf(w.clock.now()), time.UTC)
		require.NoError(t, err)
		require.Empty(t, d.Opened)
		require.Len(t, d.Live, 1, "an alert from before was live")
		_, err = w.DayView(t.Context(), "none", next, time.UTC)
		require.ErrorIs(t, err, alerts.ErrNotFound)

		account, err := w.AccountWhy(t.Context(), "acme")
		require.NoError(t, err)
		require.Len(t, account.Events, 3)
		require.Equal(t, "3", account.Events[0].ID)
		require.Len(t, account.Live, 1)
	})

	t.Run("the timeline holds everything once, newest first, in pages", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		require.NoError(t, w.SavePeople(t.Context(), alerts.Person{UserID: "U1", Name: "Maria"}))
		w.change("acme", func(a *journey.Account) { a.Stage, a.StageAt = "first-value", w.clock.now() })
		w.clock.pass(time.Hour)
		touch := w.event("touch", "acme")
		touch.Type, touch.Touch, touch.Data = "growth.touch.logged", &alerts.Touch{}, []byte(`{"channel":"call","who":"Maria","note":"fine"}`)
		w.judged(touch)
		w.clock.pass(time.Hour)
		w.judged(w.health("1", "acme", journey.HealthRed))
		w.clock.pass(time.Hour)
		_, err := w.UpdateAlert(t.Context(), w.only().Alert.ID, "", acknowledge("U1", w.clock.now()))
		require.NoError(t, err)
		w.clock.pass(time.Hour)
		note := alerts.Note{Account: "acme", At: w.clock.now(), By: alerts.Actor{UserID: "U1"}, Text: "Dana is back"}
		for range 2 {
			require.NoError(t, w.AddNote(t.Context(), note, "trigger-1"))
		}
		require.NoError(t, w.AddNote(t.Context(), note, ""))
		_, err = w.db().Exec(fmt.Sprintf(`INSERT INTO mutes (id, account_id, kind, until, made_at, actor, reason) VALUES ('m', 'acme', 'support', %d, %d, 'U1', 'move')`,
			w.clock.now().Add(time.Minute).UnixMicro(), w.clock.now().UnixMicro()))
		require.NoError(t, err)
		w.clock.pass(time.Hour)

		all, err := w.Timeline(t.Context(), "acme", 50, 0)
		require.NoError(t, err)
		require.False(t, all.More)
		var kinds []string
		for i, m := range all.Moments {
			require.True(t, i == 0 || !m.At.After(all.Moments[i-1].At))
			switch {
			case m.Note != nil:
				kinds = append(kinds, "note")
			case m.Mute != nil:
				kinds = append(kinds, fmt.Sprint("mute ", m.Ended))
			case m.Alert != nil:
				kinds = append(kinds, string(m.Alert.Entry.What))
			case m.Touch != nil:
				require.Equal(t, alerts.Touch{Channel: "call", Who: "Maria", Note: "fine"}, *m.Touch)
				kinds = append(kinds, "touch")
			case m.Stage != nil:
				kinds = append(kinds, m.Stage.Milestone)
			}
		}
		require.Equal(t, []string{"mute true", "note", "note", "mute false", "acknowledged", "opened", "touch", "first-value"}, kinds)
		require.Equal(t, "Maria", all.People["U1"].Name)

		var paged []alerts.Moment
		for offset := 0; ; offset += 3 {
			page, err := w.Timeline(t.Context(), "acme", 3, offset)
			require.NoError(t, err)
			paged = append(paged, page.Moments...)
			if !page.More {
				break
			}
		}
		require.Equal(t, all.Moments, paged)
		_, err = w.Timeline(t.Context(), "none", 3, 0)
		require.ErrorIs(t, err, alerts.ErrNotFound)
	})

	t.Run("statistics", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		require.NoError(t, w.SavePeople(t.Context(), alerts.Person{UserID: "U1", Name: "Maria", Email: "maria@example.com"}))
		for i := range 4 {
			w.judged(w.health(fmt.Sprint(i), fmt.Sprintf("account-%d", i), journey.HealthRed))
			w.clock.pass(24 * time.Hour)
		}
		views, _, err := w.LiveAlerts(t.Context(), alerts.Filter{Kind: alerts.HealthShift, Severity: alerts.High})
		require.NoError(t, err)
		require.Len(t, views, 4)
		for _, v := range views[:2] {
			_, err := w.UpdateAlert(t.Context(), v.Alert.ID, "", acknowledge("U1", v.Alert.OpenedAt.Add(time.Duration(len(v.Account.ID))*time.Hour)))
			require.NoError(t, err)
		}
		stats, err := w.Stats(t.Context(), 90, alerts.StatsFilter{})
		require.NoError(t, err)
		require.Equal(t, 4, stats.Total.Opened)
		require.Equal(t, 2, stats.Total.Acknowledged)
		require.Equal(t, 9*time.Hour, stats.Total.AckMedian)
		require.Equal(t, "#cs-alerts", stats.Channels[0].Name)
		require.Len(t, stats.Owners, 2)
		require.Equal(t, []alerts.RouteCount{{Route: "default", Taken: 4}}, stats.Routes)
		require.Equal(t, []int{7, 30, 90}, []int{stats.Windows[0].Days, stats.Windows[1].Days, stats.Windows[2].Days})
		mine, err := w.Stats(t.Context(), 3, alerts.StatsFilter{Owner: "U1", Channel: "#cs-alerts"})
		require.NoError(t, err)
		require.Equal(t, 1, mine.Total.Opened, "of the last three days")
		require.Equal(t, "Maria", mine.People["U1"].Name)
		for _, name := range []string{"maria", "Maria", "maria@example.com"} {
			found, err := w.PeopleNamed(t.Context(), name)
			require.NoError(t, err)
			require.Len(t, found, 1, name)
		}
		found, err := w.PeopleNamed(t.Context(), "mari")
		require.NoError(t, err)
		require.Empty(t, found)
		held, total, err := w.LiveAlerts(t.Context(), alerts.Filter{Held: true})
		require.NoError(t, err)
		require.Empty(t, held)
		require.Zero(t, total)
	})

	t.Run("KPIs of a window", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		w.kpi("acme", "seats", 1)
		w.clock.pass(40 * 24 * time.Hour)
		w.kpi("acme", "seats", 2)
		w.kpi("acme", "nps", 9)
		h, err := w.KPIHistory(t.Context(), "acme", 30)
		require.NoError(t, err)
		require.Len(t, h.KPIs, 2)
		require.Equal(t, "nps", h.KPIs[0].Name)
		require.Len(t, h.KPIs[1].Points, 1)
		h, err = w.KPIHistory(t.Context(), "acme", 90)
		require.NoError(t, err)
		require.Len(t, h.KPIs[1].Points, 2)
		_, err = w.KPIHistory(t.Context(), "none", 90)
		require.ErrorIs(t, err, alerts.ErrNotFound)
	})

	t.Run("a preview writes nothing", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		w.judged(w.health("1", "acme", journey.HealthGreen))
		red := w.health("2", "acme", journey.HealthRed)
		var result alerts.EventResult
		require.NoError(t, w.Preview(t.Context(), []alerts.Event{red}, func(ws *alerts.WorkingSet) {
			require.Equal(t, journey.HealthGreen, ws.Accounts["acme"].Health)
			result = routed().Ingest(ws, red, w.clock.now())
		}))
		require.Equal(t, alerts.ResultOpened, result)
		_, total, err := w.LiveAlerts(t.Context(), alerts.Filter{})
		require.NoError(t, err)
		require.Zero(t, total)
	})

	t.Run("an account is found in a text", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		w.change("acme", func(a *journey.Account) {
			a.Name, a.Domain, a.Aliases = "Acme", "acme.example", []string{"The Acme Group"}
		})
		w.change("acme-labs", func(a *journey.Account) { a.Name = "Acme Labs" })
		w.change("twin-1", func(a *journey.Account) { a.Name = "Twin" })
		w.change("twin-2", func(a *journey.Account) { a.Name = "TWIN" })
		for text, want := range map[string]string{
			"Met *ACME Labs* today, they want SSO":   "acme-labs",
			"The Acme Group called: all good.":       "acme",
			"mail from dana@acme.example about acme": "acme",
			"see https://acme.example|acme.example":  "acme",
			"Twin is unhappy":                        "",
			"nobody in particular":                   "",
			"":                                       "",
			strings.Repeat("word ", 500) + "Acme":    "",
		} {
			match, ok, err := w.Mentioned(t.Context(), text)
			require.NoError(t, err)
			require.Equal(t, want, match.AccountID, text)
			require.Equal(t, want != "", ok)
		}
	})
}
