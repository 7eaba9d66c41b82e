package slacksim_test

import (
	"strings"
	"testing"
	"time"

	"journeybot/slacksim"

	"github.com/stretchr/testify/require"
)

func modal(title string, blocks ...fields) fields {
	return fields{
		"type": "modal", "title": fields{"type": "plain_text", "text": title}, "submit": fields{"type": "plain_text", "text": "Save"},
		"blocks": append([]fields{}, blocks...),
	}
}

func home(blocks ...fields) fields {
	return fields{"type": "home", "blocks": append([]fields{}, blocks...)}
}

func input(id string, element fields) fields {
	element["action_id"] = "a"
	return fields{"type": "input", "block_id": id, "label": fields{"type": "plain_text", "text": id}, "element": element}
}

func TestOpeningViews(t *testing.T) {
	t.Parallel()
	now := newClock()
	sim := start(t, func(cfg *slacksim.Config) { cfg.Now = now.Now })
	a := httpApp(t, sim, nil)
	trigger := a.trigger("maria")
	opened := must(t, sim, "views.open", fields{"trigger_id": trigger, "view": modal("One", section("x"))})["view"].(fields)
	require.NotEmpty(t, opened["hash"])
	require.Equal(t, opened["id"], opened["root_view_id"])
	require.NotEmpty(t, opened["blocks"].([]any)[0].(fields)["block_id"])
	require.Len(t, sim.Views("maria"), 1)
	require.Empty(t, sim.Views("ben"))

	refused(t, sim, "exchanged_trigger_id", "views.open", fields{"trigger_id": trigger, "view": modal("Two")})
	refused(t, sim, "invalid_trigger_id", "views.open", fields{"trigger_id": "nonsense", "view": modal("Two")})
	late := a.trigger("maria")
	now.pass(3001 * time.Millisecond)
	refused(t, sim, "expired_trigger_id", "views.open", fields{"trigger_id": late, "view": modal("Two")})

	pushed := must(t, sim, "views.push", fields{"trigger_id": a.trigger("maria"), "view": modal("Two")})["view"].(fields)
	require.Equal(t, opened["id"], pushed["previous_view_id"])
	require.Equal(t, opened["id"], pushed["root_view_id"])
	must(t, sim, "views.push", fields{"trigger_id": a.trigger("maria"), "view": modal("Three")})
	refused(t, sim, "push_limit_reached", "views.push", fields{"trigger_id": a.trigger("maria"), "view": modal("Four")})
	refused(t, sim, "not_found", "views.push", fields{"trigger_id": a.trigger("ben"), "view": modal("x")})
	refused(t, sim, "invalid_arguments", "views.open", fields{"trigger_id": a.trigger("ben"), "view": home()})
	refused(t, sim, "invalid_arguments", "views.open", fields{"trigger_id": a.trigger("ben"), "view": "{"})
	big := modal("Big", section("x"))
	big["private_metadata"] = "x"
	big["blocks"] = strings.Repeat("x", 250_000)
	refused(t, sim, "view_too_large", "views.open", fields{"trigger_id": a.trigger("ben"), "view": big})
	require.Empty(t, sim.Views("ben"))
}

func TestUpdatingViews(t *testing.T) {
	t.Parallel()
	sim := start(t, nil)
	a := httpApp(t, sim, nil)
	first := modal("One", input("name", fields{"type": "plain_text_input", "initial_value": "Acme"}))
	first["external_id"] = "mine"
	opened := must(t, sim, "views.open", fields{"trigger_id": a.trigger("maria"), "view": first})["view"].(fields)
	require.Equal(t, "Acme", opened["state"].(fields)["values"].(fields)["name"].(fields)["a"].(fields)["value"])

	next := modal("Two", section("y"))
	updated := must(t, sim, "views.update", fields{"view_id": opened["id"], "hash": opened["hash"], "view": next})["view"].(fields)
	require.NotEqual(t, opened["hash"], updated["hash"])
	refused(t, sim, "hash_conflict", "views.update", fields{"view_id": opened["id"], "hash": opened["hash"], "view": next})
	refused(t, sim, "not_found", "views.update", fields{"view_id": "V404", "view": next})
	refused(t, sim, "not_found", "views.update", fields{"external_id": "mine", "view": next})
	must(t, sim, "views.update", fields{"view_id": opened["id"], "view": first})
	must(t, sim, "views.update", fields{"external_id": "mine", "view": first})
	refused(t, sim, "duplicate_external_id", "views.open", fields{"trigger_id": a.trigger("ben"), "view": first})
	refused(t, sim, "invalid_arguments", "views.update", fields{"view_id": opened["id"], "view": home()})
}

