package slacksim

import (
	"cmp"
	"encoding/json"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Error is a refusal with one of Slack's own codes, such as channel_not_found.
type Error string

// Error returns the code.
func (e Error) Error() string { return string(e) }

// Failure is what a person sees when the app did not answer as Slack demands: within three seconds, with something that
// Slack accepts.
type Failure struct {
	Text string // in Slack's words: "/journey failed with the error “operation_timeout”"
	Code string // operation_timeout, dispatch_failed, invalid_command_response …
}

// Error returns the text.
func (f *Failure) Error() string { return f.Text }

// Interaction is one command, click or submission that was delivered to the app.
type Interaction struct {
	ID   string        `json:"id"`   // the Origin of every message that answers it
	Took time.Duration `json:"took"` // from delivery to acknowledgement, in nanoseconds
	// Errors are the messages of a refused submission by block id; the view stays open.
	Errors map[string]string `json:"errors,omitempty"`
}

// Press is a person's click on, or choice in, one element of a message or view.
type Press struct {
	User     string   `json:"user"`    // id or name
	Channel  string   `json:"channel"` // of the message, ephemeral ones included; id or name
	TS       string   `json:"ts"`
	View     string   `json:"view"` // id of an open modal or Home tab, instead of Channel and TS
	BlockID  string   `json:"block_id"`
	ActionID string   `json:"action_id"`
	Values   []string `json:"values"` // what was chosen, see Input
	State    []Input  `json:"state"`  // what the other elements of the message or view show now
}

// Input is what an element shows. Values are by type of element: an option's value (selects, overflow, radio buttons,
// several for checkboxes and multi-selects); the id of a user, channel or conversation; the text of a text, e-mail, URL or number
// input; a date as 2006-01-02; a time as 15:04; a date and time as Unix seconds; the JSON of a rich text; file ids;
// nothing for a button. An element without an Input shows its initial value.
type Input struct {
	BlockID  string   `json:"block_id"`
	ActionID string   `json:"action_id"`
	Values   []string `json:"values"`
}

// Option is one choice that the app suggested for an external select.
type Option struct {
	Group string          `json:"group,omitempty"` // label of its group; "" when it is in none
	Text  string          `json:"text"`
	Value string          `json:"value"`
	Raw   json.RawMessage `json:"raw"`
}

// Users returns the people of the workspace, without bots, in the order they were configured.
func (s *Server) Users() []User {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []User
	for _, u := range s.ws.users {
		if !u.IsBot {
			all = append(all, *u)
		}
	}
	return all
}

// User returns a person or bot by id, name or e-mail; ok is false when there is none.
func (s *Server) User(who string) (u User, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if found := s.ws.user(who); found != nil {
		return *found, true
	}
	return User{}, false
}

// Groups returns the user groups.
func (s *Server) Groups() []UserGroup {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]UserGroup, 0, len(s.ws.groups))
	for _, g := range s.ws.groups {
		all = append(all, *g)
	}
	return all
}

// BotUser returns the app's bot as a user.
func (s *Server) BotUser() User {
	u, _ := s.User(botUserID)
	return u
}

// Commands returns the app's slash commands.
func (s *Server) Commands() []Command { return slices.Clone(s.cfg.Commands) }

// Shortcuts returns the app's shortcuts.
func (s *Server) Shortcuts() []Shortcut { return slices.Clone(s.cfg.Shortcuts) }

// person finds a user and, unless which is empty, a conversation that this user sees. A user's name, or the bot's, stands for
// the direct message with them.
func (s *Server) person(who, which string) (*User, *conversation, error) {
	u := s.ws.user(who)
	switch {
	case u == nil || u.IsBot:
		return nil, nil, Error("user_not_found")
	case u.Deleted:
		return nil, nil, Error("account_inactive")
	case which == "":
		return u, nil, nil
	}
	c := s.ws.channel(which)
	if c == nil {
		other := s.ws.user(which)
		if other == nil || other.ID == slackbot {
			return nil, nil, Error("channel_not_found")
		}
		var fresh bool
		if c, fresh = s.ws.direct(u.ID, other.ID); fresh {
			s.tellConversation(c)
		}
	}
	if !c.visible(u) {
		return nil, nil, Error("channel_not_found")
	}
	return u, c, nil
}

