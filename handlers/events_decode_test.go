package handlers

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"journeybot/alerts"
	"journeybot/journey"
)

var (
	stored = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	noon   = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
)

func decoded(t *testing.T, kind, data string) (alerts.Event, error) {
	t.Helper()
	return DecodeEvent(CloudEvent{ID: "1", Source: "crm", Type: kind, Subject: "acme", Time: noon, Data: json.RawMessage(data)}, stored, 7, time.UTC)
}

func ptr[T any](v T) *T { return &v }

func TestDecodeEveryType(t *testing.T) {
	t.Parallel()
	facts := func(kind alerts.Kind, about string, f alerts.Facts) alerts.Event {
		f.AsOf = noon
		return alerts.Event{Signal: &alerts.Signal{Kind: kind, About: about, Facts: f}}
	}
	berlin, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	cases := []struct {
		kind, data string
		want       alerts.Event
	}{
		{
			"growth.account.updated", `{"name":" Акме ООО ","aliases":["A","B"],"arr":48000.505,"seats":null,"renewal_date":"2027-03-01","owner":"maria@example.com",
				"contacts":[{"name":"Ann","email":"ann@acme.example","title":"CTO","role":"champion","persona":"admin","phone":"x"}],"unknown":{"a":1}}`,
			alerts.Event{Patch: &journey.Patch{
				Name: journey.SetTo("Акме ООО"), Aliases: journey.SetTo([]string{"A", "B"}), ARR: journey.SetTo(ptr(int64(4800051))),
				Seats: journey.SetTo[*int64](nil), RenewalDate: journey.SetTo(journey.Day(20270301)), Owner: journey.SetTo("maria@example.com"),
				Contacts: journey.SetTo([]journey.Contact{{Name: "Ann", Email: "ann@acme.example", Title: "CTO", Role: "champion", Persona: "admin"}}), At: noon,
			}},
		},
		{"growth.account.updated", `{}`, alerts.Event{Patch: &journey.Patch{At: noon}}},
		{
			"growth.account.updated", `{"name":null,"aliases":null,"renewal_date":null,"contacts":[],"plan":"","do_not_contact":true}`,
			alerts.Event{Patch: &journey.Patch{
				Name: journey.SetTo(""), DoNotContact: journey.SetTo(true), Aliases: journey.SetTo[[]string](nil), RenewalDate: journey.SetTo(journey.Day(0)),
				Contacts: journey.SetTo[[]journey.Contact](nil), Plan: journey.SetTo(""), At: noon,
			}},
		},
		{"growth.kpi.reported", `{"kpis":{"nps":-20,"active users":12.5}}`, alerts.Event{KPIs: map[string]float64{"nps": -20, "active users": 12.5}}},
		{"growth.usage.tracked", `{"event":"search","user":"u1"}`, alerts.Event{Usage: []alerts.Usage{{Event: "search", Count: 1, User: "u1", At: noon}}}},
		{
			"growth.usage.tracked", `{"items":[{"event":"search","count":3,"user":42,"persona":"admin","at":"2026-11-20T00:00:00Z"},{"event":"list","count":-1}]}`,
			alerts.Event{Usage: []alerts.Usage{
				{Event: "search", Count: 3, User: "42", Persona: "admin", At: time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)}, {Event: "list", Count: -1, At: noon},
			}},
		},
		{
			"growth.signal.health_shift", `{"from":"Green","to":"yellow","score":58,"previous_score":72,"drivers":[{"measure":"adoption","from":0.81,"to":"low"}],"reason":"quiet"}`,
			facts(alerts.HealthShift, "", alerts.Facts{Health: &alerts.HealthFacts{
				From: journey.HealthGreen, To: journey.HealthYellow, Score: ptr(58.0), PreviousScore: ptr(72.0), Reason: "quiet",
				Drivers: []alerts.Driver{{Measure: "adoption", From: "0.81", To: "low"}},
			}}),
		},
		{
			"growth.signal.usage_limit", `{"resource":"seats","used":92,"limit":100,"unit":"seats","period_end":"2026-11-30T00:00:00Z","hard":true,"customer_told":false,"next_plan":"Pro"}`,
			facts(alerts.UsageLimit, "seats", alerts.Facts{Limit: &alerts.LimitFacts{
				Resource: "seats", Used: 92, Limit: 100, Unit: "seats", PeriodEnd: time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC),
				Hard: ptr(true), CustomerTold: ptr(false), NextPlan: "Pro",
			}}),
		},
		{
			"growth.signal.pql", `{"score":84,"reasons":["3 invites"],"contact":{"name":"Ann","email":"a@x.example","title":"CTO"},"plan":"free","trigger":"usage limit","parts":{"fit":0.9,"usage":0.7}}`,
			facts(alerts.PQL, "", alerts.Facts{PQL: &alerts.PQLFacts{
				Score: 84, Reasons: []string{"3 invites"}, Contact: journey.Contact{Name: "Ann", Email: "a@x.example", Title: "CTO"}, Plan: "free",
				Trigger: "usage limit", Fit: ptr(0.9), Usage: ptr(0.7),
			}}),
		},
		{
			"growth.signal.milestone_dropoff", `{"milestone":"first-value","expected_by":"2026-11-20T00:00:00Z","progress":{"search":{"have":4,"need":5},"list":{"have":1,"need":1}}}`,
			facts(alerts.MilestoneDropoff, "first-value", alerts.Facts{Dropoff: &alerts.DropoffFacts{
				Milestone: "first-value", ExpectedBy: time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC),
				Progress: []alerts.Progress{{KPI: "list", Have: 1, Need: 1}, {KPI: "search", Have: 4, Need: 5}},
			}}),
		},
		{
			"growth.signal.milestone_reached", `{"milestone":"first-value"}`,
			facts(alerts.MilestoneReached, "first-value", alerts.Facts{Reached: &alerts.ReachedFacts{Milestone: "first-value"}}),
		},
		{
			"growth.signal.contact_changed", `{"role":"champion","from":"Ann","to":null}`,
			facts(alerts.ContactChanged, "champion", alerts.Facts{Contact: &alerts.ContactFacts{Role: "champion", From: "Ann"}}),
		},
		{
			"growth.signal.renewal_due", `{"renewal_date":"2027-02-01T00:00:00+03:00","arr":12000}`,
			facts(alerts.RenewalDue, "2027-02-01", alerts.Facts{Renewal: &alerts.RenewalFacts{RenewalDate: 20270201, ARR: ptr(int64(1200000))}}),
		},
		{
			"growth.signal.support", `{"ticket":4711,"status":"OPEN","age_days":9.5,"priority":"urgent","title":"Down","topic":"login"}`,
			facts(alerts.Support, "4711", alerts.Facts{Support: &alerts.SupportFacts{
				Ticket: "4711", Status: "open", Priority: "urgent", Title: "Down", Topic: "login", AgeDays: ptr(9.5),
			}}),
		},
		{
			"growth.signal.feedback", `{"survey":"nps","score":3,"comment":"slow","contact":{"name":"Ann","email":"Ann@Acme.example"}}`,
			facts(alerts.Feedback, "nps ann@acme.example", alerts.Facts{Survey: &alerts.SurveyFacts{
				Survey: "nps", Score: 3, Comment: "slow", Contact: journey.Contact{Name: "Ann", Email: "Ann@Acme.example"},
			}}),
		},
		{"growth.touch.logged", `{"channel":"call","who":"Maria","note":"ok"}`, alerts.Event{Touch: &alerts.Touch{Channel: "call", Who: "Maria", Note: "ok"}}},
		{"growth.action.result", `{"action":"a1","ok":false,"message":"no"}`, alerts.Event{Result: &alerts.ActionResult{Action: "a1", Message: "no"}}},
	}
	seen := map[string]bool{}
	for i, c := range cases {
		seen[c.kind] = true
		t.Run(fmt.Sprint(i, " ", c.kind), func(t *testing.T) {
			t.Parallel()
			got, err := decoded(t, c.kind, c.data)
			require.NoError(t, err)
			if c.kind == typeUsage {
				require.Nil(t, got.Data)
			} else {
				require.JSONEq(t, c.data, string(got.Data))
			}
			got.Data = nil
			c.want.Source, c.want.ID, c.want.Type, c.want.Account = "crm", "1", c.kind, "acme"
			c.want.At, c.want.ReceivedAt, c.want.Seq = noon, stored, 7
			require.Equal(t, c.want, got)
		})
	}
	for _, kind := range EventTypes() {
		require.True(t, seen[kind], "no case for %s", kind)
	}

	dated, err := DecodeEvent(CloudEvent{
		ID: "1", Source: "s", Type: "growth.signal.usage_limit", Subject: "a",
		Data: json.RawMessage(`{"resource":"r","used":1,"limit":2,"period_end":"2026-12-01"}`),
	}, stored, 1, berlin)
	require.NoError(t, err)
	require.Equal(t, "2026-12-01T00:00:00+01:00", dated.Signal.Facts.Limit.PeriodEnd.Format(time.RFC3339), "a day begins in the workspace's zone")
}

