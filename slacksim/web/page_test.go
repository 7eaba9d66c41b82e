package web_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"
)

// TestPage tells what people do on the page, in a real browser.
func TestPage(t *testing.T) {
	t.Parallel()
	chromium := browser(t)
	for _, story := range []struct {
		name string
		tell func(*testing.T, *world)
	}{
		{"an alert is read, acknowledged and updated in place", alertStory},
		{"two people race for an alert", raceStory},
		{"a command is completed, typed and answered", commandStory},
		{"a modal complains, then succeeds", modalStory},
		{"the Home tab opens", homeStory},
		{"two people talk in private", directStory},
		{"a thread opens beside the channel", threadStory},
		{"a click survives what changes meanwhile", steadyStory},
		{"who changes their mind on the way gets there", hastyStory},
		{"a reload keeps everything", reloadStory},
		{"messages and channels come and go", adminStory},
		{"people are away, guests, or gone", peopleStory},
		{"a file goes through a modal", fileStory},
		{"a hostile name stays text", hostileStory},
		{"unread messages are marked until they are seen", unreadStory},
		{"the app is too slow or broken", failureStory},
		{"the first steps are ticked off", stepsStory},
		{"menus obey the keyboard", menuStory},
		{"every block is drawn and its elements work", gallery},
		{"the protocol log shows and breaks things", logStory},
		{"a phone shows everything without scrolling sideways", narrowStory},
	} {
		t.Run(story.name, func(t *testing.T) {
			w := newWorld(t)
			w.browser = chromium
			story.tell(t, w)
		})
	}
}

const (
	ack      = `.message [data-action-id="alert.ack"] button`
	composer = `#main [data-composer] textarea`
)

// acme posts the alert that most stories are about, and returns its ts.
func (w *world) acme() string { return w.post("cs-alerts", "High: Acme Corp health red", "alert", "") }

func alertStory(t *testing.T, w *world) {
	w.post("cs-alerts", "Medium: Initech at 90 %", "limit", "")
	maria := w.visit("/")
	maria.says("h1", "cs-alerts")
	w.acme()
	maria.says(".message", "Acme Corp health 72 → 44 (red)")
	maria.sees(`document.querySelector("main").dataset.lastRead === document.querySelector("main").dataset.latest`)
	maria.picture("light")
	maria.do(chromedp.Evaluate[chromedp.Void](`window.untouched = document.querySelector(".message")`))
	maria.click(`.message:last-child [data-action-id="alert.ack"] button`)
	maria.says(".message", "Maria is on it")
	require.False(t, eval[bool](maria, `document.body.innerText.includes("High: Acme Corp")`), "the card changed in place")
	require.Equal(t, 2, eval[int](maria, `document.querySelectorAll(".message").length`))
	require.True(t, eval[bool](maria, `window.untouched === document.querySelector(".message")`), "what did not change was not drawn again")
}

func raceStory(t *testing.T, w *world) {
	w.acme()
	maria, ben := w.visit("/client/maria/cs-alerts"), w.visit("/client/ben/cs-alerts")
	maria.says(".side-label", "You are Maria Santos")
	ben.says(".side-label", "You are Ben Okafor")
	w.mu.Lock() // both click before the app answers either
	maria.click(ack)
	maria.sees(`document.querySelector('[aria-busy="true"]')`)
	ben.click(ack)
	ben.sees(`document.querySelector('[aria-busy="true"]')`)
	w.delivers("block_actions", 2)
	w.mu.Unlock()
	ben.says(".message", "is on it")
	maria.says(".message", "is on it")
	w.mu.Lock()
	owner := w.owner
	w.mu.Unlock()
	winner, loser := maria, ben
	if owner == "Ben" {
		winner, loser = ben, maria
	}
	loser.says(".message.ephemeral", owner+" took this at 09:42.")
	loser.says(".message.ephemeral", "Only visible to you")
	require.False(t, eval[bool](winner, `document.body.innerText.includes("took this at")`))
}

