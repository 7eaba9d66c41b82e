package bot

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"journeybot/cards"
	"journeybot/config"
	"journeybot/handlers"
	"journeybot/pictures"
	"journeybot/storage"
)

// natsStop bounds the draining of NATS at the stop.
const natsStop = time.Second

// run connects everything and runs the loops until ctx ends. It stops in order: HTTP and the consumer take nothing new, the loops
// finish their item, then NATS and at last the database are closed.
func run(ctx context.Context, cfg Config, mux *http.ServeMux, registry *prometheus.Registry, state *health, starting *latch, serving *serving) error {
	logger := cfg.Logger
	store, err := storage.Open(ctx, storage.Config{URL: cfg.Env.DatabaseURL.Reveal(), Now: cfg.Now, Logger: logger})
	switch {
	case err != nil && ctx.Err() != nil:
		return ctx.Err()
	case err != nil: // a server that is away is none
		return &config.Problems{List: []config.Problem{{Where: "DATABASE_URL", What: err.Error()}}}
	}
	defer func() {
		if err := store.Close(); err != nil {
			logger.Warn("database not closed", "err", err)
		}
	}()
	api := newSlackClient(cfg.Env, newSlackMetrics(registry))
	access := newAccess(api, logger)
	state.add("database", store.Ready)
	state.add("slack", access.check)

	link, err := connectNATS(cfg.Env, logger, cfg.Now)
	if err != nil {
		return err
	}
	defer func() {
		stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), natsStop)
		defer cancel()
		link.close(stop)
	}()
	state.addDegrading("nats", link.check)
	if err := connect(ctx, cfg, store, access, link); err != nil {
		return err
	}
	if err := store.SaveRevision(ctx, cfg.Growth.Revision, cfg.Growth.Text); err != nil {
		logger.Warn("growth file not kept", "err", err)
	}
	registry.MustRegister(newDepths(store))

	outbox := newRelay(store, link.js, link.restore, logger, registry)
	published, timed, guarded, derived, unmuting, walked := newBell(), newBell(), newBell(), newBell(), newBell(), newBell()
	changed := func() {
		published.ring()
		timed.ring()
		guarded.ring()
		derived.ring()
		walked.ring()
		unmuting.ring()
		outbox.nudge()
	}
	decided := func() { // guards and what time derives, which nothing of their own waits for
		published.ring()
		timed.ring()
		outbox.nudge()
	}
	people := &Directory{store: store, api: api, now: cfg.Now, logger: logger, unknown: map[string]time.Time{}}
	places := &channels{store: store, api: api, now: cfg.Now, logger: logger, people: people}
	readers := &audience{store: store, channels: places, rules: cfg.Growth.Rules, logger: logger, bell: newBell(), changed: published.ring}
	pub := &publisher{
		store: store, api: api, people: people, access: access, bell: published,
		channels: places, audience: readers,
		cfg: publisherConfig{
			Rules: cfg.Growth.Rules, Command: cfg.Growth.Command, ChannelInterval: cfg.Env.SlackChannelInterval, Updates: updateBudget,
			Now: cfg.Now, Logger: logger, Metrics: newPublisherMetrics(registry), Nudge: changed,
		},
	}
	state.addDegrading("fallback channel", pub.checkFallback)
	staff := &staff{store: store, people: people, rules: cfg.Growth.Rules, now: cfg.Now, logger: logger, granted: access.granted, nudge: published.ring}
	timers := &scheduler{store: store, rules: cfg.Growth.Rules, now: cfg.Now, logger: logger, bell: timed, around: staff.around, fired: func() {
		published.ring()
		outbox.nudge()
	}}
	shadow := &shadowReporter{store: store, rules: cfg.Growth.Rules, now: cfg.Now, logger: logger, nudge: published.ring}
	digests := newDigester(store, cfg.Growth.Rules, cfg.Now, logger, registry, published.ring)
	guard := &guards{store: store, rules: cfg.Growth.Rules, now: cfg.Now, logger: logger, bell: guarded, changed: decided}
	derives := &deriver{store: store, rules: cfg.Growth.Rules, now: cfg.Now, logger: logger, bell: derived, changed: decided}
	unmutes := &mutes{store: store, rules: cfg.Growth.Rules, now: cfg.Now, logger: logger, bell: unmuting, changed: func() {
		published.ring()
		timed.ring()
		guarded.ring()
	}}
	fresh := &freshness{store: store, rules: cfg.Growth.Rules, now: cfg.Now, logger: logger, late: newLateGauge(registry), changed: changed}
	walks := &evaluator{
		store: store, rules: cfg.Growth.Rules, now: cfg.Now, logger: logger, bell: walked, changed: decided, metrics: newEvaluatorMetrics(registry),
	}
	old := &rollup{store: store, rules: cfg.Growth.Rules, now: cfg.Now, logger: logger}
	belongs := &members{people: people, channels: places, now: cfg.Now, known: map[string]roster{}}
	var draw func(cards.Chart) ([]byte, error)
	if cfg.Growth.Rules.Pictures {
		draw = pictures.PNG
	}
	answers := handlers.NewSlack(store, people, handlers.Config{
		Rules: cfg.Growth.Rules, API: api, Command: cfg.Growth.Command, SigningSecret: cfg.Env.SlackSigningSecret.Reveal(),
		Members: belongs, Outsiders: readers.outsiders, ChannelChanged: pub.channelChanged, MembersChanged: func(ctx context.Context, id string) error {
			belongs.forget(id)
			return readers.told(ctx, id)
		}, Draw: draw, Nudge: changed, Now: cfg.Now, Logger: logger, Registerer: registry,
	})
	pub.reports = &reports{store: store, rules: cfg.Growth.Rules, now: cfg.Now, operates: answers.Operates}
	events := handlers.NewEvents(link.js, store, handlers.EventsConfig{
		Rules: cfg.Growth.Rules, Consumer: link.consumer, IsRetryable: storage.IsRetryable, DeadLetterStream: deadLetterStream(cfg.Env.NATS),
		Nudge: changed, Now: cfg.Now, Logger: logger, Registerer: registry,
	})
	mux.Handle("POST /v1/events", handlers.Ingest(handlers.NewSender(link.js, cfg.Env.NATS.SubjectPrefix, cfg.Env.NATS.Stream), cfg.Growth.Rules.Zone, cfg.Now))
	defer func() {
		serving.stop() // when a loop failed, nobody else has told them yet
		serving.Wait()
		stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		answers.Close(stop)
	}()

	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return events.Run(ctx) })
	g.Go(func() error { return outbox.run(ctx) })
	g.Go(func() error { return pub.run(ctx) })
	g.Go(func() error { return pub.runOwnerless(ctx) })
	g.Go(func() error { return pub.runHomes(ctx) })
	g.Go(func() error { return timers.run(ctx) })
	g.Go(func() error { return staff.run(ctx) })
	g.Go(func() error { return digests.run(ctx) })
	g.Go(func() error { return guard.run(ctx) })
	g.Go(func() error { return readers.run(ctx) })
	g.Go(func() error { return derives.run(ctx) })
	g.Go(func() error { return unmutes.run(ctx) })
	g.Go(func() error { return shadow.run(ctx) })
	g.Go(func() error { return fresh.run(ctx) })
	g.Go(func() error { return walks.run(ctx) })
	g.Go(func() error { return old.run(ctx) })
	if cfg.Env.SlackAppToken.IsZero() {
		answers.Routes(mux)
	} else {
		socket := handlers.NewSocket(answers, api)
		state.addDegrading("socket", func(context.Context) error {
			if !socket.Connected() {
				return errors.New("not connected: commands and clicks wait")
			}
			return nil
		})
		g.Go(func() error { return socket.Run(ctx) })
	}
	starting.open.Store(true)
	logger.Info("started", "version", cfg.Version, "growth_revision", cfg.Growth.Revision)
	if cfg.Started != nil {
		cfg.Started(Running{HTTPAddr: serving.addr, NATSURL: link.url()})
	}
	return g.Wait()
}

