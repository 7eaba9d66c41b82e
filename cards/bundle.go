package cards

import (
	"strconv"
	"strings"
	"time"

	"journeybot/alerts"
)

// BundleRows is how many alerts a bundle's message lists, and a page of its modal.
const BundleRows = 20

// Bundle draws the message that stands for the alerts of a storm: v is its first page, list the number of the list that it shows.
// Whoever is in mentions (Slack ids) is pinged: in the first post only.
func Bundle(s Style, v alerts.BundleView, list int, mentions ...string) Drawing {
	m := newSheet()
	title := s.stormTitle(v)
	m.header("head:"+v.ID, title)
	why := bold("Why") + " " + esc(s.stormWhy())
	claim := control{}
	if v.Statuses[alerts.Open] > 0 {
		why += "\n" + bold("Next") + " Take yours, so that nobody looks twice"
		claim = button(ActionBundleMine, "Claim mine", v.ID)
		claim.primary = true
	}
	m.section("why:"+v.ID, claim, why, mentionLine(mentions))
	shown := v.Rows[:min(len(v.Rows), BundleRows)]
	for _, row := range shown {
		m.section("row:"+row.Alert.ID, bundleControl(v, row), s.bundled(row)...)
	}
	m.row("act:"+v.ID+":"+strconv.Itoa(list), acknowledgeAll(v, shown, list), showAll(v))
	m.context("facts:"+v.ID, append([]mrkdwn{esc(s.tally(v)), s.stormEnd(v)}, s.asOf(v.Bundle.Last))...)
	return m.drawing(esc(title + s.spokenBundle(v)))
}

// spokenBundle names the first few of a bundle and counts the others.
func (s Style) spokenBundle(v alerts.BundleView) plain {
	const most = 5
	few := v.Rows[:min(len(v.Rows), most)]
	if len(few) == 0 {
		return "."
	}
	list := enough(few, most, "; ", func(_ int, row alerts.View) plain { return s.draw(s.shown(row)).spoken })
	if left := v.Total - len(few); left > 0 {
		list += " and " + number(float64(left)) + " more"
	}
	return ": " + list + "."
}

// stormTitle counts what came, or says what is left of it when it is over.
func (s Style) stormTitle(v alerts.BundleView) plain {
	word := kinds[v.Bundle.Kind].word
	if word == "" {
		word = words(string(v.Bundle.Kind))
	}
	open := plain("none open")
	if n := v.Statuses[alerts.Open]; n > 0 {
		open = number(float64(n)) + " still open"
	}
	if !v.Bundle.Over.IsZero() {
		return "🌤️ Storm over: " + count(v.Total, word+" alert", word+" alerts") + ", " + open
	}
	if s.storm().Threshold > 1 {
		word = "more " + word
	}
	return "🌪️ " + count(v.Total, word+" alert", word+" alerts") + " in " + span(max(v.Bundle.Last.Sub(v.Bundle.Since), time.Minute))
}

func (s Style) storm() alerts.Storm {
	if s.Rules == nil {
		return alerts.Storm{}
	}
	return s.Rules.Quiet.Storm
}

func (s Style) stormWhy() plain {
	storm := s.storm()
	if storm.Threshold <= 1 {
		return "Alerts of one kind share this message; each is still its own alert"
	}
	return "From the " + ordinal(storm.Threshold) + " within " + span(storm.Window) + " on they share this message; each is still its own alert"
}

func ordinal(n int) plain {
	ending := plain("th")
	if tens := n % 100; tens < 11 || tens > 13 {
		switch n % 10 {
		case 1:
			ending = "st"
		case 2:
			ending = "nd"
		case 3:
			ending = "rd"
		}
	}
	return number(float64(n)) + ending
}

// stormEnd says how long the message goes on to grow.
func (s Style) stormEnd(v alerts.BundleView) mrkdwn {
	storm := s.storm()
	switch {
	case !v.Bundle.Over.IsZero():
		return esc("None has come for " + span(storm.Reset) + ": new ones get a message each again")
	case storm.Every > 0:
		return esc("New ones are added every " + span(storm.Every))
	}
	return ""
}

