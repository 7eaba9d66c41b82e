package journey

import "time"

// MaxAccountID is the longest account id in bytes.
const MaxAccountID = 64

// Health is an account's health colour. The zero value is "unknown".
type Health string

// The health colours, worst last.
const (
	HealthUnknown Health = ""
	HealthGreen   Health = "green"
	HealthYellow  Health = "yellow"
	HealthRed     Health = "red"
)

// Account statuses that change how the bot behaves; any other status text is kept and shown as it is.
const (
	StatusActive  = "active"
	StatusChurned = "churned" // stops alerting
)

// Account is a customer company. Only ID is always set: an account is created by the first signal about it.
// An unknown text is "", an unknown number is nil, an unknown date is the zero Day; unknown is never 0.
type Account struct {
	ID      string
	Name    string
	Domain  string
	Aliases []string
	CRMURL  string

	Segment string
	Region  string
	Tier    string
	Plan    string
	Status  string

	DoNotContact bool // nobody may sell to it

	ARR         *int64 // annual recurring revenue in cents of the workspace's one currency
	Seats       *int64
	RenewalDate Day
	Since       Day    // when they became a customer
	Owner       string // e-mail address of the customer success manager
	SalesOwner  string // e-mail address of the sales representative
	Contacts    []Contact

	Health   Health
	Score    *float64 // health score, 0–100
	HealthAt time.Time

	Map     string // id of the journey map that applies; "" when none was chosen yet
	Stage   string // id of the milestone the account is at
	StageAt time.Time

	LastTouch time.Time // when a person last touched the account; zero when never seen

	LookAt time.Time // when time alone may make news of it; zero for never

	FieldsAt map[string]time.Time // age of each field, by its name in growth.account.updated
}

// Title is what people call the account: its name, or its id while the name is unknown.
func (a Account) Title() string {
	if a.Name != "" {
		return a.Name
	}
	return a.ID
}

// TenureMonths are the whole months that the account has been a customer on a day, or false when that is not known.
func (a Account) TenureMonths(on Day) (int, bool) {
	return months(a.Since, on), a.Since.Known() && a.Since <= on
}

// Roles of contacts that rules know; any other role text is kept.
const (
	RoleChampion = "champion"
	RoleAdmin    = "admin"
	RoleSponsor  = "executive sponsor"
)

// Contact is a person at the account.
type Contact struct {
	Name    string
	Email   string
	Title   string
	Role    string
	Persona string
	LeftAt  time.Time // zero while the person is there
}

// Key identifies a contact within its account: the e-mail address when known, else the name, folded.
func (c Contact) Key() string {
	if c.Email != "" {
		return Fold(c.Email)
	}
	return Fold(c.Name)
}

// Champion returns the account's champion who has not left, or false.
func (a Account) Champion() (Contact, bool) { return a.Holder(RoleChampion) }

// Holder returns the first contact with a role who has not left, or false.
func (a Account) Holder(role string) (Contact, bool) {
	for _, c := range a.Contacts {
		if Fold(c.Role) == role && c.LeftAt.IsZero() {
			return c, true
		}
	}
	return Contact{}, false
}
