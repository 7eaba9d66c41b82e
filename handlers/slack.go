package handlers

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/slack-go/slack"

	"journeybot/alerts"
	"journeybot/cards"
	"journeybot/journey"
)

// Store is what answers to people read and change: one small interface per idea, each in the file that needs it.
// storage.Store implements it.
type Store interface {
	BundleStore
	AlertStore
	ReadStore
	NoteStore
	HomeStore
	OwnerStore
	PlayStore
	RunStore
	JourneyStore
	GapStore
}

// AlertStore keeps alerts and accounts.
type AlertStore interface {
	UpdateAlert(ctx context.Context, id, requestID string, change func(alerts.Alert) (alerts.Result, error)) (alerts.Alert, error)
	AlertView(ctx context.Context, id string) (alerts.View, error)
	AccountView(ctx context.Context, id string) (alerts.AccountView, error)
	FindAccount(ctx context.Context, query string) (journey.Lookup, error)
	LiveAlerts(ctx context.Context, f alerts.Filter) (views []alerts.View, total int, err error)
}

// Directory knows the people of the Slack workspace.
type Directory interface {
	// Person returns who a Slack user id is, from the cache or from Slack. When neither can tell, it returns a
	// Person with only the id.
	Person(ctx context.Context, userID string) alerts.Person
	// Owner returns who an e-mail address is; alerts.ErrNobody when nobody in the workspace has it.
	Owner(ctx context.Context, address string) (alerts.Person, error)
	// Named finds people by their name, handle or address.
	Named(ctx context.Context, name string) ([]alerts.Person, error)
	// Heard keeps what Slack tells of somebody.
	Heard(ctx context.Context, user slack.User) error
}

// Config says how people are answered. Rules is required; the rest has useful zero values.
type Config struct {
	Rules   *alerts.Rules
	API     *slack.Client // for modals and the Home tab
	Command string        // name of the slash command; "" means /journey
	Members Members       // required when the growth file has permissions
	// Outsiders reports whether guests or another company read along in a channel, by its Slack id; nil means never.
	Outsiders     func(ctx context.Context, channel alerts.Target) bool
	SigningSecret string        // for HTTP mode; requests are refused when it is empty
	AckWithin     time.Duration // how long an answer may take to ride on the acknowledgement; 0 means 1.5 s (Slack allows 3 s)
	GiveUpAfter   time.Duration // how long an unreachable database is asked again before the person is told; 0 means 2 min
	Nudge         func()        // called after each change, so that the publisher does not wait for its next look; may be nil
	HTTPClient    *http.Client  // for response_url; nil means one with a 5 s timeout
	Now           func() time.Time
	Logger        *slog.Logger
	Registerer    prometheus.Registerer

	Draw func(cards.Chart) ([]byte, error) // makes a PNG of a chart; nil shows Slack's own charts

	ChannelChanged func(ctx context.Context, id string) error // told the Slack id of a channel that was archived, renamed, left and so on; required when Slack sends events
	MembersChanged func(ctx context.Context, id string) error // told the Slack id of a channel that others read now; required like it
}

// Slack answers slash commands and clicks, whichever way they arrive (Socket Mode or HTTP). It is safe for
// concurrent use. Close must be called before the store is closed.
type Slack struct {
	store   Store
	people  Directory
	cfg     Config
	seconds *prometheus.HistogramVec
	working *sync.WaitGroup
	life    context.Context // ends with Close; work outlives the request it came with
	end     context.CancelFunc
	hints   *hints
	books   *books // checklists that people have open
	guarded bool   // answers for outsiders: see outside
}

// NewSlack returns a Slack that answers from store.
func NewSlack(store Store, people Directory, cfg Config) *Slack {
	if cfg.Command == "" {
		cfg.Command = "/journey"
	}
	if cfg.AckWithin == 0 {
		cfg.AckWithin = 1500 * time.Millisecond
	}
	if cfg.GiveUpAfter == 0 {
		cfg.GiveUpAfter = 2 * time.Minute
	}
	if cfg.Nudge == nil {
		cfg.Nudge = func() {}
	}
	if cfg.Outsiders == nil {
		cfg.Outsiders = func(context.Context, alerts.Target) bool { return false }
	}
	if cfg.HTTPClient == nil {
		cfg.HTTPClient = &http.Client{Timeout: 5 * time.Second}
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	life, end := context.WithCancel(context.Background())
	s := &Slack{store: store, people: people, cfg: cfg, life: life, end: end, working: &sync.WaitGroup{}, hints: &hints{told: map[string]time.Time{}}, books: &books{open: map[string]book{}}, seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "journeybot_command_seconds",
		Help:    "Time from receiving a slash command or click to its complete answer, by what was asked and how it ended.",
		Buckets: []float64{.01, .025, .05, .1, .25, .5, 1, 1.5, 2.5, 5, 10, 30, 120},
	}, []string{"command", "result"})}
	if cfg.Registerer != nil {
		cfg.Registerer.MustRegister(s.seconds)
	}
	return s
}

// Close waits until every answer in work has been given, or until ctx ends; then it cuts short what is left.
func (s *Slack) Close(ctx context.Context) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.working.Wait()
	}()
	select {
	case <-done:
	case <-ctx.Done():
	}
	s.end()
	<-done
}

func (s *Slack) style() cards.Style {
	return cards.Style{Rules: s.cfg.Rules, Command: s.cfg.Command, Now: s.cfg.Now(), Guarded: s.guarded}
}
