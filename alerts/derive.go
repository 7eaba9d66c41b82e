package alerts

import (
	"maps"
	"slices"
	"strconv"
	"time"

	"journeybot/journey"
)

// derivedSource is the source of signals that time makes.
const derivedSource = "journeybot"

// morning is when a day's renewals become due: before the digests.
const morning = 7 * time.Hour

// milestoneOfTime is a moment at which an account becomes news by itself, and the signal it makes.
type milestoneOfTime struct {
	at     time.Time
	id     string // of the event, the same in every replica
	signal Signal
}

// moments are all of an account's, in no order.
func (r *Rules) moments(a journey.Account) []milestoneOfTime {
	if a.Status == journey.StatusChurned {
		return nil
	}
	var all []milestoneOfTime
	if date := a.RenewalDate; date.Known() {
		for _, t := range r.Thresholds.Renewal {
			at := onDay(date.In(r.zone()), -t.Days, morning)
			all = append(all, milestoneOfTime{
				at: at, id: "renewal:" + date.String() + ":" + strconv.Itoa(t.Days),
				signal: Signal{Kind: RenewalDue, About: date.String(), Facts: Facts{AsOf: at, Renewal: &RenewalFacts{RenewalDate: date, ARR: a.ARR}}},
			})
		}
	}
	if limit := r.silentAfter(a); limit > 0 && !a.LastTouch.IsZero() {
		all = append(all, milestoneOfTime{
			at: a.LastTouch.Add(limit), id: "silence:" + a.LastTouch.UTC().Format(time.RFC3339),
			signal: Signal{Kind: Silence, Facts: Facts{Silence: &SilenceFacts{LastTouch: a.LastTouch}}},
		})
	}
	return all
}

// silentAfter is how long nobody may have been in contact with an account; 0 for ever.
func (r *Rules) silentAfter(a journey.Account) time.Duration {
	if r.highTier(a) {
		return r.Thresholds.Silence.HighTier
	}
	return r.Thresholds.Silence.Others
}

func (r *Rules) highTier(a journey.Account) bool {
	return a.Tier != "" && slices.ContainsFunc(r.Thresholds.HighTiers, func(t string) bool { return journey.Fold(t) == journey.Fold(a.Tier) })
}

func (r *Rules) zone() *time.Location {
	if r.Zone == nil {
		return time.UTC
	}
	return r.Zone
}

// lookAt is when time makes news of an account next: at once when it has already, never as the zero time.
func (r *Rules) lookAt(a journey.Account, now time.Time) time.Time {
	var next time.Time
	for _, m := range r.moments(a) {
		if at := later(m.at, now); next.IsZero() || at.Before(next) {
			next = at
		}
	}
	return next
}

// Derive makes the signals that have come due for an account by the mere passing of time, each once, and notes when to look
// again. What a replica has derived already stays as it is.
func (r *Rules) Derive(ws *WorkingSet, account string, now time.Time) {
	a, ok := ws.Accounts[account]
	if !ok || a.LookAt.IsZero() || a.LookAt.After(now) {
		return
	}
	a.LookAt = time.Time{}
	last := map[string]milestoneOfTime{} // of several thresholds that have passed, the newest counts
	for _, m := range r.moments(*a) {
		key := Key(account, m.signal.Kind, m.signal.About)
		switch {
		case m.at.After(now):
			if a.LookAt.IsZero() || m.at.Before(a.LookAt) {
				a.LookAt = m.at
			}
		case m.at.After(last[key].at):
			last[key] = m
		}
	}
	ws.Changes.Accounts[account] = true
	for _, key := range slices.Sorted(maps.Keys(last)) {
		m := last[key]
		if !ws.Conditions[key].At.Before(m.at) {
			continue // derived before, or told by the source
		}
		r.ingest(ws, Event{Source: derivedSource, ID: m.id, Type: "signal." + string(m.signal.Kind), Account: account, At: m.at, ReceivedAt: now, Signal: &m.signal}, now)
	}
}

// renewalSoon is how close a renewal makes silence worse.
const renewalSoon = 60

func judgeSilence(in intake, f Facts, _ Condition) (verdict, bool) {
	if f.Silence == nil {
		return verdict{}, false
	}
	v := verdict{facts: f, polarity: Risk, severity: Medium, level: 1, period: f.Silence.LastTouch.UTC().Format(time.RFC3339)}
	if days := in.account.RenewalDate.Until(in.r.local(in.now)); in.account.RenewalDate.Known() && days >= 0 && days <= renewalSoon {
		v.severity = High // leaving them alone until days before the renewal is the worst of it
	}
	return v, true
}

// spoken ends the silence: somebody was in contact.
func (in intake) spoken() EventResult {
	key := Key(in.account.ID, Silence, "")
	known, ok := in.ws.Conditions[key]
	if !ok || known.Level == 0 {
		return ResultStored
	}
	v := verdict{key: key, kind: Silence, polarity: Risk, facts: Facts{AsOf: in.ev.At, Account: in.account.Title(), Silence: &SilenceFacts{LastTouch: in.ev.At}}}
	if in.ev.At.Before(known.At) {
		in.ev.At = known.At // it was said before the silence was noticed, and told after
	}
	return in.decide(v, known)
}

// settles holds a milder shift of health until it has lasted: scores that teeter are no news. Red is told at once.
func settles(in intake, _ Alert, v verdict) (Hold, bool) {
	until := in.ev.At.Add(in.r.Thresholds.Health.Settle)
	if v.kind != HealthShift || v.level >= levelRed || !until.After(in.now) {
		return Hold{}, false
	}
	return Hold{Reason: HoldSettling, Until: until}, true
}