func commandStory(t *testing.T, w *world) {
	maria := w.visit("/client/maria/general")
	maria.sees(`document.activeElement === document.querySelector("` + composer + `")`)
	maria.press("/")
	maria.says(".suggestion", "/journey acme | alerts")
	require.Equal(t, 2, eval[int](maria, `document.querySelectorAll(".suggestion:not([hidden])").length`))
	maria.press("jou")
	maria.sees(`document.querySelectorAll(".suggestion:not([hidden])").length === 1`)
	maria.picture("command")
	maria.press(kb.Tab)
	maria.sees(`document.activeElement.value === "/journey "`)
	maria.says(".usage", "acme | alerts")
	maria.press("acme" + kb.Enter)
	maria.says(".message.ephemeral", "Acme Corp: health 44 (red)")
	maria.says(".message.ephemeral", "Only visible to you")
	require.Equal(t, []string{"/journey acme"}, w.seen)

	maria.press(kb.ArrowUp)
	maria.sees(`document.activeElement.value === "/journey acme"`)
	maria.press(kb.ArrowDown)
	maria.sees(`document.activeElement.value === ""`)
	maria.press("/")
	maria.press(kb.Escape)
	maria.sees(`document.querySelector(".suggestions").hidden`)
	maria.press("nonsense" + kb.Enter)
	maria.says(".composer-error", "/nonsense is not a valid command.")
}

func modalStory(t *testing.T, w *world) {
	ts := w.acme()
	maria := w.visit("/client/maria/cs-alerts")
	maria.click(`.overflow`)
	maria.chooses("Add")
	maria.says("[role=dialog] h2", "Add note")
	maria.sees(`document.activeElement === document.querySelector('[data-block-id="note"] textarea')`)
	require.True(t, eval[bool](maria, `document.getElementById("app").inert`))
	maria.press("short")
	maria.click("[role=dialog] [type=submit]")
	maria.says(".input-error", "at least 10 characters")
	maria.sees(`document.activeElement === document.querySelector('[data-block-id="note"] textarea')`)
	maria.picture("modal")
	maria.press(" no longer: Dana agreed to a weekly review")
	maria.click("[role=dialog] [type=submit]")
	maria.sees(`!document.querySelector("[role=dialog]") && !document.getElementById("app").inert`)
	maria.says(".thread-link", "1 reply")
	require.Equal(t, "Maria: short no longer: Dana agreed to a weekly review", w.thread1(ts))

	maria.click(`.overflow`)
	maria.chooses("Add")
	maria.says("[role=dialog] h2", "Add note")
	maria.press(kb.Escape)
	maria.sees(`!document.querySelector("[role=dialog]")`)
}

// thread1 is the text of the first reply.
func (w *world) thread1(ts string) string {
	replies, err := w.sim.Thread("maria", "cs-alerts", ts)
	require.NoError(w.tb, err)
	require.Greater(w.tb, len(replies), 1)
	return replies[1].Text
}

func homeStory(_ *testing.T, w *world) {
	maria := w.visit("/client/maria/general")
	maria.click(`[aria-label="Apps"] a`)
	maria.says("#home h3", "Your week: €212,000 at risk")
	maria.says("#home", "Accounts by milestone reached")
	maria.picture("home")
	maria.click(`.tabs a:last-child`)
	maria.says("#main", "This is your conversation with journeybot")
}

func threadStory(t *testing.T, w *world) {
	ts := w.acme()
	w.post("cs-alerts", "Maria took this at 09:42. Step 1 of 4: call Dana Weiss.", "", ts)
	_, err := w.sim.Send("ben", "cs-alerts", ts, "Dana is back on Thursday, I have her on the phone then")
	require.NoError(t, err)
	maria := w.visit("/client/maria/cs-alerts")
	maria.click(".thread-link")
	maria.says("#panel .message", "Dana is back on Thursday")
	maria.sees(`document.activeElement === document.querySelector("#panel textarea")`)
	maria.press("Great, thank you :tada:" + kb.Enter)
	maria.says("#panel .message", "Great, thank you 🎉")
	maria.says("#panel .replies", "3 replies")
	maria.says("#main .thread-link", "3 replies")
	maria.picture("thread")
	maria.press(kb.Escape)
	maria.sees(`!document.getElementById("panel") && location.pathname === "/client/maria/cs-alerts"`)
}

