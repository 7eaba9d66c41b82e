package alerts

import "time"

// DigestRules say which channels and owners get a digest, and when. The zero DigestRules send none.
type DigestRules struct {
	Channels map[string]time.Duration // time of day, since midnight, by name in Rules.Channels
	Calendar string                   // whose working days and zone count for channels; "" is every day in the workspace's zone
	Owners   bool                     // whether owners get one a week
	Day      time.Weekday             // of it
	At       time.Duration            // time of day of it, since midnight in the owner's zone
}
