package bot

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"journeybot/alerts"
	"journeybot/journey"
)

// customer is an account of the month, as its sources see it.
type customer struct {
	id, owner    string
	score, base  float64 // health today, and what it returns to
	teeters      bool    // its score lives at the edge of a band
	used, perDay float64 // of a limit of 1,000; 0: nobody counts
	interested   int     // days for which a lead is still rescored
	interest     float64
	tickets      []ticket
}

type ticket struct {
	id     string
	opened int
	closes int
	urgent bool
}

// month makes the events that the sources of so many accounts send, in the order in which they arrive. The sources are as naive as real
// ones: they tell of every crossing, rescore leads daily and send counters that did not move.
type month struct {
	rng    *rand.Rand
	start  time.Time
	all    []customer
	events []alerts.Event
	last   int
}

const (
	monthDays   = 30
	outageDay   = 10 // a Thursday afternoon on which the product is down for many
	silentFrom  = 16 // the billing source sends nothing, until the morning of silentUntil
	silentUntil = 19
)

// owners are the people whom accounts belong to.
func owners() []string {
	names := make([]string, 12)
	for i := range names {
		names[i] = fmt.Sprintf("csm%02d", i)
	}
	return names
}

func newMonth(seed uint64, accounts int, start time.Time) *month {
	m := &month{rng: rand.New(rand.NewPCG(seed, 1)), start: start}
	people := owners()
	for i := range accounts {
		c := customer{id: fmt.Sprintf("account-%03d", i), owner: people[i%len(people)] + "@example.com", base: 78 + m.rng.NormFloat64()*9}
		switch {
		case i%12 == 0:
			c.base, c.teeters = 75, true
		case i%25 == 1:
			c.base = 45
		}
		c.score = c.base
		if i%4 == 2 {
			c.used, c.perDay = 300+m.rng.Float64()*550, 2+m.rng.Float64()*18
		}
		m.all = append(m.all, c)
		m.describe(c, i)
	}
	for day := range monthDays {
		m.day(day)
	}
	slices.SortStableFunc(m.events, func(a, b alerts.Event) int { return a.ReceivedAt.Compare(b.ReceivedAt) })
	return m
}

// add has an event come at a time; what it tells was true then, unless at says otherwise.
func (m *month) add(source string, ev alerts.Event, arrives, at time.Time) {
	m.last++
	ev.Source, ev.ID, ev.Seq = source, fmt.Sprint(m.last), uint64(m.last)
	ev.ReceivedAt, ev.At = arrives, at
	if ev.Patch != nil {
		ev.Patch.At = at
	}
	m.events = append(m.events, ev)
}

func (m *month) describe(c customer, i int) {
	arr := int64(1_000_00) * int64(3+m.rng.IntN(40))
	segment, tier := "smb", "standard"
	if i%5 == 0 {
		arr, segment, tier = arr*8, "enterprise", "high"
	}
	p := &journey.Patch{
		Name: journey.SetTo("Account " + c.id[8:]), Segment: journey.SetTo(segment), Tier: journey.SetTo(tier), ARR: journey.SetTo(&arr),
		RenewalDate: journey.SetTo(journey.DayOf(m.start.AddDate(0, 0, 5+m.rng.IntN(360)))), Owner: journey.SetTo(c.owner),
		Contacts: journey.SetTo([]journey.Contact{{Name: "Kim " + c.id, Email: "kim@" + c.id + ".example", Role: journey.RoleChampion}}),
	}
	at := m.start.Add(-time.Hour + time.Duration(i)*time.Second)
	m.add("crm", alerts.Event{Type: "growth.account.updated", Account: c.id, Patch: p}, at, at)
	touched := at.AddDate(0, 0, -m.rng.IntN(60))
	m.add("crm", alerts.Event{Type: "growth.touch.logged", Account: c.id, Touch: &alerts.Touch{Channel: "call", Who: c.owner}}, at.Add(time.Second), touched)
}

// clock is a random time of that day between two hours.
func (m *month) clock(day, from, to int) time.Time {
	d := m.start.AddDate(0, 0, day)
	return time.Date(d.Year(), d.Month(), d.Day(), from, m.rng.IntN((to-from)*60), m.rng.IntN(60), 0, d.Location())
}

func (m *month) works(day int) bool {
	w := m.start.AddDate(0, 0, day).Weekday()
	return w != time.Saturday && w != time.Sunday
}

func (m *month) day(day int) {
	for i := range m.all {
		c := &m.all[i]
		m.health(c, day)
		m.usage(c, day)
		if m.works(day) {
			m.people(c, day)
		}
	}
	if day == outageDay {
		m.outage(day)
	}
}

func bandOf(score float64) journey.Health {
	switch {
	case score >= 75:
		return journey.HealthGreen
	case score >= 50:
		return journey.HealthYellow
	}
	return journey.HealthRed
}

// health is recalculated early each morning, and tells of each crossing of a band.
func (m *month) health(c *customer, day int) {
	noise := 1.6
	if c.teeters {
		noise = 4
	}
	before := c.score
	c.score = min(max(c.score+(c.base-c.score)*0.2+m.rng.NormFloat64()*noise, 5), 98)
	if m.rng.IntN(400) == 0 { // something happened there
		c.base -= 30
	}
	m.shift(c, before, m.clock(day, 5, 7), "Active users fell")
}

