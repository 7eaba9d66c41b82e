package handlers

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The vector that Slack publishes in "Verifying requests from Slack".
const (
	vectorSecret = "8f742231b10e8888abcd99yyyzzz85a5"
	vectorBody   = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
	vectorStamp  = "1531420618"
	vectorSign   = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
)

func TestSignatureOfSlacksPublishedVector(t *testing.T) {
	t.Parallel()
	header := http.Header{"X-Slack-Request-Timestamp": {vectorStamp}, "X-Slack-Signature": {vectorSign}}
	sent := time.Unix(1531420618, 0)
	require.True(t, authentic(vectorSecret, header, []byte(vectorBody), sent))
	require.True(t, authentic(vectorSecret, header, []byte(vectorBody), sent.Add(5*time.Minute)))
	require.False(t, authentic(vectorSecret, header, []byte(vectorBody), sent.Add(5*time.Minute+time.Second)), "too old")
	require.False(t, authentic(vectorSecret, header, []byte(vectorBody), sent.Add(-5*time.Minute-time.Second)), "from the future")
	require.False(t, authentic(vectorSecret, header, []byte(vectorBody+"&"), sent), "another body")
	require.False(t, authentic("other", header, []byte(vectorBody), sent), "another secret")
	require.False(t, authentic("", header, []byte(vectorBody), sent), "no secret set")
	require.False(t, authentic(vectorSecret, http.Header{}, []byte(vectorBody), sent), "no headers")
}

func sign(secret, body string, at time.Time) http.Header {
	stamp := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte("v0:" + stamp + ":" + body))
	return http.Header{
		"X-Slack-Request-Timestamp": {stamp}, "X-Slack-Signature": {"v0=" + hex.EncodeToString(mac.Sum(nil))},
		"Content-Type": {"application/x-www-form-urlencoded"},
	}
}

func TestUnsignedRequestsLearnNothing(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	NewSlack(nil, nil, Config{SigningSecret: "secret"}).Routes(mux)
	large := strings.Repeat("x", maxSlackBody+1)
	for name, c := range map[string]struct {
		body   string
		header http.Header
		status int
	}{
		"no signature":  {"text=help", http.Header{}, http.StatusUnauthorized},
		"wrong secret":  {"text=help", sign("other", "text=help", time.Now()), http.StatusUnauthorized},
		"old":           {"text=help", sign("secret", "text=help", time.Now().Add(-6*time.Minute)), http.StatusUnauthorized},
		"body changed":  {"text=alerts", sign("secret", "text=help", time.Now()), http.StatusUnauthorized},
		"body too long": {large, sign("secret", large, time.Now()), http.StatusRequestEntityTooLarge},
	} {
		for _, path := range []string{"/slack/commands", "/slack/interactions", "/slack/events"} {
			r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(c.body))
			r.Header = c.header
			w := httptest.NewRecorder()
			mux.ServeHTTP(w, r)
			require.Equal(t, c.status, w.Code, name+path)
			if c.status == http.StatusUnauthorized {
				require.Equal(t, "unauthorized\n", w.Body.String(), name+path)
			}
		}
	}
}

func TestURLVerificationIsAnswered(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	NewSlack(nil, nil, Config{SigningSecret: "secret"}).Routes(mux)
	body := `{"type":"url_verification","token":"t","challenge":"c0ffee"}`
	r := httptest.NewRequest(http.MethodPost, "/slack/events", strings.NewReader(body))
	r.Header = sign("secret", body, time.Now())
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, r)
	require.Equal(t, "c0ffee", w.Body.String())
}
