package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"journeybot/alerts"
	"journeybot/handlers"
	"journeybot/storage"
)

// outbox is a database that can forget what it was told.
type outbox struct {
	mu       sync.Mutex
	rows     []storage.OutboxRow
	forget   int // FinishOutbox fails so many times
	finished []string
	aside    []alerts.DeadLetter
	jammed   bool // nothing can be set aside
}

func (o *outbox) SetAsideOutbox(ctx context.Context, id string, letter alerts.DeadLetter) error {
	if o.jammed {
		return errors.New("database away")
	}
	o.aside = append(o.aside, letter)
	return o.FinishOutbox(ctx, "", []string{id})
}

func (o *outbox) ClaimOutbox(_ context.Context, _ time.Duration, limit int) (string, []storage.OutboxRow, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.rows) == 0 {
		return "", nil, nil
	}
	return "token", append([]storage.OutboxRow(nil), o.rows[:min(limit, len(o.rows))]...), nil
}

func (o *outbox) FinishOutbox(_ context.Context, _ string, ids []string) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.forget > 0 {
		o.forget--
		return errors.New("database away")
	}
	done := map[string]bool{}
	for _, id := range ids {
		done[id] = true
	}
	var left []storage.OutboxRow
	for _, row := range o.rows {
		if !done[row.Outbound.ID] {
			left = append(left, row)
		}
	}
	o.rows, o.finished = left, append(o.finished, ids...)
	return nil
}

func (o *outbox) add(rows ...storage.OutboxRow) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.rows = append(o.rows, rows...)
}

func (o *outbox) waiting() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.rows)
}

func row(id, subject string, sequence int64) storage.OutboxRow {
	return storage.OutboxRow{Sequence: sequence, Outbound: alerts.Outbound{
		ID: id, Type: "journeybot.alert.opened", Subject: subject, At: time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC), Data: []byte(`{"alert":"` + subject + `"}`),
	}}
}

func testRelay(t *testing.T, o *outbox, js jetstream.JetStream) *relay {
	t.Helper()
	return newRelay(o, js, func(context.Context) error { return nil }, slog.New(slog.DiscardHandler), prometheus.NewRegistry())
}

// published reads the whole stream of what went out.
func published(t *testing.T, js jetstream.JetStream) []*jetstream.RawStreamMsg {
	t.Helper()
	stream, err := js.Stream(t.Context(), OutStream)
	require.NoError(t, err)
	state := stream.CachedInfo().State
	var all []*jetstream.RawStreamMsg
	for seq := state.FirstSeq; seq <= state.LastSeq; seq++ {
		msg, err := stream.GetMsg(t.Context(), seq)
		require.NoError(t, err)
		all = append(all, msg)
	}
	return all
}

func TestOutboxLeavesInOrderAndOnce(t *testing.T) {
	t.Parallel()
	l := link(t, settings(t, ""))
	require.NoError(t, l.verify(t.Context()))
	o := &outbox{forget: 1}
	want := make([]string, 0, 450)
	for i := range 450 { // more than two batches, three subjects that interleave
		subject := fmt.Sprint("alert-", i%3)
		o.add(row(fmt.Sprint("id-", i), subject, int64(i/3+1)))
		want = append(want, fmt.Sprint("id-", i))
	}
	r := testRelay(t, o, l.js)
	_, err := r.once(t.Context())
	require.ErrorContains(t, err, "database away", "published, but not marked: the same rows come again")
	for o.waiting() > 0 {
		_, err := r.once(t.Context())
		require.NoError(t, err)
	}
	last := map[string]int64{}
	got := make([]string, 0, len(want))
	for _, msg := range published(t, l.js) {
		require.Equal(t, "journeybot.alert.opened", msg.Subject)
		var ce struct {
			ID, Source, Subject, Specversion, Sequence, Type string
			Data                                             struct{ Alert string }
		}
		require.NoError(t, json.Unmarshal(msg.Data, &ce))
		require.Equal(t, msg.Header.Get("Nats-Msg-Id"), ce.ID)
		require.Equal(t, "1.0", ce.Specversion)
		require.Equal(t, ce.Subject, ce.Data.Alert)
		require.Equal(t, fmt.Sprint(last[ce.Subject]+1), ce.Sequence, "in order, each once")
		last[ce.Subject]++
		got = append(got, ce.ID)
	}
	require.ElementsMatch(t, want, got)
}

