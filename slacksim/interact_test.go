package slacksim_test

import (
	"testing"
	"time"

	"journeybot/slacksim"

	"github.com/stretchr/testify/require"
)

func opt(text, value string) fields {
	return fields{"text": fields{"type": "plain_text", "text": text, "emoji": true}, "value": value}
}

func TestWhatEachElementTells(t *testing.T) {
	t.Parallel()
	sim := start(t, nil)
	a := httpApp(t, sim, nil)
	options := []fields{opt("Red", "red"), opt("Blue", "blue")}
	maria, general := user(t, sim, "maria"), channel(t, sim, "general")
	for name, c := range map[string]struct {
		element fields
		values  []string
		key     string
		want    any
	}{
		"button":        {fields{"type": "button", "text": fields{"type": "plain_text", "text": "Go"}, "value": "v"}, nil, "value", "v"},
		"static select": {fields{"type": "static_select", "options": options}, []string{"blue"}, "selected_option", asAny(opt("Blue", "blue"))},
		"grouped select": {
			fields{"type": "static_select", "option_groups": []fields{{"label": fields{"type": "plain_text", "text": "g"}, "options": options}}},
			[]string{"red"},
			"selected_option", asAny(opt("Red", "red")),
		},
		"multi select":   {fields{"type": "multi_static_select", "options": options}, []string{"red", "blue"}, "selected_options", []any{asAny(options[0]), asAny(options[1])}},
		"overflow":       {fields{"type": "overflow", "options": options}, []string{"red"}, "selected_option", asAny(opt("Red", "red"))},
		"radio":          {fields{"type": "radio_buttons", "options": options}, []string{"red"}, "selected_option", asAny(opt("Red", "red"))},
		"checkboxes":     {fields{"type": "checkboxes", "options": options}, nil, "selected_options", []any{}},
		"user":           {fields{"type": "users_select"}, []string{maria}, "selected_user", maria},
		"users":          {fields{"type": "multi_users_select"}, []string{maria}, "selected_users", []any{maria}},
		"channel":        {fields{"type": "channels_select"}, []string{general}, "selected_channel", general},
		"conversation":   {fields{"type": "conversations_select"}, []string{general}, "selected_conversation", general},
		"date":           {fields{"type": "datepicker"}, []string{"2026-11-24"}, "selected_date", "2026-11-24"},
		"time":           {fields{"type": "timepicker"}, []string{"09:30"}, "selected_time", "09:30"},
		"multi channels": {fields{"type": "multi_channels_select"}, []string{general}, "selected_channels", []any{general}},
		"rich text":      {fields{"type": "rich_text_input"}, []string{`{"type":"rich_text","elements":[]}`}, "rich_text_value", fields{"type": "rich_text", "elements": []any{}}},
		"nothing chosen": {fields{"type": "datepicker", "initial_date": "2026-11-24"}, []string{""}, "selected_date", nil},
		"date and time":  {fields{"type": "datetimepicker"}, []string{"1795513800"}, "selected_date_time", float64(1795513800)},
	} {
		c.element["action_id"] = "act"
		ts := must(t, sim, "chat.postMessage", fields{"channel": general, "text": "x", "blocks": []fields{{"type": "actions", "block_id": "b", "elements": []fields{c.element}}}})["ts"].(string)
		_, err := sim.Press(t.Context(), slacksim.Press{User: "maria", Channel: "general", TS: ts, BlockID: "b", ActionID: "act", Values: c.values})
		require.NoError(t, err, name)
		payload := a.last().payload
		action := payload["actions"].([]any)[0].(fields)
		require.Equal(t, c.element["type"], action["type"], name)
		require.Equal(t, "b", action["block_id"], name)
		require.NotEmpty(t, action["action_ts"], name)
		require.Equal(t, c.want, action[c.key], name)
		if name != "button" && name != "overflow" {
			shown := payload["state"].(fields)["values"].(fields)["b"].(fields)["act"].(fields)
			require.Equal(t, c.want, shown[c.key], name)
		}
	}
}

func TestFeedbackButtons(t *testing.T) {
	t.Parallel()
	sim := start(t, nil)
	a := httpApp(t, sim, nil)
	ts := must(t, sim, "chat.postMessage", fields{"channel": channel(t, sim, "general"), "text": "x", "blocks": []fields{
		{"type": "context_actions", "block_id": "b", "elements": []any{feedback("rate")}},
	}})["ts"].(string)
	press := slacksim.Press{User: "maria", Channel: "general", TS: ts, BlockID: "b", ActionID: "rate", Values: []string{"bad"}}
	_, err := sim.Press(t.Context(), press)
	require.NoError(t, err)
	require.Equal(t, "bad", a.last().payload["actions"].([]any)[0].(fields)["value"])
	press.Values = nil
	_, err = sim.Press(t.Context(), press)
	require.Equal(t, slacksim.Error("option_not_found"), err)
}

