package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// run gives a command line to the program in this process, for those that end before they need any setting.
func run(tb testing.TB, args ...string) (out string, code int) {
	tb.Helper()
	var buffer bytes.Buffer
	cmd := root()
	cmd.SetArgs(args)
	cmd.SetOut(&buffer)
	cmd.SetErr(&buffer)
	if err := cmd.ExecuteContext(tb.Context()); err != nil {
		return buffer.String() + err.Error(), exitCode(err)
	}
	return buffer.String(), 0
}

func TestAWrongCommandLineSaysWhatToType(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := func(text string) string {
		path := filepath.Join(dir, text[:1]+"events.json")
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"sendd"}, "Did you mean `journeybot send`?"},
		{[]string{"zzzzzzzz"}, `journeybot has no command "zzzzzzzz"`},
		{[]string{"dead-letters", "lst"}, "Did you mean `journeybot dead-letters list`?"},
		{[]string{"dead-letters", "show"}, "journeybot dead-letters show takes one ID, got nothing"},
		{[]string{"dead-letters", "replay"}, "takes at least one ID, got nothing"},
		{[]string{"dead-letters", "list", "--most", "x"}, `--most: "x" is not a whole number`},
		{[]string{"migrate", "extra"}, "journeybot migrate takes no arguments, got extra"},
		{[]string{"demo", "--speed", "fast"}, `--speed: "fast" is not a number`},
		{[]string{"demo", "--speed", "0"}, "--speed: a number above 0"},
		{[]string{"send"}, "either --sample NAME or a FILE"},
		{[]string{"send", "--smple", "pql"}, "unknown flag: --smple"},
		{[]string{"slacksim", "--addr", "0.0.0.0:8090"}, "--addr: a loopback address"},
		{[]string{"slacksim", "--command", "todo"}, "--command: a name like /journey"},
		{[]string{"slacksim", "--manifest", "nowhere.yaml"}, "--manifest: open nowhere.yaml"},
		{[]string{"slacksim", "--manifest", "go.sum"}, "--manifest go.sum: read manifest"},
		{[]string{"slacksim", "--deliver-to", "nowhere"}, "--deliver-to: an address like"},
		{[]string{"manifest", "--url", "http://bot.example.com"}, "--url: Slack needs an address"},
		{[]string{"send", file(`{"type":"growth.signal.pql" "subject":"acme"}`)}, "event 1: invalid character"},
		{[]string{"send", file(`[{"typ":"growth.signal.pql"}]`)}, "event 1: type is missing"},
	} {
		out, code := run(t, c.args...)
		require.Equal(t, exitSettings, code, "%v: %s", c.args, out)
		require.Contains(t, out, c.says)
		require.NotContains(t, out, "strconv")
	}
}

func TestAGroupOfCommandsAlonePrintsItsHelp(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{}, {"dead-letters"}} {
		out, code := run(t, args...)
		require.Zero(t, code)
		require.Contains(t, out, "Available Commands:")
	}
}

func TestDeadLettersOfABotThatNeverRanLeaveNothingBehind(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	p := start(t, map[string]string{"DATA_DIR": dir}, "dead-letters", "list")
	<-p.done
	require.Equal(t, exitSettings, p.cmd.ProcessState.ExitCode())
	require.Contains(t, p.output(), "there is no database")
	require.NoDirExists(t, dir)
}
