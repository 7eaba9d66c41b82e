package blockkit_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"journeybot/slacksim/blockkit"
)

func TestMrkdwn(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ text, want string }{
		"bold":                        {"a *b* c", "<div>a <b>b</b> c</div>"},
		"nested":                      {"*_b_*", "<div><b><i>b</i></b></div>"},
		"not inside a word":           {"2*3*4 a_b_c", "<div>2*3*4 a_b_c</div>"},
		"no blank behind the mark":    {"* a *b", "<div>* a *b</div>"},
		"mark before punctuation":     {"(*b*), _i_.", "<div>(<b>b</b>), <i>i</i>.</div>"},
		"a line ends a style":         {"*a\nb*", "<div>*a<br>b*</div>"},
		"code first":                  {"`*a* <@U1>`", "<div><code>*a* &lt;@U1&gt;</code></div>"},
		"style around code":           {"*a `*` b*", "<div><b>a <code>*</code> b</b></div>"},
		"escaped stays text":          {"&lt;!channel&gt; &amp;lt;", "<div>&lt;!channel&gt; &amp;lt;</div>"},
		"a mention":                   {"<@U2>", `<div><span class="mention">@Ben</span></div>`},
		"a mention of the reader":     {"<@U1>", `<div><span class="mention me">@Maria</span></div>`},
		"an unknown person":           {"<@U9|zoe>", `<div><span class="mention">@zoe</span></div>`},
		"a group":                     {"<!subteam^S1>", `<div><span class="mention">@cs-leads</span></div>`},
		"a channel":                   {"<#C1>", `<div><a class="mention" href="/client/U1/C1">#cs-alerts</a></div>`},
		"everybody":                   {"<!channel>", `<div><span class="mention broadcast">@channel</span></div>`},
		"a link":                      {"<https://e.example/?a=1&amp;b|x *y*>", `<div><a href="https://e.example/?a=1&amp;b" target="_blank" rel="noopener noreferrer">x *y*</a></div>`},
		"mail":                        {"<mailto:a@b.example>", `<div><a href="mailto:a@b.example" target="_blank" rel="noopener noreferrer">a@b.example</a></div>`},
		"a script address":            {"<javascript:alert(1)|x>", "<div>&lt;javascript:alert(1)|x&gt;</div>"},
		"a bare address":              {"(https://e.example/a_b).", `<div>(<a href="https://e.example/a_b" target="_blank" rel="noopener noreferrer">https://e.example/a_b</a>).</div>`},
		"a quote":                     {"&gt; a\n&gt;b\nc", "<blockquote>a<br>b</blockquote><div>c</div>"},
		"the rest is a quote":         {"a\n&gt;&gt;&gt; b\nc", "<div>a</div><blockquote><div>b<br>c</div></blockquote>"},
		"a list":                      {"• a\n• b", `<div class="list"><div class="item">• a</div><div class="item">• b</div></div>`},
		"a fence":                     {"a\n```\n*b*\n```\nc", `<div>a</div><pre class="code-block"><code>*b*</code></pre><div>c</div>`},
		"an open fence":               {"a ```b", "<div>a ```b</div>"},
		"emoji":                       {":eyes: 10:30:15 :nope:", `<div><span class="emoji" role="img" aria-label="eyes" title=":eyes:">👀</span> 10:30:15 :nope:</div>`},
		"emoji with a skin tone":      {":wave::skin-tone-2:", `<div><span class="emoji" role="img" aria-label="wave, skin tone 2" title=":wave::skin-tone-2:">👋🏻</span></div>`},
		"a date in the reader's zone": {"<!date^1795500600^{date_num} {time}|x>", `<div><time datetime="2026-11-24T07:10:00+01:00" title="Tuesday, 24 November 2026 at 07:10 CET">2026-11-24 07:10</time></div>`},
		"a wrong date":                {"<!date^soon^{date}|later>", "<div>later</div>"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, test.want, string(blockkit.New().Mrkdwn(reader(), test.text)))
		})
	}
}

