package alerts

// Kind says what an alert is about, in the words of the event types.
type Kind string

// The kinds of alerts. Each is the last token of the CloudEvents type growth.signal.<kind>, except the last three, which are derived.
const (
	HealthShift      Kind = "health_shift"
	UsageLimit       Kind = "usage_limit"
	PQL              Kind = "pql"
	MilestoneDropoff Kind = "milestone_dropoff"
	MilestoneReached Kind = "milestone_reached"
	ContactChanged   Kind = "contact_changed"
	RenewalDue       Kind = "renewal_due"
	Support          Kind = "support"
	Feedback         Kind = "feedback"
	Silence          Kind = "silence"
	PersonaQuiet     Kind = "persona_quiet" // people from whom more is expected no longer come
	PathOpened       Kind = "path_opened"   // a side path of the journey: an escalation, a checkpoint
)

// Kinds lists every kind in the order in which reports show them.
var Kinds = []Kind{
	HealthShift, UsageLimit, PQL, MilestoneDropoff, MilestoneReached, ContactChanged, RenewalDue, Support, Feedback, Silence,
	PersonaQuiet, PathOpened,
}

// Severity is how bad or how urgent an alert is. The zero value is "not set".
type Severity int

// The severities, mildest first.
const (
	SeverityNone Severity = iota
	Low
	Medium
	High
	Critical
)

var severityNames = [...]string{"", "low", "medium", "high", "critical"}

// String returns "low", "medium", "high" or "critical", and "" for the zero value.
func (s Severity) String() string { return severityNames[s] }

// ParseSeverity reads a severity's name; false when it is none.
func ParseSeverity(name string) (Severity, bool) {
	for i, n := range severityNames {
		if n == name && i > 0 {
			return Severity(i), true
		}
	}
	return SeverityNone, false
}

// Polarity says whether an alert is about losing or winning something.
type Polarity string

// The polarities.
const (
	Risk        Polarity = "risk"
	Opportunity Polarity = "opportunity"
	Neutral     Polarity = "neutral"
)

// Status is where an alert is in its life. Open, Acknowledged and Snoozed alerts are live: at most one per key.
type Status string

// The statuses.
const (
	Open         Status = "open"
	Acknowledged Status = "acknowledged"
	Snoozed      Status = "snoozed"
	Resolved     Status = "resolved"
	Expired      Status = "expired"
)

// Live reports whether an alert in this status still waits for its end.
func (s Status) Live() bool { return s == Open || s == Acknowledged || s == Snoozed }

// Outcome is what came of an alert. The last two are the bot's own: Recovered, the signal went away and nobody claimed the credit;
// MergedInto, another alert about the same thing counts for it.
type Outcome string

// The outcomes: the first four for risks, the next four for opportunities.
const (
	Saved        Outcome = "saved"
	ChurnedOut   Outcome = "churned"
	NoAction     Outcome = "no_action"
	FalseAlarm   Outcome = "false_alarm"
	Converted    Outcome = "converted"
	Expanded     Outcome = "expanded"
	Nurturing    Outcome = "nurturing"
	Disqualified Outcome = "disqualified"
	Recovered    Outcome = "recovered"
	MergedInto   Outcome = "merged"
)