func directStory(t *testing.T, w *world) {
	for i := range 40 {
		_, err := w.sim.Send("ben", "maria", "", fmt.Sprintf("line %d", i+1))
		require.NoError(t, err)
	}
	maria, ben := w.visit("/client/maria/general"), w.visit("/client/ben/maria")
	maria.says(".place.unread", "Ben Okafor")
	maria.click(`.place[href="/client/maria/ben"]`)
	maria.says(".message", "line 40")
	const bottom = `(({ scrollTop, clientHeight, scrollHeight }) => scrollTop + clientHeight > scrollHeight - 4)(document.querySelector("#main .scroll"))`
	maria.sees(bottom)
	maria.press("hello @ben *now*" + kb.Enter)
	ben.says(".message .mention.me", "@Ben Okafor")
	ben.says(".message b", "now")
	maria.sees(bottom)
	maria.do(chromedp.Evaluate[chromedp.Void](`document.querySelector("#main .scroll").scrollTop = 0`))
	ben.do(chromedp.Click(chromedp.CSS(composer)))
	ben.press("and now?" + kb.Enter)
	maria.sees(`document.querySelector("#messages").innerText.includes("and now?")`)
	require.Zero(t, eval[int](maria, `document.querySelector("#main .scroll").scrollTop`), "who reads further up is left there")
	maria.click(`.place[href="/client/maria/tom"]`)
	maria.says("h1", "Tom Fischer")
}

// steadyStory presses the mouse, lets the page change around it, and lets go.
func steadyStory(t *testing.T, w *world) {
	ts := w.acme()
	require.NoError(t, w.sim.React("ben", "cs-alerts", ts, "eyes", true))
	maria := w.visit("/client/maria/cs-alerts")
	maria.says(".message .reaction", "1")
	maria.hold(`.place[href="/client/maria/tom"]`)
	_, err := w.sim.Send("ben", "maria", "", "a word, please")
	require.NoError(t, err)
	maria.says(".place.unread", "Ben Okafor")
	maria.letGo()
	maria.says("h1", "Tom Fischer")

	maria.click(`.place[href="/client/maria/cs-alerts"]`)
	maria.says("h1", "cs-alerts")
	maria.hold(ack)
	require.NoError(t, w.sim.React("tom", "cs-alerts", ts, "eyes", true))
	maria.says(".message .reaction", "2")
	maria.letGo()
	maria.says(".message", "Maria is on it")
}

// hastyStory clicks twice while the answer to the first click is long in coming.
func hastyStory(t *testing.T, w *world) {
	maria := w.visit("/client/maria/cs-alerts")
	maria.says("h1", "cs-alerts")
	maria.do(chromedp.Evaluate[chromedp.Void](`{
		const { fetch } = window
		window.fetch = async (address, options) => {
			if (String(address).startsWith("/client/maria/general")) await new Promise((resolve) => { window.answer = resolve })
			return fetch(address, options)
		}
	}`))
	maria.click(`.place[href="/client/maria/general"]`)
	maria.sees(`window.answer`)
	maria.click(`.place[href="/client/maria/random"]`)
	maria.says("h1", "random")
	maria.do(chromedp.Evaluate[chromedp.Void](`window.answer()`))
	_, err := w.sim.Send("ben", "random", "", "still here")
	require.NoError(t, err)
	maria.says(".message", "still here")
	require.Equal(t, "/client/maria/random", eval[string](maria, `location.pathname`))
	require.Contains(t, eval[string](maria, `document.querySelector("h1").innerText`), "random")
}

