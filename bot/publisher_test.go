package bot

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"journeybot/alerts"
	"journeybot/config"
	"journeybot/journey"
	"journeybot/slacksim"
	"journeybot/storage"
	"journeybot/storage/storagetest"
)

// scene is a workspace, a database and rules, in which replicas of the publisher can be started and stopped.
type scene struct {
	tb     testing.TB
	slack  *slacksim.Server
	store  *storage.Store
	rules  *alerts.Rules
	now    func() time.Time // when things happen
	events int
	ahead  *atomic.Int64 // how far the clock of the store and the publishers is moved, in nanoseconds
}

// clock is the time of the store and the publishers.
func (s *scene) clock() time.Time { return time.Now().Add(time.Duration(s.ahead.Load())) }

// replica is one running publisher.
type replica struct {
	*publisher
	metrics *publisherMetrics
	calls   *slackMetrics
	stop    func()
}

const testGrowth = `
timezone: Europe/Berlin
channels:
  alerts: {slack: "#cs-alerts"}
  sales: {slack: "#sales-pql"}
  urgent: {slack: "#cs-urgent"}
fallback: {channel: urgent, owner: "group:@cs-leads"}
quiet: {storm: {threshold: 0}}
routes:
  - {name: pql, when: kind == "pql", channel: sales, owner: ["round_robin:@sdr"]}
  - {name: default, channel: alerts, owner: account_owner}
`

func newScene(tb testing.TB, change func(*slacksim.Config)) *scene {
	tb.Helper()
	cfg := slacksim.Config{
		NoChannelLimit: true, Events: []string{"app_home_opened", "user_change"},
		Channels: []slacksim.Channel{
			{Name: "cs-alerts"}, {Name: "sales-pql"}, {Name: "cs-urgent"}, {Name: "quiet", Private: true},
		},
		Groups: []slacksim.UserGroup{{Handle: "cs-leads", Users: []string{"aiko"}}, {Handle: "sdr", Users: []string{"ben", "tom"}}},
	}
	if change != nil {
		change(&cfg)
	}
	sim, err := slacksim.New(cfg)
	require.NoError(tb, err)
	sim.Start()
	tb.Cleanup(func() { require.NoError(tb, sim.Close()) })

	growth := filepath.Join(tb.TempDir(), "growth.yaml")
	require.NoError(tb, os.WriteFile(growth, []byte(testGrowth), 0o600))
	loaded, err := config.LoadGrowth(growth)
	require.NoError(tb, err)

	s := &scene{tb: tb, slack: sim, rules: loaded.Rules, now: time.Now, ahead: &atomic.Int64{}}
	store, err := storage.Open(tb.Context(), storage.Config{URL: "sqlite:" + filepath.Join(tb.TempDir(), "bot.db"), Now: s.clock})
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, store.Close()) })
	_, err = store.Migrate(tb.Context())
	require.NoError(tb, err)
	s.store = store
	return s
}

// start runs a publisher until the test ends or stop is called.
func (s *scene) start(interval time.Duration) *replica {
	s.tb.Helper()
	registry := prometheus.NewRegistry()
	r := &replica{metrics: newPublisherMetrics(registry), calls: newSlackMetrics(registry)}
	logger := slog.New(slog.NewTextHandler(s.tb.Output(), nil))
	api := newSlackClient(config.Env{SlackBotToken: config.NewSecret(s.slack.BotToken()), SlackAPIURL: s.slack.APIURL()}, r.calls)
	people := &Directory{store: s.store, api: api, now: time.Now, logger: logger, unknown: map[string]time.Time{}}
	places := &channels{store: s.store, api: api, now: time.Now, logger: logger, people: people}
	r.publisher = &publisher{
		store: s.store, api: api, access: newAccess(api, logger), bell: newBell(),
		channels: places, people: people, audience: &audience{store: s.store, channels: places, rules: s.rules, logger: logger, bell: newBell()},
		cfg: publisherConfig{
			Rules: s.rules, Command: "/journey", ChannelInterval: interval, Updates: updateBudget, Now: s.clock, Logger: logger, Metrics: r.metrics, Nudge: func() {},
		},
	}
	ctx, cancel := context.WithCancel(s.tb.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := r.run(ctx); err != nil {
			s.tb.Error(err)
		}
	}()
	r.stop = sync.OnceFunc(func() {
		cancel()
		<-ended
	})
	s.tb.Cleanup(r.stop)
	return r
}

