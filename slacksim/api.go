package slacksim

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"math"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	maxBody  = 5 << 20
	jsonType = "application/json; charset=utf-8"
)

// method is one method of the Web API.
type method struct {
	perMinute int      // calls a minute of its tier; 0 is a special limit or none
	scopes    []string // any of them will do; none means that no scope is needed
	json      bool     // takes JSON bodies
	open      bool     // needs no token
	app       bool     // needs the app-level token, in the header
	run       func(s *Server, r *request) (object, error)
}

// request is one call of the Web API.
type request struct {
	args       map[string]string // JSON values that are no strings stay JSON
	warnings   []string
	unreadable Error // what is wrong with the body as a whole, "" when nothing is
}

// refusal is an answer with ok:false.
type refusal struct {
	code     string
	problems []problem // listed in errors
	messages []string  // listed in response_metadata.messages
	extra    object
	objects  bool // problems are listed as objects, not as texts
}

func (r *refusal) Error() string { return r.code }

// missing refuses a call without a required argument.
func missing(name string) error {
	return &refusal{code: "invalid_arguments", messages: []string{"[ERROR] missing required field: " + name}}
}

func (r *request) str(name string) string { return r.args[name] }

func (r *request) has(name string) bool { _, ok := r.args[name]; return ok }

func (r *request) boolean(name string) bool {
	switch strings.ToLower(r.args[name]) {
	case "1", "true":
		return true
	}
	return false
}

// number returns an argument, or fallback when it is absent; ok is false when it is no positive number.
func (r *request) number(name string, fallback int) (n int, ok bool) {
	text, given := r.args[name]
	if !given || text == "" || text == "0" {
		return fallback, true
	}
	n, err := strconv.Atoi(text)
	return n, err == nil && n > 0
}

// list returns a comma-separated or JSON list.
func (r *request) list(name string) []string {
	text := r.args[name]
	var items []string
	if strings.HasPrefix(text, "[") && json.Unmarshal([]byte(text), &items) == nil {
		return items
	}
	for item := range strings.SplitSeq(text, ",") {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return items
}

// serveAPI answers one call: faults first, then what Slack would say.
func (s *Server) serveAPI(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("method")
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		http.Error(w, "request entity too large", http.StatusRequestEntityTooLarge)
		return
	}
	req, token := parseRequest(r, body, s.methods[name].json)
	s.exchange(w, r, Call{Direction: FromApp, Method: name, Request: string(body)}, req.str("channel"), func() answer {
		return s.answer(name, r, req, token)
	})
}

// answer is what goes back over HTTP.
type answer struct {
	status  int
	header  http.Header
	body    []byte
	channel string // id, for the log
	code    string
	warning string
}

func jsonAnswer(status int, value any) answer {
	return answer{status: status, header: http.Header{"Content-Type": {jsonType}}, body: encode(value)}
}

// exchange lets a call of the app happen, or go wrong as a fault says, and logs it.
func (s *Server) exchange(w http.ResponseWriter, r *http.Request, call Call, channel string, execute func() answer) {
	s.mu.Lock()
	call.Time, call.Transport, call.URL, call.Header = s.cfg.Now(), "http", r.Method+" "+r.URL.RequestURI(), r.Header.Clone()
	call.Channel = s.channelID(channel)
	id := s.logStart(call)
	fault := s.faults.strike(call.Method, call.Channel, s.named)
	s.mu.Unlock()
	start := time.Now()

	a, cut := s.suffer(r.Context(), fault, id, execute)
	s.mu.Lock()
	s.logEnd(id, func(c *Call) {
		c.Took = time.Since(start)
		if fault != nil {
			c.Fault = string(fault.Fault.Kind)
		}
		c.Channel = cmp.Or(a.channel, c.Channel)
		c.Error, c.Warning = a.code, a.warning
		if cut {
			c.Error = cmp.Or(c.Error, "connection_cut")
			return
		}
		c.Status, c.Response = a.status, string(a.body)
	})
	s.mu.Unlock()
	if cut {
		panic(http.ErrAbortHandler)
	}
	for key, values := range a.header {
		w.Header()[key] = values
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body)
}

