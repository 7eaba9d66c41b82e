package alerts

import (
	"slices"
	"strings"
	"time"

	"journeybot/journey"
)

// The longest mute, and the one of who does not say how long.
const (
	MaxMute     = 90 * day
	DefaultMute = 7 * day
)

// Mute is somebody's wish to hear nothing of an account, or of one kind of alerts about it, for a while.
type Mute struct {
	ID      string
	Account string
	MuteSpan
	Over int // alerts that it held and that ended meanwhile; known of running mutes only
}

// runs reports whether the mute still holds what comes.
func (m Mute) runs(now time.Time) bool { return m.EndedAt.IsZero() && m.Until.After(now) }

func (m Mute) covers(a Alert) bool {
	return m.Account == a.Account && (m.Kind == "" || m.Kind == a.Kind)
}

// muting is the mute that holds an alert longest; false when there is none.
func (ws *WorkingSet) muting(a Alert, now time.Time) (Mute, bool) {
	var longest Mute
	for _, m := range ws.Mutes[a.Account] {
		if m.runs(now) && m.covers(a) && m.Until.After(longest.Until) {
			longest = m
		}
	}
	return longest, longest.ID != ""
}

// keepMute replaces a mute in the set, or adds it.
func (ws *WorkingSet) keepMute(m Mute) {
	if ws.Mutes == nil {
		ws.Mutes = map[string][]Mute{}
	}
	of := slices.DeleteFunc(slices.Clone(ws.Mutes[m.Account]), func(other Mute) bool { return other.ID == m.ID })
	ws.Mutes[m.Account] = append(of, m)
	ws.Changes.Mutes = append(ws.Changes.Mutes, m)
}

// liveOf are the live alerts of an account for which pick is true, in the order of their ids.
func (ws *WorkingSet) liveOf(account string, pick func(Alert) bool) []Alert {
	var all []Alert
	for _, a := range ws.Live {
		if a.Account == account && pick(*a) {
			all = append(all, *a)
		}
	}
	slices.SortFunc(all, func(a, b Alert) int { return strings.Compare(a.ID, b.ID) })
	return all
}

// Mute makes a mute and holds what is live in it: what is shown stays where it is, and nobody is told any more. It replaces a
// running mute of the same kinds, and is cut at MaxMute. The same mute again changes nothing.
func (r *Rules) Mute(ws *WorkingSet, m Mute, now time.Time) {
	if m.Until = m.Until.Round(0); m.Until.After(now.Add(MaxMute)) {
		m.Until = now.Add(MaxMute)
	}
	if slices.ContainsFunc(ws.Mutes[m.Account], func(known Mute) bool { return known.ID == m.ID }) || !m.Until.After(now) {
		return
	}
	m.From = now
	for _, known := range slices.Clone(ws.Mutes[m.Account]) {
		if known.Kind == m.Kind && known.EndedAt.IsZero() {
			m.Over += known.Over
			known.EndedAt, known.EndedBy = now, m.By
			ws.keepMute(known)
		}
	}
	ws.keepMute(m)
	for _, a := range ws.liveOf(m.Account, m.covers) {
		c := r.begin(a, Input{By: m.By, Origin: "mute"}, now)
		if longest, _ := ws.muting(a, now); !a.Hold.lost() {
			c.hold(Hold{Reason: HoldMute, Until: longest.Until, By: longest.ID})
		}
		c.did(DidMute, EntryData{Until: m.Until, Note: m.Reason})
		c.redraw(PriorityClick)
		ws.record(c)
	}
}

// Unmuted is what came of the end of a mute.
type Unmuted struct {
	Mute    Mute
	Account string  // what people call it
	Resumed []Alert // were shown before the mute: nobody was told of them meanwhile
	Shown   []Alert // grave ones that came meanwhile
	Kept    []Alert // others that came meanwhile: they stay in lists and digests
}

