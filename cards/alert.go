package cards

import (
	"strconv"
	"time"

	"journeybot/alerts"
	"journeybot/journey"
)

// Alert draws the card of an alert in its current state. mention says that the owner is mentioned: in the first post only.
func Alert(s Style, v alerts.View, mention bool) Drawing {
	v = s.shown(v)
	sk, m := s.draw(v), newSheet()
	m.header("head:"+v.Alert.ID, header(v, sk))
	if v.Alert.Status.Live() {
		live(m, s, v, sk, mention)
	} else {
		ended(m, s, v)
	}
	return m.drawing(esc(spoken(s, v, sk)))
}

// live adds what somebody needs to act.
func live(m *sheet, s Style, v alerts.View, sk sketch, mention bool) {
	a := v.Alert
	todo := s.next(v)
	lines := []mrkdwn{bold("Why") + " " + esc(s.orLeftOut(sk.why))}
	ask := control{}
	switch {
	case onHold(a):
		line, button := holdNext(v)
		lines, ask = append(lines, line), button
	case todo.title != "":
		lines, ask = append(lines, bold("Next")+" "+esc(todo.title)+s.answerBy(a, todo)), s.checklist(v)
	}
	switch a.Status {
	case alerts.Open:
		lines = append(lines, ownerLine(v, mention))
	case alerts.Acknowledged:
		if a.Owner != a.AckedBy {
			lines = append(lines, ownerLine(v, mention))
		}
	case alerts.Snoozed:
		lines = append(lines, ownerLine(v, mention), bold("Back")+" "+s.moment(a.WakeAt)+esc(snoozer(v)))
	}
	m.section("why:"+a.ID, ask, lines...)
	m.context("kind:"+a.ID, escAll(sk.above)...)
	low := kinds[a.Kind].accountLow || a.Status == alerts.Acknowledged
	account := s.accountFacts(v)
	if !low {
		m.context("account:"+a.ID, account...)
		account = nil
	}
	if onHold(a) {
		m.row(versioned("act", a), s.holdControls(v)...)
		sk.below = append([]plain{join(" · ", s.holdEnd(v), reserved(v))}, sk.below...)
	} else {
		m.row(versioned("act", a), s.controls(v)...)
		m.row(versioned("play", a), s.plays(v)...)
		if beside := s.besides(v); beside != "" {
			sk.below = append([]plain{beside}, sk.below...)
		}
	}
	for _, line := range s.acts(v) {
		m.context("acts:"+a.ID, line)
	}
	if a.Status == alerts.Acknowledged {
		account = append([]mrkdwn{esc(todo.progress())}, account...)
	}
	m.context("account:"+a.ID, account...)
	if len(sk.below) > 0 {
		sk.below[0] = capital(sk.below[0])
	}
	m.context("quiet:"+a.ID, s.quietParts(v)...)
	facts := append(escAll(sk.below), s.began(a, len(sk.below) == 0))
	m.context("facts:"+a.ID, append(facts, esc(seen(a.Count)), s.asOf(age(a)), esc(shortID(a)))...)
}

// began says when the alert opened or, once somebody is on it, when that was.
func (s Style) began(a alerts.Alert, first bool) mrkdwn {
	word, at, took := plain("opened"), a.OpenedAt, plain("")
	if a.Status == alerts.Acknowledged && !a.AckedAt.IsZero() {
		word, at, took = "acknowledged", a.AckedAt, after(a.OpenedAt, a.AckedAt)
	}
	if first {
		word = capital(word)
	}
	return esc(word) + " " + s.moment(at) + esc(took)
}

// age is when the facts on the card were true.
func age(a alerts.Alert) time.Time {
	if a.Facts.AsOf.IsZero() {
		return a.SignalAt
	}
	return a.Facts.AsOf
}

