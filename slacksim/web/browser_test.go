package web_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"
)

var screenshots = flag.String("screenshots", "", "directory to write the pictures of the documentation to")

// patience is how long the page may take to show something on a busy machine. It costs nothing where the page is quicker.
const patience = 90 * time.Second

// tab is one person's browser tab.
type tab struct {
	tb  testing.TB
	ctx context.Context
	url string

	held point
}

// point is a place in a tab, in CSS pixels.
type point struct{ X, Y float64 }

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
	ctx, stop := chromedp.NewContext(tb.Context(), chromedp.WithAllocatorOptions(
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.WSURLReadTimeout(time.Minute),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("force-prefers-reduced-motion", true),
	))
	tb.Cleanup(stop)
	require.NoError(tb, chromedp.Do(ctx))
	return ctx
}

// visit opens a page of the world in a new tab. A script error in it fails the test.
func (w *world) visit(path string) *tab {
	w.tb.Helper()
	tabCtx, cancel := chromedp.NewContext(w.browser, chromedp.WithListener(func(event any) {
		if thrown, ok := event.(*runtime.EventExceptionThrown); ok {
			w.tb.Errorf("script error on %s: %s", path, thrown.ExceptionDetails.Text)
		}
	}))
	w.tb.Cleanup(cancel)
	t := &tab{tb: w.tb, ctx: tabCtx, url: w.url + path}
	require.NoError(w.tb, chromedp.Do(tabCtx))
	t.do(chromedp.EmulateViewport(1280, 860), chromedp.Navigate(t.url), chromedp.WaitReady(chromedp.CSS("#main")))
	return t
}

// do runs actions in the tab, within patience.
func (t *tab) do(actions ...chromedp.Action[chromedp.Void]) {
	t.tb.Helper()
	ctx, cancel := context.WithTimeout(t.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		t.capture(filepath.Join(t.tb.ArtifactDir(), "failure.png")) // kept with -artifacts
		require.NoError(t.tb, err)
	}
}

// sees waits until a JavaScript expression holds.
func (t *tab) sees(expression string) {
	t.tb.Helper()
	t.do(func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		_, err := chromedp.Poll[bool]("Boolean("+expression+")", chromedp.WithPollingInterval(30*time.Millisecond), chromedp.WithPollingTimeout(0))(ctx, target)
		if err != nil {
			err = fmt.Errorf("%s: %w", expression, err)
		}
		return chromedp.Void{}, err
	})
}

// says waits until something visible that selector finds contains text.
func (t *tab) says(selector, text string) {
	t.tb.Helper()
	t.sees(fmt.Sprintf(`[...document.querySelectorAll(%q)].some((node) => node.checkVisibility() && node.innerText.includes(%q))`, selector, text))
}

// eval returns what an expression gives.
func eval[T any](t *tab, expression string) T {
	t.tb.Helper()
	ctx, cancel := context.WithTimeout(t.ctx, patience)
	defer cancel()
	out, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	require.NoError(t.tb, err)
	return out
}

// click clicks the first visible thing that selector finds.
func (t *tab) click(selector string) {
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

// hold presses the mouse on the first thing that selector finds; letGo releases it there.
func (t *tab) hold(selector string) {
	t.tb.Helper()
	t.held = eval[point](t, fmt.Sprintf(`(() => {
		const node = document.querySelector(%q)
		node.scrollIntoView({ block: "nearest" })
		const { x, y, width, height } = node.getBoundingClientRect()
		return { x: x + width / 2, y: y + height / 2 }
	})()`, selector))
	t.mouse(input.DispatchMouseEventTypeMousePressed)
}

func (t *tab) letGo() {
	t.tb.Helper()
	t.mouse(input.DispatchMouseEventTypeMouseReleased)
}

func (t *tab) mouse(kind input.DispatchMouseEventType) {
	t.tb.Helper()
	t.do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, input.DispatchMouseEvent, input.DispatchMouseEventParams{
			Type: kind, X: t.held.X, Y: t.held.Y, Button: input.MouseButtonLeft, ClickCount: 1,
		})
		return err
	}))
}

// chooses types the beginning of an entry of the open menu and takes it. On a machine so slow that the letters do not count as one
// word it types them again, as a person does.
func (t *tab) chooses(entry string) {
	t.tb.Helper()
	t.sees(`document.querySelector(".menu-item.active")`)
	for start := time.Now(); ; t.do(chromedp.Sleep(time.Second)) { // longer than a menu waits for the next letter
		t.press(entry)
		active := eval[string](t, `document.querySelector(".menu-item.active").innerText.trim()`)
		if strings.HasPrefix(active, entry) {
			break
		}
		require.Less(t.tb, time.Since(start), patience, "%s stays chosen, not %s", active, entry)
	}
	t.press(kb.Enter)
}

// press presses keys, wherever the focus is. Like a keyboard it types a character only if the page lets the key through.
func (t *tab) press(keys string) {
	t.tb.Helper()
	t.do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		for _, key := range keys {
			events := kb.Encode(key)
			down, up := events[0], events[len(events)-1]
			if len(events) == 3 {
				down.Text = events[1].Text
			}
			for _, event := range []*input.DispatchKeyEventParams{down, up} {
				if _, err := cdp.Call(ctx, target, input.DispatchKeyEvent, *event); err != nil {
					return err
				}
			}
		}
		return nil
	}))
}

// picture takes a picture for the documentation if pictures were asked for.
func (t *tab) picture(name string) {
	t.tb.Helper()
	if *screenshots != "" {
		t.capture(filepath.Join(*screenshots, name+".png"))
	}
}

// capture writes what the tab shows to a file.
func (t *tab) capture(path string) {
	ctx, cancel := context.WithTimeout(t.ctx, patience)
	defer cancel()
	png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		t.tb.Logf("no picture %s: %v", path, err)
		return
	}
	require.NoError(t.tb, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t.tb, os.WriteFile(path, png, 0o644))
}
