package slacksim

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// What Slack says about sizes (SLACK-FACTS): text beyond 40,000 characters is cut, chat.update refuses more than 4,000.
// The size of all blocks together and of metadata is not published; these are the values that people have met.
const (
	maxText        = 40_000
	maxUpdateText  = 4_000
	maxMarkdown    = 12_000
	maxBlocksText  = 13_200
	maxMetadata    = 16_000
	maxAttachments = 100
)

// content is what a message says.
type content struct {
	text        string
	blocks      json.RawMessage
	attachments json.RawMessage
	given       struct{ text, blocks, attachments bool } // whether the call had them at all
}

func (c content) empty() bool { return c.text == "" && len(c.blocks) == 0 && len(c.attachments) == 0 }

// content reads and checks text, blocks and attachments.
func (s *Server) content(r *request) (content, error) {
	var c content
	if markdown := r.str("markdown_text"); markdown != "" {
		if r.str("text") != "" || r.str("blocks") != "" {
			return c, Error("markdown_text_conflict")
		}
		if utf8.RuneCountInString(markdown) > maxMarkdown {
			return c, Error("msg_too_long")
		}
		r.args["text"] = markdown
		r.args["blocks"] = string(encode([]object{{"type": "markdown", "text": markdown}}))
	}
	c.text = r.str("text")
	c.given.text, c.given.blocks, c.given.attachments = r.has("text"), r.has("blocks"), r.has("attachments")
	if raw := r.str("blocks"); raw != "" {
		blocks, err := s.checkBlocks(raw, "/blocks")
		if err != nil {
			return c, err
		}
		c.blocks = blocks
	}
	if raw := r.str("attachments"); raw != "" {
		attachments, err := s.checkAttachments(raw)
		if err != nil {
			return c, err
		}
		c.attachments = attachments
	}
	return c, nil
}

// checkBlocks refuses what Slack refuses and returns the blocks as Slack keeps them; nil for none.
func (s *Server) checkBlocks(raw, at string) (json.RawMessage, error) {
	value, err := decode([]byte(raw))
	blocks, isList := value.([]any)
	if err != nil || !isList {
		return nil, Error("invalid_blocks_format")
	}
	if problems := s.validateBlocks(blocks, at); len(problems) > 0 {
		return nil, invalidBlocks(problems)
	}
	if blocksText(blocks) > maxBlocksText {
		return nil, Error("msg_blocks_too_long")
	}
	if len(blocks) == 0 {
		return nil, nil
	}
	s.normalize(blocks)
	return encode(blocks), nil
}

func invalidBlocks(problems []problem) error {
	no := &refusal{code: "invalid_blocks", problems: problems}
	for _, p := range problems {
		no.messages = append(no.messages, "[ERROR] "+p.String())
	}
	return no
}

// blocksText counts the characters of all texts, tables apart: those have limits of their own.
func blocksText(value any) int {
	total := 0
	switch v := value.(type) {
	case []any:
		for _, item := range v {
			total += blocksText(item)
		}
	case object:
		if kind := str(v["type"]); kind == "table" || kind == "data_table" {
			return 0
		}
		for key, item := range v {
			if text, ok := item.(string); ok && key == "text" {
				total += utf8.RuneCountInString(text)
			} else {
				total += blocksText(item)
			}
		}
	}
	return total
}

func (s *Server) checkAttachments(raw string) (json.RawMessage, error) {
	value, err := decode([]byte(raw))
	attachments, isList := value.([]any)
	if err != nil || !isList {
		return nil, Error("invalid_attachments")
	}
	if len(attachments) > maxAttachments {
		return nil, Error("too_many_attachments")
	}
	var problems []problem
	for i, a := range attachments {
		attachment, isObject := a.(object)
		if !isObject {
			return nil, Error("invalid_attachments")
		}
		attachment["id"] = i + 1
		if blocks, ok := attachment["blocks"].([]any); ok {
			problems = append(problems, s.validateBlocks(blocks, fmt.Sprintf("/attachments/%d/blocks", i))...)
			s.normalize(blocks)
		}
		if footer := str(attachment["footer"]); utf8.RuneCountInString(footer) > 300 {
			attachment["footer"] = string([]rune(footer)[:300])
		}
	}
	if len(problems) > 0 {
		return nil, invalidBlocks(problems)
	}
	if len(attachments) == 0 {
		return nil, nil
	}
	return encode(attachments), nil
}

