package slacksim

import (
	"cmp"
	"log/slog"
	"net"
	"time"
)

// Config describes the workspace and the app. The zero value is a useful one: a Socket Mode app in a small workspace
// with five people and a few channels, on a free port of 127.0.0.1, in memory.
type Config struct {
	// Listener is where to serve; nil means listening on Addr.
	Listener net.Listener
	// Addr is a loopback host:port; "" means 127.0.0.1:0. New refuses an address that others can reach.
	Addr string
	// Dir keeps messages, channels, Home tabs and files across restarts; "" keeps them in memory. What is kept there
	// wins over Users, Channels and Groups below, apart from new ones, which are added.
	Dir string

	Team  string // the workspace's name; "" means "Simulated"
	AppID string // "" means A0SIMULATED
	Bot   string // the app's display name; "" means "app"

	BotToken      string // xoxb-…; "" means a random one
	AppToken      string // xapp-…; "" means a random one
	SigningSecret string // "" means a random one

	// DeliverTo is the app's base address for HTTP delivery ("http://127.0.0.1:8080": requests go to /slack/commands,
	// /slack/interactions and /slack/events below it); "" means Socket Mode. SetDeliverTo changes it later.
	DeliverTo string
	// Events are the event types that the app subscribes to; nil means app_home_opened only. Known are app_home_opened,
	// app_mention, message.channels, message.groups, message.im, message.mpim (new, changed and deleted messages),
	// reaction_added, reaction_removed, member_joined_channel, member_left_channel, channel_created, channel_shared,
	// channel_unshared, channel_archive, channel_unarchive, channel_deleted, channel_rename, channel_left and the same five of
	// private channels as group_archive and so on, user_change, user_status_changed and team_join.
	Events []string

	// Scopes are the bot token's; nil means all that the served methods need, apart from chat:write.public.
	Scopes []string

	Commands  []Command // none means that every command goes to the app
	Shortcuts []Shortcut
	Users     []User    // nil means the five of DefaultUsers
	Channels  []Channel // nil means those of DefaultChannels
	Groups    []UserGroup

	// NoHome is an app without a Home tab: views.publish answers not_enabled.
	NoHome bool
	// NoChannelLimit turns off Slack's own limit on posting, about one message a second per channel with short bursts.
	NoChannelLimit bool
	// MethodLimits enforces the per-minute tiers of the Web API methods too.
	MethodLimits bool
	// EditWindow is how long after posting a message may be edited; 0 means for ever.
	EditWindow time.Duration
	// EventRetries are the waits before a failed event is delivered again; nil means Slack's: at once, 1 min, 5 min.
	EventRetries []time.Duration
	// PingInterval is how often a Socket Mode connection is pinged; 0 means 10 s.
	PingInterval time.Duration

	Now    func() time.Time // nil means time.Now
	Logger *slog.Logger     // nil means silence
}

// Command is one slash command of the app.
type Command struct {
	Name         string `json:"name"` // with its slash: "/journey"
	Hint         string `json:"hint"` // what follows it, as the manifest's usage_hint
	Description  string `json:"description"`
	ShouldEscape bool   `json:"should_escape"` // mentions arrive as <@U1> and <#C1|name>
}

// Shortcut is one shortcut of the app.
type Shortcut struct {
	Name        string `json:"name"`
	CallbackID  string `json:"callback_id"`
	Description string `json:"description"`
	Message     bool   `json:"message"` // in a message's menu; else global
}

