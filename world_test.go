package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"journeybot/slacksim"
	"journeybot/storage"
)

// patience bounds every wait of a story: far more than is needed, on a busy machine too.
const patience = 60 * time.Second

// setup says in which world a story plays.
type setup struct {
	httpMode bool   // Slack delivers over signed HTTP; else Socket Mode
	database string // URL; "" means SQLite in the world's folder
	external bool   // a NATS server of its own; else the program embeds one
	password string // of the user "bot" of the external server; "" lets everybody in
	charts   bool   // the app may upload charts
	noLimit  bool   // Slack's own limit on posting is off
	env      map[string]string
	channels []slacksim.Channel // beside the usual ones
}

// world is the real program between a real NATS and a local Slack, and the people around it.
type world struct {
	tb      testing.TB
	setup   setup
	slack   *slacksim.Server
	env     map[string]string // of the program; may be changed between runs
	natsURL string            // of the external server
	nats    *server.Server
	natsDir string
	address string // http://host:port of the program that runs
	bot     *process
	events  atomic.Int64
}

func newWorld(tb testing.TB, setup setup) *world {
	tb.Helper()
	cfg := slacksim.Config{
		NoChannelLimit: setup.noLimit,
		Channels:       append([]slacksim.Channel{{Name: "cs-alerts"}, {Name: "sales-pql"}, {Name: "cs-urgent"}, {Name: "general"}}, setup.channels...),
		Groups:         []slacksim.UserGroup{{Handle: "cs-leads", Users: []string{"aiko"}}, {Handle: "sdr", Users: []string{"tom"}}},
	}
	manifest, err := renderManifest(manifestData{Command: "/journey", Charts: setup.charts})
	require.NoError(tb, err)
	require.NoError(tb, cfg.UseManifest([]byte(manifest)), "only what an installed bot may do")
	slack, err := slacksim.New(cfg)
	require.NoError(tb, err)
	slack.Start()
	tb.Cleanup(func() { require.NoError(tb, slack.Close()) })
	dir := tb.TempDir()
	w := &world{tb: tb, setup: setup, slack: slack, natsDir: filepath.Join(dir, "external-nats")}
	w.env = map[string]string{
		"SLACK_API_URL": slack.APIURL(), "SLACK_BOT_TOKEN": slack.BotToken(), "DATA_DIR": filepath.Join(dir, "data"),
		"HTTP_ADDR": "127.0.0.1:0", "LOG_FORMAT": "json", "LOG_LEVEL": "debug", "SLACK_CHANNEL_INTERVAL": "0",
	}
	if setup.httpMode {
		w.env["SLACK_SIGNING_SECRET"] = slack.SigningSecret()
	} else {
		w.env["SLACK_APP_TOKEN"] = slack.AppToken()
	}
	if setup.database != "" {
		w.env["DATABASE_URL"] = setup.database
	}
	if setup.external {
		w.startNATS()
		tb.Cleanup(w.stopNATS)
	}
	maps.Copy(w.env, setup.env)
	return w
}

// startNATS starts the external server, after a stop on the same port and with the same streams.
func (w *world) startNATS() {
	w.tb.Helper()
	port := server.RANDOM_PORT
	if w.natsURL != "" {
		_, err := fmt.Sscanf(w.natsURL[strings.LastIndex(w.natsURL, ":"):], ":%d", &port)
		require.NoError(w.tb, err)
	}
	options := &server.Options{Host: "127.0.0.1", Port: port, JetStream: true, StoreDir: w.natsDir, NoSigs: true, NoLog: true}
	if w.setup.password != "" {
		options.Username, options.Password = "bot", w.setup.password
	}
	s, err := server.NewServer(options)
	require.NoError(w.tb, err)
	go s.Start()
	require.True(w.tb, s.ReadyForConnections(patience))
	w.nats, w.natsURL = s, s.ClientURL()
	if w.setup.password != "" {
		w.natsURL = "nats://bot:" + w.setup.password + "@" + s.Addr().String()
	}
	w.env["NATS_URL"] = w.natsURL
}

func (w *world) stopNATS() {
	w.nats.Shutdown()
	w.nats.WaitForShutdown()
}

// launch starts the program without waiting for it.
func (w *world) launch() *process {
	w.tb.Helper()
	return start(w.tb, w.env, "serve")
}

// run starts the program and waits until it is ready.
func (w *world) run() *process {
	w.tb.Helper()
	w.bot = w.launch()
	w.address = w.bot.address()
	if w.setup.httpMode {
		w.slack.SetDeliverTo(w.address)
	}
	w.bot.ready()
	if !w.setup.httpMode {
		w.until("the socket stands", func() bool { return w.slack.Sockets() > 0 })
	}
	return w.bot
}

