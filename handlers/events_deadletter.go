package handlers

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"journeybot/alerts"
)

// setAside makes a dead letter of an event. While its stores are away it waits beside the loop, up to maxParked of them;
// then the loop waits too.
func (e *Events) setAside(ctx context.Context, d delivery, tally *tally) {
	if ctx.Err() != nil {
		handBack([]delivery{d}, tally)
		return
	}
	tally.results[resultDeadLetter]++
	letter := e.deadLetter(d)
	err := e.bury(ctx, d, letter)
	if err == nil {
		return
	}
	e.warn(ctx, "dead letter not stored yet", err)
	select {
	case e.parked <- struct{}{}:
	case <-ctx.Done():
		_ = d.msg.Nak()
		return
	}
	e.parking.Go(func() {
		defer func() { <-e.parked }()
		e.park(ctx, d, letter)
	})
}

// park holds one dead letter until it is stored, or hands its message back when ctx ends.
func (e *Events) park(ctx context.Context, d delivery, letter alerts.DeadLetter) {
	stop := keepAlive([]jetstream.Msg{d.msg}, parkedHeartbeat)
	defer stop()
	retry := backoff{}
	for {
		if retry.wait(ctx); ctx.Err() != nil {
			_ = d.msg.Nak()
			return
		}
		err := e.bury(ctx, d, letter)
		if err == nil {
			return
		}
		e.warn(ctx, "dead letter not stored yet", err)
	}
}

// bury keeps a dead letter in the database and in its own stream, and only then ends the message.
func (e *Events) bury(ctx context.Context, d delivery, letter alerts.DeadLetter) error {
	ctx, cancel := lingering(ctx, publishTimeout, shutdownGrace)
	defer cancel()
	if err := e.inbox.AddDeadLetter(ctx, letter); err != nil {
		return fmt.Errorf("keep dead letter: %w", err)
	}
	err := e.publishDeadLetter(ctx, d, letter)
	if errors.Is(err, jetstream.ErrNoStreamResponse) { // the stream is gone: who makes the consumer makes that too
		_, lookup := e.cfg.Consumer(ctx)
		err = errors.Join(err, lookup)
	}
	if err != nil {
		return fmt.Errorf("publish dead letter: %w", err)
	}
	// A lost termination brings the message again: both stores know it by its id.
	_ = d.msg.TermWithReason(letter.Reason)
	e.metrics.buried(d.event.Type)
	e.cfg.Logger.Error("event set aside", "dead_letter", letter.ID, "subject", letter.Subject, "event_id", letter.EventID,
		"source", letter.Source, "type", d.event.Type, "reason", letter.Reason)
	return nil
}

func (e *Events) deadLetter(d delivery) alerts.DeadLetter {
	headers := map[string][]string{}
	for name, values := range d.msg.Headers() {
		for _, value := range values {
			headers[cleanText(name)] = append(headers[cleanText(name)], cleanText(value))
		}
	}
	return alerts.DeadLetter{
		ID: letterID(d.meta), Source: shorten(d.event.Source, maxEventSource), EventID: shorten(d.event.ID, maxEventID),
		Subject: d.msg.Subject(), Headers: headers, Body: d.msg.Data(), Reason: oneLine(d.reason), ReceivedAt: d.meta.Timestamp,
	}
}

// letterID names a message by its place; the time tells a stream from one that was created anew under its name.
func letterID(meta *jetstream.MsgMetadata) string {
	return fmt.Sprintf("%s/%s/%d-%s", meta.Stream, meta.Consumer, meta.Sequence.Stream, strconv.FormatInt(meta.Timestamp.Unix(), 36))
}

func (e *Events) publishDeadLetter(ctx context.Context, d delivery, letter alerts.DeadLetter) error {
	msg := nats.NewMsg("dlq." + letter.Subject)
	msg.Header = keptHeaders(d.msg.Headers())
	msg.Header.Set("Jb-Dlq-Reason", letter.Reason)
	msg.Header.Set("Jb-Dlq-Stream-Seq", strconv.FormatUint(d.meta.Sequence.Stream, 10))
	msg.Header.Set("Jb-Dlq-Orig-Subject", letter.Subject)
	if id := headerValue(d.msg.Headers(), jetstream.MsgIDHeader); id != "" {
		msg.Header.Set("Jb-Dlq-Orig-Msg-Id", id)
	}
	msg.Data = letter.Body
	publish := func() error {
		_, err := e.js.PublishMsg(ctx, msg, jetstream.WithMsgID(letter.ID), jetstream.WithExpectStream(e.cfg.DeadLetterStream))
		return err
	}
	err := publish()
	if errors.Is(err, nats.ErrMaxPayload) {
		msg.Data = nil
		msg.Header.Set("Jb-Dlq-Body", "left out: too large with these headers; the database and the growth stream have it")
		err = publish()
	}
	return err
}

// oneLine makes a reason fit for a header, a log line and a list.
func oneLine(reason string) string {
	return shorten(strings.Join(strings.Fields(cleanText(reason)), " "), maxReason)
}

func shorten(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "")
}