// happens takes events in, as the consumer does.
func (s *scene) happens(events ...alerts.Event) {
	s.tb.Helper()
	now := s.now()
	for i := range events {
		s.events++
		events[i].Source, events[i].ID, events[i].Seq = "test", fmt.Sprint(s.events), uint64(s.events)
		events[i].At, events[i].ReceivedAt = now.Add(time.Duration(s.events)*time.Microsecond), now
	}
	_, err := s.store.Ingest(s.tb.Context(), events, func(ws *alerts.WorkingSet, fresh []alerts.Event) {
		for _, ev := range fresh {
			s.rules.Ingest(ws, ev, now)
		}
	})
	require.NoError(s.tb, err)
}

func turnsRed(account string) alerts.Event {
	score, before := 44.0, 72.0
	return alerts.Event{Type: "growth.signal.health_shift", Account: account, Signal: &alerts.Signal{Kind: alerts.HealthShift, Facts: alerts.Facts{
		Health: &alerts.HealthFacts{From: journey.HealthGreen, To: journey.HealthRed, Score: &score, PreviousScore: &before, Reason: "Active users fell"},
	}}}
}

func qualifies(account string) alerts.Event {
	return alerts.Event{Type: "growth.signal.pql", Account: account, Signal: &alerts.Signal{Kind: alerts.PQL, Facts: alerts.Facts{
		PQL: &alerts.PQLFacts{Score: 86, Reasons: []string{"Opened SSO settings"}},
	}}}
}

func ownedBy(account, email string) alerts.Event {
	return alerts.Event{Type: "growth.account.updated", Account: account, Patch: &journey.Patch{Owner: journey.SetTo(email), At: time.Now()}}
}

// alert returns the live alert of an account.
func (s *scene) alert(account string) alerts.Alert {
	s.tb.Helper()
	views, _, err := s.store.LiveAlerts(s.tb.Context(), alerts.Filter{Account: account})
	require.NoError(s.tb, err)
	require.Len(s.tb, views, 1)
	return views[0].Alert
}

// clicks does to the account's alert what a person's click does.
func (s *scene) clicks(account string, do alerts.Do) {
	s.tb.Helper()
	s.clickBy("maria", account, do)
}

func (s *scene) clickBy(who, account string, do alerts.Do) {
	s.tb.Helper()
	person, ok := s.slack.User(who)
	require.True(s.tb, ok)
	_, err := s.store.UpdateAlert(s.tb.Context(), s.alert(account).ID, "", func(a alerts.Alert) (alerts.Result, error) {
		return s.rules.Apply(a, alerts.Input{Do: do, By: alerts.Actor{UserID: person.ID, Name: person.RealName}, Origin: "slack:C1"}, s.now())
	})
	require.NoError(s.tb, err)
}

// until waits for a condition on the workspace.
func (s *scene) until(what string, cond func() bool) {
	s.tb.Helper()
	ctx, cancel := context.WithTimeout(s.tb.Context(), 30*time.Second)
	defer cancel()
	require.NoError(s.tb, s.slack.Wait(ctx, cond), what)
}

// posts are the bot's messages of a channel that are no replies, told by text.
func (s *scene) posts(channel, text string) []slacksim.Message {
	var found []slacksim.Message
	for _, m := range s.slack.Posts(channel) {
		if m.BotID != "" && (m.ThreadTS == "" || m.ThreadTS == m.TS) && strings.Contains(m.Raw(), text) {
			found = append(found, m)
		}
	}
	return found
}

func (s *scene) sees(channel, text string) slacksim.Message {
	s.tb.Helper()
	s.until(channel+" shows "+text, func() bool { return len(s.posts(channel, text)) > 0 })
	return s.posts(channel, text)[0]
}

