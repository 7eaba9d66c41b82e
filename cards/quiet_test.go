package cards_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"journeybot/alerts"
	"journeybot/cards"

	"github.com/stretchr/testify/require"
)

func quietMute() alerts.Mute {
	return alerts.Mute{ID: "m1", Account: "acme", MuteSpan: alerts.MuteSpan{From: ago(day), Until: now.Add(6 * day), By: ben, Reason: "migration <!here> weekend"}}
}

// TestQuietCard draws what is quiet about an alert, for who opens it from a list.
func TestQuietCard(t *testing.T) {
	t.Parallel()
	mute := quietMute()
	for name, change := range map[string]func(*alerts.View){
		"muted": func(v *alerts.View) {
			v.Alert.Hold, v.Mute = alerts.Hold{Reason: alerts.HoldMute, Until: mute.Until, By: "m1"}, &mute
		},
		"was muted": func(v *alerts.View) { v.Alert.Hold, v.Mute = alerts.Hold{Reason: alerts.HoldMute, By: "m1"}, &mute },
		"quiet hours": func(v *alerts.View) {
			v.Alert.Hold = alerts.Hold{Reason: alerts.HoldHours, Until: now.Add(9 * time.Hour)}
		},
		"late": func(v *alerts.View) {
			v.Alert.OpenedAt, v.Alert.SignalAt = ago(time.Hour), ago(2*day)
		},
		"enough": func(v *alerts.View) { v.Beside = alerts.Beside{Held: 2, Since: ago(3 * time.Hour)} },
	} {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			s, v := ruled(t), view(alerts.UsageLimit)
			rules := *s.Rules
			rules.Quiet = alerts.DefaultQuiet()
			s.Rules = &rules
			change(&v)
			golden(t, cards.Alert(s, v, false))
		})
	}
	t.Run("outsiders are not told why", func(t *testing.T) {
		t.Parallel()
		v := view(alerts.UsageLimit)
		v.Alert.Hold, v.Mute = alerts.Hold{Reason: alerts.HoldMute, Until: mute.Until, By: "m1"}, &mute
		s := ruled(t)
		s.Guarded = true
		drawn := string(pretty(t, cards.Alert(s, v, false)))
		require.Contains(t, drawn, "Muted until")
		require.NotContains(t, drawn, "migration")
		a := account(alerts.UsageLimit)
		a.Muting = []alerts.Mute{mute}
		drawn = string(pretty(t, cards.Journey(s, a)))
		require.Contains(t, drawn, "Unmute")
		require.NotContains(t, drawn, "migration")
	})
}

func TestQuietThread(t *testing.T) {
	t.Parallel()
	v := view(alerts.HealthShift)
	happen(&v,
		alerts.Entry{What: alerts.DidMute, Actor: ben, Data: alerts.EntryData{Until: now.Add(6 * day), Note: "migration"}},
		alerts.Entry{What: alerts.DidUnmute}, alerts.Entry{What: alerts.DidUnmute, Actor: maria})
	d, ok := cards.Thread(ruled(t), v, 0)
	require.True(t, ok)
	for _, says := range []string{"Ben muted it until", `\"migration\"`, "The mute is over.", "Maria ended the mute."} {
		require.Contains(t, string(pretty(t, d)), says)
	}
}

func TestMuteAnswers(t *testing.T) {
	t.Parallel()
	s := ruled(t)
	t.Run("muted", func(t *testing.T) {
		t.Parallel()
		m := quietMute()
		m.Kind = alerts.UsageLimit
		golden(t, cards.Muted(s, "Acme <Corp>", m, 2))
	})
	t.Run("ended", func(t *testing.T) {
		t.Parallel()
		a := view(alerts.HealthShift).Alert
		u := alerts.Unmuted{Mute: quietMute(), Account: "Acme <Corp>", Shown: []alerts.Alert{a}, Kept: []alerts.Alert{a, a}, Resumed: []alerts.Alert{a}}
		u.Mute.Over = 3
		golden(t, cards.Unmuted(s, "Acme <Corp>", []alerts.Unmuted{u, {Mute: quietMute()}}))
	})
	t.Run("nothing was muted", func(t *testing.T) {
		t.Parallel()
		golden(t, cards.Unmuted(s, "Acme Corp", nil))
	})
	t.Run("account", func(t *testing.T) {
		t.Parallel()
		v := account(alerts.HealthShift)
		kind := quietMute()
		kind.ID, kind.Kind, kind.Reason = "m2", alerts.PQL, ""
		v.Muting = []alerts.Mute{quietMute(), kind}
		golden(t, cards.Journey(s, v))
	})
	t.Run("form", func(t *testing.T) {
		t.Parallel()
		goldenJSON(t, cards.MuteForm("Acme <Corp>", alerts.PQL, `{"account":"acme"}`))
	})
	t.Run("a long name fits the form", func(t *testing.T) {
		t.Parallel()
		raw, err := json.Marshal(cards.MuteForm(strings.Repeat("Acme ", 900), "", ""))
		require.NoError(t, err)
		require.Less(t, len(raw), 6000)
	})
}

func TestShadowMark(t *testing.T) {
	t.Parallel()
	t.Run("card", func(t *testing.T) {
		t.Parallel()
		golden(t, cards.InShadow(cards.Alert(ruled(t), view(alerts.PQL), false), "#sales-pql"))
	})
	t.Run("message", func(t *testing.T) {
		t.Parallel()
		golden(t, cards.InShadow(cards.Notice(ruled(t), alerts.Notice{Text: "Ben gave you Acme Corp.", AlertID: alertID}), "@Maria <!here>"))
	})
	t.Run("text alone, and too many blocks", func(t *testing.T) {
		t.Parallel()
		d := cards.InShadow(cards.Drawing{Text: "hello"}, "#a")
		require.Len(t, d.Blocks, 2)
		for range 60 {
			d.Blocks = append(d.Blocks, d.Blocks[1])
		}
		require.Len(t, cards.InShadow(d, "#a").Blocks, 50)
	})
}
