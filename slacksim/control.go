package slacksim

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

// Guarded lets only requests through that come from this machine and, in a browser, from the Server's own pages: a
// loopback Host, and no foreign Origin. Others get 403. Pages mounted with Handle need it too.
func Guarded(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.Host)
		if err != nil {
			host = r.Host
		}
		origin := r.Header.Get("Origin")
		u, err := url.Parse(origin)
		if !loopback(strings.Trim(host, "[]")) || origin != "" && (err != nil || u.Host != r.Host) || r.Header.Get("Sec-Fetch-Site") == "cross-site" {
			http.Error(w, "forbidden: this page is for its own machine only", http.StatusForbidden)
			return
		}
		h.ServeHTTP(w, r)
	})
}

// order is what a program says to /sim/; each verb reads the fields that it needs.
type order struct {
	User     string   `json:"user"`
	Channel  string   `json:"channel"`
	TS       string   `json:"ts"`
	ThreadTS string   `json:"thread_ts"`
	Text     string   `json:"text"`
	View     string   `json:"view"`
	BlockID  string   `json:"block_id"`
	ActionID string   `json:"action_id"`
	Callback string   `json:"callback_id"`
	Values   []string `json:"values"`
	State    []Input  `json:"state"`
	All      bool     `json:"all"`
	Archived bool     `json:"archived"`
	Add      bool     `json:"add"`
	Reason   string   `json:"reason"`
	URL      string   `json:"url"`
	Envelope string   `json:"envelope"`
	By       string   `json:"by"` // a duration: "10m"
	On       bool     `json:"on"`
	Seed     uint64   `json:"seed"`
	Name     string   `json:"name"`
	Emoji    string   `json:"emoji"`
	Until    int64    `json:"until"`   // Unix seconds
	Content  []byte   `json:"content"` // of a file, in base64

	Change     json.RawMessage `json:"change"`      // the members of a User to set: {"guest": true}
	NewUser    User            `json:"new_user"`    // see Server.AddUser
	NewChannel Channel         `json:"new_channel"` // see Server.AddChannel
}

func (o order) press() Press {
	return Press{
		User: o.User, Channel: o.Channel, TS: o.TS, View: o.View, BlockID: o.BlockID, ActionID: o.ActionID, Values: o.Values, State: o.State,
	}
}

