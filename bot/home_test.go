package bot

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"journeybot/alerts"
	"journeybot/slacksim"
	"journeybot/storage/storagetest"
)

// opens shows somebody their Home tab and waits until it says text.
func (l *life) opens(user, text string) slacksim.View {
	l.tb.Helper()
	_, _, err := l.slack.OpenHome(user)
	require.NoError(l.tb, err)
	return l.home(user, text)
}

// home waits until somebody's Home tab says text.
func (l *life) home(user, text string) slacksim.View {
	l.tb.Helper()
	var home slacksim.View
	l.until(user+"'s Home says "+text, func() bool {
		v, ok := l.slack.Home(user)
		home = v
		return ok && strings.Contains(string(v.Raw), text)
	})
	return home
}

// modal waits until somebody's topmost modal says text.
func (l *life) modal(user, text string) slacksim.View {
	l.tb.Helper()
	var top slacksim.View
	l.until(user+" has a modal that says "+text, func() bool {
		for _, v := range l.slack.Views(user) {
			if v.Type == "modal" && strings.Contains(string(v.Raw), text) {
				top = v
			}
		}
		return top.ID != ""
	})
	return top
}

// presses clicks the element of a block whose action id begins like that.
func (l *life) presses(user string, v slacksim.View, block, action string) {
	l.tb.Helper()
	type element struct {
		ActionID string `json:"action_id"`
	}
	var body struct {
		Blocks []struct {
			BlockID   string    `json:"block_id"`
			Accessory element   `json:"accessory"`
			Elements  []element `json:"elements"`
		} `json:"blocks"`
	}
	require.NoError(l.tb, json.Unmarshal(v.Raw, &body))
	full := action
	for _, b := range body.Blocks {
		for _, e := range append(b.Elements, b.Accessory) {
			if b.BlockID == block && strings.HasPrefix(e.ActionID, action) {
				full = e.ActionID
			}
		}
	}
	action = full
	_, err := l.slack.Press(context.Background(), slacksim.Press{User: user, View: v.ID, BlockID: block, ActionID: action})
	require.NoError(l.tb, err)
}

// mutes makes an account quiet for a day.
func (l *life) mutes(account, by string) {
	l.tb.Helper()
	require.NoError(l.tb, l.store.Reconsider(l.tb.Context(), []string{account}, func(ws *alerts.WorkingSet) {
		l.rules.Mute(ws, alerts.Mute{ID: "mute-1", Account: account, MuteSpan: alerts.MuteSpan{
			Until: l.now().Add(24 * time.Hour), By: alerts.Actor{UserID: by}, Reason: "migration",
		}}, l.now())
	}))
}