func reloadStory(t *testing.T, w *world) {
	ts := w.acme()
	w.post("cs-alerts", "A reply", "", ts)
	maria := w.visit("/client/maria/cs-alerts/" + ts)
	maria.says("#panel .message", "A reply")
	maria.click("#main .overflow")
	maria.chooses("Add")
	maria.says("[role=dialog] h2", "Add note")
	before := eval[string](maria, allMessages)
	maria.do(chromedp.Reload(), chromedp.WaitReady(chromedp.CSS("#main")))
	maria.says("[role=dialog] h2", "Add note")
	require.Equal(t, before, eval[string](maria, allMessages))
	maria.press(kb.Escape)
	maria.sees(`!document.querySelector("[role=dialog]")`)
	maria.do(chromedp.Click(chromedp.CSS(composer)))
	maria.press("half a thought")
	maria.do(chromedp.Reload(), chromedp.WaitReady(chromedp.CSS("#main")))
	maria.sees(`document.querySelector("` + composer + `").value === "half a thought"`)
}

func adminStory(t *testing.T, w *world) {
	ts := w.acme()
	maria := w.visit("/client/maria/cs-alerts")
	more := func(entry string) {
		maria.do(chromedp.Focus(chromedp.CSS(`[aria-label="More message actions"]`)))
		maria.press(kb.Enter)
		maria.chooses(entry)
	}
	more("Close it")
	maria.sees(`document.querySelector(".message-tools template.menu").content.textContent.includes("edit it again")`)
	post, err := w.sim.Message("maria", "cs-alerts", ts)
	require.NoError(t, err)
	require.True(t, post.Frozen)
	more("Log to")
	maria.sees(`!document.querySelector(".menu-popup")`)
	w.delivers("message_action", 1)
	more("Delete")
	maria.says("dialog[open] h2", "Delete message")
	maria.click("dialog[open] .danger")
	maria.sees(`!document.querySelector(".message")`)
	require.Empty(t, w.sim.Posts("cs-alerts"))

	channel := func(entry string) {
		maria.do(chromedp.Focus(chromedp.CSS(`[data-do="channel"]`)))
		maria.press(kb.Enter)
		maria.chooses(entry)
	}
	channel("Remove the app")
	maria.says(".head-facts", "without journeybot")
	channel("Share")
	maria.says(".place.current .badge", "shared")
	channel("Archive")
	maria.says(".foot-note", "This channel is archived.")
	maria.click(`[data-do="unarchive"]`)
	maria.sees(`document.querySelector("` + composer + `")`)
	channel("Leave")
	maria.says(".foot-note", "Join channel")
	channel("Delete")
	maria.click("dialog[open] .danger")
	maria.sees(`location.pathname !== "/client/maria/cs-alerts" && !document.querySelector('.place[href$="/cs-alerts"]')`)
	maria.sees(`document.querySelector("main").dataset.channel`)
}

// delivers waits until so many deliveries of a kind are on their way to the app.
func (w *world) delivers(method string, count int) {
	w.tb.Helper()
	ctx, cancel := context.WithTimeout(w.tb.Context(), patience)
	defer cancel()
	require.NoError(w.tb, w.sim.Wait(ctx, func() bool {
		found := 0
		for _, call := range w.sim.Calls() {
			if call.Method == method {
				found++
			}
		}
		return found >= count
	}))
}

func peopleStory(t *testing.T, w *world) {
	_, err := w.sim.Send("tom", "general", "", "I am off from tomorrow")
	require.NoError(t, err)
	maria, tom := w.visit("/client/maria/general"), w.visit("/client/tom/general")
	tom.click(`[data-do="profile"]`)
	tom.says("#profile h2", "Tom Fischer")
	tom.sees(`document.activeElement.name === "text"`)
	tom.press("On the boat")
	tom.do(chromedp.Evaluate[chromedp.Void](`document.querySelector('#profile [name=for]').value = "168h"`))
	tom.picture("status")
	tom.press(kb.Enter)
	tom.says(".status-button", "🌴 On the boat")
	maria.sees(`document.querySelector(".message .said")?.title.startsWith("On the boat, until Tue 1 Dec")`)
	account := func(of *tab, kind string) {
		of.click(`[data-do="profile"]`)
		of.do(chromedp.Evaluate[chromedp.Void](`document.querySelector('#profile [name=account]').value = "` + kind + `"`))
		of.click("#profile [type=submit]")
	}
	account(tom, "external")
	maria.says(".message .app-mark", "EXTERNAL")
	tom.says(".status-button", "On the boat")
	user, _ := w.sim.User("tom")
	require.True(t, user.External)
	require.Equal(t, now.AddDate(0, 0, 7).Unix(), user.StatusUntil/60*60, "it ends when it would have ended")
	account(tom, "deactivated")
	tom.says(".side-label", "You are Maria Santos")
	maria.says(".message .app-mark", "DEACTIVATED")
	maria.click(`[data-do="profile"]`)
	maria.says(".gone", "Tom Fischer")
	maria.click(".gone button")
	maria.sees(`!document.querySelector(".gone")`)
	maria.sees(`!document.querySelector(".message .app-mark")`)
}

