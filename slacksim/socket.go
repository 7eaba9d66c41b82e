package slacksim

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

const (
	maxSockets     = 10
	maxAck         = 20_480 // an acknowledgement of this size or more is dropped without a word
	ticketLife     = 30 * time.Second
	writeWithin    = 5 * time.Second
	warnAhead      = 10 * time.Second
	connectionLife = 18_060 * time.Second
	debugLife      = 360 * time.Second
)

// wire is the Socket Mode side. The Server's mu guards it.
type wire struct {
	tickets map[string]time.Time
	sockets []*socket
	next    int // of the round robin
	pending map[string]chan ack
	sent    map[string]delivery // by envelope, for Redeliver
	order   []string            // of sent, oldest first
}

func (w *wire) remember(d delivery) {
	if _, again := w.sent[d.envelope]; !again {
		w.order = append(w.order, d.envelope)
	}
	w.sent[d.envelope] = d
	for len(w.order) > keepSent {
		delete(w.sent, w.order[0])
		w.order = w.order[1:]
	}
}

// socket is one Socket Mode connection.
type socket struct {
	conn    *websocket.Conn
	writing sync.Mutex
	leaving bool // was told to disconnect: gets nothing new. The Server's mu guards it
	gone    chan struct{}
}

func (k *socket) write(frame []byte) error {
	k.writing.Lock()
	defer k.writing.Unlock()
	_ = k.conn.SetWriteDeadline(time.Now().Add(writeWithin))
	return k.conn.WriteMessage(websocket.TextMessage, frame)
}

func (k *socket) ping() error {
	return k.conn.WriteControl(websocket.PingMessage, []byte("Ping from slacksim"), time.Now().Add(writeWithin))
}

// hangUp closes a connection as the protocol wants it.
func (k *socket) hangUp() {
	farewell := websocket.FormatCloseMessage(websocket.CloseNormalClosure, "")
	_ = k.conn.WriteControl(websocket.CloseMessage, farewell, time.Now().Add(writeWithin))
	_ = k.conn.Close()
}

func (s *Server) appsConnectionsOpen(*request) (object, error) {
	if s.wire.tickets == nil {
		s.wire.tickets = map[string]time.Time{}
	}
	ticket := random(32)
	s.wire.tickets[ticket] = time.Now()
	query := url.Values{"ticket": {ticket}, "app_id": {s.cfg.AppID}}
	return object{"url": "ws" + s.url[len("http"):] + "/link/?" + query.Encode()}, nil
}

// takeTicket uses up the ticket of a connection.
func (s *Server) takeTicket(ticket string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	made, ok := s.wire.tickets[ticket]
	delete(s.wire.tickets, ticket)
	return ok && time.Since(made) < ticketLife
}

// serveSocket is one connection, from its upgrade to its end.
func (s *Server) serveSocket(w http.ResponseWriter, r *http.Request) {
	if !s.takeTicket(r.URL.Query().Get("ticket")) {
		http.Error(w, "invalid ticket", http.StatusForbidden)
		return
	}
	// Slack's own clients send an Origin; the ticket is what admits them.
	upgrader := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	conn, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	k := &socket{conn: conn, gone: make(chan struct{})}
	life := connectionLife
	if r.URL.Query().Get("debug_reconnects") == "true" {
		life = debugLife
	}
	if !s.greet(k, life) {
		_ = conn.Close()
		return
	}
	s.working.Go(func() { s.keepAlive(k, life) })
	s.read(k)
	s.dismiss(k)
}

// greet registers a connection and says hello; the oldest of too many has to go. It is false when nobody is there any more.
func (s *Server) greet(k *socket, life time.Duration) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.phase == phaseClosed {
		return false
	}
	if staying := s.wire.staying(); len(staying) >= maxSockets {
		s.disconnect(staying[0], "too_many_websockets")
	}
	hello := encode(object{
		"type": "hello", "num_connections": len(s.wire.sockets) + 1, "connection_info": object{"app_id": s.cfg.AppID},
		"debug_info": object{"host": "applink-1", "build_number": 10, "approximate_connection_time": int(life.Seconds())},
	})
	s.logStart(Call{Time: s.cfg.Now(), Direction: OnWire, Method: "hello", Transport: "socket", Status: http.StatusOK, Request: string(hello)})
	if k.write(hello) != nil {
		return false
	}
	s.wire.sockets = append(s.wire.sockets, k)
	return true
}

func (s *Server) dismiss(k *socket) {
	close(k.gone)
	_ = k.conn.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wire.sockets = slices.DeleteFunc(s.wire.sockets, func(other *socket) bool { return other == k })
	s.logStart(Call{Time: s.cfg.Now(), Direction: OnWire, Method: "closed", Transport: "socket"})
}

// keepAlive pings a connection, and ends it when its life is over.
func (s *Server) keepAlive(k *socket, life time.Duration) {
	_ = k.ping()
	ping := time.NewTicker(s.cfg.PingInterval)
	defer ping.Stop()
	warn := time.NewTimer(life - warnAhead)
	defer warn.Stop()
	for {
		select {
		case <-k.gone:
			return
		case <-ping.C:
			if k.ping() != nil {
				_ = k.conn.Close()
			}
		case <-warn.C:
			s.mu.Lock()
			s.disconnect(k, "warning")
			s.mu.Unlock()
		}
	}
}