func TestHomeTab(t *testing.T) {
	t.Parallel()
	for name, fresh := range map[string]func(testing.TB) string{"sqlite": storagetest.SQLite, "postgres": storagetest.Postgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			berlin, err := time.LoadLocation("Europe/Berlin")
			require.NoError(t, err)
			l := newLife(t, fresh(t), time.Date(2026, 11, 24, 12, 0, 0, 0, berlin))
			l.rules.Quiet.Budget = alerts.Budget{} // twelve alerts are more than a day's
			l.runs(2)
			maria, _ := l.slack.User("maria")
			l.opens("ben", "Nothing waits for you")
			published := len(l.calls("views.publish"))
			for i := range 12 {
				account := fmt.Sprintf("account-%02d", i)
				l.happens(ownedBy(account, "maria@example.com"), turnsRed(account))
				l.sees("cs-alerts", account)
			}
			home := l.opens("maria", "12 alerts wait for you")
			require.Contains(t, string(home.Raw), "1–10 of 12")
			require.Contains(t, string(home.Raw), "account-02*\\nhealth red (44)", "her accounts")
			require.NotContains(t, string(home.Raw), "account-11 health")

			l.presses("maria", home, "pages", "home.page")
			home = l.home("maria", "11–12 of 12")
			first := l.alert("account-11")
			l.presses("maria", home, fmt.Sprintf("do:%s:%d", first.ID, first.Version), "alert.ack")
			l.home("maria", "Maria is on it")
			require.Equal(t, alerts.Acknowledged, l.alert("account-11").Status)
			l.home("maria", "11–12 of 12")

			// What somebody else does shows too, and only to whom it concerns.
			l.clickBy("ben", "account-10", alerts.DoAck)
			l.opens("ben", "account-10")
			home = l.home("maria", "11 alerts wait for you")
			require.LessOrEqual(t, len(l.calls("views.publish"))-published, 8)

			// Where no message can answer, a modal does, and a press in it redraws it.
			l.presses("maria", home, "pages", "home.page")
			home = l.home("maria", "1–10 of 11")
			first = l.alert("account-00")
			l.presses("maria", home, fmt.Sprintf("do:%s:%d", first.ID, first.Version), "alert.show")
			card := l.modal("maria", "account-00 health 72")
			l.presses("maria", card, fmt.Sprintf("act:%s:%d", first.ID, first.Version), "alert.ack")
			l.modal("maria", "Maria is on it: account-00")
			require.NoError(t, l.slack.CloseView("maria", card.ID, true))
			l.presses("maria", home, "accounts-more", "accounts.mine")
			page := l.modal("maria", "Yours: 12 accounts")
			require.Contains(t, string(page.Raw), "11–12 of 12")
			l.presses("maria", page, "pages", "accounts.mine")
			l.modal("maria", "1–12 of 12")
			require.NoError(t, l.slack.CloseView("maria", page.ID, true))

			l.mutes("account-03", maria.ID)
			l.home("maria", "account-03* · everything")
			home = l.home("maria", "Held for you") // what it holds may come with the next look
			require.Contains(t, string(home.Raw), "account-03* · everything")
			l.presses("maria", home, "mute:mute-1", "mute.end")
			l.until("the mute is gone, and what it held is shown", func() bool {
				v, _ := l.slack.Home("maria")
				return !strings.Contains(string(v.Raw), "Muted") && !strings.Contains(string(v.Raw), "Held for you")
			})
			require.Zero(t, l.alert("account-03").Hold)

			l.presses("maria", home, "settings:now", "home.settings")
			settings := l.modal("maria", "Quiet from")
			ben, _ := l.slack.User("ben")
			value := func(setting, value string) slacksim.Input {
				return slacksim.Input{BlockID: setting, ActionID: setting, Values: []string{value}}
			}
			refused, err := l.slack.Submit(context.Background(), "maria", settings.ID, []slacksim.Input{
				value("quiet_from", "11:00"), value("delegate", maria.ID), value("away_until", fmt.Sprint(l.now().Unix())),
			})
			require.NoError(t, err)
			require.Len(t, refused.Errors, 3)
			require.Contains(t, refused.Errors["quiet_to"], "Choose when the quiet ends too")
			taken, err := l.slack.Submit(context.Background(), "maria", settings.ID, []slacksim.Input{
				value("digest_at", "07:15"), value("quiet_from", "11:00"), value("quiet_to", "14:00"), value("delegate", ben.ID),
				value("away_until", fmt.Sprint(l.now().AddDate(0, 0, 3).Unix())),
			})
			require.NoError(t, err)
			require.Empty(t, taken.Errors)
			home = l.home("maria", "Mondays at 07:15")
			require.Contains(t, string(home.Raw), "11:00–14:00")
			require.Contains(t, string(home.Raw), "*Stands in for you* Ben")
			chosen, err := l.store.Preferences(t.Context(), maria.ID)
			require.NoError(t, err)
			require.Equal(t, ben.ID, chosen.Delegate)
			require.True(t, chosen.AwayUntil.After(l.now()))

			// Direct messages wait for the end of the quiet, critical ones do not.
			require.NoError(t, l.store.AddPlace(t.Context(), alerts.Place{
				Kind: alerts.NoticeMessage, Subject: "n1", Target: alerts.Target("@" + maria.ID), Priority: alerts.PriorityThread, Body: []byte(`{"Text":"not urgent"}`),
			}))
			require.NoError(t, l.store.AddPlace(t.Context(), alerts.Place{
				Kind: alerts.NoticeMessage, Subject: "n2", Target: alerts.Target("@" + maria.ID), Priority: alerts.PriorityCritical, Body: []byte(`{"Text":"on fire"}`),
			}))
			l.until("what is critical arrives", func() bool { return len(l.posts(l.direct("maria"), "on fire")) == 1 })
			l.becomes(time.Date(2026, 11, 24, 13, 59, 0, 0, berlin))
			require.Eventually(t, func() bool {
				d, err := l.store.Depths(t.Context())
				return err == nil && d.Messages > 0 && d.OldestWanted == 0
			}, 30*time.Second, 20*time.Millisecond, "the other one is due later")
			require.Empty(t, l.posts(l.direct("maria"), "not urgent"))
			l.becomes(time.Date(2026, 11, 24, 14, 0, 0, 0, berlin))
			l.until("the rest follows", func() bool { return len(l.posts(l.direct("maria"), "not urgent")) == 1 })
		})
	}
}
