package demo

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Journey is the book as a bundled map sees it: what customers did in the last months, from which the map makes stages, drop-offs,
// warnings and, where it measures it, health. The zero Journey is of no map: those are told by events then.
type Journey struct {
	name     string
	paths    []path
	health   bool              // the map makes it
	segments map[string]string // as the map calls them; others stay
	late     string            // the account whose usage is told only by the story, and which is found stuck then
	lateAt   string            // the milestone at which somebody said it was, before
	pause    int               // for how many days an account that falls has left off what it did regularly
	full     []string          // whose seats are taken; the others have room. Empty: as in the book
	extras   []extra
}

// path is how accounts of some segments walk.
type path struct {
	segments []string       // empty for all
	steps    []step         // in the map's order
	reaches  map[string]int // how many steps are behind an account, by the stage of the book
}

// step is what reaches a milestone, and what goes on every day from then on until the next.
type step struct {
	gap   int // days since the step before
	does  []deed
	daily []deed
}

// deed is something that a customer does.
type deed struct {
	event, persona string
	count, people  int     // people share the count; 0 is one
	part           float64 // or this part of the account's users does it, each once
	every          int     // of a daily deed: only every so many days
}

// extra is what one account did beside its path: how many days ago.
type extra struct {
	account string
	ago     int
	deed
}

// JourneyNames are the maps of which there is a Journey, sorted.
func JourneyNames() []string { return slices.Sorted(maps.Keys(journeys)) }

// JourneyOn is the journey on a bundled map; the zero Journey for a name that is not one.
func JourneyOn(name string) Journey {
	j := journeys[name]
	if len(j.paths) > 0 {
		j.name = name
	}
	return j
}

// Name is the map's; "" for none.
func (j Journey) Name() string { return j.name }

// mostItems is how many counts an event of usage holds.
const mostItems = 1000

// Book is Book, and before it, account by account, what its people did. The map finds the stages in it, so nobody tells them.
func (j Journey) Book(now time.Time) []Event {
	if j.name == "" {
		return Book(now)
	}
	var events []Event
	all := numbers(now)
	today := all[len(all)-len(accounts):]
	for i, a := range accounts {
		did := j.usage(now, a)
		if a.id == j.late {
			did = []Event{reached(a.id, j.lateAt).event("stage/"+a.id, now.AddDate(0, 0, -2))}
		}
		who := j.profile(now, a)
		if j.health { // not judged by a part of what is known
			events = append(append(events, did...), today[i], who)
		} else {
			events = append(append(events, who), did...)
		}
	}
	for _, e := range Book(now) { // what is told twice counts once
		if !j.makes(e.Type) && e.Type != "growth.account.updated" {
			events = append(events, e)
		}
	}
	return events
}

// Story is Story without what the map finds by itself. In the opening an account turns out to be stuck, and then does what was missing;
// in later cycles, whoever reaches a milestone does what it takes.
func (j Journey) Story(now time.Time, cycle int) []Scene {
	if j.name == "" {
		return Story(now, cycle)
	}
	var scenes []Scene
	for _, s := range Story(now, cycle) {
		switch {
		case cycle == 0 && s.Event.Type == "growth.signal.milestone_dropoff" && s.Event.Subject == "hooli":
			s.Event = j.told(now, find(j.late), j.walked(now, find(j.late)), s.Event.ID)
		case s.Event.Type == "growth.signal.milestone_reached":
			who := find(s.Event.Subject)
			if cycle == 0 {
				who = find(j.late)
			}
			items := j.nextStep(now, who)
			if len(items) == 0 {
				continue
			}
			s.Event = j.told(now, who, items, s.Event.ID)
		case j.makes(s.Event.Type):
			continue
		}
		s.Event.Time = time.Time{}
		scenes = append(scenes, s)
	}
	return scenes
}

// makes reports whether the map makes signals of a type by itself.
func (j Journey) makes(kind string) bool {
	return strings.HasPrefix(kind, "growth.signal.milestone_") || j.health && kind == "growth.signal.health_shift"
}

func (j Journey) profile(now time.Time, a account) Event {
	a.segment = j.segment(a)
	if len(j.full) > 0 && !slices.Contains(j.full, a.id) {
		a.seats = max(a.seats, a.users*3/2+3)
	}
	return a.profile(now).event("account/"+a.id, now.Add(-2*time.Hour))
}