func fileStory(t *testing.T, w *world) {
	w.call("chat.postMessage", map[string]any{"channel": w.channel("general"), "text": "x", "blocks": json.RawMessage(
		`[{"type":"actions","elements":[{"type":"button","action_id":"attach","text":{"type":"plain_text","text":"Attach"}}]}]`)})
	notes := filepath.Join(t.TempDir(), "notes.txt")
	require.NoError(t, os.WriteFile(notes, []byte("call Dana"), 0o600))
	maria := w.visit("/client/maria/general")
	maria.click(`[data-action-id="attach"] button`)
	maria.says("[role=dialog] h2", "Attach notes")
	choose := func(files ...string) {
		maria.do(chromedp.SetUploadFiles(chromedp.CSS(`[data-element="file_input"] input`), files))
	}
	choose(notes, notes, notes)
	maria.says(".input-error", "Up to 2 can be uploaded here.")
	choose(notes)
	maria.says(".chosen-file", "notes.txt (9 B)")
	maria.click("[role=dialog] [type=submit]")
	maria.sees(`!document.querySelector("[role=dialog]")`)
	w.mu.Lock()
	defer w.mu.Unlock()
	require.Equal(t, "notes.txt: call Dana", w.attached)
}

// allMessages are the words of every message on screen.
const allMessages = `[...document.querySelectorAll(".message")].map((message) => message.innerText).join("\n")`

func hostileStory(t *testing.T, w *world) {
	name := `<script>document.title="owned"</script> <!channel> <javascript:alert(1)|click> ` + strings.Repeat("W", 300)
	escaped := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(name)
	w.call("chat.postMessage", map[string]any{"channel": w.channel("cs-alerts"), "text": escaped, "blocks": []any{
		map[string]any{"type": "header", "text": map[string]any{"type": "plain_text", "text": name[:140]}},
		map[string]any{"type": "section", "text": map[string]any{"type": "mrkdwn", "text": escaped + " <javascript:alert(2)|here>"}},
		map[string]any{"type": "actions", "elements": []any{map[string]any{
			"type": "button", "action_id": `"><img src=x onerror=alert(3)>`, "text": map[string]any{"type": "plain_text", "text": name[:70]},
		}}},
	}})
	maria := w.visit("/client/maria/cs-alerts")
	maria.says(".message", name)
	maria.says("h3", "<script>")
	require.NotEqual(t, "owned", eval[string](maria, "document.title"))
	require.Equal(t, 0, eval[int](maria, `document.querySelectorAll(".message script, .message img, .message .mention, .message-body a").length`))
	require.Equal(t, `"><img src=x onerror=alert(3)>`, eval[string](maria, `document.querySelector(".element").dataset.actionId`))
	require.True(t, eval[bool](maria, fits))
}

// fits tells that nothing makes the page scroll sideways.
const fits = `document.documentElement.scrollWidth <= innerWidth && [...document.querySelectorAll(".scroll")].every((s) => s.scrollWidth <= s.clientWidth)`

func unreadStory(t *testing.T, w *world) {
	maria := w.visit("/client/maria/general")
	w.acme()
	maria.says(".place.unread", "cs-alerts")
	maria.says(".place .badge", "1")
	maria.click(`.place[href$="/cs-alerts"]`)
	maria.says("h1", "cs-alerts")
	maria.says(".new-line", "New")
	maria.sees(`!document.querySelector(".place.unread")`)
	maria.says(".new-line", "New")
	_, err := w.sim.Send("ben", "general", "", "good morning")
	require.NoError(t, err)
	maria.says(".place.unread", "general")
	maria.click(`.place[href$="/general"]`)
	maria.says(".message", "good morning")
	maria.sees(`!document.querySelector(".place.unread")`)
}

