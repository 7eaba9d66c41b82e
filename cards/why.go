package cards

import (
	"slices"
	"strings"
	"time"

	"journeybot/alerts"
	"journeybot/journey"
)

// What one explanation lists at most, in characters of mrkdwn, so that it stays one message.
const (
	roomForRoutes = 4000
	roomForEvents = 3000
	roomForTold   = 2500
	lineWidth     = 250 // of one line, before escaping
)

// fitting are the first lines that have room, and how many are left out.
func fitting(lines []mrkdwn, room int) []mrkdwn {
	for i, line := range lines {
		if room -= characters(string(line)) + 1; room < 0 {
			return append(slices.Clone(lines[:i]), esc("and "+number(float64(len(lines)-i))+" more"))
		}
	}
	return lines
}

// paragraphs adds lines in as many sections as they need.
func (s *sheet) paragraphs(id string, lines ...mrkdwn) {
	for _, text := range packed(slices.DeleteFunc(slices.Clone(lines), func(m mrkdwn) bool { return m == "" })) {
		s.section(id, control{}, text)
	}
}

// clip shortens what was put together of several texts.
func clip(p plain) plain { return plain(shorten(string(p), lineWidth, oneRune)) }

// Why draws the explanation of an alert: what came in, which rule of which growth file took it, what held it, and who was told when.
func Why(s Style, w alerts.Why) Drawing {
	if s.Guarded {
		return unexplained(w.Alert.Account)
	}
	m, a := newSheet(), w.Alert
	sk := s.draw(w.View)
	title := "Why " + shortID(a) + ": " + sk.subject
	m.header("why:"+a.ID, title)
	came := bold("What came in") + " " + join(", ", esc(sk.subject), s.asOf(age(a)), esc(seen(a.Count)))
	threshold := bold("Threshold") + " " + esc(capital(s.crossed(a)))
	m.paragraphs("came:"+a.ID, append([]mrkdwn{came, threshold}, s.eventLines(w.Events)...)...)
	s.routeLines(m, w)
	m.paragraphs("decided:"+a.ID, s.decisions(w)...)
	m.paragraphs("quiet:"+a.ID, s.quietLines(w)...)
	m.paragraphs("told:"+a.ID, s.toldLines(w)...)
	open := button(ActionAlert, "Open "+shortID(a), a.ID)
	m.row("do:"+a.ID, open, button(ActionView, "Why the account stands so", "why:"+a.Account), button(ActionAccount, "Account", a.Account))
	return m.drawing(esc(stop(title)) + " " + spokenOf(join("; ", s.decisions(w)...)) + ".")
}

// unexplained answers outsiders: what an alert is judged by cannot be told without revenue and people.
func unexplained(account string) Drawing {
	m := newSheet()
	said := mrkdwn("An explanation names revenue, people and what they said, so it is not told to people from outside.")
	m.section("why", control{}, said)
	m.row("do", button(ActionAccount, "Account", account))
	return m.drawing(said)
}

// crossed says which threshold the last signal crossed.
func (s Style) crossed(a alerts.Alert) plain {
	f := a.Facts
	switch {
	case f.Limit != nil && f.Limit.Threshold > 0:
		return number(float64(f.Limit.Threshold)) + " % of the limit, told once per period"
	case f.Health != nil && f.Health.To != "":
		return "health is " + outside(string(f.Health.To), termWidth) + s.asOfRules(alerts.HealthShift)
	case f.PQL != nil:
		return "a score of " + number(f.PQL.Score) + s.asOfRules(alerts.PQL)
	case f.Dropoff != nil:
		return "not reached by " + s.dateOf(f.Dropoff.ExpectedBy)
	case f.Renewal != nil && f.Renewal.RenewalDate.Known():
		return "renews " + s.date(f.Renewal.RenewalDate) + s.asOfRules(alerts.RenewalDue)
	case f.Support != nil:
		return join(", ", "a ticket of priority "+orUnknown(words1(f.Support.Priority)), ticketAge(f.Support.AgeDays)) + s.asOfRules(alerts.Support)
	case f.Survey != nil:
		return "a score of " + number(f.Survey.Score) + s.asOfRules(alerts.Feedback)
	}
	return "none: every such signal counts"
}

