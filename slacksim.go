package main

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"journeybot/slacksim"
	"journeybot/slacksim/web"
)

func slacksimCommand() *cobra.Command {
	var cfg slacksim.Config
	var command, manifest string
	cmd := &cobra.Command{
		Use:   "slacksim",
		Short: "Run only the local Slack, for building and testing other Slack apps",
		Long: `Serve a local Slack: Web API, Socket Mode, signed HTTP delivery, faults on demand, a protocol log and a page to click in.
It refuses what Slack refuses. Point an app at the API address it prints; /sim/ takes faults as JSON.`,
		Example: `  journeybot slacksim                                             a Socket Mode app
  journeybot slacksim --deliver-to http://127.0.0.1:3000          an app that takes signed HTTP requests
  journeybot slacksim --manifest manifest.yaml                    with the app's own commands, shortcuts, events and scopes
  journeybot slacksim --addr 127.0.0.1:9000 --dir ./slack --command /todo`,
		Args: takesNothing,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if host, _, err := net.SplitHostPort(cfg.Addr); err != nil || host != "localhost" && !net.ParseIP(host).IsLoopback() {
				return misused(cmd, "--addr: a loopback address like 127.0.0.1:8090, got %q", cfg.Addr)
			}
			if !strings.HasPrefix(command, "/") {
				return misused(cmd, "--command: a name like /journey, got %q", command)
			}
			if u, err := url.Parse(cfg.DeliverTo); cfg.DeliverTo != "" && (err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "") {
				return misused(cmd, "--deliver-to: an address like http://127.0.0.1:3000, got %q", cfg.DeliverTo)
			}
			cfg.Commands = []slacksim.Command{{Name: command}}
			if manifest != "" {
				raw, err := os.ReadFile(manifest) //nolint:gosec // the operator names the file
				if err != nil {
					return &usageError{fmt.Errorf("--manifest: %w", err)}
				}
				if err := cfg.UseManifest(raw); err != nil {
					return &usageError{fmt.Errorf("--manifest %s: %w", manifest, err)}
				}
			}
			sim, err := slacksim.New(cfg)
			if err != nil {
				return err
			}
			sim.Handle("/", web.New(sim, web.Config{}))
			if _, err := fmt.Fprintf(cmd.OutOrStdout(), `page             %s/
SLACK_API_URL    %s
bot token        %s
app token        %s
signing secret   %s
`, sim.URL(), sim.APIURL(), sim.BotToken(), sim.AppToken(), sim.SigningSecret()); err != nil {
				return err
			}
			return sim.Run(cmd.Context())
		},
	}
	cmd.Flags().StringVar(&cfg.Addr, "addr", "127.0.0.1:8090", "loopback address to serve on; port 0 takes a free one")
	cmd.Flags().StringVar(&cfg.Dir, "dir", "", "folder that keeps messages across restarts; without it they are in memory")
	cmd.Flags().StringVar(&cfg.DeliverTo, "deliver-to", "", "base address of an app in HTTP mode; without it Socket Mode")
	cmd.Flags().StringVar(&cfg.BotToken, "bot-token", "", "the bot's token; without it a random one")
	cmd.Flags().StringVar(&cfg.AppToken, "app-token", "", "the app-level token; without it a random one")
	cmd.Flags().StringVar(&cfg.SigningSecret, "signing-secret", "", "what HTTP deliveries are signed with; without it a random one")
	cmd.Flags().StringVar(&manifest, "manifest", "", "the app's manifest, YAML or JSON: its commands, shortcuts, events and scopes")
	cmd.Flags().StringVar(&command, "command", "/journey", "name of the app's slash command, when there is no manifest")
	return cmd
}
