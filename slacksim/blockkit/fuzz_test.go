package blockkit_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"journeybot/slacksim/blockkit"
)

// FuzzBlocks draws any JSON: it never panics, no text becomes a script or a handler, and links lead to the web only.
func FuzzBlocks(f *testing.F) {
	files, err := filepath.Glob("testdata/*.json")
	require.NoError(f, err)
	for _, file := range files {
		raw, err := os.ReadFile(file)
		require.NoError(f, err)
		var blocks []json.RawMessage
		require.NoError(f, json.Unmarshal(raw, &blocks))
		for _, block := range blocks {
			f.Add("[" + string(block) + "]")
		}
	}
	f.Add(`[{"type":"markdown","text":"<script>alert(1)</script> <javascript:x> [a](data:text/html,x)"}]`)
	f.Add(`[{"type":"section","text":{"type":"mrkdwn","text":"<script>"},"accessory":{"type":"button","text":{"type":"plain_text","text":"x"},"url":"javascript:x"}}]`)
	r := blockkit.New()
	f.Fuzz(func(t *testing.T, raw string) {
		drawn := string(r.Blocks(reader(), json.RawMessage(raw)))
		tokens := html.NewTokenizer(strings.NewReader(drawn))
		for tokens.Next() != html.ErrorToken {
			token := tokens.Token()
			if token.Type != html.StartTagToken && token.Type != html.SelfClosingTagToken {
				continue
			}
			require.NotContains(t, []string{"script", "iframe", "object", "embed", "style", "base", "form", "meta", "link"}, token.Data, raw)
			for _, attribute := range token.Attr {
				require.False(t, strings.HasPrefix(attribute.Key, "on"), "%s in %s", attribute.Key, raw)
				if attribute.Key == "href" || attribute.Key == "src" {
					requireHarmless(t, attribute.Val)
				}
			}
		}
	})
}

func requireHarmless(t *testing.T, address string) {
	t.Helper()
	if scheme, _, found := strings.Cut(address, ":"); found && !strings.HasPrefix(address, "/") {
		require.Contains(t, []string{"http", "https", "mailto"}, strings.ToLower(scheme), address)
	}
}
