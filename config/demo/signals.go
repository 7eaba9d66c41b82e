package demo

import (
	"fmt"
	"time"
)

// driver is a measure that moved a health score.
type driver struct{ measure, from, to string }

// healthShift tells that an account went from one colour and score to another. The first driver is the reason.
func healthShift(id, from, to string, before, after int, drivers ...driver) told {
	list := make([]fields, len(drivers))
	for i, d := range drivers {
		list[i] = fields{"measure": d.measure, "from": d.from, "to": d.to}
	}
	verb := "fell"
	if after > before {
		verb = "rose"
	}
	return told{"growth.signal.health_shift", id, fields{
		"from": from, "to": to, "score": after, "previous_score": before, "drivers": list,
		"reason": fmt.Sprintf("%s %s from %s to %s in 7 days", drivers[0].measure, verb, drivers[0].from, drivers[0].to),
	}}
}

// limit is a resource of a plan that runs out.
type limit struct {
	resource, unit string
	used, limit    int
	hard, told     bool
	nextPlan       string
}

func usageLimit(id string, l limit, periodEnd time.Time) told {
	return told{"growth.signal.usage_limit", id, fields{
		"resource": l.resource, "used": l.used, "limit": l.limit, "unit": l.unit, "period_end": periodEnd.Format(time.RFC3339),
		"hard": l.hard, "customer_told": l.told, "next_plan": l.nextPlan,
	}}
}

// lead is why an account is ready for a sales conversation.
type lead struct {
	score, fit, usage, intent int
	trigger                   string
	reasons                   []string
}

func pql(id string, l lead) told {
	a := find(id)
	return told{"growth.signal.pql", id, fields{
		"score": l.score, "parts": fields{"fit": l.fit, "usage": l.usage, "intent": l.intent}, "reasons": l.reasons, "trigger": l.trigger, "plan": a.plan,
		"contact": fields{"name": a.champion.name, "title": a.champion.title, "email": "champion@" + a.domain},
	}}
}

// progress is one term of a milestone's rule.
type progress struct {
	kpi        string
	have, need int
}

func dropoff(id, milestone string, expectedBy time.Time, terms ...progress) told {
	all := fields{}
	for _, p := range terms {
		all[p.kpi] = fields{"have": p.have, "need": p.need}
	}
	return told{"growth.signal.milestone_dropoff", id, fields{
		"milestone": milestone, "expected_by": expectedBy.Format(time.DateOnly), "progress": all,
	}}
}

func reached(id, milestone string) told {
	return told{"growth.signal.milestone_reached", id, fields{"milestone": milestone}}
}

func contactChanged(id, role, from, to string) told {
	return told{"growth.signal.contact_changed", id, fields{"role": role, "from": from, "to": to}}
}

func renewalDue(id string, now time.Time) told {
	a := find(id)
	return told{"growth.signal.renewal_due", id, fields{
		"renewal_date": now.AddDate(0, 0, a.renewsIn).Format(time.DateOnly), "arr": a.arr,
	}}
}

// ticket is a question that a customer asked.
type ticket struct {
	id, title, priority, topic, stage string
	days                              int
}

func support(id string, t ticket, status string) told {
	return told{"growth.signal.support", id, fields{
		"ticket": t.id, "status": status, "age_days": t.days, "priority": t.priority, "title": t.title, "topic": t.topic, "stage_hint": t.stage,
	}}
}

func feedback(id, survey string, score int, comment string) told {
	a := find(id)
	return told{"growth.signal.feedback", id, fields{
		"survey": survey, "score": score, "comment": comment,
		"contact": fields{"name": a.champion.name, "title": a.champion.title, "email": "champion@" + a.domain},
	}}
}
