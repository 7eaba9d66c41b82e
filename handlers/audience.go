package handlers

import "journeybot/alerts"

// facing answers a person: guests and people of other companies read no revenue, contacts, verbatims and notes.
func (s *Slack) facing(p alerts.Person) *Slack {
	if p.Guest {
		return s.outside()
	}
	return s
}

// outside is the same with everything left out that outsiders must not read.
func (s *Slack) outside() *Slack {
	return &Slack{store: s.store, people: s.people, cfg: s.cfg, seconds: s.seconds, life: s.life, end: s.end, working: s.working, hints: s.hints, books: s.books, guarded: true}
}
