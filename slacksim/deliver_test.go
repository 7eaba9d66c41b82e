package slacksim_test

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"journeybot/slacksim"

	"github.com/stretchr/testify/require"
)

func TestSocketFrames(t *testing.T) {
	t.Parallel()
	sim := start(t, nil)
	k := connect(t, sim)
	type result struct {
		done slacksim.Interaction
		err  error
	}
	results := make(chan result, 1)
	command := func() {
		done, err := sim.Command(context.WithoutCancel(t.Context()), "maria", "general", "/journey acme")
		results <- result{done, err}
	}
	go command()
	frame := k.read()
	require.Equal(t, "slash_commands", frame["type"])
	require.Equal(t, true, frame["accepts_response_payload"])
	payload := frame["payload"].(fields)
	require.Equal(t, "acme", payload["text"])
	require.Equal(t, "false", payload["is_enterprise_install"])
	k.ack(frame, fields{"text": "here"})
	got := <-results
	require.NoError(t, got.err)
	require.Equal(t, frame["envelope_id"], got.done.ID)
	require.Equal(t, "here", sim.Posts("general")[0].Text)

	go command()
	k.ack(k.read(), nil)
	require.NoError(t, (<-results).err)
	require.Len(t, sim.Posts("general"), 1)

	_, _, err := sim.OpenHome("maria")
	require.NoError(t, err)
	event := k.read()
	require.Equal(t, "events_api", event["type"])
	require.Equal(t, false, event["accepts_response_payload"])
	require.Equal(t, float64(0), event["retry_attempt"])
	require.Equal(t, "event_callback", event["payload"].(fields)["type"])
	require.Equal(t, "app_home_opened", event["payload"].(fields)["event"].(fields)["type"])
	k.ack(event, nil)
}

func TestAnUnacknowledgedEventComesAgain(t *testing.T) {
	t.Parallel()
	sim := start(t, func(cfg *slacksim.Config) { cfg.EventRetries = []time.Duration{0} })
	k := connect(t, sim)
	_, _, err := sim.OpenHome("maria")
	require.NoError(t, err)
	first, second := k.read(), k.read()
	require.Equal(t, first["payload"], second["payload"], "the same event")
	require.Equal(t, float64(0), first["retry_attempt"])
	require.Equal(t, float64(1), second["retry_attempt"])
	require.Equal(t, "timeout", second["retry_reason"])
	k.ack(second, nil)
	wait(t, sim, func() bool { return lastCall(sim, "app_home_opened").Status == http.StatusOK })
	require.Len(t, callsOf(sim, "app_home_opened"), 2)
}

func TestAnAcknowledgementThatIsTooLargeIsDropped(t *testing.T) {
	t.Parallel()
	sim := start(t, nil)
	k := connect(t, sim)
	failed := make(chan error, 1)
	go func() {
		_, err := sim.Command(context.WithoutCancel(t.Context()), "maria", "general", "/journey")
		failed <- err
	}()
	frame := k.read()
	k.ack(frame, fields{"text": strings.Repeat("x", 20_480)})
	var failure *slacksim.Failure
	require.ErrorAs(t, <-failed, &failure)
	require.Equal(t, "/journey failed with the error “operation_timeout”", failure.Text)
	require.Equal(t, failure.Text, sim.Posts("general")[0].Text, "the person sees it")
	require.Contains(t, lastCall(sim, "ack").Error, "dropped_")
}

func TestThreeSeconds(t *testing.T) {
	t.Parallel()
	sim := start(t, nil)
	never := make(chan struct{})
	a := httpApp(t, sim, func(got) reply { return reply{wait: never} })
	t.Cleanup(func() { close(never) })
	ts := must(t, sim, "chat.postMessage", fields{"channel": channel(t, sim, "general"), "text": "x", "blocks": []fields{actions(button("go"))}})["ts"].(string)
	events, cancel, err := sim.Subscribe("maria")
	require.NoError(t, err)
	defer cancel()
	_, err = sim.Press(t.Context(), slacksim.Press{User: "maria", Channel: "general", TS: ts, BlockID: "acts", ActionID: "go"})
	var failure *slacksim.Failure
	require.ErrorAs(t, err, &failure)
	require.Equal(t, "operation_timeout", failure.Code)
	warned := <-events
	require.Equal(t, slacksim.EventFailure, warned.Kind)
	require.Equal(t, ts, warned.TS)
	require.Equal(t, "Operation timed out. Apps need to respond within 3 seconds.", warned.Text)
	require.Len(t, a.all(), 1, "clicks are never delivered again by themselves")
}

