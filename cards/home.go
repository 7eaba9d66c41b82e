package cards

import (
	"strconv"
	"time"

	"journeybot/alerts"
	"journeybot/journey"
)

// Home draws somebody's Home tab. It has no fallback text: Home tabs notify nobody.
func Home(s Style, h alerts.Home) Drawing {
	m := newSheet()
	m.most = maxView
	h.Mine, h.Held, h.Unowned = s.shownAll(h.Mine), s.shownAll(h.Held), s.shownAll(h.Unowned)
	s.homeHead(m, h)
	s.homeMine(m, h)
	s.homeHeld(m, h)
	s.homeUnowned(m, h)
	s.homeAccounts(m, h)
	s.homeMutes(m, h)
	s.homePlaybooks(m, h.Playbooks)
	s.homeRules(m, h.Rules)
	s.homeSettings(m, h)
	return Drawing{Blocks: m.blocks}
}

// homeHead sums up: what waits, and the week.
func (s Style) homeHead(m *sheet, h alerts.Home) {
	title := plain("Nothing waits for you")
	if h.Total > 0 {
		title = count(h.Total, "alert waits for you", "alerts wait for you")
	}
	m.header("home", title)
	m.section("week", control{}, bold("Your last 7 days")+" "+esc(numbers(h.Numbers)))
	if h.Person.Email == "" {
		m.section("link", control{}, "I don't know your e-mail address, so I can't tell which accounts are yours. Type `"+
			esc(s.command())+" link you@example.com` to tell me.")
	}
}

func (s Style) homeMine(m *sheet, h alerts.Home) {
	if len(h.Mine) == 0 {
		return
	}
	m.header("mine", "Your alerts")
	for _, v := range h.Mine[:min(len(h.Mine), alerts.HomeAlerts)] {
		s.listed(m, v, s.listARR(v))
	}
	last := h.Offset + len(h.Mine)
	if h.Total <= len(h.Mine) {
		return
	}
	m.context("where", esc(number(float64(h.Offset+1))+"–"+number(float64(last))+" of "+number(float64(h.Total))))
	var row []control
	if h.Offset > 0 {
		row = append(row, button(ActionHomePage, "Previous", strconv.Itoa(max(0, h.Offset-alerts.HomeAlerts))))
	}
	if last < h.Total {
		row = append(row, button(ActionHomePage, "Next", strconv.Itoa(last)))
	}
	m.row("pages", row...)
}

func (s Style) homeHeld(m *sheet, h alerts.Home) {
	if len(h.Held) == 0 {
		return
	}
	m.header("held", "Held for you")
	for _, v := range h.Held[:min(len(h.Held), alerts.HomeHeld)] {
		sk := s.draw(v)
		why := esc(heldBecause(v.Alert.Hold.Reason))
		if !v.Alert.Hold.Until.IsZero() {
			why += ", until " + s.moment(v.Alert.Hold.Until)
		}
		open := button(ActionAlert, "Open", v.Alert.ID)
		open.spoken = "Open " + sk.subject
		m.section("held:"+v.Alert.ID, open, esc(sk.subject)+" · "+why)
	}
	s.rest(m, "held-more", h.HeldTotal-len(h.Held), "alerts mine held")
}

func (s Style) homeUnowned(m *sheet, h alerts.Home) {
	if len(h.Unowned) == 0 {
		return
	}
	m.header("unowned", "Without an owner")
	for _, v := range h.Unowned[:min(len(h.Unowned), alerts.HomeUnowned)] {
		s.listed(m, v, s.listARR(v))
	}
	s.rest(m, "unowned-more", h.UnownedTotal-len(h.Unowned), "alerts unowned")
}

// rest adds the button to what a list leaves out.
func (s Style) rest(m *sheet, id string, more int, command string) {
	if more > 0 {
		m.row(id, button(ActionRun, "Show "+count(more, "more", "more"), command))
	}
}

func (s Style) homeAccounts(m *sheet, h alerts.Home) {
	if len(h.Accounts) == 0 {
		return
	}
	m.header("accounts", "Your accounts")
	for _, a := range h.Accounts[:min(len(h.Accounts), alerts.HomeAccounts)] {
		s.accountRow(m, a)
	}
	if more := h.AccountsTotal - len(h.Accounts); more > 0 {
		m.row("accounts-more", button(ActionAccounts, "Show "+count(more, "more", "more"), strconv.Itoa(len(h.Accounts))))
	}
}

// healthMarks show a colour beside its name, never instead.
var healthMarks = map[journey.Health]plain{journey.HealthRed: "🔴", journey.HealthYellow: "🟡", journey.HealthGreen: "🟢"}

func (s Style) accountRow(m *sheet, a journey.Account) {
	name := outside(a.Title(), nameWidth)
	open := button(ActionAccount, "Open", a.ID)
	open.spoken = "Open " + name
	m.section("account:"+a.ID, open, join(" ", esc(healthMarks[a.Health]), bold(esc(name))),
		join(" · ", escAll([]plain{healthOf(a), s.listedARR(a), s.renewal(a.RenewalDate)})...))
}

