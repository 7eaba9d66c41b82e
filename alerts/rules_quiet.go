package alerts

import "time"

// QuietRules say what is held back, for how long. The zero QuietRules hold nothing.
type QuietRules struct {
	// Shadow, when set, is the one channel that gets everything, marked with where it would have gone.
	Shadow Target
	Storm  Storm
}

// Storm says when alerts of one kind in one channel are too many to be posted one by one: from the Threshold-th within Window
// on they share one message, which is refreshed once every Every, until none has come for Reset. The zero Storm bundles nothing.
type Storm struct {
	Threshold            int // 0 or less: off
	Window, Every, Reset time.Duration
}

// DefaultStorm is the storm of MESSAGES' defaults, for a growth file that sets none.
func DefaultStorm() Storm {
	return Storm{Threshold: 5, Window: time.Minute, Every: 5 * time.Minute, Reset: 10 * time.Minute}
}
