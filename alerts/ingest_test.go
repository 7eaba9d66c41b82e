package alerts_test

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"journeybot/alerts"
	"journeybot/journey"
)

// world is a working set with its rules and a clock, as storage would load it for one event after the other.
type world struct {
	t     require.TestingT
	rules *alerts.Rules
	ws    *alerts.WorkingSet
	now   time.Time
	seq   uint64
	ids   int
	log   []alerts.Result
	out   []alerts.Outbound
}

func newWorld(t require.TestingT) *world {
	w := &world{t: t, rules: rules(), now: now}
	w.ws = alerts.NewWorkingSet(func() string {
		w.ids++
		return fmt.Sprintf("id-%d", w.ids)
	})
	account := acme()
	w.ws.Accounts["acme"] = &account
	w.ws.People["maria@example.com"] = alerts.Person{UserID: maria, Email: "maria@example.com", Name: "Maria"}
	return w
}

// take ingests one event at the world's present.
func (w *world) take(ev alerts.Event) alerts.EventResult {
	w.seq++
	if ev.Account == "" {
		ev.Account = "acme"
	}
	if ev.At.IsZero() {
		ev.At = w.now
	}
	ev.Source, ev.ID, ev.Seq = "test", fmt.Sprintf("e%d", w.seq), w.seq
	result := w.rules.Ingest(w.ws, ev, w.now)
	require.Equal(w.t, result, w.ws.Changes.EventDone[fmt.Sprintf("test e%d", w.seq)])
	w.log = append(w.log, w.ws.Changes.Results...)
	w.out = append(w.out, w.ws.Changes.Outbound...)
	w.ws.Changes.Results, w.ws.Changes.Outbound = nil, nil
	return result
}

func (w *world) signal(kind alerts.Kind, about string, f alerts.Facts) alerts.EventResult {
	return w.take(alerts.Event{Signal: &alerts.Signal{Kind: kind, About: about, Facts: f}})
}

func (w *world) health(from, to journey.Health, score float64) alerts.EventResult {
	return w.signal(alerts.HealthShift, "", alerts.Facts{Health: &alerts.HealthFacts{From: from, To: to, Score: &score}})
}

func (w *world) limit(used float64) alerts.EventResult {
	return w.limitUntil(used, time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC))
}

func (w *world) limitUntil(used float64, end time.Time) alerts.EventResult {
	return w.signal(alerts.UsageLimit, "API calls", alerts.Facts{Limit: &alerts.LimitFacts{Resource: "API calls", Used: used, Limit: 100, PeriodEnd: end}})
}

// do runs an input on the live alert of a key, as storage would between two batches.
func (w *world) do(kind alerts.Kind, about string, in alerts.Input) alerts.Alert {
	live := w.live(kind, about)
	require.NotNil(w.t, live)
	if in.By.UserID == "" && in.Do != alerts.DoTimers {
		in.By.UserID = ben
	}
	r, err := w.rules.Apply(*live, in, w.now)
	require.NoError(w.t, err)
	w.log = append(w.log, r)
	if r.Alert.Status.Live() {
		w.ws.Live[live.Key] = &r.Alert
	} else {
		delete(w.ws.Live, live.Key)
	}
	return r.Alert
}

func (w *world) live(kind alerts.Kind, about string) *alerts.Alert {
	return w.ws.Live[alerts.Key("acme", kind, about)]
}

func (w *world) last() alerts.Result { return w.log[len(w.log)-1] }

const (
	green  = journey.HealthGreen
	yellow = journey.HealthYellow
	red    = journey.HealthRed
)

func TestHealthStory(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.ws.Accounts["acme"].RenewalDate = 20271231

	require.Equal(t, alerts.ResultOpened, w.health(green, yellow, 62))
	a := *w.live(alerts.HealthShift, "")
	require.Equal(t, alerts.Medium, a.Severity)
	require.Equal(t, maria, a.Owner)
	require.Equal(t, "maria@example.com", a.OwnerRef)
	require.Equal(t, "default", a.Route)
	require.Equal(t, []string{"#cs-alerts"}, a.Channels)
	require.Equal(t, "early-risk", a.Playbook)
	require.Equal(t, "medium", a.Escalation)
	require.Equal(t, "r1", a.Config)
	require.Equal(t, []string{"test e1"}, a.EventIDs)
	require.Equal(t, "Acme Corp", a.Facts.Account)
	require.Regexp(t, `^A-[2-9A-HJKMNP-Z]{4}$`, a.ShortID)
	require.Equal(t, "open, did opened, card #cs-alerts, out alert.opened, expire in 720h", tell(alerts.Alert{Owner: maria}, w.last(), nil))
	require.Equal(t, yellow, w.ws.Accounts["acme"].Health)
	require.InDelta(t, 62, *w.ws.Accounts["acme"].Score, 0)
	require.Equal(t, now, w.ws.Accounts["acme"].HealthAt)

	w.now = w.now.Add(time.Hour)
	require.Equal(t, alerts.ResultUpdated, w.health(yellow, yellow, 60))
	require.Equal(t, alerts.DidRepeat, w.last().History[0].What)
	require.Equal(t, alerts.PriorityCount, w.last().Priority)
	require.Equal(t, 2, w.live(alerts.HealthShift, "").Count)

	w.now = w.now.Add(time.Hour)
	require.Equal(t, alerts.ResultUpdated, w.health(yellow, red, 41))
	worse := w.last()
	require.Equal(t, alerts.DidWorsen, worse.History[0].What)
	require.Equal(t, alerts.EntryData{EventID: "test e3", Before: "60 (yellow)", After: "41 (red)", Severity: alerts.Critical}, worse.History[0].Data)
	require.Equal(t, alerts.Critical, worse.Alert.Severity, "the route big red says so")
	require.Equal(t, "big red, default", worse.Alert.Route)
	require.Equal(t, []string{"#cs-alerts", "#cs-urgent"}, worse.Alert.Channels)
	require.Equal(t, w.now.Add(30*time.Minute), worse.Alert.StepAt, "the escalation of the higher severity starts")
	require.Len(t, worse.Places, 1)
	require.Equal(t, alerts.PriorityCritical, worse.Places[0].Priority)

	w.do(alerts.HealthShift, "", alerts.Input{Do: alerts.DoAck})
	w.now = w.now.Add(time.Hour)
	require.Equal(t, alerts.ResultUpdated, w.health(red, yellow, 55))
	require.Equal(t, alerts.DidEase, w.last().History[0].What)
	require.Equal(t, alerts.Critical, w.last().Alert.Severity, "severity stays")

	w.now = w.now.Add(time.Hour)
	require.Equal(t, alerts.ResultResolved, w.health(yellow, green, 78))
	require.Equal(t, alerts.Recovered, w.last().Alert.Outcome)
	require.Equal(t, "resolved, did recovered, out alert.resolved", tell(w.last().Alert, w.last(), nil))
	require.Nil(t, w.live(alerts.HealthShift, ""))

	w.now = w.now.Add(time.Hour)
	require.Equal(t, alerts.ResultStored, w.health(green, green, 80))
	require.Equal(t, alerts.ResultOpened, w.health(green, yellow, 60), "a new crossing is told again")
}

