package bot

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"journeybot/alerts"
	"journeybot/config"
	"journeybot/journey"
	"journeybot/slacksim"
	"journeybot/storage"
	"journeybot/storage/storagetest"
)

// life is a scene in which whole bots run on one database, through days that pass when the test says so. In between the time runs
// as it always does: what waits for a budget waits.
type life struct {
	*scene
	url  string
	bots []*runningBot

	mu    sync.Mutex
	at    time.Time
	since time.Time // when it became that, on the wall
}

func (l *life) now() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.at.Add(time.Since(l.since))
}

// becomes moves the time on.
func (l *life) becomes(at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.at, l.since = at, time.Now()
}

func newLife(tb testing.TB, url string, at time.Time) *life {
	tb.Helper()
	return newLifeIn(tb, url, at, nil)
}

// newLifeIn is newLife in a workspace with something changed.
func newLifeIn(tb testing.TB, url string, at time.Time, change func(*slacksim.Config)) *life {
	tb.Helper()
	l := &life{scene: newScene(tb, change), url: url, at: at, since: time.Now()}
	store, err := storage.Open(tb.Context(), storage.Config{URL: url, Now: l.now})
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, store.Close()) })
	_, err = store.Migrate(tb.Context())
	require.NoError(tb, err)
	l.store, l.scene.now = store, l.now
	return l
}

// runs starts replicas.
func (l *life) runs(replicas int) {
	l.tb.Helper()
	for range replicas {
		cfg := botSettings(l.tb, l.scene, l.tb.TempDir())
		cfg.Now, cfg.Env.DatabaseURL = l.now, config.NewSecret(l.url)
		l.bots = append(l.bots, launch(l.tb, cfg))
	}
}

func (l *life) stops() {
	for _, b := range l.bots {
		require.NoError(l.tb, b.stop())
	}
	l.bots = nil
}

// seen waits until every digest that is due by now was made or left out for this target.
func (l *life) seen(target alerts.Target, period string) storage.LastDigest {
	l.tb.Helper()
	var last storage.LastDigest
	require.Eventually(l.tb, func() bool {
		all, err := l.store.LastDigests(l.tb.Context())
		last = all[target]
		return err == nil && last.Period == period
	}, 30*time.Second, 20*time.Millisecond, "%s never had its digest of %s", target, period)
	return last
}

// direct is the id of the direct conversation between the bot and a person.
func (l *life) direct(user string) string {
	l.tb.Helper()
	person, ok := l.slack.User(user)
	require.True(l.tb, ok)
	list, err := l.slack.Conversations(person.ID)
	require.NoError(l.tb, err)
	for _, c := range list {
		if c.App {
			return c.ID
		}
	}
	return ""
}

func (l *life) press(user string, m slacksim.Message, block, action string) slacksim.Message {
	l.tb.Helper()
	did, err := l.slack.Press(context.Background(), slacksim.Press{User: user, Channel: m.Channel, TS: m.TS, BlockID: block, ActionID: action})
	require.NoError(l.tb, err)
	var answer slacksim.Message
	l.until("an answer to "+action, func() bool {
		for _, a := range l.slack.Posts(m.Channel) {
			if a.Origin == did.ID {
				answer = a
			}
		}
		return answer.TS != ""
	})
	return answer
}

func TestDigestsComeOnceAndOnTime(t *testing.T) {
	t.Parallel()
	for name, fresh := range map[string]func(testing.TB) string{"sqlite": storagetest.SQLite, "postgres": storagetest.Postgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			berlin, err := time.LoadLocation("Europe/Berlin")
			require.NoError(t, err)
			l := newLife(t, fresh(t), time.Date(2026, 11, 27, 10, 0, 0, 0, berlin))
			l.runs(2)
			arr := int64(84_000_00)
			acme := ownedBy("acme", "maria@example.com")
			acme.Patch.Name, acme.Patch.ARR = journey.SetTo("Acme Corp"), journey.SetTo(&arr)
			l.happens(acme, turnsRed("acme"))
			l.sees("cs-alerts", "Acme Corp")
			maria, _ := l.slack.User("maria")
			l.becomes(l.now().Add(time.Minute))
			require.Nil(t, l.seen("#cs-alerts", "2026-11-27").Said, "what came before the first start is no news")
			require.Nil(t, l.seen(alerts.Target("@"+maria.ID), "2026-W48").Said)
			require.Empty(t, l.posts("cs-alerts", "Today:"))

			l.becomes(time.Date(2026, 11, 30, 8, 30, 0, 0, berlin))
			daily := l.sees("cs-alerts", "Today: €84,000 at risk in 1 account")
			require.Contains(t, daily.Raw(), "Maria, not acknowledged")
			l.until("Maria has her week", func() bool { return len(l.posts(l.direct("maria"), "Your week: €84,000 at risk in 1 account")) == 1 })
			weekly := l.posts(l.direct("maria"), "Your week:")[0]
			require.Contains(t, l.press("maria", weekly, "row:"+l.alert("acme").ID, "alert.show").Raw(), "Acknowledge", "the card")
			require.Contains(t, l.press("maria", weekly, "act", "command.run").Raw(), "Yours: 1 live alert")
			require.Contains(t, l.press("ben", daily, "act", "command.run.2").Raw(), "No live alerts without an owner")

			l.becomes(l.now().Add(10 * time.Minute))
			l.clicks("acme", alerts.DoAck)
			_, err = l.store.UpdateAlert(t.Context(), l.alert("acme").ID, "", func(a alerts.Alert) (alerts.Result, error) {
				return l.rules.Apply(a, alerts.Input{Do: alerts.DoResolve, Outcome: alerts.Saved, By: alerts.Actor{UserID: maria.ID}}, l.now())
			})
			require.NoError(t, err)
			l.becomes(time.Date(2026, 12, 1, 8, 30, 0, 0, berlin))
			l.sees("cs-alerts", "1 resolved (1 saved), acknowledged in 2 days, €84,000 less at risk")
			l.becomes(time.Date(2026, 12, 2, 8, 30, 0, 0, berlin))
			require.NotNil(t, l.seen("#cs-alerts", "2026-12-02").Said)
			require.NotNil(t, l.seen("#sales-pql", "2026-12-02").Said)
			l.settles()
			require.Len(t, l.posts("cs-alerts", "Today:"), 2, "two replicas post one a day, and none when there is nothing to say")
			require.Len(t, l.posts(l.direct("maria"), "Your week:"), 1)
			require.Empty(t, l.posts("sales-pql", "Today:"))

			l.stops()
			l.happens(ownedBy("globex", "maria@example.com"), turnsRed("globex"))
			l.becomes(time.Date(2026, 12, 9, 13, 30, 0, 0, berlin))
			l.runs(1)
			l.until("only the newest digest of a week away, with how late it is", func() bool {
				late := l.posts("cs-alerts", "This comes 5 h late")
				return len(late) == 1 && strings.Contains(late[0].Raw(), "Since ")
			})
			l.until("Maria has her week, two days late", func() bool { return len(l.posts(l.direct("maria"), "This comes 2 days late")) == 1 })
			l.settles()
			require.Len(t, l.posts("cs-alerts", "Today:"), 3)
		})
	}
}
