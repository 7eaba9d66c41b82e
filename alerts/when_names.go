package alerts

import (
	"cmp"

	"journeybot/journey"
)

// variable is a name that conditions may use.
type variable struct {
	typ valueType
	get term
}

// variables are all names, in one table so that a misspelt one is an error when the growth file is loaded.
var variables = map[string]variable{
	"kind":     words("kind", kindWords(), func(c *Case) string { return string(c.Kind) }),
	"severity": ranked("severity", severityNames[1:], func(c *Case) string { return c.Severity.String() }),
	"polarity": words("polarity", []string{string(Risk), string(Opportunity), string(Neutral)}, func(c *Case) string { return string(c.Polarity) }),

	"account.id":             text(func(c *Case) string { return c.Account.ID }),
	"account.name":           text(func(c *Case) string { return c.Account.Name }),
	"account.domain":         text(func(c *Case) string { return c.Account.Domain }),
	"account.segment":        text(func(c *Case) string { return c.Account.Segment }),
	"account.region":         text(func(c *Case) string { return c.Account.Region }),
	"account.tier":           text(func(c *Case) string { return c.Account.Tier }),
	"account.plan":           text(func(c *Case) string { return c.Account.Plan }),
	"account.status":         text(func(c *Case) string { return c.Account.Status }),
	"account.do_not_contact": words("answer", yesNo, noContact),
	"account.owner":          text(func(c *Case) string { return c.Account.Owner }),
	"account.sales_owner":    text(func(c *Case) string { return c.Account.SalesOwner }),
	"account.stage":          text(func(c *Case) string { return c.Account.Stage }),
	"account.map":            text(func(c *Case) string { return c.Account.Map }),
	"account.health":         words("health", healthWords, func(c *Case) string { return string(c.Account.Health) }),
	"account.score":          maybe(func(c *Case) *float64 { return c.Account.Score }),
	"account.arr":            maybe(func(c *Case) *float64 { return scaled(c.Account.ARR, 0.01) }),
	"account.seats":          maybe(func(c *Case) *float64 { return scaled(c.Account.Seats, 1) }),
	"account.renewal_days":   maybe(renewalDays),
	"account.tenure_months":  maybe(tenureMonths),
	"account.stage_days":     maybe(func(c *Case) *float64 { return daysSince(c, c.Account.StageAt.Unix(), c.Account.StageAt.IsZero()) }),
	"account.touch_days":     maybe(func(c *Case) *float64 { return daysSince(c, c.Account.LastTouch.Unix(), c.Account.LastTouch.IsZero()) }),

	"signal.from":           text(signalFrom),
	"signal.to":             text(signalTo),
	"signal.reason":         text(func(c *Case) string { return or(c.Facts.Health).Reason }),
	"signal.score":          maybe(signalScore),
	"signal.previous_score": maybe(func(c *Case) *float64 { return or(c.Facts.Health).PreviousScore }),
	"signal.resource":       text(func(c *Case) string { return or(c.Facts.Limit).Resource }),
	"signal.used":           maybe(func(c *Case) *float64 { return ofLimit(c, func(l LimitFacts) float64 { return l.Used }) }),
	"signal.limit":          maybe(func(c *Case) *float64 { return ofLimit(c, func(l LimitFacts) float64 { return l.Limit }) }),
	"signal.percent":        maybe(func(c *Case) *float64 { return ofLimit(c, func(l LimitFacts) float64 { return float64(l.Percent()) }) }),
	"signal.threshold":      maybe(func(c *Case) *float64 { return ofLimit(c, func(l LimitFacts) float64 { return float64(l.Threshold) }) }),
	"signal.trigger":        text(func(c *Case) string { return or(c.Facts.PQL).Trigger }),
	"signal.plan":           text(func(c *Case) string { return or(c.Facts.PQL).Plan }),
	"signal.fit":            maybe(func(c *Case) *float64 { return or(c.Facts.PQL).Fit }),
	"signal.usage":          maybe(func(c *Case) *float64 { return or(c.Facts.PQL).Usage }),
	"signal.intent":         maybe(func(c *Case) *float64 { return or(c.Facts.PQL).Intent }),
	"signal.milestone":      text(func(c *Case) string { return cmp.Or(or(c.Facts.Dropoff).Milestone, or(c.Facts.Reached).Milestone) }),
	"signal.role":           text(func(c *Case) string { return or(c.Facts.Contact).Role }),
	"signal.ticket":         text(func(c *Case) string { return or(c.Facts.Support).Ticket }),
	"signal.status":         text(func(c *Case) string { return or(c.Facts.Support).Status }),
	"signal.priority":       text(func(c *Case) string { return or(c.Facts.Support).Priority }),
	"signal.topic":          text(func(c *Case) string { return or(c.Facts.Support).Topic }),
	"signal.title":          text(func(c *Case) string { return or(c.Facts.Support).Title }),
	"signal.age_days":       maybe(func(c *Case) *float64 { return or(c.Facts.Support).AgeDays }),
	"signal.survey":         text(func(c *Case) string { return or(c.Facts.Survey).Survey }),
	"signal.comment":        text(func(c *Case) string { return or(c.Facts.Survey).Comment }),
}

