package cards

import (
	"math"
	"sort"
	"strconv"
	"strings"

	"journeybot/alerts"
	"journeybot/journey"
)

// sketch is what an alert says, whatever its status.
type sketch struct {
	mark      plain
	opening   plain   // the header while it is open, after the severity; "" means subject
	calm      bool    // the opening names no severity
	subject   plain   // what it is about, with the account's name; ends a header
	spoken    plain   // the subject for the fallback, without arrows
	why       plain   // one reason; "" is unknown
	whySpoken plain   // how the fallback goes on within its sentence
	sentence  plain   // or with one of its own
	recovered plain   // the subject once it went away by itself; "" means subject
	above     []plain // the kind's own line above the buttons; then the account's facts move below them
	below     []plain // the kind's own facts below the buttons
}

// kind is how alerts of one kind are drawn.
type kind struct {
	draw       func(s Style, v alerts.View, account plain) sketch
	word       plain                     // names the kind in a list
	marks      map[alerts.Severity]plain // nil means the usual ones
	own        func(id string) []control // buttons of the kind while the alert is open
	stays      bool                      // and go on standing there once somebody is on it
	ack        plain                     // what acknowledging is called; "" means Acknowledge
	accountLow bool                      // the account's facts stand below the buttons
}

const (
	nameWidth  = 60 // leaves the number visible in a header of 150
	termWidth  = 40
	quoteWidth = 500
)

var (
	usualMarks  = map[alerts.Severity]plain{alerts.Critical: "🚨", alerts.High: "🔴", alerts.Medium: "🟠", alerts.Low: "⚪"}
	yellowMarks = map[alerts.Severity]plain{alerts.Critical: "🚨", alerts.High: "🔴", alerts.Medium: "🟡", alerts.Low: "⚪"}
)

// kinds has every kind of alerts.Kinds. An alert of another kind is drawn plainly.
var kinds = map[alerts.Kind]kind{
	alerts.HealthShift: {draw: drawHealth, word: "health", marks: yellowMarks, own: expected("Expected, no action")},
	alerts.UsageLimit:  {draw: drawLimit, word: "usage limit", own: talking, accountLow: true},
	alerts.PQL:         {draw: drawPQL, word: "sales lead", own: answerLead, ack: "Accept"},
	alerts.MilestoneDropoff: {
		draw: drawDropoff, word: "milestone", marks: yellowMarks, own: extend, stays: true, accountLow: true,
	},
	alerts.MilestoneReached: {draw: drawReached, word: "milestone"},
	alerts.ContactChanged:   {draw: drawContact, word: "contact", own: expected("No action needed")},
	alerts.RenewalDue:       {draw: drawRenewal, word: "renewal", own: forecast, stays: true},
	alerts.Support:          {draw: drawSupport, word: "support", own: expected("No action needed")},
	alerts.Feedback:         {draw: drawSurvey, word: "feedback"},
	alerts.Silence:          {draw: drawSilence, word: "silence", own: expected("Quiet is fine")},
	alerts.PersonaQuiet:     {draw: drawPath, word: "quiet people", own: expected("Quiet is fine")},
	alerts.PathOpened:       {draw: drawPath, word: "path", own: expected("Not needed")},
}

func expected(label plain) func(string) []control {
	return func(id string) []control { return []control{button(ActionNoAction, label, id)} }
}

// talking says that somebody is on it and speaks with the customer already.
func talking(id string) []control { return []control{button(ActionTalking, "Already talking", id)} }

func extend(id string) []control { return []control{button(ActionExtend, "Extend date…", id)} }

func forecast(id string) []control {
	choices := make([]choice, len(alerts.Forecasts))
	for i, f := range alerts.Forecasts {
		choices[i] = choice{label: capital(words(f)), value: id + ":" + f}
	}
	return []control{menu(ActionForecast, "Set forecast", choices)}
}

// answerLead declines a lead, either way.
func answerLead(id string) []control {
	return []control{button(ActionResolve, "Nurture", id+":"+string(alerts.Nurturing)), decline(id)}
}

// reasons are why a lead is none: what a choice of the menu writes down, by its name.
var reasons = []struct{ name, says string }{
	{"no_need", "No need now"},
	{"no_budget", "No budget"},
	{"wrong_person", "Not the person who decides"},
	{"too_small", "Too small"},
	{"in_contact", "Sales talks with them already"},
	{DeclineOther, "Another reason…"},
}