// TestSignalsInEveryStatus is the table's signal rows.
func TestSignalsInEveryStatus(t *testing.T) {
	t.Parallel()
	setUp := func(w *world, s alerts.Status) {
		w.ws.Accounts["acme"].ARR, w.ws.Accounts["acme"].RenewalDate = nil, 0
		w.health(green, yellow, 60)
		switch s {
		case alerts.Acknowledged:
			w.do(alerts.HealthShift, "", alerts.Input{Do: alerts.DoAck})
		case alerts.Snoozed:
			w.do(alerts.HealthShift, "", alerts.Input{Do: alerts.DoSnooze, Until: w.now.Add(day)})
		case alerts.Resolved:
			w.do(alerts.HealthShift, "", alerts.Input{Do: alerts.DoResolve, Outcome: alerts.NoAction})
		case alerts.Expired:
			w.ws.Live[alerts.Key("acme", alerts.HealthShift, "")].ExpireAt = w.now
			w.do(alerts.HealthShift, "", alerts.Input{Do: alerts.DoTimers})
		}
		w.log = nil
	}
	for _, tc := range []struct {
		name string
		send func(*world) alerts.EventResult
		want [5]string
	}{
		{"stale", func(w *world) alerts.EventResult {
			return w.take(alerts.Event{At: now.Add(-time.Hour), Signal: &alerts.Signal{Kind: alerts.HealthShift, Facts: redShift()}})
		}, [5]string{"stale", "stale", "stale", "stale", "stale"}},
		{"same", func(w *world) alerts.EventResult { return w.health(yellow, yellow, 59) }, [5]string{
			"updated: open, did repeated, expire in 720h", "updated: acknowledged, did repeated, remind in 120h",
			"updated: snoozed, did repeated, wake in 24h, expire in 720h", "stored", "stored",
		}},
		{"risen", func(w *world) alerts.EventResult { return w.health(yellow, red, 46) }, [5]string{
			"updated: open, did worsened, step in 4h, expire in 720h",
			"updated: acknowledged, did worsened, ping @U0BEN, remind in 120h",
			"updated: open, did worsened, step in 4h, expire in 720h",
			"opened: open, did opened, card #cs-alerts, out alert.opened, step in 4h, expire in 720h",
			"opened: open, did opened, card #cs-alerts, out alert.opened, step in 4h, expire in 720h",
		}},
		{"clear", func(w *world) alerts.EventResult { return w.health(yellow, green, 80) }, [5]string{
			"resolved: resolved, did recovered, out alert.resolved", "resolved: resolved, did recovered, out alert.resolved",
			"resolved: resolved, did recovered, out alert.resolved", "stored", "stored",
		}},
		{"better, not clear", func(w *world) alerts.EventResult {
			w.health(yellow, red, 46)
			w.log = nil
			return w.health(red, yellow, 55)
		}, [5]string{
			"updated: open, did eased, step in 4h, expire in 720h", "updated: acknowledged, did eased, remind in 120h",
			"updated: open, did eased, step in 4h, expire in 720h", "updated: open, did eased, step in 4h, expire in 720h",
			"updated: open, did eased, step in 4h, expire in 720h",
		}},
		{"better, and the red one was closed too", func(w *world) alerts.EventResult {
			w.health(yellow, red, 46)
			w.do(alerts.HealthShift, "", alerts.Input{Do: alerts.DoResolve, Outcome: alerts.Saved})
			w.log = nil
			return w.health(red, yellow, 55)
		}, [5]string{"stored", "stored", "stored", "stored", "stored"}},
	} {
		for i, s := range statuses {
			t.Run(tc.name+" "+string(s), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				setUp(w, s)
				got := string(tc.send(w))
				for _, r := range w.log {
					got += ": " + tell(alerts.Alert{Owner: r.Alert.Owner}, r, nil)
					explains(t, alerts.Alert{Status: r.History[0].From}, r)
				}
				require.Equal(t, tc.want[i], got)
			})
		}
	}
}

