package handlers

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"journeybot/alerts"
)

const soon = 15 * time.Second

var errAway = errors.New("database away")

// inbox is a database that fails as told.
type inbox struct {
	mu      sync.Mutex
	fail    func(batch []alerts.Event) error // nil: never
	taken   []string                         // event ids in the order in which they were committed
	sizes   []int                            // of the batches that were tried
	letters map[string]alerts.DeadLetter
	nobury  bool
}

func (in *inbox) Ingest(_ context.Context, batch []alerts.Event, apply func(*alerts.WorkingSet, []alerts.Event)) ([]alerts.EventResult, error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.sizes = append(in.sizes, len(batch))
	if in.fail != nil {
		if err := in.fail(batch); err != nil {
			return nil, err
		}
	}
	ws := alerts.NewWorkingSet(func() string { return "id" })
	var fresh []alerts.Event
	results := make([]alerts.EventResult, len(batch))
	for i, ev := range batch {
		if slices.Contains(in.taken, ev.ID) {
			results[i] = alerts.ResultDuplicate
			continue
		}
		results[i] = alerts.ResultStored
		in.taken = append(in.taken, ev.ID)
		fresh = append(fresh, ev)
	}
	apply(ws, fresh)
	return results, nil
}

func (in *inbox) AddDeadLetter(_ context.Context, d alerts.DeadLetter) error {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.nobury {
		return errAway
	}
	if in.letters == nil {
		in.letters = map[string]alerts.DeadLetter{}
	}
	in.letters[d.ID] = d
	return nil
}

func (in *inbox) set(change func(in *inbox)) {
	in.mu.Lock()
	defer in.mu.Unlock()
	change(in)
}

func (in *inbox) ids() []string {
	in.mu.Lock()
	defer in.mu.Unlock()
	return slices.Clone(in.taken)
}

func (in *inbox) buried() []alerts.DeadLetter {
	in.mu.Lock()
	defer in.mu.Unlock()
	return slices.SortedFunc(maps.Values(in.letters), func(a, b alerts.DeadLetter) int { return a.ReceivedAt.Compare(b.ReceivedAt) })
}

// place is a NATS server with the streams, and what a replica needs to take events from it.
type place struct {
	server   *server.Server
	dir      string
	js       jetstream.JetStream
	consumer jetstream.ConsumerConfig
	metrics  *prometheus.Registry
}

func newPlace(t *testing.T) *place {
	t.Helper()
	p := &place{dir: t.TempDir(), metrics: prometheus.NewRegistry(), consumer: jetstream.ConsumerConfig{
		Durable: "journeybot", AckPolicy: jetstream.AckExplicitPolicy, AckWait: 8 * time.Second, MaxDeliver: -1, MaxAckPending: 800,
	}}
	p.start(t, server.RANDOM_PORT)
	p.js = p.connect(t)
	p.makeStream(t, "GROWTH", "growth.>")
	p.makeStream(t, "GROWTH_DLQ", "dlq.growth.>")
	return p
}

func (p *place) start(t *testing.T, port int) {
	t.Helper()
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: port, JetStream: true, StoreDir: p.dir, NoSigs: true})
	require.NoError(t, err)
	go s.Start()
	require.True(t, s.ReadyForConnections(soon))
	t.Cleanup(s.Shutdown)
	p.server = s
}

func (p *place) connect(t *testing.T) jetstream.JetStream {
	t.Helper()
	conn, err := nats.Connect(p.server.ClientURL(), nats.MaxReconnects(-1), nats.ReconnectWait(20*time.Millisecond))
	require.NoError(t, err)
	t.Cleanup(conn.Close)
	js, err := jetstream.New(conn)
	require.NoError(t, err)
	return js
}

func (p *place) makeStream(t *testing.T, name, subjects string) {
	t.Helper()
	_, err := p.js.CreateStream(t.Context(), jetstream.StreamConfig{Name: name, Subjects: []string{subjects}})
	require.NoError(t, err)
}