func asAny(f fields) any {
	out := fields{}
	for k, v := range f {
		if inner, ok := v.(fields); ok {
			v = asAny(inner)
		}
		out[k] = v
	}
	return out
}

func TestPressingInAMessage(t *testing.T) {
	t.Parallel()
	sim := start(t, nil)
	a := httpApp(t, sim, nil)
	general := channel(t, sim, "general")
	ts := must(t, sim, "chat.postMessage", fields{"channel": general, "text": "x", "blocks": []fields{actions(button("go"))}})["ts"].(string)
	press := slacksim.Press{User: "maria", Channel: "general", TS: ts, BlockID: "acts", ActionID: "go"}
	done, err := sim.Press(t.Context(), press)
	require.NoError(t, err)
	g := a.last()
	require.Equal(t, "/slack/interactions", g.path)
	require.Equal(t, "block_actions", g.payload["type"])
	require.Equal(t, fields{"type": "message", "message_ts": ts, "channel_id": general, "is_ephemeral": false}, g.payload["container"])
	require.Equal(t, fields{"id": general, "name": "general"}, g.payload["channel"])
	require.Equal(t, ts, g.payload["message"].(fields)["ts"])
	require.Equal(t, user(t, sim, "maria"), g.payload["user"].(fields)["id"])
	require.NotEmpty(t, g.payload["trigger_id"])

	status, _ := respond(t, g.payload["response_url"].(string), fields{"text": "changed", "replace_original": true})
	require.Equal(t, 200, status)
	m, err := sim.Message("ben", "general", ts)
	require.NoError(t, err)
	require.Equal(t, "changed", m.Text)
	require.Equal(t, done.ID, m.Origin)

	for _, wrong := range []struct {
		press slacksim.Press
		code  slacksim.Error
	}{
		{slacksim.Press{User: "maria", Channel: "general", TS: "1.2", BlockID: "acts", ActionID: "go"}, "message_not_found"},
		{slacksim.Press{User: "maria", Channel: "general", TS: ts, BlockID: "acts", ActionID: "go"}, "action_not_found"}, // it is gone
		{slacksim.Press{User: "gina", Channel: "general", TS: ts}, "channel_not_found"},
		{slacksim.Press{User: "gone", Channel: "general", TS: ts}, "account_inactive"},
		{slacksim.Press{User: "nobody", Channel: "general", TS: ts}, "user_not_found"},
	} {
		_, err := sim.Press(t.Context(), wrong.press)
		require.Equal(t, wrong.code, err)
	}
}

func TestPressingInAPrivateMessage(t *testing.T) {
	t.Parallel()
	sim := start(t, nil)
	a := httpApp(t, sim, nil)
	ts := must(t, sim, "chat.postEphemeral", fields{
		"channel": channel(t, sim, "general"), "user": user(t, sim, "maria"), "text": "x", "blocks": []fields{actions(button("go"))},
	})["message_ts"].(string)
	_, err := sim.Press(t.Context(), slacksim.Press{User: "ben", Channel: "general", TS: ts, BlockID: "acts", ActionID: "go"})
	require.Equal(t, slacksim.Error("message_not_found"), err, "only one person sees it")
	_, err = sim.Press(t.Context(), slacksim.Press{User: "maria", Channel: "general", TS: ts, BlockID: "acts", ActionID: "go"})
	require.NoError(t, err)
	payload := a.last().payload
	require.Equal(t, true, payload["container"].(fields)["is_ephemeral"])
	link := payload["response_url"].(string)
	status, _ := respond(t, link, fields{"text": "new", "replace_original": true, "response_type": "in_channel"})
	require.Equal(t, 200, status)
	m, err := sim.Message("maria", "general", ts)
	require.NoError(t, err)
	require.Equal(t, "new", m.Text)
	require.True(t, m.Ephemeral, "its visibility never changes")
	status, _ = respond(t, link, fields{"delete_original": true})
	require.Equal(t, 200, status)
	_, err = sim.Message("maria", "general", ts)
	require.Equal(t, slacksim.Error("message_not_found"), err)
}

