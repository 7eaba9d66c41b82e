package handlers

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"journeybot/alerts"
	"journeybot/cards"
	"journeybot/journey"
)

// NoteStore keeps notes. storage.Store implements it.
type NoteStore interface {
	// AddNote keeps a note on the timeline of n.Account. The same requestID again changes nothing.
	AddNote(ctx context.Context, n alerts.Note, requestID string) error
	// Mentioned finds the account that a text names: the longest of its names, by exact name, alias, domain or id.
	Mentioned(ctx context.Context, text string) (match journey.Match, ok bool, err error)
	// PeopleNamed finds people by the name that Slack shows, the part of their address before the @, or the whole of it.
	PeopleNamed(ctx context.Context, name string) ([]alerts.Person, error)
}

// note writes a note on an account's timeline. The account is in quotes, or it is the longest beginning of the line that is exactly
// the name of one.
func (s *Slack) note(ctx context.Context, l line) (reply, error) {
	match, text, found, err := s.noteAbout(ctx, l.rest)
	switch {
	case err != nil:
		return reply{}, err
	case match.AccountID == "" && strings.TrimSpace(l.rest) == "":
		return s.misunderstood("note", "note <account> <text>"), nil
	case match.AccountID == "":
		return reply{drawing: cards.Choose(s.style(), found)}, nil
	case text == "":
		return reply{drawing: cards.Say("What should I note? Type `" + s.cfg.Command + " note " + match.AccountID + " …` with the text behind it.")}, nil
	}
	return s.keepNote(ctx, match, alerts.Note{By: alerts.Actor{UserID: l.user}, Text: text}, l.request)
}

// noteAbout splits "account text". found is what the beginning may have meant when no account is certain.
func (s *Slack) noteAbout(ctx context.Context, rest string) (match journey.Match, text string, found journey.Lookup, err error) {
	words := wordsOf(rest)
	if len(words) == 0 {
		return match, "", found, nil
	}
	longest := min(len(words), maxNameWords)
	if words[0].quoted {
		longest = 1
	}
	for n := longest; n > 0; n-- {
		name := strings.TrimSpace(rest[:words[n-1].end])
		if words[0].quoted {
			name = words[0].text
		}
		if found, err = s.store.FindAccount(ctx, name); err != nil {
			return match, "", found, err
		}
		if m, sure := found.Sure(); sure && m.How != journey.MatchPrefix {
			return m, strings.TrimSpace(rest[words[n-1].end:]), found, nil
		}
	}
	return journey.Match{}, "", found, nil
}

// maxNameWords is the longest name of an account that needs no quotes, in words.
const maxNameWords = 6

// keepNote keeps a note about the account and says so.
func (s *Slack) keepNote(ctx context.Context, about journey.Match, n alerts.Note, request string) (reply, error) {
	n.Account, n.At = about.AccountID, s.cfg.Now()
	if runes := []rune(n.Text); len(runes) > cards.MaxNote {
		n.Text = string(runes[:cards.MaxNote-1]) + "…"
	}
	if err := s.store.AddNote(ctx, n, request); err != nil {
		return reply{}, err
	}
	s.cfg.Logger.Info("note kept", "account", n.Account, "user", n.By.UserID)
	return reply{drawing: cards.Noted(about.Name, n)}, nil
}

func noteShortcuts() map[string]shortcut {
	return map[string]shortcut{cards.CallbackNote: (*Slack).logMessage}
}

func noteSubmissions() map[string]submission {
	return map[string]submission{cards.CallbackNote: (*Slack).submitNote}
}

// noted is what the modal remembers of the message that it was opened from.
type noted struct {
	Channel     string `json:"channel"`
	TS          string `json:"ts"`
	ResponseURL string `json:"response_url"`
}

// guessTime bounds the guess whom a message is about: the modal must open while Slack waits.
const guessTime = time.Second

// logMessage opens the modal that makes a note of a message, with the account that it seems to be about.
func (s *Slack) logMessage(ctx context.Context, in slack.InteractionCallback) error {
	text := plainOf(in.Message.Text)
	guess, cancel := context.WithTimeout(ctx, guessTime)
	defer cancel()
	about, _, err := s.store.Mentioned(guess, text)
	if err != nil {
		s.cfg.Logger.Warn("account not guessed", "user", in.User.ID, "err", err)
	}
	private, err := json.Marshal(noted{in.Channel.ID, cmp.Or(in.MessageTs, in.Message.Timestamp), in.ResponseURL})
	if err != nil {
		return fmt.Errorf("remember message: %w", err)
	}
	if _, err := s.cfg.API.OpenViewContext(ctx, in.TriggerID, cards.LogNote(about.Name, text, string(private))); err != nil {
		return fmt.Errorf("open modal: %w", err)
	}
	return nil
}

// plainOf is a message's text as people read it, without the marks that Slack sends it with.
func plainOf(text string) string {
	return strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(text)
}

func tooLate() cards.Drawing {
	return cards.Say("Slack did not open the form in time. Please choose the shortcut again.")
}

// submitNote keeps the note of the modal. An account that is not certain is asked for again, with what was probably meant.
func (s *Slack) submitNote(ctx context.Context, by alerts.Person, view slack.View) (map[string]string, error) {
	about, text := inputOf(view, cards.NoteAccount), strings.TrimSpace(inputOf(view, cards.NoteText))
	if text == "" {
		return map[string]string{cards.NoteText: "Write what should be remembered."}, nil
	}
	found, err := s.store.FindAccount(ctx, about)
	if err != nil {
		return nil, err
	}
	match, sure := found.Sure()
	if !sure {
		return map[string]string{cards.NoteAccount: unsure(found)}, nil
	}
	var from noted
	if err := json.Unmarshal([]byte(view.PrivateMetadata), &from); err != nil {
		s.cfg.Logger.Warn("message of a note not known", "user", by.UserID, "err", err)
	}
	n := alerts.Note{By: alerts.Actor{UserID: by.UserID, Name: by.Name}, Text: text, Permalink: s.permalink(ctx, from)}
	answer, err := s.keepNote(ctx, match, n, view.ID)
	if err != nil {
		return nil, err
	}
	s.working.Go(func() {
		if err := s.respond(s.life, from.ResponseURL, answer.message()); err != nil {
			s.cfg.Logger.Warn("note not confirmed", "user", by.UserID, "err", err) // the note is kept all the same
		}
	})
	return nil, nil
}

func inputOf(view slack.View, name string) string {
	if view.State == nil {
		return ""
	}
	return strings.TrimSpace(view.State.Values[name][name].Value)
}

// unsure says in a form that a name is not certain.
func unsure(found journey.Lookup) string {
	if len(found.Matches) == 0 {
		return "No account has that name, id, domain or alias."
	}
	var names []string
	for _, m := range found.Matches[:min(len(found.Matches), 4)] {
		names = append(names, m.Name)
	}
	return "Which one? Did you mean " + strings.Join(names, ", ") + "?"
}

// permalink is the address of a message; "" when Slack does not tell in time.
func (s *Slack) permalink(ctx context.Context, m noted) string {
	if m.Channel == "" || m.TS == "" {
		return ""
	}
	ctx, cancel := context.WithTimeout(ctx, guessTime)
	defer cancel()
	link, err := s.cfg.API.GetPermalinkContext(ctx, &slack.PermalinkParameters{Channel: m.Channel, Ts: m.TS})
	if err != nil && !errors.Is(err, context.Canceled) {
		s.cfg.Logger.Warn("message has no link", "channel", m.Channel, "err", err)
	}
	return link
}
