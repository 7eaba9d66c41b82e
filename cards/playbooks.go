package cards

import (
	"math"
	"strconv"

	"journeybot/alerts"
)

// maxTold is how many playbooks or rules are told about one by one.
const maxTold = 12

// playbookWindows are the windows that the answers offer, in days.
var playbookWindows = []int{30, 90, 180}

// Playbooks draws `/journey playbooks`: what came of the alerts that had each playbook. It says what went together, never why.
func Playbooks(s Style, r alerts.PlaybookReport) Drawing {
	m := newSheet()
	title := "Playbooks in the last " + days(r.Days)
	m.header("playbooks", title)
	if len(r.Playbooks) == 0 {
		m.section("none", control{}, "No alert had a playbook in this time.")
	} else {
		listed := r.Playbooks[:min(len(r.Playbooks), maxStatsRows)]
		rows := append(make([][]plain, 0, 1+len(listed)), []plain{"Playbook", "runs", "started", "finished", "1st step", "acked", "resolved"})
		for _, t := range listed {
			rows = append(rows, []plain{
				plain(shorten(string(outside(t.Name, termWidth)), 20, oneRune)), number(float64(t.Runs)), number(float64(t.Started)), finished(t),
				took(t.FirstStep), took(t.Ack), took(t.Resolve),
			})
		}
		for _, part := range codes(table(rows)) {
			m.section("table", control{}, part)
		}
	}
	for _, t := range r.Playbooks[:min(len(r.Playbooks), maxTold)] {
		if len(t.Ends.Outcomes) == 0 {
			continue // the table has all there is
		}
		m.section("playbook:"+t.Name, control{}, bold(esc(outside(t.Name, nameWidth)))+" "+esc(s.cameOf(t.Ends)), esc(compared(t.Compared)))
	}
	m.chart(playbookPlot(r))
	if len(r.Idle) > 0 {
		m.context("idle", "No alert had: "+esc(enough(r.Idle, 20, ", ", func(_ int, name string) plain { return outside(name, termWidth) })))
	}
	m.context("times", "Times are medians, from when an alert could be seen. Started: at least one step is done. Finished: all required ones are.")
	m.context("note", "Ended well: saved, converted, expanded or recovered, and still a customer at the last look. Left out: false alarms, no action needed, "+
		"expired and live alerts. Compared are alerts of the same kind and severity. Alerts in which steps get done may differ in other ways too: "+
		"this shows what went together, not why.")
	m.row("do", append(windowsBut("playbooks", r.Days), button(ActionRun, "Rules", "playbooks rules "+strconv.Itoa(r.Days)+"d"))...)
	return m.drawing(esc(stop(title) + " " + enough(r.Playbooks, 3, " ", func(_ int, t alerts.PlaybookTally) plain {
		return stop(outside(t.Name, termWidth) + ": " + count(t.Runs, "run", "runs") + ", " + finishedIn(t) + ". " + compared(t.Compared))
	})))
}

// windowsBut are buttons for the same answer over other windows.
func windowsBut(command string, shown int) []control {
	var row []control
	for _, n := range playbookWindows {
		if n != shown {
			row = append(row, button(ActionRun, "Last "+days(n), command+" "+strconv.Itoa(n)+"d"))
		}
	}
	return row
}

func finished(t alerts.PlaybookTally) plain {
	if t.Gone {
		return unknown
	}
	return number(float64(t.Finished)) + " (" + percent(alerts.Share{Good: t.Finished, Cases: t.Runs}.Of()) + ")"
}

func finishedIn(t alerts.PlaybookTally) plain {
	if t.Gone {
		return "no longer in the growth file"
	}
	return number(float64(t.Finished)) + " finished"
}

// percent writes a share; it never reads as more exact than a whole percent.
func percent(share float64) plain { return number(math.Round(share*100)) + " %" }

// endingOrder is the order in which outcomes are told.
var endingOrder = []alerts.Outcome{
	alerts.Saved, alerts.Converted, alerts.Expanded, alerts.Recovered, alerts.Nurturing, alerts.ChurnedOut, alerts.Disqualified, alerts.NoAction, alerts.FalseAlarm,
}

