package alerts

import (
	"slices"
	"strings"
	"time"

	"journeybot/journey"
)

// Around is who stands around an alert's owner when a timer fires: what the alert itself does not hold.
type Around struct {
	Owner   Person // whom the rest is about; it is left out when the alert has another owner by then
	StandIn Person // who acts for an owner who is away; the zero Person for nobody
	Manager Person // of the owner; the zero Person for nobody

	Sales   Person          // who sells to the account, whoever owns the alert; the zero Person for nobody
	Account journey.Account // that the alert is about, whoever owns it
}

// refer turns a route's reference into an e-mail address, group or round-robin; "" when the account has none.
func (r *Rules) refer(ref string, account journey.Account) string {
	switch ref {
	case "account_owner":
		ref = account.Owner
	case "sales_owner":
		ref = account.SalesOwner
	}
	return r.meant(ref, "", nil)
}

// owner turns references into the first that exists: a Slack user when the person is known and there, and what was asked for. For
// anybody else the publisher looks for who acts instead, and says so.
func (r *Rules) owner(refs []string, account journey.Account, people map[string]Person, now time.Time) (user, ref string) {
	for _, ref := range append(slices.Clone(refs), r.Fallback.Owner) {
		if ref = r.refer(ref, account); ref == "" {
			continue
		}
		if p, known := people[journey.Fold(ref)]; known && p.Acts(now) {
			return p.UserID, ref
		}
		return "", ref
	}
	return "", ""
}

// Successors are whom an alert may belong to, in order: whom its route asked for, whom it names after that, the lead of the
// account's segment, and the fallback's owner.
func (r *Rules) Successors(a Alert, account journey.Account) []string {
	var refs []string
	add := func(ref string) {
		same := func(other string) bool { return journey.Fold(other) == journey.Fold(ref) }
		if ref != "" && !slices.ContainsFunc(refs, same) {
			refs = append(refs, ref)
		}
	}
	add(r.meant(a.OwnerRef, "", nil))
	if a.Decided != nil {
		asked := make([]string, len(a.Decided.Owner))
		for i, ref := range a.Decided.Owner {
			asked[i] = r.refer(ref, account)
		}
		first := slices.IndexFunc(asked, func(ref string) bool { return journey.Fold(ref) == journey.Fold(a.OwnerRef) })
		for _, ref := range asked[first+1:] { // none of them: the alert went on since
			if first >= 0 {
				add(ref)
			}
		}
	}
	add(r.People.Leads[journey.Fold(account.Segment)])
	add(r.Fallback.Owner)
	return refs
}

// disown takes the alert from an owner who has left; the publisher looks for the next. What was acknowledged is open again.
func (c *change) disown() error {
	who := c.in.User
	if who.UserID == "" || who.UserID != c.a.Owner {
		return nil
	}
	c.own("")
	switch c.a.Status {
	case Open:
		c.escalate()
	case Acknowledged:
		c.enter(Open)
	}
	c.did(DidDisown, EntryData{User: who.UserID, UserName: who.Called()})
	c.redraw(PriorityPost)
	return nil
}

// lead is who hears of the alert when its owner does not act.
func (c *change) lead() string { return c.r.Lead(c.a.Segment) }

// around is who stands around the owner; nobody when the owner is another by now.
func (c *change) around() Around {
	if c.in.Around.Owner.UserID != c.a.Owner {
		return Around{}
	}
	return c.in.Around
}

// tellStandIn tells who acts for an owner who is away what the owner is told.
func (c *change) tellStandIn(slot, text string) {
	if a := c.around(); a.StandIn.UserID != "" && a.StandIn.UserID != c.a.Owner {
		c.tell(a.StandIn.UserID, slot, text+" "+plain(c.r.AwayWords(a.Owner, c.now))+": you stand in.")
	}
}

// tellManager tells the manager of the owner, or the lead while no manager is known.
func (c *change) tellManager(slot, text string) string {
	if m := c.around().Manager; isPerson(m.UserID) {
		c.tell(m.UserID, slot, text+" It is "+plain(c.around().Owner.Called())+"'s.")
		return m.UserID
	}
	c.mention(c.lead(), slot, text)
	return strings.TrimSpace(c.lead())
}
