package bot

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"journeybot/config"
	"journeybot/slacksim"
)

// bot is the whole program, running.
type runningBot struct {
	tb   testing.TB
	at   Running
	stop func() error // asks it to stop and returns what Run returned
	log  *journalOf
}

// journalOf keeps what was logged and shows it with the test's output.
type journalOf struct {
	mu   sync.Mutex
	text bytes.Buffer
	tb   testing.TB
}

func (j *journalOf) Write(line []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(line)
}

func (j *journalOf) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

// botSettings are for a bot with everything embedded in dir.
func botSettings(tb testing.TB, s *scene, dir string) Config {
	tb.Helper()
	growth, err := config.LoadGrowth("")
	require.NoError(tb, err)
	growth.Rules = s.rules
	return Config{
		Growth: growth, Version: "test",
		Env: config.Env{
			SlackBotToken: config.NewSecret(s.slack.BotToken()), SlackAppToken: config.NewSecret(s.slack.AppToken()), SlackAPIURL: s.slack.APIURL(),
			DatabaseURL: config.NewSecret("sqlite:" + filepath.Join(dir, "bot.db")), DataDir: dir, HTTPAddr: "127.0.0.1:0",
			NATS: config.NATS{SubjectPrefix: "growth", Stream: "GROWTH", Durable: "journeybot", Mode: config.ModeManage},
		},
	}
}

// launch runs a bot and waits until every loop runs.
func launch(tb testing.TB, cfg Config) *runningBot {
	tb.Helper()
	b := &runningBot{tb: tb, log: &journalOf{tb: tb}}
	cfg.Logger = slog.New(slog.NewJSONHandler(b.log, nil))
	started := make(chan Running, 1)
	cfg.Started = func(r Running) { started <- r }
	ctx, cancel := context.WithCancel(tb.Context())
	ended := make(chan error, 1)
	go func() { ended <- Run(ctx, cfg) }()
	b.stop = sync.OnceValue(func() error {
		cancel()
		select {
		case err := <-ended:
			return err
		case <-time.After(10 * time.Second):
			panic("the bot does not stop:\n" + b.log.String())
		}
	})
	tb.Cleanup(func() { _ = b.stop() })
	select {
	case b.at = <-started:
	case err := <-ended:
		ended <- err
		tb.Fatalf("the bot ended: %v\n%s", err, b.log)
	case <-time.After(30 * time.Second):
		tb.Fatalf("the bot does not start:\n%s", b.log)
	}
	return b
}

func (b *runningBot) publish(kind, account string, data map[string]any) {
	b.tb.Helper()
	nc, err := nats.Connect(b.at.NATSURL)
	require.NoError(b.tb, err)
	defer nc.Close()
	body, err := json.Marshal(map[string]any{
		"specversion": "1.0", "id": time.Now().String(), "source": "test", "type": kind, "subject": account, "data": data,
	})
	require.NoError(b.tb, err)
	require.NoError(b.tb, nc.Publish(kind, body))
	require.NoError(b.tb, nc.Flush())
}

func (b *runningBot) get(path string) (status int, body string) {
	b.tb.Helper()
	req, err := http.NewRequestWithContext(b.tb.Context(), http.MethodGet, "http://"+b.at.HTTPAddr+path, http.NoBody)
	require.NoError(b.tb, err)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(b.tb, err)
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	require.NoError(b.tb, err)
	return resp.StatusCode, string(raw)
}

func (b *runningBot) ready(want string) {
	b.tb.Helper()
	require.Eventually(b.tb, func() bool {
		_, body := b.get("/readyz")
		return strings.Contains(body, want)
	}, 20*time.Second, 20*time.Millisecond, "/readyz says %s", want)
}

func red() map[string]any {
	return map[string]any{"from": "green", "to": "red", "previous_score": 72, "score": 44, "reason": "Active users fell 41 → 19"}
}

func TestTheWholeBot(t *testing.T) {
	t.Parallel()
	for name, httpMode := range map[string]bool{"socket mode": false, "http mode": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, nil)
			cfg := botSettings(t, s, t.TempDir())
			if httpMode {
				cfg.Env.SlackAppToken, cfg.Env.SlackSigningSecret = config.Secret{}, config.NewSecret(s.slack.SigningSecret())
			}
			b := launch(t, cfg)
			if httpMode {
				s.slack.SetDeliverTo("http://" + b.at.HTTPAddr)
			}
			b.ready(`"ready"`)
			b.publish("growth.account.updated", "acme", map[string]any{"name": "Acme Corp", "owner": "maria@example.com"})
			b.publish("growth.signal.health_shift", "acme", red())
			card := s.sees("cs-alerts", "Acme Corp")
			_, err := s.slack.Press(t.Context(), slacksim.Press{User: "ben", Channel: "cs-alerts", TS: card.TS, BlockID: block(t, card, "alert.ack"), ActionID: "alert.ack"})
			require.NoError(t, err)
			s.sees("cs-alerts", "is on it")

			status, metrics := b.get("/metrics")
			require.Equal(t, 200, status)
			for _, line := range []string{
				`journeybot_slack_calls_total{method="chat.postMessage",result="ok"} `, `journeybot_alerts{kind="health_shift",status="acknowledged"} 1`,
				`journeybot_slack_rate_limited_total{method="chat.update"} 0`, `journeybot_messages{state="failed"} 0`, "journeybot_publish_lag_seconds_count",
				"journeybot_build_info",
			} {
				require.Contains(t, metrics, line)
			}
			start := time.Now()
			require.NoError(t, b.stop())
			require.Less(t, time.Since(start), 5*time.Second)
			require.Contains(t, b.log.String(), `"msg":"listening","addr":"`+b.at.HTTPAddr+`"`)
			for _, secret := range []string{s.slack.BotToken(), s.slack.AppToken(), s.slack.SigningSecret()} {
				require.NotContains(t, b.log.String(), secret)
				require.NotContains(t, metrics, secret)
			}
		})
	}
}

