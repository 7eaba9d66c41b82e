package handlers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"journeybot/alerts"
)

const (
	typePrefix     = "growth." // of every CloudEvents type that comes in, whatever prefix the subjects have
	publishTimeout = 5 * time.Second
)

// Sender publishes events on the growth stream, as any other program would. It is safe for concurrent use.
type Sender struct {
	js             jetstream.JetStream
	prefix, stream string
}

// NewSender returns a Sender for the stream of that name, whose subjects begin with prefix.
func NewSender(js jetstream.JetStream, prefix, stream string) *Sender {
	return &Sender{js: js, prefix: prefix, stream: stream}
}

// Send publishes the event in structured mode and waits until the stream has stored it. The same event again is stored once.
// The error is ErrNotStored when NATS is away or refuses, so that trying again later is right.
func (s *Sender) Send(ctx context.Context, ce CloudEvent) error {
	body, err := json.Marshal(ce)
	if err != nil {
		return fmt.Errorf("write event: %w", err)
	}
	msg := nats.NewMsg(EventSubject(s.prefix, ce))
	msg.Header.Set("Content-Type", ContentStructured)
	msg.Data = body
	_, err = s.publish(ctx, msg, ce.Source+"|"+ce.ID)
	return err
}

// Replay publishes a dead letter again, on its own subject and as it was, and waits until the stream has stored it.
// It is a new message to the stream, however often it was replayed before. The error is ErrNotStored as in Send.
func (s *Sender) Replay(ctx context.Context, d alerts.DeadLetter) error {
	id := d.ID
	if d.Source != "" && d.EventID != "" {
		id = d.Source + "|" + d.EventID
	}
	msg := nats.NewMsg(d.Subject)
	msg.Header = keptHeaders(d.Headers)
	msg.Data = d.Body
	const most = 1000
	for n := 1; n <= most; n++ {
		duplicate, err := s.publish(ctx, msg, fmt.Sprintf("%s#r%d", id, n))
		if err != nil || !duplicate {
			return err
		}
	}
	return fmt.Errorf("replay %s: %d replays within the stream's duplicate window", d.ID, most)
}

// OutSource is the CloudEvents source of the events that leave.
const OutSource = "journeybot"

// ErrNotStored is returned when the stream did not confirm an event: NATS is away, or it refuses.
var ErrNotStored = errors.New("not stored by NATS")

func (s *Sender) publish(ctx context.Context, msg *nats.Msg, id string) (duplicate bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, publishTimeout)
	defer cancel()
	ack, err := s.js.PublishMsg(ctx, msg, jetstream.WithMsgID(id), jetstream.WithExpectStream(s.stream))
	if err != nil {
		return false, fmt.Errorf("%w: %w", ErrNotStored, err)
	}
	return ack.Duplicate, nil
}

// EventSubject is the NATS subject of an event: its type with the configured prefix, and the account as the last token.
func EventSubject(prefix string, ce CloudEvent) string {
	subject := prefix + "." + subjectSafe(strings.TrimPrefix(ce.Type, typePrefix), ".")
	if ce.Subject != "" {
		subject += "." + subjectSafe(ce.Subject, "")
	}
	return subject
}

// subjectSafe percent-encodes what a token of a subject cannot hold.
func subjectSafe(text, also string) string {
	var out strings.Builder
	for _, b := range []byte(text) {
		if b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' || b == '-' || b == '_' || strings.IndexByte(also, b) >= 0 {
			out.WriteByte(b)
			continue
		}
		fmt.Fprintf(&out, "%%%02X", b)
	}
	return out.String()
}

// keptHeaders are the sender's own: those of NATS tell of the first delivery and would mislead a second one.
func keptHeaders(all map[string][]string) nats.Header {
	kept := nats.Header{}
	for name, values := range all {
		lower := strings.ToLower(name)
		if !strings.HasPrefix(lower, "nats-") && !strings.HasPrefix(lower, "jb-dlq-") {
			kept[name] = append([]string(nil), values...)
		}
	}
	return kept
}
