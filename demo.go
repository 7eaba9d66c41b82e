package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"journeybot/alerts"
	"journeybot/bot"
	"journeybot/config"
	"journeybot/config/demo"
	"journeybot/slacksim"
	"journeybot/slacksim/web"
)

// demoOptions are the flags of `journeybot demo`.
type demoOptions struct {
	addr    string  // of the local Slack's page
	dir     string  // where everything is kept
	speed   float64 // of the story: 2 is twice as fast
	journey string  // the bundled map that accounts walk on; "" when GROWTH_CONFIG decides
	fresh   bool
	verbose bool
}

func demoCommand() *cobra.Command {
	var o demoOptions
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "See it work: everything embedded, a local Slack to click in",
		Long: `Start an embedded NATS server, SQLite, a local Slack and the bot in one process, fill in a book of 25 accounts, and
let customer signals arrive over minutes. Open the page it prints; Ctrl-C stops. State is kept until --fresh.

The accounts walk on a bundled journey map: what their people did in the last months arrives as usage, and stages, drop-offs, near
misses and warnings follow from it. Maps: ` + strings.Join(demo.JourneyNames(), ", ") + `. With GROWTH_CONFIG, the growth file's own maps count.`,
		Example: `  journeybot demo
  journeybot demo --map enterprise --data-dir data/enterprise
  journeybot demo --speed 10      ten times as many signals a minute
  journeybot demo --fresh         forget the last demo and start over`,
		Args: takesNothing,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.speed <= 0 {
				return misused(cmd, "--speed: a number above 0, got %v", o.speed)
			}
			if names := demo.JourneyNames(); !slices.Contains(names, o.journey) {
				return misused(cmd, "--map: one of %s, got %q", strings.Join(names, ", "), o.journey)
			}
			if os.Getenv("GROWTH_CONFIG") != "" {
				if cmd.Flags().Changed("map") {
					return misused(cmd, "--map: GROWTH_CONFIG is set, and its growth file says which maps count; unset one of them")
				}
				o.journey = ""
			}
			return o.run(cmd.Context(), cmd.OutOrStdout())
		},
	}
	dir := os.Getenv("DATA_DIR")
	if dir == "" {
		dir = filepath.Join("data", "demo")
	}
	cmd.Flags().StringVar(&o.addr, "addr", "127.0.0.1:8090", "address of the local Slack's page; a free port is taken when it is in use")
	cmd.Flags().StringVar(&o.dir, "data-dir", dir, "where the demo keeps its state (DATA_DIR)")
	cmd.Flags().Float64Var(&o.speed, "speed", 1, "how fast signals arrive")
	cmd.Flags().StringVar(&o.journey, "map", "customer-led", "the bundled journey map that accounts walk on: "+strings.Join(demo.JourneyNames(), ", "))
	cmd.Flags().BoolVar(&o.fresh, "fresh", false, "forget the last demo and start over")
	cmd.Flags().BoolVar(&o.verbose, "verbose", false, "log to the terminal instead of a file")
	return cmd
}

// demoStates are what a demo leaves in its folder, and what --fresh removes: never anything else that is there.
var demoStates = []string{"slack", "nats", "journeybot.db", "journeybot.db-wal", "journeybot.db-shm", "story.json"}