// cameOf tells what came of alerts, and what later looks at the accounts found.
func (s Style) cameOf(e alerts.Ends) plain {
	var told plain
	for _, outcome := range endingOrder {
		if n := e.Outcomes[outcome]; n > 0 {
			told = join(", ", told, uncapital(endings[outcome].word)+" "+number(float64(n)))
		}
	}
	if told == "" {
		return "No outcome yet."
	}
	return join(" ", capital(told)+".", s.stakeOf("saved", e.Saved), s.stakeOf("won", e.Won), later(e))
}

// stakeOf tells how much revenue an outcome was about, as people put it down.
func (s Style) stakeOf(what plain, stake alerts.Stake) plain {
	known := stake.Accounts - stake.Unknown
	if s.Guarded || known <= 0 {
		return ""
	}
	return s.shortMoney(&stake.ARR) + " ARR " + what + without(stake.Unknown) + "."
}

func without(n int) plain {
	if n == 0 {
		return ""
	}
	return " (" + number(float64(n)) + " without an amount)"
}

// later tells what looks at accounts after a good outcome found.
func later(e alerts.Ends) plain {
	if e.Looked == 0 {
		return ""
	}
	found := plain("none had churned")
	if e.Lost > 0 {
		found = number(float64(e.Lost)) + " had churned"
	}
	for _, more := range []struct {
		n    int
		word plain
	}{{e.Healthier, "healthier"}, {e.Grown, "grown"}} {
		if more.n > 0 {
			found += ", " + number(float64(more.n)) + " " + more.word
		}
	}
	return "Looked at again: " + number(float64(e.Looked)) + ", of which " + found + "."
}

// compared tells a comparison in words that claim no cause.
func compared(c alerts.Comparison) plain {
	with, without := number(float64(c.With.Cases)), number(float64(c.Without.Cases))
	if !c.Enough {
		return "Too few cases to tell: " + with + " with a step done, " + without + " alike with none; " + number(alerts.EnoughCases) + " of each are needed."
	}
	difference := plain("No clear difference")
	switch {
	case c.Interval.Low > 0:
		difference = "Higher"
	case c.Interval.High < 0:
		difference = "Lower"
	}
	return "Ended well: " + percent(c.With.Of()) + " of " + with + " with a step done, " + percent(c.Expected) + " of " + without + " alike with none. " +
		difference + ": " + points(c.Difference) + " points, 95 % interval " + points(c.Interval.Low) + " to " + points(c.Interval.High) + "."
}

// points writes a difference of shares with its sign.
func points(d float64) plain {
	n := number(math.Round(d * 100))
	if math.Round(d*100) > 0 {
		return "+" + n
	}
	return n
}

// playbookPlot compares the shares that ended well where there are enough cases; without any, it shows how far runs came.
func playbookPlot(r alerts.PlaybookReport) plot {
	p := plot{title: "Ended well, % of cases", unit: "%", bars: true, series: []plotted{{name: "a step done"}, {name: "none done"}}}
	for _, t := range r.Playbooks {
		if t.Compared.Enough && len(p.categories) < maxChartPoints {
			p.categories = append(p.categories, outside(t.Name, termWidth))
			p.series[0].values = append(p.series[0].values, math.Round(t.Compared.With.Of()*100))
			p.series[1].values = append(p.series[1].values, math.Round(t.Compared.Expected*100))
		}
	}
	if len(p.categories) > 0 {
		return p
	}
	p.title, p.unit, p.series = "How far runs came", "runs", []plotted{{name: "runs"}, {name: "started"}, {name: "finished"}}
	for _, t := range r.Playbooks[:min(len(r.Playbooks), maxTold)] {
		p.categories = append(p.categories, outside(t.Name, termWidth))
		for i, n := range []int{t.Runs, t.Started, t.Finished} {
			p.series[i].values = append(p.series[i].values, float64(n))
		}
	}
	return p
}
