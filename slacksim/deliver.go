package slacksim

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	answerWithin = 3 * time.Second
	keepSent     = 1000 // deliveries that can be sent again
)

// What a person is told when the app does not answer.
const (
	codeTimeout     = "operation_timeout"
	codeUnreachable = "dispatch_failed"
	codeClientError = "http_client_error"
	codeServerError = "http_service_error"
	codeBadAnswer   = "invalid_command_response"
)

// delivery is one thing that Slack tells the app.
type delivery struct {
	kind     string // slash_commands, interactive or events_api
	method   string // for the log
	payload  object
	accepts  bool // whether the acknowledgement may carry an answer
	envelope string
	channel  string
	user     string
	attempt  int
	reason   string // of the retry
}

// ack is how a delivery ended.
type ack struct {
	body    []byte
	json    bool   // whether body is JSON
	code    string // "" when it was acknowledged in time
	reason  string // for the next retry
	noRetry bool
	status  int
}

// newDelivery makes a delivery with an id of its own.
func newDelivery(kind, method string, accepts bool, payload object) delivery {
	return delivery{kind: kind, method: method, accepts: accepts, payload: payload, envelope: envelopeID()}
}

// envelopeID is a random UUID.
func envelopeID() string {
	var id [16]byte
	_, _ = rand.Read(id[:])
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:])
}

// deliver tells the app once and waits for its acknowledgement. It must be called without mu.
func (s *Server) deliver(ctx context.Context, d delivery) (ack, time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	defer context.AfterFunc(s.life, cancel)()
	s.mu.Lock()
	target, at := s.deliverTo, s.cfg.Now().Add(s.skew)
	s.wire.remember(d)
	transport := "socket"
	if target != "" {
		transport = "http"
	}
	body := encode(s.frame(d))
	var req *http.Request
	if target != "" {
		req, body = s.signedRequest(ctx, target, d, at)
	}
	call := Call{
		Time: s.cfg.Now(), Direction: ToApp, Method: d.method, Channel: d.channel, User: d.user, Transport: transport, Attempt: d.attempt,
		Envelope: d.envelope, Request: string(body),
	}
	if req != nil {
		call.URL, call.Header = "POST "+req.URL.String(), req.Header.Clone()
	}
	id := s.logStart(call)
	s.mu.Unlock()

	start := time.Now()
	var a ack
	switch {
	case target == "":
		a = s.overSocket(ctx, d, body)
	case req == nil:
		a = ack{code: codeUnreachable, reason: "connection_failed"}
	default:
		a = s.overHTTP(req)
	}
	took := time.Since(start)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.logEnd(id, func(c *Call) { c.Took, c.Status, c.Error, c.Response = took, a.status, a.code, string(a.body) })
	return a, took
}

// signedRequest makes the HTTP form of a delivery; nil when target is no address.
func (s *Server) signedRequest(ctx context.Context, target string, d delivery, at time.Time) (*http.Request, []byte) {
	path, contentType := "/slack/interactions", "application/x-www-form-urlencoded"
	var body []byte
	switch d.kind {
	case "slash_commands":
		path = "/slack/commands"
		form := url.Values{}
		for key, value := range d.payload {
			form.Set(key, str(value))
		}
		body = []byte(form.Encode())
	case "interactive":
		body = []byte(url.Values{"payload": {string(encode(d.payload))}}.Encode())
	case "events_api":
		path, contentType = "/slack/events", "application/json"
		body = encode(d.payload)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(target, "/")+path, bytes.NewReader(body))
	if err != nil {
		return nil, body
	}
	stamp := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(s.ws.secret))
	_, _ = fmt.Fprintf(mac, "v0:%s:%s", stamp, body)
	req.Header.Set("Content-Type", contentType)
	req.Header.Set("User-Agent", "Slackbot 1.0 (+https://api.slack.com/robots)")
	req.Header.Set("Accept", "application/json,*/*")
	req.Header.Set("X-Slack-Request-Timestamp", stamp)
	req.Header.Set("X-Slack-Signature", "v0="+hex.EncodeToString(mac.Sum(nil)))
	if d.attempt > 0 {
		req.Header.Set("X-Slack-Retry-Num", strconv.Itoa(d.attempt))
		req.Header.Set("X-Slack-Retry-Reason", d.reason)
	}
	return req, body
}

func (s *Server) overHTTP(req *http.Request) ack {
	resp, err := s.client.Do(req)
	if err != nil {
		if errors.Is(err, context.DeadlineExceeded) {
			return ack{code: codeTimeout, reason: "http_timeout"}
		}
		return ack{code: codeUnreachable, reason: "connection_failed"}
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody))
	a := ack{
		body: body, status: resp.StatusCode, json: strings.HasPrefix(resp.Header.Get("Content-Type"), "application/json"),
		noRetry: resp.Header.Get("X-Slack-No-Retry") == "1",
	}
	switch {
	case err != nil:
		a.code, a.reason = codeTimeout, "http_timeout"
	case resp.StatusCode >= http.StatusInternalServerError:
		a.code, a.reason = codeServerError, "http_error"
	case resp.StatusCode != http.StatusOK:
		a.code, a.reason = codeClientError, "http_error"
	}
	return a
}

