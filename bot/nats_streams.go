package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"journeybot/config"
)

// OutStream is the JetStream stream of the events that leave.
const OutStream = "JOURNEYBOT"

const (
	outSubjects   = "journeybot.>"
	pinGroup      = "ingest"
	ackWait       = 8 * time.Second
	pinnedTTL     = 4 * time.Second // more than a pull lasts
	maxAckPending = 800
	firstLookBack = time.Hour // where a new consumer starts: older news would flood Slack
	growthBytes   = 2 << 30
	day           = 24 * time.Hour
)

// errUnfit marks what only a person can mend: NATS is there, but set up in a way that journeybot cannot work with.
var errUnfit = errors.New("NATS is set up otherwise")

func unfit(format string, args ...any) error {
	return fmt.Errorf("%w: %s", errUnfit, fmt.Sprintf(format, args...))
}

func deadLetterStream(cfg config.NATS) string { return cfg.Stream + "_DLQ" }

// verify looks at the streams and the consumer once, at the start. NATS away is no error: the consumer loop goes on trying.
func (l *natsLink) verify(ctx context.Context) error {
	_, err := l.consumer(ctx)
	if errors.Is(err, errUnfit) {
		return err
	}
	if err != nil {
		l.logger.Warn("NATS not ready yet", "err", err)
	}
	return nil
}

// consumer returns the durable consumer. In manage mode it makes what is missing, streams too; in bind mode it asks for nothing but
// the consumer, which is all that a least-privilege user may do.
func (l *natsLink) consumer(ctx context.Context) (jetstream.Consumer, error) {
	if l.cfg.Mode == config.ModeBind {
		return l.bind(ctx)
	}
	if err := l.makeStreams(ctx); err != nil {
		return nil, err
	}
	return l.makeConsumer(ctx)
}

// restore makes again what is gone from NATS, in manage mode.
func (l *natsLink) restore(ctx context.Context) error {
	_, err := l.consumer(ctx)
	return err
}

func (l *natsLink) bind(ctx context.Context) (jetstream.Consumer, error) {
	ctx, cancel := context.WithTimeout(ctx, apiTimeout)
	defer cancel()
	consumer, err := l.js.Consumer(ctx, l.cfg.Stream, l.cfg.Durable)
	name := l.cfg.Stream + "." + l.cfg.Durable
	switch {
	case errors.Is(err, jetstream.ErrConsumerNotFound), errors.Is(err, jetstream.ErrStreamNotFound):
		return nil, fmt.Errorf("NATS_MODE=bind: consumer %s does not exist: an administrator makes it", name)
	case errors.Is(err, context.DeadlineExceeded) && l.conn.IsConnected():
		return nil, fmt.Errorf("NATS_MODE=bind: no answer about consumer %s: this user may not ask for it ($JS.API.CONSUMER.INFO.%s), "+
			"or JetStream is away", name, name)
	case errors.Is(err, jetstream.ErrNotPullConsumer):
		return nil, unfit("consumer %s is a push consumer: journeybot needs a pull consumer", name)
	case err != nil:
		return nil, fmt.Errorf("find consumer %s: %w", name, err)
	}
	return consumer, checkConsumer(name, consumer.CachedInfo().Config)
}

func checkConsumer(name string, cfg jetstream.ConsumerConfig) error {
	switch {
	case cfg.AckPolicy != jetstream.AckExplicitPolicy:
		return unfit("consumer %s acknowledges %s: journeybot needs explicit acknowledgement; set NATS_DURABLE to a new name", name, cfg.AckPolicy)
	case cfg.MaxDeliver > 0:
		return unfit("consumer %s gives up after %d deliveries, which loses events in a long outage: set its max_deliver to -1", name, cfg.MaxDeliver)
	case len(cfg.BackOff) > 0:
		return unfit("consumer %s has a backoff, which overrides its ack_wait: remove it", name)
	}
	return nil
}

