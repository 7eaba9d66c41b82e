package alerts

// GuardRules keep alerts from doing harm. The zero GuardRules guard nothing.
type GuardRules struct{}
