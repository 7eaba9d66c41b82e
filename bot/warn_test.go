package bot

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"journeybot/alerts"
	"journeybot/cards"
	"journeybot/slacksim"
	"journeybot/storage/storagetest"
)

// TestTheOwnerIsWarned lets an acknowledged alert lie before two replicas: its owner hears a day before it goes back, keeps it with one
// press, and the second time it goes.
func TestTheOwnerIsWarned(t *testing.T) {
	t.Parallel()
	for name, fresh := range map[string]func(testing.TB) string{"sqlite": storagetest.SQLite, "postgres": storagetest.Postgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			berlin, err := time.LoadLocation("Europe/Berlin")
			require.NoError(t, err)
			l := newLife(t, fresh(t), time.Date(2026, 11, 24, 10, 0, 0, 0, berlin))
			l.rules.Digests, l.rules.Playbooks = alerts.DigestRules{}, nil
			l.runs(2)
			l.happens(ownedBy("acme", "maria@example.com"), turnsRed("acme"))
			l.sees("cs-alerts", "acme health")
			l.clicks("acme", alerts.DoAck)
			l.sees("cs-alerts", "Maria is on it")
			back := l.alert("acme").UnackAt
			warnings := func() []slacksim.Message { return l.posts(l.direct("maria"), "acme goes back to open") }

			l.wakes(l.alert("acme").RemindAt)
			l.until("Maria is reminded", func() bool { return len(l.posts(l.direct("maria"), "Still on it?")) == 1 })
			require.Empty(t, warnings(), "that was the reminder")
			l.wakes(back.Add(-22 * time.Hour))
			l.until("Maria is warned", func() bool { return len(warnings()) == 1 })
			require.Contains(t, warnings()[0].Raw(), "A tick, a note, a snooze or Still on it keeps it yours. This comes 2 hours late.")
			l.until("the thread tells it too", func() bool {
				return slices.ContainsFunc(l.slack.Posts("cs-alerts"), func(m slacksim.Message) bool { return strings.Contains(m.Raw(), "that it goes back to open") })
			})
			require.Len(t, warnings(), 1, "two replicas warn once")
			require.Len(t, l.posts(l.direct("maria"), "Still on it?"), 1, "the warning stands for the reminder")

			_, err = l.slack.Press(context.Background(), slacksim.Press{
				User: "maria", Channel: warnings()[0].Channel, TS: warnings()[0].TS, BlockID: cards.FrozenRow + l.alert("acme").ID, ActionID: "alert.still_on",
			})
			require.NoError(t, err)
			l.until("the press counts", func() bool { return l.alert("acme").UnackAt.After(back) })
			again := l.alert("acme").UnackAt
			l.wakes(back.Add(time.Minute))
			l.settles()
			require.Equal(t, alerts.Acknowledged, l.alert("acme").Status)
			l.wakes(again.Add(time.Minute))
			l.until("it is open again", func() bool { return l.alert("acme").Status == alerts.Open })
			l.settles()
			require.Len(t, warnings(), 1, "nobody is warned of what has happened")
		})
	}
}
