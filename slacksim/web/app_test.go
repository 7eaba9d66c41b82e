package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"journeybot/slacksim"
	"journeybot/slacksim/web"
)

// now is the morning that the tests happen on.
var now = time.Date(2026, 11, 24, 8, 42, 0, 0, time.UTC)

// world is a workspace with its page and a small app behind it, which alerts, answers a command, opens a modal and
// publishes a Home tab.
type world struct {
	tb      testing.TB
	sim     *slacksim.Server
	url     string          // of the page
	browser context.Context // for those who visit the page
	start   time.Time
	mu      sync.Mutex
	owner   string // who acknowledged
	asked   int    // signals received
	seen    []string
	thread  string

	attached string // name and content of the file that came through the modal
}

// newWorld starts everything and posts the first alert.
func newWorld(tb testing.TB) *world {
	tb.Helper()
	w := &world{tb: tb, start: time.Now()}
	app := httptest.NewServer(http.HandlerFunc(w.hear))
	tb.Cleanup(app.Close)
	sim, err := slacksim.New(slacksim.Config{
		Team: "Northwind", Bot: "journeybot", DeliverTo: app.URL, NoChannelLimit: true, Now: w.now,
		Commands: []slacksim.Command{
			{Name: "/journey", Hint: "acme | alerts [mine|unowned|red] | help", Description: "Where a customer stands, and which alerts are open"},
			{Name: "/jot", Hint: "a note", Description: "Write something down"},
		},
		Shortcuts: []slacksim.Shortcut{{Name: "Log to account timeline", CallbackID: "log", Message: true}},
		Channels: []slacksim.Channel{
			{Name: "cs-alerts", Topic: "What needs somebody, now", Bot: true},
			{Name: "general", Bot: true},
			{Name: "random", Bot: true},
			{Name: "sales-pql", Bot: true},
			{Name: "leads-only", Private: true, Members: []string{"maria", "tom"}},
		},
		Groups: []slacksim.UserGroup{{Handle: "cs-leads", Users: []string{"maria"}}},
	})
	require.NoError(tb, err)
	sim.Handle("/", web.New(sim, web.Config{Ingest: app.URL + "/v1/events", Now: w.now}))
	w.sim, w.url = sim, sim.URL()
	sim.Start()
	tb.Cleanup(func() { require.NoError(tb, sim.Close()) })
	return w
}

// now lets time pass as it does, from the morning on.
func (w *world) now() time.Time { return now.Add(time.Since(w.start)) }

// call is one Web API call of the app.
func (w *world) call(method string, args map[string]any) map[string]any {
	body, err := json.Marshal(args)
	require.NoError(w.tb, err)
	r, err := http.NewRequest(http.MethodPost, w.sim.APIURL()+method, bytes.NewReader(body))
	require.NoError(w.tb, err)
	r.Header.Set("Content-Type", "application/json; charset=utf-8")
	r.Header.Set("Authorization", "Bearer "+w.sim.BotToken())
	res, err := http.DefaultClient.Do(r)
	require.NoError(w.tb, err)
	defer func() { require.NoError(w.tb, res.Body.Close()) }()
	var answer map[string]any
	require.NoError(w.tb, json.NewDecoder(res.Body).Decode(&answer))
	require.Equal(w.tb, true, answer["ok"], "%s: %v", method, answer)
	return answer
}

// post posts blocks of testdata or text to a channel and returns the ts.
func (w *world) post(channel, text, blocks, thread string) string {
	args := map[string]any{"channel": w.channel(channel), "text": text}
	if blocks != "" {
		args["blocks"] = w.blocks(blocks)
	}
	if thread != "" {
		args["thread_ts"] = thread
	}
	return w.call("chat.postMessage", args)["ts"].(string)
}

func (w *world) channel(name string) string {
	c, err := w.sim.Conversation("maria", name)
	require.NoError(w.tb, err)
	return c.ID
}

// blocks reads blocks from testdata; OWNER in them is who acknowledged, USER is Maria, ICON the address of pictures.
func (w *world) blocks(name string) json.RawMessage {
	raw, err := os.ReadFile("testdata/" + name + ".json")
	require.NoError(w.tb, err)
	maria, _ := w.sim.User("maria")
	return json.RawMessage(strings.NewReplacer("OWNER", w.owner, "<@USER>", "<@"+maria.ID+">", "ICON", w.url+"/page/assets").Replace(string(raw)))
}

// hear takes what the simulator delivers.
func (w *world) hear(rw http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	require.NoError(w.tb, err)
	r.Body = io.NopCloser(bytes.NewReader(body)) // read before it may have to wait
	w.mu.Lock()
	defer w.mu.Unlock()
	switch r.URL.Path {
	case "/v1/events":
		w.signal(rw, r)
	case "/slack/commands":
		w.command(rw, r)
	case "/slack/interactions":
		w.interact(rw, r)
	case "/slack/events":
		w.event(rw, r)
	default:
		http.NotFound(rw, r)
	}
}

