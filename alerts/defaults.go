package alerts

// DefaultThresholds are the thresholds of MESSAGES' defaults, for a growth file that sets none.
func DefaultThresholds() Thresholds { return Thresholds{} }
