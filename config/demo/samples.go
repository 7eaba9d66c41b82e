package demo

import "time"

// Samples are example events by name, one for each type and for each way in which a kind can go, as of now. Their ids
// are the names: whoever sends one twice and means it gives it another.
func Samples(now time.Time) map[string]Event {
	samples := map[string]told{
		"account_updated":   find("acme").profile(now),
		"kpi_reported":      {"growth.kpi.reported", "acme", fields{"kpis": fields{"active_users": 19, "seats_used": 22, "nps": 4}}},
		"usage_tracked":     {"growth.usage.tracked", "acme", fields{"event": "search", "count": 3, "user": "dana", "persona": "end user"}},
		"touch_logged":      find("acme").touch(),
		"health_shift":      healthShift("acme", "yellow", "red", 72, 44, driver{"Active users", "41", "19"}, driver{"NPS", "8", "4"}),
		"health_recovered":  healthShift("acme", "red", "green", 44, 78, driver{"Active users", "19", "44"}),
		"usage_limit":       usageLimit("initech", limit{resource: "API calls", unit: "calls", used: callsNow, limit: callsLimit, nextPlan: "Scale"}, midnight(now).AddDate(0, 0, periodEndsIn)),
		"pql":               pql("globex", lead{86, 92, 95, 98, "advanced feature", []string{"Opened SSO settings 4 times this week (not in Team plan)", "2 new departments joined"}}),
		"milestone_dropoff": dropoff("hooli", "value-realization", now.AddDate(0, 0, -5), progress{"searches", 7, 10}, progress{"lists", 2, 2}, progress{"exports", 0, 2}),
		"milestone_reached": reached("hooli", "value-realization"),
		"contact_changed":   contactChanged("sterling", "champion", "Joan Harlow", "Peter Lindqvist"),
		"renewal_due":       renewalDue("vandelay", now),
		"support":           support("romashka", ticket{id: "SUP-4412", title: "Export hangs at 99 %", priority: "urgent", topic: "exports"}, "open"),
		"support_closed":    support("romashka", ticket{id: "SUP-4412", title: "Export hangs at 99 %", priority: "urgent", topic: "exports", days: 1}, "closed"),
		"detractor":         feedback("bluth", "nps", 3, "Exports take three clicks too many."),
		"promoter":          feedback("kiwi", "csat", 5, "We plan our whole season with it."),
	}
	events := make(map[string]Event, len(samples))
	for name, t := range samples {
		events[name] = t.event("sample/"+name, now)
	}
	return events
}