func TestHealthSeverity(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name    string
		set     func(*world)
		facts   alerts.HealthFacts
		want    alerts.Severity
		level   int
		colours string
	}{
		{"yellow", nil, alerts.HealthFacts{From: green, To: yellow}, alerts.Medium, 2, "green→yellow"},
		{"red", nil, alerts.HealthFacts{From: yellow, To: red}, alerts.High, 3, "yellow→red"},
		{"red before a renewal", func(w *world) { w.ws.Accounts["acme"].RenewalDate = 20270120 }, alerts.HealthFacts{From: yellow, To: red}, alerts.Critical, 3, "yellow→red"},
		{"red after the renewal date", func(w *world) { w.ws.Accounts["acme"].RenewalDate = 20261120 }, alerts.HealthFacts{From: yellow, To: red}, alerts.High, 3, "yellow→red"},
		{"red among the largest", func(w *world) { w.ws.TopARR = new(int64(8_400_000)) }, alerts.HealthFacts{From: yellow, To: red}, alerts.Critical, 3, "yellow→red"},
		{"red below the largest", func(w *world) { w.ws.TopARR = new(int64(8_400_001)) }, alerts.HealthFacts{From: yellow, To: red}, alerts.High, 3, "yellow→red"},
		{"a drop within green", nil, alerts.HealthFacts{From: green, To: green, PreviousScore: new(95.0), Score: new(80.0)}, alerts.Medium, 1, "green→green"},
		{"a drop to red", nil, alerts.HealthFacts{From: green, To: yellow, PreviousScore: new(95.0), Score: new(70.0)}, alerts.High, 3, "green→yellow"},
		{"no colour, only a score", nil, alerts.HealthFacts{Score: new(49.0)}, alerts.High, 3, "yellow→red"},
		{"no colour, a middling score", func(w *world) { w.ws.Accounts["acme"].Health, w.ws.Accounts["acme"].Score = green, nil }, alerts.HealthFacts{Score: new(50.0)}, alerts.Medium, 2, "green→yellow"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.rules.Routes = nil
			w.ws.Accounts["acme"].RenewalDate = 0
			if tc.set != nil {
				tc.set(w)
			}
			require.Equal(t, alerts.ResultOpened, w.signal(alerts.HealthShift, "", alerts.Facts{Health: &tc.facts}))
			a := w.live(alerts.HealthShift, "")
			require.Equal(t, tc.want, a.Severity)
			require.Equal(t, tc.level, w.ws.Conditions[a.Key].Level)
			require.Equal(t, tc.colours, string(a.Facts.Health.From+"→"+a.Facts.Health.To))
			require.Equal(t, []string{"#cs-urgent"}, a.Channels, "no route: the fallback channel")
		})
	}
}

func TestHealthThatSaysNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	require.Equal(t, alerts.ResultStored, w.signal(alerts.HealthShift, "", alerts.Facts{Health: &alerts.HealthFacts{}}))
	require.Equal(t, alerts.ResultStored, w.signal(alerts.HealthShift, "", alerts.Facts{Health: &alerts.HealthFacts{To: "purple"}}))
	require.Equal(t, alerts.ResultStored, w.signal(alerts.HealthShift, "", alerts.Facts{}))
	require.Equal(t, alerts.ResultStored, w.signal("weather", "", alerts.Facts{}))
	require.Equal(t, alerts.ResultStored, w.health(red, yellow, 55), "better than it was: good news, no alert")
	require.Empty(t, w.ws.Live)
}

func TestOlderNeverOverwritesNewer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	require.Equal(t, alerts.ResultOpened, w.health(yellow, red, 44))
	before := w.ws.Conditions[alerts.Key("acme", alerts.HealthShift, "")]
	old := alerts.Event{At: now.Add(-time.Second), Signal: &alerts.Signal{Kind: alerts.HealthShift, Facts: alerts.Facts{Health: &alerts.HealthFacts{To: green}}}}
	require.Equal(t, alerts.ResultStale, w.take(old))
	require.Equal(t, before, w.ws.Conditions[before.Key])
	require.Equal(t, red, w.ws.Accounts["acme"].Health)

	same := old
	same.At = now
	w.seq = 0 // the stream stored it before the other
	require.Equal(t, alerts.ResultUpdated, w.health(red, red, 43), "the same sequence again is not older")
	w.seq = 10
	require.Equal(t, alerts.ResultResolved, w.take(same))
	w.seq = 4
	require.Equal(t, alerts.ResultStale, w.health(green, red, 44), "same age, earlier in the stream")
}

func TestUsageLimits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	require.Equal(t, alerts.ResultStored, w.limit(74.9))
	require.Equal(t, alerts.ResultOpened, w.limit(92), "a jump over two thresholds is one alert")
	a := w.live(alerts.UsageLimit, "API calls")
	require.Equal(t, alerts.Medium, a.Severity)
	require.Equal(t, 90, a.Facts.Limit.Threshold)
	require.Equal(t, alerts.ResultUpdated, w.limit(93))
	w.do(alerts.UsageLimit, "API calls", alerts.Input{Do: alerts.DoResolve, Outcome: alerts.NoAction})
	require.Equal(t, alerts.ResultStored, w.limit(94), "the threshold was told in this period")
	require.Equal(t, alerts.ResultStored, w.limit(89))
	require.Equal(t, alerts.ResultStored, w.limit(91), "teetering is not told again")
	require.Equal(t, alerts.ResultStored, w.limit(50))
	require.Equal(t, alerts.ResultStored, w.limit(91), "not even after it was clear")
	require.Equal(t, alerts.ResultOpened, w.limit(100))
	require.Equal(t, alerts.High, w.live(alerts.UsageLimit, "API calls").Severity)
	first := w.live(alerts.UsageLimit, "API calls").ID

	next := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	w.log = nil
	require.Equal(t, alerts.ResultOpened, w.limitUntil(76, next), "a new period starts afresh")
	require.Len(t, w.log, 2)
	require.Equal(t, first, w.log[0].Alert.ID)
	require.Equal(t, alerts.Recovered, w.log[0].Alert.Outcome)
	require.Equal(t, alerts.Low, w.log[1].Alert.Severity)
	require.Equal(t, alerts.ResultResolved, w.limitUntil(3, next))
	require.Equal(t, alerts.ResultStored, w.limitUntil(3, next.AddDate(0, 1, 0)))
}

