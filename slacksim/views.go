package slacksim

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

const (
	maxStack     = 3
	maxView      = 250_000 // bytes
	triggerLife  = 3 * time.Second
	keepTriggers = time.Minute
)

// view is a modal or Home tab.
type view struct {
	View
	Fields  object  `json:"fields"` // as the app sent it, completed
	State   object  `json:"state"`  // values, as the person's client last told them
	Channel string  `json:"channel"`
	at      string  // ts of its last change, for the hash
	inputs  []Input // what the person's client last told
}

// trigger lets the app open a view, once and soon.
type trigger struct {
	user    string
	channel string // where the person was
	view    string // the modal it came from
	made    time.Time
	used    bool
}

// newTrigger must be called with mu held.
func (s *Server) newTrigger(user, channel, view string) string {
	now := s.ws.now()
	for id, t := range s.triggers {
		if now.Sub(t.made) > keepTriggers {
			delete(s.triggers, id)
		}
	}
	id := fmt.Sprintf("%d.%d.%s", now.UnixNano(), len(s.triggers), strings.ToLower(random(32)))
	s.triggers[id] = &trigger{user: user, channel: channel, view: view, made: now}
	return id
}

func (s *Server) trigger(r *request) (*trigger, error) {
	id := r.str("trigger_id")
	if id == "" {
		id = r.str("interactivity_pointer")
	}
	if id == "" {
		return nil, missing("trigger_id")
	}
	t := s.triggers[id]
	switch {
	case t == nil && strings.Count(id, ".") == 2:
		return nil, Error("expired_trigger_id")
	case t == nil:
		return nil, Error("invalid_trigger_id")
	case t.used:
		return nil, Error("exchanged_trigger_id")
	case s.ws.now().Sub(t.made) > triggerLife:
		return nil, Error("expired_trigger_id")
	}
	return t, nil
}

// parseView refuses what Slack refuses about a view and returns its fields, completed.
func (s *Server) parseView(raw string) (object, error) {
	if raw == "" {
		return nil, missing("view")
	}
	value, err := decode([]byte(raw))
	fields, ok := value.(object)
	if err != nil || !ok {
		return nil, &refusal{code: "invalid_arguments", messages: []string{"[ERROR] must provide an object [json-pointer:/view]"}}
	}
	if len(raw) > maxView {
		return nil, Error("view_too_large")
	}
	if problems := s.validateView(fields, "/view"); len(problems) > 0 {
		no := &refusal{code: "invalid_arguments"}
		for _, p := range problems {
			no.messages = append(no.messages, "[ERROR] "+p.String())
		}
		return nil, no
	}
	s.normalize(list(fields["blocks"]))
	for _, key := range []string{"title", "submit", "close"} {
		s.complete(fields[key])
	}
	return fields, nil
}

func (s *Server) validateView(fields object, at string) []problem {
	c := s.checker(surfaceModal)
	if fields["type"] == "home" {
		c.surface = surfaceHome
	}
	shared := map[string]rule{
		"private_metadata": text(0, 3000), "callback_id": text(0, 255), "external_id": text(0, 255),
		"blocks": func(c *checker, at string, v any) {
			if blocks, ok := v.([]any); ok {
				c.blocks(at, blocks)
			} else {
				c.refuse(at, "type", "array", "must provide an array")
			}
		},
	}
	modal := map[string]rule{
		"title": plain(24), "submit": plain(24), "close": plain(24), "clear_on_close": flag, "notify_on_close": flag, "submit_disabled": flag,
	}
	for name, check := range shared {
		modal[name] = check
	}
	typed(map[string]shape{
		"modal": {fields: modal, required: []string{"title", "blocks"}},
		"home":  {fields: shared, required: []string{"blocks"}},
	})(c, at, fields)
	if fields["type"] == "modal" && c.inputAt != "" && fields["submit"] == nil {
		c.refuse(c.inputAt+"/type", "requires", "submit", "must define `submit` to use an `input` block in modals")
	}
	return c.problems
}

// fill gives a view its content. mu must be held.
func (s *Server) fill(v *view, fields object) {
	v.Fields = fields
	v.Type, v.CallbackID = str(fields["type"]), str(fields["callback_id"])
	v.at = s.ws.nextTS()
	v.Hash = v.at + "." + random(8)
	v.State = s.stateValues(list(fields["blocks"]), v.inputs, v.Channel)
	v.Raw = encode(s.wireView(v))
}

// wireView is a view in Slack's own form.
func (s *Server) wireView(v *view) object {
	out := object{
		"id": v.ID, "team_id": teamID, "type": v.Type, "blocks": v.Fields["blocks"], "private_metadata": str(v.Fields["private_metadata"]),
		"callback_id": v.CallbackID, "state": object{"values": v.State}, "hash": v.Hash, "title": v.Fields["title"], "submit": v.Fields["submit"],
		"close": v.Fields["close"], "clear_on_close": v.Fields["clear_on_close"] == true, "notify_on_close": v.Fields["notify_on_close"] == true,
		"previous_view_id": nil, "root_view_id": v.RootID, "app_id": s.cfg.AppID, "external_id": str(v.Fields["external_id"]), "app_installed_team_id": teamID,
		"bot_id": botID,
	}
	if v.PreviousID != "" {
		out["previous_view_id"] = v.PreviousID
	}
	if v.Type == "home" {
		out["title"] = object{"type": "plain_text", "text": "View Title", "emoji": true}
	}
	return out
}

// externalTaken says whether another view of the workspace has the external id.
func (s *Server) externalTaken(fields object, but *view) bool {
	id := str(fields["external_id"])
	if id == "" {
		return false
	}
	taken := func(v *view) bool { return v != but && str(v.Fields["external_id"]) == id }
	for _, stack := range s.ws.modals {
		if slices.ContainsFunc(stack, taken) {
			return true
		}
	}
	for _, home := range s.ws.homes {
		if taken(home) {
			return true
		}
	}
	return false
}