func (m *month) shift(c *customer, before float64, at time.Time, reason string) {
	if bandOf(before) == bandOf(c.score) {
		return
	}
	from, to := before, c.score
	m.add("health", alerts.Event{Type: "growth.signal.health_shift", Account: c.id, Signal: &alerts.Signal{Kind: alerts.HealthShift, Facts: alerts.Facts{
		Health: &alerts.HealthFacts{
			From: bandOf(before), To: bandOf(c.score), Score: &to, PreviousScore: &from, Reason: reason,
			Drivers: []alerts.Driver{{Measure: "Active users", From: "41", To: "33"}},
		},
	}}}, at, at)
}

// usage is counted every day, and starts anew with the month.
func (m *month) usage(c *customer, day int) {
	if c.used == 0 {
		return
	}
	at := m.clock(day, 1, 23)
	if at.Day() == 1 {
		c.used = 20
	}
	c.used += c.perDay * (0.5 + m.rng.Float64())
	arrives := at
	if day >= silentFrom && day < silentUntil {
		arrives = m.clock(silentUntil, 9, 10)
	}
	end := time.Date(at.Year(), at.Month()+1, 1, 0, 0, 0, 0, at.Location())
	m.add("billing", alerts.Event{Type: "growth.signal.usage_limit", Account: c.id, Signal: &alerts.Signal{Kind: alerts.UsageLimit, About: "api_calls", Facts: alerts.Facts{
		Limit: &alerts.LimitFacts{Resource: "api_calls", Used: c.used, Limit: 1000, Unit: "thousand", PeriodEnd: end},
	}}}, arrives, at)
}

// people at the customer, and ours, do something on working days.
func (m *month) people(c *customer, day int) {
	if m.rng.IntN(70) == 0 && c.interested == 0 {
		c.interested, c.interest = 4, 50+m.rng.Float64()*45
	}
	if c.interested > 0 {
		c.interested--
		c.interest = min(c.interest+m.rng.Float64()*2, 99)
		m.signal(c, day, "scoring", alerts.PQL, "", alerts.Facts{PQL: &alerts.PQLFacts{
			Score: c.interest, Reasons: []string{"Opened SSO settings"}, Contact: journey.Contact{Name: "Lee", Email: "lee@" + c.id + ".example"},
		}})
	}
	if m.rng.IntN(45) == 0 {
		c.tickets = append(c.tickets, ticket{id: fmt.Sprintf("T-%d", m.last), opened: day, closes: day + 1 + m.rng.IntN(9), urgent: m.rng.IntN(7) == 0})
	}
	m.support(c, day)
	if m.rng.IntN(90) == 0 {
		contact := journey.Contact{Name: "Kim " + c.id, Email: "kim@" + c.id + ".example"}
		score := []float64{0, 4, 6, 7, 8, 8, 9, 9, 10, 10}[m.rng.IntN(10)]
		m.signal(c, day, "surveys", alerts.Feedback, "nps+"+contact.Email, alerts.Facts{Survey: &alerts.SurveyFacts{Survey: "nps", Score: score, Comment: "So far so good", Contact: contact}})
	}
	if m.rng.IntN(400) == 0 {
		m.signal(c, day, "crm", alerts.ContactChanged, journey.RoleChampion, alerts.Facts{Contact: &alerts.ContactFacts{Role: journey.RoleChampion, From: "Kim", To: "Sam"}})
	}
	if m.rng.IntN(150) == 0 {
		m.signal(c, day, "journey", alerts.MilestoneDropoff, "value-realization", alerts.Facts{Dropoff: &alerts.DropoffFacts{
			Milestone: "value-realization", ExpectedBy: m.start.AddDate(0, 0, day-1), Progress: []alerts.Progress{{KPI: "exports", Have: 0, Need: 2}},
		}})
	}
	if m.rng.IntN(60) == 0 {
		m.signal(c, day, "journey", alerts.MilestoneReached, "first-value", alerts.Facts{Reached: &alerts.ReachedFacts{Milestone: "first-value", Took: 9 * 24 * time.Hour}})
	}
	if m.rng.IntN(20) == 0 {
		at := m.clock(day, 9, 17)
		m.add("crm", alerts.Event{Type: "growth.touch.logged", Account: c.id, Touch: &alerts.Touch{Channel: "mail", Who: c.owner}}, at, at)
	}
}

// support tells of each open ticket once a day, and when it is closed.
func (m *month) support(c *customer, day int) {
	c.tickets = slices.DeleteFunc(c.tickets, func(t ticket) bool {
		age := float64(day - t.opened)
		f := alerts.SupportFacts{Ticket: t.id, Status: "open", Priority: "normal", Title: "Export fails", AgeDays: &age}
		if t.urgent {
			f.Priority = "urgent"
		}
		if day >= t.closes {
			f.Status = "closed"
		}
		m.signal(c, day, "support", alerts.Support, t.id, alerts.Facts{Support: &f})
		return f.Status == "closed"
	})
}

func (m *month) signal(c *customer, day int, source string, kind alerts.Kind, about string, facts alerts.Facts) {
	at := m.clock(day, 8, 18)
	m.add(source, alerts.Event{Type: "growth.signal." + string(kind), Account: c.id, Signal: &alerts.Signal{Kind: kind, About: about, Facts: facts}}, at, at)
}

// outage lowers the health of many within minutes, and the next day it is as it was.
func (m *month) outage(day int) {
	hit := 0
	for i := range m.all {
		c := &m.all[i]
		if m.rng.IntN(10) < 3 {
			before := c.score
			c.score = max(c.score-15-m.rng.Float64()*12, 5)
			m.shift(c, before, m.clock(day, 14, 15), "Outage")
			hit++
		}
	}
	if hit < len(m.all)/5 {
		panic("an outage that nobody notices shows nothing")
	}
}
