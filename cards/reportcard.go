package cards

import "journeybot/alerts"

// RuleReport draws `/journey playbooks rules`: what came of the alerts of each rule, and which rules ask for a second look.
func RuleReport(s Style, r alerts.RuleReport) Drawing {
	m := newSheet()
	title := "Rules in the last " + days(r.Days)
	m.header("rules", title)
	proposed := r.Proposed()
	if len(r.Rules) == 0 {
		m.section("none", control{}, "No alert opened in this time.")
	}
	for _, t := range proposed[:min(len(proposed), maxTold)] {
		m.section("propose:"+t.Route+":"+string(t.Kind), control{}, bold(esc(ruleName(t)))+" "+esc(propose(t)))
	}
	if len(proposed) == 0 && len(r.Rules) > 0 {
		m.section("none", control{}, "No rule stands out: none has more than 20 % false alarms, and none is acted on in fewer than 20 % of its alerts, "+
			"where there are at least 20 to judge by.")
	}
	listed := r.Rules[:min(len(r.Rules), 2*maxTold)]
	rows := append(make([][]plain, 0, 1+len(listed)), []plain{"Rule", "alerts", "acted on", "false alarms", "acked", "resolved", "well"})
	for _, t := range listed {
		rows = append(rows, []plain{
			plain(shorten(string(ruleName(t)), 26, oneRune)), number(float64(t.Alerts)), ofCases(t.ActedShare()), ofCases(t.FalseShare()),
			took(t.Ack), took(t.Resolve), number(float64(t.Good)),
		})
	}
	if len(rows) > 1 {
		for _, part := range codes(table(rows)) {
			m.section("table", control{}, part)
		}
	}
	lines := make([]mrkdwn, 0, maxTold)
	for _, t := range r.Rules[:min(len(r.Rules), maxTold)] {
		lines = append(lines, bold(esc(ruleName(t)))+" "+esc(s.cameOf(t.Ends)))
	}
	for _, text := range packed(lines) {
		m.section("ends", control{}, text)
	}
	m.context("note", "Acted on: acknowledged, a step done, or an outcome set. False alarms are counted of what people closed. Well: saved, converted, "+
		"expanded or recovered, and still a customer at the last look. An alert counts for every route that took it.")
	m.row("do", append(windowsBut("playbooks rules", r.Days), button(ActionRun, "Playbooks", "playbooks"))...)
	text := stop(title)
	if len(proposed) > 0 {
		text += " " + enough(proposed, 3, " ", func(_ int, t alerts.RuleTally) plain { return ruleName(t) + ": " + propose(t) })
	}
	return m.drawing(esc(text))
}

func ruleName(t alerts.RuleTally) plain {
	return join(" · ", outside(t.Route, termWidth), orElse(kinds[t.Kind].word, words(string(t.Kind))))
}

// ofCases writes "9/30 (30 %)".
func ofCases(s alerts.Share) plain {
	if s.Cases == 0 {
		return "–"
	}
	return number(float64(s.Good)) + "/" + number(float64(s.Cases)) + " (" + percent(s.Of()) + ")"
}

// propose says what the numbers speak for, with the numbers.
func propose(t alerts.RuleTally) plain {
	reasons := plain("")
	if f := t.FalseShare(); f.Cases >= alerts.EnoughCases && f.Of() > alerts.MostFalseAlarms {
		reasons = number(float64(f.Good)) + " of " + number(float64(f.Cases)) + " closed by people were false alarms (" + percent(f.Of()) + ")"
	}
	if a := t.ActedShare(); a.Cases >= alerts.EnoughCases && a.Of() < alerts.LeastActedOn {
		reasons = join(", ", reasons, number(float64(a.Good))+" of "+number(float64(a.Cases))+" were acted on ("+percent(a.Of())+")")
	}
	if t.Proposal() == alerts.ProposeRetire {
		return "Retire it, or send it to the digest? " + stop(capital(reasons)) + " None ended well."
	}
	return "Tighten it? " + stop(capital(reasons)) + " " + number(float64(t.Good)) + " ended well."
}
