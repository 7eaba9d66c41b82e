package handlers

import (
	"context"
	"maps"
	"strings"

	"github.com/agnivade/levenshtein"
	"github.com/slack-go/slack"

	"journeybot/alerts"
	"journeybot/cards"
	"journeybot/journey"
)

// verb is a sub-command of the slash command.
type verb struct {
	run  func(s *Slack, ctx context.Context, user string, args []string) (reply, error)
	args []string // the words it takes; nil takes none
}

// verbs are the sub-commands by name. Everything else is the name of an account.
func verbs() map[string]verb {
	all := alertVerbs()
	for _, some := range []map[string]verb{ownerVerbs(), muteVerbs(), readVerbs()} {
		maps.Copy(all, some)
	}
	return all
}

func alertVerbs() map[string]verb {
	return map[string]verb{
		"":       {run: (*Slack).myAlerts},
		"alerts": {run: (*Slack).listAlerts, args: []string{"mine", "unowned", "red"}},
		"help":   {run: (*Slack).help},
	}
}

// Command answers one slash command. send acknowledges it.
func (s *Slack) Command(cmd slack.SlashCommand, send ack) {
	line := parse(cmd.Text)
	s.serve(request{
		name: line.label(), user: cmd.UserID, responseURL: cmd.ResponseURL, inAck: true,
		meanwhile: "Still looking: the answer follows here in a moment.",
		work: func(ctx context.Context) (reply, error) {
			return s.facing(s.people.Person(ctx, cmd.UserID)).run(ctx, cmd.UserID, line)
		},
	}, send)
}

// line is a parsed command text: a sub-command with its arguments, or what names an account.
type line struct {
	verb    string
	args    []string
	account string // set when no sub-command was named
	quoted  bool   // the account was in quotes, so it can't be a mistyped sub-command
}

// label bounds what the metric sees.
func (l line) label() string {
	switch {
	case l.account != "":
		return "account"
	case l.verb == "":
		return "mine"
	}
	return l.verb
}

var quotes = strings.NewReplacer("“", `"`, "”", `"`, "„", `"`, "«", `"`, "»", `"`)

// parse reads `verb args` or an account. A first word in quotes is an account, even one named like a sub-command.
func parse(text string) line {
	text = strings.TrimSpace(quotes.Replace(text))
	if rest, ok := strings.CutPrefix(text, `"`); ok {
		name, _, _ := strings.Cut(rest, `"`)
		return line{account: strings.TrimSpace(name), quoted: true}
	}
	words := strings.Fields(text)
	if len(words) == 0 {
		return line{}
	}
	first := strings.ToLower(words[0])
	if v, ok := verbs()[first]; ok && (len(words) == 1 || v.args != nil) {
		return line{verb: first, args: words[1:]}
	}
	return line{account: text}
}

func (s *Slack) run(ctx context.Context, user string, l line) (reply, error) {
	if l.account == "" {
		return verbs()[l.verb].run(s, ctx, user, l.args)
	}
	return s.account(ctx, l)
}

func (s *Slack) account(ctx context.Context, l line) (reply, error) {
	found, err := s.store.FindAccount(ctx, l.account)
	if err != nil {
		return reply{}, err
	}
	if match, ok := found.Sure(); ok {
		return s.showAccount(ctx, match.AccountID)
	}
	if word, _, _ := strings.Cut(l.account, " "); len(found.Matches) == 0 && !l.quoted {
		if near := nearestVerb(word); near != "" {
			return reply{drawing: cards.Help(s.style(), word, near)}, nil
		}
	}
	return reply{drawing: cards.Choose(s.style(), found)}, nil
}

func (s *Slack) showAccount(ctx context.Context, id string) (reply, error) {
	view, err := s.store.AccountView(ctx, id)
	if err != nil {
		return reply{}, err
	}
	return reply{drawing: cards.Journey(s.style(), view)}, nil
}

func (s *Slack) myAlerts(ctx context.Context, user string, _ []string) (reply, error) {
	return s.list(ctx, alerts.Filter{Owner: user})
}

func (s *Slack) listAlerts(ctx context.Context, user string, args []string) (reply, error) {
	filter, unknown := alertFilter(user, args)
	if unknown != "" {
		return reply{drawing: cards.Help(s.style(), "alerts "+unknown, nearest(unknown, verbs()["alerts"].args, "alerts "))}, nil
	}
	return s.list(ctx, filter)
}

// alertFilter reads the words after `alerts`; unknown is the first that is none of them.
func alertFilter(user string, args []string) (f alerts.Filter, unknown string) {
	for _, word := range args {
		switch strings.ToLower(word) {
		case "mine":
			f.Owner = user
		case "unowned":
			f.Unowned = true
		case "red":
			f.Red = true
		default:
			return alerts.Filter{}, word
		}
	}
	return f, ""
}

func (s *Slack) list(ctx context.Context, f alerts.Filter) (reply, error) {
	views, total, err := s.store.LiveAlerts(ctx, f)
	if err != nil {
		return reply{}, err
	}
	return reply{drawing: cards.AlertList(s.style(), f, views, total)}, nil
}

func (s *Slack) help(context.Context, string, []string) (reply, error) {
	return reply{drawing: cards.Help(s.style(), "", "")}, nil
}

// nearestVerb returns the sub-command that word was probably meant to be, or "".
func nearestVerb(word string) string {
	names := make([]string, 0, len(verbs()))
	for name := range verbs() {
		if name != "" {
			names = append(names, name)
		}
	}
	return nearest(word, names, "")
}

// nearest returns prefix and the one of names that is at most two slips away from word (one for short words), or "".
func nearest(word string, names []string, prefix string) string {
	best, bestDistance := "", 3
	for _, name := range names {
		d := levenshtein.ComputeDistance(journey.Fold(word), name)
		if d < bestDistance && d <= len(name)/2 || d == bestDistance && name < best {
			best, bestDistance = name, d
		}
	}
	if best == "" {
		return ""
	}
	return prefix + best
}
