package alerts

import (
	"slices"
	"time"

	"journeybot/journey"
)

// quieting is one reason not to show a new alert, or one that gets worse: false when it does not apply.
type quieting func(in intake, a Alert, v verdict) (Hold, bool)

// quietings are all reasons, in the order in which they are asked: the first that applies holds the alert.
var quietings = []quieting{unwelcome, muted, settles, lateSource, tooOld, flaps, digestOnly, quietHours, throttled}

// doubts are the reasons for which an alert that is shown already gets worse without telling anybody.
var doubts = []quieting{lateSource, tooOld, flaps}

// quieten holds an alert that should not be shown now. It comes before the alert's channels are added.
func (in intake) quieten(c *change) {
	if h, ok := in.ask(quietings, c); ok {
		c.hold(h)
	}
}

// ask returns the hold of the first reason that applies.
func (in intake) ask(reasons []quieting, c *change) (Hold, bool) {
	for _, holds := range reasons {
		if h, ok := holds(in, c.a, *c.sig); ok {
			return h, true
		}
	}
	return Hold{}, false
}

// requieten asks again about a held alert that is more severe now: it is released, or held for what still applies.
func (in intake) requieten(c *change) {
	was := c.a.Hold
	h, ok := in.ask(quietings, c)
	switch {
	case was.Reason == HoldCollision && c.a.Severity == Critical:
		c.free("it is critical now")
	case was.Reason == HoldNone, was.Reason == HoldCollision:
	case !ok:
		_ = c.release() // never fails
	case h != was:
		c.hold(h)
		c.did(DidHold, EntryData{Note: string(h.Reason), Until: h.Until})
	}
}

// unwelcome holds what is not to be told any more about an account that has left, or that nobody may sell to.
func unwelcome(in intake, a Alert, _ verdict) (Hold, bool) {
	reason := aboutLost(*in.account, a.Kind)
	return Hold{Reason: reason}, reason != HoldNone
}

// aboutLost is why alerts of a kind are no longer told about an account. Milestones are: leaving is one, and coming back.
func aboutLost(account journey.Account, kind Kind) HoldReason {
	switch {
	case account.DoNotContact && kind == PQL:
		return HoldNoContact
	case account.Status == journey.StatusChurned && kind != MilestoneReached:
		return HoldChurned
	}
	return HoldNone
}

// muted holds what somebody wants to hear nothing of for a while.
func muted(in intake, a Alert, _ verdict) (Hold, bool) {
	m, ok := in.ws.muting(a, in.now)
	return Hold{Reason: HoldMute, Until: m.Until, By: m.ID}, ok
}

// tooOld holds a signal that was old when it came: after an outage nobody is pinged for the past. What time makes itself is never late.
func tooOld(in intake, a Alert, _ verdict) (Hold, bool) {
	limit := in.r.Quiet.StaleAfter
	if a.Severity == Critical {
		limit = max(limit, in.r.Quiet.StaleCritical)
	}
	late := in.r.Quiet.StaleAfter > 0 && in.ev.Source != derivedSource && in.now.Sub(in.ev.At) > limit
	return Hold{Reason: HoldStale}, late
}

// LateBy is by how much the newest signal of an alert had aged when the alert opened; 0 while nobody would notice.
func (r *Rules) LateBy(a Alert) time.Duration {
	if late := a.OpenedAt.Sub(a.SignalAt); r.Quiet.StaleAfter > 0 && late > r.Quiet.StaleAfter {
		return late
	}
	return 0
}

// flaps holds what comes and goes all the time, until it has been one way for long enough.
func flaps(in intake, a Alert, v verdict) (Hold, bool) {
	f, known := in.r.Quiet.Flapping, in.ws.Conditions[v.key]
	crossed := in.crossings(v, known)
	if f.Changes <= 0 || a.Severity == Critical || !in.r.unsteady(crossed, in.ev.At) {
		return Hold{}, false
	}
	return Hold{Reason: HoldFlapping, Until: crossed[len(crossed)-f.Changes].Add(f.Within)}, true
}

// crossings are the times at which a condition began or ended, this signal among them when it is one.
func (in intake) crossings(v verdict, known Condition) []time.Time {
	alerting := func(level int) bool { return level >= max(v.opens, 1) }
	if alerting(v.level) == alerting(known.Level) {
		return known.Changes
	}
	all := append(slices.Clone(known.Changes), in.ev.At)
	return all[max(0, len(all)-maxChanges):]
}

// unsteady reports whether a condition came and went too often before a time.
func (r *Rules) unsteady(crossed []time.Time, at time.Time) bool {
	f := r.Quiet.Flapping
	recent := 0
	for _, t := range crossed {
		if at.Sub(t) < f.Within {
			recent++
		}
	}
	return f.Changes > 0 && recent >= f.Changes
}

// digestOnly holds what nobody has to be told at once.
func digestOnly(in intake, a Alert, _ verdict) (Hold, bool) {
	return Hold{Reason: HoldLow}, in.r.Quiet.DigestLow && a.Severity == Low
}

// quietHours holds what would go to nothing but channels that want quiet now.
func quietHours(in intake, a Alert, v verdict) (Hold, bool) {
	channels := slices.Clone(a.Channels)
	for _, name := range v.decision.Channels {
		channels = append(channels, string(in.r.Channels[name].Slack))
	}
	return in.r.asleep(a, channels, in.now)
}

// throttled holds what comes after enough alerts of its kind about its account. A grave one has its turn later.
func throttled(in intake, a Alert, _ verdict) (Hold, bool) {
	t := in.r.Quiet.Throttle[a.Kind]
	if t.Posts <= 0 || a.Severity == Critical {
		return Hold{}, false
	}
	posts := in.ws.posts(a, in.now.Add(-t.Per))
	if len(posts) < t.Posts {
		return Hold{}, false
	}
	turn := posts[len(posts)-t.Posts].Add(t.Per)
	if !turn.After(in.now) {
		return Hold{}, false
	}
	return Hold{Reason: HoldThrottle, Until: in.r.whenGrave(a, turn)}, true
}

// whenGrave is t for an alert that is shown when a quiet time is over, and zero for one that stays in the digest.
func (r *Rules) whenGrave(a Alert, t time.Time) time.Time {
	if a.Severity < High {
		return time.Time{}
	}
	return t
}

// posts are when alerts of the same kind were posted about the same account since then, or will be, in order.
func (ws *WorkingSet) posts(a Alert, since time.Time) []time.Time {
	at := map[string]time.Time{}
	for id, shown := range ws.Posts[a.Account][a.Kind] {
		at[id] = shown
	}
	for _, other := range ws.Live {
		if other.ID == a.ID || other.Account != a.Account || other.Kind != a.Kind {
			continue
		}
		at[other.ID] = other.ShownAt
		if other.Hold.Reason == HoldThrottle {
			at[other.ID] = other.Hold.Until
		}
	}
	var posts []time.Time
	for _, t := range at {
		if t.After(since) {
			posts = append(posts, t)
		}
	}
	slices.SortFunc(posts, time.Time.Compare)
	return posts
}