// Unmute ends a running mute and shows what is still worth it: open alerts of high or critical severity. Again, it is nothing.
func (r *Rules) Unmute(ws *WorkingSet, id string, by Actor, now time.Time) Unmuted {
	for account, mutes := range ws.Mutes {
		for _, m := range mutes {
			if m.ID == id && m.EndedAt.IsZero() && ws.Accounts[account] != nil {
				return r.endMute(ws, m, by, now)
			}
		}
	}
	return Unmuted{}
}

// UnmuteAll ends the running mutes of an account, or those of one kind of alerts about it.
func (r *Rules) UnmuteAll(ws *WorkingSet, account string, kind Kind, by Actor, now time.Time) []Unmuted {
	var all []Unmuted
	for _, m := range slices.Clone(ws.Mutes[account]) {
		if m.runs(now) && (kind == "" || kind == m.Kind) {
			all = append(all, r.endMute(ws, m, by, now))
		}
	}
	return all
}

// ExpireMutes ends the mutes of an account whose time is over, each with one message about what it held.
func (r *Rules) ExpireMutes(ws *WorkingSet, account string, now time.Time) {
	for _, m := range slices.Clone(ws.Mutes[account]) {
		if !m.EndedAt.IsZero() || m.Until.After(now) {
			continue
		}
		u := r.endMute(ws, m, Actor{}, now)
		text := u.Summary(r)
		if text == "" {
			continue
		}
		to := r.Channels[r.Fallback.Channel].Slack
		if isPerson(m.By.UserID) {
			to = Target("@" + m.By.UserID)
		}
		for _, p := range noticePlaces("mute:"+m.ID, to, Notice{Text: text, Asked: true}) {
			ws.Changes.Places = append(ws.Changes.Places, r.Shade(p, nil, now))
		}
	}
}

// endMute lets go of what a mute holds and no other does.
func (r *Rules) endMute(ws *WorkingSet, m Mute, by Actor, now time.Time) Unmuted {
	m.EndedAt, m.EndedBy = now, by
	ws.keepMute(m)
	u := Unmuted{Mute: m, Account: m.Account}
	if a := ws.Accounts[m.Account]; a != nil {
		u.Account = a.Title()
	}
	for _, a := range ws.liveOf(m.Account, func(a Alert) bool { return a.Hold.Reason == HoldMute && a.Hold.By == m.ID }) {
		c := r.begin(a, Input{By: by, Origin: "unmute"}, now)
		if other, still := ws.muting(a, now); still {
			c.hold(Hold{Reason: HoldMute, Until: other.Until, By: other.ID})
		} else {
			c.unmute(&u)
		}
		c.redraw(PriorityPost)
		ws.record(c)
	}
	r.Collide(ws, m.Account, now)
	return u
}

// unmute decides what becomes of one alert that was muted.
func (c *change) unmute(u *Unmuted) {
	grave := c.a.Severity >= High && c.a.Status != Acknowledged
	switch {
	case !c.a.ShownAt.IsZero():
		u.Resumed = append(u.Resumed, c.a)
		c.unhold()
		if c.a.Status == Open {
			c.escalate()
		}
		c.did(DidUnmute, EntryData{})
	case grave:
		u.Shown = append(u.Shown, c.a)
		_ = c.holdOver() // never fails
	default:
		u.Kept = append(u.Kept, c.a)
		c.hold(Hold{Reason: HoldMute, By: c.a.Hold.By})
	}
}

// maxNamed is how many alerts a summary names.
const maxNamed = 5

