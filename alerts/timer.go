package alerts

import (
	"strconv"
	"time"
)

// timers are the alert's clocks and what each does, by status, in the order in which they count when several are due: the
// one that changes the status ends the others.
var timers = []struct {
	at  func(*Alert) *time.Time
	row row
}{
	{func(a *Alert) *time.Time { return &a.WakeAt }, row{snoozed: (*change).wake}},
	{func(a *Alert) *time.Time { return &a.UnackAt }, row{acknowledged: (*change).unackIdle}},
	{func(a *Alert) *time.Time { return &a.ExpireAt }, row{open: (*change).expire, snoozed: (*change).expire}},
	{func(a *Alert) *time.Time { return &a.TaskAt }, row{acknowledged: (*change).overdue}},
	{func(a *Alert) *time.Time { return &a.RemindAt }, row{acknowledged: (*change).remind}},
	{func(a *Alert) *time.Time { return &a.StepAt }, row{open: (*change).step}},
	{holdUntil, row{open: (*change).holdOver, acknowledged: (*change).holdOver, snoozed: (*change).holdOver}},
	{func(a *Alert) *time.Time { return &a.ReviewAt }, row{closed: (*change).review}},
}

// holdUntil is when a hold ends by itself. A mute does not: all that it holds is let go together, by ExpireMutes.
func holdUntil(a *Alert) *time.Time {
	if a.Hold.Reason == HoldMute {
		return new(time.Time)
	}
	return &a.Hold.Until
}

// timers fires whatever is due. A due timer that means nothing in the present status is cleared, so that it wakes nobody again.
func (c *change) timers() error {
	for _, t := range timers {
		at := t.at(&c.a)
		if at.IsZero() || at.After(c.now) {
			continue
		}
		c.due, *at = *at, time.Time{}
		c.redraw(PriorityCount)
		if err := t.row.at(c.a.Status)(c); err != nil {
			return err
		}
	}
	return nil
}

func (c *change) wake() error {
	before := c.a.SnoozedFrom
	if before != Acknowledged {
		before = Open
	}
	c.enter(before)
	if before == Acknowledged {
		c.tellOwner("wake", c.name()+" is back from snooze: "+c.about()+".")
	}
	c.did(DidWake, EntryData{})
	c.redraw(PriorityPost)
	return nil
}

func (c *change) unackIdle() error {
	if next := c.r.nextDue(c.a, c.now); next.After(c.now) {
		c.a.UnackAt = next // whoever has a date ahead is not idle
		if c.a.RemindAt.IsZero() {
			c.a.RemindAt = c.nextReminder()
		}
		return nil
	}
	c.enter(Open)
	c.did(DidUnack, EntryData{})
	c.redraw(PriorityPost)
	c.out(outUnacknowledged)
	return nil
}

func (c *change) expire() error {
	c.enter(Expired)
	c.did(DidExpire, EntryData{})
	c.redraw(PriorityPost)
	c.out(outExpired)
	return nil
}

func (c *change) remind() error {
	if warn := c.warnAt(); !warn.IsZero() && !warn.After(c.now) {
		c.warn()
		return nil
	}
	of := ""
	if c.r.Calendars[c.policy().Calendar].Zone != nil {
		of = "working "
	}
	c.tellOwner("remind", c.name()+": no step for "+span(c.policy().RemindAfter, of)+". Still on it? It is about "+c.about()+".")
	c.a.RemindAt = c.nextReminder()
	c.did(DidRemind, EntryData{User: c.a.Owner})
	return nil
}

// step fires one step of the escalation and sets the next. After the last it repeats that one as often as the policy says.
func (c *change) step() error {
	e := c.policy()
	if len(e.Steps) == 0 {
		return nil
	}
	fired := e.Steps[min(c.a.Step, len(e.Steps)-1)]
	c.a.Step++
	switch calendar := c.r.Calendars[e.Calendar]; {
	case c.a.Step < len(e.Steps):
		c.a.StepAt = calendar.Add(c.now, e.Steps[c.a.Step].After)
	case c.a.Step-len(e.Steps) < e.RepeatTimes:
		c.a.StepAt = calendar.Add(c.now, e.RepeatEvery)
	}
	target := c.fire(fired)
	c.did(DidEscalate, EntryData{Step: strconv.Itoa(c.a.Step), Target: target})
	c.redraw(PriorityPost)
	c.out(outEscalated)
	return nil
}

// fire tells the step's target and returns who that was.
func (c *change) fire(s EscalationStep) string {
	slot, text := "step"+strconv.Itoa(c.a.Step), c.nobodyOnIt()
	switch {
	case s.Post != "":
		channel := c.r.Channels[s.Post].Slack
		if !c.show(channel) {
			c.ping(channel, slot, c.lead(), text)
		}
		return string(channel)
	case s.Next != "" && c.r.rotation(c.a) != "":
		return c.nextRep()
	case s.Next != "":
		s.Mention = MentionLead
		fallthrough
	case s.Mention != "":
		who := s.Mention
		if who == MentionLead {
			who = c.lead()
		}
		c.mention(who, slot, text)
		return who
	case s.Remind == RemindManager:
		return c.tellManager(slot, text)
	}
	c.tellOwner(slot, text)
	return "owner"
}