// block returns the id of the block that holds an action.
func block(tb testing.TB, m slacksim.Message, action string) string {
	tb.Helper()
	var blocks []struct {
		BlockID  string `json:"block_id"`
		Elements []struct {
			ActionID string `json:"action_id"`
		}
	}
	require.NoError(tb, json.Unmarshal(m.Blocks, &blocks))
	for _, b := range blocks {
		for _, e := range b.Elements {
			if e.ActionID == action {
				return b.BlockID
			}
		}
	}
	tb.Fatalf("no %s in %s", action, m.Raw())
	return ""
}

func TestStateSurvivesARestart(t *testing.T) {
	t.Parallel()
	s := newScene(t, nil)
	dir := t.TempDir()
	b := launch(t, botSettings(t, s, dir))
	b.publish("growth.signal.health_shift", "acme", red())
	s.sees("cs-alerts", "acme")
	require.NoError(t, b.stop())

	b = launch(t, botSettings(t, s, dir))
	b.publish("growth.signal.health_shift", "globex", red())
	s.sees("cs-alerts", "globex")
	require.Len(t, s.posts("cs-alerts", "acme"), 1)
}

func TestTokensThatSlackRefusesAreProblemsOfTheSettings(t *testing.T) {
	t.Parallel()
	s := newScene(t, nil)
	cfg := botSettings(t, s, t.TempDir())
	cfg.Env.SlackBotToken, cfg.Env.SlackAppToken = config.NewSecret("xoxb-wrong"), config.NewSecret("xapp-wrong")
	cfg.Logger = slog.New(slog.DiscardHandler)
	var problems *config.Problems
	require.ErrorAs(t, Run(t.Context(), cfg), &problems)
	require.Len(t, problems.List, 2)
	require.Equal(t, "SLACK_BOT_TOKEN", problems.List[0].Where)
	require.Equal(t, "SLACK_APP_TOKEN", problems.List[1].Where)
	require.NotContains(t, problems.Error(), "xoxb-wrong")
}

func TestSlackAwayAtTheStartIsWaitedFor(t *testing.T) {
	t.Parallel()
	s := newScene(t, nil)
	reserved, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := reserved.Addr().String()
	require.NoError(t, reserved.Close())
	cfg := botSettings(t, s, t.TempDir())
	cfg.Env.SlackAPIURL = "http://" + address + "/api/"
	started := make(chan Running, 1)
	cfg.Started = func(r Running) { started <- r }
	reader, writer := io.Pipe()
	cfg.Logger = slog.New(slog.NewJSONHandler(writer, nil))
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- Run(ctx, cfg) }()
	b := &runningBot{tb: t}
	lines := bufio.NewScanner(reader)
	for b.at.HTTPAddr == "" && lines.Scan() {
		var line struct{ Msg, Addr string }
		require.NoError(t, json.Unmarshal(lines.Bytes(), &line))
		if line.Msg == "listening" {
			b.at.HTTPAddr = line.Addr
		}
	}
	go func() { _, _ = io.Copy(io.Discard, reader) }()
	b.ready("Slack cannot be reached")
	status, _ := b.get("/readyz")
	require.Equal(t, 503, status)
	status, _ = b.get("/healthz")
	require.Equal(t, 200, status)

	sim, err := slacksim.New(slacksim.Config{Addr: address, BotToken: s.slack.BotToken(), AppToken: s.slack.AppToken()})
	require.NoError(t, err)
	sim.Start()
	t.Cleanup(func() { require.NoError(t, sim.Close()) })
	select {
	case <-started:
	case <-time.After(30 * time.Second):
		t.Fatal("the bot does not start")
	}
	b.ready(`"ready"`)
	cancel()
	require.NoError(t, <-ended)
}

func TestAStopDoesNotWaitForAHangingSlack(t *testing.T) {
	t.Parallel()
	s := newScene(t, nil)
	dir := t.TempDir()
	b := launch(t, botSettings(t, s, dir))
	held := s.inject(slacksim.Fault{Method: "chat.postMessage", Kind: slacksim.FaultHold})
	b.publish("growth.signal.health_shift", "acme", red())
	<-held.Reached()
	start := time.Now()
	require.NoError(t, b.stop())
	require.Less(t, time.Since(start), 5*time.Second)
	s.slack.ClearFaults()

	launch(t, botSettings(t, s, dir))
	s.settles()
	require.Len(t, s.posts("cs-alerts", "acme"), 1, "adopted after the restart")
}