// DeclineOther is the choice of ActionDecline that asks for the reason.
const DeclineOther = "other"

// Reason is what a choice of ActionDecline writes down; false when it is none.
func Reason(name string) (says string, ok bool) {
	for _, r := range reasons {
		if r.name == name && name != DeclineOther {
			return r.says, true
		}
	}
	return "", false
}

func decline(id string) control {
	choices := make([]choice, len(reasons))
	for i, r := range reasons {
		choices[i] = choice{label: plain(r.says), value: id + ":" + r.name}
	}
	return menu(ActionDecline, "Disqualify", choices)
}

// draw sketches an alert. An alert whose facts are not those of its kind still says its kind and its account.
func (s Style) draw(v alerts.View) sketch {
	v = s.shown(v)
	account := outside(v.Account.Title(), nameWidth)
	if account == "" {
		account = outside(v.Alert.Account, nameWidth)
	}
	k := kinds[v.Alert.Kind]
	sk := sketch{}
	if k.draw != nil {
		sk = k.draw(s, v, account)
	}
	if sk.subject == "" {
		sk.subject = account + ": " + words(string(v.Alert.Kind)) + " signal without details"
	}
	if v.Alert.Outcome == alerts.Recovered && sk.recovered != "" {
		sk.subject, sk.spoken = sk.recovered, ""
	}
	if sk.spoken == "" {
		sk.spoken = sk.subject
	}
	if sk.opening == "" {
		sk.opening = sk.subject
	}
	if sk.mark == "" {
		marks := k.marks
		if marks == nil {
			marks = usualMarks
		}
		sk.mark = marks[v.Alert.Severity]
	}
	return sk
}

func drawHealth(_ Style, v alerts.View, account plain) sketch {
	f := v.Alert.Facts.Health
	if f == nil {
		return sketch{}
	}
	from, to, before, after := f.From, f.To, f.PreviousScore, f.Score
	if a := v.Account; !v.Alert.Status.Live() && f.To != journey.HealthGreen && a.Health != f.To && a.Health != journey.HealthUnknown {
		from, to, before, after = f.To, a.Health, f.Score, a.Score // a closed alert tells how it ended
	}
	was, is := outside(string(from), termWidth), outside(string(to), termWidth)
	sk := sketch{
		subject: join(" ", account+" health", movement(before, after, " → "), parens(is)),
		spoken:  join(", ", join(" ", account+" health", is), movement(before, after, " to ")),
		why:     outside(f.Reason, quoteWidth),
	}
	if after == nil {
		sk.subject = account + " health " + join(" → ", was, orUnknown(is))
	}
	sk.sentence = sk.why
	rest, label := f.Drivers, plain("Measures: ")
	switch {
	case len(rest) == 0:
	case sk.why == "":
		sk.why, sk.whySpoken = driver(rest[0])
		rest, label = rest[1:], "Also "
	case tells(sk.why, rest[0]):
		rest, label = rest[1:], "Also "
	}
	if len(rest) > 0 {
		sk.below = []plain{label + enough(rest, 5, ", ", driverTerm)}
	}
	return sk
}

// tells reports whether a reason already says how a measure moved.
func tells(reason plain, d alerts.Driver) bool {
	said := journey.Fold(string(reason))
	for _, part := range []string{string(words(d.Measure)), d.From, d.To} {
		if !strings.Contains(said, journey.Fold(part)) {
			return false
		}
	}
	return true
}

// movement writes "72 → 44" as far as both are known.
func movement(from, to *float64, arrow plain) plain {
	switch {
	case to == nil:
		return ""
	case from == nil:
		return score(to)
	}
	return score(from) + arrow + score(to)
}

func parens(p plain) plain {
	if p == "" || p == unknown {
		return ""
	}
	return "(" + p + ")"
}

func orUnknown(p plain) plain {
	if p == "" {
		return unknown
	}
	return p
}

