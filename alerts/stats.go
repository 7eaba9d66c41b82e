package alerts

import (
	"cmp"
	"slices"
	"time"

	"journeybot/journey"
)

// Life is one alert's life, as statistics see it. Times that did not come are zero.
type Life struct {
	Owner    string // Slack id; "" for nobody
	Channels []Target
	Kind     Kind
	Seen     time.Time // when it could first be seen: a hold does not count against anybody
	Held     bool      // it never could
	Acked    time.Time
	Resolved time.Time // by a person
	Ended    bool      // by a person, by itself or by expiring
}

// StatsFilter says which alerts count: those opened since Since. Channel and Owner are optional.
type StatsFilter struct {
	Since   time.Time
	Channel Target
	Owner   string // Slack id
}

// Takes reports whether the filter counts l, whenever it opened.
func (f StatsFilter) Takes(l Life) bool {
	return (f.Channel == "" || slices.Contains(l.Channels, f.Channel)) && (f.Owner == "" || f.Owner == l.Owner)
}

// Tally is the statistics of some alerts. A duration that nothing was measured for is negative.
type Tally struct {
	Name          string // of the channel, or the Slack id of the owner; "" for nobody, and for the total
	Opened        int
	Acknowledged  int
	Resolved      int // by a person
	Ended         int
	Held          int // never shown
	AckMedian     time.Duration
	AckSlow       time.Duration // the 90th percentile
	ResolveMedian time.Duration
	ResolveSlow   time.Duration
}

// Stats is what `/journey stats` shows.
type Stats struct {
	Filter   StatsFilter
	Days     int
	Windows  []Window // the total in the last 7, 30 and 90 days
	Total    Tally
	Channels []Tally // most alerts first
	Owners   []Tally
	People   map[string]Person // by Slack user id
	Routes   []RouteCount      // since Filter.Since, most alerts first
}

// Window is the total of some last days.
type Window struct {
	Days  int
	Tally Tally
}

// RouteCount is how many alerts a route took.
type RouteCount struct {
	Route string
	Taken int
}

// Tell computes one Tally of lives.
func Tell(name string, lives []Life) Tally {
	t := Tally{Name: name}
	var acks, ends []time.Duration
	for _, l := range lives {
		t.Opened++
		if l.Held {
			t.Held++
		}
		if l.Ended {
			t.Ended++
		}
		if !l.Acked.IsZero() {
			t.Acknowledged++
			acks = append(acks, max(l.Acked.Sub(l.Seen), 0))
		}
		if !l.Resolved.IsZero() {
			t.Resolved++
			ends = append(ends, max(l.Resolved.Sub(l.Seen), 0))
		}
	}
	t.AckMedian, t.AckSlow = journey.Percentile(acks, 50), journey.Percentile(acks, 90)
	t.ResolveMedian, t.ResolveSlow = journey.Percentile(ends, 50), journey.Percentile(ends, 90)
	return t
}

// TellBy groups lives by what name says of each, most alerts first.
func TellBy(lives []Life, names func(Life) []string) []Tally {
	groups := map[string][]Life{}
	for _, l := range lives {
		for _, name := range names(l) {
			groups[name] = append(groups[name], l)
		}
	}
	tallies := make([]Tally, 0, len(groups))
	for name, group := range groups {
		tallies = append(tallies, Tell(name, group))
	}
	slices.SortFunc(tallies, func(a, b Tally) int { return cmp.Or(cmp.Compare(b.Opened, a.Opened), cmp.Compare(a.Name, b.Name)) })
	return tallies
}