// connect waits until the schema is up to date and Slack has answered about the tokens. A token that Slack refuses is a mistake in
// the settings, and so is NATS set up in a way that cannot work; what is away is waited for.
func connect(ctx context.Context, cfg Config, store *storage.Store, access *access, link *natsLink) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return link.verify(ctx) })
	g.Go(func() error { return migrate(ctx, store, cfg.Logger) })
	g.Go(func() error { return checkTokens(ctx, cfg.Env, access) })
	return g.Wait()
}

func checkTokens(ctx context.Context, env config.Env, access *access) error {
	var wrong config.Problems
	for n := 0; !access.ask(ctx); n++ {
		if code := access.denied(); code != "" {
			wrong.List = append(wrong.List, config.Problem{
				Where: "SLACK_BOT_TOKEN", What: "Slack does not take it (" + code + ")",
				Next: "Copy the Bot User OAuth Token (xoxb-…) from the app's page, OAuth & Permissions",
			})
			break
		}
		if !sleep(ctx, backoff(n, 30*time.Second)) {
			return ctx.Err()
		}
	}
	if !env.SlackAppToken.IsZero() {
		_, _, err := access.api.StartSocketModeContext(ctx)
		if v := judge(err); err != nil && v.fate == fateDenied {
			wrong.List = append(wrong.List, config.Problem{
				Where: "SLACK_APP_TOKEN", What: "Slack does not take it (" + v.code + ")",
				Next: "Make an app-level token (xapp-…) with connections:write on the app's page, Basic Information",
			})
		}
	}
	if len(wrong.List) > 0 {
		return &wrong
	}
	return nil
}
