package handlers

import (
	"context"
	"errors"
	"maps"
	"time"

	"github.com/slack-go/slack"
)

// shortcut answers one shortcut of the app, of a message or of the whole workspace, by opening a modal.
type shortcut func(s *Slack, ctx context.Context, in slack.InteractionCallback) error

// shortcuts are all shortcuts by their callback_id: one table per idea.
func shortcuts() map[string]shortcut {
	all := map[string]shortcut{}
	for _, some := range []map[string]shortcut{noteShortcuts()} {
		maps.Copy(all, some)
	}
	return all
}

// Shortcut takes one shortcut. send acknowledges it at once: what it opens comes by itself.
func (s *Slack) Shortcut(in slack.InteractionCallback, send ack) {
	start := s.cfg.Now()
	open, known := shortcuts()[in.CallbackID]
	req := request{name: "unknown", user: in.User.ID}
	if known {
		req.name = in.CallbackID
	}
	s.acknowledge(req, send, nil)
	if !known {
		return
	}
	s.working.Go(func() {
		ctx, cancel := context.WithTimeout(s.life, triggerLives)
		defer cancel()
		req.work = func(ctx context.Context) (reply, error) {
			if err := s.may(ctx, s.presser(ctx, in), needOf(req.name), where{channel: in.Channel.ID}); err != nil {
				return reply{}, err
			}
			return reply{}, open(s, ctx, in)
		}
		result := "ok"
		if _, err := s.try(ctx, req); err != nil {
			answer, refused := s.refusal(err)
			if result = "refused"; !refused {
				result, answer.drawing = "failed", tooLate()
				s.cfg.Logger.Warn("shortcut not answered", "command", req.name, "user", req.user, "err", err)
			}
			if err := s.respond(s.life, in.ResponseURL, answer.message()); err != nil && !errors.Is(err, context.Canceled) {
				s.cfg.Logger.Error("answer not delivered", "command", req.name, "user", req.user, "err", err)
			}
		}
		s.answered(req, result, "view", start)
	})
}

// triggerLives is how long Slack lets a modal be opened after the press.
const triggerLives = 3 * time.Second
