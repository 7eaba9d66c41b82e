package alerts

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"journeybot/journey"
)

// judges are the rules of each kind: how bad a signal is. false: it says nothing that an alert could be about.
var judges = map[Kind]func(in intake, f Facts, known Condition) (verdict, bool){
	HealthShift:      judgeHealth,
	UsageLimit:       judgeLimit,
	PQL:              judgePQL,
	MilestoneDropoff: judgeDropoff,
	MilestoneReached: judgeReached,
	ContactChanged:   judgeContact,
	RenewalDue:       judgeRenewal,
	Support:          judgeSupport,
	Feedback:         judgeFeedback,
	Silence:          judgeSilence,
	PersonaQuiet:     judgePath,
	PathOpened:       judgePath,
}

// renewalClose is how many days before a renewal everything about the account weighs more.
const renewalClose = 60

// The levels of health. Green with a sharp drop is no longer clear.
const (
	levelGreen = iota
	levelDropped
	levelYellow
	levelRed
)

var healthLevels = map[journey.Health]int{journey.HealthGreen: levelGreen, journey.HealthYellow: levelYellow, journey.HealthRed: levelRed}

func judgeHealth(in intake, f Facts, _ Condition) (verdict, bool) {
	if f.Health == nil {
		return verdict{}, false
	}
	h := *f.Health
	if h.To == journey.HealthUnknown {
		h.To = in.r.band(h.Score, in.account.Health)
	}
	level, ok := healthLevels[h.To]
	if !ok {
		return verdict{}, false
	}
	limits := in.r.Thresholds.Health
	h.From = cmp.Or(h.From, in.account.Health)
	if h.PreviousScore == nil && in.ev.At.Sub(in.account.HealthAt) <= limits.Within {
		h.PreviousScore = in.account.Score
	}
	if high := in.highest(h.Score, limits.Within); high != nil && (h.PreviousScore == nil || *high-*h.PreviousScore >= limits.Hysteresis && *high-*h.Score >= limits.Drop) {
		h.PreviousScore = high // many small steps are a drop as well
	}
	f.Health = &h
	drop := 0.0
	if h.Score != nil && h.PreviousScore != nil {
		drop = *h.PreviousScore - *h.Score
	}
	switch {
	case limits.DropToRed > 0 && drop >= limits.DropToRed:
		level = levelRed
	case limits.Drop > 0 && drop >= limits.Drop:
		level = max(level, levelDropped)
	}
	return verdict{
		facts: f, polarity: Risk, severity: in.healthSeverity(level), level: level, forget: true,
		mute: healthLevels[h.From] > healthLevels[h.To], // still not good, but better than it was
	}, true
}

// scoreKPI is the series of health scores, kept as a measure like any other.
const scoreKPI = "health_score"

// highest is the best score of the time before, and remembers the new one; nil when it was never better.
func (in intake) highest(score *float64, within time.Duration) *float64 {
	if score == nil {
		return nil
	}
	var high *float64
	for _, p := range in.ws.KPIs[in.account.ID][scoreKPI].Points {
		if p.At.Before(in.ev.At) && in.ev.At.Sub(p.At) <= within && p.Value > *score && (high == nil || p.Value > *high) {
			high = &p.Value
		}
	}
	now := journey.Point{At: in.ev.At, Value: *score}
	in.remember(scoreKPI, now)
	in.ws.Changes.KPIs = append(in.ws.Changes.KPIs, KPIPoint{Account: in.account.ID, Name: scoreKPI, At: now.At, Value: now.Value})
	return high
}

func (in intake) healthSeverity(level int) Severity {
	if level < levelRed {
		return Medium
	}
	days := in.account.RenewalDate.Until(in.r.local(in.now))
	renews := in.account.RenewalDate.Known() && days >= 0 && days <= renewalClose
	big := in.ws.TopARR != nil && in.account.ARR != nil && *in.account.ARR >= *in.ws.TopARR
	if renews || big {
		return Critical
	}
	return High
}

// band is the colour of a score, for a source that sends none. To get better than it was takes some points more.
func (r *Rules) band(score *float64, was journey.Health) journey.Health {
	limits := r.Thresholds.Health
	green, yellow := limits.Green, limits.Yellow
	switch was {
	case journey.HealthRed:
		green, yellow = green+limits.Hysteresis, yellow+limits.Hysteresis
	case journey.HealthYellow:
		green += limits.Hysteresis
	}
	switch {
	case score == nil:
		return journey.HealthUnknown
	case *score >= green:
		return journey.HealthGreen
	case *score >= yellow:
		return journey.HealthYellow
	}
	return journey.HealthRed
}

