package main

import (
	"fmt"
	"regexp"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// presses clicks the button with that label below something that selector finds and that contains text, once it is there.
func (t tab) presses(selector, text, label string) {
	t.tb.Helper()
	t.sees(fmt.Sprintf(`(() => {
		const place = [...document.querySelectorAll(%q)].find((node) => node.checkVisibility() && node.innerText.includes(%q))
		const button = place && [...place.querySelectorAll('button')].find((node) => node.innerText.trim() === %q)
		button?.click()
		return Boolean(button)
	})()`, selector, text, label))
}

// types fills in the input of a modal's block.
func (t tab) types(block, value string) {
	t.tb.Helper()
	t.sees(fmt.Sprintf(`(() => {
		const input = document.querySelector('.modal [data-block-id=%q] input')
		if (!input) return false
		input.value = %q
		for (const event of ['input', 'change']) input.dispatchEvent(new Event(event, {bubbles: true}))
		return true
	})()`, block, value))
}

// TestPlaybookInABrowser does what a person does with a playbook: start it, tick, write, fill in a form wrongly.
func TestPlaybookInABrowser(t *testing.T) {
	t.Parallel()
	page := browser(t)
	running := start(t, nil, "demo", "--addr", "127.0.0.1:0", "--data-dir", t.TempDir(), "--speed", "40")
	url := regexp.MustCompile(`http://127\.0\.0\.1:\d+/`)
	address := url.FindString(running.line(patience, url.MatchString))
	page.do(chromedp.EmulateViewport(1280, 1000), chromedp.Navigate(address+"client/maria/cs-alerts"))
	page.says(".message", "Acme Corp health")

	page.presses(".message", "Acme Corp health", "Start playbook")
	page.says(".modal", "1. Call Dana Weiss")
	page.presses(".modal", "1. Call Dana Weiss", "Mark done")
	page.says(".modal", "Done by Maria")
	page.picture("checklist")
	page.presses(".modal", "Done by Maria", "Draft e-mail…")
	page.says(".modal", "Log as sent")
	page.picture("draft")
	page.presses(".modal", "Log as sent", "Copy or open in mail…")
	page.sees(`document.querySelector('.modal a[href^="mailto:"]') !== null`)
	page.click(`.scrim:not([hidden]) [data-do="close-all"]`)
	page.sees(`document.querySelector('.modal') === null`)
	page.says(".message", "Step 1 of ")
	page.sees(`(() => { [...document.querySelectorAll('.message')].find((node) => node.innerText.includes('Step 1 of ')).scrollIntoView({block: 'center'}); return true })()`)
	page.picture("progress")

	page.presses(".message", "% of API calls", "Grant buffer…")
	page.says(".modal", "How much more, in %")
	page.types("percent", "80")
	page.types("until", "2030-01-31")
	page.presses(".modal", "How much more", "Save")
	page.says(".modal", "Write a number from 1 to 50.")
	page.picture("form")
	require.Zero(t, running.stop(5*time.Second))
}
