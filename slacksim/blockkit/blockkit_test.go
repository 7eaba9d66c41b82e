package blockkit_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"journeybot/slacksim/blockkit"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func reader() blockkit.Reader {
	names := map[string]string{"U1": "Maria", "U2": "Ben", "C1": "cs-alerts", "S1": "cs-leads"}
	lookup := func(id string) string { return names[id] }
	return blockkit.Reader{
		ID: "U1", Location: time.FixedZone("CET", 3600), Now: time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC),
		User: lookup, Channel: lookup, Group: lookup,
		ChannelURL: func(id string) string { return "/client/U1/" + id },
	}
}

// TestGolden draws every kind of block and element as it was last looked at and found good.
func TestGolden(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.json")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			raw, err := os.ReadFile(file)
			require.NoError(t, err)
			html := string(blockkit.New().Blocks(reader(), raw))
			golden := strings.TrimSuffix(file, ".json") + ".html"
			if *update {
				require.NoError(t, os.WriteFile(golden, []byte(html), 0o600))
			}
			want, err := os.ReadFile(golden)
			require.NoError(t, err)
			require.Equal(t, string(want), html)
			if !strings.Contains(file, "unknown") {
				require.NotContains(t, html, `class="unknown"`)
			}
		})
	}
}

func TestWhatCannotBeDrawnStaysVisible(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ raw, want string }{
		"unknown block":   {`[{"type":"hologram","depth":3}]`, "&#34;depth&#34;: 3"},
		"no type":         {`[{"text":"x"}]`, "&#34;text&#34;: &#34;x&#34;"},
		"wrong shape":     {`[{"type":"section","fields":7}]`, "&#34;fields&#34;: 7"},
		"not a list":      {`{"type":"section"}`, "section"},
		"not an object":   {`["hello"]`, "hello"},
		"unknown element": {`[{"type":"actions","elements":[{"type":"lever"}]}]`, "lever"},
		"unknown chart":   {`[{"type":"data_visualization","title":"x","chart":{"type":"radar"}}]`, "radar"},
		"deep nesting":    {strings.Repeat(`[{"type":"container","child_blocks":`, 30) + `[]` + strings.Repeat(`}]`, 30), "nested too deeply"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.True(t, json.Valid([]byte(test.raw)))
			html := string(blockkit.New().Blocks(reader(), json.RawMessage(test.raw)))
			require.Contains(t, html, `class="unknown"`)
			require.Contains(t, html, test.want)
		})
	}
}