// metadata reads and checks a message's metadata; empty is true for {}.
func metadata(r *request) (raw json.RawMessage, empty bool, err error) {
	text := r.str("metadata")
	if text == "" {
		return nil, false, nil
	}
	value, err := decode([]byte(text))
	fields, isObject := value.(object)
	if err != nil || !isObject {
		return nil, false, Error("invalid_metadata_format")
	}
	if len(fields) == 0 || fields["event_type"] == "" && len(obj(fields["event_payload"])) == 0 {
		return nil, true, nil
	}
	_, typed := fields["event_type"].(string)
	_, filled := fields["event_payload"].(object)
	if !typed || !filled {
		return nil, false, Error("invalid_metadata_format")
	}
	if len(text) > maxMetadata {
		return nil, false, Error("metadata_too_large")
	}
	return encode(object{"event_type": fields["event_type"], "event_payload": fields["event_payload"]}), false, nil
}

// writable finds where a message goes: a channel by id or name, or the direct message with a user id.
func (s *Server) writable(r *request) (*conversation, error) {
	which := r.str("channel")
	if which == "" {
		return nil, missing("channel")
	}
	if u := s.ws.userByID(which); u != nil && u.ID != slackbot && u.ID != botUserID {
		c, _ := s.ws.direct(u.ID, botUserID)
		return c, nil
	}
	c := s.ws.channel(which)
	switch {
	case c == nil, c.Private && !c.has(botUserID):
		return nil, Error("channel_not_found")
	case c.Archived:
		return nil, Error("is_archived")
	case !c.has(botUserID) && s.needs("chat:write.public") != nil:
		return nil, Error("not_in_channel")
	}
	return c, nil
}

// botMessage is a message by the app, dressed as the call says.
func (s *Server) botMessage(r *request, c content) *Message {
	m := &Message{
		User: botUserID, BotID: botID, AppID: s.cfg.AppID, Text: c.text, Blocks: c.blocks, Attachments: c.attachments,
		Username: r.str("username"), IconEmoji: r.str("icon_emoji"), IconURL: r.str("icon_url"),
	}
	if m.Username != "" {
		m.Subtype = "bot_message"
	}
	if runes := []rune(m.Text); len(runes) > maxText {
		m.Text = string(runes[:maxText])
		r.warnings = append(r.warnings, "message_truncated")
	}
	return m
}

// threadOf returns the ts of a thread's parent. An unknown one starts a thread on nothing, as in Slack.
func threadOf(c *conversation, ts string) (string, error) {
	if ts == "" {
		return "", nil
	}
	micros, ok := parseTS(ts)
	if !ok {
		return "", &refusal{code: "invalid_arguments", messages: []string{"[ERROR] invalid thread_ts"}}
	}
	parent := c.message(ts)
	switch {
	case parent == nil:
		return formatTS(micros), nil
	case parent.Subtype == "channel_join":
		return "", Error("cannot_reply_to_message")
	case parent.ThreadTS != "":
		return parent.ThreadTS, nil
	}
	return parent.TS, nil
}

func (s *Server) chatPostMessage(r *request) (object, error) {
	c, err := s.writable(r)
	if err != nil {
		return nil, err
	}
	said, err := s.content(r)
	if err != nil {
		return nil, err
	}
	if said.empty() {
		return nil, Error("no_text")
	}
	meta, _, err := metadata(r)
	if err != nil {
		return nil, err
	}
	thread, err := threadOf(c, r.str("thread_ts"))
	if err != nil {
		return nil, err
	}
	m := s.botMessage(r, said)
	m.Metadata, m.ThreadTS = meta, thread
	if thread != "" && r.boolean("reply_broadcast") {
		m.Subtype = "thread_broadcast"
	}
	s.post(c, m)
	return object{"channel": c.ID, "ts": m.TS, "message": s.wireMessage(m, metadataAll)}, nil
}

