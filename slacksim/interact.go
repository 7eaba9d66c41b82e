package slacksim

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
)

const (
	trouble  = "We had some trouble connecting. Try again?"
	noAnswer = "Operation timed out. Apps need to respond within 3 seconds."
)

// Command types a slash command ("/journey acme") as a person in a channel. It returns when the app has acknowledged; an
// answer that rides on the acknowledgement is posted before it returns, a later one arrives by response URL: both carry
// the Interaction's ID as their Origin. When the app fails, the person gets Slack's failure text as a private message and
// Command returns it as a *Failure.
func (s *Server) Command(ctx context.Context, user, channel, text string) (Interaction, error) {
	s.mu.Lock()
	u, c, err := s.person(user, channel)
	if err != nil || c == nil {
		s.mu.Unlock()
		return Interaction{}, cmp.Or(err, error(Error("channel_not_found")))
	}
	name, rest, _ := strings.Cut(strings.TrimSpace(text), " ")
	command, known := s.command(name)
	if !known {
		defer s.mu.Unlock()
		failed := &Failure{
			Code: "unknown_command", Text: fmt.Sprintf("`%s` is not a valid command. In Slack, all commands start with the “/” sign.", name),
		}
		s.complain(c, u.ID, failed.Text, "")
		return Interaction{}, failed
	}
	rest = strings.TrimSpace(rest)
	if command.ShouldEscape {
		rest = s.mark(rest, false)
	}
	d := newDelivery("slash_commands", "slash_commands", true, nil)
	d.channel, d.user = c.ID, u.ID
	link, h := s.newHook(hook{User: u.ID, Channel: c.ID, Command: text, Origin: d.envelope})
	d.payload = object{
		"token": verificationToken, "team_id": teamID, "team_domain": teamDomain, "channel_id": c.ID, "channel_name": s.channelName(c),
		"user_id": u.ID, "user_name": u.Name, "command": name, "text": rest, "api_app_id": s.cfg.AppID, "is_enterprise_install": "false",
		"response_url": link, "trigger_id": s.newTrigger(u.ID, c.ID, ""),
	}
	s.mu.Unlock()

	a, took := s.deliver(ctx, d)
	s.mu.Lock()
	defer s.mu.Unlock()
	done := Interaction{ID: d.envelope, Took: took}
	if a.code == "" {
		a.code = s.commandAnswer(h, a)
	}
	if a.code != "" {
		failed := &Failure{Code: a.code, Text: fmt.Sprintf("%s failed with the error “%s”", name, a.code)}
		s.complain(c, u.ID, failed.Text, d.envelope)
		return done, failed
	}
	return done, nil
}

func (s *Server) command(name string) (Command, bool) {
	if len(s.cfg.Commands) == 0 {
		return Command{Name: name}, len(name) > 1 && name[0] == '/'
	}
	i := slices.IndexFunc(s.cfg.Commands, func(c Command) bool { return c.Name == name })
	if i < 0 {
		return Command{}, false
	}
	return s.cfg.Commands[i], true
}

// channelName is what a payload calls a conversation.
func (s *Server) channelName(c *conversation) string {
	switch {
	case c.Kind == kindDirect:
		return "directmessage"
	case c.Private:
		return "privategroup"
	}
	return c.Name
}

// commandAnswer shows what rides on the acknowledgement of a command, and returns the code of what is wrong with it.
func (s *Server) commandAnswer(h *hook, a ack) string {
	body := strings.TrimSpace(string(a.body))
	if body == "" {
		return ""
	}
	fields := object{"text": body}
	if a.json {
		value, err := decode([]byte(body))
		switch v := value.(type) {
		case string:
			fields["text"] = v
		case object:
			fields = v
		default:
			if err != nil {
				return codeBadAnswer
			}
		}
	}
	if len(fields) == 0 || fields["text"] == "" && fields["blocks"] == nil && fields["attachments"] == nil {
		return ""
	}
	if err := s.respond(h, fields); err != nil {
		s.log.Warn("command answer refused", "err", err)
		return codeBadAnswer
	}
	return ""
}

// complain shows a person what Slack itself says.
func (s *Server) complain(c *conversation, user, text, origin string) {
	s.post(c, &Message{User: slackbot, Text: escape(text), Ephemeral: true, To: user, Origin: origin})
}

