package handlers

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
)

const (
	maxSlackBody = 1 << 20
	maxClockSkew = 5 * time.Minute
)

// Routes serves Slack's HTTP mode: /slack/commands, /slack/interactions and /slack/events. A request that is not signed
// with the signing secret within five minutes gets 401 and no reason.
func (s *Slack) Routes(mux *http.ServeMux) {
	mux.Handle("POST /slack/commands", s.signed(s.httpCommand))
	mux.Handle("POST /slack/interactions", s.signed(s.httpInteraction))
	mux.Handle("POST /slack/events", s.signed(s.httpEvent))
}

func (s *Slack) signed(next http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxSlackBody))
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			http.Error(w, "body too large", http.StatusRequestEntityTooLarge)
			return
		}
		if err != nil || !authentic(s.cfg.SigningSecret, r.Header, body, s.cfg.Now()) {
			http.Error(w, "unauthorized", http.StatusUnauthorized)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		next(w, r)
	})
}

// authentic checks Slack's v0 signature: HMAC-SHA256 over "v0:timestamp:raw body".
func authentic(secret string, header http.Header, body []byte, now time.Time) bool {
	stamp := header.Get("X-Slack-Request-Timestamp")
	unix, err := strconv.ParseInt(stamp, 10, 64)
	if secret == "" || err != nil || now.Sub(time.Unix(unix, 0)).Abs() > maxClockSkew {
		return false
	}
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte("v0:" + stamp + ":"))
	mac.Write(body)
	want := "v0=" + hex.EncodeToString(mac.Sum(nil))
	return hmac.Equal([]byte(want), []byte(header.Get("X-Slack-Signature")))
}

func (s *Slack) httpCommand(w http.ResponseWriter, r *http.Request) {
	cmd, err := slack.SlashCommandParse(r)
	if err != nil {
		http.Error(w, "malformed command", http.StatusBadRequest)
		return
	}
	s.Command(cmd, httpAck(w))
}

func (s *Slack) httpInteraction(w http.ResponseWriter, r *http.Request) {
	in, err := slack.InteractionCallbackParse(r)
	if err != nil {
		http.Error(w, "malformed interaction", http.StatusBadRequest)
		return
	}
	s.interaction(in, httpAck(w), httpAnswerView(w))
}

// httpEvent answers Slack's check of the address; events are acknowledged and taken.
func (s *Slack) httpEvent(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var event struct{ Type, Challenge string }
	if err != nil || json.Unmarshal(body, &event) != nil {
		http.Error(w, "malformed event", http.StatusBadRequest)
		return
	}
	if event.Type == "url_verification" {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = io.WriteString(w, event.Challenge)
		return
	}
	if told, err := slackevents.ParseEvent(body, slackevents.OptionNoVerifyToken()); err == nil {
		s.Event(told)
	}
}

func (s *Slack) interaction(in slack.InteractionCallback, send ack, answer answerView) {
	switch in.Type {
	case slack.InteractionTypeBlockActions:
		s.Click(in, send)
		return
	case slack.InteractionTypeMessageAction, slack.InteractionTypeShortcut:
		s.Shortcut(in, send)
		return
	case slack.InteractionTypeViewSubmission:
		s.Submit(in, answer)
		return
	}
	if err := send(nil); err != nil {
		s.cfg.Logger.Warn("acknowledgement not sent", "command", string(in.Type), "err", err)
	}
}

func httpAck(w http.ResponseWriter) ack {
	return func(payload *slack.WebhookMessage) error {
		if payload == nil {
			w.WriteHeader(http.StatusOK)
			return nil
		}
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		if err := json.NewEncoder(w).Encode(payload); err != nil {
			return err
		}
		return http.NewResponseController(w).Flush()
	}
}

func httpAnswerView(w http.ResponseWriter) answerView {
	return func(answer *slack.ViewSubmissionResponse) error {
		if answer == nil {
			w.WriteHeader(http.StatusOK)
			return nil
		}
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		return json.NewEncoder(w).Encode(answer)
	}
}
