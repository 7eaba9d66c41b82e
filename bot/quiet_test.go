package bot

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"journeybot/alerts"
	"journeybot/journey"
	"journeybot/slacksim"
	"journeybot/storage/storagetest"
)

func atLimit(account string, percent float64) alerts.Event {
	return alerts.Event{Type: "growth.signal.usage_limit", Account: account, Signal: &alerts.Signal{Kind: alerts.UsageLimit, About: "API calls", Facts: alerts.Facts{
		Limit: &alerts.LimitFacts{Resource: "API calls", Used: percent, Limit: 100},
	}}}
}

// wakes starts the replicas anew at another time: who sleeps until the next timer does not notice that it came early.
func (l *life) wakes(at time.Time) {
	l.tb.Helper()
	n := len(l.bots)
	l.stops()
	l.becomes(at)
	l.runs(n)
}

// TestAMuteAndANight lets days pass over two replicas: what is muted, and what comes at night, is told when that is over, once.
func TestAMuteAndANight(t *testing.T) {
	t.Parallel()
	for name, fresh := range map[string]func(testing.TB) string{"sqlite": storagetest.SQLite, "postgres": storagetest.Postgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			berlin, err := time.LoadLocation("Europe/Berlin")
			require.NoError(t, err)
			l := newLife(t, fresh(t), time.Date(2026, 11, 24, 10, 0, 0, 0, berlin))
			l.rules.Digests = alerts.DigestRules{}
			l.rules.Quiet.Hours = []alerts.QuietHours{{Channels: []string{"alerts"}, From: 18 * time.Hour, To: 8*time.Hour + 30*time.Minute}}
			l.runs(2)
			ben, _ := l.slack.User("ben")

			l.happens(ownedBy("acme", "maria@example.com"), turnsRed("acme"))
			l.sees("cs-alerts", "acme health")
			until := time.Date(2026, 11, 25, 12, 0, 0, 0, berlin)
			require.NoError(t, l.store.Reconsider(t.Context(), []string{"acme"}, func(ws *alerts.WorkingSet) {
				l.rules.Mute(ws, alerts.Mute{ID: "m1", Account: "acme", MuteSpan: alerts.MuteSpan{
					Until: until, By: alerts.Actor{UserID: ben.ID, Name: "Ben"}, Reason: "migration weekend",
				}}, l.now())
			}))
			card := l.sees("cs-alerts", "Muted until")
			require.Contains(t, card.Raw(), "by Ben")
			require.Contains(t, card.Raw(), "migration weekend")
			l.happens(atLimit("acme", 101))
			l.settles()
			require.Empty(t, l.posts("cs-alerts", "API calls"))

			l.becomes(time.Date(2026, 11, 24, 22, 0, 0, 0, berlin))
			l.happens(turnsRed("globex"), atLimit("initech", 91))
			l.settles()
			require.Empty(t, l.posts("cs-alerts", "globex"))
			require.Equal(t, alerts.HoldHours, l.alert("globex").Hold.Reason)
			l.wakes(time.Date(2026, 11, 25, 8, 30, 0, 0, berlin))
			l.sees("cs-alerts", "globex health")
			require.True(t, l.alert("globex").ShownAt.After(time.Date(2026, 11, 25, 8, 29, 0, 0, berlin)))
			l.settles()
			require.Empty(t, l.posts("cs-alerts", "initech"), "medium is for the digest")
			require.Equal(t, alerts.Hold{Reason: alerts.HoldHours}, l.alert("initech").Hold)

			l.wakes(until)
			l.sees("cs-alerts", "101 % of API calls")
			l.until("Ben hears what his mute held", func() bool { return len(l.posts(l.direct("ben"), "The mute of acme is over")) == 1 })
			require.Contains(t, l.posts(l.direct("ben"), "The mute of acme")[0].Raw(), "It held 2 alerts: 1 is shown now, 1 goes on as before.")
			l.settles()
			require.Empty(t, l.posts("cs-alerts", "Muted until"), "the first card goes on as before")
			require.Len(t, l.posts("cs-alerts", "acme health"), 1)
			require.Len(t, l.posts(l.direct("ben"), "The mute of acme"), 1, "two replicas tell it once")
		})
	}
}

