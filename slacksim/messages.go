package slacksim

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// post stores a new message and tells everybody: people, and the app when it subscribes. mu must be held.
func (s *Server) post(c *conversation, m *Message) *Message {
	m.Channel = c.ID
	m.TS = s.ws.nextTS()
	c.insert(m)
	s.ws.saveMessage(m)
	if m.ThreadTS != "" && !m.Ephemeral {
		s.countReplies(c, m.ThreadTS)
	}
	if u := s.ws.userByID(m.User); u != nil && !u.IsBot && !m.Ephemeral {
		c.Read[u.ID] = m.TS // who writes has read
		s.ws.saveChannel(c)
	}
	s.tellMessage(EventPosted, c, m)
	s.announce(c, m)
	return m
}

// change stores and tells a changed message.
func (s *Server) change(c *conversation, m *Message) {
	s.ws.saveMessage(m)
	s.tellMessage(EventChanged, c, m)
}

// deleteMessage takes a message away. A parent with replies leaves a tombstone, as in Slack.
func (s *Server) deleteMessage(c *conversation, m *Message) {
	s.announceDeleted(c, m)
	if m.ReplyCount > 0 && m.ThreadTS == m.TS {
		*m = Message{
			Channel: m.Channel, TS: m.TS, ThreadTS: m.ThreadTS, Subtype: "tombstone", User: slackbot, Text: "This message was deleted.",
			ReplyCount: m.ReplyCount, ReplyUsers: m.ReplyUsers, LatestReply: m.LatestReply,
		}
		s.change(c, m)
		return
	}
	c.remove(m.TS)
	s.ws.forgetMessage(m)
	s.tellMessage(EventDeleted, c, m)
	if m.ThreadTS != "" && !m.Ephemeral {
		s.countReplies(c, m.ThreadTS)
	}
}

// countReplies brings the parent of a thread up to date.
func (s *Server) countReplies(c *conversation, ts string) {
	parent := c.message(ts)
	if parent == nil {
		return
	}
	parent.ThreadTS, parent.ReplyCount, parent.ReplyUsers, parent.LatestReply = parent.TS, 0, nil, ""
	for _, m := range c.thread(ts) {
		if m == parent {
			continue
		}
		parent.ReplyCount++
		parent.LatestReply = m.TS
		if !slices.Contains(parent.ReplyUsers, m.User) {
			parent.ReplyUsers = append(parent.ReplyUsers, m.User)
		}
	}
	if parent.ReplyCount == 0 {
		parent.ThreadTS = ""
		if parent.Subtype == "tombstone" {
			s.deleteMessage(c, parent)
			return
		}
	}
	s.change(c, parent)
}

// thread returns the kept messages of a thread, the parent first.
func (c *conversation) thread(ts string) []*Message {
	var all []*Message
	from, _ := c.index(ts)
	for _, m := range c.messages[from:] {
		if !m.Ephemeral && (m.TS == ts || m.ThreadTS == ts) {
			all = append(all, m)
		}
	}
	return all
}

// topLevel says whether a message shows in the channel itself.
func (m *Message) topLevel() bool {
	return m.ThreadTS == "" || m.ThreadTS == m.TS || m.Subtype == "thread_broadcast"
}

func (m *Message) seenBy(user string) bool { return !m.Ephemeral || m.To == user }

func (m *Message) clone() Message {
	c := *m
	c.ReplyUsers = slices.Clone(m.ReplyUsers)
	c.Files = slices.Clone(m.Files)
	c.Reactions = slices.Clone(m.Reactions)
	for i, r := range c.Reactions {
		c.Reactions[i].Users = slices.Clone(r.Users)
	}
	return c
}

// metadataShown says how much of a message's metadata an answer carries.
type metadataShown int

const (
	metadataType metadataShown = iota // only event_type, as history without include_all_metadata
	metadataAll
)

