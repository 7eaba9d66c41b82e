package slacksim_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"journeybot/slacksim"

	"github.com/stretchr/testify/require"
)

// attempt posts x to general; err is a connection that broke.
func attempt(ctx context.Context, sim *slacksim.Server, where string) (*http.Response, error) {
	form := url.Values{"token": {sim.BotToken()}, "channel": {where}, "text": {"x"}}.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, sim.APIURL()+"chat.postMessage", strings.NewReader(form))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := client.Do(req)
	if err == nil {
		_ = resp.Body.Close()
	}
	return resp, err
}

func TestFaults(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault  slacksim.Fault
		status int // 0 is a broken connection
		posted bool
		retry  string
	}{
		"rate limit":  {slacksim.Fault{Kind: slacksim.FaultRateLimit, RetryAfter: 1500 * time.Millisecond}, 429, false, "2"},
		"status":      {slacksim.Fault{Kind: slacksim.FaultStatus, Status: 502}, 502, false, ""},
		"status late": {slacksim.Fault{Kind: slacksim.FaultStatusLate, Status: 500}, 500, true, ""},
		"error":       {slacksim.Fault{Kind: slacksim.FaultError, Error: "fatal_error"}, 200, false, ""},
		"latency":     {slacksim.Fault{Kind: slacksim.FaultLatency, Delay: 20 * time.Millisecond}, 200, true, ""},
		"cut":         {slacksim.Fault{Kind: slacksim.FaultCut}, 0, true, ""},
		"cut early":   {slacksim.Fault{Kind: slacksim.FaultCutEarly}, 0, false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := start(t, nil)
			c.fault.Method, c.fault.Channel = "chat.postMessage", "#general"
			fault, err := sim.Inject(c.fault)
			require.NoError(t, err)
			must(t, sim, "auth.test", nil)
			must(t, sim, "chat.postMessage", fields{"channel": channel(t, sim, "inner"), "text": "another channel"})
			resp, err := attempt(t.Context(), sim, channel(t, sim, "general"))
			if c.status == 0 {
				require.Error(t, err)
			} else {
				require.NoError(t, err)
				require.Equal(t, c.status, resp.StatusCode)
				require.Equal(t, c.retry, resp.Header.Get("Retry-After"))
			}
			<-fault.Reached()
			require.Equal(t, 1, fault.Hits())
			require.Len(t, sim.Posts("general"), map[bool]int{true: 1}[c.posted])
			wait(t, sim, func() bool { return lastCall(sim, "chat.postMessage").Took > 0 })
			logged := lastCall(sim, "chat.postMessage")
			require.Equal(t, string(c.fault.Kind), logged.Fault)
			require.Equal(t, c.status, logged.Status)
			fault.Clear()
			require.Empty(t, sim.Faults())
			must(t, sim, "chat.postMessage", fields{"channel": channel(t, sim, "general"), "text": "well again"})
		})
	}
}

func TestHeldAnswers(t *testing.T) {
	t.Parallel()
	sim := start(t, nil)
	general := channel(t, sim, "general")
	late, err := sim.Inject(slacksim.Fault{Method: "chat.postMessage", Kind: slacksim.FaultHold})
	require.NoError(t, err)
	answers := make(chan error, 1)
	post := func(ctx context.Context) {
		_, err := attempt(ctx, sim, general)
		answers <- err
	}
	ctx, leave := context.WithCancel(t.Context())
	go post(ctx)
	<-late.Reached()
	require.Len(t, sim.Posts("general"), 1, "it was executed")
	require.Empty(t, answers, "and never answered")
	leave()
	require.Error(t, <-answers)
	go post(t.Context())
	wait(t, sim, func() bool { return len(sim.Posts("general")) == 2 })
	late.Release()
	require.NoError(t, <-answers)
	late.Clear()

	early, err := sim.Inject(slacksim.Fault{Method: "chat.postMessage", Kind: slacksim.FaultHoldEarly})
	require.NoError(t, err)
	ctx, leave = context.WithCancel(t.Context())
	go post(ctx)
	<-early.Reached()
	require.Len(t, sim.Posts("general"), 2, "not executed")
	leave()
	require.Error(t, <-answers)
	wait(t, sim, func() bool { return lastCall(sim, "chat.postMessage").Error == "caller_gone" })
	go post(t.Context())
	wait(t, sim, func() bool { return early.Hits() == 2 })
	sim.ClearFaults()
	require.NoError(t, <-answers)
	require.Len(t, sim.Posts("general"), 3, "executed once for the caller that stayed")
}

func TestHowOftenAFaultHits(t *testing.T) {
	t.Parallel()
	sim := start(t, nil)
	fault, err := sim.Inject(slacksim.Fault{Kind: slacksim.FaultError, Count: 2})
	require.NoError(t, err)
	refused(t, sim, "internal_error", "auth.test", nil)
	refused(t, sim, "internal_error", "team.info", nil)
	must(t, sim, "auth.test", nil)
	require.Equal(t, 2, fault.Hits())
	sim.ClearFaults()

	pattern := func(seed uint64) string {
		sim.Seed(seed)
		fault, err := sim.Inject(slacksim.Fault{Kind: slacksim.FaultError, Probability: 0.3})
		require.NoError(t, err)
		defer fault.Clear()
		var out strings.Builder
		for range 100 {
			if call(t, sim, "auth.test", nil)["ok"] == true {
				out.WriteByte('.')
			} else {
				out.WriteByte('x')
			}
		}
		return out.String()
	}
	first := pattern(7)
	require.Equal(t, first, pattern(7), "the same fate for the same seed")
	require.InDelta(t, 30, strings.Count(first, "x"), 20)

	for _, wrong := range []slacksim.Fault{{}, {Kind: "gremlin"}, {Kind: slacksim.FaultCut, Probability: 1.5}, {Kind: slacksim.FaultStatus, Status: 200}} {
		_, err := sim.Inject(wrong)
		require.Error(t, err)
	}
}

func TestFaultsOnResponseURLs(t *testing.T) {
	t.Parallel()
	sim := start(t, nil)
	a := httpApp(t, sim, nil)
	a.trigger("maria")
	_, err := sim.Inject(slacksim.Fault{Method: "response_url", Kind: slacksim.FaultStatus, Count: 1})
	require.NoError(t, err)
	link := a.last().form.Get("response_url")
	status, _, _ := send(t, http.MethodPost, link, nil, `{"text":"x"}`)
	require.Equal(t, 503, status)
	status, _ = respond(t, link, fields{"text": "x"})
	require.Equal(t, 200, status)
	require.Len(t, sim.Posts("general"), 1)
}
