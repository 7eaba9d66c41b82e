package web_test

import (
	"context"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

var screenshots = flag.String("screenshots", "", "directory to write pictures of the page to")

// patience is how long the page may take to show something on a busy machine.
const patience = 20 * time.Second

// tab is one person's browser tab.
type tab struct {
	tb  testing.TB
	ctx context.Context
	url string
}

// browser starts Chromium for a test. Without one the test is skipped, but fails in CI.
func browser(tb testing.TB) context.Context {
	tb.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		if os.Getenv("CI") == "true" {
			require.FailNow(tb, "no Chromium in CI: install it")
		}
		tb.Skip("no Chromium found: install it to run the tests of the page")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox,
		chromedp.Flag("disable-background-networking", true), chromedp.DisableGPU, chromedp.WSURLReadTimeout(time.Minute))
	allocator, stop := chromedp.NewExecAllocator(tb.Context(), options...)
	tb.Cleanup(stop)
	ctx, cancel := chromedp.NewContext(allocator)
	tb.Cleanup(cancel)
	require.NoError(tb, chromedp.Run(ctx))
	return ctx
}

// visit opens a page of the world in a new tab. A script error in it fails the test.
func (w *world) visit(ctx context.Context, path string) *tab {
	w.tb.Helper()
	tabCtx, cancel := chromedp.NewContext(ctx)
	w.tb.Cleanup(cancel)
	t := &tab{tb: w.tb, ctx: tabCtx, url: w.url + path}
	chromedp.ListenTarget(tabCtx, func(event any) {
		if thrown, ok := event.(*runtime.EventExceptionThrown); ok {
			w.tb.Errorf("script error on %s: %s", path, thrown.ExceptionDetails.Error())
		}
	})
	t.do(chromedp.EmulateViewport(1280, 860), chromedp.Navigate(t.url), chromedp.WaitReady("#main"))
	return t
}

// do runs actions in the tab, within patience.
func (t *tab) do(actions ...chromedp.Action) {
	t.tb.Helper()
	ctx, cancel := context.WithTimeout(t.ctx, patience)
	defer cancel()
	if err := chromedp.Run(ctx, actions...); err != nil {
		t.picture("failure")
		require.NoError(t.tb, err)
	}
}

// sees waits until a JavaScript expression holds.
func (t *tab) sees(expression string) {
	t.tb.Helper()
	t.do(chromedp.Poll(expression, nil, chromedp.WithPollingInterval(30*time.Millisecond)))
}

// says waits until what selector finds contains text.
func (t *tab) says(selector, text string) {
	t.tb.Helper()
	ctx, cancel := context.WithTimeout(t.ctx, patience)
	defer cancel()
	err := chromedp.Run(ctx, chromedp.PollFunction(
		`(selector, text) => [...document.querySelectorAll(selector)].some((node) => node.checkVisibility() && node.innerText.includes(text))`,
		nil, chromedp.WithPollingArgs(selector, text), chromedp.WithPollingInterval(30*time.Millisecond)))
	if err != nil {
		t.picture("failure")
		require.NoError(t.tb, err, "%s never said %q", selector, text)
	}
}

// eval returns what an expression gives.
func eval[T any](t *tab, expression string) T {
	t.tb.Helper()
	var out T
	t.do(chromedp.Evaluate(expression, &out))
	return out
}

// click clicks what selector finds, by keyboard-reachable means.
func (t *tab) click(selector string) {
	t.tb.Helper()
	t.do(chromedp.WaitVisible(selector, chromedp.ByQuery), chromedp.Click(selector, chromedp.ByQuery))
}

// press presses keys, wherever the focus is.
func (t *tab) press(keys string) {
	t.tb.Helper()
	t.do(chromedp.KeyEvent(keys))
}

// picture takes a picture if pictures were asked for.
func (t *tab) picture(name string) {
	if *screenshots == "" {
		return
	}
	var png []byte
	ctx, cancel := context.WithTimeout(t.ctx, patience)
	defer cancel()
	if chromedp.Run(ctx, chromedp.CaptureScreenshot(&png)) == nil {
		require.NoError(t.tb, os.MkdirAll(*screenshots, 0o755))
		require.NoError(t.tb, os.WriteFile(filepath.Join(*screenshots, name+".png"), png, 0o600))
	}
}
