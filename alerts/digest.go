package alerts

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"journeybot/journey"
)

// DigestRows is how many accounts a digest names at most.
const DigestRows = 10

// Digest is what a channel or an owner is told from time to time. It is frozen when it is made.
type Digest struct {
	To     Target
	Weekly bool
	DueAt  time.Time
	Since  time.Time // when the one before was due; what came after that is new
	AsOf   time.Time

	Rows     []DigestRow // at most DigestRows: most ARR at risk first, then what is no risk
	Accounts int         // how many accounts there are rows for
	AtRisk   Stake
	Before   *Stake // AtRisk in the one before; nil when there was none
	Numbers  Numbers
	Held     []Held // most first

	Almost    []journey.Chance // an owner's accounts that a little is missing for: those with most ARR
	AlmostAll int              // how many there are
	Gaps      []GapMove        // how the priority gaps moved
}

// Stake is how much revenue a number of accounts is worth.
type Stake struct {
	Accounts int
	ARR      int64 // cents, of those whose revenue is known
	Unknown  int   // accounts whose revenue is not known
}

// Numbers count what happened to alerts in some time.
type Numbers struct {
	New, Resolved, Saved int           // Saved is part of Resolved; what expired is none of them
	Acknowledged         int           // how many AckMedian stands for
	AckMedian            time.Duration // from an alert's opening to its acknowledgement; 0 when there is none
}

// Held is how many alerts of one kind are held for one reason.
type Held struct {
	Reason HoldReason
	Kind   Kind
	Count  int
}

// DigestRow is an account with its most urgent alert.
type DigestRow struct {
	Account string
	Name    string
	ARR     *int64
	Health  journey.Health
	Score   *float64
	Renewal journey.Day
	Risk    bool // one of its alerts is about losing something
	New     bool // one of its alerts opened since the digest before
	Others  int  // its live alerts beside this one

	AlertID  string
	Kind     Kind
	Severity Severity
	Status   Status
	What     string // such as "health 72 → 44 (red)"
	Owner    string // name, or Slack id while that is not known; "" for nobody
	Next     string // the next step of its playbook; "" for none
	Overdue  bool   // that step should have been done by now
}

// DigestLine is an alert as a digest counts it: live, or closed since the digest before.
type DigestLine struct {
	AlertID  string
	Account  string
	ARR      *int64
	Kind     Kind
	Polarity Polarity
	Severity Severity
	Status   Status
	Hold     HoldReason
	Outcome  Outcome
	OpenedAt time.Time
	AckedAt  time.Time
	ClosedAt time.Time
}

// Digest counts and ranks lines. Its rows name accounts and alerts only: Describe says the rest.
func (r *Rules) Digest(due DigestDue, since, now time.Time, lines []DigestLine, before *Stake) Digest {
	d := Digest{
		To: due.Target, Weekly: due.Weekly, DueAt: due.At, Since: since, AsOf: now, Before: before,
		Numbers: NumbersOf(lines, since), Held: heldIn(lines),
	}
	byAccount := map[string][]DigestLine{}
	for _, l := range lines {
		if l.Status.Live() && l.Hold == HoldNone {
			byAccount[l.Account] = append(byAccount[l.Account], l)
		}
	}
	for account, of := range byAccount {
		slices.SortFunc(of, moreUrgent)
		row := DigestRow{Account: account, ARR: of[0].ARR, AlertID: of[0].AlertID, Others: len(of) - 1}
		row.Severity, row.Risk = of[0].Severity, of[0].Polarity == Risk
		for _, l := range of {
			row.New = row.New || !l.OpenedAt.Before(since)
		}
		if row.Risk {
			d.AtRisk = d.AtRisk.with(row.ARR)
		}
		d.Rows = append(d.Rows, row)
	}
	slices.SortFunc(d.Rows, moreAtStake)
	d.Accounts = len(d.Rows)
	d.Rows = d.Rows[:min(len(d.Rows), DigestRows)]
	return d
}

func (s Stake) with(arr *int64) Stake {
	s.Accounts++
	if arr == nil {
		s.Unknown++
		return s
	}
	s.ARR += *arr
	return s
}