func TestNobodyIsConnected(t *testing.T) {
	t.Parallel()
	sim := start(t, nil)
	_, err := sim.Command(t.Context(), "maria", "general", "/journey")
	var failure *slacksim.Failure
	require.ErrorAs(t, err, &failure)
	require.Equal(t, "dispatch_failed", failure.Code)
	sim.SetDeliverTo("http://127.0.0.1:1")
	_, err = sim.Command(t.Context(), "maria", "general", "/journey")
	require.ErrorAs(t, err, &failure)
	require.Equal(t, "dispatch_failed", failure.Code)
}

func TestConnectionsShareTheLoad(t *testing.T) {
	t.Parallel()
	sim := start(t, nil)
	one, two := connect(t, sim), connect(t, sim)
	wait(t, sim, func() bool { return sim.Sockets() == 2 })
	var counts [2]atomic.Int32
	for i, k := range []*rawSocket{one, two} {
		go func() {
			for {
				var frame fields
				if k.conn.ReadJSON(&frame) != nil {
					return
				}
				counts[i].Add(1)
				_ = k.conn.WriteJSON(fields{"envelope_id": frame["envelope_id"]})
			}
		}()
	}
	for range 10 {
		_, err := sim.Command(t.Context(), "maria", "general", "/journey")
		require.NoError(t, err)
	}
	require.Equal(t, int32(5), counts[0].Load())
	require.Equal(t, int32(5), counts[1].Load())

	sim.DisconnectSockets("") // cut: a new connection takes over
	wait(t, sim, func() bool { return sim.Sockets() == 0 })
	three := connect(t, sim)
	go func() {
		var frame fields
		if three.conn.ReadJSON(&frame) == nil {
			_ = three.conn.WriteJSON(fields{"envelope_id": frame["envelope_id"]})
		}
	}()
	_, err := sim.Command(t.Context(), "maria", "general", "/journey")
	require.NoError(t, err)
}

func TestDisconnectFrames(t *testing.T) {
	t.Parallel()
	sim := start(t, nil)
	first := connect(t, sim)
	sim.DisconnectSockets("warning")
	frame := first.read()
	require.Equal(t, "disconnect", frame["type"])
	require.Equal(t, "warning", frame["reason"])
	second := connect(t, sim) // overlaps with the first, which is not closed yet
	require.Equal(t, 2, sim.Sockets())
	go func() {
		_, _ = sim.Command(context.WithoutCancel(t.Context()), "maria", "general", "/journey")
	}()
	delivered := second.read()
	require.Equal(t, "slash_commands", delivered["type"], "a connection that was told to go gets nothing new")
	second.ack(delivered, nil)

	for range 9 {
		connect(t, sim)
	}
	connect(t, sim)
	wait(t, sim, func() bool {
		for _, c := range sim.Calls() {
			if c.Method == "disconnect" && strings.Contains(c.Request, "too_many_websockets") {
				return true
			}
		}
		return false
	})
}

func TestTicketsAreForOneConnection(t *testing.T) {
	t.Parallel()
	sim := start(t, nil)
	status, _, _ := send(t, http.MethodGet, sim.URL()+"/link/?ticket=nope", nil, "")
	require.Equal(t, http.StatusForbidden, status)
}

