package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"journeybot/alerts"
	"journeybot/config"
	"journeybot/handlers"
	"journeybot/storage"
	"journeybot/storage/storagetest"
)

// BenchmarkPipeline counts events per second from NATS to committed and acknowledged, with the rules of the bundled growth file, and
// beside it the raw bound measured in the same run: the rows that the events left, by bare INSERTs (storagetest.Raw). One iteration is
// one event, so give -benchtime as a number of events.
func BenchmarkPipeline(b *testing.B) {
	for _, db := range []struct {
		name  string
		fresh func(testing.TB) string
	}{
		{"sqlite", storagetest.SQLite},
		{"postgres", storagetest.Postgres},
	} {
		b.Run(db.name, func(b *testing.B) { benchmarkPipeline(b, db.fresh(b), db.fresh(b)) })
	}
}

func benchmarkPipeline(b *testing.B, url, other string) {
	growth, err := config.LoadGrowth("")
	require.NoError(b, err)
	store, err := storage.Open(b.Context(), storage.Config{URL: url})
	require.NoError(b, err)
	defer store.Close() //nolint:errcheck // the benchmark is over
	_, err = store.Migrate(b.Context())
	require.NoError(b, err)
	js, consumer := stocked(b, signalMix(b.N))
	in := &countingInbox{Inbox: store}
	committed := make(chan struct{})
	events := handlers.NewEvents(js, in, handlers.EventsConfig{
		Rules: growth.Rules, IsRetryable: storage.IsRetryable,
		Consumer: func(context.Context) (jetstream.Consumer, error) { return consumer, nil },
		Nudge: func() {
			if in.events.Load() == int64(b.N) {
				close(committed)
			}
		},
	})
	ctx, stop := context.WithTimeout(b.Context(), time.Minute)
	defer stop()
	ended := make(chan error, 1)

	b.ResetTimer()
	go func() { ended <- events.Run(ctx) }()
	select {
	case <-committed:
	case <-ctx.Done():
		require.FailNow(b, "too slow, or an event was refused", "%d of %d events committed", in.events.Load(), b.N)
	}
	for waiting(b, consumer) > 0 {
		time.Sleep(time.Millisecond)
	}
	b.StopTimer()

	stop()
	require.NoError(b, <-ended)
	raw := storagetest.Raw(b, url, other, int(in.batches.Load()))
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
	b.ReportMetric(float64(b.N)/raw.Seconds(), "raw_events/s")
	b.ReportMetric(raw.Seconds()/b.Elapsed().Seconds(), "of_raw")
}

// countingInbox counts what was committed.
type countingInbox struct {
	handlers.Inbox
	events, batches atomic.Int64
}

func (in *countingInbox) Ingest(
	ctx context.Context, batch []alerts.Event, apply func(*alerts.WorkingSet, []alerts.Event),
) ([]alerts.EventResult, error) {
	results, err := in.Inbox.Ingest(ctx, batch, apply)
	in.events.Add(int64(len(results)))
	in.batches.Add(1)
	return results, err
}

// waiting is how many events the consumer has not seen acknowledged.
func waiting(b *testing.B, consumer jetstream.Consumer) uint64 {
	info, err := consumer.Info(b.Context())
	require.NoError(b, err)
	return info.NumPending + uint64(info.NumAckPending)
}

