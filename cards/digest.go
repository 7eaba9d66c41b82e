package cards

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"journeybot/alerts"
	"journeybot/journey"
)

const (
	renewsSoon   = 90 // days before it from which on a renewal is worth a word
	maxHeldKinds = 6  // of what is held, how many kinds are named
)

// Digest draws a digest. An empty one says so.
func Digest(s Style, d alerts.Digest) Drawing {
	m := newSheet()
	d = s.shownDigest(d)
	title := s.digestTitle(d)
	m.header("digest", title)
	spoken := []mrkdwn{esc(stop(title))}
	for i, row := range d.Rows {
		spoken = append(spoken, esc(s.digestRow(m, i+1, row, d.Weekly)))
	}
	if more := d.Accounts - len(d.Rows); more > 0 {
		said := esc("And " + count(more, "more account", "more accounts"))
		m.context("more", said)
		spoken = append(spoken, said+".")
	}
	if almost := s.almost(d); almost != "" {
		m.section("almost", button(ActionRun, "Show", "next mine"), bold("Almost there")+" "+esc(almost))
		spoken = append(spoken, esc("Almost there: "+stop(almost)))
	}
	label, happened := s.happened(d)
	m.section("happened", control{}, bold(label)+" "+esc(happened))
	spoken = append(spoken, spokenOf(label)+": "+esc(stop(happened)))
	if held := heldWords(d.Held); held != "" {
		kept := plain("Held back")
		if d.Weekly {
			kept = "Held for you"
		}
		m.section("held", button(ActionRun, "Show", "alerts "+digestScope(d)+" held"), bold(esc(kept))+" "+esc(held))
		spoken = append(spoken, esc(kept+": "+stop(held)))
	}
	for i, g := range d.Gaps {
		m.context("gap:"+strconv.Itoa(i), "Priority gap: "+esc(gapMove(g)))
		spoken = append(spoken, "Priority gap: "+esc(stop(gapMove(g))))
	}
	late := plain("")
	if by := d.Late(); by > 0 {
		late = "This comes " + span(by) + " late"
		spoken = append(spoken, esc(late)+".")
	}
	m.context("as-of", esc(late), esc(digestPlace(d)), "as of "+s.moment(d.AsOf))
	m.row("act", digestActions(d)...)
	return m.drawing(join(" ", spoken...))
}

// digestTitle sums up what is at risk.
func (s Style) digestTitle(d alerts.Digest) plain {
	of := plain("Today: ")
	if d.Weekly {
		of = "Your week: "
	}
	risk, in := d.AtRisk, count(d.AtRisk.Accounts, "account", "accounts")
	switch {
	case risk.Accounts > 0 && s.Guarded:
		return of + in + " at risk"
	case risk.Accounts > 0 && risk.Unknown == risk.Accounts:
		return of + in + " at risk, ARR unknown"
	case risk.Accounts > 0 && risk.Unknown > 0:
		return of + "at least " + s.money(&risk.ARR) + " at risk in " + in
	case risk.Accounts > 0:
		return of + s.money(&risk.ARR) + " at risk in " + in
	case d.Accounts > 0:
		return of + "nothing at risk, " + count(d.Accounts, "account waits", "accounts wait")
	}
	return of + "nothing waits"
}

// digestRow adds an account and its most urgent alert, and returns the same as a sentence.
func (s Style) digestRow(m *sheet, n int, row alerts.DigestRow, own bool) plain {
	name := outside(row.Name, nameWidth)
	if name == "" {
		name = outside(row.Account, nameWidth)
	}
	facts, state := s.digestFacts(row), digestState(row, own)
	if row.Kind == alerts.RenewalDue && s.renewsSoon(row.Renewal) {
		state[0] = "" // the facts say it already
	}
	open := button(ActionAlert, "Open", row.AlertID)
	open.spoken = "Open " + name
	first := append([]mrkdwn{bold(esc(number(float64(n)) + " " + name))}, escAll(facts)...)
	m.section("row:"+row.AlertID, open, join(" · ", first...), join(" · ", escAll(state)...))
	return number(float64(n)) + " " + stop(join(", ", append(append([]plain{name}, facts...), state...)...))
}

// digestFacts are what ranks the account.
func (s Style) digestFacts(row alerts.DigestRow) []plain {
	facts := []plain{"ARR unknown", "health unknown"}
	switch {
	case s.Guarded:
		facts[0] = ""
	case row.ARR != nil:
		facts[0] = s.money(row.ARR)
	}
	if row.Health != journey.HealthUnknown {
		facts[1] = outside(string(row.Health), termWidth)
		if row.Score != nil {
			facts[1] += " " + score(row.Score)
		}
	}
	if s.renewsSoon(row.Renewal) {
		facts = append(facts, "renews "+s.inDays(row.Renewal))
	}
	if row.New {
		facts = append(facts, "new")
	}
	return facts
}

func (s Style) renewsSoon(d journey.Day) bool {
	days := d.Until(s.Now.In(s.zone()))
	return d.Known() && days >= 0 && days <= renewsSoon
}