// driver tells how one measure moved, for the card and for the ear.
func driver(d alerts.Driver) (written, spoken plain) {
	name, from, to := words(d.Measure), outside(d.From, termWidth), outside(d.To, termWidth)
	a, aNumber := parseNumber(d.From)
	b, bNumber := parseNumber(d.To)
	switch {
	case from == "" && to == "":
		return capital(name), uncapital(name)
	case from == "", from == to:
		return capital(name) + " now " + to, uncapital(name) + " now " + to
	case to == "":
		return capital(name) + " was " + from + ", now unknown", uncapital(name) + " was " + from + ", now unknown"
	case aNumber && bNumber && a != b:
		verb := plain(" rose ")
		if b < a {
			verb = " fell "
		}
		return capital(name) + verb + from + " → " + to, uncapital(name) + " " + from + " to " + to
	}
	return capital(name) + ": " + from + " → " + to, uncapital(name) + " " + from + " to " + to
}

func driverTerm(_ int, d alerts.Driver) plain {
	if d.From == d.To && d.To != "" {
		return uncapital(words(d.Measure)) + " " + outside(d.To, termWidth)
	}
	return uncapital(words(d.Measure)) + " " + orUnknown(outside(d.From, termWidth)) + " → " + orUnknown(outside(d.To, termWidth))
}

// enough lists the first few of many, with separator between them, and counts the others.
func enough[T any](all []T, most int, separator plain, write func(int, T) plain) plain {
	var list plain
	for i, one := range all {
		if i == most {
			return list + " and " + number(float64(len(all)-most)) + " more"
		}
		list = join(separator, list, write(i, one))
	}
	return list
}

func drawLimit(s Style, v alerts.View, account plain) sketch {
	f := v.Alert.Facts.Limit
	if f == nil {
		return sketch{}
	}
	resource := words(f.Resource)
	used := number(f.Used) + " of " + number(f.Limit)
	if unit := outside(f.Unit, termWidth); unit != "" && !strings.Contains(journey.Fold(string(resource)), journey.Fold(string(unit))) {
		used += " " + unit
	}
	if f.Limit <= 0 {
		return sketch{
			subject: account + " used " + number(f.Used) + " " + resource + ", limit unknown",
			why:     "The source sent no limit", above: limitFacts(f, "", number(f.Used)+" used"), below: limitTerms(s, v, f),
		}
	}
	percent := number(float64(f.Percent())) + " % of " + resource
	return sketch{
		subject:  account + " at " + percent,
		why:      limitWhy(s, f, used),
		sentence: capital(used) + " used",
		above:    limitFacts(f, bar(f.Percent(), 100, 10, "▓", "░"), used),
		below:    limitTerms(s, v, f),
	}
}

func limitWhy(s Style, f *alerts.LimitFacts, used plain) plain {
	resets := !f.PeriodEnd.IsZero()
	switch {
	case f.Used > f.Limit:
		return "Limit passed by " + number(f.Used-f.Limit)
	case f.Used == f.Limit:
		return "Limit reached"
	case f.HitAt.IsZero() && resets:
		return used + " used, resets " + s.inDays(journey.DayOf(f.PeriodEnd.In(s.zone())))
	case f.HitAt.IsZero():
		return used + " used"
	}
	why := "Limit expected about " + s.weekdayOf(f.HitAt)
	if !resets {
		return why
	}
	hit, reset := journey.DayOf(f.HitAt.In(s.zone())), journey.DayOf(f.PeriodEnd.In(s.zone()))
	switch early := reset.Until(hit.In(s.zone())); {
	case early > 0:
		return why + ", " + days(early) + " before reset"
	case early == 0:
		return why + ", the day of the reset"
	}
	return "Reset comes first, on " + s.weekdayOf(f.PeriodEnd)
}

func limitFacts(f *alerts.LimitFacts, meter, used plain) []plain {
	facts := []plain{join(" ", meter, used)}
	if f.PerDay != nil {
		facts = append(facts, number(*f.PerDay)+" a day (14 days)")
	}
	return append(facts, either(f.Hard, "hard limit", "soft limit"), either(f.CustomerTold, "customer told", "customer not told"))
}

// either says a fact one way or the other; nothing when it is not known.
func either(fact *bool, yes, no plain) plain {
	switch {
	case fact == nil:
		return ""
	case *fact:
		return yes
	}
	return no
}

