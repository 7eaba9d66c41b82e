package alerts

import "slices"

// polarities are what an alert of a kind can be.
var polarities = map[Kind][]Polarity{
	PQL: {Opportunity}, MilestoneReached: {Opportunity}, ContactChanged: {Risk, Neutral}, Feedback: {Risk, Opportunity},
}

// signalKinds are the kinds whose signals have a variable of conditions.
var signalKinds = map[string][]Kind{
	"signal.from": {HealthShift, ContactChanged}, "signal.to": {HealthShift, ContactChanged}, "signal.reason": {HealthShift},
	"signal.score": {HealthShift, PQL, Feedback}, "signal.previous_score": {HealthShift},
	"signal.resource": {UsageLimit}, "signal.used": {UsageLimit}, "signal.limit": {UsageLimit}, "signal.percent": {UsageLimit}, "signal.threshold": {UsageLimit},
	"signal.trigger": {PQL}, "signal.plan": {PQL}, "signal.fit": {PQL}, "signal.usage": {PQL}, "signal.intent": {PQL},
	"signal.milestone": {MilestoneDropoff, MilestoneReached}, "signal.role": {ContactChanged},
	"signal.ticket": {Support}, "signal.status": {Support}, "signal.priority": {Support}, "signal.topic": {Support}, "signal.title": {Support}, "signal.age_days": {Support},
	"signal.survey": {Feedback}, "signal.comment": {Feedback},
}

// Kinds are the kinds of alerts for which the condition can hold, whatever else is true of them. A nil When holds for all.
func (w *When) Kinds() []Kind {
	if w == nil {
		return slices.Clone(Kinds)
	}
	return slices.DeleteFunc(slices.Clone(Kinds), func(k Kind) bool { return !w.parts.canHold(k) })
}

// canHold reports whether a clause can hold for alerts of a kind. It errs towards yes.
func (k clause) canHold(kind Kind) bool {
	switch {
	case len(k.parts) == 2 && k.either:
		return k.parts[0].canHold(kind) || k.parts[1].canHold(kind)
	case len(k.parts) == 2:
		return k.parts[0].canHold(kind) && k.parts[1].canHold(kind)
	case slices.ContainsFunc(k.names, func(name string) bool { return !settled(name, kind) }):
		return true
	}
	some := polarities[kind]
	if some == nil {
		some = []Polarity{Risk}
	}
	return slices.ContainsFunc(some, func(p Polarity) bool {
		v := k.eval(&Case{Kind: kind, Polarity: p})
		return v.known && v.truth
	})
}

// settled reports whether the kind of an alert alone decides what a name stands for.
func settled(name string, kind Kind) bool {
	if having, of := signalKinds[name]; of {
		return !slices.Contains(having, kind)
	}
	return name == "kind" || name == "polarity"
}
