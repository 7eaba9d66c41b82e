package demo

import (
	"strings"
	"time"
)

// Days is how far back the numbers of the book go.
const Days = 90

// Book tells the bot about all accounts, as of now: who they are, who spoke to them last, where on the journey they
// are, how they are, and 90 days of numbers, oldest first. Only accounts that are red open an alert. The ids do not depend on the time of day: sending the
// book again, after a restart, adds at most the days that have passed.
func Book(now time.Time) []Event {
	var events []Event
	for _, a := range accounts {
		events = append(events, a.profile(now).event("account/"+a.id, now.Add(-2*time.Hour)))
		events = append(events, a.touch().event("touch/"+a.id, now.AddDate(0, 0, -a.touchedAgo)))
		if a.stage != "" {
			events = append(events, reached(a.id, a.stage).event("stage/"+a.id, now.AddDate(0, 0, -a.stageAgo)))
		}
	}
	for i, a := range accounts {
		if a.health != "" {
			events = append(events, a.shift().event("health/"+a.id, a.shiftedAt(now, i)))
		}
	}
	return append(events, numbers(now)...)
}

func (a account) profile(now time.Time) told {
	data := fields{
		"name": a.name, "domain": a.domain, "aliases": a.aliases, "segment": a.segment, "region": a.region, "tier": a.tier, "plan": a.plan,
		"status": "active", "seats": a.seats, "owner": a.owner, "sales_owner": tom, "contacts": a.contacts(), "crm_url": "https://crm.example.com/accounts/" + a.id,
	}
	if a.aliases == nil {
		data["aliases"] = []string{}
	}
	if a.arr > 0 {
		data["arr"] = a.arr
	}
	if a.renewsIn > 0 {
		data["renewal_date"] = now.AddDate(0, 0, a.renewsIn).Format(time.DateOnly)
	}
	return told{"growth.account.updated", a.id, data}
}

func (a account) contacts() []fields {
	var contacts []fields
	for _, c := range []struct {
		role string
		contact
	}{{"champion", a.champion}, {"admin", a.admin}, {"executive sponsor", a.sponsor}} {
		if c.name == "" {
			continue
		}
		contacts = append(contacts, fields{
			"name": c.name, "title": c.title, "role": c.role, "email": strings.ReplaceAll(c.role, " ", ".") + "@" + a.domain,
		})
	}
	return contacts
}

func (a account) touch() told {
	return told{"growth.touch.logged", a.id, fields{"channel": "call", "who": a.owner, "note": "Regular call with " + a.champion.name + "."}}
}

// shift is how the account came to its health. A green or yellow one got better, which alarms nobody.
func (a account) shift() told {
	from := map[string]string{"green": "yellow", "yellow": "red", "red": "yellow"}[a.health]
	verb := "rose"
	if a.health == "red" {
		verb = "fell"
	}
	return told{"growth.signal.health_shift", a.id, fields{
		"from": from, "to": a.health, "score": a.score, "previous_score": a.before,
		"drivers": []fields{{"measure": a.measure, "from": a.measured, "to": a.reading}},
		"reason":  a.measure + " " + verb + " from " + a.measured + " to " + a.reading,
	}}
}

// shiftedAt is hours ago for the alerts that are open when the demo begins, weeks for the rest.
func (a account) shiftedAt(now time.Time, i int) time.Time {
	if a.health == "red" {
		return now.Add(-time.Duration(3+i) * time.Hour)
	}
	return now.AddDate(0, 0, -20-i)
}
