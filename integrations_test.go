package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestTheExampleIntegrationsAnswer runs the two programs of docs/integrations.md as their readers do: beside a program that embeds NATS.
func TestTheExampleIntegrationsAnswer(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	growth := filepath.Join(dir, "growth.yaml")
	writeFile(t, growth, playsGrowth)
	w := newWorld(t, setup{env: map[string]string{"GROWTH_CONFIG": growth}})
	w.run()
	w.publish("growth.account.updated", "acme", acme)
	w.publish("growth.signal.health_shift", "acme", acmeTurnsRed)
	card := w.sees("#cs-alerts", "Acme Corp health 72")

	inGo := filepath.Join(dir, "crm.go")
	writeFile(t, inGo, example(t, "go"))
	binary := filepath.Join(dir, "crm")
	out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, inGo).CombinedOutput()
	require.NoError(t, err, "%s", out)
	stop := w.beside(binary)
	w.clickOn("ben", card, "play.do", "buffer")
	card = w.changes(card, "✓ Grant buffer: done")
	require.Contains(t, card.raw, "Done by the Go example")
	stop()

	node, err := exec.LookPath("node")
	if err != nil {
		if os.Getenv("CI") == "true" {
			require.NoError(t, err, "CI must install Node")
		}
		t.Skip("no Node found: install it to run the second example")
	}
	inNode := filepath.Join(dir, "crm.js")
	writeFile(t, inNode, example(t, "js"))
	stop = w.beside(node, inNode)
	w.choose("ben", card, "play.more", "ticket")
	w.submits("ben", "play.confirm", nil)
	card = w.changes(card, "✓ Open ticket: done")
	require.Contains(t, card.raw, "Done by the Node example")
	stop()
}

// example is the program in a language that docs/integrations.md shows.
func example(t *testing.T, language string) string {
	t.Helper()
	code := regexp.MustCompile("(?s)\n```" + language + "\n(.*?)```").FindStringSubmatch(document(t, "docs/integrations.md"))
	require.NotNil(t, code, language)
	return code[1]
}

// beside starts a program that reads and answers events on the embedded NATS server.
func (w *world) beside(program string, args ...string) (stop func()) {
	w.tb.Helper()
	address, err := os.ReadFile(filepath.Join(w.env["DATA_DIR"], "nats.url"))
	require.NoError(w.tb, err)
	cmd := exec.CommandContext(w.tb.Context(), program, args...)
	cmd.Env = append(os.Environ(), "NATS_URL="+strings.TrimSpace(string(address)))
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	require.NoError(w.tb, cmd.Start())
	return func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
}
