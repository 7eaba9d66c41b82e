package alerts

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"time"

	"journeybot/journey"
)

// Handover is what went from one owner to another, told to both in one message each. It is frozen when it is made, but for the
// state of its alerts.
type Handover struct {
	From, To Person // UserID is "" while Slack does not know them
	By       Actor  // who handed over; the zero Actor when the account's source said so
	At       time.Time
	ToNew    bool // told to the new owner; else to the one before

	Accounts []HandedAccount // that changed owner, or whose alerts did, at most HandoverRows
	Changed  int             // how many accounts there are
	AlertIDs []string        // at most HandoverRows, most severe first
	Alerts   int             // how many there are
}

// HandedAccount is an account in a hand-over.
type HandedAccount struct{ ID, Name string }

// HandoverRows is how many alerts, and accounts, a hand-over lists.
const HandoverRows = 15

// HandoverRequest is a bulk hand-over by a person.
type HandoverRequest struct {
	ID        string // tells its messages from those of the next
	From, To  Person
	Addresses []string // folded: every address that From is known by
	By        Actor
}

// HandOver gives the live alerts in the working set that From owns to To, and the accounts too. The messages to both are in the
// set's changes; nothing is told when nothing moved.
func (r *Rules) HandOver(ws *WorkingSet, req HandoverRequest, now time.Time) Handover {
	h := Handover{From: req.From, To: req.To, By: req.By, At: now}
	in := Input{Do: DoAssign, By: req.By, Origin: "slack", Note: "handed over from " + req.From.Called()}
	for _, id := range slices.Sorted(maps.Keys(ws.Accounts)) {
		account := ws.Accounts[id]
		took := intake{r: r, ws: ws, now: now, account: account}
		changed := false
		for _, owner := range []*string{&account.Owner, &account.SalesOwner} {
			if *owner != "" && slices.Contains(req.Addresses, journey.Fold(*owner)) {
				*owner, changed = req.To.Email, true
			}
		}
		if changed {
			took.changed()
		}
		moved := took.inherit(in, req.To, cmp.Or(req.To.Email, req.To.UserID), func(a Alert) bool {
			return a.Owner == req.From.UserID && a.Owner != "" || a.waitsFor(req.Addresses)
		})
		h.add(*account, changed, moved)
	}
	h.tell(r, ws, "handover:"+req.ID)
	return h
}

// Claim gives the live alerts in the working set that somebody else got only because nobody knew this address to the person that it
// belongs to.
func (r *Rules) Claim(ws *WorkingSet, address string, to Person, by Actor, now time.Time) (claimed int) {
	for _, id := range slices.Sorted(maps.Keys(ws.Accounts)) {
		took := intake{r: r, ws: ws, now: now, account: ws.Accounts[id]}
		in := Input{Do: DoAssign, By: by, Origin: "slack", Note: address + " is linked now"}
		claimed += len(took.inherit(in, to, address, func(a Alert) bool {
			return a.Owner != to.UserID && a.waitsFor([]string{journey.Fold(address)})
		}))
	}
	return claimed
}

// waitsFor reports whether the alert is only kept for who has one of the addresses: that person was asked for, and nobody else took it.
func (a Alert) waitsFor(addresses []string) bool {
	return slices.Contains(addresses, journey.Fold(a.OwnerRef)) && (a.Owner == "" || a.OwnerNote != "") && a.AckedBy == ""
}

// reown gives the account's live alerts of the owners before to those that it has now. Where one person was both, leads are the
// sales owner's.
func (in intake) reown(owner, sales string) {
	both := journey.Fold(owner) == journey.Fold(sales)
	for _, role := range []struct {
		from, to string
		sells    bool
	}{{owner, in.account.Owner, false}, {sales, in.account.SalesOwner, true}} {
		if role.from != "" && journey.Fold(role.from) != journey.Fold(role.to) {
			in.replacedOwner(role.from, role.to, func(a Alert) bool { return !both || (a.Kind == PQL) == role.sells })
		}
	}
}

