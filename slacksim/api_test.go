package slacksim_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/url"
	"testing"
	"time"

	"journeybot/slacksim"

	"github.com/stretchr/testify/require"
)

const form = "application/x-www-form-urlencoded"

func TestWhereTheTokenAndTheArgumentsMayBe(t *testing.T) {
	t.Parallel()
	sim := start(t, nil)
	maria := user(t, sim, "maria")
	bearer := "Bearer " + sim.BotToken()
	var multi bytes.Buffer
	w := multipart.NewWriter(&multi)
	require.NoError(t, w.WriteField("token", sim.BotToken()))
	require.NoError(t, w.WriteField("user", maria))
	require.NoError(t, w.Close())

	for name, c := range map[string]struct {
		verb, path, contentType, auth, body string
		code, warning                       string
	}{
		"form with token":           {verb: "POST", path: "users.info", contentType: form, body: "token=" + sim.BotToken() + "&user=" + maria},
		"form and header":           {verb: "POST", path: "users.info", contentType: form, auth: bearer, body: "user=" + maria},
		"query and header":          {verb: "GET", path: "users.info?user=" + maria, auth: bearer},
		"multipart":                 {verb: "POST", path: "users.info", contentType: w.FormDataContentType(), body: multi.String()},
		"json with charset":         {verb: "POST", path: "auth.test", contentType: "application/json; charset=utf-8", auth: bearer, body: "{}"},
		"json without charset":      {verb: "POST", path: "auth.test", contentType: "application/json", auth: bearer, body: "{}", warning: "missing_charset"},
		"form with charset":         {verb: "POST", path: "auth.test", contentType: form + "; charset=utf-8", auth: bearer, warning: "superfluous_charset"},
		"token in json":             {verb: "POST", path: "auth.test", contentType: "application/json; charset=utf-8", body: `{"token":"` + sim.BotToken() + `"}`, code: "not_authed"},
		"method that takes no json": {verb: "POST", path: "users.info", contentType: "application/json; charset=utf-8", auth: bearer, body: `{"user":"` + maria + `"}`, code: "invalid_arguments"},
		"no token":                  {verb: "POST", path: "users.info", contentType: form, body: "user=" + maria, code: "not_authed"},
		"unknown token":             {verb: "POST", path: "users.info", contentType: form, auth: "Bearer xoxb-nobody", body: "user=" + maria, code: "invalid_auth"},
		"unknown method":            {verb: "POST", path: "users.frobnicate", contentType: form, auth: bearer, code: "unknown_method"},
		"app token on a bot method": {verb: "POST", path: "users.info", contentType: form, auth: "Bearer " + sim.AppToken(), code: "not_allowed_token_type"},
		"bot token for a socket":    {verb: "POST", path: "apps.connections.open", contentType: form, auth: bearer, code: "not_allowed_token_type"},
		"app token in the body":     {verb: "POST", path: "apps.connections.open", contentType: form, body: "token=" + sim.AppToken(), code: "not_authed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			header := http.Header{}
			if c.contentType != "" {
				header.Set("Content-Type", c.contentType)
			}
			if c.auth != "" {
				header.Set("Authorization", c.auth)
			}
			status, got, body := send(t, c.verb, sim.APIURL()+c.path, header, c.body)
			require.Equal(t, http.StatusOK, status, "Slack says no with 200")
			require.Equal(t, "application/json; charset=utf-8", got.Get("Content-Type"))
			reply := parse(t, body)
			require.Equal(t, c.code == "", reply["ok"], body)
			if c.code != "" {
				require.Equal(t, c.code, reply["error"])
			}
			if c.warning != "" {
				require.Equal(t, c.warning, reply["warning"])
				require.Contains(t, reply["response_metadata"].(fields)["warnings"], c.warning)
			}
		})
	}
}

func TestMissingArgumentsAreNamed(t *testing.T) {
	t.Parallel()
	sim := start(t, nil)
	for method, name := range map[string]string{
		"chat.postMessage": "channel", "chat.update": "channel", "chat.delete": "channel", "chat.getPermalink": "message_ts", "conversations.info": "channel",
		"conversations.join": "channel", "conversations.members": "channel", "conversations.history": "channel", "conversations.replies": "channel",
		"users.info": "user", "users.lookupByEmail": "email", "usergroups.users.list": "usergroup", "views.open": "trigger_id", "views.push": "trigger_id",
		"views.update": "view_id", "views.publish": "user_id", "files.getUploadURLExternal": "filename", "files.completeUploadExternal": "files", "files.info": "file",
	} {
		reply := refused(t, sim, "invalid_arguments", method, fields{})
		require.Equal(t, []any{"[ERROR] missing required field: " + name}, reply["response_metadata"].(fields)["messages"], method)
	}
}

