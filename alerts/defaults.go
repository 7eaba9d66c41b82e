package alerts

import "time"

const day = 24 * time.Hour

// DefaultThresholds are the thresholds of MESSAGES' defaults, for a growth file that sets none.
func DefaultThresholds() Thresholds {
	return Thresholds{
		Health: HealthThresholds{Green: 75, Yellow: 50, Hysteresis: 3, Drop: 15, DropToRed: 25, Within: 7 * day, Settle: day},
		Limits: []LimitThreshold{{75, Low}, {90, Medium}, {100, High}, {110, High}},
		PQL:    PQLThresholds{Qualified: 60, SalesReady: 80},
		Renewal: []RenewalThreshold{
			{120, Low}, {90, Medium}, {60, Low}, {30, High},
		},
		Support: SupportThresholds{Age: 7 * day, Priorities: []string{"urgent"}},
		NPS:     SurveyThresholds{Detractor: 6, Promoter: 9},
		CSAT:    SurveyThresholds{Detractor: 2, Promoter: 5},
		Silence: SilenceThresholds{HighTier: 45 * day, Others: 90 * day},

		HighTiers: []string{"high", "enterprise", "strategic", "key"},
	}
}

// DefaultEscalations are the policies of MESSAGES' defaults by the name of the severity that they are for ("critical",
// "high", "medium", "low"): an alert whose routes name none follows the one of its severity. They count in the named
// calendar ("": wall time) and reach the owner, then the lead, then the fallback's channel; the lead is left out when there is
// none and the fallback names no owner, and so is a channel that it does not name.
func DefaultEscalations(calendar string, fallback Fallback, people PeopleRules) map[string]Escalation {
	step := func(e *Escalation, s EscalationStep) {
		if s.Remind+s.Mention+s.Post+s.Next != "" {
			e.Steps = append(e.Steps, s)
		}
	}
	lead := ""
	if fallback.Owner != "" || len(people.Leads) > 0 {
		lead = MentionLead
	}
	critical := Escalation{
		Name: Critical.String(), Calendar: calendar, RepeatEvery: day, RepeatTimes: 3, RemindAfter: 2 * day, UnacknowledgeAfter: 5 * day,
	}
	step(&critical, EscalationStep{After: 30 * time.Minute, Remind: "owner"})
	step(&critical, EscalationStep{After: time.Hour, Mention: lead})
	step(&critical, EscalationStep{After: 2 * time.Hour, Post: fallback.Channel})

	high := Escalation{Name: High.String(), Calendar: calendar, RemindAfter: 3 * day, UnacknowledgeAfter: 10 * day}
	step(&high, EscalationStep{After: 4 * time.Hour, Remind: "owner"})
	step(&high, EscalationStep{After: 8 * time.Hour, Mention: lead})

	pql := Escalation{Name: LeadEscalation, Calendar: calendar, RemindAfter: 3 * day, UnacknowledgeAfter: 10 * day, ExpireAfter: 30 * day}
	step(&pql, EscalationStep{After: 4 * time.Hour, Next: NextRep})
	step(&pql, EscalationStep{After: 4 * time.Hour, Mention: lead})

	return map[string]Escalation{
		pql.Name:        pql,
		critical.Name:   critical,
		high.Name:       high,
		Medium.String(): {Name: Medium.String(), Calendar: calendar, RemindAfter: 5 * day, ExpireAfter: 30 * day},
		Low.String():    {Name: Low.String(), Calendar: calendar, ExpireAfter: 14 * day},
	}
}
