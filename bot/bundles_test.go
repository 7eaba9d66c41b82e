package bot

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"journeybot/alerts"
	"journeybot/slacksim"
)

// storms makes the scene's rules bundle.
func (s *scene) storms(storm alerts.Storm) { s.rules.Quiet.Storm = storm }

// turn makes accounts red, all at once.
func (s *scene) turn(accounts ...string) {
	s.tb.Helper()
	events := make([]alerts.Event, len(accounts))
	for i, account := range accounts {
		events[i] = turnsRed(account)
	}
	s.happens(events...)
}

func accounts(n int) []string {
	names := make([]string, 0, n)
	for i := range n {
		names = append(names, fmt.Sprintf("account-%02d", i))
	}
	return names
}

// thread are the bot's replies to a message.
func (s *scene) thread(m slacksim.Message) []slacksim.Message {
	return slices.DeleteFunc(s.slack.Posts(m.Channel), func(r slacksim.Message) bool { return r.ThreadTS != m.TS || r.TS == m.TS })
}

func (s *scene) says(m slacksim.Message, text string) {
	s.tb.Helper()
	s.until("the thread says "+text, func() bool {
		return slices.ContainsFunc(s.thread(m), func(r slacksim.Message) bool { return strings.Contains(r.Raw(), text) })
	})
}

func TestAStormIsFourCardsAndOneBundle(t *testing.T) {
	t.Parallel()
	s := newScene(t, nil)
	storm := alerts.DefaultStorm()
	storm.Every = time.Second
	s.storms(storm)
	for i, name := range accounts(30) {
		s.happens(ownedBy(name, []string{"maria@example.com", "ben@example.com"}[i%2]))
	}
	s.turn(accounts(30)...)
	p, other := s.start(0), s.start(0)
	bundle := s.sees("cs-alerts", "26 more health alerts")
	s.settles()
	require.Len(t, s.posts("cs-alerts", ""), 5)
	require.Equal(t, 1, strings.Count(bundle.Raw(), "*Owners* "), "one line mentions all")
	for _, name := range []string{"maria", "ben"} {
		user, _ := s.slack.User(name)
		require.Equal(t, 1, strings.Count(bundle.Raw(), "<@"+user.ID+">"), name)
	}
	require.InDelta(t, 26, testutil.ToFloat64(p.metrics.bundled)+testutil.ToFloat64(other.metrics.bundled), 0, "by two replicas, each once")

	s.clicks("account-20", alerts.DoAck)
	p.bell.ring()
	s.sees("cs-alerts", "1 acknowledged")
	require.Empty(t, s.postsOf(bundle.TS, "*Owners* "), "nobody is mentioned again")

	tom, _ := s.slack.User("tom")
	s.happens(ownedBy("late", "tom@example.com"), turnsRed("late"))
	p.bell.ring()
	s.says(bundle, "Yours too: <@"+tom.ID+">")
	s.settles()
	require.Len(t, s.thread(bundle), 1, "and what was done stands in the list")
	require.Len(t, s.posts("cs-alerts", ""), 5)
}

func TestAStormEnds(t *testing.T) {
	t.Parallel()
	s := newScene(t, nil)
	s.now = s.clock
	s.storms(alerts.Storm{Threshold: 3, Window: time.Second, Every: 200 * time.Millisecond, Reset: 10 * time.Minute})
	s.turn(accounts(5)...)
	p := s.start(0)
	s.sees("cs-alerts", "3 more health alerts")
	s.turn("later")
	p.bell.ring()
	s.sees("cs-alerts", "4 more health alerts")
	s.ahead.Store(int64(11 * time.Minute))
	p.bell.ring()
	s.sees("cs-alerts", "Storm over: 4 health alerts, 4 still open")
	s.turn("alone")
	p.bell.ring()
	s.sees("cs-alerts", "High: alone health red")
	s.clicks("later", alerts.DoAck)
	p.bell.ring()
	s.sees("cs-alerts", "Storm over: 4 health alerts, 3 still open")
	s.settles()
	require.Len(t, s.posts("cs-alerts", ""), 4)
}

func TestABundleThatSlackRefusesIsPostedCardByCard(t *testing.T) {
	t.Parallel()
	s := newScene(t, nil)
	storm := alerts.DefaultStorm()
	storm.Threshold = 1
	s.storms(storm)
	s.inject(slacksim.Fault{Method: "chat.postMessage", Channel: "cs-alerts", Kind: slacksim.FaultError, Error: "invalid_blocks", Count: 1})
	s.turn(accounts(3)...)
	s.start(0)
	s.sees("cs-urgent", "invalid_blocks")
	s.until("each has a card", func() bool { return len(s.posts("cs-alerts", "account-")) == 3 })
	s.settles()
	require.Len(t, s.posts("cs-alerts", ""), 3)
}

func TestAStormInALostChannelIsBundledInTheFallback(t *testing.T) {
	t.Parallel()
	s := newScene(t, nil)
	s.storms(alerts.DefaultStorm())
	s.turn(accounts(9)...)
	p := s.start(0)
	s.sees("cs-alerts", "5 more health alerts")
	s.settles()
	require.NoError(t, s.slack.ArchiveChannel("cs-alerts", true))
	s.clicks("account-08", alerts.DoAck)
	p.bell.ring()
	s.sees("cs-urgent", "it is archived")
	s.sees("cs-urgent", "5 more health alerts")
	s.settles()
	require.Len(t, s.posts("cs-urgent", "account-"), 5, "four cards and a bundle")
	require.Len(t, s.posts("cs-urgent", "Its 9 live alerts come here"), 1)

	require.NoError(t, s.slack.ArchiveChannel("cs-alerts", false))
	require.NoError(t, p.channelChanged(t.Context(), s.channelID("cs-alerts")))
	p.bell.ring()
	s.sees("cs-alerts", "1 acknowledged")
	s.settles()
	require.Len(t, s.posts("cs-alerts", ""), 5, "as before, and up to date")
}

func TestABundleWithoutAnAnswerIsAdoptedAndEnds(t *testing.T) {
	t.Parallel()
	s := newScene(t, nil)
	s.storms(alerts.Storm{Threshold: 1, Window: time.Second, Every: time.Second, Reset: 6 * time.Second})
	s.inject(slacksim.Fault{Method: "chat.postMessage", Channel: "cs-alerts", Kind: slacksim.FaultCut, Count: 1})
	s.turn(accounts(3)...)
	s.start(0)
	s.sees("cs-alerts", "Storm over: 3 health alerts")
	s.settles()
	require.Len(t, s.posts("cs-alerts", ""), 1)
}

// postsOf is the message with that ts, when it says text.
func (s *scene) postsOf(ts, text string) []slacksim.Message {
	return slices.DeleteFunc(s.posts("cs-alerts", text), func(m slacksim.Message) bool { return m.TS != ts })
}
