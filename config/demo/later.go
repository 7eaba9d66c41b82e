package demo

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"
)

// later is a cycle after the opening: chance picks whom things happen to, from a seed.
func later(now time.Time, cycle int) []beat {
	c := &casting{Rand: rand.New(rand.NewPCG(uint64(cycle), 0x10b5)), now: now, cycle: cycle} //nolint:gosec // a story, no secret
	acts := []act{                                                                            // few accounts fit the first, so it picks first
		c.moves(at(235)),
		c.worsens(at(0), at(190), at(400)),
		c.worsens(at(130), at(280), at(445)),
		c.fills(at(25)),
		c.fills(at(215)),
		c.fills(at(355)),
		c.ready(at(55)),
		c.ready(at(330)),
		c.stuck(at(85), at(305)),
		c.stuck(at(255), 0),
		c.asks(at(108), at(378)),
		c.answers(at(160), true),
		c.answers(at(422), false),
	}
	var beats []beat
	for _, a := range acts {
		beats = append(beats, a...)
	}
	slices.SortStableFunc(beats, func(a, b beat) int { return int(a.after - b.after) })
	return beats
}

// act is what happens to one account.
type act []beat

// casting picks accounts that are not taken in this cycle, so that the acts do not contradict each other.
type casting struct {
	*rand.Rand
	now   time.Time
	cycle int
	taken []string
}

func (c *casting) account(fits func(account) bool) account {
	for _, i := range c.Perm(len(accounts)) {
		if a := accounts[i]; fits(a) && !slices.Contains(c.taken, a.id) {
			c.taken = append(c.taken, a.id)
			return a
		}
	}
	panic("demo: more acts than accounts")
}

// startsGreen leaves out the accounts whose health the opening moves.
func startsGreen(a account) bool { return a.health == "green" && a.id != "wayne" }

func anyone(account) bool { return true }

func pick[T any](c *casting, from []T) T { return from[c.IntN(len(from))] }

// jitter keeps the rhythm from ticking like a clock.
func (c *casting) jitter(after time.Duration) time.Duration {
	return after + time.Duration(c.IntN(8))*time.Second
}

// worsens lets an account fall, fall again, and recover.
func (c *casting) worsens(falls, again, recovers time.Duration) act {
	a := c.account(startsGreen)
	measure := pick(c, []string{"Active users", "Feature adoption", "Exports", "Logins"})
	from := 30 + c.IntN(60)
	to := from * (40 + c.IntN(25)) / 100
	yellow := min(a.score-12, 74) - c.IntN(8)
	lower := max(yellow-3-c.IntN(4), 50)
	move := func(from, to int) driver { return driver{measure, strconv.Itoa(from), strconv.Itoa(to)} }
	return act{
		{c.jitter(falls), healthShift(a.id, "green", "yellow", a.score, yellow, move(from, to))},
		{c.jitter(again), healthShift(a.id, "yellow", "yellow", yellow, lower, move(to, to*8/10))},
		{c.jitter(recovers), healthShift(a.id, "yellow", "green", lower, a.score, move(to*8/10, from))},
	}
}

// fills brings an account near a limit, or over it.
func (c *casting) fills(after time.Duration) act {
	a := c.account(anyone)
	resources := []limit{
		{resource: "Automation runs", unit: "runs", limit: 10_000},
		{resource: "Scheduled reports", unit: "reports", limit: 500},
		{resource: "Storage", unit: "GB", limit: 200, hard: true},
		{resource: "Workspaces", unit: "workspaces", limit: 20, hard: true},
		{resource: "Messages", unit: "messages", limit: 50_000},
	}
	l := pick(c, resources)
	l.used = int(math.Ceil(float64(l.limit) * pick(c, []float64{0.91, 0.93, 0.97, 1, 1.02, 1.12})))
	l.told, l.nextPlan = c.IntN(2) == 0, nextPlan[a.plan]
	return act{{c.jitter(after), usageLimit(a.id, l, midnight(c.now).AddDate(0, 0, 1+c.IntN(5)))}}
}

