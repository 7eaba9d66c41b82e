package cards_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"journeybot/alerts"
	"journeybot/cards"
	"journeybot/journey"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func ruled(t testing.TB) cards.Style {
	t.Helper()
	s := style(t)
	s.Rules.Revision = "4f2a9c0d11223344556677"
	s.Rules.Routes = []alerts.Route{{Name: "big red"}, {Name: "pql"}, {Name: "default"}, {Name: "never"}}
	s.Rules.Thresholds = alerts.Thresholds{
		Health:  alerts.HealthThresholds{Green: 75, Yellow: 50, Drop: 15},
		Limits:  []alerts.LimitThreshold{{Percent: 75}, {Percent: 90}, {Percent: 100}},
		PQL:     alerts.PQLThresholds{Qualified: 60, SalesReady: 80},
		Renewal: []alerts.RenewalThreshold{{Days: 90}, {Days: 30}},
		Support: alerts.SupportThresholds{Age: 7 * day, Priorities: []string{"urgent"}},
		NPS:     alerts.SurveyThresholds{Detractor: 6, Promoter: 9}, CSAT: alerts.SurveyThresholds{Detractor: 2, Promoter: 5},
	}
	return s
}

func why(k alerts.Kind) alerts.Why {
	v := view(k)
	v.Alert.Config, v.Alert.Route, v.Alert.Channels = "4f2a9c0d11223344556677", "big red, default", []string{"#cs-urgent", "#cs-alerts"}
	v.Alert.Escalation, v.Alert.Count = "high", 2
	v.Alert.Decided = &alerts.Decided{
		At: ago(18 * time.Minute), Severity: alerts.Medium, Owner: []string{"account_owner"}, SeverityFrom: "big red", OwnerFrom: "default",
		Routes: []alerts.RouteStep{
			{
				Name: "big red", When: `kind == "health_shift" && account.arr >= 50000`, Channel: "urgent", Matched: true,
				Values: []string{"kind is health_shift", "account.arr is 84000"},
			},
			{Name: "pql", When: `kind == "pql"`, Lacks: []string{`kind == "pql": kind is health_shift`}},
			{Name: "default", Channel: "alerts", Matched: true},
			{Name: "never", Skipped: true},
		},
	}
	return alerts.Why{
		View: v, LoadedAt: ago(9 * day),
		Events: []alerts.KeptEvent{
			{
				Source: "crm", ID: "e-1", Type: "growth.signal." + string(k), At: ago(3 * time.Hour), ReceivedAt: ago(20 * time.Minute),
				Result: alerts.ResultOpened, Note: alerts.EventNote{Saw: "58 (yellow)", Alert: alertID}, AlertID: "A-7K2",
			},
			{
				Source: "crm", ID: "e-2", Type: "growth.signal." + string(k), At: ago(20 * time.Minute), ReceivedAt: ago(20 * time.Minute),
				Result: alerts.ResultUpdated, Note: alerts.EventNote{Saw: "44 (red)", Alert: alertID}, AlertID: "A-7K2",
			},
		},
		Deliveries: []alerts.Delivery{
			{Kind: alerts.CardMessage, Target: "#cs-urgent", At: ago(18 * time.Minute)},
			{Kind: alerts.CardMessage, Target: "C0123456789", Hold: "hours"},
			{Kind: alerts.PingMessage, Target: "@UMARIA", At: ago(time.Minute), Text: "Acme Corp: health 72 → 44. Nobody is on it since <!date^1795500000^{time}|09:30>."},
			{Kind: alerts.PingMessage, Target: "@UGONE", Error: "user_disabled"},
		},
	}
}