func TestDates(t *testing.T) {
	t.Parallel()
	for format, want := range map[string]string{
		"{date}":             "November 24th, 2026",
		"{date_long}":        "Tuesday, November 24th, 2026",
		"{date_short}":       "Nov 24, 2026",
		"{date_pretty}":      "today",
		"{date_long_pretty}": "today",
		"{time_secs}":        "07:10:00",
		"{ago}":              "2 hours ago",
		"{nonsense} x":       "{nonsense} x",
	} {
		html := string(blockkit.New().Mrkdwn(reader(), "<!date^1795500600^"+format+"|x>"))
		require.Contains(t, html, ">"+want+"</time>", format)
	}
}

// allowed is every tag and attribute that drawing text may produce.
var allowed = map[atom.Atom][]string{
	atom.Div: {"class"}, atom.Br: nil, atom.B: nil, atom.I: nil, atom.S: nil, atom.Code: nil, atom.Pre: {"class"}, atom.Blockquote: nil,
	atom.Span: {"class", "role", "aria-label", "title"}, atom.A: {"href", "class", "target", "rel"}, atom.Time: {"datetime", "title"},
}

func FuzzMrkdwn(f *testing.F) {
	for _, seed := range []string{
		"*a* _b_ ~c~ `d` ```e```", "<@U1|x> <#C1> <!here> <!date^1^{ago}^javascript:x|y> <https://a.b|c>", "&gt;&gt;&gt; a\n&gt; b", "• a\n1. b",
		"<javascript:alert(1)|<b>>", `<https://a.b/"onclick="x|y>`, ":wave::skin-tone-9:", "*_~`<", "\x00\xff<!date^99999999999999^{date}|x>", "http://\u202e", "<script>",
	} {
		f.Add(seed)
	}
	r := blockkit.New()
	f.Fuzz(func(t *testing.T, text string) {
		requireSafe(t, string(r.Mrkdwn(reader(), text)))
	})
}

// requireSafe parses drawn text as a browser would.
func requireSafe(t *testing.T, drawn string) {
	t.Helper()
	tokens := html.NewTokenizer(strings.NewReader(drawn))
	var open []string
	for {
		switch kind := tokens.Next(); kind {
		case html.ErrorToken:
			require.Empty(t, open, "every tag is closed: %s", drawn)
			return
		case html.StartTagToken:
			tag := tokens.Token()
			attributes, known := allowed[tag.DataAtom]
			require.True(t, known, "tag %q in %s", tag.Data, drawn)
			for _, attribute := range tag.Attr {
				require.Contains(t, attributes, attribute.Key, drawn)
				if attribute.Key == "href" {
					requireSafeAddress(t, attribute.Val)
				}
			}
			if tag.DataAtom != atom.Br {
				open = append(open, tag.Data)
			}
		case html.EndTagToken:
			require.NotEmpty(t, open, drawn)
			require.Equal(t, open[len(open)-1], tokens.Token().Data, drawn)
			open = open[:len(open)-1]
		case html.TextToken:
		default:
			require.Failf(t, "unexpected markup", "%v in %s", kind, drawn)
		}
	}
}

func requireSafeAddress(t *testing.T, address string) {
	t.Helper()
	if strings.HasPrefix(address, "/client/") {
		return
	}
	parsed, err := url.Parse(address)
	require.NoError(t, err, address)
	require.Contains(t, []string{"http", "https", "mailto"}, parsed.Scheme, address)
}

// TestLongTextIsDrawnInOnePass would run for minutes if any mark made the tokenizer start over.
func TestLongTextIsDrawnInOnePass(t *testing.T) {
	t.Parallel()
	r := blockkit.New()
	for _, piece := range []string{"*a ", "_*~", "`", "<", "<!date^", ":a", "&gt;&gt;&gt;\n", "&gt;\n", "```", "http://a.b ", "*`", "* <"} {
		text := strings.Repeat(piece, 40_000/len(piece))
		require.NotEmpty(t, r.Mrkdwn(reader(), text), piece)
	}
}
