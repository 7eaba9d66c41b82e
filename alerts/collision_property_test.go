package alerts_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"journeybot/alerts"
	"journeybot/journey"
)

// TestNobodySellsIntoAnOpenRisk drives leads and risks of one account through random lives: whatever happens, an open lead waits
// exactly while a risk that nobody cleared stands against it, and does not escalate meanwhile.
func TestNobodySellsIntoAnOpenRisk(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := collisionWorld(t)
		w.ws.Accounts["acme"].RenewalDate = 0
		person := rapid.SampledFrom([]string{maria, ben, tom})
		act := func(key string, in alerts.Input) {
			live := w.ws.Live[key]
			if live == nil {
				return
			}
			r, err := w.rules.Apply(*live, in, w.now)
			if err != nil || !r.Changed() {
				return
			}
			if r.Alert.Status.Live() {
				w.ws.Live[key] = &r.Alert
			} else {
				delete(w.ws.Live, key)
			}
			w.rules.Collide(w.ws, "acme", w.now) // as the guard does when something changed
		}
		lead := alerts.Key("acme", alerts.PQL, "")
		keys := rapid.SampledFrom([]string{lead, alerts.Key("acme", alerts.HealthShift, ""), alerts.Key("acme", alerts.Support, "T1"), alerts.Key("acme", alerts.Feedback, "nps")})
		t.Repeat(map[string]func(*rapid.T){
			"health": func(t *rapid.T) {
				w.health("", rapid.SampledFrom([]journey.Health{green, yellow, red}).Draw(t, "to"), 50)
			},
			"ticket": func(t *rapid.T) {
				w.signal(alerts.Support, "T1", alerts.Facts{Support: &alerts.SupportFacts{
					Ticket: "T1", Status: rapid.SampledFrom([]string{"open", "closed"}).Draw(t, "status"), Priority: "urgent",
				}})
			},
			"answer": func(t *rapid.T) {
				w.signal(alerts.Feedback, "nps", alerts.Facts{Survey: &alerts.SurveyFacts{Survey: "nps", Score: float64(rapid.IntRange(0, 10).Draw(t, "score"))}})
			},
			"lead": func(t *rapid.T) { w.pql(float64(rapid.IntRange(50, 100).Draw(t, "score"))) },
			"click": func(t *rapid.T) {
				do := rapid.SampledFrom([]alerts.Do{
					alerts.DoAck, alerts.DoUnack, alerts.DoAssign, alerts.DoSnooze, alerts.DoResolve, alerts.DoClear, alerts.DoKeep, alerts.DoAskOwner,
				}).Draw(t, "do")
				act(keys.Draw(t, "key"), alerts.Input{
					Do: do, By: alerts.Actor{UserID: person.Draw(t, "by")}, User: alerts.Person{UserID: person.Draw(t, "user")},
					Until: w.now.Add(day), Outcome: alerts.NoAction,
				})
			},
			"time": func(t *rapid.T) {
				w.now = w.now.Add(time.Duration(rapid.IntRange(1, 100).Draw(t, "hours")) * time.Hour)
				for _, key := range []string{lead, alerts.Key("acme", alerts.HealthShift, ""), alerts.Key("acme", alerts.Support, "T1"), alerts.Key("acme", alerts.Feedback, "nps")} {
					act(key, alerts.Input{Do: alerts.DoTimers})
				}
				w.rules.Collide(w.ws, "acme", w.now)
			},
			"": func(t *rapid.T) {
				a := w.ws.Live[lead]
				if a == nil {
					return
				}
				var against []string
				for _, r := range w.ws.Live {
					if r.Kind.Weighs() && w.rules.Weigh(*r, w.now) == alerts.Holds && r.Owner != a.Owner && r.OwnerRef != a.OwnerRef && !slices.Contains(a.Clearance.Risks, r.ID) {
						against = append(against, r.ID)
					}
				}
				held := a.Hold.Reason == alerts.HoldCollision
				if held {
					require.Contains(t, against, a.Hold.By)
					require.Zero(t, a.StepAt, "what waits does not escalate")
					require.False(t, a.Hold.Until.IsZero(), "a hold ends by itself")
				}
				if a.Severity > alerts.Low && (a.Status == alerts.Open || a.Status == alerts.Snoozed) {
					require.Equal(t, len(against) > 0, held)
				}
			},
		})
	})
}