func TestWhy(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*alerts.Why){
		"routed": func(*alerts.Why) {},
		"held then shown": func(w *alerts.Why) {
			happen(&w.View,
				alerts.Entry{What: alerts.DidHold, Data: alerts.EntryData{Note: string(alerts.HoldHours), Until: ago(30 * time.Minute)}},
				alerts.Entry{What: alerts.DidSetOwner, Data: alerts.EntryData{Note: "gone@example.com is not in this Slack workspace"}},
				alerts.Entry{What: alerts.DidRelease, Data: alerts.EntryData{Note: string(alerts.HoldHours)}},
			)
		},
		"another revision": func(w *alerts.Why) { w.Alert.Config = "beef" },
		"before it was kept": func(w *alerts.Why) {
			w.Alert.Decided, w.Events, w.Deliveries, w.Alert.Hold = nil, nil, nil, alerts.Hold{Reason: alerts.HoldMute, Until: now.Add(day)}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := why(alerts.HealthShift)
			change(&w)
			golden(t, cards.Why(ruled(t), w))
		})
	}
	for _, k := range alerts.Kinds {
		d := cards.Why(ruled(t), why(k))
		requireAccepted(t, d)
		require.Contains(t, string(pretty(t, d)), "Threshold")
	}
}

func TestWhyAccount(t *testing.T) {
	t.Parallel()
	w := alerts.AccountWhy{
		AccountView: account(alerts.HealthShift, alerts.UsageLimit), Events: why(alerts.HealthShift).Events,
		Mutes: []alerts.MuteSpan{{Kind: alerts.Support, From: ago(day), Until: now.Add(6 * day), By: maria, Reason: "migration weekend"}},
	}
	w.Live[1].Alert.Hold = alerts.Hold{Reason: alerts.HoldThrottle, Until: now.Add(3 * time.Hour)}
	t.Run("live", func(t *testing.T) {
		t.Parallel()
		golden(t, cards.WhyAccount(ruled(t), w))
	})
	t.Run("quiet", func(t *testing.T) {
		t.Parallel()
		golden(t, cards.WhyAccount(ruled(t), alerts.AccountWhy{AccountView: alerts.AccountView{Account: acme()}}))
	})
}

func TestWhyNot(t *testing.T) {
	t.Parallel()
	event := func(result alerts.EventResult, n alerts.EventNote) alerts.KeptEvent {
		return alerts.KeptEvent{
			Source: "billing", ID: "e-9", Type: "growth.signal.usage_limit", At: ago(20 * day), ReceivedAt: ago(20*day - 2*time.Hour), Result: result, Note: n,
			AlertID: map[bool]string{true: "A-9Q4"}[n.Alert != ""],
		}
	}
	opened := view(alerts.UsageLimit)
	opened.Alert.OpenedAt, opened.Alert.Channels = ago(20*day), []string{"#cs-alerts"}
	held := opened
	happen(&held, alerts.Entry{What: alerts.DidHold, Data: alerts.EntryData{Note: string(alerts.HoldHours)}})
	tracked := event(alerts.ResultStored, alerts.EventNote{})
	tracked.Type = "growth.usage.tracked"
	for name, change := range map[string]func(*alerts.DayView){
		"never seen":   func(d *alerts.DayView) { d.First = time.Time{} },
		"no events":    func(*alerts.DayView) {},
		"only numbers": func(d *alerts.DayView) { d.Events = []alerts.KeptEvent{tracked} },
		"below": func(d *alerts.DayView) {
			d.Events = []alerts.KeptEvent{tracked, event(alerts.ResultStored, alerts.EventNote{Reason: alerts.BecauseClear, Saw: "60 %"})}
		},
		"told before": func(d *alerts.DayView) {
			d.Events = []alerts.KeptEvent{event(alerts.ResultStored, alerts.EventNote{Reason: alerts.BecauseTold, Saw: "92 %", Period: "2026-11"})}
		},
		"churned": func(d *alerts.DayView) {
			d.Account.Status = journey.StatusChurned
			d.Events = []alerts.KeptEvent{event(alerts.ResultStored, alerts.EventNote{Reason: alerts.BecauseChurned, Saw: "92 %"})}
		},
		"late": func(d *alerts.DayView) {
			d.Events = []alerts.KeptEvent{event(alerts.ResultStale, alerts.EventNote{Reason: alerts.BecauseOlder, Saw: "92 %", Since: ago(19 * day)})}
		},
		"live already": func(d *alerts.DayView) {
			d.Live = []alerts.Alert{opened.Alert}
			d.Events = []alerts.KeptEvent{event(alerts.ResultUpdated, alerts.EventNote{Saw: "92 %", Alert: alertID})}
		},
		"there was one": func(d *alerts.DayView) {
			d.Opened = []alerts.View{opened}
			d.Events = []alerts.KeptEvent{event(alerts.ResultOpened, alerts.EventNote{Saw: "92 %", Alert: alertID})}
		},
		"held and muted": func(d *alerts.DayView) {
			d.Opened = []alerts.View{held}
			d.Mutes = []alerts.MuteSpan{{From: ago(22 * day), Until: ago(15 * day), By: ben}}
		},
		"today":    func(d *alerts.DayView) { d.Day = journey.DayOf(now) },
		"tomorrow": func(d *alerts.DayView) { d.Day = journey.DayOf(now.Add(day)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := alerts.DayView{Account: acme(), Day: journey.DayOf(ago(20 * day)), First: ago(60 * day)}
			change(&d)
			golden(t, cards.WhyNot(ruled(t), d))
		})
	}
}