func TestABudgetSparesPeople(t *testing.T) {
	t.Parallel()
	s := newScene(t, nil)
	s.rules.Quiet.Budget = alerts.Budget{PerPerson: 1}
	maria, _ := s.slack.User("maria")
	arr := int64(84_000_00)
	big := ownedBy("big", "maria@example.com")
	big.Patch.ARR = journey.SetTo(&arr)
	s.happens(ownedBy("small", "maria@example.com"), turnsRed("small"), big, turnsRed("big"))
	for _, account := range []string{"small", "big"} { // so that both cards are known to be hers
		_, err := s.store.UpdateAlert(t.Context(), s.alert(account).ID, "", func(a alerts.Alert) (alerts.Result, error) {
			return s.rules.Apply(a, alerts.Input{Do: alerts.DoSetOwner, User: alerts.Person{UserID: maria.ID, Name: "Maria"}}, s.now())
		})
		require.NoError(t, err)
	}
	ping := func(slot string, priority alerts.Priority, n alerts.Notice) {
		body, err := json.Marshal(n)
		require.NoError(t, err)
		require.NoError(t, s.store.AddPlace(t.Context(), alerts.Place{
			Kind: alerts.PingMessage, Subject: s.alert("small").ID, Target: alerts.Target("@" + maria.ID), Slot: slot, Priority: priority, Body: body,
		}))
	}
	ping("reminder", alerts.PriorityPost, alerts.Notice{Text: "Nobody is on it"})
	ping("asked", alerts.PriorityPost, alerts.Notice{Text: "Ben gave you small", Asked: true})
	ping("critical", alerts.PriorityCritical, alerts.Notice{Text: "It is critical"})
	p := s.start(0)
	require.Contains(t, s.sees("cs-alerts", "big health").Raw(), "<@"+maria.ID+">", "what is worth most interrupts")
	require.NotContains(t, s.sees("cs-alerts", "small health").Raw(), "<@"+maria.ID+">", "the other is posted without the mention")
	s.settles()
	direct := func(text string) int {
		list, err := s.slack.Conversations(maria.ID)
		require.NoError(t, err)
		for _, c := range list {
			if c.App {
				return len(s.posts(c.ID, text))
			}
		}
		return 0
	}
	require.Equal(t, 1, direct("Ben gave you small"), "what somebody did is told")
	require.Equal(t, 1, direct("It is critical"), "and what is critical")
	require.Zero(t, direct("Nobody is on it"))
	require.InDelta(t, 1, testutil.ToFloat64(p.metrics.interruptions.WithLabelValues("taken")), 0)
	require.InDelta(t, 2, testutil.ToFloat64(p.metrics.interruptions.WithLabelValues("spared")), 0)
	why, err := s.store.Why(t.Context(), s.alert("small").ID)
	require.NoError(t, err)
	held := 0
	for _, d := range why.Deliveries {
		if d.Hold == heldByBudget {
			held++
		}
	}
	require.Equal(t, 1, held, "and says why it was not sent")
}

func TestInShadowNobodyIsDisturbed(t *testing.T) {
	t.Parallel()
	s := newScene(t, func(cfg *slacksim.Config) { cfg.Channels = append(cfg.Channels, slacksim.Channel{Name: "dry-run"}) })
	s.rules.Quiet.Shadow.Channel = "#dry-run"
	p := s.start(0)
	s.happens(ownedBy("acme", "maria@example.com"), turnsRed("acme"))
	p.bell.ring()
	card := s.sees("dry-run", "acme health")
	require.Contains(t, card.Raw(), "Dry run: would have gone to #cs-alerts")
	require.NotContains(t, card.Raw(), "<@")
	_, err := s.store.UpdateAlert(t.Context(), s.alert("acme").ID, "", func(a alerts.Alert) (alerts.Result, error) {
		tom, _ := s.slack.User("tom")
		ben, _ := s.slack.User("ben")
		in := alerts.Input{Do: alerts.DoAssign, By: alerts.Actor{UserID: ben.ID}, User: alerts.Person{UserID: tom.ID}, Note: "yours"}
		return s.rules.Apply(a, in, s.now())
	})
	require.NoError(t, err)
	p.bell.ring()
	told := s.sees("dry-run", "would have been a direct message to @Tom")
	require.Contains(t, told.Raw(), "gave you acme")
	require.NotContains(t, told.Raw(), "<@", "people are named")
	s.sees("dry-run", "would have been a direct message to @Maria")
	s.until("the thread stands under the card", func() bool {
		for _, m := range s.slack.Posts("dry-run") {
			if m.ThreadTS == card.TS && m.TS != card.TS && strings.Contains(m.Raw(), "gave it to") {
				return true
			}
		}
		return false
	})
	s.settles()
	require.Empty(t, s.posts("cs-alerts", ""))
	for _, c := range s.calls("conversations.open") {
		require.Failf(t, "nobody is written to", "%s", c.Request)
	}
	s.clicks("acme", alerts.DoAck)
	p.bell.ring()
	require.Contains(t, s.sees("dry-run", "is on it").Raw(), "Dry run", "the mark stays")
}