// conversation is c as user sees it. mu must be held.
func (s *Server) conversation(c *conversation, user string) Conversation {
	view := Conversation{
		ID: c.ID, Name: c.Name, Topic: c.Topic, Direct: c.Kind != kindChannel, App: c.Kind == kindDirect && c.has(botUserID), Private: c.Private,
		Shared: c.Shared, Archived: c.Archived, Member: c.has(user), Members: slices.Clone(c.Members), Bot: c.has(botUserID), LastRead: c.Read[user],
	}
	if view.Direct {
		var names []string
		for _, m := range c.Members {
			if u := s.ws.userByID(m); u != nil && (m != user || len(c.Members) == 1) {
				names = append(names, u.RealName)
			}
		}
		view.Name = strings.Join(names, ", ")
	}
	for _, m := range slices.Backward(c.messages) {
		if view.Latest != "" && (m.TS <= view.LastRead || !view.Member) {
			break
		}
		if !m.topLevel() || !m.seenBy(user) {
			continue
		}
		view.Latest = cmp.Or(view.Latest, m.TS)
		if m.TS <= view.LastRead || m.User == user || m.Ephemeral || !view.Member {
			continue
		}
		view.Unread++
		if view.Direct || m.mentions(user) {
			view.Mentions++
		}
	}
	return view
}

// Conversations returns what user sees in the side bar, and the public channels that user could join: channels by name,
// then direct messages. The direct message with the app is always there.
func (s *Server) Conversations(user string) ([]Conversation, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, _, err := s.person(user, "")
	if err != nil {
		return nil, err
	}
	s.ws.direct(u.ID, botUserID)
	var all []Conversation
	for _, c := range s.ws.sorted() {
		if c.visible(u) {
			all = append(all, s.conversation(c, u.ID))
		}
	}
	return all, nil
}

// Conversation returns one conversation as user sees it. channel is an id, a name with or without #, or the name of a
// person or the bot for the direct message with them.
func (s *Server) Conversation(user, channel string) (Conversation, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, c, err := s.person(user, channel)
	if err != nil || c == nil {
		return Conversation{}, cmp.Or(err, error(Error("channel_not_found")))
	}
	return s.conversation(c, u.ID), nil
}

// Messages returns the newest messages of a channel that user sees, at most limit (0 means 100), oldest first and
// without thread replies, apart from broadcast ones. A non-empty before returns only what is older than that ts.
func (s *Server) Messages(user, channel, before string, limit int) ([]Message, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, c, err := s.person(user, channel)
	if err != nil || c == nil {
		return nil, cmp.Or(err, error(Error("channel_not_found")))
	}
	var all []Message
	for _, m := range slices.Backward(c.messages) {
		if len(all) == cmp.Or(limit, 100) {
			break
		}
		if m.topLevel() && m.seenBy(u.ID) && (before == "" || m.TS < before) {
			all = append(all, m.clone())
		}
	}
	slices.Reverse(all)
	return all, nil
}

// Thread returns a parent and all its replies that user sees, ephemeral ones included, oldest first.
func (s *Server) Thread(user, channel, ts string) ([]Message, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, c, err := s.person(user, channel)
	if err != nil || c == nil {
		return nil, cmp.Or(err, error(Error("channel_not_found")))
	}
	var all []Message
	for _, m := range c.messages {
		if (m.TS == ts || m.ThreadTS == ts) && m.seenBy(u.ID) {
			all = append(all, m.clone())
		}
	}
	if len(all) == 0 {
		return nil, Error("thread_not_found")
	}
	return all, nil
}

// Message returns one message that user sees, ephemeral ones included.
func (s *Server) Message(user, channel, ts string) (Message, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, _, m, err := s.seen(user, channel, ts)
	if err != nil {
		return Message{}, err
	}
	return m.clone(), nil
}

// seen finds a message that user sees.
func (s *Server) seen(user, channel, ts string) (*User, *conversation, *Message, error) {
	u, c, err := s.person(user, channel)
	if err != nil || c == nil {
		return nil, nil, nil, cmp.Or(err, error(Error("channel_not_found")))
	}
	i, ok := c.index(ts)
	if !ok || !c.messages[i].seenBy(u.ID) {
		return nil, nil, nil, Error("message_not_found")
	}
	return u, c, c.messages[i], nil
}

// Send posts a message as a person, into a thread when threadTS is not empty, and joins a public channel that this person
// is not in. @names, #channels, @here and @channel become mentions. It returns the message's ts.
func (s *Server) Send(user, channel, threadTS, text string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, c, err := s.person(user, channel)
	switch {
	case err != nil:
		return "", err
	case c == nil:
		return "", Error("channel_not_found")
	case c.Archived:
		return "", Error("is_archived")
	case strings.TrimSpace(text) == "":
		return "", Error("no_text")
	}
	thread, err := threadOf(c, threadTS)
	if err != nil {
		return "", err
	}
	if !c.has(u.ID) {
		s.join(c, u.ID)
	}
	marked := s.mark(text, true)
	blocks := encode([]object{{"type": "rich_text", "block_id": random(5), "elements": []object{{
		"type": "rich_text_section", "elements": []object{{"type": "text", "text": text}},
	}}}})
	if marked != escape(text) {
		blocks = nil // the mentions are in the text
	}
	return s.post(c, &Message{User: u.ID, Text: marked, Blocks: blocks, ThreadTS: thread}).TS, nil
}

