package journey

import (
	"slices"
	"time"
)

// Absorb takes what a does not know from another record of the same customer: unknown fields with their age, contacts, and the newer
// of what each saw last. What a knows stays.
func (a *Account) Absorb(other Account) {
	if a.FieldsAt == nil {
		a.FieldsAt = map[string]time.Time{}
	}
	for _, f := range []struct {
		name    string
		unknown bool
		take    func()
	}{
		{"name", a.Name == "", func() { a.Name = other.Name }},
		{"domain", a.Domain == "", func() { a.Domain = other.Domain }},
		{"aliases", len(a.Aliases) == 0, func() { a.Aliases = slices.Clone(other.Aliases) }},
		{"crm_url", a.CRMURL == "", func() { a.CRMURL = other.CRMURL }},
		{"segment", a.Segment == "", func() { a.Segment = other.Segment }},
		{"region", a.Region == "", func() { a.Region = other.Region }},
		{"tier", a.Tier == "", func() { a.Tier = other.Tier }},
		{"plan", a.Plan == "", func() { a.Plan = other.Plan }},
		{"status", a.Status == "", func() { a.Status = other.Status }},
		{"arr", a.ARR == nil, func() { a.ARR = other.ARR }},
		{"seats", a.Seats == nil, func() { a.Seats = other.Seats }},
		{"renewal_date", !a.RenewalDate.Known(), func() { a.RenewalDate = other.RenewalDate }},
		{"customer_since", !a.Since.Known(), func() { a.Since = other.Since }},
		{"owner", a.Owner == "", func() { a.Owner = other.Owner }},
		{"sales_owner", a.SalesOwner == "", func() { a.SalesOwner = other.SalesOwner }},
	} {
		if at, known := other.FieldsAt[f.name]; f.unknown {
			f.take()
			if known {
				a.FieldsAt[f.name] = at
			}
		}
	}
	for _, c := range other.Contacts {
		if !slices.ContainsFunc(a.Contacts, func(known Contact) bool { return known.Key() == c.Key() }) {
			a.Contacts = append(slices.Clone(a.Contacts), c)
		}
	}
	if a.Health == HealthUnknown || other.Health != HealthUnknown && other.HealthAt.After(a.HealthAt) {
		a.Health, a.Score, a.HealthAt = other.Health, other.Score, other.HealthAt
	}
	if a.Stage == "" || other.Stage != "" && other.StageAt.After(a.StageAt) {
		a.Map, a.Stage, a.StageAt = other.Map, other.Stage, other.StageAt
	}
	if other.LastTouch.After(a.LastTouch) {
		a.LastTouch = other.LastTouch
	}
	if a.LookAt.IsZero() || !other.LookAt.IsZero() && other.LookAt.Before(a.LookAt) {
		a.LookAt = other.LookAt
	}
}
