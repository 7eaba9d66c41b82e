package slacksim

import (
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
)

func timeless(fields object) object {
	fields["creator"], fields["last_set"] = "", 0
	return fields
}

// wireChannel is a conversation in Slack's own form, as the bot sees it.
func (s *Server) wireChannel(c *conversation) object {
	if c.Kind == kindDirect {
		other := c.other(botUserID)
		u := s.ws.userByID(other)
		return object{
			"id": c.ID, "created": c.Created, "is_im": true, "is_org_shared": false, "is_archived": c.Archived, "context_team_id": teamID,
			"user": other, "is_user_deleted": u != nil && u.Deleted, "is_open": true, "priority": 0, "updated": c.Created * 1000,
		}
	}
	return object{
		"id": c.ID, "name": c.Name, "name_normalized": c.Name, "created": c.Created, "creator": slackbot, "updated": c.Created * 1000,
		"is_channel": c.Kind == kindChannel && !c.Private, "is_group": c.Kind == kindChannel && c.Private, "is_im": false, "is_mpim": c.Kind == kindGroup,
		"is_private": c.Private, "is_archived": c.Archived, "is_general": c.Name == "general", "is_member": c.has(botUserID), "unlinked": 0,
		"is_shared": c.Shared, "is_ext_shared": c.Shared, "is_org_shared": false, "is_pending_ext_shared": false, "pending_shared": []string{},
		"pending_connected_team_ids": []string{}, "shared_team_ids": c.teams(), "connected_team_ids": c.teams()[1:], "context_team_id": teamID, "parent_conversation": nil,
		"topic": timeless(object{"value": c.Topic}), "purpose": timeless(object{"value": ""}), "previous_names": []string{},
	}
}

// teams are the workspaces that a channel is in, the app's own first.
func (c *conversation) teams() []string {
	if c.Shared {
		return []string{teamID, otherTeam}
	}
	return []string{teamID}
}

// readable finds a conversation that the app may know of.
func (s *Server) readable(r *request) (*conversation, error) {
	which := r.str("channel")
	if which == "" {
		return nil, missing("channel")
	}
	c := s.ws.channels[which]
	if c == nil || c.Private && !c.has(botUserID) {
		return nil, Error("channel_not_found")
	}
	return c, s.needs(c.scope("read"))
}

// scope is what reading a conversation takes: channels:read, groups:history and so on.
func (c *conversation) scope(what string) string {
	switch {
	case c.Kind == kindDirect:
		return "im:" + what
	case c.Kind == kindGroup:
		return "mpim:" + what
	case c.Private:
		return "groups:" + what
	}
	return "channels:" + what
}

// typed says whether a conversation is of one of Slack's types: public_channel, private_channel, im, mpim.
func (c *conversation) typed() string {
	switch {
	case c.Kind != kindChannel:
		return string(c.Kind)
	case c.Private:
		return "private_channel"
	}
	return "public_channel"
}

// page cuts a list to a limit and says where the next page starts, as a cursor that means nothing to its reader.
func page[T any](r *request, all []T, fallback int) (part []T, next string, err error) {
	limit, ok := r.number("limit", fallback)
	if !ok || limit > 1000 {
		return nil, "", Error("invalid_limit")
	}
	from := 0
	if cursor := r.str("cursor"); cursor != "" {
		raw, err := base64.StdEncoding.DecodeString(cursor)
		text, found := strings.CutPrefix(string(raw), "from:")
		from, _ = strconv.Atoi(text)
		if err != nil || !found || from < 1 || from > len(all) {
			return nil, "", Error("invalid_cursor")
		}
	}
	part = all[from:]
	if len(part) > limit {
		part = part[:limit]
		next = base64.StdEncoding.EncodeToString([]byte("from:" + strconv.Itoa(from+limit)))
	}
	return part, next, nil
}

func cursor(next string) object { return object{"next_cursor": next} }

// typesOf reads the types that a list is asked for, and checks the scopes.
func (s *Server) typesOf(r *request) ([]string, error) {
	types := r.list("types")
	if len(types) == 0 {
		types = []string{"public_channel"}
	}
	scopes := map[string]string{"public_channel": "channels:read", "private_channel": "groups:read", "im": "im:read", "mpim": "mpim:read"}
	for _, t := range types {
		if scopes[t] == "" {
			return nil, Error("invalid_types")
		}
		if err := s.needs(scopes[t]); err != nil {
			return nil, err
		}
	}
	return types, nil
}