func ticketAge(ageDays *float64) plain {
	if ageDays == nil {
		return ""
	}
	return "open for " + days(int(*ageDays))
}

func (s Style) asOfRules(k alerts.Kind) plain {
	if text := s.thresholds(k); text != "" {
		return " (" + text + ")"
	}
	return ""
}

// thresholds writes from where on signals of a kind count, as the growth file has it now; "" when it has nothing to say.
func (s Style) thresholds(k alerts.Kind) plain {
	if s.Rules == nil {
		return ""
	}
	t := s.Rules.Thresholds
	switch k {
	case alerts.HealthShift:
		text := "yellow below " + number(t.Health.Green) + ", red below " + number(t.Health.Yellow)
		if t.Health.Drop > 0 {
			text += ", or a drop of " + number(t.Health.Drop) + " or more"
		}
		return text
	case alerts.UsageLimit:
		return "thresholds " + enough(t.Limits, 10, ", ", func(_ int, l alerts.LimitThreshold) plain { return number(float64(l.Percent)) }) + " %"
	case alerts.PQL:
		return "qualified from " + number(t.PQL.Qualified) + ", sales-ready from " + number(t.PQL.SalesReady)
	case alerts.RenewalDue:
		return enough(t.Renewal, 10, ", ", func(_ int, r alerts.RenewalThreshold) plain { return number(float64(r.Days)) }) + " days before"
	case alerts.Support:
		return "open for " + span(t.Support.Age) + " or longer, or priority " +
			enough(t.Support.Priorities, 10, ", ", func(_ int, p string) plain { return outside(p, termWidth) })
	case alerts.Feedback:
		survey := func(name plain, t alerts.SurveyThresholds) plain {
			return name + " up to " + number(t.Detractor) + " or from " + number(t.Promoter)
		}
		return survey("NPS", t.NPS) + "; " + survey("CSAT", t.CSAT)
	}
	return ""
}

// eventLines name the events behind something, newest last.
func (s Style) eventLines(events []alerts.KeptEvent) []mrkdwn {
	if len(events) == 0 {
		return []mrkdwn{bold("Events") + " none of them is kept any more"}
	}
	lines := make([]mrkdwn, len(events))
	for i, e := range events {
		lines[i] = s.eventLine(e)
	}
	return fitting(lines, roomForEvents)
}

// eventLine tells an event: when it was true, what it said, what it did and why, and how to find it.
func (s Style) eventLine(e alerts.KeptEvent) mrkdwn {
	line := "• " + s.moment(e.At) + " " + esc(said(e)+": "+s.effect(e))
	if late := e.ReceivedAt.Sub(e.At); late > time.Hour {
		line += esc(", came " + span(late) + " late")
	}
	return line + " · " + inline(join(" ", outside(e.Source, 80), outside(e.ID, 80)))
}

// said is what an event was about, such as "usage limit (60 %)".
func said(e alerts.KeptEvent) plain {
	name := strings.ReplaceAll(strings.TrimPrefix(strings.TrimPrefix(e.Type, "growth."), "signal."), ".", " ")
	return join(" ", orElse(words1(name), "event"), parens(outside(e.Note.Saw, termWidth)))
}

// inline sets text in code within a line.
func inline(p plain) mrkdwn {
	if strings.TrimSpace(string(p)) == "" {
		return ""
	}
	return "`" + esc(p) + "`"
}

