package cards

import "journeybot/alerts"

// held says in a list why an alert is not shown, and until when.
func (s Style) held(a alerts.Alert) mrkdwn {
	if a.Hold.Reason == alerts.HoldNone {
		return ""
	}
	text := esc("held: " + heldBecause(a.Hold.Reason))
	if a.Hold.Reason == alerts.HoldMute && a.Hold.Until.IsZero() {
		text = "held: came while it was muted"
	}
	if !a.Hold.Until.IsZero() {
		text += ", until " + s.moment(a.Hold.Until)
	}
	return text
}
