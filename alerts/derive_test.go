package alerts_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"journeybot/alerts"
	"journeybot/journey"
)

// passes moves the world's clock to t, deriving whenever the account is due, as the loop does.
func (w *world) passes(t time.Time) {
	for {
		due := w.ws.Accounts["acme"].LookAt
		if due.IsZero() || due.After(t) {
			w.now = t
			return
		}
		w.now = due
		w.rules.Derive(w.ws, "acme", w.now)
		w.rules.Derive(w.ws, "acme", w.now) // another replica
		w.log = append(w.log, w.ws.Changes.Results...)
		w.ws.Changes.Results = nil
	}
}

func (w *world) patch(p journey.Patch) { w.take(alerts.Event{Patch: &p}) }

func TestRenewalsAreDerivedOncePerThreshold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.ws.Accounts["acme"].LastTouch = time.Time{}
	w.patch(journey.Patch{RenewalDate: journey.SetTo(journey.Day(20270520)), Status: journey.SetTo("active")}) // in 177 days
	require.Equal(t, time.Date(2027, 1, 20, 7, 0, 0, 0, time.UTC), w.ws.Accounts["acme"].LookAt)
	at := func(days int) time.Time { return time.Date(2027, 5, 20, 12, 0, 0, 0, time.UTC).AddDate(0, 0, -days) }
	live := func() *alerts.Alert { return w.live(alerts.RenewalDue, "2027-05-20") }
	w.passes(at(121))
	require.Nil(t, live())
	w.passes(at(120))
	require.Equal(t, alerts.Low, live().Severity)
	require.Equal(t, []string{"journeybot renewal:2027-05-20:120"}, live().EventIDs)
	w.ws.Accounts["acme"].Health = yellow
	w.passes(at(89))
	require.Equal(t, alerts.Medium, live().Severity)
	require.Equal(t, 2, live().Count)
	w.patch(journey.Patch{RenewalDate: journey.SetTo(journey.Day(20270520))})
	w.passes(at(88))
	require.Equal(t, 2, live().Count, "an update of the account tells nothing again")
	w.passes(at(29))
	require.Equal(t, alerts.High, live().Severity)
	require.Equal(t, 4, live().Count)
	require.Zero(t, w.ws.Accounts["acme"].LookAt)

	late := newWorld(t)
	late.ws.Accounts["acme"].LastTouch = time.Time{}
	late.patch(journey.Patch{RenewalDate: journey.SetTo(journey.Day(20261224))})
	late.passes(late.now)
	a := late.live(alerts.RenewalDue, "2026-12-24")
	require.Equal(t, 1, a.Count, "several thresholds passed are one alert")
	require.Equal(t, alerts.High, a.Severity)

	safe := newWorld(t)
	safe.ws.Accounts["acme"].LastTouch = time.Time{}
	safe.ws.Accounts["acme"].Health = yellow
	for _, c := range []struct {
		forecast string
		want     alerts.Severity
	}{{"commit", alerts.Low}, {alerts.ForecastAtRisk, alerts.High}} {
		safe.ws.Live, safe.ws.Conditions = map[string]*alerts.Alert{}, map[string]alerts.Condition{}
		safe.signal(alerts.RenewalDue, "2026-12-20", alerts.Facts{Renewal: &alerts.RenewalFacts{RenewalDate: 20261220, Forecast: c.forecast}})
		require.Equal(t, c.want, safe.live(alerts.RenewalDue, "2026-12-20").Severity, c.forecast)
	}

	gone := newWorld(t)
	gone.patch(journey.Patch{RenewalDate: journey.SetTo(journey.Day(20261224)), Status: journey.SetTo(journey.StatusChurned)})
	require.Zero(t, gone.ws.Accounts["acme"].LookAt, "who has churned renews nothing")
}

func TestSilenceIsDerivedAndEndedByATouch(t *testing.T) {
	t.Parallel()
	for tier, days := range map[string]int{"High": 45, "standard": 90} {
		w := newWorld(t)
		w.ws.Accounts["acme"].RenewalDate = 0
		w.patch(journey.Patch{Tier: journey.SetTo(tier)})
		w.take(alerts.Event{Touch: &alerts.Touch{}})
		touched := w.now
		w.passes(touched.AddDate(0, 0, days).Add(-time.Hour))
		require.Nil(t, w.live(alerts.Silence, ""), tier)
		w.passes(touched.AddDate(0, 0, days))
		a := w.live(alerts.Silence, "")
		require.NotNil(t, a, tier)
		require.Equal(t, touched, a.Facts.Silence.LastTouch)
		require.Equal(t, alerts.Medium, a.Severity)

		w.now = w.now.AddDate(0, 0, 2)
		require.Equal(t, alerts.ResultResolved, w.take(alerts.Event{At: touched.AddDate(0, 0, days-1), Touch: &alerts.Touch{}}), "told late")
		require.Nil(t, w.live(alerts.Silence, ""))
		require.Equal(t, touched.AddDate(0, 0, 2*days-1), w.ws.Accounts["acme"].LookAt)
		w.passes(w.now.AddDate(0, 0, days))
		require.NotNil(t, w.live(alerts.Silence, ""), "the next silence is told again")
	}
	unknown := newWorld(t)
	unknown.ws.Accounts["acme"].LastTouch, unknown.ws.Accounts["acme"].RenewalDate = time.Time{}, 0
	unknown.patch(journey.Patch{Tier: journey.SetTo("high")})
	require.Zero(t, unknown.ws.Accounts["acme"].LookAt, "nobody logs contacts there")
}

func TestYellowMustLastBeforeItIsTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.rules.Thresholds.Health.Settle = day
	w.ws.Accounts["acme"].RenewalDate = 0
	w.health(green, yellow, 70)
	a := w.live(alerts.HealthShift, "")
	require.Equal(t, alerts.Hold{Reason: alerts.HoldSettling, Until: w.now.Add(day)}, a.Hold)
	require.Equal(t, "settling", w.last().Places[0].Hold)
	w.now = w.now.Add(time.Hour)
	w.health(yellow, green, 80)
	require.Nil(t, w.live(alerts.HealthShift, ""), "it recovered unseen")

	w.health(green, yellow, 70)
	w.now = w.now.Add(day)
	told := w.do(alerts.HealthShift, "", alerts.Input{Do: alerts.DoTimers})
	require.Equal(t, alerts.HoldNone, told.Hold.Reason)
	require.True(t, w.last().Release)

	w.now = w.now.Add(time.Hour)
	w.health(yellow, green, 80)
	w.health(green, yellow, 70)
	w.health(yellow, red, 40)
	require.Equal(t, alerts.HoldNone, w.live(alerts.HealthShift, "").Hold.Reason, "red is told at once")
	require.True(t, w.last().Release)
}

func TestScoresThatTeeterKeepTheirColour(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.ws.Accounts["acme"].RenewalDate, w.ws.Accounts["acme"].Health = 0, ""
	for _, c := range []struct {
		score float64
		want  journey.Health
	}{{76, green}, {74, yellow}, {76, yellow}, {77.9, yellow}, {78, green}, {75, green}, {49, red}, {52, red}, {53, yellow}, {50, yellow}} {
		w.now = w.now.Add(time.Hour)
		w.signal(alerts.HealthShift, "", alerts.Facts{Health: &alerts.HealthFacts{Score: &c.score}})
		require.Equal(t, c.want, w.ws.Accounts["acme"].Health, c.score)
	}
}

func TestASponsorWhoLeavesIsASignal(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.patch(journey.Patch{Contacts: journey.SetTo([]journey.Contact{{Name: "Sue", Role: "Executive Sponsor"}})})
	w.now = w.now.Add(time.Hour)
	w.patch(journey.Patch{Contacts: journey.SetTo([]journey.Contact{})})
	a := w.live(alerts.ContactChanged, journey.RoleSponsor)
	require.NotNil(t, a)
	require.Equal(t, "Sue", a.Facts.Contact.From)
	require.Equal(t, alerts.High, a.Severity)
}

func TestManySmallStepsAreADrop(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.ws.Accounts["acme"].RenewalDate, w.ws.Accounts["acme"].Health, w.ws.Accounts["acme"].Score = 0, green, nil
	score := func(s float64) {
		w.now = w.now.Add(30 * time.Hour)
		w.signal(alerts.HealthShift, "", alerts.Facts{Health: &alerts.HealthFacts{To: green, Score: &s}})
	}
	score(96)
	score(91)
	score(86)
	require.Nil(t, w.live(alerts.HealthShift, ""))
	score(81)
	a := w.live(alerts.HealthShift, "")
	require.NotNil(t, a, "15 points in 7 days")
	require.InDelta(t, 96, *a.Facts.Health.PreviousScore, 0)

	slow := newWorld(t)
	slow.ws.Accounts["acme"].RenewalDate, slow.ws.Accounts["acme"].Health, slow.ws.Accounts["acme"].Score = 0, green, nil
	for _, s := range []float64{96, 91, 86, 81} {
		slow.now = slow.now.Add(4 * day)
		slow.signal(alerts.HealthShift, "", alerts.Facts{Health: &alerts.HealthFacts{To: green, Score: &s}})
	}
	require.Nil(t, slow.live(alerts.HealthShift, ""), "too slow to be one")
}