// listedARR is the account's revenue; outsiders are told nothing of it.
func (s Style) listedARR(a journey.Account) plain {
	if s.Guarded {
		return ""
	}
	return s.arr(a.ARR)
}

func (s Style) shownAll(views []alerts.View) []alerts.View {
	shown := make([]alerts.View, len(views))
	for i, v := range views {
		shown[i] = s.shown(v)
	}
	return shown
}

// Accounts draws a page of the presser's accounts: offset is where it starts, total how many there are.
func Accounts(s Style, accounts []journey.Account, offset, total int) Drawing {
	m := newSheet()
	title := "Yours: " + count(total, "account", "accounts")
	m.header("accounts", title)
	shown := accounts[:min(len(accounts), maxRows)]
	said := title
	switch {
	case total == 0:
		none := "I know no account of yours. Accounts are yours by their owner's e-mail address; `" + esc(s.command()) + " link you@example.com` tells me another one."
		m.section("none", control{}, none)
		return m.drawing(spokenOf(esc(title) + ". " + none))
	case len(shown) == 0:
		m.section("none", control{}, "There is nothing more on this page.")
	}
	for _, a := range shown {
		s.accountRow(m, a)
	}
	said += ": " + enough(shown, 5, "; ", func(_ int, a journey.Account) plain {
		return join(", ", outside(a.Title(), nameWidth), healthOf(a), s.renewal(a.RenewalDate))
	})
	m.context("where", esc(number(float64(offset+1))+"–"+number(float64(offset+len(shown)))+" of "+number(float64(total))), "worst health first, then the next renewal")
	var row []control
	if offset > 0 {
		row = append(row, button(ActionAccounts, "Previous", strconv.Itoa(max(0, offset-maxRows))))
	}
	if last := offset + len(shown); last < total && len(shown) > 0 {
		row = append(row, button(ActionAccounts, "Next", strconv.Itoa(last)))
	}
	m.row("pages", row...)
	return m.drawing(esc(stop(said)))
}

// AccountRows is how many accounts a page of Accounts shows.
const AccountRows = maxRows

func (s Style) homeMutes(m *sheet, h alerts.Home) {
	if len(h.Mutes) == 0 {
		return
	}
	m.header("mutes", "Muted")
	for _, mute := range h.Mutes[:min(len(h.Mutes), alerts.HomeMutes)] {
		name := outside(mute.Name, nameWidth)
		if name == "" {
			name = outside(mute.Account, nameWidth)
		}
		what := plain("everything")
		if mute.Kind != "" {
			what = kinds[mute.Kind].word
			if what == "" {
				what = words(string(mute.Kind))
			}
		}
		reason := outside(mute.Reason, quoteWidth)
		if s.Guarded {
			reason = ""
		}
		end := button(ActionUnmute, "Unmute", mute.ID)
		end.spoken = "Unmute " + name
		m.section("mute:"+mute.ID, end, join(" · ", bold(esc(name)), esc(what), "until "+s.moment(mute.Until), esc(reason)))
	}
}

func (s Style) homeSettings(m *sheet, h alerts.Home) {
	m.header("settings", "Your settings")
	m.section("settings:now", button(ActionSettings, "Settings…", "me"), s.settings(h)...)
}

// settings says what holds for the viewer.
func (s Style) settings(h alerts.Home) []mrkdwn {
	rules := s.Rules
	if rules == nil {
		rules = &alerts.Rules{}
	}
	digest := mrkdwn("none")
	if rules.Digests.Owners && !h.Chosen.NoDigest {
		at := rules.Digests.At
		if h.Chosen.DigestAt != nil {
			at = *h.Chosen.DigestAt
		}
		digest = esc(plain(rules.Digests.Day.String()) + "s at " + timeOf(at))
	}
	quiet := mrkdwn("none")
	if h.Chosen.QuietFrom != h.Chosen.QuietTo {
		quiet = esc(timeOf(h.Chosen.QuietFrom) + "–" + timeOf(h.Chosen.QuietTo) + "; critical messages come anyway")
	}
	lines := []mrkdwn{bold("Weekly digest") + " " + digest, bold("Quiet hours of direct messages") + " " + quiet}
	away := mrkdwn("")
	if h.Chosen.AwayUntil.After(s.Now) {
		away = "until " + s.moment(h.Chosen.AwayUntil)
	}
	if h.Chosen.Delegate != "" {
		name := outside(h.People[h.Chosen.Delegate].Name, termWidth)
		if name == "" {
			name = outside(h.Chosen.Delegate, termWidth)
		}
		lines = append(lines, bold("Stands in for you")+" "+esc(name))
	}
	if away != "" {
		lines = append(lines, bold("Away")+" "+away)
	}
	return append(lines, esc(join(" ", "Times are in your time zone", parens(outside(h.Person.TZ, termWidth)))+"."))
}

// timeOf writes a time of day.
func timeOf(sinceMidnight time.Duration) plain {
	return plain(time.Unix(0, 0).UTC().Add(sinceMidnight).Format("15:04"))
}
