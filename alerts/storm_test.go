package alerts_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"journeybot/alerts"
)

var stormAt = time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)

// cardsOf makes n cards of a kind; posted ones have a time.
func cardsOf(name string, n int, kind alerts.Kind, severity alerts.Severity, posted time.Time) []alerts.GustCard {
	cards := make([]alerts.GustCard, 0, n)
	for i := range n {
		cards = append(cards, alerts.GustCard{Message: fmt.Sprint(name, i), Kind: kind, Severity: severity, PostedAt: posted})
	}
	return cards
}

func TestFold(t *testing.T) {
	t.Parallel()
	storm := alerts.DefaultStorm()
	ago := func(d time.Duration) time.Time { return stormAt.Add(-d) }
	bundle := func(last, over time.Time) alerts.GustBundle {
		return alerts.GustBundle{Message: "b", Bundle: alerts.Bundle{Kind: alerts.HealthShift, Since: last, Last: last, Over: over}}
	}
	failed := bundle(ago(time.Minute), time.Time{})
	failed.Failed = true
	health := func(n int, severity alerts.Severity) []alerts.GustCard {
		return cardsOf("w", n, alerts.HealthShift, severity, time.Time{})
	}
	posted := func(n int, at time.Time) []alerts.GustCard {
		return cardsOf("p", n, alerts.HealthShift, alerts.High, at)
	}
	all := func(parts ...[]alerts.GustCard) (cards []alerts.GustCard) {
		for _, p := range parts {
			cards = append(cards, p...)
		}
		return cards
	}
	for name, test := range map[string]struct {
		storm   alerts.Storm
		cards   []alerts.GustCard
		bundles []alerts.GustBundle
		bundle  string
		folded  int // the last so many of the waiting ones
	}{
		"four are no storm":                     {storm, health(4, alerts.High), nil, "", 0},
		"the fifth is":                          {storm, health(5, alerts.High), nil, "", 1},
		"thirty at once":                        {storm, health(30, alerts.Medium), nil, "", 26},
		"what was posted counts":                {storm, all(posted(3, ago(30*time.Second)), health(3, alerts.High)), nil, "", 2},
		"also critical ones":                    {storm, all(cardsOf("p", 4, alerts.HealthShift, alerts.Critical, ago(time.Second)), health(1, alerts.Low)), nil, "", 1},
		"not what was posted before the window": {storm, all(posted(9, ago(time.Minute)), health(4, alerts.High)), nil, "", 0},
		"nor another kind":                      {storm, all(cardsOf("p", 9, alerts.PQL, alerts.High, ago(time.Second)), health(4, alerts.High)), nil, "", 0},
		"critical is never bundled":             {storm, health(30, alerts.Critical), nil, "", 0},
		"a running bundle takes all":            {storm, health(2, alerts.High), []alerts.GustBundle{bundle(ago(9*time.Minute), time.Time{})}, "b", 2},
		"but not critical":                      {storm, health(2, alerts.Critical), []alerts.GustBundle{bundle(ago(time.Minute), time.Time{})}, "", 0},
		"one that has been quiet does not":      {storm, health(2, alerts.High), []alerts.GustBundle{bundle(ago(10*time.Minute), time.Time{})}, "", 0},
		"nor one that is over":                  {storm, health(2, alerts.High), []alerts.GustBundle{bundle(ago(time.Minute), ago(time.Second))}, "", 0},
		"after it a new one begins":             {storm, health(6, alerts.High), []alerts.GustBundle{bundle(ago(11*time.Minute), ago(time.Minute))}, "", 2},
		"one that Slack refused is not begun again": {
			storm, health(9, alerts.High), []alerts.GustBundle{failed}, "", 0,
		},
		"off": {alerts.Storm{Window: time.Minute}, health(30, alerts.High), nil, "", 0},
		"all from the first on": {
			alerts.Storm{Threshold: 1, Window: time.Minute, Reset: time.Minute}, health(3, alerts.High), nil, "", 3,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			foldings := alerts.Fold(test.storm, alerts.Gust{Cards: test.cards, Bundles: test.bundles}, stormAt)
			if test.folded == 0 {
				require.Empty(t, foldings)
				return
			}
			require.Len(t, foldings, 1)
			alone := foldings[0].Alone
			foldings[0].Alone = nil
			require.Equal(t, []alerts.Folding{{
				Kind: alerts.HealthShift, Bundle: test.bundle, Cards: test.cards[len(test.cards)-test.folded:],
			}}, foldings)
			for i, id := range alone {
				require.Equal(t, test.cards[len(test.cards)-test.folded-len(alone)+i].Message, id)
			}
		})
	}
}