func TestUsageLimitIsCriticalWhenHard(t *testing.T) {
	t.Parallel()
	for hard, want := range map[bool]alerts.Severity{true: alerts.Critical, false: alerts.High} {
		w := newWorld(t)
		w.signal(alerts.UsageLimit, "seats", alerts.Facts{Limit: &alerts.LimitFacts{Resource: "seats", Used: 111, Limit: 100, Hard: &hard}})
		require.Equal(t, want, w.live(alerts.UsageLimit, "seats").Severity)
	}
}

func TestUsageLimitForecast(t *testing.T) {
	t.Parallel()
	kpis := func(w *world, days int, perDay float64) {
		for d := days; d > 0; d-- {
			w.take(alerts.Event{At: now.AddDate(0, 0, -d), KPIs: map[string]float64{"api_calls": 80 - float64(d)*perDay}})
		}
	}
	end := now.AddDate(0, 0, 30)
	t.Run("a line through two weeks", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		kpis(w, 20, 2)
		require.Equal(t, alerts.ResultOpened, w.limitUntil(80, end))
		f := w.live(alerts.UsageLimit, "API calls").Facts.Limit
		require.InDelta(t, 2, *f.PerDay, 1e-9)
		require.WithinDuration(t, now.AddDate(0, 0, 10), f.HitAt, time.Second)
	})
	t.Run("less than a week tells nothing", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		kpis(w, 6, 2)
		require.Equal(t, alerts.ResultOpened, w.limitUntil(80, end))
		f := w.live(alerts.UsageLimit, "API calls").Facts.Limit
		require.Nil(t, f.PerDay)
		require.Zero(t, f.HitAt)
	})
	t.Run("the reset comes first", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		kpis(w, 20, 0.5)
		require.Equal(t, alerts.ResultStored, w.limitUntil(80, end))
		require.Equal(t, alerts.ResultOpened, w.limitUntil(100, end), "reached is reached")
	})
	t.Run("only since the last reset", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		for d := 14; d > 0; d-- {
			used := 80 - float64(d)*2
			if d > 9 {
				used = 900
			}
			w.take(alerts.Event{At: now.AddDate(0, 0, -d), KPIs: map[string]float64{"api_calls": used}})
		}
		require.Equal(t, alerts.ResultOpened, w.limitUntil(80, end))
		require.InDelta(t, 2, *w.live(alerts.UsageLimit, "API calls").Facts.Limit.PerDay, 1e-9)
	})
	t.Run("its own signals are history too", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		for d := range 9 {
			w.now = now.AddDate(0, 0, d)
			w.limitUntil(76+float64(d), end)
		}
		require.Len(t, w.ws.Changes.KPIs, 9)
		f := w.live(alerts.UsageLimit, "API calls").Facts.Limit
		require.InDelta(t, 1, *f.PerDay, 1e-9)
	})
}

func TestKPINames(t *testing.T) {
	t.Parallel()
	names := func(resource string) []string {
		return alerts.Event{Signal: &alerts.Signal{Facts: alerts.Facts{Limit: &alerts.LimitFacts{Resource: resource}}}}.KPINames()
	}
	require.Equal(t, []string{"API calls", "api_calls"}, names("API calls"))
	require.Equal(t, []string{"seats"}, names("seats"))
	require.Empty(t, names(""))
	require.Empty(t, alerts.Event{}.KPINames())
}

func TestPercentNeverRoundsUp(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		used, limit float64
		want        int
	}{{89.99, 100, 89}, {57, 100, 57}, {0.57, 1, 57}, {29, 100, 29}, {5, 0, 0}, {math.NaN(), 5, 0}, {math.MaxFloat64, 1e-300, 1e9}, {110, 100, 110}} {
		require.Equal(t, tc.want, alerts.LimitFacts{Used: tc.used, Limit: tc.limit}.Percent(), tc)
	}
}

func pql(score float64) alerts.Facts {
	return alerts.Facts{PQL: &alerts.PQLFacts{Score: score, Contact: journey.Contact{Name: "Priya"}}}
}

func TestPQL(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	require.Equal(t, alerts.ResultStored, w.signal(alerts.PQL, "", pql(59)))
	require.Equal(t, alerts.ResultOpened, w.signal(alerts.PQL, "", pql(60)))
	a := w.live(alerts.PQL, "")
	require.Equal(t, alerts.Low, a.Severity)
	require.Equal(t, alerts.Opportunity, a.Polarity)
	require.Equal(t, []string{"#sales-pql"}, a.Channels)
	require.Equal(t, "round_robin:@sdr", a.OwnerRef, "nobody owns sales there")
	require.True(t, strings.HasPrefix(a.ShortID, "P-"))
	require.Equal(t, alerts.ResultUpdated, w.signal(alerts.PQL, "", pql(86)))
	require.Equal(t, alerts.High, w.live(alerts.PQL, "").Severity, "hotter is worse")
	require.Equal(t, alerts.DidWorsen, w.last().History[0].What)
	require.Equal(t, alerts.ResultUpdated, w.signal(alerts.PQL, "", pql(30)))
	require.Equal(t, alerts.DidEase, w.last().History[0].What)
	w.do(alerts.PQL, "", alerts.Input{Do: alerts.DoResolve, Outcome: alerts.Nurturing})
	w.now = now.Add(13 * day)
	require.Equal(t, alerts.ResultStored, w.signal(alerts.PQL, "", pql(95)), "one per account and 14 days")
	w.now = now.Add(14 * day)
	require.Equal(t, alerts.ResultOpened, w.signal(alerts.PQL, "", pql(95)))
	w.now = now.Add(30 * day)
	require.Equal(t, alerts.ResultUpdated, w.signal(alerts.PQL, "", pql(95)), "still live: no second one")
}

