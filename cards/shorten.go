package cards

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Slack's limits, in characters. Lengths are counted as UTF-16 does, which is never less than any other count of characters.
const (
	maxBlocks  = 50  // of a message
	maxView    = 100 // blocks of a modal or Home tab
	maxHeader  = 150
	maxSection = 3000
	maxLabel   = 75 // of a button or an option
	maxText    = 4000
	maxID      = 255
	maxURL     = 3000
	maxOptions = 100
	maxActions = 25
	maxMore    = 5   // options of an overflow menu
	maxConfirm = 300 // text of a dialog that asks before a button acts
	maxValue   = 75  // of an option; buttons may have more, ours don't
)

// Bounds of our own: Slack refuses a message that is too large without saying how large that is.
const (
	maxDrawing = 40_000 // bytes of JSON, in which one "&" takes ten
	minSection = 150    // characters that a section keeps when a message becomes too large
)

// shorten cuts s to limit characters and shows that with "…". It never cuts inside an atom: atom returns the length in
// bytes of the one at the start of its argument.
func shorten(s string, limit int, atom func(string) int) string {
	size, fits := 0, 0 // fits: bytes that leave room for the ellipsis
	for at := 0; at < len(s); {
		n := atom(s[at:])
		size += characters(s[at : at+n])
		if size > limit {
			return closeIsolates(strings.TrimRight(whole(s, fits), " ")+"…", limit)
		}
		at += n
		if size < limit {
			fits = at
		}
	}
	return s
}

// closeIsolates ends what a cut left open; without room for that the opening goes too.
func closeIsolates(s string, limit int) string {
	open := strings.Count(s, isolate) - strings.Count(s, endIsolate)
	if open <= 0 {
		return s
	}
	if closed := s + strings.Repeat(endIsolate, open); characters(closed) <= limit {
		return closed
	}
	return strings.NewReplacer(isolate, "", endIsolate, "").Replace(s)
}

// whole moves a cut back to where it splits no accent or joined emoji from its letter.
func whole(s string, at int) string {
	for at > 0 && at < len(s) {
		after, _ := utf8.DecodeRuneInString(s[at:])
		before, n := utf8.DecodeLastRuneInString(s[:at])
		if before != '\u200D' && !joins(after) {
			break
		}
		at -= n
	}
	return s[:at]
}

func joins(r rune) bool {
	return r == '\u200D' || unicode.Is(unicode.M, r) || r >= 0x1F3FB && r <= 0x1F3FF // skin tones
}

func characters(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r > 0xFFFF {
			n++
		}
	}
	return n
}

// oneRune makes every rune an atom of plain text.
func oneRune(s string) int {
	_, n := utf8.DecodeRuneInString(s)
	return n
}

// maxToken is the longest token in bytes; looking further for the end of one would take long in a text of many "<".
const maxToken = 1000

// oneToken makes links, mentions, dates and entities atoms of mrkdwn.
func oneToken(s string) int {
	end, near := -1, s[:min(len(s), maxToken)]
	switch s[0] {
	case '<':
		end = strings.IndexByte(near, '>')
	case '&':
		end = strings.IndexByte(near, ';')
	}
	if end < 0 {
		return oneRune(s)
	}
	return end + 1
}