func TestDecodeTellsWhatIsWrong(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 501)
	cases := []struct{ kind, data, want string }{
		{"growth.signal.dance", `{}`, `unknown type "growth.signal.dance"`},
		{"com.example.pql", `{}`, `unknown type "com.example.pql"`},
		{"growth.signal.pql", `[1]`, "data: [1] is not an object"},
		{"growth.signal.pql", `{"a"`, "data: is not JSON"},
		{"growth.signal.pql", `{"score":1}}`, "data: is not JSON: there is more after its end"},
		{"growth.signal.pql", ``, "data.score is missing"},
		{"growth.signal.pql", `{"score":"abc"}`, `data.score: "abc" is not a number`},
		{"growth.signal.pql", `{"score":"72"}`, `data.score: "72" is text, not a number: write it without quotes`},
		{"growth.signal.pql", `{"score":"NaN"}`, `data.score: "NaN" is not a number`},
		{"growth.signal.pql", `{"score":1e400}`, "data.score: 1e400 is too large"},
		{"growth.signal.pql", `{"score":101}`, "data.score: 101 is more than 100"},
		{"growth.signal.pql", `{"score":true}`, "data.score: true is not a number"},
		{"growth.signal.pql", `{"score":1,"reasons":"many"}`, `data.reasons: "many" is not a list`},
		{"growth.signal.pql", `{"score":1,"reasons":["a",2]}`, "data.reasons[1]: 2 is not text"},
		{"growth.signal.pql", `{"score":1,"contact":"Ann"}`, `data.contact: "Ann" is not an object`},
		{"growth.signal.pql", `{"score":1,"parts":{"fit":"x"}}`, `data.parts.fit: "x" is not a number`},
		{"growth.signal.pql", `{"score":1,"at":"yesterday"}`, `data.at: "yesterday" is not a time like 2026-11-23T09:30:00Z`},
		{"growth.signal.pql", `{"score":1,"at":"0001-01-01T00:00:00Z"}`, `data.at: "0001-01-01T00:00:00Z" is not in this age`},
		{"growth.signal.pql", `{"score":1,"account":7}`, "data.account: 7 is not text"},
		{"growth.signal.pql", `{"score":1,"account":"` + strings.Repeat("ж", 33) + `"}`, "data.account: the account id has 66 bytes, more than 64"},
		{"growth.signal.pql", `{"score":1,"account":"a\u0007b"}`, `data.account: "a\u0007b" has control characters`},
		{"growth.signal.health_shift", `{"from":"blue"}`, `data.from: "blue" is not one of green, yellow, red; data.to is missing`},
		{"growth.signal.health_shift", `{"to":"red","score":-1}`, "data.score: -1 is less than 0"},
		{"growth.signal.health_shift", `{"to":"red","drivers":[{"from":1}]}`, "data.drivers[0].measure is missing"},
		{"growth.signal.health_shift", `{"to":"red","drivers":[3]}`, "data.drivers[0]: 3 is not an object"},
		{"growth.signal.health_shift", `{"to":"red","drivers":[{"measure":"a","from":[]}]}`, "data.drivers[0].from: [] is not text"},
		{"growth.signal.usage_limit", `{"resource":"r","used":1,"limit":0}`, "data.limit: 0 is not above zero"},
		{"growth.signal.usage_limit", `{"resource":"","used":-1,"limit":5}`, "data.resource is empty; data.used: -1 is less than 0"},
		{"growth.signal.usage_limit", `{"resource":"r","used":1,"limit":5,"hard":"yes"}`, `data.hard: "yes" is not true or false`},
		{"growth.signal.usage_limit", `{"resource":"` + long + `","used":1,"limit":5}`, "data.resource has 501 bytes, more than 500"},
		{"growth.signal.milestone_dropoff", `{"milestone":"m","progress":{"search":{"have":1}}}`, "data.progress.search.need is missing"},
		{"growth.signal.milestone_dropoff", `{"milestone":"m","progress":{"search":4}}`, "data.progress.search: 4 is not an object"},
		{"growth.signal.milestone_reached", `{}`, "data.milestone is missing"},
		{"growth.signal.contact_changed", `{"from":"a"}`, "data.role is missing"},
		{"growth.signal.renewal_due", `{"renewal_date":"1.2.2027"}`, `data.renewal_date: "1.2.2027" is not a time like 2026-11-23T09:30:00Z`},
		{"growth.signal.renewal_due", `{"renewal_date":"2027-02-01","arr":-5}`, "data.arr: -5 is less than 0"},
		{"growth.signal.support", `{"ticket":"1"}`, "data.status is missing"},
		{"growth.signal.feedback", `{"survey":"nps","score":11}`, "data.score: 11 is more than 10"},
		{"growth.kpi.reported", `{}`, "data.kpis is missing: nothing was reported"},
		{"growth.kpi.reported", `{"kpis":{}}`, "data.kpis is missing: nothing was reported"},
		{"growth.kpi.reported", `{"kpis":[]}`, "data.kpis: [] is not an object"},
		{"growth.kpi.reported", `{"kpis":{"a":null}}`, "data.kpis.a is missing"},
		{"growth.kpi.reported", `{"kpis":{"":1}}`, `data.kpis."" cannot be a name`},
		{"growth.usage.tracked", `{}`, "data.event is missing"},
		{"growth.usage.tracked", `{"event":"e","count":1.5}`, "data.count: 1.5 is not a whole number"},
		{"growth.usage.tracked", `{"items":[]}`, "data.items is empty"},
		{"growth.usage.tracked", `{"items":[{"count":1}]}`, "data.items[0].event is missing"},
		{"growth.usage.tracked", `{"items":[` + strings.Repeat(`{"event":"e"},`, 1000) + `{"event":"e"}]}`, "data.items has 1001 items, more than 1000"},
		{"growth.usage.tracked", `{"items":[{},{},{},{},{},{},{}]}`, "data.items[0].event is missing; data.items[1].event is missing; " +
			"data.items[2].event is missing; data.items[3].event is missing; data.items[4].event is missing; and 2 more"},
		{"growth.account.updated", `{"arr":"48k","seats":2.5}`, `data.arr: "48k" is not a number; data.seats: 2.5 is not a whole number`},
		{"growth.account.updated", `{"contacts":[{"title":"CTO"}]}`, "data.contacts[0].name is missing, and so is email"},
		{"growth.action.result", `{"action":"a"}`, "data.ok is missing"},
	}
	for i, c := range cases {
		t.Run(fmt.Sprint(i, " ", c.kind), func(t *testing.T) {
			t.Parallel()
			_, err := decoded(t, c.kind, c.data)
			require.ErrorContains(t, err, c.want)
			require.LessOrEqual(t, len(err.Error()), len(c.want)+50)
		})
	}
}