func TestAnOldMilestoneMovesTheStageAndAlarmsNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	at := now.Add(-41 * day)
	ev := alerts.Event{ID: "old", Source: "test", Account: "acme", At: at, Signal: &alerts.Signal{
		Kind: alerts.MilestoneReached, About: "d", Facts: alerts.Facts{Reached: &alerts.ReachedFacts{Milestone: "d"}},
	}}
	require.Equal(t, alerts.ResultStored, w.rules.Ingest(w.ws, ev, now))
	require.Equal(t, "d", w.ws.Accounts["acme"].Stage)
	require.Equal(t, at, w.ws.Accounts["acme"].StageAt)
	require.Nil(t, w.live(alerts.MilestoneReached, "d"))
}

func TestMilestones(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	stuck := func(by time.Time) alerts.EventResult {
		return w.signal(alerts.MilestoneDropoff, "d", alerts.Facts{Dropoff: &alerts.DropoffFacts{
			Milestone: "d", ExpectedBy: by, Progress: []alerts.Progress{{"exports", 0, 2}, {"lists", 2, 2}},
		}})
	}
	reached := func() alerts.EventResult {
		return w.signal(alerts.MilestoneReached, "d", alerts.Facts{Reached: &alerts.ReachedFacts{Milestone: "d"}})
	}
	by := now.Add(-5 * day)
	require.Equal(t, alerts.ResultOpened, stuck(by))
	require.Equal(t, alerts.Medium, w.live(alerts.MilestoneDropoff, "d").Severity)
	require.Equal(t, "0 of 2 exports", w.last().History[0].Data.After)
	agreed := now.Add(7 * day)
	w.do(alerts.MilestoneDropoff, "d", alerts.Input{Do: alerts.DoExtend, Until: agreed})
	require.Equal(t, alerts.ResultUpdated, stuck(by))
	require.Equal(t, agreed, w.live(alerts.MilestoneDropoff, "d").Facts.Dropoff.ExpectedBy, "the agreed date outlives the repeat")
	w.do(alerts.MilestoneDropoff, "d", alerts.Input{Do: alerts.DoResolve, Outcome: alerts.NoAction})
	require.Equal(t, alerts.ResultStored, stuck(by), "once per expectation")
	require.Equal(t, alerts.ResultOpened, stuck(now.Add(-day)))

	w.log, w.now = nil, now.Add(time.Hour)
	require.Equal(t, alerts.ResultOpened, reached())
	require.Equal(t, alerts.Recovered, w.log[0].Alert.Outcome)
	require.Equal(t, alerts.MilestoneDropoff, w.log[0].Alert.Kind)
	require.Equal(t, alerts.Low, w.log[1].Alert.Severity)
	require.Equal(t, "d", w.ws.Accounts["acme"].Stage)
	require.Equal(t, w.now, w.ws.Accounts["acme"].StageAt)
	require.Len(t, w.out, 1)
	require.Equal(t, "journeybot.stage.changed", w.out[0].Type)
	require.JSONEq(t, `{"account":"acme","to":"d","at":"2026-11-24T10:30:00Z"}`, string(w.out[0].Data))

	w.do(alerts.MilestoneReached, "d", alerts.Input{Do: alerts.DoResolve, Outcome: alerts.Expanded})
	require.Equal(t, alerts.ResultStored, reached(), "celebrated once")
	require.Len(t, w.out, 1)

	require.Equal(t, alerts.ResultOpened, stuck(now.Add(30*time.Minute)))
	w.now = w.now.Add(time.Hour)
	require.Equal(t, alerts.ResultResolved, reached(), "stuck before it again, then there")
}

func TestContactChanged(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		facts    alerts.ContactFacts
		severity alerts.Severity
		polarity alerts.Polarity
	}{
		{alerts.ContactFacts{Role: "champion", From: "Dana", To: "Lee"}, alerts.High, alerts.Risk},
		{alerts.ContactFacts{Role: "Executive Sponsor", From: "Dana"}, alerts.High, alerts.Risk},
		{alerts.ContactFacts{Role: "admin", From: "Dana"}, alerts.Medium, alerts.Risk},
		{alerts.ContactFacts{Role: "champion", To: "Lee"}, alerts.Low, alerts.Neutral},
		{alerts.ContactFacts{Role: "owner", From: "maria@example.com", To: "ben@example.com"}, alerts.Low, alerts.Neutral},
	} {
		w := newWorld(t)
		require.Equal(t, alerts.ResultOpened, w.signal(alerts.ContactChanged, tc.facts.Role, alerts.Facts{Contact: &tc.facts}))
		a := w.live(alerts.ContactChanged, tc.facts.Role)
		require.Equal(t, tc.severity, a.Severity, tc.facts)
		require.Equal(t, tc.polarity, a.Polarity)
	}
}

