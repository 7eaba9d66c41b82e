package alerts

// QuietRules say what is held back, for how long. The zero QuietRules hold nothing.
type QuietRules struct {
	// Shadow, when set, is the one channel that gets everything, marked with where it would have gone.
	Shadow Target
}
