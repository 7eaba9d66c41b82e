package alerts

import (
	"cmp"
	"slices"
	"strings"
)

// verdict is what a kind's rules say of a signal.
type verdict struct {
	key      string
	kind     Kind
	about    string
	facts    Facts // completed
	polarity Polarity
	severity Severity

	level  int    // 0 is clear, higher is worse or hotter
	opens  int    // the level from which a signal opens an alert; 0 means 1
	period string // within which a level is told once
	fresh  bool   // what is live is over: it ends, and this is something new
	forget bool   // a level left and reached again is told again, also within the period
	mute   bool   // does not open an alert by itself

	playbook string // that a journey map names

	decision Decision // of the routes
	decided  *Decided // the same with its reasons, when it is acted upon
	rose     bool     // above the level of the signal before
}

// movement is how a signal changes what is known: a row of the transition table.
type movement int

const (
	asBefore movement = iota
	risen
	easier
	cleared
)

// movements is the part of DATA-MODEL §2 that is about signals. A closed alert is never changed by one.
var movements = map[movement]row{
	asBefore: {(*change).repeat, (*change).repeat, (*change).repeat, nil},
	risen:    {(*change).worsen, (*change).worsenTaken, (*change).worsenSnoozed, nil},
	easier:   {(*change).ease, (*change).ease, (*change).ease, nil},
	cleared:  {(*change).recovered, (*change).recovered, (*change).recovered, nil},
}

// maxChanges is how many beginnings and ends a condition remembers.
const maxChanges = 10

// decide keeps the condition and moves, ends or opens its alert.
func (in intake) decide(v verdict, known Condition) EventResult {
	told := known.Told
	if v.period != known.Period {
		told = 0
	}
	v.rose = v.level > known.Level
	live := in.ws.Live[v.key]
	result := ResultStored
	if live != nil && (v.fresh || live.Polarity != v.polarity) {
		ended := v
		ended.facts = live.Facts
		result = in.move(cleared, live, ended)
		live = nil
	}
	switch {
	case live != nil:
		result = in.move(in.movement(&v, *live, known), live, v)
	case in.opens(v, told):
		in.open(v)
		result = ResultOpened
	case result == ResultStored:
		in.because(in.whyNot(v), v)
	}
	in.keep(v, known, told, in.ws.Live[v.key] != nil)
	return result
}

// opens reports whether a signal without a live alert starts one: newly crossed in its period, of a customer we still have.
func (in intake) opens(v verdict, told int) bool {
	return v.level >= max(v.opens, 1) && v.level > told && !v.mute && aboutLost(*in.account, v.kind) == HoldNone
}

func (in intake) movement(v *verdict, live Alert, known Condition) movement {
	if v.level == 0 {
		return cleared
	}
	if v.level < known.Level {
		return easier
	}
	if v.decision = in.route(*v); v.decision.Severity > live.Severity {
		v.decided = in.decided(*v)
		return risen
	}
	return asBefore
}

func (in intake) keep(v verdict, known Condition, told int, live bool) {
	c := Condition{
		Key: v.key, Account: in.account.ID, At: in.ev.At, Seq: in.ev.Seq, Level: v.level, Period: v.period, Told: told,
		Changes: in.crossings(v, known),
	}
	now := in.ws.Live[v.key]
	c.Flaps = in.r.unsteady(c.Changes, in.ev.At) && (known.Flaps || now != nil && now.Hold.Reason == HoldFlapping)
	if live {
		c.Told = max(told, v.level)
	}
	if v.forget {
		c.Told = v.level
	}
	if v.level == 0 && v.period == "" {
		c.Told = 0
	}
	in.ws.Conditions[v.key] = c
	in.ws.Changes.Conditions[v.key] = true
}

func (in intake) route(v verdict) Decision {
	return in.r.Route(in.routed(v))
}

// routed is what the routes decide on.
func (in intake) routed(v verdict) Case {
	return Case{
		Kind: v.kind, Severity: v.severity, Polarity: v.polarity, Account: *in.account, Facts: v.facts, Now: in.r.local(in.now), Playbook: v.playbook,
	}
}

// begin starts a change by this event.
func (in intake) begin(a Alert, v verdict) *change {
	c := in.r.begin(a, Input{Origin: "event"}, in.now)
	c.sig, c.intake = &v, in
	c.eventID = in.ev.Source + " " + in.ev.ID
	c.at = in.ev.At
	return c
}

// move runs a signal through the transition table.
func (in intake) move(m movement, live *Alert, v verdict) EventResult {
	c := in.begin(*live, v)
	if err := movements[m].at(live.Status)(c); err != nil {
		return ResultStored // signals are never refused
	}
	in.record(c)
	if !c.a.Status.Live() {
		return ResultResolved
	}
	return ResultUpdated
}

func (in intake) record(c *change) {
	in.ws.record(c)
	in.about(c)
}

// record notes a change, and what it makes of the live alerts.
func (ws *WorkingSet) record(c *change) {
	ws.Changes.Results = append(ws.Changes.Results, ws.number(c.result()))
	if c.a.Status.Live() {
		ws.Live[c.a.Key] = &c.a
	} else {
		delete(ws.Live, c.a.Key)
	}
	ws.keep(&c.a)
}

// keep makes a changed alert the one that the set holds, wherever it held it before.
func (ws *WorkingSet) keep(a *Alert) {
	if live := ws.Live[a.Key]; live != nil && live.ID == a.ID {
		ws.Live[a.Key] = a
	}
	if ws.Asked[a.ID] != nil {
		ws.Asked[a.ID] = a
	}
}

