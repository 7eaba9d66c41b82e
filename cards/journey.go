package cards

import (
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"journeybot/alerts"
	"journeybot/journey"
)

const (
	maxKPIs     = 10 // lines of the KPI block
	maxLiveRows = 5
)

// Journey draws the private answer of `/journey acme`: health and why, stage, KPIs, open alerts, the people and the dates.
func Journey(s Style, v alerts.AccountView) Drawing {
	v = s.shownAccount(v)
	a := v.Account
	m := newSheet()
	title := s.accountTitle(v)
	m.header("head:"+a.ID, title)
	s.mutes(m, v)
	reason := s.healthReason(m, v)
	m.section("stage:"+a.ID, control{}, s.stage(v)...)
	if v.Journey != nil {
		m.section("measures:"+a.ID, control{}, s.measures(v.Journey))
	}
	if lines := s.kpiLines(v.KPIs); len(lines) > 0 {
		m.section("kpis:"+a.ID, control{}, bold("KPIs")+" of the last 90 days", code(lines))
	} else {
		m.section("kpis:"+a.ID, control{}, bold("KPIs")+" none reported in the last 90 days")
	}
	s.liveRows(m, v)
	m.context("past:"+a.ID, s.past(v.Past)...)
	if v.Journey != nil {
		m.context("job:"+a.ID, jobLine(v.Journey))
	}
	facts := escAll(s.peopleAndTerms(v))
	if at := newest(v); !at.IsZero() {
		facts = append(facts, s.asOf(at))
	}
	m.context("account:"+a.ID, facts...)
	m.row("do:"+a.ID, button(ActionView, "KPIs", "kpis:"+a.ID), button(ActionView, "Timeline", "timeline:"+a.ID), button(ActionView, "Why", "why:"+a.ID),
		muteButton(v), button(ActionShare, "Share in channel", a.ID), visit("Open in CRM", a.ID, a.CRMURL))
	place := plain("")
	if v.Journey != nil {
		place = s.spokenPlace(v.Journey)
	}
	return m.drawing(esc(join(" ", stop(title), reason, place, s.spokenLive(v))))
}

// accountTitle writes "Acme Corp: health 44 (red), down 28".
func (s Style) accountTitle(v alerts.AccountView) plain {
	a := v.Account
	health := join(" ", knownScore(a.Score), parens(outside(string(a.Health), termWidth)))
	title := outside(a.Title(), nameWidth) + ": health " + orUnknown(health)
	if alert, ok := healthAlert(v); ok {
		f := alert.Alert.Facts.Health
		if f.PreviousScore != nil && f.Score != nil && a.Score != nil && *f.Score == *a.Score {
			title += moveOf(math.Round(*f.Score) - math.Round(*f.PreviousScore))
		}
	}
	return title
}

func knownScore(f *float64) plain {
	if f == nil {
		return ""
	}
	return score(f)
}

func moveOf(by float64) plain {
	switch {
	case by < 0:
		return ", down " + number(-by)
	case by > 0:
		return ", up " + number(by)
	}
	return ""
}

func healthAlert(v alerts.AccountView) (alerts.View, bool) {
	for _, live := range v.Live {
		if live.Alert.Kind == alerts.HealthShift && live.Alert.Facts.Health != nil {
			return live, true
		}
	}
	return alerts.View{}, false
}

// healthReason adds why the health is what it is and what comes next; it returns the reason for the fallback.
func (s Style) healthReason(m *sheet, v alerts.AccountView) plain {
	alert, ok := healthAlert(v)
	if !ok {
		return ""
	}
	sk, todo := s.draw(alert), s.next(alert)
	lines := []mrkdwn{bold("Why") + " " + esc(s.orLeftOut(sk.why))}
	if todo.title != "" {
		lines = append(lines, bold("Next")+" "+esc(todo.title+todo.within))
	}
	m.section("why:"+v.Account.ID, button(ActionAlert, "Open "+shortID(alert.Alert), alert.Alert.ID), lines...)
	if sk.why == "" {
		return ""
	}
	return stop(sk.why)
}

// stage tells where the account is and, when a milestone is late, what is missing for it.
func (s Style) stage(v alerts.AccountView) []mrkdwn {
	a := v.Account
	if v.Journey != nil {
		return s.place(v.Journey)
	}
	if a.Stage == "" {
		return append([]mrkdwn{bold("Stage") + " unknown"}, s.missing(v)...)
	}
	at := s.milestone(a.Stage)
	if !a.StageAt.IsZero() {
		at += " · " + days(s.daysAgo(a.StageAt))
	}
	return append([]mrkdwn{bold("Stage") + " " + esc(at)}, s.missing(v)...)
}

// missing tells, for each late milestone, what is still needed.
func (s Style) missing(v alerts.AccountView) []mrkdwn {
	var lines []mrkdwn
	for _, live := range v.Live {
		f := live.Alert.Facts.Dropoff
		if f == nil || len(lines) == 3 {
			continue
		}
		done := 0
		for _, p := range f.Progress {
			if p.Need > 0 && p.Have >= p.Need {
				done++
			}
		}
		terms := enough(f.Progress, 6, ", ", func(_ int, p alerts.Progress) plain { return have(p) })
		if terms == "" {
			continue
		}
		lines = append(lines, bold("For")+" "+esc(s.milestone(f.Milestone)+" "+bar(done, len(f.Progress), 10, "■", "□")+": "+terms))
	}
	return lines
}

