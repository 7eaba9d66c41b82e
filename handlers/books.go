package handlers

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"github.com/slack-go/slack"

	"journeybot/alerts"
	"journeybot/cards"
)

// books are the checklists that people have open, by the id of their view, so that a step ticked elsewhere shows there too. They live in memory: a
// checklist opened through another replica is drawn anew with the next press in it.
type books struct {
	mu   sync.Mutex
	open map[string]book

	drawing sync.Mutex // one at a time, so that what is drawn last is newest
}

// book is one open checklist.
type book struct {
	alert   string
	user    alerts.Person
	channel string
	at      time.Time
}

// Slack closes no view by itself, and tells of none that a person closed by leaving: after this time one counts as closed.
const (
	bookOpen = time.Hour
	maxBooks = 500
)

func (b *books) add(id string, one book) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for other, o := range b.open {
		if one.at.Sub(o.at) > bookOpen {
			delete(b.open, other)
		}
	}
	if len(b.open) < maxBooks {
		b.open[id] = one
	}
}

func (b *books) drop(id string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.open, id)
}

// of are the checklists of an alert, without the one that is drawn already.
func (b *books) of(alert, drawn string) map[string]book {
	b.mu.Lock()
	defer b.mu.Unlock()
	found := map[string]book{}
	for id, one := range b.open {
		if one.alert == alert && id != drawn {
			found[id] = one
		}
	}
	return found
}

// hasOpen remembers that somebody has a checklist open.
func (s *Slack) hasOpen(c click, id string, view slack.ModalViewRequest) {
	if on := about(slack.View{PrivateMetadata: view.PrivateMetadata}); view.CallbackID == cards.ActionPlayBook && on.Alert != "" {
		s.books.add(id, book{alert: on.Alert, user: c.user, channel: c.channel, at: s.cfg.Now()})
	}
}

// redrawBooks draws the checklists of an alert again, but for the one in which somebody pressed: its press answers.
func (s *Slack) redrawBooks(alert, pressed string) {
	open := s.books.of(alert, pressed)
	if len(open) == 0 {
		return
	}
	s.working.Go(func() {
		s.books.drawing.Lock()
		defer s.books.drawing.Unlock()
		for id, one := range open {
			to := s.facing(one.user)
			view, err := to.bookView(s.life, alert, one.channel)
			if err == nil {
				_, err = s.cfg.API.UpdateViewContext(s.life, view, "", "", id)
			}
			if err != nil {
				s.books.drop(id) // closed, as a rule
				s.cfg.Logger.Debug("checklist not drawn", "alert_id", alert, "user", one.user.UserID, "err", err)
			}
		}
	})
}

// redrawPressed draws the checklist again in which somebody pressed. When it was drawn otherwise meanwhile, it is read once more: what is
// drawn last is newest.
func (s *Slack) redrawPressed(ctx context.Context, c click) error {
	if c.view.CallbackID != cards.ActionPlayBook {
		return nil
	}
	s.books.drawing.Lock()
	defer s.books.drawing.Unlock()
	for _, hash := range []string{c.view.Hash, ""} {
		view, err := s.bookView(ctx, c.subject, about(c.view).Channel)
		if err != nil {
			return err
		}
		if _, err = s.cfg.API.UpdateViewContext(ctx, view, "", hash, c.view.ID); err == nil {
			return nil
		}
		if hash == "" {
			s.cfg.Logger.Warn("checklist not drawn", "alert_id", c.subject, "user", c.user.UserID, "err", err)
		}
	}
	return nil
}

// bookView draws the checklist of an alert as it is now.
func (s *Slack) bookView(ctx context.Context, alert, channel string) (slack.ModalViewRequest, error) {
	v, err := s.figures(ctx, alert)
	if err != nil {
		return slack.ModalViewRequest{}, err
	}
	private, err := json.Marshal(subject{Alert: alert, Channel: channel, Playbook: v.Alert.Playbook})
	if err != nil {
		return slack.ModalViewRequest{}, err
	}
	return cards.Checklist(s.style(), v, string(private)), nil
}