// limitTerms are what is agreed about the limit, and in one place what nobody told.
func limitTerms(s Style, v alerts.View, f *alerts.LimitFacts) []plain {
	terms := []plain{plan(v.Account.Plan)}
	var open unknowns
	if f.NextPlan != "" {
		terms = append(terms, "next plan "+outside(f.NextPlan, termWidth))
	}
	if !f.PeriodEnd.IsZero() {
		terms = append(terms, "resets "+s.dateOf(f.PeriodEnd))
	}
	open.note(f.Hard == nil, "hard or soft limit")
	open.note(f.CustomerTold == nil, "customer told")
	open.note(f.NextPlan == "", "next plan")
	open.note(f.PeriodEnd.IsZero(), "reset")
	return append(terms, open.listed())
}

// unknowns are facts that a reader may look for and nobody told: named once, together, instead of one by one.
type unknowns []plain

func (u *unknowns) note(missing bool, name plain) {
	if missing {
		*u = append(*u, name)
	}
}

// listed writes "unknown: next plan, reset", or nothing.
func (u unknowns) listed() plain {
	if len(u) == 0 {
		return ""
	}
	return unknown + ": " + join(", ", u...)
}

func plan(name string) plain {
	if name == "" {
		return ""
	}
	return outside(name, termWidth) + " plan"
}

func drawPQL(_ Style, v alerts.View, account plain) sketch {
	f := v.Alert.Facts.PQL
	if f == nil {
		return sketch{}
	}
	points := "PQL " + score(&f.Score)
	sk := sketch{
		mark: "🎯", calm: true,
		opening: points + ": " + account + " is ready to talk",
		subject: account + " " + points,
		above:   []plain{contact(f.Contact)},
	}
	if len(f.Reasons) > 0 {
		sk.why = outside(f.Reasons[0], 150)
		sk.sentence = sk.why
	}
	if len(f.Reasons) > 1 {
		sk.below = []plain{"Also " + enough(f.Reasons[1:], 3, ", ", func(_ int, reason string) plain { return uncapital(outside(reason, 150)) })}
	}
	var open unknowns
	for _, part := range []struct {
		name   plain
		points *float64
	}{{"fit", f.Fit}, {"usage", f.Usage}, {"intent", f.Intent}} {
		open.note(part.points == nil, part.name)
		if part.points != nil {
			sk.above = append(sk.above, part.name+" "+number(*part.points))
		}
	}
	sk.above = append(sk.above, plan(f.Plan))
	open.note(f.Trigger == "", "trigger")
	if f.Trigger != "" {
		sk.above = append(sk.above, "trigger "+words(f.Trigger))
	}
	sk.above = append(sk.above, open.listed())
	if v.Account.Owner != "" {
		sk.above = append(sk.above, "CSM "+byEmail(v.People, v.Account.Owner))
	}
	return sk
}

// contact writes a person at the customer, with what the person does there.
func contact(c journey.Contact) plain {
	name := outside(c.Name, termWidth)
	if name == "" {
		name = outside(c.Email, termWidth)
	}
	role := outside(c.Title, termWidth)
	if role == "" {
		role = words(c.Role)
	}
	if role == unknown {
		role = ""
	}
	return join(", ", name, role)
}

func drawDropoff(s Style, v alerts.View, account plain) sketch {
	f := v.Alert.Facts.Dropoff
	if f == nil {
		return sketch{}
	}
	at := s.milestone(f.Milestone)
	sk := sketch{subject: account + " stuck at " + at, recovered: account + " is no longer stuck at " + at}
	late := plain("")
	if !f.ExpectedBy.IsZero() {
		due := journey.DayOf(f.ExpectedBy.In(s.zone()))
		late = "expected " + s.inDays(due)
		sk.below = []plain{join(" ", "Expected", s.date(due), moves(f.Extended))}
	}
	if at := v.Account.StageAt; !at.IsZero() {
		sk.below = append(sk.below, "day "+number(float64(s.daysAgo(at)+1))+" at "+s.milestone(v.Account.Stage))
	}
	if f.LastAction != "" {
		sk.below = append(sk.below, "last action: "+words(f.LastAction))
	}
	sk.below = append(sk.below, s.whom(f)...)
	if f.Why != alerts.DropoffLate {
		sk.below = sk.below[min(1, len(sk.below)):] // the date is in the reason
		sk.above = []plain{capital(enough(f.Progress, 8, ", ", func(_ int, p alerts.Progress) plain { return have(p) }))}
		return s.drawEndangered(sk, f, account, at)
	}
	blocked, ok := furthest(f.Progress)
	if !ok {
		sk.why = capital(late)
		return sk
	}
	sk.subject += ", " + number(blocked.Have) + " of " + counted(blocked)
	sk.why = number(blocked.Have) + " of " + counted(blocked)
	if blocked.Have == 0 {
		sk.why = "No " + plural(words(blocked.KPI)) + " yet"
	}
	sk.why = join(", ", sk.why, late)
	sk.sentence = capital(late)
	sk.above = []plain{capital(enough(f.Progress, 8, ", ", func(_ int, p alerts.Progress) plain { return have(p) }))}
	return sk
}