var yesNo = []string{"yes", "no"}

func noContact(c *Case) string {
	if c.Account.DoNotContact {
		return "yes"
	}
	return "no"
}

var healthWords = []string{"", string(journey.HealthGreen), string(journey.HealthYellow), string(journey.HealthRed)}

func kindWords() []string {
	names := make([]string, len(Kinds))
	for i, k := range Kinds {
		names[i] = string(k)
	}
	return names
}

func text(get func(*Case) string) variable {
	return variable{textType, func(c *Case) value { return value{known: true, text: get(c)} }}
}

func words(what string, allowed []string, get func(*Case) string) variable {
	v := text(get)
	v.typ = valueType{base: isText, what: what, words: allowed}
	return v
}

func ranked(what string, allowed []string, get func(*Case) string) variable {
	v := words(what, allowed, get)
	v.typ.ordered = true
	return v
}

func maybe(get func(*Case) *float64) variable {
	return variable{numberType, func(c *Case) value {
		if f := get(c); f != nil {
			return number(*f)
		}
		return value{}
	}}
}

// or is *p, or the zero value: the facts of another kind read as unknown.
func or[T any](p *T) T {
	if p == nil {
		p = new(T)
	}
	return *p
}

func scaled(n *int64, by float64) *float64 {
	if n == nil {
		return nil
	}
	return new(float64(*n) * by)
}

func renewalDays(c *Case) *float64 {
	if !c.Account.RenewalDate.Known() {
		return nil
	}
	return new(float64(c.Account.RenewalDate.Until(c.Now)))
}

func tenureMonths(c *Case) *float64 {
	months, known := c.Account.TenureMonths(journey.DayOf(c.Now))
	if !known {
		return nil
	}
	return new(float64(months))
}

func daysSince(c *Case, unix int64, unknown bool) *float64 {
	if unknown {
		return nil
	}
	return new(float64((c.Now.Unix() - unix) / int64(day.Seconds())))
}

func ofLimit(c *Case, get func(LimitFacts) float64) *float64 {
	if c.Facts.Limit == nil {
		return nil
	}
	return new(get(*c.Facts.Limit))
}

func signalFrom(c *Case) string {
	return cmp.Or(string(or(c.Facts.Health).From), or(c.Facts.Contact).From)
}

func signalTo(c *Case) string {
	return cmp.Or(string(or(c.Facts.Health).To), or(c.Facts.Contact).To)
}

func signalScore(c *Case) *float64 {
	switch {
	case c.Facts.PQL != nil:
		return &c.Facts.PQL.Score
	case c.Facts.Survey != nil:
		return &c.Facts.Survey.Score
	}
	return or(c.Facts.Health).Score
}
