package alerts

import (
	"slices"
	"strings"
	"time"
)

// Play is how far an alert's playbook is: what was ticked and what its buttons did. The zero Play has not begun.
type Play struct {
	Since    time.Time // when somebody chose another playbook; zero: the alert has its first
	Ticks    []Tick    // steps done, of every playbook that the alert had
	Acts     []Act     // what was asked of other systems, newest last, at most 20
	Reminded time.Time // the owners of steps due until then were reminded
}

// Tick is a step that somebody did.
type Tick struct {
	Playbook, Step string
	By             Actor
	At             time.Time
}

// Act is an event that a button of the playbook sent to another system, and what that system answered.
type Act struct {
	ID       string // of the event, which growth.action.result names
	Playbook string
	Action   string // id of the button
	Label    string
	By       Actor
	At       time.Time
	Answered time.Time // age of the answer; zero: none has come
	OK       bool
	Message  string // of the answer
	Kept     bool   // a form: what was filled in is kept here, whether or not another system answers
}

// actPatience is how long an unanswered action keeps others from asking for the same again.
const actPatience = 10 * time.Minute

// Waits reports whether the answer may still come, so that asking again could do the thing twice.
func (a Act) Waits(now time.Time) bool {
	return !a.Kept && a.Answered.IsZero() && now.Sub(a.At) < actPatience
}

const maxActs = 20

func (p Play) tick(playbook, step string) int {
	return slices.IndexFunc(p.Ticks, func(t Tick) bool { return t.Playbook == playbook && t.Step == step })
}

// set ticks a step or takes the tick away.
func (p Play) set(t Tick, done bool) Play {
	p.Ticks = slices.Clone(p.Ticks)
	if i := p.tick(t.Playbook, t.Step); i >= 0 {
		p.Ticks = slices.Delete(p.Ticks, i, i+1)
	}
	if done {
		p.Ticks = append(p.Ticks, t)
	}
	return p
}

// actionSeparator is between an alert's id and the rest of the id of what it asked for.
const actionSeparator = ":action."

// ActedOn is the id of the alert from which the action with that event id came; "" when it is no such id.
func ActedOn(action string) string {
	alert, _, ok := strings.Cut(action, actionSeparator)
	if !ok {
		return ""
	}
	return alert
}

// Latest are the newest acts of each button, oldest first.
func (p Play) Latest() []Act {
	var latest []Act
	for _, act := range p.Acts {
		same := func(other Act) bool { return other.Playbook == act.Playbook && other.Action == act.Action }
		latest = append(slices.DeleteFunc(latest, same), act)
	}
	return latest
}
