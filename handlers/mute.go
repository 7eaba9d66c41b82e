package handlers

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"journeybot/alerts"
	"journeybot/cards"
	"journeybot/journey"
)

// muteActions make mutes. Unmute stands on the Home tab too: see homeActions.
func muteActions() map[string]action {
	return map[string]action{
		cards.ActionMuteAlert:   (*Slack).muteOfAlert,
		cards.ActionMuteAccount: (*Slack).muteOfAccount,
	}
}

func muteSubmissions() map[string]submission {
	return map[string]submission{cards.CallbackMute: (*Slack).submitMute}
}

// muteVerbs are sub-commands.
func muteVerbs() map[string]verb {
	return map[string]verb{
		"mute": {
			hear: (*Slack).mute, usage: "mute <account> [7d] [kind] [because …]",
			does: "hear nothing of an account, or of one kind of alerts about it, for 1 to 90 days", example: "mute acme 7d limits because migration",
			needs: needMute,
		},
		"unmute": {
			hear: (*Slack).unmuteNamed, usage: "unmute <account> [kind]", does: "end a mute; what is still urgent is shown", example: "unmute acme",
			needs: needMute,
		},
	}
}

// muteWords is what a command says of a mute.
type muteWords struct {
	account string
	kind    alerts.Kind
	window  string // such as 7d; "" for none
	because string
}

// muteIn reads "account [7d] [kind] [because …]": what stands at the end is no part of the account's name. An account in quotes
// ends with them.
func muteIn(rest string) muteWords {
	var m muteWords
	words := wordsOf(rest)
	for i, w := range words {
		if strings.EqualFold(w.text, "because") && !w.quoted && i > 0 {
			m.because = strings.TrimSpace(rest[w.end:])
			words = words[:i]
			break
		}
	}
	for len(words) > 1 && !words[len(words)-1].quoted {
		last := words[len(words)-1].text
		kind, isKind := kindNamed(last)
		switch {
		case m.window == "" && windowWords.MatchString(strings.ToLower(last)):
			m.window = last
		case m.window == "" && len(words) > 2 && windowWords.MatchString(strings.ToLower(words[len(words)-2].text+last)):
			m.window, words = words[len(words)-2].text+last, words[:len(words)-1] // 7 days
		case m.kind == "" && isKind:
			m.kind = kind
		default:
			m.account = nameIn(rest, words)
			return m
		}
		words = words[:len(words)-1]
	}
	m.account = nameIn(rest, words)
	return m
}

// nameIn is the name that some words of a line are, as it was typed.
func nameIn(rest string, words []word) string {
	switch {
	case len(words) == 0:
		return ""
	case words[0].quoted:
		return words[0].text
	}
	return strings.TrimSpace(rest[words[0].at:words[len(words)-1].end])
}

// mute mutes the account that a command names.
func (s *Slack) mute(ctx context.Context, l line) (reply, error) {
	said := muteIn(l.rest)
	if said.account == "" {
		return s.misunderstood("mute", "mute <account> 7d"), nil
	}
	length, problem := alerts.DefaultMute, ""
	if said.window != "" {
		length, problem = muteLength(said.window)
	}
	if problem != "" {
		return reply{drawing: cards.Say(problem)}, nil
	}
	match, choose, err := s.sure(ctx, said.account)
	if err != nil || choose != nil {
		return reply{drawing: orNothing(choose)}, err
	}
	by := s.people.Person(ctx, l.user)
	return s.keepMute(ctx, match, alerts.Mute{ID: muteID(l.request), MuteSpan: alerts.MuteSpan{
		Kind: said.kind, Until: s.cfg.Now().Add(length), By: alerts.Actor{UserID: l.user, Name: by.Name}, Reason: said.because,
	}})
}

// muteLength reads how long a mute is to last. problem is what is wrong with it.
func muteLength(window string) (length time.Duration, problem string) {
	days := daysIn(window, 0)
	if days < 1 || days > int(alerts.MaxMute/(24*time.Hour)) {
		return 0, "A mute lasts from 1 to 90 days, such as `7d`."
	}
	return time.Duration(days) * 24 * time.Hour, ""
}

// muteID makes a request that is delivered twice make one mute; "" for one that nothing identifies.
func muteID(request string) string {
	if request == "" {
		return ""
	}
	sum := sha256.Sum256([]byte("mute " + request))
	return hex.EncodeToString(sum[:16])
}

func (s *Slack) keepMute(ctx context.Context, about journey.Match, m alerts.Mute) (reply, error) {
	m.Account = about.AccountID
	if runes := []rune(m.Reason); len(runes) > cards.MaxBecause {
		m.Reason = string(runes[:cards.MaxBecause-1]) + "…"
	}
	held := 0
	err := s.store.Reconsider(ctx, []string{m.Account}, func(ws *alerts.WorkingSet) {
		if m.ID == "" {
			m.ID = ws.NewID()
		}
		s.cfg.Rules.Mute(ws, m, s.cfg.Now())
		held = 0
		for _, a := range ws.Live {
			if a.Hold.Reason == alerts.HoldMute && a.Hold.By == m.ID {
				held++
			}
		}
	})
	if err != nil {
		return reply{}, err
	}
	s.cfg.Nudge()
	s.cfg.Logger.Info("account muted", "mute_id", m.ID, "account", m.Account, "kind", string(m.Kind), "until", m.Until, "user", m.By.UserID, "held", held)
	return reply{drawing: cards.Muted(s.style(), about.Name, m, held)}, nil
}

