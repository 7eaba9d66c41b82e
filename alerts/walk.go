package alerts

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"journeybot/journey"
)

// Position is where an account stands on its map, with what that follows from.
type Position struct {
	History  journey.History // as far back as Standing asks for
	Standing journey.Standing
	Old      bool // the account was known before the maps in use were: without a standing, its past is no news

	Moves []JourneyMove // made by Walk, in order
	Next  time.Time     // made by Walk: when to look again without news; zero for never
}

// JourneyMove is a line of an account's stage history. To is "" before the first milestone.
type JourneyMove struct {
	Map, From, To string
	At            time.Time
	Reason        string // rule, event, correction or "map changed"
	EventID       string
	Quiet         bool // history retold
}

// Since notes that an account's history changed on a day.
func (ws *WorkingSet) since(account string, day journey.Day) {
	if known, noted := ws.Changes.Since[account]; !noted || day < known {
		ws.Changes.Since[account] = day
	}
}

// Looks says how much of an account's history Walk reads: none when no map is for it, all when its standing is made anew.
func (r *Rules) Looks(a journey.Account, p *Position, now time.Time) (some, all bool) {
	m := journey.Choose(r.Maps, a, now)
	return m != nil, m != nil && m.Fresh(p.Standing, p.History.Changed)
}

// Walk evaluates where the accounts of ws stand. It changes positions and returns the signals that follow, each with an id that is the
// same whenever and by whomever it is derived; those not seen before are for Ingest, and then Arrive takes the rest over.
func (r *Rules) Walk(ws *WorkingSet, positions map[string]*Position, now time.Time) []Event {
	var events []Event
	for _, id := range slices.Sorted(maps.Keys(positions)) {
		account, p := ws.Accounts[id], positions[id]
		if account == nil {
			continue
		}
		events = append(events, r.evaluate(ws, account, p, now)...)
	}
	return events
}

func (r *Rules) evaluate(ws *WorkingSet, account *journey.Account, p *Position, now time.Time) []Event {
	p.History.Account = *account
	p.History.Agreed = agreed(ws, account.ID)
	first := p.Standing.Map == ""
	m := journey.Choose(r.Maps, *account, now)
	if m == nil {
		p.Standing, p.Next = journey.Standing{}, time.Time{}
		return nil
	}
	var changes []journey.Change
	p.Standing, changes = m.Evaluate(p.Standing, p.History, now)
	p.Next = time.Time{}
	if due := p.Standing.Due; due.Known() {
		p.Next = onDay(due.In(r.zone()), 0, morning) // when the night's deliveries about the day before have come
	}
	t := telling{r: r, ws: ws, m: m, account: account, p: p, now: now}
	for _, change := range changes {
		if first && p.Old {
			change.Quiet = true
		}
		t.tell(change)
	}
	return t.events
}

// agreed are the dates that people moved, by milestone.
func agreed(ws *WorkingSet, account string) map[string]journey.Day {
	days := map[string]journey.Day{}
	for _, a := range ws.Live {
		if d := a.Facts.Dropoff; a.Account == account && d != nil && d.Extended > 0 {
			days[d.Milestone] = journey.DayOf(d.ExpectedBy)
		}
	}
	return days
}

// telling turns what happened to one account on its map into signals.
type telling struct {
	r       *Rules
	ws      *WorkingSet
	m       *journey.Map
	account *journey.Account
	p       *Position
	now     time.Time
	events  []Event
}

// signalsOf says which signal a change makes; those that are left out make none.
var signalsOf = map[journey.ChangeKind]func(t *telling, c journey.Change) (Kind, Facts, bool){
	journey.Reached:      (*telling).reached,
	journey.DroppedOff:   (*telling).droppedOff,
	journey.Lost:         (*telling).lost,
	journey.LosingSoon:   (*telling).losing,
	journey.NearMissed:   (*telling).nearMissed,
	journey.BranchOpened: (*telling).path,
	journey.PersonaQuiet: (*telling).persona,
	journey.Triggered:    (*telling).triggered,
	journey.LimitCrossed: (*telling).limit,
	journey.HealthMoved:  (*telling).health,
}

func (t *telling) tell(c journey.Change) {
	id := t.account.ID + ":" + c.ID
	switch c.Kind {
	case journey.StageMoved:
		t.p.Moves = append(t.p.Moves, JourneyMove{Map: c.Map, From: c.From, To: c.To, At: c.At, Reason: c.Reason, EventID: id, Quiet: c.Quiet})
	case journey.HealthMoved:
		if c.Quiet = c.Quiet && !t.fell(c); c.Quiet {
			t.account.Health, t.account.HealthAt, t.account.Score = journey.Health(c.To), c.At, &c.Score
			t.ws.Changes.Accounts[t.account.ID] = true
			t.ws.Changes.KPIs = append(t.ws.Changes.KPIs, KPIPoint{Account: t.account.ID, Name: scoreKPI, At: c.At, Value: c.Score})
		}
	}
	signal, makes := signalsOf[c.Kind]
	if !makes || c.Quiet {
		return
	}
	kind, facts, ok := signal(t, c)
	if !ok {
		return
	}
	facts.AsOf = c.At
	s := Signal{Kind: kind, About: c.About, Facts: facts, Playbook: c.Playbook}
	s.About = aboutOf(s)
	// It is as new as this evaluation: what came late may undo what an earlier one told of a later day.
	t.events = append(t.events, Event{
		Source: derivedSource, ID: id, Type: "signal." + string(s.Kind), Account: t.account.ID, At: t.now, ReceivedAt: t.now, Signal: &s,
	})
}

