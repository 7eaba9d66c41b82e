package alerts

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Shadow is where messages go while a team only watches what it would be told: a card, ping or digest says there where it would
// have gone, and nobody is mentioned. The zero Shadow is none.
type Shadow struct {
	Channel  Target   // "" is none
	Channels []string // names in Rules.Channels of those that are watched; nil watches everything, direct messages too
	Until    time.Time
}

// shadowMark begins the slot of a message that stands in for another.
const shadowMark = "shadow "

// Shade sends a place to the shadow channel when that watches it, keeping in its slot where it would have gone. beside are the
// channels in which its alert stands: a direct message is shaded with all of them.
func (r *Rules) Shade(p Place, beside []string, now time.Time) Place {
	if p.Kind == HomeMessage || !r.watched(p.Target, beside, now) {
		return p
	}
	slot := shadowMark + string(p.Target)
	if p.Slot != "" {
		slot += "|" + p.Slot
	}
	p.Target, p.Slot = r.Quiet.Shadow.Channel, slot
	return p
}

// watched reports whether what would go to a target goes to the shadow channel.
func (r *Rules) watched(to Target, beside []string, now time.Time) bool {
	s := r.Quiet.Shadow
	if s.Channel == "" || to == "" || to == s.Channel || !s.Until.IsZero() && !now.Before(s.Until) {
		return false
	}
	of := func(channel string) bool {
		return slices.ContainsFunc(s.Channels, func(name string) bool { return r.Channels[name].Slack == Target(channel) })
	}
	switch {
	case len(s.Channels) == 0:
		return true
	case strings.HasPrefix(string(to), "@"):
		return len(beside) > 0 && !slices.ContainsFunc(beside, func(channel string) bool { return !of(channel) })
	}
	return of(string(to))
}

// Shaded reads where a message in the shadow channel would have gone, from its slot; false for any other message.
func Shaded(slot string) (to Target, ok bool) {
	shade, _, _ := strings.Cut(slot, "|")
	name, ok := strings.CutPrefix(shade, shadowMark)
	if !ok {
		return "", false
	}
	return Target(name), true
}

// CardSlot is the slot of the card to which a ping in its channel replies.
func CardSlot(slot string) string {
	if to, ok := Shaded(slot); ok {
		return shadowMark + string(to)
	}
	return ""
}

// ShadowWeek is what would have been told in a week.
type ShadowWeek struct {
	Since  time.Time    // when the first alert came to the shadow channel; zero for none yet
	Alerts []ShadowSpot // cards, by where they would have stood and their routes
	Told   int          // direct messages
	People int          // to so many
	Held   []Held       // alerts that opened in the week and would not have been told
}

// ShadowSpot counts cards.
type ShadowSpot struct {
	To     Target
	Route  string
	Alerts int
}

// shadowTrial is how long a team watches before it decides, in working days.
const shadowTrial = 10 * day

// ShadowReportAt is when the newest report was due: on Mondays, when digests are. It is zero without a shadow channel.
func (r *Rules) ShadowReportAt(now time.Time) time.Time {
	if r.Quiet.Shadow.Channel == "" {
		return time.Time{}
	}
	const clock = 8*time.Hour + 30*time.Minute
	return weekly(r.Quiet.Shadow.Channel, r.local(now), time.Monday, clock).At
}

// ShadowReport is the weekly message in the shadow channel; false when nothing was told.
func (r *Rules) ShadowReport(w ShadowWeek, at time.Time) (Place, bool) {
	total, byChannel, byRoute := 0, map[string]int{}, map[string]int{}
	for _, s := range w.Alerts {
		total += s.Alerts
		byChannel[string(s.To)] += s.Alerts
		byRoute[s.Route] += s.Alerts
	}
	held := 0
	for _, h := range w.Held {
		held += h.Count
	}
	if total+w.Told+held == 0 {
		return Place{}, false
	}
	text := "*Dry run, last week:* " + plural(total, "alert", "alerts") + " would have been posted"
	if total > 0 {
		text += " (" + counted(byChannel) + ")"
	}
	text += ", and " + plural(w.Told, "direct message", "direct messages") + " sent to " + plural(w.People, "person", "people") + "."
	if total > 0 {
		text += " By route: " + counted(byRoute) + "."
	}
	if held > 0 {
		reasons := map[string]int{}
		for _, h := range w.Held {
			reasons[strings.ReplaceAll(string(h.Reason), "_", " ")] += h.Count
		}
		text += " Held and only in digests: " + counted(reasons) + "."
	}
	if over := r.Calendars[r.Digests.Calendar].Add(w.Since, shadowTrial); !w.Since.IsZero() && !over.After(at) {
		text += " Ten working days are over: when these numbers are right, take `shadow` out of the growth file, for all channels or some."
	}
	places := noticePlaces("shadow "+at.Format(time.DateOnly), r.Quiet.Shadow.Channel, Notice{Text: text})
	return places[0], true
}

// counted lists names with their numbers, the highest first.
func counted(n map[string]int) string {
	names := slices.Sorted(maps.Keys(n))
	slices.SortStableFunc(names, func(a, b string) int { return n[b] - n[a] })
	parts := make([]string, len(names))
	for i, name := range names {
		parts[i] = plain(name) + " " + strconv.Itoa(n[name])
	}
	return strings.Join(parts, ", ")
}
