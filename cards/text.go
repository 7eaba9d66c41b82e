package cards

import (
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The escaping rule, enforced by two types. Whatever comes from outside is a string, and a string becomes plain only
// through outside, which takes away what could deceive: control characters, line breaks, bidirectional overrides. plain
// becomes mrkdwn only through esc, which takes away what Slack would read as a command: & < > are escaped once, so that
// nothing can ping or forge a link, and the markers of bold, strike and code are replaced by letters that look like them.
// Look-alikes instead of invisible joiners: every client shows them as text for certain, and a copied name has no
// characters that nobody can see.
type (
	plain  string // safe on one line of a plain_text object
	mrkdwn string // safe in a mrkdwn object
)

// First strong isolate and its end keep right-to-left text from reordering the numbers beside it.
const (
	isolate    = "\u2068"
	endIsolate = "\u2069"
)

// outside makes text from anywhere safe to show, at most limit characters of it.
func outside(s string, limit int) plain {
	s = shorten(strings.Join(strings.Fields(strings.Map(visible, strings.ToValidUTF8(s, "\uFFFD"))), " "), limit, oneRune)
	if strings.ContainsFunc(s, rightToLeft) {
		s = isolate + s + endIsolate
	}
	return plain(s)
}

// visible drops what can't be seen. The joiners stay: emoji and Persian words are made with them.
func visible(r rune) rune {
	const nonJoiner, joiner = '\u200C', '\u200D'
	switch {
	case r == nonJoiner, r == joiner:
		return r
	case unicode.IsSpace(r):
		return ' '
	case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Zl, unicode.Zp):
		return -1
	}
	return r
}

// visibleInLines is visible for text that is edited: its lines stay.
func visibleInLines(r rune) rune {
	if r == '\n' {
		return r
	}
	return visible(r)
}

func rightToLeft(r rune) bool {
	return unicode.In(r, unicode.Hebrew, unicode.Arabic, unicode.Syriac, unicode.Thaana, unicode.Nko, unicode.Adlam)
}

var entities = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// esc shows plain text inside mrkdwn exactly as it is.
func esc(p plain) mrkdwn {
	var b strings.Builder
	before := ' '
	for i, r := range string(p) {
		after, _ := utf8.DecodeRuneInString(string(p)[i+utf8.RuneLen(r):])
		b.WriteRune(lookalike(r, wordRune(before) && wordRune(after)))
		before = r
	}
	return mrkdwn(entities.Replace(b.String()))
}

// lookalike replaces a marker of Slack's formatting. Slack leaves an underscore inside a word alone, and so do we.
func lookalike(r rune, insideWord bool) rune {
	switch {
	case r == '*':
		return '∗'
	case r == '~':
		return '∼'
	case r == '`':
		return 'ˋ'
	case r == '_' && !insideWord:
		return 'ˍ'
	}
	return r
}

func wordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// bold sets a phrase in bold.
func bold(m mrkdwn) mrkdwn { return "*" + m + "*" }

// code shows lines in a code block. Only backticks could end it, and plain text inside it has none left after esc.
func code(lines []plain) mrkdwn {
	escaped := make([]string, len(lines))
	for i, line := range lines {
		escaped[i] = string(esc(line))
	}
	return mrkdwn("```" + strings.Join(escaped, "\n") + "```")
}

// maxLink is the longest address inside mrkdwn, in bytes: with its label it stays within maxToken.
const maxLink = 500

// link shows a label that leads to an address from outside; an address that is not a plain http or https one leaves the label alone.
func link(address string, label plain) mrkdwn {
	safe, ok := webAddress(address)
	safe = entities.Replace(safe)
	if !ok || len(safe) > maxLink {
		return esc(label)
	}
	return mrkdwn("<" + safe + "|" + strings.ReplaceAll(string(esc(label)), "|", "¦") + ">")
}

// webAddress normalizes an http or https address so that it can't end the link it stands in.
func webAddress(address string) (string, bool) {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil {
		return "", false
	}
	u.RawQuery = strings.Map(inAddress, u.RawQuery)
	safe := strings.NewReplacer("|", "%7C", "<", "%3C", ">", "%3E", `"`, "%22", "`", "%60").Replace(u.String())
	if len(safe) > maxURL || strings.ContainsFunc(safe, func(r rune) bool { return inAddress(r) < 0 }) {
		return "", false
	}
	return safe, true
}

func inAddress(r rune) rune {
	if r <= ' ' || r == 0x7F || visible(r) != r {
		return -1
	}
	return r
}

var (
	userID    = regexp.MustCompile(`^[UW][A-Z0-9]{1,30}$`)
	groupID   = regexp.MustCompile(`^S[A-Z0-9]{1,30}$`)
	channelID = regexp.MustCompile(`^C[A-Z0-9]{6,30}$`)
)

// mention pings a person or a user group by Slack id; ok is false when id is neither.
func mention(id string) (m mrkdwn, ok bool) {
	switch {
	case userID.MatchString(id):
		return mrkdwn("<@" + id + ">"), true
	case groupID.MatchString(id):
		return mrkdwn("<!subteam^" + id + ">"), true
	}
	return "", false
}

// join puts separator between the parts that are not empty.
func join[T plain | mrkdwn](separator T, parts ...T) T {
	var joined T
	for _, p := range parts {
		switch {
		case p == "":
		case joined == "":
			joined = p
		default:
			joined += separator + p
		}
	}
	return joined
}

// escAll escapes every part.
func escAll(parts []plain) []mrkdwn {
	escaped := make([]mrkdwn, len(parts))
	for i, p := range parts {
		escaped[i] = esc(p)
	}
	return escaped
}
