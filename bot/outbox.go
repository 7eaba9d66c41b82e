package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"

	"journeybot/alerts"
	"journeybot/handlers"
	"journeybot/storage"
)

const (
	outboxLook    = 3 * time.Second // between looks when nobody nudges
	outboxBatch   = 200
	outboxLease   = 30 * time.Second
	outboxAckWait = 5 * time.Second
	outboxWork    = 20 * time.Second // well within the lease, so that no second relay overtakes
	outboxBackoff = 10 * time.Second
)

// outboxStore is what the relay needs of the storage.Store.
type outboxStore interface {
	ClaimOutbox(ctx context.Context, lease time.Duration, limit int) (token string, rows []storage.OutboxRow, err error)
	FinishOutbox(ctx context.Context, token string, ids []string) error
	SetAsideOutbox(ctx context.Context, id string, letter alerts.DeadLetter) error
}

// relay publishes what waits in the outbox, each event at least once and the events of one subject strictly in order: the next
// leaves only when the stream has confirmed the one before. One relay at a time works, across replicas.
type relay struct {
	store   outboxStore
	js      jetstream.JetStream
	restore func(ctx context.Context) error // makes the stream again when it is gone
	logger  *slog.Logger
	nudged  chan struct{}
	sent    *prometheus.CounterVec
}

func newRelay(
	store outboxStore, js jetstream.JetStream, restore func(ctx context.Context) error, logger *slog.Logger, registerer prometheus.Registerer,
) *relay {
	r := &relay{store: store, js: js, restore: restore, logger: logger, nudged: make(chan struct{}, 1), sent: prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "journeybot_outbound_total", Help: "Events published to other systems, by result: sent, failed (and tried again) or set_aside (as a dead letter).",
	}, []string{"result"})}
	r.sent.WithLabelValues("sent")
	r.sent.WithLabelValues("failed")
	r.sent.WithLabelValues("set_aside")
	registerer.MustRegister(r.sent)
	return r
}

// nudge says that something may wait. It never blocks.
func (r *relay) nudge() {
	select {
	case r.nudged <- struct{}{}:
	default:
	}
}

// run relays until ctx ends, and returns its error.
func (r *relay) run(ctx context.Context) error {
	wait := outboxLook
	for ctx.Err() == nil {
		full, err := r.once(ctx)
		switch {
		case err == nil:
			wait = outboxLook
		case ctx.Err() == nil:
			r.logger.Warn("outbox waits", "err", err)
			wait = min(2*wait, outboxBackoff)
		}
		if !full || err != nil {
			r.pause(ctx, wait, err == nil)
		}
	}
	return ctx.Err()
}

// pause waits for a nudge, or for the time to look again; after a failure nudges do not shorten it.
func (r *relay) pause(ctx context.Context, wait time.Duration, nudges bool) {
	nudged := r.nudged
	if !nudges {
		nudged = nil
	}
	timer := time.NewTimer(wait/2 + rand.N(wait/2)) //nolint:gosec // jitter needs no secrecy
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	case <-nudged:
	}
}

// once relays one batch. Full says that more may wait.
func (r *relay) once(ctx context.Context) (full bool, err error) {
	if !r.js.Conn().IsConnected() {
		return false, errors.New("NATS away")
	}
	token, rows, err := r.store.ClaimOutbox(ctx, outboxLease, outboxBatch)
	if err != nil || token == "" {
		return false, err
	}
	began := time.Now()
	work, cancel := context.WithTimeout(ctx, outboxWork)
	defer cancel()
	sent, failure := r.publish(work, rows)
	// What was confirmed must be marked even when ctx ended, and the lease given up for the next relay.
	finish, cancel := context.WithTimeout(context.WithoutCancel(ctx), outboxAckWait)
	defer cancel()
	if err := r.store.FinishOutbox(finish, token, sent); err != nil {
		return false, fmt.Errorf("finish outbox: %w", err)
	}
	if errors.Is(failure, jetstream.ErrNoStreamResponse) {
		failure = errors.Join(failure, r.restore(ctx))
	}
	if len(rows) > 0 {
		r.logger.Info("outbox relayed", "count", len(rows), "sent", len(sent), "ms", time.Since(began).Milliseconds())
	}
	return len(rows) == outboxBatch, failure
}