func (w *world) signal(rw http.ResponseWriter, r *http.Request) {
	var event struct {
		Type, Subject string
		Data          json.RawMessage
	}
	if err := json.NewDecoder(r.Body).Decode(&event); err != nil || event.Subject == "refused" {
		http.Error(rw, "account refused", http.StatusBadRequest)
		return
	}
	w.asked++
	w.post("cs-alerts", "Signal "+event.Type+" about "+event.Subject, "", "")
	rw.WriteHeader(http.StatusAccepted)
}

func (w *world) command(rw http.ResponseWriter, r *http.Request) {
	text := r.FormValue("text")
	w.seen = append(w.seen, r.FormValue("command")+" "+text)
	switch text {
	case "slow":
		time.Sleep(3200 * time.Millisecond)
	case "note":
		w.open(r.FormValue("trigger_id"))
	default:
		rw.Header().Set("Content-Type", "application/json")
		require.NoError(w.tb, json.NewEncoder(rw).Encode(map[string]any{"response_type": "ephemeral", "text": "Acme Corp", "blocks": w.blocks("journey")}))
	}
}

func (w *world) open(trigger string) {
	w.call("views.open", map[string]any{"trigger_id": trigger, "view": w.blocks("note_view")})
}

type interaction struct {
	Type    string
	User    struct{ ID, Name string }
	Trigger string `json:"trigger_id"`
	Channel struct{ ID string }
	Message struct{ TS string }
	Actions []struct {
		ActionID string                 `json:"action_id"`
		Selected struct{ Value string } `json:"selected_option"`
	}
	View struct {
		State struct {
			Values map[string]map[string]struct {
				Value string
				Files []struct {
					Name string
					URL  string `json:"url_private_download"`
				}
			}
		}
	}
}

func (w *world) interact(rw http.ResponseWriter, r *http.Request) {
	var in interaction
	require.NoError(w.tb, json.Unmarshal([]byte(r.FormValue("payload")), &in))
	user, _ := w.sim.User(in.User.ID)
	name, _, _ := strings.Cut(user.RealName, " ")
	if in.Type == "message_action" {
		return
	}
	for _, file := range in.View.State.Values["files"]["pick"].Files {
		w.attached = file.Name + ": " + w.download(file.URL)
		return
	}
	if in.Type == "view_submission" {
		note := in.View.State.Values["note"]["text"].Value
		if len(note) < 10 {
			rw.Header().Set("Content-Type", "application/json")
			_, err := rw.Write([]byte(`{"response_action":"errors","errors":{"note":"Say a little more: at least 10 characters."}}`))
			require.NoError(w.tb, err)
			return
		}
		w.post("cs-alerts", name+": "+note, "", w.thread)
		return
	}
	for _, action := range in.Actions {
		w.seen = append(w.seen, action.ActionID+" "+action.Selected.Value)
		switch {
		case action.ActionID == "alert.ack" && w.owner == "":
			w.owner = name
			w.call("chat.update", map[string]any{"channel": in.Channel.ID, "ts": in.Message.TS, "text": name + " is on it", "blocks": w.blocks("acknowledged")})
		case action.ActionID == "alert.ack" && w.owner != name:
			w.call("chat.postEphemeral", map[string]any{"channel": in.Channel.ID, "user": in.User.ID, "text": w.owner + " took this at 09:42."})
		case action.Selected.Value == "note":
			w.thread = in.Message.TS
			w.open(in.Trigger)
		case action.ActionID == "attach":
			w.call("views.open", map[string]any{"trigger_id": in.Trigger, "view": w.blocks("file_view")})
		case action.ActionID == "fail":
			http.Error(rw, "broken", http.StatusInternalServerError)
		}
	}
}

// download reads a file as the app may.
func (w *world) download(address string) string {
	r, err := http.NewRequest(http.MethodGet, address, nil)
	require.NoError(w.tb, err)
	r.Header.Set("Authorization", "Bearer "+w.sim.BotToken())
	res, err := http.DefaultClient.Do(r)
	require.NoError(w.tb, err)
	defer func() { require.NoError(w.tb, res.Body.Close()) }()
	content, err := io.ReadAll(res.Body)
	require.NoError(w.tb, err)
	return string(content)
}

func (w *world) event(_ http.ResponseWriter, r *http.Request) {
	var in struct {
		Event struct{ Type, User string }
	}
	require.NoError(w.tb, json.NewDecoder(r.Body).Decode(&in))
	if in.Event.Type == "app_home_opened" {
		w.call("views.publish", map[string]any{"user_id": in.Event.User, "view": map[string]any{"type": "home", "blocks": w.blocks("home")}})
	}
}