// aboutOf is empty for kinds of which an account has one alert at most.
func aboutOf(s Signal) string {
	if s.Kind == HealthShift || s.Kind == PQL {
		return ""
	}
	return s.About
}

func (t *telling) reached(c journey.Change) (Kind, Facts, bool) {
	took := time.Duration(max(c.Took, 0)) * day
	return MilestoneReached, Facts{Reached: &ReachedFacts{Milestone: c.About, Took: took, On: c.Day}}, true
}

// dropoff is what all that can be wrong with a milestone has in common.
func (t *telling) dropoff(c journey.Change, why DropoffWhy, by journey.Day) (Kind, Facts, bool) {
	return MilestoneDropoff, Facts{Dropoff: &DropoffFacts{
		Milestone: c.About, Why: why, ExpectedBy: by.In(t.r.zone()), Forecast: c.Forecast.In(t.r.zone()), Progress: progressOf(c.Progress),
		LastAction: c.LastDone, Contact: talkTo(*t.account), User: c.User,
	}}, true
}

func (t *telling) droppedOff(c journey.Change) (Kind, Facts, bool) {
	return t.dropoff(c, DropoffLate, c.Expected)
}

func (t *telling) lost(c journey.Change) (Kind, Facts, bool) {
	return t.dropoff(c, DropoffLost, c.Day)
}

func (t *telling) losing(c journey.Change) (Kind, Facts, bool) {
	return t.dropoff(c, DropoffLosing, c.Expected)
}

func (t *telling) nearMissed(c journey.Change) (Kind, Facts, bool) {
	return t.dropoff(c, DropoffNear, c.Day.Add(c.DaysLeft))
}

// progressOf are the terms of which there can be too little.
func progressOf(terms []journey.Term) []Progress {
	var all []Progress
	for _, term := range terms {
		if term.Known && (term.Op == ">=" || term.Op == ">") {
			all = append(all, Progress{KPI: term.Label, Have: term.Have, Need: term.Need})
		}
	}
	return all
}

// talkTo is the person at an account to talk to: the champion, else an administrator, else whoever is known.
func talkTo(a journey.Account) journey.Contact {
	for _, role := range []string{journey.RoleChampion, journey.RoleAdmin} {
		if c, has := a.Holder(role); has {
			return c
		}
	}
	for _, c := range a.Contacts {
		if c.LeftAt.IsZero() {
			return c
		}
	}
	return journey.Contact{}
}

// path tells of a side path, unless an alert opened it: that alert is there already.
func (t *telling) path(c journey.Change) (Kind, Facts, bool) {
	at := slices.IndexFunc(t.m.Branches, func(b journey.Branch) bool { return b.ID == c.About })
	if at < 0 {
		return "", Facts{}, false
	}
	b := t.m.Branches[at]
	if b.Opens != nil && slices.ContainsFunc(b.Opens.Needs(), func(n journey.Need) bool { return n.Function == journey.FuncAlert }) {
		return "", Facts{}, false
	}
	return PathOpened, Facts{Path: &PathFacts{
		Title: cmp.Or(b.Title, b.ID), Polarity: Polarity(b.Polarity), Since: t.p.Standing.State.Branches[b.ID].Opened,
	}}, true
}

func (t *telling) persona(c journey.Change) (Kind, Facts, bool) {
	title := c.About
	for _, p := range t.m.Personas {
		if p.ID == c.About {
			title = cmp.Or(p.Title, p.ID)
		}
	}
	return PersonaQuiet, Facts{Path: &PathFacts{Title: title, Polarity: Risk, Since: c.Day}}, true
}

func (t *telling) triggered(c journey.Change) (Kind, Facts, bool) {
	f := &PQLFacts{Score: c.Score, Trigger: strings.ReplaceAll(c.About, "_", " "), Contact: talkTo(*t.account), Plan: t.account.Plan}
	for _, trigger := range t.m.Triggers {
		if trigger.ID == c.About {
			f.Score = cmp.Or(f.Score, trigger.Score)
			f.Reasons = []string{cmp.Or(trigger.Reason, f.Trigger)}
		}
	}
	return PQL, Facts{PQL: f}, true
}

