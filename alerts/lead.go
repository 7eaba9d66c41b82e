package alerts

import (
	"slices"
	"strings"
)

// LeadEscalation is the policy of a lead that is ready for sales and whose routes name no other.
const LeadEscalation = "pql"

// NextRep is the escalation step that gives a lead to the next of its rotation.
const NextRep = "rep"

// rotation is the round-robin that the alert's routes name; "" for none.
func (r *Rules) rotation(a Alert) string {
	for _, route := range r.Routes {
		if !slices.Contains(a.Matched, route.Name) {
			continue
		}
		for _, ref := range route.Owner {
			if strings.HasPrefix(ref, "round_robin:") {
				return ref
			}
		}
	}
	return ""
}

// nextRep takes the lead from who did not answer and has the next of the rotation looked up; setOwner tells that one.
func (c *change) nextRep() string {
	ref := c.r.rotation(c.a)
	c.tellOwner("turn", c.name()+": "+c.about()+" goes to the next in turn. Nobody answered since "+c.slackTime(c.a.OpenedAt)+".")
	c.own("")
	c.a.OwnerRef = ref
	return strings.Replace(ref, "round_robin:", "group:", 1)
}
