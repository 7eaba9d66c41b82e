package handlers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"runtime/debug"
	"time"

	"github.com/slack-go/slack"

	"journeybot/alerts"
	"journeybot/cards"
)

// maxAckBytes is where an answer no longer rides on the acknowledgement: Socket Mode drops one of 20,480 bytes without a word.
const maxAckBytes = 18_000

// ack sends the acknowledgement of one command or click; payload is nil for an empty one. It is called exactly once.
type ack func(payload *slack.WebhookMessage) error

// reply is what a person gets back. The zero reply says nothing: the changed card is the answer.
type reply struct {
	drawing  cards.Drawing
	replace  bool // replace the ephemeral message that was clicked
	inPublic bool // visible to the whole channel
}

func (r reply) empty() bool { return len(r.drawing.Blocks) == 0 && r.drawing.Text == "" }

func (r reply) message() *slack.WebhookMessage {
	m := &slack.WebhookMessage{
		Text: r.drawing.Text, ResponseType: slack.ResponseTypeEphemeral, ReplaceOriginal: r.replace,
		Blocks: &slack.Blocks{BlockSet: r.drawing.Blocks},
	}
	if r.inPublic {
		m.ResponseType = slack.ResponseTypeInChannel
	}
	return m
}

// request is one command or click on its way to an answer.
type request struct {
	name        string // bounded: labels the metric
	user        string
	responseURL string
	meanwhile   string // said when the answer takes longer than an acknowledgement may wait; "" says nothing
	inAck       bool   // whether Slack shows what the acknowledgement carries
	work        func(ctx context.Context) (reply, error)
	show        func(ctx context.Context, r reply) error // instead of through responseURL; nil: through it
}

// answer is a reply and how it came about, for the metric.
type answer struct {
	reply
	result string // ok, refused or failed
}

// serve answers a request: on the acknowledgement when the answer is ready in time and small enough, else
// through response_url. It returns once acknowledged; Wait waits for the rest.
func (s *Slack) serve(req request, send ack) {
	start := s.cfg.Now()
	answers := make(chan answer, 1)
	s.working.Go(func() { answers <- s.persist(req) })
	timer := time.NewTimer(s.cfg.AckWithin)
	defer timer.Stop()
	select {
	case a := <-answers:
		if req.inAck && fits(a.message()) && s.acknowledge(req, send, a.message()) {
			s.answered(req, a.result, "ack", start)
			return
		}
		if !req.inAck || !fits(a.message()) {
			s.acknowledge(req, send, nil)
		}
		s.working.Go(func() { s.deliver(req, a, start) })
	case <-timer.C:
		s.acknowledge(req, send, s.meanwhile(req))
		s.working.Go(func() { s.deliver(req, <-answers, start) })
	}
}

func (s *Slack) meanwhile(req request) *slack.WebhookMessage {
	if !req.inAck || req.meanwhile == "" {
		return nil
	}
	return reply{drawing: cards.Say(req.meanwhile)}.message()
}

func (s *Slack) acknowledge(req request, send ack, payload *slack.WebhookMessage) bool {
	if err := send(payload); err != nil {
		s.cfg.Logger.Warn("acknowledgement not sent", "command", req.name, "err", err)
		return false
	}
	return true
}

func (s *Slack) deliver(req request, a answer, start time.Time) {
	if req.show == nil {
		req.show = func(ctx context.Context, r reply) error { return s.respond(ctx, req.responseURL, r.message()) }
	}
	if !a.empty() {
		if err := req.show(s.life, a.reply); err != nil {
			a.result = "undelivered"
			s.cfg.Logger.Error("answer not delivered", "command", req.name, "user", req.user, "err", err)
		}
	}
	s.answered(req, a.result, "response_url", start)
}

func (s *Slack) answered(req request, result, via string, start time.Time) {
	took := s.cfg.Now().Sub(start)
	s.seconds.WithLabelValues(req.name, result).Observe(took.Seconds())
	s.cfg.Logger.Info("answered", "command", req.name, "user", req.user, "result", result, "via", via, "ms", took.Milliseconds())
}

func fits(m *slack.WebhookMessage) bool {
	raw, err := json.Marshal(m)
	return err == nil && len(raw) < maxAckBytes
}