// unmuteNamed ends the mutes of the account that a command names.
func (s *Slack) unmuteNamed(ctx context.Context, l line) (reply, error) {
	said := muteIn(l.rest)
	if said.account == "" {
		return s.misunderstood("unmute", "unmute <account>"), nil
	}
	match, choose, err := s.sure(ctx, said.account)
	if err != nil || choose != nil {
		return reply{drawing: orNothing(choose)}, err
	}
	by := alerts.Actor{UserID: l.user, Name: s.people.Person(ctx, l.user).Name}
	return s.endMutes(ctx, match, func(ws *alerts.WorkingSet) []alerts.Unmuted {
		return s.cfg.Rules.UnmuteAll(ws, match.AccountID, said.kind, by, s.cfg.Now())
	})
}

func (s *Slack) endMutes(ctx context.Context, about journey.Match, end func(*alerts.WorkingSet) []alerts.Unmuted) (reply, error) {
	var ended []alerts.Unmuted
	if err := s.store.Reconsider(ctx, []string{about.AccountID}, func(ws *alerts.WorkingSet) { ended = end(ws) }); err != nil {
		return reply{}, err
	}
	s.cfg.Nudge()
	for _, u := range ended {
		s.cfg.Logger.Info("mute ended", "mute_id", u.Mute.ID, "account", about.AccountID, "user", u.Mute.EndedBy.UserID, "shown", len(u.Shown), "kept", len(u.Kept))
	}
	return reply{drawing: cards.Unmuted(s.style(), about.Name, ended)}, nil
}

// unmute ends the mute that is the button's value.
func (s *Slack) unmute(ctx context.Context, c click) (reply, error) {
	account, err := s.store.MutedAccount(ctx, c.value)
	if err != nil {
		return reply{}, err
	}
	view, err := s.store.AccountView(ctx, account)
	if err != nil {
		return reply{}, err
	}
	by := alerts.Actor{UserID: c.user.UserID, Name: c.user.Name}
	answer, err := s.endMutes(ctx, journey.Match{AccountID: account, Name: view.Account.Title()}, func(ws *alerts.WorkingSet) []alerts.Unmuted {
		if u := s.cfg.Rules.Unmute(ws, c.value, by, s.cfg.Now()); u.Mute.ID != "" {
			return []alerts.Unmuted{u}
		}
		return nil
	})
	if c.onHome {
		return reply{}, err // the tab is drawn anew
	}
	return answer, err
}

// muting is what the form remembers of where it was opened.
type muting struct {
	subject
	Account     string `json:"account"`
	ResponseURL string `json:"response_url,omitempty"`
}

// muteOfAlert opens the form for an alert's account; it proposes everything.
func (s *Slack) muteOfAlert(ctx context.Context, c click) (reply, error) {
	return s.openForm(ctx, c, cards.CallbackMute, func(ctx context.Context) (slack.ModalViewRequest, error) {
		view, err := s.store.AlertView(ctx, c.subject)
		if err != nil {
			return slack.ModalViewRequest{}, err
		}
		return muteForm(view.Account, muting{subject{Alert: c.subject, Channel: c.channel}, view.Account.ID, c.responseURL})
	})
}

func (s *Slack) muteOfAccount(ctx context.Context, c click) (reply, error) {
	return s.openForm(ctx, c, cards.CallbackMute, func(ctx context.Context) (slack.ModalViewRequest, error) {
		view, err := s.store.AccountView(ctx, c.value)
		if err != nil {
			return slack.ModalViewRequest{}, err
		}
		return muteForm(view.Account, muting{subject{Channel: c.channel}, view.Account.ID, c.responseURL})
	})
}

func muteForm(about journey.Account, from muting) (slack.ModalViewRequest, error) {
	private, err := json.Marshal(from)
	if err != nil {
		return slack.ModalViewRequest{}, fmt.Errorf("remember account: %w", err)
	}
	return cards.MuteForm(about.Title(), "", string(private)), nil
}

// submitMute keeps the mute of the modal.
func (s *Slack) submitMute(ctx context.Context, by alerts.Person, view slack.View) (map[string]string, error) {
	length, problem := muteLength(inputOf(view, cards.MuteDays))
	if problem != "" {
		return map[string]string{cards.MuteDays: "Choose from 1 to 90 days."}, nil
	}
	var from muting
	if err := json.Unmarshal([]byte(view.PrivateMetadata), &from); err != nil {
		return nil, fmt.Errorf("read account of mute: %w", err)
	}
	about, err := s.store.AccountView(ctx, from.Account)
	if err != nil {
		return nil, err
	}
	kind := alerts.Kind(given(view, cards.MuteKind).SelectedOption.Value)
	if !slices.Contains(alerts.Kinds, kind) {
		kind = ""
	}
	answer, err := s.keepMute(ctx, journey.Match{AccountID: from.Account, Name: about.Account.Title()}, alerts.Mute{ID: muteID(view.ID), MuteSpan: alerts.MuteSpan{
		Kind: kind, Until: s.cfg.Now().Add(length), By: alerts.Actor{UserID: by.UserID, Name: by.Name}, Reason: inputOf(view, cards.MuteReason),
	}})
	if err != nil || from.ResponseURL == "" {
		return nil, err
	}
	s.working.Go(func() {
		if err := s.respond(s.life, from.ResponseURL, answer.message()); err != nil {
			s.cfg.Logger.Warn("mute not confirmed", "user", by.UserID, "err", err) // it holds all the same
		}
	})
	return nil, nil
}
