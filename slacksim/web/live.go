package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"journeybot/slacksim"
)

// Rhythm of the event stream: changes that come together are told together, and silence is broken before a proxy ends it.
const (
	gatherFor = 25 * time.Millisecond
	keepAlive = 20 * time.Second
)

// change tells a browser that something it may show is different; it then asks for the page again.
type change struct {
	Kind    slacksim.EventKind `json:"kind"`
	Channel string             `json:"channel,omitempty"`
	TS      string             `json:"ts,omitempty"`
	View    string             `json:"view,omitempty"`
	Text    string             `json:"text,omitempty"` // what to complain about
}

// events streams the changes on a person's screen, as server-sent events. With ?log=1 it tells of the protocol log instead.
func (p *page) events(w http.ResponseWriter, r *http.Request) {
	user, ok := p.sim.User(r.PathValue("user"))
	if !ok {
		http.NotFound(w, r)
		return
	}
	changes, cancel, err := p.sim.Subscribe(user.ID)
	if err != nil {
		p.fail(w, err)
		return
	}
	defer cancel()
	stream := eventStream{w: w, control: http.NewResponseController(w)}
	w.Header().Set("Content-Type", "text/event-stream")
	if !stream.comment("hello") {
		return
	}
	watchLog := r.URL.Query().Has("log")
	var logged <-chan struct{}
	alive := time.NewTicker(keepAlive)
	defer alive.Stop()
	for {
		if watchLog {
			logged = p.sim.Changed()
		}
		sent := true
		select {
		case <-r.Context().Done():
			return
		case event, open := <-changes:
			if !open {
				return
			}
			sent = stream.changes(gather(event, changes))
		case <-logged:
			sent = stream.changes([]change{{Kind: "log"}})
			wait(r, gatherFor)
		case <-alive.C:
			sent = stream.comment("alive")
		}
		if !sent {
			return
		}
	}
}

// gather collects what arrives within a moment after the first event.
func gather(first slacksim.Event, more <-chan slacksim.Event) []change {
	out := []change{changeOf(first)}
	deadline := time.NewTimer(gatherFor)
	defer deadline.Stop()
	for {
		select {
		case event, open := <-more:
			if !open {
				return out
			}
			out = append(out, changeOf(event))
		case <-deadline.C:
			return out
		}
	}
}

func changeOf(event slacksim.Event) change {
	out := change{Kind: event.Kind, Channel: event.Channel, TS: event.TS, View: event.View, Text: event.Text}
	if event.Message != nil {
		out.TS = event.Message.TS
	}
	return out
}

func wait(r *http.Request, d time.Duration) {
	select {
	case <-r.Context().Done():
	case <-time.After(d):
	}
}

// eventStream writes server-sent events. Its methods report whether the browser is still there.
type eventStream struct {
	w       http.ResponseWriter
	control *http.ResponseController
}

func (s eventStream) comment(text string) bool {
	_, err := fmt.Fprintf(s.w, ": %s\n\n", text)
	return err == nil && s.control.Flush() == nil
}

func (s eventStream) changes(changes []change) bool {
	body, err := json.Marshal(changes)
	if err != nil {
		return false
	}
	_, err = fmt.Fprintf(s.w, "data: %s\n\n", body)
	return err == nil && s.control.Flush() == nil
}