// wireMessage is a message in Slack's own form.
func (s *Server) wireMessage(m *Message, metadata metadataShown) object {
	out := object{"type": "message", "ts": m.TS, "text": m.Text, "user": m.User, "team": s.team(m.User)}
	if m.User == "" {
		delete(out, "user")
	}
	for key, value := range map[string]string{
		"subtype": m.Subtype, "bot_id": m.BotID, "app_id": m.AppID, "username": m.Username, "thread_ts": m.ThreadTS,
	} {
		if value != "" {
			out[key] = value
		}
	}
	for key, raw := range map[string]json.RawMessage{"blocks": m.Blocks, "attachments": m.Attachments} {
		if len(raw) > 0 {
			out[key] = raw
		}
	}
	if m.BotID != "" {
		out["bot_profile"] = s.botProfile()
	}
	if m.IconEmoji != "" || m.IconURL != "" {
		icons := object{}
		if m.IconEmoji != "" {
			icons["emoji"] = m.IconEmoji
		}
		if m.IconURL != "" {
			icons["image_48"] = m.IconURL
		}
		out["icons"] = icons
	}
	if m.EditedTS != "" {
		out["edited"] = object{"user": m.EditedBy, "ts": m.EditedTS}
	}
	if len(m.Files) > 0 {
		var files []object
		for _, f := range m.Files {
			if kept := s.ws.files[f.ID]; kept != nil {
				files = append(files, s.wireFile(kept))
			}
		}
		out["files"] = files
	}
	if len(m.Reactions) > 0 {
		out["reactions"] = m.Reactions
	}
	if len(m.Metadata) > 0 {
		out["metadata"] = shownMetadata(m.Metadata, metadata)
	}
	switch {
	case m.ReplyCount > 0:
		maps.Copy(out, object{
			"reply_count": m.ReplyCount, "reply_users": m.ReplyUsers, "reply_users_count": len(m.ReplyUsers), "latest_reply": m.LatestReply,
			"is_locked": false, "subscribed": slices.Contains(m.ReplyUsers, botUserID) || m.User == botUserID,
		})
	case m.ThreadTS != "" && m.ThreadTS != m.TS:
		if parent := s.ws.channels[m.Channel].message(m.ThreadTS); parent != nil {
			out["parent_user_id"] = parent.User
		}
	}
	return out
}

func shownMetadata(raw json.RawMessage, shown metadataShown) any {
	if shown == metadataAll {
		return raw
	}
	var metadata struct {
		EventType string `json:"event_type"`
	}
	_ = json.Unmarshal(raw, &metadata)
	return metadata
}

func (s *Server) botProfile() object {
	return object{
		"id": botID, "app_id": s.cfg.AppID, "user_id": botUserID, "name": s.cfg.Bot, "deleted": false, "updated": 0, "team_id": teamID,
		"icons": object{"image_36": s.url + "/icon.png", "image_48": s.url + "/icon.png", "image_72": s.url + "/icon.png"},
	}
}

// mentions says whether a message calls user.
func (m *Message) mentions(user string) bool {
	text := m.Text + string(m.Blocks)
	for _, call := range []string{"<@" + user + ">", "<@" + user + "|", "<!channel>", "<!here>", "<!everyone>", `"user_id":"` + user + `"`} {
		if strings.Contains(text, call) {
			return true
		}
	}
	return false
}

// named says whether a channel of the given id goes by name, for faults.
func (s *Server) named(id, name string) bool {
	c := s.ws.channel(name)
	return id == name || c != nil && c.ID == id
}

// channelID is the id of what an app names, or "" when that is unknown.
func (s *Server) channelID(which string) string {
	if c := s.ws.channel(which); c != nil {
		return c.ID
	}
	if u := s.ws.userByID(which); u != nil && which != "" {
		c := s.ws.channels[directID(u.ID, botUserID)]
		if c != nil {
			return c.ID
		}
	}
	return ""
}

func directID(people ...string) string {
	return stableID("D", strings.Join(slices.Sorted(slices.Values(people)), ","))
}
