package slacksim_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"journeybot/slacksim"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"
)

// app is an app in HTTP mode: it keeps what Slack delivers and answers as the test says.
type app struct {
	tb     testing.TB
	sim    *slacksim.Server
	server *httptest.Server

	mu     sync.Mutex
	got    []got
	answer func(g got) reply
}

// got is one delivery.
type got struct {
	path    string
	header  http.Header
	form    url.Values // of a command
	payload fields     // of an interaction or event
}

type reply struct {
	status int // 0 means 200
	header http.Header
	body   any // string: text; anything else: JSON; nil: nothing
	wait   <-chan struct{}
}

// httpApp makes sim deliver to a new app, and checks every signature.
func httpApp(tb testing.TB, sim *slacksim.Server, answer func(g got) reply) *app {
	tb.Helper()
	a := &app{tb: tb, sim: sim, answer: answer}
	a.server = httptest.NewServer(http.HandlerFunc(a.serve))
	tb.Cleanup(a.server.Close)
	sim.SetDeliverTo(a.server.URL)
	return a
}

func (a *app) serve(w http.ResponseWriter, r *http.Request) {
	raw, _ := io.ReadAll(r.Body)
	stamp := r.Header.Get("X-Slack-Request-Timestamp")
	mac := hmac.New(sha256.New, []byte(a.sim.SigningSecret()))
	_, _ = io.WriteString(mac, "v0:"+stamp+":"+string(raw))
	if "v0="+hex.EncodeToString(mac.Sum(nil)) != r.Header.Get("X-Slack-Signature") {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	g := got{path: r.URL.Path, header: r.Header}
	switch r.URL.Path {
	case "/slack/events":
		_ = json.Unmarshal(raw, &g.payload)
	default:
		g.form, _ = url.ParseQuery(string(raw))
		_ = json.Unmarshal([]byte(g.form.Get("payload")), &g.payload)
	}
	a.mu.Lock()
	a.got = append(a.got, g)
	a.mu.Unlock()
	out := reply{}
	if a.answer != nil {
		out = a.answer(g)
	}
	if out.wait != nil {
		<-out.wait
	}
	for key, values := range out.header {
		w.Header()[key] = values
	}
	switch body := out.body.(type) {
	case nil:
		w.WriteHeader(max(out.status, 200))
	case string:
		w.WriteHeader(max(out.status, 200))
		_, _ = io.WriteString(w, body)
	default:
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(max(out.status, 200))
		_ = json.NewEncoder(w).Encode(body)
	}
}

func (a *app) all() []got {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]got{}, a.got...)
}

func (a *app) last() got {
	a.tb.Helper()
	all := a.all()
	require.NotEmpty(a.tb, all)
	return all[len(all)-1]
}

// trigger types a command and returns its fresh trigger id.
func (a *app) trigger(who string) string {
	a.tb.Helper()
	_, err := a.sim.Command(a.tb.Context(), who, "general", "/journey")
	require.NoError(a.tb, err)
	return a.last().form.Get("trigger_id")
}

// respond sends body to a response URL.
func respond(tb testing.TB, link string, body fields) (int, fields) {
	tb.Helper()
	status, _, text := send(tb, http.MethodPost, link, http.Header{"Content-Type": {"application/json"}}, asJSON(tb, body))
	return status, parse(tb, text)
}

// clock is a Now that tests move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// rawSocket is a Socket Mode connection without any library's habits.
type rawSocket struct {
	tb   testing.TB
	conn *websocket.Conn
}

func connect(tb testing.TB, sim *slacksim.Server) *rawSocket {
	tb.Helper()
	_, _, body := send(tb, http.MethodPost, sim.APIURL()+"apps.connections.open", http.Header{"Authorization": {"Bearer " + sim.AppToken()}}, "")
	opened := parse(tb, body)
	require.Equal(tb, true, opened["ok"], body)
	conn, resp, err := websocket.DefaultDialer.DialContext(tb.Context(), opened["url"].(string), nil)
	require.NoError(tb, err)
	_ = resp.Body.Close()
	k := &rawSocket{tb: tb, conn: conn}
	tb.Cleanup(func() { _ = conn.Close() })
	require.Equal(tb, "hello", k.read()["type"])
	return k
}

func (k *rawSocket) read() fields {
	k.tb.Helper()
	var frame fields
	require.NoError(k.tb, k.conn.SetReadDeadline(time.Now().Add(15*time.Second)))
	require.NoError(k.tb, k.conn.ReadJSON(&frame))
	return frame
}

func (k *rawSocket) ack(frame fields, payload any) {
	k.tb.Helper()
	out := fields{"envelope_id": frame["envelope_id"]}
	if payload != nil {
		out["payload"] = payload
	}
	require.NoError(k.tb, k.conn.WriteJSON(out))
}

func section(text string) fields {
	return fields{"type": "section", "text": fields{"type": "mrkdwn", "text": text}}
}

func button(actionID string) fields {
	return fields{"type": "button", "action_id": actionID, "value": "v-" + actionID, "text": fields{"type": "plain_text", "text": "Press"}}
}

func actions(elements ...fields) fields {
	return fields{"type": "actions", "block_id": "acts", "elements": elements}
}

func long(n int) string { return strings.Repeat("é", n) }
