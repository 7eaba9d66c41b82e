package bot

import (
	"context"
	"errors"
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
)

// operator is a connection that may do everything, as the administrator of the server has.
func operator(t *testing.T, s *server.Server, options ...nats.Option) jetstream.JetStream {
	t.Helper()
	conn, err := nats.Connect(s.ClientURL(), options...)
	require.NoError(t, err)
	t.Cleanup(conn.Close)
	js, err := jetstream.New(conn)
	require.NoError(t, err)
	return js
}

func TestManageMakesWhatIsMissing(t *testing.T) {
	t.Parallel()
	s := external(t, nil)
	l := link(t, settings(t, s.ClientURL()))
	js := operator(t, s)
	works(t, l)
	for name, want := range map[string]struct {
		subjects string
		age      time.Duration
	}{
		"GROWTH": {"growth.>", 14 * day}, "GROWTH_DLQ": {"dlq.growth.>", 90 * day}, "JOURNEYBOT": {"journeybot.>", 30 * day},
	} {
		stream, err := js.Stream(t.Context(), name)
		require.NoError(t, err, name)
		cfg := stream.CachedInfo().Config
		require.Equal(t, []string{want.subjects}, cfg.Subjects)
		require.Equal(t, want.age, cfg.MaxAge)
		require.Equal(t, jetstream.FileStorage, cfg.Storage)
		require.Equal(t, jetstream.LimitsPolicy, cfg.Retention)
	}
	consumer, err := js.Consumer(t.Context(), "GROWTH", "journeybot")
	require.NoError(t, err)
	cfg := consumer.CachedInfo().Config
	require.Equal(t, jetstream.PriorityPolicyPinned, cfg.PriorityPolicy)
	require.Equal(t, jetstream.DeliverByStartTimePolicy, cfg.DeliverPolicy)
	require.WithinDuration(t, time.Now().Add(-time.Hour), *cfg.OptStartTime, time.Minute)

	second := link(t, settings(t, s.ClientURL()))
	_, err = second.consumer(t.Context())
	require.NoError(t, err, "another replica finds everything there")
	require.NoError(t, js.DeleteConsumer(t.Context(), "GROWTH", "journeybot"))
	require.NoError(t, js.DeleteStream(t.Context(), "JOURNEYBOT"))
	_, err = second.consumer(t.Context())
	require.NoError(t, err, "what is gone is made again")
	_, err = js.Stream(t.Context(), "JOURNEYBOT")
	require.NoError(t, err)
}

func TestManageAdoptsWhatIsThere(t *testing.T) {
	t.Parallel()
	s := external(t, nil)
	js := operator(t, s)
	_, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "GROWTH", Subjects: []string{"growth.>", "more.*"}, MaxAge: 400 * day, Storage: jetstream.MemoryStorage})
	require.NoError(t, err)
	_, err = js.Publish(t.Context(), "growth.signal.pql", []byte("read before"))
	require.NoError(t, err)
	consumer, err := js.CreateConsumer(t.Context(), "GROWTH", jetstream.ConsumerConfig{
		Durable: "journeybot", AckPolicy: jetstream.AckExplicitPolicy, AckWait: time.Minute, MaxDeliver: 5, BackOff: []time.Duration{time.Second},
	})
	require.NoError(t, err)
	msg, err := consumer.Next(jetstream.FetchMaxWait(soon))
	require.NoError(t, err)
	require.NoError(t, msg.DoubleAck(t.Context()))

	l := link(t, settings(t, s.ClientURL()))
	works(t, l)
	stream, err := js.Stream(t.Context(), "GROWTH")
	require.NoError(t, err)
	require.Equal(t, 400*day, stream.CachedInfo().Config.MaxAge, "what the operator chose stays")
	adopted, err := js.Consumer(t.Context(), "GROWTH", "journeybot")
	require.NoError(t, err)
	cfg := adopted.CachedInfo().Config
	require.Equal(t, ackWait, cfg.AckWait)
	require.Equal(t, -1, cfg.MaxDeliver)
	require.Empty(t, cfg.BackOff)
	require.Equal(t, jetstream.DeliverAllPolicy, cfg.DeliverPolicy)
}

