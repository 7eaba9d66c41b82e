package slacksim

import (
	"context"
	"encoding/json"
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

// Users returns the people of the workspace, without bots, by real name.
func (s *Server) Users() []User { panic("todo") }

// User returns a person, by id, name or e-mail.
func (s *Server) User(who string) (User, bool) { panic("todo") }

// Groups returns the user groups.
func (s *Server) Groups() []UserGroup { panic("todo") }

// BotUser returns the app's bot as a user.
func (s *Server) BotUser() User { panic("todo") }

// Conversations returns what user sees in the side bar, and the public channels that user could join: channels by name,
// then direct messages.
func (s *Server) Conversations(user string) ([]Conversation, error) { panic("todo") }

// Conversation returns one conversation as user sees it. channel is an id, a name with or without #, or the name of a
// person or the bot for a direct message with them.
func (s *Server) Conversation(user, channel string) (Conversation, error) { panic("todo") }

// Messages returns the newest messages of a channel that user sees, at most limit (0 means 100), oldest first and
// without thread replies, apart from broadcast ones. A non-empty before returns only what is older than that ts.
func (s *Server) Messages(user, channel, before string, limit int) ([]Message, error) { panic("todo") }

// Thread returns a parent and all its replies that user sees, oldest first.
func (s *Server) Thread(user, channel, ts string) ([]Message, error) { panic("todo") }

// Message returns one message that user sees, ephemeral ones included.
func (s *Server) Message(user, channel, ts string) (Message, error) { panic("todo") }

// Send posts a message as a person, into a thread when threadTS is not empty. An empty channel message by name opens the direct
// message with that person or the bot. It returns the message's ts.
func (s *Server) Send(user, channel, threadTS, text string) (string, error) { panic("todo") }

// React adds or removes a person's reaction.
func (s *Server) React(user, channel, ts, name string, add bool) error { panic("todo") }

// Join adds a person to a public channel.
func (s *Server) Join(user, channel string) error { panic("todo") }

// MarkRead moves the point up to which user has read a channel. An empty ts means everything.
func (s *Server) MarkRead(user, channel, ts string) error { panic("todo") }

// Commands returns the app's slash commands.
func (s *Server) Commands() []Command { panic("todo") }

// Shortcuts returns the app's shortcuts.
func (s *Server) Shortcuts() []Shortcut { panic("todo") }

// Command types a slash command ("/journey acme") as a person in a channel. It returns when the app has acknowledged; an
// answer that rides on the acknowledgement is posted before it returns, a later one arrives by response URL: both carry
// the Interaction's ID as their Origin. When the app fails, the person gets Slack's failure text as a private message and
// Command returns it as a *Failure.
func (s *Server) Command(ctx context.Context, user, channel, text string) (Interaction, error) {
	panic("todo")
}

// Press clicks or chooses as a person, and returns when the app has acknowledged. A button with a url opens it on the person's
// side; the app is told all the same. Confirm dialogs are the caller's affair.
func (s *Server) Press(ctx context.Context, p Press) (Interaction, error) { panic("todo") }

// Submit submits a modal with what its inputs show. It returns Slack's own complaints (a required input left empty, a
// wrong e-mail …) and the app's as Interaction.Errors; without errors the view has been closed, updated or stacked upon, as the app said.
func (s *Server) Submit(ctx context.Context, user, view string, inputs []Input) (Interaction, error) {
	panic("todo")
}

// CloseView closes a modal, or with all set the whole stack, as the × does.
func (s *Server) CloseView(ctx context.Context, user, view string, all bool) error { panic("todo") }

// OpenHome opens the app's Home tab, which tells the app. It returns the view as it was published until now; ok is false when none was.
// The app's answer arrives as an Event of kind home.
func (s *Server) OpenHome(ctx context.Context, user string) (view View, ok bool, err error) {
	panic("todo")
}

// Home returns the Home tab that the app published for user, without telling the app.
func (s *Server) Home(user string) (View, bool) { panic("todo") }

// Views returns the stack of modals that user has open, the top one last.
func (s *Server) Views(user string) []View { panic("todo") }

// GlobalShortcut runs a global shortcut.
func (s *Server) GlobalShortcut(ctx context.Context, user, callbackID string) (Interaction, error) {
	panic("todo")
}

// MessageShortcut runs a shortcut from the menu of a message.
func (s *Server) MessageShortcut(ctx context.Context, user, callbackID, channel, ts string) (Interaction, error) {
	panic("todo")
}

// Suggest asks the app for the options of an external select (p.BlockID, p.ActionID) that match query.
func (s *Server) Suggest(ctx context.Context, p Press, query string) ([]Option, error) { panic("todo") }

// FileContent returns a file and its bytes. The slice must not be changed.
func (s *Server) FileContent(id string) (File, []byte, bool) { panic("todo") }