// effect says what an event did, and of one that did nothing why.
func (s Style) effect(e alerts.KeptEvent) plain {
	alert := orElse(outside(e.AlertID, 20), "an alert")
	switch e.Result {
	case alerts.ResultOpened:
		return "opened " + alert
	case alerts.ResultUpdated:
		return "updated " + alert + ", which was live already"
	case alerts.ResultResolved:
		return "ended " + alert
	}
	kind := alerts.Kind(strings.TrimPrefix(e.Type, "growth.signal."))
	switch e.Note.Reason {
	case alerts.BecauseClear:
		return join(", ", "no reason to alert", s.thresholds(kind))
	case alerts.BecauseMild:
		return join(", ", "not bad enough to alert", s.thresholds(kind))
	case alerts.BecauseTold:
		if e.Note.Period != "" {
			return "as bad was told before in the same period (" + outside(e.Note.Period, termWidth) + ")"
		}
		return "as bad was told before, and it was not good since"
	case alerts.BecauseBetter:
		return "still not good, but better than before: that is no alert"
	case alerts.BecauseResets:
		return "the counter resets before the limit is reached"
	case alerts.BecausePast:
		return "it was reached long ago, so it moves the stage and congratulates nobody"
	case alerts.BecauseNoSale:
		return "nobody may sell to the account, so it is no sales lead"
	case alerts.BecauseChurned:
		return "the account has churned, so it alerts no more"
	case alerts.BecauseOlder:
		return "older than what was known, as of " + s.clock(e.Note.Since) + ": kept in the history only"
	case alerts.BecauseNothing:
		return "says nothing that an alert could be about"
	case "":
		if e.Result == alerts.ResultStale {
			return "older than what was known: kept in the history only"
		}
		return "updated what is known, alerts nobody by itself"
	}
	return words(string(e.Note.Reason))
}

// revision names a growth file by the beginning of its hash.
func revision(hash string) plain { return outside(hash[:min(len(hash), 12)], 12) }

// routeLines tell what every route said, from what was kept when it was decided.
func (s Style) routeLines(m *sheet, w alerts.Why) {
	a := w.Alert
	head := bold("Growth file") + " revision " + inline(orUnknown(revision(a.Config)))
	switch {
	case s.Rules != nil && s.Rules.Revision != "" && s.Rules.Revision == a.Config:
		head += ", the one in use now"
	case a.Config != "":
		head += ", another one is in use now"
	}
	if !w.LoadedAt.IsZero() {
		head += ", first loaded " + s.moment(w.LoadedAt)
	}
	if a.Decided == nil {
		took := orElse(outside(a.Route, lineWidth), "none")
		m.section("routes:"+a.ID, control{}, head, bold("Routes")+" that took it: "+esc(took)+". What the others said was not kept for this alert.")
		return
	}
	lines := []mrkdwn{head, bold("Routes") + " in their order, decided " + s.moment(a.Decided.At)}
	for _, r := range a.Decided.Routes {
		lines = append(lines, routeLine(r))
	}
	m.paragraphs("routes:"+a.ID, fitting(lines, roomForRoutes)...)
}

func routeLine(r alerts.RouteStep) mrkdwn {
	name := bold(esc(orUnknown(outside(r.Name, termWidth))))
	list := func(texts []string) plain {
		return clip(enough(texts, 4, "; ", func(_ int, text string) plain { return outside(text, lineWidth) }))
	}
	switch {
	case r.Skipped:
		return "– " + name + " not asked: a route before it took the alert"
	case r.Matched:
		why := esc(list(r.Values))
		if r.When == "" {
			why = "matches everything"
		}
		to := plain("")
		if r.Channel != "" {
			to = ", to " + outside(r.Channel, termWidth)
		}
		return "✓ " + name + " matched: " + why + esc(to)
	}
	return "✗ " + name + " did not: " + inline(list(r.Lacks))
}

// decisions tell what came of the routes.
func (s Style) decisions(w alerts.Why) []mrkdwn {
	a, d := w.Alert, alerts.Decided{}
	if w.Alert.Decided != nil {
		d = *w.Alert.Decided
	}
	by := func(route string) plain {
		if route == "" {
			return ""
		}
		return " (route " + outside(route, termWidth) + ")"
	}
	severity := plain(a.Severity.String())
	if d.Severity != alerts.SeverityNone && d.Severity != a.Severity {
		severity += ", raised from " + plain(d.Severity.String())
		if d.Severity > a.Severity {
			severity = plain(a.Severity.String()) + ", lowered from " + plain(d.Severity.String())
		}
	}
	channels := enough(a.Channels, 5, ", ", func(_ int, c string) plain { return outside(c, termWidth) })
	if d.Fallback && channels != "" {
		channels += " (the fallback: no route names a channel)"
	}
	lines := []mrkdwn{
		bold("Severity") + " " + esc(orUnknown(severity)+by(d.SeverityFrom)),
		bold("Channel") + " " + esc(orElse(channels, "none")),
		bold("Owner") + " " + esc(s.ownerFound(w, d)+by(d.OwnerFrom)),
	}
	if a.Playbook != "" {
		from := by(d.PlaybookFrom)
		if d.PlaybookMapped {
			from = " (the journey map names it)"
		}
		lines = append(lines, bold("Playbook")+" "+esc(outside(a.Playbook, termWidth)+from))
	}
	if a.Escalation != "" {
		lines = append(lines, bold("Escalation")+" "+esc(outside(a.Escalation, termWidth)+by(d.EscalationFrom)))
	}
	return lines
}

