package storage_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"journeybot/alerts"
	"journeybot/journey"
	"journeybot/storage"
)

func testIngest(t *testing.T, open opener) {
	t.Run("a signal becomes an alert, its message and an event out", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		require.Equal(t, []alerts.EventResult{alerts.ResultOpened}, w.ingest(w.signal("1", "acme")))

		view := w.only()
		require.Equal(t, int64(1), view.Alert.Version)
		require.Len(t, view.History, 1)
		require.Equal(t, int64(1), view.History[0].Seq)
		require.Equal(t, "test 1", view.History[0].Data.EventID)
		require.Equal(t, journey.HealthRed, view.Account.Health)

		m := w.next("#cs-alerts")
		require.Equal(t, alerts.CardMessage, m.Kind)
		require.Equal(t, view.Alert.ID, m.Subject)

		_, rows, err := w.ClaimOutbox(t.Context(), time.Minute, 10)
		require.NoError(t, err)
		require.Len(t, rows, 1)
		require.Equal(t, int64(1), rows[0].Sequence)
	})

	t.Run("an event counts once, in its batch and in later ones", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		first, second := w.signal("1", "acme"), w.signal("2", "acme")
		require.Equal(t, []alerts.EventResult{alerts.ResultOpened, alerts.ResultDuplicate, alerts.ResultUpdated}, w.ingest(first, first, second))
		require.Equal(t, []alerts.EventResult{alerts.ResultDuplicate, alerts.ResultDuplicate}, w.ingest(second, first))
		require.Equal(t, 2, w.only().Alert.Count)
	})

	t.Run("apply is not called without a fresh event", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		w.ingest(w.signal("1", "acme"))
		_, err := w.Ingest(t.Context(), []alerts.Event{w.signal("1", "acme")}, func(*alerts.WorkingSet, []alerts.Event) { t.Error("called") })
		require.NoError(t, err)
	})

	t.Run("many events about one alert are one row and all lines", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		batch := make([]alerts.Event, 0, 20)
		for i := range 20 {
			batch = append(batch, w.signal(fmt.Sprint(i), "acme"))
		}
		w.ingest(batch[:5]...)
		w.ingest(batch[5:]...)
		view := w.only()
		require.Equal(t, 20, view.Alert.Count)
		require.Equal(t, int64(2), view.Alert.Version)
		require.Len(t, view.History, 20)
		for i, entry := range view.History {
			require.Equal(t, int64(i+1), entry.Seq)
		}
	})

	t.Run("rules see what is known", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		require.NoError(t, w.SavePeople(t.Context(), alerts.Person{UserID: "U1", Email: "Maria@Example.com", Name: "Maria"}))
		w.change("acme", func(a *journey.Account) { a.Owner = "maria@EXAMPLE.com" })
		for i := range 3 {
			w.kpi("acme", "seats", float64(i))
			w.clock.pass(time.Hour)
		}
		w.ingest(w.signal("1", "acme"), w.signal("2", "globex"))

		limit := w.signal("3", "acme")
		limit.Signal = &alerts.Signal{Kind: alerts.UsageLimit, About: "seats", Facts: alerts.Facts{Limit: &alerts.LimitFacts{Resource: "seats"}}}
		_, err := w.Ingest(t.Context(), []alerts.Event{limit}, func(ws *alerts.WorkingSet, fresh []alerts.Event) {
			key := alerts.Key("acme", alerts.HealthShift, "")
			require.Len(t, fresh, 1)
			require.Equal(t, "maria@EXAMPLE.com", ws.Accounts["acme"].Owner)
			require.Equal(t, "U1", ws.People["maria@example.com"].UserID)
			require.Equal(t, 3, ws.Conditions[key].Level)
			require.Equal(t, "acme", ws.Live[key].Account)
			require.Len(t, ws.Live, 1, "only of the accounts in the batch")
			require.Len(t, ws.KPIs["acme"]["seats"].Points, 3)
			require.Nil(t, ws.TopARR, "too few accounts")
		})
		require.NoError(t, err)
	})

	t.Run("the top tenth by ARR", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		for i := range 20 {
			w.change(fmt.Sprintf("account-%d", i), func(a *journey.Account) { a.ARR = new(int64(1000 * (i + 1))) })
		}
		w.clock.pass(2 * time.Minute) // the first answer is believed for a minute
		_, err := w.Ingest(t.Context(), []alerts.Event{w.signal("1", "acme")}, func(ws *alerts.WorkingSet, _ []alerts.Event) {
			require.Equal(t, int64(19000), *ws.TopARR)
		})
		require.NoError(t, err)
	})

	t.Run("text that Postgres refuses is cleaned", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		e := w.signal("1\x00", "ac\x00me")
		e.Signal.About = "a\x00pi"
		e.Signal.Facts.Health.Reason = "fewer\x00 log\xffins"
		e.Data = []byte(`{"note":"a\u0000b \\u0000"}`)
		w.ingest(e)
		require.Equal(t, []alerts.EventResult{alerts.ResultDuplicate}, w.ingest(e))
		view := w.only()
		require.Equal(t, "acme", view.Account.ID)
		require.Equal(t, alerts.Key("acme", alerts.HealthShift, "api"), view.Alert.Key)
		require.Equal(t, "fewer log�ins", view.Alert.Facts.Health.Reason)
	})

	t.Run("a data error is not worth a retry and leaves nothing", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		_, err := w.Ingest(t.Context(), []alerts.Event{w.signal("1", "acme")}, func(ws *alerts.WorkingSet, fresh []alerts.Event) {
			rules(ws, fresh)
			last := ws.Changes.Results[0]
			last.Alert.ID += "x" // the same key twice
			ws.Changes.Conditions["no\x00such"] = true
			last.History[0].Data.Until = time.Date(12000, 1, 1, 0, 0, 0, 0, time.UTC) // no JSON
			ws.Changes.Results = append(ws.Changes.Results, last)
		})
		require.Error(t, err)
		require.False(t, storage.IsRetryable(err))
		require.Equal(t, []alerts.EventResult{alerts.ResultOpened}, w.ingest(w.signal("1", "acme")))
	})

	t.Run("an alert that ends frees its key for the next in the same batch", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		w.ingest(w.signal("1", "acme"))
		before := w.only().Alert
		_, err := w.Ingest(t.Context(), []alerts.Event{w.signal("2", "acme")}, func(ws *alerts.WorkingSet, fresh []alerts.Event) {
			ended := *ws.Live[before.Key]
			ended.Status, ended.ClosedAt = alerts.Resolved, w.clock.now()
			ws.Changes.Results = append(ws.Changes.Results, alerts.Result{
				Alert: ended, History: []alerts.Entry{{What: alerts.DidRecover, From: alerts.Open, To: alerts.Resolved}},
			})
			delete(ws.Live, before.Key)
			rules(ws, fresh)
		})
		require.NoError(t, err)
		require.NotEqual(t, before.ID, w.only().Alert.ID)
	})

	t.Run("replicas share the work without losing or doubling any", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		replicas := []*storage.Store{w.Store, w.replica()}
		const batches, perBatch = 12, 10
		all := make([][]alerts.Event, 0, 2*batches)
		for i := range batches {
			batch := make([]alerts.Event, 0, perBatch)
			for k := range perBatch {
				batch = append(batch, w.signal(fmt.Sprintf("%d-%d", i, k), fmt.Sprintf("account-%d", (i+k)%7)))
			}
			all = append(all, batch, batch) // each is delivered twice
		}
		var counted atomic.Int64
		var wg sync.WaitGroup
		for n, batch := range all {
			wg.Go(func() {
				if n%2 == 1 {
					batch = slices.Clone(batch)
					slices.Reverse(batch)
				}
				results, err := replicas[n%2].Ingest(t.Context(), batch, rules)
				if err != nil {
					t.Error(err)
					return
				}
				for _, r := range results {
					if r != alerts.ResultDuplicate {
						counted.Add(1)
					}
				}
			})
		}
		wg.Wait()
		require.EqualValues(t, batches*perBatch, counted.Load())
		views, total, err := w.LiveAlerts(t.Context(), alerts.Filter{Limit: 100})
		require.NoError(t, err)
		require.Equal(t, 7, total)
		sum := 0
		for _, v := range views {
			sum += v.Alert.Count
		}
		require.Equal(t, batches*perBatch, sum)
	})

	t.Run("an event id taken by another account's batch meanwhile", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		other := w.replica()
		var tries atomic.Int64
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				s := []*storage.Store{w.Store, other}[i%2]
				_, err := s.Ingest(t.Context(), []alerts.Event{w.signal("same", fmt.Sprintf("account-%d", i))},
					func(ws *alerts.WorkingSet, events []alerts.Event) {
						tries.Add(1)
						rules(ws, events)
					})
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		_, total, err := w.LiveAlerts(t.Context(), alerts.Filter{})
		require.NoError(t, err)
		require.Equal(t, 1, total, "one of them counted, in %d tries", tries.Load())
	})

	t.Run("usage of a day adds up and a KPI's last value stands", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		count := func(id string, n int64) {
			_, err := w.Ingest(t.Context(), []alerts.Event{w.event(id, "acme")}, func(ws *alerts.WorkingSet, _ []alerts.Event) {
				u := alerts.UsageCount{Account: "acme", Day: journey.DayOf(w.clock.now()), Usage: alerts.Usage{Event: "search", Count: n, At: w.clock.now()}}
				ws.Changes.Usage = append(ws.Changes.Usage, u, u)
				p := alerts.KPIPoint{Account: "acme", Name: "nps", At: w.clock.now(), Value: float64(n)}
				ws.Changes.KPIs = append(ws.Changes.KPIs, p, alerts.KPIPoint{Account: "acme", Name: "nps", At: p.At, Value: p.Value + 1})
			})
			require.NoError(t, err)
		}
		count("1", 2)
		count("2", 3)
		require.Equal(t, int64(10), w.number(`SELECT count FROM usage_day WHERE account_id = 'acme' AND event = 'search'`))
		view, err := w.AccountView(t.Context(), "acme")
		require.NoError(t, err)
		require.Equal(t, []journey.Series{{Name: "nps", Points: []journey.Point{{At: w.clock.now(), Value: 4}}}}, view.KPIs)
		require.Positive(t, w.number(`SELECT dirty_at FROM accounts WHERE id = 'acme'`))
	})

	t.Run("an event out that belongs to no alert", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		_, err := w.Ingest(t.Context(), []alerts.Event{w.event("1", "acme")}, func(ws *alerts.WorkingSet, _ []alerts.Event) {
			ws.Changes.Outbound = append(ws.Changes.Outbound, alerts.Outbound{ID: "o1", Type: "journeybot.stage.changed", Subject: "acme", Data: []byte(`{}`)})
		})
		require.NoError(t, err)
		_, rows, err := w.ClaimOutbox(t.Context(), time.Minute, 10)
		require.NoError(t, err)
		require.Len(t, rows, 1)
	})

	t.Run("rules that panic leave nothing locked", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		require.Panics(t, func() {
			_, _ = w.Ingest(t.Context(), []alerts.Event{w.signal("1", "acme")}, func(*alerts.WorkingSet, []alerts.Event) { panic("rule") })
		})
		require.Equal(t, []alerts.EventResult{alerts.ResultOpened}, w.ingest(w.signal("1", "acme")))
	})

	t.Run("an empty batch is nothing", func(t *testing.T) {
		t.Parallel()
		results, err := open(t).Ingest(t.Context(), nil, rules)
		require.NoError(t, err)
		require.Empty(t, results)
	})

	t.Run("a cancelled call changes nothing", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		ctx, cancel := withCancel(t)
		_, err := w.Ingest(ctx, []alerts.Event{w.signal("1", "acme")}, func(ws *alerts.WorkingSet, fresh []alerts.Event) {
			rules(ws, fresh)
			cancel()
		})
		require.Error(t, err)
		require.True(t, storage.IsRetryable(err), "%v", err)
		require.Equal(t, []alerts.EventResult{alerts.ResultOpened}, w.ingest(w.signal("1", "acme")))
	})
}