func timeline() alerts.Timeline {
	of := func(k alerts.Kind, at time.Time, e alerts.Entry) alerts.Moment {
		e.At = at
		return alerts.Moment{At: at, Alert: &alerts.AlertMoment{Alert: view(k).Alert, Entry: e}}
	}
	mute := alerts.MuteSpan{Kind: alerts.Support, From: ago(9 * day), Until: ago(2 * day), By: ben, Reason: "migration weekend"}
	return alerts.Timeline{Account: acme(), People: people(), Moments: []alerts.Moment{
		of(alerts.HealthShift, ago(time.Hour), alerts.Entry{What: alerts.DidResolve, Actor: maria, Data: alerts.EntryData{Outcome: alerts.Saved, Note: "Plan agreed."}}),
		of(alerts.HealthShift, ago(day), alerts.Entry{What: alerts.DidAssign, Actor: ben, To: alerts.Open, Data: alerts.EntryData{User: "UMARIA", UserName: "Maria"}}),
		{At: ago(2 * day), Mute: &mute, Ended: true},
		of(alerts.UsageLimit, ago(3*day), alerts.Entry{What: alerts.DidRelease, Data: alerts.EntryData{Note: "hours"}}),
		of(alerts.UsageLimit, ago(3*day), alerts.Entry{What: alerts.DidHold, Data: alerts.EntryData{Note: "hours", Until: ago(2 * day)}}),
		of(alerts.UsageLimit, ago(3*day), alerts.Entry{What: alerts.DidOpen, Data: alerts.EntryData{Severity: alerts.Medium, After: "90 %"}}),
		{At: ago(4 * day), Note: &alerts.Note{At: ago(4 * day), By: maria, Text: "Dana is *back* <!here>", Permalink: "https://team.slack.example/archives/C1/p1"}},
		{At: ago(9 * day), Mute: &mute},
		{At: ago(12 * day), Touch: &alerts.Touch{Channel: "call", Who: "Maria", Note: "Talked about exports."}},
		{At: ago(41 * day), Stage: &alerts.StageMove{Milestone: "value-realization"}},
	}}
}

func TestTimeline(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*alerts.Timeline){
		"first page":  func(tl *alerts.Timeline) { tl.More = true },
		"second page": func(tl *alerts.Timeline) { tl.Offset, tl.Moments = 15, tl.Moments[9:] },
		"empty":       func(tl *alerts.Timeline) { tl.Moments = nil },
		"past end":    func(tl *alerts.Timeline) { tl.Moments, tl.Offset = nil, 30 },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tl := timeline()
			change(&tl)
			golden(t, cards.Timeline(style(t), tl))
		})
	}
}

func series(name string, from time.Time, values ...float64) journey.Series {
	s := journey.Series{Name: name}
	for i, v := range values {
		s.Points = append(s.Points, journey.Point{At: from.Add(time.Duration(i) * 3 * day), Value: v})
	}
	return s
}