// settles waits until nothing waits to be published.
func (s *scene) settles() {
	s.tb.Helper()
	require.Eventually(s.tb, func() bool {
		d, err := s.store.Depths(s.tb.Context())
		return err == nil && d.Messages == 0 && d.Uncertain == 0
	}, 30*time.Second, 20*time.Millisecond)
}

func (s *scene) calls(method string) (list []slacksim.Call) {
	for _, c := range s.slack.Calls() {
		if c.Direction == slacksim.FromApp && c.Method == method {
			list = append(list, c)
		}
	}
	return list
}

func (s *scene) inject(f slacksim.Fault) *slacksim.Injected {
	s.tb.Helper()
	i, err := s.slack.Inject(f)
	require.NoError(s.tb, err)
	return i
}

func TestACardIsPostedUpdatedAndFollowedByItsThread(t *testing.T) {
	t.Parallel()
	s := newScene(t, nil)
	p := s.start(0)
	s.happens(ownedBy("acme", "maria@example.com"), turnsRed("acme"))
	p.bell.ring()
	maria, _ := s.slack.User("maria")
	card := s.sees("cs-alerts", "acme")
	require.Contains(t, card.Raw(), "<@"+maria.ID+">", "the owner is mentioned")
	require.Contains(t, card.Raw(), `"event_type":"journeybot"`)
	require.Equal(t, maria.ID, s.alert("acme").Owner)

	s.clicks("acme", alerts.DoAck)
	p.bell.ring()
	card = s.sees("cs-alerts", "is on it")
	require.NotContains(t, card.Raw(), "<@", "nobody is mentioned again")
	s.settles()
	require.Len(t, s.posts("cs-alerts", ""), 1)
	require.Len(t, s.calls("chat.postMessage"), 1)
	require.Len(t, s.calls("chat.update"), 1)
	require.Len(t, s.calls("conversations.join"), 1)
}

func TestABurstEndsInOneMessage(t *testing.T) {
	t.Parallel()
	s := newScene(t, nil)
	for range 20 {
		s.happens(turnsRed("acme"))
	}
	s.clicks("acme", alerts.DoAck)
	s.clicks("acme", alerts.DoUnack)
	s.clicks("acme", alerts.DoAck)
	s.start(0)
	s.sees("cs-alerts", "is on it")
	s.settles()
	require.Len(t, s.posts("cs-alerts", ""), 1)
	require.Empty(t, s.calls("chat.update"), "the first post shows the end of the burst")
}

func TestCountsAreRefreshedOnceAMinute(t *testing.T) {
	t.Parallel()
	s := newScene(t, nil)
	p := s.start(0)
	s.happens(turnsRed("acme"))
	p.bell.ring()
	s.sees("cs-alerts", "acme")
	s.settles()
	for range 5 {
		s.happens(turnsRed("acme"))
		p.bell.ring()
		time.Sleep(30 * time.Millisecond)
	}
	s.clicks("acme", alerts.DoAck)
	p.bell.ring()
	s.sees("cs-alerts", "is on it")
	require.LessOrEqual(t, len(s.calls("chat.update")), 2, "the first count, and the click")
}

func TestTwoReplicasPostEachMessageOnce(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]func(tb testing.TB) string{"sqlite": storagetest.SQLite, "postgres": storagetest.Postgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			database := url(t)
			s := newScene(t, nil)
			replicas := make([]*replica, 0, 2)
			for range 2 {
				store, err := storage.Open(t.Context(), storage.Config{URL: database})
				require.NoError(t, err)
				t.Cleanup(func() { require.NoError(t, store.Close()) })
				_, err = store.Migrate(t.Context())
				require.NoError(t, err)
				s.store = store
				replicas = append(replicas, s.start(0))
			}
			for i := range 40 {
				s.happens(turnsRed(fmt.Sprintf("account-%02d", i)), qualifies(fmt.Sprintf("lead-%02d", i)))
				replicas[i%2].bell.ring()
			}
			s.until("all are posted", func() bool { return len(s.posts("cs-alerts", "account-"))+len(s.posts("sales-pql", "lead-")) >= 80 })
			s.settles()
			for i := range 40 {
				require.Len(t, s.posts("cs-alerts", fmt.Sprintf("account-%02d", i)), 1)
				require.Len(t, s.posts("sales-pql", fmt.Sprintf("lead-%02d", i)), 1)
			}
		})
	}
}

