package bot

import (
	"context"
	"errors"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"

	"journeybot/handlers"
	"journeybot/storage"
)

// run connects everything and runs the loops.
func run(ctx context.Context, cfg Config, mux *http.ServeMux, registry *prometheus.Registry, state *health, starting *latch) error {
	_, _ = handlers.Slack{}, storage.Store{}
	return errors.New("not built")
}
