package cards

import "journeybot/alerts"

// maxThreadLines bounds one reply: after a long silence the newest lines matter.
const maxThreadLines = 20

// Thread draws the history entries after seq as one reply in the alert's thread; ok is false when none of them is for the thread.
func Thread(s Style, v alerts.View, after int64) (d Drawing, ok bool) {
	v = s.shown(v)
	var lines, spoken []mrkdwn
	for _, e := range v.History {
		if e.Seq <= after || !e.ThreadWorthy() {
			continue
		}
		if text := s.line(v, e); text != "" {
			lines, spoken = append(lines, s.moment(e.At)+" "+text), append(spoken, text)
		}
	}
	if len(lines) == 0 {
		return Drawing{}, false
	}
	if left := len(lines) - maxThreadLines; left > 0 {
		note := esc(count(left, "earlier change is", "earlier changes are") + " left out here.")
		lines, spoken = append([]mrkdwn{note}, lines[left:]...), append([]mrkdwn{note}, spoken[left:]...)
	}
	m := newSheet()
	for _, text := range packed(lines) {
		m.section("thread:"+v.Alert.ID, control{}, text)
	}
	about := join(" ", outside(v.Account.Title(), nameWidth), parens(shortID(v.Alert)))
	return m.drawing(esc(about) + ": " + spokenOf(join(" ", spoken...))), true
}

// line tells one history entry in a sentence.
func (s Style) line(v alerts.View, e alerts.Entry) mrkdwn {
	d, who := e.Data, esc(actor(v, e.Actor))
	note := remark(d.Note)
	switch e.What {
	case alerts.DidWorsen:
		return esc(join(", ", "Worse: "+moved(d), severityNow(d)) + ".")
	case alerts.DidEase:
		return esc("Better: " + moved(d) + ".")
	case alerts.DidRecover:
		return esc(join(": ", "Recovered by itself", moved(d)) + ". No outcome claimed.")
	case alerts.DidAck:
		return who + " is on it." + note
	case alerts.DidUnack:
		if e.Actor.UserID == "" {
			return "Back to open: nothing was done about it in time."
		}
		if e.From == alerts.Snoozed {
			return who + " woke it early." + note
		}
		return who + " handed it back." + note
	case alerts.DidAssign:
		return s.assigned(v, e) + note
	case alerts.DidSnooze:
		return who + " snoozed it until " + s.moment(d.Until) + "." + note
	case alerts.DidWake:
		return "Back from snooze."
	case alerts.DidDisown:
		return esc(orElse(other(v, d), "The owner") + " has left: somebody else is looked for.")
	case alerts.DidSetOwner:
		return esc(sentence(d.Note))
	case alerts.DidMerge:
		return esc(mergedLine(d))
	case alerts.DidEscalate:
		return esc("Nobody is on it yet" + told(v, d) + ".")
	case alerts.DidRemind:
		if d.Step != "" {
			return esc(join(" ", "Reminded", orElse(other(v, d), owner(v))) + ": " + words(d.Step) + " is overdue.")
		}
		if !d.Until.IsZero() {
			return esc(join(" ", "Told", orElse(other(v, d), owner(v)))+" that it goes back to open ") + s.moment(d.Until) + "."
		}
		return esc(join(" ", "Reminded", orElse(other(v, d), owner(v))) + ": nothing was done since.")
	case alerts.DidResolve:
		return who + " resolved it: " + s.outcome(d) + "." + note
	case alerts.DidAmend:
		return who + " set the outcome: " + s.outcome(d) + "." + note
	case alerts.DidReopen:
		return who + " reopened it." + note
	case alerts.DidExpire:
		return "Expired: nobody acted on it in time."
	case alerts.DidNote:
		if note == "" {
			return ""
		}
		return who + " noted:" + note
	case alerts.DidStillOn:
		return who + " is still on it." + note
	case alerts.DidExtend:
		return who + " moved the expected date to " + esc(s.dateOf(d.Until)) + "." + note
	case alerts.DidForecast:
		return who + esc(foretold(d))
	case alerts.DidReview:
		return esc(s.lookedAgain(d.Look))
	case alerts.DidHold, alerts.DidRelease, alerts.DidClear, alerts.DidKeep, alerts.DidAsk, alerts.DidReserve:
		return s.holdLine(v, e)
	case alerts.DidSwitch:
		return who + esc(" chose another playbook: "+words(d.Before)+" → "+words(d.After)+".")
	case alerts.DidAct:
		return who + " used " + esc(outside(d.Target, maxLabel)) + answers(d.Fields)
	case alerts.DidAnswer:
		if d.Done {
			return esc(outside(d.Target, maxLabel)) + ": done." + note
		}
		return esc(outside(d.Target, maxLabel)) + " failed." + note
	case alerts.DidMute, alerts.DidUnmute:
		return s.muteLine(v, e)
	case alerts.DidTick:
		return who + ticked(d.Done) + esc(words(d.Step)) + "."
	}
	return ""
}

