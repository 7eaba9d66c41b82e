package bot

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/slack-go/slack"
	"github.com/stretchr/testify/require"

	"journeybot/config"
)

const testToken = "xoxb-1-secret"

// slackAnswering is a Slack that answers every call with handle.
func slackAnswering(tb testing.TB, handle http.HandlerFunc) (*slack.Client, *slackMetrics) {
	tb.Helper()
	server := httptest.NewServer(handle)
	tb.Cleanup(server.Close)
	return slackAt(server.URL)
}

func slackAt(url string) (*slack.Client, *slackMetrics) {
	m := newSlackMetrics(prometheus.NewRegistry())
	return newSlackClient(config.Env{SlackBotToken: config.NewSecret(testToken), SlackAPIURL: url + "/api/"}, m), m
}

func TestVerdictOnEveryKindOfAnswer(t *testing.T) {
	t.Parallel()
	answer := func(status int, header http.Header, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			for name, values := range header {
				w.Header()[name] = values
			}
			w.WriteHeader(status)
			_, _ = fmt.Fprint(w, body)
		}
	}
	refuse := func(code string) http.HandlerFunc { return answer(200, nil, `{"ok":false,"error":"`+code+`"}`) }
	for name, c := range map[string]struct {
		handle http.HandlerFunc
		fate   fate
		code   string
		after  time.Duration
		result callResult
	}{
		"429":                       {answer(429, http.Header{"Retry-After": {"30"}}, ""), fateLimited, "ratelimited", 30 * time.Second, resultLimited},
		"429 without Retry-After":   {answer(429, nil, ""), fateLimited, "ratelimited", time.Second, resultLimited},
		"429 with a fraction":       {answer(429, http.Header{"Retry-After": {"1.5"}}, ""), fateLimited, "ratelimited", 2 * time.Second, resultLimited},
		"429 for two hours":         {answer(429, http.Header{"Retry-After": {"7200"}}, ""), fateLimited, "ratelimited", 2 * time.Hour, resultLimited},
		"429 with a date":           {answer(429, http.Header{"Retry-After": {"Tue, 24 Nov 2026"}}, ""), fateLimited, "ratelimited", time.Second, resultLimited},
		"ratelimited in the body":   {refuse("ratelimited"), fateLimited, "ratelimited", time.Second, resultLimited},
		"500":                       {answer(500, nil, "<html>"), fateUnsure, "Internal Server Error", 0, resultUnavailable},
		"503":                       {answer(503, nil, ""), fateUnsure, "Service Unavailable", 0, resultUnavailable},
		"a proxy's page":            {answer(200, nil, "<html>token="+testToken), fateUnsure, "unreadable answer", 0, resultUnavailable},
		"internal_error":            {refuse("internal_error"), fateUnsure, "internal_error", 0, resultRefused},
		"channel_not_found":         {refuse("channel_not_found"), fateUnreachable, "channel_not_found", 0, resultRefused},
		"not_in_channel":            {refuse("not_in_channel"), fateUnreachable, "not_in_channel", 0, resultRefused},
		"is_archived":               {refuse("is_archived"), fateUnreachable, "is_archived", 0, resultRefused},
		"restricted_action":         {refuse("restricted_action"), fateUnreachable, "restricted_action", 0, resultRefused},
		"invalid_blocks":            {refuse("invalid_blocks"), fateRefused, "invalid_blocks", 0, resultRefused},
		"msg_too_long":              {refuse("msg_too_long"), fateRefused, "msg_too_long", 0, resultRefused},
		"message_not_found":         {refuse("message_not_found"), fateGone, "message_not_found", 0, resultRefused},
		"token_revoked":             {refuse("token_revoked"), fateDenied, "token_revoked", 0, resultRefused},
		"account_inactive":          {refuse("account_inactive"), fateDenied, "account_inactive", 0, resultRefused},
		"a code nobody knows":       {refuse("moon_in_retrograde"), fateUnknown, "moon_in_retrograde", 0, resultRefused},
		"a refusal without a code":  {answer(200, nil, `{"ok":false}`), fateUnknown, "unknown_error", 0, resultRefused},
		"details of another shape":  {answer(200, nil, `{"ok":false,"error":"invalid_blocks","errors":[{"surprise":1}]}`), fateRefused, "invalid_blocks", 0, resultRefused},
		"details that are no list":  {answer(200, nil, `{"ok":false,"error":"invalid_blocks","errors":{}}`), fateRefused, "invalid_blocks", 0, resultRefused},
		"yes, but without a ts":     {answer(200, nil, `{"ok":true}`), fateUnknown, "", 0, resultOK},
		"a redirect to who knows":   {answer(302, http.Header{"Location": {"http://elsewhere.example/"}}, ""), fateUnsure, "Found", 0, resultUnavailable},
		"cut after being accepted":  {cut, fateUnsure, "connection lost", 0, resultNoAnswer},
		"cut in the middle of a ts": {cutInTheMiddle, fateUnsure, "connection lost", 0, resultNoAnswer},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api, m := slackAnswering(t, c.handle)
			_, _, err := api.PostMessageContext(t.Context(), "C1", slack.MsgOptionText("hello", false))
			require.InDelta(t, 1, testutil.ToFloat64(m.calls.WithLabelValues("chat.postMessage", string(c.result))), 0)
			if c.result == resultOK {
				require.NoError(t, err)
				return
			}
			require.Error(t, err)
			v := judge(err)
			require.Equal(t, c.fate, v.fate)
			require.Equal(t, c.code, v.code)
			require.Equal(t, c.after, v.after)
			require.NotContains(t, err.Error()+strings.Join(v.detail, ""), testToken)
		})
	}
}

