package storage_test

import (
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/stretchr/testify/require"

	"journeybot/alerts"
	"journeybot/journey"
	"journeybot/storage"
	"journeybot/storage/storagetest"
)

// clock is the time that a store and its test agree on.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
	return c.at
}

// world is a store on a fresh database, and more stores on the same one: replicas.
type world struct {
	*storage.Store
	tb    testing.TB
	url   string
	clock *clock
	seq   int
}

// opener makes a world; the contract suite runs with one per database.
type opener func(tb testing.TB) *world

func openOn(fresh func(testing.TB) string) opener {
	return func(tb testing.TB) *world {
		tb.Helper()
		w := &world{tb: tb, url: fresh(tb), clock: &clock{at: time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)}}
		w.Store = w.replica()
		_, err := w.Migrate(tb.Context())
		require.NoError(tb, err)
		return w
	}
}

// replica opens the world's database once more.
func (w *world) replica() *storage.Store {
	w.tb.Helper()
	s, err := storage.Open(w.tb.Context(), storage.Config{URL: w.url, Now: w.clock.now, Logger: slog.New(slog.DiscardHandler)})
	require.NoError(w.tb, err)
	w.tb.Cleanup(func() { require.NoError(w.tb, s.Close()) })
	return s
}

func TestSQLite(t *testing.T) {
	t.Parallel()
	testStore(t, openOn(storagetest.SQLite))
}

func TestPostgres(t *testing.T) {
	t.Parallel()
	testStore(t, openOn(storagetest.Postgres))
}

// testStore is the contract: what every database must do alike.
func testStore(t *testing.T, open opener) {
	for _, contract := range []struct {
		name string
		test func(t *testing.T, open opener)
	}{
		{"migrate", testMigrate},
		{"ingest", testIngest},
		{"round trip", testRoundTrip},
		{"update alert", testUpdateAlert},
		{"alert lists", testAlertLists},
		{"account", testAccount},
		{"lookup", testLookup},
		{"lanes", testLanes},
		{"messages", testMessages},
		{"places", testPlaces},
		{"bundles", testBundles},
		{"budgets", testBudgets},
		{"outbox", testOutbox},
		{"dead letters", testDeadLetters},
		{"directory", testDirectory},
		{"depths", testDepths},
		{"reads", testReads},
		{"digests", testDigests},
		{"preferences", testPreferences},
		{"homes", testHomes},
		{"guards", testGuards},
		{"quiet", testQuiet},
		{"attention", testAttention},
		{"shadow", testShadow},
		{"owners", testOwners},
		{"merge", testMerge},
		{"usage", testUsage},
		{"evaluate", testEvaluate},
		{"gaps", testGaps},
		{"runs", testRuns},
		{"lives", testLives},
	} {
		t.Run(contract.name, func(t *testing.T) {
			t.Parallel()
			contract.test(t, open)
		})
	}
}

// signal is a health event about an account.
func (w *world) signal(id, account string) alerts.Event {
	now := w.clock.now()
	return alerts.Event{
		Source: "test", ID: id, Type: "growth.signal.health_shift", Account: account, At: now, ReceivedAt: now, Seq: 1, Data: []byte(`{"to":"red"}`),
		Signal: &alerts.Signal{Kind: alerts.HealthShift, Facts: alerts.Facts{
			AsOf: now, Health: &alerts.HealthFacts{From: journey.HealthGreen, To: journey.HealthRed, Reason: "fewer logins"},
		}},
	}
}

// ingest hands events to the test's small rules and gives their results.
func (w *world) ingest(events ...alerts.Event) []alerts.EventResult {
	w.tb.Helper()
	results, err := w.Ingest(w.tb.Context(), events, rules)
	require.NoError(w.tb, err)
	return results
}

// rules are enough to fill every kind of change: one alert per key, counted up, in #cs-alerts.
func rules(ws *alerts.WorkingSet, fresh []alerts.Event) {
	for _, e := range fresh {
		done := alerts.ResultStored
		if e.Signal != nil {
			done = signalled(ws, e)
		}
		ws.Changes.EventDone[e.Source+" "+e.ID] = done
	}
}