// foretold tells what somebody foresees now; outsiders read only that somebody does.
func foretold(d alerts.EntryData) plain {
	if d.After == "" {
		return " set the forecast."
	}
	return " set the forecast: " + words(d.Before) + " → " + words(d.After) + "."
}

// answers are what was filled into a form.
func answers(fields []alerts.Field) mrkdwn {
	if len(fields) == 0 {
		return "."
	}
	return ": " + esc(enough(fields, 20, ", ", func(_ int, f alerts.Field) plain {
		return outside(f.Label, maxLabel) + " " + outside(f.Value, quoteWidth)
	})) + "."
}

func ticked(done bool) mrkdwn {
	if done {
		return " did: "
	}
	return " took back: "
}

// moved writes the short facts before and after.
func moved(d alerts.EntryData) plain {
	return join(" → ", outside(d.Before, 100), outside(d.After, 100))
}

func severityNow(d alerts.EntryData) plain {
	if d.Severity == alerts.SeverityNone {
		return ""
	}
	return "now " + plain(d.Severity.String())
}

// other is the other person of an entry: the new owner, or whom it was taken from.
func other(v alerts.View, d alerts.EntryData) plain {
	if d.UserName != "" && v.People[d.User].Name == "" {
		return outside(d.UserName, termWidth)
	}
	if d.User == "" {
		return ""
	}
	return person(v, d.User)
}

func orElse(p, otherwise plain) plain {
	if p != "" {
		return p
	}
	return otherwise
}

// assigned tells a hand-over. Data.User is the new owner; when the actor took the alert, it is who had it before, and has
// no name with it.
func (s Style) assigned(v alerts.View, e alerts.Entry) mrkdwn {
	who, named := actor(v, e.Actor), other(v, e.Data)
	took := e.To == alerts.Acknowledged || e.To == alerts.Snoozed && e.Data.UserName == ""
	switch {
	case e.Data.User == e.Actor.UserID, named == "":
		return esc(who + " took it.")
	case took:
		return esc(who + " took it over from " + named + ".")
	}
	return esc(who + " gave it to " + named + ".")
}

// told says whom an escalation told.
func told(v alerts.View, d alerts.EntryData) plain {
	target := other(v, d)
	if target == "" && d.Target == "owner" {
		target = orElse(owner(v), "the owner")
	}
	return join("", "; told ", orElse(target, handle(d.Target)))
}

// outcome writes an outcome and its revenue.
func (s Style) outcome(d alerts.EntryData) mrkdwn {
	word := uncapital(endings[d.Outcome].word)
	if word == "" {
		word = words(string(d.Outcome))
	}
	if d.ARR == nil {
		return esc(word)
	}
	return esc(join(", ", word, s.arr(d.ARR)))
}

// remark adds what somebody wrote to a line.
func remark(note string) mrkdwn {
	text := quoted(outside(note, quoteWidth))
	if text == "" {
		return ""
	}
	return " " + esc(text)
}

func quoted(text plain) plain {
	if text == "" {
		return ""
	}
	return "\"" + text + "\""
}

// packed fills sections with as many whole lines as fit.
func packed(lines []mrkdwn) []mrkdwn {
	var sections []mrkdwn
	for _, line := range lines {
		last := len(sections) - 1
		if last >= 0 && characters(string(sections[last]))+1+characters(string(line)) <= maxSection {
			sections[last] += "\n" + line
			continue
		}
		sections = append(sections, line)
	}
	return sections
}
