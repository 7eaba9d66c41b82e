package slacksim

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"sync"
	"time"
)

// Server is a local Slack. Make one with New.
type Server struct {
	cfg      Config
	log      *slog.Logger
	listener net.Listener
	url      string
	mux      *http.ServeMux
	client   *http.Client // delivers to the app
	methods  map[string]method
	schema   *schema
	life     context.Context // ends with Close; deliveries and held answers end with it
	end      context.CancelFunc
	done     chan struct{} // closed when Run has returned
	working  sync.WaitGroup

	mu        sync.Mutex // guards everything below
	phase     phase
	changed   chan struct{} // closed and replaced at every change
	ws        *workspace
	disk      *journal
	wire      wire
	faults    faults
	calls     callLog
	limits    limits
	subs      map[*subscriber]bool
	triggers  map[string]*trigger
	suggested map[string][]any // options that the app suggested, by action id
	deliverTo string
	skew      time.Duration
	revoked   bool
}

type phase int

const (
	phaseNew phase = iota
	phaseRunning
	phaseClosed
)

// New listens and loads what Config.Dir keeps, but serves nothing before Run or Start: until then calls wait.
func New(cfg Config) (*Server, error) {
	cfg = cfg.withDefaults()
	disk, saved, err := openJournal(cfg.Dir)
	if err != nil {
		return nil, fmt.Errorf("open workspace in %s: %w", cfg.Dir, err)
	}
	listener, err := listen(cfg)
	if err != nil {
		_ = disk.close()
		return nil, err
	}
	s := &Server{
		cfg: cfg, log: cfg.Logger, listener: listener, url: "http://" + listener.Addr().String(), mux: http.NewServeMux(), disk: disk,
		client:  &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 8, Proxy: nil}},
		methods: methods(), schema: newSchema(), done: make(chan struct{}), changed: make(chan struct{}), subs: map[*subscriber]bool{},
		triggers: map[string]*trigger{}, suggested: map[string][]any{}, deliverTo: cfg.DeliverTo,
	}
	s.life, s.end = context.WithCancel(context.Background())
	s.faults.random = rand.New(rand.NewPCG(1, 2)) //nolint:gosec // chance, not secrecy
	s.wire.pending = map[string]chan ack{}
	s.wire.sent = map[string]delivery{}
	s.limits.buckets = map[string]*bucket{}
	s.ws = newWorkspace(cfg, saved)
	s.ws.disk = disk
	for id, f := range s.ws.files {
		f.URL = s.fileURL(id, f.Name) // the port may have changed
	}
	if err := s.ws.saveAll(); err != nil {
		_ = listener.Close()
		_ = disk.close()
		return nil, fmt.Errorf("save workspace in %s: %w", cfg.Dir, err)
	}
	s.routes()
	return s, nil
}

func listen(cfg Config) (net.Listener, error) {
	if cfg.Listener != nil {
		return cfg.Listener, nil
	}
	host, _, err := net.SplitHostPort(cfg.Addr)
	if err != nil {
		return nil, fmt.Errorf("listen on %q: %w", cfg.Addr, err)
	}
	if !loopback(host) {
		return nil, fmt.Errorf("listen on %q: a local Slack serves loopback addresses only", cfg.Addr)
	}
	listener, err := net.Listen("tcp", cfg.Addr)
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	return listener, nil
}

func (s *Server) routes() {
	s.mux.HandleFunc("/api/{method}", s.serveAPI)
	s.mux.HandleFunc("GET /link/", s.serveSocket)
	s.mux.HandleFunc("POST /commands/{team}/{token}", s.serveHook)
	s.mux.HandleFunc("POST /actions/{team}/{token}", s.serveHook)
	s.mux.HandleFunc("POST /upload/{ticket}", s.serveUpload)
	s.mux.HandleFunc("GET /files-pri/{id}/{name}", s.serveFile)
	s.mux.Handle("/sim/", s.control())
}

