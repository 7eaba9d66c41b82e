package web_test

import (
	"bufio"
	"html"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// ask sends a request to the page as a browser or an attacker would.
func (w *world) ask(method, path, body string, header map[string]string) (*http.Response, string) {
	w.tb.Helper()
	r, err := http.NewRequest(method, w.url+path, strings.NewReader(body))
	require.NoError(w.tb, err)
	for name, value := range header {
		r.Header.Set(name, value)
	}
	if host := header["Host"]; host != "" {
		r.Host = host
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(r)
	require.NoError(w.tb, err)
	defer func() { require.NoError(w.tb, res.Body.Close()) }()
	answer, err := io.ReadAll(res.Body)
	require.NoError(w.tb, err)
	return res, string(answer)
}

func TestThePageAnswersOnlyToItself(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	send := `{"channel":"general","text":"hello"}`
	for name, test := range map[string]struct {
		method, path string
		header       map[string]string
		want         int
	}{
		"the page":                    {http.MethodGet, "/client/maria/general", nil, http.StatusOK},
		"by the name localhost":       {http.MethodGet, "/client/maria/general", map[string]string{"Host": "localhost:80"}, http.StatusOK},
		"a rebound name":              {http.MethodGet, "/client/maria/general", map[string]string{"Host": "evil.example"}, http.StatusForbidden},
		"a rebound name, an action":   {http.MethodPost, "/page/as/maria/send", map[string]string{"Host": "evil.example"}, http.StatusForbidden},
		"its own action":              {http.MethodPost, "/page/as/maria/send", map[string]string{"Origin": w.url, "Sec-Fetch-Site": "same-origin"}, http.StatusOK},
		"an action of another site":   {http.MethodPost, "/page/as/maria/send", map[string]string{"Origin": "https://evil.example"}, http.StatusForbidden},
		"an action of another port":   {http.MethodPost, "/page/as/maria/send", map[string]string{"Origin": "http://127.0.0.1:1"}, http.StatusForbidden},
		"an action without an origin": {http.MethodPost, "/page/as/maria/send", map[string]string{"Sec-Fetch-Site": "cross-site"}, http.StatusForbidden},
		"a sandboxed frame":           {http.MethodPost, "/page/as/maria/send", map[string]string{"Origin": "null"}, http.StatusForbidden},
		"events for another site":     {http.MethodGet, "/page/as/maria/events", map[string]string{"Origin": "https://evil.example"}, http.StatusForbidden},
		"faults for another site":     {http.MethodPost, "/page/faults", map[string]string{"Origin": "https://evil.example"}, http.StatusForbidden},
		"nobody":                      {http.MethodPost, "/page/as/nobody/send", nil, http.StatusNotFound},
		"nobody's page":               {http.MethodGet, "/client/nobody", nil, http.StatusNotFound},
		"no such file":                {http.MethodGet, "/page/files/F0", nil, http.StatusNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			res, body := w.ask(test.method, test.path, send, test.header)
			require.Equal(t, test.want, res.StatusCode, body)
		})
	}
}

func TestThePageRunsNothingInline(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.acme()
	res, body := w.ask(http.MethodGet, "/client/maria/cs-alerts", "", nil)
	policy := res.Header.Get("Content-Security-Policy")
	require.Contains(t, policy, "default-src 'none'")
	require.Contains(t, policy, "script-src 'self'")
	require.NotContains(t, policy, "unsafe")
	require.NotContains(t, body, " style=")
	require.NotContains(t, body, "<style")
	for _, rest := range strings.Split(body, "<script")[1:] {
		tag, _, _ := strings.Cut(rest, ">")
		require.Contains(t, tag, "src=", "no inline script")
	}
	require.NotContains(t, body, "ZgotmplZ", "no value ended up where the template engine distrusts it")
}

func TestStartLeadsToTheChannelWithNews(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.acme()
	res, _ := w.ask(http.MethodGet, "/", "", nil)
	require.Equal(t, "/client/maria/cs-alerts", res.Header.Get("Location"))
	res, _ = w.ask(http.MethodGet, "/client/ben", "", nil)
	require.Equal(t, "/client/ben/cs-alerts", res.Header.Get("Location"))
	res, _ = w.ask(http.MethodGet, "/client/ben/leads-only", "", nil)
	require.Equal(t, "/client/ben", res.Header.Get("Location"), "Ben is not in that private channel")
	_, body := w.ask(http.MethodGet, "/client/maria/leads-only", "", nil)
	require.Contains(t, body, "Nothing has been said")
}

func TestUnreadableRequestsAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for body, want := range map[string]int{
		`{`:                                http.StatusBadRequest,
		`{"channel":"nowhere","text":"x"}`: http.StatusUnprocessableEntity,
		`{"channel":"general","text":"` + strings.Repeat("x", 2<<20) + `"}`:         http.StatusBadRequest,
		`{"channel":"general","text":"/journey acme","thread":"1700000000.000100"}`: http.StatusBadGateway,
	} {
		res, answer := w.ask(http.MethodPost, "/page/as/maria/send", body, nil)
		require.Equal(t, want, res.StatusCode, "%.80s: %s", body, answer)
		require.Contains(t, answer, `"error"`)
	}
}