// moves says how often a person moved an expected date.
func moves(n int) plain {
	switch {
	case n <= 0:
		return ""
	case n == 1:
		return "(moved once)"
	}
	return "(moved " + number(float64(n)) + " times)"
}

// furthest is the term that misses most of what it needs: the one that blocks.
func furthest(terms []alerts.Progress) (alerts.Progress, bool) {
	worst, share := alerts.Progress{}, 1.0
	for _, t := range terms {
		if t.Need > 0 && t.Have/t.Need < share {
			worst, share = t, t.Have/t.Need
		}
	}
	return worst, share < 1
}

// counted writes "2 exports".
func counted(p alerts.Progress) plain {
	switch {
	case p.Need == 1:
		return "1 " + singular(words(p.KPI))
	case p.Need != math.Trunc(p.Need):
		return number(p.Need) + " " + words(p.KPI)
	}
	return number(p.Need) + " " + plural(words(p.KPI))
}

// have writes "searches 7 of 10".
func have(p alerts.Progress) plain {
	return plural(words(p.KPI)) + " " + number(p.Have) + " of " + number(p.Need)
}

// milestone is a milestone's title, or its id in words.
func (s Style) milestone(id string) plain {
	if s.Rules != nil {
		if title := s.Rules.Milestones[id]; title != "" {
			return outside(title, termWidth)
		}
	}
	return capital(words(id))
}

func drawReached(s Style, v alerts.View, account plain) sketch {
	f := v.Alert.Facts.Reached
	if f == nil {
		return sketch{}
	}
	subject := account + " reached " + s.milestone(f.Milestone)
	sk := sketch{mark: "🎉", calm: true, subject: subject, why: "The customer got the value of this step"}
	if f.Took > 0 {
		sk.why += ", " + span(f.Took) + " after the one before"
		sk.sentence = sk.why
	}
	return sk
}

func drawContact(_ Style, v alerts.View, account plain) sketch {
	f := v.Alert.Facts.Contact
	if f == nil {
		return sketch{}
	}
	role, from, to := words(f.Role), outside(f.From, termWidth), outside(f.To, termWidth)
	sk := sketch{subject: account + " " + role + " " + join(" → ", from, to), spoken: account + " " + role + " " + join(" to ", from, to)}
	switch {
	case from == "" && to == "":
		sk.subject = account + " has another " + role
		sk.spoken = sk.subject
	case to == "":
		sk.subject = account + " lost its " + role + " " + from
		sk.spoken, sk.why = sk.subject, "Nobody named as successor"
	case from == "":
		sk.subject = account + " has a new " + role + ": " + to
		sk.spoken, sk.why = sk.subject, "Nobody was named before"
	case f.Role == "owner":
		sk.why = to + " takes over from " + from
	default:
		sk.why = "What was agreed with " + from + " needs the buy-in of " + to
	}
	sk.sentence = sk.why
	if left := remaining(v.Account, f.From); len(left) > 0 {
		sk.below = []plain{"Still there: " + enough(left, 4, ", ", func(_ int, c journey.Contact) plain {
			return join(" ", contact(journey.Contact{Name: c.Name, Email: c.Email}), parens(words(c.Role)))
		})}
	}
	return sk
}

// remaining are the contacts of an account that are still there, without the one who changed.
func remaining(a journey.Account, gone string) []journey.Contact {
	var left []journey.Contact
	for _, c := range a.Contacts {
		is := func(name string) bool { return name != "" && journey.Fold(name) == journey.Fold(gone) }
		if c.LeftAt.IsZero() && !is(c.Name) && !is(c.Email) {
			left = append(left, c)
		}
	}
	return left
}