func TestTheShadowChannelGetsAWeeklyReport(t *testing.T) {
	t.Parallel()
	berlin, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	l := newLife(t, storagetest.SQLite(t), time.Date(2026, 11, 27, 10, 0, 0, 0, berlin))
	l.rules.Digests = alerts.DigestRules{}
	l.rules.Quiet.Shadow.Channel = "#sales-pql"
	l.runs(2)
	l.happens(turnsRed("acme"), turnsRed("globex"), atLimit("acme", 76))
	l.sees("sales-pql", "globex health")
	l.becomes(time.Date(2026, 11, 30, 8, 30, 0, 0, berlin))
	report := l.sees("sales-pql", "Dry run, last week")
	require.Contains(t, report.Raw(), "2 alerts would have been posted (#cs-alerts 2)")
	require.Contains(t, report.Raw(), "By route: default 2")
	require.Contains(t, report.Raw(), "low 1")
	l.settles()
	require.Len(t, l.posts("sales-pql", "Dry run, last week"), 1, "two replicas make one")
	require.Empty(t, l.posts("cs-alerts", ""))
}

func TestWhatIsHeldIsNoPartOfAStorm(t *testing.T) {
	t.Parallel()
	s := newScene(t, nil)
	s.rules.Quiet.DigestLow = true
	s.storms(alerts.Storm{Threshold: 3, Window: time.Minute, Every: time.Minute, Reset: 10 * time.Minute})
	s.happens(atLimit("low-1", 76), atLimit("low-2", 76), atLimit("low-3", 76), atLimit("shown-1", 91), atLimit("shown-2", 91))
	s.start(0)
	s.sees("cs-alerts", "shown-1 at 91 %")
	s.sees("cs-alerts", "shown-2 at 91 %")
	s.settles()
	require.Len(t, s.posts("cs-alerts", ""), 2, "two are no storm")
	require.Equal(t, alerts.HoldLow, s.alert("low-1").Hold.Reason)
}

func TestAStormInShadowMentionsNobody(t *testing.T) {
	t.Parallel()
	s := newScene(t, func(cfg *slacksim.Config) { cfg.Channels = append(cfg.Channels, slacksim.Channel{Name: "dry-run"}) })
	s.rules.Quiet.Shadow.Channel = "#dry-run"
	s.storms(alerts.Storm{Threshold: 2, Window: time.Minute, Every: time.Second, Reset: 10 * time.Minute})
	for _, name := range accounts(4) {
		s.happens(ownedBy(name, "maria@example.com"))
	}
	s.turn(accounts(3)...)
	p := s.start(0)
	bundle := s.sees("dry-run", "2 more health alerts")
	require.Contains(t, bundle.Raw(), "Dry run: would have gone to the channels of its alerts")
	s.turn("account-03")
	p.bell.ring()
	s.sees("dry-run", "3 more health alerts")
	s.settles()
	maria, _ := s.slack.User("maria")
	for _, m := range s.slack.Posts("dry-run") {
		require.NotContains(t, m.Raw(), "<@"+maria.ID, "nor who owns what came later")
	}
	week, err := s.store.Shadowed(t.Context(), "#dry-run", s.now().Add(-time.Hour), s.now().Add(time.Hour))
	require.NoError(t, err)
	require.Equal(t, []alerts.ShadowSpot{{To: "#cs-alerts", Route: "default", Alerts: 4}}, week.Alerts, "what was bundled counts")
}

func TestABundleSparesWhoWasInterruptedEnough(t *testing.T) {
	t.Parallel()
	s := newScene(t, nil)
	s.rules.Quiet.Budget = alerts.Budget{PerPerson: 1}
	s.storms(alerts.Storm{Threshold: 2, Window: time.Minute, Every: time.Minute, Reset: 10 * time.Minute})
	for i, name := range accounts(4) {
		s.happens(ownedBy(name, []string{"maria@example.com", "maria@example.com", "ben@example.com", "maria@example.com"}[i]))
	}
	s.turn(accounts(4)...)
	s.start(0)
	s.sees("cs-alerts", "3 more health alerts")
	s.settles()
	maria, _ := s.slack.User("maria")
	ben, _ := s.slack.User("ben")
	require.Len(t, s.posts("cs-alerts", "<@"+maria.ID+">"), 1, "by the first of two messages")
	require.Len(t, s.posts("cs-alerts", "<@"+ben.ID+">"), 1)
}