// User is a person of the workspace. Only Name is required.
type User struct {
	ID       string `json:"id"`   // "" means one made from the name, the same in every run
	Name     string `json:"name"` // handle: "maria"
	RealName string `json:"real_name"`
	// DisplayName is what colleagues call the person; "" means the first word of RealName.
	DisplayName string `json:"display_name"`
	Email       string `json:"email"` // "" means name@example.com
	Title       string `json:"title"`
	TZ          string `json:"tz"`    // "Europe/Berlin"; "" means UTC
	Guest       bool   `json:"guest"` // is_restricted: sees only the channels that they were invited to
	// SingleChannel is a guest in one channel only: is_ultra_restricted, and is_restricted too.
	SingleChannel bool   `json:"single_channel"`
	External      bool   `json:"external"` // a person of another company, by Slack Connect: another team_id
	Deleted       bool   `json:"deleted"`  // deactivated
	Admin         bool   `json:"admin"`
	IsBot         bool   `json:"is_bot"`
	StatusText    string `json:"status_text"`
	StatusEmoji   string `json:"status_emoji"`      // with colons: ":palm_tree:"
	StatusUntil   int64  `json:"status_expiration"` // Unix seconds; 0 means for good
}

// Channel is a channel of the workspace. Only Name is required.
type Channel struct {
	ID       string   `json:"id"`   // "" means one made from the name, the same in every run
	Name     string   `json:"name"` // without #
	Topic    string   `json:"topic"`
	Private  bool     `json:"private"`
	Shared   bool     `json:"shared"` // with another company, by Slack Connect
	Archived bool     `json:"archived"`
	Members  []string `json:"members"` // user names or ids; nil means everybody of the workspace who is no guest
	Bot      bool     `json:"bot"`     // the app's bot is a member
}

// UserGroup is a group that can be mentioned. Only Handle is required.
type UserGroup struct {
	ID     string   `json:"id"`     // "" means one made from the handle
	Handle string   `json:"handle"` // without @
	Name   string   `json:"name"`
	Users  []string `json:"users"` // user names or ids
}

// DefaultUsers are the people of a workspace that names none: four colleagues and a guest.
func DefaultUsers() []User {
	return []User{
		{Name: "maria", RealName: "Maria Santos", Title: "Customer success", TZ: "Europe/Berlin", Admin: true},
		{Name: "ben", RealName: "Ben Okafor", Title: "Customer success", TZ: "Europe/London"},
		{Name: "tom", RealName: "Tom Fischer", Title: "Sales", TZ: "America/New_York"},
		{Name: "aiko", RealName: "Aiko Tanaka", Title: "Support lead", TZ: "Asia/Tokyo"},
		{Name: "gina", RealName: "Gina Guest", Title: "Agency", TZ: "Europe/Paris", Guest: true},
	}
}

// DefaultChannels are the channels of a workspace that names none. The bot is a member of none of them.
func DefaultChannels() []Channel {
	return []Channel{{Name: "general"}, {Name: "cs-alerts"}, {Name: "sales-pql"}, {Name: "random"}}
}

func (c Config) withDefaults() Config {
	c.Addr = cmp.Or(c.Addr, "127.0.0.1:0")
	c.Team = cmp.Or(c.Team, "Simulated")
	c.AppID = cmp.Or(c.AppID, "A0SIMULATED")
	c.Bot = cmp.Or(c.Bot, "app")
	if c.Events == nil {
		c.Events = []string{"app_home_opened"}
	}
	if c.Scopes == nil {
		c.Scopes = defaultScopes()
	}
	if c.Users == nil {
		c.Users = DefaultUsers()
	}
	if c.Channels == nil {
		c.Channels = DefaultChannels()
	}
	if c.EventRetries == nil {
		c.EventRetries = []time.Duration{0, time.Minute, 5 * time.Minute}
	}
	c.PingInterval = cmp.Or(c.PingInterval, 10*time.Second)
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c
}

func defaultScopes() []string {
	return []string{
		"channels:history", "channels:join", "channels:read", "chat:write", "commands", "files:read", "files:write", "groups:history", "groups:read",
		"im:history", "im:read", "im:write", "mpim:history", "mpim:read", "mpim:write", "reactions:read",
		"reactions:write", "team:read", "usergroups:read", "users:read", "users:read.email",
	}
}
