package slacksim

import (
	"slices"
	"time"
)

// DeleteMessage deletes a message as a workspace admin does, whoever sent it. The app hears of it as message_deleted.
func (s *Server) DeleteMessage(channel, ts string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, m, err := s.keptMessage(channel, ts)
	if err != nil {
		return err
	}
	s.deleteMessage(c, m)
	return nil
}

// FreezeMessage makes a message one that can no longer be edited, as Slack does when a workspace's edit window has passed
// (Config.EditWindow): chat.update answers edit_window_closed. With frozen false it can be edited again.
func (s *Server) FreezeMessage(channel, ts string, frozen bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, m, err := s.keptMessage(channel, ts)
	if err != nil {
		return err
	}
	m.Frozen = frozen
	s.change(c, m)
	return nil
}

func (s *Server) keptMessage(channel, ts string) (*conversation, *Message, error) {
	c := s.ws.channel(channel)
	if c == nil {
		return nil, nil, Error("channel_not_found")
	}
	m := c.message(ts)
	if m == nil {
		return nil, nil, Error("message_not_found")
	}
	return c, m, nil
}

// SetEditWindow changes how long after posting messages may be edited, see Config.EditWindow. 0 means for ever.
func (s *Server) SetEditWindow(window time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cfg.EditWindow = window
	s.touch()
}

// EditWindow returns how long after posting messages may be edited; 0 means for ever.
func (s *Server) EditWindow() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.cfg.EditWindow
}

// AddChannel creates a channel while the Server runs; a public one is told to the app as channel_created. It returns the
// channel's id, and the error name_taken when there is one of that name.
func (s *Server) AddChannel(c Channel) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.Name == "" {
		return "", Error("invalid_name_required")
	}
	if s.ws.channel(c.Name) != nil || s.ws.channels[c.ID] != nil {
		return "", Error("name_taken")
	}
	made := s.ws.addChannel(c)
	s.ws.saveChannel(made)
	s.tellConversation(made)
	if !made.Private {
		s.event("channel_created", nil, object{
			"type": "channel_created", "channel": object{"id": made.ID, "name": made.Name, "created": made.Created, "creator": slackbot}, "event_ts": s.ws.nextTS(),
		})
	}
	return made.ID, nil
}

// ArchiveChannel archives a channel or brings it back; the app hears channel_archive or channel_unarchive, or of a private
// channel that its bot is in, group_archive or group_unarchive.
func (s *Server) ArchiveChannel(channel string, archived bool) error {
	return s.changeChannel(channel, func(c *conversation) {
		if c.Archived == archived {
			return
		}
		c.Archived = archived
		what := "archive"
		if !archived {
			what = "unarchive"
		}
		s.channelEvent(c, what, object{"channel": c.ID, "user": slackbot})
	})
}

// DeleteChannel deletes a channel with all its messages, which cannot be undone: from then on its id is unknown to every
// method. The app hears channel_deleted or group_deleted.
func (s *Server) DeleteChannel(channel string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.ws.channel(channel)
	if c == nil || c.Kind != kindChannel {
		return Error("channel_not_found")
	}
	s.channelEvent(c, "deleted", object{"channel": c.ID, "actor_id": slackbot})
	for _, m := range c.messages {
		s.ws.forgetMessage(m)
	}
	delete(s.ws.channels, c.ID)
	s.ws.disk.put("channel", c.ID, nil)
	s.tellConversation(c)
	return nil
}

// RenameChannel gives a channel another name; its id stays. The app hears channel_rename or group_rename.
func (s *Server) RenameChannel(channel, name string) error {
	if name == "" {
		return Error("invalid_name_required")
	}
	return s.changeChannel(channel, func(c *conversation) {
		c.Name = name
		s.channelEvent(c, "rename", object{"channel": object{"id": c.ID, "name": name, "created": c.Created}})
	})
}

// ShareChannel shares a channel with another company by Slack Connect, or ends that. The app hears channel_shared or
// channel_unshared.
func (s *Server) ShareChannel(channel string, shared bool) error {
	return s.changeChannel(channel, func(c *conversation) {
		if c.Shared == shared {
			return
		}
		c.Shared = shared
		kind, fields := "channel_shared", object{"channel": c.ID, "connected_team_id": otherTeam, "event_ts": s.ws.nextTS()}
		if !shared {
			kind = "channel_unshared"
			fields["previously_connected_team_id"], fields["is_ext_shared"] = otherTeam, false
			delete(fields, "connected_team_id")
		}
		fields["type"] = kind
		s.event(kind, c.private(), fields)
	})
}

// private is c when only its members may know of it, else nil: what happens to a public channel is told to every app.
func (c *conversation) private() *conversation {
	if c.Private {
		return c
	}
	return nil
}

// channelEvent tells the app what became of a channel: channel_archive of a public one, group_archive of a private one.
func (s *Server) channelEvent(c *conversation, what string, fields object) {
	kind := "channel_" + what
	if c.Private {
		kind = "group_" + what
	}
	fields["type"], fields["event_ts"] = kind, s.ws.nextTS()
	s.event(kind, c.private(), fields)
}

// InviteBot adds the app's bot to a channel.
func (s *Server) InviteBot(channel string) error {
	return s.changeChannel(channel, func(c *conversation) {
		if !c.has(botUserID) {
			s.join(c, botUserID)
		}
	})
}

