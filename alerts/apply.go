package alerts

import (
	"cmp"
	"fmt"
	"time"
)

// transition is one cell of the transition table.
type transition func(*change) error

// row is one input of the table, by the status that it finds. A nil cell changes nothing.
type row struct{ open, acknowledged, snoozed, closed transition }

func (r row) at(s Status) transition {
	cell := r.closed
	switch s {
	case Open:
		cell = r.open
	case Acknowledged:
		cell = r.acknowledged
	case Snoozed:
		cell = r.snoozed
	}
	if cell == nil {
		return func(*change) error { return nil }
	}
	return cell
}

// transitions is DATA-MODEL §2 for everything but signals (see movements) and the timers' own rows (see timers).
var transitions = map[Do]row{
	DoAck:      {(*change).ack, (*change).ackTaken, (*change).ackSnoozed, (*change).refuse},
	DoUnack:    {nil, (*change).unack, (*change).unack, (*change).refuse},
	DoAssign:   {(*change).assignOpen, (*change).assignTaken, (*change).assignSnoozed, (*change).refuse},
	DoSnooze:   {(*change).snooze, (*change).snooze, (*change).snoozeAgain, (*change).refuse},
	DoResolve:  {(*change).resolve, (*change).resolve, (*change).resolve, (*change).resolveAgain},
	DoAmend:    {nil, nil, nil, (*change).amend},
	DoReopen:   {nil, nil, (*change).ackSnoozed, (*change).reopen},
	DoNote:     {(*change).note, (*change).note, (*change).note, (*change).note},
	DoTick:     {(*change).tick, (*change).tick, (*change).tick, (*change).tick},
	DoSwitch:   {(*change).switchBook, (*change).switchBook, (*change).switchBook, (*change).refuse},
	DoAct:      {(*change).act, (*change).act, (*change).act, (*change).refuse},
	DoStillOn:  {(*change).stillOn, (*change).stillOn, (*change).stillOn, (*change).stillOn},
	DoExtend:   {(*change).extend, (*change).extend, (*change).extend, (*change).refuse},
	DoForecast: {(*change).forecast, (*change).forecast, (*change).forecast, (*change).refuse},
	DoSetOwner: {(*change).setOwner, (*change).setOwner, (*change).setOwner, nil},
	DoDisown:   {(*change).disown, (*change).disown, (*change).disown, nil},
	DoClear:    {(*change).clear, (*change).clear, (*change).clear, (*change).refuse},
	DoKeep:     {(*change).keep, (*change).keep, (*change).keep, (*change).refuse},
	DoAskOwner: {(*change).askFor, (*change).askFor, (*change).askFor, (*change).refuse},
	DoTimers:   {(*change).timers, (*change).timers, (*change).timers, (*change).timers},
}

// Apply decides one input on one alert: a row of the transition table. It changes nothing itself; a refusal is one of the
// package's errors, and an input that changes nothing gives a Result with Changed false.
func (r *Rules) Apply(a Alert, in Input, now time.Time) (Result, error) {
	inputs, ok := transitions[in.Do]
	if !ok {
		return Result{Alert: a}, fmt.Errorf("%w: %q", ErrInput, in.Do)
	}
	c := r.begin(a, in, now)
	if err := inputs.at(a.Status)(c); err != nil {
		return Result{Alert: a}, err
	}
	return c.result(), nil
}

// change is one decision under way: the alert as it was found, as it becomes, and what follows from it.
type change struct {
	r   *Rules
	in  Input
	now time.Time

	was  Alert
	a    Alert
	last Status // that the history tells so far
	res  Result

	due     time.Time // of the timer that fires
	sig     *verdict  // of the signal that came
	intake  intake    // of that signal
	eventID string    // "source id" of that signal
	at      time.Time // its age
}

func (r *Rules) begin(a Alert, in Input, now time.Time) *change {
	return &change{r: r, in: in, now: now, was: a, a: a, last: a.Status}
}

func (c *change) result() Result {
	c.res.Alert = c.a
	for i, p := range c.res.Places {
		c.res.Places[i] = c.r.Shade(p, c.a.Channels, c.now)
	}
	return c.res
}

// did adds a line to the history, from the status told last to the present one.
func (c *change) did(what What, data EntryData) {
	data.Own = c.in.By.UserID != "" && c.in.By.UserID == c.was.Owner
	e := Entry{At: c.now, Actor: c.in.By, Origin: cmp.Or(c.in.Origin, "timer"), What: what, From: c.last, To: c.a.Status, Data: data}
	if len(c.res.History) == 0 {
		e.RequestID = c.in.RequestID
	}
	c.last = c.a.Status
	c.res.History = append(c.res.History, e)
}

// redraw asks for the cards to be drawn again; the most urgent request counts.
func (c *change) redraw(p Priority) {
	if !c.res.Redraw || p < c.res.Priority {
		c.res.Redraw, c.res.Priority = true, p
	}
}

// enter moves the alert to another status: the timers of the one it leaves end, those of the new one start.
func (c *change) enter(s Status) {
	a := &c.a
	a.WakeAt, a.StepAt, a.RemindAt, a.UnackAt, a.ExpireAt = time.Time{}, time.Time{}, time.Time{}, time.Time{}, time.Time{}
	a.TaskAt = time.Time{}
	if s == Snoozed {
		a.SnoozedFrom = a.Status
	} else {
		a.SnoozedFrom = ""
	}
	a.Status = s
	switch s {
	case Open:
		a.AckedBy, a.AckedAt = "", time.Time{}
		c.expireLater(c.now)
		c.escalate()
	case Acknowledged:
		c.watch()
	case Snoozed:
		c.expireLater(c.in.Until)
	case Resolved, Expired:
		a.ClosedAt, a.Hold.Until = c.now, time.Time{}
		c.res.Beside = c.res.Beside || a.Hold.Reason == HoldThrottle
		if a.Hold.Reason == HoldCollision {
			a.Hold = Hold{} // nobody waits any more
		}
	}
}

// policy is the alert's escalation; the zero one, which does nothing, when the growth file has it no more.
func (c *change) policy() Escalation { return c.r.Escalations[c.a.Escalation] }

// after is when d has passed in the policy's calendar; the zero time when d is zero.
func (c *change) after(d time.Duration) time.Time {
	if d <= 0 {
		return time.Time{}
	}
	return c.r.Calendars[c.policy().Calendar].Add(c.now, d)
}

// escalate starts the escalation at its first step.
func (c *change) escalate() {
	c.a.Step, c.a.StepAt = 0, time.Time{}
	if steps := c.policy().Steps; len(steps) > 0 && c.a.Hold.Reason == HoldNone {
		c.a.StepAt = c.r.Calendars[c.policy().Calendar].Add(c.now, steps[0].After)
	}
}

// watch starts the timers of an acknowledged alert with which nothing is done.
func (c *change) watch() {
	c.a.UnackAt = c.after(c.policy().UnacknowledgeAfter)
	c.a.RemindAt = c.nextReminder()
	c.a.TaskAt = c.r.nextDue(c.a, c.a.Play.Reminded)
}

// expireLater starts the expiry, but not before until: who snoozes wants to see the alert again.
func (c *change) expireLater(until time.Time) {
	if d := c.policy().ExpireAfter; d > 0 {
		c.a.ExpireAt = later(c.now.Add(d), until)
	}
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