// suffer executes a call under a fault, which may be nil. cut says that no answer goes out.
func (s *Server) suffer(ctx context.Context, fault *Injected, call int, execute func() answer) (a answer, cut bool) {
	if fault == nil {
		return execute(), false
	}
	f := fault.Fault
	switch f.Kind {
	case FaultRateLimit:
		fault.reach()
		return tooMany(f.RetryAfter), false
	case FaultStatus:
		fault.reach()
		return broken(f.Status), false
	case FaultError:
		fault.reach()
		a := jsonAnswer(http.StatusOK, object{"ok": false, "error": f.Error})
		a.code = f.Error
		return a, false
	case FaultCutEarly:
		fault.reach()
		return answer{}, true
	case FaultHoldEarly:
		fault.reach()
		if !s.held(ctx, fault) {
			return answer{code: "caller_gone"}, true
		}
		return execute(), false
	case FaultLatency:
		a = execute()
		fault.reach()
		select {
		case <-time.After(f.Delay):
		case <-ctx.Done():
		case <-s.life.Done():
		}
		return a, ctx.Err() != nil
	}
	a = execute()
	s.mu.Lock()
	s.logEnd(call, func(c *Call) { c.Fault = string(f.Kind) })
	s.mu.Unlock()
	fault.reach()
	switch f.Kind {
	case FaultStatusLate:
		return broken(f.Status), false
	case FaultHold:
		return a, !s.held(ctx, fault)
	}
	return a, true
}

// held waits until the fault lets go; false when the caller has gone before.
func (s *Server) held(ctx context.Context, fault *Injected) bool {
	select {
	case <-fault.released:
		return ctx.Err() == nil
	case <-ctx.Done():
	case <-s.life.Done():
	}
	return false
}

func tooMany(wait time.Duration) answer {
	a := jsonAnswer(http.StatusTooManyRequests, object{"ok": false, "error": "ratelimited"})
	a.header.Set("Retry-After", strconv.Itoa(max(1, int(math.Ceil(wait.Seconds())))))
	a.code = "ratelimited"
	return a
}

func broken(status int) answer {
	return answer{
		status: status, header: http.Header{"Content-Type": {"text/html; charset=utf-8"}}, code: "http_" + strconv.Itoa(status),
		body: []byte("<html><body>" + http.StatusText(status) + "</body></html>"),
	}
}

// answer executes one call of the Web API.
func (s *Server) answer(name string, r *http.Request, req *request, token string) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, known := s.methods[name]
	if !known {
		a := jsonAnswer(http.StatusOK, object{"ok": false, "error": "unknown_method", "req_method": name})
		a.code = "unknown_method"
		return a
	}
	if req.unreadable != "" {
		return finish(req, nil, req.unreadable)
	}
	if err := s.authorize(m, r, token); err != nil {
		return finish(req, nil, err)
	}
	if wait := s.limits.exceeded(s.cfg, name, m.perMinute, s.channelID(req.str("channel"))); wait > 0 {
		return tooMany(wait)
	}
	reply, err := m.run(s, req)
	a := finish(req, reply, err)
	if !m.open {
		a.header.Set("X-Oauth-Scopes", strings.Join(s.cfg.Scopes, ","))
	}
	if len(m.scopes) > 0 {
		a.header.Set("X-Accepted-Oauth-Scopes", strings.Join(m.scopes, ","))
	}
	if id, ok := reply["channel"].(string); ok {
		a.channel = id
	} else {
		a.channel = s.channelID(req.str("channel"))
	}
	return a
}