// TestFoldThroughStorms lets cards come at random and checks what a channel sees.
func TestFoldThroughStorms(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		storm := alerts.Storm{
			Threshold: rapid.IntRange(1, 6).Draw(t, "threshold"), Window: time.Minute, Every: 5 * time.Minute,
			Reset: time.Duration(rapid.IntRange(1, 10).Draw(t, "reset")) * time.Minute,
		}
		channel := alerts.Gust{}
		var alone []time.Time // of non-critical cards
		came, bundled := 0, map[string]bool{}
		now := stormAt
		for range rapid.IntRange(1, 60).Draw(t, "moments") {
			now = now.Add(time.Duration(rapid.IntRange(1, 120).Draw(t, "seconds")) * time.Second)
			for range rapid.IntRange(0, 7).Draw(t, "cards") {
				came++
				severity := rapid.SampledFrom([]alerts.Severity{alerts.Medium, alerts.High, alerts.Critical}).Draw(t, "severity")
				channel.Cards = append(channel.Cards, alerts.GustCard{Message: fmt.Sprint(came), Kind: alerts.Support, Severity: severity})
			}
			for _, f := range alerts.Fold(storm, channel, now) {
				at := len(channel.Bundles) - 1
				if f.Bundle == "" {
					channel.Bundles = append(channel.Bundles, alerts.GustBundle{Message: fmt.Sprint("b", came), Bundle: alerts.Bundle{Kind: f.Kind}})
					at++
					channel.Bundles[at].Bundle.Alone = f.Alone
				} else if channel.Bundles[at].Message != f.Bundle {
					t.Fatalf("%s is not the newest bundle", f.Bundle)
				}
				channel.Bundles[at].Bundle = channel.Bundles[at].Bundle.Took(now)
				for _, c := range f.Cards {
					if c.Severity == alerts.Critical || bundled[c.Message] || !c.PostedAt.IsZero() {
						t.Fatalf("%v must not be bundled", c)
					}
					bundled[c.Message] = true
				}
			}
			var left []alerts.GustCard
			for _, c := range channel.Cards {
				if bundled[c.Message] {
					continue
				}
				if c.PostedAt.IsZero() {
					c.PostedAt = now
					if c.Severity != alerts.Critical {
						alone = append(alone, now)
					}
				}
				left = append(left, c)
			}
			channel.Cards = left
		}
		if got := len(bundled) + len(channel.Cards); got != came {
			t.Fatalf("%d came, %d are somewhere", came, got)
		}
		for i := range alone {
			if j := i + storm.Threshold - 1; j < len(alone) && alone[j].Sub(alone[i]) < storm.Window {
				t.Fatalf("%d cards of a kind within the window", storm.Threshold)
			}
		}
	})
}

func TestWhatIsPostedByItselfStaysSo(t *testing.T) {
	t.Parallel()
	storm := alerts.DefaultStorm()
	gust := alerts.Gust{Cards: cardsOf("w", 6, alerts.HealthShift, alerts.High, time.Time{})}
	first := alerts.Fold(storm, gust, stormAt)
	require.Equal(t, []string{"w0", "w1", "w2", "w3"}, first[0].Alone)
	require.Len(t, first[0].Cards, 2)
	gust.Cards = gust.Cards[:4] // they still wait when the next is looked at
	gust.Bundles = []alerts.GustBundle{{Message: "b", Bundle: alerts.Bundle{Kind: alerts.HealthShift, Last: stormAt, Alone: first[0].Alone}}}
	require.Empty(t, alerts.Fold(storm, gust, stormAt))
}

func TestABundleRemembersWhatItShowed(t *testing.T) {
	t.Parallel()
	b := alerts.Bundle{}
	b, first := b.Show([]string{"x"})
	b, again := b.Show([]string{"x"})
	b, second := b.Show([]string{"x", "y"})
	require.Equal(t, []int{1, 1, 2}, []int{first, again, second})
	ids, ok := b.Shown(1)
	require.True(t, ok)
	require.Equal(t, []string{"x"}, ids)
	for i := range 100 {
		b, _ = b.Show([]string{fmt.Sprint(i)})
	}
	require.Len(t, b.Revisions, 20)
	_, ok = b.Shown(2)
	require.False(t, ok, "old lists are forgotten")
	ids, ok = b.Shown(102)
	require.True(t, ok)
	require.Equal(t, []string{"99"}, ids)
}
