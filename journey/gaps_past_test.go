package journey_test

import (
	"testing"

	"journeybot/journey"

	"github.com/stretchr/testify/require"
)

// TestReachedOnADayThatIsOver counts who had come to the second of three milestones, a month of nothing but visitors before them.
func TestReachedOnADayThatIsOver(t *testing.T) {
	t.Parallel()
	m := &journey.Map{ID: "m", Phases: []journey.Phase{{Milestones: []journey.Milestone{
		{ID: "first"}, {ID: "visitors", Cohort: true}, {ID: "aside", Optional: true}, {ID: "second"}, {ID: "third"},
	}}}}
	stood := func(segment string, milestones map[string]journey.MilestoneState) journey.Stood {
		return journey.Stood{
			Account:  journey.Account{Segment: segment},
			Standing: journey.Standing{Map: "m", State: journey.State{Entered: 20261101, Milestones: milestones}},
		}
	}
	held := func(since journey.Day) journey.MilestoneState {
		return journey.MilestoneState{Reached: since, Since: since}
	}
	all := []journey.Stood{
		stood("smb", map[string]journey.MilestoneState{"first": held(20261102), "second": held(20261120)}),
		stood("SMB", map[string]journey.MilestoneState{"first": held(20261110)}),
		stood("mid", map[string]journey.MilestoneState{"third": held(20261118)}), // skipped the others
		stood("mid", map[string]journey.MilestoneState{"first": held(20261102), "second": {Reached: 20261105, Lost: 20261115}}),
		stood("mid", map[string]journey.MilestoneState{"first": held(20261102), "second": {Reached: 20261105, Lost: 20261110, Since: 20261119}}),
		stood("mid", nil),
		{Standing: journey.Standing{Map: "other"}},
	}
	for day, want := range map[journey.Day][2]int{
		20261031: {0, 0}, 20261101: {0, 0}, 20261104: {0, 3}, 20261105: {2, 3}, 20261110: {1, 4}, 20261115: {0, 4}, 20261118: {1, 5}, 20261119: {2, 5}, 20261120: {3, 5},
	} {
		reached, of := m.Reached(all, "", "second", day)
		require.Equal(t, want, [2]int{reached, of}, day)
	}
	reached, of := m.Reached(all, "smb", "second", 20261124)
	require.Equal(t, [2]int{1, 2}, [2]int{reached, of})
	reached, of = m.Reached(all, "", "first", 20261124)
	require.Equal(t, [2]int{5, 6}, [2]int{reached, of}, "of all accounts on the map")
	reached, of = m.Reached(all, "", "nowhere", 20261124)
	require.Equal(t, [2]int{0, 0}, [2]int{reached, of})
}