func TestDecodeAccountAndAge(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		ce      CloudEvent
		account string
		at      time.Time
		wrong   string
	}{
		"data wins over subject":         {CloudEvent{Subject: "b", Time: noon, Data: []byte(`{"account":"a","score":1}`)}, "a", noon, ""},
		"subject":                        {CloudEvent{Subject: "b", Time: noon, Data: []byte(`{"score":1}`)}, "b", noon, ""},
		"neither":                        {CloudEvent{Data: []byte(`{"score":1}`)}, "", stored, "no account id: neither data.account nor subject is set"},
		"empty in data, none in subject": {CloudEvent{Data: []byte(`{"account":"","score":1}`)}, "", stored, "data.account is empty"},
		"data.at wins over time":         {CloudEvent{Subject: "b", Time: stored, Data: []byte(`{"score":1,"at":"2026-11-23T12:00:00Z"}`)}, "b", noon, ""},
		"neither time: when stored":      {CloudEvent{Subject: "b", Data: []byte(`{"score":1}`)}, "b", stored, ""},
		"five minutes ahead is believed": {CloudEvent{Subject: "b", Time: stored.Add(5 * time.Minute), Data: []byte(`{"score":1}`)}, "b", stored.Add(5 * time.Minute), ""},
		"more counts as now":             {CloudEvent{Subject: "b", Time: stored.Add(5*time.Minute + time.Second), Data: []byte(`{"score":1}`)}, "b", stored, ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.ce.ID, c.ce.Source, c.ce.Type = "1", "s", "growth.signal.pql"
			ev, err := DecodeEvent(c.ce, stored, 1, time.UTC)
			if c.wrong != "" {
				require.EqualError(t, err, c.wrong)
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.account, ev.Account)
			require.True(t, c.at.Equal(ev.At), ev.At)
		})
	}
	ev, err := DecodeEvent(CloudEvent{ID: "1", Source: "s", Type: "growth.action.result", Data: []byte(`{"action":"a","ok":true}`)}, stored, 1, time.UTC)
	require.NoError(t, err, "an action's result needs no account")
	require.Empty(t, ev.Account)
}

func TestDecodedDataCanBeStored(t *testing.T) {
	t.Parallel()
	ev, err := decoded(t, "growth.signal.feedback", `{"survey":"nps", "score":3, "comment":"a\u0000b\\u0000c `+"\xff"+`"}`)
	require.NoError(t, err)
	require.Equal(t, `ab\u0000c �`, ev.Signal.Facts.Survey.Comment, "an escaped backslash is not U+0000")
	require.Equal(t, `{"comment":"ab\\u0000c �","score":3,"survey":"nps"}`, string(ev.Data))
}