func (t *telling) limit(c journey.Change) (Kind, Facts, bool) {
	f := &LimitFacts{Resource: c.About, Used: c.Used, Limit: c.Limit, PeriodEnd: c.Period.In(t.r.zone())}
	for _, l := range t.m.Limits {
		if l.Resource == c.About {
			f.Unit, f.NextPlan = l.Unit, l.NextPlan
		}
	}
	return UsageLimit, Facts{Limit: f}, true
}

func (t *telling) health(c journey.Change) (Kind, Facts, bool) {
	h := &HealthFacts{From: journey.Health(c.From), To: journey.Health(c.To), Score: &c.Score}
	if c.From != "" {
		h.PreviousScore = &c.Previous
	}
	for _, d := range c.Drivers {
		h.Drivers = append(h.Drivers, Driver{Measure: t.measure(d.Measure), From: decimal(d.From), To: decimal(d.Value)})
	}
	return HealthShift, Facts{Health: h}, true
}

// fell reports whether a score that kept its colour fell so far that it is news all the same.
func (t *telling) fell(c journey.Change) bool {
	limit := t.r.Thresholds.Health.Drop
	return c.Reason == "rule" && c.From != "" && limit > 0 && c.Previous-c.Score >= limit
}

func (t *telling) measure(id string) string {
	if t.m.Health != nil {
		for _, m := range t.m.Health.Measures {
			if m.ID == id {
				return cmp.Or(m.Title, id)
			}
		}
	}
	return id
}

// Arrive takes over to the accounts where they stand now, once the signals of Walk were taken, and ends the alerts that this undoes.
func (r *Rules) Arrive(ws *WorkingSet, positions map[string]*Position, now time.Time) {
	live := map[string][]*Alert{}
	for _, key := range slices.Sorted(maps.Keys(ws.Live)) {
		a := ws.Live[key]
		live[a.Account] = append(live[a.Account], a)
	}
	for _, id := range slices.Sorted(maps.Keys(positions)) {
		account, p := ws.Accounts[id], positions[id]
		if account == nil || p.Standing.Map == "" {
			continue
		}
		in := intake{r: r, ws: ws, now: now, account: account}
		in.arrive(p)
		for _, a := range live[id] {
			in.relieve(p.Standing, *a)
		}
	}
}

func (in intake) arrive(p *Position) {
	account := in.account
	if account.Map != p.Standing.Map {
		account.Map = p.Standing.Map
		in.changed()
	}
	p.Moves = slices.DeleteFunc(p.Moves, func(move JourneyMove) bool { return account.Stage == move.To && move.Reason == "event" })
	for _, move := range p.Moves {
		from := account.Stage
		account.Stage, account.StageAt = move.To, move.At
		in.changed()
		if !move.Quiet {
			in.ev.At = move.At
			in.stageChanged(from, move.To)
		}
	}
}

// relieve ends an alert that the journey made and that its state no longer bears out.
func (in intake) relieve(standing journey.Standing, a Alert) {
	if len(a.EventIDs) == 0 || !strings.HasPrefix(a.EventIDs[len(a.EventIDs)-1], derivedSource+" ") {
		return // told by another system, which also ends it
	}
	facts, state := a.Facts, standing.State
	switch {
	case facts.Dropoff != nil && in.settled(standing, *facts.Dropoff):
		over := *facts.Dropoff
		over.Over = true
		facts.Dropoff = &over
	case facts.Path != nil && (a.Kind == PersonaQuiet && !state.Quiet[a.About].Known() || a.Kind == PathOpened && state.Branches[a.About].Closed.Known()):
		over := *facts.Path
		over.Over = true
		facts.Path = &over
	default:
		return
	}
	in.ev = Event{Source: derivedSource, ID: in.account.ID + ":over:" + a.ID, Account: in.account.ID, At: in.now, ReceivedAt: in.now}
	in.signal(Signal{Kind: a.Kind, About: a.About, Facts: facts})
}

// settled reports whether nothing is wrong with a milestone any more.
func (in intake) settled(standing journey.Standing, d DropoffFacts) bool {
	s := standing.State.Milestones[d.Milestone]
	switch d.Why {
	case DropoffLosing:
		return s.Held() && in.safe(standing, d.Milestone)
	case DropoffLate:
		return s.Held() || !s.Dropped.Known() && d.Extended == 0
	}
	return s.Held()
}

// safe reports whether a sustained milestone will not be lost soon: its period has what it needs, or the warning was taken back.
func (in intake) safe(standing journey.Standing, milestone string) bool {
	for _, m := range in.r.Maps {
		if s := m.Milestone(milestone); m.ID == standing.Map && s != nil && s.Sustain != nil && s.Sustain.Every.Calendar != "" {
			return standing.State.Milestones[milestone].Good >= s.Sustain.Every.First(journey.DayOf(in.r.local(in.now)))
		}
	}
	return standing.State.Warned[milestone] == ""
}
