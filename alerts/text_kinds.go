package alerts

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"text/template/parse"
)

// use is a field of the alert in a template.
type use struct {
	name    string // such as "Resource"
	offset  int    // in bytes
	asks    bool   // it is a condition of its own
	guarded bool   // it stands where a condition has asked for it
}

// fieldKinds are the kinds of alerts that have a field of TextAlert; a field that is not here is every alert's.
var fieldKinds = map[string][]Kind{
	"From": {HealthShift, ContactChanged}, "To": {HealthShift, ContactChanged},
	"Score": {HealthShift, PQL, Feedback}, "PreviousScore": {HealthShift}, "Reason": {HealthShift, PQL}, "Reasons": {PQL},
	"Measure": {HealthShift}, "MeasureFrom": {HealthShift}, "MeasureTo": {HealthShift},
	"Resource": {UsageLimit}, "Unit": {UsageLimit}, "Used": {UsageLimit}, "Limit": {UsageLimit}, "Percent": {UsageLimit},
	"PeriodEnd": {UsageLimit}, "HitAt": {UsageLimit}, "NextPlan": {UsageLimit}, "CustomerTold": {UsageLimit},
	"Trigger": {PQL}, "Contact": {PQL, Feedback}, "Milestone": {MilestoneDropoff, MilestoneReached}, "ExpectedBy": {MilestoneDropoff},
	"Role": {ContactChanged}, "RenewalDate": {RenewalDue},
	"Ticket": {Support}, "Title": {Support}, "Priority": {Support}, "Topic": {Support}, "AgeDays": {Support},
	"Survey": {Feedback}, "Comment": {Feedback},
}

// branch checks an if: what its condition asks for may stand within it.
func (c *textChecker) branch(n *parse.IfNode) error {
	before := len(c.uses)
	if _, err := c.pipe(n.Pipe); err != nil {
		return err
	}
	asked := slices.Clone(c.uses[before:])
	for i := range asked {
		c.uses[before+i].asks = true
		c.asked[asked[i].name]++
	}
	if err := c.list(n.List); err != nil {
		return err
	}
	for _, u := range asked {
		c.asked[u.name]--
	}
	return c.list(n.ElseList)
}

// use remembers a field of the alert.
func (c *textChecker) use(n *parse.FieldNode) {
	if len(n.Ident) < 2 || n.Ident[0] != "Alert" {
		return
	}
	name := n.Ident[1]
	c.uses = append(c.uses, use{name: name, offset: int(n.Position()) - len(".Alert"), guarded: c.asked[name] > 0})
}

// FitsKinds checks that alerts of these kinds have the fields that the text names: each of them, or at least one where an if asks for the
// field first. Its error is a *SourceError.
func (t *Text) FitsKinds(kinds []Kind) error {
	if t == nil {
		return nil
	}
	for _, u := range t.uses {
		having, known := fieldKinds[u.name]
		if !known {
			continue
		}
		var lacking []string
		for _, k := range kinds {
			if !slices.Contains(having, k) {
				lacking = append(lacking, string(k))
			}
		}
		if len(lacking) == 0 || (u.asks || u.guarded) && len(lacking) < len(kinds) {
			continue
		}
		advice := ""
		if len(lacking) < len(kinds) {
			advice = fmt.Sprintf("; put it in {{if .Alert.%s}} … {{end}}", u.name)
		}
		return (&textChecker{source: t.source}).errorAt(u.offset, "%s alerts have no .Alert.%s, and the playbook is for them%s",
			some(lacking), u.name, advice)
	}
	return nil
}

// some names the first few of many.
func some(names []string) string {
	const most = 3
	switch n := len(names); {
	case n == 1:
		return names[0]
	case n <= most:
		return strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	default:
		return strings.Join(names[:most-1], ", ") + " and " + strconv.Itoa(n-most+1) + " other kinds of"
	}
}