func TestEventsAreRetried(t *testing.T) {
	t.Parallel()
	sim := start(t, func(cfg *slacksim.Config) {
		cfg.Events = []string{"app_mention", "message.channels", "reaction_added"}
		cfg.EventRetries = []time.Duration{0, time.Millisecond, time.Millisecond}
	})
	var failing atomic.Bool
	failing.Store(true)
	a := httpApp(t, sim, func(got) reply {
		if failing.Load() {
			return reply{status: 500}
		}
		return reply{}
	})
	_, err := sim.Send("maria", "general", "", "hello @app & co")
	require.NoError(t, err)
	wait(t, sim, func() bool { return count(sim, "app_mention") == 4 && count(sim, "message") == 4 })
	var ids []any
	for _, g := range a.all() {
		if g.payload["event"].(fields)["type"] != "app_mention" {
			continue
		}
		ids = append(ids, g.payload["event_id"])
		if n := len(ids) - 1; n > 0 {
			require.Equal(t, string(rune('0'+n)), g.header.Get("X-Slack-Retry-Num"))
			require.Equal(t, "http_error", g.header.Get("X-Slack-Retry-Reason"))
		} else {
			require.Empty(t, g.header.Get("X-Slack-Retry-Num"))
		}
		require.Equal(t, "hello <@"+sim.BotUser().ID+"> &amp; co", g.payload["event"].(fields)["text"])
	}
	require.Len(t, ids, 4)
	require.Equal(t, []any{ids[0], ids[0], ids[0], ids[0]}, ids, "the same event id every time")

	failing.Store(false)
	a.mu.Lock()
	a.got = nil
	a.mu.Unlock()
	must(t, sim, "reactions.add", fields{"channel": channel(t, sim, "general"), "timestamp": sim.Posts("general")[0].TS, "name": "eyes"})
	wait(t, sim, func() bool { return count(sim, "reaction_added") == 1 })
	must(t, sim, "chat.postMessage", fields{"channel": channel(t, sim, "inner"), "text": "private, and not subscribed"})
	_, err = sim.Send("maria", "foreign", "", "the bot is not in here")
	require.NoError(t, err)
	require.Len(t, a.all(), 1)
}

func TestNoRetry(t *testing.T) {
	t.Parallel()
	sim := start(t, func(cfg *slacksim.Config) { cfg.EventRetries = []time.Duration{0, 0, 0} })
	httpApp(t, sim, func(got) reply {
		return reply{status: 500, header: http.Header{"X-Slack-No-Retry": {"1"}}}
	})
	_, _, err := sim.OpenHome("maria")
	require.NoError(t, err)
	wait(t, sim, func() bool { return count(sim, "app_home_opened") == 1 })
	_, _, err = sim.OpenHome("ben")
	require.NoError(t, err)
	wait(t, sim, func() bool { return count(sim, "app_home_opened") == 2 })
}

func TestRedeliver(t *testing.T) {
	t.Parallel()
	sim := start(t, nil)
	a := httpApp(t, sim, func(got) reply { return reply{body: "hello"} })
	done, err := sim.Command(t.Context(), "maria", "general", "/journey")
	require.NoError(t, err)
	require.NoError(t, sim.Redeliver(t.Context(), done.ID))
	all := a.all()
	require.Len(t, all, 2)
	require.Equal(t, all[0].form, all[1].form, "with the same trigger and response URL")
	require.Len(t, sim.Posts("general"), 1, "the second answer is dropped")
	require.Error(t, sim.Redeliver(t.Context(), "unknown"))

	sim.SetDeliverTo("")
	k := connect(t, sim)
	go func() { _ = sim.Redeliver(context.WithoutCancel(t.Context()), done.ID) }()
	frame := k.read()
	require.Equal(t, done.ID, frame["envelope_id"])
	k.ack(frame, nil)
}

func TestSkewedSignatures(t *testing.T) {
	t.Parallel()
	now := newClock()
	sim := start(t, func(cfg *slacksim.Config) { cfg.Now = now.Now })
	a := httpApp(t, sim, nil)
	sim.SkewSignatures(-10 * time.Minute)
	_, err := sim.Command(t.Context(), "maria", "general", "/journey")
	require.NoError(t, err)
	require.Equal(t, "1795510200", a.last().header.Get("X-Slack-Request-Timestamp"), "ten minutes before 09:00, and signed as such")
	sim.ClearFaults()
	require.Zero(t, sim.Skew())
}

func TestVerifyURL(t *testing.T) {
	t.Parallel()
	sim := start(t, nil)
	require.Error(t, sim.VerifyURL(t.Context()), "nothing to verify in Socket Mode")
	var out func(challenge string) any
	httpApp(t, sim, func(g got) reply {
		challenge, _ := g.payload["challenge"].(string)
		return reply{body: out(challenge)}
	})
	out = func(challenge string) any { return challenge }
	require.NoError(t, sim.VerifyURL(t.Context()))
	out = func(challenge string) any { return fields{"challenge": challenge} }
	require.NoError(t, sim.VerifyURL(t.Context()))
	out = func(string) any { return "no" }
	require.Error(t, sim.VerifyURL(t.Context()))
}
