package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

func healthcheckCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "healthcheck",
		Short:   "Ask a running journeybot on this machine whether it is alive",
		Long:    "Ask /healthz at HTTP_ADDR and exit 0 when it answers. For a container's health check: small images have no curl.",
		Example: "  HTTP_ADDR=127.0.0.1:8080 journeybot healthcheck",
		Args:    takesNothing,
		RunE: func(cmd *cobra.Command, _ []string) error {
			addr := os.Getenv("HTTP_ADDR")
			if addr == "" {
				addr = "127.0.0.1:8080"
			}
			return askHealth(cmd.Context(), addr)
		},
	}
}

func askHealth(ctx context.Context, addr string) error {
	if strings.HasPrefix(addr, ":") || strings.HasPrefix(addr, "0.0.0.0:") {
		addr = "127.0.0.1" + addr[strings.LastIndex(addr, ":"):]
	}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+"/healthz", http.NoBody) //nolint:gosec // the operator names the address
	if err != nil {
		return fmt.Errorf("HTTP_ADDR: %w", err)
	}
	resp, err := http.DefaultClient.Do(req) //nolint:gosec // the operator names the address
	if err != nil {
		return err
	}
	defer resp.Body.Close() //nolint:errcheck // only read
	if resp.StatusCode != http.StatusOK {
		body, _ := io.ReadAll(io.LimitReader(resp.Body, 500))
		return fmt.Errorf("/healthz answered %d: %s", resp.StatusCode, body)
	}
	return nil
}
