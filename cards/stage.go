package cards

import (
	"cmp"
	"math"
	"slices"

	"journeybot/alerts"
	"journeybot/journey"
)

const (
	termsWidth  = 400 // of the terms of one rule
	maxBeside   = 3   // overlays, side paths, quiet personas: of each
	maxWheel    = 6
	maxMeasures = 4
)

// place tells where an account stands on its map: stage, what is missing, what can be lost, and what goes on beside it.
func (s Style) place(j *alerts.JourneyView) []mrkdwn {
	lines := []mrkdwn{bold("Stage") + " " + esc(s.stageLine(j))}
	lines = append(lines, s.missingLine(j))
	for _, one := range j.Sustained {
		lines = append(lines, s.sustainLine(one))
	}
	return append(lines, s.beside(j)...)
}

// stageLine writes "Value realization ■│■■□│□□ 3 of 5 · Evaluation · 41 days (median 30)".
func (s Style) stageLine(j *alerts.JourneyView) plain {
	at := plain("Before the first milestone")
	if j.Stage != nil {
		at = milestoneTitle(j.Stage)
	}
	skipped := plain("")
	if n := len(j.Skipped); n > 0 {
		skipped = "skipped " + enough(j.Skipped, 3, ", ", func(_ int, ms *journey.Milestone) plain { return milestoneTitle(ms) })
	}
	counts := number(float64(j.Position)) + " of " + number(float64(j.Of))
	return join(" · ", at+" "+phaseBar(j)+" "+counts, outside(j.Phase.Title, termWidth), s.stay(j), skipped)
}

// stay is how long the account is at its stage, against others.
func (s Style) stay(j *alerts.JourneyView) plain {
	if !j.Since.Known() {
		return ""
	}
	text := days(max(0, -j.Since.Until(s.Now.In(s.zone()))))
	if j.Median >= 0 {
		text += " (median " + number(float64(j.Median)) + ")"
	}
	return text
}

// phaseBar draws a box for each milestone that an account can be at, with a line between the phases.
func phaseBar(j *alerts.JourneyView) plain {
	const most = 20
	if j.Of > most {
		return bar(j.Position, j.Of, most, "■", "□")
	}
	var drawn plain
	n := 0
	for _, phase := range j.Map.Phases {
		var boxes plain
		for _, ms := range phase.Milestones {
			if ms.Optional || ms.Overlay || ms.Cohort {
				continue
			}
			if n++; n <= j.Position {
				boxes += "■"
			} else {
				boxes += "□"
			}
		}
		drawn = join("│", drawn, boxes)
	}
	return drawn
}

func milestoneTitle(ms *journey.Milestone) plain {
	if ms.Title != "" {
		return outside(ms.Title, termWidth)
	}
	return capital(words(ms.ID))
}

// missingLine writes "For Continued value: searches 6 of 10, exports 0 of 2 · expected 19 Nov, 5 days ago".
func (s Style) missingLine(j *alerts.JourneyView) mrkdwn {
	if j.Next == nil {
		return bold("Next") + " nothing: the last milestone is reached"
	}
	missing := s.needs(j.Progress)
	if j.Next.Rule == nil {
		missing = "an event says when"
	}
	when := plain("")
	switch {
	case j.Dropped.Known():
		when = "overdue since " + s.date(j.Dropped)
	case j.Expect.Known():
		when = "expected " + s.inDays(j.Expect)
	}
	within, left := s.within(j.Progress)
	return bold("For "+esc(join(" ", milestoneTitle(j.Next), within))) + " " + esc(join(" · ", missing, left, when))
}

// within says which days terms count when all count the same ones, and how many are left of a month or quarter.
func (s Style) within(terms []journey.Term) (window, left plain) {
	var w journey.Window
	for i, t := range terms {
		if i == 0 {
			w = t.Reads.Window
		}
		if t.Reads.Window != w {
			return "", ""
		}
	}
	switch {
	case w.Calendar != "":
		today := journey.DayOf(s.Now.In(s.zone()))
		return "this " + plain(w.Calendar), days(w.After(today).Since(today)) + " left"
	case w.Days > 0:
		return "in " + days(w.Days), ""
	}
	return "", ""
}

// needs are have and need of a rule: searches 7 of 10, lists 2 of 2. What would tell revenue to outsiders is left out.
func (s Style) needs(all []journey.Term) plain {
	if s.Guarded {
		all = slices.DeleteFunc(slices.Clone(all), func(t journey.Term) bool {
			return monetary(t.Label) || monetary(t.Text) || t.Reads.Function == journey.FuncAccount
		})
	}
	return outside(journey.InWords(all), termsWidth)
}

