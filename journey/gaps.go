package journey

import (
	"cmp"
	"fmt"
	"slices"
)

// Stood is an account and where it stands.
type Stood struct {
	Account  Account
	Standing Standing
}

// Funnel is how far the accounts of a map come.
type Funnel struct {
	Map      *Map
	Accounts int
	ARR      int64 // cents, of those whose ARR is known
	Steps    []FunnelStep
}

// FunnelStep is a milestone in a funnel. Optional milestones and overlays are left out.
type FunnelStep struct {
	Milestone  *Milestone
	Accounts   int     // that hold it or a later one; of a cohort milestone, how many were counted
	ARR        int64   // cents
	Conversion float64 // share of the step before; of all accounts for the first. 0–1
	MedianDays int     // from the milestone before, of those who reached it; -1 when nobody did
	Stuck      []StuckAccount
	StuckARR   int64
}

// StuckAccount came to a step and no further.
type StuckAccount struct {
	Account Account
	Days    int // at this step
	Overdue bool
}

// Gap is the step that most do not take.
type Gap struct {
	From     *Milestone // nil before the first
	To       *Milestone
	Accounts int   // who got to From and not to To
	Of       int   // who got to From
	ARR      int64 // cents, of those who stopped
}

// String names the gap: 38 of 60 accounts stop between First value and Value realization.
func (g Gap) String() string {
	from := "the beginning"
	if g.From != nil {
		from = g.From.title()
	}
	return fmt.Sprintf("%d of %d accounts stop between %s and %s", g.Accounts, g.Of, from, g.To.title())
}

func (ms *Milestone) title() string { return cmp.Or(ms.Title, ms.ID) }

// GapsBy narrows a funnel. The zero GapsBy takes every account.
type GapsBy struct {
	Segment string
	Window  Window           // of the day on which accounts were first heard of; the zero Window for all
	Cohorts map[string]int64 // what was counted for cohort milestones
}

// Funnel counts how far accounts come on the map. Accounts on other maps, and those that do not fit by, are left out.
func (m *Map) Funnel(all []Stood, by GapsBy, day Day) Funnel {
	f := Funnel{Map: m}
	first := by.Window.First(day)
	var in []Stood
	for _, s := range all {
		if s.Standing.Map == m.ID && (by.Segment == "" || Fold(s.Account.Segment) == Fold(by.Segment)) && s.Standing.State.Entered >= first {
			in = append(in, s)
			f.Accounts++
			f.ARR += cents(s.Account)
		}
	}
	path := m.path()
	before := f.Accounts
	for i, ms := range path {
		step := m.step(in, path, i, day)
		if ms.Cohort {
			step.Accounts, step.Stuck, step.StuckARR, step.MedianDays = int(by.Cohorts[ms.ID]), nil, 0, -1
		}
		if i > 0 || !ms.Cohort {
			step.Conversion = share(step.Accounts, before)
		}
		if before = step.Accounts; ms.Cohort && before == 0 {
			before = f.Accounts // nobody counted
		}
		f.Steps = append(f.Steps, step)
	}
	return f
}

func share(part, of int) float64 {
	if of == 0 {
		return 0
	}
	return float64(part) / float64(of)
}

func cents(a Account) int64 {
	if a.ARR == nil {
		return 0
	}
	return *a.ARR
}

// step counts those who came to the i-th milestone of a path.
func (m *Map) step(in []Stood, path []*Milestone, i int, day Day) FunnelStep {
	out := FunnelStep{Milestone: path[i]}
	var took []int
	for _, s := range in {
		state := s.Standing.State
		reached := state.Milestones[path[i].ID]
		if reached.Reached.Known() && reached.Took >= 0 {
			took = append(took, reached.Took)
		}
		furthest := furthest(path, state)
		if furthest < i {
			continue
		}
		out.Accounts++
		out.ARR += cents(s.Account)
		if furthest == i && i < len(path)-1 {
			since := cmp.Or(reached.Since, state.StageSince, state.Entered)
			overdue := state.Milestones[path[i+1].ID].Dropped.Known()
			out.Stuck = append(out.Stuck, StuckAccount{Account: s.Account, Days: day.Since(since), Overdue: overdue})
			out.StuckARR += cents(s.Account)
		}
	}
	out.MedianDays = Percentile(took, 50)
	slices.SortStableFunc(out.Stuck, func(a, b StuckAccount) int {
		return cmp.Or(cmp.Compare(cents(b.Account), cents(a.Account)), cmp.Compare(b.Days, a.Days), cmp.Compare(a.Account.ID, b.Account.ID))
	})
	return out
}

// furthest is the last milestone of a path that is held; -1 before the first.
func furthest(path []*Milestone, state State) int {
	for i := len(path) - 1; i >= 0; i-- {
		if state.Milestones[path[i].ID].Held() || state.Stage == path[i].ID {
			return i
		}
	}
	return -1
}

// gaps are the steps between milestones that accounts can be at.
func (f Funnel) gaps() []Gap {
	var out []Gap
	var from *Milestone
	accounts, arr := f.Accounts, f.ARR
	for _, s := range f.Steps {
		if s.Milestone.Cohort {
			continue
		}
		out = append(out, Gap{From: from, To: s.Milestone, Accounts: accounts - s.Accounts, Of: accounts, ARR: arr - s.ARR})
		from, accounts, arr = s.Milestone, s.Accounts, s.ARR
	}
	return out
}

// Biggest is the gap at which most accounts stop, or false when none does.
func (f Funnel) Biggest() (Gap, bool) {
	return biggest(f.gaps(), func(g Gap) int64 { return int64(g.Accounts) })
}

// BiggestByARR is the gap at which most ARR stops, or false when none does.
func (f Funnel) BiggestByARR() (Gap, bool) {
	return biggest(f.gaps(), func(g Gap) int64 { return g.ARR })
}

func biggest(gaps []Gap, by func(Gap) int64) (Gap, bool) {
	var best Gap
	for _, g := range gaps {
		if by(g) > 0 && (best.To == nil || by(g) > by(best)) {
			best = g
		}
	}
	return best, best.To != nil
}

// Chance is an account that a little is missing for: one action from its next milestone, or days from losing one.
type Chance struct {
	Account   Account
	Milestone string
	Plan      Plan // what is missing
	LostOn    Day  // when the milestone is lost; the zero Day for one that is to be reached
}

// Next are the accounts that a little is missing for, those with most ARR first; of the same ARR, what is lost soonest first.
func Next(all []Stood) []Chance {
	var out []Chance
	for _, s := range all {
		switch o := s.Standing.Outlook; {
		case s.Account.Status == StatusChurned:
		case o.Losing != "":
			out = append(out, Chance{Account: s.Account, Milestone: o.Losing, Plan: o.Save, LostOn: o.LostOn})
		case o.Next != "" && o.Plan.OneAction():
			out = append(out, Chance{Account: s.Account, Milestone: o.Next, Plan: o.Plan})
		}
	}
	slices.SortStableFunc(out, func(a, b Chance) int {
		return cmp.Or(cmp.Compare(cents(b.Account), cents(a.Account)), cmp.Compare(a.due(), b.due()), cmp.Compare(a.Account.ID, b.Account.ID))
	})
	return out
}

// due orders chances of the same ARR.
func (c Chance) due() Day {
	if c.LostOn.Known() {
		return c.LostOn
	}
	return 99991231
}
