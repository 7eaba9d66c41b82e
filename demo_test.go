package main

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"journeybot/slacksim"
)

// show is a running demo as somebody at its page sees it.
type show struct {
	tb      testing.TB
	process *process
	page    string
}

// watch starts the demo in dir and opens the page that it prints.
func watch(tb testing.TB, dir string, flags ...string) *show {
	tb.Helper()
	args := append([]string{"demo", "--addr", "127.0.0.1:0", "--data-dir", dir, "--speed", "50"}, flags...)
	p := start(tb, nil, args...)
	line := p.line(patience, func(line string) bool { return strings.Contains(line, "http://") })
	page := regexp.MustCompile(`http://[0-9.:]+`).FindString(line)
	require.NotEmpty(tb, page, line)
	return &show{tb, p, page}
}

// messages are what maria sees in a channel, as one text.
func (s *show) messages(channel string) (all []slacksim.Message) {
	s.tb.Helper()
	resp, err := http.Get(s.page + "/sim/messages?" + url.Values{"user": {"maria"}, "channel": {channel}}.Encode()) //nolint:noctx // a test
	require.NoError(s.tb, err)
	defer resp.Body.Close() //nolint:errcheck // only read
	body := readAll(s.tb, resp.Body)
	require.NoError(s.tb, json.Unmarshal([]byte(body), &all), body)
	return all
}

func (s *show) sees(channel string, when func(post) bool) post {
	s.tb.Helper()
	var found post
	require.Eventually(s.tb, func() bool {
		for _, m := range s.messages(channel) {
			if p := newPost(m); when(p) {
				found = p
				return true
			}
		}
		return false
	}, patience, 50*time.Millisecond, "never seen in %s", channel)
	return found
}

// does one thing as maria does it on the page.
func (s *show) does(verb string, what map[string]any) {
	s.tb.Helper()
	what["user"] = "maria"
	body, err := json.Marshal(what)
	require.NoError(s.tb, err)
	resp, err := http.Post(s.page+"/sim/do/"+verb, "application/json", strings.NewReader(string(body))) //nolint:noctx // a test
	require.NoError(s.tb, err)
	defer resp.Body.Close() //nolint:errcheck // only read
	require.Equal(s.tb, http.StatusOK, resp.StatusCode, readAll(s.tb, resp.Body))
}

func TestStoryOfTheDemo(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := watch(t, dir)
	open := func(p post) bool { return strings.Contains(p.raw, `"alert.ack"`) }
	card := s.sees("cs-alerts", open)
	s.sees("sales-pql", open)

	resp, err := http.Get(s.page + "/") //nolint:noctx // a test
	require.NoError(t, err)
	defer resp.Body.Close() //nolint:errcheck // only read
	require.Equal(t, http.StatusOK, resp.StatusCode)
	require.Contains(t, readAll(t, resp.Body), "cs-alerts", "the page lists the channel")

	s.does("press", map[string]any{"channel": card.Channel, "ts": card.TS, "block_id": blockOf(t, card, "alert.ack"), "action_id": "alert.ack"})
	s.sees("cs-alerts", func(p post) bool { return p.TS == card.TS && strings.Contains(p.raw, "is on it") })
	s.does("command", map[string]any{"channel": "general", "text": "/journey alerts"})
	s.sees("general", func(p post) bool { return p.Ephemeral && strings.Contains(p.raw, "live alert") })
	require.Zero(t, s.process.stop(5*time.Second), "Ctrl-C")

	s = watch(t, dir)
	require.True(t, slices.ContainsFunc(s.messages("cs-alerts"), func(m slacksim.Message) bool {
		return m.TS == card.TS && strings.Contains(newPost(m).raw, "is on it")
	}), "the message is still there")
	require.Zero(t, s.process.stop(5*time.Second))

	mine := filepath.Join(dir, "mine.txt")
	require.NoError(t, os.WriteFile(mine, []byte("kept"), 0o600))
	s = watch(t, dir, "--fresh")
	require.False(t, slices.ContainsFunc(s.messages("cs-alerts"), func(m slacksim.Message) bool { return m.TS == card.TS }), "--fresh starts over")
	require.FileExists(t, mine, "and removes nothing that is not the demo's")
	s.sees("cs-alerts", open)
	require.Zero(t, s.process.stop(5*time.Second))
}