// publish sends rows in waves, each with the next row of every subject. A subject whose row fails waits for the next round.
func (r *relay) publish(ctx context.Context, rows []storage.OutboxRow) (sent []string, failure error) {
	failed := map[string]bool{}
	for len(rows) > 0 {
		var wave, rest []storage.OutboxRow
		busy := map[string]bool{}
		for _, row := range rows {
			subject := row.Outbound.Subject
			switch {
			case failed[subject]:
			case busy[subject]:
				rest = append(rest, row)
			default:
				busy[subject] = true
				wave = append(wave, row)
			}
		}
		for i, err := range r.publishWave(ctx, wave) {
			if hopeless(err) {
				err = r.setAside(ctx, wave[i], err)
				if err == nil {
					continue
				}
			}
			if err != nil {
				failed[wave[i].Outbound.Subject] = true
				failure = fmt.Errorf("publish %s: %w", wave[i].Outbound.Type, err)
				r.sent.WithLabelValues("failed").Inc()
				continue
			}
			sent = append(sent, wave[i].Outbound.ID)
			r.sent.WithLabelValues("sent").Inc()
		}
		rows = rest
	}
	return sent, failure
}

// publishWave sends rows of different subjects at once and returns one result per row.
func (r *relay) publishWave(ctx context.Context, wave []storage.OutboxRow) []error {
	results := make([]error, len(wave))
	acks := make([]jetstream.PubAckFuture, len(wave))
	for i, row := range wave {
		msg, err := outboundMessage(row)
		if err == nil {
			acks[i], err = r.js.PublishMsgAsync(msg, jetstream.WithMsgID(row.Outbound.ID), jetstream.WithExpectStream(OutStream),
				jetstream.WithStallWait(outboxAckWait))
		}
		results[i] = err
	}
	timeout := time.NewTimer(outboxAckWait)
	defer timeout.Stop()
	late := false
	for i, ack := range acks {
		if ack == nil {
			continue
		}
		if late {
			results[i] = errors.New("no confirmation")
			select {
			case <-ack.Ok():
				results[i] = nil
			default:
			}
			continue
		}
		select {
		case <-ack.Ok():
		case results[i] = <-ack.Err():
		case <-timeout.C:
			late, results[i] = true, errors.New("no confirmation")
		case <-ctx.Done():
			late, results[i] = true, ctx.Err()
		}
	}
	return results
}

// outboundMessage writes the event as a structured CloudEvent. Sequence lets a reader put the events of one subject in order.
func outboundMessage(row storage.OutboxRow) (*nats.Msg, error) {
	out := row.Outbound
	body, err := json.Marshal(handlers.CloudEvent{
		ID: out.ID, Source: handlers.OutSource, Type: out.Type, Subject: out.Subject, Time: out.At, Data: out.Data,
		Extensions: map[string]any{"sequence": strconv.FormatInt(row.Sequence, 10), "sequencetype": "Integer"},
	})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errUnwritable, err)
	}
	msg := nats.NewMsg(out.Type)
	msg.Header.Set("Content-Type", handlers.ContentStructured)
	msg.Data = body
	return msg, nil
}

// errUnwritable is returned for an event whose data is no JSON.
var errUnwritable = errors.New("event cannot be written")

// tooLargeForStream is the server's code for a message above the stream's limit.
const tooLargeForStream jetstream.ErrorCode = 10054

// hopeless reports whether an event can never be published: it would fail for ever, and those of its subject behind it wait.
func hopeless(err error) bool {
	var refused *jetstream.APIError
	if errors.As(err, &refused) {
		return refused.ErrorCode == tooLargeForStream
	}
	return errors.Is(err, errUnwritable) || errors.Is(err, nats.ErrMaxPayload) || errors.Is(err, nats.ErrBadSubject)
}

// setAside keeps an event that can never be published as a dead letter, and lets those behind it pass.
func (r *relay) setAside(ctx context.Context, row storage.OutboxRow, cause error) error {
	letter := alerts.DeadLetter{
		ID: "out:" + row.Outbound.ID, Source: handlers.OutSource, EventID: row.Outbound.ID, Subject: row.Outbound.Type,
		Headers: map[string][]string{"Content-Type": {handlers.ContentStructured}}, Body: row.Outbound.Data,
		Reason: "cannot be published: " + cause.Error(), ReceivedAt: row.Outbound.At,
	}
	if msg, err := outboundMessage(row); err == nil {
		letter.Body = msg.Data
	}
	if err := r.store.SetAsideOutbox(ctx, row.Outbound.ID, letter); err != nil {
		return fmt.Errorf("set aside: %w", err)
	}
	r.sent.WithLabelValues("set_aside").Inc()
	r.logger.Error("event out set aside: it can never be published", "event_id", row.Outbound.ID, "type", row.Outbound.Type, "dead_letter", letter.ID, "err", cause)
	return nil
}