func judgeLimit(in intake, f Facts, known Condition) (verdict, bool) {
	if f.Limit == nil || !(f.Limit.Limit > 0) || !(f.Limit.Used >= 0) || !number(f.Limit.Used).known {
		return verdict{}, false
	}
	l := *f.Limit
	in.forecast(&l)
	f.Limit = &l
	v := verdict{facts: f, polarity: Risk}
	for i, t := range in.r.Thresholds.Limits {
		if l.share() >= float64(t.Percent) {
			v.level, v.severity, l.Threshold = i+1, t.Severity, t.Percent
		}
	}
	if l.Threshold > 100 && or(l.Hard) {
		v.severity = Critical
	}
	if !l.PeriodEnd.IsZero() {
		v.period = in.r.local(l.PeriodEnd).Format(time.DateOnly)
	}
	v.fresh = known.Period != "" && v.period != "" && v.period != known.Period
	v.mute = l.resetsFirst()
	return v, true
}

// pqlWindow is how long a lead that was told is not told again.
const pqlWindow = 14 * day

// The levels of a lead.
const (
	levelCold = iota + 1
	levelQualified
	levelReady
)

func judgePQL(in intake, f Facts, known Condition) (verdict, bool) {
	if f.PQL == nil {
		return verdict{}, false
	}
	v := verdict{facts: f, polarity: Opportunity, severity: Low, level: levelCold, opens: levelQualified, period: known.Period}
	switch limits := in.r.Thresholds.PQL; {
	case f.PQL.Score >= limits.SalesReady:
		v.level, v.severity = levelReady, High
	case f.PQL.Score >= limits.Qualified:
		v.level = levelQualified
	}
	started, err := time.Parse(time.RFC3339, known.Period)
	if err != nil || in.ev.At.Sub(started) >= pqlWindow {
		v.period = in.ev.At.UTC().Format(time.RFC3339)
	}
	return v, true
}

func judgeDropoff(_ intake, f Facts, _ Condition) (verdict, bool) {
	if f.Dropoff == nil {
		return verdict{}, false
	}
	d := *f.Dropoff
	v := verdict{facts: f, polarity: Risk, severity: Medium, level: 1}
	if !d.ExpectedBy.IsZero() {
		v.period = strings.TrimSpace(d.ExpectedBy.UTC().Format(time.DateOnly) + " " + string(d.Why) + " " + d.User) // once per expectation
	}
	switch {
	case d.Over:
		v.level = 0
	case d.Why == DropoffLost:
		v.level = 2
	}
	return v, true
}

func judgePath(_ intake, f Facts, _ Condition) (verdict, bool) {
	if f.Path == nil {
		return verdict{}, false
	}
	v := verdict{facts: f, polarity: cmp.Or(f.Path.Polarity, Neutral), severity: Medium, level: 1, period: f.Path.Since.String()}
	if v.polarity == Neutral {
		v.severity = Low
	}
	if f.Path.Over {
		v.level = 0
	}
	return v, true
}

// celebrated is how long after it a milestone is still news.
const celebrated = day

func judgeReached(in intake, f Facts, _ Condition) (verdict, bool) {
	if r := f.Reached; r != nil && r.Took == 0 && in.account.Stage != "" && in.account.Stage != r.Milestone && in.ev.At.After(in.account.StageAt) && !in.account.StageAt.IsZero() {
		f.Reached = &ReachedFacts{Milestone: r.Milestone, Took: in.ev.At.Sub(in.account.StageAt), On: r.On}
	}
	v := verdict{facts: f, polarity: Opportunity, severity: Low, level: 1}
	if f.Reached != nil && f.Reached.On.Known() {
		v.period = f.Reached.On.String()
	}
	if in.r.highTier(*in.account) {
		v.severity = Medium // celebrated in the channel, not in the digest
	}
	at := in.ev.At
	if f.Reached != nil && f.Reached.On.Known() {
		at = f.Reached.On.Add(1).In(in.r.zone())
	}
	v.mute = in.now.Sub(at) > celebrated // a system that sends its past moves stages, and congratulates nobody
	return v, f.Reached != nil
}

// weighty are the roles whose loss can cost the customer.
var weighty = []string{journey.RoleChampion, journey.RoleSponsor}