// run starts a replica and returns what stops it and waits for its end.
func (p *place) run(t *testing.T, in *inbox) (stop func()) {
	t.Helper()
	js := p.connect(t)
	ctx, cancel := context.WithCancel(context.Background())
	events := NewEvents(js, in, EventsConfig{
		Rules:       &alerts.Rules{},
		IsRetryable: func(err error) bool { return errors.Is(err, errAway) },
		Registerer:  p.metrics,
		Consumer: func(ctx context.Context) (jetstream.Consumer, error) {
			ctx, cancel := context.WithTimeout(ctx, time.Second)
			defer cancel()
			return js.CreateOrUpdateConsumer(ctx, "GROWTH", p.consumer)
		},
	})
	ended := make(chan error, 1)
	go func() { ended <- events.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		select {
		case err := <-ended:
			require.NoError(t, err)
		case <-time.After(soon):
			require.Fail(t, "the loop did not end")
		}
	})
	t.Cleanup(stop)
	return stop
}

func (p *place) send(t *testing.T, ids ...string) {
	t.Helper()
	for _, id := range ids {
		p.publish(t, "growth.kpi.reported.acme", id, `{"specversion":"1.0","id":"`+id+`","source":"crm","type":"growth.kpi.reported","subject":"acme","data":{"kpis":{"a":1}}}`)
	}
}

func (p *place) publish(t *testing.T, subject, msgID, body string) {
	t.Helper()
	_, err := p.js.Publish(t.Context(), subject, []byte(body), jetstream.WithMsgID(msgID))
	require.NoError(t, err)
}

// info is where the consumer stands; NumAckPending is -1 while there is none.
func (p *place) info(t *testing.T) *jetstream.ConsumerInfo {
	t.Helper()
	consumer, err := p.js.Consumer(t.Context(), "GROWTH", "journeybot")
	if err != nil {
		return &jetstream.ConsumerInfo{NumAckPending: -1}
	}
	return consumer.CachedInfo()
}

// settled waits until nothing is pending or unacknowledged.
func (p *place) settled(t *testing.T) {
	t.Helper()
	require.Eventually(t, func() bool {
		info := p.info(t)
		return info.NumPending == 0 && info.NumAckPending == 0
	}, soon, 10*time.Millisecond)
}

func numbered(from, to int) []string {
	var ids []string
	for i := from; i < to; i++ {
		ids = append(ids, fmt.Sprintf("e%04d", i))
	}
	return ids
}

func TestEventsAreTakenInBatchesAndInOrder(t *testing.T) {
	t.Parallel()
	p, in := newPlace(t), &inbox{}
	p.send(t, numbered(0, 500)...)
	p.run(t, in)
	require.Eventually(t, func() bool { return len(in.ids()) == 500 }, soon, 10*time.Millisecond)
	p.settled(t)
	require.Equal(t, numbered(0, 500), in.ids())
	in.set(func(in *inbox) {
		require.LessOrEqual(t, slices.Max(in.sizes), batchSize)
		require.Less(t, len(in.sizes), 20, "the backlog goes in batches")
	})
	require.InDelta(t, 500, testutil.ToFloat64(p.counter(t, "growth.kpi.reported", "stored")), 0)
}

// counter finds a counter that the replica registered.
func (p *place) counter(t *testing.T, labels ...string) prometheus.Collector {
	t.Helper()
	vec := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "journeybot_events_total", Help: "Events taken from NATS, by type and by what they did.",
	}, []string{"type", "result"})
	var registered prometheus.AlreadyRegisteredError
	require.ErrorAs(t, p.metrics.Register(vec), &registered)
	return registered.ExistingCollector.(*prometheus.CounterVec).WithLabelValues(labels...)
}