// sustainLine tells of a milestone that can be lost again.
func (s Style) sustainLine(one journey.Sustained) mrkdwn {
	within, _ := s.within(one.Progress)
	keep := bold("Keep "+esc(join(" ", milestoneTitle(one.Milestone), within))) + " "
	if one.Good || !one.LostOn.Known() {
		return keep + esc(join(" · ", s.needs(one.Progress), "safe for now"))
	}
	return keep + esc(join(" · ", s.needs(one.Progress), "lost "+s.inDays(one.LostOn)))
}

// beside tells what goes on beside the stage.
func (s Style) beside(j *alerts.JourneyView) []mrkdwn {
	var lines []mrkdwn
	for _, o := range j.Overlays[:min(len(j.Overlays), maxBeside)] {
		line := "since " + s.date(o.Since)
		if o.PointsTo != nil {
			line += ", points at " + milestoneTitle(o.PointsTo)
		}
		lines = append(lines, bold(esc(milestoneTitle(o.Milestone)))+" "+esc(line))
	}
	for _, p := range j.Branches[:min(len(j.Branches), maxBeside)] {
		lines = append(lines, bold("Side path")+" "+esc(s.sidePath(p)))
	}
	if len(j.Wheel) > 0 {
		lines = append(lines, bold("Wheel")+" "+esc(wheel(j.Wheel)))
	}
	for _, q := range j.Quiet[:min(len(j.Quiet), maxBeside)] {
		who := orElse(outside(q.Persona.Title, termWidth), words(q.Persona.ID))
		lines = append(lines, bold("Quiet")+" "+esc(join(" · ", who+" since "+s.date(q.Since), s.needs(q.Progress))))
	}
	return lines
}

func (s Style) sidePath(p journey.Path) plain {
	title := orElse(outside(p.Branch.Title, termWidth), capital(words(p.Branch.ID)))
	done := number(float64(p.Done)) + " of " + number(float64(len(p.Branch.Milestones))) + " done since " + s.date(p.Since)
	if p.Next == nil {
		return title + ": " + done
	}
	return join(": ", join(", next ", title+": "+done, milestoneTitle(p.Next)), s.needs(p.Progress))
}

// wheel writes "1 of 3: Onboarding ✓ done, Time to WOW open, Job done open".
func wheel(turns []journey.Turn) plain {
	done := 0
	list := enough(turns, maxWheel, ", ", func(_ int, t journey.Turn) plain {
		title := orElse(outside(t.Step.Title, termWidth), capital(words(t.Step.ID)))
		if t.Done {
			return title + " done"
		}
		return title + " open"
	})
	for _, t := range turns {
		if t.Done {
			done++
		}
	}
	return number(float64(done)) + " of " + number(float64(len(turns))) + ": " + list
}

// measures rank what makes the health score: what costs most points first.
func (s Style) measures(j *alerts.JourneyView) mrkdwn {
	drivers := slices.Clone(j.Health.Drivers)
	if s.Guarded {
		drivers = slices.DeleteFunc(drivers, func(d journey.HealthDriver) bool { return monetary(d.Measure) })
	}
	costs := func(d journey.HealthDriver) float64 { return d.Weight * (100 - d.Score) }
	slices.SortStableFunc(drivers, func(a, b journey.HealthDriver) int { return cmp.Compare(costs(b), costs(a)) })
	if len(drivers) == 0 {
		return ""
	}
	return bold("Measures") + " " + esc(enough(drivers, maxMeasures, " · ", func(_ int, d journey.HealthDriver) plain {
		lost := plain("full points")
		if cost := costs(d); cost >= 0.5 {
			lost = "costs " + number(math.Round(cost)) + " of " + number(math.Round(d.Weight*100)) + " points"
		}
		return words(d.Measure) + " " + number(twoPlaces(d.Value)) + " (" + lost + ")"
	}))
}

func twoPlaces(v float64) float64 { return math.Round(v*100) / 100 }

// spokenPlace says stage and what is missing, for the fallback.
func (s Style) spokenPlace(j *alerts.JourneyView) plain {
	at := plain("before the first milestone")
	if j.Stage != nil {
		at = milestoneTitle(j.Stage)
	}
	said := "Stage " + at + ", " + number(float64(j.Position)) + " of " + number(float64(j.Of)) + "."
	if terms := s.needs(j.Progress); j.Next != nil && terms != "" {
		said += " For " + milestoneTitle(j.Next) + ": " + terms + "."
	}
	return said
}

// jobLine is what the customer wants to get done.
func jobLine(j *alerts.JourneyView) mrkdwn {
	if j.Job == "" {
		return ""
	}
	return "Job: " + esc(outside(j.Job, 300))
}