func cut(w http.ResponseWriter, _ *http.Request) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err == nil {
		_ = conn.Close()
	}
}

func cutInTheMiddle(w http.ResponseWriter, _ *http.Request) {
	conn, buf, err := http.NewResponseController(w).Hijack()
	if err == nil {
		_, _ = buf.WriteString("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"ok\":true,\"ts\":\"17")
		_ = buf.Flush()
		_ = conn.Close()
	}
}

func TestACallThatNeverReachedSlackIsCertain(t *testing.T) {
	t.Parallel()
	closed, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // closed at once
	require.NoError(t, err)
	require.NoError(t, closed.Close())
	api, _ := slackAt("http://" + closed.Addr().String())
	_, _, err = api.PostMessageContext(t.Context(), "C1", slack.MsgOptionText("hello", false))
	require.Equal(t, verdict{fate: fateLater, code: "Slack cannot be reached"}, judge(err))
	require.NotContains(t, err.Error(), closed.Addr().String())
}

func TestACallThatWasStoppedIsUnsure(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	api, _ := slackAnswering(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		cancel()
		<-r.Context().Done()
	})
	_, _, err := api.PostMessageContext(ctx, "C1", slack.MsgOptionText("hello", false))
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, fateUnsure, judge(err).fate)
}

func TestDetailsOfARefusalAreKept(t *testing.T) {
	t.Parallel()
	api, _ := slackAnswering(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprint(w, `{"ok":false,"error":"invalid_blocks","errors":["must be one of: button [json-pointer:/blocks/0/type]"],`+
			`"response_metadata":{"messages":["[ERROR] bad"]},"needed":"chat:write"}`)
	})
	_, _, err := api.PostMessageContext(t.Context(), "C1", slack.MsgOptionText("hello", false))
	detail := strings.Join(judge(err).detail, " ")
	require.Contains(t, detail, "/blocks/0/type")
	require.Contains(t, detail, "[ERROR] bad")
	require.Contains(t, detail, "chat:write")
}

func TestLabelsOfMetricsStayBounded(t *testing.T) {
	t.Parallel()
	require.Equal(t, "not_in_channel", verdict{code: "not_in_channel"}.known())
	require.Equal(t, "other", verdict{code: "moon_in_retrograde"}.known())
	m := newSlackMetrics(prometheus.NewRegistry())
	m.observe("chat.somethingNew", resultOK, time.Second)
	require.InDelta(t, 1, testutil.ToFloat64(m.calls.WithLabelValues("other", "ok")), 0)
}

func TestBackoffGrowsAndStopsGrowing(t *testing.T) {
	t.Parallel()
	for n, most := range []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 10 * time.Second, 10 * time.Second} {
		got := backoff(n, 10*time.Second)
		require.GreaterOrEqual(t, got, most/2)
		require.LessOrEqual(t, got, most+1)
	}
	require.LessOrEqual(t, backoff(1000, time.Minute), time.Minute+1)
}