func TestKPIs(t *testing.T) {
	t.Parallel()
	for name, kpis := range map[string][]journey.Series{
		"one":     {series("active_users", ago(60*day), 41, 40, 38, 30, 22, 19)},
		"several": {series("active_users", ago(60*day), 41, 40, 38, 30, 22, 19), series("nps", ago(54*day), 8, 6, 4), series("seats", ago(30*day), 60)},
		"none":    nil,
		"long":    {series("api_calls", ago(89*day), make([]float64, 30)...)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			golden(t, cards.KPIs(style(t), alerts.KPIHistory{Account: acme(), Days: 90, Since: ago(90 * day), KPIs: kpis}))
		})
	}
}

func stats() alerts.Stats {
	tally := func(name string, opened int, ack time.Duration) alerts.Tally {
		return alerts.Tally{
			Name: name, Opened: opened, Acknowledged: opened / 2, Resolved: opened / 3, Held: 1,
			AckMedian: ack, AckSlow: 4 * ack, ResolveMedian: 20 * ack, ResolveSlow: 90 * ack,
		}
	}
	none := alerts.Tally{Name: "#quiet", Opened: 2, AckMedian: -1, AckSlow: -1, ResolveMedian: -1, ResolveSlow: -1}
	return alerts.Stats{
		Days: 30, People: people(), Total: tally("", 40, 22*time.Minute),
		Windows:  []alerts.Window{{Days: 7, Tally: tally("", 12, 12*time.Minute)}, {Days: 30, Tally: tally("", 40, 22*time.Minute)}, {Days: 90, Tally: tally("", 130, 3*time.Hour)}},
		Channels: []alerts.Tally{tally("#cs-alerts", 30, 18*time.Minute), tally("#sales-pql", 10, 90*time.Minute), none},
		Owners:   []alerts.Tally{tally("UMARIA", 22, 10*time.Minute), tally("", 3, 5*time.Hour)},
		Routes:   []alerts.RouteCount{{Route: "default", Taken: 33}, {Route: "big red", Taken: 4}, {Route: "gone", Taken: 1}},
	}
}

func TestStats(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*alerts.Stats){
		"all":       func(*alerts.Stats) {},
		"channel":   func(st *alerts.Stats) { st.Filter.Channel = "#cs-alerts" },
		"owner":     func(st *alerts.Stats) { st.Filter.Owner = "UMARIA" },
		"no alerts": func(st *alerts.Stats) { *st = alerts.Stats{Days: 7, Total: alerts.Tell("", nil)} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			st := stats()
			change(&st)
			golden(t, cards.Stats(style(t), st))
		})
	}
	t.Run("routes", func(t *testing.T) {
		t.Parallel()
		golden(t, cards.Routes(ruled(t), stats()))
	})
}

func TestNoted(t *testing.T) {
	t.Parallel()
	golden(t, cards.Noted("Acme <Corp>", alerts.Note{Account: "acme", Text: "Dana is *back*"}))
}

func TestHeldInAList(t *testing.T) {
	t.Parallel()
	v := view(alerts.UsageLimit)
	for reason := range map[alerts.HoldReason]bool{alerts.HoldMute: true, alerts.HoldHours: true, alerts.HoldCollision: true, "later": true} {
		v.Alert.Hold = alerts.Hold{Reason: reason, Until: now.Add(time.Hour)}
		drawn := string(pretty(t, cards.AlertList(style(t), alerts.Filter{Held: true, Kind: alerts.UsageLimit, Severity: alerts.Medium}, []alerts.View{v}, 1)))
		require.Contains(t, drawn, "held: ", reason)
	}
}

