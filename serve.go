package main

import (
	"context"
	"errors"
	"os"

	"github.com/spf13/cobra"

	"journeybot/bot"
	"journeybot/config"
)

func serveCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "serve",
		Short: "Run the bot",
		Long: `Run the bot, set up by environment variables (docs/configuration.md lists them). Without NATS_URL it embeds a NATS
server, without DATABASE_URL it keeps an SQLite file; with both set, run as many replicas as you like.`,
		Example: `  SLACK_BOT_TOKEN=xoxb-… SLACK_APP_TOKEN=xapp-… journeybot serve
  SLACK_BOT_TOKEN_FILE=/run/secrets/bot SLACK_APP_TOKEN_FILE=/run/secrets/app \
    NATS_URL=nats://nats:4222 DATABASE_URL=postgres://journeybot@db/journeybot journeybot serve`,
		Args: takesNothing,
		RunE: func(cmd *cobra.Command, _ []string) error {
			env, growth, err := settings(config.NeedAll)
			if err != nil {
				return err
			}
			return serve(cmd.Context(), env, growth)
		},
	}
}

// settings reads the environment and the growth file, and lists everything wrong with either.
func settings(needs config.Needs) (config.Env, *config.Growth, error) {
	env, envErr := config.Load(os.Environ(), needs)
	growth, growthErr := config.LoadGrowth(env.GrowthConfig)
	return env, growth, errors.Join(envErr, growthErr)
}

func serve(ctx context.Context, env config.Env, growth *config.Growth) error {
	logger, err := newLogger(env, os.Stderr)
	if err != nil {
		return err
	}
	return bot.Run(ctx, bot.Config{Env: env, Growth: growth, Version: version, Logger: logger})
}
