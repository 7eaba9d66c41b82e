package web

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"journeybot/slacksim"
)

// logLength is how many entries of the protocol log the page shows; the simulator keeps more.
const logLength = 300

// entry is one line of the protocol log, with what unfolds below it.
type entry struct {
	slacksim.Call

	Key, Clock, Took  string
	Arrow             string
	Failed, UnderWay  bool
	Request, Response string
	Curl              string
	Words             string // what the filter searches
}

// log answers with the entries that are new or have changed since ?after, as HTML.
func (p *page) log(w http.ResponseWriter, r *http.Request) {
	after, _ := strconv.Atoi(r.URL.Query().Get("after")) // nonsense reads as everything
	calls, next := p.sim.CallsSince(after)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	var out bytes.Buffer
	if err := p.templates.ExecuteTemplate(&out, "log-list", screen{Log: p.entries(calls), LogNext: next}); err != nil {
		p.fail(w, err)
		return
	}
	_, _ = out.WriteTo(w) // the browser has gone
}

// entries prepares calls, newest first.
func (p *page) entries(calls []slacksim.Call) []entry {
	calls = calls[max(0, len(calls)-logLength):]
	out := make([]entry, 0, len(calls))
	for _, call := range slices.Backward(calls) {
		underWay := call.Took == 0 && call.Status == 0 && call.Error == "" && call.Direction != slacksim.OnWire
		out = append(out, entry{
			Call: call, Key: "call-" + strconv.Itoa(call.ID), Clock: call.Time.Format("15:04:05.000"), Took: tookName(call.Took),
			Arrow:  map[slacksim.Direction]string{slacksim.FromApp: "app → Slack", slacksim.ToApp: "Slack → app"}[call.Direction],
			Failed: call.Error != "" || call.Status >= 400 || call.Fault != "", UnderWay: underWay,
			Request: pretty(call.Request), Response: pretty(call.Response), Curl: curl(p.sim.URL(), call),
			Words: strings.ToLower(strings.Join([]string{
				call.Method, call.Channel, call.User, call.Error, call.Warning, call.Fault, call.Transport, call.Request, call.Response,
			}, " ")),
		})
	}
	return out
}

func tookName(took time.Duration) string {
	if took == 0 {
		return ""
	}
	return strconv.FormatFloat(float64(took)/float64(time.Millisecond), 'f', 1, 64) + " ms"
}

// pretty indents JSON, and in a form every value that is JSON.
func pretty(body string) string {
	if indented, ok := indent(body); ok {
		return indented
	}
	form, err := url.ParseQuery(body)
	if err != nil || !strings.Contains(body, "=") || strings.ContainsAny(body, "\n{") {
		return body
	}
	var out strings.Builder
	for _, name := range sortedKeys(form) {
		for _, value := range form[name] {
			if indented, ok := indent(value); ok && strings.ContainsAny(value, "{[") {
				value = indented
			}
			out.WriteString(name + " = " + value + "\n")
		}
	}
	return strings.TrimSuffix(out.String(), "\n")
}

func indent(body string) (string, bool) {
	var out bytes.Buffer
	if json.Indent(&out, []byte(body), "", "  ") != nil {
		return "", false
	}
	return out.String(), true
}

func sortedKeys(form url.Values) []string {
	names := make([]string, 0, len(form))
	for name := range form {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// secrets are how the log shortens the tokens, and the variables that stand for them in a command line.
var secrets = strings.NewReplacer("xoxb-…", `'"$SLACK_BOT_TOKEN"'`, "xapp-…", `'"$SLACK_APP_TOKEN"'`)

// curl is the call as a command line that runs when the variables of its tokens are set; "" for what was no HTTP request.
// A call of the app goes to base, a delivery to the app. What was uploaded is read from a file called FILE.
func curl(base string, call slacksim.Call) string {
	method, address, isRequest := strings.Cut(call.URL, " ")
	if !isRequest || call.Transport != "http" {
		return ""
	}
	if strings.HasPrefix(address, "/") {
		address = base + address
	}
	parts := []string{"curl -X " + method}
	for _, name := range slices.Sorted(maps.Keys(call.Header)) {
		if name == "Accept-Encoding" {
			continue // curl would show what it cannot read
		}
		for _, value := range call.Header[name] {
			parts = append(parts, "-H "+quote(name+": "+value))
		}
	}
	switch {
	case call.Method == "upload":
		parts = append(parts, "--data-binary @FILE")
	case call.Request != "":
		parts = append(parts, "--data-raw "+quote(call.Request))
	}
	return strings.Join(append(parts, quote(address)), " \\\n  ")
}

// quote makes one word of a shell command, in which a shortened token is a variable.
func quote(text string) string {
	return secrets.Replace("'" + strings.ReplaceAll(text, "'", `'\''`) + "'")
}