func TestPublishingHome(t *testing.T) {
	t.Parallel()
	sim := start(t, nil)
	maria := user(t, sim, "maria")
	_, ok := sim.Home("maria")
	require.False(t, ok)
	published := must(t, sim, "views.publish", fields{"user_id": maria, "view": home(section("hello"))})["view"].(fields)
	shown, ok := sim.Home("maria")
	require.True(t, ok)
	require.Contains(t, string(shown.Raw), "hello")
	again := must(t, sim, "views.publish", fields{"user_id": maria, "hash": published["hash"], "view": home(section("again"))})["view"].(fields)
	require.Equal(t, published["id"], again["id"])
	refused(t, sim, "hash_conflict", "views.publish", fields{"user_id": maria, "hash": published["hash"], "view": home()})
	refused(t, sim, "invalid_arguments", "views.publish", fields{"user_id": "U404", "view": home()})
	refused(t, sim, "invalid_arguments", "views.publish", fields{"user_id": maria, "view": modal("x")})
	none := start(t, func(cfg *slacksim.Config) { cfg.NoHome = true })
	refused(t, none, "not_enabled", "views.publish", fields{"user_id": user(t, none, "maria"), "view": home()})
}

func TestSubmitting(t *testing.T) {
	t.Parallel()
	sim := start(t, nil)
	var answer any
	a := httpApp(t, sim, func(g got) reply {
		if g.payload["type"] == "view_submission" {
			return reply{body: answer}
		}
		return reply{}
	})
	form := modal("Form",
		input("text", fields{"type": "plain_text_input", "min_length": 3, "max_length": 5}),
		input("mail", fields{"type": "email_text_input"}),
		input("link", fields{"type": "url_text_input"}),
		input("count", fields{"type": "number_input", "is_decimal_allowed": false, "min_value": "1", "max_value": "9"}),
		input("choice", fields{"type": "static_select", "options": []fields{{"text": fields{"type": "plain_text", "text": "Red"}, "value": "red"}}}),
		input("people", fields{"type": "multi_users_select", "max_selected_items": 1}),
		fields{"type": "input", "block_id": "note", "optional": true, "label": fields{"type": "plain_text", "text": "n"}, "element": fields{"type": "plain_text_input", "action_id": "a"}},
	)
	form["private_metadata"] = "kept"
	must(t, sim, "views.open", fields{"trigger_id": a.trigger("maria"), "view": form})
	view := sim.Views("maria")[0]
	say := func(pairs ...string) []slacksim.Input {
		var all []slacksim.Input
		for i := 0; i < len(pairs); i += 2 {
			all = append(all, slacksim.Input{BlockID: pairs[i], ActionID: "a", Values: []string{pairs[i+1]}})
		}
		return all
	}
	submit := func(inputs []slacksim.Input) slacksim.Interaction {
		done, err := sim.Submit(t.Context(), "maria", view.ID, inputs)
		require.NoError(t, err)
		return done
	}

	empty := submit(nil)
	require.Len(t, empty.Errors, 6, "all but the optional one")
	require.Equal(t, "Please complete this required field.", empty.Errors["text"])
	wrong := submit(say("text", "ab", "mail", "maria", "link", "example", "count", "1.5", "choice", "blue"))
	require.Len(t, wrong.Errors, 6)
	two := []slacksim.Input{{BlockID: "people", ActionID: "a", Values: []string{user(t, sim, "maria"), user(t, sim, "ben")}}}
	require.Equal(t, "Please select no more than 1 items.", submit(two).Errors["people"])
	require.Contains(t, submit(say("text", "abcdef", "mail", "m@x.org", "link", "https://x.org", "count", "10", "choice", "red", "people", "U1")).Errors, "count")
	require.Empty(t, lastCall(sim, "view_submission").Method, "the app heard of none of these")

	good := say("text", "abcd", "mail", "m@x.org", "link", "https://x.org", "count", "7", "choice", "red", "people", user(t, sim, "ben"))
	answer = fields{"response_action": "errors", "errors": fields{"text": "Taken"}}
	require.Equal(t, map[string]string{"text": "Taken"}, submit(good).Errors)
	sent := a.last().payload["view"].(fields)
	require.Equal(t, "kept", sent["private_metadata"])
	values := sent["state"].(fields)["values"].(fields)
	require.Equal(t, fields{"type": "plain_text_input", "value": "abcd"}, values["text"].(fields)["a"])
	require.Equal(t, "red", values["choice"].(fields)["a"].(fields)["selected_option"].(fields)["value"])
	require.Nil(t, values["note"].(fields)["a"].(fields)["value"])
	require.Len(t, sim.Views("maria"), 1)

	for _, bad := range []any{
		fields{"response_action": "errors", "errors": fields{"nowhere": "x"}},
		fields{"response_action": "errors"},
		fields{"response_action": "dance"},
		fields{"response_action": "update", "view": fields{"type": "modal"}},
		"not json",
	} {
		answer = bad
		_, err := sim.Submit(t.Context(), "maria", view.ID, good)
		var failed *slacksim.Failure
		require.ErrorAs(t, err, &failed, "%v", bad)
		require.Equal(t, "We had some trouble connecting. Try again?", failed.Text)
		require.Len(t, sim.Views("maria"), 1, "the view stays")
	}

	answer = fields{"response_action": "update", "view": modal("Updated", section("x"))}
	require.Empty(t, submit(good).Errors)
	require.Contains(t, string(sim.Views("maria")[0].Raw), "Updated")
	answer = fields{"response_action": "push", "view": modal("Pushed", section("x"))}
	submit(nil)
	require.Len(t, sim.Views("maria"), 2)
	_, err := sim.Submit(t.Context(), "maria", view.ID, nil)
	require.Equal(t, slacksim.Error("view_not_found"), err, "only the top one can be submitted")
	view = sim.Views("maria")[1]
	answer = nil
	submit(nil)
	require.Len(t, sim.Views("maria"), 1, "an empty answer closes it")
	view = sim.Views("maria")[0]
	answer = fields{"response_action": "clear"}
	submit(nil)
	require.Empty(t, sim.Views("maria"))
}