// verbs are what a program in another language can do: POST /sim/do/{verb} with a JSON order.
func (s *Server) verbs() map[string]func(ctx context.Context, o order) (any, error) {
	done := func(err error) (any, error) { return struct{}{}, err }
	return map[string]func(ctx context.Context, o order) (any, error){
		"send": func(_ context.Context, o order) (any, error) {
			ts, err := s.Send(o.User, o.Channel, o.ThreadTS, o.Text)
			return object{"ts": ts}, err
		},
		"command":    func(ctx context.Context, o order) (any, error) { return s.Command(ctx, o.User, o.Channel, o.Text) },
		"press":      func(ctx context.Context, o order) (any, error) { return s.Press(ctx, o.press()) },
		"suggest":    func(ctx context.Context, o order) (any, error) { return s.Suggest(ctx, o.press(), o.Text) },
		"submit":     func(ctx context.Context, o order) (any, error) { return s.Submit(ctx, o.User, o.View, o.State) },
		"close_view": func(_ context.Context, o order) (any, error) { return done(s.CloseView(o.User, o.View, o.All)) },
		"open_home": func(_ context.Context, o order) (any, error) {
			v, _, err := s.OpenHome(o.User)
			return v, err
		},
		"shortcut": func(ctx context.Context, o order) (any, error) { return s.GlobalShortcut(ctx, o.User, o.Callback) },
		"message_shortcut": func(ctx context.Context, o order) (any, error) {
			return s.MessageShortcut(ctx, o.User, o.Callback, o.Channel, o.TS)
		},
		"react": func(_ context.Context, o order) (any, error) {
			return done(s.React(o.User, o.Channel, o.TS, o.Text, o.Add))
		},
		"delete_message": func(_ context.Context, o order) (any, error) { return done(s.DeleteMessage(o.Channel, o.TS)) },
		"archive":        func(_ context.Context, o order) (any, error) { return done(s.ArchiveChannel(o.Channel, o.Archived)) },
		"freeze_message": func(_ context.Context, o order) (any, error) { return done(s.FreezeMessage(o.Channel, o.TS, o.On)) },
		"edit_window": func(_ context.Context, o order) (any, error) {
			window, err := time.ParseDuration(o.By)
			if err == nil {
				s.SetEditWindow(window)
			}
			return done(err)
		},
		"add_channel": func(_ context.Context, o order) (any, error) {
			id, err := s.AddChannel(o.NewChannel)
			return object{"id": id}, err
		},
		"add_user": func(_ context.Context, o order) (any, error) {
			id, err := s.AddUser(o.NewUser)
			return object{"id": id}, err
		},
		"delete_channel": func(_ context.Context, o order) (any, error) { return done(s.DeleteChannel(o.Channel)) },
		"rename_channel": func(_ context.Context, o order) (any, error) { return done(s.RenameChannel(o.Channel, o.Name)) },
		"share_channel":  func(_ context.Context, o order) (any, error) { return done(s.ShareChannel(o.Channel, o.On)) },
		"invite":         func(_ context.Context, o order) (any, error) { return done(s.Invite(o.User, o.Channel)) },
		"leave":          func(_ context.Context, o order) (any, error) { return done(s.Leave(o.User, o.Channel)) },
		"change_user":    func(_ context.Context, o order) (any, error) { return done(s.changeUserTo(o)) },
		"set_status": func(_ context.Context, o order) (any, error) {
			var until time.Time
			if o.Until != 0 {
				until = time.Unix(o.Until, 0)
			}
			return done(s.SetStatus(o.User, o.Text, o.Emoji, until))
		},
		"upload":     func(_ context.Context, o order) (any, error) { return s.Upload(o.User, o.Name, o.Content) },
		"invite_bot": func(_ context.Context, o order) (any, error) { return done(s.InviteBot(o.Channel)) },
		"kick_bot":   func(_ context.Context, o order) (any, error) { return done(s.KickBot(o.Channel)) },
		"deactivate": func(_ context.Context, o order) (any, error) { return done(s.Deactivate(o.User)) },
		"redeliver":  func(ctx context.Context, o order) (any, error) { return done(s.Redeliver(ctx, o.Envelope)) },
		"verify_url": func(ctx context.Context, _ order) (any, error) { return done(s.VerifyURL(ctx)) },
		"disconnect": func(_ context.Context, o order) (any, error) {
			s.DisconnectSockets(o.Reason)
			return done(nil)
		},
		"deliver_to": func(_ context.Context, o order) (any, error) {
			s.SetDeliverTo(o.URL)
			return done(nil)
		},
		"skew": func(_ context.Context, o order) (any, error) {
			by, err := time.ParseDuration(o.By)
			if err == nil {
				s.SkewSignatures(by)
			}
			return done(err)
		},
		"revoke_tokens": func(context.Context, order) (any, error) {
			s.RevokeTokens()
			return done(nil)
		},
		"channel_limit": func(_ context.Context, o order) (any, error) {
			s.SetChannelLimit(o.On)
			return done(nil)
		},
		"seed": func(_ context.Context, o order) (any, error) {
			s.Seed(o.Seed)
			return done(nil)
		},
	}
}

// changeUserTo sets the members of a person that an order names.
func (s *Server) changeUserTo(o order) error {
	dec := json.NewDecoder(bytes.NewReader(o.Change))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&User{}); err != nil {
		return fmt.Errorf("read change: %w", err)
	}
	return s.ChangeUser(o.User, func(u *User) { _ = json.Unmarshal(o.Change, u) }) // read above
}

// faultOrder is a Fault with its durations in Go's notation: "30s".
type faultOrder struct {
	Fault
	RetryAfter string `json:"retry_after"`
	Delay      string `json:"delay"`
}

func (f faultOrder) fault() (Fault, error) {
	var errs [2]error
	if f.RetryAfter != "" {
		f.Fault.RetryAfter, errs[0] = time.ParseDuration(f.RetryAfter)
	}
	if f.Delay != "" {
		f.Fault.Delay, errs[1] = time.ParseDuration(f.Delay)
	}
	return f.Fault, errors.Join(errs[:]...)
}

func shownFault(i *Injected) object {
	f := faultOrder{Fault: i.Fault}
	f.RetryAfter, f.Delay = i.Fault.RetryAfter.String(), i.Fault.Delay.String()
	return object{"id": i.ID, "hits": i.Hits(), "fault": f}
}

