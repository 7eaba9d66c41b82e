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
	HoldBundle     HoldReason = "bundle"      // of a message only, never of an alert: the bundle named by ViaID shows it
)

// Hides reports whether an alert held like that is not shown. A collision is: its card says that it waits.
func (h Hold) Hides() bool { return h.Reason != HoldNone && h.Reason != HoldCollision }

// hidden is the hold of the alert's messages: "" while they are sent.
func (h Hold) hidden() string {
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
	By     string    // id of the alert or mute that holds it, or without a Reason of the risk that its card names; "" for none
}

// hold keeps the alert from being shown. It comes before the alert's first channel is added.
func (c *change) hold(h Hold) {
	c.a.Hold, c.a.StepAt = h, time.Time{}
}

// release shows a held alert and starts its escalation, which counts from when the card may be seen.
func (c *change) release() error {
	if c.a.Hold.Reason == HoldNone {
		return nil
	}
	c.did(DidRelease, EntryData{Note: string(c.a.Hold.Reason)})
	c.a.Hold = Hold{}
	c.res.Release = true
	if c.a.Status == Open {
		c.escalate()
	}
	c.redraw(c.urgency())
	return nil
}

// holdOver ends a hold whose time has come.
func (c *change) holdOver() error {
	if c.a.Hold.Reason == HoldCollision {
		return c.lapse()
	}
	return c.release()
}
