package cards

import (
	"math"
	"strconv"
	"strings"

	"github.com/slack-go/slack"

	"journeybot/alerts"
	"journeybot/journey"
)

// Gap buttons. The value is map:milestone:segment.
const (
	ActionPinGap   = "gap.pin"   // opens a form, whose callback_id it is
	ActionUnpinGap = "gap.unpin" // value: map
	ActionNext     = "next.page" // value: offset:mine, or offset:
)

// Names of the inputs of the form that pins a gap: block and action have the same.
const (
	GapTeam   = "gap_team"
	GapTarget = "gap_target"
)

const (
	maxSteps = 25
	maxStuck = 5
	// ChanceRows is how many accounts a page of `/journey next` has.
	ChanceRows = 10
)

// Gaps draws `/journey gaps`: how far accounts come, where most of them stop, who does, and what is worked on first.
func Gaps(s Style, g alerts.GapReport) Drawing {
	m := newSheet()
	f := g.Funnel
	biggest, found := f.Biggest()
	title := gapTitle(g, biggest, found)
	m.header("gaps", title)
	m.context("scope", s.gapScope(g)...)
	spoken := []mrkdwn{esc(stop(title))}
	if f.Accounts == 0 {
		said := mrkdwn("No account is on this map yet. An account comes on it when its first event arrives and the map's `when` fits.")
		if g.Segment != "" || g.Days > 0 {
			said = "No account of this segment and time is on this map."
		}
		m.section("none", control{}, said)
		spoken = append(spoken, spokenOf(said))
	} else {
		spoken = append(spoken, s.gapWords(m, g, biggest, found)...)
		for _, part := range codes(s.funnelTable(f)) {
			m.section("funnel", control{}, part)
		}
		m.chart(s.funnelPlot(f))
		if found {
			s.stuckRows(m, f, biggest)
		}
	}
	if g.Priority != nil {
		said := esc(gapMove(*g.Priority))
		m.section("priority", control{}, bold("Priority gap")+" "+said)
		m.row("pinned", button(ActionUnpinGap, "Unpin", g.Priority.Map))
		spoken = append(spoken, "Priority gap: "+said+".")
	}
	m.row("windows", gapWindows(g)...)
	m.row("scopes", gapScopes(g)...)
	return m.drawing(join(" ", spoken...))
}

func gapTitle(g alerts.GapReport, biggest journey.Gap, found bool) plain {
	name := orElse(outside(g.Funnel.Map.Title, nameWidth), capital(words(g.Funnel.Map.ID)))
	switch {
	case g.Funnel.Accounts == 0:
		return name + ": no accounts"
	case !found:
		return name + ": no gap, all " + count(g.Funnel.Accounts, "account is", "accounts are") + " at the end"
	}
	return name + ": " + number(float64(biggest.Accounts)) + " of " + number(float64(biggest.Of)) + " stop before " + milestoneTitle(biggest.To)
}

// gapScope says which accounts are counted.
func (s Style) gapScope(g alerts.GapReport) []mrkdwn {
	segment, window := plain("all segments"), plain("of all time")
	if g.Segment != "" {
		segment = "segment " + outside(g.Segment, termWidth)
	}
	if g.Days > 0 {
		window = "first heard of in the last " + days(g.Days)
	}
	parts := []mrkdwn{esc(count(g.Funnel.Accounts, "account", "accounts")), esc(segment), esc(window)}
	if !s.Guarded {
		parts = append(parts, esc(s.shortMoney(&g.Funnel.ARR)+" ARR"))
	}
	return append(parts, s.asOf(g.AsOf))
}

// gapWords name the biggest gap by accounts and by ARR, with a button to work on it first. They return what is spoken.
func (s Style) gapWords(m *sheet, g alerts.GapReport, biggest journey.Gap, found bool) []mrkdwn {
	if !found {
		return nil
	}
	said := []mrkdwn{esc(gapNamed(biggest))}
	m.section("by-accounts", pinButton(g, biggest), bold("By accounts")+" "+said[0])
	if byARR, ok := g.Funnel.BiggestByARR(); ok && !s.Guarded {
		arr := esc(s.shortMoney(&byARR.ARR) + " ARR stops between " + between(byARR))
		beside := control{}
		if byARR.To != biggest.To {
			beside = pinButton(g, byARR)
		}
		m.section("by-arr", beside, bold("By ARR")+" "+arr)
		said = append(said, arr)
	}
	spoken := make([]mrkdwn, len(said))
	for i, one := range said {
		spoken[i] = capitalOf(one) + "."
	}
	return spoken
}

// gapNamed writes "38 of 60 accounts (63 %) stop between First value and Value realization".
func gapNamed(g journey.Gap) plain {
	share := percentOf(g.Accounts, g.Of)
	return number(float64(g.Accounts)) + " of " + count(g.Of, "account", "accounts") + " (" + share + ") stop between " + between(g)
}

