package alerts

import (
	"cmp"
	"strings"
	"time"

	"journeybot/journey"
)

// TextData is what templates see. Texts that are not known are "", numbers and times nil, days zero: {{if}} tells them
// apart, and printed they read as a plain word.
type TextData struct {
	Account TextAccount
	Alert   TextAlert
	Stage   TextStage
}

// TextStage is where the account is on its journey.
type TextStage struct {
	ID, Name string // of the milestone
	Since    *time.Time
	Days     *int64 // since it was reached
}

// TextAccount is the account in a template.
type TextAccount struct {
	Name, ID, Domain, Segment, Region, Tier, Plan, Status, CRMURL string

	ARR         *Money
	Seats       *int64
	RenewalDate journey.Day
	Owner       string // name, else e-mail address
	SalesOwner  string
	Health      string
	Score       *float64
	Stage       string // the milestone's title
	LastTouch   *time.Time
	Champion    TextContact
	Admin       TextContact
	Sponsor     TextContact
}

// TextContact is a person at the account.
type TextContact struct{ Name, Title, Email string }

// TextAlert is the alert in a template: what every alert has, then the facts of its kind; those of other kinds are unknown.
type TextAlert struct {
	Kind, Severity, Status, ShortID, Owner string
	Count                                  int
	OpenedAt                               *time.Time

	From, To             string // health colours, or persons of a contact change
	Score, PreviousScore *float64
	Reason               string // the first reason
	Reasons              []string
	Measure              string // the first driver, "active users"
	MeasureFrom          string
	MeasureTo            string
	Resource, Unit       string
	Used, Limit          *float64
	Percent              *int64
	PeriodEnd, HitAt     *time.Time
	NextPlan             string
	CustomerTold         bool // true only when it is known
	Trigger              string
	Contact              TextContact
	Milestone            string // its title
	ExpectedBy           *time.Time
	Role                 string
	RenewalDate          journey.Day
	Ticket               string
	Title, Priority      string
	Topic                string
	AgeDays              *float64
	Survey, Comment      string
}

// textWords are what unknown values are called, by field; any other is "unknown".
var textWords = map[string]string{
	"Account.Champion.Name": "the champion", "Account.Champion.Title": "champion", "Account.Champion.Email": "the champion's address",
	"Account.Admin.Name": "the administrator", "Account.Admin.Title": "administrator", "Account.Admin.Email": "the administrator's address",
	"Account.Sponsor.Name": "the executive sponsor", "Account.Sponsor.Title": "executive sponsor", "Account.Sponsor.Email": "the sponsor's address",
	"Account.Owner": "the account owner", "Account.SalesOwner": "the sales owner", "Account.Plan": "current plan", "Account.Stage": "the current stage",
	"Stage.Name": "the current stage", "Alert.Owner": "the owner", "Alert.Reason": "no reason given", "Alert.Resource": "the limit", "Alert.NextPlan": "a larger plan",
	"Alert.Contact.Name": "the contact", "Alert.Contact.Title": "contact", "Alert.Contact.Email": "the contact's address",
	"Alert.Milestone": "the milestone", "Alert.Role": "contact", "Alert.To": "the successor", "Alert.From": "the predecessor",
	"Alert.Measure": "the main measure", "Alert.Ticket": "the ticket", "Alert.Title": "the ticket", "Alert.Topic": "the topic",
}

func textData(v View, r *Rules) TextData {
	a := v.Account
	return TextData{
		Account: TextAccount{
			Name: a.Title(), ID: a.ID, Domain: a.Domain, Segment: a.Segment, Region: a.Region, Tier: a.Tier, Plan: a.Plan, Status: a.Status,
			CRMURL: a.CRMURL, ARR: (*Money)(a.ARR), Seats: a.Seats, RenewalDate: a.RenewalDate,
			Owner: v.personName(a.Owner), SalesOwner: v.personName(a.SalesOwner), Health: string(a.Health), Score: a.Score,
			Stage: r.milestone(a.Stage), LastTouch: known(a.LastTouch),
			Champion: contactOf(a, journey.RoleChampion), Admin: contactOf(a, journey.RoleAdmin), Sponsor: contactOf(a, journey.RoleSponsor),
		},
		Alert: textAlert(v, r),
		Stage: TextStage{ID: a.Stage, Name: r.milestone(a.Stage), Since: known(a.StageAt), Days: r.daysAt(a.StageAt, v.At)},
	}
}

func textAlert(v View, r *Rules) TextAlert {
	a, c := v.Alert, Case{Facts: v.Alert.Facts}
	f := a.Facts
	t := TextAlert{
		Kind: strings.ReplaceAll(string(a.Kind), "_", " "), Severity: a.Severity.String(), Status: string(a.Status), ShortID: a.ShortID,
		Owner: v.People[a.Owner].Name, Count: a.Count, OpenedAt: known(a.OpenedAt),
		From: signalFrom(&c), To: signalTo(&c), Score: signalScore(&c), PreviousScore: or(f.Health).PreviousScore,
		Reason: or(f.Health).Reason, Reasons: or(f.PQL).Reasons,
		Resource: or(f.Limit).Resource, Unit: or(f.Limit).Unit, PeriodEnd: known(or(f.Limit).PeriodEnd), HitAt: known(or(f.Limit).HitAt), NextPlan: or(f.Limit).NextPlan,
		Trigger: or(f.PQL).Trigger, Milestone: r.milestone(cmp.Or(or(f.Dropoff).Milestone, or(f.Reached).Milestone)), ExpectedBy: known(or(f.Dropoff).ExpectedBy),
		Role: or(f.Contact).Role, RenewalDate: or(f.Renewal).RenewalDate,
		Ticket: or(f.Support).Ticket, Title: or(f.Support).Title, Priority: or(f.Support).Priority, Topic: or(f.Support).Topic, AgeDays: or(f.Support).AgeDays,
		Survey: or(f.Survey).Survey, Comment: or(f.Survey).Comment,
	}
	if f.Limit != nil {
		t.CustomerTold = f.Limit.CustomerTold != nil && *f.Limit.CustomerTold
		t.Used, t.Limit, t.Percent = &f.Limit.Used, &f.Limit.Limit, new(int64(f.Limit.Percent()))
	}
	if d := or(f.Health).Drivers; len(d) > 0 {
		t.Measure, t.MeasureFrom, t.MeasureTo = d[0].Measure, d[0].From, d[0].To
	}
	if t.Reason == "" && len(t.Reasons) > 0 {
		t.Reason = t.Reasons[0]
	}
	person := or(f.PQL).Contact
	if f.Survey != nil {
		person = f.Survey.Contact
	}
	t.Contact = TextContact{person.Name, person.Title, person.Email}
	return t
}

func known(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func contactOf(a journey.Account, role string) TextContact {
	for _, c := range a.Contacts {
		if c.Role == role && c.LeftAt.IsZero() {
			return TextContact{c.Name, c.Title, c.Email}
		}
	}
	return TextContact{}
}

// personName is the name of the person with that address, or the address.
func (v View) personName(email string) string {
	if email == "" {
		return ""
	}
	for _, p := range v.People {
		if p.Name != "" && journey.Fold(p.Email) == journey.Fold(email) {
			return p.Name
		}
	}
	return email
}

// milestone is the title of a milestone, or its id.
func (r *Rules) milestone(id string) string { return cmp.Or(r.Milestones[id], id) }
