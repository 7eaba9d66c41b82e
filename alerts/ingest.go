package alerts

import (
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strconv"
	"time"

	"journeybot/journey"
)

// Ingest decides one event on the working set and records what changed. It never fails: what an event can get
// wrong was refused when it was decoded.
func (r *Rules) Ingest(ws *WorkingSet, ev Event, now time.Time) EventResult {
	result := r.ingest(ws, ev, now)
	if account := ws.Accounts[ev.Account]; account != nil && (ev.Patch != nil || ev.Touch != nil) && ws.Changes.Accounts[ev.Account] {
		account.LookAt = r.lookAt(*account, now)
	}
	if ev.Signal != nil && (ev.Signal.Kind.Weighs() || ev.Signal.Kind.Upsells()) && result != ResultStale {
		r.Collide(ws, ev.Account, now)
	}
	ws.Changes.EventDone[ev.Source+" "+ev.ID] = result
	return result
}

func (r *Rules) ingest(ws *WorkingSet, ev Event, now time.Time) EventResult {
	if ev.Result != nil {
		return r.answer(ws, ev, now)
	}
	if ev.Account == "" {
		return ResultStored
	}
	account, ok := ws.Accounts[ev.Account]
	if !ok {
		account = &journey.Account{ID: ev.Account}
		ws.Accounts[ev.Account] = account
		ws.Changes.Accounts[ev.Account] = true
	}
	in := intake{r: r, ws: ws, ev: ev, now: now, account: account}
	switch {
	case ev.Patch != nil:
		return in.patch(*ev.Patch)
	case ev.KPIs != nil:
		return in.kpis()
	case ev.Usage != nil:
		return in.usage()
	case ev.Touch != nil:
		return in.touch()
	case ev.Signal != nil:
		return in.signal(*ev.Signal)
	}
	return ResultStored
}

// intake is one event on its way in.
type intake struct {
	r       *Rules
	ws      *WorkingSet
	ev      Event
	now     time.Time
	account *journey.Account
}

func (in intake) changed() { in.ws.Changes.Accounts[in.account.ID] = true }

// patch updates the account. A champion, sponsor or owner who is replaced is a signal by itself; the first one ever known is not.
func (in intake) patch(p journey.Patch) EventResult {
	if p.At.IsZero() {
		p.At = in.ev.At
	}
	p.Owner.Value = in.r.meant(p.Owner.Value, in.account.ID, in.ws.Handed)
	p.SalesOwner.Value = in.r.meant(p.SalesOwner.Value, in.account.ID, in.ws.Handed)
	owner := in.r.meant(in.account.Owner, in.account.ID, in.ws.Handed)
	sales := in.r.meant(in.account.SalesOwner, in.account.ID, in.ws.Handed)
	was := map[string]journey.Contact{}
	for _, role := range weighty {
		if c, has := in.account.Holder(role); has {
			was[role] = c
		}
	}
	if !p.Apply(in.account) {
		return ResultStale
	}
	in.changed()
	in.ws.since(in.account.ID, journey.DayOf(in.r.local(p.At)))
	in.lose()
	result := ResultStored
	in.reown(owner, sales)
	if owner != "" && journey.Fold(owner) != journey.Fold(in.account.Owner) {
		result = in.replaced("owner", owner, in.account.Owner)
	}
	for _, role := range weighty {
		before, had := was[role]
		next, has := in.account.Holder(role)
		if !had || has && next.Key() == before.Key() {
			continue
		}
		if told := in.replaced(role, contactName(before), contactName(next)); told != ResultStored {
			result = told
		}
	}
	return result
}

func contactName(c journey.Contact) string {
	if c.Name != "" {
		return c.Name
	}
	return c.Email
}

func (in intake) replaced(role, from, to string) EventResult {
	return in.signal(Signal{Kind: ContactChanged, About: role, Facts: Facts{AsOf: in.ev.At, Contact: &ContactFacts{Role: role, From: from, To: to}}})
}

func (in intake) kpis() EventResult {
	for _, name := range slices.Sorted(maps.Keys(in.ev.KPIs)) {
		if v := in.ev.KPIs[name]; !math.IsNaN(v) && !math.IsInf(v, 0) {
			in.ws.Changes.KPIs = append(in.ws.Changes.KPIs, KPIPoint{Account: in.account.ID, Name: name, At: in.ev.At, Value: v})
			in.remember(name, journey.Point{At: in.ev.At, Value: v})
			in.ws.since(in.account.ID, journey.DayOf(in.r.local(in.ev.At)))
		}
	}
	return ResultStored
}

