package bot

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"journeybot/alerts"
	"journeybot/journey"
	"journeybot/storage"
)

const (
	evaluateBatch = 200
	evaluateMost  = 30 * time.Second // between looks: other replicas ring nobody here
	evaluateRest  = 20 * time.Millisecond
	sweepTell     = 10 * time.Second
	otherMaps     = time.Minute // between looks while another replica's maps are in use
)

// evaluator keeps up where accounts stand on their maps: those of which something new is known, those whose time has come, and all of
// them after the maps were edited. Replicas share the work; of different maps those of the replica started last count.
type evaluator struct {
	store   *storage.Store
	rules   *alerts.Rules
	now     func() time.Time
	logger  *slog.Logger
	changed func()
	bell    bell
	metrics evaluatorMetrics

	todo storage.Evaluation
}

// run evaluates until ctx ends.
func (e *evaluator) run(ctx context.Context) error {
	if len(e.rules.Maps) == 0 {
		return nil
	}
	e.todo = storage.Evaluation{
		Revision: mapsRevision(e.rules.Maps), Needs: needsOf(e.rules.Maps), Zone: e.rules.Zone, Limit: evaluateBatch,
		Looks: func(a journey.Account, p *alerts.Position) (some, all bool) { return e.rules.Looks(a, p, e.now()) },
	}
	for n := 0; ; n++ {
		err := e.store.SetMark(ctx, storage.MarkMaps, e.todo.Revision)
		if err == nil {
			break
		}
		e.warn(ctx, err)
		if !sleep(ctx, backoff(n, evaluateMost)) {
			return nil
		}
	}
	sweep := &sweep{evaluator: e, began: e.now()}
	for ctx.Err() == nil {
		rest := e.look(ctx)
		if rest > 0 && !sweep.over {
			rest = min(rest, sweep.step(ctx))
		}
		if rest > 0 {
			e.bell.wait(ctx, rest)
		}
	}
	return nil
}

// look evaluates one batch of the accounts that are dirty or due, and returns how long to sleep.
func (e *evaluator) look(ctx context.Context) time.Duration {
	done, err := e.evaluate(ctx, e.todo)
	e.metrics.lag.Set(done.Waited.Seconds())
	switch {
	case err != nil:
		e.warn(ctx, err)
		return jitter(evaluateMost)
	case done.Outdated:
		return jitter(otherMaps)
	case done.Accounts == e.todo.Limit:
		return 0
	case done.Accounts > 0:
		return evaluateRest
	}
	return restUntil(done.Next, e.now(), evaluateRest, evaluateMost)
}

// evaluate works on one batch and tells what came of it.
func (e *evaluator) evaluate(ctx context.Context, todo storage.Evaluation) (storage.Evaluated, error) {
	began := e.now()
	done, err := e.store.Evaluate(ctx, todo,
		func(ws *alerts.WorkingSet, positions map[string]*alerts.Position) []alerts.Event {
			return e.rules.Walk(ws, positions, e.now())
		},
		func(ws *alerts.WorkingSet, positions map[string]*alerts.Position, fresh []alerts.Event) {
			for _, ev := range fresh {
				e.rules.Ingest(ws, ev, e.now())
			}
			e.rules.Arrive(ws, positions, e.now())
		},
	)
	if err != nil || done.Accounts == 0 {
		return done, err
	}
	e.metrics.batch(done, e.now().Sub(began))
	if done.Changes > 0 {
		e.logger.Info("journey signals", "accounts", done.Accounts, "signals", len(done.Fresh), "changes", done.Changes)
	}
	if done.Changes+len(done.Fresh) > 0 {
		e.changed()
	}
	return done, nil
}

func (e *evaluator) warn(ctx context.Context, err error) {
	if ctx.Err() == nil {
		e.logger.Warn("journey not evaluated", "err", err)
	}
}

// sweep evaluates the accounts for which other maps were used last.
type sweep struct {
	*evaluator
	began time.Time
	told  time.Time
	after string
	done  int
	over  bool
}

// step evaluates one batch of them and returns how long to sleep.
func (s *sweep) step(ctx context.Context) time.Duration {
	todo := s.todo
	todo.Swept, todo.After = true, s.after
	done, err := s.evaluate(ctx, todo)
	switch {
	case err != nil:
		s.warn(ctx, err)
		return jitter(evaluateMost)
	case done.Outdated:
		return jitter(otherMaps)
	}
	s.done += done.Accounts
	if s.after = done.Last; s.after == "" {
		s.over = true
		if s.done > 0 {
			s.logger.Info("maps changed, all accounts evaluated", "accounts", s.done, "took", s.now().Sub(s.began).String())
		}
		return evaluateMost
	}
	if now := s.now(); now.Sub(s.told) >= sweepTell {
		s.told = now
		s.logger.Info("maps changed, evaluating accounts", "done", s.done)
	}
	return evaluateRest
}

// needsOf is everything that the rules of maps read, each once.
func needsOf(maps []*journey.Map) []journey.Need {
	var all []journey.Need
	known := map[journey.Need]bool{}
	for _, m := range maps {
		for _, n := range m.Needs() {
			if !known[n] {
				known[n] = true
				all = append(all, n)
			}
		}
	}
	return all
}

// mapsRevision tells one set of maps from another.
func mapsRevision(maps []*journey.Map) string {
	hash := sha256.New()
	for _, m := range maps {
		_, _ = hash.Write([]byte(m.ID + "\x00" + m.Revision + "\x00"))
	}
	return hex.EncodeToString(hash.Sum(nil)[:8])
}

type evaluatorMetrics struct {
	accounts prometheus.Counter
	signals  *prometheus.CounterVec
	took     prometheus.Histogram
	lag      prometheus.Gauge
}

func newEvaluatorMetrics(registry prometheus.Registerer) evaluatorMetrics {
	m := evaluatorMetrics{
		accounts: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "journeybot_accounts_evaluated_total", Help: "Accounts whose place on their map was worked out.",
		}),
		signals: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "journeybot_signals_derived_total", Help: "Signals that followed from accounts' journeys, by kind.",
		}, []string{"kind"}),
		took: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "journeybot_evaluation_seconds", Help: "How long a batch of accounts took.", Buckets: prometheus.ExponentialBuckets(0.002, 2.5, 9),
		}),
		lag: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "journeybot_evaluation_lag_seconds", Help: "How long the account that waited longest for its evaluation had waited.",
		}),
	}
	registry.MustRegister(m.accounts, m.signals, m.took, m.lag)
	return m
}

func (m evaluatorMetrics) batch(done storage.Evaluated, took time.Duration) {
	m.accounts.Add(float64(done.Accounts))
	for _, ev := range done.Fresh {
		m.signals.WithLabelValues(string(ev.Signal.Kind)).Inc()
	}
	m.took.Observe(took.Seconds())
}
