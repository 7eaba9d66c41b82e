package cards

import "journeybot/alerts"

// Noted draws the private answer to a note that was written down.
func Noted(account string, n alerts.Note) Drawing {
	m := newSheet()
	said := "Noted on the timeline of " + bold(esc(outside(account, nameWidth))) + ":" + remark(n.Text)
	m.section("noted:"+n.Account, control{}, said)
	m.row("do:"+n.Account, button(ActionView, "Timeline", "timeline:"+n.Account), button(ActionAccount, "Account", n.Account))
	return m.drawing(spokenOf(said))
}