func between(g journey.Gap) plain {
	from := plain("the beginning")
	if g.From != nil {
		from = milestoneTitle(g.From)
	}
	return from + " and " + milestoneTitle(g.To)
}

func pinButton(g alerts.GapReport, gap journey.Gap) control {
	label := plain("Pin as priority…")
	if g.Priority != nil {
		label = "Pin instead…"
		if g.Priority.Milestone == gap.To.ID && journey.Fold(g.Priority.Segment) == journey.Fold(g.Segment) {
			label = "Change target…"
		}
	}
	return button(ActionPinGap, label, strings.Join([]string{g.Funnel.Map.ID, gap.To.ID, g.Segment}, ":"))
}

func (s Style) funnelTable(f journey.Funnel) []plain {
	rows := make([][]plain, 1, 1+len(f.Steps))
	rows[0] = []plain{"Milestone", "accounts", "from before", "median days", "ARR", "stop here"}
	if s.Guarded {
		rows[0][4] = ""
	}
	steps := f.Steps[:min(len(f.Steps), maxSteps)]
	for _, step := range steps {
		days, share, arr, stuck := plain("unknown"), plain("–"), plain(""), plain("–")
		if step.MedianDays >= 0 {
			days = number(float64(step.MedianDays))
		}
		if step.Milestone.Cohort {
			days = "–"
		} else {
			share = rounded(step.Conversion*100) + " %"
			stuck = number(float64(len(step.Stuck)))
			if !s.Guarded {
				arr = s.shortMoney(&step.ARR)
			}
		}
		name := plain(shorten(string(milestoneTitle(step.Milestone)), 24, oneRune))
		accounts := number(float64(step.Accounts))
		if step.Milestone.Cohort && step.Accounts == 0 {
			accounts = "–"
		}
		rows = append(rows, []plain{name, accounts, share, days, arr, stuck})
	}
	lines := table(rows)
	if more := len(f.Steps) - len(steps); more > 0 {
		lines = append(lines, "and "+number(float64(more))+" more")
	}
	return lines
}

// funnelPlot draws which share of accounts, and of ARR, came how far. Of more milestones than a chart holds, the last of each phase
// stand for their phases, and the title says so.
func (s Style) funnelPlot(f journey.Funnel) plot {
	p := plot{title: "Share that came this far", unit: "%", bars: true}
	var steps []journey.FunnelStep
	for _, step := range f.Steps {
		if !step.Milestone.Cohort {
			steps = append(steps, step)
		}
	}
	if len(steps) > maxChartPoints {
		p.title, steps = "Share that came this far, by phase", lastOfPhases(f, steps)
	}
	accounts, arr := plotted{name: "Accounts"}, plotted{name: "ARR"}
	for _, step := range steps {
		p.categories = append(p.categories, milestoneTitle(step.Milestone))
		accounts.values = append(accounts.values, tenths(float64(step.Accounts), float64(f.Accounts)))
		arr.values = append(arr.values, tenths(float64(step.ARR), float64(f.ARR)))
	}
	p.series = []plotted{accounts}
	if !s.Guarded && f.ARR > 0 {
		p.series = append(p.series, arr)
	}
	return p
}

func tenths(part, of float64) float64 {
	if of == 0 {
		return 0
	}
	return math.Round(part/of*1000) / 10
}

func lastOfPhases(f journey.Funnel, steps []journey.FunnelStep) []journey.FunnelStep {
	var last []journey.FunnelStep
	phase := ""
	for _, step := range steps {
		of, _ := f.Map.PhaseOf(step.Milestone.ID)
		if len(last) > 0 && of.ID == phase {
			last[len(last)-1] = step
			continue
		}
		phase, last = of.ID, append(last, step)
	}
	return last
}

// stuckRows list who stops at the biggest gap, those with most ARR first.
func (s Style) stuckRows(m *sheet, f journey.Funnel, gap journey.Gap) {
	var stuck []journey.StuckAccount
	for i, step := range f.Steps {
		if gap.From != nil && step.Milestone == gap.From {
			stuck = f.Steps[i].Stuck
		}
	}
	if len(stuck) == 0 {
		return
	}
	m.section("stuck", control{}, bold("Stuck before "+esc(milestoneTitle(gap.To)))+" "+esc(count(len(stuck), "account", "accounts")))
	for _, one := range stuck[:min(len(stuck), maxStuck)] {
		a := one.Account
		name := outside(a.Title(), nameWidth)
		facts := []mrkdwn{bold(esc(name)), esc(s.listedARR(a)), esc(days(max(one.Days, 0)) + " here")}
		if one.Overdue {
			facts = append(facts, "overdue")
		}
		open := button(ActionAccount, "Open", a.ID)
		open.spoken = "Open " + name
		m.section("stuck:"+a.ID, open, join(" · ", facts...))
	}
	if more := len(stuck) - maxStuck; more > 0 {
		m.context("more-stuck", esc("and "+number(float64(more))+" more"))
	}
}

