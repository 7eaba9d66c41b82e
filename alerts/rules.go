package alerts

import (
	"time"

	"journeybot/journey"
)

// Rules are the operator's decisions, compiled from the growth file: who is told what, when something counts,
// and what to do about it. They never change once loaded and are safe for concurrent use.
type Rules struct {
	Revision string // hash of the growth file, kept on each alert it decided
	Zone     *time.Location
	Currency string // ISO 4217, such as EUR

	Channels    map[string]Channel // by their name in the growth file
	Fallback    Fallback
	Routes      []Route
	Playbooks   []Playbook
	Escalations map[string]Escalation
	Calendars   map[string]Calendar
	Thresholds  Thresholds
	Quiet       QuietRules
	Guards      GuardRules
	People      PeopleRules
	Digests     DigestRules
	Permissions Permissions
	Usage       UsageRules
	Maps        []*journey.Map    // the first whose When matches an account is the account's
	Pictures    bool              // charts are uploaded as pictures, instead of Slack's own blocks
	Milestones  map[string]string // title of a milestone by its id, for the maps in use
}

// Channel is where alerts can go.
type Channel struct {
	Slack    Target // "#name" or a channel id
	Audience string // auto, internal or external
}

// Fallback is who gets what nobody else could be given.
type Fallback struct {
	Channel string // a name in Rules.Channels
	Owner   string // an owner reference; "" for none
}

// Route is one routing rule: what When matches goes where it says. Empty values leave the decision to a later match.
type Route struct {
	Name       string
	When       *When    // nil matches everything
	Channel    string   // a name in Rules.Channels
	Owner      []string // the first that exists: account_owner, sales_owner, an e-mail address, group:@handle, round_robin:@handle
	Playbook   string
	Escalation string
	Severity   Severity
	Continue   bool // go on to later rules; their channels add up
}

// Playbook is what to do about a kind of alert.
type Playbook struct {
	Name     string
	For      *When // which alerts it is for; nil when only routes name it
	Steps    []Step
	Actions  []Action
	Outcomes []Outcome
	Review   []time.Duration
}

// Step is one thing to do.
type Step struct {
	ID       string
	Title    *Text
	Hint     *Text // nil for none
	Role     string
	Due      time.Duration // zero: no due time
	Optional bool
}

// Escalation is who is told when nobody acts. Durations count as Calendar.Add does in the named calendar, in wall time
// without one; zero switches a timer off.
type Escalation struct {
	Name               string
	Calendar           string
	Steps              []EscalationStep
	RepeatEvery        time.Duration // of the last step
	RepeatTimes        int
	RemindAfter        time.Duration // since the last thing done to an acknowledged alert
	UnacknowledgeAfter time.Duration
	ExpireAfter        time.Duration // always wall time
}

// EscalationStep is one rung: After counts from the step before. One of the targets is set.
type EscalationStep struct {
	After   time.Duration
	Remind  string // RemindOwner or RemindManager
	Mention string // group:@handle or MentionLead
	Post    string // a name in Rules.Channels
	Next    string // "rep": whose turn it is in the round-robin of the alert's route
}

// Thresholds say from where on a signal counts.
type Thresholds struct {
	Health  HealthThresholds
	Limits  []LimitThreshold // ascending
	PQL     PQLThresholds
	Renewal []RenewalThreshold // most distant first
	Support SupportThresholds
	Silence SilenceThresholds
	NPS     SurveyThresholds
	CSAT    SurveyThresholds

	HighTiers []string // tiers of accounts that get more attention
}

// SilenceThresholds are how long nobody may be in contact with an account; 0 for ever.
type SilenceThresholds struct{ HighTier, Others time.Duration }

// HealthThresholds are scores, 0–100.
type HealthThresholds struct {
	Green, Yellow, Hysteresis, Drop, DropToRed float64
	Within                                     time.Duration
	Settle                                     time.Duration // how long yellow must last before it is told
}

// LimitThreshold is a share of a limit, in percent, and how severe crossing it is.
type LimitThreshold struct {
	Percent  int
	Severity Severity
}

// PQLThresholds are scores from which a lead counts.
type PQLThresholds struct{ Qualified, SalesReady float64 }

// RenewalThreshold is a number of days before a renewal.
type RenewalThreshold struct {
	Days     int
	Severity Severity
}

// SupportThresholds say which tickets become alerts.
type SupportThresholds struct {
	Age        time.Duration
	Priorities []string
}

// SurveyThresholds are scores: up to Detractor an answer is bad, from Promoter on good.
type SurveyThresholds struct{ Detractor, Promoter float64 }

// PlaybookNamed returns the playbook of that name.
func (r *Rules) PlaybookNamed(name string) (Playbook, bool) {
	for _, p := range r.Playbooks {
		if p.Name == name {
			return p, true
		}
	}
	return Playbook{}, false
}

