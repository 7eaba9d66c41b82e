package alerts

import (
	"cmp"
	"fmt"
	"strings"

	"journeybot/journey"
)

// summary says in a few words what an alert is about, such as "health 72 → 44 (red)".
func (r *Rules) summary(a Alert) string {
	f := a.Facts
	switch {
	case f.Health != nil:
		if f.Health.PreviousScore != nil && f.Health.Score != nil {
			return fmt.Sprintf("health %s → %s (%s)", decimal(*f.Health.PreviousScore), decimal(*f.Health.Score), colour(f.Health.To))
		}
		return "health " + brief(f)
	case f.Limit != nil:
		return fmt.Sprintf("%s of %s", brief(f), f.Limit.Resource)
	case f.PQL != nil:
		return "PQL " + brief(f)
	case f.Dropoff != nil:
		return dropoffWords[f.Dropoff.Why] + " " + r.milestone(f.Dropoff.Milestone)
	case f.Reached != nil:
		return "reached " + r.milestone(f.Reached.Milestone)
	case f.Contact != nil:
		return f.Contact.Role + " changed from " + brief(f)
	case f.Renewal != nil:
		return "renewal on " + brief(f)
	case f.Support != nil:
		return "ticket " + f.Support.Ticket + " " + brief(f)
	case f.Survey != nil:
		return strings.ToUpper(f.Survey.Survey) + " " + brief(f)
	case f.Path != nil && a.Kind == PersonaQuiet:
		return "nothing from " + f.Path.Title
	case f.Path != nil:
		return "on the path " + f.Path.Title
	}
	return strings.ReplaceAll(string(a.Kind), "_", " ")
}

var dropoffWords = map[DropoffWhy]string{DropoffLate: "stuck at", DropoffLost: "lost", DropoffLosing: "about to lose", DropoffNear: "close to missing"}

// brief is the facts' one number or word, as the history shows it before and after.
func brief(f Facts) string {
	switch {
	case f.Health != nil && f.Health.Score != nil:
		return fmt.Sprintf("%s (%s)", decimal(*f.Health.Score), colour(f.Health.To))
	case f.Health != nil:
		return colour(f.Health.To)
	case f.Limit != nil:
		return fmt.Sprintf("%d %%", f.Limit.Percent())
	case f.PQL != nil:
		return decimal(f.PQL.Score)
	case f.Dropoff != nil:
		return progress(f.Dropoff.Progress)
	case f.Reached != nil:
		return f.Reached.Milestone
	case f.Contact != nil:
		return cmp.Or(f.Contact.From, "nobody") + " to " + cmp.Or(f.Contact.To, "nobody")
	case f.Renewal != nil:
		return f.Renewal.RenewalDate.String()
	case f.Support != nil:
		return f.Support.Status
	case f.Survey != nil:
		return decimal(f.Survey.Score)
	}
	return ""
}

func colour(h journey.Health) string { return cmp.Or(string(h), "unknown") }

// progress is the first term that is not met, such as "0 of 2 exports".
func progress(terms []Progress) string {
	for _, t := range terms {
		if t.Have < t.Need {
			return decimal(t.Have) + " of " + decimal(t.Need) + " " + t.KPI
		}
	}
	return ""
}