func testRoundTrip(t *testing.T, open opener) {
	t.Run("an alert keeps every field", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		w.ingest(w.signal("1", "acme"))
		now := w.clock.now()
		want := w.only().Alert
		_, err := w.UpdateAlert(t.Context(), want.ID, "", func(a alerts.Alert) (alerts.Result, error) {
			a.Severity, a.Status, a.Owner, a.OwnerRef, a.AckedBy, a.AckedAt = alerts.Critical, alerts.Snoozed, "U1", "maria@example.com", "U2", now
			a.Route, a.Channels, a.Playbook, a.Escalation, a.Step, a.Config = "big red", []string{"#a", "C1"}, "early-risk", "standard", 2, "abc"
			a.Outcome, a.OutcomeARR, a.ClosedAt, a.SnoozedFrom = alerts.Saved, new(int64(0)), now, alerts.Open
			a.WakeAt, a.StepAt, a.RemindAt = now.Add(1*time.Hour), now.Add(2*time.Hour), now.Add(3*time.Hour)
			a.UnackAt, a.ExpireAt, a.ReviewAt = now.Add(4*time.Hour), now.Add(5*time.Hour), now.Add(6*time.Hour)
			a.Facts = alerts.Facts{AsOf: now, Account: "Acme", PQL: &alerts.PQLFacts{
				Score: 81.5, Reasons: []string{"a", "b"}, Contact: journey.Contact{Name: "Zoë", Email: "z@example.com"}, Fit: new(0.5),
			}}
			want = a
			return alerts.Result{Alert: a, History: []alerts.Entry{{
				At: now, Actor: alerts.Actor{UserID: "U1", Name: "Maria"}, Origin: "slack:C1", What: alerts.DidSnooze, From: alerts.Open, To: alerts.Snoozed,
				Data: alerts.EntryData{
					EventID: "e", Before: "72", After: "58", Severity: alerts.High, User: "U2", UserName: "Tom", Note: "x", Outcome: alerts.Saved,
					ARR: new(int64(5)), Until: now, Step: "call", Target: "#x", Done: true, Own: true,
				},
			}}}, nil
		})
		require.NoError(t, err)
		want.Version++
		view := w.only()
		require.Equal(t, want, view.Alert)
		require.Equal(t, alerts.Entry{
			Seq: 2, At: now, Actor: alerts.Actor{UserID: "U1", Name: "Maria"}, Origin: "slack:C1", What: alerts.DidSnooze,
			From: alerts.Open, To: alerts.Snoozed, Data: alerts.EntryData{
				EventID: "e", Before: "72", After: "58", Severity: alerts.High, User: "U2", UserName: "Tom", Note: "x", Outcome: alerts.Saved,
				ARR: new(int64(5)), Until: now, Step: "call", Target: "#x", Done: true, Own: true,
			},
		}, view.History[1])
	})

	t.Run("an account keeps every field", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		now := w.clock.now()
		want := journey.Account{
			ID: "acme", Name: "Акме \"Север\" \\ {x}", Domain: "acme.example", Aliases: []string{"A, B", "ACME"}, CRMURL: "https://crm/1",
			Segment: "smb", Region: "EU", Tier: "high", Plan: "pro", Status: "active", ARR: new(int64(0)), Seats: new(int64(12)),
			RenewalDate: 20270131, Since: 20240229, Owner: "m@example.com", SalesOwner: "s@example.com", Health: journey.HealthYellow, Score: new(58.25),
			HealthAt: now, Map: "lifecycle", Stage: "use", StageAt: now, LastTouch: now, FieldsAt: map[string]time.Time{"name": now},
			Contacts: []journey.Contact{
				{Name: "Zoë", Email: "Z@example.com", Title: "CTO", Role: journey.RoleChampion, Persona: "admin"},
				{Name: "Ann", LeftAt: now},
			},
		}
		w.change("acme", func(a *journey.Account) { *a = want })
		view, err := w.AccountView(t.Context(), "acme")
		require.NoError(t, err)
		require.Equal(t, want, view.Account)
		require.Equal(t, int64(1), w.number(`SELECT count(*) FROM stage_history WHERE account_id = 'acme' AND milestone = 'use'`))

		want.Contacts, want.ARR, want.Name = want.Contacts[:1], nil, "Other"
		w.change("acme", func(a *journey.Account) { *a = want })
		view, err = w.AccountView(t.Context(), "acme")
		require.NoError(t, err)
		require.Equal(t, want, view.Account)
	})

	t.Run("an unknown number stays unknown", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		w.change("acme", func(*journey.Account) {})
		view, err := w.AccountView(t.Context(), "acme")
		require.NoError(t, err)
		require.Equal(t, journey.Account{ID: "acme", FieldsAt: map[string]time.Time{}}, view.Account)
	})
}