func TestAccountUpdates(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	update := func(p journey.Patch) alerts.EventResult {
		p.At = w.now
		return w.take(alerts.Event{Patch: &p})
	}
	require.Equal(t, alerts.ResultStored, update(journey.Patch{Name: journey.SetTo("Acme Inc"), Owner: journey.SetTo("maria@example.com")}))
	require.Equal(t, "Acme Inc", w.ws.Accounts["acme"].Name)
	require.True(t, w.ws.Changes.Accounts["acme"])
	require.Empty(t, w.ws.Live)

	w.now = now.Add(time.Hour)
	require.Equal(t, alerts.ResultOpened, update(journey.Patch{Owner: journey.SetTo("ben@example.com")}))
	require.Equal(t, &alerts.ContactFacts{Role: "owner", From: "maria@example.com", To: "ben@example.com"}, w.live(alerts.ContactChanged, "owner").Facts.Contact)
	require.Equal(t, "ben@example.com", w.live(alerts.ContactChanged, "owner").OwnerRef)
	require.Empty(t, w.live(alerts.ContactChanged, "owner").Owner, "nobody knows Ben in Slack yet")

	require.Equal(t, alerts.ResultOpened, update(journey.Patch{Contacts: journey.SetTo([]journey.Contact{
		{Name: "Lee Park", Email: "lee@acme.test", Role: journey.RoleChampion}, {Name: "Dana Weiss", Email: "dana@acme.test", Role: "admin"},
	})}))
	require.Equal(t, &alerts.ContactFacts{Role: "champion", From: "Dana Weiss", To: "Lee Park"}, w.live(alerts.ContactChanged, "champion").Facts.Contact)

	w.now = now.Add(2 * time.Hour)
	require.Equal(t, alerts.ResultUpdated, update(journey.Patch{Contacts: journey.SetTo([]journey.Contact{})}))
	require.Equal(t, &alerts.ContactFacts{Role: "champion", From: "Lee Park"}, w.live(alerts.ContactChanged, "champion").Facts.Contact)
	for _, c := range w.ws.Accounts["acme"].Contacts {
		require.False(t, c.LeftAt.IsZero(), c.Name)
	}

	w.now = now.Add(time.Minute)
	require.Equal(t, alerts.ResultStale, update(journey.Patch{Owner: journey.SetTo("old@example.com")}))
	require.Equal(t, "ben@example.com", w.ws.Accounts["acme"].Owner)
}

func TestFirstOwnerAndChampionAreNoNews(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := journey.Patch{Owner: journey.SetTo("maria@example.com"), Contacts: journey.SetTo([]journey.Contact{{Email: "c@new.test", Role: journey.RoleChampion}})}
	require.Equal(t, alerts.ResultStored, w.take(alerts.Event{Account: "new", Patch: &p}))
	require.Equal(t, "maria@example.com", w.ws.Accounts["new"].Owner)
	require.Empty(t, w.ws.Live)
}

func TestRenewals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	due := func(days int, health journey.Health) alerts.EventResult {
		w.ws.Accounts["acme"].Health = health
		w.now = time.Date(2027, 2, 20, 12, 0, 0, 0, time.UTC).AddDate(0, 0, -days)
		return w.signal(alerts.RenewalDue, "2027-02-20", alerts.Facts{Renewal: &alerts.RenewalFacts{RenewalDate: 20270220}})
	}
	severity := func() alerts.Severity { return w.live(alerts.RenewalDue, "2027-02-20").Severity }
	require.Equal(t, alerts.ResultStored, due(121, green))
	require.Equal(t, alerts.ResultOpened, due(120, green))
	require.Equal(t, alerts.Low, severity())
	require.Equal(t, int64(8_400_000), *w.live(alerts.RenewalDue, "2027-02-20").Facts.Renewal.ARR)
	require.Equal(t, alerts.ResultUpdated, due(90, green))
	require.Equal(t, alerts.Low, severity(), "green: nothing to do yet")
	require.Equal(t, alerts.ResultUpdated, due(60, yellow))
	require.Equal(t, alerts.Low, severity(), "sixty days before is for the digest")
	require.Equal(t, alerts.ResultUpdated, due(30, yellow))
	require.Equal(t, alerts.High, severity())
	w.do(alerts.RenewalDue, "2027-02-20", alerts.Input{Do: alerts.DoResolve, Outcome: alerts.Saved})
	require.Equal(t, alerts.ResultStored, due(29, yellow), "once per threshold")

	blank := newWorld(t)
	blank.ws.Accounts["acme"].RenewalDate = 0
	require.Equal(t, alerts.ResultStored, blank.signal(alerts.RenewalDue, "", alerts.Facts{Renewal: &alerts.RenewalFacts{}}))
}

func TestSupport(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ticket := func(status, priority string, age float64) alerts.EventResult {
		return w.signal(alerts.Support, "T1", alerts.Facts{Support: &alerts.SupportFacts{Ticket: "T1", Status: status, Priority: priority, AgeDays: &age}})
	}
	require.Equal(t, alerts.ResultStored, ticket("open", "normal", 6.9))
	require.Equal(t, alerts.ResultOpened, ticket("open", "normal", 7))
	require.Equal(t, alerts.Medium, w.live(alerts.Support, "T1").Severity)
	require.Equal(t, alerts.ResultUpdated, ticket("open", "Urgent", 8))
	require.Equal(t, alerts.High, w.live(alerts.Support, "T1").Severity)
	require.Equal(t, alerts.ResultUpdated, ticket("open", "low", 1))
	require.Equal(t, alerts.ResultResolved, ticket("closed", "low", 8))
	require.Equal(t, alerts.ResultStored, ticket("closed", "low", 8))
	require.Equal(t, alerts.ResultOpened, ticket("open", "urgent", 9), "reopened")
}

