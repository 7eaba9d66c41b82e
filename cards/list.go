package cards

import (
	"slices"
	"strconv"
	"strings"

	"journeybot/alerts"
)

// maxRows keeps a page below Slack's 50 blocks and an answer below what an acknowledgement carries.
const maxRows = 15

// defaultRows is the page that a Filter without a Limit means.
const defaultRows = 10

// AlertList draws a page of `/journey alerts …`: f says what was asked and where the page starts, total how many there are.
func AlertList(s Style, f alerts.Filter, views []alerts.View, total int) Drawing {
	m := newSheet()
	views = slices.Clone(views)
	for i := range views {
		views[i] = s.shown(views[i])
	}
	shown := views[:min(len(views), maxRows)]
	title := listTitle(f, views, total)
	m.header("list", title)
	if len(shown) == 0 {
		m.section("none", control{}, nothing(s, f, total))
	}
	for _, v := range shown {
		s.listed(m, v, s.listARR(v))
	}
	first, last := f.Offset+1, f.Offset+len(shown)
	var where mrkdwn
	if len(shown) > 0 && (total > len(shown) || f.Offset > 0) {
		where = esc(number(float64(first)) + "–" + number(float64(last)) + " of " + number(float64(total)))
	}
	m.context("where", where, order(shown, where == ""), mrkdwn("`"+string(esc(s.command()))+" help` lists what I can do"))
	m.row("pages", pages(f, last, total)...)
	return m.drawing(esc(title + spokenRows(s, shown)))
}

// pages are the buttons to the pages before and after this one.
func pages(f alerts.Filter, last, total int) []control {
	words, limit := filterWords(f), f.Limit
	if limit <= 0 {
		limit = defaultRows
	}
	page := func(label plain, offset int) control {
		return button(ActionPage, label, strconv.Itoa(offset)+":"+words)
	}
	var row []control
	if f.Offset > 0 {
		row = append(row, page("Previous", max(0, min(f.Offset, total)-min(limit, maxRows))))
	}
	if last < total && last > f.Offset {
		row = append(row, page("Next", last))
	}
	return row
}

// filterWords are the words of the command that asks for this filter again.
func filterWords(f alerts.Filter) string {
	var words []string
	if f.Owner != "" {
		words = append(words, "mine")
	}
	if f.Unowned {
		words = append(words, "unowned")
	}
	if f.Red {
		words = append(words, "red")
	}
	if f.Held {
		words = append(words, "held")
	}
	if f.Kind != "" {
		words = append(words, string(f.Kind))
	}
	if f.Severity != alerts.SeverityNone {
		words = append(words, f.Severity.String())
	}
	if f.Channel != "" {
		words = append(words, string(f.Channel))
	}
	return strings.Join(words, " ")
}

func listTitle(f alerts.Filter, views []alerts.View, total int) plain {
	what := count(total, "live alert", "live alerts")
	if total == 0 {
		what = "No live alerts"
	}
	if f.Kind != "" {
		what += " about " + orElse(kinds[f.Kind].word, words(string(f.Kind)))
	}
	if f.Severity != alerts.SeverityNone {
		what += " of " + plain(f.Severity.String()) + " severity"
	}
	if f.Unowned {
		what += " without an owner"
	}
	if f.Held {
		what += " that are held"
	}
	if f.Red {
		what += " of accounts in red"
	}
	if f.Account != "" {
		name := outside(f.Account, nameWidth)
		if len(views) > 0 {
			name = outside(views[0].Account.Title(), nameWidth)
		}
		what += " of " + name
	}
	if f.Channel != "" {
		what += " in " + outside(string(f.Channel), termWidth)
	}
	if f.Owner != "" {
		return "Yours: " + uncapital(what)
	}
	return what
}

// nothing says what an empty page means.
func nothing(s Style, f alerts.Filter, total int) mrkdwn {
	all := mrkdwn("`" + string(esc(s.command())) + " alerts` shows everybody's.")
	switch {
	case total > 0:
		return "There is nothing more on this page."
	case f != (alerts.Filter{Limit: f.Limit, Offset: f.Offset}):
		return "Nothing waits here. " + all
	}
	return "Nothing waits for anybody."
}

// order names the order of a list; first says that this starts the line.
func order(shown []alerts.View, first bool) mrkdwn {
	switch {
	case len(shown) < 2:
		return ""
	case first:
		return "Oldest unacknowledged first"
	}
	return "oldest unacknowledged first"
}

func (s Style) command() plain {
	if name := outside(s.Command, 40); name != "" {
		return name
	}
	return "/journey"
}

// listed adds an alert to a list: what it is about, then facts and whose it is, and its buttons.
func (s Style) listed(m *sheet, v alerts.View, facts ...plain) {
	a, sk := v.Alert, s.draw(v)
	severity := plain("")
	if !sk.calm && a.Severity != alerts.SeverityNone {
		severity = plain(a.Severity.String())
	}
	parts := append(escAll(append([]plain{shortID(a), severity}, facts...)), esc(whose(v)), "since "+s.moment(a.OpenedAt), s.held(a))
	m.section("row:"+a.ID, control{}, join(" ", esc(sk.mark), bold(esc(sk.subject))), join(" · ", parts...))
	open := button(ActionAlert, "Open", a.ID)
	open.spoken = "Open " + sk.subject
	row := []control{open}
	if untaken(a) {
		ack := acknowledge(a, false)
		ack.spoken = ack.label + " " + sk.subject
		row = append([]control{ack}, row...)
	}
	m.row(versioned(strings.TrimSuffix(ListRow, ":"), a), row...)
}

func (s Style) listARR(v alerts.View) plain {
	if s.Guarded {
		return ""
	}
	if v.Account.ARR == nil {
		return "ARR unknown"
	}
	return s.shortMoney(v.Account.ARR) + " ARR"
}

// whose says who has the alert and whether they work on it.
func whose(v alerts.View) plain {
	a := v.Alert
	switch {
	case a.Status == alerts.Acknowledged || a.Status == alerts.Snoozed:
		_, words := state(v)
		return words
	case owner(v) == "":
		return "nobody owns it"
	}
	return owner(v) + ", not acknowledged"
}

// spokenRows says the first few of a list.
func spokenRows(s Style, views []alerts.View) plain {
	if len(views) == 0 {
		return "."
	}
	return ": " + enough(views, 5, "; ", func(_ int, v alerts.View) plain { return s.draw(v).spoken }) + "."
}
