package slacksim_test

import (
	"bufio"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"journeybot/slacksim"

	"github.com/stretchr/testify/require"
)

const boltDir = "testdata/bolt"

// boltApp starts the JavaScript app and waits until it runs.
func boltApp(t *testing.T, sim *slacksim.Server, env ...string) {
	t.Helper()
	if _, err := os.Stat(filepath.Join(boltDir, "node_modules", "@slack", "bolt")); err != nil {
		if os.Getenv("CI") == "true" {
			require.NoError(t, err, "run npm ci in slacksim/"+boltDir)
		}
		t.Skip("run npm ci in slacksim/" + boltDir)
	}
	cmd := exec.CommandContext(t.Context(), "node", "app.js")
	cmd.Dir = boltDir
	cmd.Env = append([]string{
		"PATH=" + os.Getenv("PATH"), "SLACK_API_URL=" + sim.APIURL(), "SLACK_BOT_TOKEN=" + sim.BotToken(), "SLACK_SIGNING_SECRET=" + sim.SigningSecret(),
	}, env...)
	var errors strings.Builder
	cmd.Stderr = &errors
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	ready, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if lines.Text() == "ready" {
				close(ready)
			}
		}
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-ended
		_ = cmd.Wait()
		if t.Failed() {
			t.Log(errors.String())
		}
	})
	select {
	case <-ready:
	case <-ended:
		require.FailNow(t, "the app ended early")
	case <-time.After(time.Minute):
		require.FailNow(t, "the app did not start")
	}
}

func TestBoltInSocketMode(t *testing.T) {
	t.Parallel()
	sim := start(t, nil)
	boltApp(t, sim, "SLACK_APP_TOKEN="+sim.AppToken())
	boltStory(t, sim)

	sim.DisconnectSockets("refresh_requested")
	wait(t, sim, func() bool { return len(callsOf(sim, "hello")) == 2 })
	boltStory(t, sim)
	sim.DisconnectSockets("")
	wait(t, sim, func() bool { return len(callsOf(sim, "hello")) == 3 })
	boltStory(t, sim)
}

func TestBoltOverHTTP(t *testing.T) {
	t.Parallel()
	sim := start(t, nil)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	port := listener.Addr().(*net.TCPAddr).Port
	require.NoError(t, listener.Close())
	boltApp(t, sim, "PORT="+strconv.Itoa(port))
	sim.SetDeliverTo("http://127.0.0.1:" + strconv.Itoa(port))
	require.NoError(t, sim.VerifyURL(t.Context()))
	boltStory(t, sim)
	sim.SkewSignatures(-6 * time.Minute)
	_, err = sim.Command(t.Context(), "maria", "general", "/journey acme")
	require.Error(t, err, "the framework refuses an old signature")
}

func callsOf(sim *slacksim.Server, method string) []slacksim.Call {
	var all []slacksim.Call
	for _, c := range sim.Calls() {
		if c.Method == method {
			all = append(all, c)
		}
	}
	return all
}

// boltStory is a command, a button, a modal with a validation error and then a success, and the Home tab.
func boltStory(t *testing.T, sim *slacksim.Server) {
	t.Helper()
	asked, err := sim.Command(t.Context(), "maria", "general", "/journey acme")
	require.NoError(t, err)
	var private, public slacksim.Message
	wait(t, sim, func() bool {
		for _, m := range sim.Posts("general") {
			switch {
			case m.Origin == asked.ID && m.Ephemeral:
				private = m
			case m.Origin == asked.ID:
				public = m
			}
		}
		return public.TS != ""
	})
	require.Equal(t, "found acme", public.Text)
	require.Contains(t, private.Raw(), "looking for *acme*")

	_, err = sim.Press(t.Context(), slacksim.Press{User: "maria", Channel: "general", TS: private.TS, BlockID: "acts", ActionID: "note"})
	require.NoError(t, err)
	wait(t, sim, func() bool { return len(sim.Views("maria")) == 1 })
	view := sim.Views("maria")[0]
	write := func(note string) slacksim.Interaction {
		done, err := sim.Submit(t.Context(), "maria", view.ID, []slacksim.Input{{BlockID: "note", ActionID: "text", Values: []string{note}}})
		require.NoError(t, err)
		return done
	}
	require.Equal(t, map[string]string{"note": "Please write a little more"}, write("no").Errors)
	before := len(sim.Posts("general"))
	require.Empty(t, write("called Dana").Errors)
	require.Empty(t, sim.Views("maria"))
	wait(t, sim, func() bool { return len(sim.Posts("general")) == before+1 })
	require.Equal(t, "<@"+user(t, sim, "maria")+"> about acme: called Dana", sim.Posts("general")[before].Text)

	hash := ""
	if home, ok := sim.Home("maria"); ok {
		hash = home.Hash
	}
	_, _, err = sim.OpenHome("maria")
	require.NoError(t, err)
	wait(t, sim, func() bool { home, ok := sim.Home("maria"); return ok && home.Hash != hash })
	home, _ := sim.Home("maria")
	require.Contains(t, string(home.Raw), "Welcome home")
}
