package cards_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"journeybot/cards"

	"github.com/stretchr/testify/require"
)

// requireAccepted fails when Slack would refuse the drawing, or when something in it could deceive a reader.
func requireAccepted(t require.TestingT, d cards.Drawing) {
	if h, ok := t.(interface{ Helper() }); ok {
		h.Helper()
	}
	raw, err := json.Marshal(d.Blocks)
	require.NoError(t, err)
	var blocks []map[string]any
	require.NoError(t, json.Unmarshal(raw, &blocks))
	c := checker{blockIDs: map[string]bool{}, actionIDs: map[string]bool{}}
	c.length("fallback", d.Text, 1, 4000)
	c.mrkdwn("fallback", d.Text)
	if len(blocks) < 1 || len(blocks) > 50 {
		c.fail("%d blocks", len(blocks))
	}
	for _, b := range blocks {
		c.block(b)
	}
	require.Empty(t, c.problems, "%s", raw)
}

// checker holds SLACK-FACTS' limits a second time, on the JSON that Slack gets.
type checker struct {
	problems            []string
	blockIDs, actionIDs map[string]bool
}

func (c *checker) fail(format string, args ...any) {
	c.problems = append(c.problems, fmt.Sprintf(format, args...))
}

// units are UTF-16 code units, the strictest count of characters.
func units(s string) int { return len(utf16.Encode([]rune(s))) }

func (c *checker) length(what, s string, least, most int) {
	if n := units(s); n < least || n > most {
		c.fail("%s has %d characters, not %d to %d: %.80q", what, n, least, most, s)
	}
	if !utf8.ValidString(s) {
		c.fail("%s is not UTF-8: %q", what, s)
	}
	depth := 0
	for _, r := range s {
		switch {
		case r == '\u2068':
			depth++
		case r == '\u2069':
			depth--
		case r == '\n', r == '\u200C', r == '\u200D':
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r):
			c.fail("%s has the invisible %U: %.80q", what, r, s)
		}
	}
	if depth != 0 {
		c.fail("%s leaves %d isolates open: %.80q", what, depth, s)
	}
}

func str(v any) string { s, _ := v.(string); return s }

func unique(c *checker, seen map[string]bool, what, id string) {
	c.length(what, id, 1, 255)
	if seen[id] {
		c.fail("%s %q twice", what, id)
	}
	seen[id] = true
}

func (c *checker) block(b map[string]any) {
	unique(c, c.blockIDs, "block_id", str(b["block_id"]))
	elements, _ := b["elements"].([]any)
	switch b["type"] {
	case "header":
		c.text(b["text"], "plain_text", 150)
	case "section":
		c.text(b["text"], "mrkdwn", 3000)
		if a, ok := b["accessory"]; ok {
			c.element(a)
		}
	case "context":
		if len(elements) < 1 || len(elements) > 10 {
			c.fail("%d context elements", len(elements))
		}
		for _, e := range elements {
			c.text(e, "mrkdwn", 3000)
		}
	case "actions":
		if len(elements) < 1 || len(elements) > 25 {
			c.fail("%d actions", len(elements))
		}
		for _, e := range elements {
			c.element(e)
		}
	case "data_visualization":
		c.chart(b)
	case "image":
		file, _ := b["slack_file"].(map[string]any)
		c.length("image", str(file["id"]), 1, 255)
		c.length("alt text", str(b["alt_text"]), 1, 2000)
		c.text(b["title"], "plain_text", 2000)
	default:
		c.fail("a block of type %v", b["type"])
	}
}

// chart checks what a chart must hold: every series has one value for every category, and names differ.
func (c *checker) chart(b map[string]any) {
	c.length("chart title", str(b["title"]), 1, 50)
	body, _ := b["chart"].(map[string]any)
	axes, _ := body["axis_config"].(map[string]any)
	categories, _ := axes["categories"].([]any)
	series, _ := body["series"].([]any)
	if body["type"] != "line" && body["type"] != "bar" || len(categories) < 1 || len(categories) > 20 || len(series) < 1 || len(series) > 6 {
		c.fail("a %v chart of %d series in %d categories", body["type"], len(series), len(categories))
	}
	c.length("axis", str(axes["y_label"]), 0, 50)
	labels, names := map[string]bool{}, map[string]bool{}
	for _, category := range categories {
		unique(c, labels, "category", str(category))
		c.length("category", str(category), 1, 20)
	}
	for _, v := range series {
		one, _ := v.(map[string]any)
		unique(c, names, "series", str(one["name"]))
		c.length("series", str(one["name"]), 1, 20)
		points, _ := one["data"].([]any)
		if len(points) != len(categories) {
			c.fail("%d points in %d categories", len(points), len(categories))
		}
		for i, p := range points {
			point, _ := p.(map[string]any)
			if i < len(categories) && point["label"] != categories[i] {
				c.fail("point %d is of %v", i, point["label"])
			}
		}
	}
}