func TestRetryAfterIsObeyedByAllReplicas(t *testing.T) {
	t.Parallel()
	s := newScene(t, nil)
	s.inject(slacksim.Fault{Method: "chat.postMessage", Channel: "cs-alerts", Kind: slacksim.FaultRateLimit, RetryAfter: 2 * time.Second, Count: 1})
	for i := range 6 {
		s.happens(turnsRed(fmt.Sprintf("account-%02d", i)))
	}
	s.happens(qualifies("lead"))
	s.start(0)
	s.start(0)
	s.sees("sales-pql", "lead")
	s.until("all are posted", func() bool { return len(s.posts("cs-alerts", "account-")) == 6 })
	calls := s.calls("chat.postMessage")
	var refusedAt, next time.Time
	for _, c := range calls {
		switch {
		case c.Status == 429:
			refusedAt = c.Time
		case c.Channel == s.posts("cs-alerts", "")[0].Channel && (next.IsZero() || c.Time.Before(next)):
			next = c.Time
		}
	}
	require.GreaterOrEqual(t, next.Sub(refusedAt), 2*time.Second)
	require.Len(t, calls, 8, "no other call ran into the limit")
}

func TestPostsOfAChannelKeepTheirDistance(t *testing.T) {
	t.Parallel()
	s := newScene(t, func(c *slacksim.Config) { c.NoChannelLimit = false })
	for i := range 4 {
		s.happens(turnsRed(fmt.Sprintf("account-%02d", i)))
	}
	s.start(400 * time.Millisecond)
	s.start(400 * time.Millisecond)
	s.until("all are posted", func() bool { return len(s.posts("cs-alerts", "account-")) == 4 })
	calls := s.calls("chat.postMessage")
	require.Len(t, calls, 4)
	for i := range calls[1:] {
		require.GreaterOrEqual(t, calls[i+1].Time.Sub(calls[i].Time), 400*time.Millisecond)
	}
}

func TestAPostWithoutAnAnswerIsAdopted(t *testing.T) {
	t.Parallel()
	for name, kind := range map[string]slacksim.FaultKind{"cut": slacksim.FaultCut, "500 after taking it": slacksim.FaultStatusLate} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, nil)
			s.inject(slacksim.Fault{Method: "chat.postMessage", Kind: kind, Count: 1})
			p := s.start(0)
			s.happens(turnsRed("acme"))
			p.bell.ring()
			s.sees("cs-alerts", "acme")
			for i := range 3 { // others need not wait for it
				s.happens(turnsRed(fmt.Sprintf("other-%d", i)))
			}
			p.bell.ring()
			s.settles()
			require.Len(t, s.posts("cs-alerts", "acme"), 1)
			require.Len(t, s.posts("cs-alerts", "other-"), 3)
			require.InDelta(t, 1, testutil.ToFloat64(p.metrics.uncertain.WithLabelValues(wasAdopted)), 0)

			s.clicks("acme", alerts.DoAck)
			p.bell.ring()
			s.sees("cs-alerts", "is on it")
		})
	}
}

func TestAPostThatSlackNeverTookIsPostedAgain(t *testing.T) {
	t.Parallel()
	s := newScene(t, nil)
	s.inject(slacksim.Fault{Method: "chat.postMessage", Kind: slacksim.FaultCutEarly, Count: 1})
	p := s.start(0)
	s.happens(turnsRed("acme"))
	p.bell.ring()
	s.sees("cs-alerts", "acme")
	s.settles()
	require.Len(t, s.posts("cs-alerts", "acme"), 1)
	require.InDelta(t, 1, testutil.ToFloat64(p.metrics.uncertain.WithLabelValues(wasMissing)), 0)
}

