package demo_test

import (
	"testing"
	"time"

	"journeybot/config/demo"

	"github.com/stretchr/testify/require"
)

func TestPast(t *testing.T) {
	t.Parallel()
	past := demo.Past(now)
	require.Equal(t, past, demo.Past(now), "chance is seeded")
	accounts, outcomes, wrong, support := map[string]bool{}, map[string]int{}, 0, 0
	last := time.Time{}
	for _, e := range past {
		require.Equal(t, e.Account.Subject, e.Signal.Subject)
		require.False(t, accounts[e.Signal.Subject], "one each, so that none meets another")
		accounts[e.Signal.Subject] = true
		require.False(t, e.Signal.Time.Before(last), "oldest first")
		last = e.Signal.Time
		require.True(t, last.After(now.AddDate(0, 0, -demo.Days)))
		require.True(t, last.Add(e.End).Before(now.AddDate(0, 0, -4)), "last week is the story's")
		require.Less(t, e.Ack, e.End)
		if e.Steps > 0 {
			require.Positive(t, e.Ack)
		}
		outcomes[e.Outcome]++
		if e.Signal.Type == "growth.signal.support" {
			support++
			if e.Outcome == "false_alarm" {
				wrong++
			}
		}
	}
	for _, outcome := range []string{"saved", "churned", "converted", "nurturing", "false_alarm"} {
		require.Positive(t, outcomes[outcome], outcome)
	}
	require.GreaterOrEqual(t, support, 20)
	require.Greater(t, float64(wrong)/float64(support), 0.2, "a rule for the report card")
}
