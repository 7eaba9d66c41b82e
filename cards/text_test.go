package cards

import (
	"strings"
	"testing"
	"unicode/utf8"

	"journeybot/alerts"

	"github.com/stretchr/testify/require"
)

func TestEscape(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]mrkdwn{
		"Acme Corp":                "Acme Corp",
		"R&D <Labs> &amp;":         "R&amp;D &lt;Labs&gt; &amp;amp;",
		"<!channel> @here":         "&lt;!channel&gt; @here",
		"<https://x.example|Acme>": "&lt;https://x.example|Acme&gt;",
		"*bold* ~gone~ `code`":     "∗bold∗ ∼gone∼ ˋcodeˋ",
		"_it_ snake_case":          "ˍitˍ snake_case",
		"a\x00b\x1bc":              "abc",
		"  two\n lines\t":          "two lines",
		"\u202eexe.\u2066":         "exe.",
		"שלום":                     "\u2068שלום\u2069",
		"ООО «Ромашка» 株式会社":       "ООО «Ромашка» 株式会社",
		"👩\u200d🚀":                 "👩\u200d🚀",
		"\xffbad":                  "\uFFFDbad",
		"":                         "",
	} {
		require.Equal(t, want, esc(outside(in, 100)), "%q", in)
	}
}

func TestOutsideIsDoneOnce(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"plain", "שלום עולם", strings.Repeat("x", 50), "a\u0301\u0301b"} {
		once := outside(s, 20)
		require.Equal(t, once, outside(string(once), 22))
	}
}

func TestLink(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]mrkdwn{
		"https://crm.example/a?x=1&y=2":                  "<https://crm.example/a?x=1&amp;y=2|A¦B>",
		"HTTP://CRM.example":                             "<http://CRM.example|A¦B>",
		"https://x.example/a|b>c <d":                     "<https://x.example/a%7Cb%3Ec%20%3Cd|A¦B>",
		"https://x.example/?q=a|b>c":                     "<https://x.example/?q=a%7Cb%3Ec|A¦B>",
		"javascript:alert(1)":                            "A|B",
		"//x.example":                                    "A|B",
		"https://":                                       "A|B",
		"https://user:secret@x.example":                  "A|B",
		"data:text/html,x":                               "A|B",
		"https://x.example/" + strings.Repeat("a", 1000): "A|B",
		"": "A|B",
	} {
		require.Equal(t, want, link(address, "A|B"), "%q", address)
	}
}

func TestShorten(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in    string
		limit int
		atom  func(string) int
		want  string
	}{
		{"abcdef", 6, oneRune, "abcdef"},
		{"abcdefg", 6, oneRune, "abcde…"},
		{"abcd efg", 6, oneRune, "abcd…"},
		{"ééééé", 4, oneRune, "ééé…"},
		{"🚀🚀🚀", 5, oneRune, "🚀🚀…"},
		{"ab👩\u200d🚀x", 6, oneRune, "ab…"},
		{"abe\u0301\u0301\u0301x", 6, oneRune, "ab…"},
		{isolate + "שלוםשלום" + endIsolate, 6, oneRune, "שלום…"},
		{"ab &amp; cd", 7, oneToken, "ab…"},
		{"ab <@U123> cd", 9, oneToken, "ab…"},
		{"ab <https://x.example|x>", 12, oneToken, "ab…"},
		{"a < b and more", 6, oneToken, "a < b…"},
	} {
		require.Equal(t, c.want, shorten(c.in, c.limit, c.atom), "%q to %d", c.in, c.limit)
	}
}

func TestLongTokensDoNotSlowTheCutter(t *testing.T) {
	t.Parallel()
	d := Notice(Style{}, alerts.Notice{Text: strings.Repeat("<", 1_000_000)})
	require.LessOrEqual(t, characters(d.Text), maxText)
}

func TestFigures(t *testing.T) {
	t.Parallel()
	for in, want := range map[float64]plain{
		0: "0", 44: "44", 1234567.891: "1,234,567.89", -2.5: "−2.5", -0.001: "0", 0.1: "0.1", 1e18: "1e+18",
	} {
		require.Equal(t, want, number(in))
	}
	s := Style{}
	for cents, want := range map[int64]plain{8_400_000: "84k", 99_900: "999", 99_994_900: "1M", 120_000_000: "1.2M", -8_400_000: "−84k"} {
		require.Equal(t, want, s.shortMoney(&cents))
	}
	require.Equal(t, unknown, s.money(nil))
}

func TestPlural(t *testing.T) {
	t.Parallel()
	for one, many := range map[plain]plain{
		"export": "exports", "search": "searches", "exports": "exports", "query": "queries", "day": "days", "NPS": "NPS",
		"выгрузка": "выгрузка", "active user": "active users", "": "",
	} {
		require.Equal(t, many, plural(one))
	}
}

func FuzzEscape(f *testing.F) {
	for _, s := range []string{"<!channel>", "&amp;", "*b*", "\u202ex", "שלום", "a\x00"} {
		f.Add(s, 10)
	}
	f.Fuzz(func(t *testing.T, s string, limit int) {
		limit = 1 + max(0, limit)%200
		p := outside(s, limit)
		require.True(t, utf8.ValidString(string(p)))
		require.LessOrEqual(t, characters(strings.Trim(string(p), isolate+endIsolate)), limit)
		require.NotContains(t, string(esc(p)), "<")
		require.NotContains(t, string(esc(p)), "`")
		require.NotContains(t, string(esc(p)), "*")
	})
}