func TestWithoutTheHistoryADoubleBeatsALoss(t *testing.T) {
	t.Parallel()
	s := newScene(t, nil)
	s.inject(slacksim.Fault{Method: "chat.postMessage", Kind: slacksim.FaultCut, Count: 1})
	s.inject(slacksim.Fault{Method: "conversations.history", Kind: slacksim.FaultError, Error: "not_in_channel"})
	p := s.start(0)
	s.happens(turnsRed("acme"))
	p.bell.ring()
	s.until("posted again", func() bool { return len(s.posts("cs-alerts", "acme")) == 2 })
	require.InDelta(t, 1, testutil.ToFloat64(p.metrics.uncertain.WithLabelValues(wasDoubted)), 0)
}

func TestAThreadReplyWithoutAnAnswerIsAdopted(t *testing.T) {
	t.Parallel()
	s := newScene(t, nil)
	p := s.start(0)
	s.happens(ownedBy("acme", "ben@example.com"), turnsRed("acme"))
	p.bell.ring()
	card := s.sees("cs-alerts", "acme")
	s.settles()
	s.inject(slacksim.Fault{Method: "chat.postMessage", Channel: "cs-alerts", Kind: slacksim.FaultCut, Count: 1})
	s.clicks("acme", alerts.DoAck) // by Maria, who does not own it: told in the thread
	p.bell.ring()
	replies := func() []slacksim.Message {
		thread, err := s.slack.Thread("maria", "cs-alerts", card.TS)
		require.NoError(t, err)
		return thread[1:]
	}
	s.until("the thread tells", func() bool { return len(replies()) > 0 })
	s.settles()
	require.Len(t, replies(), 1)
	require.InDelta(t, 1, testutil.ToFloat64(p.metrics.uncertain.WithLabelValues(wasAdopted)), 0)

	s.clickBy("tom", "acme", alerts.DoUnack)
	p.bell.ring()
	s.until("the thread goes on", func() bool { return len(replies()) == 2 })
}

func TestARestartInTheMiddleOfAPost(t *testing.T) {
	t.Parallel()
	s := newScene(t, nil)
	held := s.inject(slacksim.Fault{Method: "chat.postMessage", Kind: slacksim.FaultHold})
	p := s.start(0)
	s.happens(turnsRed("acme"))
	p.bell.ring()
	<-held.Reached()
	start := time.Now()
	p.stop()
	require.Less(t, time.Since(start), stopGrace+time.Second)
	s.slack.ClearFaults()

	s.start(0)
	s.settles()
	require.Len(t, s.posts("cs-alerts", "acme"), 1)
}

func TestADeletedMessageIsPostedAfresh(t *testing.T) {
	t.Parallel()
	s := newScene(t, nil)
	p := s.start(0)
	s.happens(turnsRed("acme"))
	p.bell.ring()
	card := s.sees("cs-alerts", "acme")
	s.settles()
	require.NoError(t, s.slack.DeleteMessage("cs-alerts", card.TS))
	s.clicks("acme", alerts.DoAck)
	p.bell.ring()
	again := s.sees("cs-alerts", "is on it")
	require.NotEqual(t, card.TS, again.TS)
	s.settles()
	require.Len(t, s.posts("cs-alerts", "acme"), 1)
}

