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
	"journeybot/journey"
	"journeybot/slacksim"
	"journeybot/storage/storagetest"
)

// stepper is a bot whose loops are turned by hand, so that a month passes as fast as the machine can.
type stepper struct {
	*life
	db        *sql.DB // the same database, to see what no reader is shown
	publishes bool    // to Slack; else what is wanted counts as shown
	pub       *publisher
	timers    *scheduler
	guard     *guards
	derives   *deriver
	digests   *digester
	fresh     *freshness
	staff     *staff
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
	for s.publishes {
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

// take takes in what came in by now, as of when it came.
func (s *stepper) take(events []alerts.Event) {
	s.tb.Helper()
	for batch := range slices.Chunk(events, 200) {
		_, err := s.store.Ingest(s.tb.Context(), batch, func(ws *alerts.WorkingSet, fresh []alerts.Event) {
			for _, ev := range fresh {
				s.rules.Ingest(ws, ev, ev.ReceivedAt)
			}
		})
		require.NoError(s.tb, err)
	}
}

// act has people do what they do in an hour of work: they take some of what they see, and finish some of what they took.
func (s *stepper) act(rng *rand.Rand) {
	s.tb.Helper()
	views, _, err := s.store.LiveAlerts(s.tb.Context(), alerts.Filter{Limit: 2000})
	require.NoError(s.tb, err)
	for _, v := range views {
		if v.Alert.Hold.Hides() {
			continue
		}
		a, in := v.Alert, alerts.Input{By: alerts.Actor{UserID: "U0SOMEBODY", Name: "Somebody"}, Origin: "slack"}
		if strings.HasPrefix(a.Owner, "U") {
			in.By.UserID = a.Owner
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
	posts  []int // per channel and day on which something was posted there
	direct []int // direct messages per person and day
	lost   []string
}

// lives through the month and counts what is posted.
func lives(t *testing.T, m *month, publishes bool, quiet func(*alerts.Rules)) passed {
	t.Helper()
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
	s, rng := newStepper(l), rand.New(rand.NewPCG(7, 7))
	s.publishes = publishes
	require.True(t, s.pub.access.ask(t.Context()))
	var p passed
	rest := m.events
	before := map[string]int{}
	for day := -1; day < monthDays; day++ {
		for half := range 2 * 24 {
			now := time.Date(m.start.Year(), m.start.Month(), m.start.Day()+day, 0, 30*half+30, 0, 0, m.start.Location())
			n, _ := slices.BinarySearchFunc(rest, now, func(ev alerts.Event, at time.Time) int { return ev.ReceivedAt.Compare(at) })
			s.becomes(now)
			s.take(rest[:n])
			rest = rest[n:]
			if hour := half/2 + 1; half%2 == 1 {
				s.hourly()
				if m.works(day) && hour >= 9 && hour <= 17 {
					s.act(rng)
				}
			}
			s.turn()
		}
		for channel, count := range s.counts() {
			if fresh := count - before[channel]; fresh > 0 {
				if strings.HasPrefix(channel, "D") || strings.HasPrefix(channel, "@") {
					p.direct = append(p.direct, fresh)
				} else {
					p.posts = append(p.posts, fresh)
				}
			}
			before[channel] = count
		}
		for _, what := range s.lost() {
			if !publishes {
				break
			}
			p.lost = append(p.lost, fmt.Sprintf("day %d: %s", day, what))
		}
	}
	return p
}

// counts are the bot's messages that are no replies, by the id of their channel.
func (s *stepper) counts() map[string]int {
	s.tb.Helper()
	counts := map[string]int{}
	query := `SELECT target, count(*) FROM messages WHERE kind IN ('card', 'digest') OR kind IN ('ping', 'notice') AND target LIKE '@%' GROUP BY 1`
	if s.publishes {
		query = `SELECT channel, count(*) FROM messages WHERE ts <> '' AND parent_id = '' AND channel <> '' GROUP BY 1`
	}
	rows, err := s.db.QueryContext(s.tb.Context(), query)
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

func sum(values []int) (total int) {
	for _, v := range values {
		total += v
	}
	return total
}

func (p passed) String() string {
	return fmt.Sprintf("%d posts, per channel and day: median %d, 95th percentile %d, most %d; direct messages per person and day: median %d, 95th percentile %d, most %d",
		sum(p.posts), journey.Percentile(p.posts, 50), journey.Percentile(p.posts, 95), journey.Percentile(p.posts, 100), journey.Percentile(p.direct, 50), journey.Percentile(p.direct, 95), journey.Percentile(p.direct, 100))
}

// A month of 500 accounts, over a change of the clocks, an outage of the product and one of a source: readers get a bearable number of
// messages, and no live alert is ever out of sight without a reason.
func TestAMonthOfFiveHundredAccounts(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes a minute or two")
	}
	berlin, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	m := newMonth(1, 500, time.Date(2026, 10, 12, 0, 0, 0, 0, berlin))
	with := lives(t, m, true, func(*alerts.Rules) {})
	without := lives(t, m, false, func(r *alerts.Rules) {
		r.Quiet, r.Guards, r.Thresholds.Health.Settle = alerts.QuietRules{}, alerts.GuardRules{}, 0
	})
	t.Logf("%d events\nwith the quiet rules: %s\nwithout them: %s", len(m.events), with, without)
	require.Empty(t, with.lost, "each live alert is visible, or held with a reason")
	require.LessOrEqual(t, journey.Percentile(with.posts, 50), 15)
	require.LessOrEqual(t, journey.Percentile(with.posts, 95), 40)
	require.Greater(t, sum(without.posts), sum(with.posts)*5/4, "quiet rules that change nothing show nothing")
	require.Greater(t, slices.Max(without.posts), 2*slices.Max(with.posts), "nor do those that let a storm through")
}
