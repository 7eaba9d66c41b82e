package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"journeybot/bot"
	"journeybot/config"
	"journeybot/config/demo"
	"journeybot/handlers"
)

func sendCommand() *cobra.Command {
	var sample, account string
	names := sampleNames()
	cmd := &cobra.Command{
		Use:   "send [FILE]",
		Short: "Publish a sample event, or events from a file",
		Long: `Publish CloudEvents to the stream that serve reads: one of the samples, or every event of FILE ("-" is standard input),
written one JSON event after the other or as a list. An event without an id or a time gets one.
Samples: ` + strings.Join(names, ", ") + ".",
		Example: `  journeybot send --sample pql                       a product-qualified lead, of a running serve's embedded NATS
  journeybot send --sample health_shift --account globex
  NATS_URL=nats://nats:4222 journeybot send events.json`,
		Args: takes(0, 1, "one FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if (sample == "") == (len(args) == 0) {
				return misused(cmd, "either --sample NAME or a FILE, and not both")
			}
			env, err := config.Load(os.Environ(), config.NeedNATS)
			if err != nil {
				return err
			}
			var events []handlers.CloudEvent
			if sample != "" {
				events, err = sampleEvent(sample, account, time.Now())
			} else {
				events, err = eventsFrom(args[0], cmd.InOrStdin())
			}
			if err != nil {
				return err
			}
			return send(cmd.Context(), env, events, cmd.OutOrStdout())
		},
	}
	cmd.Flags().StringVar(&sample, "sample", "", "name of a sample event")
	cmd.Flags().StringVar(&account, "account", "", "account of the sample, by id; without it the sample's own")
	return cmd
}

func sampleNames() []string {
	return slices.Sorted(maps.Keys(demo.Samples(time.Time{})))
}

func sampleEvent(name, account string, now time.Time) ([]handlers.CloudEvent, error) {
	sample, ok := demo.Samples(now)[name]
	if !ok {
		return nil, &usageError{fmt.Errorf("--sample: no sample %q; there are %s", name, strings.Join(sampleNames(), ", "))}
	}
	sample.ID = uuid.NewString() // the same sample again is another event
	if account != "" {
		sample.Subject = account
	}
	event, err := envelope(sample)
	return []handlers.CloudEvent{event}, err
}

// envelope is an event of the demo as other programs send it.
func envelope(e demo.Event) (handlers.CloudEvent, error) {
	data, err := json.Marshal(e.Data)
	if err != nil {
		return handlers.CloudEvent{}, fmt.Errorf("%s: %w", e.ID, err)
	}
	return handlers.CloudEvent{ID: e.ID, Source: e.Source, Type: e.Type, Subject: e.Subject, Time: e.Time, Data: data}, nil
}

// eventsFrom reads JSON events, one after the other or in lists.
func eventsFrom(path string, stdin io.Reader) ([]handlers.CloudEvent, error) {
	in := stdin
	if path != "-" {
		file, err := os.Open(path) //nolint:gosec // the operator names the file
		if err != nil {
			return nil, &usageError{err}
		}
		defer file.Close() //nolint:errcheck // only read
		in = file
	}
	decoder := json.NewDecoder(in)
	var events []handlers.CloudEvent
	for {
		var raw json.RawMessage
		if err := decoder.Decode(&raw); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, &usageError{fmt.Errorf("%s: event %d: %w", path, len(events)+1, err)}
		}
		list := []json.RawMessage{raw}
		if bytes.HasPrefix(raw, []byte("[")) {
			list = nil
			if err := json.Unmarshal(raw, &list); err != nil {
				return nil, &usageError{fmt.Errorf("%s: %w", path, err)}
			}
		}
		for _, one := range list {
			event, err := complete(one)
			if err != nil {
				return nil, &usageError{fmt.Errorf("%s: event %d: %w", path, len(events)+1, err)}
			}
			events = append(events, event)
		}
	}
	if len(events) == 0 {
		return nil, &usageError{fmt.Errorf("%s: there is no event in it", path)}
	}
	return events, nil
}

// complete gives an event what a person leaves out when writing one by hand.
func complete(raw json.RawMessage) (handlers.CloudEvent, error) {
	fields := map[string]any{"specversion": "1.0", "id": uuid.NewString(), "source": "journeybot-send", "time": time.Now().UTC().Format(time.RFC3339Nano)}
	if err := json.Unmarshal(raw, &fields); err != nil {
		return handlers.CloudEvent{}, err
	}
	body, err := json.Marshal(fields)
	if err != nil {
		return handlers.CloudEvent{}, err
	}
	return handlers.ParseCloudEvent(map[string][]string{"Content-Type": {handlers.ContentStructured}}, body)
}

func send(ctx context.Context, env config.Env, events []handlers.CloudEvent, out io.Writer) error {
	js, err := bot.Dial(env)
	if err != nil {
		return err
	}
	defer js.Conn().Close()
	sender := handlers.NewSender(js, env.NATS.SubjectPrefix, env.NATS.Stream)
	for _, event := range events {
		if err := sender.Send(ctx, event); err != nil {
			return fmt.Errorf("event %s: %w", event.ID, err)
		}
		about := event.Subject
		if about == "" {
			about = "no subject"
		}
		if _, err := fmt.Fprintf(out, "sent %s about %s (id %s)\n", event.Type, about, event.ID); err != nil {
			return err
		}
	}
	return nil
}