func drawRenewal(s Style, v alerts.View, account plain) sketch {
	f := v.Alert.Facts.Renewal
	if f == nil {
		return sketch{}
	}
	if !f.RenewalDate.Known() {
		return sketch{subject: account + " renewal, date unknown"}
	}
	when := " renews " + s.date(f.RenewalDate) + ", " + s.inDays(f.RenewalDate)
	switch away := f.RenewalDate.Until(s.Now.In(s.zone())); {
	case away == 0:
		when = " renews today"
	case away < 0:
		when = " renewal was due " + s.date(f.RenewalDate) + ", " + s.inDays(f.RenewalDate)
	}
	revenue := f.ARR
	if revenue == nil {
		revenue = v.Account.ARR
	}
	return sketch{
		subject:  account + when,
		why:      capital(join(" ", s.arr(revenue), "up for renewal") + ", " + healthOf(v.Account) + ", " + foreseen(f.Forecast)),
		sentence: capital(join(", ", s.arr(revenue), healthOf(v.Account), foreseen(f.Forecast))),
	}
}

// foreseen writes what somebody expects of a renewal.
func foreseen(forecast string) plain {
	if forecast == "" {
		return "no forecast"
	}
	return "forecast " + words(forecast)
}

// healthOf writes "health red (44)".
func healthOf(a journey.Account) plain {
	if a.Health == journey.HealthUnknown {
		return "health unknown"
	}
	if a.Score == nil {
		return "health " + outside(string(a.Health), termWidth)
	}
	return "health " + outside(string(a.Health), termWidth) + " (" + score(a.Score) + ")"
}

func drawSupport(s Style, v alerts.View, account plain) sketch {
	f := v.Alert.Facts.Support
	if f == nil {
		return sketch{}
	}
	age := plain("")
	if f.AgeDays != nil {
		age = "open " + days(int(*f.AgeDays))
	}
	priority := outside(f.Priority, 20)
	ticket := join(" ", uncapital(priority), "ticket")
	title := outside(f.Title, quoteWidth)
	sk := sketch{
		subject: account + " " + join(" ", ticket, age), recovered: account + " " + ticket + " is closed", why: title, sentence: title,
		below: []plain{join(" ", "Ticket", outside(f.Ticket, termWidth))},
	}
	if f.AgeDays == nil {
		sk.below = append(sk.below, "age unknown")
	}
	if f.Topic != "" {
		sk.below = append(sk.below, "topic "+words(f.Topic))
	}
	if f.StageHint != "" {
		sk.below = append(sk.below, "points to "+s.milestone(f.StageHint))
	}
	return sk
}

func drawSurvey(s Style, v alerts.View, account plain) sketch {
	f := v.Alert.Facts.Survey
	if f == nil {
		return sketch{}
	}
	answer := words(f.Survey) + " " + number(f.Score)
	sk := sketch{subject: account + " gave " + answer, why: "No comment given"}
	if s.Guarded {
		sk.why = ""
	}
	if v.Alert.Polarity == alerts.Opportunity {
		sk.mark, sk.calm = "💚", true
	}
	if comment := outside(f.Comment, quoteWidth); comment != "" {
		sk.why = quoted(comment)
		sk.sentence = sk.why
	}
	if who := contact(f.Contact); who != "" {
		sk.below = []plain{"From " + who}
	}
	return sk
}

func drawSilence(s Style, v alerts.View, account plain) sketch {
	f := v.Alert.Facts.Silence
	if f == nil {
		return sketch{}
	}
	sk := sketch{
		subject:   account + " not contacted for " + days(s.daysAgo(f.LastTouch)),
		why:       "Nobody has been in contact since " + s.dateOf(f.LastTouch),
		recovered: account + " was contacted again",
	}
	if f.LastTouch.IsZero() {
		sk.subject, sk.why = account+" without a contact on record", "Nobody has logged a contact with this account yet"
	}
	return sk
}

// byEmail is the name of the person with an e-mail address, or the address.
func byEmail(people map[string]alerts.Person, email string) plain {
	var names []string
	for key, p := range people {
		if p.Name != "" && (journey.Fold(p.Email) == journey.Fold(email) || key == journey.Fold(email)) {
			names = append(names, p.Name)
		}
	}
	if len(names) == 0 {
		return outside(email, termWidth)
	}
	sort.Strings(names)
	return outside(names[0], termWidth)
}

func parseNumber(text string) (float64, bool) {
	f, err := strconv.ParseFloat(strings.TrimSuffix(strings.ReplaceAll(strings.TrimSpace(text), ",", ""), "%"), 64)
	return f, err == nil
}
