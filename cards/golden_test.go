package cards_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"journeybot/cards"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares a drawing with testdata/<name of the test>.golden, after checking it against Slack's limits.
func golden(t *testing.T, d cards.Drawing) {
	t.Helper()
	requireAccepted(t, d)
	got := pretty(t, d)
	path := filepath.Join("testdata", filepath.FromSlash(t.Name())+".golden")
	if *update {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, got, 0o600))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), string(got))
}

func pretty(t testing.TB, d cards.Drawing) []byte {
	t.Helper()
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	require.NoError(t, enc.Encode(map[string]any{"text": d.Text, "blocks": d.Blocks}))
	return out.Bytes()
}