func TestScopes(t *testing.T) {
	t.Parallel()
	sim := start(t, func(cfg *slacksim.Config) { cfg.Scopes = []string{"chat:write", "channels:read", "users:read"} })
	reply := refused(t, sim, "missing_scope", "conversations.history", fields{"channel": channel(t, sim, "general")})
	require.Equal(t, "channels:history,groups:history,im:history,mpim:history", reply["needed"])
	require.Equal(t, "chat:write,channels:read,users:read", reply["provided"])
	refused(t, sim, "missing_scope", "conversations.list", fields{"types": "private_channel"})
	refused(t, sim, "missing_scope", "conversations.info", fields{"channel": channel(t, sim, "inner")})
	refused(t, sim, "missing_scope", "users.lookupByEmail", fields{"email": "maria@example.com"})
	info := must(t, sim, "users.info", fields{"user": user(t, sim, "maria")})
	require.NotContains(t, info["user"].(fields)["profile"], "email", "users:read.email is what shows it")

	_, header, _ := send(t, http.MethodPost, sim.APIURL()+"auth.test", http.Header{"Authorization": {"Bearer " + sim.BotToken()}}, "")
	require.Equal(t, "chat:write,channels:read,users:read", header.Get("X-Oauth-Scopes"))
}

func TestRevokedTokens(t *testing.T) {
	t.Parallel()
	sim := start(t, nil)
	k := connect(t, sim)
	sim.RevokeTokens()
	require.Equal(t, "link_disabled", k.read()["reason"])
	refused(t, sim, "token_revoked", "auth.test", nil)
	sim.ClearFaults()
	must(t, sim, "auth.test", nil)
}

func TestIdentity(t *testing.T) {
	t.Parallel()
	sim := start(t, func(cfg *slacksim.Config) { cfg.Team, cfg.Bot = "Acme", "journeybot" })
	auth := must(t, sim, "auth.test", nil)
	require.Equal(t, "Acme", auth["team"])
	require.Equal(t, "journeybot", auth["user"])
	require.Equal(t, sim.BotUser().ID, auth["user_id"])
	bot := must(t, sim, "bots.info", fields{"bot": auth["bot_id"]})["bot"].(fields)
	require.Equal(t, auth["user_id"], bot["user_id"])
	refused(t, sim, "bot_not_found", "bots.info", fields{"bot": "B1"})
	require.Equal(t, "Acme", must(t, sim, "team.info", nil)["team"].(fields)["name"])
	refused(t, sim, "team_not_found", "team.info", fields{"team": "T1"})
}

func TestSlacksOwnLimits(t *testing.T) {
	t.Parallel()
	now := newClock()
	sim := start(t, func(cfg *slacksim.Config) { cfg.Now, cfg.MethodLimits, cfg.NoChannelLimit = now.Now, true, false })
	post := func(where string) (int, http.Header) {
		status, header, _ := send(t, http.MethodPost, sim.APIURL()+"chat.postMessage", http.Header{"Content-Type": {form}},
			url.Values{"token": {sim.BotToken()}, "channel": {where}, "text": {"x"}}.Encode())
		return status, header
	}
	general, inner := channel(t, sim, "general"), channel(t, sim, "inner")
	for range 5 {
		status, _ := post(general)
		require.Equal(t, http.StatusOK, status, "a short burst is fine")
	}
	status, header := post(general)
	require.Equal(t, http.StatusTooManyRequests, status)
	require.Equal(t, "1", header.Get("Retry-After"))
	status, _ = post(inner)
	require.Equal(t, http.StatusOK, status, "another channel is not affected")
	must(t, sim, "auth.test", nil)
	now.pass(time.Second)
	status, _ = post(general)
	require.Equal(t, http.StatusOK, status)
	require.Len(t, sim.Posts("general"), 6, "refused posts were not made")

	for range 20 {
		must(t, sim, "users.list", nil)
	}
	status, _, _ = send(t, http.MethodPost, sim.APIURL()+"users.list", http.Header{"Authorization": {"Bearer " + sim.BotToken()}}, "")
	require.Equal(t, http.StatusTooManyRequests, status, "tier 2 is 20 a minute")
	must(t, sim, "users.info", fields{"user": user(t, sim, "maria")})

	sim.SetChannelLimit(false)
	require.False(t, sim.ChannelLimit())
	for range 10 {
		status, _ = post(general)
		require.Equal(t, http.StatusOK, status)
	}
}

func TestBodiesThatNobodyCanRead(t *testing.T) {
	t.Parallel()
	sim := start(t, nil)
	for code, c := range map[string]struct{ kind, body string }{
		"invalid_form_data": {"application/x-www-form-urlencoded", "text=%zz"},
		"invalid_json":      {"application/json; charset=utf-8", "{"},
		"json_not_object":   {"application/json; charset=utf-8", "[]"},
	} {
		header := http.Header{"Content-Type": {c.kind}, "Authorization": {"Bearer " + sim.BotToken()}}
		_, _, body := send(t, http.MethodPost, sim.APIURL()+"auth.test", header, c.body)
		require.Equal(t, code, parse(t, body)["error"], c.body)
	}
	header := http.Header{"Content-Type": {"multipart/form-data; boundary=x"}, "Authorization": {"Bearer " + sim.BotToken()}}
	_, _, body := send(t, http.MethodPost, sim.APIURL()+"auth.test", header, "no parts")
	require.Equal(t, "invalid_form_data", parse(t, body)["error"])
}
