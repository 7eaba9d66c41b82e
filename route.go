package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"journeybot/alerts"
	"journeybot/config"
	"journeybot/handlers"
	"journeybot/storage"
)

func routeCommand() *cobra.Command {
	var events, account, at string
	var offline bool
	cmd := &cobra.Command{
		Use:   "route --event FILE",
		Short: "Explain what an event would do, rule by rule",
		Long: `Read CloudEvents from FILE ("-" is standard input; one after the other or a list) and tell what each would do with the growth file
of GROWTH_CONFIG: whether it alerts, what every route says and which part of its condition is false or unknown, and the severity,
channel, owner, playbook and escalation that come of it. Nothing is written, nobody is told.

What is known of the account comes from the database when there is one (DATABASE_URL, else the file in DATA_DIR), and from
--account FILE: a JSON object with fields as in growth.account.updated. Several events are taken in their order.
Exits 0 when every event was explained, 2 when the growth file, an event or the command line is wrong.`,
		Example: `  journeybot route --event signal.json
  journeybot send --help                                      samples to start from
  journeybot route --event signal.json --account acme.json --offline
  GROWTH_CONFIG=new.yaml journeybot route --event - < signal.json`,
		Args: takesNothing,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if events == "" {
				return misused(cmd, "--event: a FILE with the event, or - for standard input")
			}
			now := time.Now()
			if at != "" {
				var err error
				if now, err = time.Parse(time.RFC3339, at); err != nil {
					return misused(cmd, "--at: a time like 2026-11-24T08:00:00Z, got %q", at)
				}
			}
			env, growth, err := settings(config.NeedDatabase)
			if err != nil {
				return err
			}
			p := &preview{rules: growth.Rules, now: now, out: cmd.OutOrStdout(), growth: growth, seen: map[string]bool{}}
			if err := p.read(events, account, cmd.InOrStdin()); err != nil {
				return err
			}
			if offline {
				p.source = "nothing else is known: --offline"
				p.explain(alerts.NewWorkingSet(uuid.NewString))
				return p.err
			}
			return p.withDatabase(cmd.Context(), env)
		},
	}
	cmd.Flags().StringVar(&events, "event", "", "file of the event or events; - is standard input")
	cmd.Flags().StringVar(&account, "account", "", "file with what is known of the account, as in growth.account.updated")
	cmd.Flags().StringVar(&at, "at", "", "when the event comes, as RFC 3339; now if it is left out")
	cmd.Flags().BoolVar(&offline, "offline", false, "do not read the database")
	return cmd
}

// preview explains events without keeping anything.
type preview struct {
	rules  *alerts.Rules
	growth *config.Growth
	now    time.Time
	events []alerts.Event
	known  []alerts.Event // about the accounts, from --account
	source string         // of what is known about the accounts
	seen   map[string]bool
	out    io.Writer
	err    error
}

func (p *preview) read(events, account string, stdin io.Reader) error {
	raw, err := eventsFrom(events, stdin)
	if err != nil {
		return err
	}
	for i, ce := range raw {
		ev, err := handlers.DecodeEvent(ce, p.now, uint64(i+1), p.rules.Zone)
		if err != nil {
			return &usageError{fmt.Errorf("%s: event %d: %w", events, i+1, err)}
		}
		p.events = append(p.events, ev)
	}
	if account == "" {
		return nil
	}
	return p.readAccount(account, p.events[0].Account)
}

// readAccount makes an event of what the file says about an account.
func (p *preview) readAccount(path, id string) error {
	data, err := os.ReadFile(path) //nolint:gosec // the operator names the file
	if err != nil {
		return &usageError{err}
	}
	ce := handlers.CloudEvent{ID: "account", Source: path, Type: "growth.account.updated", Subject: id, Time: p.now.Add(-time.Second), Data: bytes.TrimSpace(data)}
	ev, err := handlers.DecodeEvent(ce, p.now, 0, p.rules.Zone)
	if err != nil {
		return &usageError{fmt.Errorf("%s: %w", path, err)}
	}
	p.known = append(p.known, ev)
	return nil
}