func (s *Server) chatPostEphemeral(r *request) (object, error) {
	c, err := s.writable(r)
	if err != nil {
		return nil, err
	}
	user := s.ws.userByID(r.str("user"))
	switch {
	case r.str("user") == "":
		return nil, missing("user")
	case user == nil || !c.has(user.ID):
		return nil, Error("user_not_in_channel")
	}
	said, err := s.content(r)
	if err != nil {
		return nil, err
	}
	if said.empty() {
		return nil, Error("no_text")
	}
	thread, err := threadOf(c, r.str("thread_ts"))
	if err != nil {
		return nil, err
	}
	m := s.botMessage(r, said)
	m.Ephemeral, m.To, m.ThreadTS = true, user.ID, thread
	s.post(c, m)
	return object{"channel": c.ID, "message_ts": m.TS}, nil
}

// own finds a message of the app that a call wants to change.
func (s *Server) own(r *request, notMine Error) (*conversation, *Message, error) {
	if r.str("channel") == "" {
		return nil, nil, missing("channel")
	}
	if r.str("ts") == "" {
		return nil, nil, missing("ts")
	}
	c := s.ws.channels[r.str("channel")]
	if c == nil || c.Private && !c.has(botUserID) {
		return nil, nil, Error("channel_not_found")
	}
	m := c.message(r.str("ts"))
	switch {
	case m == nil || m.Subtype == "tombstone":
		return nil, nil, Error("message_not_found")
	case m.User != botUserID:
		return nil, nil, notMine
	}
	return c, m, nil
}

func (s *Server) chatUpdate(r *request) (object, error) {
	c, m, err := s.own(r, "cant_update_message")
	if err != nil {
		return nil, err
	}
	if c.Archived {
		return nil, Error("is_inactive")
	}
	said, err := s.content(r)
	if err != nil {
		return nil, err
	}
	if utf8.RuneCountInString(said.text) > maxUpdateText {
		return nil, Error("msg_too_long")
	}
	if said.empty() && !said.given.blocks && !said.given.attachments {
		return nil, Error("no_text")
	}
	meta, cleared, err := metadata(r)
	if err != nil {
		return nil, err
	}
	posted, _ := parseTS(m.TS)
	if m.Frozen || s.cfg.EditWindow > 0 && s.ws.now().Sub(time.UnixMicro(posted)) > s.cfg.EditWindow {
		return nil, Error("edit_window_closed")
	}
	before := s.wireMessage(m, metadataAll)
	next := *m
	said.rewrite(&next)
	if next.Text == "" && len(next.Blocks) == 0 && len(next.Attachments) == 0 {
		return nil, Error("no_text")
	}
	*m = next
	if meta != nil || cleared {
		m.Metadata = meta
	}
	if r.boolean("reply_broadcast") && m.ThreadTS != "" && m.ThreadTS != m.TS {
		m.Subtype = "thread_broadcast"
	}
	if len(said.blocks) == 0 && len(said.attachments) == 0 {
		m.EditedBy, m.EditedTS = botUserID, s.ws.nextTS() // Slack marks updates of text only
	}
	s.change(c, m)
	s.announceChanged(c, m, before)
	return object{"channel": c.ID, "ts": m.TS, "text": m.Text, "message": s.wireMessage(m, metadataAll)}, nil
}

// rewrite replaces what a message says. Text alone replaces blocks and attachments too; blocks or attachments that are
// not named stay, and an empty list takes them away.
func (c content) rewrite(m *Message) {
	if c.given.text {
		m.Text = c.text
	}
	if c.given.blocks || c.given.text && !c.given.attachments {
		m.Blocks = c.blocks
	}
	if c.given.attachments || c.given.text && !c.given.blocks {
		m.Attachments = c.attachments
	}
}

func (s *Server) chatDelete(r *request) (object, error) {
	c, m, err := s.own(r, "cant_delete_message")
	if err != nil {
		return nil, err
	}
	s.deleteMessage(c, m)
	return object{"channel": c.ID, "ts": m.TS}, nil
}

func (s *Server) chatGetPermalink(r *request) (object, error) {
	if r.str("message_ts") == "" {
		return nil, missing("message_ts")
	}
	c, err := s.readable(r)
	if err != nil {
		return nil, err
	}
	m := c.message(r.str("message_ts"))
	if m == nil {
		return nil, Error("message_not_found")
	}
	link := s.url + "/archives/" + c.ID + "/p" + strings.ReplaceAll(m.TS, ".", "")
	if m.ThreadTS != "" && m.ThreadTS != m.TS {
		link += "?thread_ts=" + m.ThreadTS + "&cid=" + c.ID
	}
	return object{"channel": c.ID, "permalink": link}, nil
}