// authorize checks the token and its scopes.
func (s *Server) authorize(m method, r *http.Request, token string) error {
	fromHeader := strings.HasPrefix(r.Header.Get("Authorization"), "Bearer ")
	switch {
	case m.open && token == "":
		return nil
	case token == "", m.app && !fromHeader:
		return Error("not_authed")
	case token != s.ws.botToken && token != s.ws.appToken:
		return Error("invalid_auth")
	case s.revoked:
		return Error("token_revoked")
	case m.app != (token == s.ws.appToken) && !m.open:
		return Error("not_allowed_token_type")
	case len(m.scopes) > 0 && !slices.ContainsFunc(m.scopes, func(scope string) bool { return slices.Contains(s.cfg.Scopes, scope) }):
		return &refusal{code: "missing_scope", extra: object{"needed": strings.Join(m.scopes, ","), "provided": strings.Join(s.cfg.Scopes, ",")}}
	}
	return nil
}

// needs refuses a call that lacks a scope which depends on its arguments.
func (s *Server) needs(scope string) error {
	if slices.Contains(s.cfg.Scopes, scope) {
		return nil
	}
	return &refusal{code: "missing_scope", extra: object{"needed": scope, "provided": strings.Join(s.cfg.Scopes, ",")}}
}

// finish wraps a result as Slack does.
func finish(req *request, reply object, err error) answer {
	if reply == nil {
		reply = object{}
	}
	reply["ok"] = err == nil
	meta := obj(reply["response_metadata"])
	if meta == nil {
		meta = object{}
	}
	var no *refusal
	var code string
	switch {
	case errors.As(err, &no):
		code = no.code
		for key, value := range no.extra {
			reply[key] = value
		}
		if len(no.problems) > 0 {
			reply["errors"] = listed(no)
		}
		if len(no.messages) > 0 {
			meta["messages"] = no.messages
		}
	case err != nil:
		code = err.Error()
	}
	if code != "" {
		reply["error"] = code
	}
	if len(req.warnings) > 0 {
		reply["warning"] = strings.Join(req.warnings, ",")
		meta["warnings"] = req.warnings
	}
	if len(meta) > 0 {
		reply["response_metadata"] = meta
	}
	a := jsonAnswer(http.StatusOK, reply)
	a.code, a.warning = code, strings.Join(req.warnings, ",")
	return a
}

func listed(no *refusal) []any {
	var all []any
	for _, p := range no.problems {
		if no.objects {
			all = append(all, p.object())
		} else {
			all = append(all, p.String())
		}
	}
	return all
}

// parseRequest reads arguments and token from wherever Slack accepts them.
func parseRequest(r *http.Request, body []byte, takesJSON bool) (*request, string) {
	req := &request{args: map[string]string{}}
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	take := func(values url.Values) {
		for name, all := range values {
			req.args[name] = all[0]
		}
	}
	take(r.URL.Query())
	contentType, params, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch contentType {
	case "application/json":
		if params["charset"] == "" {
			req.warnings = append(req.warnings, "missing_charset")
		}
		if takesJSON {
			req.takeJSON(body)
		}
		return req, token // Slack reads no token from a JSON body
	case "multipart/form-data":
		form, err := multipart.NewReader(bytes.NewReader(body), params["boundary"]).ReadForm(maxBody)
		if err != nil {
			req.unreadable = "invalid_form_data"
		} else {
			take(form.Value)
		}
	default:
		if params["charset"] != "" {
			req.warnings = append(req.warnings, "superfluous_charset")
		}
		values, err := url.ParseQuery(string(body))
		if err != nil {
			req.unreadable = "invalid_form_data"
		}
		take(values)
	}
	if token == "" {
		token = req.args["token"]
	}
	delete(req.args, "token")
	return req, token
}

func (r *request) takeJSON(body []byte) {
	var fields map[string]json.RawMessage
	if len(bytes.TrimSpace(body)) == 0 {
		return
	}
	if json.Unmarshal(body, &fields) != nil {
		r.unreadable = "invalid_json"
		if json.Valid(body) {
			r.unreadable = "json_not_object"
		}
		return
	}
	for name, raw := range fields {
		var text string
		switch {
		case string(raw) == "null":
		case json.Unmarshal(raw, &text) == nil:
			r.args[name] = text
		default:
			r.args[name] = string(raw)
		}
	}
}
