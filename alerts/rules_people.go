package alerts

import "journeybot/journey"

// PeopleRules say who stands in for whom. The keys are folded (journey.Fold). The zero PeopleRules name nobody.
type PeopleRules struct {
	Leads    map[string]string // by segment: an e-mail address or group:@handle
	Aliases  map[string]string // by an e-mail address that a CRM may still use: the one that it stands for
	Managers map[string]string // by the e-mail address of an owner: the manager's
}

// RemindOwner and RemindManager are whom an escalation step may remind.
const (
	RemindOwner   = "owner"
	RemindManager = "manager"
)

// MentionLead is an escalation step's mention of the lead of the account's segment, or of the fallback's owner when the segment
// has none.
const MentionLead = "lead"

// Lead is who decides when the owner does not act: of the segment, else the fallback's owner: an e-mail address, "group:@handle" or "" for nobody.
func (r *Rules) Lead(segment string) string {
	if lead := r.People.Leads[journey.Fold(segment)]; lead != "" {
		return lead
	}
	return r.Fallback.Owner
}

// Manager is the e-mail address of a person's manager; "" when the growth file names none.
func (r *Rules) Manager(of Person) string { return r.People.Managers[journey.Fold(of.Email)] }

// meant is the address that another one stands for: by a hand-over of this account, then of all accounts, then by the growth file.
func (r *Rules) meant(address, account string, handed map[string]string) string {
	folded := journey.Fold(address)
	for _, other := range []string{handed[HandedKey(account, folded)], handed[HandedKey("", folded)], r.People.Aliases[folded]} {
		if other != "" {
			return other
		}
	}
	return address
}

// HandedKey is the key of WorkingSet.Handed for a folded address, of one account or, when that is "", of all.
func HandedKey(account, folded string) string { return account + "|" + folded }