func TestTheSameEventCountsOnce(t *testing.T) {
	t.Parallel()
	p, in := newPlace(t), &inbox{}
	body := `{"specversion":"1.0","id":"same","source":"crm","type":"growth.kpi.reported","subject":"acme","data":{"kpis":{"a":1}}}`
	p.publish(t, "growth.kpi.reported", "1", body)
	p.publish(t, "growth.kpi.reported", "2", body)
	p.run(t, in)
	p.send(t, "last")
	require.Eventually(t, func() bool { return slices.Contains(in.ids(), "last") }, soon, 10*time.Millisecond)
	p.settled(t)
	require.Equal(t, []string{"same", "last"}, in.ids())
	require.InDelta(t, 1, testutil.ToFloat64(p.counter(t, "growth.kpi.reported", "duplicate")), 0)
}

func TestPoisonIsSetAsideAndItsMatesGoThrough(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	in := &inbox{fail: func(batch []alerts.Event) error {
		for _, ev := range batch {
			switch ev.ID {
			case "refused":
				return errors.New("value out of range")
			case "bomb":
				panic("boom")
			}
		}
		return nil
	}}
	p.send(t, "a")
	p.publish(t, "growth.signal.pql.acme", "crm|wrong", `{"specversion":"1.0","id":"wrong","source":"crm","type":"growth.signal.pql","subject":"acme","data":{"score":"abc"}}`)
	p.send(t, "b", "refused", "c", "bomb", "d")
	p.publish(t, "growth.unknown", "raw", "\xff\x00 not an event")
	msg := nats.NewMsg("growth.dance")
	msg.Header = nats.Header{"CE-specversion": {"1.0"}, "ce-id": {"bin"}, "ce-source": {"crm"}, "ce-type": {"growth.dance"}}
	_, err := p.js.PublishMsg(t.Context(), msg, jetstream.WithMsgID("crm|bin"))
	require.NoError(t, err)
	p.run(t, in)

	require.Eventually(t, func() bool { return len(in.buried()) == 5 }, soon, 10*time.Millisecond)
	p.settled(t)
	require.Equal(t, []string{"a", "b", "c", "d"}, in.ids())
	reasons := make([]string, 0, 5)
	for _, letter := range in.buried() {
		reasons = append(reasons, letter.EventID+": "+letter.Reason)
	}
	require.Equal(t, []string{
		`wrong: data.score: "abc" is not a number`,
		"refused: cannot be taken: value out of range",
		"bomb: cannot be taken: panic: boom",
		": not a CloudEvent: no ce-specversion header, and no JSON body with specversion",
		`bin: unknown type "growth.dance"`,
	}, reasons)

	stream, err := p.js.Stream(t.Context(), "GROWTH_DLQ")
	require.NoError(t, err)
	first, err := stream.GetLastMsgForSubject(t.Context(), "dlq.growth.signal.pql.acme")
	require.NoError(t, err)
	require.Equal(t, `data.score: "abc" is not a number`, first.Header.Get("Jb-Dlq-Reason"))
	require.Equal(t, "2", first.Header.Get("Jb-Dlq-Stream-Seq"))
	require.Equal(t, "growth.signal.pql.acme", first.Header.Get("Jb-Dlq-Orig-Subject"))
	require.Equal(t, "crm|wrong", first.Header.Get("Jb-Dlq-Orig-Msg-Id"))
	require.Equal(t, in.buried()[0].ID, first.Header.Get("Nats-Msg-Id"))
	binary, err := stream.GetLastMsgForSubject(t.Context(), "dlq.growth.dance")
	require.NoError(t, err)
	require.Equal(t, []string{"1.0"}, binary.Header["CE-specversion"], "the sender's own headers stay")
	require.Equal(t, uint64(5), stream.CachedInfo().State.Msgs)
	require.InDelta(t, 2, testutil.ToFloat64(p.counter(t, "unknown", "dead_letter")), 0)
	require.InDelta(t, 1, testutil.ToFloat64(p.counter(t, "growth.signal.pql", "dead_letter")), 0)
}

