package cards

import (
	"regexp"
	"strings"

	"journeybot/alerts"
)

// maxNotice leaves room in a section for whom the notice mentions.
const maxNotice = maxSection - 100

// Notice draws a frozen notice or ping. Of the commands in its text only dates, links and mentions of one person or group work.
func Notice(_ Style, n alerts.Notice) Drawing {
	m := newSheet()
	text := tame(n.Text)
	who, ok := mention(n.Mention)
	if !ok {
		who = esc(handle(n.Mention))
	}
	var open control
	if n.AlertID != "" {
		open = button(ActionAlert, "Open alert", n.AlertID)
	}
	all, spoken := join(" ", who, text), join(" ", who, spokenOf(text))
	if all == "" {
		all = "This notice came without a text."
	}
	if spoken == "" {
		spoken = all
	}
	m.section("notice:"+n.AlertID, open, all)
	m.row("decide:"+n.AlertID, decide(n)...)
	m.row(FrozenRow+n.AlertID, offered(n)...)
	return m.drawing(spoken)
}

// handle reads "group:@cs-leads" as people know it. It pings nobody: only an id can.
func handle(ref string) plain {
	return outside(strings.TrimPrefix(ref, "group:"), termWidth)
}

var (
	harmless = regexp.MustCompile(`^<(@[UW][A-Z0-9]+|#C[A-Z0-9]+|!subteam\^S[A-Z0-9]+|` +
		`!date\^-?[0-9]+\^[^<>|]*\|[^<>|]*|https?://[^<>|]+(\|[^<>|]*)?)>$`)
	entity = regexp.MustCompile(`^&(amp|lt|gt);$`)
)

// tame keeps mrkdwn from elsewhere from doing more than a notice may: what is no harmless token becomes text.
func tame(text string) mrkdwn {
	var b strings.Builder
	text = strings.Map(func(r rune) rune {
		if r == '\n' {
			return r
		}
		return visible(r)
	}, strings.ToValidUTF8(text, "\uFFFD"))
	for at := 0; at < len(text); {
		token := text[at : at+oneToken(text[at:])]
		if !harmless.MatchString(token) && !entity.MatchString(token) {
			token = entities.Replace(text[at : at+oneRune(text[at:])])
			at += oneRune(text[at:])
		} else {
			at += len(token)
		}
		b.WriteString(token)
	}
	return closeCode(shorten(strings.TrimSpace(b.String()), maxNotice, oneToken))
}

// closeCode takes the last backtick away from text that opens code and never closes it.
func closeCode(s string) mrkdwn {
	if last := strings.LastIndexByte(s, '`'); strings.Count(s, "`")%2 != 0 {
		s = s[:last] + string(lookalike('`', false)) + s[last+1:]
	}
	return mrkdwn(s)
}

// spokenOf turns mrkdwn into what a notification can show: labels of links, fallbacks of dates, no formatting. Mentions
// stay: a notification shows them as names.
func spokenOf(m mrkdwn) mrkdwn {
	var b strings.Builder
	for at, text := 0, string(m); at < len(text); {
		token := text[at : at+oneToken(text[at:])]
		at += len(token)
		switch {
		case strings.HasPrefix(token, "<"):
			if _, label, ok := strings.Cut(strings.Trim(token, "<>"), "|"); ok {
				token = label
			}
		case token == "*", token == "`", token == "~":
			token = ""
		}
		b.WriteString(token)
	}
	return mrkdwn(b.String())
}
