// Command journeybot turns customer signals into owned, acted-on alerts in Slack.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // accounts, calendars and people live in zones that a small image does not know

	"github.com/spf13/cobra"

	"journeybot/config"
)

// version is set by the linker.
var version = "dev"

// Exit codes: a wrong setting is the operator's to mend, a failure may pass.
const (
	exitFailed   = 1
	exitSettings = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := root().ExecuteContext(ctx)
	if err == nil {
		return
	}
	fmt.Fprintln(os.Stderr, err)
	stop()
	os.Exit(exitCode(err)) //nolint:gocritic // stop was called
}

func exitCode(err error) int {
	var problems *config.Problems
	var usage *usageError
	if errors.As(err, &problems) || errors.As(err, &usage) {
		return exitSettings
	}
	return exitFailed
}

func root() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "journeybot",
		Short: "Customer signals in, owned and acted-on alerts in Slack out",
		Long: `journeybot reads customer signals from NATS, turns each into one owned alert in the right Slack
channel, and follows it until somebody acted and wrote down what came of it.`,
		Example: `  journeybot demo                 see it work: everything embedded, a local Slack to click in
  journeybot serve                run it, set up by environment variables
  journeybot check                read the settings and list everything that is wrong`,
		Version:       version,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	group(cmd)
	cmd.SetFlagErrorFunc(misusedFlag)
	cmd.AddCommand(serveCommand(), demoCommand(), migrateCommand(), checkCommand(), sendCommand(), deadLettersCommand(),
		slacksimCommand(), manifestCommand(), healthcheckCommand(), routeCommand(), accountsCommand())
	return cmd
}