func TestAChannelThatTakesNoPosts(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		setup func(s *scene)
		says  string
		mend  func(s *scene)
	}{
		"archived": {
			func(s *scene) { require.NoError(t, s.slack.ArchiveChannel("cs-alerts", true)) }, "it is archived",
			func(s *scene) { require.NoError(t, s.slack.ArchiveChannel("cs-alerts", false)) },
		},
		"not there": {
			func(s *scene) {
				alert := s.rules.Channels["alerts"]
				alert.Slack = "#quiet"
				s.rules.Channels["alerts"] = alert
			}, "`/invite @app`",
			func(s *scene) { require.NoError(t, s.slack.InviteBot("quiet")) },
		},
		"restricted": {
			func(s *scene) {
				s.inject(slacksim.Fault{Method: "chat.postMessage", Channel: "cs-alerts", Kind: slacksim.FaultError, Error: "restricted_action"})
			}, "posting permissions",
			func(s *scene) { s.slack.ClearFaults() },
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, nil)
			c.setup(s)
			p := s.start(0)
			for i := range 5 {
				s.happens(turnsRed(fmt.Sprintf("account-%d", i)))
				p.bell.ring()
			}
			s.until("the cards are in the fallback channel", func() bool { return len(s.posts("cs-urgent", "account-")) == 5 })
			s.sees("cs-urgent", c.says)
			s.settles()
			require.Len(t, s.posts("cs-urgent", "I can't post to"), 1, "told once")
			require.LessOrEqual(t, len(s.calls("chat.postMessage")), 5+1+2, "a broken channel is not tried again and again")

			s.clicks("account-1", alerts.DoAck)
			p.bell.ring()
			s.sees("cs-urgent", "is on it")

			c.mend(s)
			target := s.rules.Channels["alerts"].Slack
			known, err := s.store.Channel(t.Context(), target)
			require.NoError(t, err)
			known.CheckedAt = time.Now().Add(-brokenFor)
			require.NoError(t, s.store.SaveChannel(t.Context(), known))
			s.happens(turnsRed("later"))
			p.bell.ring()
			s.until("what waited comes too", func() bool { return len(s.posts(strings.TrimPrefix(string(target), "#"), "account-")) == 5 })
			s.sees(strings.TrimPrefix(string(target), "#"), "later")
		})
	}
}

func TestTheFallbackChannelItselfIsBroken(t *testing.T) {
	t.Parallel()
	s := newScene(t, nil)
	require.NoError(t, s.slack.ArchiveChannel("cs-alerts", true))
	require.NoError(t, s.slack.ArchiveChannel("cs-urgent", true))
	p := s.start(0)
	s.happens(turnsRed("acme"))
	p.bell.ring()
	require.Eventually(t, func() bool { return p.checkFallback(t.Context()) != nil }, 10*time.Second, 10*time.Millisecond)
	require.ErrorContains(t, p.checkFallback(t.Context()), "it is archived")
	d, err := s.store.Depths(t.Context())
	require.NoError(t, err)
	require.Equal(t, 1, d.Failed, "only the card of the channel that has a fallback")
	require.Positive(t, d.Messages, "the rest waits")
	require.Empty(t, s.slack.Posts("cs-urgent"))
}

func TestACardThatSlackWillNotTakeIsToldInWords(t *testing.T) {
	t.Parallel()
	s := newScene(t, nil)
	s.inject(slacksim.Fault{Method: "chat.postMessage", Channel: "cs-alerts", Kind: slacksim.FaultError, Error: "invalid_blocks"})
	p := s.start(0)
	s.happens(turnsRed("acme"))
	p.bell.ring()
	notice := s.sees("cs-urgent", "invalid_blocks")
	require.Contains(t, notice.Raw(), "acme")
	s.settles()
	require.InDelta(t, 1, testutil.ToFloat64(p.metrics.failed.WithLabelValues("invalid_blocks")), 0)
	require.Len(t, s.calls("chat.postMessage"), 2)
}

func TestARevokedTokenLosesNothing(t *testing.T) {
	t.Parallel()
	s := newScene(t, nil)
	p := s.start(0)
	require.Eventually(t, p.access.granted, 10*time.Second, 10*time.Millisecond)
	s.slack.RevokeTokens()
	s.happens(turnsRed("acme"))
	p.bell.ring()
	require.Eventually(t, func() bool { return !p.access.granted() }, 10*time.Second, 10*time.Millisecond)
	require.ErrorContains(t, p.access.check(t.Context()), "SLACK_BOT_TOKEN")
	d, err := s.store.Depths(t.Context())
	require.NoError(t, err)
	require.Zero(t, d.Failed)
	require.Positive(t, d.Messages)
	s.slack.ClearFaults()
	p.bell.ring()
	s.sees("cs-alerts", "acme")
}