func TestSignals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	post := func(account, data string) (int, string) {
		res, body := w.ask(http.MethodPost, "/page/signal", `{"signal":{"type":"growth.signal.pql","account":"`+account+`","data":"`+data+`"}}`, nil)
		return res.StatusCode, body
	}
	code, _ := post("acme", `{\"score\": 86}`)
	require.Equal(t, http.StatusOK, code)
	code, body := post("refused", `{}`)
	require.Equal(t, http.StatusBadGateway, code)
	require.Contains(t, body, "account refused")
	for _, bad := range [][2]string{{" ", `{}`}, {"acme", `{`}} {
		code, _ := post(bad[0], bad[1])
		require.Equal(t, http.StatusUnprocessableEntity, code)
	}
	require.Equal(t, 1, w.asked)
}

func TestEventsNameWhatChanged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.url+"/page/as/maria/events", nil)
	require.NoError(t, err)
	res, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer func() { _ = res.Body.Close() }() // closed before when time runs out
	require.Equal(t, "text/event-stream", res.Header.Get("Content-Type"))
	ts := w.acme()
	lines := bufio.NewScanner(res.Body)
	timer := time.AfterFunc(patience, func() { _ = res.Body.Close() })
	defer timer.Stop()
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "data:") {
			require.Contains(t, lines.Text(), `"kind":"posted"`)
			require.Contains(t, lines.Text(), ts)
			return
		}
	}
	require.Fail(t, "no event came")
}

func TestTheLogReadsWell(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	form := url.Values{"token": {w.sim.BotToken()}, "channel": {w.channel("general")}, "text": {"it's here"}, "blocks": {`[{"type":"divider"}]`}}
	res, err := http.PostForm(w.sim.APIURL()+"chat.postMessage", form)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	_, body := w.ask(http.MethodGet, "/page/log?after=0", "", nil)
	require.Contains(t, body, "chat.postMessage")
	require.Contains(t, body, "blocks = [\n  {\n    &#34;type&#34;: &#34;divider&#34;")
	require.Contains(t, body, "text = it&#39;s here")
	require.Contains(t, body, "curl")
	require.NotContains(t, body, w.sim.BotToken(), "tokens are shortened")
}

func TestACopiedCallRuns(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("curl"); err != nil {
		if os.Getenv("CI") == "true" {
			require.FailNow(t, "no curl in CI: install it")
		}
		t.Skip("no curl found: install it to run what the log copies")
	}
	w := newWorld(t)
	header := w.call("chat.postMessage", map[string]any{"channel": w.channel("general"), "text": "it's by header"})
	require.NotEmpty(t, header["ts"])
	res, err := http.PostForm(w.sim.APIURL()+"chat.postMessage", url.Values{"token": {w.sim.BotToken()}, "channel": {w.channel("general")}, "text": {"it's by form"}})
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	_, err = w.sim.Command(t.Context(), "maria", "general", "/journey acme")
	require.NoError(t, err)
	_, page := w.ask(http.MethodGet, "/page/log?after=0", "", nil)
	for _, copied := range regexp.MustCompile(`data-copy="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		command := exec.CommandContext(t.Context(), "sh", "-c", html.UnescapeString(copied[1])+" --silent --fail")
		command.Env = append(os.Environ(), "SLACK_BOT_TOKEN="+w.sim.BotToken())
		out, err := command.Output()
		require.NoError(t, err, "%s", copied[1])
		require.NotContains(t, string(out), `"ok":false`)
	}
	posts := w.sim.Posts("general")
	require.Len(t, posts, 5, "both messages twice; the answer to the repeated command went to the terminal")
	require.Equal(t, []string{"/journey acme", "/journey acme"}, w.heard())
}