func failureStory(_ *testing.T, w *world) {
	maria := w.visit("/client/maria/cs-alerts")
	maria.do(chromedp.Click(chromedp.CSS(composer)))
	maria.press("/journey slow" + kb.Enter)
	maria.says(".message", "operation_timeout")
	w.call("chat.postMessage", map[string]any{"channel": w.channel("cs-alerts"), "text": "x", "blocks": json.RawMessage(
		`[{"type":"actions","elements":[{"type":"button","action_id":"fail","text":{"type":"plain_text","text":"Break"}}]}]`)})
	maria.click(`[data-action-id="fail"] button`)
	maria.sees(`[...document.querySelectorAll(".press-error")].some((line) => line.checkVisibility() && line.innerText)`)
	maria.sees(`!document.querySelector('[aria-busy="true"]')`)
}

func stepsStory(t *testing.T, w *world) {
	w.acme()
	maria := w.visit("/client/maria/cs-alerts")
	maria.says(".first-run", "Click Acknowledge under an alert")
	maria.click(ack)
	maria.sees(`document.querySelector('[data-step="press"]').classList.contains("done")`)
	maria.click(`[data-do="try"]`)
	maria.press(kb.Enter)
	maria.sees(`document.querySelector('[data-step="command"]').classList.contains("done")`)
	maria.click(`[data-do="signal"]`)
	maria.do(chromedp.SetValue(chromedp.CSS("#signal [name=account]"), "refused"))
	maria.click("#signal [type=submit]")
	maria.says("#signal .form-error", "account refused")
	maria.do(chromedp.SetValue(chromedp.CSS("#signal [name=account]"), "acme"))
	maria.click("#signal [type=submit]")
	maria.says(".message", "Signal growth.signal.health_shift about acme")
	maria.sees(`document.querySelectorAll(".first-run .done").length === 3`)
	maria.click(`[data-do="dismiss"]`)
	maria.do(chromedp.Reload(), chromedp.WaitReady(chromedp.CSS("#main")))
	require.True(t, eval[bool](maria, `document.getElementById("first-run").hidden`))
}

func menuStory(t *testing.T, w *world) {
	w.acme()
	maria := w.visit("/client/maria/cs-alerts")
	maria.do(chromedp.Focus(chromedp.CSS(`[data-action-id="alert.snooze"] button`)))
	maria.press(kb.Enter)
	maria.sees(`document.querySelector(".menu-popup [role=listbox]") === document.activeElement`)
	require.Equal(t, "true", eval[string](maria, `document.querySelector('[data-action-id="alert.snooze"] button').getAttribute("aria-expanded")`))
	w.post("cs-alerts", "meanwhile", "", "")
	maria.says(".message", "meanwhile")
	maria.sees(`Math.abs(document.querySelector(".menu-popup").getBoundingClientRect().left -
		document.querySelector('[data-action-id="alert.snooze"] button').getBoundingClientRect().left) < 2`)
	maria.press(kb.Escape)
	maria.sees(`!document.querySelector(".menu-popup") && document.activeElement.matches('[data-action-id="alert.snooze"] button')`)
	maria.press(kb.Enter)
	maria.press(kb.ArrowDown + kb.ArrowDown + kb.Enter)
	maria.says(`[data-action-id="alert.snooze"] .select-label`, "Next working day")
	maria.sees(`!document.querySelector('[aria-busy="true"]')`)
	w.hears("alert.snooze next")

	maria.click(`[data-action-id="alert.expected"] button`)
	maria.says("dialog[open] h2", "No action for Acme Corp?")
	maria.press(kb.Escape)
	maria.sees(`!document.querySelector("dialog[open]")`)
	require.NotContains(t, w.heard(), "alert.expected ")
	maria.click(`[data-action-id="alert.expected"] button`)
	maria.click("dialog[open] .primary")
	maria.sees(`!document.querySelector("dialog[open]") && !document.querySelector('[aria-busy="true"]')`)
	w.hears("alert.expected ")
}

