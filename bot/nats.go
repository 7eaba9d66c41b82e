package bot

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nkeys"

	"journeybot/config"
)

const (
	natsDrainTime = 2 * time.Second
	apiTimeout    = 5 * time.Second
)

// natsLink is the connection to NATS: to an external server, or to one of its own. It reconnects for ever.
type natsLink struct {
	conn     *nats.Conn
	js       jetstream.JetStream
	embedded *natsServer // nil with an external server
	cfg      config.NATS
	logger   *slog.Logger
	now      func() time.Time
	away     atomic.Int64 // since when, in Unix nanoseconds; 0 while connected
	closed   chan struct{}
}

// connectNATS starts the embedded server when there is no NATS_URL, and connects. An external server may be away: then the
// link is there and connects when it can. Only settings that cannot work are an error.
func connectNATS(env config.Env, logger *slog.Logger, now func() time.Time) (*natsLink, error) {
	l := &natsLink{cfg: env.NATS, logger: logger, now: now, closed: make(chan struct{})}
	address, options := env.NATS.URL.Reveal(), []nats.Option(nil)
	var err error
	if env.NATS.URL.IsZero() {
		if l.embedded, err = startNATS(env.DataDir, logger); err != nil {
			return nil, err
		}
		address = l.embedded.url
		options = []nats.Option{nats.InProcessServer(l.embedded.server)}
	} else if options, err = natsCredentials(env.NATS); err != nil {
		return nil, err
	}
	l.away.Store(now().UnixNano())
	if l.conn, err = nats.Connect(address, append(options, l.lifeOptions()...)...); err != nil {
		l.stopServer()
		return nil, fmt.Errorf("NATS_URL: %w", withoutAddress(err))
	}
	if l.js, err = newJetStream(l.conn, env.NATS.JSDomain); err != nil {
		l.close(context.Background())
		return nil, err
	}
	return l, nil
}

// Dial connects a command to the NATS that `serve` uses with the same settings: NATS_URL, or the embedded server of a
// journeybot that runs on the same DATA_DIR. Unlike serve it does not wait for a server that is away. The caller closes
// the connection, which the JetStream gives as Conn.
func Dial(env config.Env) (jetstream.JetStream, error) {
	address := env.NATS.URL.Reveal()
	var options []nats.Option
	var err error
	if env.NATS.URL.IsZero() {
		if address, err = readNATSURL(env.DataDir); err != nil {
			return nil, err
		}
	} else if options, err = natsCredentials(env.NATS); err != nil {
		return nil, err
	}
	conn, err := nats.Connect(address, append(options, nats.Name("journeybot command"), nats.Timeout(apiTimeout))...)
	switch {
	case err != nil && env.NATS.URL.IsZero():
		return nil, fmt.Errorf("no journeybot runs on %s: start `journeybot serve` or `journeybot demo`, or set NATS_URL", env.DataDir)
	case err != nil:
		return nil, fmt.Errorf("NATS_URL: %w", withoutAddress(err))
	}
	js, err := newJetStream(conn, env.NATS.JSDomain)
	if err != nil {
		conn.Close()
	}
	return js, err
}

func newJetStream(conn *nats.Conn, domain string) (jetstream.JetStream, error) {
	js, err := jetstream.New(conn)
	if domain != "" {
		js, err = jetstream.NewWithDomain(conn, domain)
	}
	if err != nil {
		return nil, fmt.Errorf("NATS_JS_DOMAIN: %w", err)
	}
	return js, nil
}