func (j Journey) segment(a account) string { return cmp.Or(j.segments[a.segment], a.segment) }

// path is the account's; one without steps when the map is not for it.
func (j Journey) path(a account) path {
	for _, p := range j.paths {
		if len(p.segments) == 0 || slices.Contains(p.segments, j.segment(a)) {
			return p
		}
	}
	return path{}
}

// usage are events with all that an account's people did, so many counts each.
func (j Journey) usage(now time.Time, a account) []Event {
	var events []Event
	for items := range slices.Chunk(j.walked(now, a), mostItems) {
		id := fmt.Sprintf("usage/%s/%s/%d", j.name, a.id, len(events))
		events = append(events, j.told(now, a, items, id))
	}
	return events
}

func (j Journey) told(now time.Time, a account, items []fields, id string) Event {
	return told{"growth.usage.tracked", a.id, fields{"items": items}}.event(id, now)
}

// lateAgo is how many days ago an account came to where it is stuck, at least: longer than any map waits there.
const lateAgo = 41

// walked are the counts of an account, oldest first.
func (j Journey) walked(now time.Time, a account) []fields {
	p := j.path(a)
	behind := min(p.reaches[a.stage], len(p.steps))
	var all []fields
	ago, until := a.stageAgo, 0
	if a.id == j.late {
		ago = max(ago, lateAgo)
	}
	for i := behind - 1; i >= 0; i-- {
		s := p.steps[i]
		var here []fields
		for _, d := range s.does {
			here = append(here, d.on(now, a, ago)...)
		}
		for day := ago - 1; day >= until; day-- {
			for _, d := range s.daily {
				if (ago-day)%max(d.every, 1) == 0 && !j.pauses(a, d, day) {
					here = append(here, d.on(now, a, day)...)
				}
			}
		}
		all = append(here, all...)
		ago, until = ago+s.gap, ago
	}
	for _, e := range j.extras {
		if e.account == a.id {
			all = append(all, e.on(now, a, e.ago)...)
		}
	}
	return all
}

// pauses reports whether an account that falls has left something off.
func (j Journey) pauses(a account, d deed, ago int) bool {
	return a.trend == falling && d.every > 1 && d.persona != "end_user" && ago < j.pause
}

// nextStep is what an account does to go on from where it is; nothing at the end of its path.
func (j Journey) nextStep(now time.Time, a account) []fields {
	p := j.path(a)
	at := p.reaches[a.stage]
	if at >= len(p.steps) {
		return nil
	}
	var all []fields
	for _, d := range p.steps[at].does {
		all = append(all, d.on(now, a, 0)...)
	}
	return all
}

// on are the counts of a deed on a day. The hour is early enough to be over when the demo begins, whatever the time zone.
func (d deed) on(now time.Time, a account, ago int) []fields {
	at := midnight(now).AddDate(0, 0, -ago).Add(9 * time.Hour)
	if at.After(now) {
		at = now
	}
	people, count := max(d.people, 1), d.count
	if d.part > 0 {
		people = max(int(d.part*float64(a.users)*a.trend.factor(ago)), 1)
		count = people
	}
	all := make([]fields, 0, people)
	for i := range people {
		who := fmt.Sprintf("%s-%s%d", a.id, cmp.Or(strings.ReplaceAll(d.persona, "_", "-"), "person"), i+1)
		f := fields{"event": d.event, "count": max(count/people, 1), "user": who, "at": at.Format(time.RFC3339)}
		if d.persona != "" {
			f["persona"] = d.persona
		}
		all = append(all, f)
	}
	return all
}

// Past are the counts of those to whom the episodes happened, so that the map has more accounts to compare.
func (j Journey) Past(now time.Time, episodes []Episode) []Event {
	events := make([]Event, 0, len(episodes))
	for i, e := range episodes {
		a := account{id: e.Signal.Subject, segment: "smb", users: 4, stage: crowd[i%len(crowd)], stageAgo: 6 + i*7%60}
		events = append(events, j.usage(now, a)...)
	}
	return events
}

// crowd is how far customers get: of twenty, most stop at first value.
var crowd = slices.Concat(
	slices.Repeat([]string{""}, 2), slices.Repeat([]string{"first-search"}, 4), slices.Repeat([]string{"first-value"}, 8),
	slices.Repeat([]string{"value-realization"}, 3), slices.Repeat([]string{"continued-value"}, 2), []string{"value-growth"},
)