// ended adds how an alert ended and what is left to do about it.
func ended(m *sheet, s Style, v alerts.View) {
	a := v.Alert
	m.section("end:"+a.ID, control{}, esc(ending(v)))
	m.row(versioned("act", a), amend(a), button(ActionReopen, "Reopen", a.ID), visit("Open in CRM", a.ID, v.Account.CRMURL))
	parts := []mrkdwn{esc(stake(s, v))}
	word := plain("resolved")
	if a.Status == alerts.Expired {
		word = "expired"
	}
	if !a.ClosedAt.IsZero() {
		parts = append(parts, esc(word)+" "+s.moment(a.ClosedAt)+esc(after(a.OpenedAt, a.ClosedAt)))
	}
	if !a.ReviewAt.IsZero() {
		parts = append(parts, esc("next look "+s.dateOf(a.ReviewAt)))
	}
	m.context("facts:"+a.ID, append(parts, esc(shortID(a)))...)
}

// amend opens the form of the outcome. Nobody chose the one of an alert that ended by itself.
func amend(a alerts.Alert) control {
	if a.Outcome == "" || a.Outcome == alerts.Recovered {
		return button(ActionOutcome, "Set outcome…", a.ID)
	}
	return button(ActionOutcome, "Amend…", a.ID)
}

// versioned makes the block id of controls: a menu in a block of the same id would keep what was chosen in it.
func versioned(part string, a alerts.Alert) string {
	return part + ":" + a.ID + ":" + strconv.FormatInt(a.Version, 10)
}

func shortID(a alerts.Alert) plain { return outside(a.ShortID, 20) }

// header is the card's first line: the state in words, the account, the number.
func header(v alerts.View, sk sketch) plain {
	if onHold(v.Alert) {
		return holdHeader(v, sk)
	}
	if v.Alert.Status == alerts.Open {
		return join(" ", sk.mark, severityOf(v, sk)+sk.opening)
	}
	mark, state := state(v)
	return mark + " " + state + ": " + sk.subject
}

func severityOf(v alerts.View, sk sketch) plain {
	if sk.calm || v.Alert.Severity == alerts.SeverityNone {
		return ""
	}
	return capital(plain(v.Alert.Severity.String())) + ": "
}

// endings are the outcomes as a header says them.
var endings = map[alerts.Outcome]struct{ mark, word plain }{
	alerts.Saved:        {"✅", "Saved"},
	alerts.ChurnedOut:   {"⚫", "Churned"},
	alerts.NoAction:     {"☑️", "No action needed"},
	alerts.FalseAlarm:   {"☑️", "False alarm"},
	alerts.Converted:    {"✅", "Converted"},
	alerts.Expanded:     {"✅", "Expanded"},
	alerts.Nurturing:    {"🌱", "Nurturing"},
	alerts.Disqualified: {"☑️", "Disqualified"},
	alerts.Recovered:    {"✅", "Recovered"},
	alerts.MergedInto:   {"☑️", "Merged"},
}

// state says in words where an alert that is not open is in its life.
func state(v alerts.View) (mark, words plain) {
	a := v.Alert
	switch a.Status {
	case alerts.Acknowledged:
		if a.AckedBy == "" {
			return "👀", "Acknowledged"
		}
		return "👀", person(v, a.AckedBy) + " is on it"
	case alerts.Snoozed:
		return "💤", "Snoozed"
	case alerts.Expired:
		return "⌛", "Expired"
	case alerts.Open:
		return "", "Open"
	}
	if e, ok := endings[a.Outcome]; ok {
		return e.mark, e.word
	}
	return "✅", "Resolved"
}

// spoken is the fallback: the card in a sentence or two.
func spoken(s Style, v alerts.View, sk sketch) plain {
	a := v.Alert
	if !a.Status.Live() {
		_, words := state(v)
		return join(" ", words+": "+sk.spoken+".", stop(ending(v)))
	}
	text := join(", ", severityOf(v, sk)+sk.spoken, sk.whySpoken) + "."
	if sk.calm {
		text = stop(sk.opening)
	}
	if a.Status != alerts.Open {
		_, words := state(v)
		text = words + ": " + sk.spoken + "."
	}
	if sk.sentence != "" {
		text += " " + stop(sk.sentence)
	}
	if onHold(a) {
		text = stop(join(" ", sk.spoken, "on hold: "+holdReason(v))) + " Next: ask " + stop(lifter(v))
	} else if todo := s.next(v); todo.title != "" {
		text += " Next: " + stop(uncapital(todo.title))
	}
	if a.Status == alerts.Snoozed && !a.WakeAt.IsZero() {
		text += " Back " + s.clock(a.WakeAt) + "."
	}
	if a.Status == alerts.Open {
		text += " Owner " + stop(join(", ", orUnknown(owner(v)), inPlaceOf(a)))
	}
	return text
}