func TestOutboxRunIsNudged(t *testing.T) {
	t.Parallel()
	l := link(t, settings(t, ""))
	require.NoError(t, l.verify(t.Context()))
	o := &outbox{}
	r := testRelay(t, o, l.js)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- r.run(ctx) }()
	o.add(row("1", "a", 1))
	r.nudge()
	require.Eventually(t, func() bool { return o.waiting() == 0 }, soon, 5*time.Millisecond)
	stop()
	require.ErrorIs(t, <-ended, context.Canceled)
}

func TestOutboxWaitsForItsStream(t *testing.T) {
	t.Parallel()
	l := link(t, settings(t, ""))
	require.NoError(t, l.verify(t.Context()))
	require.NoError(t, l.js.DeleteStream(t.Context(), OutStream))
	o := &outbox{rows: []storage.OutboxRow{row("1", "a", 1), row("2", "a", 2), row("3", "b", 1)}}
	r := testRelay(t, o, l.js)
	_, err := r.once(t.Context())
	require.ErrorContains(t, err, "publish journeybot.alert.opened")
	require.Equal(t, 3, o.waiting(), "nothing is lost")

	r.restore = l.restore
	_, err = r.once(t.Context())
	require.Error(t, err, "this round failed, but the stream is there again")
	_, err = r.once(t.Context())
	require.NoError(t, err)
	require.Zero(t, o.waiting())
	require.Len(t, published(t, l.js), 3)
}

func TestOutboxThatFailsForOneSubjectKeepsItsOrder(t *testing.T) {
	t.Parallel()
	l := link(t, settings(t, ""))
	require.NoError(t, l.verify(t.Context()))
	broken := row("1", "a", 1)
	broken.Outbound.Type = "elsewhere.opened" // no stream takes it now
	o := &outbox{rows: []storage.OutboxRow{broken, row("2", "a", 2), row("3", "b", 1), row("4", "b", 2)}}
	_, err := testRelay(t, o, l.js).once(t.Context())
	require.ErrorIs(t, err, jetstream.ErrNoStreamResponse)
	require.Equal(t, []string{"3", "4"}, o.finished, "what follows the failed one waits, other subjects go on")
	require.Len(t, published(t, l.js), 2)
}

func TestOutboxSetsAsideWhatCanNeverLeave(t *testing.T) {
	t.Parallel()
	l := link(t, settings(t, ""))
	require.NoError(t, l.verify(t.Context()))
	noJSON, large, odd := row("1", "a", 1), row("2", "a", 2), row("3", "b", 1)
	noJSON.Outbound.Data = []byte("{")
	large.Outbound.Data = []byte(`"` + strings.Repeat("x", 2<<20) + `"`)
	odd.Outbound.Type = "journeybot.with blank"
	o := &outbox{rows: []storage.OutboxRow{noJSON, large, row("4", "a", 3), odd, row("5", "b", 2)}, jammed: true}
	r := testRelay(t, o, l.js)
	_, err := r.once(t.Context())
	require.ErrorContains(t, err, "database away")
	require.Equal(t, 5, o.waiting(), "nothing overtakes what is not set aside yet")

	o.jammed = false
	_, err = r.once(t.Context())
	require.NoError(t, err)
	require.Zero(t, o.waiting())
	require.Len(t, published(t, l.js), 2, "what is behind them goes on")
	require.Len(t, o.aside, 3)
	for i, letter := range []struct{ event, reason string }{{"1", "cannot be written"}, {"3", "invalid subject"}, {"2", "maximum payload"}} {
		require.Equal(t, letter.event, o.aside[i].EventID)
		require.Equal(t, "out:"+letter.event, o.aside[i].ID)
		require.Equal(t, handlers.OutSource, o.aside[i].Source)
		require.Contains(t, o.aside[i].Reason, letter.reason)
		require.NotEmpty(t, o.aside[i].Body)
	}
	require.InDelta(t, 3, testutil.ToFloat64(r.sent.WithLabelValues("set_aside")), 0)
}

func TestOutboxWaitsWhileNATSIsAway(t *testing.T) {
	t.Parallel()
	s := external(t, nil)
	l := link(t, settings(t, s.ClientURL()))
	s.Shutdown()
	s.WaitForShutdown()
	require.Eventually(t, func() bool { return !l.conn.IsConnected() }, soon, 5*time.Millisecond)
	o := &outbox{rows: []storage.OutboxRow{row("1", "a", 1)}}
	_, err := testRelay(t, o, l.js).once(t.Context())
	require.EqualError(t, err, "NATS away")
	require.Equal(t, 1, o.waiting())
}
