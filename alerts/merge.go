package alerts

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"journeybot/journey"
)

// Merged is what a merge of two accounts did.
type Merged struct {
	Old, Into journey.Account // Into as it is now
	Moved     int             // live alerts of Old that are now Into's
	Collapsed int             // of which there was one of each: the older stayed
}

// Merge makes one account of two. The account `into` keeps what it knows and takes the rest from `old`; the live alerts and
// conditions of old become its own. Of two live alerts about the same thing the older stays and counts for both. What no rule
// depends on (closed alerts, KPIs, notes …) is storage's to move. Both accounts must be in the working set.
func (r *Rules) Merge(ws *WorkingSet, old, into string, by Actor, now time.Time) Merged {
	from, account := ws.Accounts[old], ws.Accounts[into]
	done := Merged{Old: *from}
	account.Absorb(*from)
	mergeMutes(ws, old, into)
	ws.Changes.Accounts[into] = true
	note := done.Old.Title() + " was merged into " + account.Title()
	for _, key := range slices.Sorted(maps.Keys(ws.Live)) {
		a := ws.Live[key]
		if a == nil || a.Account != old {
			continue
		}
		delete(ws.Live, key)
		done.Moved++
		moved := *a
		moved.Account, moved.Key, moved.Facts.Account = into, keyIn(old, into, key), account.Title()
		in := intake{r: r, ws: ws, now: now, account: account}
		input := Input{By: by, Origin: originOf(by), Note: note}
		if twin := ws.Live[moved.Key]; twin != nil {
			done.Collapsed++
			in.collapse(moved, *twin, input)
			continue
		}
		c := r.begin(moved, input, now)
		c.keepMuted(ws)
		c.did(DidMerge, EntryData{Note: note})
		c.redraw(PriorityClick)
		in.record(c)
	}
	for _, a := range ws.liveOf(into, func(a Alert) bool { return a.Hold.Reason != HoldMute }) {
		c := r.begin(a, Input{By: by, Origin: originOf(by)}, now)
		if c.keepMuted(ws) {
			c.redraw(PriorityClick)
			ws.record(c)
		}
	}
	mergeConditions(ws, old, into)
	done.Into = *account
	return done
}

// originOf is from where somebody changes accounts: people type in Slack, the command line knows nobody.
func originOf(by Actor) string {
	if by.UserID == "" {
		return "cli"
	}
	return "slack"
}

// keyIn is the dedupe key of the same thing in another account.
func keyIn(old, into, key string) string { return into + strings.TrimPrefix(key, old) }

// collapse ends the younger of two live alerts about the same thing, and adds it to the older.
func (in intake) collapse(a, b Alert, input Input) {
	stays, ends := a, b
	if b.OpenedAt.Before(a.OpenedAt) {
		stays, ends = b, a
	}
	closing := in.r.begin(ends, input, in.now)
	closing.enter(Resolved)
	closing.a.Outcome, closing.a.Hold = MergedInto, Hold{}
	closing.did(DidMerge, EntryData{Note: input.Note, Target: stays.ShortID, Outcome: MergedInto})
	closing.redraw(PriorityClick)
	closing.out(outResolved)
	in.record(closing)

	c := in.r.begin(stays, input, in.now)
	c.a.Count += ends.Count
	c.a.EventIDs = append(slices.Clone(stays.EventIDs), ends.EventIDs...)
	c.a.EventIDs = c.a.EventIDs[max(0, len(c.a.EventIDs)-maxEventIDs):]
	if ends.SignalAt.After(stays.SignalAt) {
		c.a.SignalAt, c.a.Facts = ends.SignalAt, ends.Facts
	}
	if ends.Severity > stays.Severity {
		c.a.Severity, c.a.Escalation = ends.Severity, ends.Escalation
	}
	if muted := c.keepMuted(in.ws); !muted && stays.Hold.Reason != HoldNone && ends.Hold.Reason == HoldNone {
		_ = c.release() // never fails
	}
	switch {
	case stays.AckedBy == "" && ends.AckedBy != "" && stays.Status == Open:
		c.own(ends.Owner)
		c.enter(Acknowledged)
		c.a.AckedBy, c.a.AckedAt = ends.AckedBy, ends.AckedAt
	case stays.Owner == "":
		c.a.Owner, c.a.OwnerRef, c.a.OwnerNote = ends.Owner, cmp.Or(stays.OwnerRef, ends.OwnerRef), ends.OwnerNote
	}
	for _, channel := range ends.Channels {
		c.show(Target(channel))
	}
	c.did(DidMerge, EntryData{Note: input.Note, Target: ends.ShortID, After: brief(c.a.Facts)})
	c.redraw(PriorityClick)
	in.record(c)
}

// mergeMutes makes the mutes of the old account the other's: they cover what both had.
func mergeMutes(ws *WorkingSet, old, into string) {
	for _, m := range ws.Mutes[old] {
		m.Account = into
		ws.Mutes[into] = append(ws.Mutes[into], m)
	}
	delete(ws.Mutes, old)
}

// keepMuted holds the alert while a mute covers it, and reports whether one does. An account that is lost stays the reason.
func (c *change) keepMuted(ws *WorkingSet) bool {
	m, muted := ws.muting(c.a, c.now)
	if !muted || c.a.Hold.lost() {
		return false
	}
	already := c.a.Hold.Reason == HoldMute
	c.hold(Hold{Reason: HoldMute, Until: m.Until, By: m.ID})
	if !already {
		c.did(DidMute, EntryData{Until: m.Until, Note: m.Reason})
	}
	return true
}

// mergeConditions keeps of what both accounts knew of the same thing what was known last, so that nothing is told again.
func mergeConditions(ws *WorkingSet, old, into string) {
	for _, key := range slices.Sorted(maps.Keys(ws.Conditions)) {
		moved := ws.Conditions[key]
		if moved.Account != old {
			continue
		}
		delete(ws.Conditions, key)
		delete(ws.Changes.Conditions, key)
		moved.Account, moved.Key = into, keyIn(old, into, key)
		if known, both := ws.Conditions[moved.Key]; both {
			last, other := moved, known
			if known.At.After(moved.At) || known.At.Equal(moved.At) && known.Seq > moved.Seq {
				last, other = known, moved
			}
			if last.Period == other.Period {
				last.Told = max(last.Told, other.Told)
			}
			moved = last
		}
		ws.Conditions[moved.Key] = moved
		ws.Changes.Conditions[moved.Key] = true
	}
}

// Rename gives an account another name, and the cards of its live alerts too. The name before stays an alias, so that it is still
// found. A later update from the account's source may name it again.
func (r *Rules) Rename(ws *WorkingSet, id, name string, by Actor, now time.Time) {
	account := ws.Accounts[id]
	if before := account.Name; before != "" && before != name && !slices.Contains(account.Aliases, before) {
		account.Aliases = append(slices.Clone(account.Aliases), before)
	}
	if account.FieldsAt == nil {
		account.FieldsAt = map[string]time.Time{}
	}
	account.Name, account.FieldsAt["name"] = name, now
	ws.Changes.Accounts[id] = true
	in := intake{r: r, ws: ws, now: now, account: account}
	for _, key := range slices.Sorted(maps.Keys(ws.Live)) {
		if a := ws.Live[key]; a.Account == id {
			c := r.begin(*a, Input{By: by, Origin: originOf(by)}, now)
			c.a.Facts.Account = name
			c.redraw(PriorityClick)
			in.record(c)
		}
	}
}