// stop ends a sentence that has no end of its own.
func stop(p plain) plain {
	switch runes := []rune(p); runes[len(runes)-1] {
	case '.', '!', '?', '…', '。', '"':
		return p
	}
	return p + "."
}

// ending tells how an alert that is over ended, in the words of who ended it.
func ending(v alerts.View) plain {
	a := v.Alert
	switch {
	case a.Status == alerts.Expired:
		return "Nobody acted on it in time, so it was closed without an outcome."
	case a.Outcome == alerts.MergedInto:
		return mergedInto(v)
	case a.Outcome == alerts.Recovered:
		return "It recovered by itself. No outcome claimed."
	}
	who, note := closer(v)
	switch {
	case note != "":
		return quoted(note) + " " + who
	case who != "":
		return "Resolved by " + stop(who)
	}
	return "Resolved."
}

// closer is who resolved or last amended the alert, and the newest note given with that.
func closer(v alerts.View) (who, note plain) {
	for i := len(v.History) - 1; i >= 0; i-- {
		switch e := v.History[i]; e.What {
		case alerts.DidResolve, alerts.DidAmend:
			return actor(v, e.Actor), outside(e.Data.Note, quoteWidth)
		}
	}
	if v.Alert.Owner == "" {
		return "", ""
	}
	return owner(v), ""
}

func snoozer(v alerts.View) plain {
	for i := len(v.History) - 1; i >= 0; i-- {
		if e := v.History[i]; e.What == alerts.DidSnooze {
			return ", snoozed by " + actor(v, e.Actor)
		}
	}
	return ""
}

// stake says how much revenue the alert was about: as its outcome says, else all of the account's.
func stake(s Style, v alerts.View) plain {
	a := v.Alert
	switch {
	case a.OutcomeARR != nil:
		if e, ok := endings[a.Outcome]; ok {
			return s.arr(a.OutcomeARR) + " " + uncapital(e.word)
		}
		return s.arr(a.OutcomeARR)
	case a.Polarity == alerts.Risk && v.Account.ARR != nil:
		return s.arr(v.Account.ARR) + " at stake"
	}
	return s.arr(v.Account.ARR)
}

func after(from, to time.Time) plain {
	if from.IsZero() || to.Before(from) {
		return ""
	}
	return ", after " + span(to.Sub(from))
}

func seen(times int) plain {
	switch {
	case times < 1:
		return ""
	case times == 1:
		return "seen once"
	}
	return "seen " + number(float64(times)) + " times"
}

// accountFacts are what a reader wants to know of the account beside any alert.
func (s Style) accountFacts(v alerts.View) []mrkdwn {
	a := s.shown(v).Account
	name := outside(a.Title(), nameWidth)
	facts := []mrkdwn{esc(name)}
	if _, ok := webAddress(a.CRMURL); ok {
		facts[0] = link(a.CRMURL, name+" ↗")
	}
	if a.DoNotContact {
		facts = append(facts, "do not contact for sales")
	}
	if a.Segment != "" {
		facts = append(facts, esc(words(a.Segment)))
	}
	if a.Stage != "" {
		facts = append(facts, esc("stage "+s.milestone(a.Stage)))
	}
	if v.Alert.Kind != alerts.HealthShift && a.Health != journey.HealthUnknown {
		facts = append(facts, esc(healthOf(a)))
	}
	return append(facts, escAll(s.terms(a, v.Alert.Kind, nil))...)
}

