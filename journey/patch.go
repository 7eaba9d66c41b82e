package journey

import "time"

// Field is one field of a partial update: the zero Field leaves the account's value alone,
// a Field with Set and a zero Value clears it.
type Field[T any] struct {
	Set   bool
	Value T
}

// SetTo returns a Field that changes the value to v.
func SetTo[T any](v T) Field[T] { return Field[T]{Set: true, Value: v} }

// Patch is a partial update of an account, as growth.account.updated carries it.
type Patch struct {
	Name, Domain, CRMURL                Field[string]
	Segment, Region, Tier, Plan, Status Field[string]
	Owner, SalesOwner                   Field[string]
	Aliases                             Field[[]string]
	DoNotContact                        Field[bool]
	ARR                                 Field[*int64] // cents
	Seats                               Field[*int64]
	RenewalDate, Since                  Field[Day]
	Contacts                            Field[[]Contact] // replaces the list; who is missing from it has left

	At time.Time // when this was true at the source: each field keeps its own age
}

// Apply changes a by the fields that p sets, leaving alone each field that a knows from a later time, and notes their age.
// It reports whether any field was taken, equal values included: their age is news. Contacts that are missing from a new
// list have left.
func (p Patch) Apply(a *Account) bool {
	if a.FieldsAt == nil {
		a.FieldsAt = map[string]time.Time{}
	}
	taken := false
	for _, f := range []struct {
		name string
		take func(name string, at time.Time) bool
	}{
		{"name", setter(a, p.Name, &a.Name)},
		{"domain", setter(a, p.Domain, &a.Domain)},
		{"aliases", setter(a, p.Aliases, &a.Aliases)},
		{"crm_url", setter(a, p.CRMURL, &a.CRMURL)},
		{"segment", setter(a, p.Segment, &a.Segment)},
		{"region", setter(a, p.Region, &a.Region)},
		{"tier", setter(a, p.Tier, &a.Tier)},
		{"plan", setter(a, p.Plan, &a.Plan)},
		{"status", setter(a, p.Status, &a.Status)},
		{"do_not_contact", setter(a, p.DoNotContact, &a.DoNotContact)},
		{"arr", setter(a, p.ARR, &a.ARR)},
		{"seats", setter(a, p.Seats, &a.Seats)},
		{"renewal_date", setter(a, p.RenewalDate, &a.RenewalDate)},
		{"customer_since", setter(a, p.Since, &a.Since)},
		{"owner", setter(a, p.Owner, &a.Owner)},
		{"sales_owner", setter(a, p.SalesOwner, &a.SalesOwner)},
		{"contacts", setter(a, p.contacts(a.Contacts), &a.Contacts)},
	} {
		taken = f.take(f.name, p.At) || taken
	}
	return taken
}

// setter returns what sets one field, unless the account knows it from later.
func setter[T any](a *Account, f Field[T], into *T) func(string, time.Time) bool {
	return func(name string, at time.Time) bool {
		if !f.Set || at.Before(a.FieldsAt[name]) {
			return false
		}
		*into = f.Value
		a.FieldsAt[name] = at
		return true
	}
}

// contacts completes the new list with those who are missing from it, as having left.
func (p Patch) contacts(known []Contact) Field[[]Contact] {
	if !p.Contacts.Set {
		return p.Contacts
	}
	var list []Contact
	listed := map[string]bool{"": true}
	for _, c := range p.Contacts.Value {
		if key := c.Key(); !listed[key] {
			listed[key] = true
			list = append(list, c)
		}
	}
	for _, c := range known {
		if key := c.Key(); !listed[key] {
			listed[key] = true
			if c.LeftAt.IsZero() {
				c.LeftAt = p.At
			}
			list = append(list, c)
		}
	}
	return SetTo(list)
}