func TestHostileReads(t *testing.T) {
	event := rapid.Custom(func(t *rapid.T) alerts.KeptEvent {
		return alerts.KeptEvent{
			Source: text.Draw(t, "source"), ID: text.Draw(t, "id"), Type: "growth.signal." + text.Draw(t, "type"), At: moment.Draw(t, "at"),
			ReceivedAt: moment.Draw(t, "received"), AlertID: text.Draw(t, "alert"),
			Result: rapid.SampledFrom([]alerts.EventResult{"", alerts.ResultOpened, alerts.ResultStale, alerts.ResultStored}).Draw(t, "result"),
			Note: alerts.EventNote{
				Saw: text.Draw(t, "saw"), Period: text.Draw(t, "period"), Since: moment.Draw(t, "since"),
				Reason: rapid.SampledFrom([]alerts.EventReason{"", alerts.BecauseTold, alerts.BecauseOlder, "<!here>"}).Draw(t, "reason"),
			},
		}
	})
	step := rapid.Custom(func(t *rapid.T) alerts.RouteStep {
		return alerts.RouteStep{
			Name: text.Draw(t, "name"), When: text.Draw(t, "when"), Channel: text.Draw(t, "channel"), Matched: rapid.Bool().Draw(t, "matched"),
			Values: rapid.SliceOfN(text, 0, 6).Draw(t, "values"), Lacks: rapid.SliceOfN(text, 0, 6).Draw(t, "lacks"),
		}
	})
	mute := rapid.Custom(func(t *rapid.T) alerts.MuteSpan {
		return alerts.MuteSpan{Kind: alerts.Kind(text.Draw(t, "kind")), Until: moment.Draw(t, "until"), Reason: text.Draw(t, "because"), By: alerts.Actor{UserID: userID.Draw(t, "by")}}
	})
	s := ruled(t)
	rapid.Check(t, func(t *rapid.T) {
		v, events := anyView.Draw(t, "view"), rapid.SliceOfN(event, 0, 15).Draw(t, "events")
		v.Alert.Config, v.Alert.Route = text.Draw(t, "config"), text.Draw(t, "route")
		v.Alert.Channels = rapid.SliceOfN(text, 0, 9).Draw(t, "channels")
		if steps := rapid.SliceOfN(step, 0, 15).Draw(t, "steps"); rapid.Bool().Draw(t, "decided") {
			v.Alert.Decided = &alerts.Decided{Routes: steps, Owner: v.Alert.Channels, OwnerFrom: text.Draw(t, "from")}
		}
		delivery := alerts.Delivery{Kind: alerts.MessageKind(text.Draw(t, "kind")), Target: alerts.Target(text.Draw(t, "target")), Text: text.Draw(t, "said"), Error: text.Draw(t, "error")}
		requireSafe(t, func() cards.Drawing {
			return cards.Why(s, alerts.Why{View: v, Events: events, Deliveries: []alerts.Delivery{delivery}})
		})
		mutes := rapid.SliceOfN(mute, 0, 7).Draw(t, "mutes")
		view := alerts.AccountView{Account: v.Account, Live: []alerts.View{v}}
		requireSafe(t, func() cards.Drawing {
			return cards.WhyAccount(s, alerts.AccountWhy{AccountView: view, Events: events, Mutes: mutes})
		})
		d := alerts.DayView{
			Account: v.Account, Day: journey.DayOf(moment.Draw(t, "day")), Events: events, Mutes: mutes, Live: []alerts.Alert{v.Alert},
			Opened: rapid.SliceOfN(rapid.Just(v), 0, 8).Draw(t, "opened"), First: moment.Draw(t, "first"),
		}
		requireSafe(t, func() cards.Drawing { return cards.WhyNot(s, d) })
		tl := alerts.Timeline{Account: v.Account, Offset: rapid.IntRange(0, 1e5).Draw(t, "offset"), More: true}
		for _, e := range v.History {
			tl.Moments = append(tl.Moments, alerts.Moment{At: e.At, Alert: &alerts.AlertMoment{Alert: v.Alert, Entry: e}})
		}
		note := alerts.Note{Account: v.Account.ID, Text: text.Draw(t, "note"), Permalink: text.Draw(t, "link"), By: alerts.Actor{UserID: userID.Draw(t, "by")}}
		tl.Moments = append([]alerts.Moment{
			{Note: &note},
			{Stage: &alerts.StageMove{Milestone: text.Draw(t, "stage")}},
			{},
			{Touch: &alerts.Touch{Channel: text.Draw(t, "by"), Who: text.Draw(t, "who"), Note: text.Draw(t, "what")}},
		}, tl.Moments...)
		for _, one := range mutes {
			tl.Moments = append(tl.Moments, alerts.Moment{Mute: &one})
		}
		requireSafe(t, func() cards.Drawing { return cards.Timeline(s, tl) })
		requireSafe(t, func() cards.Drawing { return cards.Noted(v.Account.Name, note) })
	})
}