func (s *Server) listConversations(r *request, keep func(c *conversation) bool) (object, error) {
	types, err := s.typesOf(r)
	if err != nil {
		return nil, err
	}
	var all []object
	for _, c := range s.ws.sorted() {
		if slices.Contains(types, c.typed()) && (!c.Archived || !r.boolean("exclude_archived")) && keep(c) {
			shown := s.wireChannel(c)
			if c.Kind == kindChannel {
				shown["num_members"] = len(c.Members)
			}
			all = append(all, shown)
		}
	}
	part, next, err := page(r, all, 100)
	if err != nil {
		return nil, err
	}
	return object{"channels": append([]object{}, part...), "response_metadata": cursor(next)}, nil
}

func (s *Server) conversationsList(r *request) (object, error) {
	return s.listConversations(r, func(c *conversation) bool { return !c.Private || c.has(botUserID) })
}

func (s *Server) usersConversations(r *request) (object, error) {
	user := botUserID
	if r.str("user") != "" {
		user = r.str("user")
		if s.ws.userByID(user) == nil {
			return nil, Error("user_not_found")
		}
	}
	return s.listConversations(r, func(c *conversation) bool { return c.has(user) && (!c.Private || c.has(botUserID)) })
}

func (s *Server) conversationsInfo(r *request) (object, error) {
	c, err := s.readable(r)
	if err != nil {
		return nil, err
	}
	shown := s.wireChannel(c)
	if r.boolean("include_num_members") {
		shown["num_members"] = len(c.Members)
	}
	return object{"channel": shown}, nil
}

func (s *Server) conversationsJoin(r *request) (object, error) {
	which := r.str("channel")
	c := s.ws.channels[which]
	switch {
	case which == "":
		return nil, missing("channel")
	case c == nil, c.Private && c.Kind == kindChannel && !c.has(botUserID):
		return nil, Error("channel_not_found")
	case c.Kind != kindChannel, c.Private:
		return nil, Error("method_not_supported_for_channel_type")
	case c.Archived:
		return nil, Error("is_archived")
	}
	if c.has(botUserID) {
		r.warnings = append(r.warnings, "already_in_channel")
		return object{"channel": s.wireChannel(c)}, nil
	}
	s.join(c, botUserID)
	return object{"channel": s.wireChannel(c)}, nil
}

// join adds a member and says so in the channel.
func (s *Server) join(c *conversation, user string) {
	c.Members = append(c.Members, user)
	s.ws.saveChannel(c)
	s.post(c, &Message{User: user, Subtype: "channel_join", Text: "<@" + user + "> has joined the channel"})
	s.tellConversation(c)
	s.event("member_joined_channel", c, object{
		"type": "member_joined_channel", "user": user, "channel": c.ID, "channel_type": "C", "team": s.team(user), "event_ts": s.ws.nextTS(),
	})
}

func (s *Server) conversationsOpen(r *request) (object, error) {
	if which := r.str("channel"); which != "" {
		c := s.ws.channels[which]
		if c == nil || c.Kind == kindChannel || !c.has(botUserID) {
			return nil, Error("channel_not_found")
		}
		return s.opened(r, c, false), nil
	}
	users := r.list("users")
	switch {
	case len(users) == 0:
		return nil, Error("users_list_not_supplied")
	case len(users) > 8:
		return nil, Error("too_many_users")
	}
	people := []string{botUserID}
	for _, id := range users {
		u := s.ws.userByID(id)
		switch {
		case u == nil || id == botUserID:
			return nil, Error("user_not_found")
		case u.Deleted:
			return nil, Error("user_disabled")
		}
		people = append(people, id)
	}
	c, fresh := s.ws.direct(people...)
	if fresh {
		s.tellConversation(c)
	}
	return s.opened(r, c, fresh), nil
}

func (s *Server) opened(r *request, c *conversation, fresh bool) object {
	reply := object{"channel": object{"id": c.ID}}
	if r.boolean("return_im") {
		reply["channel"] = s.wireChannel(c)
	}
	if !fresh {
		reply["no_op"], reply["already_open"] = true, true
	}
	return reply
}

func (s *Server) conversationsMembers(r *request) (object, error) {
	c, err := s.readable(r)
	if err != nil {
		return nil, err
	}
	active := slices.DeleteFunc(slices.Clone(c.Members), func(id string) bool {
		u := s.ws.userByID(id)
		return u == nil || u.Deleted
	})
	part, next, err := page(r, active, 100)
	if err != nil {
		return nil, err
	}
	return object{"members": append([]string{}, part...), "response_metadata": cursor(next)}, nil
}

