package blockkit

import (
	"html/template"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// mrkdwn turns Slack's mrkdwn into HTML: code first, then links and mentions, then styles, with quotes and lists by line.
// Every byte of text goes through escape, so the only tags in the result are the ones written here.
type mrkdwn struct {
	draw     *drawing
	autolink bool // plain addresses become links, as Slack does unless an object says verbatim
}

const fence = "```"

// html draws text of several lines.
func (m mrkdwn) html(text string) template.HTML {
	var out strings.Builder
	for text != "" {
		before, rest, fenced := strings.Cut(text, fence)
		code, after, closed := strings.Cut(rest, fence)
		if !fenced || !closed {
			m.lines(&out, text, false)
			break
		}
		m.lines(&out, strings.TrimSuffix(before, "\n"), false)
		out.WriteString(`<pre class="code-block"><code>` + escape(unescape(strings.Trim(code, "\n"))) + `</code></pre>`)
		text = strings.TrimPrefix(after, "\n")
	}
	return template.HTML(out.String()) //nolint:gosec // every piece was escaped
}

// lineKind is what a line of mrkdwn starts with.
type lineKind int

const (
	plainLine lineKind = iota
	quoteLine
	listLine
)

// lines draws text without code blocks: neighbouring lines of a kind share one element. Behind >>> everything is quoted,
// once: quoted then says that a further >>> means no more than >.
func (m mrkdwn) lines(out *strings.Builder, text string, quoted bool) {
	if text == "" {
		return
	}
	kind, open := plainLine, false
	rest := strings.Split(text, "\n")
	for i, line := range rest {
		if after, ok := cutAny(line, "&gt;&gt;&gt;", ">>>"); ok && !quoted {
			closeLines(out, kind, open)
			out.WriteString(`<blockquote>`)
			m.lines(out, strings.TrimPrefix(strings.Join(append([]string{after}, rest[i+1:]...), "\n"), " "), true)
			out.WriteString(`</blockquote>`)
			return
		}
		next, body := classify(line)
		switch {
		case open && next == kind && kind != listLine:
			out.WriteString("<br>")
		case !open || next != kind:
			closeLines(out, kind, open)
			out.WriteString(map[lineKind]string{plainLine: `<div>`, quoteLine: `<blockquote>`, listLine: `<div class="list">`}[next])
		}
		kind, open = next, true
		if kind == listLine {
			out.WriteString(`<div class="item">` + m.inline(body, 0) + `</div>`)
		} else {
			out.WriteString(m.inline(body, 0))
		}
	}
	closeLines(out, kind, open)
}

func closeLines(out *strings.Builder, kind lineKind, open bool) {
	if !open {
		return
	}
	if kind == quoteLine {
		out.WriteString(`</blockquote>`)
	} else {
		out.WriteString(`</div>`)
	}
}

// listMarker is what people put before the items of a list; mrkdwn keeps the marker as it was typed.
var listMarker = regexp.MustCompile(`^\s*(?:[•◦▪-]|\d{1,3}[.)])\s`)

func classify(line string) (kind lineKind, body string) {
	if quoted, ok := cutAny(line, "&gt;", ">"); ok {
		return quoteLine, strings.TrimPrefix(quoted, " ")
	}
	if listMarker.MatchString(line) {
		return listLine, line
	}
	return plainLine, line
}

// styles are the marks around bold, italic and struck text.
var styles = map[byte]struct {
	open, close string
	bit         int
}{
	'*': {"<b>", "</b>", 1},
	'_': {"<i>", "</i>", 2},
	'~': {"<s>", "</s>", 4},
}

// inline draws one line. active holds the styles around it: a style does not nest in itself.
func (m mrkdwn) inline(text string, active int) string {
	var out strings.Builder
	unclosed := 0
	for i := 0; i < len(text); {
		if html, length := m.token(text, i); length > 0 {
			out.WriteString(html)
			i += length
			continue
		}
		style, styled := styles[text[i]]
		if styled && active&style.bit == 0 && unclosed&style.bit == 0 && opens(text, i) {
			if end := closing(text, i); end > 0 {
				out.WriteString(style.open + m.inline(text[i+1:end], active|style.bit) + style.close)
				i = end + 1
				continue
			}
			unclosed |= style.bit
		}
		char, size := utf8.DecodeRuneInString(text[i:])
		out.WriteString(escape(string(char)))
		i += size
	}
	return out.String()
}

// token draws what counts as one thing at text[i:]: code, a control sequence, an entity, an emoji, an address.
// length 0 means there is none.
func (m mrkdwn) token(text string, i int) (html string, length int) {
	rest := text[i:]
	switch rest[0] {
	case '`':
		if end := strings.IndexByte(rest[1:], '`'); end > 0 {
			return `<code>` + escape(unescape(rest[1:1+end])) + `</code>`, end + 2
		}
	case '<':
		if end := strings.IndexByte(rest, '>'); end > 1 {
			return string(m.control(rest[1:end])), end + 1
		}
	case '&':
		if char, size := entity(rest); size > 0 {
			return escape(char), size
		}
	case ':':
		if name, size, ok := m.draw.emojiAt(rest); ok {
			return string(m.draw.emojiHTML(name)), size
		}
	case 'h':
		if address := addressAt(rest); m.autolink && address != "" && (i == 0 || !isWord(lastRune(text[:i]))) {
			plain := unescape(address)
			return string(link(plain, escape(plain))), len(address)
		}
	}
	return "", 0
}

// control draws what stands between < and >.
func (m mrkdwn) control(body string) template.HTML {
	target, label, _ := strings.Cut(body, "|")
	label = unescape(label)
	switch {
	case strings.HasPrefix(target, "@"):
		return m.draw.userHTML(target[1:], label)
	case strings.HasPrefix(target, "#"):
		return m.draw.channelHTML(target[1:], label)
	case strings.HasPrefix(target, "!date^"):
		return m.date(target, label)
	case strings.HasPrefix(target, "!subteam^"):
		return m.draw.groupHTML(strings.TrimPrefix(target, "!subteam^"), label)
	case strings.HasPrefix(target, "!"):
		return m.draw.broadcastHTML(target[1:])
	}
	address := unescape(target)
	if label == "" {
		label = strings.TrimPrefix(address, "mailto:")
	}
	if !safeURL(address) {
		return escaped("<" + unescape(body) + ">")
	}
	return link(address, string(m.draw.plainText(label)))
}

// date draws !date^unix^format or !date^unix^format^link.
func (m mrkdwn) date(target, fallback string) template.HTML {
	parts := strings.SplitN(target, "^", 4)
	if len(parts) < 3 {
		return escaped(fallback)
	}
	unix, err := strconv.ParseInt(parts[1], 10, 64)
	if err != nil {
		return escaped(fallback)
	}
	var address string
	if len(parts) == 4 {
		address = unescape(parts[3])
	}
	return m.draw.dateHTML(unix, unescape(parts[2]), address, fallback)
}

// plain is text without any markup, on one line.
func (m mrkdwn) plain(text string) string {
	html := string(m.html(text))
	return strings.TrimSpace(unescapeAll(tag.ReplaceAllString(html, " ")))
}

var tag = regexp.MustCompile(`<[^>]*>`)

// plainText draws plain_text: escaped, with emoji, lines kept.
func (d *drawing) plainText(text string) template.HTML {
	var out strings.Builder
	for i := 0; i < len(text); {
		if text[i] == ':' {
			if name, size, ok := d.emojiAt(text[i:]); ok {
				out.WriteString(string(d.emojiHTML(name)))
				i += size
				continue
			}
		}
		char, size := utf8.DecodeRuneInString(text[i:])
		if char == '\n' {
			out.WriteString("<br>")
		} else {
			out.WriteString(escape(string(char)))
		}
		i += size
	}
	return template.HTML(out.String()) //nolint:gosec // every piece was escaped
}

func (d *drawing) userHTML(id, label string) template.HTML {
	class := "mention"
	if id == d.reader.ID && id != "" {
		class += " me"
	}
	return mention(class, "@"+strings.TrimPrefix(d.reader.name(d.reader.User, id, label), "@"))
}

func (d *drawing) groupHTML(id, label string) template.HTML {
	return mention("mention", "@"+strings.TrimPrefix(d.reader.name(d.reader.Group, id, label), "@"))
}

func (d *drawing) channelHTML(id, label string) template.HTML {
	name := "#" + strings.TrimPrefix(d.reader.name(d.reader.Channel, id, label), "#")
	if d.reader.ChannelURL != nil {
		if address := d.reader.ChannelURL(id); address != "" {
			//nolint:gosec // both are escaped, the address is the page's own
			return template.HTML(`<a class="mention" href="` + escape(address) + `">` + escape(name) + `</a>`)
		}
	}
	return mention("mention", name)
}

// broadcastHTML draws !here, !channel and !everyone; of an unknown command it shows the name.
func (d *drawing) broadcastHTML(name string) template.HTML {
	return mention("mention broadcast", "@"+name)
}

func mention(class, text string) template.HTML {
	return template.HTML(`<span class="` + class + `">` + escape(text) + `</span>`) //nolint:gosec // escaped
}

// link wraps ready HTML in a link if address is safe.
func link(address, html string) template.HTML {
	if !safeURL(address) {
		return template.HTML(html) //nolint:gosec // the caller escaped it
	}
	//nolint:gosec // both are escaped
	return template.HTML(`<a href="` + escape(address) + `" target="_blank" rel="noopener noreferrer">` + html + `</a>`)
}

// safeURL tells whether an address leads to http, https or mailto.
func safeURL(address string) bool {
	if strings.ContainsFunc(address, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		return false
	}
	parsed, err := url.Parse(address)
	if err != nil {
		return false
	}
	switch parsed.Scheme {
	case "http", "https":
		return parsed.Host != ""
	case "mailto":
		return parsed.Opaque != ""
	}
	return false
}

// addressAt returns the web address that text starts with, without punctuation that belongs to the sentence.
func addressAt(text string) string {
	if !strings.HasPrefix(text, "http://") && !strings.HasPrefix(text, "https://") {
		return ""
	}
	end := strings.IndexFunc(text, func(r rune) bool { return unicode.IsSpace(r) || r == '<' || r == '>' || r == '"' || r == '`' })
	if end < 0 {
		end = len(text)
	}
	for _, bracket := range []string{"&lt;", "&gt;"} {
		if at := strings.Index(text[:end], bracket); at >= 0 {
			end = at
		}
	}
	address := strings.TrimRight(text[:end], ".,;:!?)]}'*_~")
	if !safeURL(unescape(address)) {
		return ""
	}
	return address
}

// opens tells whether the mark at i starts a style: at the edge of a word, with text behind it.
func opens(text string, i int) bool {
	if i > 0 && isWord(lastRune(text[:i])) {
		return false
	}
	next, _ := utf8.DecodeRuneInString(text[i+1:])
	return i+1 < len(text) && !unicode.IsSpace(next) && text[i+1] != text[i]
}

// closing finds the mark that ends the style opened at i, outside code and control sequences; 0 means there is none.
func closing(text string, i int) int {
	for at := i + 1; at < len(text); at++ {
		switch text[at] {
		case '`', '<':
			end := map[byte]byte{'`': '`', '<': '>'}[text[at]]
			if skip := strings.IndexByte(text[at+1:], end); skip > 0 {
				at += skip + 1
			}
		case text[i]:
			next, _ := utf8.DecodeRuneInString(text[at+1:])
			if at > i+1 && !unicode.IsSpace(lastRune(text[:at])) && (at+1 == len(text) || !isWord(next)) {
				return at
			}
		}
	}
	return 0
}

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

func lastRune(text string) rune {
	char, _ := utf8.DecodeLastRuneInString(text)
	return char
}

// entity reads one of the three that Slack knows.
func entity(text string) (char string, size int) {
	for _, e := range []struct{ name, char string }{{"&amp;", "&"}, {"&lt;", "<"}, {"&gt;", ">"}} {
		if strings.HasPrefix(text, e.name) {
			return e.char, len(e.name)
		}
	}
	return "", 0
}

// slackEntities undoes Slack's escaping, in one pass so that "&amp;lt;" stays "&lt;".
var slackEntities = strings.NewReplacer("&amp;", "&", "&lt;", "<", "&gt;", ">")

func unescape(text string) string { return slackEntities.Replace(text) }

// htmlEntities undoes what escape did.
var htmlEntities = strings.NewReplacer("&amp;", "&", "&lt;", "<", "&gt;", ">", "&#34;", `"`, "&#39;", "'")

func unescapeAll(text string) string { return htmlEntities.Replace(text) }

func escape(text string) string { return template.HTMLEscapeString(text) }

func cutAny(text string, prefixes ...string) (rest string, ok bool) {
	for _, prefix := range prefixes {
		if rest, ok := strings.CutPrefix(text, prefix); ok {
			return rest, true
		}
	}
	return text, false
}
