package cards

import (
	"journeybot/alerts"
	"journeybot/journey"
)

// drawEndangered draws a milestone that was lost, is about to be, or that a person is about to miss; sk has what all of them have.
func (s Style) drawEndangered(sk sketch, f *alerts.DropoffFacts, account, at plain) sketch {
	left := s.inDays(journey.DayOf(f.ExpectedBy.In(s.zone())))
	short, blocked := plain(""), plain("")
	if term, ok := furthest(f.Progress); ok {
		short = number(term.Have) + " of " + counted(term)
		blocked = ", " + short
	}
	switch f.Why {
	case alerts.DropoffLost:
		sk.subject, sk.recovered = account+" lost "+at+blocked, account+" reached "+at+" again"
		sk.why = join(", ", short, "lost "+left)
	case alerts.DropoffLosing:
		sk.subject, sk.recovered = account+" loses "+at+" "+left+blocked, account+" keeps "+at
		sk.why = join(", ", short, "the value is lost "+left)
	case alerts.DropoffNear:
		sk.subject, sk.recovered = account+" close to "+at+blocked, account+" reached "+at
		sk.why = join(", ", join(" ", short, "for", outside(f.User, termWidth)), "time ends "+left)
	}
	sk.sentence = ""
	return sk
}

// whom names the person to talk to, and when the milestone comes by itself.
func (s Style) whom(f *alerts.DropoffFacts) []plain {
	var lines []plain
	if !f.Forecast.IsZero() {
		lines = append(lines, "at this pace "+s.inDays(journey.DayOf(f.Forecast.In(s.zone()))))
	}
	if who := contact(f.Contact); who != "" {
		lines = append(lines, "talk to "+who)
	}
	return lines
}

func drawPath(s Style, v alerts.View, account plain) sketch {
	f := v.Alert.Facts.Path
	if f == nil {
		return sketch{}
	}
	title := outside(f.Title, termWidth)
	sk := sketch{subject: account + " is due for " + title, recovered: account + " is done with " + title, why: "The journey map opened this path"}
	if v.Alert.Kind == alerts.PersonaQuiet {
		sk = sketch{
			subject: "nothing from " + title + " at " + account, recovered: title + " at " + account + " are back",
			why: "They used to come, and that is expected of them",
		}
	}
	if f.Since.Known() {
		sk.below = []plain{"since " + s.date(f.Since)}
	}
	return sk
}