func TestOwnersAreFound(t *testing.T) {
	t.Parallel()
	s := newScene(t, nil)
	id := func(name string) string {
		u, ok := s.slack.User(name)
		require.True(t, ok)
		return u.ID
	}
	s.happens(ownedBy("known", "Ben@Example.com"), ownedBy("orphan", "nobody@example.com"), ownedBy("gone", "tom@example.com"))
	require.NoError(t, s.slack.Deactivate("aiko"))
	s.happens(turnsRed("known"), turnsRed("orphan"), qualifies("lead-1"), qualifies("lead-2"), qualifies("lead-3"))
	s.start(0)
	s.until("all are posted", func() bool { return len(s.posts("cs-alerts", ""))+len(s.posts("sales-pql", "")) == 5 })
	require.Equal(t, id("ben"), s.alert("known").Owner)
	require.Equal(t, s.slack.Groups()[0].ID, s.alert("orphan").Owner, "the fallback owner, a group")
	require.Contains(t, s.posts("cs-alerts", "orphan")[0].Raw(), "<!subteam^"+s.slack.Groups()[0].ID+">")
	turns := []string{s.alert("lead-1").Owner, s.alert("lead-2").Owner, s.alert("lead-3").Owner}
	require.ElementsMatch(t, []string{id("ben"), id("tom")}, turns[:2])
	require.Equal(t, turns[0], turns[2])
	require.LessOrEqual(t, len(s.calls("usergroups.list")), 2, "looked up once and kept")
}

func TestACardDoesNotWaitLongForItsOwner(t *testing.T) {
	t.Parallel()
	s := newScene(t, nil)
	s.inject(slacksim.Fault{Method: "users.lookupByEmail", Kind: slacksim.FaultLatency, Delay: 20 * time.Second})
	p := s.start(0)
	s.happens(ownedBy("acme", "ben@example.com"), turnsRed("acme"))
	p.bell.ring()
	start := time.Now()
	s.sees("cs-alerts", "acme")
	require.Less(t, time.Since(start), 10*time.Second)
	require.Empty(t, s.alert("acme").Owner)

	s.slack.ClearFaults()
	view, err := s.store.AlertView(t.Context(), s.alert("acme").ID)
	require.NoError(t, err)
	given, err := p.giveOwner(t.Context(), view)
	require.NoError(t, err)
	require.True(t, given, "the next look finds it")
	ben, _ := s.slack.User("ben")
	require.Equal(t, ben.ID, s.alert("acme").Owner)
}

func TestADirectMessageToSomebodyWhoLeft(t *testing.T) {
	t.Parallel()
	s := newScene(t, nil)
	tom, _ := s.slack.User("tom")
	require.NoError(t, s.slack.Deactivate("tom"))
	body := []byte(`{"Text":"Acme Corp is waiting for you."}`)
	require.NoError(t, s.store.AddPlace(t.Context(), alerts.Place{
		Kind: alerts.PingMessage, Subject: "a1", Target: alerts.Target("@" + tom.ID), Slot: "remind", Priority: alerts.PriorityPost, Body: body,
	}))
	s.start(0)
	s.sees("cs-urgent", "Acme Corp is waiting for you.")
	s.sees("cs-urgent", "deactivated")
}

func TestEveryMessageOnceWhileSlackMisbehaves(t *testing.T) {
	t.Parallel()
	s := newScene(t, nil)
	s.slack.Seed(7)
	s.inject(slacksim.Fault{Method: "chat.postMessage", Kind: slacksim.FaultRateLimit, RetryAfter: time.Second, Probability: 0.05})
	s.inject(slacksim.Fault{Method: "chat.postMessage", Kind: slacksim.FaultStatus, Status: 500, Probability: 0.03})
	s.inject(slacksim.Fault{Method: "chat.postMessage", Kind: slacksim.FaultCut, Probability: 0.05})
	first, second := s.start(0), s.start(0)
	const signals = 60
	for i := range signals {
		s.happens(turnsRed(fmt.Sprintf("account-%03d", i)))
		first.bell.ring()
		second.bell.ring()
	}
	require.Eventually(t, func() bool {
		d, err := s.store.Depths(t.Context())
		return err == nil && d.Messages == 0 && d.Uncertain == 0
	}, 2*time.Minute, 50*time.Millisecond)
	require.Len(t, s.posts("cs-alerts", "account-"), signals)
	for i := range signals {
		require.Len(t, s.posts("cs-alerts", fmt.Sprintf("account-%03d", i)), 1)
	}
}