func TestResponseURL(t *testing.T) {
	t.Parallel()
	now := newClock()
	sim := start(t, func(cfg *slacksim.Config) { cfg.Now = now.Now })
	a := httpApp(t, sim, nil)
	link := func() string {
		_, err := sim.Command(t.Context(), "maria", "general", "/journey acme")
		require.NoError(t, err)
		return a.last().form.Get("response_url")
	}
	last := func() slacksim.Message {
		posts := sim.Posts("general")
		return posts[len(posts)-1]
	}
	first := link()
	status, body := respond(t, first, fields{"text": "private"})
	require.Equal(t, 200, status, body)
	require.True(t, last().Ephemeral)
	respond(t, first, fields{"text": "public", "response_type": "in_channel"})
	require.False(t, last().Ephemeral)
	require.Equal(t, "/journey acme", last().Command, "in_channel shows the command too")
	require.Equal(t, user(t, sim, "maria"), last().CommandUser)
	respond(t, first, fields{"text": "in a thread", "response_type": "in_channel", "replace_original": false, "thread_ts": last().TS})
	require.NotEmpty(t, last().ThreadTS)
	before := len(sim.Posts("general"))
	respond(t, first, fields{"text": "no original", "replace_original": true})
	require.Len(t, sim.Posts("general"), before+1, "the command itself cannot be replaced")
	respond(t, first, fields{"text": "five"})
	status, body = respond(t, first, fields{"text": "six"})
	require.Equal(t, 404, status)
	require.Equal(t, "used_url", body["error"])

	second := link()
	status, body = respond(t, second, fields{"blocks": []fields{{"type": "nope"}}})
	require.Equal(t, 400, status)
	require.Equal(t, "invalid_blocks", body["error"])
	status, body = respond(t, second, fields{})
	require.Equal(t, 400, status)
	require.Equal(t, "no_text", body["error"])
	now.pass(30*time.Minute + time.Second)
	status, body = respond(t, second, fields{"text": "late"})
	require.Equal(t, 404, status)
	require.Equal(t, "expired_url", body["error"])
	status, _ = respond(t, sim.URL()+"/commands/T1/nobody", fields{"text": "x"})
	require.Equal(t, 404, status)
}

func TestCommand(t *testing.T) {
	t.Parallel()
	sim := start(t, func(cfg *slacksim.Config) {
		cfg.Commands = []slacksim.Command{{Name: "/journey"}, {Name: "/escaped", ShouldEscape: true}}
	})
	var out reply
	a := httpApp(t, sim, func(got) reply { return out })
	maria, general := user(t, sim, "maria"), channel(t, sim, "general")
	out.body = fields{"response_type": "in_channel", "text": "hello", "blocks": []fields{section("hello")}}
	done, err := sim.Command(t.Context(), "maria", "general", "/journey  acme @ben #general ")
	require.NoError(t, err)
	require.Positive(t, done.Took)
	f := a.last().form
	require.Equal(t, "/slack/commands", a.last().path)
	require.Equal(t, "acme @ben #general", f.Get("text"))
	require.Equal(t, "/journey", f.Get("command"))
	require.Equal(t, maria, f.Get("user_id"))
	require.Equal(t, "maria", f.Get("user_name"))
	require.Equal(t, general, f.Get("channel_id"))
	require.Equal(t, "general", f.Get("channel_name"))
	require.Equal(t, "false", f.Get("is_enterprise_install"))
	m := sim.Posts("general")[0]
	require.Equal(t, "hello", m.Text)
	require.Equal(t, done.ID, m.Origin)
	require.False(t, m.Ephemeral)

	out.body = nil
	_, err = sim.Command(t.Context(), "maria", "general", "/escaped @ben #general")
	require.NoError(t, err)
	require.Equal(t, "<@"+user(t, sim, "ben")+"> <#"+general+"|general>", a.last().form.Get("text"))
	require.Len(t, sim.Posts("general"), 1, "an empty acknowledgement shows nothing")

	_, err = sim.Command(t.Context(), "maria", sim.BotUser().ID, "/journey")
	require.NoError(t, err)
	require.Equal(t, "directmessage", a.last().form.Get("channel_name"))

	for name, c := range map[string]struct {
		out  reply
		text string
		want string
	}{
		"plain text":    {reply{body: "just text"}, "/journey", ""},
		"500":           {reply{status: 500}, "/journey", "/journey failed with the error “http_service_error”"},
		"404":           {reply{status: 404}, "/journey", "/journey failed with the error “http_client_error”"},
		"bad blocks":    {reply{body: fields{"blocks": []fields{{"type": "nope"}}}}, "/journey", "/journey failed with the error “invalid_command_response”"},
		"unknown":       {reply{}, "/nope", "`/nope` is not a valid command."},
		"broken json":   {reply{body: "{", header: map[string][]string{"Content-Type": {"application/json"}}}, "/journey", "/journey failed with the error “invalid_command_response”"},
		"a json string": {reply{body: "\"quoted\"", header: map[string][]string{"Content-Type": {"application/json"}}}, "/journey", ""},
	} {
		out = c.out
		done, err := sim.Command(t.Context(), "maria", "general", c.text)
		posts := sim.Posts("general")
		last := posts[len(posts)-1]
		require.True(t, last.Ephemeral, name)
		require.Equal(t, done.ID, last.Origin, name)
		if c.want == "" {
			require.NoError(t, err, name)
			continue
		}
		var failed *slacksim.Failure
		require.ErrorAs(t, err, &failed, name)
		require.Contains(t, failed.Text, c.want, name)
		require.Contains(t, last.Text, c.want, name)
		require.Equal(t, "USLACKBOT", last.User, name)
	}
}