// KickBot removes the app's bot from a channel. The app hears channel_left or group_left.
func (s *Server) KickBot(channel string) error {
	return s.changeChannel(channel, func(c *conversation) {
		if c.has(botUserID) {
			s.channelEvent(c, "left", object{"channel": c.ID, "actor_id": slackbot})
			s.leave(c, botUserID)
		}
	})
}

// Invite adds a person to a channel, a private one included. The app hears member_joined_channel.
func (s *Server) Invite(user, channel string) error {
	return s.changeMembers(user, channel, func(c *conversation, u *User) {
		if !c.has(u.ID) {
			s.join(c, u.ID)
		}
	})
}

// Leave takes a person out of a channel. The app hears member_left_channel. Leaving twice is no error.
func (s *Server) Leave(user, channel string) error {
	return s.changeMembers(user, channel, func(c *conversation, u *User) {
		if c.has(u.ID) {
			s.leave(c, u.ID)
		}
	})
}

// leave takes a member out and says so in the channel.
func (s *Server) leave(c *conversation, user string) {
	c.Members = slices.DeleteFunc(c.Members, func(id string) bool { return id == user })
	s.ws.saveChannel(c)
	s.post(c, &Message{User: user, Subtype: "channel_leave", Text: "<@" + user + "> has left the channel"})
	s.tellConversation(c)
	s.event("member_left_channel", c, object{
		"type": "member_left_channel", "user": user, "channel": c.ID, "channel_type": "C", "team": s.team(user), "event_ts": s.ws.nextTS(),
	})
}

func (s *Server) changeMembers(user, channel string, change func(c *conversation, u *User)) error {
	return s.changeChannelOr(channel, func(c *conversation) error {
		u := s.ws.user(user)
		if u == nil || u.IsBot {
			return Error("user_not_found")
		}
		if c.Archived {
			return Error("is_archived")
		}
		change(c, u)
		return nil
	})
}

func (s *Server) changeChannel(channel string, change func(c *conversation)) error {
	return s.changeChannelOr(channel, func(c *conversation) error {
		change(c)
		return nil
	})
}

func (s *Server) changeChannelOr(channel string, change func(c *conversation) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.ws.channel(channel)
	if c == nil || c.Kind != kindChannel {
		return Error("channel_not_found")
	}
	if err := change(c); err != nil {
		return err
	}
	s.ws.saveChannel(c)
	s.tellConversation(c)
	return nil
}

// AddUser adds a person while the Server runs; the app hears team_join. It returns the person's id, and the error
// name_taken when there is somebody of that name.
func (s *Server) AddUser(u User) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if u.Name == "" {
		return "", Error("invalid_name_required")
	}
	if s.ws.user(u.Name) != nil || s.ws.userByID(u.ID) != nil {
		return "", Error("name_taken")
	}
	added := s.ws.addUser(u)
	s.ws.disk.put("user", added.ID, added)
	s.event("team_join", nil, object{"type": "team_join", "user": s.wireUser(added), "event_ts": s.ws.nextTS()})
	s.tellEverybody()
	return added.ID, nil
}

// ChangeUser changes what is known of a person: title, e-mail, zone, status, or whether they are a guest, of another
// company, or deactivated. ID, Name and IsBot stay as they are. The app hears user_change, and of another status
// user_status_changed as well.
func (s *Server) ChangeUser(user string, change func(u *User)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.ws.user(user)
	if u == nil || u.IsBot {
		return Error("user_not_found")
	}
	before := *u
	change(u)
	u.ID, u.Name, u.IsBot = before.ID, before.Name, before.IsBot
	u.Guest = u.Guest || u.SingleChannel
	if *u == before {
		return nil
	}
	s.ws.disk.put("user", u.ID, u)
	kinds := []string{"user_change"}
	if u.status() != before.status() {
		kinds = append(kinds, "user_status_changed")
	}
	for _, kind := range kinds {
		s.event(kind, nil, object{"type": kind, "user": s.wireUser(u), "cache_ts": s.ws.now().Unix(), "event_ts": s.ws.nextTS()})
	}
	s.tellEverybody()
	return nil
}

// status is what a person says about their day.
type status struct {
	Text, Emoji string
	Until       int64
}

func (u *User) status() status { return status{u.StatusText, u.StatusEmoji, u.StatusUntil} }

// SetStatus sets what a person says about their day ("On holiday", ":palm_tree:"), until a moment; the zero time means for
// good. An empty text and emoji take it away. The app hears user_change and user_status_changed.
func (s *Server) SetStatus(user, text, emoji string, until time.Time) error {
	return s.ChangeUser(user, func(u *User) {
		u.StatusText, u.StatusEmoji, u.StatusUntil = text, emoji, 0
		if text != "" && emoji == "" {
			u.StatusEmoji = ":speech_balloon:" // Slack's own when only a text is given
		}
		if !until.IsZero() {
			u.StatusUntil = until.Unix()
		}
	})
}

// Deactivate deactivates a person, as an admin does. ChangeUser with Deleted false brings them back.
func (s *Server) Deactivate(user string) error {
	return s.ChangeUser(user, func(u *User) { u.Deleted = true })
}

// team is the workspace that somebody belongs to.
func (s *Server) team(user string) string {
	if u := s.ws.userByID(user); u != nil && u.External {
		return otherTeam
	}
	return teamID
}

// stranger says whether a person is of another company and in no channel that the app sees, as Slack's is_stranger.
func (s *Server) stranger(u *User) bool {
	if !u.External {
		return false
	}
	for _, c := range s.ws.channels {
		if c.Kind == kindChannel && c.has(u.ID) && (!c.Private || c.has(botUserID)) {
			return false
		}
	}
	return true
}
