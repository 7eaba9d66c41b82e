package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"journeybot/alerts"
	"journeybot/config"
	"journeybot/journey"
	"journeybot/storage"
)

func accountsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "accounts",
		Short: "Merge and rename accounts",
		Example: `  journeybot accounts merge acme-old acme
  journeybot accounts rename acme "Acme Holding"`,
	}
	merge := &cobra.Command{
		Use:   "merge OLD INTO",
		Short: "Make one account of two; the old id goes on working",
		Long: `Give everything that hangs on OLD to INTO: alerts, numbers, usage, notes, contacts and events. The id, names
and domain of OLD go on finding INTO, and events about OLD go there. It cannot be undone.`,
		Example: "  journeybot accounts merge acme-old acme",
		Args:    takes(2, 2, "two accounts: the old one and the one that stays"),
		RunE: withStore(config.NeedDatabase, func(cmd *cobra.Command, env config.Env, store *storage.Store, args []string) error {
			return mergeAccounts(cmd, env, store, args[0], args[1])
		}),
	}
	rename := &cobra.Command{
		Use:     "rename ACCOUNT NAME",
		Short:   "Give an account another name; the old one goes on finding it",
		Example: `  journeybot accounts rename acme "Acme Holding"`,
		Args:    takes(2, 2, "an account and its new name"),
		RunE: withStore(config.NeedDatabase, func(cmd *cobra.Command, env config.Env, store *storage.Store, args []string) error {
			return renameAccount(cmd, env, store, args[0], args[1])
		}),
	}
	group(cmd)
	cmd.AddCommand(merge, rename)
	return cmd
}

func mergeAccounts(cmd *cobra.Command, env config.Env, store *storage.Store, old, into string) error {
	growth, err := config.LoadGrowth(env.GrowthConfig)
	if err != nil {
		return err
	}
	from, err := oneAccount(cmd, store, old)
	if err != nil {
		return err
	}
	to, err := oneAccount(cmd, store, into)
	if err != nil {
		return err
	}
	if from.AccountID == to.AccountID {
		return &usageError{fmt.Errorf("%q and %q are the same account: %s (%s)", old, into, to.Name, to.AccountID)}
	}
	var done alerts.Merged
	err = store.MergeAccounts(cmd.Context(), from.AccountID, to.AccountID, func(ws *alerts.WorkingSet) {
		done = growth.Rules.Merge(ws, from.AccountID, to.AccountID, alerts.Actor{}, time.Now())
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s (%s) is %s (%s) now; live alerts moved: %d, of which there was one of each: %d\n",
		from.Name, from.AccountID, to.Name, to.AccountID, done.Moved, done.Collapsed)
	return err
}

func renameAccount(cmd *cobra.Command, env config.Env, store *storage.Store, account, name string) error {
	if name = strings.TrimSpace(name); name == "" {
		return misused(cmd, "the new name is empty")
	}
	growth, err := config.LoadGrowth(env.GrowthConfig)
	if err != nil {
		return err
	}
	match, err := oneAccount(cmd, store, account)
	if err != nil {
		return err
	}
	err = store.Reconsider(cmd.Context(), []string{match.AccountID}, func(ws *alerts.WorkingSet) {
		if ws.Accounts[match.AccountID] != nil {
			growth.Rules.Rename(ws, match.AccountID, name, alerts.Actor{}, time.Now())
		}
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s (%s) is called %s now\n", match.Name, match.AccountID, name)
	return err
}

// oneAccount finds the account that a word names exactly.
func oneAccount(cmd *cobra.Command, store *storage.Store, name string) (journey.Match, error) {
	found, err := store.FindAccount(cmd.Context(), name)
	if err != nil {
		return journey.Match{}, err
	}
	match, sure := found.Sure()
	if sure && match.How != journey.MatchPrefix && match.How != journey.MatchSpelling {
		return match, nil
	}
	if len(found.Matches) == 0 {
		return match, &usageError{fmt.Errorf("no account %q", name)}
	}
	names := make([]string, len(found.Matches))
	for i, m := range found.Matches {
		names[i] = m.Name + " (" + m.AccountID + ")"
	}
	return match, &usageError{errors.New(name + " is not exact. Did you mean " + strings.Join(names, ", ") + "?")}
}