// terms are the revenue, the renewal and the last touch of an account, without what the alert of that kind says itself,
// and what is unknown of them and beside them.
func (s Style) terms(a journey.Account, kind alerts.Kind, open unknowns) []plain {
	var known []plain
	for _, t := range []struct {
		name  plain
		says  plain
		known bool
		said  bool // by the alert
	}{
		{"ARR", s.arr(a.ARR), a.ARR != nil, false},
		{"renewal", s.renewal(a.RenewalDate), a.RenewalDate.Known(), kind == alerts.RenewalDue},
		{"last touch", s.touch(a.LastTouch), !a.LastTouch.IsZero(), kind == alerts.Silence},
	} {
		switch {
		case t.said, s.Guarded && t.name == "ARR":
		case t.known:
			known = append(known, t.says)
		default:
			open = append(open, t.name)
		}
	}
	return append(known, open.listed())
}

// renewal writes "renews 20 Feb (88 days)".
func (s Style) renewal(d journey.Day) plain {
	if !d.Known() {
		return "renewal unknown"
	}
	switch away := d.Until(s.Now.In(s.zone())); {
	case away < 0:
		return "renewal was due " + s.date(d)
	case away == 0:
		return "renews today"
	default:
		return "renews " + s.date(d) + " (" + days(away) + ")"
	}
}

// touch writes "last touch 14 Oct (41 days)".
func (s Style) touch(t time.Time) plain {
	if t.IsZero() {
		return "last touch unknown"
	}
	if n := s.daysAgo(t); n > 0 {
		return "last touch " + s.dateOf(t) + " (" + days(n) + ")"
	}
	return "last touch today"
}

// todo is the next thing to do about an alert, and how far its playbook is.
type todo struct {
	title, within plain
	due           time.Time // zero while nobody is on it
	done, total   int
}

// next finds the first step of the alert's playbook that nobody ticked; without a playbook there is none.
func (s Style) next(v alerts.View) todo {
	if s.Rules == nil {
		return todo{}
	}
	book, ok := s.Rules.Playbook(v.Alert)
	if !ok || len(book.Steps) == 0 {
		return todo{}
	}
	t := todo{done: book.Done(v.Alert), total: len(book.Steps)}
	step, ok := book.Next(v.Alert)
	if !ok {
		t.title = "Choose under Resolve how it ended"
		return t
	}
	t.title, t.due = s.stepTitle(s.seen(v), step), s.Rules.StepDue(v.Alert, step)
	if step.Due > 0 {
		t.within = " (within " + span(step.Due) + ")"
	}
	return t
}

// answerBy is by when the next thing is to be done: of an open lead, before it goes to the next.
func (s Style) answerBy(a alerts.Alert, t todo) mrkdwn {
	switch {
	case a.Status == alerts.Acknowledged && !t.due.IsZero():
		return ", " + s.due(t.due)
	case a.Kind != alerts.PQL || a.Status != alerts.Open || a.Step > 0 || a.StepAt.IsZero() || t.done > 0:
		return esc(t.within)
	case s.daysAgo(a.StepAt) == 0 && a.StepAt.Sub(s.Now) < 24*time.Hour && a.StepAt.In(s.zone()).Day() == s.Now.In(s.zone()).Day():
		return " by " + s.timeOfDay(a.StepAt)
	}
	return " by " + s.moment(a.StepAt)
}

// due writes until when something is to be done: "due Fri 27 Nov", and in bold once that is over.
func (s Style) due(at time.Time) mrkdwn {
	if at.IsZero() {
		return ""
	}
	today := journey.DayOf(at.In(s.zone())) == journey.DayOf(s.Now.In(s.zone()))
	switch late := at.Before(s.Now); {
	case late && today:
		return bold("overdue since " + s.timeOfDay(at))
	case late:
		return bold("overdue since " + esc(s.weekdayOf(at)))
	case today:
		return "due today " + s.timeOfDay(at)
	}
	return "due " + esc(s.weekdayOf(at))
}

// progress writes "Step 1 of 4 done ■□□□", once a step is done.
func (t todo) progress() plain {
	if t.done == 0 {
		return ""
	}
	return "Step " + number(float64(t.done)) + " of " + number(float64(t.total)) + " done " + bar(t.done, t.total, 10, "■", "□")
}
