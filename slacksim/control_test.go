package slacksim_test

import (
	"net/http"
	"testing"
	"time"

	"journeybot/slacksim"

	"github.com/stretchr/testify/require"
)

func order(t *testing.T, sim *slacksim.Server, path, body string) (int, fields) {
	t.Helper()
	status, _, answer := send(t, http.MethodPost, sim.URL()+path, http.Header{"Content-Type": {"application/json"}}, body)
	if answer == "" || answer[0] != '{' {
		return status, fields{"body": answer}
	}
	return status, parse(t, answer)
}

func TestControl(t *testing.T) {
	t.Parallel()
	sim := start(t, nil)
	a := httpApp(t, sim, func(got) reply { return reply{body: "hello"} })
	_, _, body := send(t, http.MethodGet, sim.URL()+"/sim/", nil, "")
	info := parse(t, body)
	require.Equal(t, sim.APIURL(), info["api_url"])
	require.Equal(t, sim.BotToken(), info["bot_token"])

	status, out := order(t, sim, "/sim/do/send", `{"user":"maria","channel":"general","text":"hi"}`)
	require.Equal(t, 200, status)
	require.Equal(t, sim.Posts("general")[0].TS, out["ts"])
	status, _ = order(t, sim, "/sim/do/command", `{"user":"maria","channel":"general","text":"/journey acme"}`)
	require.Equal(t, 200, status)
	require.Equal(t, "acme", a.last().form.Get("text"))
	status, out = order(t, sim, "/sim/do/send", `{"user":"nobody","channel":"general","text":"hi"}`)
	require.Equal(t, 422, status)
	require.Equal(t, "user_not_found", out["error"])
	status, _ = order(t, sim, "/sim/do/dance", `{}`)
	require.Equal(t, 404, status)
	status, _ = order(t, sim, "/sim/do/send", `{"usr":"maria"}`)
	require.Equal(t, 400, status)

	status, out = order(t, sim, "/sim/faults", `{"method":"auth.test","kind":"rate_limit","retry_after":"30s","count":1}`)
	require.Equal(t, 200, status, out)
	code, header, _ := send(t, http.MethodPost, sim.APIURL()+"auth.test", nil, "")
	require.Equal(t, 429, code)
	require.Equal(t, "30", header.Get("Retry-After"))
	_, _, body = send(t, http.MethodGet, sim.URL()+"/sim/faults", nil, "")
	require.Contains(t, body, `"hits":1`)
	status, _ = order(t, sim, "/sim/faults", `{"kind":"gremlin"}`)
	require.Equal(t, 422, status)
	code, _, _ = send(t, http.MethodDelete, sim.URL()+"/sim/faults/1", nil, "")
	require.Equal(t, 200, code)
	require.Empty(t, sim.Faults())

	_, _, body = send(t, http.MethodGet, sim.URL()+"/sim/log", nil, "")
	require.Contains(t, body, `"method":"slash_commands"`)
	require.NotContains(t, body, sim.BotToken(), "no token in the log")
	_, _, body = send(t, http.MethodGet, sim.URL()+"/sim/messages?user=maria&channel=general", nil, "")
	require.Contains(t, body, `"text":"hi"`)
}

func TestOnlyItsOwnMachine(t *testing.T) {
	t.Parallel()
	sim := start(t, nil)
	for name, c := range map[string]struct {
		host, origin string
		status       int
	}{
		"itself":          {"", sim.URL(), 200},
		"no browser":      {"", "", 200},
		"localhost":       {"localhost:8090", "http://localhost:8090", 200},
		"another site":    {"", "https://evil.example", 403},
		"no origin":       {"", "null", 403},
		"a rebound name":  {"evil.example", "", 403},
		"a similar name":  {"127.0.0.1.evil.example:80", "", 403},
		"another address": {"192.168.1.1:8090", "", 403},
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, sim.URL()+"/sim/", http.NoBody)
		require.NoError(t, err)
		if c.host != "" {
			req.Host = c.host
		}
		if c.origin != "" {
			req.Header.Set("Origin", c.origin)
		}
		resp, err := client.Do(req)
		require.NoError(t, err)
		_ = resp.Body.Close()
		require.Equal(t, c.status, resp.StatusCode, name)
	}
	_, err := slacksim.New(slacksim.Config{Addr: "0.0.0.0:0"})
	require.ErrorContains(t, err, "loopback")
}

func TestTheLogShowsWhatHappenedSince(t *testing.T) {
	t.Parallel()
	sim := start(t, nil)
	must(t, sim, "auth.test", nil)
	calls, next := sim.CallsSince(0)
	require.Len(t, calls, 1)
	require.Equal(t, "POST /api/auth.test", calls[0].URL)
	require.Contains(t, calls[0].Response, `"ok":true`)
	calls, next = sim.CallsSince(next)
	require.Empty(t, calls)
	must(t, sim, "team.info", nil)
	calls, _ = sim.CallsSince(next)
	require.Len(t, calls, 1)
	require.Equal(t, "team.info", calls[0].Method)
}

