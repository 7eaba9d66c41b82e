package alerts

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"time"

	"journeybot/journey"
)

// Source is a system that sends events, and the rhythm in which it does.
type Source struct {
	Name      string
	LastAt    time.Time     // when its last event came
	UsualGap  time.Duration // learned: how long it pauses, without the days on which it never sends; 0 while unknown
	Seen      int64         // events so far
	LateSince time.Time     // zero while it is on time
	Rhythm    Rhythm
}

// Rhythm is what is learned of a source beside its usual gap.
type Rhythm struct {
	Since time.Time       // when it was first heard
	Sent  [7]journey.Day  // the last day it sent on, by time.Weekday
	Feeds map[string]bool // what it sends, as Event.Feed names it
	Back  time.Time       // when it was last heard again after being late
}

const (
	shortGap      = time.Minute    // less is one delivery
	latestAtLeast = 26 * time.Hour // a nightly job may take its time
	learnDays     = 3 * day        // before which a source has no rhythm
	learnSeen     = 10
	learnWeeks    = 14 * day      // before which every working day may be one on which it sends, and a weekend is one once it did
	settleBack    = time.Hour     // what was late arrives before the alerts it would undo are shown
	longestPause  = 30 * 24 * day // bounds the walk over days
)

// Feed names what kind of numbers an event brings; "" for none that its absence could falsify.
func (e Event) Feed() string {
	switch {
	case e.Touch != nil:
		return "touch"
	case e.KPIs != nil:
		return "kpi"
	case e.Usage != nil:
		return "usage"
	}
	return ""
}

// fedBy are the feeds whose absence looks like the trouble that a kind tells.
var fedBy = map[Kind][]string{
	Silence:          {"touch"},
	MilestoneDropoff: {"usage", "kpi"},
	PersonaQuiet:     {"usage"},
	HealthShift:      {"usage", "kpi"},
}

// Heard notes n events of the source that came at that time. Its days are those of UTC.
func (s Source) Heard(at time.Time, n int64, feeds []string) Source {
	if s.Rhythm.Since.IsZero() {
		s.Rhythm.Since = at
	}
	if gap := s.pause(at); !s.LastAt.IsZero() && gap >= shortGap && s.LateSince.IsZero() {
		s.UsualGap = learn(s.UsualGap, gap)
	}
	if !s.LateSince.IsZero() {
		s.LateSince, s.Rhythm.Back = time.Time{}, at
	}
	s.Seen += n
	if at.After(s.LastAt) {
		s.LastAt = at
	}
	local := at.UTC()
	s.Rhythm.Sent[local.Weekday()] = max(s.Rhythm.Sent[local.Weekday()], journey.DayOf(local))
	known := map[string]bool{}
	for f := range s.Rhythm.Feeds {
		known[f] = true
	}
	for _, f := range feeds {
		if f != "" {
			known[f] = true
		}
	}
	s.Rhythm.Feeds = known
	return s
}

// learn follows longer gaps quickly and shorter ones slowly: the pauses between bursts are the rhythm, not the bursts.
func learn(usual, gap time.Duration) time.Duration {
	if gap > usual {
		return usual + (gap-usual)/2
	}
	return usual - (usual-gap)/20
}

// quietOn reports whether the source never sends on a weekday.
func (s Source) quietOn(d time.Weekday) bool {
	sent := s.Rhythm.Sent[d]
	if s.LastAt.Sub(s.Rhythm.Since) < learnWeeks {
		weekend := d == time.Saturday || d == time.Sunday
		return weekend && !s.Rhythm.Sent[time.Saturday].Known() && !s.Rhythm.Sent[time.Sunday].Known()
	}
	return !sent.Known() || s.LastAt.Sub(sent.In(time.UTC)) > learnWeeks+2*day
}

// pause is how long the source has been quiet at a time, without the days on which it never sends.
func (s Source) pause(at time.Time) time.Duration {
	if s.LastAt.IsZero() || !at.After(s.LastAt) {
		return 0
	}
	if at.Sub(s.LastAt) > longestPause {
		return at.Sub(s.LastAt)
	}
	var quiet time.Duration
	for from := s.LastAt.UTC(); from.Before(at); {
		next := time.Date(from.Year(), from.Month(), from.Day()+1, 0, 0, 0, 0, time.UTC)
		end := next
		if at.Before(end) {
			end = at
		}
		if !s.quietOn(from.Weekday()) {
			quiet += end.Sub(from)
		}
		from = next
	}
	return quiet
}

// Late reports whether a source that normally sends has been quiet for too long at now.
func (r *Rules) Late(s Source, now time.Time) bool {
	if r.Guards.Freshness <= 0 || s.UsualGap <= 0 || s.Seen < learnSeen || s.LastAt.Sub(s.Rhythm.Since) < learnDays {
		return false
	}
	limit := max(time.Duration(r.Guards.Freshness*float64(s.UsualGap)), latestAtLeast)
	return s.pause(now) > limit
}

// lateSource holds what the absence of a late source's numbers may have made up.
func lateSource(in intake, _ Alert, v verdict) (Hold, bool) {
	if in.ev.Source != derivedSource {
		return Hold{}, false
	}
	for _, s := range in.ws.Late {
		if slices.ContainsFunc(fedBy[v.kind], func(feed string) bool { return s.Rhythm.Feeds[feed] }) {
			return Hold{Reason: HoldLateSource, By: s.Name}, true
		}
	}
	return Hold{}, false
}

// Back lets go, a while later, of the alerts of an account that a late source held: what it brings now may undo them first.
func (r *Rules) Back(ws *WorkingSet, account string, now time.Time) {
	late := map[string]bool{}
	for _, s := range ws.Late {
		late[s.Name] = true
	}
	for _, key := range slices.Sorted(maps.Keys(ws.Live)) {
		a := ws.Live[key]
		if a.Account != account || a.Hold.Reason != HoldLateSource || late[a.Hold.By] || !a.Hold.Until.IsZero() {
			continue
		}
		c := r.begin(*a, Input{Origin: "guard"}, now)
		c.a.Hold.Until = now.Add(settleBack)
		c.redraw(PriorityCount)
		ws.record(c)
	}
}

// Lateness is one time that a source was late: the frozen part of the message about it.
type Lateness struct {
	Source string
	Since  time.Time     // when it was noticed
	Last   time.Time     // when its last event had come
	Gap    time.Duration // its usual one then
	Back   time.Time     // when it was heard again; zero while it is late. Not kept: the source knows
}

// Lateness is the message that tells operations of a late source, once each time; ok is false when there is no channel for it.
func (r *Rules) Lateness(s Source, now time.Time) (place Place, ok bool) {
	channel := r.Channels[r.Fallback.Channel].Slack
	body, err := json.Marshal(Lateness{Source: s.Name, Since: now, Last: s.LastAt, Gap: s.UsualGap})
	if channel == "" || err != nil || !r.Late(s, now) {
		return Place{}, false
	}
	return r.Shade(Place{
		Kind: SourceMessage, Subject: s.Name, Target: channel, Slot: strconv.FormatInt(s.LastAt.UnixMicro(), 36), Priority: PriorityPost, Body: body,
	}, nil, now), true
}
