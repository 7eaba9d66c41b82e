package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"journeybot/slacksim"
	"journeybot/storage/storagetest"
)

// form waits for the modal with that callback_id that user has open.
func (w *world) form(user, callback string) slacksim.View {
	w.tb.Helper()
	var found slacksim.View
	w.until(user+" has the form "+callback, func() bool {
		for _, v := range w.slack.Views(user) {
			if v.CallbackID == callback {
				found = v
				return true
			}
		}
		return false
	})
	return found
}

// fill sends a form: each input's block and action have one name. It returns what is wrong, and the delivery's id.
func (w *world) fill(user string, form slacksim.View, inputs map[string]string) (wrong map[string]string, id string) {
	w.tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	all := make([]slacksim.Input, 0, len(inputs))
	for name, value := range inputs {
		all = append(all, slacksim.Input{BlockID: name, ActionID: name, Values: []string{value}})
	}
	done, err := w.slack.Submit(ctx, user, form.ID, all)
	require.NoError(w.tb, err)
	return done.Errors, done.ID
}

func (w *world) submits(user, callback string, inputs map[string]string) (id string) {
	w.tb.Helper()
	wrong, id := w.fill(user, w.form(user, callback), inputs)
	require.Empty(w.tb, wrong)
	return id
}

// overBoth runs a story on SQLite in Socket Mode and on Postgres over HTTP.
func overBoth(t *testing.T, story func(t *testing.T, w *world)) {
	t.Helper()
	t.Run("socket/sqlite", func(t *testing.T) {
		t.Parallel()
		story(t, newWorld(t, setup{}))
	})
	t.Run("http/postgres", func(t *testing.T) {
		t.Parallel()
		story(t, newWorld(t, setup{httpMode: true, database: storagetest.Postgres(t)}))
	})
}

func TestStoryTheFormsOfAnAlert(t *testing.T) {
	t.Parallel()
	overBoth(t, func(t *testing.T, w *world) {
		w.run()
		w.publish("growth.account.updated", "acme", acme)
		w.publish("growth.signal.health_shift", "acme", acmeTurnsRed)
		card := w.sees("#cs-alerts", "Acme Corp health 72")

		w.choose("ben", card, "alert.more", "assign")
		w.submits("ben", "alert.assign", map[string]string{"user": w.user("tom"), "note": "Dana prefers calls"})
		card = w.changes(card, "*Owner* Tom")
		w.threadSays(card, "Ben gave it to Tom")
		given := w.directly("Ben gave you Acme Corp")
		require.Contains(t, given.raw, "Dana prefers calls")
		displaced := w.directly("to <@" + w.user("tom") + ">")
		require.Contains(t, displaced.raw, "Take over")

		w.click("tom", given, "alert.ack")
		card = w.changes(card, "Tom is on it")
		w.tells("tom", given.Channel, "Tom is on it") // the direct message itself never changes

		w.choose("maria", card, "alert.more", "note")
		sent := w.submits("maria", "alert.note", map[string]string{"note": "They moved offices"})
		w.threadSays(card, "They moved offices")
		require.NoError(t, w.slack.Redeliver(t.Context(), sent))
		w.settles()
		card = w.changes(card, "Tom is on it")

		w.click("tom", card, "step.done")
		card = w.changes(card, "Step 1 of ")

		w.choose("tom", card, "alert.snooze", "pick")
		zone, err := time.LoadLocation("America/New_York")
		require.NoError(t, err)
		now := time.Now().In(zone)
		wrong, _ := w.fill("tom", w.form("tom", "alert.snooze"), map[string]string{"date": now.AddDate(0, 0, -1).Format(time.DateOnly), "time": "09:00"})
		require.Contains(t, wrong["date"], "That day is over")
		back := time.Date(now.Year(), now.Month(), now.Day()+3, 8, 15, 0, 0, zone)
		w.submits("tom", "alert.snooze", map[string]string{"date": back.Format(time.DateOnly), "time": "08:15"})
		card = w.changes(card, "Snoozed")
		require.Contains(t, card.raw, fmt.Sprintf("<!date^%d^", back.Unix()), "in the presser's own zone")

		w.choose("tom", card, "alert.resolve", "churned")
		wrong, _ = w.fill("tom", w.form("tom", "alert.outcome"), map[string]string{"outcome": "churned", "arr": "a lot"})
		require.Contains(t, wrong["note"], "reason")
		require.Contains(t, wrong["arr"], "84,000")
		w.submits("tom", "alert.outcome", map[string]string{"outcome": "churned", "arr": "80k", "note": "Bought by Globex"})
		card = w.changes(card, "Churned: Acme Corp")
		require.Contains(t, card.raw, "€80,000")
		require.Contains(t, card.raw, "Bought by Globex")

		w.click("maria", displaced, "alert.take")
		late := w.tells("maria", displaced.Channel, "was resolved")
		w.click("maria", card, "alert.outcome")
		w.submits("maria", "alert.outcome", map[string]string{"outcome": "saved", "arr": "84,000", "note": "They stay after all"})
		card = w.changes(card, "Saved: Acme Corp")
		w.threadSays(card, "Maria set the outcome: saved, €84,000 ARR")
		w.clickPrivate("maria", late, "alert.reopen")
		card = w.changes(card, "Maria is on it")
		w.settles()
		notes := 0
		for _, m := range w.slack.Posts("cs-alerts") {
			if m.ThreadTS == card.TS {
				notes += strings.Count(newPost(m).Text, "They moved offices")
			}
		}
		require.Equal(t, 1, notes, "a form delivered twice counts once")
	})
}