// ownerFound says whom the routes asked for and who it became.
func (s Style) ownerFound(w alerts.Why, d alerts.Decided) plain {
	text := orElse(owner(w.View), "nobody")
	for _, e := range w.History {
		if note := outside(e.Data.Note, lineWidth); e.What == alerts.DidSetOwner && note != "" {
			text += ", because " + note
		}
	}
	if len(d.Owner) > 0 {
		text += ", asked for " + enough(d.Owner, 5, ", then ", func(_ int, ref string) plain { return words1(strings.TrimPrefix(ref, "group:")) })
	}
	if ref := outside(w.Alert.OwnerRef, nameWidth); ref != "" {
		text += ", which gave " + ref
	}
	return clip(text)
}

// quietLines tell what held the alert.
func (s Style) quietLines(w alerts.Why) []mrkdwn {
	var lines []mrkdwn
	for _, e := range w.History {
		reason := heldBecause(alerts.HoldReason(e.Data.Note))
		switch e.What {
		case alerts.DidHold:
			line := "Held " + s.moment(e.At) + ": " + esc(orUnknown(reason))
			if !e.Data.Until.IsZero() {
				line += ", until " + s.moment(e.Data.Until)
			}
			lines = append(lines, line)
		case alerts.DidRelease:
			lines = append(lines, "Shown "+s.moment(e.At)+" by "+esc(actor(w.View, e.Actor)))
		}
	}
	if len(lines) == 0 && w.Alert.Hold.Reason != alerts.HoldNone {
		lines = append(lines, capitalOf(s.held(w.Alert)))
	}
	if len(lines) == 0 {
		return []mrkdwn{bold("Quiet") + " nothing held it: it was shown at once"}
	}
	return append([]mrkdwn{bold("Quiet")}, fitting(lines, roomForTold)...)
}

func capitalOf(m mrkdwn) mrkdwn { return mrkdwn(capital(plain(m))) }

// toldLines tell who was told when.
func (s Style) toldLines(w alerts.Why) []mrkdwn {
	lines := make([]mrkdwn, 0, len(w.Deliveries)+1)
	for _, d := range w.Deliveries {
		what := map[alerts.MessageKind]plain{alerts.CardMessage: "card", alerts.PingMessage: "message"}[d.Kind]
		line := "• " + esc(orElse(what, words(string(d.Kind)))) + " " + s.toTarget(w.View, d.Target)
		switch {
		case d.Error != "":
			line += esc(", not sent: " + outside(d.Error, nameWidth))
		case !d.At.IsZero():
			line += ", " + s.moment(d.At)
		case d.Hold != "":
			line += ", held back: " + esc(heldBecause(alerts.HoldReason(d.Hold)))
		default:
			line += ", about to be sent"
		}
		if d.Text != "" {
			line += ": " + mrkdwn(shorten(string(spokenOf(tame(d.Text))), lineWidth, oneToken))
		}
		lines = append(lines, line)
	}
	if len(lines) == 0 {
		return []mrkdwn{bold("Told") + " nobody yet"}
	}
	return append([]mrkdwn{bold("Told")}, fitting(lines, roomForTold)...)
}

