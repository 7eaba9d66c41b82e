package alerts

import (
	"hash/fnv"
	"slices"
	"strings"
)

// Decision is where the routes send an alert.
type Decision struct {
	Matched    []string // names of the routes that took it, in order
	Channels   []string // names in Rules.Channels
	Owner      []string // references in order of preference
	Playbook   string
	Escalation string
	Severity   Severity
}

// Route decides where an alert goes. The first matching route that sets a value wins, channels add up, and the walk ends
// at the first match without Continue. A severity that a route sets is what the conditions after it see. What no route sets comes from the defaults: the fallback channel, the account's
// owner (for a lead the sales owner), the playbook that a journey map names, else the first that is for it, the escalation named like its severity.
func (r *Rules) Route(c Case) Decision { return r.walk(c, func(Route, Case, bool) {}) }

// walk is Route; look sees every rule that is asked, the case as it was then, and whether it matched.
func (r *Rules) walk(c Case, look func(rule Route, c Case, matched bool)) Decision {
	d := Decision{}
	for _, route := range r.Routes {
		matched := route.When.Match(c)
		look(route, c, matched)
		if !matched {
			continue
		}
		d.take(route)
		if d.Severity != SeverityNone {
			c.Severity = d.Severity
		}
		if !route.Continue {
			break
		}
	}
	d.Severity = c.Severity
	if len(d.Channels) == 0 && r.Fallback.Channel != "" {
		d.Channels = []string{r.Fallback.Channel}
	}
	if len(d.Owner) == 0 {
		d.Owner = []string{"account_owner"}
		if c.Kind == PQL {
			d.Owner = []string{"sales_owner", "account_owner"}
		}
	}
	if d.Playbook == "" {
		d.Playbook = r.playbookFor(c)
	}
	if d.Escalation == "" {
		d.Escalation = d.Severity.String()
		if _, ok := r.Escalations[LeadEscalation]; ok && c.Kind == PQL && d.Severity >= High {
			d.Escalation = LeadEscalation
		}
	}
	return d
}

func (d *Decision) take(route Route) {
	d.Matched = append(d.Matched, route.Name)
	if route.Channel != "" && !slices.Contains(d.Channels, route.Channel) {
		d.Channels = append(d.Channels, route.Channel)
	}
	if len(d.Owner) == 0 {
		d.Owner = route.Owner
	}
	if d.Playbook == "" {
		d.Playbook = route.Playbook
	}
	if d.Escalation == "" {
		d.Escalation = route.Escalation
	}
	if d.Severity == SeverityNone {
		d.Severity = route.Severity
	}
}

func (r *Rules) playbookFor(c Case) string {
	if _, known := r.PlaybookNamed(c.Playbook); known {
		return c.Playbook
	}
	for _, p := range r.Playbooks {
		if p.For != nil && p.For.Match(c) {
			return p.Name
		}
	}
	return ""
}

// shortAlphabet has no characters that people mix up when they read them out.
const shortAlphabet = "23456789ABCDEFGHJKMNPQRSTVWXYZ"

// shortID is an alert's name for people: A for risks and P for opportunities, and four characters made of the id. Two alerts
// of the hundreds that people have in mind are very unlikely to share one.
func shortID(id string, p Polarity) string {
	h := fnv.New64a()
	_, _ = h.Write([]byte(id))
	var b strings.Builder
	b.WriteString(map[Polarity]string{Opportunity: "P-"}[p])
	if p != Opportunity {
		b.WriteString("A-")
	}
	for n, i := h.Sum64(), 0; i < 4; i++ {
		b.WriteByte(shortAlphabet[n%uint64(len(shortAlphabet))])
		n /= uint64(len(shortAlphabet))
	}
	return b.String()
}