func signalled(ws *alerts.WorkingSet, e alerts.Event) alerts.EventResult {
	key := alerts.Key(e.Account, e.Signal.Kind, e.Signal.About)
	known := ws.Conditions[key]
	if e.At.Before(known.At) {
		return alerts.ResultStale
	}
	ws.Conditions[key] = alerts.Condition{Key: key, Account: e.Account, At: e.At, Seq: e.Seq, Level: 3}
	ws.Changes.Conditions[key] = true
	a := ws.Accounts[e.Account]
	a.Health, a.HealthAt = journey.HealthRed, e.At
	ws.Changes.Accounts[e.Account] = true

	event := e.Source + " " + e.ID
	if live := ws.Live[key]; live != nil {
		live.Count++
		live.SignalAt = e.At
		live.EventIDs = append(live.EventIDs, event)
		ws.Changes.Results = append(ws.Changes.Results, alerts.Result{
			Alert: *live, Redraw: true, Priority: alerts.PriorityCount,
			History: []alerts.Entry{{At: e.At, Origin: "event", What: alerts.DidRepeat, Data: alerts.EntryData{EventID: event}}},
		})
		return alerts.ResultUpdated
	}
	id := ws.NewID()
	alert := alerts.Alert{
		ID: id, ShortID: "A-" + strings.ToUpper(id[len(id)-6:]), Key: key, Account: e.Account, Kind: e.Signal.Kind, About: e.Signal.About,
		Polarity: alerts.Risk, Severity: alerts.High, Status: alerts.Open, OpenedAt: e.At, SignalAt: e.At, Count: 1,
		Channels: []string{"#cs-alerts"}, Facts: e.Signal.Facts, EventIDs: []string{event}, StepAt: e.At.Add(time.Hour),
	}
	ws.Live[key] = &alert
	ws.Changes.Results = append(ws.Changes.Results, alerts.Result{
		Alert:    alert,
		History:  []alerts.Entry{{At: e.At, Origin: "event", What: alerts.DidOpen, To: alerts.Open, Data: alerts.EntryData{EventID: event}}},
		Places:   []alerts.Place{{Kind: alerts.CardMessage, Subject: id, Target: "#cs-alerts", Priority: alerts.PriorityPost}},
		Outbound: []alerts.Outbound{{ID: id + ":opened", Type: "journeybot.alert.opened", Subject: id, At: e.At, Data: []byte(`{}`)}},
	})
	return alerts.ResultOpened
}

// acknowledge is the click.
func acknowledge(by string, at time.Time) func(alerts.Alert) (alerts.Result, error) {
	return func(a alerts.Alert) (alerts.Result, error) {
		if a.AckedBy != "" {
			return alerts.Result{}, &alerts.TakenError{By: alerts.Actor{UserID: a.AckedBy}, At: a.AckedAt}
		}
		from := a.Status
		a.Status, a.AckedBy, a.AckedAt, a.Owner, a.StepAt = alerts.Acknowledged, by, at, by, time.Time{}
		return alerts.Result{
			Alert: a, Redraw: true, Priority: alerts.PriorityClick,
			History: []alerts.Entry{{
				At: at, Actor: alerts.Actor{UserID: by, Name: by}, Origin: "slack:C1", What: alerts.DidAck, From: from, To: alerts.Acknowledged,
			}},
			Outbound: []alerts.Outbound{{
				ID: a.ID + ":acknowledged:" + fmt.Sprint(a.Version), Type: "journeybot.alert.acknowledged", Subject: a.ID, At: at, Data: []byte(`{}`),
			}},
		}, nil
	}
}

// only is the one live alert of the world.
func (w *world) only() alerts.View {
	w.tb.Helper()
	views, total, err := w.LiveAlerts(w.tb.Context(), alerts.Filter{})
	require.NoError(w.tb, err)
	require.Equal(w.tb, 1, total)
	view, err := w.AlertView(w.tb.Context(), views[0].Alert.ID)
	require.NoError(w.tb, err)
	return view
}

// event is a fresh event without a meaning, for tests whose rules do not read it.
func (w *world) event(id, account string) alerts.Event {
	now := w.clock.now()
	return alerts.Event{Source: "test", ID: id, Type: "growth.test", Account: account, At: now, ReceivedAt: now}
}

// change sets what is known of an account.
func (w *world) change(account string, set func(*journey.Account)) {
	w.tb.Helper()
	w.seq++
	_, err := w.Ingest(w.tb.Context(), []alerts.Event{w.event(fmt.Sprint("change-", w.seq), account)}, func(ws *alerts.WorkingSet, _ []alerts.Event) {
		set(ws.Accounts[account])
		ws.Changes.Accounts[account] = true
	})
	require.NoError(w.tb, err)
}

// kpi reports a value now.
func (w *world) kpi(account, name string, value float64) {
	w.tb.Helper()
	w.seq++
	_, err := w.Ingest(w.tb.Context(), []alerts.Event{w.event(fmt.Sprint("kpi-", w.seq), account)}, func(ws *alerts.WorkingSet, _ []alerts.Event) {
		ws.Changes.KPIs = append(ws.Changes.KPIs, alerts.KPIPoint{Account: account, Name: name, At: w.clock.now(), Value: value})
	})
	require.NoError(w.tb, err)
}

// db looks into the database past the store, for what it keeps but does not tell.
func (w *world) db() *sqlx.DB {
	w.tb.Helper()
	driver, source := "postgres", w.url
	if path, is := strings.CutPrefix(w.url, "sqlite:"); is {
		driver, source = "sqlite", path
	}
	db, err := sqlx.Open(driver, source)
	require.NoError(w.tb, err)
	w.tb.Cleanup(func() { require.NoError(w.tb, db.Close()) })
	return db
}

func (w *world) number(query string) int64 {
	w.tb.Helper()
	var n int64
	require.NoError(w.tb, w.db().Get(&n, query))
	return n
}

func (w *world) text(query string) string {
	w.tb.Helper()
	var s string
	require.NoError(w.tb, w.db().Get(&s, query))
	return s
}