func testUpdateAlert(t *testing.T, open opener) {
	t.Run("the first click wins", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		w.ingest(w.signal("1", "acme"))
		id := w.only().Alert.ID
		replicas := []*storage.Store{w.Store, w.replica()}
		var won, taken atomic.Int64
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				user := fmt.Sprintf("U%d", i)
				_, err := replicas[i%2].UpdateAlert(t.Context(), id, user, acknowledge(user, w.clock.now()))
				var other *alerts.TakenError
				switch {
				case err == nil:
					won.Add(1)
				case errors.As(err, &other):
					taken.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		wg.Wait()
		require.EqualValues(t, 1, won.Load())
		require.EqualValues(t, 7, taken.Load())
		view := w.only()
		require.Equal(t, int64(2), view.Alert.Version)
		require.Len(t, view.History, 2)
	})

	t.Run("a repeated request changes nothing", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		w.ingest(w.signal("1", "acme"))
		id := w.only().Alert.ID
		var ran atomic.Int64
		note := func(a alerts.Alert) (alerts.Result, error) {
			ran.Add(1)
			return alerts.Result{Alert: a, History: []alerts.Entry{{What: alerts.DidNote}, {What: alerts.DidTick}}}, nil
		}
		var wg sync.WaitGroup
		for range 6 {
			wg.Go(func() {
				if _, err := w.UpdateAlert(t.Context(), id, "request", note); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		require.Len(t, w.only().History, 3)
		_, err := w.UpdateAlert(t.Context(), id, "another", note)
		require.NoError(t, err)
		require.Len(t, w.only().History, 5)
	})

	t.Run("a refusal is returned as it is and changes nothing", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		w.ingest(w.signal("1", "acme"))
		id := w.only().Alert.ID
		refusal := &alerts.ClosedError{Status: alerts.Resolved}
		_, err := w.UpdateAlert(t.Context(), id, "r", func(alerts.Alert) (alerts.Result, error) { return alerts.Result{}, refusal })
		require.Same(t, refusal, err)
		require.Equal(t, int64(1), w.only().Alert.Version)
	})

	t.Run("nothing changed is nothing written", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		w.ingest(w.signal("1", "acme"))
		want := w.only().Alert
		got, err := w.UpdateAlert(t.Context(), want.ID, "r", func(alerts.Alert) (alerts.Result, error) { return alerts.Result{}, nil })
		require.NoError(t, err)
		require.Equal(t, want, got)
		require.Equal(t, want, w.only().Alert)
	})

	t.Run("there is no such alert", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		_, err := w.UpdateAlert(t.Context(), "none", "", acknowledge("U1", w.clock.now()))
		require.ErrorIs(t, err, alerts.ErrNotFound)
		require.False(t, storage.IsRetryable(err))
	})

	t.Run("reopening loses to a newer live alert", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		w.ingest(w.signal("1", "acme"))
		old := w.only().Alert
		status := func(s alerts.Status) func(alerts.Alert) (alerts.Result, error) {
			return func(a alerts.Alert) (alerts.Result, error) {
				a.Status = s
				return alerts.Result{Alert: a, History: []alerts.Entry{{What: alerts.DidReopen, To: s}}}, nil
			}
		}
		_, err := w.UpdateAlert(t.Context(), old.ID, "", status(alerts.Resolved))
		require.NoError(t, err)
		w.ingest(w.signal("2", "acme"))
		_, err = w.UpdateAlert(t.Context(), old.ID, "", status(alerts.Open))
		require.ErrorIs(t, err, alerts.ErrReplaced)
		require.NotEqual(t, old.ID, w.only().Alert.ID)
	})

	t.Run("a click and a timer: one of them", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		w.ingest(w.signal("1", "acme"))
		id := w.only().Alert.ID
		now := w.clock.pass(2 * time.Hour)
		escalate := func(a alerts.Alert) (alerts.Result, error) {
			if a.Status != alerts.Open || a.StepAt.After(now) {
				return alerts.Result{}, nil
			}
			a.Step++
			a.StepAt = now.Add(time.Hour)
			return alerts.Result{Alert: a, Redraw: true, Priority: alerts.PriorityPost, History: []alerts.Entry{{At: now, What: alerts.DidEscalate}}}, nil
		}
		other := w.replica()
		var wg sync.WaitGroup
		for _, act := range []func() error{
			func() error { _, err := w.UpdateAlert(t.Context(), id, "c", acknowledge("U1", now)); return err },
			func() error { _, err := w.UpdateAlert(t.Context(), id, "", escalate); return err },
			func() error { _, err := other.UpdateAlert(t.Context(), id, "", escalate); return err },
		} {
			wg.Go(func() {
				if err := act(); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		view := w.only()
		require.Equal(t, alerts.Acknowledged, view.Alert.Status)
		require.LessOrEqual(t, view.Alert.Step, 1, "two replicas escalate once")
		require.Equal(t, alerts.DidAck, view.History[len(view.History)-1].What, "no escalation after the click")
	})

	t.Run("a click while events come in", func(t *testing.T) {
		t.Parallel()
		w := open(t)
		w.ingest(w.signal("0", "acme"))
		id := w.only().Alert.ID
		var wg sync.WaitGroup
		for i := range 10 {
			wg.Go(func() {
				if _, err := w.Ingest(t.Context(), []alerts.Event{w.signal(fmt.Sprint(i+1), "acme")}, rules); err != nil {
					t.Error(err)
				}
			})
			wg.Go(func() {
				_, err := w.UpdateAlert(t.Context(), id, fmt.Sprint(i), func(a alerts.Alert) (alerts.Result, error) {
					return alerts.Result{Alert: a, Redraw: true, History: []alerts.Entry{{What: alerts.DidNote}}}, nil
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		view := w.only()
		require.Equal(t, 11, view.Alert.Count)
		require.Len(t, view.History, 21)
		require.Equal(t, int64(21), view.Alert.Version)
	})
}