func TestDatabaseAwayHoldsTheBatch(t *testing.T) {
	t.Parallel()
	p, in := newPlace(t), &inbox{fail: func([]alerts.Event) error { return errAway }}
	p.consumer.AckWait = 400 * time.Millisecond
	p.send(t, "a", "b")
	p.run(t, in)
	tries := func() (n int) {
		in.set(func(in *inbox) { n = len(in.sizes) })
		return n
	}
	require.Eventually(t, func() bool { return tries() >= 4 }, soon, 10*time.Millisecond, "far more than AckWait has passed")
	p.send(t, "c")
	require.Zero(t, p.info(t).NumRedelivered, "the batch is kept alive")
	require.Equal(t, uint64(1), p.info(t).NumPending, "nothing more is pulled")
	in.set(func(in *inbox) { in.fail = nil })
	require.Eventually(t, func() bool { return len(in.ids()) == 3 }, soon, 10*time.Millisecond)
	p.settled(t)
	require.Equal(t, []string{"a", "b", "c"}, in.ids())
	require.Empty(t, in.buried())
}

func TestStoppingWhileHoldingHandsBackAtOnce(t *testing.T) {
	t.Parallel()
	p, in := newPlace(t), &inbox{fail: func([]alerts.Event) error { return errAway }}
	p.consumer.AckWait = time.Hour
	p.send(t, numbered(0, 20)...)
	stop := p.run(t, in)
	require.Eventually(t, func() bool { return p.info(t).NumAckPending == 20 }, soon, 10*time.Millisecond)
	stop()
	p.metrics = prometheus.NewRegistry()
	next := &inbox{}
	p.run(t, next)
	require.Eventually(t, func() bool { return len(next.ids()) == 20 }, soon, 10*time.Millisecond, "though AckWait is an hour")
	require.Equal(t, numbered(0, 20), next.ids())
}

func TestDeadLetterIsHeldWhileItsStreamIsAway(t *testing.T) {
	t.Parallel()
	p, in := newPlace(t), &inbox{}
	require.NoError(t, p.js.DeleteStream(t.Context(), "GROWTH_DLQ"))
	p.publish(t, "growth.signal.pql", "x", "poison")
	p.run(t, in)
	p.send(t, "a")
	require.Eventually(t, func() bool { return len(in.ids()) == 1 }, soon, 10*time.Millisecond, "the others go on")
	require.Equal(t, 1, p.info(t).NumAckPending, "the poison is not ended yet")
	p.makeStream(t, "GROWTH_DLQ", "dlq.growth.>")
	p.settled(t)
	stream, err := p.js.Stream(t.Context(), "GROWTH_DLQ")
	require.NoError(t, err)
	require.Equal(t, uint64(1), stream.CachedInfo().State.Msgs)
	require.Len(t, in.buried(), 1)
}

func TestDeadLetterIsHeldWhileTheDatabaseIsAway(t *testing.T) {
	t.Parallel()
	p, in := newPlace(t), &inbox{nobury: true}
	p.consumer.AckWait = time.Hour
	p.publish(t, "growth.signal.pql", "x", "poison")
	stop := p.run(t, in)
	p.send(t, "a")
	require.Eventually(t, func() bool { return len(in.ids()) == 1 }, soon, 10*time.Millisecond)
	stop()
	p.metrics = prometheus.NewRegistry()
	in.set(func(in *inbox) { in.nobury = false })
	p.run(t, in)
	require.Eventually(t, func() bool { return len(in.buried()) == 1 }, soon, 10*time.Millisecond, "it was handed back, though AckWait is an hour")
	p.settled(t)
}

