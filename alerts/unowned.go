package alerts

import (
	"strings"
	"time"

	"journeybot/journey"
)

// UnownedAccount is an account with revenue that nobody here looks after.
type UnownedAccount struct {
	ID, Name, Segment string
	ARR               int64 // cents
	RenewalDate       journey.Day
	Owner             string // the address that nobody here has; "" when the account names none
}

// Unowned is the weekly list of accounts with revenue that nobody owns. It is frozen when it is made.
type Unowned struct {
	For      string // whom it is for: an e-mail address or group:@handle; "" for whoever reads the fallback channel
	AsOf     time.Time
	Rows     []UnownedAccount // at most UnownedRows, most revenue first
	Accounts int              // how many there are
	ARR      int64            // of all of them, in cents
}

// UnownedRows is how many accounts the list names.
const UnownedRows = 15

// UnownedTarget is the name under which the weekly list is remembered, among the digests.
const UnownedTarget Target = "unowned"

// UnownedLists makes a list for each lead of the accounts of that one's segments; all others are the fallback owner's. Accounts come
// with most revenue first and stay so.
func (r *Rules) UnownedLists(accounts []UnownedAccount, now time.Time) []Unowned {
	var lists []Unowned
	at := map[string]int{}
	for _, a := range accounts {
		who := r.Lead(a.Segment)
		i, known := at[who]
		if !known {
			i = len(lists)
			at[who] = i
			lists = append(lists, Unowned{For: who, AsOf: now})
		}
		lists[i].Accounts++
		lists[i].ARR += a.ARR
		if len(lists[i].Rows) < UnownedRows {
			lists[i].Rows = append(lists[i].Rows, a)
		}
	}
	return lists
}

// UnownedTo is where the list goes: to a person directly, to a group in the fallback channel.
func (r *Rules) UnownedTo(u Unowned) Target {
	if strings.Contains(u.For, "@") && !strings.HasPrefix(u.For, "group:") && !strings.HasPrefix(u.For, "round_robin:") {
		return Target("@" + u.For)
	}
	return r.Channels[r.Fallback.Channel].Slack
}

// UnownedDue is the newest weekly list that is due at now: with the owners' digests, or on Monday morning when there are none.
func (r *Rules) UnownedDue(now time.Time) DigestDue {
	day, clock := time.Monday, 8*time.Hour+30*time.Minute
	if r.Digests.Owners {
		day, clock = r.Digests.Day, r.Digests.At
	}
	return weekly(UnownedTarget, r.local(now), day, clock)
}