// open makes a new alert and shows it where the routes say.
func (in intake) open(v verdict) {
	d := in.route(v)
	v.decision = d
	id := in.ws.NewID()
	user, ref := in.r.owner(d.Owner, *in.account, in.ws.People, in.now)
	c := in.begin(Alert{
		ID: id, ShortID: shortID(id, v.polarity), Key: v.key, Account: in.account.ID, Kind: v.kind, About: v.about,
		Polarity: v.polarity, Severity: d.Severity, Owner: user, OwnerRef: ref, Segment: in.account.Segment, OpenedAt: in.now, SignalAt: in.ev.At, Count: 1,
		Route: strings.Join(d.Matched, ", "), Matched: d.Matched, Decided: in.decided(v), Playbook: d.Playbook, Escalation: d.Escalation, Config: in.r.Revision, Facts: v.facts,
		EventIDs: []string{in.ev.Source + " " + in.ev.ID},
	}, v)
	in.quieten(c)
	c.enter(Open)
	c.showAll(d.Channels)
	c.shown()
	c.did(DidOpen, EntryData{EventID: c.eventID, After: brief(v.facts), Severity: d.Severity})
	if h := c.a.Hold; h.Reason != HoldNone {
		c.did(DidHold, EntryData{Note: string(h.Reason), Until: h.Until})
	}
	c.alarm()
	c.tellFlapping()
	c.out(outOpened)
	in.record(c)
}

// showAll adds the channels of a routing decision.
func (c *change) showAll(names []string) {
	for _, name := range names {
		c.show(c.r.Channels[name].Slack)
	}
}

const maxEventIDs = 10

// heed takes a signal's facts into the alert and returns the line that the history gets of it.
func (c *change) heed() EntryData {
	before := brief(c.a.Facts)
	c.a.Facts = c.keepAgreed(c.sig.facts)
	c.a.SignalAt = later(c.a.SignalAt, c.at)
	ids := append(slices.Clone(c.a.EventIDs), c.eventID)
	c.a.EventIDs = ids[max(0, len(ids)-maxEventIDs):]
	return EntryData{EventID: c.eventID, Before: before, After: brief(c.sig.facts), Severity: c.a.Severity}
}

// keepAgreed carries an expected date that a person moved over to newer facts, which do not know of it.
func (c *change) keepAgreed(f Facts) Facts {
	old := c.a.Facts.Dropoff
	if f.Dropoff == nil || old == nil || old.Extended == 0 {
		return f
	}
	kept := *f.Dropoff
	kept.Extended, kept.ExpectedBy = old.Extended, later(kept.ExpectedBy, old.ExpectedBy)
	f.Dropoff = &kept
	return f
}

// repeat counts a signal that is as bad as the last, or worse without being more severe.
func (c *change) repeat() error {
	c.a.Count++
	data := c.heed()
	if c.sig.rose {
		c.did(DidWorsen, data)
		c.redraw(PriorityPost)
		return nil
	}
	c.did(DidRepeat, data)
	c.redraw(PriorityCount)
	return nil
}

// rise takes the higher severity and routes again: channels are added, never removed.
func (c *change) rise() EntryData {
	d := c.sig.decision
	c.a.Count++
	c.a.Severity, c.a.Route, c.a.Matched = d.Severity, strings.Join(d.Matched, ", "), d.Matched
	c.a.Decided = c.sig.decided
	if c.a.AckedBy == "" {
		c.a.Playbook = cmp.Or(d.Playbook, c.a.Playbook) // nobody has begun the milder one
	}
	data := c.heed()
	if c.doubtful() {
		return data
	}
	c.a.Escalation = d.Escalation
	c.intake.requieten(c)
	c.showAll(d.Channels)
	c.res.Apart = c.res.Apart || d.Severity == Critical
	c.alarm()
	return data
}

// doubtful reports whether an alert that is shown gets worse for a reason that nobody should be told of: its card says it.
func (c *change) doubtful() bool {
	_, doubt := c.intake.ask(doubts, c)
	return doubt && !c.a.Hold.Hides()
}

func (c *change) worsen() error {
	data := c.rise()
	if c.a.Escalation != c.was.Escalation {
		c.enter(Open) // the escalation of the higher severity starts
	}
	c.did(DidWorsen, data)
	c.redraw(c.urgency())
	return nil
}

func (c *change) worsenTaken() error {
	data := c.rise()
	if !c.doubtful() && !c.a.Hold.Hides() {
		c.tellOwner("worse-"+c.a.Severity.String(), c.name()+" got worse: "+c.about()+".")
	}
	c.did(DidWorsen, data)
	c.redraw(c.urgency())
	return nil
}

func (c *change) worsenSnoozed() error {
	data := c.rise()
	c.enter(Open)
	c.did(DidWorsen, data)
	c.redraw(c.urgency())
	return nil
}

func (c *change) ease() error {
	c.did(DidEase, c.heed())
	c.redraw(PriorityPost)
	return nil
}

func (c *change) recovered() error {
	data := c.heed()
	c.enter(Resolved)
	c.a.Outcome = Recovered
	c.lookAgain()
	data.Outcome = Recovered
	c.did(DidRecover, data)
	c.redraw(PriorityPost)
	c.out(outResolved)
	return nil
}