// withDatabase explains the events on what the database knows; on nothing when there is none.
func (p *preview) withDatabase(ctx context.Context, env config.Env) error {
	url := env.DatabaseURL.Reveal()
	if file, ok := strings.CutPrefix(url, "sqlite:"); ok {
		if _, err := os.Stat(strings.TrimPrefix(file, "//")); errors.Is(err, fs.ErrNotExist) {
			p.source = "nothing else is known: there is no database yet"
			p.explain(alerts.NewWorkingSet(uuid.NewString))
			return p.err
		}
	}
	now := func() time.Time { return p.now }
	store, err := storage.Open(ctx, storage.Config{URL: url, Now: now})
	if err != nil {
		return err
	}
	defer store.Close() //nolint:errcheck // the command is over
	if err := store.Ready(ctx); err != nil {
		return err
	}
	p.source = "as the database has it"
	return errors.Join(store.Preview(ctx, append(p.known, p.events...), p.explain), p.err)
}

// explain takes the events one after the other.
func (p *preview) explain(ws *alerts.WorkingSet) {
	for _, ev := range p.known {
		p.rules.Ingest(ws, ev, p.now)
	}
	name := p.growth.Path
	if name == "" {
		name = "the bundled growth file"
	}
	p.printf("%s, revision %.12s\n", name, p.rules.Revision)
	for i, ev := range p.events {
		if len(p.events) > 1 {
			p.printf("\n--- event %d of %d\n", i+1, len(p.events))
		}
		p.one(ws, ev)
	}
}

func (p *preview) printf(format string, args ...any) {
	if _, err := fmt.Fprintf(p.out, format, args...); err != nil && p.err == nil {
		p.err = err
	}
}

// one explains one event.
func (p *preview) one(ws *alerts.WorkingSet, ev alerts.Event) {
	title, source := ev.Account, p.source
	if a := ws.Accounts[ev.Account]; a != nil {
		title = a.Title()
	}
	if len(p.known) > 0 {
		source = "as --account says; " + source
	}
	p.printf("event      %s %s, as of %s\naccount    %s (%s)\n", ev.Type, ev.ID, p.local(ev.At), title, source)
	key := ev.Source + " " + ev.ID
	if p.seen[key] {
		p.printf("result     nothing: an event of this source and id came before, and counts once\n")
		return
	}
	p.seen[key] = true
	trial := p.rules.Try(ws, ev, p.now)
	result := p.rules.Ingest(ws, ev, p.now)
	note := ws.Changes.EventNotes[key]
	p.printf("result     %s\n", outcomeOf(result, note))
	if trial == nil {
		return
	}
	if result != alerts.ResultOpened {
		p.printf("\nWere it the first of its kind, it would go like this:\n")
	}
	p.alert(*trial)
}

// alert tells how an alert is routed.
func (p *preview) alert(t alerts.Trial) {
	p.printf("\nroutes, in their order\n")
	for _, r := range t.Routes {
		p.route(r)
	}
	e, a := t.Explanation, t.Alert
	severity := a.Severity.String()
	if t.Judged != a.Severity && t.Judged != alerts.SeverityNone {
		severity += ", judged as " + t.Judged.String()
	}
	p.printf("\nseverity   %s%s\n", severity, from(e.SeverityFrom, ""))
	channels := make([]string, len(e.Channels))
	for i, name := range e.Channels {
		channels[i] = name + " → " + string(p.rules.Channels[name].Slack)
	}
	fallback := ""
	if e.Fallback {
		fallback = " (the fallback: no route names a channel)"
	}
	p.printf("channel    %s%s\n", orNone(strings.Join(channels, ", ")), fallback)
	owner := orNone(a.OwnerRef)
	if a.Owner != "" {
		owner += ", who is " + a.Owner + " in Slack"
	}
	p.printf("owner      %s, asked for %s%s\n", owner, strings.Join(e.Owner, ", then "), from(e.OwnerFrom, "default"))
	chosen := "the first that is for it"
	if e.PlaybookMapped {
		chosen = "the journey map names it"
	}
	p.printf("playbook   %s%s\n", orNone(a.Playbook), from(e.PlaybookFrom, chosen))
	p.printf("escalation %s%s\n", p.escalation(a), from(e.EscalationFrom, "by severity"))
	held := "nothing, it is shown at once"
	if a.Hold.Reason != alerts.HoldNone {
		held = strings.ReplaceAll(string(a.Hold.Reason), "_", " ")
		if !a.Hold.Until.IsZero() {
			held += ", until " + p.local(a.Hold.Until)
		}
	}
	p.printf("held by    %s\n", held)
}

