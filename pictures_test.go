package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"journeybot/slacksim/web"
)

// TestPictures takes the pictures of docs/pictures.md: escalations of the running program, and cards as the golden files have them.
func TestPictures(t *testing.T) {
	if *screenshots == "" {
		t.Skip("takes pictures only: see make screenshots")
	}
	t.Parallel()
	page := browser(t)
	file := filepath.Join(t.TempDir(), "growth.yaml")
	writeFile(t, file, `
channels: {alerts: {slack: "#cs-alerts"}, urgent: {slack: "#cs-urgent"}}
fallback: {channel: urgent, owner: "group:@cs-leads"}
escalation: {quick: {steps: [{after: 1m, remind: owner}, {after: 1m, mention: "group:@cs-leads"}, {after: 1m, post: urgent}]}}
routes: [{name: default, channel: alerts, owner: account_owner, escalation: quick}]
`)
	w := newWorld(t, setup{env: map[string]string{"GROWTH_CONFIG": file}})
	w.slack.Handle("/", web.New(w.slack, web.Config{}))
	w.run()
	w.publish("growth.account.updated", "acme", acme)
	w.publish("growth.signal.health_shift", "acme", acmeTurnsRed)
	alert := w.sees("#cs-alerts", "Acme Corp health 72")
	page.do(chromedp.EmulateViewport(1040, 2600))
	for _, picture := range []struct{ name, golden string }{
		{"alert-open", "TestAlert/health_shift/open"},
		{"alert-acknowledged", "TestAlert/health_shift/acknowledged"},
		{"alert-snoozed", "TestAlert/health_shift/snoozed"},
		{"alert-resolved", "TestAlert/health_shift/resolved"},
		{"alert-recovered", "TestAlert/health_shift/recovered"},
		{"alert-expired", "TestAlert/health_shift/expired"},
		{"alert-held", "TestHold/open"},
		{"alert-muted", "TestQuietCard/muted"},
		{"bundle", "TestBundle/worked_on"},
		{"digest-channel", "TestDigest/channel"},
		{"digest-owner", "TestDigest/monday"},
		{"stats", "TestStats/all"},
	} {
		drawn := w.golden(picture.golden)
		drawn["channel"] = alert.Channel
		posted := w.api("chat.postMessage", drawn)
		page.message(picture.name, w.slack.URL()+"/client/maria/cs-alerts", posted["ts"].(string))
	}
	page.do(chromedp.Navigate(w.slack.URL() + "/client/ben/home"))
	page.says("#home", "Your settings") // the bot's own for Ben, which the fuller one replaces
	home := map[string]any{"type": "home", "blocks": w.golden("TestHome/full")["blocks"]}
	w.api("views.publish", map[string]any{"user_id": w.user("ben"), "view": home})
	page.says("#home", "2 alerts wait for you")
	page.shot("home-tab", "#home .home-view")

	require.Eventually(t, func() bool { return len(w.postsAbout("#cs-urgent", "Acme Corp health 72")) > 0 }, 5*time.Minute, time.Second)
	card, reminder := w.sees("#cs-urgent", "Acme Corp health 72"), w.directly("Nobody is on it")

	page.message("escalation-owner", w.slack.URL()+"/client/maria/"+reminder.Channel, reminder.TS)
	page.message("escalation-channel", w.slack.URL()+"/client/maria/cs-urgent", card.TS)
	mention := w.reply(alert, "Nobody is on it since")
	selector := `#thread-messages [data-message="` + mention.TS + `"]`
	page.do(chromedp.Navigate(w.slack.URL()+"/client/maria/cs-alerts/"+alert.TS), chromedp.WaitVisible(chromedp.CSS(selector)))
	page.shot("escalation-thread", selector)
}

// reply waits for a reply to a message that contains text.
func (w *world) reply(to post, text string) post {
	w.tb.Helper()
	var found post
	w.until("a reply says "+text, func() bool {
		for _, m := range w.slack.Posts(to.Channel) {
			if p := newPost(m); m.ThreadTS == to.TS && m.TS != to.TS && strings.Contains(p.raw, text) {
				found = p
				return true
			}
		}
		return false
	})
	return found
}

// golden is a drawing of the cards' golden files, for the people of this workspace.
func (w *world) golden(name string) map[string]any {
	w.tb.Helper()
	raw, err := os.ReadFile(filepath.Join("cards", "testdata", filepath.FromSlash(name)+".golden"))
	require.NoError(w.tb, err)
	people := strings.NewReplacer("<@UMARIA>", "<@"+w.user("maria")+">", "<@UBEN>", "<@"+w.user("ben")+">", "<@UTOM>", "<@"+w.user("tom")+">")
	var drawn map[string]any
	require.NoError(w.tb, json.Unmarshal([]byte(people.Replace(string(raw))), &drawn))
	return drawn
}

// api calls a method of Slack as the bot does.
func (w *world) api(method string, arguments map[string]any) map[string]any {
	w.tb.Helper()
	body, err := json.Marshal(arguments)
	require.NoError(w.tb, err)
	request, err := http.NewRequestWithContext(w.tb.Context(), http.MethodPost, w.slack.APIURL()+method, bytes.NewReader(body))
	require.NoError(w.tb, err)
	request.Header.Set("Content-Type", "application/json; charset=utf-8")
	request.Header.Set("Authorization", "Bearer "+w.slack.BotToken())
	response, err := http.DefaultClient.Do(request)
	require.NoError(w.tb, err)
	defer func() { require.NoError(w.tb, response.Body.Close()) }()
	var answer map[string]any
	require.NoError(w.tb, json.NewDecoder(response.Body).Decode(&answer))
	require.Equal(w.tb, true, answer["ok"], "%s: %v", method, answer)
	return answer
}

// message takes a picture of one message.
func (t tab) message(name, address, ts string) {
	t.tb.Helper()
	selector := `#messages [data-message="` + ts + `"]`
	t.do(chromedp.Navigate(address), chromedp.WaitVisible(chromedp.CSS(selector)))
	t.shot(name, selector)
}

// shot takes a picture of what selector finds.
func (t tab) shot(name, selector string) {
	t.tb.Helper()
	ctx, cancel := context.WithTimeout(t.ctx, pageWithin)
	defer cancel()
	image, err := chromedp.Run(ctx, chromedp.Screenshot(chromedp.CSS(selector), chromedp.NodeVisible))
	require.NoError(t.tb, err)
	require.NoError(t.tb, os.WriteFile(filepath.Join(*screenshots, name+".png"), image, 0o644))
}
