package cards

import "journeybot/alerts"

// Beginnings of the block ids of buttons that do not stand in the alert's own card. Whoever presses one is answered privately where
// the message does not change.
const (
	FrozenRow = "frozen:" // of a notice
	ListRow   = "do:"     // of a list
)

// offered are the buttons of a notice.
func offered(n alerts.Notice) []control {
	if n.AlertID == "" {
		return nil
	}
	a := alerts.Alert{ID: n.AlertID, Kind: n.Kind}
	switch n.Offer {
	case alerts.OfferAck:
		return []control{acknowledge(a, true)}
	case alerts.OfferTakeOver:
		return []control{button(ActionTakeOver, "Take over", a.ID)}
	case alerts.OfferStillOn:
		still := button(ActionStillOn, "Still on it", a.ID)
		still.primary = true
		return []control{still, snooze(a), menu(ActionResolve, "Resolve", outcomes(a.ID, n.Outcomes))}
	}
	return nil
}

// Stands says privately how an alert is, after something was pressed in a message that does not show it.
func Stands(s Style, v alerts.View) Drawing {
	v = s.shown(v)
	sk, m := s.draw(v), newSheet()
	said := esc(stop(header(v, sk)))
	if v.Alert.Status == alerts.Snoozed && !v.Alert.WakeAt.IsZero() {
		said += " Back " + s.moment(v.Alert.WakeAt) + "."
	}
	m.section("stands:"+v.Alert.ID, button(ActionAlert, "Open alert", v.Alert.ID), said)
	return m.drawing(spokenOf(said))
}