// remember adds a point to the series in memory, so that the batch's later events see it.
func (in intake) remember(name string, p journey.Point) {
	series, ok := in.ws.KPIs[in.account.ID]
	if !ok {
		series = map[string]journey.Series{}
		in.ws.KPIs[in.account.ID] = series
	}
	s := series[name]
	at, found := slices.BinarySearchFunc(s.Points, p.At, func(q journey.Point, t time.Time) int { return q.At.Compare(t) })
	points := slices.Clone(s.Points)
	if found {
		points[at] = p
	} else {
		points = slices.Insert(points, at, p)
	}
	series[name] = journey.Series{Name: name, Points: points}
}

func (in intake) usage() EventResult {
	for _, u := range in.ev.Usage {
		on := journey.DayOf(in.r.local(u.At))
		in.ws.Changes.Usage = append(in.ws.Changes.Usage, UsageCount{Account: in.account.ID, Day: on, Usage: u})
		in.ws.since(in.account.ID, on)
	}
	return ResultStored
}

func (in intake) touch() EventResult {
	if !in.ev.At.After(in.account.LastTouch) {
		return ResultStale
	}
	in.account.LastTouch = in.ev.At
	in.changed()
	return in.spoken()
}

// signal updates what the account shows of it, and decides on its alert.
func (in intake) signal(s Signal) EventResult {
	judge, ok := judges[s.Kind]
	if !ok {
		return ResultStored
	}
	key := Key(in.account.ID, s.Kind, s.About)
	condition := in.ws.Conditions[key]
	if in.stale(condition) {
		in.explain(EventNote{Reason: BecauseOlder, Saw: brief(s.Facts), Since: condition.At})
		return ResultStale
	}
	v, ok := judge(in, s.Facts, condition)
	if !ok {
		in.explain(EventNote{Reason: BecauseNothing, Saw: brief(s.Facts)})
		return ResultStored
	}
	v.key, v.kind, v.about, v.playbook = key, s.Kind, s.About, s.Playbook
	if v.facts.AsOf.IsZero() {
		v.facts.AsOf = in.ev.At
	}
	v.facts.Account = in.account.Title()
	in.note(v.facts)
	ended := in.reach(v.facts)
	if result := in.decide(v, condition); result != ResultStored {
		return result
	}
	return ended
}

// stale reports whether the condition is known from a later event already.
func (in intake) stale(c Condition) bool {
	return in.ev.At.Before(c.At) || in.ev.At.Equal(c.At) && in.ev.Seq < c.Seq
}

// note keeps the newest health with the account.
func (in intake) note(f Facts) {
	if h := f.Health; h != nil && !in.ev.At.Before(in.account.HealthAt) {
		in.account.Health, in.account.HealthAt = h.To, in.ev.At
		if h.Score != nil {
			in.account.Score = h.Score
		}
		in.changed()
	}
}

// reach moves the account to a milestone that it reached, which also ends the alert that it was stuck before it.
func (in intake) reach(f Facts) EventResult {
	if f.Reached == nil {
		return ResultStored
	}
	to := f.Reached.Milestone
	if from := in.account.Stage; in.ev.Source != derivedSource && to != from && !in.ev.At.Before(in.account.StageAt) {
		in.account.Stage, in.account.StageAt = to, in.ev.At
		in.changed()
		in.ws.since(in.account.ID, journey.DayOf(in.r.local(in.ev.At)))
		in.stageChanged(from, to)
	}
	stuck := Key(in.account.ID, MilestoneDropoff, to)
	condition, known := in.ws.Conditions[stuck]
	if !known || in.stale(condition) {
		return ResultStored
	}
	v := verdict{key: stuck, kind: MilestoneDropoff, about: to, polarity: Risk}
	if live := in.ws.Live[stuck]; live != nil {
		v.facts = live.Facts
	}
	return in.decide(v, condition)
}

func (in intake) stageChanged(from, to string) {
	body, err := json.Marshal(stageData{Account: in.account.ID, Map: in.account.Map, From: from, To: to, At: in.ev.At})
	if err != nil {
		return // as for alerts: only times after the year 9999 do not encode
	}
	in.ws.Changes.Outbound = append(in.ws.Changes.Outbound, Outbound{
		ID:   in.account.ID + ":" + outStageChanged + ":" + to + ":" + strconv.FormatInt(in.ev.At.UnixMicro(), 10),
		Type: "journeybot." + outStageChanged, Subject: in.account.ID, At: in.now, Data: body,
	})
}