// read takes acknowledgements until the connection ends.
func (s *Server) read(k *socket) {
	patience := 4 * s.cfg.PingInterval
	extend := func() { _ = k.conn.SetReadDeadline(time.Now().Add(patience)) }
	extend()
	k.conn.SetPongHandler(func(string) error { extend(); return nil })
	pinged := k.conn.PingHandler()
	k.conn.SetPingHandler(func(data string) error { extend(); return pinged(data) })
	for {
		_, frame, err := k.conn.ReadMessage()
		if err != nil {
			return
		}
		extend()
		s.takeAck(frame)
	}
}

func (s *Server) takeAck(frame []byte) {
	var f struct {
		EnvelopeID string          `json:"envelope_id"`
		Payload    json.RawMessage `json:"payload"`
	}
	if json.Unmarshal(frame, &f) != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	waiting := s.wire.pending[f.EnvelopeID]
	if len(frame) >= maxAck {
		s.logStart(Call{
			Time: s.cfg.Now(), Direction: OnWire, Method: "ack", Transport: "socket", Envelope: f.EnvelopeID, Response: string(frame),
			Error: "dropped_" + strconv.Itoa(len(frame)) + "_bytes",
		})
		return
	}
	if waiting == nil {
		return
	}
	delete(s.wire.pending, f.EnvelopeID)
	if string(f.Payload) == "null" {
		f.Payload = nil
	}
	waiting <- ack{body: f.Payload, json: true, status: http.StatusOK}
}

// frame is a delivery as it goes over a socket.
func (s *Server) frame(d delivery) object {
	f := object{"envelope_id": d.envelope, "type": d.kind, "accepts_response_payload": d.accepts, "payload": d.payload}
	if d.kind == "events_api" {
		f["retry_attempt"], f["retry_reason"] = d.attempt, d.reason
		if d.reason != "" {
			f["retry_reason"] = "timeout"
		}
	}
	return f
}

// overSocket gives a delivery to one of the connections, each in turn.
func (s *Server) overSocket(ctx context.Context, d delivery, frame []byte) ack {
	answer := make(chan ack, 1)
	s.mu.Lock()
	s.wire.pending[d.envelope] = answer
	sockets := s.inTurn()
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		delete(s.wire.pending, d.envelope)
		s.mu.Unlock()
	}()
	sent := false
	for _, k := range sockets {
		if sent = k.write(frame) == nil; sent {
			break
		}
	}
	if !sent {
		return ack{code: codeUnreachable, reason: "connection_failed"}
	}
	select {
	case a := <-answer:
		if !d.accepts {
			a.body = nil
		}
		return a
	case <-ctx.Done():
		return ack{code: codeTimeout, reason: "http_timeout"}
	}
}

// staying are the connections that were not told to go, the oldest first.
func (w *wire) staying() []*socket {
	return slices.DeleteFunc(slices.Clone(w.sockets), func(k *socket) bool { return k.leaving })
}

// inTurn lists the connections that take deliveries, the next in turn first.
func (s *Server) inTurn() []*socket {
	open := s.wire.staying()
	if len(open) == 0 {
		return nil
	}
	s.wire.next++
	at := s.wire.next % len(open)
	return append(open[at:], open[:at]...)
}

// disconnect tells a connection to go; a warning leaves it some seconds. It must be called with mu held.
func (s *Server) disconnect(k *socket, reason string) {
	if k.leaving {
		return
	}
	k.leaving = true
	frame := encode(object{"type": "disconnect", "reason": reason, "debug_info": object{"host": "applink-1"}})
	s.logStart(Call{Time: s.cfg.Now(), Direction: OnWire, Method: "disconnect", Transport: "socket", Status: http.StatusOK, Request: string(frame)})
	wait := time.Second
	if reason == "warning" {
		wait = warnAhead
	}
	s.background(func(ctx context.Context) {
		_ = k.write(frame)
		timer := time.NewTimer(wait)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-k.gone:
		case <-ctx.Done():
		}
		k.hangUp()
	})
}

// DisconnectSockets ends every Socket Mode connection. reason is warning (the connection is closed 10 s later),
// refresh_requested, link_disabled or too_many_websockets; "" cuts the connections without a frame.
func (s *Server) DisconnectSockets(reason string) {
	s.mu.Lock()
	sockets := slices.Clone(s.wire.sockets)
	if reason != "" {
		for _, k := range sockets {
			s.disconnect(k, reason)
		}
		sockets = nil
	}
	s.mu.Unlock()
	for _, k := range sockets {
		_ = k.conn.NetConn().Close()
	}
}

func (s *Server) closeSockets() {
	s.mu.Lock()
	sockets := slices.Clone(s.wire.sockets)
	s.mu.Unlock()
	for _, k := range sockets {
		k.hangUp()
	}
}