// mentionLine pings everybody in one line.
func mentionLine(ids []string) mrkdwn {
	const most = 30
	var line mrkdwn
	for _, id := range ids[:min(len(ids), most)] {
		if m, ok := mention(id); ok {
			line = join(" ", line, m)
		}
	}
	if line == "" {
		return ""
	}
	return bold("Owners") + " " + line
}

// bundled tells an alert of a bundle in two short lines.
func (s Style) bundled(v alerts.View) []mrkdwn {
	v = s.shown(v)
	a, sk := v.Alert, s.draw(v)
	mark, how := sk.mark, whose(v)
	if !a.Status.Live() {
		mark, how = state(v)
	}
	severity := plain("")
	if !sk.calm && a.Severity != alerts.SeverityNone {
		severity = plain(a.Severity.String())
	}
	return []mrkdwn{
		join(" ", esc(mark), bold(esc(sk.subject))),
		join(" · ", escAll([]plain{shortID(a), severity, s.listARR(v), how})...),
	}
}

// bundleControl is a row's one button: to take the alert, or once it is taken to work on it in a message of its own.
func bundleControl(v alerts.BundleView, row alerts.View) control {
	sk := outside(row.Account.Title(), nameWidth)
	switch {
	case untaken(row.Alert):
		c := acknowledge(row.Alert, false)
		c.spoken = c.label + " " + sk
		return c
	case row.Alert.Status.Live():
		return openBundled(v, row)
	}
	c := button(ActionAlert, "Show", row.Alert.ID)
	c.spoken = "Show " + sk
	return c
}

func openBundled(v alerts.BundleView, row alerts.View) control {
	c := button(ActionBundleOpen, "Open", row.Alert.ID+":"+v.ID)
	c.spoken = "Open " + outside(row.Account.Title(), nameWidth) + " in a message of its own"
	return c
}

// acknowledgeAll covers what this list shows and nothing that came later.
func acknowledgeAll(v alerts.BundleView, shown []alerts.View, list int) control {
	left := 0
	for _, row := range shown {
		if untaken(row.Alert) {
			left++
		}
	}
	if left == 0 {
		return control{}
	}
	label := plain("Acknowledge all")
	if v.Total > len(shown) {
		label = "Acknowledge these " + number(float64(len(shown)))
	}
	return button(ActionBundleAckAll, label, v.ID+":"+strconv.Itoa(list))
}

func showAll(v alerts.BundleView) control {
	if v.Total < 2 {
		return control{}
	}
	return button(ActionBundleAll, "Show all "+number(float64(v.Total)), v.ID)
}

// tally says how many alerts are in which status, and how much revenue they are about.
func (s Style) tally(v alerts.BundleView) plain {
	var parts plain
	for _, st := range []alerts.Status{alerts.Open, alerts.Acknowledged, alerts.Snoozed, alerts.Resolved, alerts.Expired} {
		if n := v.Statuses[st]; n > 0 {
			parts = join(", ", parts, number(float64(n))+" "+plain(st))
		}
	}
	accounts := count(v.Accounts, "account", "accounts")
	if v.ARR > 0 && !s.Guarded {
		accounts += " with " + s.shortMoney(&v.ARR) + " ARR"
	}
	return join(" · ", parts, accounts)
}

