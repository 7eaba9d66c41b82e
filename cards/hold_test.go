package cards_test

import (
	"testing"
	"time"

	"journeybot/alerts"
	"journeybot/cards"

	"github.com/stretchr/testify/require"
)

// held is a lead that waits for Acme's red health alert, which Maria owns.
func held() alerts.View {
	v, risk := view(alerts.PQL), view(alerts.HealthShift)
	risk.Alert.ID, risk.Alert.ShortID = "0193f0aa-1111-7000-8000-00000000000f", "A-5F1"
	v.Alert.Owner, v.Alert.OwnerRef = "UTOM", "tom@example.com"
	v.Alert.Hold = alerts.Hold{Reason: alerts.HoldCollision, Until: time.Date(2026, 12, 1, 9, 30, 0, 0, time.UTC), By: risk.Alert.ID}
	v.Risks = []alerts.Alert{risk.Alert}
	return v
}

func TestHold(t *testing.T) {
	t.Parallel()
	s := style(t)
	s.Rules.Fallback.Owner = "group:@cs-leads"
	for name, change := range map[string]func(*alerts.View){
		"open":     func(*alerts.View) {},
		"reserved": func(v *alerts.View) { v.Alert.Clearance.ReservedBy = "UTOM" },
		"marked":   func(v *alerts.View) { v.Alert.Hold = alerts.Hold{By: v.Alert.Hold.By} },
		"limit": func(v *alerts.View) {
			hold := v.Alert.Hold
			v.Alert = view(alerts.UsageLimit).Alert
			v.Alert.Hold = hold
		},
		"risk gone": func(v *alerts.View) { v.Risks = nil },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := held()
			change(&v)
			golden(t, cards.Alert(s, v, true))
		})
	}
	t.Run("asked", func(t *testing.T) {
		t.Parallel()
		golden(t, cards.Notice(s, alerts.Notice{
			Text: "Acme Corp looks ready to buy (PQL 86). Tom is waiting for you.", AlertID: alertID, Waits: alertID, Mention: "UMARIA",
		}))
	})
	t.Run("thread", func(t *testing.T) {
		t.Parallel()
		v := held()
		happen(&v,
			alerts.Entry{What: alerts.DidHold, Data: alerts.EntryData{Note: "collision", Target: "A-5F1", Until: v.Alert.Hold.Until}},
			alerts.Entry{What: alerts.DidReserve, Actor: ben}, alerts.Entry{What: alerts.DidAsk, Actor: ben, Data: alerts.EntryData{User: "UMARIA"}},
			alerts.Entry{What: alerts.DidKeep, Actor: maria}, alerts.Entry{What: alerts.DidClear, Actor: maria}, alerts.Entry{What: alerts.DidRelease, Actor: maria})
		d, ok := cards.Thread(s, v, 1)
		require.True(t, ok)
		golden(t, d)
	})
}
