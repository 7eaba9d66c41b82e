package alerts_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"journeybot/alerts"
)

func TestShadow(t *testing.T) {
	t.Parallel()
	all := alerts.Shadow{Channel: "#dry-run"}
	some := alerts.Shadow{Channel: "#dry-run", Channels: []string{"alerts"}, Until: now.Add(day)}
	for _, c := range []struct {
		name   string
		shadow alerts.Shadow
		place  alerts.Place
		beside []string
		at     time.Time
		target alerts.Target
		slot   string
	}{
		{"nothing without a channel", alerts.Shadow{}, alerts.Place{Target: "#cs-alerts"}, nil, now, "#cs-alerts", ""},
		{"nor a ping", alerts.Shadow{}, alerts.Place{Target: "#cs-alerts", Slot: "step1:x"}, nil, now, "#cs-alerts", "step1:x"},
		{"a card", all, alerts.Place{Target: "#cs-alerts"}, nil, now, "#dry-run", "shadow #cs-alerts"},
		{"a ping in its thread", all, alerts.Place{Target: "#cs-alerts", Slot: "step1:x"}, nil, now, "#dry-run", "shadow #cs-alerts|step1:x"},
		{"a direct message", all, alerts.Place{Target: "@U1", Slot: "x"}, nil, now, "#dry-run", "shadow @U1|x"},
		{"its own", all, alerts.Place{Target: "#dry-run"}, nil, now, "#dry-run", ""},
		{"a Home tab is asked for", all, alerts.Place{Kind: alerts.HomeMessage, Target: "home:U1"}, nil, now, "home:U1", ""},
		{"a watched channel", some, alerts.Place{Target: "#cs-alerts"}, nil, now, "#dry-run", "shadow #cs-alerts"},
		{"another channel", some, alerts.Place{Target: "#cs-urgent"}, nil, now, "#cs-urgent", ""},
		{"a message about what is only watched", some, alerts.Place{Target: "@U1"}, []string{"#cs-alerts"}, now, "#dry-run", "shadow @U1"},
		{"a message about what others see", some, alerts.Place{Target: "@U1"}, []string{"#cs-alerts", "#cs-urgent"}, now, "@U1", ""},
		{"a message about no alert", some, alerts.Place{Target: "@U1"}, nil, now, "@U1", ""},
		{"when it is over", some, alerts.Place{Target: "#cs-alerts"}, nil, now.Add(day), "#cs-alerts", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := rules()
			r.Quiet.Shadow = c.shadow
			p := r.Shade(c.place, c.beside, c.at)
			require.Equal(t, c.target, p.Target)
			require.Equal(t, c.slot, p.Slot)
			to, shaded := alerts.Shaded(p.Slot)
			require.Equal(t, strings.HasPrefix(c.slot, "shadow "), shaded)
			if shaded {
				require.Equal(t, c.place.Target, to)
				require.Equal(t, "shadow "+string(c.place.Target), alerts.CardSlot(p.Slot))
			} else {
				require.Empty(t, alerts.CardSlot(p.Slot))
			}
		})
	}
	t.Run("an alert stands where it would, and is seen where it is watched", func(t *testing.T) {
		t.Parallel()
		w := quietWorld(t, alerts.QuietRules{Shadow: all})
		w.health(green, red, 40)
		require.Equal(t, []string{"#cs-alerts"}, w.live(alerts.HealthShift, "").Channels)
		require.Equal(t, []string{"#dry-run"}, w.cards())
		w.pass(5 * time.Hour)
		require.Equal(t, []string{"ping #dry-run"}, w.heard(0), "the escalation too")
	})
}

func TestShadowReport(t *testing.T) {
	t.Parallel()
	r := rules()
	r.Quiet.Shadow.Channel = "#dry-run"
	monday := time.Date(2026, 11, 30, 8, 30, 0, 0, time.UTC)
	require.Equal(t, monday, r.ShadowReportAt(monday))
	require.Equal(t, monday, r.ShadowReportAt(monday.Add(6*day+23*time.Hour)))
	require.Equal(t, monday.AddDate(0, 0, -7), r.ShadowReportAt(monday.Add(-time.Second)))
	require.Zero(t, rules().ShadowReportAt(monday))

	_, ok := r.ShadowReport(alerts.ShadowWeek{}, monday)
	require.False(t, ok, "nothing to say")
	w := alerts.ShadowWeek{
		Since:  monday.Add(-11 * day),
		Alerts: []alerts.ShadowSpot{{"#cs-alerts", "default", 20}, {"#sales-pql", "pql", 14}, {"#cs-alerts", "pql <!here>", 1}},
		Told:   12, People: 1, Held: []alerts.Held{{Reason: alerts.HoldLow, Kind: alerts.UsageLimit, Count: 6}, {Reason: alerts.HoldNoContact, Count: 1}},
	}
	p, ok := r.ShadowReport(w, monday)
	require.True(t, ok)
	require.Equal(t, alerts.Target("#dry-run"), p.Target)
	var n alerts.Notice
	require.NoError(t, json.Unmarshal(p.Body, &n))
	body := n.Text
	for _, says := range []string{
		"35 alerts would have been posted (#cs-alerts 21, #sales-pql 14)", "12 direct messages sent to 1 person", "By route: default 20, pql 14, pql ",
		"low 6, no contact 1", "Ten working days are over",
	} {
		require.Contains(t, body, says)
	}
	require.NotContains(t, body, "<!here>")
	again, _ := r.ShadowReport(w, monday)
	require.Equal(t, p.Subject, again.Subject, "two replicas make one")
	w.Since = monday.Add(-9 * day)
	p, _ = r.ShadowReport(w, monday)
	require.NotContains(t, string(p.Body), "Ten working days")
}
