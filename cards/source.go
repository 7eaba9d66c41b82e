package cards

import "journeybot/alerts"

// Source draws that a source is late, or that it is back.
func Source(s Style, l alerts.Lateness) Drawing {
	m := newSheet()
	name := outside(l.Source, nameWidth)
	title := "🟠 Pipeline late: " + name
	said := bold("Why") + " No event since " + s.moment(l.Last) + "; it usually pauses " + esc(span(l.Gap)) + " at most"
	next := bold("Next") + " Look at what sends it. What its silence would raise is held until it is back"
	if !l.Back.IsZero() {
		title = "✅ Pipeline back: " + name
		said = "It came back " + s.moment(l.Back) + ", after " + esc(span(l.Back.Sub(l.Last))) + " without an event."
		next = "What it held shows within the hour, unless what came now undid it."
	}
	m.header("source", title)
	m.section("why", control{}, said, next)
	return m.drawing(join(". ", esc(trimMark(title)), spokenOf(said)))
}

// trimMark takes the mark away that a screen reader would spell.
func trimMark(p plain) plain {
	runes := []rune(p)
	for i, r := range runes {
		if r == ' ' {
			return plain(runes[i+1:])
		}
	}
	return p
}
