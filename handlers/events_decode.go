package handlers

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"
	"unicode"

	"journeybot/alerts"
	"journeybot/journey"
)

// maxAhead is how far in the future an event may be dated before its clock is not believed.
const maxAhead = 5 * time.Minute

const (
	typeUsage        = "growth.usage.tracked"
	typeActionResult = "growth.action.result"
)

// eventTypes says, for each CloudEvents type, how its data becomes the payload of an alerts.Event.
var eventTypes = map[string]func(f fields, ev *alerts.Event){
	"growth.account.updated":          decodeAccount,
	"growth.kpi.reported":             decodeKPIs,
	typeUsage:                         decodeUsage,
	"growth.signal.health_shift":      signal(alerts.HealthShift, decodeHealth),
	"growth.signal.usage_limit":       signal(alerts.UsageLimit, decodeLimit),
	"growth.signal.pql":               signal(alerts.PQL, decodePQL),
	"growth.signal.milestone_dropoff": signal(alerts.MilestoneDropoff, decodeDropoff),
	"growth.signal.milestone_reached": signal(alerts.MilestoneReached, decodeReached),
	"growth.signal.contact_changed":   signal(alerts.ContactChanged, decodeContactChange),
	"growth.signal.renewal_due":       signal(alerts.RenewalDue, decodeRenewal),
	"growth.signal.support":           signal(alerts.Support, decodeSupport),
	"growth.signal.feedback":          signal(alerts.Feedback, decodeSurvey),
	"growth.touch.logged":             decodeTouch,
	typeActionResult:                  decodeActionResult,
}

// EventTypes lists the CloudEvents types that journeybot understands.
func EventTypes() []string { return slices.Sorted(maps.Keys(eventTypes)) }

// DecodeEvent turns a CloudEvent into the event that the rules understand. ReceivedAt and Seq are when and where the stream
// stored it; zone is the one in which days without a time begin. The error lists in words everything that is wrong with it.
func DecodeEvent(ce CloudEvent, receivedAt time.Time, seq uint64, zone *time.Location) (alerts.Event, error) {
	ev := alerts.Event{Source: ce.Source, ID: ce.ID, Type: ce.Type, ReceivedAt: receivedAt, Seq: seq}
	decode, known := eventTypes[ce.Type]
	if !known {
		return ev, fmt.Errorf("unknown type %s", quoteJSON(ce.Type))
	}
	data, err := dataObject(ce.Data)
	if err != nil {
		return ev, fmt.Errorf("data: %w", err)
	}
	var problems []string
	f := fields{path: "data", values: data, zone: zone, problems: &problems}
	ev.Account = account(f, ce.Subject, ce.Type != typeActionResult)
	ev.At = believable(firstTime(f.time("at"), ce.Time, receivedAt), receivedAt)
	if ce.Type != typeUsage {
		ev.Data = storable(ce.Data, data)
	}
	decode(f, &ev)
	if len(problems) > 0 {
		return ev, errors.New(readable(problems))
	}
	return ev, nil
}

func dataObject(raw []byte) (map[string]any, error) {
	if len(bytes.TrimSpace(raw)) == 0 {
		return nil, nil
	}
	value, err := readJSON(raw)
	if err != nil {
		return nil, err
	}
	data, ok := value.(map[string]any)
	if !ok && value != nil {
		return nil, fmt.Errorf("%s is not an object", quoteJSON(value))
	}
	return data, nil
}

// readable keeps a reason short: a thousand wrong items are told by the first few.
func readable(problems []string) string {
	const most = 5
	if more := len(problems) - most; more > 0 {
		return fmt.Sprintf("%s; and %d more", strings.Join(problems[:most], "; "), more)
	}
	return strings.Join(problems, "; ")
}

func account(f fields, subject string, required bool) string {
	id, place := f.text("account"), "data.account"
	if id == "" {
		id, place = subject, "subject"
	}
	switch {
	case id == "" && required && f.values["account"] == nil:
		*f.problems = append(*f.problems, "no account id: neither data.account nor subject is set")
	case id == "" && required && len(*f.problems) == 0:
		*f.problems = append(*f.problems, "data.account is empty")
	case len(id) > journey.MaxAccountID:
		*f.problems = append(*f.problems, fmt.Sprintf("%s: the account id has %d bytes, more than %d", place, len(id), journey.MaxAccountID))
	case strings.ContainsFunc(id, unicode.IsControl):
		*f.problems = append(*f.problems, fmt.Sprintf("%s: %s has control characters", place, quoteJSON(id)))
	}
	return id
}

func firstTime(times ...time.Time) time.Time {
	for _, t := range times {
		if !t.IsZero() {
			return t
		}
	}
	return time.Time{}
}