// digestState is what the alert is about, who is on it and what comes next. Of one's own alerts nobody needs to hear the owner.
func digestState(row alerts.DigestRow, own bool) []plain {
	owner := outside(row.Owner, termWidth)
	said := map[alerts.Status]plain{
		alerts.Open: owner + ", not acknowledged", alerts.Acknowledged: owner + " is on it", alerts.Snoozed: "snoozed by " + owner,
	}
	if owner == "" {
		said = map[alerts.Status]plain{alerts.Open: "nobody owns it", alerts.Acknowledged: "acknowledged", alerts.Snoozed: "snoozed"}
	}
	if own {
		said = map[alerts.Status]plain{alerts.Open: "not acknowledged", alerts.Snoozed: "snoozed"}
	}
	next := outside(row.Next, 200)
	if next != "" && row.Overdue {
		next += " (overdue)"
	}
	others := plain("")
	if row.Others > 0 {
		others = count(row.Others, "more alert", "more alerts")
	}
	return []plain{outside(row.What, 150), said[row.Status], next, others}
}

// happened is what changed since the digest before.
func (s Style) happened(d alerts.Digest) (label mrkdwn, says plain) {
	label = "Since " + s.moment(d.Since)
	if d.Weekly && d.DueAt.Sub(d.Since) <= 8*24*time.Hour {
		label = "Last week"
	}
	return label, join(", ", numbers(d.Numbers), s.moved(d))
}

// numbers writes "4 new, 2 resolved (1 saved), acknowledged in 22 min".
func numbers(n alerts.Numbers) plain {
	var parts []plain
	if n.New > 0 {
		parts = append(parts, number(float64(n.New))+" new")
	}
	if n.Resolved > 0 {
		resolved := number(float64(n.Resolved)) + " resolved"
		if n.Saved > 0 {
			resolved += " (" + number(float64(n.Saved)) + " saved)"
		}
		parts = append(parts, resolved)
	}
	if n.Acknowledged > 0 {
		parts = append(parts, "acknowledged in "+span(n.AckMedian))
	}
	if len(parts) == 0 {
		return "nothing new"
	}
	return join(", ", parts...)
}

// moved says how the revenue at risk differs from the digest before.
func (s Style) moved(d alerts.Digest) plain {
	if d.Before == nil {
		return ""
	}
	switch by := d.AtRisk.ARR - d.Before.ARR; {
	case by > 0:
		return s.money(&by) + " more at risk"
	case by < 0:
		by = -by
		return s.money(&by) + " less at risk"
	}
	return ""
}

// holdWords say why an alert is held, in lists.
var holdWords = map[alerts.HoldReason]plain{
	alerts.HoldMute: "muted", alerts.HoldStale: "came late", alerts.HoldLateSource: "source is late", alerts.HoldFlapping: "to and fro",
	alerts.HoldHours: "quiet hours", alerts.HoldThrottle: "enough for now", alerts.HoldCollision: "account at risk", alerts.HoldLow: "low severity",
	alerts.HoldSettling: "must last first", alerts.HoldChurned: "customer no more", alerts.HoldNoContact: "not to be contacted",
	alerts.HoldBudget: "enough for one day",
}

// heldWords writes "3 usage limit alerts (low severity), 2 renewal alerts (muted)".
func heldWords(held []alerts.Held) plain {
	return enough(held, maxHeldKinds, ", ", func(_ int, h alerts.Held) plain {
		if h.Reason == alerts.HoldBudget {
			return count(h.Count, "message", "messages") + " (" + heldBecause(h.Reason) + ")"
		}
		what := kinds[h.Kind].word
		if what == "" {
			what = words(string(h.Kind))
		}
		return count(h.Count, what+" alert", what+" alerts") + " (" + heldBecause(h.Reason) + ")"
	})
}

func heldBecause(r alerts.HoldReason) plain {
	if said := holdWords[r]; said != "" {
		return said
	}
	return words(string(r))
}

// digestScope are the words of the command that lists what the digest is about.
func digestScope(d alerts.Digest) string {
	if d.Weekly {
		return "mine"
	}
	return string(d.To)
}

// digestPlace names the channel that a digest is about, for it may be read in another one.
func digestPlace(d alerts.Digest) plain {
	if d.Weekly {
		return ""
	}
	return outside(strings.TrimSpace(string(d.To)), termWidth)
}

func digestActions(d alerts.Digest) []control {
	mine, settings := button(ActionRun, "My alerts", "alerts mine"), button(ActionSettings, "Digest settings", "me")
	if d.Weekly {
		return []control{mine, button(ActionAccounts, "My accounts", "0"), settings}
	}
	return []control{button(ActionRun, "All alerts", "alerts "+digestScope(d)), button(ActionRun, "Unowned", "alerts unowned"), mine}
}

// shownDigest is the digest as it may be drawn: whole, or for an audience with outsiders without revenue and without the words
// that may name or quote the customer's people.
func (s Style) shownDigest(d alerts.Digest) alerts.Digest {
	if !s.Guarded {
		return d
	}
	d.Before, d.Rows = nil, slices.Clone(d.Rows)
	for i := range d.Rows {
		row := &d.Rows[i]
		row.ARR, row.Next, row.Overdue = nil, "", false
		if row.Kind == alerts.ContactChanged || row.Kind == alerts.Support {
			row.What = string(words(string(row.Kind)))
		}
	}
	return d
}
