package slacksim

import (
	"slices"
	"strings"
	"time"
)

// wireUser is a person in Slack's own form.
func (s *Server) wireUser(u *User) object {
	_, offset := s.ws.now().In(zone(u.TZ)).Zone()
	team := s.team(u.ID)
	said := u.status()
	if said.Until != 0 && said.Until <= s.ws.now().Unix() {
		said = status{} // Slack takes it away by itself
	}
	profile := object{
		"title": u.Title, "phone": "", "skype": "", "real_name": u.RealName, "real_name_normalized": u.RealName, "display_name": u.DisplayName,
		"display_name_normalized": u.DisplayName, "status_text": said.Text, "status_emoji": said.Emoji, "status_expiration": said.Until, "avatar_hash": "", "team": team,
		"first_name": strings.SplitN(u.RealName, " ", 2)[0],
	}
	if !u.IsBot && slices.Contains(s.cfg.Scopes, "users:read.email") {
		profile["email"] = u.Email
	}
	if u.ID == botUserID {
		profile["api_app_id"], profile["bot_id"] = s.cfg.AppID, botID
	}
	if u.Deleted {
		return object{
			"id": u.ID, "team_id": team, "name": u.Name, "deleted": true, "profile": profile, "is_bot": u.IsBot, "is_app_user": false,
			"updated": s.ws.now().Unix(),
		}
	}
	return object{
		"id": u.ID, "team_id": team, "name": u.Name, "deleted": false, "color": "9f69e7", "real_name": u.RealName, "tz": u.TZ, "tz_label": u.TZ,
		"tz_offset": offset, "profile": profile, "is_admin": u.Admin, "is_owner": false, "is_primary_owner": false, "is_restricted": u.Guest,
		"is_ultra_restricted": u.SingleChannel, "is_bot": u.IsBot, "is_app_user": false, "is_stranger": s.stranger(u), "is_email_confirmed": !u.IsBot,
		"updated": s.ws.now().Unix(), "who_can_share_contact_card": "EVERYONE",
	}
}

func zone(name string) *time.Location {
	loc, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC
	}
	return loc
}

func (s *Server) usersInfo(r *request) (object, error) {
	if r.str("user") == "" {
		return nil, missing("user")
	}
	u := s.ws.userByID(r.str("user"))
	if u == nil {
		return nil, Error("user_not_found")
	}
	return object{"user": s.wireUser(u)}, nil
}

func (s *Server) usersList(r *request) (object, error) {
	all := make([]object, 0, len(s.ws.users)+2)
	all = append(all, s.wireUser(s.ws.userByID(slackbot)), s.wireUser(s.ws.userByID(botUserID)))
	for _, u := range s.ws.users {
		all = append(all, s.wireUser(u))
	}
	part, next, err := page(r, all, 1000)
	if err != nil {
		return nil, err
	}
	return object{"members": part, "cache_ts": s.ws.now().Unix(), "response_metadata": cursor(next)}, nil
}

func (s *Server) usersLookupByEmail(r *request) (object, error) {
	if r.str("email") == "" {
		return nil, missing("email")
	}
	for _, u := range s.ws.users {
		if strings.EqualFold(u.Email, r.str("email")) && !u.Deleted && !u.External {
			return object{"user": s.wireUser(u)}, nil
		}
	}
	return nil, Error("users_not_found")
}

func (s *Server) usergroupsList(r *request) (object, error) {
	all := make([]object, 0, len(s.ws.groups))
	for _, g := range s.ws.groups {
		shown := object{
			"id": g.ID, "team_id": teamID, "is_usergroup": true, "is_subteam": true, "name": g.Name, "description": "", "handle": g.Handle,
			"is_external": false, "date_create": 0, "date_update": 0, "date_delete": 0, "auto_type": nil, "created_by": slackbot, "updated_by": slackbot,
			"deleted_by": nil, "prefs": object{"channels": []string{}, "groups": []string{}}, "user_count": len(g.Users), "channel_count": 0,
		}
		if r.boolean("include_users") {
			shown["users"] = append([]string{}, g.Users...)
		}
		if !r.boolean("include_count") {
			delete(shown, "user_count")
		}
		all = append(all, shown)
	}
	return object{"usergroups": all}, nil
}

