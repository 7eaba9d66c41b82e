package cards

import (
	"strconv"

	"journeybot/alerts"
	"journeybot/journey"
)

// Next draws a page of `/journey next`: accounts that one kind of action brings on, and those that lose a milestone in days.
func Next(s Style, p alerts.ChancePage) Drawing {
	m := newSheet()
	of := plain("")
	if p.Mine {
		of = "Yours: "
	}
	title := of + "no account is one action away"
	if p.Total > 0 {
		title = of + count(p.Total, "account needs little", "accounts need little")
	}
	m.header("next", title)
	spoken := esc(stop(title))
	if len(p.Chances) == 0 {
		said := mrkdwn("Listed are accounts that miss one kind of action for the next milestone, and those that lose one in the days its map warns of.")
		if p.Total > 0 {
			said = "There is nothing more on this page."
		}
		m.section("none", control{}, said)
	}
	shown := p.Chances[:min(len(p.Chances), ChanceRows)]
	for i, c := range shown {
		name := outside(c.Account.Title(), nameWidth)
		open := button(ActionAccount, "Open", c.Account.ID)
		open.spoken = "Open " + name
		what := s.chance(p, c)
		m.section("next:"+c.Account.ID, open, join(" · ", bold(esc(name)), esc(s.listedARR(c.Account)), esc(outside(c.Account.Segment, termWidth))), esc(what))
		if i < maxLiveRows {
			spoken += " " + esc(name+": "+stop(what))
		}
	}
	first, last := p.Offset+1, p.Offset+len(shown)
	if len(shown) > 0 && p.Total > len(shown) {
		m.context("where", esc(number(float64(first))+"–"+number(float64(last))+" of "+number(float64(p.Total))+", most ARR first"))
	}
	mine := map[bool]string{true: "mine"}[p.Mine]
	var row []control
	if p.Offset > 0 {
		row = append(row, button(ActionNext, "Previous", strconv.Itoa(max(0, p.Offset-ChanceRows))+":"+mine))
	}
	if last < p.Total && len(shown) > 0 {
		row = append(row, button(ActionNext, "Next", strconv.Itoa(last)+":"+mine))
	}
	other, words := plain("Only mine"), "next mine"
	if p.Mine {
		other, words = "Everybody's", "next"
	}
	m.row("pages", append(row, button(ActionRun, other, words))...)
	return m.drawing(spoken)
}

// chance writes "2 exports from Value realization", or "Loses Continued value in 6 days without 4 searches".
func (s Style) chance(p alerts.ChancePage, c journey.Chance) plain {
	title := orElse(outside(p.Names[c.Milestone], termWidth), s.milestone(c.Milestone))
	plan := steps(c.Plan)
	switch {
	case !c.LostOn.Known():
		return capital(plan) + " from " + title
	case plan == "":
		return "Loses " + title + " " + s.inDays(c.LostOn)
	}
	return "Loses " + title + " " + s.inDays(c.LostOn) + " without " + plan
}

// steps writes "3 searches and 1 export".
func steps(p journey.Plan) plain {
	return enough(p.Steps, 6, " and ", func(_ int, step journey.Step) plain {
		label := outside(step.Label, termWidth)
		if step.More == 1 {
			label = singular(label)
		}
		return number(float64(step.More)) + " " + label
	})
}

// almost is what a digest tells of the accounts that need little.
func (s Style) almost(d alerts.Digest) plain {
	said := enough(d.Almost, alerts.Almost, "; ", func(_ int, c journey.Chance) plain {
		return outside(c.Account.Title(), nameWidth) + ", " + uncapital(s.chance(alerts.ChancePage{}, c))
	})
	if more := d.AlmostAll - len(d.Almost); said != "" && more > 0 {
		said += " and " + number(float64(more)) + " more"
	}
	return said
}
