package bot

import (
	"database/sql"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"journeybot/alerts"
	"journeybot/config"
	"journeybot/slacksim"
	"journeybot/storage/storagetest"
)

// stepper is a bot whose loops are turned by hand, so that a month passes as fast as the machine can.
type stepper struct {
	*life
	db      *sql.DB // the same database, to see what no reader is shown
	pub     *publisher
	timers  *scheduler
	guard   *guards
	derives *deriver
	digests *digester
	fresh   *freshness
	staff   *staff
}

func newStepper(l *life) *stepper {
	registry, logger := prometheus.NewRegistry(), slog.New(slog.DiscardHandler)
	nothing := func() {}
	api := newSlackClient(config.Env{SlackBotToken: config.NewSecret(l.slack.BotToken()), SlackAPIURL: l.slack.APIURL()}, newSlackMetrics(registry))
	people := &Directory{store: l.store, api: api, now: l.now, logger: logger, unknown: map[string]time.Time{}}
	places := &channels{store: l.store, api: api, now: l.now, logger: logger, people: people}
	db, err := sql.Open("sqlite", strings.TrimPrefix(l.url, "sqlite:"))
	require.NoError(l.tb, err)
	l.tb.Cleanup(func() { require.NoError(l.tb, db.Close()) })
	s := &stepper{life: l, db: db}
	s.pub = &publisher{
		store: l.store, api: api, access: newAccess(api, logger), bell: newBell(), channels: places, people: people,
		audience: &audience{store: l.store, channels: places, rules: l.rules, logger: logger, bell: newBell()},
		cfg:      publisherConfig{Rules: l.rules, Command: "/journey", Now: l.now, Logger: logger, Metrics: newPublisherMetrics(registry), Nudge: nothing},
	}
	s.staff = &staff{store: l.store, people: people, rules: l.rules, now: l.now, logger: logger, granted: func() bool { return true }, nudge: nothing}
	s.timers = &scheduler{store: l.store, rules: l.rules, now: l.now, logger: logger, bell: newBell(), around: s.staff.around, fired: nothing}
	s.digests = newDigester(l.store, l.rules, l.now, logger, registry, nothing)
	s.guard = &guards{store: l.store, rules: l.rules, now: l.now, logger: logger, bell: newBell(), changed: nothing}
	s.derives = &deriver{store: l.store, rules: l.rules, now: l.now, logger: logger, bell: newBell(), changed: nothing}
	s.fresh = &freshness{store: l.store, rules: l.rules, now: l.now, logger: logger, late: newLateGauge(registry), changed: nothing}
	return s
}

// turn has everything done that is due.
func (s *stepper) turn() {
	s.tb.Helper()
	ctx := s.tb.Context()
	s.timers.fire(ctx)
	s.guard.look(ctx)
	require.NoError(s.tb, s.digests.look(ctx))
	for {
		lane, _, ok := s.pub.claim(ctx)
		if !ok {
			return
		}
		s.pub.work(ctx, lane)
	}
}

// hourly does what need not be done more often.
func (s *stepper) hourly() {
	s.tb.Helper()
	s.derives.derive(s.tb.Context())
	require.NoError(s.tb, s.fresh.look(s.tb.Context()))
	require.NoError(s.tb, s.staff.listUnowned(s.tb.Context()))
}

// take takes events in as of the minute in which they came.
func (s *stepper) take(events []alerts.Event) {
	s.tb.Helper()
	for len(events) > 0 {
		minute := events[0].ReceivedAt.Truncate(time.Minute)
		n := 0
		for n < len(events) && events[n].ReceivedAt.Before(minute.Add(time.Minute)) {
			n++
		}
		s.becomes(minute.Add(time.Minute))
		_, err := s.store.Ingest(s.tb.Context(), events[:n], func(ws *alerts.WorkingSet, fresh []alerts.Event) {
			for _, ev := range fresh {
				s.rules.Ingest(ws, ev, s.now())
			}
		})
		require.NoError(s.tb, err)
		events = events[n:]
	}
}

// act has people do what they do in an hour of work: they take some of what they see, and finish some of what they took.
func (s *stepper) act(rng *rand.Rand) {
	s.tb.Helper()
	views, _, err := s.store.LiveAlerts(s.tb.Context(), alerts.Filter{Limit: 2000})
	require.NoError(s.tb, err)
	for _, v := range views {
		a, in := v.Alert, alerts.Input{By: alerts.Actor{UserID: v.Alert.Owner, Name: "Somebody"}, Origin: "slack"}
		if a.Owner == "" || strings.HasPrefix(a.Owner, "S") || a.Hold.Hides() {
			continue
		}
		dice := rng.Float64()
		switch {
		case a.Status == alerts.Open && dice < 0.25:
			in.Do = alerts.DoAck
		case a.Status == alerts.Acknowledged && dice < 0.04:
			in.Do, in.Outcome = alerts.DoResolve, alerts.NoAction
			if a.Polarity == alerts.Opportunity {
				in.Outcome = alerts.Nurturing
			}
		default:
			continue
		}
		_, err := s.store.UpdateAlert(s.tb.Context(), a.ID, "", func(a alerts.Alert) (alerts.Result, error) { return s.rules.Apply(a, in, s.now()) })
		require.NoError(s.tb, err)
	}
}

