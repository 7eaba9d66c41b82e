package alerts_test

import (
	"testing"

	"journeybot/alerts"
	"journeybot/journey"

	"github.com/stretchr/testify/require"
)

func TestMedianOf(t *testing.T) {
	t.Parallel()
	require.Equal(t, -1, alerts.MedianOf(nil))
	require.Equal(t, -1, alerts.MedianOf([]int{3, 9}), "too few")
	require.Equal(t, 9, alerts.MedianOf([]int{30, 1, 9}))
	require.Equal(t, 9, alerts.MedianOf([]int{30, 1, 10, 9}))
}

func TestNearOf(t *testing.T) {
	t.Parallel()
	one := journey.Plan{Steps: []journey.Step{{Label: "exports", More: 2}}}
	for want, cases := range map[alerts.Near][]journey.Outlook{
		alerts.NotNear:   {{}, {Next: "d"}, {Next: "d", Plan: journey.Plan{Steps: append(one.Steps, one.Steps...)}}, {Next: "d", Plan: journey.Plan{Steps: one.Steps, Waits: true}}},
		alerts.OneAction: {{Next: "d", Plan: one}},
		alerts.Endangers: {{Losing: "e", LostOn: 20261130}, {Losing: "e", Next: "d", Plan: one}},
	} {
		for _, outlook := range cases {
			require.Equal(t, want, alerts.NearOf(journey.Standing{Outlook: outlook}), outlook)
		}
	}
}

func TestGapMoveOf(t *testing.T) {
	t.Parallel()
	r := &alerts.Rules{Maps: []*journey.Map{{ID: "m", Phases: []journey.Phase{{Milestones: []journey.Milestone{{ID: "first"}, {ID: "second", Title: "Second"}}}}}}}
	stood := func(second journey.Day) journey.Stood {
		reached := map[string]journey.MilestoneState{"first": {Reached: 20261101, Since: 20261101}}
		if second.Known() {
			reached["second"] = journey.MilestoneState{Reached: second, Since: second}
		}
		return journey.Stood{Standing: journey.Standing{Map: "m", State: journey.State{Entered: 20261101, Milestones: reached}}}
	}
	all := []journey.Stood{stood(20261110), stood(20261120), stood(0), stood(0)}
	move, ok := r.GapMoveOf(alerts.PriorityGap{Map: "m", Milestone: "second"}, all, 20261124)
	require.True(t, ok)
	require.Equal(t, [2]float64{25, 50}, [2]float64{move.Before, move.Now})
	require.Equal(t, "Second", move.Title)
	move, ok = r.GapMoveOf(alerts.PriorityGap{Map: "m", Milestone: "second"}, nil, 20261124)
	require.True(t, ok)
	require.Equal(t, [2]float64{-1, -1}, [2]float64{move.Before, move.Now}, "nobody has come so far")
	for _, gone := range []alerts.PriorityGap{{Map: "gone", Milestone: "second"}, {Map: "m", Milestone: "gone"}} {
		_, ok = r.GapMoveOf(gone, all, 20261124)
		require.False(t, ok)
	}
}
