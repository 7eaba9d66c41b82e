package alerts

import (
	"math"
	"time"

	"journeybot/journey"
)

// Facts are the numbers and words of the last signal, as a card shows them. Exactly one of the pointers is set,
// the one of the alert's kind. Unknown numbers are nil, unknown texts "".
type Facts struct {
	AsOf    time.Time // when the facts were true
	Account string    // what the account was called then, for notices

	Health  *HealthFacts
	Limit   *LimitFacts
	PQL     *PQLFacts
	Dropoff *DropoffFacts
	Reached *ReachedFacts
	Contact *ContactFacts
	Renewal *RenewalFacts
	Support *SupportFacts
	Survey  *SurveyFacts
	Silence *SilenceFacts
	Path    *PathFacts
}

// HealthFacts tell how an account's health moved.
type HealthFacts struct {
	From, To      journey.Health
	Score         *float64 // 0–100
	PreviousScore *float64
	Drivers       []Driver // the measures that moved it, strongest first
	Reason        string
}

// Driver is one measure behind a health score. From and To are numbers or words, as the source sent them.
type Driver struct {
	Measure  string
	From, To string
}

// LimitFacts tell how much of a plan's limit is used.
type LimitFacts struct {
	Resource     string
	Used, Limit  float64
	Unit         string
	PeriodEnd    time.Time // zero when unknown: when the counter resets
	Hard         *bool     // whether the customer is cut off at the limit
	CustomerTold *bool
	NextPlan     string
	Threshold    int       // the highest threshold crossed, in percent
	HitAt        time.Time // the forecast day on which the limit is reached; zero without enough data
	PerDay       *float64  // growth per day behind the forecast
}

// Percent is the used share of the limit, rounded down to whole percent, so that 89.9 never reads as 90.
func (f LimitFacts) Percent() int {
	share := f.share()
	if math.IsNaN(share) {
		return 0
	}
	return int(max(-1e9, min(share, 1e9)))
}

// PQLFacts tell why an account is ready for a sales conversation.
type PQLFacts struct {
	Score              float64 // 0–100
	Reasons            []string
	Contact            journey.Contact
	Plan               string
	Trigger            string
	Fit, Usage, Intent *float64
}

// DropoffWhy says what is wrong with a milestone.
type DropoffWhy string

// What can be wrong with a milestone. The zero value is the usual: it was expected and did not come.
const (
	DropoffLate   DropoffWhy = ""
	DropoffLost   DropoffWhy = "lost"   // it was reached, and no longer holds
	DropoffLosing DropoffWhy = "losing" // it will be lost on ExpectedBy
	DropoffNear   DropoffWhy = "near"   // a person is close to it and short of time, until ExpectedBy
)

// DropoffFacts tell which milestone an account did not reach in time, or is about to lose or miss.
type DropoffFacts struct {
	Milestone  string
	Why        DropoffWhy
	User       string          // DropoffNear: who; else ""
	Forecast   time.Time       // when it comes at the present pace; zero when unknown
	Contact    journey.Contact // at the account: whom to talk to
	Over       bool            // nothing is wrong any more
	ExpectedBy time.Time
	Extended   int        // how often a person moved ExpectedBy
	Progress   []Progress // sorted by name
	LastAction string     // what they did last, such as list_created; "" when unknown
}

// Progress is one term of a milestone's rule: how much there is and how much is needed.
type Progress struct {
	KPI        string
	Have, Need float64
}

// ReachedFacts name the milestone an account reached.
type ReachedFacts struct {
	Milestone string
	Took      time.Duration // since the milestone before; 0 when unknown
	On        journey.Day   // derived: when; reached again after a loss, it is news again
}

// ContactFacts tell which key contact changed. Role is a contact role, or "owner" for the account owner on our side.
type ContactFacts struct{ Role, From, To string }

// RenewalFacts tell which renewal comes due.
type RenewalFacts struct {
	RenewalDate journey.Day
	ARR         *int64 // cents
	Forecast    string // what somebody foresees: one of Forecasts; "" while nobody has said
}

// ForecastAtRisk is the forecast that calls for help.
const ForecastAtRisk = "at_risk"

// Forecasts are what somebody can foresee of a renewal, surest first.
var Forecasts = []string{"commit", "probable", "best_case", ForecastAtRisk}

// SupportFacts tell about a ticket.
type SupportFacts struct {
	Ticket, Status, Priority, Title, Topic, StageHint string
	AgeDays                                           *float64
}

// SurveyFacts tell what a customer answered.
type SurveyFacts struct {
	Survey  string // nps or csat
	Score   float64
	Comment string
	Contact journey.Contact
}

// PathFacts tell which side path an account is on, or which people no longer come.
type PathFacts struct {
	Title    string   // of the path or the people, as the map calls them
	Polarity Polarity // of the path
	Since    journey.Day
	Over     bool // the path is at its end, the people are back
}

// SilenceFacts tell since when nobody touched the account.
type SilenceFacts struct{ LastTouch time.Time }
