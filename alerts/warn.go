package alerts

import "time"

// backAt is when an acknowledged alert goes back to open if nothing is done: never while a step is due later. It is zero for never.
func (c *change) backAt() time.Time {
	var at time.Time
	for next := c.a.UnackAt; !next.IsZero(); next = c.r.nextDue(c.a, next) {
		at = next
	}
	return at
}

// warnAt is a day, of work where there is a calendar, before the alert goes back to open; zero when it never does.
func (c *change) warnAt() time.Time {
	back := c.backAt()
	if back.IsZero() {
		return back
	}
	return c.r.Calendars[c.policy().Calendar].dayBefore(back)
}

// nextReminder is when the owner hears of an acknowledged alert again: a reminder, or the warning when that comes first.
func (c *change) nextReminder() time.Time {
	at := c.after(c.policy().RemindAfter)
	if warn := c.warnAt(); warn.After(c.now) && (at.IsZero() || warn.Before(at)) {
		return warn
	}
	return at
}

// warn tells the owner when the alert goes back to open and what keeps it. No reminder follows: the next thing to hear is that it went.
func (c *change) warn() {
	back, due := c.backAt(), later(c.warnAt(), c.due)
	c.tellOwner("remind", c.name()+" goes back to open "+c.slackTime(back)+" if nothing happens until then: "+c.about()+
		". A tick, a note, a snooze or Still on it keeps it yours."+c.late(due))
	c.did(DidRemind, EntryData{User: c.a.Owner, Until: back})
}
