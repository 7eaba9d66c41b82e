package slacksim

import (
	"encoding/json"
	"io"
	"net/http"
	"time"
)

const (
	hookUses = 5
	hookLife = 30 * time.Minute
)

// hook is a response URL.
type hook struct {
	Token     string    `json:"token"`
	User      string    `json:"user"`
	Channel   string    `json:"channel"`
	TS        string    `json:"ts"`      // of the message that was clicked; "" for a command
	Command   string    `json:"command"` // as typed; "" for a click
	Origin    string    `json:"origin"`
	Uses      int       `json:"uses"`
	Made      time.Time `json:"made"`
	ephemeral *Message  // the clicked message, when only one person sees it
}

// newHook makes a response URL. It must be called with mu held.
func (s *Server) newHook(h hook) (string, *hook) {
	now := s.ws.now()
	for token, old := range s.ws.hooks {
		if now.Sub(old.Made) > 2*hookLife {
			delete(s.ws.hooks, token)
			s.ws.disk.put("hook", token, nil)
		}
	}
	h.Token, h.Made = random(24), now.UTC()
	s.ws.hooks[h.Token] = &h
	s.ws.disk.put("hook", h.Token, h)
	path := "/actions/"
	if h.Command != "" {
		path = "/commands/"
	}
	return s.url + path + teamID + "/" + h.Token, &h
}

// serveHook takes what the app sends to a response URL.
func (s *Server) serveHook(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		http.Error(w, "request entity too large", http.StatusRequestEntityTooLarge)
		return
	}
	s.mu.Lock()
	h := s.ws.hooks[r.PathValue("token")]
	channel := ""
	if h != nil {
		channel = h.Channel
	}
	s.mu.Unlock()
	s.exchange(w, r, Call{Direction: FromApp, Method: "response_url", Request: string(body)}, channel, func() answer {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.useHook(h, body)
	})
}

func (s *Server) useHook(h *hook, body []byte) answer {
	refuse := func(status int, code string) answer {
		a := jsonAnswer(status, object{"ok": false, "error": code})
		a.code = code
		return a
	}
	switch {
	case h == nil || s.ws.now().Sub(h.Made) > hookLife:
		return refuse(http.StatusNotFound, "expired_url")
	case h.Uses >= hookUses:
		return refuse(http.StatusNotFound, "used_url")
	}
	value, err := decode(body)
	fields, ok := value.(object)
	if err != nil || !ok {
		return refuse(http.StatusBadRequest, "invalid_payload")
	}
	if err := s.respond(h, fields); err != nil {
		a := finish(&request{}, nil, err)
		a.status = http.StatusBadRequest
		return a
	}
	h.Uses++
	s.ws.disk.put("hook", h.Token, h)
	return jsonAnswer(http.StatusOK, object{"ok": true})
}

// respond does what an acknowledgement or a response URL says: a new message, a changed one, or one gone.
func (s *Server) respond(h *hook, fields object) error {
	c := s.ws.channels[h.Channel]
	if c == nil {
		return Error("channel_not_found")
	}
	r := &request{args: map[string]string{}}
	raw, _ := json.Marshal(fields)
	r.takeJSON(raw)
	said, err := s.content(r)
	if err != nil {
		return err
	}
	original := s.original(h, c)
	if fields["delete_original"] == true {
		if original != nil {
			s.deleteMessage(c, original)
		}
		if said.empty() {
			return nil
		}
	}
	if said.empty() {
		return Error("no_text")
	}
	if fields["replace_original"] == true && fields["delete_original"] != true && original != nil {
		said.rewrite(original)
		original.Origin = h.Origin
		if len(said.blocks) == 0 && len(said.attachments) == 0 && !original.Ephemeral {
			original.EditedBy, original.EditedTS = botUserID, s.ws.nextTS()
		}
		s.change(c, original)
		return nil
	}
	m := s.botMessage(r, said)
	m.Origin = h.Origin
	if fields["response_type"] == "in_channel" {
		if m.ThreadTS, err = threadOf(c, r.str("thread_ts")); err != nil {
			return err
		}
		m.Command, m.CommandUser = h.Command, h.commandUser()
	} else {
		m.Ephemeral, m.To = true, h.User
		if original != nil && original.ThreadTS != original.TS {
			m.ThreadTS = original.ThreadTS
		}
	}
	s.post(c, m)
	return nil
}

func (h *hook) commandUser() string {
	if h.Command == "" {
		return ""
	}
	return h.User
}

// original is the message that was clicked, as long as it is there.
func (s *Server) original(h *hook, c *conversation) *Message {
	if h.ephemeral != nil {
		if i, ok := c.index(h.TS); ok && c.messages[i] == h.ephemeral {
			return h.ephemeral
		}
		return nil
	}
	return c.message(h.TS)
}