var nextPlan = map[string]string{"Trial": "Starter", "Starter": "Team", "Team": "Scale", "Scale": "Enterprise", "Enterprise": "Enterprise Plus"}

// ready makes an account a lead.
func (c *casting) ready(after time.Duration) act {
	a := c.account(anyone)
	l := pick(c, []lead{
		{trigger: "usage limit", reasons: []string{"All seats used for 2 weeks", "3 invitations refused by the plan"}},
		{trigger: "heavy usage", reasons: []string{"Searches doubled in 30 days", "Used on 6 of 7 days"}},
		{trigger: "advanced feature", reasons: []string{"Tried to open audit logs 5 times", "Read the SSO guide twice"}},
		{trigger: "product results", reasons: []string{"Shared its results with 9 people", "Exported a report for its board"}},
	})
	l.score, l.fit, l.usage, l.intent = 64+c.IntN(34), 60+c.IntN(40), 60+c.IntN(40), 60+c.IntN(40)
	return act{{c.jitter(after), pql(a.id, l)}}
}

// nextMilestone is what comes after a stage. Few accounts are on their way to a first search: that takes minutes.
var nextMilestone = map[string]string{
	"first-search": "first-value", "first-value": "value-realization", "value-realization": "continued-value", "continued-value": "value-growth",
}

// stuck lets an account miss a milestone, and reach it later unless reaches is 0.
func (c *casting) stuck(after, reaches time.Duration) act {
	a := c.account(func(a account) bool { return startsGreen(a) && a.id != "hooli" && nextMilestone[a.stage] != "" })
	milestone := nextMilestone[a.stage]
	need := 5 + c.IntN(6)
	beats := act{{c.jitter(after), dropoff(a.id, milestone, c.now.AddDate(0, 0, -2-c.IntN(5)),
		progress{"searches", c.IntN(need), need}, progress{"lists", 1, 1}, progress{"exports", 0, 1 + c.IntN(3)})}}
	if reaches > 0 {
		beats = append(beats, beat{c.jitter(reaches), reached(a.id, milestone)})
	}
	return beats
}

// asks opens an urgent or an old ticket, and closes it.
func (c *casting) asks(opens, closes time.Duration) act {
	a := c.account(anyone)
	t := pick(c, []ticket{
		{title: "Sign-in fails for everybody in one office", priority: "urgent", topic: "login", stage: "onboarding"},
		{title: "Import stops at row 4,000", priority: "urgent", topic: "import", stage: "first-value"},
		{title: "Invoice shows the old address", priority: "normal", topic: "billing", days: 9},
		{title: "How do we archive old lists?", priority: "low", topic: "lists", days: 12, stage: "continued-value"},
	})
	t.id = fmt.Sprintf("SUP-%d", 5000+(c.cycle*7+c.IntN(7))%4000)
	closed := t
	closed.days++
	return act{{c.jitter(opens), support(a.id, t, "open")}, {c.jitter(closes), support(a.id, closed, "closed")}}
}

// answers lets somebody fill in a survey.
func (c *casting) answers(after time.Duration, unhappy bool) act {
	a := c.account(anyone)
	score, comments := 9+c.IntN(2), []string{"Does what it says, and the people are lovely.", "My whole team asked for it.", "Paid for itself in a month."}
	if unhappy {
		score, comments = c.IntN(7), []string{"Too many steps for a simple report.", "Slow since the last update.", "I never know whom to ask."}
	}
	return act{{c.jitter(after), feedback(a.id, "nps", score, pick(c, comments))}}
}

// moves changes a person at an account.
func (c *casting) moves(after time.Duration) act {
	a := c.account(func(a account) bool { return a.admin.name != "" })
	successor := pick(c, []string{"Noor van Dijk", "Tomás Ibarra", "Wen Li", "Chidi Eze", "Олена Коваль"})
	return act{{c.jitter(after), contactChanged(a.id, "admin", a.admin.name, successor)}}
}
