package slacksim_test

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"journeybot/slacksim"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"
)

// pipes is a listener whose connections never leave the process, so that a test may own the time.
type pipes struct {
	dialed chan net.Conn
	closed chan struct{}
	close  func()
}

func newPipes() *pipes {
	p := &pipes{dialed: make(chan net.Conn), closed: make(chan struct{})}
	p.close = sync.OnceFunc(func() { close(p.closed) })
	return p
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case conn := <-p.dialed:
		return conn, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1} }

func (p *pipes) Close() error {
	p.close()
	return nil
}

func (p *pipes) dial(context.Context, string, string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	p.dialed <- theirs
	return ours, nil
}

// TestAConnectionHasItsTime lets whole lives of a Socket Mode connection pass, in simulated time.
func TestAConnectionHasItsTime(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, query string
		life        time.Duration
	}{
		{"Slack's five hours", "", 18_060 * time.Second},
		{"six minutes for debugging", "&debug_reconnects=true", 360 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { liveAndDie(t, c.query, c.life) })
		})
	}
}

func liveAndDie(t *testing.T, query string, life time.Duration) {
	p := newPipes()
	sim, err := slacksim.New(slacksim.Config{Listener: p, AppToken: "xapp-1-test"})
	require.NoError(t, err)
	sim.Start()
	defer func() { require.NoError(t, sim.Close()) }()
	http := &http.Client{Transport: &http.Transport{DialContext: p.dial, DisableKeepAlives: true}}
	conn := connectThrough(t, sim, http, p, query)
	start := time.Now()
	require.Equal(t, life.Seconds(), conn.frame(t)["debug_info"].(fields)["approximate_connection_time"])

	frame := conn.frame(t)
	require.Equal(t, []any{"disconnect", "warning"}, []any{frame["type"], frame["reason"]})
	require.Equal(t, life-10*time.Second, time.Since(start), "the warning comes ten seconds ahead")
	next := connectThrough(t, sim, http, p, query)
	require.Equal(t, float64(2), next.frame(t)["num_connections"], "the next connection overlaps with the one that goes")
	_, _, err = conn.ws.ReadMessage()
	require.True(t, websocket.IsCloseError(err, websocket.CloseNormalClosure), "%v", err)
	require.Equal(t, life, time.Since(start))
	synctest.Wait()
	require.Equal(t, 1, sim.Sockets())
	require.NoError(t, next.ws.Close())
}

// bySocket is an app's end of a connection. Reading from it answers pings.
type bySocket struct{ ws *websocket.Conn }

func connectThrough(t *testing.T, sim *slacksim.Server, client *http.Client, p *pipes, query string) bySocket {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, sim.APIURL()+"apps.connections.open", http.NoBody)
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+sim.AppToken())
	resp, err := client.Do(req)
	require.NoError(t, err)
	var opened struct{ URL string }
	require.NoError(t, json.NewDecoder(resp.Body).Decode(&opened))
	require.NoError(t, resp.Body.Close())
	dialer := websocket.Dialer{NetDialContext: p.dial}
	ws, upgrade, err := dialer.DialContext(t.Context(), strings.TrimSpace(opened.URL)+query, nil)
	require.NoError(t, err)
	require.NoError(t, upgrade.Body.Close())
	return bySocket{ws}
}

func (b bySocket) frame(t *testing.T) fields {
	t.Helper()
	_, raw, err := b.ws.ReadMessage()
	require.NoError(t, err)
	return parse(t, string(raw))
}
