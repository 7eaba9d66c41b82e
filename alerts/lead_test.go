package alerts_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"journeybot/alerts"
)

func TestALeadGoesToTheNextRepOnceAndThenToTheLead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.rules.Escalations["pql"] = alerts.DefaultEscalations("", w.rules.Fallback, alerts.PeopleRules{})["pql"]
	w.ws.Accounts["acme"].SalesOwner = "tom@example.com"
	w.ws.People["tom@example.com"] = alerts.Person{UserID: tom, Email: "tom@example.com"}
	w.pql(86)
	a := w.live(alerts.PQL, "")
	require.Equal(t, tom, a.Owner)
	require.Equal(t, w.now.Add(4*time.Hour), a.StepAt)

	w.now = a.StepAt
	next := w.do(alerts.PQL, "", alerts.Input{Do: alerts.DoTimers})
	require.Empty(t, next.Owner)
	require.Equal(t, "round_robin:@sdr", next.OwnerRef)
	require.Contains(t, w.told(len(w.log) - 1)["@"+tom], "goes to the next in turn")
	w.do(alerts.PQL, "", alerts.Input{Do: alerts.DoSetOwner, User: alerts.Person{UserID: ben}, By: alerts.Actor{UserID: maria}})
	require.Contains(t, w.told(len(w.log) - 1)["@"+ben], "PQL 86 is yours now")

	w.now = w.live(alerts.PQL, "").StepAt
	last := w.do(alerts.PQL, "", alerts.Input{Do: alerts.DoTimers})
	require.Equal(t, ben, last.Owner, "once")
	require.Contains(t, w.told(len(w.log) - 1)["#sales-pql"], "group:@cs-leads")
	require.Zero(t, last.StepAt)

	w.rules.Routes[1].Owner = []string{"sales_owner"}
	alone := newWorld(t)
	alone.rules.Routes[1].Owner = []string{"account_owner"}
	alone.rules.Escalations["pql"] = w.rules.Escalations["pql"]
	alone.pql(86)
	alone.now = alone.live(alerts.PQL, "").StepAt
	alone.do(alerts.PQL, "", alerts.Input{Do: alerts.DoTimers})
	require.Equal(t, maria, alone.live(alerts.PQL, "").Owner, "without a rotation the lead is told at once")
	require.Contains(t, alone.told(len(alone.log) - 1)["#sales-pql"], "group:@cs-leads")
}