// BundleList draws a page of everything that a bundle stands for, for a modal.
func BundleList(s Style, v alerts.BundleView) Drawing {
	m := newSheet()
	title := count(v.Total, "alert", "alerts") + " of a storm"
	m.header("list:"+v.ID, title)
	last := v.Offset + len(v.Rows)
	if len(v.Rows) == 0 {
		m.section("none", control{}, "There is nothing on this page.")
	}
	for _, row := range v.Rows[:min(len(v.Rows), BundleRows)] {
		m.section("row:"+row.Alert.ID, control{}, s.bundled(row)...)
		take, open := control{}, bundleControl(v, row)
		if untaken(row.Alert) {
			take, open = button(ActionBundleTake, open.label, row.Alert.ID+":"+v.ID), openBundled(v, row)
			take.spoken = take.label + " " + outside(row.Account.Title(), nameWidth)
		}
		m.row("do:"+row.Alert.ID, take, open)
	}
	m.context("where", esc(number(float64(v.Offset+1))+"–"+number(float64(last))+" of "+number(float64(v.Total))), esc(s.tally(v)), "the worst first")
	var pages []control
	if v.Offset > 0 {
		pages = append(pages, button(ActionBundlePage, "Previous", v.ID+":"+strconv.Itoa(max(0, v.Offset-BundleRows))))
	}
	if last < v.Total {
		pages = append(pages, button(ActionBundlePage, "Next", v.ID+":"+strconv.Itoa(last)))
	}
	m.row("pages", pages...)
	return m.drawing(esc(title + s.spokenBundle(v)))
}

// Taking is what came of one press that acknowledges several alerts.
type Taking struct {
	Mine   []alerts.View // the presser's now, or before already
	Others []alerts.View // somebody else was faster
	Ended  []alerts.View
}

// Took draws the private answer to that press.
func Took(t Taking) Drawing {
	m := newSheet()
	all := len(t.Mine) + len(t.Others) + len(t.Ended)
	var said []mrkdwn
	switch {
	case all == 0:
		said = append(said, "None of these is yours to take. Press Acknowledge beside the ones that you want.")
	case len(t.Mine) == all:
		said = append(said, esc("You are on "+theAll(all)+" now."))
	default:
		said = append(said, esc("You are on "+number(float64(len(t.Mine)))+" of "+theThese(all)+" now."))
	}
	for _, who := range claimants(t.Others) {
		said = append(said, esc(who.name+" was faster with "+named(who.views)+"."))
	}
	if len(t.Ended) > 0 {
		said = append(said, esc("Over meanwhile: "+named(t.Ended)+"."))
	}
	m.section("took", control{}, said...)
	return m.drawing(spokenOf(join(" ", said...)))
}

func theAll(n int) plain {
	if n == 1 {
		return "it"
	}
	return "all " + number(float64(n))
}

func theThese(n int) plain {
	if n == 1 {
		return "this one"
	}
	return "these " + number(float64(n))
}

// claimant is somebody with the alerts that are theirs.
type claimant struct {
	name  plain
	views []alerts.View
}

func claimants(views []alerts.View) []claimant {
	var list []claimant
	at := map[string]int{}
	for _, v := range views {
		id := v.Alert.Owner
		i, known := at[id]
		if !known {
			i = len(list)
			at[id] = i
			list = append(list, claimant{name: person(v, id)})
		}
		list[i].views = append(list[i].views, v)
	}
	return list
}

func named(views []alerts.View) plain {
	return enough(views, 10, ", ", func(_ int, v alerts.View) plain {
		return join(" ", outside(v.Account.Title(), nameWidth), parens(shortID(v.Alert)))
	})
}

// TookFrom is what somebody reads whose alerts another person took in one press: mrkdwn for a notice.
func TookFrom(by alerts.Actor, views []alerts.View) string {
	who := outside(by.Name, termWidth)
	if who == "" {
		who = outside(by.UserID, termWidth)
	}
	if len(views) == 1 {
		return string(esc(who + " took " + named(views) + "."))
	}
	return string(esc(who + " took " + count(len(views), "alert", "alerts") + " of yours: " + named(views) + "."))
}

// AddedTo is the line in a bundle's thread for owners of what came after its first post: mrkdwn for a notice.
func AddedTo(ids []string) string {
	line, ok := strings.CutPrefix(string(mentionLine(ids)), string(bold("Owners"))+" ")
	if !ok {
		return ""
	}
	return "More came in. Yours too: " + line
}
