package bot

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"golang.org/x/sync/errgroup"

	"journeybot/config"
)

// Config is everything Run needs. Env and Growth are required and must have been validated.
type Config struct {
	Env     config.Env
	Growth  *config.Growth
	Version string
	Logger  *slog.Logger

	Listener net.Listener     // nil: listen on Env.HTTPAddr
	Now      func() time.Time // nil: time.Now
	Started  func(Running)    // called once, when every loop runs; may be nil
}

// Running tells where a started bot can be reached.
type Running struct {
	HTTPAddr string // host:port of the HTTP server
	NATSURL  string // of the embedded server, with its token; "" when an external one is used
}

// Run is the whole bot: it connects the database, NATS and Slack, runs every loop until ctx ends or one fails, and
// stops in order. While the database or NATS is away it stays alive, says so at /readyz, and goes on when they are back.
func Run(ctx context.Context, cfg Config) error {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		buildInfo(cfg.Version, cfg.Growth.Revision))
	state := &health{}
	starting := newLatch("starting: connecting the database and NATS")
	state.add("start", starting.check)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", serveAlive)
	mux.HandleFunc("GET /readyz", state.serveReady)
	listeners, err := listen(ctx, cfg, mux, registry)
	if err != nil {
		return err
	}

	cfg.Logger.Info("listening", "addr", listeners[0].listener.Addr().String())

	ctx, stop := context.WithCancel(ctx)
	defer stop()
	g, ctx := errgroup.WithContext(ctx)
	state.add("stop", func(context.Context) error { return stopping(ctx) })
	web := &serving{addr: listeners[0].listener.Addr().String(), stop: stop}
	for _, l := range listeners {
		web.Add(1)
		g.Go(func() error {
			defer web.Done()
			return serveHTTP(ctx, l.listener, l.handler)
		})
	}
	g.Go(func() error { return run(ctx, cfg, mux, registry, state, starting, web) })
	err = g.Wait()
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

func stopping(ctx context.Context) error {
	if ctx.Err() != nil {
		return errors.New("stopping")
	}
	return nil
}

// serving is the HTTP servers that run; it is done when all of them have stopped.
type serving struct {
	sync.WaitGroup
	addr string // host:port of the first
	stop func() // makes them stop
}

// served is one address and what answers there.
type served struct {
	listener net.Listener
	handler  http.Handler
}

// listen opens HTTP_ADDR, and METRICS_ADDR when it is another one.
func listen(ctx context.Context, cfg Config, mux *http.ServeMux, registry *prometheus.Registry) ([]served, error) {
	main := cfg.Listener
	if main == nil {
		var err error
		if main, err = (&net.ListenConfig{}).Listen(ctx, "tcp", cfg.Env.HTTPAddr); err != nil {
			return nil, fmt.Errorf("HTTP_ADDR: %w", err)
		}
	}
	if cfg.Env.MetricsAddr == "" || cfg.Env.MetricsAddr == cfg.Env.HTTPAddr {
		serveMetrics(mux, registry)
		return []served{{main, mux}}, nil
	}
	metrics, err := (&net.ListenConfig{}).Listen(ctx, "tcp", cfg.Env.MetricsAddr)
	if err != nil {
		_ = main.Close()
		return nil, fmt.Errorf("METRICS_ADDR: %w", err)
	}
	metricsMux := http.NewServeMux()
	serveMetrics(metricsMux, registry)
	return []served{{main, mux}, {metrics, metricsMux}}, nil
}

func buildInfo(version, revision string) prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "journeybot_build_info", Help: "Always 1; says which version runs with which growth file.",
		ConstLabels: prometheus.Labels{"version": version, "growth_revision": revision},
	}, func() float64 { return 1 })
}