func TestHostileNumbers(t *testing.T) {
	s := ruled(t)
	point := rapid.Custom(func(t *rapid.T) journey.Point {
		return journey.Point{At: moment.Draw(t, "at"), Value: value.Draw(t, "value")}
	})
	tally := rapid.Custom(func(t *rapid.T) alerts.Tally {
		return alerts.Tally{
			Name: text.Draw(t, "name"), Opened: rapid.IntRange(0, 1e6).Draw(t, "opened"), Acknowledged: rapid.IntRange(0, 1e6).Draw(t, "acked"),
			AckMedian: time.Duration(rapid.Int64().Draw(t, "ack")), AckSlow: time.Duration(rapid.Int64().Draw(t, "slow")), Held: 3,
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		h := alerts.KPIHistory{Account: anyAccount.Draw(t, "account"), Days: rapid.IntRange(1, 365).Draw(t, "days")}
		for range rapid.IntRange(0, 40).Draw(t, "kpis") {
			h.KPIs = append(h.KPIs, journey.Series{Name: text.Draw(t, "kpi"), Points: rapid.SliceOfN(point, 0, 12).Draw(t, "points")})
		}
		requireSafe(t, func() cards.Drawing { return cards.KPIs(s, h) })
		st := alerts.Stats{
			Days: h.Days, Filter: alerts.StatsFilter{Channel: alerts.Target(text.Draw(t, "in")), Owner: userID.Draw(t, "of")}, Total: tally.Draw(t, "total"),
			Channels: rapid.SliceOfN(tally, 0, 30).Draw(t, "channels"), Owners: rapid.SliceOfN(tally, 0, 30).Draw(t, "owners"),
			Windows: []alerts.Window{{Days: 7, Tally: tally.Draw(t, "week")}, {Days: 30, Tally: tally.Draw(t, "month")}},
		}
		for i := range rapid.IntRange(0, 60).Draw(t, "routes") {
			st.Routes = append(st.Routes, alerts.RouteCount{Route: fmt.Sprint(text.Draw(t, "route"), i), Taken: i})
		}
		requireSafe(t, func() cards.Drawing { return cards.Stats(s, st) })
		requireSafe(t, func() cards.Drawing { return cards.Routes(s, st) })
	})
}

func TestLongExplanationsStayOneMessage(t *testing.T) {
	t.Parallel()
	w := why(alerts.HealthShift)
	for i := range 200 {
		w.Alert.Decided.Routes = append(w.Alert.Decided.Routes, alerts.RouteStep{
			Name: fmt.Sprintf("route %d", i), Lacks: []string{strings.Repeat("x", 400), "b", "c", "d", "e"},
		})
		w.Deliveries = append(w.Deliveries, w.Deliveries[2])
	}
	d := cards.Why(ruled(t), w)
	requireAccepted(t, d)
	require.Contains(t, string(pretty(t, d)), "more")
}

func TestLogNote(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{"short": "Dana is back", "long": strings.Repeat("😀", 5000), "empty": ""} {
		raw, err := json.Marshal(cards.LogNote(strings.Repeat("Acme ", 50), text, `{"channel":"C1"}`))
		require.NoError(t, err)
		var view struct {
			Title  struct{ Text string }
			Blocks []struct {
				BlockID string `json:"block_id"`
				Label   struct{ Text string }
				Element struct {
					ActionID     string `json:"action_id"`
					InitialValue string `json:"initial_value"`
					MaxLength    int    `json:"max_length"`
				}
			}
		}
		require.NoError(t, json.Unmarshal(raw, &view))
		require.LessOrEqual(t, units(view.Title.Text), 24)
		require.Len(t, view.Blocks, 2)
		for _, b := range view.Blocks {
			require.Equal(t, b.BlockID, b.Element.ActionID, name)
			require.LessOrEqual(t, units(b.Element.InitialValue), b.Element.MaxLength, name)
			require.LessOrEqual(t, b.Element.MaxLength, 3000)
		}
	}
}