func TestLargePoisonIsSetAsideWithoutItsBody(t *testing.T) {
	t.Parallel()
	p, in := newPlace(t), &inbox{}
	body := make([]byte, 1<<20-40) // with the headers of a dead letter it exceeds what NATS takes
	for i := range body {
		body[i] = 'x'
	}
	p.publish(t, "growth.signal.pql", "x", string(body))
	p.run(t, in)
	require.Eventually(t, func() bool { return len(in.buried()) == 1 }, soon, 10*time.Millisecond)
	p.settled(t)
	require.Equal(t, body, in.buried()[0].Body)
	stream, err := p.js.Stream(t.Context(), "GROWTH_DLQ")
	require.NoError(t, err)
	msg, err := stream.GetLastMsgForSubject(t.Context(), "dlq.growth.signal.pql")
	require.NoError(t, err)
	require.Empty(t, msg.Data)
	require.Contains(t, msg.Header.Get("Jb-Dlq-Body"), "left out")
}

func TestEventDeliveredManyTimesIsTriedAlone(t *testing.T) {
	t.Parallel()
	p, in := newPlace(t), &inbox{}
	p.send(t, "suspect")
	consumer, err := p.js.CreateConsumer(t.Context(), "GROWTH", p.consumer)
	require.NoError(t, err)
	for range suspicious {
		msg, err := consumer.Next(jetstream.FetchMaxWait(soon))
		require.NoError(t, err)
		require.NoError(t, msg.Nak())
	}
	p.send(t, "a", "b")
	p.run(t, in)
	require.Eventually(t, func() bool { return len(in.ids()) == 3 }, soon, 10*time.Millisecond)
	require.Equal(t, []string{"a", "b", "suspect"}, in.ids())
	in.set(func(in *inbox) { require.Equal(t, []int{2, 1}, in.sizes) })
	require.Empty(t, in.buried(), "many deliveries alone are no fault")
}

func TestDeletedConsumerIsMadeAgain(t *testing.T) {
	t.Parallel()
	p, in := newPlace(t), &inbox{}
	p.run(t, in)
	p.send(t, "a")
	require.Eventually(t, func() bool { return len(in.ids()) == 1 }, soon, 10*time.Millisecond)
	require.NoError(t, p.js.DeleteConsumer(t.Context(), "GROWTH", "journeybot"))
	p.send(t, "b")
	require.Eventually(t, func() bool { return len(in.ids()) == 2 }, soon, 10*time.Millisecond)
	require.Equal(t, []string{"a", "b"}, in.ids())
}

func TestServerThatRestartsIsFoundAgain(t *testing.T) {
	t.Parallel()
	p, in := newPlace(t), &inbox{}
	p.consumer.AckWait = time.Second
	p.run(t, in)
	p.send(t, "a")
	require.Eventually(t, func() bool { return len(in.ids()) == 1 }, soon, 10*time.Millisecond)
	port := p.server.Addr().(*net.TCPAddr).Port
	p.server.Shutdown()
	p.server.WaitForShutdown()
	p.start(t, port)
	require.Eventually(t, p.js.Conn().IsConnected, soon, 10*time.Millisecond)
	p.send(t, "b")
	require.Eventually(t, func() bool { return len(in.ids()) == 2 }, soon, 10*time.Millisecond)
}

func TestStandbyTakesOverAtOnce(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.consumer.PriorityPolicy, p.consumer.PriorityGroups, p.consumer.PinnedTTL = jetstream.PriorityPolicyPinned, []string{"ingest"}, time.Hour
	first, second := &inbox{}, &inbox{}
	stop := p.run(t, first)
	p.send(t, "a")
	require.Eventually(t, func() bool { return len(first.ids()) == 1 }, soon, 10*time.Millisecond)
	p.metrics = prometheus.NewRegistry()
	p.run(t, second)
	p.send(t, numbered(0, 50)...)
	require.Eventually(t, func() bool { return len(first.ids()) == 51 }, soon, 10*time.Millisecond)
	require.Empty(t, second.ids(), "one replica at a time, so that order holds")
	stop()
	p.send(t, numbered(50, 100)...)
	require.Eventually(t, func() bool { return len(second.ids()) == 50 }, soon, 10*time.Millisecond, "though the pin lasts an hour")
	require.Len(t, first.ids(), 51)
}