// believable replaces a time in the future, which only a wrong clock can tell, by the time of arrival.
func believable(at, receivedAt time.Time) time.Time {
	if at.After(receivedAt.Add(maxAhead)) {
		return receivedAt
	}
	return at
}

// storable is the data as both databases take it: compact, valid UTF-8, no U+0000.
func storable(raw []byte, data map[string]any) []byte {
	if data == nil {
		return []byte("{}")
	}
	if bytes.Contains(raw, []byte(`\u0000`)) || !bytes.Equal(raw, bytes.ToValidUTF8(raw, nil)) {
		clean, _ := json.Marshal(withoutNull(data))
		return clean
	}
	var compact bytes.Buffer
	_ = json.Compact(&compact, raw)
	return compact.Bytes()
}

func withoutNull(value any) any {
	switch v := value.(type) {
	case string:
		return strings.ReplaceAll(v, "\x00", "")
	case []any:
		for i := range v {
			v[i] = withoutNull(v[i])
		}
	case map[string]any:
		clean := make(map[string]any, len(v))
		for name, member := range v {
			clean[strings.ReplaceAll(name, "\x00", "")] = withoutNull(member)
		}
		return clean
	}
	return value
}

func decodeAccount(f fields, ev *alerts.Event) {
	patch := &journey.Patch{
		Name: field(f, "name", f.text), Domain: field(f, "domain", f.text),
		CRMURL:  field(f, "crm_url", func(name string) string { return f.textUpTo(name, maxURL, false) }),
		Segment: field(f, "segment", f.text), Region: field(f, "region", f.text), Tier: field(f, "tier", f.text),
		Plan: field(f, "plan", f.text), Status: field(f, "status", f.text),
		DoNotContact: field(f, "do_not_contact", func(name string) bool {
			set := f.flag(name, false)
			return set != nil && *set
		}),
		Owner: field(f, "owner", f.text), SalesOwner: field(f, "sales_owner", f.text),
		Aliases: field(f, "aliases", f.texts),
		ARR:     field(f, "arr", f.cents),
		Seats:   field(f, "seats", func(name string) *int64 { return f.whole(name, 0, maxNumber) }),
		RenewalDate: field(f, "renewal_date", func(name string) journey.Day {
			return f.day(name, false)
		}),
		Since:    field(f, "customer_since", func(name string) journey.Day { return f.day(name, false) }),
		Contacts: field(f, "contacts", f.contacts),
		At:       ev.At,
	}
	ev.Patch = patch
}

// field is a member of a partial update: absent leaves the value alone, null clears it.
func field[T any](f fields, name string, read func(name string) T) journey.Field[T] {
	if _, there := f.values[name]; !there {
		return journey.Field[T]{}
	}
	return journey.SetTo(read(name))
}

func (f fields) contacts(name string) []journey.Contact {
	var contacts []journey.Contact
	f.objects(name, func(item fields) {
		c := item.contact()
		if c.Key() == "" {
			item.wrong("name", " is missing, and so is email")
		}
		contacts = append(contacts, c)
	})
	return contacts
}

func decodeKPIs(f fields, ev *alerts.Event) {
	kpis, ok := f.object("kpis")
	if !ok || len(kpis.values) == 0 {
		if f.values["kpis"] == nil || ok {
			f.wrong("kpis", " is missing: nothing was reported")
		}
		return
	}
	ev.KPIs = map[string]float64{}
	for _, name := range kpis.named() {
		ev.KPIs[name] = kpis.needed(name, -maxNumber, maxNumber)
	}
}

func decodeUsage(f fields, ev *alerts.Event) {
	if _, several := f.values["items"]; !several {
		ev.Usage = []alerts.Usage{usage(f, ev)}
		return
	}
	f.objects("items", func(item fields) { ev.Usage = append(ev.Usage, usage(item, ev)) })
	if len(ev.Usage) == 0 && len(*f.problems) == 0 {
		f.wrong("items", " is empty")
	}
}

func usage(f fields, ev *alerts.Event) alerts.Usage {
	u := alerts.Usage{
		Event: f.name("event"), Count: 1, User: f.word("user", false), Persona: f.text("persona"),
		At: believable(firstTime(f.time("at"), ev.At), ev.ReceivedAt),
	}
	if count := f.whole("count", -math.MaxInt32, math.MaxInt32); count != nil {
		u.Count = *count
	}
	return u
}

// signal makes the decoder of a kind of signal from the one that fills its facts and says what it is about.
func signal(kind alerts.Kind, decode func(f fields, facts *alerts.Facts) (about string)) func(fields, *alerts.Event) {
	return func(f fields, ev *alerts.Event) {
		s := &alerts.Signal{Kind: kind, Facts: alerts.Facts{AsOf: ev.At}}
		s.About = decode(f, &s.Facts)
		ev.Signal = s
	}
}