func (l *natsLink) makeStreams(ctx context.Context) error {
	prefix := l.cfg.SubjectPrefix
	if prefix == "journeybot" || prefix == "dlq" {
		return unfit("NATS_SUBJECT_PREFIX: %q is taken by what journeybot publishes", prefix)
	}
	for _, cfg := range []jetstream.StreamConfig{
		{
			Name: l.cfg.Stream, Subjects: []string{prefix + ".>"}, MaxAge: 14 * day, MaxBytes: growthBytes, Duplicates: 10 * time.Minute, AllowDirect: true,
			Description: "customer signals that journeybot takes",
		},
		{
			Name: deadLetterStream(l.cfg), Subjects: []string{"dlq." + prefix + ".>"}, MaxAge: 90 * day, Duplicates: day,
			Description: "events that journeybot could not take, with the reason",
		},
		{
			Name: OutStream, Subjects: []string{outSubjects}, MaxAge: 30 * day, Duplicates: time.Hour,
			Description: "what journeybot tells other systems",
		},
	} {
		cfg.Retention, cfg.Storage, cfg.Discard = jetstream.LimitsPolicy, jetstream.FileStorage, jetstream.DiscardOld
		if err := l.makeStream(ctx, cfg); err != nil {
			return err
		}
	}
	return nil
}

// makeStream creates a stream, or adopts the one that is there: what an operator chose stays as it is.
func (l *natsLink) makeStream(ctx context.Context, cfg jetstream.StreamConfig) error {
	ctx, cancel := context.WithTimeout(ctx, apiTimeout)
	defer cancel()
	stream, err := l.js.Stream(ctx, cfg.Name)
	if err == nil {
		return checkStream(cfg, stream.CachedInfo().Config)
	}
	if !errors.Is(err, jetstream.ErrStreamNotFound) {
		return fmt.Errorf("find stream %s: %w", cfg.Name, err)
	}
	cfg.Replicas = 1
	if l.conn.ConnectedClusterName() != "" {
		cfg.Replicas = 3
	}
	stream, err = l.js.CreateStream(ctx, cfg)
	if cfg.Replicas > 1 && anyCode(err, codeNoPeers, codeNoReplicas) {
		cfg.Replicas = 1
		stream, err = l.js.CreateStream(ctx, cfg)
	}
	switch {
	case err == nil:
		l.logger.Info("stream created", "stream", cfg.Name, "subjects", cfg.Subjects, "replicas", stream.CachedInfo().Config.Replicas)
		return nil
	case errors.Is(err, jetstream.ErrStreamNameAlreadyInUse): // another replica was faster, with other replicas or a newer version
		return nil
	case anyCode(err, codeOverlap):
		return unfit("another stream than %s takes %s already%s", cfg.Name, cfg.Subjects[0], l.whoTakes(ctx, cfg))
	case anyCode(err, codeNoStorage):
		return unfit("no room for stream %s (%d MiB): raise the account's limit, or make the stream yourself", cfg.Name, cfg.MaxBytes>>20)
	}
	return fmt.Errorf("create stream %s: %w", cfg.Name, err)
}

func (l *natsLink) whoTakes(ctx context.Context, cfg jetstream.StreamConfig) string {
	name, err := l.js.StreamNameBySubject(ctx, cfg.Subjects[0])
	if err != nil {
		return ""
	}
	if cfg.Name == l.cfg.Stream {
		return fmt.Sprintf(" (%s): set NATS_STREAM=%s, or another NATS_SUBJECT_PREFIX", name, name)
	}
	return fmt.Sprintf(" (%s): take it out of there", name)
}

// Codes of the server that the client library has no names for.
const (
	codeNoPeers    jetstream.ErrorCode = 10005
	codeNoStorage  jetstream.ErrorCode = 10047
	codeOverlap    jetstream.ErrorCode = 10065
	codeNoReplicas jetstream.ErrorCode = 10074
)

func anyCode(err error, codes ...jetstream.ErrorCode) bool {
	var failure *jetstream.APIError
	return errors.As(err, &failure) && slices.Contains(codes, failure.ErrorCode)
}

func checkStream(want, have jetstream.StreamConfig) error {
	if have.Retention == jetstream.WorkQueuePolicy {
		return unfit("stream %s is a work queue, which lets nobody else read and nothing be replayed: set NATS_STREAM to another name", have.Name)
	}
	if have.Mirror != nil || len(have.Sources) > 0 { // subjects are those of its origin
		return nil
	}
	for _, pattern := range have.Subjects {
		if covers(pattern, want.Subjects[0]) {
			return nil
		}
	}
	return unfit("stream %s takes %s but not %s: add it there, or choose other names with NATS_STREAM and NATS_SUBJECT_PREFIX",
		have.Name, strings.Join(have.Subjects, ", "), want.Subjects[0])
}

