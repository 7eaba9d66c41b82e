package handlers

import (
	"cmp"
	"context"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/agnivade/levenshtein"
	"github.com/slack-go/slack"

	"journeybot/alerts"
	"journeybot/cards"
	"journeybot/journey"
)

// verb is a sub-command of the slash command. Either run or hear is set.
type verb struct {
	run   func(s *Slack, ctx context.Context, user string, args []string) (reply, error)
	hear  func(s *Slack, ctx context.Context, l line) (reply, error) // for what needs more of the line than its words
	args  []string                                                   // the words it takes; nil takes none
	needs need

	usage   string // what to type, without the slash command's name; "" is the verb alone
	does    string // in one line, for the help
	example string // "" is usage
}

// verbs are the sub-commands by name. Everything else is the name of an account.
func verbs() map[string]verb {
	all := alertVerbs()
	for _, some := range []map[string]verb{ownerVerbs(), muteVerbs(), readVerbs(), playbookVerbs(), journeyVerbs()} {
		maps.Copy(all, some)
	}
	return all
}

func alertVerbs() map[string]verb {
	return map[string]verb{
		"": {run: (*Slack).myAlerts, does: "your live alerts"},
		"alerts": {
			run: (*Slack).listAlerts, args: alertWords(), usage: "alerts [mine] [unowned] [red] [held] [#channel] [kind] [severity]",
			does: "live alerts, oldest unacknowledged first; the words add up", example: "alerts unowned high",
		},
		"help": {run: (*Slack).help, does: "this list"},
	}
}

// commands are what the help lists: the account's views, then every sub-command by name.
func commands() []cards.Command {
	list := []cards.Command{
		{Does: verbs()[""].does},
		{Usage: "<account>", Does: "health and why, stage, KPIs, open alerts, owner, renewal", Example: "acme"},
		{Usage: "<account> kpis [90d]", Does: "every KPI as a table and a chart", Example: "acme kpis 90d"},
		{Usage: "<account> timeline", Does: "stage changes, alerts, outcomes, notes, mutes, newest first", Example: "acme timeline"},
	}
	for _, name := range slices.Sorted(maps.Keys(verbs())) {
		if v := verbs()[name]; name != "" && name != "help" {
			usage := cmp.Or(v.usage, name)
			list = append(list, cards.Command{Usage: usage, Does: v.does, Example: cmp.Or(v.example, usage)})
		}
	}
	return append(list, cards.Command{Usage: "help", Does: verbs()["help"].does, Example: "help"})
}

// Command answers one slash command. send acknowledges it.
func (s *Slack) Command(cmd slack.SlashCommand, send ack) {
	line := parse(cmd.Text)
	line.user, line.request = cmd.UserID, cmd.TriggerID
	s.serve(request{
		name: line.label(), user: cmd.UserID, responseURL: cmd.ResponseURL, inAck: true,
		meanwhile: "Still looking: the answer follows here in a moment.",
		work: func(ctx context.Context) (reply, error) {
			by := s.people.Person(ctx, cmd.UserID)
			if err := s.may(ctx, by, needNothing, where{}); err != nil {
				return reply{}, err
			}
			return s.facing(by).run(ctx, cmd.UserID, line)
		},
	}, send)
}

// line is a parsed command text: a sub-command with its arguments, or what names an account and the view of it.
type line struct {
	verb    string
	args    []string // the words after the verb, one in quotes as one
	rest    string   // what follows the verb, as it was typed
	account string   // set when no sub-command was named
	view    string   // of the account: one of views; "" is its card
	window  string   // how far back the view looks, such as 90d; "" is its default
	quoted  bool     // the account was in quotes, so it can't be a mistyped sub-command

	user    string // Slack id of who typed it
	request string // identifies the command, so that it counts once; "" when nothing does
}

// label bounds what the metric sees.
func (l line) label() string {
	switch {
	case l.account != "":
		return cmp.Or(l.view, "account")
	case l.verb == "":
		return "mine"
	}
	return l.verb
}

var quotes = strings.NewReplacer("“", `"`, "”", `"`, "„", `"`, "«", `"`, "»", `"`)

// word is a word of a command, or several in quotes.
type word struct {
	text   string
	quoted bool
	at     int // where it begins
	end    int // and what is after it
}

// wordsOf splits a command at spaces. Quotes hold words together where they begin one; a last one may stay open.
func wordsOf(text string) []word {
	var words []word
	for at := 0; at < len(text); {
		r, n := utf8.DecodeRuneInString(text[at:])
		if unicode.IsSpace(r) {
			at += n
			continue
		}
		if r == '"' {
			inner, _, closed := strings.Cut(text[at+1:], `"`)
			end := at + 1 + len(inner)
			if closed {
				end++
			}
			words = append(words, word{text: strings.TrimSpace(inner), quoted: true, at: at, end: end})
			at = end
			continue
		}
		end := len(text)
		if space := strings.IndexFunc(text[at:], unicode.IsSpace); space >= 0 {
			end = at + space
		}
		words = append(words, word{text: text[at:end], at: at, end: end})
		at = end
	}
	return words
}

