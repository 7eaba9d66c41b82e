package handlers

import (
	"context"
	"strings"

	"journeybot/alerts"
	"journeybot/cards"
	"journeybot/journey"
)

// NoteStore keeps notes. storage.Store implements it.
type NoteStore interface {
	// AddNote keeps a note on the timeline of n.Account. The same requestID again changes nothing.
	AddNote(ctx context.Context, n alerts.Note, requestID string) error
	// PeopleNamed finds people by the name that Slack shows, the part of their address before the @, or the whole of it.
	PeopleNamed(ctx context.Context, name string) ([]alerts.Person, error)
}

// maxNote is the longest note in characters.
const maxNote = 3000

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
	if runes := []rune(n.Text); len(runes) > maxNote {
		n.Text = string(runes[:maxNote-1]) + "…"
	}
	if err := s.store.AddNote(ctx, n, request); err != nil {
		return reply{}, err
	}
	s.cfg.Logger.Info("note kept", "account", n.Account, "user", n.By.UserID)
	return reply{drawing: cards.Noted(about.Name, n)}, nil
}