func TestFeedback(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	answer := func(survey string, score float64) alerts.EventResult {
		w.now = w.now.Add(day)
		return w.signal(alerts.Feedback, survey+" dana", alerts.Facts{Survey: &alerts.SurveyFacts{Survey: survey, Score: score}})
	}
	require.Equal(t, alerts.ResultStored, answer("nps", 7))
	require.Equal(t, alerts.ResultOpened, answer("nps", 6))
	require.Equal(t, alerts.Medium, w.live(alerts.Feedback, "nps dana").Severity)
	require.Equal(t, alerts.ResultUpdated, answer("nps", 2))
	require.Equal(t, alerts.High, w.live(alerts.Feedback, "nps dana").Severity)
	w.log = nil
	require.Equal(t, alerts.ResultOpened, answer("nps", 9))
	require.Len(t, w.log, 2)
	require.Equal(t, alerts.Recovered, w.log[0].Alert.Outcome)
	require.Equal(t, alerts.Opportunity, w.log[1].Alert.Polarity)
	require.Equal(t, "sell", w.log[1].Alert.Playbook)
	w.do(alerts.Feedback, "nps dana", alerts.Input{Do: alerts.DoResolve, Outcome: alerts.Expanded})
	require.Equal(t, alerts.ResultOpened, answer("nps", 5), "each answer is news")
	require.Equal(t, alerts.ResultResolved, answer("nps", 8))
	require.Equal(t, alerts.ResultOpened, answer("csat", 2))
	require.Equal(t, alerts.ResultOpened, answer("csat", 5))
	require.Equal(t, alerts.ResultStored, answer("ces", 1))
}

func TestChurnedAccountsStopAlerting(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.ws.Accounts["acme"].Status = journey.StatusChurned
	require.Equal(t, alerts.ResultStored, w.health(yellow, red, 44))
	require.Equal(t, red, w.ws.Accounts["acme"].Health, "what is known of it is kept")
	require.Empty(t, w.log)
}

func TestKPIsUsageAndTouches(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	require.Equal(t, alerts.ResultStored, w.take(alerts.Event{KPIs: map[string]float64{"nps": 8, "active": 19, "bad": math.NaN(), "worse": math.Inf(1)}}))
	require.Equal(t, []alerts.KPIPoint{{"acme", "active", now, 19}, {"acme", "nps", now, 8}}, w.ws.Changes.KPIs)
	w.take(alerts.Event{KPIs: map[string]float64{"nps": 7}})
	require.Equal(t, []journey.Point{{At: now, Value: 7}}, w.ws.KPIs["acme"]["nps"].Points, "one value per time")
	w.take(alerts.Event{At: now.Add(-day), KPIs: map[string]float64{"nps": 9}})
	require.Len(t, w.ws.KPIs["acme"]["nps"].Points, 2)
	require.InDelta(t, 9, w.ws.KPIs["acme"]["nps"].Points[0].Value, 0, "oldest first")

	require.Equal(t, alerts.ResultStored, w.take(alerts.Event{Usage: []alerts.Usage{{Event: "search", Count: 2, At: now}}}))
	require.Equal(t, []alerts.UsageCount{{"acme", 20261124, alerts.Usage{Event: "search", Count: 2, At: now}}}, w.ws.Changes.Usage)

	require.Equal(t, alerts.ResultStored, w.take(alerts.Event{Touch: &alerts.Touch{Who: "Maria"}}))
	require.Equal(t, now, w.ws.Accounts["acme"].LastTouch)
	require.Equal(t, alerts.ResultStale, w.take(alerts.Event{At: now.Add(-day), Touch: &alerts.Touch{}}))

	require.Equal(t, alerts.ResultStored, w.rules.Ingest(w.ws, alerts.Event{Result: &alerts.ActionResult{Action: "x"}}, now))
	require.Equal(t, alerts.ResultStored, w.take(alerts.Event{}))
}

func TestASignalCreatesItsAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	require.Equal(t, alerts.ResultOpened, w.take(alerts.Event{Account: "brand-new", Signal: &alerts.Signal{Kind: alerts.HealthShift, Facts: redShift()}}))
	require.True(t, w.ws.Changes.Accounts["brand-new"])
	a := w.ws.Live[alerts.Key("brand-new", alerts.HealthShift, "")]
	require.Equal(t, "brand-new", a.Facts.Account)
	require.Equal(t, "group:@cs-leads", a.OwnerRef, "no alert without an owner")
}

func TestOwners(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name      string
		owner     []string
		user, ref string
	}{
		{"known", []string{"account_owner"}, maria, "maria@example.com"},
		{"the first that exists", []string{"sales_owner", "account_owner"}, maria, "maria@example.com"},
		{"an address", []string{"Maria@Example.com"}, maria, "Maria@Example.com"},
		{"unknown yet", []string{"new@example.com", "account_owner"}, "", "new@example.com"},
		{"who left: somebody is looked for", []string{"gone@example.com", "account_owner"}, "", "gone@example.com"},
		{"who is away: somebody is looked for", []string{"away@example.com", "account_owner"}, "", "away@example.com"},
		{"a group", []string{"group:@emea"}, "", "group:@emea"},
		{"nobody", []string{"sales_owner"}, "", "group:@cs-leads"},
		{"default", nil, maria, "maria@example.com"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.ws.People["gone@example.com"] = alerts.Person{UserID: "U0GONE", Deleted: true}
			w.ws.People["away@example.com"] = alerts.Person{UserID: "U0AWAY", AwayUntil: now.Add(day)}
			w.rules.Routes = []alerts.Route{{Name: "all", Owner: tc.owner}}
			w.health(yellow, red, 44)
			a := w.live(alerts.HealthShift, "")
			require.Equal(t, tc.user, a.Owner)
			require.Equal(t, tc.ref, a.OwnerRef)
		})
	}
	w := newWorld(t)
	w.rules.Fallback, w.ws.Accounts["acme"].Owner = alerts.Fallback{}, ""
	w.health(yellow, red, 44)
	require.Empty(t, w.live(alerts.HealthShift, "").OwnerRef)
}