// covers reports whether every subject of the pattern part is one of the pattern whole.
func covers(whole, part string) bool {
	wholes, parts := strings.Split(whole, "."), strings.Split(part, ".")
	for i, token := range wholes {
		switch {
		case i >= len(parts):
			return false
		case token == ">":
			return true
		case parts[i] == ">" || token != "*" && token != parts[i]:
			return false
		}
	}
	return len(wholes) == len(parts)
}

// makeConsumer creates the durable consumer, or adopts the one that is there: where it stands in the stream stays, its measures become ours.
func (l *natsLink) makeConsumer(ctx context.Context) (jetstream.Consumer, error) {
	ctx, cancel := context.WithTimeout(ctx, apiTimeout)
	defer cancel()
	name := l.cfg.Stream + "." + l.cfg.Durable
	consumer, err := l.js.Consumer(ctx, l.cfg.Stream, l.cfg.Durable)
	switch {
	case errors.Is(err, jetstream.ErrConsumerNotFound):
		return l.createConsumer(ctx)
	case errors.Is(err, jetstream.ErrNotPullConsumer):
		return nil, unfit("consumer %s is a push consumer: set NATS_DURABLE to another name", name)
	case err != nil:
		return nil, fmt.Errorf("find consumer %s: %w", name, err)
	}
	cfg := consumer.CachedInfo().Config
	filter := l.cfg.SubjectPrefix + ".>"
	wanted := cfg.AckWait == ackWait && cfg.MaxAckPending == maxAckPending && cfg.FilterSubject == filter && cfg.MaxDeliver <= 0 && len(cfg.BackOff) == 0
	if wanted || cfg.AckPolicy != jetstream.AckExplicitPolicy {
		return consumer, checkConsumer(name, cfg)
	}
	cfg.AckWait, cfg.MaxAckPending, cfg.MaxDeliver, cfg.BackOff = ackWait, maxAckPending, -1, nil
	cfg.FilterSubject, cfg.FilterSubjects = filter, nil
	updated, err := l.js.UpdateConsumer(ctx, l.cfg.Stream, cfg)
	if err != nil {
		return nil, fmt.Errorf("update consumer %s: %w", name, err)
	}
	l.logger.Info("consumer adopted", "stream", l.cfg.Stream, "consumer", l.cfg.Durable)
	return updated, nil
}

func (l *natsLink) createConsumer(ctx context.Context) (jetstream.Consumer, error) {
	since := l.now().Add(-firstLookBack)
	cfg := jetstream.ConsumerConfig{
		Durable: l.cfg.Durable, Description: "journeybot", FilterSubject: l.cfg.SubjectPrefix + ".>",
		DeliverPolicy: jetstream.DeliverByStartTimePolicy, OptStartTime: &since,
		AckPolicy: jetstream.AckExplicitPolicy, AckWait: ackWait, MaxDeliver: -1, MaxAckPending: maxAckPending,
	}
	if l.embedded == nil && atLeast(l.conn.ConnectedServerVersion(), 2, 11) {
		cfg.PriorityPolicy, cfg.PriorityGroups, cfg.PinnedTTL = jetstream.PriorityPolicyPinned, []string{pinGroup}, pinnedTTL
	}
	consumer, err := l.js.CreateConsumer(ctx, l.cfg.Stream, cfg)
	switch {
	case errors.Is(err, jetstream.ErrConsumerExists): // another replica was faster
		consumer, err = l.js.Consumer(ctx, l.cfg.Stream, l.cfg.Durable)
	case err == nil:
		l.logger.Info("consumer created", "stream", l.cfg.Stream, "consumer", l.cfg.Durable, "since", since, "pinned", len(cfg.PriorityGroups) > 0)
	}
	if err != nil {
		return nil, fmt.Errorf("create consumer %s: %w", l.cfg.Durable, err)
	}
	return consumer, nil
}

// atLeast compares the server's version, such as 2.11.4 or 2.12.0-RC.1.
func atLeast(version string, major, minor int) bool {
	parts := strings.SplitN(version, ".", 3)
	if len(parts) < 2 {
		return false
	}
	haveMajor, errMajor := strconv.Atoi(parts[0])
	haveMinor, errMinor := strconv.Atoi(parts[1])
	return errMajor == nil && errMinor == nil && (haveMajor > major || haveMajor == major && haveMinor >= minor)
}
