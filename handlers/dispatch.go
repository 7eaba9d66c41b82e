package handlers

import (
	"context"
	"maps"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"

	"journeybot/alerts"
	"journeybot/cards"
)

// submission takes what somebody sent with a modal. problems are shown in the modal, by block id: then it stays open.
type submission func(s *Slack, ctx context.Context, by alerts.Person, view slack.View) (problems map[string]string, err error)

// submissions are all modals by their callback_id: one table per idea.
func submissions() map[string]submission {
	all := map[string]submission{}
	for _, some := range []map[string]submission{homeSubmissions(), noteSubmissions(), muteSubmissions()} {
		maps.Copy(all, some)
	}
	return all
}

// slackEvent takes one event of the Events API.
type slackEvent func(s *Slack, ctx context.Context, data any) error

// slackEvents are all events by their type: one table per idea.
func slackEvents() map[string]slackEvent {
	all := map[string]slackEvent{}
	for _, some := range []map[string]slackEvent{homeEvents(), ownerEvents()} {
		maps.Copy(all, some)
	}
	return all
}

// Event takes one event of the Events API, which has been acknowledged. It returns at once.
func (s *Slack) Event(e slackevents.EventsAPIEvent) {
	take, ok := slackEvents()[e.InnerEvent.Type]
	if !ok {
		return
	}
	s.working.Go(func() {
		start := s.cfg.Now()
		name := e.InnerEvent.Type
		a := s.persist(request{name: name, work: func(ctx context.Context) (reply, error) {
			return reply{}, take(s, ctx, e.InnerEvent.Data)
		}})
		s.answered(request{name: name}, a.result, "event", start)
	})
}

// answerView acknowledges a submission; nil closes the modal.
type answerView func(*slack.ViewSubmissionResponse) error

const submitWithin = 2 * time.Second // Slack gives up after three

// Submit takes one view_submission. send acknowledges it, with what is wrong when something is.
func (s *Slack) Submit(in slack.InteractionCallback, send answerView) {
	start := s.cfg.Now()
	req := request{name: "unknown", user: in.User.ID}
	result := "ok"
	problems := map[string]string(nil)
	if take, ok := submissions()[in.View.CallbackID]; ok {
		req.name = in.View.CallbackID
		ctx, cancel := context.WithTimeout(s.life, submitWithin)
		defer cancel()
		_, err := s.try(ctx, request{name: req.name, user: req.user, work: func(ctx context.Context) (reply, error) {
			var err error
			problems, err = take(s, ctx, s.people.Person(ctx, in.User.ID), in.View)
			return reply{}, err
		}})
		switch {
		case err != nil:
			s.cfg.Logger.Warn("modal not taken", "command", req.name, "user", req.user, "err", err)
			problems, result = map[string]string{firstInput(in.View): unreachable}, "failed"
		case len(problems) > 0:
			result = "refused"
		}
	}
	var answer *slack.ViewSubmissionResponse
	if len(problems) > 0 {
		answer = slack.NewErrorsViewSubmissionResponse(problems)
	}
	if err := send(answer); err != nil {
		s.cfg.Logger.Warn("acknowledgement not sent", "command", req.name, "err", err)
	}
	s.answered(req, result, "ack", start)
}

// firstInput is the block under which a modal shows what is wrong with all of it.
func firstInput(v slack.View) string {
	for _, b := range v.Blocks.BlockSet {
		if in, ok := b.(*slack.InputBlock); ok {
			return in.BlockID
		}
	}
	return ""
}

// inView is how a press on the Home tab or in a modal is answered; nil for one in a message.
func (s *Slack) inView(in slack.InteractionCallback) func(ctx context.Context, r reply) error {
	if in.View.ID == "" {
		return nil
	}
	return func(ctx context.Context, r reply) error { return s.showInView(ctx, in, r) }
}

// showInView answers a press on the Home tab or in a modal, where no message can: with a modal. When that comes too late for
// Slack, the answer is a direct message.
func (s *Slack) showInView(ctx context.Context, in slack.InteractionCallback, r reply) error {
	var err error
	modal := cards.Modal(r.drawing)
	switch {
	case in.View.Type == slack.VTModal && r.replace:
		_, err = s.cfg.API.UpdateViewContext(ctx, modal, "", "", in.View.ID)
	case in.View.Type == slack.VTModal:
		_, err = s.cfg.API.PushViewContext(ctx, in.TriggerID, modal)
	default:
		_, err = s.cfg.API.OpenViewContext(ctx, in.TriggerID, modal)
	}
	if err == nil {
		return nil
	}
	s.cfg.Logger.Warn("modal not shown", "user", in.User.ID, "err", err)
	_, _, err = s.cfg.API.PostMessageContext(ctx, in.User.ID, slack.MsgOptionText(r.drawing.Text, false), slack.MsgOptionBlocks(r.drawing.Blocks...))
	return err
}