func TestEveryVerb(t *testing.T) {
	t.Parallel()
	sim := start(t, func(cfg *slacksim.Config) { cfg.Commands = []slacksim.Command{{Name: "/journey"}} })
	a := httpApp(t, sim, func(g got) reply {
		if g.payload["type"] == "block_suggestion" {
			return reply{body: fields{"options": []fields{opt("Acme", "acme")}}}
		}
		if g.payload["type"] == "url_verification" {
			return reply{body: g.payload["challenge"]}
		}
		return reply{}
	})
	ts := must(t, sim, "chat.postMessage", fields{"channel": channel(t, sim, "general"), "text": "x", "blocks": []fields{
		actions(button("go"), fields{"type": "external_select", "action_id": "pick"}),
	}})["ts"].(string)
	must(t, sim, "views.open", fields{"trigger_id": a.trigger("maria"), "view": modal("One")})
	must(t, sim, "views.push", fields{"trigger_id": a.trigger("maria"), "view": modal("Two")})
	views := sim.Views("maria")
	envelope := lastCall(sim, "slash_commands").Envelope
	message := fields{"user": "maria", "channel": "general", "ts": ts}
	for _, step := range []struct {
		verb string
		args fields
		then func() bool
	}{
		{"send", fields{"user": "ben", "channel": "general", "text": "hi", "thread_ts": ts}, func() bool { return sim.Posts("general")[0].ReplyCount == 1 }},
		{"react", with(message, fields{"text": "eyes", "add": true}), func() bool { return len(sim.Posts("general")[0].Reactions) == 1 }},
		{"press", with(message, fields{"block_id": "acts", "action_id": "go"}), func() bool { return count(sim, "block_actions") == 1 }},
		{"suggest", with(message, fields{"block_id": "acts", "action_id": "pick", "text": "ac"}), func() bool { return count(sim, "block_suggestion") == 1 }},
		{"submit", fields{"user": "maria", "view": views[1].ID, "state": []fields{}}, func() bool { return len(sim.Views("maria")) == 1 }},
		{"close_view", fields{"user": "maria", "view": views[0].ID, "all": true}, func() bool { return len(sim.Views("maria")) == 0 }},
		{"open_home", fields{"user": "maria"}, func() bool { return count(sim, "app_home_opened") == 1 }},
		{"shortcut", fields{"user": "maria", "callback_id": "new"}, func() bool { return count(sim, "shortcut") == 1 }},
		{"message_shortcut", with(message, fields{"callback_id": "log"}), func() bool { return count(sim, "message_action") == 1 }},
		{"redeliver", fields{"envelope": envelope}, func() bool { return count(sim, "slash_commands") == 3 }},
		{"verify_url", fields{}, func() bool { return count(sim, "url_verification") == 1 }},
		{"skew", fields{"by": "-10m"}, func() bool { return sim.Skew() < 0 }},
		{"seed", fields{"seed": 7}, func() bool { return true }},
		{"channel_limit", fields{"on": true}, sim.ChannelLimit},
		{"freeze_message", with(message, fields{"on": true}), func() bool { return sim.Posts("general")[0].Frozen }},
		{"edit_window", fields{"by": "1h"}, func() bool { return sim.EditWindow() == time.Hour }},
		{"add_channel", fields{"new_channel": fields{"name": "deals", "bot": true}}, func() bool { c, _ := sim.Conversation("maria", "deals"); return c.Bot }},
		{"rename_channel", fields{"channel": "deals", "name": "big"}, func() bool { c, _ := sim.Conversation("maria", "big"); return c.Name == "big" }},
		{"share_channel", fields{"channel": "big", "on": true}, func() bool { c, _ := sim.Conversation("maria", "big"); return c.Shared }},
		{"leave", fields{"user": "maria", "channel": "big"}, func() bool { c, _ := sim.Conversation("maria", "big"); return !c.Member }},
		{"invite", fields{"user": "maria", "channel": "big"}, func() bool { c, _ := sim.Conversation("maria", "big"); return c.Member }},
		{"delete_channel", fields{"channel": "big"}, func() bool { _, err := sim.Conversation("maria", "big"); return err != nil }},
		{"add_user", fields{"new_user": fields{"name": "zoe"}}, func() bool { _, ok := sim.User("zoe"); return ok }},
		{"change_user", fields{"user": "zoe", "change": fields{"single_channel": true}}, func() bool { u, _ := sim.User("zoe"); return u.Guest && u.SingleChannel }},
		{"set_status", fields{"user": "zoe", "text": "Away", "emoji": ":wave:", "until": 1e10}, func() bool { u, _ := sim.User("zoe"); return u.StatusText == "Away" && u.StatusUntil == 1e10 }},
		{"upload", fields{"user": "zoe", "name": "a.txt", "content": "aGk="}, func() bool { return true }},
		{"delete_message", message, func() bool { return sim.Posts("general")[0].Subtype == "tombstone" }},
		{"kick_bot", fields{"channel": "general"}, func() bool { c, _ := sim.Conversation("maria", "general"); return !c.Bot }},
		{"invite_bot", fields{"channel": "general"}, func() bool { c, _ := sim.Conversation("maria", "general"); return c.Bot }},
		{"archive", fields{"channel": "general", "archived": true}, func() bool { c, _ := sim.Conversation("maria", "general"); return c.Archived }},
		{"deactivate", fields{"user": "ben"}, func() bool { u, _ := sim.User("ben"); return u.Deleted }},
		{"deliver_to", fields{"url": ""}, func() bool { return sim.DeliverTo() == "" }},
		{"disconnect", fields{"reason": ""}, func() bool { return sim.Sockets() == 0 }},
		{"revoke_tokens", fields{}, func() bool { return call(t, sim, "auth.test", nil)["error"] == "token_revoked" }},
	} {
		status, out := order(t, sim, "/sim/do/"+step.verb, asJSON(t, step.args))
		require.Equal(t, 200, status, "%s: %v", step.verb, out)
		wait(t, sim, step.then)
	}
	status, _ := order(t, sim, "/sim/do/change_user", `{"user":"zoe","change":{"gest":true}}`)
	require.Equal(t, 422, status, "a misspelt member")
}

func TestAPageIsServed(t *testing.T) {
	t.Parallel()
	sim := start(t, nil)
	sim.Handle("GET /page", slacksim.Guarded(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(sim.Team())) })))
	_, _, body := send(t, http.MethodGet, sim.URL()+"/page", nil, "")
	require.Equal(t, "Simulated", body)
}