// Run serves until ctx ends or Close is called, and returns nil then. When it returns, every connection is closed and no
// goroutine is left. A Server runs once; a second Run returns an error.
func (s *Server) Run(ctx context.Context) error {
	if !s.begin() {
		return errors.New("run local Slack: it runs already or has been closed")
	}
	return s.serve(ctx)
}

// Start runs the Server in the background until Close. It does nothing when the Server runs or has been closed.
func (s *Server) Start() {
	if !s.begin() {
		return
	}
	go func() {
		if err := s.serve(context.Background()); err != nil {
			s.log.Error("local slack ended", "err", err)
		}
	}()
}

func (s *Server) begin() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.phase != phaseNew {
		return false
	}
	s.phase = phaseRunning
	return true
}

func (s *Server) serve(ctx context.Context) error {
	defer close(s.done)
	server := &http.Server{
		Handler: http.HandlerFunc(s.admit), ReadHeaderTimeout: 10 * time.Second,
		ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	var listening sync.WaitGroup
	var err error
	listening.Go(func() {
		defer s.end()
		if err = server.Serve(s.listener); errors.Is(err, http.ErrServerClosed) {
			err = nil
		}
	})
	select {
	case <-ctx.Done():
	case <-s.life.Done():
	}
	s.end()
	s.mu.Lock()
	s.phase = phaseClosed
	s.closeSubscribers()
	s.mu.Unlock()
	s.closeSockets()
	_ = server.Close()
	listening.Wait()
	s.working.Wait()
	s.client.CloseIdleConnections()
	s.mu.Lock()
	defer s.mu.Unlock()
	return errors.Join(err, s.disk.close())
}

// admit lets a request in, and Close wait for its end.
func (s *Server) admit(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	closed := s.phase == phaseClosed
	if !closed {
		s.working.Add(1)
	}
	s.mu.Unlock()
	if closed {
		panic(http.ErrAbortHandler)
	}
	defer s.working.Done()
	s.mux.ServeHTTP(w, r)
}

// Close ends Run or Start and waits for it. It may be called more than once, and without Run.
func (s *Server) Close() error {
	s.end()
	s.mu.Lock()
	fresh := s.phase == phaseNew
	if fresh {
		s.phase = phaseClosed
		s.closeSubscribers()
	}
	s.mu.Unlock()
	if fresh {
		defer close(s.done)
		_ = s.listener.Close()
		return s.disk.close()
	}
	<-s.done
	return nil
}

// background runs work that Close waits for. It must be called with mu held; it does nothing after Close.
func (s *Server) background(work func(ctx context.Context)) {
	if s.phase == phaseClosed {
		return
	}
	s.working.Go(func() { work(s.life) })
}

// touch tells everybody who waits that something has changed. It must be called with mu held.
func (s *Server) touch() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// URL returns the base address, without a trailing slash.
func (s *Server) URL() string { return s.url }

// APIURL returns the address of the Web API; it ends in /api/.
func (s *Server) APIURL() string { return s.url + "/api/" }

// BotToken returns the bot's token (xoxb-…).
func (s *Server) BotToken() string { return s.ws.botToken }

// AppToken returns the app-level token (xapp-…).
func (s *Server) AppToken() string { return s.ws.appToken }

// SigningSecret returns what HTTP deliveries are signed with.
func (s *Server) SigningSecret() string { return s.ws.secret }

// Handle serves pattern (of net/http's ServeMux) with h: for a page. The Server's own paths are /api/, /link/, /commands/,
// /actions/, /upload/, /files-pri/ and /sim/.
func (s *Server) Handle(pattern string, h http.Handler) { s.mux.Handle(pattern, h) }

// Team returns the workspace's name.
func (s *Server) Team() string { return s.cfg.Team }

// Changed returns a channel that is closed at the next change of anything: a message, a view, the log, a connection.
func (s *Server) Changed() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changed
}

// Wait returns nil as soon as cond is true, and ctx's error when that ends first. cond is called at once and after every
// change; it may use the Server.
func (s *Server) Wait(ctx context.Context, cond func() bool) error {
	for {
		changed := s.Changed()
		if cond() {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
