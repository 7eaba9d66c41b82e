package demo

import (
	"fmt"
	"time"
)

// CycleLength is how long a cycle of the story takes at speed 1; the next one may follow at once.
const CycleLength = 8 * time.Minute

// Story is what happens in a cycle that begins at now. Cycle 0 is the opening: all four kinds of signals that matter most
// arrive within half a minute, then repeats, recoveries and the other kinds. Later cycles go on with other customers and
// numbers, about one signal every 25 seconds, and leave every account as healthy as they found it.
//
// The ids hold the minute of now and the cycle: the same call gives the same events, a later start gives new ones.
func Story(now time.Time, cycle int) []Scene {
	beats := opening(now)
	if cycle > 0 {
		beats = later(now, cycle)
	}
	scenes := make([]Scene, len(beats))
	for i, b := range beats {
		id := fmt.Sprintf("story/%s/%d/%d", now.UTC().Format("20060102T1504"), cycle, i)
		scenes[i] = Scene{After: b.after, Event: b.event(id, time.Time{})}
	}
	return scenes
}

// beat is a scene before it has an id.
type beat struct {
	after time.Duration
	told
}

// opening is written by hand: it is what everybody sees first.
func opening(now time.Time) []beat {
	api := limit{resource: "API calls", unit: "calls", used: callsNow, limit: callsLimit, nextPlan: "Scale"}
	apiFull := api
	apiFull.used, apiFull.told = 1_004_000, true
	seats := limit{resource: "Seats", unit: "seats", used: 91, limit: 90, hard: true, nextPlan: "Enterprise Plus"}
	storage := limit{resource: "Storage", unit: "GB", used: 1_880, limit: 2_000, told: true, nextPlan: "Enterprise Plus"}
	outage := ticket{id: "SUP-4412", title: "Экспорт зависает на 99 %", priority: "urgent", topic: "exports", stage: "value-realization"}
	solved := outage
	solved.days = 1
	periodEnd := midnight(now).AddDate(0, 0, periodEndsIn)
	return []beat{
		{at(0), healthShift("acme", "yellow", "red", 72, 44, driver{"Active users", "41", "19"}, driver{"NPS", "8", "4"}, driver{"Urgent tickets", "0", "2"})},
		{at(6), usageLimit("initech", api, periodEnd)},
		{at(14), pql("soylent", lead{91, 88, 96, 90, "heavy usage", []string{
			"37 of 40 seats active every week", "Opened the pricing page 3 times since Friday", "Built 6 shared lists in 10 days",
		}})},
		{at(24), dropoff("hooli", "value-realization", now.AddDate(0, 0, -5), progress{"searches", 7, 10}, progress{"lists", 2, 2}, progress{"exports", 0, 2})},
		{at(44), pql("globex", lead{86, 92, 95, 98, "advanced feature", []string{
			"Opened SSO settings 4 times this week (not in Team plan)", "2 new departments joined", "Asked support about audit logs",
		}})},
		{at(66), usageLimit("vandelay", seats, now.AddDate(0, 0, find("vandelay").renewsIn))},
		{at(88), healthShift("acme", "red", "red", 44, 41, driver{"Active users", "19", "17"}, driver{"Exports", "22", "6"})},
		{at(110), support("romashka", outage, "open")},
		{at(134), pql("northwind", lead{74, 81, 78, 63, "usage limit", []string{"8 of 8 seats used", "Invited 2 more people, both refused by the plan"}})},
		{at(156), healthShift("dunder", "yellow", "red", 55, 43, driver{"Logins", "23", "9"}, driver{"Active users", "16", "11"})},
		{at(180), dropoff("aperture", "first-value", now.AddDate(0, 0, -3), progress{"searches", 3, 5}, progress{"lists", 0, 1})},
		{at(204), usageLimit("initech", apiFull, periodEnd)},
		{at(228), feedback("bluth", "nps", 3, "Exports take three clicks too many, and nobody answered my last two questions.")},
		{at(250), reached("hooli", "value-realization")},
		{at(274), contactChanged("sterling", "champion", "Joan Harlow", "Peter Lindqvist")},
		{at(298), renewalDue("vandelay", now)},
		{at(322), usageLimit("stark", storage, periodEnd)},
		{at(346), support("romashka", solved, "closed")},
		{at(368), healthShift("dunder", "red", "green", 43, 76, driver{"Logins", "9", "24"})},
		{at(392), feedback("kiwi", "csat", 5, "We plan our whole season with it. Ka pai!")},
		{at(414), healthShift("wayne", "green", "yellow", 79, 61, driver{"Feature adoption", "63 %", "49 %"}, driver{"Tickets per user", "0.04", "0.11"})},
		{at(436), healthShift("acme", "red", "yellow", 41, 66, driver{"Active users", "17", "36"})},
		{at(458), pql("cyberdyne", lead{83, 85, 88, 77, "product results", []string{"Saved 41 hours last month, by its own report", "31 of 32 seats active"}})},
	}
}

func at(seconds float64) time.Duration { return time.Duration(seconds * float64(time.Second)) }

func midnight(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour) }
