package handlers

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/stretchr/testify/require"
)

func TestParseCloudEvent(t *testing.T) {
	t.Parallel()
	structured := `{"specversion":"1.0","id":"1","source":"crm","type":"growth.signal.pql","subject":"acme","time":"2026-11-23T10:00:00+02:00","x":7,"data":{"score":80}}`
	at := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	cases := map[string]struct {
		header map[string][]string
		body   string
		want   CloudEvent
	}{
		"structured by content type": {
			map[string][]string{"content-type": {"Application/CloudEvents+JSON; charset=utf-8"}},
			structured,
			CloudEvent{ID: "1", Source: "crm", Type: "growth.signal.pql", Subject: "acme", Time: at, Data: json.RawMessage(`{"score":80}`), Extensions: map[string]any{"x": json.Number("7")}},
		},
		"structured without any header": {
			nil, structured,
			CloudEvent{ID: "1", Source: "crm", Type: "growth.signal.pql", Subject: "acme", Time: at, Data: json.RawMessage(`{"score":80}`), Extensions: map[string]any{"x": json.Number("7")}},
		},
		"structured wins over binary headers": {
			map[string][]string{"Content-Type": {"application/cloudevents+json"}, "ce-specversion": {"1.0"}, "ce-id": {"other"}},
			structured,
			CloudEvent{ID: "1", Source: "crm", Type: "growth.signal.pql", Subject: "acme", Time: at, Data: json.RawMessage(`{"score":80}`), Extensions: map[string]any{"x": json.Number("7")}},
		},
		"data in base64": {
			nil, `{"specversion":"1.0","id":"1","source":"s","type":"t","data_base64":"eyJhIjoxfQ=="}`,
			CloudEvent{ID: "1", Source: "s", Type: "t", Data: json.RawMessage(`{"a":1}`)},
		},
		"null attributes are absent": {
			nil, `{"specversion":"1.0","id":"1","source":"s","type":"t","subject":null,"time":null}`,
			CloudEvent{ID: "1", Source: "s", Type: "t"},
		},
		"U+0000 goes": {
			nil, `{"specversion":"1.0","id":"1\u0000","source":"s","type":"t"}`, CloudEvent{ID: "1", Source: "s", Type: "t"},
		},
		"binary in any case, percent-encoded": {
			map[string][]string{
				"CE-SpecVersion": {"1.0"}, "Ce-Id": {"a%20b"}, "ce-source": {"/caf%C3%A9"}, "cE-type": {"t"}, "ce-subject": {"100%"}, "ce-trace": {`"a \"b\""`},
			},
			`{"a":1}`,
			CloudEvent{ID: "a b", Source: "/café", Type: "t", Subject: "100%", Data: json.RawMessage(`{"a":1}`), Extensions: map[string]any{"trace": `a "b"`}},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := ParseCloudEvent(c.header, []byte(c.body))
			require.NoError(t, err)
			require.True(t, c.want.Time.Equal(got.Time), got.Time)
			c.want.Time, got.Time = time.Time{}, time.Time{}
			if len(got.Data) == 0 {
				got.Data = nil
			}
			require.Equal(t, c.want, got)
		})
	}
}

func TestParseCloudEventTellsWhatIsWrong(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		header map[string][]string
		body   string
		want   string
	}{
		"nothing":               {nil, "", "not a CloudEvent: no ce-specversion header, and no JSON body with specversion"},
		"not JSON":              {nil, "hello", "not a CloudEvent: no ce-specversion header, and no JSON body with specversion"},
		"JSON without envelope": {nil, `{"score":3}`, "not a CloudEvent: no ce-specversion header, and no JSON body with specversion"},
		"announced, not JSON":   {map[string][]string{"Content-Type": {"application/cloudevents+json"}}, "{", "the body is not a JSON object (unexpected end of JSON input at byte 1)"},
		"batch":                 {map[string][]string{"Content-Type": {"application/cloudevents-batch+json"}}, "[]", "a batch of events in one message: send each event by itself"},
		"old version":           {nil, `{"specversion":"0.3","id":"1","source":"s","type":"t"}`, `specversion: "0.3" is not "1.0"`},
		"no id":                 {nil, `{"specversion":"1.0","source":"s","type":"t"}`, "id is missing"},
		"empty source":          {nil, `{"specversion":"1.0","id":"1","source":" ","type":"t"}`, "source is missing"},
		"no type":               {nil, `{"specversion":"1.0","id":"1","source":"s"}`, "type is missing"},
		"numeric id":            {nil, `{"specversion":"1.0","id":5,"source":"s","type":"t"}`, "id: 5 is not text"},
		"bad time":              {nil, `{"specversion":"1.0","id":"1","source":"s","type":"t","time":"noon"}`, `time: "noon" is not a time like 2026-11-23T09:30:00Z`},
		"xml":                   {nil, `{"specversion":"1.0","id":"1","source":"s","type":"t","datacontenttype":"text/xml"}`, `datacontenttype: "text/xml" is not JSON`},
		"data twice":            {nil, `{"specversion":"1.0","id":"1","source":"s","type":"t","data":1,"data_base64":"MQ=="}`, "data and data_base64 are both there: send one of them"},
		"not base64":            {nil, `{"specversion":"1.0","id":"1","source":"s","type":"t","data_base64":"?"}`, "data_base64 is not base64 text"},
		"long id":               {nil, `{"specversion":"1.0","id":"` + strings.Repeat("x", 513) + `","source":"s","type":"t"}`, "id has 513 bytes, more than 512"},
		"binary without id":     {map[string][]string{"ce-specversion": {"1.0"}, "ce-source": {"s"}, "ce-type": {"t"}}, "{}", "id is missing"},
		"huge":                  {nil, strings.Repeat(" ", 1<<20+1), "the event has 1048577 bytes, more than 1048576"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := ParseCloudEvent(c.header, []byte(c.body))
			require.EqualError(t, err, c.want)
		})
	}
}

