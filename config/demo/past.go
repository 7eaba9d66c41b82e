package demo

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// Episode is an alert of the past from its signal to its end, so that the demo has something to count.
type Episode struct {
	Account Event         // who it was about: small customers beside the book, of whom the story tells nothing
	Signal  Event         // its Time is when the alert opened
	By      string        // who was on it, as Slack calls them
	Ack     time.Duration // since the signal; 0: nobody took it
	Steps   int           // how many of its playbook's steps were done, an hour or more apart
	End     time.Duration // since the signal
	Outcome string
	ARR     int64   // of the outcome, in whole units; 0 for none
	Later   []Event // what is known of the account since
}

// plots are the kinds of episodes. good and alike are how often one ends well with a step done, and with none.
var plots = []struct {
	weight      int
	signal      func(id string) told
	by          string
	well, badly string
	good, alike float64
	falseAlarms float64
	steps       int
}{
	{
		weight: 5, by: "maria", well: "saved", badly: "churned", good: 0.72, alike: 0.5, falseAlarms: 0.04, steps: 4,
		signal: func(id string) told {
			return healthShift(id, "yellow", "red", 61, 42, driver{"Active users", "31", "12"})
		},
	},
	{
		weight: 3, by: "tom", well: "converted", badly: "nurturing", good: 0.5, alike: 0.45, falseAlarms: 0, steps: 4,
		signal: func(id string) told {
			return told{"growth.signal.pql", id, fields{"score": 86, "reasons": []string{"9 of 10 seats active every week"}, "trigger": "heavy usage"}}
		},
	},
	{
		weight: 2, by: "ben", well: "saved", badly: "churned", good: 0.7, alike: 0.65, falseAlarms: 0.45, steps: 4,
		signal: func(id string) told {
			return support(id, ticket{id: "SUP-" + id, title: "Import stops halfway", priority: "urgent", topic: "imports"}, "open")
		},
	},
}

var (
	firstNames = strings.Fields("Alder Birch Cedar Dune Ember Fjord Garnet Heron Iris Juniper")
	lastNames  = strings.Fields("Bakery Clinics Dental Events Foods Gardens Hotels Imports Journals Kitchens Logistics Motors Nursery Optics Print")
)

// Past is what happened in the 90 days before now until last week, oldest first.
func Past(now time.Time) []Episode {
	c := rand.New(rand.NewPCG(90, 0x2)) //nolint:gosec // a story, no secret
	count := len(firstNames) * len(lastNames)
	from, span := now.AddDate(0, 0, -Days+1), time.Duration(Days-11)*24*time.Hour
	episodes := make([]Episode, count)
	for i, n := range c.Perm(count) {
		name := firstNames[n%len(firstNames)] + " " + lastNames[n/len(firstNames)]
		id := strings.ToLower(strings.ReplaceAll(name, " ", "-"))
		opened := from.Add(span / time.Duration(count) * time.Duration(i)).Truncate(time.Minute)
		plot := plots[0]
		for pick, at := c.IntN(10), 0; ; at++ { // the weights add up to ten
			if plot = plots[at]; pick < plot.weight {
				break
			}
			pick -= plot.weight
		}
		e := Episode{
			Account: told{"growth.account.updated", id, fields{"name": name, "segment": "smb"}}.event("past/account/"+id, opened),
			Signal:  plot.signal(id).event(fmt.Sprintf("past/%d", i), opened),
			By:      plot.by, End: time.Duration(30+c.IntN(80)) * time.Hour, Outcome: plot.badly,
		}
		e.Account.Source = sourcePast
		chance := plot.alike
		if c.Float64() < 0.6 {
			e.Ack, e.Steps, chance = time.Duration(4+c.IntN(170))*time.Minute, 1+c.IntN(plot.steps), plot.good
		} else if c.Float64() < 0.5 {
			e.Ack = time.Duration(20+c.IntN(600)) * time.Minute
		}
		if c.Float64() < chance {
			e.Outcome, e.ARR = plot.well, int64(1+c.IntN(20))*600
		}
		if c.Float64() < plot.falseAlarms {
			e.Outcome, e.ARR, e.Steps = "false_alarm", 0, 0
		}
		if e.Outcome == "churned" || e.Outcome == "saved" && c.Float64() < 0.08 {
			left := told{"growth.account.updated", id, fields{"status": "churned"}}.event("past/left/"+id, opened.Add(e.End+7*24*time.Hour))
			left.Source = sourceSince
			e.Later = append(e.Later, left)
		}
		episodes[i] = e
	}
	return episodes
}
