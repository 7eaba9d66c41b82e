package alerts_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"journeybot/alerts"
	"journeybot/journey"
)

// collisionWorld is a world in which sales and the CSM are two people.
func collisionWorld(t require.TestingT) *world {
	w := newWorld(t)
	w.rules.Guards = alerts.DefaultGuards()
	w.rules.Guards.Calendar = "office"
	w.rules.Calendars = map[string]alerts.Calendar{"office": {
		Zone: time.UTC, Days: [7]bool{false, true, true, true, true, true, false}, From: 9 * time.Hour, To: 17 * time.Hour,
	}}
	w.ws.Accounts["acme"].SalesOwner = "tom@example.com"
	w.ws.People["tom@example.com"] = alerts.Person{UserID: tom, Email: "tom@example.com", Name: "Tom"}
	return w
}

func (w *world) pql(score float64) alerts.EventResult {
	return w.signal(alerts.PQL, "", alerts.Facts{PQL: &alerts.PQLFacts{Score: score, Reasons: []string{"SSO"}}})
}

// places are the texts that results since from put somewhere, with their targets.
func (w *world) told(from int) map[alerts.Target]string {
	told := map[alerts.Target]string{}
	for _, r := range w.log[from:] {
		for _, p := range r.Places {
			if p.Kind == alerts.PingMessage {
				told[p.Target] += string(p.Body)
			}
		}
	}
	return told
}

func TestAnOpportunityWaitsForAnOpenRisk(t *testing.T) {
	t.Parallel()
	w := collisionWorld(t)
	w.health(green, red, 40)
	risk := w.live(alerts.HealthShift, "")
	n := len(w.log)
	w.pql(86)
	a := w.live(alerts.PQL, "")
	require.Equal(t, alerts.Hold{Reason: alerts.HoldCollision, Until: time.Date(2026, 12, 1, 9, 30, 0, 0, time.UTC), By: risk.ID}, a.Hold)
	require.False(t, a.Hold.Hides())
	require.Zero(t, a.StepAt, "it does not escalate")
	for _, r := range w.log[n:] {
		for _, p := range r.Places {
			require.Empty(t, p.Hold, "its card is shown")
		}
	}
	asked := w.told(n)
	require.Contains(t, asked["#cs-urgent"], `Acme Corp looks ready to buy (PQL 86). Tom is waiting for you.`)
	require.Contains(t, asked["#cs-urgent"], maria, "the owner of the risk is mentioned")
	require.Len(t, asked, 1)

	n = len(w.log)
	w.pql(88)
	require.Empty(t, w.told(n), "a repeat asks nobody again")
	require.Equal(t, alerts.HoldCollision, w.live(alerts.PQL, "").Hold.Reason)

	for _, do := range []alerts.Do{alerts.DoClear} {
		_, err := w.rules.Apply(*w.live(alerts.PQL, ""), alerts.Input{Do: do, By: alerts.Actor{UserID: tom}}, w.now)
		require.ErrorIs(t, err, alerts.ErrOwnHold)
	}
	kept := w.do(alerts.PQL, "", alerts.Input{Do: alerts.DoKeep, By: alerts.Actor{UserID: maria, Name: "Maria"}})
	require.Equal(t, alerts.HoldCollision, kept.Hold.Reason)
	require.Contains(t, w.told(len(w.log) - 1)["@"+tom], "Maria keeps Acme Corp")

	cleared := w.do(alerts.PQL, "", alerts.Input{Do: alerts.DoClear, By: alerts.Actor{UserID: maria, Name: "Maria"}})
	require.Equal(t, alerts.HoldNone, cleared.Hold.Reason)
	require.Equal(t, w.now.Add(4*time.Hour), cleared.StepAt, "its escalation counts from now")
	require.Contains(t, w.told(len(w.log) - 1)["@"+tom], "free to sell, Maria cleared it")

	w.health(red, red, 38)
	require.Equal(t, alerts.HoldNone, w.live(alerts.PQL, "").Hold.Reason, "the same risk holds it no more")
	w.signal(alerts.Support, "T1", alerts.Facts{Support: &alerts.SupportFacts{Ticket: "T1", Status: "open", Priority: "urgent"}})
	require.Equal(t, w.live(alerts.Support, "T1").ID, w.live(alerts.PQL, "").Hold.By, "another one does")
	require.Equal(t, alerts.HoldCollision, w.live(alerts.PQL, "").Hold.Reason)
}