// Do names what somebody, or a timer, wants of an alert: the rows of the transition table.
type Do string

// The inputs of the transition table (DATA-MODEL §2). Signals come through Ingest.
const (
	DoAck      Do = "ack"
	DoUnack    Do = "unack"
	DoAssign   Do = "assign" // to Input.User
	DoSnooze   Do = "snooze" // until Input.Until
	DoResolve  Do = "resolve"
	DoAmend    Do = "amend"
	DoReopen   Do = "reopen"
	DoNote     Do = "note"
	DoTick     Do = "tick"      // Input.Step
	DoSwitch   Do = "switch"    // to Input.Playbook
	DoAct      Do = "act"       // Input.Asked
	DoStillOn  Do = "still_on"  // "I am still on it"
	DoExtend   Do = "extend"    // the expected date moves to Input.Until
	DoForecast Do = "forecast"  // Input.Forecast of a renewal
	DoTimers   Do = "timers"    // whatever is due at now
	DoSetOwner Do = "set_owner" // the publisher found Input.User for OwnerRef
	DoDisown   Do = "disown"    // Input.User, who owns it, has left
	DoClear    Do = "clear"     // a collision's hold ends
	DoKeep     Do = "keep"      // it goes on
	DoAskOwner Do = "ask_owner" // Input.User, who owns the risk, is asked to decide
)

// Input is one request to change an alert.
type Input struct {
	Do        Do
	By        Actor // the zero Actor is the bot
	Origin    string
	RequestID string // makes a repeat harmless; "" for none

	User    Person
	Around  Around // of the timers
	Look    Look   // of the timers: how the account stood at the outcome and stands now; the zero Look while none is due
	Until   time.Time
	Outcome Outcome
	ARR     *int64
	Note    string
	Step    string
	Done    bool

	Playbook string // to switch to, or that the step belongs to; "" is the alert's
	Asked    Asked  // of another system

	Forecast string         // one of Forecasts
	Health   journey.Health // of the account: with the forecast it says how severe a renewal is

	Together bool // one of several done in one press: whoever loses them is told of all at once, by the caller
}

// WorkingSet is what a batch of events is decided on: storage loads it under lock, tests make it in memory.
// Rules.Ingest changes it and records every change in Changes.
type WorkingSet struct {
	Accounts   map[string]*journey.Account          // by id; accounts that events name are always there, new ones with only their id
	Conditions map[string]Condition                 // by key
	Live       map[string]*Alert                    // live alerts by key, of all accounts in the set
	People     map[string]Person                    // by folded e-mail address
	TopARR     *int64                               // ARR from which an account is in the top tenth; nil when unknown
	KPIs       map[string]map[string]journey.Series // by account id and KPI name, as far as rules need them

	Mutes  map[string][]Mute                        // running ones, by account id
	Posts  map[string]map[Kind]map[string]time.Time // when alerts were shown lately, by account id, kind and alert id
	Handed map[string]string                        // by HandedKey: addresses that a hand-over made stand for another

	Asked map[string]*Alert // by id: alerts of which events tell what came of an action

	Late []Source // sources that are late; left out where events come in, for an event's own source is there

	NewID func() string // makes alert and outbound ids

	Changes Changes
}

// Changes is everything that Ingest recorded, in the order in which it happened.
type Changes struct {
	Accounts   map[string]bool // ids of accounts that changed
	Conditions map[string]bool // keys of conditions that changed
	Results    []Result        // per alert change; several may concern one alert: the last Alert is its state
	KPIs       []KPIPoint
	Usage      []UsageCount
	Since      map[string]journey.Day // by account: the first day of its history that changed
	EventDone  map[string]EventResult // by "source id"
	EventNotes map[string]EventNote   // why it did so, by "source id"; absent when there is nothing to say
	Outbound   []Outbound             // events that leave beside those of Results
	Mutes      []Mute                 // that were made, or ended
	Places     []Place                // messages that should exist beside those of Results
}

// KPIPoint is a reported value to keep.
type KPIPoint struct {
	Account, Name string
	At            time.Time
	Value         float64
}

// UsageCount is a product event to count on its day, in the workspace's zone.
type UsageCount struct {
	Account string
	Day     journey.Day
	Usage   Usage
}

// NewWorkingSet returns an empty set that makes ids with newID.
func NewWorkingSet(newID func() string) *WorkingSet {
	return &WorkingSet{
		Accounts: map[string]*journey.Account{}, Conditions: map[string]Condition{}, Live: map[string]*Alert{},
		People: map[string]Person{}, Asked: map[string]*Alert{}, Handed: map[string]string{}, KPIs: map[string]map[string]journey.Series{}, NewID: newID,
		Changes: Changes{Accounts: map[string]bool{}, Conditions: map[string]bool{}, Since: map[string]journey.Day{}, EventDone: map[string]EventResult{}, EventNotes: map[string]EventNote{}},
	}
}