func TestManageRefusesWhatDoesNotFit(t *testing.T) {
	t.Parallel()
	pull := jetstream.ConsumerConfig{Durable: "journeybot", AckPolicy: jetstream.AckNonePolicy}
	cases := map[string]struct {
		prepare func(ctx context.Context, js jetstream.JetStream) error
		env     func(n *config.NATS)
		want    string
	}{
		"work queue": {
			prepare: func(ctx context.Context, js jetstream.JetStream) error {
				_, err := js.CreateStream(ctx, jetstream.StreamConfig{Name: "GROWTH", Subjects: []string{"growth.>"}, Retention: jetstream.WorkQueuePolicy})
				return err
			},
			want: "stream GROWTH is a work queue",
		},
		"other subjects": {
			prepare: func(ctx context.Context, js jetstream.JetStream) error {
				_, err := js.CreateStream(ctx, jetstream.StreamConfig{Name: "GROWTH", Subjects: []string{"orders.>", "growth.*"}})
				return err
			},
			want: "stream GROWTH takes orders.>, growth.* but not growth.>",
		},
		"subjects of another stream": {
			prepare: func(ctx context.Context, js jetstream.JetStream) error {
				_, err := js.CreateStream(ctx, jetstream.StreamConfig{Name: "EVENTS", Subjects: []string{"growth.>"}})
				return err
			},
			want: "another stream than GROWTH takes growth.> already (EVENTS): set NATS_STREAM=EVENTS",
		},
		"no acknowledgement": {
			prepare: func(ctx context.Context, js jetstream.JetStream) error {
				_, err := js.CreateStream(ctx, jetstream.StreamConfig{Name: "GROWTH", Subjects: []string{"growth.>"}})
				_, consumer := js.CreateConsumer(ctx, "GROWTH", pull)
				return errors.Join(err, consumer)
			},
			want: "journeybot needs explicit acknowledgement",
		},
		"push consumer": {
			prepare: func(ctx context.Context, js jetstream.JetStream) error {
				_, err := js.CreateStream(ctx, jetstream.StreamConfig{Name: "GROWTH", Subjects: []string{"growth.>"}})
				_, consumer := js.CreatePushConsumer(ctx, "GROWTH", jetstream.ConsumerConfig{Durable: "journeybot", DeliverSubject: "x"})
				return errors.Join(err, consumer)
			},
			want: "consumer GROWTH.journeybot is a push consumer",
		},
		"own prefix": {env: func(n *config.NATS) { n.SubjectPrefix = "journeybot" }, want: `NATS_SUBJECT_PREFIX: "journeybot" is taken`},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := external(t, nil)
			env := settings(t, s.ClientURL())
			if c.prepare != nil {
				require.NoError(t, c.prepare(t.Context(), operator(t, s)))
			}
			if c.env != nil {
				c.env(&env.NATS)
			}
			err := link(t, env).verify(t.Context())
			require.ErrorIs(t, err, errUnfit)
			require.ErrorContains(t, err, c.want)
		})
	}
}

// The rights that docs and the deployment give to the bot in bind mode, and no others.
var leastRights = &server.Permissions{
	Publish: &server.SubjectPermission{Allow: []string{
		"$JS.API.CONSUMER.INFO.GROWTH.journeybot", "$JS.API.CONSUMER.MSG.NEXT.GROWTH.journeybot", "$JS.API.CONSUMER.UNPIN.GROWTH.journeybot",
		"$JS.ACK.GROWTH.journeybot.>", "growth.>", "dlq.>", "journeybot.>",
	}},
	Subscribe: &server.SubjectPermission{Allow: []string{"_INBOX.>"}},
}