func TestShortcuts(t *testing.T) {
	t.Parallel()
	sim := start(t, func(cfg *slacksim.Config) {
		cfg.Shortcuts = []slacksim.Shortcut{{Name: "New", CallbackID: "new"}, {Name: "Log", CallbackID: "log", Message: true}}
	})
	a := httpApp(t, sim, nil)
	_, err := sim.GlobalShortcut(t.Context(), "maria", "new")
	require.NoError(t, err)
	require.Equal(t, "shortcut", a.last().payload["type"])
	require.Equal(t, "new", a.last().payload["callback_id"])
	require.NotContains(t, a.last().payload, "channel")
	must(t, sim, "views.open", fields{"trigger_id": a.last().payload["trigger_id"], "view": modal("x")})

	ts, err := sim.Send("ben", "general", "", "log me")
	require.NoError(t, err)
	_, err = sim.MessageShortcut(t.Context(), "maria", "log", "general", ts)
	require.NoError(t, err)
	payload := a.last().payload
	require.Equal(t, "message_action", payload["type"])
	require.Equal(t, "log me", payload["message"].(fields)["text"])
	require.Equal(t, ts, payload["message_ts"])
	require.NotEmpty(t, payload["response_url"])
	_, err = sim.GlobalShortcut(t.Context(), "maria", "log")
	require.Equal(t, slacksim.Error("shortcut_not_found"), err)
}

func TestSuggestions(t *testing.T) {
	t.Parallel()
	sim := start(t, nil)
	var out any = fields{"options": []fields{opt("Acme", "acme")}}
	a := httpApp(t, sim, func(g got) reply {
		if g.payload["type"] == "block_suggestion" {
			return reply{body: out}
		}
		return reply{}
	})
	ts := must(t, sim, "chat.postMessage", fields{"channel": channel(t, sim, "general"), "text": "x", "blocks": []fields{{
		"type": "actions", "block_id": "b", "elements": []fields{{"type": "external_select", "action_id": "a"}},
	}}})["ts"].(string)
	press := slacksim.Press{User: "maria", Channel: "general", TS: ts, BlockID: "b", ActionID: "a"}
	offered, err := sim.Suggest(t.Context(), press, "ac")
	require.NoError(t, err)
	require.Equal(t, "Acme", offered[0].Text)
	require.Equal(t, "ac", a.last().payload["value"])
	press.Values = []string{"acme"}
	_, err = sim.Press(t.Context(), press)
	require.NoError(t, err)
	require.Equal(t, "acme", a.last().payload["actions"].([]any)[0].(fields)["selected_option"].(fields)["value"])
	press.Values = []string{"never offered"}
	_, err = sim.Press(t.Context(), press)
	require.Equal(t, slacksim.Error("option_not_found"), err)

	out = fields{"option_groups": []fields{{"label": fields{"type": "plain_text", "text": "Big"}, "options": []fields{opt("Globex", "globex")}}}}
	offered, err = sim.Suggest(t.Context(), press, "gl")
	require.NoError(t, err)
	require.Equal(t, "Big", offered[0].Group)
	out = fields{"options": []fields{{"value": "textless"}}}
	_, err = sim.Suggest(t.Context(), press, "x")
	var failed *slacksim.Failure
	require.ErrorAs(t, err, &failed)
}