// kpiLines write one KPI each: name, value, sparkline, change, in columns.
func (s Style) kpiLines(all []journey.Series) []plain {
	var rows [][3]plain
	for _, series := range all {
		if len(series.Points) == 0 {
			continue
		}
		last := series.Points[len(series.Points)-1]
		trail := []plain{plain(journey.Sparkline(series.Points)), kpiChange(series.Points)}
		if s.Now.Sub(last.At) > 48*time.Hour {
			trail = append(trail, "on "+s.dateOf(last.At))
		}
		name := plain(shorten(string(capital(words(series.Name))), 24, oneRune))
		rows = append(rows, [3]plain{name, number(last.Value), join(" ", trail...)})
	}
	hidden := len(rows) - maxKPIs
	if hidden > 0 {
		rows = rows[:maxKPIs]
	}
	lines := columns(rows)
	if hidden > 0 {
		lines = append(lines, "and "+number(float64(hidden))+" more")
	}
	return lines
}

func columns(rows [][3]plain) []plain {
	var widths [2]int
	for _, row := range rows {
		widths[0], widths[1] = max(widths[0], runes(row[0])), max(widths[1], runes(row[1]))
	}
	lines := make([]plain, len(rows))
	for i, row := range rows {
		name := row[0] + blanks(widths[0]-runes(row[0]))
		value := blanks(widths[1]-runes(row[1])) + row[1]
		lines[i] = plain(strings.TrimRight(string(name+"  "+value+"  "+row[2]), " "))
	}
	return lines
}

func runes(p plain) int { return utf8.RuneCountInString(string(p)) }

func blanks(n int) plain { return plain(strings.Repeat(" ", n)) }

// kpiChange compares the last value with the first: in percent when the first is large enough for that to mean something.
func kpiChange(points []journey.Point) plain {
	first, last := points[0].Value, points[len(points)-1].Value
	percent := math.Round((last - first) / first * 100)
	switch {
	case len(points) < 2:
		return ""
	case number(first) == number(last):
		return "steady"
	case first < 10 || math.IsNaN(percent) || math.IsInf(percent, 0):
		return "(was " + number(first) + ")"
	case percent > 0:
		return "+" + number(percent) + " %"
	case percent == 0:
		return "steady"
	}
	return number(percent) + " %"
}

func (s Style) liveRows(m *sheet, v alerts.AccountView) {
	if len(v.Live) == 0 {
		m.section("live:"+v.Account.ID, control{}, bold("No live alerts"))
		return
	}
	m.section("live:"+v.Account.ID, control{}, bold(esc(count(len(v.Live), "live alert", "live alerts"))))
	for _, live := range v.Live[:min(len(v.Live), maxLiveRows)] {
		s.listed(m, live)
	}
	if hidden := len(v.Live) - maxLiveRows; hidden > 0 {
		m.context("hidden:"+v.Account.ID, esc("and "+number(float64(hidden))+" more"))
	}
}

// past tells how the last alerts ended.
func (s Style) past(closed []alerts.Alert) []mrkdwn {
	if len(closed) == 0 {
		return nil
	}
	parts := []mrkdwn{"Closed in the last 90 days: " + esc(s.closedOne(closed[0]))}
	for _, a := range closed[1:min(len(closed), maxLiveRows)] {
		parts = append(parts, esc(s.closedOne(a)))
	}
	return parts
}

func (s Style) closedOne(a alerts.Alert) plain {
	_, word := state(alerts.View{Alert: a})
	text := join(" ", shortID(a), kinds[a.Kind].word, uncapital(word))
	if a.ClosedAt.IsZero() {
		return text
	}
	return text + " " + s.dateOf(a.ClosedAt)
}

// peopleAndTerms are who looks after the account and what is agreed with it.
func (s Style) peopleAndTerms(v alerts.AccountView) []plain {
	a := v.Account
	var open unknowns
	var people plain
	open.note(a.Owner == "", "CSM")
	if a.Owner != "" {
		people = byEmail(v.People, a.Owner) + " (CSM)"
	}
	if a.SalesOwner != "" {
		people = join(", ", people, byEmail(v.People, a.SalesOwner)+" (sales)")
	}
	parts := []plain{people}
	if champion, ok := a.Champion(); ok {
		parts = append(parts, "champion "+contact(journey.Contact{Name: champion.Name, Email: champion.Email}))
	}
	if a.Segment != "" {
		parts = append(parts, words(a.Segment))
	}
	if a.DoNotContact {
		parts = append(parts, "do not contact for sales")
	}
	return append(append(parts, plan(a.Plan)), s.terms(a, "", open)...)
}

// newest is the age of the newest number on the card.
func newest(v alerts.AccountView) time.Time {
	at := v.Account.HealthAt
	for _, series := range v.KPIs {
		for _, p := range series.Points {
			if p.At.After(at) {
				at = p.At
			}
		}
	}
	return at
}

func (s Style) spokenLive(v alerts.AccountView) plain {
	if len(v.Live) == 0 {
		return "No live alerts."
	}
	return capital(count(len(v.Live), "live alert", "live alerts")) + spokenRows(s, v.Live)
}
