package handlers

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// source pulls batches from a durable consumer; on a pinned one only the replica that holds the pin gets any.
type source struct {
	consumer  jetstream.Consumer
	group     string // priority group; "" when the consumer is not pinned
	pin       string // pin that the last message carried
	heartbeat time.Duration
}

func newSource(consumer jetstream.Consumer) *source {
	cfg := consumer.CachedInfo().Config
	s := &source{consumer: consumer, heartbeat: max(cfg.AckWait/4, 10*time.Millisecond)}
	if cfg.PriorityPolicy == jetstream.PriorityPolicyPinned && len(cfg.PriorityGroups) > 0 {
		s.group = cfg.PriorityGroups[0]
	}
	return s
}

// pull waits for a message, then a little longer for its companions. Messages that came before an error are returned with it;
// nothing at all and no error means that there was nothing to do.
func (s *source) pull() ([]jetstream.Msg, error) {
	first, err := s.fetch(nil, 1, pullWait)
	if len(first) == 0 || err != nil {
		return first, err
	}
	return s.fetch(first, batchSize-1, linger)
}

func (s *source) fetch(batch []jetstream.Msg, count int, wait time.Duration) ([]jetstream.Msg, error) {
	opts := []jetstream.FetchOpt{jetstream.FetchMaxWait(wait)}
	if s.group != "" {
		opts = append(opts, jetstream.FetchPriorityGroup(s.group))
	}
	fetched, err := s.consumer.Fetch(count, opts...)
	if err != nil {
		return batch, err
	}
	for msg := range fetched.Messages() {
		if pin := headerValue(msg.Headers(), "Nats-Pin-Id"); pin != "" {
			s.pin = pin
		}
		batch = append(batch, msg)
	}
	if err := fetched.Error(); err != nil && !errors.Is(err, jetstream.ErrPinIDMismatch) && !errors.Is(err, nats.ErrTimeout) {
		return batch, err
	}
	return batch, nil
}

// handOver gives up the pin, if it is still ours, so that a standby goes on at once instead of after PinnedTTL.
func (s *source) handOver(ctx context.Context, js jetstream.JetStream) {
	if s.pin == "" || !js.Conn().IsConnected() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, shutdownGrace)
	defer cancel()
	info, err := s.consumer.Info(ctx)
	if err != nil {
		return
	}
	for _, state := range info.PriorityGroups {
		if state.Group == s.group && state.PinnedClientID == s.pin {
			s.unpin(ctx, js, info)
		}
	}
}

// unpin asks directly: the library's call goes through the stream's info, which least-privilege users may not read.
func (s *source) unpin(ctx context.Context, js jetstream.JetStream, info *jetstream.ConsumerInfo) {
	request, err := json.Marshal(map[string]string{"group": s.group})
	if err != nil {
		return
	}
	prefix := js.Options().APIPrefix
	if domain := js.Options().Domain; domain != "" {
		prefix = "$JS." + domain + ".API"
	}
	if prefix == "" {
		prefix = "$JS.API"
	}
	// Refused or lost, the pin runs out by itself.
	_, _ = js.Conn().RequestWithContext(ctx, prefix+".CONSUMER.UNPIN."+info.Stream+"."+info.Name, request)
}
