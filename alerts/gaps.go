package alerts

import (
	"cmp"
	"slices"
	"time"

	"journeybot/journey"
)

// JourneyView is where an account stands on its map, and how long others stayed there.
type JourneyView struct {
	journey.View
	Median int // days that accounts of the segment took from the stage to the next milestone; -1 while too few did
	Others int // how many accounts that is
}

// fewestOthers is from how many accounts on a median says something.
const fewestOthers = 3

// MedianOf is the middle of how many days others took; -1 of too few.
func MedianOf(took []int) int {
	if len(took) < fewestOthers {
		return -1
	}
	return journey.Percentile(took, 50)
}

// MapNamed finds a map by its id; nil when there is none.
func (r *Rules) MapNamed(id string) *journey.Map {
	for _, m := range r.Maps {
		if m.ID == id {
			return m
		}
	}
	return nil
}

// PriorityGap is the one gap of a map that is worked on first.
type PriorityGap struct {
	Map       string
	Milestone string // the one that too few reach
	Segment   string // "" for all
	Team      string
	Target    int     // percent of those who came to the milestone before
	Share     float64 // percent when it was pinned
	Since     time.Time
	By        Actor
}

// GapMove is how a pinned gap moved.
type GapMove struct {
	PriorityGap
	Title  string  // of the milestone; "" when it has none
	Before float64 // percent a week ago; -1 when nobody had come so far
	Now    float64 // percent; -1 when nobody has
}

// GapMoveOf tells how a pinned gap moved in the week before a day; false when its map or milestone is no more.
func (r *Rules) GapMoveOf(p PriorityGap, all []journey.Stood, day journey.Day) (GapMove, bool) {
	m := r.MapNamed(p.Map)
	if m == nil || m.Milestone(p.Milestone) == nil {
		return GapMove{}, false
	}
	return GapMove{
		PriorityGap: p, Title: m.Milestone(p.Milestone).Title, Before: percent(m.Reached(all, p.Segment, p.Milestone, day.Add(-7))), Now: percent(m.Reached(all, p.Segment, p.Milestone, day)),
	}, true
}

func percent(reached, of int) float64 {
	if of == 0 {
		return -1
	}
	return float64(reached) / float64(of) * 100
}

// GapReport is what `/journey gaps` shows.
type GapReport struct {
	Funnel   journey.Funnel
	Segment  string // "" for all
	Days     int    // only accounts that were first heard of within so many days; 0 for all
	Priority *GapMove
	Others   []*journey.Map // other maps in use
	Segments []string       // of the map's accounts
	AsOf     time.Time
}

// ChancePage is a page of the accounts that a little is missing for.
type ChancePage struct {
	Chances []journey.Chance // those with most ARR first
	Total   int
	Offset  int
	Mine    bool
	Names   map[string]string // titles of milestones by id, where they have one
}

// Almost are the accounts of a weekly digest that a little is missing for.
const Almost = 3

// Near is how close an account is to a change of its journey.
type Near int

// How close an account can be.
const (
	NotNear   Near = iota
	OneAction      // one kind of action is all that is missing for the next milestone
	Endangers      // a milestone is lost soon
)

// NearOf is how close a standing is.
func NearOf(s journey.Standing) Near {
	switch o := s.Outlook; {
	case o.Losing != "":
		return Endangers
	case o.Next != "" && o.Plan.OneAction():
		return OneAction
	}
	return NotNear
}

// SegmentsOf are the segments of accounts, the most frequent first.
func SegmentsOf(all []journey.Stood) []string {
	counts := map[string]int{}
	for _, s := range all {
		if s.Account.Segment != "" {
			counts[s.Account.Segment]++
		}
	}
	names := make([]string, 0, len(counts))
	for name := range counts {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b)) })
	return names
}
