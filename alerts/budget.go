package alerts

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"journeybot/journey"
)

// Interruption is a direct message or a mention that waits for its reader.
type Interruption struct {
	Message  string // its id
	Account  string // "" when it is about none
	Severity Severity
	ARR      *int64
	Renewal  journey.Day
}

// Spent is how often a person was interrupted on a day, in all and about each account.
type Spent struct {
	All   int
	About map[string]int
}

// Admit picks those interruptions that a person still takes today, what is worth most first, and returns the ids of their messages.
func (b Budget) Admit(waiting []Interruption, spent Spent, today time.Time) map[string]bool {
	ranked := slices.Clone(waiting)
	slices.SortFunc(ranked, func(a, c Interruption) int {
		return cmp.Or(cmp.Compare(c.worth(today), a.worth(today)), cmp.Compare(c.Severity, a.Severity), strings.Compare(a.Message, c.Message))
	})
	about := map[string]int{}
	for account, n := range spent.About {
		about[account] = n
	}
	admitted := map[string]bool{}
	for _, i := range ranked {
		enough := b.PerPerson > 0 && spent.All+len(admitted) >= b.PerPerson
		enoughOfIt := b.PerAccount > 0 && i.Account != "" && about[i.Account] >= b.PerAccount
		if !enough && !enoughOfIt {
			admitted[i.Message] = true
			about[i.Account]++
		}
	}
	return admitted
}

// worth ranks an interruption: revenue × closeness of its renewal × severity. Unknown revenue counts least.
func (i Interruption) worth(today time.Time) float64 {
	const far = 365
	closeness := 1.0
	if days := i.Renewal.Until(today); i.Renewal.Known() && days >= 0 && days < far {
		closeness += float64(far-days) / far
	}
	return float64(max(or(i.ARR), 1)) * closeness * float64(max(i.Severity, Low))
}
