package main

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"journeybot/slacksim"
	"journeybot/storage/storagetest"
)

const playsGrowth = `
channels: {alerts: {slack: "#cs-alerts"}}
routes: [{name: default, channel: alerts, owner: account_owner}]
playbooks:
  rescue:
    for: kind == "health_shift" && signal.to == "red"
    steps:
      - {id: call, title: "Call {{.Account.Champion.Name}}", hint: "Active users: {{sparkline \"active_users\"}} now {{kpi \"active_users\"}}", due: 1d}
      - {id: plan, title: Agree recovery plan, due: 3d}
      - {id: verify, title: See it work, role: sales, optional: true}
    actions:
      - {id: crm, type: link, label: CRM, url: "https://crm.example/search?q={{.Account.Name}}"}
      - {id: buffer, type: publish, label: Grant buffer, name: grant_buffer, confirm: "Add 10 %?", data: {percent: 10, account: "{{.Account.Name}}"}}
      - id: write
        type: message
        label: Draft e-mail
        name: send_email
        to: "{{.Account.Champion.Email}}"
        subject: "What changed at {{.Account.Name}}?"
        body: |
          Hi {{first .Account.Champion.Name}},
          {{.Alert.Measure}} went from {{.Alert.MeasureFrom}} to {{.Alert.MeasureTo}}.
      - id: plan
        type: form
        label: Recovery plan
        name: recovery_plan
        fields:
          - {id: cause, type: select, label: Cause, options: [Adoption, Budget]}
          - {id: hours, type: number, label: Hours, min: 1, max: 40}
          - {id: helper, type: user, label: Helper}
          - {id: until, type: date, label: Next check}
          - {id: note, type: text, label: Note, optional: true}
      - {id: sales, type: assign, label: Give to sales, to: sales_owner}
      - {id: later, type: snooze, label: In three days, for: 3d}
      - {id: ticket, type: publish, label: Open ticket, name: open_ticket, confirm: "Open one?"}
  calm:
    for: kind == "health_shift"
    steps: [{id: look, title: Look who stopped}]
`

// playWorld is a world with playbooks that act, and a NATS server of its own.
func playWorld(t *testing.T, s setup) *world {
	t.Helper()
	file := filepath.Join(t.TempDir(), "growth.yaml")
	writeFile(t, file, playsGrowth)
	s.external, s.env = true, map[string]string{"GROWTH_CONFIG": file}
	return newWorld(t, s)
}

func overBothPlays(t *testing.T, story func(t *testing.T, w *world)) {
	t.Helper()
	t.Run("socket/sqlite", func(t *testing.T) {
		t.Parallel()
		story(t, playWorld(t, setup{}))
	})
	t.Run("http/postgres", func(t *testing.T) {
		t.Parallel()
		story(t, playWorld(t, setup{httpMode: true, database: storagetest.Postgres(t)}))
	})
}

// sentOut is an event that the program sent.
type sentOut struct {
	ID   string `json:"id"`
	Data struct {
		Action string         `json:"action"`
		Name   string         `json:"name"`
		Data   map[string]any `json:"data"`
	} `json:"data"`
}

// heard waits for so many events of a type and returns them, oldest first.
func (w *world) heard(subject string, n int) []sentOut {
	w.tb.Helper()
	w.hears(subject)
	var all []sentOut
	w.jetstream(func(ctx context.Context, js jetstream.JetStream) {
		w.until(fmt.Sprintf("%d events on %s", n, subject), func() bool {
			all = nil
			c, err := js.OrderedConsumer(ctx, "JOURNEYBOT", jetstream.OrderedConsumerConfig{FilterSubjects: []string{subject}})
			require.NoError(w.tb, err)
			batch, err := c.FetchNoWait(100)
			require.NoError(w.tb, err)
			for m := range batch.Messages() {
				var one sentOut
				require.NoError(w.tb, json.Unmarshal(m.Data(), &one))
				all = append(all, one)
			}
			return len(all) >= n
		})
	})
	require.Len(w.tb, all, n)
	return all
}

// answer publishes what another system says came of an action.
func (w *world) answer(action string, ok bool, message string) {
	w.tb.Helper()
	w.publish("growth.action.result", "", map[string]any{"action": action, "ok": ok, "message": message})
}

// reads waits until somebody's modal says text, and returns it.
func (w *world) reads(user, callback, text string) slacksim.View {
	w.tb.Helper()
	var found slacksim.View
	w.until(user+" reads "+text, func() bool {
		for _, v := range w.slack.Views(user) {
			if v.CallbackID == callback && strings.Contains(readable(v.Raw), text) {
				found = v
				return true
			}
		}
		return false
	})
	return found
}

