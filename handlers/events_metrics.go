package handlers

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"journeybot/alerts"
)

const (
	resultDeadLetter = "dead_letter"
	maxReason        = 1000
	parkedHeartbeat  = 2 * time.Second
)

// eventMetrics is what can be seen of events from outside.
type eventMetrics struct {
	events  *prometheus.CounterVec
	age     prometheus.Histogram
	letters *prometheus.CounterVec
	size    prometheus.Histogram
	seconds prometheus.Histogram
	pending prometheus.Gauge
	routes  *prometheus.CounterVec
}

func newEventMetrics(registerer prometheus.Registerer, routes []alerts.Route) eventMetrics {
	m := eventMetrics{
		events: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "journeybot_events_total", Help: "Events taken from NATS, by type and by what they did.",
		}, []string{"type", "result"}),
		age: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "journeybot_event_age_seconds", Help: "Age of an event, from when it happened to its commit.",
			Buckets: []float64{.01, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 21600, 86400},
		}),
		letters: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "journeybot_dead_letters_total", Help: "Events set aside because they could not be taken, by type.",
		}, []string{"type"}),
		size: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "journeybot_event_batch_size", Help: "Events per batch.", Buckets: []float64{1, 2, 5, 10, 20, 50, 100, 150, 200},
		}),
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "journeybot_event_batch_seconds", Help: "Time from receiving a batch to its last acknowledgement.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60},
		}),
		pending: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "journeybot_events_pending", Help: "Events that wait in NATS behind the last batch; 0 on a replica that stands by.",
		}),
	}
	m.routes = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "journeybot_route_alerts_total", Help: "Alerts that events opened, by each route that took them.",
	}, []string{"route"})
	for _, route := range routes {
		m.routes.WithLabelValues(route.Name)
	}
	for _, name := range append(EventTypes(), typeUnknown) {
		m.letters.WithLabelValues(name)
	}
	for _, name := range EventTypes() {
		m.events.WithLabelValues(name, string(alerts.ResultStored))
	}
	if registerer != nil {
		registerer.MustRegister(m.events, m.age, m.letters, m.size, m.seconds, m.pending, m.routes)
	}
	return m
}

const typeUnknown = "unknown"

// knownType bounds the label: a sender can name any type.
func knownType(name string) string {
	if _, ok := eventTypes[name]; ok {
		return name
	}
	return typeUnknown
}

func (m eventMetrics) took(name, result string, age time.Duration) {
	m.events.WithLabelValues(knownType(name), result).Inc()
	m.age.Observe(max(age, 0).Seconds())
}

func (m eventMetrics) routed(taken map[string]int) {
	for route, n := range taken {
		m.routes.WithLabelValues(route).Add(float64(n))
	}
}

func (m eventMetrics) buried(name string) {
	m.events.WithLabelValues(knownType(name), resultDeadLetter).Inc()
	m.letters.WithLabelValues(knownType(name)).Inc()
}

// tally counts what became of a batch.
type tally struct{ results map[string]int }

func newTally() *tally { return &tally{results: map[string]int{}} }

// report writes the one line that tells of a batch.
func (e *Events) report(batch []delivery, tally *tally, took time.Duration) {
	e.metrics.size.Observe(float64(len(batch)))
	e.metrics.seconds.Observe(took.Seconds())
	e.metrics.pending.Set(float64(batch[len(batch)-1].meta.NumPending))
	fields := []any{
		"count", len(batch), "ms", took.Milliseconds(), "first_seq", batch[0].meta.Sequence.Stream,
		"last_seq", batch[len(batch)-1].meta.Sequence.Stream,
	}
	for _, result := range []string{
		string(alerts.ResultOpened), string(alerts.ResultUpdated), string(alerts.ResultResolved), string(alerts.ResultStored),
		string(alerts.ResultStale), string(alerts.ResultDuplicate), resultDeadLetter, "handed_back",
	} {
		if n := tally.results[result]; n > 0 {
			fields = append(fields, result, n)
		}
	}
	e.cfg.Logger.Info("events taken", fields...)
}