func (o demoOptions) run(ctx context.Context, out io.Writer) error {
	if o.fresh {
		for _, name := range demoStates {
			if err := os.RemoveAll(filepath.Join(o.dir, name)); err != nil {
				return fmt.Errorf("--fresh: %w", err)
			}
		}
	}
	if err := os.MkdirAll(o.dir, 0o750); err != nil {
		return fmt.Errorf("--data-dir: %w", err)
	}
	growth, err := o.growth()
	if err != nil {
		return err
	}
	story := filepath.Join(o.dir, "story.json")
	if err := sameJourney(story, o.journey); err != nil {
		return err
	}
	sim, err := o.slack(ctx, growth)
	if err != nil {
		return err
	}
	defer sim.Close() //nolint:errcheck // the demo is over
	ingest, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	sim.Handle("/", web.New(sim, web.Config{Ingest: "http://" + ingest.Addr().String() + "/v1/events", Try: growth.Command + " acme"}))
	sim.Start()
	env, err := o.environment(sim, ingest.Addr().String())
	if err != nil {
		return errors.Join(err, ingest.Close())
	}
	logger, closeLog, err := o.logger(env)
	if err != nil {
		return errors.Join(err, ingest.Close())
	}
	defer closeLog()
	if _, err := fmt.Fprintf(out, "journeybot demo: open %s/ in a browser. Ctrl-C stops; state and log are in %s\n", sim.URL(), o.dir); err != nil {
		return errors.Join(err, ingest.Close())
	}

	if _, err := os.Stat(filepath.Join(o.dir, "journeybot.db")); errors.Is(err, fs.ErrNotExist) {
		now := time.Now()
		episodes := demo.Past(now)
		usage := demo.JourneyOn(o.journey).Past(now, episodes)
		if err := tellPast(ctx, env.DatabaseURL.Reveal(), growth.Rules, demoActors(sim), episodes, usage); err != nil {
			return errors.Join(ended(ctx, err), ingest.Close())
		}
	}
	g, ctx := errgroup.WithContext(ctx)
	started := make(chan struct{})
	g.Go(func() error {
		return bot.Run(ctx, bot.Config{
			Env: env, Growth: growth, Version: version, Logger: logger, Listener: ingest, Started: func(bot.Running) { close(started) },
		})
	})
	g.Go(func() error {
		select {
		case <-ctx.Done():
			return nil
		case <-started:
		}
		return o.tellStory(ctx, env, story, logger)
	})
	if err := g.Wait(); err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// growth is the growth file of the operator, else the bundled one with the map that is shown.
func (o demoOptions) growth() (*config.Growth, error) {
	if o.journey == "" {
		return config.LoadGrowth(os.Getenv("GROWTH_CONFIG"))
	}
	return config.BundledGrowth(o.journey)
}

// slack opens the local Slack with the people of the demo; when the page's port is taken, on a free one.
func (o demoOptions) slack(ctx context.Context, growth *config.Growth) (*slacksim.Server, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", o.addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		host, _, _ := net.SplitHostPort(o.addr)
		listener, err = (&net.ListenConfig{}).Listen(ctx, "tcp", net.JoinHostPort(host, "0"))
	}
	if err != nil {
		return nil, &usageError{fmt.Errorf("--addr: %w", err)}
	}
	cfg := slacksim.Config{
		Listener: listener, Dir: filepath.Join(o.dir, "slack"), Team: "Northbeam", Channels: demoChannels(growth),
		Groups: []slacksim.UserGroup{{Handle: "cs-leads", Name: "CS leads", Users: []string{"aiko"}}, {Handle: "sdr", Name: "Sales", Users: []string{"tom"}}},
	}
	manifest, err := renderManifest(manifestData{Command: growth.Command, Charts: growth.Rules.Pictures})
	if err == nil {
		err = cfg.UseManifest([]byte(manifest))
	}
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	sim, err := slacksim.New(cfg)
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	return sim, nil
}

// demoChannels are the channels that the growth file names, so that every alert has somewhere to go.
func demoChannels(growth *config.Growth) []slacksim.Channel {
	channels := []slacksim.Channel{{Name: "general"}}
	seen := map[string]bool{"general": true}
	for _, c := range growth.Rules.Channels {
		if name := string(c.Slack); len(name) > 1 && name[0] == '#' && !seen[name[1:]] {
			seen[name[1:]] = true
			channels = append(channels, slacksim.Channel{Name: name[1:]})
		}
	}
	return channels
}

// demoActors are the people of the local Slack by name.
func demoActors(sim *slacksim.Server) map[string]alerts.Actor {
	actors := map[string]alerts.Actor{}
	for _, u := range sim.Users() {
		actors[u.Name] = alerts.Actor{UserID: u.ID, Name: u.RealName}
	}
	return actors
}

// environment is what serve would be given.
func (o demoOptions) environment(sim *slacksim.Server, httpAddr string) (config.Env, error) {
	return config.Load([]string{
		"SLACK_API_URL=" + sim.APIURL(), "SLACK_BOT_TOKEN=" + sim.BotToken(), "SLACK_APP_TOKEN=" + sim.AppToken(),
		"DATA_DIR=" + o.dir, "HTTP_ADDR=" + httpAddr, "LOG_LEVEL=" + os.Getenv("LOG_LEVEL"), "LOG_FORMAT=text",
	}, config.NeedAll)
}
