package bot

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"journeybot/alerts"
	"journeybot/storage"
)

// callResult labels how a call to Slack ended.
type callResult string

const (
	resultOK          callResult = "ok"
	resultLimited     callResult = "rate_limited"
	resultRefused     callResult = "refused"
	resultUnavailable callResult = "unavailable" // 5xx, or no JSON
	resultNoAnswer    callResult = "no_answer"   // may have been taken all the same
)

var callResults = []callResult{resultOK, resultLimited, resultRefused, resultUnavailable, resultNoAnswer}

// slackMethods are the methods that the bot calls; others are counted as "other".
var slackMethods = []string{
	"auth.test", "apps.connections.open", "chat.postMessage", "chat.update", "conversations.list", "conversations.info",
	"conversations.members", "conversations.join", "conversations.open", "conversations.history", "conversations.replies", "users.info", "users.lookupByEmail",
	"usergroups.list", "usergroups.users.list", "views.publish", "views.open", "views.push", "views.update", "other",
}

// slackMetrics count calls to Slack.
type slackMetrics struct {
	calls   *prometheus.CounterVec
	limited *prometheus.CounterVec
	seconds *prometheus.HistogramVec
	known   map[string]bool
}

func newSlackMetrics(r prometheus.Registerer) *slackMetrics {
	m := &slackMetrics{
		calls: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "journeybot_slack_calls_total", Help: "Calls to Slack's Web API, by method and result.",
		}, []string{"method", "result"}),
		limited: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "journeybot_slack_rate_limited_total", Help: "Calls that Slack answered with 429, by method.",
		}, []string{"method"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "journeybot_slack_call_seconds", Help: "Time that calls to Slack's Web API took, by method.",
			Buckets: []float64{.01, .025, .05, .1, .25, .5, 1, 2.5, 5},
		}, []string{"method"}),
		known: map[string]bool{},
	}
	r.MustRegister(m.calls, m.limited, m.seconds)
	for _, method := range slackMethods {
		m.known[method] = true
		m.limited.WithLabelValues(method)
		for _, result := range callResults {
			m.calls.WithLabelValues(method, string(result))
		}
	}
	return m
}

func (m *slackMetrics) observe(method string, result callResult, took time.Duration) {
	if !m.known[method] {
		method = "other"
	}
	m.calls.WithLabelValues(method, string(result)).Inc()
	m.seconds.WithLabelValues(method).Observe(took.Seconds())
	if result == resultLimited {
		m.limited.WithLabelValues(method).Inc()
	}
}

// publisherMetrics tell how messages get to Slack.
type publisherMetrics struct {
	lag       *prometheus.HistogramVec
	uncertain *prometheus.CounterVec
	failed    *prometheus.CounterVec
	reposted  prometheus.Counter
	frozen    prometheus.Counter
	bundled   prometheus.Counter
	unchanged prometheus.Counter
	owners    *prometheus.CounterVec

	interruptions *prometheus.CounterVec
}

// What became of a post whose answer was lost.
const (
	wasAdopted = "adopted" // it was there
	wasMissing = "missing" // it was not: posted again
	wasDoubted = "doubted" // the history could not be read: posted again, perhaps twice
)