func TestRouting(t *testing.T) {
	t.Parallel()
	r := rules()
	r.Routes = []alerts.Route{
		{Name: "never", When: must(`false`), Channel: "sales"},
		{Name: "one", Channel: "alerts", Severity: alerts.Low, Continue: true},
		{Name: "two", Channel: "urgent", Playbook: "p", Escalation: "standard", Severity: alerts.High, Continue: true},
		{Name: "again", Channel: "alerts", Owner: []string{"account_owner"}, Continue: true},
		{Name: "last", Owner: []string{"sales_owner"}, Playbook: "q"},
		{Name: "unreached", Channel: "sales"},
	}
	d := r.Route(alerts.Case{Kind: alerts.HealthShift, Severity: alerts.Medium})
	require.Equal(t, alerts.Decision{
		Matched: []string{"one", "two", "again", "last"}, Channels: []string{"alerts", "urgent"}, Owner: []string{"account_owner"},
		Playbook: "p", Escalation: "standard", Severity: alerts.Low,
	}, d)

	r.Routes = []alerts.Route{
		{Name: "raise", Severity: alerts.Critical, Continue: true},
		{Name: "urgent", When: must(`severity == "critical"`), Channel: "urgent", Continue: true},
		{Name: "all", Channel: "alerts"},
	}
	d = r.Route(alerts.Case{Kind: alerts.Support, Severity: alerts.Low})
	require.Equal(t, []string{"raise", "urgent", "all"}, d.Matched, "later routes see the severity that is set")
	require.Equal(t, "critical", d.Escalation)

	r.Routes = nil
	require.Equal(t, alerts.Decision{
		Channels: []string{"urgent"}, Owner: []string{"sales_owner", "account_owner"}, Playbook: "sell", Escalation: "high", Severity: alerts.High,
	}, r.Route(alerts.Case{Kind: alerts.PQL, Severity: alerts.High, Polarity: alerts.Opportunity}))
	require.Equal(t, alerts.Decision{Owner: []string{"account_owner"}}, (&alerts.Rules{}).Route(alerts.Case{Kind: alerts.Support}))
}

func TestEventIDsAreTheLastTen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 15 {
		w.health(yellow, red, 44)
	}
	a := w.live(alerts.HealthShift, "")
	require.Len(t, a.EventIDs, 10)
	require.Equal(t, "test e15", a.EventIDs[9])
	require.Equal(t, 15, a.Count)
}

// TestPlaybookFollowsTheSeverityUntilSomebodyActs: who has begun with one keeps it.
func TestPlaybookFollowsTheSeverityUntilSomebodyActs(t *testing.T) {
	t.Parallel()
	for acked, want := range map[bool]string{false: "rescue", true: "watch"} {
		w := newWorld(t)
		w.rules.Playbooks = []alerts.Playbook{{Name: "rescue", For: must(`signal.to == "red"`)}, {Name: "watch", For: must(`signal.to == "yellow"`)}}
		w.health(green, yellow, 60)
		if acked {
			w.do(alerts.HealthShift, "", alerts.Input{Do: alerts.DoAck})
		}
		w.health(yellow, red, 40)
		require.Equal(t, want, w.live(alerts.HealthShift, "").Playbook)
	}
}

// TestEveryKindSaysWhatItIs: summaries and histories have words for every kind.
func TestEveryKindSaysWhatItIs(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		kind    alerts.Kind
		facts   alerts.Facts
		summary string
	}{
		{alerts.HealthShift, redShift(), "health 72 → 44 (red)"},
		{alerts.HealthShift, alerts.Facts{Health: &alerts.HealthFacts{To: red}}, "health red"},
		{alerts.UsageLimit, alerts.Facts{Limit: &alerts.LimitFacts{Resource: "API calls", Used: 90, Limit: 100}}, "90 % of API calls"},
		{alerts.PQL, pql(86.5), "PQL 86.5"},
		{alerts.MilestoneDropoff, alerts.Facts{Dropoff: &alerts.DropoffFacts{Milestone: "d"}}, "stuck at Value realization"},
		{alerts.MilestoneReached, alerts.Facts{Reached: &alerts.ReachedFacts{Milestone: "d"}}, "reached Value realization"},
		{alerts.ContactChanged, alerts.Facts{Contact: &alerts.ContactFacts{Role: "champion", From: "Dana"}}, "champion changed from Dana to nobody"},
		{alerts.RenewalDue, alerts.Facts{Renewal: &alerts.RenewalFacts{RenewalDate: 20270220}}, "renewal on 2027-02-20"},
		{alerts.Support, alerts.Facts{Support: &alerts.SupportFacts{Ticket: "T1", Status: "open"}}, "ticket T1 open"},
		{alerts.Feedback, alerts.Facts{Survey: &alerts.SurveyFacts{Survey: "nps", Score: 3}}, "NPS 3"},
		{alerts.Silence, alerts.Facts{Silence: &alerts.SilenceFacts{}}, "silence"},
	} {
		a := in(alerts.Open)
		a.Kind, a.Facts = tc.kind, tc.facts
		r, err := rules().Apply(a, alerts.Input{Do: alerts.DoAck, By: alerts.Actor{UserID: ben}}, now)
		require.NoError(t, err)
		var data struct{ Summary string }
		require.NoError(t, json.Unmarshal(r.Outbound[0].Data, &data))
		require.Equal(t, tc.summary, data.Summary)
		var n alerts.Notice
		require.NoError(t, json.Unmarshal(r.Places[0].Body, &n))
		require.Contains(t, n.Text, "<@U0BEN> took acme: "+strings.TrimSuffix(tc.summary, " from Dana to nobody")+".", "no name known: the account's id and the mention")
	}
}