// pressValue presses a button of a modal: the one whose value ends in value.
func (w *world) pressValue(user string, view slacksim.View, action, value string, state ...slacksim.Input) {
	w.tb.Helper()
	var raw struct {
		Blocks []struct {
			BlockID  string `json:"block_id"`
			Elements []struct {
				ActionID, Value string
				ID              string `json:"action_id"`
			} `json:"elements"`
			Accessory struct {
				Value string
				ID    string `json:"action_id"`
			} `json:"accessory"`
		} `json:"blocks"`
	}
	require.NoError(w.tb, json.Unmarshal(view.Raw, &raw))
	press := slacksim.Press{User: user, View: view.ID, State: state}
	for _, b := range raw.Blocks {
		if strings.HasPrefix(b.Accessory.ID, action) && strings.HasSuffix(b.Accessory.Value, value) {
			press.BlockID, press.ActionID = b.BlockID, b.Accessory.ID
		}
		for _, e := range b.Elements {
			if strings.HasPrefix(e.ID, action) && strings.HasSuffix(e.Value, value) {
				press.BlockID, press.ActionID = b.BlockID, e.ID
			}
		}
	}
	require.NotEmpty(w.tb, press.ActionID, "no %s %s in %s", action, value, view.Raw)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	_, err := w.slack.Press(ctx, press)
	require.NoError(w.tb, err)
}

// clickOn presses the button of a message whose value ends in value: several have the same action.
func (w *world) clickOn(user string, p post, action, value string) {
	w.tb.Helper()
	var blocks []struct {
		BlockID  string `json:"block_id"`
		Elements []struct {
			Value string
			ID    string `json:"action_id"`
		} `json:"elements"`
	}
	require.NoError(w.tb, json.Unmarshal(p.Blocks, &blocks))
	for _, b := range blocks {
		for _, e := range b.Elements {
			if strings.HasPrefix(e.ID, action) && strings.HasSuffix(e.Value, ":"+value) {
				ctx, cancel := context.WithTimeout(context.Background(), patience)
				defer cancel()
				_, err := w.slack.Press(ctx, slacksim.Press{User: user, Channel: p.Channel, TS: p.TS, BlockID: b.BlockID, ActionID: e.ID})
				require.NoError(w.tb, err)
				return
			}
		}
	}
	require.FailNow(w.tb, "no such button: "+action+" "+value, p.raw)
}

