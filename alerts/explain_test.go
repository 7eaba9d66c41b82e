package alerts_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"journeybot/alerts"
	"journeybot/journey"
)

func TestLacksNamesTheFalseAndUnknownParts(t *testing.T) {
	t.Parallel()
	arr := int64(3_100_000)
	c := alerts.Case{Kind: alerts.HealthShift, Severity: alerts.High, Account: journey.Account{ID: "acme", Tier: "gold", ARR: &arr}}
	for source, want := range map[string][]string{
		`kind == "health_shift"`:                                        nil,
		`account.arr >= 50000`:                                          {"account.arr >= 50000: account.arr is 31000"},
		`account.arr >= 50000 and account.tier == "gold"`:               {"account.arr >= 50000: account.arr is 31000"},
		`account.score < 50 && severity >= "high"`:                      {"account.score < 50: account.score is unknown"},
		`kind == "pql" or (account.seats > 5 and account.region == "")`: {`kind == "pql": kind is health_shift`, "account.seats > 5: account.seats is unknown"},
		`not (account.tier == "gold")`:                                  {`not (account.tier == "gold"): account.tier is gold`},
		`account.tier == "silver" or account.tier == "gold"`:            nil,
		`account.arr - account.seats > 1`:                               {"account.arr - account.seats > 1: account.arr is 31000, account.seats is unknown"},
		`1 == 2`:                                                        {"1 == 2: "},
	} {
		w, err := alerts.CompileWhen(source)
		require.NoError(t, err, source)
		require.Equal(t, want, w.Lacks(c), source)
		require.Equal(t, w.Match(c), w.Lacks(c) == nil, "%s: nothing lacks exactly when it matches", source)
	}
	var none *alerts.When
	require.Nil(t, none.Lacks(c))
	require.Nil(t, none.Values(c))
	w, err := alerts.CompileWhen(`account.arr >= 50000 and account.arr < 90000 and kind in ["pql", "support"]`)
	require.NoError(t, err)
	require.Equal(t, []string{"account.arr is 31000", "kind is health_shift"}, w.Values(c), "each name once")
}

func TestExplainDecidesAsRouteDoes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, k := range alerts.Kinds {
		for s := alerts.Low; s <= alerts.Critical; s++ {
			c := alerts.Case{Kind: k, Severity: s, Account: acme(), Facts: redShift(), Now: now}
			e := w.rules.Explain(c)
			require.Equal(t, w.rules.Route(c), e.Decision)
			require.Len(t, e.Routes, len(w.rules.Routes))
			var matched []string
			for _, r := range e.Routes {
				require.False(t, r.Matched && (r.Skipped || len(r.Lacks) > 0))
				require.True(t, r.Matched || r.Skipped || len(r.Lacks) > 0, "%s says why it did not match", r.Name)
				if r.Matched {
					matched = append(matched, r.Name)
				}
			}
			require.Equal(t, e.Matched, matched)
		}
	}
}

// note is what the last event left.
func (w *world) note() alerts.EventNote {
	return w.ws.Changes.EventNotes[fmt.Sprintf("test e%d", w.seq)]
}

func TestEveryEventSaysWhyItDidNotAlert(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	require.Equal(t, alerts.ResultStored, w.health(journey.HealthGreen, journey.HealthGreen, 80))
	require.Equal(t, alerts.EventNote{Reason: alerts.BecauseClear, Saw: "80 (green)"}, w.note())

	require.Equal(t, alerts.ResultOpened, w.health(journey.HealthGreen, journey.HealthRed, 40))
	a := w.live(alerts.HealthShift, "")
	require.Equal(t, alerts.EventNote{Saw: "40 (red)", Alert: a.ID}, w.note())
	require.NotNil(t, a.Decided)
	require.Len(t, a.Decided.Routes, len(w.rules.Routes))
	require.Equal(t, now, a.Decided.At)

	require.Equal(t, alerts.ResultUpdated, w.health(journey.HealthRed, journey.HealthRed, 38))
	require.Equal(t, a.ID, w.note().Alert)

	w.now = w.now.Add(time.Hour)
	require.Equal(t, alerts.ResultStale, w.take(alerts.Event{
		At: now.Add(-time.Hour), Signal: &alerts.Signal{Kind: alerts.HealthShift, Facts: alerts.Facts{Health: &alerts.HealthFacts{To: journey.HealthRed}}},
	}))
	require.Equal(t, alerts.BecauseOlder, w.note().Reason)
	require.Equal(t, now, w.note().Since)

	w.do(alerts.HealthShift, "", alerts.Input{Do: alerts.DoResolve, By: alerts.Actor{UserID: maria}, Outcome: alerts.Saved})
	require.Equal(t, alerts.ResultStored, w.health(journey.HealthRed, journey.HealthRed, 37))
	require.Equal(t, alerts.BecauseTold, w.note().Reason)

	require.Equal(t, alerts.ResultOpened, w.limitUntil(920, now.AddDate(0, 0, 10)))
	limit := w.live(alerts.UsageLimit, "api calls")
	require.NotNil(t, limit)
	w.do(alerts.UsageLimit, "api calls", alerts.Input{Do: alerts.DoResolve, By: alerts.Actor{UserID: maria}, Outcome: alerts.NoAction})
	require.Equal(t, alerts.ResultStored, w.limitUntil(930, now.AddDate(0, 0, 10)))
	require.Equal(t, alerts.BecauseTold, w.note().Reason)
	require.NotEmpty(t, w.note().Period)

	require.Equal(t, alerts.ResultStored, w.take(alerts.Event{
		At: now.AddDate(0, -3, 0), Signal: &alerts.Signal{Kind: alerts.MilestoneReached, About: "first-value", Facts: alerts.Facts{Reached: &alerts.ReachedFacts{Milestone: "first-value"}}},
	}))
	require.Equal(t, alerts.BecausePast, w.note().Reason)
	require.Equal(t, alerts.ResultStored, w.health(journey.HealthRed, journey.HealthYellow, 60))
	require.Equal(t, alerts.BecauseBetter, w.note().Reason)

	w.ws.Accounts["acme"].Status = journey.StatusChurned
	require.Equal(t, alerts.ResultStored, w.signal(alerts.PQL, "", pql(90)))
	require.Equal(t, alerts.BecauseChurned, w.note().Reason)
	require.Equal(t, alerts.ResultStored, w.signal(alerts.HealthShift, "", alerts.Facts{}))
	require.Equal(t, alerts.BecauseNothing, w.note().Reason)
}

func TestTryChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.health(journey.HealthGreen, journey.HealthRed, 40)
	before := *w.ws.Accounts["acme"]
	conditions, live := len(w.ws.Conditions), len(w.ws.Live)
	ev := alerts.Event{Source: "test", ID: "x", Account: "acme", At: w.now, Signal: &alerts.Signal{Kind: alerts.HealthShift, Facts: redShift()}}
	trial := w.rules.Try(w.ws, ev, w.now)
	require.NotNil(t, trial)
	require.Equal(t, trial.Severity, trial.Alert.Severity)
	require.Equal(t, before, *w.ws.Accounts["acme"])
	require.Len(t, w.ws.Conditions, conditions)
	require.Len(t, w.ws.Live, live)
	ev.Signal = &alerts.Signal{Kind: alerts.HealthShift, Facts: alerts.Facts{Health: &alerts.HealthFacts{To: journey.HealthGreen}}}
	require.Nil(t, w.rules.Try(w.ws, ev, w.now), "nothing to route")
	require.Nil(t, w.rules.Try(w.ws, alerts.Event{Account: "acme", Touch: &alerts.Touch{}}, w.now))
}

func TestPercentiles(t *testing.T) {
	t.Parallel()
	var hours []time.Duration
	require.Negative(t, journey.Percentile(hours, 50))
	for i := 10; i > 0; i-- {
		hours = append(hours, time.Duration(i)*time.Hour)
	}
	require.Equal(t, 5*time.Hour, journey.Percentile(hours, 50))
	require.Equal(t, 9*time.Hour, journey.Percentile(hours, 90))
	require.Equal(t, time.Hour, journey.Percentile(hours[9:], 90))
	require.Equal(t, 10*time.Hour, hours[0], "the argument keeps its order")
}

func TestTally(t *testing.T) {
	t.Parallel()
	at := func(h int) time.Time { return now.Add(time.Duration(h) * time.Hour) }
	lives := []alerts.Life{
		{Owner: "U1", Channels: []alerts.Target{"#a", "#b"}, Seen: at(0), Acked: at(1), Resolved: at(5), Ended: true},
		{Owner: "U1", Channels: []alerts.Target{"#a"}, Seen: at(0), Acked: at(3)},
		{Channels: []alerts.Target{"#a"}, Seen: at(0), Held: true},
		{Owner: "U2", Channels: []alerts.Target{"#b"}, Seen: at(2), Acked: at(1)}, // taken while it was held
	}
	total := alerts.Tell("", lives)
	require.Equal(t, alerts.Tally{
		Opened: 4, Acknowledged: 3, Resolved: 1, Ended: 1, Held: 1, AckMedian: time.Hour, AckSlow: 3 * time.Hour, ResolveMedian: 5 * time.Hour, ResolveSlow: 5 * time.Hour,
	}, total)
	by := alerts.TellBy(lives, func(l alerts.Life) []string { return []string{l.Owner} })
	require.Equal(t, "U1", by[0].Name)
	require.Equal(t, []int{2, 1, 1}, []int{by[0].Opened, by[1].Opened, by[2].Opened})
	require.True(t, alerts.StatsFilter{Channel: "#b", Owner: "U2"}.Takes(lives[3]))
	require.False(t, alerts.StatsFilter{Channel: "#b"}.Takes(lives[1]))
}