// lost are the live alerts that are neither shown anywhere nor held for a reason.
func (s *stepper) lost() []string {
	s.tb.Helper()
	rows, err := s.db.QueryContext(s.tb.Context(), `SELECT account_id || ' ' || kind || ' ' || owner_ref FROM alerts
		WHERE status IN ('open', 'acknowledged', 'snoozed') AND hold = '' AND NOT EXISTS (SELECT 1 FROM messages m
			WHERE m.subject = alerts.id AND m.kind = 'card' AND (m.ts <> '' OR m.via_id <> ''))`)
	require.NoError(s.tb, err)
	defer func() { require.NoError(s.tb, rows.Close()) }()
	var lost []string
	for rows.Next() {
		var what string
		require.NoError(s.tb, rows.Scan(&what))
		lost = append(lost, what)
	}
	require.NoError(s.tb, rows.Err())
	return lost
}

// passed is what a month cost its readers.
type passed struct {
	posts    []int // per channel and day on which something was posted there
	direct   []int // direct messages per person and day
	alerts   int
	lost     []string
	duration time.Duration
}

// lives through the month and counts what is posted.
func lives(t *testing.T, m *month, quiet func(*alerts.Rules)) passed {
	t.Helper()
	began := time.Now()
	l := newLifeIn(t, storagetest.SQLite(t), m.start.Add(-2*time.Hour), func(cfg *slacksim.Config) {
		cfg.Users = slacksim.DefaultUsers()
		for _, name := range owners() {
			cfg.Users = append(cfg.Users, slacksim.User{Name: name, RealName: strings.ToUpper(name), Email: name + "@example.com", TZ: "Europe/Berlin"})
		}
	})
	growth, err := config.LoadGrowth("")
	require.NoError(t, err)
	l.rules = growth.Rules
	quiet(l.rules)
	s, rng := newStepper(l), rand.New(rand.NewPCG(7, 7)) //nolint:gosec // the same people every time
	require.True(t, s.pub.access.ask(t.Context()))
	var p passed
	rest := m.events
	before := map[string]int{}
	for day := -1; day < monthDays; day++ {
		for quarter := range 4 * 24 {
			now := time.Date(m.start.Year(), m.start.Month(), m.start.Day()+day, 0, 15*quarter+15, 0, 0, m.start.Location())
			n, _ := slices.BinarySearchFunc(rest, now, func(ev alerts.Event, at time.Time) int { return ev.ReceivedAt.Compare(at) })
			s.take(rest[:n])
			rest = rest[n:]
			s.becomes(now)
			hour := quarter/4 + 1
			if quarter%4 == 3 {
				s.hourly()
				if m.works(day) && hour >= 9 && hour <= 17 {
					s.act(rng)
				}
			}
			if n > 0 || quarter%4 == 3 || hour >= 8 && hour <= 18 {
				s.turn()
			}
		}
		for channel, count := range s.counts() {
			if fresh := count - before[channel]; fresh > 0 {
				if strings.HasPrefix(channel, "D") {
					p.direct = append(p.direct, fresh)
				} else {
					p.posts = append(p.posts, fresh)
				}
			}
			before[channel] = count
		}
		for _, what := range s.lost() {
			p.lost = append(p.lost, fmt.Sprintf("day %d: %s", day, what))
		}
	}
	p.duration = time.Since(began)
	return p
}

// counts are the bot's messages that are no replies, by the id of their channel.
func (s *stepper) counts() map[string]int {
	s.tb.Helper()
	counts := map[string]int{}
	for _, name := range []string{"cs-alerts", "sales-pql", "cs-urgent"} {
		counts["#"+name] = len(s.posts(name, ""))
	}
	rows, err := s.db.QueryContext(s.tb.Context(), `SELECT channel, count(*) FROM messages WHERE ts <> '' AND channel LIKE 'D%' AND parent_id = '' GROUP BY 1`)
	require.NoError(s.tb, err)
	defer func() { require.NoError(s.tb, rows.Close()) }()
	for rows.Next() {
		var channel string
		var n int
		require.NoError(s.tb, rows.Scan(&channel, &n))
		counts[channel] = n
	}
	require.NoError(s.tb, rows.Err())
	return counts
}

func (p passed) String() string {
	return fmt.Sprintf("posts per channel and day: median %d, 95th percentile %d, most %d; direct messages per person and day: median %d, 95th percentile %d, most %d",
		percentile(p.posts, 0.5), percentile(p.posts, 0.95), percentile(p.posts, 1), percentile(p.direct, 0.5), percentile(p.direct, 0.95), percentile(p.direct, 1))
}

// A month of 500 accounts, over a change of the clocks, an outage of the product and one of a source: readers get a bearable number of
// messages, and no live alert is ever out of sight without a reason.
func TestAMonthOfFiveHundredAccounts(t *testing.T) {
	t.Parallel()
	berlin, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	m := newMonth(1, 500, time.Date(2026, 10, 12, 0, 0, 0, 0, berlin))
	with := lives(t, m, func(*alerts.Rules) {})
	t.Logf("%d events. With the quiet rules: %s (%s)", len(m.events), with, with.duration)
	require.Empty(t, with.lost)
}
