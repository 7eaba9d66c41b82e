package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

var screenshots = flag.String("screenshots", "", "directory to write the pictures of the documentation to")

// TestDemoInABrowser is a newcomer's first minute: one command, a page, an alert, a click, a question.
func TestDemoInABrowser(t *testing.T) {
	t.Parallel()
	page := browser(t)
	dir := t.TempDir()
	demo := func() (*process, string) {
		p := start(t, nil, "demo", "--addr", "127.0.0.1:0", "--data-dir", dir, "--speed", "20")
		address := regexp.MustCompile(`http://127\.0\.0\.1:\d+/`)
		return p, address.FindString(p.line(patience, address.MatchString))
	}
	running, address := demo()
	page.do(chromedp.EmulateViewport(1280, 860), chromedp.Navigate(address+"client/maria/cs-alerts"))
	page.says(".message", "Acme Corp")
	page.click(`.message [data-action-id="alert.ack"] button`)
	page.says(".message", "Maria is on it")
	page.says(".message .header", "Acme Corp health")
	page.picture("demo")

	page.do(chromedp.Navigate(address+"client/maria/general"), chromedp.WaitVisible(chromedp.CSS(composer)))
	page.do(chromedp.SendKeys(chromedp.CSS(composer), "/journey acme"))
	page.click("#main .send")
	page.says(".message.ephemeral", "Acme Corp: health")
	page.says(".message.ephemeral", "Dana Weiss")
	page.picture("journey")
	page.do(chromedp.SendKeys(chromedp.CSS(composer), "/journey playbooks"))
	page.click("#main .send")
	page.says(".message.ephemeral", "this shows what went together, not why")
	page.do(chromedp.EmulateViewport(1280, 1320))
	page.picture("playbooks")
	page.do(chromedp.Navigate(address + "client/tom/sales-pql"))
	page.says(".message", "PQL")
	require.Zero(t, running.stop(5*time.Second), "Ctrl-C stops it cleanly")

	running, address = demo()
	page.do(chromedp.Navigate(address + "client/maria/cs-alerts"))
	page.says(".message", "Maria is on it")
	require.Zero(t, running.stop(5*time.Second))
}

// pageWithin is how long the page may take to show something on a busy machine. It costs nothing where the page is quicker.
const pageWithin = 90 * time.Second

const composer = `#main [data-composer] textarea`

// tab is a browser's tab.
type tab struct {
	tb  testing.TB
	ctx context.Context
}

// browser starts Chromium. Without one the test is skipped, but fails in CI.
func browser(tb testing.TB) tab {
	tb.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		if os.Getenv("CI") == "true" {
			require.NoError(tb, err, "CI must install Chromium")
		}
		tb.Skip("no Chromium found: install it to run the test of the demo's page")
	}
	ctx, stop := chromedp.NewContext(tb.Context(), chromedp.WithAllocatorOptions(
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.WSURLReadTimeout(pageWithin),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("force-prefers-reduced-motion", true),
	))
	tb.Cleanup(stop)
	require.NoError(tb, chromedp.Do(ctx))
	return tab{tb, ctx}
}

func (t tab) do(actions ...chromedp.Action[chromedp.Void]) {
	t.tb.Helper()
	ctx, cancel := context.WithTimeout(t.ctx, pageWithin)
	defer cancel()
	require.NoError(t.tb, chromedp.Do(ctx, actions...))
}

func (t tab) click(selector string) {
	t.tb.Helper()
	t.do(func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		for {
			void, err := chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible)(ctx, target)
			if err == nil || !strings.Contains(err.Error(), "Could not find node") {
				return void, err
			}
			// The page drew the thing anew between being found and being clicked: a person clicks what is there now.
		}
	})
}

// says waits until something visible that selector finds contains text.
func (t tab) says(selector, text string) {
	t.tb.Helper()
	t.sees(fmt.Sprintf(`[...document.querySelectorAll(%q)].some((node) => node.checkVisibility() && node.innerText.includes(%q))`, selector, text))
}

// sees waits until a JavaScript expression holds.
func (t tab) sees(expression string) {
	t.tb.Helper()
	t.do(func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		_, err := chromedp.Poll[bool](expression, chromedp.WithPollingInterval(50*time.Millisecond), chromedp.WithPollingTimeout(0))(ctx, target)
		if err != nil {
			err = fmt.Errorf("%s: %w", expression, err)
		}
		return chromedp.Void{}, err
	})
}

// picture takes a picture for the documentation if pictures were asked for.
func (t tab) picture(name string) {
	t.tb.Helper()
	if *screenshots == "" {
		return
	}
	ctx, cancel := context.WithTimeout(t.ctx, pageWithin)
	defer cancel()
	image, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	require.NoError(t.tb, err)
	require.NoError(t.tb, os.WriteFile(filepath.Join(*screenshots, name+".png"), image, 0o644))
}
