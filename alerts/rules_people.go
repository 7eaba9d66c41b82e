package alerts

// PeopleRules say who stands in for whom.
type PeopleRules struct{}