// event tells the app that something happened, again and again until it listens, when it subscribes to that type and
// its bot is in the conversation (nil for none). It must be called with mu held.
func (s *Server) event(kind string, c *conversation, event object) {
	subscribed := false
	for _, e := range s.cfg.Events {
		subscribed = subscribed || e == kind
	}
	if !subscribed || c != nil && !c.has(botUserID) {
		return
	}
	d := newDelivery("events_api", str(event["type"]), false, object{
		"token": verificationToken, "team_id": teamID, "context_team_id": teamID, "context_enterprise_id": nil, "api_app_id": s.cfg.AppID,
		"event": event, "type": "event_callback", "event_id": "Ev0" + strings.ToUpper(random(9)), "event_time": s.ws.now().Unix(),
		"authorizations": []object{{
			"enterprise_id": nil, "team_id": teamID, "user_id": botUserID, "is_bot": true, "is_enterprise_install": false,
		}},
		"is_ext_shared_channel": c != nil && c.Shared, "event_context": "4-" + random(40),
	})
	if c != nil {
		d.channel = c.ID
	}
	d.user = str(event["user"])
	s.background(func(ctx context.Context) { s.persist(ctx, d) })
}

// verificationToken is the deprecated way for apps to know Slack; it is sent, as Slack does.
const verificationToken = "simulatedverificationtoken"

// persist delivers an event until it is acknowledged or the retries are used up.
func (s *Server) persist(ctx context.Context, d delivery) {
	for {
		a, _ := s.deliver(ctx, d)
		if a.code == "" || a.noRetry || d.attempt == len(s.cfg.EventRetries) {
			return
		}
		timer := time.NewTimer(s.cfg.EventRetries[d.attempt])
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return
		}
		d.attempt++
		d.reason = a.reason
	}
}

// announce tells the app about a message, as message.channels and so on, and as app_mention.
func (s *Server) announce(c *conversation, m *Message) {
	if m.Ephemeral {
		return
	}
	fields := s.wireMessage(m, metadataAll)
	fields["event_ts"] = m.TS
	s.messageEvent(c, fields)
	if strings.Contains(m.Text, "<@"+botUserID) && m.User != botUserID {
		mention := s.wireMessage(m, metadataAll)
		mention["type"], mention["channel"], mention["event_ts"] = "app_mention", c.ID, m.TS
		s.event("app_mention", c, mention)
	}
}

// messageEvent delivers an event about a message, under the name that its kind of conversation has.
func (s *Server) messageEvent(c *conversation, fields object) {
	kind, channelType := "message.channels", "channel"
	switch {
	case c.Kind == kindDirect:
		kind, channelType = "message.im", "im"
	case c.Kind == kindGroup:
		kind, channelType = "message.mpim", "mpim"
	case c.Private:
		kind, channelType = "message.groups", "group"
	}
	fields["channel"], fields["channel_type"] = c.ID, channelType
	s.event(kind, c, fields)
}

// announceDeleted tells the app that a message is going.
func (s *Server) announceDeleted(c *conversation, m *Message) {
	if m.Ephemeral || m.Subtype == "tombstone" {
		return
	}
	ts := s.ws.nextTS()
	s.messageEvent(c, object{
		"type": "message", "subtype": "message_deleted", "hidden": true, "deleted_ts": m.TS, "ts": ts, "event_ts": ts,
		"previous_message": s.wireMessage(m, metadataAll),
	})
}

// announceChanged tells the app that a message says something else than before.
func (s *Server) announceChanged(c *conversation, m *Message, before object) {
	ts := s.ws.nextTS()
	s.messageEvent(c, object{
		"type": "message", "subtype": "message_changed", "hidden": true, "ts": ts, "event_ts": ts,
		"message": s.wireMessage(m, metadataAll), "previous_message": before,
	})
}

// VerifyURL sends the challenge with which Slack checks an app's address for events, and returns an error when the app does
// not echo it. It needs HTTP delivery.
func (s *Server) VerifyURL(ctx context.Context) error {
	if s.DeliverTo() == "" {
		return errors.New("verify address: deliveries go over Socket Mode")
	}
	challenge := random(48)
	a, _ := s.deliver(ctx, newDelivery("events_api", "url_verification", false, object{
		"type": "url_verification", "token": verificationToken, "challenge": challenge,
	}))
	var echoed struct{ Challenge string }
	if value, err := decode(a.body); err == nil {
		echoed.Challenge = str(obj(value)["challenge"])
	}
	if a.code != "" || strings.TrimSpace(string(a.body)) != challenge && echoed.Challenge != challenge {
		return fmt.Errorf("verify address: the app did not echo the challenge: status %d %s", a.status, a.code)
	}
	return nil
}

// Redeliver delivers an envelope again (Call.Envelope), with the same ids, as Slack does when an acknowledgement was lost.
// What rides on the new acknowledgement is dropped. It returns an error for an unknown envelope, and a *Failure when the app
// does not acknowledge it.
func (s *Server) Redeliver(ctx context.Context, envelope string) error {
	s.mu.Lock()
	d, ok := s.wire.sent[envelope]
	s.mu.Unlock()
	if !ok {
		return Error("envelope_not_found")
	}
	d.attempt++
	d.reason = "http_timeout"
	if a, _ := s.deliver(ctx, d); a.code != "" {
		return &Failure{Text: "not acknowledged: " + a.code, Code: a.code}
	}
	return nil
}