// toTarget names where a message went, without pinging anybody.
func (s Style) toTarget(v alerts.View, t alerts.Target) mrkdwn {
	if user, ok := strings.CutPrefix(string(t), "@"); ok {
		return esc("to " + person(v, user))
	}
	if channelID.MatchString(string(t)) {
		return mrkdwn("in <#" + string(t) + ">")
	}
	return esc("in " + outside(string(t), termWidth))
}

// WhyAccount draws the explanation of how an account stands: its live alerts with their reasons, the mutes, and the last signals.
func WhyAccount(s Style, w alerts.AccountWhy) Drawing {
	if s.Guarded {
		return unexplained(w.Account.ID)
	}
	m, id := newSheet(), w.Account.ID
	title := "Why " + s.accountTitle(w.AccountView)
	m.header("why:"+id, title)
	spoken := esc(stop(title))
	for _, v := range w.Live[:min(len(w.Live), maxLiveRows)] {
		sk := s.draw(v)
		m.section("live:"+v.Alert.ID, button(ActionWhy, "Why "+shortID(v.Alert), v.Alert.ID),
			bold(esc(join(" ", shortID(v.Alert), sk.subject))), bold("Because")+" "+esc(orUnknown(sk.why)),
			"Route "+esc(orElse(outside(v.Alert.Route, nameWidth), "unknown"))+", "+s.asOf(age(v.Alert)), s.held(v.Alert))
		spoken += " " + esc(stop(sk.spoken))
	}
	if hidden := len(w.Live) - maxLiveRows; hidden > 0 {
		m.context("hidden:"+id, esc("and "+number(float64(hidden))+" more live alerts"))
	}
	if len(w.Live) == 0 {
		m.section("live:"+id, control{}, bold("No live alerts"))
		spoken += " No live alerts."
	}
	if reasons := s.journeyReasons(w); len(reasons) > 0 {
		m.paragraphs("journey:"+id, fitting(reasons, roomForRoutes)...)
		spoken += " " + esc(s.spokenPlace(w.Journey))
	}
	m.paragraphs("mutes:"+id, fitting(s.muteLines(w.People, w.Mutes), roomForTold)...)
	lines := []mrkdwn{bold("Last signals") + ", newest first"}
	for _, e := range w.Events {
		lines = append(lines, s.eventLine(e))
	}
	if len(w.Events) == 0 {
		lines = []mrkdwn{bold("No signal") + " about this account has come in"}
	}
	m.paragraphs("events:"+id, fitting(lines, roomForEvents)...)
	m.row("do:"+id, button(ActionAccount, "Account", id), button(ActionView, "Timeline", "timeline:"+id))
	return m.drawing(spoken)
}

func (s Style) muteLines(people map[string]alerts.Person, mutes []alerts.MuteSpan) []mrkdwn {
	lines := make([]mrkdwn, 0, len(mutes))
	for _, mute := range mutes[:min(len(mutes), maxLiveRows)] {
		lines = append(lines, s.toldMute(alerts.View{People: people}, mute, false))
	}
	return lines
}

// WhyNot draws why there was no alert about an account on a day, or which there was after all.
func WhyNot(s Style, d alerts.DayView) Drawing {
	if s.Guarded {
		return unexplained(d.Account.ID)
	}
	m, id := newSheet(), d.Account.ID
	name := outside(d.Account.Title(), nameWidth)
	title := "Why no alert about " + name + " on " + s.date(d.Day)
	verdict := s.noAlert(d)
	if len(d.Opened) > 0 {
		title = name + " on " + s.date(d.Day) + ": " + count(len(d.Opened), "alert", "alerts") + " opened"
	}
	m.header("whynot:"+id, title)
	m.section("verdict:"+id, control{}, verdict)
	for _, v := range d.Opened[:min(len(d.Opened), maxLiveRows)] {
		lines := []mrkdwn{bold(esc(join(" ", shortID(v.Alert), s.draw(v).subject))), "Opened " + s.moment(v.Alert.OpenedAt) + s.wasHeld(v)}
		m.section("opened:"+v.Alert.ID, button(ActionWhy, "Why "+shortID(v.Alert), v.Alert.ID), lines...)
	}
	if hidden := len(d.Opened) - maxLiveRows; hidden > 0 {
		m.context("hidden:"+id, esc("and "+number(float64(hidden))+" more"))
	}
	m.paragraphs("standing:"+id, fitting(s.standing(d), roomForTold)...)
	var lines []mrkdwn
	for _, e := range d.Events {
		lines = append(lines, s.eventLine(e))
	}
	if len(lines) > 0 {
		lines = append([]mrkdwn{bold("What came in on that day")}, lines...)
	}
	m.paragraphs("events:"+id, fitting(lines, roomForRoutes)...)
	m.context("note:"+id, "An event that comes twice counts once. Days begin at midnight in "+esc(outside(s.zone().String(), termWidth)))
	m.row("do:"+id, button(ActionAccount, "Account", id), button(ActionView, "Timeline", "timeline:"+id))
	return m.drawing(esc(stop(title)) + " " + spokenOf(verdict))
}

