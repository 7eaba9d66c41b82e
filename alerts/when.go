package alerts

// When is a compiled condition of a route or playbook, over kind, severity, polarity, account and signal.
// It is safe for concurrent use.
type When struct{ source string }

// String returns the condition as it was written.
func (w *When) String() string { return w.source }
