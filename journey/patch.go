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
	ARR                                 Field[*int64] // cents
	Seats                               Field[*int64]
	RenewalDate                         Field[Day]
	Contacts                            Field[[]Contact] // replaces the list; who is missing from it has left

	At time.Time // when this was true at the source: each field keeps its own age
}
