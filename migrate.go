package main

import (
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"journeybot/config"
	"journeybot/storage"
)

func migrateCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "migrate",
		Short: "Bring the database schema up to date and exit",
		Long: `Apply the migrations that the database lacks, under a lock, and exit. ` + "`journeybot serve`" + ` does the same
at its start; run this where the bot's own database user may not change the schema.`,
		Example: "  DATABASE_URL=postgres://owner@db/journeybot journeybot migrate",
		Args:    takesNothing,
		RunE: func(cmd *cobra.Command, _ []string) error {
			env, err := config.Load(os.Environ(), config.NeedDatabase)
			if err != nil {
				return err
			}
			store, err := storage.Open(cmd.Context(), storage.Config{URL: env.DatabaseURL.Reveal(), Now: time.Now})
			if err != nil {
				return err
			}
			defer store.Close() //nolint:errcheck // the command is over
			applied, err := store.Migrate(cmd.Context())
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "schema up to date; migrations applied: %d\n", applied)
			return err
		},
	}
}
