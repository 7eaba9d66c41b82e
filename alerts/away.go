package alerts

import (
	"strings"
	"time"
	"unicode"

	"journeybot/journey"
)

// Away reports whether the person is not there at now, by an own setting or by the status in Slack, and until when; a zero until
// is an absence without a known end.
func (p Person) Away(now time.Time) (until time.Time, away bool) {
	if p.StatusAway && (p.StatusUntil.IsZero() || p.StatusUntil.After(now)) {
		until, away = p.StatusUntil, true
	}
	if p.AwayUntil.After(now) && (!away || !until.IsZero() && p.AwayUntil.After(until)) {
		until = p.AwayUntil
	}
	return until, away || p.AwayUntil.After(now)
}

// Acts reports whether the person can own an alert at now. A user group always can.
func (p Person) Acts(now time.Time) bool {
	_, away := p.Away(now)
	return p.UserID != "" && !p.Deleted && !away
}

// Called is what people call the person.
func (p Person) Called() string {
	switch {
	case p.Name != "":
		return p.Name
	case p.Email != "":
		return p.Email
	}
	return p.UserID
}

// awayEmoji are the emoji of a Slack status that say its owner is not working. Being in a meeting, in a train or at home is none.
func awayEmoji() []string {
	return []string{
		":palm_tree:", ":face_with_thermometer:", ":desert_island:", ":beach_with_umbrella:", ":umbrella_on_ground:", ":beach:",
	}
}

// awayWords are the words of a Slack status that say the same.
func awayWords() []string {
	return []string{
		"vacation", "vacationing", "holiday", "holidays", "out of office", "out of the office", "ooo", "pto", "on leave", "annual leave",
		"parental leave", "maternity leave", "paternity leave", "sick leave", "off sick", "out sick", "sick", "sabbatical",
		"urlaub", "krank", "elternzeit",
	}
}

// StatusSaysAway reports whether a Slack status says that its owner does not work.
func StatusSaysAway(emoji, text string) bool {
	emoji = strings.ToLower(emoji)
	for _, e := range awayEmoji() {
		if emoji == e {
			return true
		}
	}
	words := " " + strings.Join(strings.FieldsFunc(journey.Fold(text), func(r rune) bool { return !unicode.IsLetter(r) }), " ") + " "
	for _, w := range awayWords() {
		if strings.Contains(words, " "+w+" ") {
			return true
		}
	}
	return false
}

// AwayWords says that somebody is away, and until when: "Maria is away until 2 Dec". It is plain text.
func (r *Rules) AwayWords(p Person, now time.Time) string {
	until, _ := p.Away(now)
	said := p.Called() + " is away"
	switch local := r.local(until); {
	case until.IsZero():
	case local.Format(time.DateOnly) == r.local(now).Format(time.DateOnly):
		said += " until " + local.Format("15:04")
	case local.Year() != r.local(now).Year():
		said += " until " + local.Format("2 Jan 2006")
	default:
		said += " until " + local.Format("2 Jan")
	}
	return said
}