func TestBindWorksWithTheLeastRights(t *testing.T) {
	t.Parallel()
	s := external(t, func(o *server.Options) {
		o.Users = []*server.User{{Username: "admin", Password: "a"}, {Username: "bot", Password: "b", Permissions: leastRights}}
	})
	admin := operator(t, s, nats.UserInfo("admin", "a"))
	env := settings(t, s.ClientURL())
	env.NATS.User, env.NATS.Password, env.NATS.Mode = "bot", config.NewSecret("b"), config.ModeBind
	var log journal
	l, err := connectNATS(env, log.logger(), time.Now)
	require.NoError(t, err)
	defer l.close(context.Background())

	_, err = l.consumer(t.Context())
	require.Error(t, err, "bind makes nothing")
	require.NoError(t, l.verify(t.Context()), "the administrator may make it any time")

	managed := settings(t, s.ClientURL())
	managed.NATS.User, managed.NATS.Password = "admin", config.NewSecret("a")
	require.NoError(t, link(t, managed).verify(t.Context()))

	in := &inbox{taken: make(chan string, 10)}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	events := handlers.NewEvents(l.js, in, handlers.EventsConfig{
		Rules: &alerts.Rules{}, Consumer: l.consumer, IsRetryable: storage.IsRetryable, DeadLetterStream: deadLetterStream(env.NATS),
	})
	go func() { ended <- events.Run(ctx) }()
	sender := handlers.NewSender(l.js, "growth", "GROWTH")
	require.NoError(t, sender.Send(t.Context(), handlers.CloudEvent{ID: "bad", Source: "s", Type: "growth.signal.pql", Subject: "acme"}))
	require.NoError(t, sender.Send(t.Context(), handlers.CloudEvent{ID: "good", Source: "s", Type: "growth.account.updated", Subject: "acme"}))
	require.Equal(t, "good", <-in.taken)
	require.Equal(t, "dead letter bad", <-in.taken)
	dlq, err := admin.Stream(t.Context(), "GROWTH_DLQ")
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		info, err := dlq.Info(t.Context())
		return err == nil && info.State.Msgs == 1
	}, soon, 10*time.Millisecond)

	r := testRelay(t, &outbox{rows: []storage.OutboxRow{row("1", "alert-1", 1)}}, l.js)
	_, err = r.once(t.Context())
	require.NoError(t, err)

	consumer, err := admin.Consumer(t.Context(), "GROWTH", "journeybot")
	require.NoError(t, err)
	pin := consumer.CachedInfo().PriorityGroups[0].PinnedClientID
	require.NotEmpty(t, pin)
	stop()
	require.NoError(t, <-ended)
	info, err := consumer.Info(t.Context())
	require.NoError(t, err)
	for _, group := range info.PriorityGroups {
		require.NotEqual(t, pin, group.PinnedClientID, "the pin was given up")
	}
	require.NotContains(t, log.String(), "ermission", "nothing was asked that is not allowed")
}

func TestBindTellsWhatIsMissing(t *testing.T) {
	t.Parallel()
	s := external(t, func(o *server.Options) {
		o.Users = []*server.User{{Username: "bot", Password: "b", Permissions: &server.Permissions{
			Publish: &server.SubjectPermission{Deny: []string{"$JS.API.>"}},
		}}}
	})
	env := settings(t, s.ClientURL())
	env.NATS.User, env.NATS.Password, env.NATS.Mode = "bot", config.NewSecret("b"), config.ModeBind
	_, err := link(t, env).consumer(t.Context())
	require.ErrorContains(t, err, "this user may not ask for it ($JS.API.CONSUMER.INFO.GROWTH.journeybot)")

	open := external(t, nil)
	env = settings(t, open.ClientURL())
	env.NATS.Mode = config.ModeBind
	_, err = link(t, env).consumer(t.Context())
	require.ErrorContains(t, err, "consumer GROWTH.journeybot does not exist: an administrator makes it")
}

func TestCovers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		whole, part string
		want        bool
	}{
		{"growth.>", "growth.>", true},
		{">", "growth.>", true},
		{"*.>", "growth.>", true},
		{"growth.*", "growth.>", false},
		{"growth.signal.>", "growth.>", false},
		{"growth", "growth.>", false},
		{"growth.>", "dlq.growth.>", false},
		{"dlq.>", "dlq.growth.>", true},
		{"a.b", "a.b", true},
		{"a.b.c", "a.b", false},
	} {
		require.Equal(t, c.want, covers(c.whole, c.part), "%s ⊇ %s", c.whole, c.part)
	}
}

func TestAtLeast(t *testing.T) {
	t.Parallel()
	for version, want := range map[string]bool{"2.11.0": true, "2.15.2": true, "3.0.0": true, "2.10.29": false, "2.12.0-RC.1": true, "": false, "x.y.z": false} {
		require.Equal(t, want, atLeast(version, 2, 11), version)
	}
}

// inbox tells what it was given.
type inbox struct{ taken chan string }

func (in *inbox) Ingest(_ context.Context, batch []alerts.Event, _ func(*alerts.WorkingSet, []alerts.Event)) ([]alerts.EventResult, error) {
	results := make([]alerts.EventResult, len(batch))
	for i, ev := range batch {
		results[i] = alerts.ResultStored
		in.taken <- ev.ID
	}
	return results, nil
}

func (in *inbox) AddDeadLetter(_ context.Context, d alerts.DeadLetter) error {
	in.taken <- "dead letter " + d.EventID
	return nil
}
