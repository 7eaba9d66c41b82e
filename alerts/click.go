package alerts

import (
	"slices"
	"time"
)

// MaxSnooze is the longest snooze.
const MaxSnooze = 90 * day

func (c *change) refuse() error {
	return &ClosedError{Status: c.a.Status, Outcome: c.a.Outcome, At: c.a.ClosedAt}
}

// take makes the actor the owner who is on it, and tells whoever owned it before.
func (c *change) take() {
	c.own(c.in.By.UserID)
	c.a.AckedBy, c.a.AckedAt = c.in.By.UserID, c.now
	c.tellDisplaced()
}

func (c *change) own(user string) { c.a.Owner, c.a.OwnerNote = user, "" }

func (c *change) ack() error {
	if c.in.By.UserID == "" {
		return nil // the bot takes nothing
	}
	if c.a.Hold.Reason == HoldCollision {
		return c.reserve(c.in.Do == DoAssign)
	}
	c.take()
	c.enter(Acknowledged)
	c.did(DidAck, EntryData{User: c.displaced(), Note: c.in.Note})
	c.redraw(PriorityClick)
	c.out(outAcknowledged)
	return nil
}

func (c *change) ackTaken() error {
	if c.in.By.UserID == c.a.Owner {
		return nil
	}
	return &TakenError{By: Actor{UserID: c.a.Owner}, At: c.a.AckedAt}
}

func (c *change) ackSnoozed() error {
	if c.a.SnoozedFrom == Acknowledged {
		return c.ackTaken()
	}
	return c.ack()
}

func (c *change) unack() error {
	c.enter(Open)
	c.did(DidUnack, EntryData{})
	c.redraw(PriorityClick)
	c.out(outUnacknowledged)
	return nil
}

func (c *change) assignOpen() error {
	if c.in.User.UserID == c.in.By.UserID {
		return c.ack()
	}
	return c.assign(func() {
		c.escalate()
	})
}

func (c *change) assignTaken() error {
	if c.in.User.UserID == c.in.By.UserID {
		return c.takeOver()
	}
	return c.assign(func() { c.enter(Open) })
}

func (c *change) assignSnoozed() error {
	if c.in.User.UserID == c.in.By.UserID {
		return c.takeOver()
	}
	return c.assign(func() {})
}

// assign gives the alert to another person and tells both that one and who had it.
func (c *change) assign(then func()) error {
	to := c.in.User
	if to.UserID == "" || to.UserID == c.a.Owner {
		return nil
	}
	c.own(to.UserID)
	then()
	c.tell(to.UserID, "assign", c.actor()+" gave you "+c.name()+": "+c.about()+"."+c.remark())
	c.tellDisplaced()
	c.did(DidAssign, EntryData{User: to.UserID, UserName: to.Name, Note: c.in.Note})
	c.redraw(PriorityClick)
	c.out(outAssigned)
	return nil
}

// takeOver makes the actor the owner of an alert that somebody was on.
func (c *change) takeOver() error {
	if c.in.By.UserID == "" || c.in.By.UserID == c.a.Owner {
		return nil
	}
	if c.a.AckedBy != "" {
		c.take()
	} else {
		c.own(c.in.By.UserID)
		c.tellDisplaced()
	}
	if c.a.Status == Acknowledged {
		c.watch()
	}
	c.did(DidAssign, EntryData{User: c.displaced()})
	c.redraw(PriorityClick)
	c.out(outAssigned)
	return nil
}

// displaced is the person who owned the alert before and does not now.
func (c *change) displaced() string {
	if isPerson(c.was.Owner) && c.was.Owner != c.a.Owner {
		return c.was.Owner
	}
	return ""
}

func (c *change) tellDisplaced() {
	if old := c.displaced(); old != "" && !c.in.Together {
		text := c.actor() + " took " + c.name() + ": " + c.about() + "."
		if c.a.Owner != c.in.By.UserID {
			text = c.actor() + " gave " + c.name() + " to <@" + c.a.Owner + ">: " + c.about() + "."
		}
		c.tell(old, "displaced", text)
	}
}

// wakeTime is the time to snooze until, at most MaxSnooze ahead; zero when it lies in the past.
func (c *change) wakeTime() time.Time {
	until := c.in.Until
	if !until.After(c.now) {
		return time.Time{}
	}
	if latest := c.now.Add(MaxSnooze); until.After(latest) {
		return latest
	}
	return until
}

func (c *change) snooze() error {
	until := c.wakeTime()
	if until.IsZero() {
		return nil
	}
	c.in.Until = until
	c.enter(Snoozed)
	return c.wakeAt(until)
}

