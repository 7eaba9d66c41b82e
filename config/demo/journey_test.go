package demo_test

import (
	"encoding/json"
	"testing"
	"time"

	"journeybot/config"
	"journeybot/config/demo"

	"github.com/stretchr/testify/require"
)

func TestJourneysAreOfTheBundledMaps(t *testing.T) {
	t.Parallel()
	require.Equal(t, config.BundledMaps(), demo.JourneyNames())
	require.Empty(t, demo.JourneyOn("mine").Name())
	require.Equal(t, demo.Book(now), demo.JourneyOn("").Book(now))
	require.Equal(t, demo.Story(now, 2), demo.JourneyOn("").Story(now, 2))
}

// TestJourneysTellUsageInsteadOfStages checks what is sent; what comes of it is shown where the maps are at work.
func TestJourneysTellUsageInsteadOfStages(t *testing.T) {
	t.Parallel()
	type counts struct {
		Items []struct {
			Event, User string
			Count       int
			At          time.Time
		}
	}
	for _, name := range demo.JourneyNames() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			j := demo.JourneyOn(name)
			walked, stages := map[string]int{}, 0
			oldest := now
			events := append(j.Book(now), j.Past(now, demo.Past(now))...)
			for _, s := range j.Story(now, 0) {
				require.True(t, s.Event.Time.IsZero())
				require.NotEqual(t, "growth.signal.milestone_dropoff", s.Event.Type)
				events = append(events, s.Event)
			}
			for _, e := range events {
				if e.Type == "growth.signal.milestone_reached" {
					stages++
				}
				if e.Type != "growth.usage.tracked" {
					continue
				}
				body, err := json.Marshal(e.Data)
				require.NoError(t, err)
				var data counts
				require.NoError(t, json.Unmarshal(body, &data))
				require.LessOrEqual(t, len(data.Items), 1000)
				require.NotEmpty(t, data.Items)
				walked[e.Subject]++
				for _, item := range data.Items {
					require.Positive(t, item.Count)
					require.False(t, item.At.After(now))
					if item.At.Before(oldest) {
						oldest = item.At
					}
				}
			}
			require.Equal(t, 1, stages, "only who turns out to be stuck was said to be somewhere")
			require.Greater(t, len(walked), 20)
			require.Greater(t, now.Sub(oldest), 80*24*time.Hour)
			require.Equal(t, j.Book(now), j.Book(now))
		})
	}
}