// gapMove writes "Value realization 38 → 41 % (target 50 %, Onboarding)".
func gapMove(g alerts.GapMove) plain {
	name := g.Milestone
	if g.Title != "" {
		name = g.Title
	}
	moved := plain("unknown")
	switch {
	case g.Now >= 0 && g.Before >= 0:
		moved = rounded(g.Before) + " → " + rounded(g.Now) + " %"
	case g.Now >= 0:
		moved = rounded(g.Now) + " %"
	}
	segment := plain("")
	if g.Segment != "" {
		segment = ", segment " + outside(g.Segment, termWidth)
	}
	return outside(name, termWidth) + " " + moved + " (target " + number(float64(g.Target)) + " %, " + outside(g.Team, termWidth) + segment + ")"
}

func rounded(v float64) plain { return number(math.Round(v)) }

func percentOf(part, of int) plain {
	if of == 0 {
		return "0 %"
	}
	return rounded(float64(part)/float64(of)*100) + " %"
}

// gapWindows are the buttons to the same report over another time.
func gapWindows(g alerts.GapReport) []control {
	var row []control
	for _, n := range []int{30, 90, 365, 0} {
		if n == g.Days {
			continue
		}
		label := plain("All time")
		if n > 0 {
			label = "Last " + days(n)
		}
		row = append(row, button(ActionRun, label, gapsCommand(g.Funnel.Map.ID, g.Segment, n)))
	}
	return row
}

// gapScopes are the buttons to the report of a segment, or of another map.
func gapScopes(g alerts.GapReport) []control {
	const most = 5
	var row []control
	for _, name := range g.Segments[:min(len(g.Segments), most)] {
		if journey.Fold(name) != journey.Fold(g.Segment) {
			row = append(row, button(ActionRun, capital(words(name)), gapsCommand(g.Funnel.Map.ID, name, g.Days)))
		}
	}
	if g.Segment != "" {
		row = append(row, button(ActionRun, "All segments", gapsCommand(g.Funnel.Map.ID, "", g.Days)))
	}
	for _, other := range g.Others[:min(len(g.Others), most)] {
		label := "Map " + orElse(outside(other.Title, termWidth), words(other.ID))
		row = append(row, button(ActionRun, label, gapsCommand(other.ID, "", g.Days)))
	}
	return row
}

func gapsCommand(mapID, segment string, days int) string {
	words := []string{"gaps", mapID}
	if segment != "" {
		words = append(words, segment)
	}
	if days > 0 {
		words = append(words, strconv.Itoa(days)+"d")
	}
	return strings.Join(words, " ")
}

// PinGapForm asks which team works on a gap first, and how far it wants to come. now is the share that gets there in percent, -1 for
// unknown; private comes back with what is submitted.
func PinGapForm(_ Style, m *journey.Map, milestone, segment string, now float64, pinned *alerts.PriorityGap, private string) slack.ModalViewRequest {
	sh := newSheet()
	about := "Of the accounts that came to the milestone before, "
	if now < 0 {
		about = "Nobody came to the milestone before yet"
	} else {
		about += string(rounded(now)) + " % reach it"
	}
	of := plain("")
	if segment != "" {
		of = " (segment " + outside(segment, termWidth) + ")"
	}
	sh.section("about", control{}, bold(esc(milestoneTitle(m.Milestone(milestone))+of)), esc(plain(about)+". The weekly digest says how that moves."))
	team := slack.NewPlainTextInputBlockElement(plainText("Onboarding", maxLabel), GapTeam)
	team.MaxLength = 60
	target := slack.NewPlainTextInputBlockElement(plainText("50", maxLabel), GapTarget)
	target.MaxLength = 5
	hint := plain("Percent, from 1 to 100.")
	if pinned != nil {
		team.InitialValue, target.InitialValue = string(outside(pinned.Team, 60)), strconv.Itoa(pinned.Target)
	}
	sh.add(required(input(GapTeam, "Team", "Who works on it.", team)))
	sh.add(required(input(GapTarget, "Target", hint, target)))
	view := Modal(Say("Pin"))
	view.CallbackID, view.PrivateMetadata = ActionPinGap, private
	view.Title, view.Submit, view.Close = plainText("Priority gap", maxTitle), plainText("Pin", maxTitle), plainText("Cancel", maxTitle)
	view.Blocks = slack.Blocks{BlockSet: sh.blocks}
	return view
}