func TestClosing(t *testing.T) {
	t.Parallel()
	sim := start(t, nil)
	a := httpApp(t, sim, nil)
	heard := modal("Heard")
	heard["notify_on_close"] = true
	must(t, sim, "views.open", fields{"trigger_id": a.trigger("maria"), "view": heard})
	must(t, sim, "views.push", fields{"trigger_id": a.trigger("maria"), "view": heard})
	must(t, sim, "views.push", fields{"trigger_id": a.trigger("maria"), "view": modal("Unheard")})
	views := sim.Views("maria")
	require.Equal(t, slacksim.Error("view_not_found"), sim.CloseView("maria", views[0].ID, false))
	require.NoError(t, sim.CloseView("maria", views[2].ID, false))
	require.Len(t, sim.Views("maria"), 2)
	require.NoError(t, sim.CloseView("maria", views[1].ID, true))
	require.Empty(t, sim.Views("maria"))
	wait(t, sim, func() bool { return lastCall(sim, "view_closed").Status == 200 && count(sim, "view_closed") == 2 })
	closed := a.last().payload
	require.Equal(t, true, closed["is_cleared"])
	require.NotContains(t, closed, "trigger_id")
}

func count(sim *slacksim.Server, method string) int {
	n := 0
	for _, c := range sim.Calls() {
		if c.Method == method && c.Took > 0 {
			n++
		}
	}
	return n
}

func TestBlocksInViewsKeepWhatWasEntered(t *testing.T) {
	t.Parallel()
	sim := start(t, nil)
	a := httpApp(t, sim, nil)
	must(t, sim, "views.open", fields{"trigger_id": a.trigger("maria"), "view": modal("One",
		input("name", fields{"type": "plain_text_input"}), actions(button("more")),
		input("where", fields{"type": "conversations_select", "default_to_current_conversation": true, "response_url_enabled": true}),
	)})
	view := sim.Views("maria")[0]
	_, err := sim.Press(t.Context(), slacksim.Press{
		User: "maria", View: view.ID, BlockID: "acts", ActionID: "more", State: []slacksim.Input{{BlockID: "name", ActionID: "a", Values: []string{"typed"}}},
	})
	require.NoError(t, err)
	pressed := a.last().payload
	require.Equal(t, fields{"type": "view", "view_id": view.ID}, pressed["container"])
	require.NotContains(t, pressed, "response_url", "a view has none")
	require.NotContains(t, pressed, "channel")
	state := pressed["view"].(fields)["state"].(fields)["values"].(fields)
	require.Equal(t, "typed", state["name"].(fields)["a"].(fields)["value"])
	require.Equal(t, channel(t, sim, "general"), state["where"].(fields)["a"].(fields)["selected_conversation"])

	updated := must(t, sim, "views.update", fields{"view_id": view.ID, "view": modal("Two", input("name", fields{"type": "plain_text_input"}))})
	require.Equal(t, "typed", updated["view"].(fields)["state"].(fields)["values"].(fields)["name"].(fields)["a"].(fields)["value"])
	_, err = sim.Press(t.Context(), slacksim.Press{User: "ben", View: view.ID, BlockID: "acts", ActionID: "more"})
	require.Equal(t, slacksim.Error("view_not_found"), err)
}

func TestResponseURLsOfASubmission(t *testing.T) {
	t.Parallel()
	sim := start(t, nil)
	a := httpApp(t, sim, nil)
	must(t, sim, "views.open", fields{"trigger_id": a.trigger("maria"), "view": modal("One",
		input("where", fields{"type": "conversations_select", "default_to_current_conversation": true, "response_url_enabled": true}),
	)})
	done, err := sim.Submit(t.Context(), "maria", sim.Views("maria")[0].ID, nil)
	require.NoError(t, err)
	links := a.last().payload["response_urls"].([]any)
	require.Len(t, links, 1)
	require.Equal(t, "where", links[0].(fields)["block_id"])
	status, _ := respond(t, links[0].(fields)["response_url"].(string), fields{"text": "done", "response_type": "in_channel"})
	require.Equal(t, 200, status)
	post := sim.Posts("general")[0]
	require.Equal(t, "done", post.Text)
	require.Equal(t, done.ID, post.Origin)
}