func judgeContact(_ intake, f Facts, _ Condition) (verdict, bool) {
	if f.Contact == nil {
		return verdict{}, false
	}
	role := journey.Fold(f.Contact.Role)
	v := verdict{
		facts: f, polarity: Risk, severity: Medium, level: 1,
		period: journey.Fold(f.Contact.From) + " → " + journey.Fold(f.Contact.To), // each change is told once
	}
	switch {
	case role == "owner", f.Contact.From == "":
		v.polarity, v.severity = Neutral, Low
	case slices.Contains(weighty, role):
		v.severity = High
	}
	return v, true
}

func judgeRenewal(in intake, f Facts, _ Condition) (verdict, bool) {
	if f.Renewal == nil {
		return verdict{}, false
	}
	r := *f.Renewal
	if !r.RenewalDate.Known() {
		r.RenewalDate = in.account.RenewalDate
	}
	if r.ARR == nil {
		r.ARR = in.account.ARR
	}
	if live := in.ws.Live[Key(in.account.ID, RenewalDue, r.RenewalDate.String())]; live != nil && live.Facts.Renewal != nil && r.Forecast == "" {
		r.Forecast = live.Facts.Renewal.Forecast
	}
	f.Renewal = &r
	if !r.RenewalDate.Known() {
		return verdict{}, false
	}
	v := verdict{facts: f, polarity: Risk}
	days := r.RenewalDate.Until(in.r.local(in.ev.At))
	for i, t := range in.r.Thresholds.Renewal {
		if days <= t.Days {
			v.level = i + 1
		}
	}
	v.severity = in.r.renewalSeverity(r, *in.account, days)
	return v, true
}

// renewalSeverity is how severe a renewal is that many days ahead; SeverityNone beyond every threshold.
func (r *Rules) renewalSeverity(f RenewalFacts, a journey.Account, days int) Severity {
	s := SeverityNone
	for _, t := range r.Thresholds.Renewal {
		if days <= t.Days {
			s = t.Severity
		}
	}
	switch green := a.Health == journey.HealthGreen; {
	case green && s == Medium, s == High && r.safe(f, a):
		return Low
	}
	return s
}

// safe reports whether somebody has foreseen a renewal, and nothing speaks against it.
func (r *Rules) safe(f RenewalFacts, a journey.Account) bool {
	return f.Forecast != "" && f.Forecast != ForecastAtRisk && a.Health != journey.HealthRed
}

// The levels of a ticket.
const (
	levelTicket = iota + 1
	levelOld
	levelUrgent
)

func judgeSupport(in intake, f Facts, _ Condition) (verdict, bool) {
	if f.Support == nil {
		return verdict{}, false
	}
	v := verdict{facts: f, polarity: Risk, severity: Medium, opens: levelOld, forget: true}
	limits := in.r.Thresholds.Support
	switch {
	case journey.Fold(f.Support.Status) == "closed":
		return v, true
	case limits.urgent(f.Support.Priority):
		v.level, v.severity = levelUrgent, High
	case f.Support.AgeDays != nil && limits.Age > 0 && *f.Support.AgeDays >= limits.Age.Hours()/24:
		v.level = levelOld
	default:
		v.level = levelTicket
	}
	return v, true
}

// urgent reports whether a ticket of that priority cannot wait.
func (t SupportThresholds) urgent(priority string) bool {
	return priority != "" && slices.ContainsFunc(t.Priorities, func(p string) bool { return journey.Fold(p) == journey.Fold(priority) })
}

func judgeFeedback(in intake, f Facts, _ Condition) (verdict, bool) {
	if f.Survey == nil {
		return verdict{}, false
	}
	limits, ok := map[string]SurveyThresholds{"nps": in.r.Thresholds.NPS, "csat": in.r.Thresholds.CSAT}[journey.Fold(f.Survey.Survey)]
	if !ok {
		return verdict{}, false
	}
	v := verdict{facts: f, polarity: Risk, period: in.r.local(in.ev.At).Format(time.DateOnly)} // each answer is news
	switch score := f.Survey.Score; {
	case score <= limits.Detractor/2:
		v.level, v.severity = 2, High
	case score <= limits.Detractor:
		v.level, v.severity = 1, Medium
	case score >= limits.Promoter:
		v.level, v.severity, v.polarity = 1, Low, Opportunity
	}
	return v, true
}