// heard is what the app was told so far.
// hears waits until the app was told something: the page is done with a press before that is.
func (w *world) hears(what string) {
	w.tb.Helper()
	require.Eventually(w.tb, func() bool { return slices.Contains(w.heard(), what) }, patience, 20*time.Millisecond, what)
}

func (w *world) heard() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]string(nil), w.seen...)
}

func gallery(t *testing.T, w *world) {
	for i := range 5 {
		w.post("random", "gallery", fmt.Sprintf("gallery_%d", i+1), "")
	}
	maria := w.visit("/client/maria/random")
	maria.sees(`document.querySelectorAll(".message").length === 5`)
	require.Equal(t, 0, eval[int](maria, `document.querySelectorAll(".unknown").length`))
	require.True(t, eval[bool](maria, fits))
}

func logStory(t *testing.T, w *world) {
	w.acme()
	maria := w.visit("/client/maria/log")
	maria.says(".entry", "chat.postMessage")
	maria.click(".entry summary")
	maria.says(".entry[open] pre", `"type": "header"`)
	require.Contains(t, eval[string](maria, `document.querySelector("[data-copy]").dataset.copy`), "curl")
	w.post("general", "unmistakable", "", "")
	maria.sees(`document.querySelectorAll(".entry").length === 2`)
	maria.sees(`document.querySelectorAll(".entry[open]").length === 1`)
	maria.click(`[data-fault-form] [type=submit]`)
	maria.says(".fault-list", "429 Too Many Requests, once")
	require.Len(t, w.sim.Faults(), 1)
	maria.picture("log")
	require.False(t, w.sim.ChannelLimit())
	maria.click(`[data-limit]`)
	maria.sees(`document.querySelector("[data-limit]").hasAttribute("checked")`)
	require.True(t, w.sim.ChannelLimit())
	maria.click(`[data-fault*="remove"]`)
	maria.says(".fault-list", "Nothing is broken")
	maria.do(chromedp.SendKeys(chromedp.CSS("#log-filter"), "unmistak"))
	maria.sees(`[...document.querySelectorAll(".entry")].filter((entry) => !entry.hidden).length === 1`)
	maria.says(".log-count", "1 of 2")
}

func narrowStory(t *testing.T, w *world) {
	ts := w.acme()
	w.post("cs-alerts", "A reply", "", ts)
	maria := w.visit("/client/maria/general")
	maria.do(chromedp.EmulateViewport(400, 800), chromedp.Navigate(w.url+"/client/maria/cs-alerts"))
	maria.says(".message", "Acme Corp health")
	maria.picture("narrow")
	w.post("cs-alerts", strings.Repeat("L", 400), "", "")
	maria.says(".message", strings.Repeat("L", 400))
	require.True(t, eval[bool](maria, fits), "channel")
	maria.click(".menu-toggle")
	maria.says("#sidebar", "general")
	maria.click(`.place[href$="/log"]`)
	maria.says("h1", "Protocol log")
	require.True(t, eval[bool](maria, fits), "log")
	maria.click(".menu-toggle")
	maria.click(`[data-do="profile"]`)
	maria.sees(`(({ left, right }) => left >= 0 && right <= innerWidth)(document.querySelector("#profile").getBoundingClientRect())`)
	require.True(t, eval[bool](maria, fits), "status and account")
	maria.press(kb.Escape)
	maria.sees(`!document.querySelector("dialog[open]")`)
	maria.click(".menu-toggle")
	maria.click(`[aria-label="Apps"] a`)
	maria.says("#home h3", "Your week")
	require.True(t, eval[bool](maria, fits), "home")
	maria.do(chromedp.Navigate(w.url + "/client/maria/cs-alerts/" + ts))
	maria.says("#panel .message", "A reply")
	require.True(t, eval[bool](maria, fits), "thread")
	maria.do(chromedp.Navigate(w.url + "/client/maria/cs-alerts"))
	maria.click(`.overflow`)
	maria.chooses("Add")
	maria.says("[role=dialog] h2", "Add note")
	require.True(t, eval[bool](maria, fits), "modal")
}