func TestStoryAPlaybookActs(t *testing.T) {
	t.Parallel()
	overBothPlays(t, func(t *testing.T, w *world) {
		w.run()
		w.publish("growth.account.updated", "acme", map[string]any{
			"name": "Acme Corp", "arr": 84000, "owner": "maria@example.com", "sales_owner": "tom@example.com",
			"contacts": []map[string]any{{"name": "Dana Weiss", "role": "champion", "email": "dana@acme.example"}},
		})
		for i, n := range []float64{41, 30, 19} {
			w.publish("growth.kpi.reported", "acme", map[string]any{"kpis": map[string]any{"active_users": n}, "at": time.Now().Add(time.Duration(i-9) * 24 * time.Hour)})
		}
		w.publish("growth.signal.health_shift", "acme", acmeTurnsRed)
		card := w.sees("#cs-alerts", "Acme Corp health 72")
		require.Contains(t, card.raw, "https://crm.example/search?q=Acme%20Corp")

		// Whoever starts the playbook is on it. Its steps are ticked in the checklist and in the message, and both show it.
		w.click("maria", card, "play.start")
		hers := w.reads("maria", "play.book", "1. Call Dana Weiss")
		require.Regexp(t, "Active users: [▁-█]+ now 19", readable(hers.Raw))
		card = w.changes(card, "Maria is on it")
		require.Contains(t, card.raw, "Call Dana Weiss, due ")
		w.click("ben", card, "play.book")
		w.reads("ben", "play.book", "No step done yet")
		w.pressValue("maria", hers, "step.tick", ":call")
		card = w.changes(card, "Step 1 of 3 done ■□□")
		hers = w.reads("maria", "play.book", "Done by Maria")
		w.reads("ben", "play.book", "Done by Maria")
		w.click("ben", card, "step.done")
		card = w.changes(card, "Step 2 of 3 done ■■□")
		hers = w.reads("maria", "play.book", "Done by Ben")
		w.pressValue("ben", w.reads("ben", "play.book", "Done by Ben"), "step.undo", ":plan")
		card = w.changes(card, "Step 1 of 3 done")
		w.until("hers shows that too", func() bool {
			now := w.form("maria", "play.book")
			return !strings.Contains(readable(now.Raw), "Done by Ben") && now.ID == hers.ID
		})

		// A button asks another system, whose answer comes back into the message.
		w.clickOn("ben", card, "play.do", "buffer")
		card = w.changes(card, "⏳ Grant buffer: asked for by Ben")
		w.clickOn("tom", card, "play.do", "buffer")
		w.tells("tom", "#cs-alerts", "no answer has come yet")
		asked := w.heard("journeybot.action.grant_buffer", 1)[0]
		require.Equal(t, map[string]any{"percent": 10.0, "account": "Acme Corp"}, asked.Data.Data)
		require.Equal(t, asked.ID, asked.Data.Action)
		w.answer(asked.Data.Action, true, "10 % until Friday")
		card = w.changes(card, "✓ Grant buffer: done")
		require.Contains(t, card.raw, "10 % until Friday")
		w.answer(asked.Data.Action, false, "Billing said <no>")
		card = w.changes(card, "✗ *Grant buffer failed*")
		require.Contains(t, card.raw, "Billing said &lt;no&gt;")
		w.threadSays(card, "Grant buffer failed")
		w.answer("nobody-knows-this", true, "")

		// A choice in the menu asks first too.
		w.choose("ben", card, "play.more", "ticket")
		w.submits("ben", "play.confirm", nil)
		card = w.changes(card, "⏳ Open ticket")
		w.heard("journeybot.action.open_ticket", 1)

		// A draft is edited, copied, mailed, published.
		w.clickOn("tom", card, "play.open", "write")
		draft := w.reads("tom", "play.draft", "What changed at Acme Corp?")
		require.Contains(t, string(draft.Raw), "dana@acme.example")
		require.Contains(t, readable(draft.Raw), "Active users went from 41 to 19")
		edited := map[string]string{"to": "Dana", "subject": "Twenty minutes?", "body": "Hi Dana,\nwhat changed & why?"}
		state := make([]slacksim.Input, 0, len(edited))
		for name, value := range edited {
			state = append(state, slacksim.Input{BlockID: name, ActionID: name, Values: []string{value}})
		}
		w.pressValue("tom", draft, "draft.out", ":write", state...)
		out := w.reads("tom", "", "mailto:?subject=Twenty%20minutes%3F&amp;body=Hi%20Dana%2C%0D%0Awhat%20changed%20%26%20why%3F")
		require.Contains(t, readable(out.Raw), `what changed & why?`)
		require.NoError(t, w.slack.CloseView("tom", out.ID, false))
		wrong, _ := w.fill("tom", w.form("tom", "play.draft"), edited)
		require.Contains(t, wrong["to"], "one address")
		edited["to"] = "dana@acme.example"
		w.submits("tom", "play.draft", edited)
		mail := w.heard("journeybot.action.send_email", 1)[0]
		require.Equal(t, map[string]any{"channel": "email", "to": "dana@acme.example", "subject": "Twenty minutes?", "body": "Hi Dana,\nwhat changed & why?"}, mail.Data.Data)
		card = w.changes(card, "⏳ Draft e-mail: asked for by Tom")

		// A form checks what is filled in, keeps it, and sends it.
		w.clickOn("tom", card, "play.open", "plan")
		answers := map[string]string{"cause": "Budget", "hours": "400", "helper": w.user("ben"), "until": "2030-01-31"}
		wrong, _ = w.fill("tom", w.form("tom", "play.form"), answers)
		require.Equal(t, map[string]string{"hours": "Write a number from 1 to 40."}, wrong)
		answers["hours"] = "12"
		sent := w.submits("tom", "play.form", answers)
		require.NoError(t, w.slack.Redeliver(t.Context(), sent))
		plan := w.heard("journeybot.action.recovery_plan", 1)[0]
		require.Equal(t, "Budget", plan.Data.Data["cause"])
		require.InDelta(t, 12, plan.Data.Data["hours"], 0)
		require.Equal(t, "ben@example.com", plan.Data.Data["helper"].(map[string]any)["email"])
		card = w.changes(card, "✎ Recovery plan: filled in by Tom")
		require.Contains(t, w.slash("maria", "/journey acme timeline").raw, "Cause Budget, Hours 12, Helper Ben, Next check 2030-01-31")

		// Another playbook fits as well; its own steps begin, and the old ones are kept.
		w.choose("ben", card, "play.switch", "calm")
		card = w.changes(card, "Look who stopped")
		w.threadSays(card, "rescue → calm")
		w.reads("maria", "play.book", "1. Look who stopped")
		w.choose("maria", card, "play.switch", "rescue")
		card = w.changes(card, "Step 1 of 3 done")

		w.clickOn("maria", card, "play.do", "sales")
		card = w.changes(card, "*Owner* Tom")
		w.choose("tom", card, "play.more", "later")
		w.changes(card, "Snoozed")
		w.settles()
		require.Len(t, w.posts("#cs-alerts"), 1)
		w.heard("journeybot.action.grant_buffer", 1)
		w.heard("journeybot.action.recovery_plan", 1)
	})
}

func TestKilledBetweenClickAndPublish(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, database string) {
		w := playWorld(t, setup{database: database})
		bot := w.run()
		w.publish("growth.account.updated", "acme", acme)
		w.publish("growth.signal.health_shift", "acme", acmeTurnsRed)
		card := w.sees("#cs-alerts", "Acme Corp health 72")
		w.hears("journeybot.alert.opened")

		w.stopNATS()
		w.clickOn("ben", card, "play.do", "buffer")
		card = w.changes(card, "⏳ Grant buffer: asked for by Ben")
		bot.kill()
		w.startNATS()
		w.run()
		asked := w.heard("journeybot.action.grant_buffer", 1)[0]
		w.answer(asked.Data.Action, true, "done after all")
		w.changes(card, "done after all")
		w.settles()
		w.heard("journeybot.action.grant_buffer", 1)
		require.Len(t, w.posts("#cs-alerts"), 1)
	})
}
