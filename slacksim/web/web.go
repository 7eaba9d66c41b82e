// Package web is the page of the local Slack: what people see, type and click in a browser.
//
// The server draws everything, from the simulator's state and for one person, whose name is in the address; several
// tabs can be several people. Scripts in the page only send what a person does, and after a change ask for the page again
// and put the differing parts in place, so there is one way that things are drawn. Nothing is kept here: all state is the simulator's.
package web

import (
	"embed"
	"errors"
	"html/template"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"time"

	"journeybot/slacksim"
	"journeybot/slacksim/blockkit"
)

//go:embed templates/*.html
var templateFiles embed.FS

//go:embed assets
var assetFiles embed.FS

// Config completes a page. Its zero value is a page without the form for signals.
type Config struct {
	// Ingest is the address that takes CloudEvents by POST ("http://127.0.0.1:8080/v1/events"). The page's own server
	// forwards to it. "" hides the form and the first-run strip around it.
	Ingest string
	// Samples are what the form offers to start from; nil means growth signals about one account.
	Samples []Sample
	// Try is the command that the first-run strip suggests, "/journey acme"; "" means the app's first command with the first
	// alternative of its hint.
	Try string
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// Logger gets what goes wrong while serving; nil means silence.
	Logger *slog.Logger
}

// page serves one simulator to any number of browsers.
type page struct {
	sim       *slacksim.Server
	config    Config
	blocks    *blockkit.Renderer
	templates *template.Template
	client    *http.Client
}

// New returns the page of sim, to be mounted with sim.Handle("/", …). It starts nothing and is safe for concurrent use.
// It answers only requests that name a loopback host and come from no other site.
func New(sim *slacksim.Server, config Config) http.Handler {
	if config.Now == nil {
		config.Now = time.Now
	}
	if config.Samples == nil {
		config.Samples = defaultSamples()
	}
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	p := &page{
		sim: sim, config: config, blocks: blockkit.New(), templates: parseTemplates(),
		client: &http.Client{Timeout: 10 * time.Second},
	}
	return guard(p.routes())
}

func (p *page) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", p.start)
	mux.HandleFunc("GET /client/{user}", p.start)
	mux.HandleFunc("GET /client/{user}/{place}", p.show)
	mux.HandleFunc("GET /client/{user}/{place}/{thread}", p.show)

	mux.HandleFunc("GET /page/as/{user}/events", p.events)
	mux.HandleFunc("GET /page/files/{id}", p.file)
	mux.HandleFunc("GET /page/log", p.log)
	mux.HandleFunc("POST /page/as/{user}/files", p.upload)
	for pattern, action := range map[string]action{
		"/page/as/{user}/send":     p.send,
		"/page/as/{user}/press":    p.press,
		"/page/as/{user}/submit":   p.submit,
		"/page/as/{user}/close":    p.closeView,
		"/page/as/{user}/home":     p.openHome,
		"/page/as/{user}/options":  p.options,
		"/page/as/{user}/shortcut": p.shortcut,
		"/page/as/{user}/react":    p.react,
		"/page/as/{user}/read":     p.read,
		"/page/as/{user}/join":     p.join,
		"/page/as/{user}/channel":  p.channel,
		"/page/as/{user}/delete":   p.deleteMessage,
		"/page/as/{user}/freeze":   p.freeze,
		"/page/as/{user}/profile":  p.changeProfile,
		"/page/signal":             p.signal,
		"/page/faults":             p.fault,
	} {
		mux.Handle("POST "+pattern, p.act(action))
	}
	assets, err := fs.Sub(assetFiles, "assets")
	if err != nil {
		panic(err) // the directory is embedded above
	}
	mux.Handle("GET /page/assets/", http.StripPrefix("/page/assets/", http.FileServerFS(assets)))
	return mux
}

// policy lets the page load only what it brings itself, and the pictures that messages show.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'self'; " +
	"img-src 'self' https: http: data:; base-uri 'none'; frame-ancestors 'none'"

// guard refuses requests that another site could have caused, and sets the headers that keep the page to itself.
func guard(next http.Handler) http.Handler {
	crossOrigin := http.NewCrossOriginProtection()
	crossOrigin.SetDenyHandler(http.HandlerFunc(refuse))
	next = crossOrigin.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if origin := r.Header.Get("Origin"); !isLoopback(r.Host) || origin != "" && origin != "http://"+r.Host {
			refuse(w, r)
			return
		}
		header := w.Header()
		header.Set("Content-Security-Policy", policy)
		header.Set("Referrer-Policy", "no-referrer")
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

func refuse(w http.ResponseWriter, _ *http.Request) {
	http.Error(w, "this page answers only to itself, on 127.0.0.1 or localhost", http.StatusForbidden)
}

// isLoopback tells whether a Host header names this machine, which no rebound DNS name does.
func isLoopback(host string) bool {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = host
	}
	ip := net.ParseIP(name)
	return name == "localhost" || name == "[::1]" || ip != nil && ip.IsLoopback()
}

// file serves an uploaded file. Only pictures are shown in place; the policy keeps scripts in them from running.
func (p *page) file(w http.ResponseWriter, r *http.Request) {
	file, content, ok := p.sim.FileContent(r.PathValue("id"))
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", file.Mimetype)
	if !isPicture(file) {
		w.Header().Set("Content-Disposition", "attachment")
	}
	if _, err := w.Write(content); err != nil { //nolint:gosec // shown as a picture or downloaded, and the policy runs no script
		p.config.Logger.Debug("file not sent", "err", err)
	}
}

// status is the HTTP status of an error: the simulator's refusals are the browser's fault.
func status(err error) int {
	var refusal slacksim.Error
	var failure *slacksim.Failure
	switch {
	case errors.As(err, &refusal):
		return http.StatusUnprocessableEntity
	case errors.As(err, &failure):
		return http.StatusBadGateway
	}
	return http.StatusInternalServerError
}