func (c *checker) text(v any, kind string, most int) {
	t, _ := v.(map[string]any)
	if t["type"] != kind {
		c.fail("text of type %v, not %s", t["type"], kind)
	}
	s := str(t["text"])
	c.length(kind, s, 1, most)
	if strings.TrimSpace(s) == "" {
		c.fail("blank %s", kind)
	}
	if kind == "mrkdwn" {
		if t["verbatim"] != true {
			c.fail("mrkdwn is not verbatim")
		}
		c.mrkdwn("mrkdwn", s)
	} else if strings.Contains(s, "\n") {
		c.fail("a line break in plain_text %q", s)
	}
}

var (
	goodToken = regexp.MustCompile(`^<(@[UW][A-Z0-9]+|#C[A-Z0-9]+|!subteam\^S[A-Z0-9]+|` +
		`!date\^-?\d+\^[^<>|]+\|[^<>|]+|https?://[^<>| ]+(\|[^<>|]+)?)>$`)
	goodEntity = regexp.MustCompile(`^&(amp|lt|gt);`)
)

// mrkdwn accepts only tokens that the cards mean: nothing that pings everybody, no half of anything.
func (c *checker) mrkdwn(what, s string) {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '<':
			end := strings.IndexByte(s[i:], '>')
			if end < 0 || !goodToken.MatchString(s[i:i+end+1]) {
				c.fail("%s has a bad token at %.60q", what, s[i:])
				return
			}
			i += end
		case '>':
			c.fail("%s has a bare > at %.60q", what, s[i:])
		case '&':
			if !goodEntity.MatchString(s[i:]) {
				c.fail("%s has a bare & at %.60q", what, s[i:])
			}
		}
	}
	if n := strings.Count(s, "`"); n%2 != 0 {
		c.fail("%s leaves code open: %.80q", what, s)
	}
}

func (c *checker) element(v any) {
	e, _ := v.(map[string]any)
	unique(c, c.actionIDs, "action_id", str(e["action_id"]))
	options, _ := e["options"].([]any)
	switch e["type"] {
	case "button":
		c.text(e["text"], "plain_text", 75)
		c.value(e["value"])
		c.address(e["url"])
		c.length("accessibility_label", str(e["accessibility_label"]), 0, 75)
	case "overflow":
		c.options(options, 2, 5)
	case "static_select":
		c.text(e["placeholder"], "plain_text", 150)
		c.options(options, 1, 100)
	default:
		c.fail("an element of type %v", e["type"])
	}
}

func (c *checker) options(options []any, least, most int) {
	if len(options) < least || len(options) > most {
		c.fail("%d options, not %d to %d", len(options), least, most)
	}
	seen := map[string]bool{}
	for _, v := range options {
		o, _ := v.(map[string]any)
		c.text(o["text"], "plain_text", 75)
		c.value(o["value"])
		c.address(o["url"])
		if seen[str(o["value"])] {
			c.fail("option value %q twice", o["value"])
		}
		seen[str(o["value"])] = true
	}
}

func (c *checker) value(v any) {
	if s := str(v); len(s) < 1 || len(s) > 75 {
		c.fail("a value of %d bytes: %.80q", len(s), s)
	}
}

func (c *checker) address(v any) {
	if v == nil {
		return
	}
	s := str(v)
	c.length("url", s, 1, 3000)
	if u, err := url.Parse(s); err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		c.fail("not a web address: %.80q", s)
	}
}

func TestLimitCheckerRefuses(t *testing.T) {
	t.Parallel()
	for name, block := range map[string]string{
		"long header":    `{"type":"header","block_id":"a","text":{"type":"plain_text","text":"` + strings.Repeat("a", 151) + `"}}`,
		"everybody":      `{"type":"section","block_id":"a","text":{"type":"mrkdwn","verbatim":true,"text":"<!channel>"}}`,
		"half an entity": `{"type":"section","block_id":"a","text":{"type":"mrkdwn","verbatim":true,"text":"A &am"}}`,
		"half a link":    `{"type":"section","block_id":"a","text":{"type":"mrkdwn","verbatim":true,"text":"<https://a.example"}}`,
		"not verbatim":   `{"type":"section","block_id":"a","text":{"type":"mrkdwn","text":"a"}}`,
		"override":       `{"type":"section","block_id":"a","text":{"type":"mrkdwn","verbatim":true,"text":"a\u202eb"}}`,
		"one in ⋯":       `{"type":"actions","block_id":"a","elements":[{"type":"overflow","action_id":"m","options":[{"text":{"type":"plain_text","text":"x"},"value":"y"}]}]}`,
		"same action id": `{"type":"actions","block_id":"a","elements":[{"type":"button","action_id":"m","text":{"type":"plain_text","text":"x"},"value":"y"},{"type":"button","action_id":"m","text":{"type":"plain_text","text":"x"},"value":"y"}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var b map[string]any
			require.NoError(t, json.Unmarshal([]byte(block), &b))
			c := checker{blockIDs: map[string]bool{}, actionIDs: map[string]bool{}}
			c.block(b)
			require.NotEmpty(t, c.problems)
		})
	}
}