// command runs another sub-command in the same environment and returns what it printed.
func (w *world) command(args ...string) string {
	w.tb.Helper()
	p := start(w.tb, w.env, args...)
	select {
	case <-p.done:
	case <-time.After(patience):
		require.FailNow(w.tb, "the command did not end", p.output())
	}
	require.Zero(w.tb, p.cmd.ProcessState.ExitCode(), p.output())
	return p.output()
}

// until waits until cond holds, looking again at every change in Slack and every 50 ms.
func (w *world) until(what string, cond func() bool) {
	w.tb.Helper()
	deadline := time.After(patience)
	for {
		changed := w.slack.Changed()
		if cond() {
			return
		}
		select {
		case <-changed:
		case <-time.After(50 * time.Millisecond):
		case <-deadline:
			require.FailNow(w.tb, "never: "+what, "Slack saw:\n%s", w.seen())
		}
	}
}

// seen is the tail of the protocol log, for failures.
func (w *world) seen() string {
	calls := w.slack.Calls()
	var out strings.Builder
	for _, c := range calls[max(0, len(calls)-25):] {
		fmt.Fprintf(&out, "%s %s %s %s %d %s %.300s\n", c.Time.Format("15:04:05.000"), c.Direction, c.Method, c.Channel, c.Status, c.Error+c.Fault, c.Request)
	}
	return out.String()
}

// publish sends one event as another program would: over NATS to an external server, else to the program's HTTP address.
func (w *world) publish(typ, account string, data any) {
	w.tb.Helper()
	n := w.events.Add(1)
	body, err := json.Marshal(map[string]any{
		"specversion": "1.0", "id": fmt.Sprintf("e%d", n), "source": "story", "type": typ, "subject": account,
		"time": time.Now().UTC().Format(time.RFC3339Nano), "data": data,
	})
	require.NoError(w.tb, err)
	if w.setup.external {
		w.publishRaw(typ, body)
		return
	}
	resp, err := http.Post(w.address+"/v1/events", "application/cloudevents+json", bytes.NewReader(body)) //nolint:noctx // a test
	require.NoError(w.tb, err)
	defer resp.Body.Close() //nolint:errcheck // only read
	require.Equal(w.tb, http.StatusAccepted, resp.StatusCode, "%s", readAll(w.tb, resp.Body))
}

// publishRaw puts any bytes on a subject of the external server.
func (w *world) publishRaw(subject string, body []byte) {
	w.tb.Helper()
	w.jetstream(func(ctx context.Context, js jetstream.JetStream) {
		_, err := js.Publish(ctx, subject, body)
		require.NoError(w.tb, err)
	})
}

func (w *world) jetstream(use func(ctx context.Context, js jetstream.JetStream)) {
	w.tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	nc, err := nats.Connect(w.natsURL)
	require.NoError(w.tb, err)
	defer nc.Close()
	js, err := jetstream.New(nc)
	require.NoError(w.tb, err)
	use(ctx, js)
}

// hears waits for an event that the program sends out.
func (w *world) hears(subject string) {
	w.tb.Helper()
	w.jetstream(func(ctx context.Context, js jetstream.JetStream) {
		w.until("an event on "+subject, func() bool {
			stream, err := js.Stream(ctx, "JOURNEYBOT")
			if err != nil {
				return false
			}
			_, err = stream.GetLastMsgForSubject(ctx, subject)
			return err == nil
		})
	})
}

// settles waits until nothing is under way: no event to take, no message to post or to find again, no event to send.
func (w *world) settles() {
	w.tb.Helper()
	target := w.env["DATABASE_URL"]
	if target == "" {
		target = "sqlite:" + filepath.Join(w.env["DATA_DIR"], "journeybot.db")
	}
	store, err := storage.Open(w.tb.Context(), storage.Config{URL: target})
	require.NoError(w.tb, err)
	defer func() { require.NoError(w.tb, store.Close()) }()
	w.until("all work is done", func() bool {
		depths, err := store.Depths(w.tb.Context())
		return err == nil && depths.Messages == 0 && depths.Uncertain == 0 && depths.Outbox == 0 && w.taken()
	})
}

// taken reports whether the consumer of an external server has nothing left; of an embedded one it is not asked.
func (w *world) taken() bool {
	if !w.setup.external {
		return true
	}
	done := false
	w.jetstream(func(ctx context.Context, js jetstream.JetStream) {
		consumer, err := js.Consumer(ctx, "GROWTH", "journeybot")
		if err != nil {
			return
		}
		info, err := consumer.Info(ctx)
		done = err == nil && info.NumPending == 0 && info.NumAckPending == 0
	})
	return done
}

// post is a message as it stands in a channel.
type post struct {
	slacksim.Message
	raw string // text and blocks as one readable text
}