// stocked is a NATS server whose stream holds the events already, and the consumer that will take them.
func stocked(b *testing.B, events []handlers.CloudEvent) (jetstream.JetStream, jetstream.Consumer) {
	b.Helper()
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, JetStream: true, StoreDir: b.TempDir(), NoSigs: true, NoLog: true})
	require.NoError(b, err)
	go s.Start()
	require.True(b, s.ReadyForConnections(patience))
	b.Cleanup(func() {
		s.Shutdown()
		s.WaitForShutdown()
	})
	conn, err := nats.Connect(s.ClientURL())
	require.NoError(b, err)
	b.Cleanup(conn.Close)
	js, err := jetstream.New(conn)
	require.NoError(b, err)
	stream, err := js.CreateStream(b.Context(), jetstream.StreamConfig{Name: "GROWTH", Subjects: []string{"growth.>"}})
	require.NoError(b, err)
	for _, event := range events {
		body, err := json.Marshal(event)
		require.NoError(b, err)
		_, err = js.PublishMsgAsync(&nats.Msg{
			Subject: handlers.EventSubject("growth", event), Header: nats.Header{"Content-Type": {handlers.ContentStructured}}, Data: body,
		})
		require.NoError(b, err)
	}
	<-js.PublishAsyncComplete()
	info, err := stream.Info(b.Context())
	require.NoError(b, err)
	require.Equal(b, uint64(len(events)), info.State.Msgs)
	consumer, err := stream.CreateConsumer(b.Context(), jetstream.ConsumerConfig{
		Durable: "journeybot", AckPolicy: jetstream.AckExplicitPolicy, AckWait: 8 * time.Second, MaxDeliver: -1, MaxAckPending: 800,
	})
	require.NoError(b, err)
	return js, consumer
}

// benchAccounts are told of first; then their news come in, one event every half a minute up to now.
const (
	benchAccounts = 200
	benchPace     = 30 * time.Second
)

// signalMix is a believable stream of n events about benchAccounts accounts, the same at each call but for its times: six in ten report six KPIs,
// two in ten are signals that mostly repeat what is known, the rest keep accounts up to date.
func signalMix(n int) []handlers.CloudEvent {
	random := rand.New(rand.NewPCG(1, 2))
	start := time.Now().Add(-time.Duration(n) * benchPace).UTC()
	events := make([]handlers.CloudEvent, n)
	for i := range events {
		about, data := random.IntN(benchAccounts), ""
		kind := "kpi.reported"
		switch dice := random.IntN(10); {
		case i < benchAccounts:
			about, kind, data = i, "account.updated", accountNews(i, random)
		case dice < 6:
			data = fmt.Sprintf(`{"kpis": {"active_users": %d, "logins": %d, "exports": %d, "api_calls": %d, "nps": %d, "adoption": %.1f}}`,
				random.IntN(90), random.IntN(400), random.IntN(30), random.IntN(100_000), random.IntN(11), 100*random.Float64())
		case dice < 8:
			kind, data = "account.updated", accountNews(about, random)
		case dice < 9:
			from, to := 70+random.IntN(20), 30+random.IntN(20)
			kind, data = "signal.health_shift", fmt.Sprintf(`{"from": "green", "to": "red", "previous_score": %d, "score": %d, "reason": "Usage fell for two weeks",
				"drivers": [{"measure": "Active users", "from": %d, "to": %d}, {"measure": "Exports", "from": 34, "to": 9}]}`, from, to, from/2, to/2)
		default:
			kind, data = "signal.usage_limit", fmt.Sprintf(`{"resource": "API calls", "used": %d, "limit": 1000000, "unit": "calls", "period_end": "2099-01-01"}`,
				700_000+random.IntN(450_000))
		}
		events[i] = handlers.CloudEvent{
			ID: fmt.Sprintf("%08d", i), Source: "warehouse", Type: "growth." + kind, Subject: fmt.Sprintf("account-%03d", about),
			Time: start.Add(time.Duration(i) * benchPace), Data: json.RawMessage(data),
		}
	}
	return events
}

func accountNews(n int, random *rand.Rand) string {
	return fmt.Sprintf(`{"name": "Customer %[1]d Ltd", "domain": "customer-%[1]d.example", "segment": "mid", "region": "EMEA", "plan": "Scale", "arr": %[2]d, "seats": %[3]d,
		"owner": "owner-%[4]d@example.com", "contacts": [{"name": "Dana Weiss", "email": "dana@customer-%[1]d.example", "role": "champion"}]}`,
		n, 1000*(20+n%100), 20+random.IntN(80), n%8)
}