// moreUrgent puts risks first, then the more severe, then the older.
func moreUrgent(a, b DigestLine) int {
	return cmp.Or(trueFirst(a.Polarity == Risk, b.Polarity == Risk), cmp.Compare(b.Severity, a.Severity),
		a.OpenedAt.Compare(b.OpenedAt), strings.Compare(a.AlertID, b.AlertID))
}

// moreAtStake puts risks first, then the higher revenue. Unknown revenue comes after what is known.
func moreAtStake(a, b DigestRow) int {
	return cmp.Or(trueFirst(a.Risk, b.Risk), trueFirst(a.ARR != nil, b.ARR != nil), cmp.Compare(or(b.ARR), or(a.ARR)),
		cmp.Compare(b.Severity, a.Severity), strings.Compare(a.Account, b.Account))
}

func trueFirst(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// NumbersOf counts what happened to alerts since then.
func NumbersOf(lines []DigestLine, since time.Time) Numbers {
	var n Numbers
	var took []time.Duration
	for _, l := range lines {
		if !l.OpenedAt.Before(since) {
			n.New++
		}
		if l.Status == Resolved && !l.ClosedAt.Before(since) {
			n.Resolved++
			if l.Outcome == Saved {
				n.Saved++
			}
		}
		if !l.AckedAt.IsZero() && !l.AckedAt.Before(since) {
			took = append(took, l.AckedAt.Sub(l.OpenedAt))
		}
	}
	n.Acknowledged, n.AckMedian = len(took), max(journey.Percentile(took, 50), 0)
	return n
}

func heldIn(lines []DigestLine) []Held {
	counts := map[Held]int{}
	for _, l := range lines {
		if l.Status.Live() && l.Hold != HoldNone {
			counts[Held{Reason: l.Hold, Kind: l.Kind}]++
		}
	}
	held := make([]Held, 0, len(counts))
	for h, n := range counts {
		h.Count = n
		held = append(held, h)
	}
	slices.SortFunc(held, func(a, b Held) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Reason, b.Reason), cmp.Compare(a.Kind, b.Kind))
	})
	return held
}

// Empty reports whether there is nothing to say: then no digest is sent.
func (d Digest) Empty() bool {
	return len(d.Rows) == 0 && len(d.Held) == 0 && d.Numbers == Numbers{}
}

// Late is by how much the digest comes late, 0 while nobody would notice.
func (d Digest) Late() time.Duration {
	if late := d.AsOf.Sub(d.DueAt); late >= lateAfter {
		return late
	}
	return 0
}

// AlertIDs are the alerts of the rows, for Describe.
func (d Digest) AlertIDs() []string {
	ids := make([]string, len(d.Rows))
	for i, row := range d.Rows {
		ids[i] = row.AlertID
	}
	return ids
}

// Describe says of each row what its account and alert are. A row whose alert is not among views stays as it is.
func (r *Rules) Describe(d Digest, views []View) Digest {
	byID := make(map[string]View, len(views))
	for _, v := range views {
		byID[v.Alert.ID] = v
	}
	d.Rows = slices.Clone(d.Rows)
	for i := range d.Rows {
		if v, ok := byID[d.Rows[i].AlertID]; ok {
			r.describe(&d.Rows[i], v, d.AsOf)
		}
	}
	return d
}

func (r *Rules) describe(row *DigestRow, v View, now time.Time) {
	a := v.Alert
	row.Name, row.ARR, row.Health, row.Score, row.Renewal = v.Account.Title(), v.Account.ARR, v.Account.Health, v.Account.Score, v.Account.RenewalDate
	row.Kind, row.Severity, row.Status, row.What = a.Kind, a.Severity, a.Status, r.summary(a)
	row.Owner = cmp.Or(v.People[a.Owner].Name, strings.TrimPrefix(a.OwnerRef, "group:"), a.Owner)
	book, _ := r.Playbook(a)
	step, ok := book.Next(v.Alert)
	if !ok {
		return
	}
	row.Next = step.Title.Render(v, r)
	if due := r.StepDue(a, step); a.Status == Acknowledged && !due.IsZero() {
		row.Overdue = due.Before(now)
	}
}
