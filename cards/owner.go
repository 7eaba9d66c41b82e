package cards

import (
	"strings"

	"journeybot/alerts"
)

// Handover draws what went from one owner to another; views are its alerts, each with the last note in its history.
func Handover(s Style, h alerts.Handover, views []alerts.View) Drawing {
	m := newSheet()
	what, verb := count(h.Changed, "account", "accounts"), plain(" are")
	if h.Changed == 1 && len(h.Accounts) == 1 {
		what, verb = outside(h.Accounts[0].Name, nameWidth), " is"
	}
	title := what + verb + " yours now, from " + called(h.From)
	if !h.ToNew {
		title = what + " went from you to " + called(h.To)
	}
	m.header("handover", title)
	said := s.handed(h)
	m.section("said", control{}, esc(said))
	if h.Changed > 1 {
		names := enough(h.Accounts, alerts.HandoverRows, ", ", func(_ int, a alerts.HandedAccount) plain { return outside(a.Name, nameWidth) })
		if more := h.Changed - len(h.Accounts); more > 0 {
			names += " and " + number(float64(more)) + " more"
		}
		m.section("accounts", control{}, bold("Accounts")+" "+esc(names))
	}
	byID := map[string]alerts.View{}
	for _, v := range views {
		byID[v.Alert.ID] = v
	}
	var listed []alerts.View
	for _, id := range h.AlertIDs {
		v, there := byID[id]
		if !there || len(listed) == maxRows {
			continue
		}
		v = s.shown(v)
		s.listed(m, v, s.listARR(v), lastNote(v))
		listed = append(listed, v)
	}
	if more := h.Alerts - len(listed); more > 0 && len(listed) > 0 {
		m.context("more", esc("And "+count(more, "more alert", "more alerts")))
	}
	return m.drawing(esc(stop(title) + " " + plain(strings.TrimSuffix(string(said), ".")) + spokenRows(s, listed)))
}

// called is the name of somebody as a hand-over has it.
func called(p alerts.Person) plain {
	return orElse(outside(p.Called(), termWidth), "nobody")
}

// handed says who handed over, and how much.
func (s Style) handed(h alerts.Handover) plain {
	much := count(h.Alerts, "live alert", "live alerts")
	if h.Alerts == 0 {
		much = "No live alerts"
	}
	if h.By.UserID == "" {
		return "The account's source names a new owner. " + much + " went along."
	}
	return orElse(outside(h.By.Name, termWidth), outside(h.By.UserID, termWidth)) + " handed over. " + much + " went along."
}

// lastNote is what somebody wrote about the alert last, and who.
func lastNote(v alerts.View) plain {
	for i := len(v.History) - 1; i >= 0; i-- {
		if e := v.History[i]; e.What == alerts.DidNote && e.Data.Note != "" {
			return quoted(outside(e.Data.Note, 150)) + " " + actor(v, e.Actor)
		}
	}
	return ""
}

// Unowned draws the weekly list of what nobody owns; who is the Slack id to mention, or "".
func Unowned(s Style, u alerts.Unowned, who string) Drawing {
	m := newSheet()
	title := s.money(&u.ARR) + " ARR has no owner here: " + count(u.Accounts, "account", "accounts")
	if s.Guarded {
		title = count(u.Accounts, "account has", "accounts have") + " no owner here"
	}
	m.header("unowned", title)
	if mentioned, ok := mention(who); ok {
		m.section("who", control{}, mentioned)
	}
	spoken := []plain{stop(title)}
	for i, a := range u.Rows {
		name := orElse(orElse(outside(a.Name, nameWidth), outside(a.ID, nameWidth)), "an account")
		facts := []plain{s.arr(&a.ARR)}
		if a.RenewalDate.Known() {
			facts = append(facts, "renews "+s.inDays(a.RenewalDate))
		}
		why := plain("Names no owner")
		if owner := outside(a.Owner, termWidth); owner != "" {
			why = owner + " is not in this Slack workspace"
		}
		open := button(ActionAccount, "Open", a.ID)
		open.spoken = "Open " + name
		first := append([]mrkdwn{bold(esc(number(float64(i+1)) + " " + name))}, escAll(facts)...)
		m.section("row:"+a.ID, open, join(" · ", first...), esc(why))
		if i < 5 {
			spoken = append(spoken, stop(join(", ", append([]plain{name}, facts...)...)))
		}
	}
	if more := u.Accounts - len(u.Rows); more > 0 {
		m.context("more", esc("And "+count(more, "more account", "more accounts")))
	}
	m.context("as-of", "Set owners where accounts come from; `"+esc(s.command())+" link` says who an address is here", "as of "+s.moment(u.AsOf))
	return m.drawing(esc(join(" ", spoken...)))
}

// Ask draws a question with one button that runs a command. The lines are plain text; nothing happens until the button is pressed.
func Ask(lines []string, label, command string) Drawing {
	m := newSheet()
	parts := make([]mrkdwn, len(lines))
	for i, line := range lines {
		parts[i] = esc(outside(line, 600))
	}
	m.section("ask", control{}, parts...)
	do := button(ActionRun, outside(label, 40), command)
	do.primary = true
	m.row("do", do)
	return m.drawing(spokenOf(join(" ", parts...)))
}

// Done draws the answer to what was asked for, in plain text, with a button to the account it is about; "" for none.
func Done(lines []string, account string) Drawing {
	m := newSheet()
	parts := make([]mrkdwn, len(lines))
	for i, line := range lines {
		parts[i] = esc(outside(line, 600))
	}
	m.section("done:"+account, control{}, parts...)
	if account != "" {
		m.row("do:"+account, button(ActionAccount, "Account", account))
	}
	return m.drawing(spokenOf(join(" ", parts...)))
}

// inPlaceOf says, while nobody took the alert, why its owner is somebody else than asked for.
func inPlaceOf(a alerts.Alert) plain {
	if a.AckedBy != "" || a.Owner == "" {
		return ""
	}
	return outside(strings.TrimSpace(a.OwnerNote), quoteWidth)
}

// sentence is a note of the bot's own, with a stop; "" for none.
func sentence(note string) plain {
	said := outside(note, quoteWidth)
	if said == "" {
		return ""
	}
	return stop(said)
}

// mergedLine tells that accounts became one, and which alert counts for both.
func mergedLine(d alerts.EntryData) plain {
	said := orElse(sentence(d.Note), "Two accounts became one.")
	other := outside(d.Target, termWidth)
	switch {
	case other == "":
		return said
	case d.Outcome == alerts.MergedInto:
		return said + " " + other + " is about the same and stays."
	}
	return said + " " + other + " was about the same and counts here."
}

// mergedInto says which alert goes on instead of this one.
func mergedInto(v alerts.View) plain {
	for i := len(v.History) - 1; i >= 0; i-- {
		if e := v.History[i]; e.What == alerts.DidMerge {
			return mergedLine(e.Data)
		}
	}
	return "Another alert is about the same and stays."
}