func TestARiskStopsAnOpenOpportunity(t *testing.T) {
	t.Parallel()
	w := collisionWorld(t)
	w.pql(86)
	require.NotZero(t, w.live(alerts.PQL, "").StepAt)
	w.now = w.now.Add(time.Hour)
	n := len(w.log)
	w.health(green, red, 40)
	require.Equal(t, alerts.HoldCollision, w.live(alerts.PQL, "").Hold.Reason)
	require.Zero(t, w.live(alerts.PQL, "").StepAt)
	require.Contains(t, w.told(n)["@"+tom], "on hold. A red health alert")
	require.Contains(t, w.told(n)["#cs-urgent"], "Tom is waiting for you")

	n = len(w.log)
	w.health(red, green, 80)
	require.Equal(t, alerts.Hold{}, w.live(alerts.PQL, "").Hold, "the risk recovered")
	require.Contains(t, w.told(n)["@"+tom], "is free to sell")
}

func TestTheNextRiskTakesTheHoldOver(t *testing.T) {
	t.Parallel()
	w := collisionWorld(t)
	w.health(green, red, 40)
	w.pql(86)
	until := w.live(alerts.PQL, "").Hold.Until
	w.now = w.now.Add(time.Hour)
	w.signal(alerts.Feedback, "nps", alerts.Facts{Survey: &alerts.SurveyFacts{Survey: "nps", Score: 2}})
	w.do(alerts.HealthShift, "", alerts.Input{Do: alerts.DoResolve, Outcome: alerts.Saved})
	w.rules.Collide(w.ws, "acme", w.now)
	require.Equal(t, w.live(alerts.Feedback, "nps").ID, w.live(alerts.PQL, "").Hold.By)
	require.Equal(t, until, w.live(alerts.PQL, "").Hold.Until, "the longest hold counts from its beginning")
	w.do(alerts.Feedback, "nps", alerts.Input{Do: alerts.DoResolve, Outcome: alerts.Saved})
	w.rules.Collide(w.ws, "acme", w.now)
	require.Equal(t, alerts.Hold{}, w.live(alerts.PQL, "").Hold)
	w.ws.Changes.Results = nil
	w.rules.Collide(w.ws, "acme", w.now)
	require.Empty(t, w.ws.Changes.Results, "a second replica finds nothing to do")
}

func TestAHoldEndsByItselfAndTheLeadDecides(t *testing.T) {
	t.Parallel()
	w := collisionWorld(t)
	w.health(green, red, 40)
	w.pql(86)
	w.now = w.live(alerts.PQL, "").Hold.Until
	a := w.do(alerts.PQL, "", alerts.Input{Do: alerts.DoTimers})
	require.Equal(t, alerts.HoldNone, a.Hold.Reason)
	require.Equal(t, w.now.Add(4*time.Hour), a.StepAt)
	told := w.told(len(w.log) - 1)
	require.Contains(t, told["#sales-pql"], "waited 5 working days")
	require.Contains(t, told["#sales-pql"], "group:@cs-leads")
	w.rules.Collide(w.ws, "acme", w.now)
	require.Equal(t, alerts.HoldNone, w.live(alerts.PQL, "").Hold.Reason)
}

