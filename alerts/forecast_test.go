package alerts_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"journeybot/alerts"
	"journeybot/journey"
)

// renewing returns a renewal that is so many days ahead, as severe as its threshold says.
func renewing(s alerts.Status, days int, severity alerts.Severity) alerts.Alert {
	a := in(s)
	a.Kind, a.Severity, a.Escalation = alerts.RenewalDue, severity, severity.String()
	a.Facts = alerts.Facts{Account: "Acme Corp", Renewal: &alerts.RenewalFacts{RenewalDate: journey.DayOf(now.AddDate(0, 0, days))}}
	return a
}

func TestForecastsWeighOnARenewal(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		days      int
		was       alerts.Severity
		forecast  string
		health    journey.Health
		want      alerts.Severity
		escalates bool
	}{
		"safe and near":          {20, alerts.High, "commit", journey.HealthGreen, alerts.Low, false},
		"safe, but red":          {20, alerts.High, "commit", journey.HealthRed, alerts.High, true},
		"at risk and near":       {20, alerts.Low, alerts.ForecastAtRisk, journey.HealthYellow, alerts.High, true},
		"still at risk":          {20, alerts.High, alerts.ForecastAtRisk, journey.HealthYellow, alerts.High, true},
		"at risk, but far":       {80, alerts.Medium, alerts.ForecastAtRisk, journey.HealthYellow, alerts.Medium, true},
		"far beyond a threshold": {200, alerts.Medium, "probable", journey.HealthYellow, alerts.Medium, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			was := renewing(alerts.Open, c.days, c.was)
			input := alerts.Input{Do: alerts.DoForecast, By: alerts.Actor{UserID: maria, Name: "Maria"}, Forecast: c.forecast, Health: c.health}
			r, err := rules().Apply(was, input, now)
			require.NoError(t, err)
			require.Equal(t, c.forecast, r.Alert.Facts.Renewal.Forecast)
			require.Empty(t, was.Facts.Renewal.Forecast, "the alert handed in is left alone")
			require.Equal(t, c.want, r.Alert.Severity)
			require.Equal(t, c.escalates, !r.Alert.StepAt.IsZero())
			require.Equal(t, alerts.DidForecast, r.History[0].What)
			require.Equal(t, alerts.EntryData{Before: "none", After: c.forecast, Own: true}, r.History[0].Data)
			require.True(t, r.Redraw)

			again, err := rules().Apply(r.Alert, input, now)
			require.NoError(t, err)
			require.False(t, again.Changed(), "said twice is said once")
		})
	}
}

func TestForecastsInEveryStatus(t *testing.T) {
	t.Parallel()
	input := alerts.Input{Do: alerts.DoForecast, By: alerts.Actor{UserID: ben}, Forecast: "probable"}
	for _, status := range statuses {
		r, err := rules().Apply(renewing(status, 20, alerts.High), input, now)
		if !status.Live() {
			var over *alerts.ClosedError
			require.ErrorAs(t, err, &over)
			continue
		}
		require.NoError(t, err)
		require.Equal(t, status, r.Alert.Status)
		explains(t, renewing(status, 20, alerts.High), r)
		if status == alerts.Acknowledged {
			require.True(t, r.Alert.RemindAt.IsZero(), "low severity asks nobody")
		}
	}
	_, err := rules().Apply(renewing(alerts.Open, 20, alerts.High), alerts.Input{Do: alerts.DoForecast, Forecast: "maybe"}, now)
	require.ErrorIs(t, err, alerts.ErrForecast)
	r, err := rules().Apply(in(alerts.Open), input, now)
	require.NoError(t, err)
	require.False(t, r.Changed(), "only renewals are foreseen")
}

func TestWhatWasHeldAsLowIsShownOnceItIsAtRisk(t *testing.T) {
	t.Parallel()
	was := renewing(alerts.Open, 20, alerts.Low)
	was.Hold, was.StepAt = alerts.Hold{Reason: alerts.HoldLow}, time.Time{}
	r, err := rules().Apply(was, alerts.Input{Do: alerts.DoForecast, By: alerts.Actor{UserID: ben}, Forecast: alerts.ForecastAtRisk}, now)
	require.NoError(t, err)
	require.True(t, r.Release)
	require.Zero(t, r.Alert.Hold)
	require.Equal(t, now.Add(4*time.Hour), r.Alert.StepAt, "and escalates as high ones do")
}

func TestNoticesOfferWhatTheyAreAbout(t *testing.T) {
	t.Parallel()
	offered := func(r alerts.Result) []alerts.Offer {
		all := make([]alerts.Offer, 0, len(r.Places))
		for _, p := range r.Places {
			var n alerts.Notice
			require.NoError(t, json.Unmarshal(p.Body, &n))
			all = append(all, n.Offer)
			require.Equal(t, n.Offer == alerts.OfferStillOn, len(n.Outcomes) > 0)
		}
		return all
	}
	person := alerts.Person{UserID: tom, Name: "Tom"}
	r, err := rules().Apply(in(alerts.Open), alerts.Input{Do: alerts.DoAssign, By: alerts.Actor{UserID: ben, Name: "Ben"}, User: person, Note: "They <moved> & like calls"}, now)
	require.NoError(t, err)
	require.Equal(t, []alerts.Offer{alerts.OfferAck, alerts.OfferTakeOver}, offered(r))
	require.Contains(t, string(r.Places[0].Body), "like calls")
	var n alerts.Notice
	require.NoError(t, json.Unmarshal(r.Places[0].Body, &n))
	require.Contains(t, n.Text, "“They &lt;moved&gt; &amp; like calls”")

	acked := in(alerts.Acknowledged)
	r, err = rules().Apply(acked, alerts.Input{Do: alerts.DoTimers}, acked.RemindAt)
	require.NoError(t, err)
	require.Equal(t, []alerts.Offer{alerts.OfferStillOn}, offered(r))

	open := in(alerts.Open)
	r, err = rules().Apply(open, alerts.Input{Do: alerts.DoTimers}, open.StepAt)
	require.NoError(t, err)
	require.Equal(t, []alerts.Offer{alerts.OfferAck}, offered(r))
}

func TestOutcomesThatNeedAReason(t *testing.T) {
	t.Parallel()
	for o, needs := range map[alerts.Outcome]bool{
		alerts.Saved: false, alerts.ChurnedOut: true, alerts.NoAction: false, alerts.FalseAlarm: true,
		alerts.Converted: false, alerts.Expanded: false, alerts.Nurturing: false, alerts.Disqualified: true,
	} {
		require.Equal(t, needs, o.NeedsNote(), o)
	}
}