func (p *preview) route(r alerts.RouteStep) {
	switch {
	case r.Skipped:
		p.printf("  -  %s: not asked, a route before it took the alert\n", r.Name)
	case r.Matched && r.When == "":
		p.printf("  ✓  %s: matches everything%s\n", r.Name, to(r.Channel))
	case r.Matched:
		p.printf("  ✓  %s: %s%s\n       because %s\n", r.Name, r.When, to(r.Channel), strings.Join(r.Values, ", "))
	default:
		p.printf("  ✗  %s: %s\n", r.Name, r.When)
		for _, lack := range r.Lacks {
			p.printf("       not %s\n", lack)
		}
	}
}

// escalation writes the policy of an alert in a line.
func (p *preview) escalation(a alerts.Alert) string {
	name := a.Escalation
	policy, ok := p.rules.Escalations[name]
	if !ok {
		return name + ", which the growth file does not have: nobody is told"
	}
	var steps []string
	for _, step := range policy.Steps {
		switch {
		case step.Remind != "":
			steps = append(steps, fmt.Sprintf("after %s remind the %s", short(step.After), step.Remind))
		case step.Mention != "":
			who := step.Mention
			if who == alerts.MentionLead {
				who = p.rules.Lead(a.Segment)
			}
			steps = append(steps, fmt.Sprintf("after %s mention %s", short(step.After), strings.TrimPrefix(who, "group:")))
		case step.Next != "":
			steps = append(steps, fmt.Sprintf("after %s give it to the next %s", short(step.After), step.Next))
		case step.Post != "":
			steps = append(steps, fmt.Sprintf("after %s post to %s", short(step.After), step.Post))
		}
	}
	if len(steps) == 0 {
		return name + ": nobody is told"
	}
	if policy.Calendar != "" {
		steps = append(steps, "in the hours of "+policy.Calendar)
	}
	return name + ": " + strings.Join(steps, ", ")
}

func (p *preview) local(t time.Time) string {
	return t.In(p.rules.Zone).Format("Mon 2 Jan 2006 15:04 MST")
}

// short writes a duration as the growth file does.
func short(d time.Duration) string {
	const day = 24 * time.Hour
	if d >= day && d%day == 0 {
		return fmt.Sprintf("%dd", d/day)
	}
	text := d.String()
	for _, zero := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(text, zero) {
			text = text[:len(text)-2]
		}
	}
	return text
}

// from names the route that set something.
func from(route, otherwise string) string {
	switch {
	case route != "":
		return " (route " + route + ")"
	case otherwise != "":
		return " (" + otherwise + ")"
	}
	return ""
}

func to(channel string) string {
	if channel == "" {
		return ""
	}
	return " → " + channel
}

func orNone(text string) string {
	if text == "" {
		return "none"
	}
	return text
}

// What an event did and why, in words.
var (
	resultWords = map[alerts.EventResult]string{
		alerts.ResultOpened: "opens an alert", alerts.ResultUpdated: "updates the alert that is live", alerts.ResultResolved: "ends the alert that is live",
		alerts.ResultStale: "no alert: something later is known already", alerts.ResultStored: "no alert: it updates what is known",
	}
	reasonWords = map[alerts.EventReason]string{
		alerts.BecauseClear: "good, or below every threshold", alerts.BecauseMild: "not bad enough", alerts.BecauseTold: "as bad was told before",
		alerts.BecauseBetter: "still not good, but better than before", alerts.BecauseChurned: "the account has churned",
		alerts.BecauseResets: "the counter resets before the limit is reached", alerts.BecausePast: "it was reached long ago",
		alerts.BecauseOlder: "something later is known already", alerts.BecauseNothing: "it says nothing that an alert could be about",
	}
)

func outcomeOf(result alerts.EventResult, note alerts.EventNote) string {
	saw := ""
	if note.Saw != "" {
		saw = " (" + note.Saw + ")"
	}
	if reason := reasonWords[note.Reason]; reason != "" {
		return "no alert: " + reason + saw
	}
	return resultWords[result] + saw
}
