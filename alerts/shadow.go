package alerts

import (
	"slices"
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
	to, _, _ = cutSlot(slot)
	return to, to != ""
}

// CardSlot is the slot of the card to which a ping in its channel replies.
func CardSlot(slot string) string {
	if to, _, ok := cutSlot(slot); ok {
		return shadowMark + string(to)
	}
	return ""
}

func cutSlot(slot string) (to Target, rest string, ok bool) {
	shade, rest, _ := strings.Cut(slot, "|")
	name, ok := strings.CutPrefix(shade, shadowMark)
	return Target(name), rest, ok
}
