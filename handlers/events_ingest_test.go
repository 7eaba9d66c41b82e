package handlers

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"journeybot/alerts"
)

const pqlEvent = `{"specversion":"1.0","id":"1","source":"crm","type":"growth.signal.pql","subject":"acme.inc","data":{"score":80}}`

// post sends a request as a program on this machine would.
func post(t *testing.T, h http.Handler, body string, header ...string) (int, ingestAnswer) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "http://127.0.0.1:8080/v1/events", strings.NewReader(body))
	r.RemoteAddr = "127.0.0.1:51234"
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
		if header[i] == "Host" {
			r.Host = header[i+1]
		}
		if header[i] == "RemoteAddr" {
			r.RemoteAddr = header[i+1]
		}
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	var answer ingestAnswer
	_ = json.Unmarshal(w.Body.Bytes(), &answer)
	return w.Code, answer
}

func lastOn(t *testing.T, p *place, stream, subject string) *jetstream.RawStreamMsg {
	t.Helper()
	s, err := p.js.Stream(t.Context(), stream)
	require.NoError(t, err)
	msg, err := s.GetLastMsgForSubject(t.Context(), subject)
	require.NoError(t, err)
	return msg
}

func TestIngestPublishes(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	h := Ingest(NewSender(p.js, "growth", "GROWTH"), time.UTC, time.Now)

	status, answer := post(t, h, pqlEvent, "Content-Type", "application/cloudevents+json")
	require.Equal(t, http.StatusAccepted, status, answer)
	require.Equal(t, 1, answer.Accepted)
	msg := lastOn(t, p, "GROWTH", "growth.signal.pql.acme%2Einc")
	require.Equal(t, "crm|1", msg.Header.Get("Nats-Msg-Id"))
	ce, err := ParseCloudEvent(msg.Header, msg.Data)
	require.NoError(t, err)
	require.Equal(t, CloudEvent{ID: "1", Source: "crm", Type: "growth.signal.pql", Subject: "acme.inc", Data: json.RawMessage(`{"score":80}`)}, ce)

	status, _ = post(t, h, `{"score":81}`, "Content-Type", "application/json",
		"ce-specversion", "1.0", "ce-id", "2", "ce-source", "crm", "ce-type", "growth.signal.pql", "ce-subject", "%D0%B0%D0%BA%D0%BC%D0%B5")
	require.Equal(t, http.StatusAccepted, status)
	require.Contains(t, string(lastOn(t, p, "GROWTH", "growth.signal.pql.%D0%B0%D0%BA%D0%BC%D0%B5").Data), "акме")

	status, answer = post(t, h, "["+pqlEvent+","+strings.Replace(pqlEvent, `"1"`, `"3"`, 1)+"]", "Content-Type", "application/cloudevents-batch+json")
	require.Equal(t, http.StatusAccepted, status)
	require.Equal(t, 2, answer.Accepted)
	stream, err := p.js.Stream(t.Context(), "GROWTH")
	require.NoError(t, err)
	require.Equal(t, uint64(3), stream.CachedInfo().State.Msgs, "the event that was there already counts once")
}

func TestIngestRefusesWithReasons(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	h := Ingest(NewSender(p.js, "growth", "GROWTH"), time.UTC, time.Now)
	batch := []string{"Content-Type", "application/cloudevents-batch+json"}

	status, answer := post(t, h, "["+pqlEvent+",5,"+strings.Replace(pqlEvent, "80", `"abc"`, 1)+"]", batch...)
	require.Equal(t, http.StatusBadRequest, status)
	require.Equal(t, []refused{
		{Index: 1, Reason: "the body is not a JSON object"},
		{Index: 2, ID: "1", Reason: `data.score: "abc" is not a number`},
	}, answer.Refused)

	status, answer = post(t, h, "hello")
	require.Equal(t, http.StatusBadRequest, status)
	require.Contains(t, answer.Refused[0].Reason, "not a CloudEvent")
	status, _ = post(t, h, "{", batch...)
	require.Equal(t, http.StatusBadRequest, status)
	status, answer = post(t, h, "["+strings.Repeat("1,", 1000)+"1]", batch...)
	require.Equal(t, http.StatusRequestEntityTooLarge, status)
	require.Contains(t, answer.Refused[0].Reason, "1001 events")
	status, _ = post(t, h, strings.Repeat(" ", 1<<20)+pqlEvent)
	require.Equal(t, http.StatusRequestEntityTooLarge, status)
	status, _ = post(t, h, strings.Repeat(" ", maxIngestBytes+1))
	require.Equal(t, http.StatusRequestEntityTooLarge, status)

	stream, err := p.js.Stream(t.Context(), "GROWTH")
	require.NoError(t, err)
	require.Zero(t, stream.CachedInfo().State.Msgs, "nothing of a wrong request is published")
}