// Attach posts a file as a person, with a text that may be empty. It returns the message's ts.
func (s *Server) Attach(user, channel, name string, content []byte, text string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, c, err := s.person(user, channel)
	if err != nil || c == nil {
		return "", cmp.Or(err, error(Error("channel_not_found")))
	}
	f := s.upload(u.ID, name, slices.Clone(content))
	return s.post(c, &Message{User: u.ID, Text: s.mark(text, true), Files: []File{f}}).TS, nil
}

// Upload keeps a file that a person has put into a file_input; its id is a value for Input. Slack takes up to 10 MB.
func (s *Server) Upload(user, name string, content []byte) (File, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, _, err := s.person(user, "")
	switch {
	case err != nil:
		return File{}, err
	case name == "":
		return File{}, Error("invalid_name_required")
	case len(content) > maxInputFile:
		return File{}, Error("file_too_large")
	}
	return s.upload(u.ID, path.Base(name), slices.Clone(content)), nil
}

func escape(text string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
}

var mentionPattern = regexp.MustCompile(`[@#][\w.-]*\w`)

// mark turns what a person types into Slack's form: @maria into <@U…>, #general into <#C…|general>, and with broadcasts
// @here into <!here>.
func (s *Server) mark(text string, broadcasts bool) string {
	return mentionPattern.ReplaceAllStringFunc(escape(text), func(word string) string {
		name := word[1:]
		if word[0] == '#' {
			if c := s.ws.channel(name); c != nil && c.Kind == kindChannel && !c.Private {
				return "<#" + c.ID + "|" + c.Name + ">"
			}
			return word
		}
		if broadcasts && (name == "here" || name == "channel" || name == "everyone") {
			return "<!" + name + ">"
		}
		if u := s.ws.user(name); u != nil && !strings.Contains(name, "@") {
			return "<@" + u.ID + ">"
		}
		for _, g := range s.ws.groups {
			if g.Handle == name {
				return "<!subteam^" + g.ID + "|@" + g.Handle + ">"
			}
		}
		return word
	})
}

// React adds or removes a person's reaction.
func (s *Server) React(user, channel, ts, name string, add bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, c, m, err := s.seen(user, channel, ts)
	switch {
	case err != nil:
		return err
	case m.Ephemeral:
		return Error("message_not_found")
	}
	return s.react(c, m, u.ID, name, add)
}

// Join adds a person to a public channel. Joining twice is no error.
func (s *Server) Join(user, channel string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, c, err := s.person(user, channel)
	switch {
	case err != nil || c == nil:
		return cmp.Or(err, error(Error("channel_not_found")))
	case c.Archived:
		return Error("is_archived")
	case !c.has(u.ID):
		s.join(c, u.ID)
	}
	return nil
}

// MarkRead moves the point up to which user has read a channel. An empty ts means everything.
func (s *Server) MarkRead(user, channel, ts string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, c, err := s.person(user, channel)
	if err != nil || c == nil {
		return cmp.Or(err, error(Error("channel_not_found")))
	}
	if ts == "" && len(c.messages) > 0 {
		ts = c.messages[len(c.messages)-1].TS
	}
	if c.Read[u.ID] == ts {
		return nil
	}
	c.Read[u.ID] = ts
	s.ws.saveChannel(c)
	view := s.conversation(c, u.ID)
	s.tell(u.ID, Event{Kind: EventConversation, Channel: c.ID, Conversation: &view})
	return nil
}

// Home returns the Home tab that the app published for user, without telling the app; ok is false when there is none.
func (s *Server) Home(user string) (v View, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if u := s.ws.user(user); u != nil && s.ws.homes[u.ID] != nil {
		return s.ws.homes[u.ID].View, true
	}
	return View{}, false
}

// Views returns the stack of modals that user has open, the top one last.
func (s *Server) Views(user string) []View {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.ws.user(user)
	if u == nil {
		return nil
	}
	var all []View
	for _, v := range s.ws.modals[u.ID] {
		all = append(all, v.View)
	}
	return all
}