func TestWhatDoesNotCollide(t *testing.T) {
	t.Parallel()
	red40 := func(w *world) { w.health(green, red, 40) }
	for name, c := range map[string]struct {
		given  func(w *world)
		signal func(w *world)
		hold   alerts.HoldReason
		beside bool
	}{
		"guard off":         {func(w *world) { w.rules.Guards.Collision = alerts.CollisionOff; red40(w) }, func(w *world) { w.pql(86) }, "", false},
		"guard marks":       {func(w *world) { w.rules.Guards.Collision = alerts.CollisionMark; red40(w) }, func(w *world) { w.pql(86) }, "", true},
		"yellow marks":      {func(w *world) { w.health(green, yellow, 60) }, func(w *world) { w.pql(86) }, "", true},
		"old ticket":        {func(w *world) { w.ticket("normal", 9) }, func(w *world) { w.pql(86) }, "", false},
		"urgent ticket":     {func(w *world) { w.ticket("urgent", 0) }, func(w *world) { w.pql(86) }, alerts.HoldCollision, true},
		"warm lead":         {red40, func(w *world) { w.pql(65) }, "", true},
		"one owner of both": {func(w *world) { w.ws.Accounts["acme"].SalesOwner = "maria@example.com"; red40(w) }, func(w *world) { w.pql(86) }, "", false},
		"limit of the CSM":  {red40, func(w *world) { w.limit(95) }, "", false},
		"limit of sales": {func(w *world) {
			w.rules.Routes[1] = alerts.Route{Name: "limit", When: must(`kind == "usage_limit"`), Channel: "sales", Owner: []string{"sales_owner"}}
			red40(w)
		}, func(w *world) { w.limit(95) }, alerts.HoldCollision, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := collisionWorld(t)
			c.given(w)
			n := len(w.log)
			c.signal(w)
			a := w.log[n].Alert
			a = *w.ws.Live[a.Key]
			require.Equal(t, c.hold, a.Hold.Reason)
			require.Equal(t, c.beside, a.Hold.By != "")
		})
	}
}

func (w *world) ticket(priority string, age float64) {
	w.signal(alerts.Support, "T1", alerts.Facts{Support: &alerts.SupportFacts{Ticket: "T1", Status: "open", Priority: priority, AgeDays: &age}})
}

func TestReserveWhileOnHold(t *testing.T) {
	t.Parallel()
	w := collisionWorld(t)
	w.health(green, red, 40)
	w.pql(86)
	a := w.do(alerts.PQL, "", alerts.Input{Do: alerts.DoAck, By: alerts.Actor{UserID: ben}})
	require.Equal(t, alerts.Open, a.Status)
	require.Equal(t, ben, a.Owner)
	require.Equal(t, alerts.HoldCollision, a.Hold.Reason)
	_, err := w.rules.Apply(a, alerts.Input{Do: alerts.DoAck, By: alerts.Actor{UserID: tom}}, w.now)
	var taken *alerts.TakenError
	require.ErrorAs(t, err, &taken)
	require.Equal(t, ben, taken.By.UserID)
	a = w.do(alerts.PQL, "", alerts.Input{Do: alerts.DoAssign, User: alerts.Person{UserID: tom}, By: alerts.Actor{UserID: tom}})
	require.Equal(t, tom, a.Clearance.ReservedBy)
	w.do(alerts.PQL, "", alerts.Input{Do: alerts.DoAskOwner, User: alerts.Person{UserID: maria}, By: alerts.Actor{UserID: tom, Name: "Tom"}})
	require.Contains(t, w.told(len(w.log) - 1)["@"+maria], "Tom asks about Acme Corp")
	a = w.do(alerts.PQL, "", alerts.Input{Do: alerts.DoResolve, Outcome: alerts.Nurturing, By: alerts.Actor{UserID: tom}})
	require.Equal(t, alerts.Hold{}, a.Hold)
	require.Equal(t, a.ReviewAt, a.DueAt(), "the hold's end is over")
}

func TestAnAcknowledgedOpportunityIsWarned(t *testing.T) {
	t.Parallel()
	w := collisionWorld(t)
	w.pql(86)
	w.do(alerts.PQL, "", alerts.Input{Do: alerts.DoAck, By: alerts.Actor{UserID: tom}})
	n := len(w.log)
	w.health(green, journey.HealthRed, 40)
	require.Equal(t, alerts.HoldNone, w.live(alerts.PQL, "").Hold.Reason)
	require.Contains(t, w.told(n)["@"+tom], "Talk to")
}