func newPublisherMetrics(r prometheus.Registerer) *publisherMetrics {
	m := &publisherMetrics{
		lag: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "journeybot_publish_lag_seconds", Help: "Time from when a message was due until Slack showed it, by kind of message.",
			Buckets: []float64{.05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300, 1800},
		}, []string{"kind"}),
		uncertain: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "journeybot_uncertain_posts_total",
			Help: "Posts whose answer was lost, by outcome: adopted, missing (posted again) or doubted (history unreadable, posted again).",
		}, []string{"outcome"}),
		failed: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "journeybot_failed_messages_total", Help: "Messages given up, by Slack's reason. A person must act.",
		}, []string{"reason"}),
		reposted: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "journeybot_reposted_messages_total", Help: "Messages posted afresh because somebody had deleted them in Slack, or nobody may edit them.",
		}),
		frozen: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "journeybot_frozen_messages_total", Help: "Redraws left out because nobody may edit the message any more; its thread says so.",
		}),
		bundled: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "journeybot_bundled_alerts_total", Help: "Cards that a storm put into a bundle instead of a message each.",
		}),
		unchanged: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "journeybot_unchanged_drawings_total", Help: "Redraws that made no call because nothing visible had changed.",
		}),
		owners: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "journeybot_owner_lookups_total", Help: "Owners looked up in Slack, by result: found, fallback, unknown or failed.",
		}, []string{"result"}),
		interruptions: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "journeybot_interruptions_total",
			Help: "Direct messages and mentions that people's daily budget was asked for, by result: taken, or spared (held, or posted without the mention).",
		}, []string{"result"}),
	}
	r.MustRegister(m.lag, m.uncertain, m.failed, m.reposted, m.frozen, m.bundled, m.unchanged, m.owners, m.interruptions)
	for _, result := range []string{"taken", "spared"} {
		m.interruptions.WithLabelValues(result)
	}
	for _, outcome := range []string{wasAdopted, wasMissing, wasDoubted} {
		m.uncertain.WithLabelValues(outcome)
	}
	for _, result := range []string{ownerFound, ownerFallback, ownerUnknown, ownerFailed} {
		m.owners.WithLabelValues(result)
	}
	m.failed.WithLabelValues("other")
	return m
}

// depths collects the queue depths when metrics are read.
type depths struct {
	store *storage.Store

	messages, oldest, outbox, deadLetters, alerts *prometheus.Desc
}

func newDepths(store *storage.Store) *depths {
	return &depths{
		store: store,
		messages: prometheus.NewDesc("journeybot_messages",
			"Messages by state: waiting for Slack, uncertain (the answer was lost) or failed (given up).", []string{"state"}, nil),
		oldest:      prometheus.NewDesc("journeybot_oldest_message_seconds", "How long the oldest due message has waited.", nil, nil),
		outbox:      prometheus.NewDesc("journeybot_outbox_events", "Events that wait to leave for NATS.", nil, nil),
		deadLetters: prometheus.NewDesc("journeybot_dead_letters", "Events set aside and not replayed.", nil, nil),
		alerts:      prometheus.NewDesc("journeybot_alerts", "Live alerts by kind and status.", []string{"kind", "status"}, nil),
	}
}

// Describe implements prometheus.Collector.
func (d *depths) Describe(ch chan<- *prometheus.Desc) {
	for _, desc := range []*prometheus.Desc{d.messages, d.oldest, d.outbox, d.deadLetters, d.alerts} {
		ch <- desc
	}
}

// Collect implements prometheus.Collector. While the database is away it collects nothing: /readyz tells why.
func (d *depths) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	now, err := d.store.Depths(ctx)
	if err != nil {
		return
	}
	gauge := func(desc *prometheus.Desc, value float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, value, labels...)
	}
	gauge(d.messages, float64(now.Messages), "waiting")
	gauge(d.messages, float64(now.Uncertain), "uncertain")
	gauge(d.messages, float64(now.Failed), "failed")
	gauge(d.oldest, now.OldestWanted.Seconds())
	gauge(d.outbox, float64(now.Outbox))
	gauge(d.deadLetters, float64(now.DeadLetters))
	for _, kind := range alerts.Kinds {
		for _, status := range []alerts.Status{alerts.Open, alerts.Acknowledged, alerts.Snoozed} {
			gauge(d.alerts, float64(now.LiveAlerts[kind][status]), string(kind), string(status))
		}
	}
}

func newLateGauge(r prometheus.Registerer) prometheus.Gauge {
	g := prometheus.NewGauge(prometheus.GaugeOpts{Name: "journeybot_sources_late", Help: "Sources of events that normally send and have gone quiet."})
	r.MustRegister(g)
	return g
}

func newDigestCounter(r prometheus.Registerer) *prometheus.CounterVec {
	c := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "journeybot_digests_total", Help: "Digests that came due, by whom they are for (channel, owner) and what came of them (sent, empty).",
	}, []string{"target", "result"})
	r.MustRegister(c)
	return c
}
