package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"journeybot/config"
)

func checkCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "check",
		Short: "Read the settings and list everything that is wrong",
		Long: `Read the environment and the growth file as serve would, and list every problem with its place and the next
step. Exits 0 when there is none, 2 when there are some.`,
		Example: "  GROWTH_CONFIG=growth.yaml journeybot check",
		Args:    takesNothing,
		RunE: func(cmd *cobra.Command, _ []string) error {
			env, growth, err := settings(config.NeedAll)
			if err != nil {
				return err
			}
			file := env.GrowthConfig
			if file == "" {
				file = "the bundled growth file"
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "settings are complete; %s is fine (revision %s: %d routes, %d playbooks)\n",
				file, growth.Revision, len(growth.Rules.Routes), len(growth.Rules.Playbooks))
			return err
		},
	}
}