func TestIngestTakesOnlyFromThisMachine(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	h := Ingest(NewSender(p.js, "growth", "GROWTH"), time.UTC, time.Now)
	for name, header := range map[string][]string{
		"another machine":   {"RemoteAddr", "10.0.0.7:4711"},
		"through a tunnel":  {"Host", "bot.example.com"},
		"through a proxy":   {"X-Forwarded-For", "203.0.113.9"},
		"another site":      {"Origin", "https://evil.example"},
		"cross-site fetch":  {"Sec-Fetch-Site", "cross-site"},
		"another port here": {"Origin", "http://127.0.0.1:9999"},
	} {
		status, _ := post(t, h, pqlEvent, header...)
		require.Equal(t, http.StatusForbidden, status, name)
	}
	for name, header := range map[string][]string{
		"localhost":     {"Host", "localhost:8080"},
		"IPv6 loopback": {"RemoteAddr", "[::1]:4711", "Host", "[::1]:8080"},
		"own page":      {"Origin", "http://127.0.0.1:8080"},
	} {
		status, _ := post(t, h, pqlEvent, header...)
		require.Equal(t, http.StatusAccepted, status, name)
	}
}

func TestIngestSaysWhenNATSIsAway(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	h := Ingest(NewSender(p.js, "growth", "GROWTH"), time.UTC, time.Now)
	require.NoError(t, p.js.DeleteStream(t.Context(), "GROWTH"))
	status, answer := post(t, h, pqlEvent)
	require.Equal(t, http.StatusServiceUnavailable, status)
	require.Contains(t, answer.Error, "send the same request again")
}

func TestSenderUsesThePrefixForTheSubjectOnly(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ prefix, kind, account, want string }{
		{"growth", "growth.signal.pql", "acme", "growth.signal.pql.acme"},
		{"eu-growth", "growth.signal.pql", "acme", "eu-growth.signal.pql.acme"},
		{"growth", "growth.kpi.reported", "", "growth.kpi.reported"},
		{"growth", "growth.kpi.reported", "a b.c*>", "growth.kpi.reported.a%20b%2Ec%2A%3E"},
	} {
		require.Equal(t, c.want, EventSubject(c.prefix, CloudEvent{Type: c.kind, Subject: c.account}))
	}
}

func TestReplayedDeadLetterIsTakenAgain(t *testing.T) {
	t.Parallel()
	p, in := newPlace(t), &inbox{}
	broken := true
	in.fail = func([]alerts.Event) error {
		if broken {
			return errors.New("refused")
		}
		return nil
	}
	p.run(t, in)
	sender := NewSender(p.js, "growth", "GROWTH")
	ce, err := ParseCloudEvent(nil, []byte(pqlEvent))
	require.NoError(t, err)
	require.NoError(t, sender.Send(t.Context(), ce))
	require.Eventually(t, func() bool { return len(in.buried()) == 1 }, soon, 10*time.Millisecond)
	letter := in.buried()[0]

	require.NoError(t, sender.Replay(t.Context(), letter))
	require.Eventually(t, func() bool { return len(in.buried()) == 2 }, soon, 10*time.Millisecond, "still broken: a new dead letter")
	in.set(func(*inbox) { broken = false })
	require.NoError(t, sender.Replay(t.Context(), letter))
	require.Eventually(t, func() bool { return len(in.ids()) == 1 }, soon, 10*time.Millisecond)
	again := lastOn(t, p, "GROWTH", letter.Subject)
	require.Equal(t, "crm|1#r2", again.Header.Get("Nats-Msg-Id"), "the stream would swallow the first id again")
	require.Equal(t, ContentStructured, again.Header.Get("Content-Type"))
}
