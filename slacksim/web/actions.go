package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"journeybot/slacksim"
)

// maxBody bounds what a browser may send at once.
const maxBody = 1 << 20

// request is everything that the page's scripts send. Each action reads its own part.
type request struct {
	user slacksim.User // who acts, from the address

	Channel    string  `json:"channel"`
	TS         string  `json:"ts"`
	Thread     string  `json:"thread"`
	Text       string  `json:"text"`
	View       string  `json:"view"`
	All        bool    `json:"all"`
	Add        bool    `json:"add"`
	BlockID    string  `json:"block_id"`
	ActionID   string  `json:"action_id"`
	Type       string  `json:"type"` // of the element that was pressed
	Values     values  `json:"values"`
	State      []input `json:"state"`
	Source     string  `json:"source"`
	CallbackID string  `json:"callback_id"`
	Signal     signal  `json:"signal"`
	Fault      fault   `json:"fault"`
	Verb       string  `json:"verb"` // what to do with a channel
	Profile    profile `json:"profile"`
}

// values are what an element shows, see slacksim.Input.
type values []string

// input is an element's state as the page sends it: dates with time still in the person's zone.
type input struct {
	BlockID  string `json:"block_id"`
	ActionID string `json:"action_id"`
	Type     string `json:"type"`
	Values   values `json:"values"`
}

// action does what a person asked for and returns what the page should know.
type action func(context.Context, request) (any, error)

// act decodes, runs and answers an action.
func (p *page) act(do action) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in request
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(&in); err != nil {
			answer(w, http.StatusBadRequest, map[string]string{"error": "unreadable request"})
			return
		}
		if who := r.PathValue("user"); who != "" {
			user, ok := p.sim.User(who)
			if !ok {
				answer(w, http.StatusNotFound, map[string]string{"error": "there is nobody called " + who})
				return
			}
			in.user = user
		}
		out, err := do(r.Context(), in)
		if err != nil {
			if r.Context().Err() == nil && status(err) == http.StatusInternalServerError {
				p.config.Logger.Warn("page action failed", "action", r.URL.Path, "err", err)
			}
			answer(w, status(err), map[string]string{"error": err.Error()})
			return
		}
		answer(w, http.StatusOK, out)
	})
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if body == nil {
		body = struct{}{}
	}
	_ = json.NewEncoder(w).Encode(body) // the browser has gone
}

// send posts a message, or runs it when it starts with one of the app's commands.
func (p *page) send(ctx context.Context, in request) (any, error) {
	text := strings.TrimSpace(in.Text)
	name, _, _ := strings.Cut(text, " ")
	if !strings.HasPrefix(name, "/") {
		_, err := p.sim.Send(in.user.ID, in.Channel, in.Thread, text)
		return nil, err
	}
	if in.Thread != "" {
		return nil, &slacksim.Failure{Text: name + " is not supported in threads. Sorry!", Code: "not_in_thread"}
	}
	for _, command := range p.sim.Commands() {
		if strings.EqualFold(command.Name, name) {
			_, err := p.sim.Command(ctx, in.user.ID, in.Channel, text)
			return nil, shown(err)
		}
	}
	return nil, &slacksim.Failure{Text: name + " is not a valid command.", Code: "invalid_command"}
}

// shown drops a failure that the simulator has already put in front of the person.
func shown(err error) error {
	var failure *slacksim.Failure
	if errors.As(err, &failure) {
		return nil
	}
	return err
}

func (p *page) press(ctx context.Context, in request) (any, error) {
	return p.sim.Press(ctx, p.pressOf(in))
}

func (p *page) pressOf(in request) slacksim.Press {
	return slacksim.Press{
		User: in.user.ID, Channel: in.Channel, TS: in.TS, View: in.View,
		BlockID: in.BlockID, ActionID: in.ActionID,
		Values: in.Values.resolved(in.Type, location(in.user)), State: inputs(in),
	}
}

func inputs(in request) []slacksim.Input {
	out := make([]slacksim.Input, 0, len(in.State))
	for _, i := range in.State {
		out = append(out, slacksim.Input{
			BlockID: i.BlockID, ActionID: i.ActionID, Values: i.Values.resolved(i.Type, location(in.user)),
		})
	}
	return out
}

// resolved turns the date and time of a date-time picker into Unix seconds: only the server knows the person's zone.
func (v values) resolved(elementType string, zone *time.Location) []string {
	if elementType != "datetimepicker" || len(v) != 1 {
		return v
	}
	at, err := time.ParseInLocation("2006-01-02T15:04", v[0], zone)
	if err != nil {
		return v
	}
	return []string{strconv.FormatInt(at.Unix(), 10)}
}

func (p *page) submit(ctx context.Context, in request) (any, error) {
	return p.sim.Submit(ctx, in.user.ID, in.View, inputs(in))
}

func (p *page) closeView(_ context.Context, in request) (any, error) {
	return nil, p.sim.CloseView(in.user.ID, in.View, in.All)
}

func (p *page) openHome(_ context.Context, in request) (any, error) {
	_, _, err := p.sim.OpenHome(in.user.ID)
	return nil, err
}

func (p *page) shortcut(ctx context.Context, in request) (any, error) {
	if in.TS == "" {
		return p.sim.GlobalShortcut(ctx, in.user.ID, in.CallbackID)
	}
	return p.sim.MessageShortcut(ctx, in.user.ID, in.CallbackID, in.Channel, in.TS)
}

func (p *page) react(_ context.Context, in request) (any, error) {
	return nil, p.sim.React(in.user.ID, in.Channel, in.TS, in.Text, in.Add)
}

func (p *page) read(_ context.Context, in request) (any, error) {
	return nil, p.sim.MarkRead(in.user.ID, in.Channel, in.TS)
}

func (p *page) join(_ context.Context, in request) (any, error) {
	return nil, p.sim.Join(in.user.ID, in.Channel)
}

// options lists what a menu offers that is not in its block: people, channels, or what the app suggests.
func (p *page) options(ctx context.Context, in request) (any, error) {
	var choices []map[string]any
	add := func(value, text string) {
		if strings.Contains(strings.ToLower(text), strings.ToLower(in.Text)) {
			choices = append(choices, option(value, text))
		}
	}
	switch in.Source {
	case "users":
		for _, user := range p.sim.Users() {
			if !user.Deleted {
				add(user.ID, displayName(user))
			}
		}
	case "channels", "conversations":
		conversations, err := p.sim.Conversations(in.user.ID)
		if err != nil {
			return nil, err
		}
		for _, c := range conversations {
			if !c.Archived && (!c.Direct || in.Source == "conversations") {
				add(c.ID, conversationName(c))
			}
		}
	case "external":
		suggested, err := p.sim.Suggest(ctx, p.pressOf(in), in.Text)
		if err != nil {
			return nil, err
		}
		for _, s := range suggested {
			choices = append(choices, option(s.Value, s.Text))
		}
	default:
		return nil, fmt.Errorf("no options from %q", in.Source)
	}
	raw, err := json.Marshal(choices)
	if err != nil {
		return nil, fmt.Errorf("write options: %w", err)
	}
	return map[string]any{"html": p.blocks.Options(p.reader(in.user), raw)}, nil
}

func option(value, text string) map[string]any {
	return map[string]any{"value": value, "text": map[string]any{"type": "plain_text", "text": text}}
}