// stackView opens a modal above those that user has open.
func (s *Server) stackView(user, channel string, fields object) *view {
	v := &view{View: View{ID: s.ws.newID("V"), User: user}, Channel: channel}
	v.RootID = v.ID
	if stack := s.ws.modals[user]; len(stack) > 0 {
		v.RootID, v.PreviousID = stack[0].ID, stack[len(stack)-1].ID
	}
	s.fill(v, fields)
	s.ws.modals[user] = append(s.ws.modals[user], v)
	s.tell(user, Event{Kind: EventViews})
	return v
}

func (s *Server) openView(r *request, push bool) (object, error) {
	t, err := s.trigger(r)
	if err != nil {
		return nil, err
	}
	fields, err := s.parseView(r.str("view"))
	if err != nil {
		return nil, err
	}
	switch stack := s.ws.modals[t.user]; {
	case fields["type"] != "modal":
		return nil, &refusal{code: "invalid_arguments", messages: []string{"[ERROR] must be a modal view [json-pointer:/view/type]"}}
	case s.externalTaken(fields, nil):
		return nil, Error("duplicate_external_id")
	case push && len(stack) == 0:
		return nil, Error("not_found")
	case len(stack) >= maxStack:
		return nil, Error("push_limit_reached")
	}
	t.used = true
	v := s.stackView(t.user, t.channel, fields)
	return object{"view": v.Raw}, nil
}

func (s *Server) viewsOpen(r *request) (object, error) { return s.openView(r, false) }

func (s *Server) viewsPush(r *request) (object, error) { return s.openView(r, true) }

// viewOf finds an open view by id or external id.
func (s *Server) viewOf(match func(v *view) bool) *view {
	for _, stack := range s.ws.modals {
		for _, v := range stack {
			if match(v) {
				return v
			}
		}
	}
	for _, v := range s.ws.homes {
		if match(v) {
			return v
		}
	}
	return nil
}

func (s *Server) viewByID(id string) *view {
	return s.viewOf(func(v *view) bool { return v.ID == id })
}

func (s *Server) viewsUpdate(r *request) (object, error) {
	id, external := r.str("view_id"), r.str("external_id")
	if id == "" && external == "" {
		return nil, missing("view_id")
	}
	fields, err := s.parseView(r.str("view"))
	if err != nil {
		return nil, err
	}
	v := s.viewOf(func(v *view) bool {
		return id != "" && v.ID == id || id == "" && str(v.Fields["external_id"]) == external
	})
	switch {
	case v == nil:
		return nil, Error("not_found")
	case r.str("hash") != "" && r.str("hash") != v.Hash:
		return nil, Error("hash_conflict")
	case str(fields["type"]) != v.Type:
		return nil, &refusal{code: "invalid_arguments", messages: []string{"[ERROR] must keep the type of the view [json-pointer:/view/type]"}}
	case s.externalTaken(fields, v):
		return nil, Error("duplicate_external_id")
	}
	s.replaceView(v, fields)
	return object{"view": v.Raw}, nil
}

func (s *Server) replaceView(v *view, fields object) {
	s.fill(v, fields)
	kind := EventViews
	if v.Type == "home" {
		kind = EventHome
		s.ws.disk.put("home", v.User, v)
	}
	s.tell(v.User, Event{Kind: kind, View: v.ID})
}

func (s *Server) viewsPublish(r *request) (object, error) {
	if r.str("user_id") == "" {
		return nil, missing("user_id")
	}
	user := s.ws.userByID(r.str("user_id"))
	if user == nil || user.IsBot {
		return nil, &refusal{code: "invalid_arguments", messages: []string{"[ERROR] invalid `user_id`"}}
	}
	fields, err := s.parseView(r.str("view"))
	if err != nil {
		return nil, err
	}
	v := s.ws.homes[user.ID]
	switch {
	case s.cfg.NoHome:
		return nil, Error("not_enabled")
	case fields["type"] != "home":
		return nil, &refusal{code: "invalid_arguments", messages: []string{"[ERROR] must be a home view [json-pointer:/view/type]"}}
	case r.str("hash") != "" && (v == nil || r.str("hash") != v.Hash):
		return nil, Error("hash_conflict")
	case s.externalTaken(fields, v):
		return nil, Error("duplicate_external_id")
	case v == nil:
		v = &view{View: View{ID: s.ws.newID("V"), User: user.ID}}
		v.RootID = v.ID
		s.ws.homes[user.ID] = v
	}
	s.replaceView(v, fields)
	return object{"view": v.Raw}, nil
}

func (s *Server) blocksValidate(r *request) (object, error) {
	names := []string{"blocks", "view", "message"}
	given := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return r.str(name) == "" })
	if len(given) != 1 {
		return nil, &refusal{code: "invalid_arguments", messages: []string{"must provide exactly one of `blocks`, `view`, or `message`"}}
	}
	value, err := decode([]byte(r.str(given[0])))
	if err != nil {
		return nil, &refusal{code: "invalid_arguments", messages: []string{"`" + given[0] + "` must be valid JSON"}}
	}
	var problems []problem
	switch given[0] {
	case "blocks":
		problems = s.validateBlocks(list(value), "")
	case "view":
		problems = s.validateView(obj(value), "")
	case "message":
		problems = s.validateBlocks(list(obj(value)["blocks"]), "/blocks")
	}
	if len(problems) > 0 {
		return nil, &refusal{code: "invalid_" + given[0], problems: problems, objects: true}
	}
	return object{}, nil
}
