package handlers

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"

	"journeybot/alerts"
)

// Inbox keeps what events say. storage.Store implements it.
type Inbox interface {
	// Ingest runs apply on the events not seen before, in one transaction. Its results are in the order of batch.
	Ingest(ctx context.Context, batch []alerts.Event, apply func(ws *alerts.WorkingSet, fresh []alerts.Event)) ([]alerts.EventResult, error)
	// AddDeadLetter keeps an event that could not be taken. The same ID again changes nothing.
	AddDeadLetter(ctx context.Context, d alerts.DeadLetter) error
}

// EventsConfig says how events are taken. Rules, Consumer and IsRetryable are required; the rest has useful zero values.
type EventsConfig struct {
	Rules *alerts.Rules

	// Consumer looks up the durable pull consumer, or creates it and the streams. It is called at the start and again when one of them is gone.
	Consumer func(ctx context.Context) (jetstream.Consumer, error)
	// IsRetryable reports whether the inbox may do the same thing later; anything else is the event's fault.
	IsRetryable func(error) bool

	DeadLetterStream string // keeps dlq.>; "" means GROWTH_DLQ
	Nudge            func() // called after each batch, so that nobody waits for the next look; may be nil
	Now              func() time.Time
	Logger           *slog.Logger
	Registerer       prometheus.Registerer
}

// The loop's measures. Pulls and shutdown: a pull in flight is awaited, for a message that meets a cancelled pull is lost until AckWait.
const (
	batchSize      = 200
	pullWait       = time.Second
	linger         = 20 * time.Millisecond
	attemptTimeout = 30 * time.Second
	shutdownGrace  = 2 * time.Second
	suspicious     = 5 // deliveries after which an event is tried by itself: it may be what kills the process
	maxBackoff     = 10 * time.Second
	maxParked      = 32
	reconnectLook  = 100 * time.Millisecond
)

// Events takes events from the growth stream: one transaction per batch, acknowledged after its commit. A wrong event is set aside
// with a reason and its batch-mates go through; while the database is away the batch is held, and nothing more is pulled.
type Events struct {
	js      jetstream.JetStream
	inbox   Inbox
	cfg     EventsConfig
	metrics eventMetrics
	parking sync.WaitGroup
	parked  chan struct{} // one token per dead letter that waits for its stores
}

