package bot

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// health is what /readyz tells: every named check that does not hold, with its reason.
type health struct {
	mu     sync.Mutex
	checks []check
}

// check is one condition of readiness. A degrading one is shown, but leaves the replica ready.
type check struct {
	name     string
	degrades bool
	hold     func(ctx context.Context) error
}

func (h *health) add(name string, hold func(ctx context.Context) error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.checks = append(h.checks, check{name: name, hold: hold})
}

func (h *health) addDegrading(name string, hold func(ctx context.Context) error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.checks = append(h.checks, check{name: name, degrades: true, hold: hold})
}

// readiness is the body of /readyz.
type readiness struct {
	Status  string            `json:"status"` // ready, degraded or not ready
	Reasons map[string]string `json:"reasons,omitempty"`
}

func (h *health) read(ctx context.Context) readiness {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	h.mu.Lock()
	checks := append([]check(nil), h.checks...)
	h.mu.Unlock()
	state := readiness{Status: "ready", Reasons: map[string]string{}}
	for _, c := range checks {
		err := c.hold(ctx)
		if err == nil {
			continue
		}
		state.Reasons[c.name] = err.Error()
		if !c.degrades {
			state.Status = "not ready"
		} else if state.Status == "ready" {
			state.Status = "degraded"
		}
	}
	return state
}

func (h *health) serveReady(w http.ResponseWriter, r *http.Request) {
	state := h.read(r.Context())
	w.Header().Set("Content-Type", "application/json")
	if state.Status == "not ready" {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	_ = json.NewEncoder(w).Encode(state)
}

// serveAlive says that the process runs; it never depends on anything else, or a restart would be the answer to an outage elsewhere.
func serveAlive(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) }

func serveMetrics(mux *http.ServeMux, registry *prometheus.Registry) {
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
}

// serveHTTP serves until ctx ends, then lets requests in work finish for a few seconds.
func serveHTTP(ctx context.Context, listener net.Listener, handler http.Handler) error {
	server := &http.Server{
		Handler: handler, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second, IdleTimeout: 90 * time.Second,
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
	defer cancel()
	if err := server.Shutdown(stop); err != nil {
		_ = server.Close()
	}
	if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