// parse reads `verb args`, or an account and what to show of it. A first word in quotes is an account, even one named like a
// sub-command. An account's name needs no quotes: it ends before the last word that names a view.
func parse(text string) line {
	text = strings.TrimSpace(quotes.Replace(strings.ToValidUTF8(text, "\uFFFD")))
	words := wordsOf(text)
	if len(words) == 0 {
		return line{}
	}
	if words[0].quoted {
		l := line{account: words[0].text, quoted: true}
		if len(words) > 1 {
			l.view, l.window, _ = viewAt(words[1:])
		}
		return l
	}
	first := strings.ToLower(words[0].text)
	if v, ok := verbs()[first]; ok && (len(words) == 1 || v.args != nil || v.hear != nil) {
		l := line{verb: first, rest: strings.TrimSpace(text[words[0].end:])}
		for _, w := range words[1:] {
			l.args = append(l.args, w.text)
		}
		return l
	}
	for i := len(words) - 1; i > 0; i-- {
		if view, window, ok := viewAt(words[i:]); ok {
			return line{account: strings.TrimSpace(text[:words[i].at]), view: view, window: window}
		}
	}
	return line{account: text}
}

// accountView shows an account in another way than its card.
type accountView struct {
	show  func(s *Slack, ctx context.Context, id, window string) (reply, error)
	reads func(window string) bool // what may stand after its name; nil: nothing
}

// views are what can be shown of an account beside its card, by the word that asks for it.
func views() map[string]accountView {
	return map[string]accountView{
		"kpis": {
			show: func(s *Slack, ctx context.Context, id, window string) (reply, error) {
				return s.showKPIs(ctx, id, daysIn(window, 90))
			},
			reads: func(window string) bool { return daysIn(window, 0) > 0 },
		},
		"timeline": {show: func(s *Slack, ctx context.Context, id, _ string) (reply, error) { return s.showTimeline(ctx, id, 0) }},
		"why":      {show: func(s *Slack, ctx context.Context, id, _ string) (reply, error) { return s.whyAccount(ctx, id) }},
	}
}

// viewAt reads a view and, when it takes one, a window, and nothing else.
func viewAt(words []word) (view, window string, ok bool) {
	view = strings.ToLower(words[0].text)
	v, known := views()[view]
	if !known || words[0].quoted {
		return "", "", false
	}
	for _, w := range words[1:] {
		window += strings.ToLower(w.text)
	}
	if window != "" && (v.reads == nil || !v.reads(window)) {
		return "", "", false
	}
	return view, window, true
}

const maxDays = 365

var windowWords = regexp.MustCompile(`^(\d{1,3})(d|days?|w|weeks?|m|months?|y|years?)?$`)

// daysIn reads a window such as 90d, 12w or 6 months, at most a year; otherwise when it is none.
func daysIn(window string, otherwise int) int {
	found := windowWords.FindStringSubmatch(strings.ToLower(window))
	if found == nil {
		return otherwise
	}
	n, _ := strconv.Atoi(found[1])
	if unit := found[2]; unit != "" {
		n *= map[byte]int{'d': 1, 'w': 7, 'm': 30, 'y': 365}[unit[0]]
	}
	if n == 0 {
		return otherwise
	}
	return min(n, maxDays)
}

func (s *Slack) run(ctx context.Context, user string, l line) (reply, error) {
	l.user = user
	if l.account != "" || l.quoted {
		return s.account(ctx, l)
	}
	v := verbs()[l.verb]
	if v.needs != needNothing {
		if err := s.may(ctx, s.people.Person(ctx, user), v.needs, where{}); err != nil {
			return reply{}, err
		}
	}
	if v.hear != nil {
		return v.hear(s, ctx, l)
	}
	return v.run(s, ctx, user, l.args)
}

func (s *Slack) account(ctx context.Context, l line) (reply, error) {
	found, err := s.store.FindAccount(ctx, l.account)
	if err != nil {
		return reply{}, err
	}
	if match, ok := found.Sure(); ok {
		return s.show(ctx, match.AccountID, l.view, l.window)
	}
	if word, rest, _ := strings.Cut(l.account, " "); len(found.Matches) == 0 && !l.quoted {
		near := nearestVerb(word)
		if _, isView := views()[strings.ToLower(word)]; isView && rest != "" {
			near = strings.TrimSpace(rest) + " " + strings.ToLower(word)
		}
		if near != "" {
			return s.misunderstood(word, near), nil
		}
	}
	return reply{drawing: cards.ChooseFor(s.style(), found, joined(l.view, l.window))}, nil
}

// joined writes a view of an account as a button's value has it.
func joined(view, window string) string { return strings.TrimSpace(view + " " + window) }

// show shows an account: its card, or another view of it.
func (s *Slack) show(ctx context.Context, id, view, window string) (reply, error) {
	if v, ok := views()[view]; ok {
		return v.show(s, ctx, id, window)
	}
	if day, err := journey.ParseDay(window); view == "not" && err == nil {
		return s.whyNot(ctx, id, day) // a button of `why not`
	}
	return s.showAccount(ctx, id)
}

// misunderstood answers with the help, and what was probably meant.
func (s *Slack) misunderstood(unknown, nearest string) reply {
	return reply{drawing: cards.Help(s.style(), unknown, nearest, commands())}
}

func (s *Slack) showAccount(ctx context.Context, id string) (reply, error) {
	view, err := s.store.AccountView(ctx, id)
	if err != nil {
		return reply{}, err
	}
	if view.Journey, err = s.stands(ctx, view.Account.ID); err != nil {
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
		return s.misunderstood("alerts "+unknown, nearest(unknown, alertWords(), "alerts ")), nil
	}
	return s.list(ctx, filter)
}

func (s *Slack) list(ctx context.Context, f alerts.Filter) (reply, error) {
	views, total, err := s.store.LiveAlerts(ctx, f)
	if err != nil {
		return reply{}, err
	}
	return reply{drawing: cards.AlertList(s.style(), f, views, total)}, nil
}

func (s *Slack) help(context.Context, string, []string) (reply, error) {
	return s.misunderstood("", ""), nil
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
