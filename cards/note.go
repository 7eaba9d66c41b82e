package cards

import (
	"journeybot/alerts"

	"github.com/slack-go/slack"
)

// CallbackNote is the callback_id of the shortcut "Log to account timeline" and of the modal that it opens, and the names of the
// modal's inputs: block and action have the same.
const (
	CallbackNote = "note.log"

	NoteAccount = "note_account"
	NoteText    = "note_text"
)

// MaxNote is the longest note in characters.
const MaxNote = 3000

// LogNote draws the modal that makes a note of a message. account is the guess whom it is about, "" for none; private comes back with
// what is submitted.
func LogNote(account, text, private string) slack.ModalViewRequest {
	about := slack.NewPlainTextInputBlockElement(plainText("Acme Corp", maxHeader), NoteAccount)
	about.InitialValue, about.MaxLength = string(outside(account, nameWidth)), maxHeader
	note := slack.NewPlainTextInputBlockElement(nil, NoteText)
	note.Multiline, note.MaxLength = true, MaxNote
	note.InitialValue = shorten(text, MaxNote, oneRune)
	return slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: CallbackNote, Title: plainText("Log to timeline", maxTitle), Submit: plainText("Log", maxTitle),
		Close: plainText("Cancel", maxTitle), PrivateMetadata: private,
		Blocks: slack.Blocks{BlockSet: []slack.Block{
			input(NoteAccount, "Account", "Its name, id, domain or alias.", about).WithOptional(false),
			input(NoteText, "Note", "A link to the message is kept with it.", note).WithOptional(false),
		}},
	}
}

// Noted draws the private answer to a note that was written down.
func Noted(account string, n alerts.Note) Drawing {
	m := newSheet()
	said := "Noted on the timeline of " + bold(esc(outside(account, nameWidth))) + ":" + remark(n.Text)
	m.section("noted:"+n.Account, control{}, said)
	m.row("do:"+n.Account, button(ActionView, "Timeline", "timeline:"+n.Account), button(ActionAccount, "Account", n.Account))
	return m.drawing(spokenOf(said))
}