// span is the part of a history that a call asks for.
type span struct {
	oldest, latest int64 // Unix µs, exclusive
	limit          int
}

// span reads oldest, latest, inclusive, limit and cursor. before says that the cursor counts back from the newest.
func (s *Server) span(r *request, fallback, most int, before bool) (span, error) {
	p := span{oldest: -1, latest: 1 << 62}
	if text := r.str("oldest"); text != "" && text != "0" {
		micros, ok := parseTS(text)
		if !ok {
			return p, Error("invalid_ts_oldest")
		}
		p.oldest = micros
		if r.boolean("inclusive") {
			p.oldest--
		}
	}
	if text := r.str("latest"); text != "" && text != "now" {
		micros, ok := parseTS(text)
		if !ok {
			return p, Error("invalid_ts_latest")
		}
		p.latest = micros
		if r.boolean("inclusive") {
			p.latest++
		}
	}
	limit, ok := r.number("limit", fallback)
	if !ok {
		return p, Error("invalid_limit")
	}
	p.limit = min(limit, most)
	if text := r.str("cursor"); text != "" {
		raw, err := base64.StdEncoding.DecodeString(text)
		number, found := strings.CutPrefix(string(raw), "next_ts:")
		micros, numErr := strconv.ParseInt(number, 10, 64)
		if err != nil || !found || numErr != nil {
			return p, Error("invalid_cursor")
		}
		if before {
			p.latest = min(p.latest, micros+1)
		} else {
			p.oldest = max(p.oldest, micros-1)
		}
	}
	return p, nil
}

func (p span) holds(m *Message) bool {
	micros, _ := parseTS(m.TS)
	return micros > p.oldest && micros < p.latest
}

func nextTSCursor(m *Message) string {
	micros, _ := parseTS(m.TS)
	return base64.StdEncoding.EncodeToString([]byte("next_ts:" + strconv.FormatInt(micros, 10)))
}

// history finds a conversation whose messages the app may read.
func (s *Server) history(r *request) (*conversation, error) {
	which := r.str("channel")
	if which == "" {
		return nil, missing("channel")
	}
	c := s.ws.channels[which]
	switch {
	case c == nil, c.Private && !c.has(botUserID):
		return nil, Error("channel_not_found")
	case !c.has(botUserID):
		return nil, Error("not_in_channel")
	}
	return c, s.needs(c.scope("history"))
}

func shown(r *request) metadataShown {
	if r.boolean("include_all_metadata") {
		return metadataAll
	}
	return metadataType
}

func (s *Server) conversationsHistory(r *request) (object, error) {
	c, err := s.history(r)
	if err != nil {
		return nil, err
	}
	p, err := s.span(r, 100, 999, true)
	if err != nil {
		return nil, err
	}
	reply := object{"has_more": false, "pin_count": 0, "channel_actions_ts": nil, "channel_actions_count": 0}
	messages := []object{}
	for _, m := range slices.Backward(c.messages) {
		if m.Ephemeral || !m.topLevel() || !p.holds(m) {
			continue
		}
		if len(messages) == p.limit {
			reply["has_more"], reply["response_metadata"] = true, cursor(nextTSCursor(m))
			break
		}
		messages = append(messages, s.wireMessage(m, shown(r)))
	}
	reply["messages"] = messages
	for _, echoed := range []string{"oldest", "latest"} {
		if r.str(echoed) != "" {
			reply[echoed] = r.str(echoed)
		}
	}
	return reply, nil
}

func (s *Server) conversationsReplies(r *request) (object, error) {
	c, err := s.history(r)
	if err != nil {
		return nil, err
	}
	if r.str("ts") == "" {
		return nil, missing("ts")
	}
	m := c.message(r.str("ts"))
	if m == nil {
		return nil, Error("thread_not_found")
	}
	p, err := s.span(r, 1000, 1000, false)
	if err != nil {
		return nil, err
	}
	thread := m.TS
	if m.ThreadTS != "" {
		thread = m.ThreadTS
	}
	reply := object{"has_more": false}
	messages := []object{}
	for _, m := range c.thread(thread) {
		first := m.TS == thread && r.str("cursor") == ""
		if !first && (m.TS == thread || !p.holds(m)) {
			continue
		}
		if len(messages) == p.limit {
			reply["has_more"], reply["response_metadata"] = true, cursor(nextTSCursor(m))
			break
		}
		messages = append(messages, s.wireMessage(m, shown(r)))
	}
	reply["messages"] = messages
	return reply, nil
}