// natsCredentials turns the settings into options; files that cannot be read are found here instead of at each reconnect.
func natsCredentials(cfg config.NATS) ([]nats.Option, error) {
	for name, path := range map[string]string{"NATS_CREDS": cfg.Creds, "NATS_CA": cfg.CA, "NATS_CERT": cfg.Cert, "NATS_KEY": cfg.Key} {
		if path == "" {
			continue
		}
		file, err := os.Open(path) //nolint:gosec // the operator names the file
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		_ = file.Close()
	}
	var options []nats.Option
	if cfg.User != "" {
		options = append(options, nats.UserInfo(cfg.User, cfg.Password.Reveal()))
	}
	if !cfg.Token.IsZero() {
		options = append(options, nats.Token(cfg.Token.Reveal()))
	}
	if !cfg.NKey.IsZero() {
		option, err := nkeyOption(cfg.NKey)
		if err != nil {
			return nil, fmt.Errorf("NATS_NKEY: %w", err)
		}
		options = append(options, option)
	}
	if cfg.Creds != "" {
		options = append(options, nats.UserCredentials(cfg.Creds))
	}
	if cfg.CA != "" {
		options = append(options, nats.RootCAs(cfg.CA))
	}
	if cfg.Cert != "" {
		options = append(options, nats.ClientCert(cfg.Cert, cfg.Key))
	}
	return options, nil
}

func nkeyOption(seed config.Secret) (nats.Option, error) {
	pair, err := nkeys.FromSeed([]byte(seed.Reveal()))
	if err != nil {
		return nil, errors.New("not an nkey seed: it starts with SU")
	}
	public, err := pair.PublicKey()
	if err != nil {
		return nil, errors.New("not the seed of a user")
	}
	return nats.Nkey(public, pair.Sign), nil
}

func (l *natsLink) lifeOptions() []nats.Option {
	return []nats.Option{
		nats.Name("journeybot"),
		nats.RetryOnFailedConnect(true), nats.MaxReconnects(-1), nats.IgnoreAuthErrorAbort(),
		nats.ReconnectWait(time.Second), nats.ReconnectJitter(500*time.Millisecond, time.Second),
		nats.PingInterval(20 * time.Second), nats.DrainTimeout(natsDrainTime),
		nats.ConnectHandler(func(conn *nats.Conn) { l.connected(conn, false) }),
		nats.ReconnectHandler(func(conn *nats.Conn) { l.connected(conn, true) }),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) { l.disconnected(err) }),
		nats.ReconnectErrHandler(func(_ *nats.Conn, err error) {
			l.logger.Warn("NATS away, trying again", "err", withoutAddress(err))
		}),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			l.logger.Warn("NATS refused something", "err", err)
		}),
		nats.ClosedHandler(func(*nats.Conn) { close(l.closed) }),
	}
}

func (l *natsLink) connected(conn *nats.Conn, again bool) {
	l.away.Store(0)
	l.logger.Info("connected to NATS", "again", again, "version", conn.ConnectedServerVersion(), "embedded", l.embedded != nil)
}

func (l *natsLink) disconnected(err error) {
	l.away.CompareAndSwap(0, l.now().UnixNano())
	if err != nil {
		l.logger.Warn("NATS connection lost", "err", withoutAddress(err))
	}
}

// check tells while NATS is away. A replica stays ready meanwhile: messages and buttons need no NATS.
func (l *natsLink) check(context.Context) error {
	since := l.away.Load()
	if since == 0 || l.conn.IsConnected() {
		return nil
	}
	return fmt.Errorf("NATS away for %s: events wait there; messages and buttons work", l.now().Sub(time.Unix(0, since)).Round(time.Second))
}

// url is where other programs reach the embedded server, with its token; "" with an external one.
func (l *natsLink) url() string {
	if l.embedded == nil {
		return ""
	}
	return l.embedded.url
}

// close sends what is buffered, closes the connection, and then stops the embedded server.
func (l *natsLink) close(ctx context.Context) {
	if err := l.conn.Drain(); err != nil {
		l.conn.Close()
	}
	select {
	case <-l.closed:
	case <-ctx.Done():
		l.conn.Close()
	case <-time.After(2 * natsDrainTime):
		l.conn.Close()
	}
	l.stopServer()
}

func (l *natsLink) stopServer() {
	if l.embedded != nil {
		l.embedded.stop()
	}
}

// withoutAddress drops the address, which may hold a password, from errors about it.
func withoutAddress(err error) error {
	var bad *url.Error
	if errors.As(err, &bad) {
		return errors.New("not an address like nats://host:4222")
	}
	return err
}