// NewEvents returns an Events that starts nothing until Run.
func NewEvents(js jetstream.JetStream, inbox Inbox, cfg EventsConfig) *Events {
	if cfg.DeadLetterStream == "" {
		cfg.DeadLetterStream = "GROWTH_DLQ"
	}
	if cfg.Nudge == nil {
		cfg.Nudge = func() {}
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	return &Events{js: js, inbox: inbox, cfg: cfg, metrics: newEventMetrics(cfg.Registerer, cfg.Rules.Routes), parked: make(chan struct{}, maxParked)}
}

// Run takes events until ctx ends; then it finishes or hands back the batch it holds, lets another replica take over at once, and returns nil.
// It is an error only that the connection was closed.
func (e *Events) Run(ctx context.Context) error {
	defer e.parking.Wait()
	var source *source
	retry := backoff{}
	for ctx.Err() == nil {
		if e.js.Conn().IsClosed() {
			return errors.New("take events: the NATS connection is closed")
		}
		if !e.js.Conn().IsConnected() { // pulls made now would be sent all at once on reconnect
			pause(ctx, reconnectLook)
			continue
		}
		if source == nil {
			consumer, err := e.cfg.Consumer(ctx)
			if err != nil {
				e.warn(ctx, "no consumer", err)
				retry.wait(ctx)
				continue
			}
			source = newSource(consumer)
		}
		batch, err := source.pull()
		if len(batch) > 0 {
			e.take(ctx, batch, source.heartbeat)
		} else {
			e.metrics.pending.Set(0)
		}
		switch {
		case err == nil:
			retry.reset()
		case gone(err):
			e.warn(ctx, "consumer gone", err)
			source = nil
			retry.wait(ctx)
		default:
			e.warn(ctx, "pull failed", err)
			retry.wait(ctx)
		}
	}
	if source != nil {
		source.handOver(context.WithoutCancel(ctx), e.js)
	}
	return nil
}

// warn tells of trouble that is tried again; at the stop there is nothing to tell.
func (e *Events) warn(ctx context.Context, trouble string, err error) {
	if ctx.Err() == nil {
		e.cfg.Logger.Warn("events wait, trying again", "trouble", trouble, "err", err)
	}
}

// delivery is one message with what it says.
type delivery struct {
	msg    jetstream.Msg
	meta   *jetstream.MsgMetadata
	event  alerts.Event
	reason string // why it cannot be taken; "" when it can
}

func (e *Events) read(msg jetstream.Msg) delivery {
	meta, err := msg.Metadata()
	if err != nil {
		return delivery{msg: msg, meta: &jetstream.MsgMetadata{}, reason: "not from a stream: " + err.Error()}
	}
	d := delivery{msg: msg, meta: meta}
	ce, err := ParseCloudEvent(msg.Headers(), msg.Data())
	if err == nil {
		d.event, err = DecodeEvent(ce, meta.Timestamp, meta.Sequence.Stream, e.zone())
	}
	if err != nil {
		d.event.Source, d.event.ID, d.event.Type = ce.Source, ce.ID, ce.Type
		d.reason = err.Error()
	}
	return d
}

func (e *Events) zone() *time.Location {
	if e.cfg.Rules.Zone == nil {
		return time.UTC
	}
	return e.cfg.Rules.Zone
}

// take brings a batch to its end: every message is acknowledged, set aside, or handed back because ctx ended.
func (e *Events) take(ctx context.Context, messages []jetstream.Msg, every time.Duration) {
	stop := keepAlive(messages, every)
	defer stop()
	began := e.cfg.Now()
	batch := make([]delivery, 0, len(messages))
	for _, msg := range messages {
		batch = append(batch, e.read(msg))
	}
	slices.SortStableFunc(batch, func(a, b delivery) int { return cmp.Compare(a.meta.Sequence.Stream, b.meta.Sequence.Stream) })
	tally := newTally()
	var together, alone, wrong []delivery
	for _, d := range batch {
		switch {
		case d.reason != "":
			wrong = append(wrong, d)
		case d.meta.NumDelivered >= suspicious:
			alone = append(alone, d)
		default:
			together = append(together, d)
		}
	}
	e.ingest(ctx, together, tally)
	for i := range alone {
		e.ingest(ctx, alone[i:i+1], tally)
	}
	for _, d := range wrong {
		e.setAside(ctx, d, tally)
	}
	e.cfg.Nudge()
	e.report(batch, tally, e.cfg.Now().Sub(began))
}

// ingest commits a batch and acknowledges it. When the batch is refused it is tried again one by one, which finds the culprit.
func (e *Events) ingest(ctx context.Context, batch []delivery, tally *tally) {
	if len(batch) == 0 {
		return
	}
	retry := backoff{}
	for {
		if ctx.Err() != nil {
			handBack(batch, tally)
			return
		}
		results, err := e.attempt(ctx, batch)
		switch {
		case err == nil:
			e.acknowledge(batch, results, tally)
			return
		case ctx.Err() != nil:
			continue
		case e.retryable(err):
			e.cfg.Logger.Warn("database away, holding the batch", "count", len(batch), "err", err)
			retry.wait(ctx)
		case len(batch) == 1:
			batch[0].reason = "cannot be taken: " + err.Error()
			e.setAside(ctx, batch[0], tally)
			return
		default:
			e.cfg.Logger.Warn("batch refused, trying its events one by one", "count", len(batch), "err", err)
			for i := range batch {
				e.ingest(ctx, batch[i:i+1], tally)
			}
			return
		}
	}
}

func (e *Events) retryable(err error) bool {
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) || e.cfg.IsRetryable(err)
}

