package alerts

import (
	"slices"
	"time"

	"journeybot/journey"
)

// defaultLooks are how long after an outcome the bot looks again where the playbook does not say.
var defaultLooks = []time.Duration{30 * day, 90 * day}

// Standing is how an account stood at a moment. At is zero when that is not known.
type Standing struct {
	At     time.Time
	Status string
	Health journey.Health
	Score  *float64
	ARR    *int64 // cents
	Stage  string
}

// Gone reports whether the account was no customer any more.
func (s Standing) Gone() bool { return s.Status == journey.StatusChurned }

// Look compares an account with how it stood when an alert about it ended.
type Look struct {
	After     time.Duration // since then, as planned
	Then, Now Standing
}

// Lost reports whether the account went away in between.
func (l Look) Lost() bool { return l.Now.Gone() && !l.Then.Gone() }

// Healthier reports whether the account's health had become better: its colour or, in the same, its score.
func (l Look) Healthier() bool {
	then, now := slices.Index(colours, l.Then.Health), slices.Index(colours, l.Now.Health)
	if then < 0 || now < 0 || then != now {
		return then >= 0 && now > then
	}
	return l.Then.Score != nil && l.Now.Score != nil && *l.Now.Score > *l.Then.Score
}

// colours are the health colours that are known, worst first.
var colours = []journey.Health{journey.HealthRed, journey.HealthYellow, journey.HealthGreen}

// Grown reports whether the account's revenue had grown, as far as it is known.
func (l Look) Grown() bool { return l.Then.ARR != nil && l.Now.ARR != nil && *l.Now.ARR > *l.Then.ARR }

// looks are how long after an alert's end the bot looks again, soonest first.
func (r *Rules) looks(a Alert) []time.Duration {
	plan := defaultLooks
	if p, ok := r.Playbook(a); ok && len(p.Review) > 0 {
		plan = p.Review
	}
	return slices.Sorted(slices.Values(plan))
}

// lookAgain keeps how the account stands now, and sets the first look.
func (c *change) lookAgain() {
	c.res.Looks = append(c.res.Looks, 0)
	c.a.ReviewAt = c.now.Add(c.r.looks(c.a)[0])
}

// review looks at the account again and sets the next look. Of several that are late, the last one stands for all.
func (c *change) review() error {
	look := c.in.Look
	if look.Now.At.IsZero() {
		return nil // there is no account to look at
	}
	since := c.a.ClosedAt
	if !look.Then.At.IsZero() {
		since = look.Then.At // an outcome may be claimed after the end
	}
	for _, after := range c.r.looks(c.a) {
		if since.Add(after).After(c.now) {
			c.a.ReviewAt = since.Add(after)
			break
		}
		look.After = after
	}
	if look.After == 0 {
		return nil // the playbook looks later than it did
	}
	c.did(DidReview, EntryData{Look: &look, Outcome: c.a.Outcome})
	c.res.Looks = append(c.res.Looks, look.After)
	return nil
}