// Summary says in mrkdwn what a mute has held; "" when that is nothing.
func (u Unmuted) Summary(r *Rules) string {
	held := len(u.Resumed) + len(u.Shown) + len(u.Kept) + u.Mute.Over
	if held == 0 {
		return ""
	}
	about := ""
	if u.Mute.Kind != "" {
		about = " (" + strings.ReplaceAll(string(u.Mute.Kind), "_", " ") + ")"
	}
	var parts []string
	for _, p := range []struct {
		n         int
		one, many string
	}{
		{len(u.Shown), "is shown now", "are shown now"},
		{len(u.Resumed), "goes on as before", "go on as before"},
		{len(u.Kept), "stays in the digest", "stay in the digest"},
		{u.Mute.Over, "is over", "are over"},
	} {
		if p.n > 0 {
			parts = append(parts, plural(p.n, p.one, p.many))
		}
	}
	text := "The mute of " + plain(u.Account) + plain(about) + " is over. It held " + plural(held, "alert", "alerts") + ": " + strings.Join(parts, ", ") + "."
	var named []string
	for _, a := range u.Shown[:min(len(u.Shown), maxNamed)] {
		named = append(named, plain(a.ShortID+", "+r.about(a)))
	}
	if len(named) > 0 {
		text += " Now: " + strings.Join(named, "; ") + "."
	}
	return text
}

// alarm tells the owner of a red account that is muted, for that is too grave to be held.
func (c *change) alarm() {
	f := c.a.Facts.Health
	if c.a.Hold.Reason == HoldMute && c.a.Polarity == Risk && f != nil && f.To == journey.HealthRed {
		c.tell(c.a.Owner, "muted-"+c.a.Severity.String(), c.name()+" is muted, but you should know: "+c.about()+".")
	}
}

// tellFlapping tells once that something comes and goes, instead of every time.
func (c *change) tellFlapping() {
	if c.a.Hold.Reason != HoldFlapping || c.intake.ws.Conditions[c.a.Key].Flaps || len(c.a.Channels) == 0 {
		return
	}
	f := c.r.Quiet.Flapping
	text := c.name() + ": " + c.about() + ". It came and went " + plural(f.Changes, "time", "times") + " in " + span(f.Within, "") +
		", so I hold it until it is steady, at the latest " + c.slackTime(c.a.Hold.Until) + "."
	c.res.Places = append(c.res.Places, noticePlaces("flapping:"+c.a.ID, Target(c.a.Channels[0]), Notice{Text: text, AlertID: c.a.ID})...)
}

// lose holds what nobody on it is working on, once its account has left or nobody may sell to it, and lets it go when that is over.
func (in intake) lose() {
	for _, a := range in.ws.liveOf(in.account.ID, func(Alert) bool { return true }) {
		reason := aboutLost(*in.account, a.Kind)
		c := in.r.begin(a, Input{Origin: "event"}, in.now)
		switch {
		case a.Hold.lost() && reason == HoldNone:
			in.regain(c)
		case !a.Hold.lost() && reason != HoldNone && a.AckedBy == "":
			c.hold(Hold{Reason: reason})
			c.did(DidHold, EntryData{Note: string(reason)})
		default:
			continue
		}
		c.redraw(PriorityPost)
		in.record(c)
	}
}

// regain lets go of an alert whose account is back: what was never shown, and is not grave, stays in the digest.
func (in intake) regain(c *change) {
	m, muted := in.ws.muting(c.a, c.now)
	switch {
	case muted:
		c.hold(Hold{Reason: HoldMute, Until: m.Until, By: m.ID})
	case c.a.ShownAt.IsZero() && c.a.Severity < High:
		c.hold(Hold{Reason: HoldLow})
	default:
		_ = c.holdOver() // never fails
	}
}

// noticePlaces is a notice about a subject, where there is a place for it.
func noticePlaces(subject string, to Target, n Notice) []Place {
	if to == "" {
		return nil
	}
	return []Place{{Kind: NoticeMessage, Subject: subject, Target: to, Priority: PriorityPost, Body: n.body()}}
}

// about says what an alert is about, where outsiders may read it.
func (r *Rules) about(a Alert) string {
	if f := a.Facts.Contact; f != nil {
		return f.Role + " changed"
	}
	return r.summary(a)
}