// attempt is one transaction. It outlives ctx by a little, so that a stop does not throw away work that is nearly done.
func (e *Events) attempt(ctx context.Context, batch []delivery) (results []alerts.EventResult, err error) {
	defer func() {
		if trouble := recover(); trouble != nil {
			e.cfg.Logger.Error("panic while taking events", "panic", trouble, "count", len(batch), "stack", string(debug.Stack()))
			err = fmt.Errorf("panic: %v", trouble)
		}
	}()
	ctx, cancel := lingering(ctx, attemptTimeout, shutdownGrace)
	defer cancel()
	events := make([]alerts.Event, 0, len(batch))
	for _, d := range batch {
		events = append(events, d.event)
	}
	var taken map[string]int // of the attempt that counts
	results, err = e.inbox.Ingest(ctx, events, func(ws *alerts.WorkingSet, fresh []alerts.Event) {
		for _, ev := range fresh {
			ws.Changes.EventDone[ev.Source+" "+ev.ID] = e.cfg.Rules.Ingest(ws, ev, e.cfg.Now())
		}
		taken = ws.Changes.RoutesTaken()
	})
	if err == nil && len(results) != len(batch) {
		err = fmt.Errorf("%d results for %d events", len(results), len(batch))
	}
	if err == nil {
		e.metrics.routed(taken)
	}
	return results, err
}

func (e *Events) acknowledge(batch []delivery, results []alerts.EventResult, tally *tally) {
	for i, d := range batch {
		// An acknowledgement that is lost only means that the event comes again and counts as a duplicate.
		_ = d.msg.Ack()
		tally.results[string(results[i])]++
		e.metrics.took(d.event.Type, string(results[i]), e.cfg.Now().Sub(d.event.At))
	}
}

// handBack gives messages up at once, so that another replica need not wait for AckWait.
func handBack(batch []delivery, tally *tally) {
	for _, d := range batch {
		_ = d.msg.Nak()
	}
	tally.results["handed_back"] += len(batch)
}

// keepAlive tells NATS that the messages are being worked on, until stop is called. Messages that are done ignore it.
func keepAlive(messages []jetstream.Msg, every time.Duration) (stop func()) {
	ended, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		ticker := time.NewTicker(every)
		defer ticker.Stop()
		for {
			select {
			case <-ended:
				return
			case <-ticker.C:
				for _, msg := range messages {
					_ = msg.InProgress()
				}
			}
		}
	}()
	return func() {
		close(ended)
		<-done
	}
}

// lingering is a context that ends after most, or grace after ctx.
func lingering(ctx context.Context, most, grace time.Duration) (context.Context, context.CancelFunc) {
	longer, cancel := context.WithTimeout(context.WithoutCancel(ctx), most)
	stop := context.AfterFunc(ctx, func() {
		timer := time.NewTimer(grace)
		defer timer.Stop()
		select {
		case <-timer.C:
			cancel()
		case <-longer.Done():
		}
	})
	return longer, func() {
		stop()
		cancel()
	}
}

// backoff waits longer each time, with jitter, up to maxBackoff. The zero value is ready.
type backoff struct{ next time.Duration }

func (b *backoff) reset() { b.next = 0 }

func (b *backoff) wait(ctx context.Context) {
	b.next = min(max(2*b.next, 200*time.Millisecond), maxBackoff)
	pause(ctx, b.next/2+rand.N(b.next/2)) //nolint:gosec // jitter needs no secrecy
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// gone reports whether the consumer, or its stream, is no longer there (or JetStream not yet).
func gone(err error) bool {
	for _, sign := range []error{
		nats.ErrNoResponders, jetstream.ErrConsumerDeleted, jetstream.ErrConsumerNotFound, jetstream.ErrConsumerDoesNotExist, jetstream.ErrStreamNotFound,
		jetstream.ErrBadRequest,
	} {
		if errors.Is(err, sign) {
			return true
		}
	}
	return false
}
