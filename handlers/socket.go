package handlers

import (
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
	"github.com/slack-go/slack/socketmode"
)

// Socket receives commands and clicks over Slack's Socket Mode and keeps the connection alive.
type Socket struct {
	slack     *Slack
	api       *slack.Client
	connected atomic.Bool
}

// NewSocket returns a Socket; api must carry the app-level token.
func NewSocket(s *Slack, api *slack.Client) *Socket { return &Socket{slack: s, api: api} }

// Connected reports whether the connection stands.
func (k *Socket) Connected() bool { return k.connected.Load() }

// Run connects and answers until ctx ends, connecting again whenever the connection is lost or refused.
func (k *Socket) Run(ctx context.Context) error {
	for wait := time.Second; ; wait = min(2*wait, 30*time.Second) {
		start := time.Now()
		err := k.session(ctx)
		k.connected.Store(false)
		if ctx.Err() != nil {
			return nil //nolint:nilerr // it was asked to stop
		}
		if time.Since(start) > time.Minute {
			wait = time.Second
		}
		k.slack.cfg.Logger.Warn("socket mode disconnected", "err", reason(err))
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait/2 + rand.N(wait/2)): //nolint:gosec // jitter needs no secrecy
		}
	}
}

// reason keeps Slack's error code and drops addresses, which carry the connection's ticket.
func reason(err error) string {
	var code slack.SlackErrorResponse
	switch {
	case err == nil:
		return "closed"
	case errors.As(err, &code):
		return code.Err
	case errors.Is(err, context.DeadlineExceeded):
		return "timeout"
	}
	return "connection lost"
}

func (k *Socket) session(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	client := socketmode.New(k.api)
	ended := make(chan error, 1)
	go func() { ended <- client.RunContext(ctx) }()
	for {
		select {
		case err := <-ended:
			return err
		case event := <-client.Events:
			k.handle(client, event)
		}
	}
}

// handle starts the answer to one event and returns at once: the events of a connection must not wait for each other.
func (k *Socket) handle(client *socketmode.Client, event socketmode.Event) {
	switch event.Type {
	case socketmode.EventTypeHello:
		k.connected.Store(true)
		k.slack.cfg.Logger.Info("socket mode connected")
	case socketmode.EventTypeDisconnect, socketmode.EventTypeConnectionError, socketmode.EventTypeIncomingError:
		k.connected.Store(false)
	case socketmode.EventTypeSlashCommand:
		if cmd, ok := event.Data.(slack.SlashCommand); ok {
			k.slack.working.Go(func() { k.slack.Command(cmd, socketAck(client, event.Request)) })
		}
	case socketmode.EventTypeInteractive:
		if in, ok := event.Data.(slack.InteractionCallback); ok {
			k.slack.working.Go(func() {
				k.slack.interaction(in, socketAck(client, event.Request), socketAnswerView(client, event.Request))
			})
		}
	case socketmode.EventTypeEventsAPI, socketmode.EventTypeErrorBadMessage:
		if event.Request != nil && event.Request.EnvelopeID != "" {
			_ = client.Ack(*event.Request)
			if told, ok := event.Data.(slackevents.EventsAPIEvent); ok {
				k.slack.Event(told)
			}
		} else if bad, ok := event.Data.(*socketmode.ErrorBadMessage); ok {
			k.ackBad(client, bad)
		}
	}
}

// ackBad acknowledges what the library could not read, so that Slack does not send it again and again.
func (k *Socket) ackBad(client *socketmode.Client, bad *socketmode.ErrorBadMessage) {
	var envelope struct {
		EnvelopeID string `json:"envelope_id"`
	}
	if json.Unmarshal(bad.Message, &envelope) == nil && envelope.EnvelopeID != "" {
		_ = client.Send(socketmode.Response{EnvelopeID: envelope.EnvelopeID})
	}
}

func socketAck(client *socketmode.Client, req *socketmode.Request) ack {
	return func(payload *slack.WebhookMessage) error {
		ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
		defer cancel()
		if payload == nil {
			return client.AckCtx(ctx, req.EnvelopeID, nil)
		}
		return client.AckCtx(ctx, req.EnvelopeID, payload)
	}
}

func socketAnswerView(client *socketmode.Client, req *socketmode.Request) answerView {
	return func(answer *slack.ViewSubmissionResponse) error {
		ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
		defer cancel()
		if answer == nil {
			return client.AckCtx(ctx, req.EnvelopeID, nil)
		}
		return client.AckCtx(ctx, req.EnvelopeID, answer)
	}
}