func (s *Server) usergroupsUsersList(r *request) (object, error) {
	if r.str("usergroup") == "" {
		return nil, missing("usergroup")
	}
	for _, g := range s.ws.groups {
		if g.ID == r.str("usergroup") {
			return object{"users": append([]string{}, g.Users...)}, nil
		}
	}
	return nil, Error("no_such_subteam")
}

func (s *Server) authTest(*request) (object, error) {
	return object{
		"url": s.url + "/", "team": s.cfg.Team, "user": s.cfg.Bot, "team_id": teamID, "user_id": botUserID, "bot_id": botID,
		"is_enterprise_install": false,
	}, nil
}

func (s *Server) botsInfo(r *request) (object, error) {
	if bot := r.str("bot"); bot != "" && bot != botID {
		return nil, Error("bot_not_found")
	}
	return object{"bot": s.botProfile()}, nil
}

func (s *Server) teamInfo(r *request) (object, error) {
	if team := r.str("team"); team != "" && team != teamID {
		return nil, Error("team_not_found")
	}
	return object{"team": object{
		"id": teamID, "name": s.cfg.Team, "url": s.url + "/", "domain": teamDomain, "email_domain": "", "icon": object{"image_default": true},
		"avatar_base_url": s.url + "/", "is_verified": false,
	}}, nil
}

// item finds the message that a reaction is about.
func (s *Server) item(r *request) (*conversation, *Message, error) {
	if r.str("channel") == "" || r.str("timestamp") == "" {
		return nil, nil, Error("no_item_specified")
	}
	if _, ok := parseTS(r.str("timestamp")); !ok {
		return nil, nil, Error("bad_timestamp")
	}
	c := s.ws.channels[r.str("channel")]
	if c == nil || c.Private && !c.has(botUserID) {
		return nil, nil, Error("channel_not_found")
	}
	m := c.message(r.str("timestamp"))
	if m == nil {
		return nil, nil, Error("message_not_found")
	}
	return c, m, nil
}

func (s *Server) reactionsAdd(r *request) (object, error) {
	c, m, err := s.item(r)
	if err != nil {
		return nil, err
	}
	if c.Archived {
		return nil, Error("is_archived")
	}
	return object{}, s.react(c, m, botUserID, r.str("name"), true)
}

func (s *Server) reactionsRemove(r *request) (object, error) {
	c, m, err := s.item(r)
	if err != nil {
		return nil, err
	}
	return object{}, s.react(c, m, botUserID, r.str("name"), false)
}

func (s *Server) reactionsGet(r *request) (object, error) {
	c, m, err := s.item(r)
	if err != nil {
		return nil, err
	}
	return object{"type": "message", "channel": c.ID, "message": s.wireMessage(m, metadataType)}, nil
}

const emojiLetters = "abcdefghijklmnopqrstuvwxyz0123456789_+-':"

// react adds or removes one reaction.
func (s *Server) react(c *conversation, m *Message, user, name string, add bool) error {
	name = strings.Trim(name, ":")
	if name == "" || strings.Trim(name, emojiLetters) != "" {
		return Error("invalid_name")
	}
	at := slices.IndexFunc(m.Reactions, func(r Reaction) bool { return r.Name == name })
	has := at >= 0 && slices.Contains(m.Reactions[at].Users, user)
	switch {
	case add && has:
		return Error("already_reacted")
	case !add && !has:
		return Error("no_reaction")
	case add && at < 0:
		m.Reactions = append(m.Reactions, Reaction{Name: name, Users: []string{user}, Count: 1})
	case add:
		m.Reactions[at].Users = append(slices.Clone(m.Reactions[at].Users), user)
		m.Reactions[at].Count++
	default:
		m.Reactions[at].Users = slices.DeleteFunc(slices.Clone(m.Reactions[at].Users), func(u string) bool { return u == user })
		m.Reactions[at].Count--
		if m.Reactions[at].Count == 0 {
			m.Reactions = slices.Delete(m.Reactions, at, at+1)
		}
	}
	s.change(c, m)
	event := "reaction_added"
	if !add {
		event = "reaction_removed"
	}
	s.event(event, c, object{
		"type": event, "user": user, "reaction": name, "item": object{"type": "message", "channel": c.ID, "ts": m.TS},
		"item_user": m.User, "event_ts": s.ws.nextTS(),
	})
	return nil
}
