package slacksim

import (
	"encoding/json"
	"time"
)

// Message is one message as it is now. JSON fields are as the app sent them, with the block ids that Slack adds.
type Message struct {
	Channel     string          `json:"channel"`
	TS          string          `json:"ts"`
	ThreadTS    string          `json:"thread_ts,omitempty"` // of the parent; the parent's own ts on a parent with replies
	Subtype     string          `json:"subtype,omitempty"`   // "", bot_message, thread_broadcast, channel_join, tombstone …
	User        string          `json:"user"`                // who sent it: a user id, the bot's for the app, USLACKBOT for Slack itself
	BotID       string          `json:"bot_id,omitempty"`
	AppID       string          `json:"app_id,omitempty"`
	Username    string          `json:"username,omitempty"` // name chosen by the app
	IconEmoji   string          `json:"icon_emoji,omitempty"`
	IconURL     string          `json:"icon_url,omitempty"`
	Text        string          `json:"text"`
	Blocks      json.RawMessage `json:"blocks,omitempty"`
	Attachments json.RawMessage `json:"attachments,omitempty"`
	Metadata    json.RawMessage `json:"metadata,omitempty"` // {event_type, event_payload}
	Files       []File          `json:"files,omitempty"`
	Reactions   []Reaction      `json:"reactions,omitempty"`
	EditedTS    string          `json:"edited_ts,omitempty"` // "" means not marked as edited; Slack marks updates of text only, not of blocks
	EditedBy    string          `json:"edited_by,omitempty"`
	Frozen      bool            `json:"frozen,omitempty"`    // can no longer be edited, see Server.FreezeMessage
	Ephemeral   bool            `json:"ephemeral,omitempty"` // only To sees it; gone after a restart, as in Slack
	To          string          `json:"to,omitempty"`
	Command     string          `json:"command,omitempty"`      // the slash command that an in_channel answer shows above itself
	CommandUser string          `json:"command_user,omitempty"` // who typed it
	ReplyCount  int             `json:"reply_count,omitempty"`
	ReplyUsers  []string        `json:"reply_users,omitempty"`
	LatestReply string          `json:"latest_reply,omitempty"`
	// Origin is the id of the command, click or submission that this message answers, through its acknowledgement or
	// its response URL; "" for all others. See Interaction.ID.
	Origin string `json:"origin,omitempty"`
}

// Raw returns the message as JSON without HTML escapes, so that a test can look for "<@U1>" or "a & b" in it.
func (m Message) Raw() string { return string(encode(m)) }

// Reaction is one emoji under a message.
type Reaction struct {
	Name  string   `json:"name"`
	Users []string `json:"users"`
	Count int      `json:"count"`
}

// File is an uploaded file. Its content is served at URL to the bot's token, and to the page by Server.FileContent.
type File struct {
	ID       string    `json:"id"`
	Name     string    `json:"name"`
	Title    string    `json:"title"`
	Mimetype string    `json:"mimetype"`
	Size     int       `json:"size"`
	AltText  string    `json:"alt_txt,omitempty"`
	User     string    `json:"user"`
	URL      string    `json:"url_private"`
	Created  time.Time `json:"created"`
	Channels []string  `json:"channels,omitempty"`
}

// Conversation is a channel or direct message as one person sees it.
type Conversation struct {
	ID       string   `json:"id"`
	Name     string   `json:"name"` // of a channel, without #; of a direct message, the names of the others
	Topic    string   `json:"topic,omitempty"`
	Direct   bool     `json:"direct,omitempty"` // a direct message
	App      bool     `json:"app,omitempty"`    // the direct message with the app
	Private  bool     `json:"private,omitempty"`
	Shared   bool     `json:"shared,omitempty"`
	Archived bool     `json:"archived,omitempty"`
	Member   bool     `json:"member"` // the person is in it
	Members  []string `json:"members"`
	Bot      bool     `json:"bot"`                 // the app's bot is in it
	LastRead string   `json:"last_read,omitempty"` // ts of the last message read
	Latest   string   `json:"latest,omitempty"`    // ts of the newest message
	Unread   int      `json:"unread"`
	Mentions int      `json:"mentions"` // unread messages that mention the person, or any in a direct message
}

// View is a modal or Home tab as it is open now.
type View struct {
	ID         string          `json:"id"`
	Type       string          `json:"type"` // modal or home
	User       string          `json:"user"`
	CallbackID string          `json:"callback_id,omitempty"`
	Hash       string          `json:"hash"`
	RootID     string          `json:"root_view_id"`
	PreviousID string          `json:"previous_view_id,omitempty"`
	Raw        json.RawMessage `json:"view"` // the view as the app sent it, with the block ids that Slack adds
}
