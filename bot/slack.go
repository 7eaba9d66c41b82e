package bot

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"journeybot/config"
)

// callTimeout bounds one call to Slack. It is shorter than a lane's lease, so that a call never outlives the right to make it.
const callTimeout = 5 * time.Second

// maxAnswer is far above any answer that is asked for: a page of 999 channels is under 2 MB.
const maxAnswer = 16 << 20

// newSlackClient returns a client for env's workspace. All its calls are bounded in time, counted, and free of secrets in their errors.
func newSlackClient(env config.Env, m *slackMetrics) *slack.Client {
	options := []slack.Option{slack.OptionHTTPClient(&slackCalls{
		client:  &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
		metrics: m,
	})}
	if env.SlackAPIURL != "" {
		options = append(options, slack.OptionAPIURL(env.SlackAPIURL))
	}
	if !env.SlackAppToken.IsZero() {
		options = append(options, slack.OptionAppLevelToken(env.SlackAppToken.Reveal()))
	}
	return slack.New(env.SlackBotToken.Reveal(), options...)
}

// slackCalls makes the HTTP calls of slack-go and brings their answers into the shape that it reads right: it takes a
// refusal without an error code for success, and an unknown shape of details for a broken answer.
type slackCalls struct {
	client  *http.Client
	metrics *slackMetrics
}

// Do makes one call and reads its whole answer within callTimeout.
func (c *slackCalls) Do(req *http.Request) (*http.Response, error) {
	method := methodOf(req.URL)
	start := time.Now()
	resp, result, err := c.call(req, method)
	c.metrics.observe(method, result, time.Since(start))
	return resp, err
}

// upload stands for the method of a call that gives Slack a file: its address is a ticket, which nobody else may read.
const upload = "upload"

func methodOf(address *url.URL) string {
	if !strings.HasSuffix(path.Dir(address.Path), "/api") {
		return upload
	}
	return path.Base(address.Path)
}

func (c *slackCalls) call(req *http.Request, method string) (*http.Response, callResult, error) {
	ctx, cancel := context.WithTimeout(req.Context(), callTimeout)
	defer cancel()
	resp, err := c.client.Do(req.WithContext(ctx)) //nolint:gosec // the address is SLACK_API_URL's, set by the operator
	if err != nil {
		return nil, resultNoAnswer, noAnswer(method, err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return nil, resultNoAnswer, noAnswer(method, err)
	}
	switch {
	case resp.StatusCode == http.StatusTooManyRequests:
		resp.Header.Set("Retry-After", strconv.Itoa(retryAfter(resp.Header)))
		return answered(resp, body), resultLimited, nil
	case resp.StatusCode != http.StatusOK:
		return answered(resp, body), resultUnavailable, nil
	}
	if method == upload {
		return answered(resp, body), resultOK, nil // a sentence, not JSON
	}
	var head struct {
		OK    bool
		Error string
	}
	if json.Unmarshal(body, &head) != nil {
		return nil, resultUnavailable, &callError{method: method, reason: "unreadable answer", sent: true}
	}
	if head.OK {
		return answered(resp, body), resultOK, nil
	}
	if head.Error == "ratelimited" || head.Error == "rate_limited" {
		resp.StatusCode = http.StatusTooManyRequests
		resp.Header.Set("Retry-After", strconv.Itoa(retryAfter(resp.Header)))
		return answered(resp, body), resultLimited, nil
	}
	return answered(resp, refusal(body)), resultRefused, nil
}

func answered(resp *http.Response, body []byte) *http.Response {
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp
}

// retryAfter is the header in whole seconds, at least one and at most a day.
func retryAfter(h http.Header) int {
	seconds, err := strconv.ParseFloat(h.Get("Retry-After"), 64)
	if err != nil || !(seconds >= 1) {
		return 1
	}
	return int(min(seconds, 86400) + 0.999)
}

// refusal keeps of an ok:false answer what slack-go can read, with every detail as text.
func refusal(body []byte) []byte {
	var in struct {
		Error, Needed, Provided string
		Errors                  []json.RawMessage
		Metadata                struct {
			Messages []string `json:"messages"`
		} `json:"response_metadata"`
	}
	_ = json.Unmarshal(body, &in) // fields of another shape stay empty
	if in.Error == "" {
		in.Error = "unknown_error"
	}
	details := in.Metadata.Messages
	for _, raw := range in.Errors {
		details = append(details, string(raw))
	}
	out, err := json.Marshal(map[string]any{
		"ok": false, "error": in.Error, "needed": in.Needed, "provided": in.Provided,
		"response_metadata": map[string]any{"messages": details},
	})
	if err != nil {
		return []byte(`{"ok":false,"error":"unknown_error"}`)
	}
	return out
}

// callError is a call without an answer. Its text carries no address: Slack's hold tickets and tokens.
type callError struct {
	method string
	reason string
	sent   bool // Slack may have taken the call
	cause  error
}

// Error names the method and the reason.
func (e *callError) Error() string { return e.method + ": " + e.reason }

// Unwrap returns a context's error, when one ended the call.
func (e *callError) Unwrap() error { return e.cause }

func noAnswer(method string, err error) error {
	e := &callError{method: method, reason: "connection lost", sent: true}
	var dial *net.OpError
	switch {
	case errors.Is(err, context.Canceled):
		e.reason, e.cause = "stopped", context.Canceled
	case errors.Is(err, context.DeadlineExceeded):
		e.reason, e.cause = "no answer in time", context.DeadlineExceeded
	}
	if errors.As(err, &dial) && dial.Op == "dial" {
		e.reason, e.sent = "Slack cannot be reached", false
	}
	return e
}

// whoami is the bot as Slack knows it.
type whoami struct{ UserID, BotID, Name, Team string }

func askWhoami(ctx context.Context, api *slack.Client) (whoami, error) {
	me, err := api.AuthTestContext(ctx)
	if err != nil {
		return whoami{}, err
	}
	return whoami{UserID: me.UserID, BotID: me.BotID, Name: me.User, Team: me.Team}, nil
}