// persist does the work, again and again while the database is away, until it gives up.
func (s *Slack) persist(req request) answer {
	ctx, cancel := context.WithTimeout(s.life, s.cfg.GiveUpAfter)
	defer cancel()
	for wait := 100 * time.Millisecond; ; wait = min(2*wait, 2*time.Second) {
		done, err := s.try(ctx, req)
		if err == nil {
			return answer{done, "ok"}
		}
		if errors.Is(err, errPanic) {
			return answer{reply{drawing: cards.Say(broken)}, "failed"}
		}
		if refused, ok := s.refusal(err); ok {
			return answer{refused, "refused"}
		}
		s.cfg.Logger.Warn("answer delayed", "command", req.name, "user", req.user, "err", err)
		select {
		case <-ctx.Done():
			return answer{reply{drawing: cards.Say(unreachable)}, "failed"}
		case <-time.After(wait):
		}
	}
}

// errPanic is work that cannot be done, however often it is tried.
var errPanic = errors.New("panic")

// try does the work once. A request that the program cannot handle must not end it for everybody else.
func (s *Slack) try(ctx context.Context, req request) (done reply, err error) {
	defer func() {
		if trouble := recover(); trouble != nil {
			s.cfg.Logger.Error("panic while answering", "command", req.name, "user", req.user, "panic", trouble, "stack", string(debug.Stack()))
			err = errPanic
		}
	}()
	return req.work(ctx)
}

const broken = "I could not do this: something is wrong with me, not with what you typed or pressed. My log says what; please tell whoever runs me."

const unreachable = "I could not reach the database. Please try again in a few minutes; what you see in the channel is what was saved."

// refusal turns the decisions of the rules into what the person reads; ok is false for anything else.
func (s *Slack) refusal(err error) (reply, bool) {
	var taken *takenAlert
	var closed *closedAlert
	var no *forbidden
	var acted *actedAlert
	switch {
	case errors.As(err, &acted):
		return reply{drawing: cards.Acted(s.style(), acted.view, acted.Act)}, true
	case errors.Is(err, alerts.ErrSwitched):
		return reply{drawing: cards.Say("Somebody chose another playbook for this alert meanwhile. Open the playbook again.")}, true
	case errors.Is(err, alerts.ErrPlaybook):
		return reply{drawing: cards.Say("The playbook has no such step or button any more. Open it again.")}, true
	case errors.As(err, &no):
		return reply{drawing: cards.Say(no.why)}, true
	case errors.As(err, &taken):
		return reply{drawing: cards.Taken(s.style(), taken.view, taken.TakenError)}, true
	case errors.As(err, &closed):
		return reply{drawing: cards.Closed(s.style(), closed.view, closed.ClosedError)}, true
	case errors.Is(err, alerts.ErrOutcome), errors.Is(err, alerts.ErrForecast):
		return reply{drawing: cards.Say("I don't know that choice. The message is from another version of me; it is drawn again with the next change.")}, true
	case errors.Is(err, alerts.ErrReplaced):
		return reply{drawing: cards.Say("A newer alert about the same thing is open. Type `" + s.cfg.Command + " alerts` to find it.")}, true
	case errors.Is(err, alerts.ErrOwnHold):
		return reply{drawing: cards.Say("You wait for this hold, so somebody else clears it: press Ask in the card, and whoever owns the risk decides.")}, true
	case errors.Is(err, alerts.ErrNotFound):
		return reply{drawing: cards.Say("I don't know that one any more. Type `" + s.cfg.Command + " alerts` to see what is open.")}, true
	}
	return reply{}, false
}

// respond posts to a response_url, several times if it must: the first that arrives counts.
func (s *Slack) respond(ctx context.Context, responseURL string, m *slack.WebhookMessage) error {
	if responseURL == "" {
		return errors.New("there is no response_url")
	}
	var err error
	for wait := 200 * time.Millisecond; wait < 4*time.Second; wait *= 3 {
		if err = slack.PostWebhookCustomHTTPContext(ctx, responseURL, s.cfg.HTTPClient, m); err == nil {
			return nil
		}
		var limited *slack.RateLimitedError
		if errors.As(err, &limited) {
			wait = max(wait, limited.RetryAfter)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
	}
	return fmt.Errorf("post to response_url: %w", withoutURL(err))
}

// withoutURL drops the address from an error: whoever has a response_url can post with it.
func withoutURL(err error) error {
	var in *url.Error
	if errors.As(err, &in) {
		return in.Err
	}
	return err
}