func (c *change) snoozeAgain() error {
	until := c.wakeTime()
	if until.IsZero() || until.Equal(c.a.WakeAt) {
		return nil
	}
	c.expireLater(until)
	return c.wakeAt(until)
}

func (c *change) wakeAt(until time.Time) error {
	c.a.WakeAt = until
	c.did(DidSnooze, EntryData{Until: until})
	c.redraw(PriorityClick)
	c.out(outSnoozed)
	return nil
}

// chosen are the outcomes that a person can choose: all but the bot's own.
var chosen = []Outcome{Saved, ChurnedOut, NoAction, FalseAlarm, Converted, Expanded, Nurturing, Disqualified}

func (c *change) resolve() error {
	if !slices.Contains(chosen, c.in.Outcome) {
		return ErrOutcome
	}
	if c.a.Owner == "" {
		c.own(c.in.By.UserID)
	}
	c.enter(Resolved)
	c.end(DidResolve)
	return nil
}

func (c *change) end(what What) {
	if what == DidResolve || !slices.Contains(chosen, c.was.Outcome) {
		c.lookAgain()
	}
	c.a.Outcome, c.a.OutcomeARR = c.in.Outcome, c.in.ARR
	c.did(what, EntryData{Outcome: c.in.Outcome, ARR: c.in.ARR, Note: c.in.Note})
	c.redraw(PriorityClick)
	c.out(outResolved)
}

func (c *change) resolveAgain() error {
	if c.a.Status == Resolved && c.in.Outcome == c.a.Outcome {
		return nil
	}
	return c.refuse()
}

func (c *change) amend() error {
	if !slices.Contains(chosen, c.in.Outcome) {
		return ErrOutcome
	}
	same := c.a.Status == Resolved && c.in.Outcome == c.a.Outcome && or(c.in.ARR) == or(c.a.OutcomeARR) && (c.in.ARR == nil) == (c.a.OutcomeARR == nil)
	if same && c.in.Note == "" {
		return nil
	}
	c.a.Status = Resolved
	c.end(DidAmend)
	return nil
}

func (c *change) reopen() error {
	if c.in.By.UserID == "" {
		return nil
	}
	c.take()
	c.enter(Acknowledged)
	c.a.Outcome, c.a.OutcomeARR, c.a.ClosedAt, c.a.ReviewAt = "", nil, time.Time{}, time.Time{}
	if c.a.Hold.Hides() && c.a.Hold.Reason != HoldMute && !c.a.Hold.lost() {
		c.unhold() // what ended unseen is worth seeing now
	}
	c.did(DidReopen, EntryData{User: c.displaced()})
	c.redraw(PriorityClick)
	c.out(outReopened)
	return nil
}

// active restarts the timers that ask about an acknowledged alert with which nothing is done.
func (c *change) active() {
	if c.a.Status == Acknowledged {
		c.watch()
	}
	c.redraw(PriorityClick)
}

func (c *change) note() error {
	if c.in.Note == "" {
		return nil
	}
	c.did(DidNote, EntryData{Note: c.in.Note})
	c.active()
	return nil
}

func (c *change) stillOn() error {
	c.did(DidStillOn, EntryData{Note: c.in.Note})
	c.active()
	return nil
}

// extendedOften is how many moves of the expected date make the lead hear of it.
const extendedOften = 3

func (c *change) extend() error {
	f := c.a.Facts.Dropoff
	if f == nil || !c.in.Until.After(c.now) || c.in.Until.Equal(f.ExpectedBy) {
		return nil
	}
	moved := *f
	moved.ExpectedBy = c.in.Until
	moved.Extended++
	c.a.Facts.Dropoff = &moved
	if moved.Extended == extendedOften {
		c.mention(c.lead(), "extend", c.name()+": "+c.about()+". The expected date moved for the third time, now "+c.slackTime(c.in.Until)+".")
	}
	c.did(DidExtend, EntryData{Until: c.in.Until, Note: c.in.Note})
	c.active()
	return nil
}

// setOwner takes the owner that was found for the route's reference, unless somebody took the alert in between.
func (c *change) setOwner() error {
	if c.a.Owner != "" || c.in.User.UserID == "" {
		return nil
	}
	c.own(c.in.User.UserID)
	c.a.OwnerNote = c.in.Note
	if c.a.Step > 0 && c.a.Status == Open {
		c.tell(c.in.User.UserID, "turn", c.name()+": "+c.about()+" is yours now: nobody has answered since "+c.slackTime(c.a.OpenedAt)+".")
	}
	c.alarm()
	c.did(DidSetOwner, EntryData{User: c.in.User.UserID, UserName: c.in.User.Name, Note: c.in.Note})
	c.redraw(PriorityPost)
	return nil
}
