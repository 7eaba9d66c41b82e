package cards

import "journeybot/alerts"

// holdWords say why an alert is not shown for now.
var holdWords = map[alerts.HoldReason]plain{
	alerts.HoldMute:       "muted",
	alerts.HoldStale:      "the signal was old when it came",
	alerts.HoldLateSource: "its whole source is late",
	alerts.HoldFlapping:   "it goes to and fro",
	alerts.HoldHours:      "quiet hours",
	alerts.HoldThrottle:   "enough of this kind about this account",
	alerts.HoldCollision:  "the account is at risk",
	alerts.HoldSettling:   "it must last before it is told",
	alerts.HoldLow:        "low severity is for the digest",
}

// heldBecause writes a reason to hold; "" when nothing holds.
func heldBecause(r alerts.HoldReason) plain {
	if r == alerts.HoldNone {
		return ""
	}
	if word, ok := holdWords[r]; ok {
		return word
	}
	return words(string(r))
}

// held says in a list why an alert is not shown, and until when.
func (s Style) held(a alerts.Alert) mrkdwn {
	why := heldBecause(a.Hold.Reason)
	if why == "" {
		return ""
	}
	text := esc("held: " + why)
	if !a.Hold.Until.IsZero() {
		text += ", until " + s.moment(a.Hold.Until)
	}
	return text
}
