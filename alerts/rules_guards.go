package alerts

import "time"

// What happens when somebody wants to sell to an account at risk.
const (
	CollisionOff  = ""     // nothing
	CollisionMark = "mark" // the card of the opportunity names the risk
	CollisionHold = "hold" // it waits for whoever owns the risk, too
)

// GuardRules keep alerts from doing harm. The zero GuardRules guard nothing.
type GuardRules struct {
	Collision string        // CollisionOff, CollisionMark or CollisionHold
	HoldFor   time.Duration // the longest hold, in working days of Calendar
	Calendar  string        // a name in Rules.Calendars; "" counts in wall time
	Freshness float64       // a source is late after so many of its usual gaps; 0 never
}

// DefaultGuards are the guards of a growth file that sets none.
func DefaultGuards() GuardRules {
	return GuardRules{Collision: CollisionHold, HoldFor: 5 * day, Freshness: 3}
}