// What the CloudEvents SDK writes and accepts, we read the same, and the other way round.
func TestCloudEventAgreesWithTheSDK(t *testing.T) {
	t.Parallel()
	theirs := event.New()
	theirs.SetID("id-1")
	theirs.SetSource("/crm/eu")
	theirs.SetType("growth.signal.pql")
	theirs.SetSubject("акме")
	theirs.SetTime(time.Date(2026, 11, 23, 8, 0, 0, 123456000, time.UTC))
	theirs.SetExtension("traceparent", "00-1")
	require.NoError(t, theirs.SetData("application/json", map[string]any{"score": 80, "reasons": []string{"a"}}))
	wire, err := json.Marshal(theirs)
	require.NoError(t, err)

	ours, err := ParseCloudEvent(nil, wire)
	require.NoError(t, err)
	require.Equal(t, theirs.ID(), ours.ID)
	require.Equal(t, theirs.Source(), ours.Source)
	require.Equal(t, theirs.Type(), ours.Type)
	require.Equal(t, theirs.Subject(), ours.Subject)
	require.True(t, theirs.Time().Equal(ours.Time))
	require.JSONEq(t, string(theirs.Data()), string(ours.Data))

	again, err := json.Marshal(ours)
	require.NoError(t, err)
	var back event.Event
	require.NoError(t, json.Unmarshal(again, &back))
	require.NoError(t, back.Validate())
	require.Equal(t, theirs.Context, back.Context)
	require.JSONEq(t, string(theirs.Data()), string(back.Data()))
}

func FuzzDecodeEvent(f *testing.F) {
	f.Add("application/cloudevents+json", "", []byte(`{"specversion":"1.0","id":"1","source":"s","type":"growth.signal.pql","subject":"a","data":{"score":1e3}}`))
	f.Add("", "growth.account.updated", []byte(`{"arr":null,"contacts":[{"name":"x"}],"renewal_date":"2026-01-01"}`))
	f.Add("", "growth.kpi.reported", []byte(`{"kpis":{"a":1,"b":"c"}}`))
	f.Add("", "growth.usage.tracked", []byte(`{"items":[{"event":"e","count":-1,"user":5}]}`))
	f.Add("", "growth.signal.milestone_dropoff", []byte(`{"milestone":"\u0000","progress":{"a":{"have":1,"need":2}}}`))
	f.Fuzz(func(t *testing.T, content, kind string, body []byte) {
		header := map[string][]string{"Content-Type": {content}}
		if kind != "" {
			header = map[string][]string{"ce-specversion": {"1.0"}, "ce-id": {"1"}, "ce-source": {"s"}, "ce-type": {kind}, "ce-subject": {"acme"}}
		}
		ce, err := ParseCloudEvent(header, body)
		if err != nil {
			require.NotEmpty(t, err.Error())
			return
		}
		now := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
		ev, err := DecodeEvent(ce, now, 1, time.UTC)
		if err != nil {
			require.NotEmpty(t, err.Error())
			return
		}
		require.False(t, ev.At.After(now.Add(maxAhead)))
		require.LessOrEqual(t, len(ev.Account), 64)
		if ev.Data != nil {
			var data any
			require.NoError(t, json.Unmarshal(ev.Data, &data))
			require.NotContains(t, fmt.Sprint(data), "\x00")
		}
	})
}
