package alerts

import "time"

// HoldReason says why an alert is deliberately not shown for now.
type HoldReason string

// The reasons. Whatever holds an alert, it stays in digests, in the alert list and on the Home tab.
const (
	HoldNone       HoldReason = ""
	HoldMute       HoldReason = "mute"        // Hold.By is the mute
	HoldStale      HoldReason = "stale"       // the signal was old when it came
	HoldLateSource HoldReason = "late_source" // its whole source is late: the pipeline is the news
	HoldFlapping   HoldReason = "flapping"    // to and fro; told once
	HoldHours      HoldReason = "hours"       // quiet hours of its channel
	HoldThrottle   HoldReason = "throttle"    // enough of this kind about this account
	HoldCollision  HoldReason = "collision"   // an opportunity at an account at risk; Hold.By is the risk alert
	HoldSettling   HoldReason = "settling"    // yellow must last before it is told
	HoldLow        HoldReason = "low"         // low severity is for the digest
	HoldChurned    HoldReason = "churned"     // the account is a customer no more
	HoldBudget     HoldReason = "budget"      // its reader was interrupted often enough that day: a message, never an alert
	HoldNoContact  HoldReason = "no_contact"  // nobody may sell to the account
	HoldBundle     HoldReason = "bundle"      // of a message only, never of an alert: the bundle named by ViaID shows it
)

// Hides reports whether an alert held like that is not shown. A collision is: its card says that it waits.
func (h Hold) Hides() bool { return h.Reason != HoldNone && h.Reason != HoldCollision }

// lost reports whether it is the account that nothing is told of.
func (h Hold) lost() bool { return h.Reason == HoldChurned || h.Reason == HoldNoContact }

// Hidden is the hold of the alert's messages: "" while they are sent.
func (h Hold) Hidden() string {
	if h.Hides() {
		return string(h.Reason)
	}
	return ""
}

// Hold is why an alert is not shown, and until when. The zero Hold holds nothing. While an alert is held its cards are not
// posted and it does not escalate; released, it is shown and its escalation starts.
type Hold struct {
	Reason HoldReason
	Until  time.Time // released by itself then; zero: only by a worse signal, a person or what held it
	By     string    // id of the alert or mute that holds it, or without a Reason of the risk that its card names; "" for none. A mute that is over keeps its name here, with no Until
}

// hold keeps the alert from being shown. It comes before the alert's first channel is added.
func (c *change) hold(h Hold) {
	c.res.Beside = c.res.Beside || c.a.Hold.Reason == HoldThrottle || h.Reason == HoldThrottle
	c.a.Hold, c.a.StepAt = h, time.Time{}
}

// release shows a held alert and starts its escalation, which counts from when the card may be seen.
func (c *change) release() error {
	if c.a.Hold.Reason == HoldNone {
		return nil
	}
	c.did(DidRelease, EntryData{Note: string(c.a.Hold.Reason)})
	c.unhold()
	if c.a.Status == Open {
		c.escalate()
	}
	c.redraw(c.urgency())
	return nil
}

// unhold lets the alert's messages go.
func (c *change) unhold() {
	c.hold(Hold{})
	c.res.Release = true
	c.shown()
}

// shown notes when the alert could first be seen.
func (c *change) shown() {
	if c.a.ShownAt.IsZero() && !c.a.Hold.Hides() {
		c.a.ShownAt = c.now
	}
}

// holdOver ends a hold whose time has come, unless its channels are asleep then.
func (c *change) holdOver() error {
	if c.a.Hold.Reason == HoldCollision {
		return c.lapse()
	}
	if h, asleep := c.r.asleep(c.a, c.a.Channels, c.now); asleep {
		c.hold(h)
		c.did(DidHold, EntryData{Note: string(h.Reason), Until: h.Until})
		return nil
	}
	return c.release()
}
