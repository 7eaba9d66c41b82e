package bot

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/gofrs/flock"
	"github.com/nats-io/nats-server/v2/server"
)

// Limits of the embedded server. They are no reservation: a small disk only matters once it is full.
const (
	embeddedMaxStore  = 8 << 30
	embeddedMaxMemory = 64 << 20
	embeddedStart     = 20 * time.Second
)

// natsServer is an embedded nats-server with JetStream in DATA_DIR/nats. It listens on this machine only, with a token
// that DATA_DIR/nats.url keeps, so that other programs of the same user can publish.
type natsServer struct {
	server *server.Server
	url    string
	lock   *flock.Flock
}

func startNATS(dataDir string, logger *slog.Logger) (*natsServer, error) {
	dir := filepath.Join(dataDir, "nats")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("DATA_DIR: %w", err)
	}
	// Two servers open one store without an error and destroy it.
	lock := flock.New(filepath.Join(dir, "lock"), flock.SetPermissions(0o600))
	switch locked, err := lock.TryLock(); {
	case err != nil:
		return nil, fmt.Errorf("DATA_DIR: %w", err)
	case !locked:
		return nil, fmt.Errorf("DATA_DIR: another journeybot runs on %s: stop it, or set another DATA_DIR, or use NATS_URL for several", dataDir)
	}
	started, err := startLocked(dataDir, dir, logger)
	if err != nil {
		_ = lock.Unlock()
		return nil, fmt.Errorf("embedded NATS: %w", err)
	}
	started.lock = lock
	return started, nil
}

func startLocked(dataDir, dir string, logger *slog.Logger) (*natsServer, error) {
	token, port := lastTokenAndPort(dataDir)
	s, err := server.NewServer(&server.Options{
		ServerName: "journeybot", Host: "127.0.0.1", Port: port, Authorization: token,
		JetStream: true, StoreDir: dir, JetStreamMaxStore: embeddedMaxStore, JetStreamMaxMemory: embeddedMaxMemory,
		SyncAlways: true, NoSigs: true, DisableJetStreamBanner: true,
	})
	if err != nil {
		return nil, err
	}
	trap := &serverLog{logger: logger, fatal: make(chan string, 1)}
	s.SetLoggerV2(trap, false, false, false)
	go s.Start()
	if err := untilReady(s, trap.fatal); err != nil {
		s.Shutdown()
		return nil, err
	}
	address := (&url.URL{Scheme: "nats", User: url.User(token), Host: s.Addr().String()}).String()
	if err := os.WriteFile(natsURLFile(dataDir), []byte(address+"\n"), 0o600); err != nil {
		s.Shutdown()
		return nil, err
	}
	return &natsServer{server: s, url: address}, nil
}

// untilReady waits for a server that starts: a JetStream that cannot open its store says so only to the log.
func untilReady(s *server.Server, fatal <-chan string) error {
	ready := make(chan error, 1)
	go func() {
		if !s.ReadyForConnections(embeddedStart) {
			ready <- fmt.Errorf("not ready after %s", embeddedStart)
			return
		}
		if status := s.Healthz(nil); status.StatusCode != 200 && status.Error != "" {
			ready <- errors.New(status.Error)
			return
		}
		ready <- nil
	}()
	select {
	case text := <-fatal:
		return errors.New(text)
	case err := <-ready:
		select {
		case text := <-fatal:
			return errors.New(text)
		default:
			return err
		}
	}
}

func (s *natsServer) stop() {
	s.server.Shutdown()
	s.server.WaitForShutdown()
	_ = s.lock.Unlock()
}

func natsURLFile(dataDir string) string { return filepath.Join(dataDir, "nats.url") }

func readNATSURL(dataDir string) (string, error) {
	text, err := os.ReadFile(natsURLFile(dataDir))
	if err != nil {
		return "", fmt.Errorf("no journeybot has run on %s: start `journeybot serve` or `journeybot demo`, or set NATS_URL or DATA_DIR", dataDir)
	}
	return string(text[:max(len(text)-1, 0)]), nil
}

// lastTokenAndPort are those of the last run, so that programs that publish need not be told anew; the port only while nobody else has it.
func lastTokenAndPort(dataDir string) (token string, port int) {
	last, _ := readNATSURL(dataDir)
	address, err := url.Parse(last)
	if err != nil || address.User.Username() == "" {
		return newToken(), server.RANDOM_PORT
	}
	listener, err := net.Listen("tcp", address.Host)
	if err != nil {
		return address.User.Username(), server.RANDOM_PORT
	}
	_ = listener.Close()
	if port, err = strconv.Atoi(address.Port()); err != nil {
		port = server.RANDOM_PORT
	}
	return address.User.Username(), port
}

func newToken() string {
	secret := make([]byte, 24)
	_, _ = rand.Read(secret) // never fails
	return hex.EncodeToString(secret)
}

// serverLog passes the server's log on. The server's own logger ends the process on a fatal error; this one hands it over.
type serverLog struct {
	logger *slog.Logger
	fatal  chan string
}

func (l *serverLog) Noticef(format string, args ...any) {
	l.logger.Debug("nats-server", "text", fmt.Sprintf(format, args...))
}

func (l *serverLog) Warnf(format string, args ...any) {
	l.logger.Warn("nats-server", "text", fmt.Sprintf(format, args...))
}

func (l *serverLog) Errorf(format string, args ...any) {
	l.logger.Warn("nats-server", "text", fmt.Sprintf(format, args...))
}
func (l *serverLog) Debugf(string, ...any) {}
func (l *serverLog) Tracef(string, ...any) {}

func (l *serverLog) Fatalf(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	l.logger.Error("nats-server", "text", text)
	select {
	case l.fatal <- text:
	default:
	}
}
