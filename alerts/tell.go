package alerts

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// isPerson tells a Slack user's id from a user group's.
func isPerson(id string) bool { return strings.HasPrefix(id, "U") || strings.HasPrefix(id, "W") }

// show makes the alert stand in a channel too; false when it does already, or there is no such channel.
func (c *change) show(channel Target) bool {
	if channel == "" || slices.Contains(c.a.Channels, string(channel)) {
		return false
	}
	c.a.Channels = append(slices.Clone(c.a.Channels), string(channel))
	c.res.Places = append(c.res.Places, Place{
		Kind: CardMessage, Subject: c.a.ID, Target: channel, Priority: c.urgency(), Hold: c.a.Hold.Hidden(), DueAt: c.dueIn(channel),
	})
	return true
}

// dueIn is when a channel's quiet hours are over; the zero time when it has none now, or the alert is too grave to wait.
func (c *change) dueIn(channel Target) time.Time {
	if wakes := c.r.quietUntil(channel, c.now); c.a.Severity < Critical && wakes.After(c.now) {
		return wakes
	}
	return time.Time{}
}

// urgency is the priority of a post: critical alerts come first.
func (c *change) urgency() Priority {
	if c.a.Severity == Critical {
		return PriorityCritical
	}
	return PriorityPost
}

// tell sends a direct message, but never to the person who acted.
func (c *change) tell(user, slot, text string) {
	if isPerson(user) && user != c.in.By.UserID {
		c.ping(Target("@"+user), slot, "", text)
	}
}

// tellOwner tells the owner: a person by direct message, a group by a mention in the thread, and while nobody is known
// whoever the route asked for, or the fallback.
func (c *change) tellOwner(slot, text string) {
	switch {
	case isPerson(c.a.Owner):
		c.tell(c.a.Owner, slot, text)
		c.tellStandIn(slot, text)
	case c.a.Owner != "":
		c.mention(c.a.Owner, slot, text)
	case strings.HasPrefix(c.a.OwnerRef, "group:"):
		c.mention(c.a.OwnerRef, slot, text)
	default:
		c.mention(c.lead(), slot, text)
	}
}

// mention writes in the thread of the alert's first card, and in the fallback channel when it stands nowhere.
func (c *change) mention(who, slot, text string) {
	if len(c.a.Channels) == 0 {
		c.show(c.r.Channels[c.r.Fallback.Channel].Slack)
	}
	if len(c.a.Channels) > 0 {
		c.ping(Target(c.a.Channels[0]), slot, who, text)
	}
}

// ping adds a frozen message. Its slot holds the time, so that the same thing can be told again another day, and a
// decision that is taken twice is told once.
func (c *change) ping(to Target, slot, mention, text string) {
	if to == "" {
		return
	}
	n := c.offer(Notice{Text: text, AlertID: c.a.ID, Mention: mention, Asked: c.in.By.UserID != ""}, slot)
	at := c.now
	if !c.due.IsZero() {
		at = c.due
	}
	c.res.Places = append(c.res.Places, Place{
		Kind: PingMessage, Subject: c.a.ID, Target: to, Slot: slot + ":" + strconv.FormatInt(at.UnixMicro(), 36),
		Priority: c.urgency(), Body: n.body(), DueAt: c.dueIn(to),
	})
}

// actor is the name of who acts, for a notice.
func (c *change) actor() string {
	switch {
	case c.in.By.Name != "":
		return plain(c.in.By.Name)
	case c.in.By.UserID != "":
		return "<@" + c.in.By.UserID + ">"
	}
	return "journeybot"
}

// name is what people call the account.
func (c *change) name() string { return plain(cmp.Or(c.a.Facts.Account, c.a.Account)) }

// about says what the alert is about, such as "health 72 → 44 (red)".
func (c *change) about() string { return plain(c.r.about(c.a)) }

const lateAfter = 5 * time.Minute

// nobodyOnIt is what an escalation says, and by how much it is late after an outage.
func (c *change) nobodyOnIt() string {
	return c.name() + ": " + c.about() + ". Nobody is on it since " + c.slackTime(c.a.OpenedAt) + "." + c.late(c.due)
}

// late says by how much something comes too late; "" when it does not.
func (c *change) late(due time.Time) string {
	if late := c.now.Sub(due); late >= lateAfter {
		return fmt.Sprintf(" This comes %s late.", span(late, ""))
	}
	return ""
}

// span writes a duration in its largest whole unit; of is put before days, as in "2 working days".
func span(d time.Duration, of string) string {
	switch {
	case d >= day:
		return plural(int(d/day), of+"day", of+"days")
	case d >= time.Hour:
		return plural(int(d/time.Hour), "hour", "hours")
	}
	return plural(int(d/time.Minute), "minute", "minutes")
}

// slackTime writes a time so that each reader sees it in the own zone.
func (c *change) slackTime(t time.Time) string {
	return fmt.Sprintf("<!date^%d^{date_short_pretty} {time}|%s>", t.Unix(), c.r.local(t).Format("Mon 2 Jan 15:04"))
}

// local is t in the workspace's zone.
func (r *Rules) local(t time.Time) time.Time { return t.In(r.zone()) }

// maxName is the longest outside text in a notice, in runes.
const maxName = 150

// plain makes outside text harmless in mrkdwn: one line, escaped, not too long.
func plain(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return ' '
		}
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, s)
	if runes := []rune(s); len(runes) > maxName {
		s = string(runes[:maxName-1]) + "…"
	}
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(strings.TrimSpace(s))
}