// control serves /sim/: what tests in other languages need.
func (s *Server) control() http.Handler {
	mux := http.NewServeMux()
	verbs := s.verbs()
	mux.HandleFunc("GET /sim/{$}", func(w http.ResponseWriter, _ *http.Request) {
		reply(w, object{
			"url": s.URL(), "api_url": s.APIURL(), "bot_token": s.BotToken(), "app_token": s.AppToken(), "signing_secret": s.SigningSecret(),
			"deliver_to": s.DeliverTo(), "sockets": s.Sockets(), "channel_limit": s.ChannelLimit(), "edit_window": s.EditWindow().String(), "skew": s.Skew().String(),
			"verbs": slices.Sorted(maps.Keys(verbs)), "users": s.Users(), "bot_user": s.BotUser(), "commands": s.Commands(), "shortcuts": s.Shortcuts(),
		}, nil)
	})
	mux.HandleFunc("GET /sim/log", func(w http.ResponseWriter, r *http.Request) {
		since, _ := strconv.Atoi(r.URL.Query().Get("since"))
		calls, next := s.CallsSince(since)
		reply(w, object{"calls": append([]Call{}, calls...), "next": next}, nil)
	})
	mux.HandleFunc("GET /sim/conversations", func(w http.ResponseWriter, r *http.Request) {
		all, err := s.Conversations(r.URL.Query().Get("user"))
		reply(w, all, err)
	})
	mux.HandleFunc("GET /sim/messages", func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		var all []Message
		var err error
		if q.Get("thread_ts") != "" {
			all, err = s.Thread(q.Get("user"), q.Get("channel"), q.Get("thread_ts"))
		} else {
			all, err = s.Messages(q.Get("user"), q.Get("channel"), q.Get("before"), 0)
		}
		reply(w, append([]Message{}, all...), err)
	})
	mux.HandleFunc("GET /sim/views", func(w http.ResponseWriter, r *http.Request) {
		user := r.URL.Query().Get("user")
		out := object{"views": append([]View{}, s.Views(user)...)}
		if home, ok := s.Home(user); ok {
			out["home"] = home
		}
		reply(w, out, nil)
	})
	mux.HandleFunc("GET /sim/faults", func(w http.ResponseWriter, _ *http.Request) {
		faults := s.Faults()
		all := make([]object, 0, len(faults))
		for _, i := range faults {
			all = append(all, shownFault(i))
		}
		reply(w, all, nil)
	})
	mux.HandleFunc("POST /sim/faults", func(w http.ResponseWriter, r *http.Request) {
		var f faultOrder
		if !read(w, r, &f) {
			return
		}
		fault, err := f.fault()
		if err != nil {
			reply(w, nil, err)
			return
		}
		i, err := s.Inject(fault)
		if err != nil {
			reply(w, nil, err)
			return
		}
		reply(w, shownFault(i), nil)
	})
	mux.HandleFunc("DELETE /sim/faults", func(w http.ResponseWriter, _ *http.Request) {
		s.ClearFaults()
		reply(w, struct{}{}, nil)
	})
	mux.HandleFunc("DELETE /sim/faults/{id}", s.onFault((*Injected).Clear))
	mux.HandleFunc("POST /sim/faults/{id}/release", s.onFault((*Injected).Release))
	mux.HandleFunc("POST /sim/do/{verb}", func(w http.ResponseWriter, r *http.Request) {
		do, ok := verbs[r.PathValue("verb")]
		if !ok {
			http.Error(w, "unknown verb", http.StatusNotFound)
			return
		}
		var o order
		if read(w, r, &o) {
			out, err := do(r.Context(), o)
			reply(w, out, err)
		}
	})
	return Guarded(mux)
}

func (s *Server) onFault(do func(*Injected)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		for _, i := range s.Faults() {
			if strconv.Itoa(i.ID) == r.PathValue("id") {
				do(i)
				reply(w, struct{}{}, nil)
				return
			}
		}
		http.Error(w, "unknown fault", http.StatusNotFound)
	}
}

// read decodes a JSON body; it has answered when it returns false.
func read(w http.ResponseWriter, r *http.Request, into any) bool {
	if !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		http.Error(w, "want application/json", http.StatusUnsupportedMediaType)
		return false
	}
	dec := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return false
	}
	return true
}

func reply(w http.ResponseWriter, value any, err error) {
	w.Header().Set("Content-Type", jsonType)
	if err != nil {
		w.WriteHeader(http.StatusUnprocessableEntity)
		value = object{"error": err.Error(), "result": value}
	}
	_, _ = w.Write(encode(value))
}
