package slacksim_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"journeybot/slacksim"

	"github.com/stretchr/testify/require"
)

type fields = map[string]any

// start runs a simulator for one test.
func start(tb testing.TB, change func(cfg *slacksim.Config)) *slacksim.Server {
	tb.Helper()
	cfg := slacksim.Config{
		NoChannelLimit: true,
		Channels: []slacksim.Channel{
			{Name: "general", Bot: true},
			{Name: "foreign"},
			{Name: "secret", Private: true, Members: []string{"maria"}},
			{Name: "inner", Private: true, Members: []string{"maria", "ben"}, Bot: true},
			{Name: "old", Archived: true, Bot: true},
			{Name: "partner", Shared: true, Members: []string{"maria", "eve"}, Bot: true},
		},
		Users:  append(slacksim.DefaultUsers(), slacksim.User{Name: "eve", External: true}, slacksim.User{Name: "gone", Deleted: true}),
		Groups: []slacksim.UserGroup{{Handle: "sales", Users: []string{"tom", "ben"}}},
	}
	if change != nil {
		change(&cfg)
	}
	sim, err := slacksim.New(cfg)
	require.NoError(tb, err)
	sim.Start()
	tb.Cleanup(func() { require.NoError(tb, sim.Close()) })
	return sim
}

// client has no connections to keep: a test's calls must not hold up its end.
var client = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 20 * time.Second}

func send(tb testing.TB, method, address string, header http.Header, body string) (int, http.Header, string) {
	tb.Helper()
	req, err := http.NewRequestWithContext(tb.Context(), method, address, strings.NewReader(body))
	require.NoError(tb, err)
	for key, values := range header {
		req.Header[key] = values
	}
	resp, err := client.Do(req)
	require.NoError(tb, err)
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	require.NoError(tb, err)
	return resp.StatusCode, resp.Header, string(raw)
}

// call calls a Web API method as the bot, with a JSON value for what is no string, in a form.
func call(tb testing.TB, sim *slacksim.Server, method string, args fields) fields {
	tb.Helper()
	form := url.Values{"token": {sim.BotToken()}}
	for key, value := range args {
		if text, ok := value.(string); ok {
			form.Set(key, text)
		} else {
			raw, err := json.Marshal(value)
			require.NoError(tb, err)
			form.Set(key, string(raw))
		}
	}
	status, _, body := send(tb, http.MethodPost, sim.APIURL()+method, http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, form.Encode())
	require.Equal(tb, http.StatusOK, status, body)
	return parse(tb, body)
}

// must calls a method that has to succeed.
func must(tb testing.TB, sim *slacksim.Server, method string, args fields) fields {
	tb.Helper()
	reply := call(tb, sim, method, args)
	require.Equal(tb, true, reply["ok"], "%s: %v", method, reply)
	return reply
}

// refused calls a method that has to fail with a code.
func refused(tb testing.TB, sim *slacksim.Server, code, method string, args fields) fields {
	tb.Helper()
	reply := call(tb, sim, method, args)
	require.Equal(tb, false, reply["ok"], "%s: %v", method, reply)
	require.Equal(tb, code, reply["error"], "%s: %v", method, reply)
	return reply
}

func parse(tb testing.TB, body string) fields {
	tb.Helper()
	var out fields
	require.NoError(tb, json.Unmarshal([]byte(body), &out), body)
	return out
}

func asJSON(tb testing.TB, value any) string {
	tb.Helper()
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	require.NoError(tb, enc.Encode(value))
	return out.String()
}

func user(tb testing.TB, sim *slacksim.Server, name string) string {
	tb.Helper()
	u, ok := sim.User(name)
	require.True(tb, ok, name)
	return u.ID
}

func channel(tb testing.TB, sim *slacksim.Server, name string) string {
	tb.Helper()
	for _, who := range []string{"maria", "ben"} {
		if c, err := sim.Conversation(who, name); err == nil {
			return c.ID
		}
	}
	require.FailNow(tb, "no such channel", name)
	return ""
}