func newPost(m slacksim.Message) post {
	return post{Message: m, raw: m.Text + "\n" + readable(m.Blocks)}
}

// readable is JSON with its strings as a person reads them: without escaped angle brackets.
func readable(raw json.RawMessage) string {
	var value any
	if json.Unmarshal(raw, &value) != nil {
		return string(raw)
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(value)
	return out.String()
}

// posts are the channel's messages that everybody sees, without the threads, oldest first.
func (w *world) posts(channel string) []post {
	var found []post
	for _, m := range w.slack.Posts(strings.TrimPrefix(channel, "#")) {
		if !m.Ephemeral && (m.ThreadTS == "" || m.ThreadTS == m.TS) && m.BotID != "" {
			found = append(found, newPost(m))
		}
	}
	return found
}

func (w *world) postsAbout(channel, text string) []post {
	return slices.DeleteFunc(w.posts(channel), func(p post) bool { return !strings.Contains(p.raw, text) })
}

// distinct counts the words that begin with prefix in a channel's messages: accounts, say.
func (w *world) distinct(channel, prefix string) int {
	words := map[string]bool{}
	for _, p := range w.posts(channel) {
		if at := strings.Index(p.raw, prefix); at >= 0 {
			words[p.raw[at:min(len(p.raw), at+len(prefix)+3)]] = true
		}
	}
	return len(words)
}

// sees waits for a message in a channel that says text.
func (w *world) sees(channel, text string) post {
	w.tb.Helper()
	var found post
	w.until(channel+" says "+text, func() bool {
		for _, p := range w.postsAbout(channel, text) {
			found = p
			return true
		}
		return false
	})
	return found
}

// changes waits until the same message says text, and returns it as it is then.
func (w *world) changes(p post, text string) post {
	w.tb.Helper()
	var now post
	w.until("the message says "+text, func() bool {
		for _, m := range w.slack.Posts(p.Channel) {
			if m.TS == p.TS && strings.Contains(newPost(m).raw, text) {
				now = newPost(m)
				return true
			}
		}
		return false
	})
	return now
}

// threadSays waits for a reply to the message.
func (w *world) threadSays(p post, text string) {
	w.tb.Helper()
	w.until("the thread says "+text, func() bool {
		return slices.ContainsFunc(w.slack.Posts(p.Channel), func(m slacksim.Message) bool {
			return m.ThreadTS == p.TS && m.TS != p.TS && strings.Contains(newPost(m).raw, text)
		})
	})
}

// told are the private messages that only user sees in a channel.
func (w *world) told(user, channel string) []post {
	var found []post
	for _, m := range w.slack.Posts(strings.TrimPrefix(channel, "#")) {
		if m.Ephemeral && m.To == w.user(user) {
			found = append(found, newPost(m))
		}
	}
	return found
}

// tells waits for a private message to user.
func (w *world) tells(user, channel, text string) post {
	w.tb.Helper()
	var found post
	w.until(user+" is told "+text, func() bool {
		for _, p := range w.told(user, channel) {
			if strings.Contains(p.raw, text) {
				found = p
				return true
			}
		}
		return false
	})
	return found
}

func (w *world) user(name string) string {
	w.tb.Helper()
	u, ok := w.slack.User(name)
	require.True(w.tb, ok, name)
	return u.ID
}

// click presses the button with that action id.
func (w *world) click(user string, p post, action string) {
	w.tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	_, err := w.slack.Press(ctx, slacksim.Press{User: user, Channel: p.Channel, TS: p.TS, BlockID: blockOf(w.tb, p, action), ActionID: action})
	require.NoError(w.tb, err)
}

// choose picks the option of a menu whose value ends in choice.
func (w *world) choose(user string, p post, action, choice string) {
	w.tb.Helper()
	value := regexp.MustCompile(`"value":"([^"]*:` + regexp.QuoteMeta(choice) + `)"`).FindStringSubmatch(p.raw)
	require.NotNil(w.tb, value, "no choice %s in %s", choice, p.raw)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	_, err := w.slack.Press(ctx, slacksim.Press{
		User: user, Channel: p.Channel, TS: p.TS, BlockID: blockOf(w.tb, p, action), ActionID: action, Values: value[1:],
	})
	require.NoError(w.tb, err)
}

func (w *world) clickPrivate(user string, p post, action string) {
	w.tb.Helper()
	w.click(user, p, action)
}

// blockOf finds the block that holds the element with that action id.
func blockOf(tb testing.TB, p post, action string) string {
	tb.Helper()
	type element struct {
		ActionID string `json:"action_id"`
	}
	var blocks []struct {
		BlockID   string    `json:"block_id"`
		Elements  []element `json:"elements"`
		Accessory element   `json:"accessory"`
	}
	require.NoError(tb, json.Unmarshal(p.Blocks, &blocks))
	for _, b := range blocks {
		if slices.ContainsFunc(append(b.Elements, b.Accessory), func(e element) bool { return e.ActionID == action }) {
			return b.BlockID
		}
	}
	require.FailNow(tb, "no such button: "+action, p.raw)
	return ""
}

// slash types a command in #general and returns the answer, whichever way it comes.
func (w *world) slash(user, text string) post {
	w.tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	did, err := w.slack.Command(ctx, user, "general", text)
	require.NoError(w.tb, err)
	var answer post
	w.until("an answer to "+text, func() bool {
		for _, p := range w.answered(did.ID) {
			answer = p
		}
		return answer.TS != "" && !strings.Contains(answer.raw, "Still looking")
	})
	return answer
}

// answered are the messages that answer a command or click, oldest first.
func (w *world) answered(id string) []post {
	var found []post
	for _, m := range w.slack.Posts("general") {
		if m.Origin == id {
			found = append(found, newPost(m))
		}
	}
	return found
}

// slashAtOnce types the same command n times at once. What it returns checks every one of them: an acknowledgement within
// the time, that says first, and after it an answer that says then.
func (w *world) slashAtOnce(n int, text string) (check func(within time.Duration, first, then string)) {
	type sent struct {
		did  slacksim.Interaction
		err  error
		took time.Duration
	}
	all := make([]sent, n)
	var typing sync.WaitGroup
	for i := range all {
		typing.Go(func() {
			start := time.Now()
			did, err := w.slack.Command(context.Background(), "maria", "general", text)
			all[i] = sent{did, err, time.Since(start)}
		})
	}
	return func(within time.Duration, first, then string) {
		w.tb.Helper()
		typing.Wait()
		for _, s := range all {
			require.NoError(w.tb, s.err)
			require.LessOrEqual(w.tb, s.took, within)
			w.until("the answer follows", func() bool { return len(w.answered(s.did.ID)) == 2 })
			answers := w.answered(s.did.ID)
			require.Contains(w.tb, answers[0].raw, first)
			require.Contains(w.tb, answers[1].raw, then)
			require.True(w.tb, answers[0].Ephemeral && answers[1].Ephemeral)
		}
	}
}

func (w *world) inject(f slacksim.Fault) *slacksim.Injected {
	w.tb.Helper()
	injected, err := w.slack.Inject(f)
	require.NoError(w.tb, err)
	return injected
}

// holdAnswer lets Slack execute the calls and never answer them; what it returns waits for the first.
func (w *world) holdAnswer(method, channel string) (reached func()) {
	return w.reached(w.inject(slacksim.Fault{Method: method, Channel: channel, Kind: slacksim.FaultHold}))
}

// refuse makes Slack fail the calls without executing them.
func (w *world) refuse(method, channel string) (reached func()) {
	return w.reached(w.inject(slacksim.Fault{Method: method, Channel: channel, Kind: slacksim.FaultStatus, Status: http.StatusBadGateway}))
}

func (w *world) reached(injected *slacksim.Injected) func() {
	return func() {
		w.tb.Helper()
		select {
		case <-injected.Reached():
		case <-time.After(patience):
			require.FailNow(w.tb, "the call never came", w.seen())
		}
	}
}

// misbehave makes Slack answer a share of the calls with 429, a share with 500, and cut a share of the connections after accepting.
func (w *world) misbehave(method string, limited, failed, cut float64) {
	w.slack.Seed(1)
	w.inject(slacksim.Fault{Method: method, Kind: slacksim.FaultRateLimit, Probability: limited})
	w.inject(slacksim.Fault{Method: method, Kind: slacksim.FaultStatus, Status: http.StatusInternalServerError, Probability: failed})
	w.inject(slacksim.Fault{Method: method, Kind: slacksim.FaultCut, Probability: cut})
}

func (w *world) clearFaults() { w.slack.ClearFaults() }

// answers counts the calls of a method that Slack answered with that status.
func (w *world) answers(method string, status int) int {
	count := 0
	for _, c := range w.slack.Calls() {
		if c.Method == method && c.Status == status {
			count++
		}
	}
	return count
}

func (w *world) get(path string) string {
	w.tb.Helper()
	resp, err := http.Get(w.address + path) //nolint:noctx // a test
	require.NoError(w.tb, err)
	defer resp.Body.Close() //nolint:errcheck // only read
	return readAll(w.tb, resp.Body)
}

func readAll(tb testing.TB, r io.Reader) string {
	tb.Helper()
	raw, err := io.ReadAll(r)
	require.NoError(tb, err)
	return string(raw)
}

// hostOf is the host:port of a URL.
func hostOf(tb testing.TB, address string) string {
	tb.Helper()
	u, err := url.Parse(address)
	require.NoError(tb, err)
	return u.Host
}
