package handlers

import (
	"context"
	"maps"
	"slices"
	"strings"
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
	for _, some := range []map[string]submission{homeSubmissions(), noteSubmissions(), modalSubmissions(), muteSubmissions(), playSubmissions(), journeySubmissions()} {
		maps.Copy(all, some)
	}
	return all
}

// slackEvent takes one event of the Events API.
type slackEvent func(s *Slack, ctx context.Context, data any) error

// slackEvents are all events by their type: one table per idea.
func slackEvents() map[string]slackEvent {
	all := map[string]slackEvent{}
	for _, some := range []map[string]slackEvent{homeEvents(), ownerEvents(), channelEvents()} {
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

// Submit takes one view_submission. send acknowledges it: with what is wrong when something is, with nothing when it is done. A form
// that cannot be kept in time says that it is being saved, and then what came of it.
func (s *Slack) Submit(in slack.InteractionCallback, send answerView) {
	start := s.cfg.Now()
	req := request{name: "unknown", user: in.User.ID}
	take, ok := submissions()[in.View.CallbackID]
	if !ok {
		take = func(*Slack, context.Context, alerts.Person, slack.View) (map[string]string, error) { return nil, nil }
	} else {
		req.name = in.View.CallbackID
	}
	var problems map[string]string
	req.work = func(ctx context.Context) (reply, error) {
		by := s.presser(ctx, in)
		err := s.may(ctx, by, needOf(req.name), where{about(in.View).Alert, about(in.View).Channel})
		if err == nil {
			problems, err = take(s.facing(by), ctx, by, in.View)
		}
		return reply{}, err
	}
	taken := make(chan answer, 1)
	s.working.Go(func() {
		a := s.persist(req)
		if len(problems) > 0 {
			a.result = "refused"
		}
		taken <- a
	})
	timer := time.NewTimer(submitWithin)
	defer timer.Stop()
	select {
	case a := <-taken:
		s.sendView(req, send, submitted(a, problems))
		s.answered(req, a.result, "ack", start)
	case <-timer.C:
		s.sendView(req, send, slack.NewUpdateViewSubmissionResponse(modal(cards.FormSaving())))
		s.working.Go(func() {
			a := <-taken
			s.tellSaved(in, a, problems)
			s.answered(req, a.result, "view", start)
		})
	}
}

func modal(v slack.ModalViewRequest) *slack.ModalViewRequest { return &v }

func (s *Slack) sendView(req request, send answerView, answer *slack.ViewSubmissionResponse) {
	if err := send(answer); err != nil {
		s.cfg.Logger.Warn("acknowledgement not sent", "command", req.name, "err", err)
	}
}

// submitted is what a form becomes: closed, or open with what is wrong, or the reason why nothing can be done.
func submitted(a answer, problems map[string]string) *slack.ViewSubmissionResponse {
	switch {
	case len(problems) > 0:
		return slack.NewErrorsViewSubmissionResponse(problems)
	case !a.empty():
		return slack.NewUpdateViewSubmissionResponse(modal(cards.Modal(a.drawing)))
	}
	return nil
}

// tellSaved says what came of a form that took long: in its place, or by direct message when it is closed and nothing was kept.
func (s *Slack) tellSaved(in slack.InteractionCallback, a answer, problems map[string]string) {
	lost := len(problems) > 0 || !a.empty()
	says := cards.Say("Saved.")
	switch {
	case len(problems) > 0:
		says = cards.Say("Not saved. " + strings.Join(slices.Sorted(maps.Values(problems)), " ") + " Please open the form again.")
	case !a.empty():
		says = a.drawing
	}
	_, err := s.cfg.API.UpdateViewContext(s.life, cards.Modal(says), "", "", in.View.ID)
	if err != nil && lost {
		_, _, err = s.cfg.API.PostMessageContext(s.life, in.User.ID, slack.MsgOptionText(says.Text, false), slack.MsgOptionBlocks(says.Blocks...))
	}
	if err != nil {
		s.cfg.Logger.Warn("modal not updated", "user", in.User.ID, "err", err)
	}
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