// interaction is what every interactive payload has.
func (s *Server) interaction(kind string, u *User, more object) object {
	team := teamID
	if u.External {
		team = otherTeam
	}
	out := object{
		"type": kind, "user": object{"id": u.ID, "username": u.Name, "name": u.Name, "team_id": team}, "api_app_id": s.cfg.AppID,
		"token": verificationToken, "team": object{"id": teamID, "domain": teamDomain}, "enterprise": nil, "is_enterprise_install": false,
	}
	maps.Copy(out, more)
	return out
}

// Press clicks or chooses as a person, and returns when the app has acknowledged. A button with a url opens that on the
// person's side; the app is told all the same. Confirm dialogs are the caller's affair. When the app fails, the person gets
// an Event of kind failure and Press returns the *Failure.
func (s *Server) Press(ctx context.Context, p Press) (Interaction, error) {
	s.mu.Lock()
	d, err := s.pressed(p)
	s.mu.Unlock()
	if err != nil {
		return Interaction{}, err
	}
	a, took := s.deliver(ctx, d)
	done := Interaction{ID: d.envelope, Took: took}
	if a.code == "" {
		return done, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	failed := &Failure{Code: a.code, Text: noAnswer}
	if a.code != codeTimeout {
		failed.Text = "This app is not responding (" + a.code + ")."
	}
	s.tell(d.user, Event{Kind: EventFailure, Channel: d.channel, TS: p.TS, View: p.View, Text: failed.Text})
	return done, failed
}

// pressed makes the block_actions delivery of a press.
func (s *Server) pressed(p Press) (delivery, error) {
	where, err := s.place(p)
	if err != nil {
		return delivery{}, err
	}
	var found *element
	for _, e := range s.elements(where.blocks) {
		if e.blockID == p.BlockID && str(e.fields["action_id"]) == p.ActionID {
			found = &e
		}
	}
	if found == nil {
		return delivery{}, Error("action_not_found")
	}
	action, err := s.action(*found, p.Values)
	if err != nil {
		return delivery{}, err
	}
	inputs := append(slices.Clone(p.State), Input{BlockID: p.BlockID, ActionID: p.ActionID, Values: p.Values})
	values := s.stateValues(where.blocks, inputs, where.here())
	d := newDelivery("interactive", "block_actions", true, nil)
	d.user = where.user.ID
	payload := s.interaction("block_actions", where.user, object{"container": where.container, "actions": []object{action}})
	if v := where.view; v != nil {
		v.inputs, v.State = inputs, values
		v.Raw = encode(s.wireView(v))
		payload["view"] = v.Raw
		payload["trigger_id"] = s.newTrigger(d.user, v.Channel, v.ID)
	} else {
		m, c := where.message, where.channel
		d.channel = c.ID
		h := hook{User: d.user, Channel: c.ID, TS: m.TS, Origin: d.envelope}
		if m.Ephemeral {
			h.ephemeral = m
		} else {
			payload["message"] = s.wireMessage(m, metadataAll)
		}
		payload["channel"] = object{"id": c.ID, "name": s.channelName(c)}
		payload["state"] = object{"values": values}
		payload["response_url"], _ = s.newHook(h)
		payload["trigger_id"] = s.newTrigger(d.user, c.ID, "")
	}
	d.payload = payload
	return d, nil
}

// place is where a press happens.
type place struct {
	user      *User
	channel   *conversation // of a message
	message   *Message
	view      *view
	blocks    []any
	container object
}

func (p place) here() string {
	if p.view != nil {
		return p.view.Channel
	}
	return p.channel.ID
}

func (s *Server) place(p Press) (place, error) {
	if p.View != "" {
		u, _, err := s.person(p.User, "")
		if err != nil {
			return place{}, err
		}
		v := s.viewByID(p.View)
		if v == nil || v.User != u.ID {
			return place{}, Error("view_not_found")
		}
		return place{user: u, view: v, blocks: list(v.Fields["blocks"]), container: object{"type": "view", "view_id": v.ID}}, nil
	}
	u, c, m, err := s.seen(p.User, p.Channel, p.TS)
	if err != nil {
		return place{}, err
	}
	value, _ := decode(m.Blocks)
	blocks := list(value)
	if attachments, _ := decode(m.Attachments); attachments != nil {
		for _, a := range list(attachments) {
			blocks = append(blocks, list(obj(a)["blocks"])...)
		}
	}
	container := object{"type": "message", "message_ts": m.TS, "channel_id": c.ID, "is_ephemeral": m.Ephemeral}
	if m.ThreadTS != "" && m.ThreadTS != m.TS {
		container["thread_ts"] = m.ThreadTS
	}
	return place{user: u, channel: c, message: m, blocks: blocks, container: container}, nil
}

// action is the entry of actions for a press.
func (s *Server) action(e element, entered []string) (object, error) {
	kind := s.schema.elements[str(e.fields["type"])]
	out := object{
		"type": e.fields["type"], "action_id": e.fields["action_id"], "block_id": e.blockID, "action_ts": s.ws.nextTS(),
	}
	for _, name := range []string{
		"text", "value", "style", "placeholder", "initial_option", "initial_options", "initial_date", "initial_time", "confirm", "timezone",
	} {
		if e.fields[name] != nil {
			out[name] = e.fields[name]
		}
	}
	switch {
	case kind.result != "":
		out[kind.result] = s.chosen(e.fields, kind, entered)
		if kind.result == "selected_option" && out[kind.result] == nil && len(entered) > 0 {
			return nil, Error("option_not_found")
		}
	case e.fields["type"] == "overflow":
		option := first(s.chosenOptions(e.fields, entered))
		if option == nil {
			return nil, Error("option_not_found")
		}
		out["selected_option"] = option
	case e.fields["type"] == "feedback_buttons":
		for _, name := range []string{"positive_button", "negative_button"} {
			if button := obj(e.fields[name]); slices.Contains(entered, str(button["value"])) {
				out["text"], out["value"] = button["text"], button["value"]
			}
		}
		if out["value"] == nil {
			return nil, Error("option_not_found")
		}
	}
	return out, nil
}

// Submit submits a modal, the top one of its stack, with what its inputs show. Slack's own complaints (a required input left
// empty, a wrong e-mail …) and the app's come back as Interaction.Errors, by block id; then the view stays open. Without
// errors the view has been closed, updated or stacked upon, as the app said. A *Failure means that the app did not answer as
// it must; the view stays open.
func (s *Server) Submit(ctx context.Context, user, viewID string, inputs []Input) (Interaction, error) {
	s.mu.Lock()
	v, u, err := s.topView(user, viewID)
	if err != nil {
		s.mu.Unlock()
		return Interaction{}, err
	}
	blocks := list(v.Fields["blocks"])
	v.inputs, v.State = slices.Clone(inputs), s.stateValues(blocks, inputs, v.Channel)
	v.Raw = encode(s.wireView(v))
	if wrong := s.complaints(blocks, v.State); len(wrong) > 0 {
		s.mu.Unlock()
		return Interaction{Errors: wrong}, nil
	}
	d := newDelivery("interactive", "view_submission", true, nil)
	d.user = u.ID
	d.payload = s.interaction("view_submission", u, object{
		"trigger_id": s.newTrigger(u.ID, v.Channel, v.ID), "view": v.Raw, "response_urls": s.responseURLs(v, d.envelope),
	})
	s.mu.Unlock()

	a, took := s.deliver(ctx, d)
	s.mu.Lock()
	defer s.mu.Unlock()
	done := Interaction{ID: d.envelope, Took: took}
	if a.code == "" {
		done.Errors, err = s.submitted(v, a)
	} else {
		err = Error(a.code)
	}
	if err != nil {
		failed := &Failure{Text: trouble, Code: err.Error()}
		s.tell(u.ID, Event{Kind: EventFailure, View: v.ID, Text: failed.Text})
		return done, failed
	}
	return done, nil
}

func (s *Server) topView(user, id string) (*view, *User, error) {
	u, _, err := s.person(user, "")
	if err != nil {
		return nil, nil, err
	}
	stack := s.ws.modals[u.ID]
	if len(stack) == 0 || stack[len(stack)-1].ID != id {
		return nil, nil, Error("view_not_found")
	}
	return stack[len(stack)-1], u, nil
}

// responseURLs are those of the inputs of a view that ask for one.
func (s *Server) responseURLs(v *view, origin string) []object {
	all := []object{}
	for _, e := range s.elements(list(v.Fields["blocks"])) {
		if e.fields["response_url_enabled"] != true {
			continue
		}
		action := str(e.fields["action_id"])
		shown := obj(obj(v.State[e.blockID])[action])
		channel := str(shown["selected_conversation"]) + str(shown["selected_channel"])
		if s.ws.channels[channel] == nil {
			continue
		}
		link, _ := s.newHook(hook{User: v.User, Channel: channel, Origin: origin})
		all = append(all, object{"block_id": e.blockID, "action_id": action, "channel_id": channel, "response_url": link})
	}
	return all
}

// submitted does what the acknowledgement of a submission says.
func (s *Server) submitted(v *view, a ack) (map[string]string, error) {
	if strings.TrimSpace(string(a.body)) == "" {
		s.popView(v)
		return nil, nil
	}
	value, err := decode(a.body)
	fields, ok := value.(object)
	if err != nil || !ok {
		return nil, Error("invalid_response")
	}
	switch fields["response_action"] {
	case nil:
		s.popView(v)
		return nil, nil
	case "clear":
		s.ws.modals[v.User] = nil
		s.tell(v.User, Event{Kind: EventViews})
		return nil, nil
	case "errors":
		return s.answeredErrors(v, obj(fields["errors"]))
	case "update", "push":
	default:
		return nil, Error("invalid_response_action")
	}
	next, err := s.parseView(string(encode(fields["view"])))
	switch {
	case err != nil:
		s.log.Warn("view in submission answer refused", "err", err)
		return nil, err
	case next["type"] != "modal":
		return nil, Error("invalid_view_type")
	case fields["response_action"] == "update":
		v.inputs = nil
		s.replaceView(v, next)
	case len(s.ws.modals[v.User]) >= maxStack:
		return nil, Error("push_limit_reached")
	default:
		s.stackView(v.User, v.Channel, next)
	}
	return nil, nil
}

// answeredErrors are the app's complaints; Slack wants at least one, each about an input block of the view.
func (s *Server) answeredErrors(v *view, errs object) (map[string]string, error) {
	if len(errs) == 0 {
		return nil, Error("invalid_errors")
	}
	all := map[string]string{}
	for id, text := range errs {
		isInput := slices.ContainsFunc(s.elements(list(v.Fields["blocks"])), func(e element) bool {
			return e.blockID == id && str(e.block["type"]) == "input"
		})
		if !isInput || str(text) == "" {
			return nil, Error("invalid_errors")
		}
		all[id] = str(text)
	}
	return all, nil
}

// popView closes a view and everything above it.
func (s *Server) popView(v *view) {
	stack := s.ws.modals[v.User]
	if i := slices.Index(stack, v); i >= 0 {
		s.ws.modals[v.User] = stack[:i:i]
	}
	s.tell(v.User, Event{Kind: EventViews})
}

// CloseView closes the top modal, as its Cancel button does, or with all set the whole stack, as the × does. The app is told
// of the views that have notify_on_close; nobody waits for its answer.
func (s *Server) CloseView(user, viewID string, all bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	v, u, err := s.topView(user, viewID)
	if err != nil {
		return err
	}
	closing := []*view{v}
	if all || v.Fields["clear_on_close"] == true {
		closing = slices.Clone(s.ws.modals[u.ID])
		slices.Reverse(closing)
	}
	s.popView(closing[len(closing)-1])
	for _, gone := range closing {
		if gone.Fields["notify_on_close"] != true {
			continue
		}
		d := newDelivery("interactive", "view_closed", false, s.interaction("view_closed", u, object{
			"view": gone.Raw, "is_cleared": all,
		}))
		d.user = u.ID
		s.background(func(ctx context.Context) { s.deliver(ctx, d) })
	}
	return nil
}

// OpenHome opens the app's Home tab, and tells the app. It returns the view as it was published until now; ok is false when
// none was. The app's answer arrives as an Event of kind home.
func (s *Server) OpenHome(user string) (v View, ok bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, c, err := s.person(user, botUserID)
	if err != nil {
		return View{}, false, err
	}
	event := object{"type": "app_home_opened", "user": u.ID, "channel": c.ID, "tab": "home", "event_ts": s.ws.nextTS()}
	home := s.ws.homes[u.ID]
	if home != nil {
		event["view"] = home.Raw
	}
	s.event("app_home_opened", c, event)
	if home == nil {
		return View{}, false, nil
	}
	return home.View, true, nil
}

// GlobalShortcut runs a global shortcut.
func (s *Server) GlobalShortcut(ctx context.Context, user, callbackID string) (Interaction, error) {
	return s.shortcut(ctx, callbackID, false, func() (*User, *conversation, object, error) {
		u, _, err := s.person(user, "")
		return u, nil, object{}, err
	})
}

// MessageShortcut runs a shortcut from the menu of a message.
func (s *Server) MessageShortcut(ctx context.Context, user, callbackID, channel, ts string) (Interaction, error) {
	return s.shortcut(ctx, callbackID, true, func() (*User, *conversation, object, error) {
		u, c, m, err := s.seen(user, channel, ts)
		if err != nil {
			return nil, nil, nil, err
		}
		return u, c, object{
			"channel": object{"id": c.ID, "name": s.channelName(c)}, "message": s.wireMessage(m, metadataAll), "message_ts": m.TS,
		}, nil
	})
}

// shortcut runs a shortcut by the person, in the conversation and with the fields that find returns.
func (s *Server) shortcut(
	ctx context.Context, callbackID string, onMessage bool, find func() (*User, *conversation, object, error),
) (Interaction, error) {
	s.mu.Lock()
	u, c, more, err := find()
	if known := len(s.cfg.Shortcuts) == 0 || slices.ContainsFunc(s.cfg.Shortcuts, func(k Shortcut) bool {
		return k.CallbackID == callbackID && k.Message == onMessage
	}); err == nil && !known {
		err = Error("shortcut_not_found")
	}
	if err != nil {
		s.mu.Unlock()
		return Interaction{}, err
	}
	kind, here := "shortcut", ""
	d := newDelivery("interactive", kind, false, nil)
	if c != nil {
		kind, here = "message_action", c.ID
		more["response_url"], _ = s.newHook(hook{User: u.ID, Channel: c.ID, TS: str(more["message_ts"]), Origin: d.envelope})
	}
	d.method, d.user, d.channel = kind, u.ID, here
	more["callback_id"], more["action_ts"], more["trigger_id"] = callbackID, s.ws.nextTS(), s.newTrigger(u.ID, here, "")
	d.payload = s.interaction(kind, u, more)
	s.mu.Unlock()

	a, took := s.deliver(ctx, d)
	done := Interaction{ID: d.envelope, Took: took}
	if a.code != "" {
		s.mu.Lock()
		defer s.mu.Unlock()
		failed := &Failure{Text: trouble, Code: a.code}
		s.tell(u.ID, Event{Kind: EventFailure, Channel: here, Text: failed.Text})
		return done, failed
	}
	return done, nil
}

// Suggest asks the app for the options of an external select (p.BlockID, p.ActionID) that match query. Values and State of p
// are not used.
func (s *Server) Suggest(ctx context.Context, p Press, query string) ([]Option, error) {
	s.mu.Lock()
	where, err := s.place(p)
	if err != nil {
		s.mu.Unlock()
		return nil, err
	}
	more := object{"block_id": p.BlockID, "action_id": p.ActionID, "value": query, "container": where.container}
	d := newDelivery("interactive", "block_suggestion", true, nil)
	d.user = where.user.ID
	if where.view != nil {
		more["view"] = where.view.Raw
	} else {
		d.channel = where.channel.ID
		more["channel"] = object{"id": where.channel.ID, "name": s.channelName(where.channel)}
	}
	d.payload = s.interaction("block_suggestion", where.user, more)
	s.mu.Unlock()

	a, _ := s.deliver(ctx, d)
	if a.code != "" {
		return nil, &Failure{Text: "Sorry, the options could not be loaded.", Code: a.code}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	value, err := decode(a.body)
	offered := obj(value)
	c := s.checker(surfaceMessage)
	shape{
		fields: map[string]rule{"options": items(0, 100, plainOption.check), "option_groups": items(0, 100, optionGroup.check)},
		one:    [][]string{{"options", "option_groups"}},
	}.check(c, "", value)
	if err != nil || len(c.problems) > 0 {
		return nil, &Failure{Text: "Sorry, the options could not be loaded.", Code: "invalid_options"}
	}
	s.suggested[p.ActionID] = append(s.suggested[p.ActionID], optionsOf(offered)...)
	if known := s.suggested[p.ActionID]; len(known) > 1000 {
		s.suggested[p.ActionID] = slices.Clone(known[len(known)-1000:])
	}
	return options(offered), nil
}

func options(offered object) []Option {
	var all []Option
	add := func(group string, raw []any) {
		for _, o := range raw {
			all = append(all, Option{Group: group, Text: str(obj(obj(o)["text"])["text"]), Value: str(obj(o)["value"]), Raw: encode(o)})
		}
	}
	add("", list(offered["options"]))
	for _, g := range list(offered["option_groups"]) {
		add(str(obj(obj(g)["label"])["text"]), list(obj(g)["options"]))
	}
	return all
}
