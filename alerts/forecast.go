package alerts

import (
	"slices"
	"time"

	"journeybot/journey"
)

// noForecast is what the history says before the first one.
const noForecast = "none"

// forecast keeps what somebody foresees of a renewal, and how severe that makes it: near the renewal a safe forecast ends the
// escalation, and one that calls for help starts it.
func (c *change) forecast() error {
	f := c.a.Facts.Renewal
	if f == nil || c.in.Forecast == f.Forecast {
		return nil
	}
	if !slices.Contains(Forecasts, c.in.Forecast) {
		return ErrForecast
	}
	before := f.Forecast
	if before == "" {
		before = noForecast
	}
	foreseen := *f
	foreseen.Forecast = c.in.Forecast
	c.a.Facts.Renewal = &foreseen
	c.did(DidForecast, EntryData{Before: before, After: c.in.Forecast})
	c.weigh(c.r.renewalSeverity(foreseen, journey.Account{Health: c.in.Health}, foreseen.RenewalDate.Until(c.r.local(c.now))))
	c.active()
	return nil
}

// weigh takes the severity that follows from what a person said: unlike a signal's it may fall.
func (c *change) weigh(s Severity) {
	if s == SeverityNone || s == c.a.Severity {
		return
	}
	rose := s > c.a.Severity
	if c.a.Escalation == c.a.Severity.String() {
		c.a.Escalation = s.String() // no route chose the policy, so it goes with the severity
	}
	c.a.Severity = s
	switch {
	case rose && c.a.Hold.Reason == HoldLow:
		_ = c.release() // never fails
	case c.a.Status == Open && rose:
		c.escalate()
	case c.a.Status == Open:
		c.a.StepAt = time.Time{} // somebody looked and answered
	}
}