func decodeHealth(f fields, facts *alerts.Facts) string {
	h := &alerts.HealthFacts{
		From: f.health("from", false), To: f.health("to", true),
		Score: f.number("score", false, 0, 100), PreviousScore: f.number("previous_score", false, 0, 100), Reason: f.prose("reason"),
	}
	f.objects("drivers", func(item fields) {
		h.Drivers = append(h.Drivers, alerts.Driver{Measure: item.name("measure"), From: item.word("from", false), To: item.word("to", false)})
	})
	facts.Health = h
	return ""
}

func decodeLimit(f fields, facts *alerts.Facts) string {
	facts.Limit = &alerts.LimitFacts{
		Resource: f.name("resource"), Used: f.needed("used", 0, maxNumber), Limit: f.needed("limit", 0, maxNumber), Unit: f.text("unit"),
		PeriodEnd: f.time("period_end"), Hard: f.flag("hard", false), CustomerTold: f.flag("customer_told", false), NextPlan: f.text("next_plan"),
	}
	if number, ok := f.values["limit"].(json.Number); ok && facts.Limit.Limit == 0 && len(*f.problems) == 0 {
		f.wrong("limit", ": %s is not above zero", number)
	}
	return facts.Limit.Resource
}

func decodePQL(f fields, facts *alerts.Facts) string {
	contact, _ := f.object("contact")
	parts, _ := f.object("parts")
	facts.PQL = &alerts.PQLFacts{
		Score: f.needed("score", 0, 100), Reasons: f.texts("reasons"), Contact: contact.contact(), Plan: f.text("plan"), Trigger: f.text("trigger"),
		Fit: parts.number("fit", false, 0, maxNumber), Usage: parts.number("usage", false, 0, maxNumber), Intent: parts.number("intent", false, 0, maxNumber),
	}
	return ""
}

func decodeDropoff(f fields, facts *alerts.Facts) string {
	d := &alerts.DropoffFacts{Milestone: f.name("milestone"), ExpectedBy: f.time("expected_by"), LastAction: f.text("last_action")}
	progress, _ := f.object("progress")
	for _, kpi := range progress.named() {
		if term, ok := progress.object(kpi); ok {
			d.Progress = append(d.Progress, alerts.Progress{
				KPI: kpi, Have: term.needed("have", -maxNumber, maxNumber), Need: term.needed("need", -maxNumber, maxNumber),
			})
		}
	}
	facts.Dropoff = d
	return d.Milestone
}

func decodeReached(f fields, facts *alerts.Facts) string {
	facts.Reached = &alerts.ReachedFacts{Milestone: f.name("milestone")}
	return facts.Reached.Milestone
}

func decodeContactChange(f fields, facts *alerts.Facts) string {
	facts.Contact = &alerts.ContactFacts{Role: f.name("role"), From: f.text("from"), To: f.text("to")}
	return facts.Contact.Role
}

func decodeRenewal(f fields, facts *alerts.Facts) string {
	facts.Renewal = &alerts.RenewalFacts{
		RenewalDate: f.day("renewal_date", true), ARR: f.cents("arr"), Forecast: f.oneOf("forecast", false, alerts.Forecasts...),
	}
	return facts.Renewal.RenewalDate.String()
}

func decodeSupport(f fields, facts *alerts.Facts) string {
	facts.Support = &alerts.SupportFacts{
		Ticket: f.word("ticket", true), Status: f.oneOf("status", true, "open", "closed"), AgeDays: f.number("age_days", false, 0, maxNumber),
		Priority: f.text("priority"), Title: f.prose("title"), Topic: f.text("topic"), StageHint: f.text("stage_hint"),
	}
	return facts.Support.Ticket
}

func decodeSurvey(f fields, facts *alerts.Facts) string {
	contact, _ := f.object("contact")
	survey := f.oneOf("survey", true, "nps", "csat")
	highest := 10.0
	if survey == "csat" {
		highest = 100
	}
	facts.Survey = &alerts.SurveyFacts{
		Survey: survey, Score: f.needed("score", 0, highest), Comment: f.prose("comment"), Contact: contact.contact(),
	}
	return strings.TrimSpace(survey + " " + facts.Survey.Contact.Key())
}

func decodeTouch(f fields, ev *alerts.Event) {
	ev.Touch = &alerts.Touch{Channel: f.text("channel"), Who: f.text("who"), Note: f.prose("note")}
}

func decodeActionResult(f fields, ev *alerts.Event) {
	result := &alerts.ActionResult{Action: f.name("action"), Message: f.prose("message")}
	if ok := f.flag("ok", true); ok != nil {
		result.OK = *ok
	}
	ev.Result = result
}
