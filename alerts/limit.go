package alerts

import (
	"strings"
	"time"

	"journeybot/journey"
)

// How the day on which a limit is hit is foreseen: a line through two weeks, if there is a week of numbers at least.
const (
	forecastWindow = 14 * day
	forecastSpan   = 7 * day
	forecastPoints = 3
	forecastAhead  = 400 // days: what lies further is no forecast
)

// KPINames are the KPI series that rules want to see beside the event, for WorkingSet.KPIs: those of a limit's resource, and the
// health scores before a new one.
func (e Event) KPINames() []string {
	if e.Signal != nil && e.Signal.Facts.Health != nil && e.Signal.Facts.Health.Score != nil {
		return []string{scoreKPI}
	}
	if e.Signal == nil || e.Signal.Facts.Limit == nil || e.Signal.Facts.Limit.Resource == "" {
		return nil
	}
	resource := e.Signal.Facts.Limit.Resource
	if snake := strings.ReplaceAll(journey.Fold(resource), " ", "_"); snake != resource {
		return []string{resource, snake}
	}
	return []string{resource}
}

// forecast fills in how fast the resource is used and when it runs out, as far as its history tells. A resource that nobody
// reports as a KPI becomes one by its signals, so that the next signal knows more.
func (in intake) forecast(l *LimitFacts) {
	names := in.ev.KPINames()
	if len(names) == 0 {
		return
	}
	now, name := journey.Point{At: in.ev.At, Value: l.Used}, names[len(names)-1]
	if len(in.ws.KPIs[in.account.ID][name].Points) == 0 || len(names) == 1 {
		name = names[0]
		in.remember(name, now)
		in.ws.Changes.KPIs = append(in.ws.Changes.KPIs, KPIPoint{Account: in.account.ID, Name: name, At: now.At, Value: now.Value})
	}
	perDay, ok := slope(sinceReset(in.ws.KPIs[in.account.ID][name].Points, now))
	if !ok {
		return
	}
	l.PerDay = &perDay
	if days := (l.Limit - l.Used) / perDay; perDay > 0 && days >= 0 && days <= forecastAhead {
		l.HitAt = now.At.Add(time.Duration(days * float64(day)))
	}
}

// sinceReset are the points of the last two weeks up to now, from the last time on when the counter fell.
func sinceReset(points []journey.Point, now journey.Point) []journey.Point {
	var recent []journey.Point
	for _, p := range points {
		if p.At.Before(now.At.Add(-forecastWindow)) || p.At.After(now.At) {
			continue
		}
		if n := len(recent); n > 0 && p.Value < recent[n-1].Value {
			recent = recent[:0]
		}
		recent = append(recent, p)
	}
	return recent
}

// slope is the growth per day by least squares; false with less than a week of numbers.
func slope(points []journey.Point) (float64, bool) {
	n := len(points)
	if n < forecastPoints || points[n-1].At.Sub(points[0].At) < forecastSpan {
		return 0, false
	}
	var meanX, meanY float64
	x := func(p journey.Point) float64 { return p.At.Sub(points[0].At).Hours() / 24 }
	for _, p := range points {
		meanX += x(p) / float64(n)
		meanY += p.Value / float64(n)
	}
	var covariance, variance float64
	for _, p := range points {
		covariance += (x(p) - meanX) * (p.Value - meanY)
		variance += (x(p) - meanX) * (x(p) - meanX)
	}
	f := number(covariance / variance)
	return f.num, f.known
}

// share is the used part of the limit in percent. The nudge keeps 57 of 100, which a float holds as a little less, at 57.
func (f LimitFacts) share() float64 {
	if !(f.Limit > 0) {
		return 0
	}
	return f.Used*100/f.Limit + 1e-9
}

// resetsFirst reports whether the counter is expected to start again before the limit is reached.
func (f LimitFacts) resetsFirst() bool {
	return f.PerDay != nil && f.share() < 100 && !f.PeriodEnd.IsZero() && (f.HitAt.IsZero() || f.HitAt.After(f.PeriodEnd))
}