// wasHeld says that an alert was opened and not shown at once.
func (s Style) wasHeld(v alerts.View) mrkdwn {
	if v.Alert.Hold.Reason != alerts.HoldNone {
		return ", " + s.held(v.Alert)
	}
	for _, e := range v.History {
		if e.What == alerts.DidHold {
			return esc(join(": ", ", held at first", heldBecause(alerts.HoldReason(e.Data.Note))))
		}
	}
	return ", shown in " + esc(orElse(enough(v.Alert.Channels, 5, ", ", func(_ int, c string) plain { return outside(c, termWidth) }), "no channel"))
}

// noAlert is the answer in a sentence or two: the strongest reason of the day.
func (s Style) noAlert(d alerts.DayView) mrkdwn {
	signals := slices.DeleteFunc(slices.Clone(d.Events), func(e alerts.KeptEvent) bool { return !strings.Contains(e.Type, ".signal.") })
	has := func(result alerts.EventResult) bool {
		return slices.ContainsFunc(signals, func(e alerts.KeptEvent) bool { return e.Result == result })
	}
	day := s.date(d.Day)
	switch {
	case len(d.Opened) > 0:
		return "There was one, after all."
	case d.Day.Until(s.Now.In(s.zone())) > 0:
		return "That day has not come yet."
	case len(d.Events) == 0 && d.First.IsZero():
		return "No event about this account has ever come in. Check that your systems send it under the id " + inline(outside(d.Account.ID, 64)) + "."
	case len(d.Events) == 0:
		return esc("No event about it came in on "+day+". The first one that is kept is of "+s.clock(d.First)+".") + s.soFar(d.Day)
	case len(signals) == 0:
		return esc(capital(count(len(d.Events), "event", "events"))+" came in on "+day+", none of them a signal: they update what is known and alert nobody by themselves.") +
			s.soFar(d.Day)
	case has(alerts.ResultUpdated):
		return "What came in belonged to an alert that was live already. A repeat refreshes its one message and does not post again." + s.soFar(d.Day)
	case has(alerts.ResultResolved):
		return "What came in was good news: it ended an alert." + s.soFar(d.Day)
	}
	last := signals[len(signals)-1]
	return esc(capital(said(last)+": "+s.effect(last))) + "." + s.soFar(d.Day)
}

func (s Style) soFar(d journey.Day) mrkdwn {
	if d.Until(s.Now.In(s.zone())) == 0 {
		return " The day is not over."
	}
	return ""
}

// standing tells what else was so on that day.
func (s Style) standing(d alerts.DayView) []mrkdwn {
	var lines []mrkdwn
	for _, a := range d.Live[:min(len(d.Live), maxLiveRows)] {
		v := alerts.View{Account: d.Account, Alert: a}
		lines = append(lines, esc(join(" ", "Live on that day:", shortID(a), kinds[a.Kind].word)+", since ")+s.moment(a.OpenedAt)+s.heldThen(v))
	}
	if d.Account.Status == journey.StatusChurned {
		lines = append(lines, "The account has churned: it alerts no more.")
	}
	return append(lines, s.muteLines(nil, d.Mutes)...)
}

func (s Style) heldThen(v alerts.View) mrkdwn {
	if held := s.held(v.Alert); held != "" {
		return ", " + held
	}
	return ""
}