// replacedOwner hands the alerts over that match. Without a new owner the lead is asked for.
func (in intake) replacedOwner(from, to string, match func(Alert) bool) {
	before, after := in.ws.People[journey.Fold(from)], in.ws.People[journey.Fold(to)]
	if before.UserID == "" {
		before.Email = from
	}
	if after.UserID == "" {
		after.Email = to
	}
	h := Handover{From: before, To: after, At: in.now}
	note := "the account has a new owner"
	if to == "" {
		to, note = in.r.Lead(in.account.Segment), "the account has no owner any more"
	}
	moved := in.inherit(Input{Do: DoAssign, Origin: "event", Note: note}, after, to, func(a Alert) bool {
		mine := before.UserID != "" && a.Owner == before.UserID
		return match(a) && (mine || a.waitsFor([]string{journey.Fold(from)}))
	})
	if len(moved) == 0 {
		return
	}
	h.add(*in.account, true, moved)
	h.tell(in.r, in.ws, "handover:"+in.account.ID+":"+strconv.FormatInt(in.ev.At.UnixMicro(), 36))
}

// inherit gives the account's live alerts that match to another owner, and returns them.
func (in intake) inherit(by Input, to Person, ref string, match func(Alert) bool) []Alert {
	var moved []Alert
	for _, key := range slices.Sorted(maps.Keys(in.ws.Live)) {
		a := in.ws.Live[key]
		if a.Account != in.account.ID || !match(*a) {
			continue
		}
		c := in.r.begin(*a, by, in.now)
		c.inherit(to, ref)
		in.record(c)
		moved = append(moved, c.a)
	}
	return moved
}

// inherit gives the alert to another person as assign does, but tells nobody: one message tells of all. Who cannot act is looked
// for by the publisher.
func (c *change) inherit(to Person, ref string) {
	c.own("")
	if to.Acts(c.now) {
		c.own(to.UserID)
	}
	c.a.OwnerRef = ref
	switch c.a.Status {
	case Open:
		c.escalate()
	case Acknowledged:
		c.enter(Open)
	}
	c.did(DidAssign, EntryData{User: to.UserID, UserName: to.Called(), Note: c.in.Note})
	c.redraw(PriorityPost)
	c.out(outAssigned)
}

func (h *Handover) add(account journey.Account, changed bool, moved []Alert) {
	if changed || len(moved) > 0 {
		h.Changed++
		if len(h.Accounts) < HandoverRows {
			h.Accounts = append(h.Accounts, HandedAccount{account.ID, account.Title()})
		}
	}
	slices.SortStableFunc(moved, func(a, b Alert) int { return cmp.Compare(b.Severity, a.Severity) })
	for _, a := range moved {
		h.Alerts++
		if len(h.AlertIDs) < HandoverRows {
			h.AlertIDs = append(h.AlertIDs, a.ID)
		}
	}
}

// tell makes the messages to both owners. Who left, or acted, is told nothing; a new owner whom Slack does not know yet is looked
// up when the message is posted.
func (h Handover) tell(r *Rules, ws *WorkingSet, subject string) {
	if h.Changed == 0 {
		return
	}
	for _, to := range []struct {
		person Person
		isNew  bool
	}{{h.To, true}, {h.From, false}} {
		p := to.person
		if p.Deleted || p.UserID != "" && p.UserID == h.By.UserID || p.UserID == "" && (!to.isNew || p.Email == "") {
			continue
		}
		h.ToNew = to.isNew
		body, err := json.Marshal(h)
		if err != nil {
			return // texts and times always encode
		}
		place := Place{Kind: HandoverMessage, Subject: subject, Target: Target("@" + cmp.Or(p.UserID, p.Email)), Priority: PriorityPost, Body: body}
		ws.Changes.Places = append(ws.Changes.Places, r.Shade(place, nil, h.At))
	}
}
