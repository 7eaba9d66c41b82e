package cards

import (
	"journeybot/alerts"
	"journeybot/journey"
)

// Choose draws the answer to a name that is not certain: several matches to pick from, or "did you mean" buttons, or
// that nothing was found and what was searched.
func Choose(s Style, l journey.Lookup) Drawing { return ChooseFor(s, l, "") }

// ChooseFor is Choose when something else than the account's card was asked for: view names it, such as "kpis 90d".
func ChooseFor(s Style, l journey.Lookup, view string) Drawing {
	m := newSheet()
	query := outside(l.Query, nameWidth)
	var asked mrkdwn
	switch {
	case len(l.Matches) == 0 || l.Matches[0].How == journey.MatchSpelling:
		asked = "No account matches " + bold(esc(query)) + ". I searched names, domains, aliases and ids."
		if query == "" {
			asked = "Which account? Type `" + esc(s.command()) + " acme`."
		}
		if len(l.Matches) > 0 {
			asked += " Did you mean"
		}
	case l.Matches[0].How == journey.MatchPrefix:
		asked = esc(found(l, "account starts", "accounts start")) + " with " + bold(esc(query)) + ". Which one?"
	default:
		asked = esc(found(l, "account matches", "accounts match")) + " " + bold(esc(query)) + ". Which one?"
	}
	m.section("choose", control{}, asked)
	picks := make([]control, 0, len(l.Matches))
	var names plain
	for i, match := range l.Matches {
		name := matchName(l.Matches, i)
		picks = append(picks, pick(name, match.AccountID, view))
		names = join(", ", names, name)
	}
	m.row("picks", picks...)
	text := spokenOf(asked)
	if names != "" {
		text += " " + esc(names)
	}
	if len(l.Matches) > 0 && l.Matches[0].How == journey.MatchSpelling {
		text += "?"
	}
	return m.drawing(text)
}

// pick is the button that shows an account, or a view of it.
func pick(name plain, id, view string) control {
	if view == "" {
		return button(ActionAccount, name, id)
	}
	return button(ActionView, name, string(outside(view, 20))+":"+id)
}

// found counts the matches; a full Lookup may have left some out.
func found(l journey.Lookup, one, many plain) plain {
	if n := len(l.Matches); n >= 10 {
		return "At least " + count(n, one, many)
	}
	return count(len(l.Matches), one, many)
}

// matchName is the account's name, with its id where another match has the same one.
func matchName(matches []journey.Match, i int) plain {
	name, id := outside(matches[i].Name, 50), outside(matches[i].AccountID, 20)
	if name == "" {
		return id
	}
	for j, other := range matches {
		if j != i && journey.Fold(other.Name) == journey.Fold(matches[i].Name) {
			return name + " (" + id + ")"
		}
	}
	return name
}

// Command is a line of the help: what to type without the slash command's own name, what that does, and an example.
type Command struct{ Usage, Does, Example string }

// maxHelpLine keeps a line of the help readable.
const maxHelpLine = 200

// Help draws `/journey help`: the commands; unknown is the word that was not understood and nearest what was probably meant ("" for
// plain help).
func Help(s Style, unknown, nearest string, commands []Command) Drawing {
	m := newSheet()
	var misunderstood mrkdwn
	if word := outside(unknown, nameWidth); word != "" {
		misunderstood = "I don't know " + bold(esc(word)) + "."
		meant := control{}
		if nearest != "" {
			misunderstood += " Did you mean"
			meant = button(ActionRun, s.command()+" "+outside(nearest, nameWidth), nearest)
		}
		m.section("unknown", control{}, misunderstood)
		m.row("meant", meant)
		misunderstood = spokenOf(misunderstood)
		if nearest != "" {
			misunderstood += " " + esc(s.command()+" "+outside(nearest, nameWidth)) + "?"
		}
	}
	name := esc(s.command())
	lines, spoken := make([]mrkdwn, 0, len(commands)), make([]mrkdwn, 0, len(commands))
	for _, c := range commands {
		usage, example := join(" ", name, esc(outside(c.Usage, maxHelpLine))), join(" ", name, esc(outside(c.Example, maxHelpLine)))
		does := esc(outside(c.Does, maxHelpLine))
		line := "`" + usage + "` " + does
		if example != usage {
			line += ", as in `" + example + "`"
		}
		lines = append(lines, line)
		spoken = append(spoken, usage+": "+does+".")
	}
	for _, text := range packed(append([]mrkdwn{bold("What you can type")}, lines...)) {
		m.section("help", control{}, text)
	}
	m.context("hint", "An account's name, id, domain, alias or a part of the name will do. Quotes make it an account: `"+name+" \"Help\"`")
	return m.drawing(join(" ", misunderstood, join(" ", spoken...)))
}

// Taken draws the private answer to somebody who pressed Acknowledge second.
func Taken(s Style, v alerts.View, e *alerts.TakenError) Drawing {
	m := newSheet()
	who := actor(v, e.By)
	when := mrkdwn("")
	switch {
	case e.At.IsZero():
	case s.daysAgo(e.At) == 0:
		when = "at " + s.timeOfDay(e.At)
	default:
		when = s.moment(e.At)
	}
	said := join(" ", esc(who+" took this"), when) + "."
	m.section("taken:"+v.Alert.ID, control{}, said+" "+esc(s.draw(v).subject)+".")
	m.row("act:"+v.Alert.ID, button(ActionTakeOver, "Take over", v.Alert.ID))
	return m.drawing(spokenOf(said))
}

// Closed draws the private answer to a click on an alert that has ended.
func Closed(s Style, v alerts.View, e *alerts.ClosedError) Drawing {
	m := newSheet()
	verb := plain(" was resolved")
	if e.Status == alerts.Expired {
		verb = " expired"
	}
	said := esc(shortID(v.Alert) + verb)
	if !e.At.IsZero() {
		said += " " + s.moment(e.At)
	}
	if word := endings[e.Outcome].word; word != "" {
		said += " " + esc(parens(uncapital(word)))
	}
	m.section("closed:"+v.Alert.ID, control{}, said+". "+esc(s.draw(v).subject)+".")
	m.row("act:"+v.Alert.ID, button(ActionReopen, "Reopen", v.Alert.ID), amend(v.Alert))
	return m.drawing(spokenOf(said) + ".")
}

// Say draws one plain sentence, for answers such as "still looking". text is mrkdwn of our own, in
// which nothing from outside stands; an empty one draws nothing.
func Say(text string) Drawing {
	m := newSheet()
	said := tame(text)
	m.section("say", control{}, said)
	return m.drawing(spokenOf(said))
}
