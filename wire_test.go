package main

import (
	"bytes"
	"io"
	"net"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// wire is a TCP proxy that a test cuts at the moment it chooses: when the client first sends a given text.
type wire struct {
	listener net.Listener
	target   string
	seen     chan struct{} // closed when the client sent the text; from then on nothing it sends arrives
	once     sync.Once
	text     []byte
	mu       sync.Mutex
	conns    []net.Conn
}

// wireTo forwards to target until the client sends text, which is held back together with everything after it.
func wireTo(tb testing.TB, target, text string) *wire {
	tb.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(tb, err)
	w := &wire{listener: listener, target: target, seen: make(chan struct{}), text: []byte(text)}
	var running sync.WaitGroup
	running.Go(func() { w.accept(&running) })
	tb.Cleanup(func() {
		_ = listener.Close()
		w.mu.Lock()
		for _, c := range w.conns {
			_ = c.Close()
		}
		w.mu.Unlock()
		running.Wait()
	})
	return w
}

func (w *wire) addr() string { return w.listener.Addr().String() }

func (w *wire) accept(running *sync.WaitGroup) {
	for {
		client, err := w.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", w.target)
		if err != nil {
			_ = client.Close()
			continue
		}
		w.mu.Lock()
		w.conns = append(w.conns, client, server)
		w.mu.Unlock()
		running.Go(func() { w.forward(server, client) })
		running.Go(func() {
			_, _ = io.Copy(client, server)
			_ = client.Close()
		})
	}
}

func (w *wire) forward(server, client net.Conn) {
	defer server.Close() //nolint:errcheck // the client is gone
	buffer := make([]byte, 64<<10)
	var tail []byte // the end of the last chunk, in case the text is split between two
	for {
		n, err := client.Read(buffer)
		if err != nil {
			return
		}
		chunk := buffer[:n]
		if i := bytes.Index(append(bytes.Clone(tail), chunk...), w.text); i >= 0 {
			if keep := i - len(tail); keep > 0 {
				_, _ = server.Write(chunk[:keep])
			}
			w.once.Do(func() { close(w.seen) })
			_, _ = io.Copy(io.Discard, client)
			return
		}
		if _, err := server.Write(chunk); err != nil {
			return
		}
		tail = bytes.Clone(chunk[max(0, n-len(w.text)+1):])
	}
}
