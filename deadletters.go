package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"journeybot/alerts"
	"journeybot/bot"
	"journeybot/config"
	"journeybot/handlers"
	"journeybot/storage"
)

func deadLettersCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "dead-letters",
		Short: "List, show and replay events that could not be taken",
		Example: `  journeybot dead-letters list
  journeybot dead-letters show ID
  journeybot dead-letters replay ID        after the reason was mended`,
	}
	var most int
	list := &cobra.Command{
		Use:   "list",
		Short: "The newest dead letters, one a line",
		Args:  takesNothing,
		RunE: withStore(config.NeedDatabase, func(cmd *cobra.Command, _ config.Env, store *storage.Store, _ []string) error {
			if most < 1 {
				return misused(cmd, "--most: a number above 0, got %d", most)
			}
			letters, err := store.DeadLetters(cmd.Context(), most)
			if err != nil {
				return err
			}
			return listDeadLetters(cmd.OutOrStdout(), letters)
		}),
	}
	list.Flags().IntVar(&most, "most", 50, "how many at the most")
	show := &cobra.Command{
		Use:   "show ID",
		Short: "One dead letter, with its headers and body",
		Args:  takes(1, 1, "one ID"),
		RunE: withStore(config.NeedDatabase, func(cmd *cobra.Command, _ config.Env, store *storage.Store, args []string) error {
			letter, err := deadLetter(cmd.Context(), store, args[0])
			if err != nil {
				return err
			}
			return showDeadLetter(cmd.OutOrStdout(), letter)
		}),
	}
	replay := &cobra.Command{
		Use:   "replay ID [ID ...]",
		Short: "Publish dead letters again, as they were",
		Args:  takes(1, -1, "at least one ID"),
		RunE: withStore(config.NeedBoth, func(cmd *cobra.Command, env config.Env, store *storage.Store, args []string) error {
			return replayDeadLetters(cmd.Context(), cmd.OutOrStdout(), env, store, args)
		}),
	}
	group(cmd)
	cmd.AddCommand(list, show, replay)
	return cmd
}

// withStore opens the database for a command.
func withStore(needs config.Needs, run func(*cobra.Command, config.Env, *storage.Store, []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		env, err := config.Load(os.Environ(), needs)
		if err != nil {
			return err
		}
		url := env.DatabaseURL.Reveal()
		if file, ok := strings.CutPrefix(url, "sqlite:"); ok {
			if _, err := os.Stat(strings.TrimPrefix(file, "//")); errors.Is(err, fs.ErrNotExist) {
				return &usageError{fmt.Errorf("there is no database %s: start `journeybot serve` or `journeybot demo`, or set DATABASE_URL or DATA_DIR", file)}
			}
		}
		store, err := storage.Open(cmd.Context(), storage.Config{URL: url})
		if err != nil {
			return err
		}
		defer store.Close() //nolint:errcheck // the command is over
		if err := store.Ready(cmd.Context()); err != nil {
			return err
		}
		return run(cmd, env, store, args)
	}
}

func deadLetter(ctx context.Context, store *storage.Store, id string) (alerts.DeadLetter, error) {
	letter, err := store.DeadLetter(ctx, id)
	if errors.Is(err, alerts.ErrNotFound) {
		return letter, &usageError{fmt.Errorf("no dead letter %q; `journeybot dead-letters list` shows them", id)}
	}
	return letter, err
}

func listDeadLetters(out io.Writer, letters []alerts.DeadLetter) error {
	if len(letters) == 0 {
		_, err := fmt.Fprintln(out, "no dead letters: every event could be taken")
		return err
	}
	var text strings.Builder
	text.WriteString("ID\tRECEIVED (UTC)\tSUBJECT\tEVENT\tREPLAYED (UTC)\tREASON\n")
	for _, d := range letters {
		replayed := "no"
		if !d.ReplayedAt.IsZero() {
			replayed = d.ReplayedAt.UTC().Format(time.DateTime)
		}
		fmt.Fprintf(&text, "%s\t%s\t%s\t%s\t%s\t%s\n", d.ID, d.ReceivedAt.UTC().Format(time.DateTime), oneLine(d.Subject),
			oneLine(d.Source+" "+d.EventID), replayed, oneLine(d.Reason))
	}
	table := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	if _, err := io.WriteString(table, text.String()); err != nil {
		return err
	}
	return table.Flush()
}

// oneLine keeps what came from outside from moving the terminal's cursor.
func oneLine(text string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, text))
}

// bodyText is a body as it can be read and copied: as it is when it is plain text, else quoted.
func bodyText(body []byte) string {
	if utf8.Valid(body) && !bytes.ContainsFunc(body, func(r rune) bool { return !unicode.IsPrint(r) && r != '\n' && r != '\t' }) {
		return string(body)
	}
	return strconv.QuoteToGraphic(string(body))
}

func showDeadLetter(out io.Writer, d alerts.DeadLetter) error {
	var text strings.Builder
	fmt.Fprintf(&text, "id        %s\nreason    %s\nsubject   %s\nsource    %s\nevent     %s\nreceived  %s\n",
		d.ID, oneLine(d.Reason), oneLine(d.Subject), oneLine(d.Source), oneLine(d.EventID), d.ReceivedAt.UTC().Format(time.RFC3339))
	if !d.ReplayedAt.IsZero() {
		fmt.Fprintf(&text, "replayed  %s\n", d.ReplayedAt.UTC().Format(time.RFC3339))
	}
	names := make([]string, 0, len(d.Headers))
	for name := range d.Headers {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		fmt.Fprintf(&text, "header    %s: %s\n", oneLine(name), oneLine(strings.Join(d.Headers[name], ", ")))
	}
	_, err := fmt.Fprintf(out, "%s\n%s\n", text.String(), bodyText(d.Body))
	return err
}

func replayDeadLetters(ctx context.Context, out io.Writer, env config.Env, store *storage.Store, ids []string) error {
	js, err := bot.Dial(env)
	if err != nil {
		return err
	}
	defer js.Conn().Close()
	incoming, outgoing := handlers.NewSender(js, env.NATS.SubjectPrefix, env.NATS.Stream), handlers.NewSender(js, "", bot.OutStream)
	for _, id := range ids {
		letter, err := deadLetter(ctx, store, id)
		if err != nil {
			return err
		}
		sender := incoming
		if letter.Source == handlers.OutSource {
			sender = outgoing
		}
		if err := sender.Replay(ctx, letter); err != nil {
			return fmt.Errorf("replay %s: %w", id, err)
		}
		if err := store.MarkReplayed(ctx, id); err != nil {
			return err
		}
		if _, err := fmt.Fprintf(out, "replayed %s on %s\n", id, letter.Subject); err != nil {
			return err
		}
	}
	return nil
}