func TestStoryOtherKindsHaveTheirOwnButtons(t *testing.T) {
	t.Parallel()
	overBoth(t, func(t *testing.T, w *world) {
		w.run()
		w.publish("growth.account.updated", "hooli", map[string]any{"name": "Hooli", "owner": "ben@example.com", "sales_owner": "tom@example.com", "arr": 9600})

		w.publish("growth.signal.milestone_dropoff", "hooli", map[string]any{
			"milestone": "value_realization", "expected_by": time.Now().Add(-5 * 24 * time.Hour).Format(time.DateOnly),
			"progress": map[string]any{"exports": map[string]any{"have": 0, "need": 2}},
		})
		stuck := w.sees("#cs-alerts", "Hooli stuck at")
		w.click("ben", stuck, "alert.extend")
		w.submits("ben", "alert.extend", map[string]string{"date": time.Now().AddDate(0, 0, 14).Format(time.DateOnly), "note": "Agreed with Lee"})
		w.changes(stuck, "moved once")

		w.publish("growth.signal.usage_limit", "hooli", map[string]any{"resource": "api calls", "used": 95, "limit": 100})
		limit := w.sees("#cs-alerts", "Hooli at 95 %")
		w.click("ben", limit, "alert.talking")
		w.changes(limit, "Ben is on it")

		w.publish("growth.signal.renewal_due", "hooli", map[string]any{"renewal_date": time.Now().AddDate(0, 0, 20).Format(time.DateOnly)})
		renewal := w.sees("#cs-alerts", "High: Hooli renews")
		w.choose("ben", renewal, "alert.forecast", "commit")
		renewal = w.changes(renewal, "forecast commit")
		w.changes(renewal, "Low: Hooli renews")

		w.publish("growth.signal.pql", "hooli", map[string]any{"score": 86, "reasons": []string{"Opened SSO settings"}, "contact": map[string]any{"name": "Priya Rao"}})
		lead := w.sees("#sales-pql", "PQL 86: Hooli")
		w.choose("tom", lead, "alert.decline", "no_budget")
		lead = w.changes(lead, "Disqualified: Hooli")
		require.Contains(t, lead.raw, "No budget")
	})
}

func TestStoryOnlySomeMayAct(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "growth.yaml")
	writeFile(t, file, `
channels: {alerts: {slack: "#cs-alerts"}, partner: {slack: "#partner"}}
routes:
  - {name: partner, channel: partner, continue: true}
  - {name: default, channel: alerts, owner: account_owner}
permissions: {act: channel_members, operate: "group:@cs-leads"}
`)
	for _, httpMode := range []bool{false, true} {
		t.Run(fmt.Sprintf("http=%t", httpMode), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, setup{httpMode: httpMode, env: map[string]string{"GROWTH_CONFIG": file}, channels: []slacksim.Channel{
				{Name: "partner", Shared: true, Members: []string{"maria", "ben"}},
			}})
			_, err := w.slack.AddUser(slacksim.User{Name: "zoe", RealName: "Zoe Partner", External: true})
			require.NoError(t, err)
			require.NoError(t, w.slack.Invite("zoe", "partner"))
			require.NoError(t, w.slack.Leave("tom", "cs-alerts"))
			w.run()
			w.publish("growth.account.updated", "acme", acme)
			w.publish("growth.signal.health_shift", "acme", acmeTurnsRed)
			card, shared := w.sees("#cs-alerts", "Acme Corp health 72"), w.sees("#partner", "Acme Corp health 72")

			w.click("zoe", shared, "alert.ack")
			w.tells("zoe", "#partner", "from another company")
			require.NotContains(t, w.sees("#partner", "Acme Corp health 72").raw, "is on it")

			w.click("tom", w.slash("tom", "/journey alerts"), "alert.ack")
			w.tells("tom", "#general", "Only the members of")
			require.NoError(t, w.slack.Invite("tom", "cs-alerts"))
			w.until("tom may once Slack has told that he joined", func() bool {
				if list := w.slash("tom", "/journey alerts"); strings.Contains(list.raw, "alert.ack") {
					w.click("tom", list, "alert.ack")
				}
				return len(w.postsAbout("#cs-alerts", "Tom is on it")) > 0
			})
			w.changes(card, "Tom is on it")

			require.Contains(t, w.slash("maria", "/journey rename acme to Acme Holding").raw, "Only the members of @cs-leads")
			require.Contains(t, w.slash("aiko", "/journey rename acme to Acme Holding").raw, "Rename Acme Corp")
		})
	}
}
