package web_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"
)

const axePath = "testdata/axe/node_modules/axe-core/axe.min.js"

// TestAccessibility lets axe-core judge the places of the page, light and dark: nothing serious may be wrong.
func TestAccessibility(t *testing.T) {
	t.Parallel()
	axe, err := os.ReadFile(axePath)
	if err != nil && os.Getenv("CI") != "true" {
		t.Skip("axe-core is not installed: run npm ci in slacksim/web/testdata/axe")
	}
	require.NoError(t, err)
	w := newWorld(t)
	ts := w.acme()
	w.post("cs-alerts", "A reply with `code`, *bold* and <https://example.com|a link>", "", ts)
	for _, blocks := range []string{"gallery_1", "gallery_2", "gallery_3", "gallery_4", "gallery_5"} {
		w.post("random", "gallery", blocks, "")
	}
	require.NoError(t, w.sim.React("ben", "cs-alerts", ts, "eyes", true))
	require.NoError(t, w.sim.SetStatus("ben", "On holiday", ":palm_tree:", time.Time{}))
	require.NoError(t, w.sim.Deactivate("aiko"))
	w.browser = browser(t)
	maria := w.visit("/client/maria/cs-alerts/" + ts)
	check := func(place string) {
		t.Helper()
		maria.do(chromedp.Evaluate[chromedp.Void](string(axe)))
		findings := eval[[]string](maria, `axe.run(document, {resultTypes: ["violations"]}).then(({ violations }) => violations
			.filter((v) => ["serious", "critical"].includes(v.impact))
			.flatMap((v) => v.nodes.map((n) => v.id + ": " + n.html.slice(0, 200) + " " + (n.any[0]?.message ?? n.all[0]?.message ?? ""))))`)
		require.Empty(t, findings, "%s:\n%s", place, strings.Join(findings, "\n"))
	}
	for _, theme := range []string{"light", "dark"} {
		maria.do(chromedp.Evaluate[chromedp.Void](`localStorage.setItem("theme", "` + theme + `")`))
		maria.do(chromedp.Navigate(w.url+"/client/maria/cs-alerts/"+ts), chromedp.WaitReady(chromedp.CSS("#panel")))
		check(theme + " channel and thread")
		if theme == "dark" {
			maria.do(chromedp.Navigate(w.url + "/client/maria/cs-alerts"))
			maria.says(".message", "Acme Corp")
			maria.picture("dark")
		}
		maria.click(`[data-do="channel"]`)
		maria.says(".menu-item", "Archive channel")
		check(theme + " channel menu")
		maria.press(kb.Escape)
		maria.click(`[data-do="profile"]`)
		maria.says("#profile .gone", "Aiko Tanaka")
		check(theme + " status and account")
		maria.press(kb.Escape)
		maria.sees(`!document.querySelector("dialog[open]")`)
		maria.click(`#main .overflow`)
		check(theme + " menu")
		maria.chooses("Add")
		maria.says("[role=dialog] h2", "Add note")
		check(theme + " modal")
		maria.press(kb.Escape)
		maria.sees(`!document.querySelector("[role=dialog]")`)
		for _, place := range []string{"random", "home", "log"} {
			maria.do(chromedp.Navigate(w.url+"/client/maria/"+place), chromedp.WaitReady(chromedp.CSS("#main")))
			check(theme + " " + place)
		}
	}
}
