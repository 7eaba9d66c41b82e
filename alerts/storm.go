package alerts

import (
	"slices"
	"time"
)

// Gust is what one channel holds of cards and bundles, as far as folding needs it.
type Gust struct {
	Cards   []GustCard
	Bundles []GustBundle
}

// GustCard is a card of a channel: posted a short while ago, or waiting to be.
type GustCard struct {
	Message  string // id of its row
	Alert    string
	Kind     Kind
	Severity Severity
	PostedAt time.Time // zero while it waits
}

// GustBundle is a bundle of a channel.
type GustBundle struct {
	Message string // id of its row
	Bundle  Bundle
	Failed  bool // Slack would not take it
}

// Folding puts waiting cards of one kind into a bundle, instead of posting them.
type Folding struct {
	Kind   Kind
	Bundle string     // id of the row of the bundle that runs; "" begins one
	Cards  []GustCard // in the order in which they wait
	Alone  []string   // rows of the cards that are posted by themselves though the bundle begins
}

// Fold decides which of a channel's waiting cards are bundled: those of a kind whose bundle runs, else those from the storm's
// Threshold-th within Window on. Critical ones never are. What is in no folding is posted by itself.
func Fold(s Storm, g Gust, now time.Time) []Folding {
	if s.Threshold <= 0 {
		return nil
	}
	var foldings []Folding
	for _, kind := range g.waiting() {
		if f := s.fold(g, kind, now); len(f.Cards) > 0 {
			foldings = append(foldings, f)
		}
	}
	return foldings
}

// waiting are the kinds of which a card waits, in the order of the first.
func (g Gust) waiting() []Kind {
	var kinds []Kind
	for _, c := range g.Cards {
		if c.folds() && !slices.Contains(kinds, c.Kind) {
			kinds = append(kinds, c.Kind)
		}
	}
	return kinds
}

func (c GustCard) folds() bool { return c.PostedAt.IsZero() && c.Severity != Critical }

func (s Storm) fold(g Gust, kind Kind, now time.Time) Folding {
	f := Folding{Kind: kind}
	alone := s.Threshold - 1 // how many more are posted by themselves
	for _, b := range g.Bundles {
		if b.Bundle.Kind != kind || !b.Bundle.Runs(s, now) {
			continue
		}
		if b.Failed {
			return Folding{} // the next one would fail too
		}
		f.Bundle, f.Alone, alone = b.Message, b.Bundle.Alone, 0
	}
	for _, c := range g.Cards {
		switch {
		case c.Kind != kind, slices.Contains(f.Alone, c.Message):
		case c.folds() && alone <= 0:
			f.Cards = append(f.Cards, c)
		case c.folds():
			f.Alone = append(f.Alone, c.Message)
			alone--
		case c.PostedAt.IsZero() || now.Sub(c.PostedAt) < s.Window:
			alone--
		}
	}
	return f
}

// Bundle is what the row of a bundle remembers.
type Bundle struct {
	Kind      Kind
	Since     time.Time  // when its first alert came
	Last      time.Time  // when its newest came
	Over      time.Time  // when the storm was found to be over; zero before
	Revisions []Revision // newest last
	Told      []string   // Slack ids that it has mentioned
	Alone     []string   // rows of cards that waited with its first ones and are posted by themselves
}

// Revision is a list of alerts that a bundle's message has shown. Buttons carry its number, so that a click means what was seen.
type Revision struct {
	Number int // 1, 2, 3 …
	Alerts []string
}

// maxRevisions is how many lists a bundle remembers: a message on a screen is hours old at most.
const maxRevisions = 20

// Runs reports whether the bundle still takes alerts.
func (b Bundle) Runs(s Storm, now time.Time) bool {
	return b.Over.IsZero() && now.Before(b.Last.Add(s.Reset))
}

// Took returns the bundle after an alert came in.
func (b Bundle) Took(now time.Time) Bundle {
	if b.Since.IsZero() {
		b.Since = now
	}
	b.Last = later(b.Last, now)
	return b
}

// Show returns the bundle as it shows these alerts, and the number of that list. A list that is shown again keeps its number.
func (b Bundle) Show(ids []string) (Bundle, int) {
	number := 0
	if n := len(b.Revisions); n > 0 {
		if last := b.Revisions[n-1]; slices.Equal(last.Alerts, ids) {
			return b, last.Number
		}
		number = b.Revisions[n-1].Number
	}
	b.Revisions = append(slices.Clone(b.Revisions), Revision{Number: number + 1, Alerts: ids})
	b.Revisions = b.Revisions[max(0, len(b.Revisions)-maxRevisions):]
	return b, number + 1
}

// Shown are the alerts of a list that was shown; false when it is forgotten.
func (b Bundle) Shown(number int) ([]string, bool) {
	for _, r := range b.Revisions {
		if r.Number == number {
			return r.Alerts, true
		}
	}
	return nil, false
}

// BundleView is a page of what a bundle holds.
type BundleView struct {
	ID       string // of its row
	Channel  Target
	Bundle   Bundle
	Rows     []View // the worst first, without history
	Offset   int    // of the first of Rows
	Total    int
	Statuses map[Status]int // how many there are of each
	Accounts int
	ARR      int64    // of these accounts, in cents, as far as it is known
	Owners   []string // Slack ids of who owns what nobody has acknowledged
}
