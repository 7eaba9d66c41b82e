package bot

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nkeys"
	"github.com/stretchr/testify/require"

	"journeybot/config"
	"journeybot/handlers"
)

const soon = 15 * time.Second

// journal is a log that tests read.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

func (j *journal) logger() *slog.Logger { return slog.New(slog.NewTextHandler(j, nil)) }

// external starts a NATS server as an operator would run it.
func external(t *testing.T, change func(o *server.Options)) *server.Server {
	t.Helper()
	o := &server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, JetStream: true, StoreDir: t.TempDir(), NoSigs: true}
	if change != nil {
		change(o)
	}
	s, err := server.NewServer(o)
	require.NoError(t, err)
	go s.Start()
	require.True(t, s.ReadyForConnections(soon))
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	return s
}

// settings are those that the environment's defaults give.
func settings(t *testing.T, address string) config.Env {
	t.Helper()
	env := config.Env{DataDir: t.TempDir()}
	env.NATS = config.NATS{SubjectPrefix: "growth", Stream: "GROWTH", Durable: "journeybot", Mode: config.ModeManage, URL: config.NewSecret(address)}
	return env
}

func link(t *testing.T, env config.Env) *natsLink {
	t.Helper()
	l, err := connectNATS(env, slog.New(slog.DiscardHandler), time.Now)
	require.NoError(t, err)
	t.Cleanup(func() { l.close(context.Background()) })
	return l
}

// works shows that the link can do its whole job: make streams, store an event, receive it.
func works(t *testing.T, l *natsLink) {
	t.Helper()
	require.Eventually(t, l.conn.IsConnected, soon, 5*time.Millisecond)
	consumer, err := l.consumer(t.Context())
	require.NoError(t, err)
	ce := handlers.CloudEvent{ID: "1", Source: "test", Type: "growth.signal.pql", Subject: "acme"}
	require.NoError(t, handlers.NewSender(l.js, "growth", "GROWTH").Send(t.Context(), ce))
	opts := []jetstream.FetchOpt{jetstream.FetchMaxWait(soon)}
	if groups := consumer.CachedInfo().Config.PriorityGroups; len(groups) > 0 {
		opts = append(opts, jetstream.FetchPriorityGroup(groups[0]))
	}
	msg, err := consumer.Next(opts...)
	require.NoError(t, err)
	require.Equal(t, "growth.signal.pql.acme", msg.Subject())
	require.NoError(t, msg.DoubleAck(t.Context()))
}

func TestEveryWayToSignIn(t *testing.T) {
	t.Parallel()
	pair, err := nkeys.CreateUser()
	require.NoError(t, err)
	public, err := pair.PublicKey()
	require.NoError(t, err)
	seed, err := pair.Seed()
	require.NoError(t, err)
	ca := newCA(t)
	cases := map[string]struct {
		server func(o *server.Options)
		env    func(n *config.NATS)
		wrong  func(n *config.NATS)
	}{
		"user and password": {
			func(o *server.Options) { o.Username, o.Password = "bot", "s3cret-word" },
			func(n *config.NATS) { n.User, n.Password = "bot", config.NewSecret("s3cret-word") },
			func(n *config.NATS) { n.Password = config.NewSecret("wr0ng-word") },
		},
		"token": {
			func(o *server.Options) { o.Authorization = "t0ken-word" },
			func(n *config.NATS) { n.Token = config.NewSecret("t0ken-word") },
			func(n *config.NATS) { n.Token = config.NewSecret("wr0ng-word") },
		},
		"nkey": {
			func(o *server.Options) { o.Nkeys = []*server.NkeyUser{{Nkey: public}} },
			func(n *config.NATS) { n.NKey = config.NewSecret(string(seed)) },
			func(n *config.NATS) { n.NKey = config.Secret{} },
		},
		"mutual TLS": {
			func(o *server.Options) { o.TLS, o.TLSVerify, o.TLSConfig = true, true, ca.serverConfig(t) },
			func(n *config.NATS) { n.CA = ca.file; n.Cert, n.Key = ca.issue(t, "bot") },
			func(n *config.NATS) { n.Cert, n.Key = "", "" },
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := external(t, c.server)
			env := settings(t, s.ClientURL())
			c.env(&env.NATS)
			works(t, link(t, env))

			c.wrong(&env.NATS)
			var log journal
			l, err := connectNATS(env, log.logger(), time.Now)
			require.NoError(t, err, "the server may be mended meanwhile: the link goes on trying")
			require.Eventually(t, func() bool { return log.String() != "" }, soon, 10*time.Millisecond, "and says so")
			require.False(t, l.conn.IsConnected())
			l.close(t.Context())
			require.NotContains(t, log.String(), "-word")
		})
	}
}

func TestCredentialsFile(t *testing.T) {
	t.Parallel()
	operator, account, user := newKey(t, nkeys.CreateOperator), newKey(t, nkeys.CreateAccount), newKey(t, nkeys.CreateUser)
	system := newKey(t, nkeys.CreateAccount)
	systemJWT, err := jwt.NewAccountClaims(system.public).Encode(operator.pair)
	require.NoError(t, err)
	claims := jwt.NewAccountClaims(account.public)
	claims.Limits.JetStreamLimits = jwt.JetStreamLimits{MemoryStorage: -1, DiskStorage: -1, Streams: -1, Consumer: -1}
	accountJWT, err := claims.Encode(operator.pair)
	require.NoError(t, err)
	userJWT, err := jwt.NewUserClaims(user.public).Encode(account.pair)
	require.NoError(t, err)
	seed, err := user.pair.Seed()
	require.NoError(t, err)
	creds, err := jwt.FormatUserConfig(userJWT, seed)
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "bot.creds")
	require.NoError(t, os.WriteFile(file, creds, 0o600))

	s := external(t, func(o *server.Options) {
		resolver := &server.MemAccResolver{}
		require.NoError(t, resolver.Store(account.public, accountJWT))
		require.NoError(t, resolver.Store(system.public, systemJWT))
		o.TrustedKeys, o.AccountResolver, o.SystemAccount = []string{operator.public}, resolver, system.public
	})
	env := settings(t, s.ClientURL())
	env.NATS.Creds = file
	works(t, link(t, env))
}

func TestJetStreamDomain(t *testing.T) {
	t.Parallel()
	s := external(t, func(o *server.Options) { o.JetStreamDomain = "hub" })
	env := settings(t, s.ClientURL())
	env.NATS.JSDomain = "hub"
	works(t, link(t, env))
}

func TestSettingsThatCannotWorkAreTold(t *testing.T) {
	t.Parallel()
	missing := filepath.Join(t.TempDir(), "nowhere")
	for want, change := range map[string]func(n *config.NATS){
		"NATS_CREDS: open": func(n *config.NATS) { n.Creds = missing },
		"NATS_CA: open":    func(n *config.NATS) { n.CA = missing },
		"NATS_CERT: open":  func(n *config.NATS) { n.Cert = missing },
		"NATS_NKEY: not an nkey seed: it starts with SU":     func(n *config.NATS) { n.NKey = config.NewSecret("s3cret-word") },
		"NATS_URL: not an address like nats://host:4222":     func(n *config.NATS) { n.URL = config.NewSecret("nats://u:s3cret-word@h h:4222") },
		"NATS_URL: not an address like nats://host:4222\x00": func(n *config.NATS) { n.URL = config.NewSecret("nats://u:s3cret-word@h:port") },
	} {
		env := settings(t, "nats://127.0.0.1:1")
		change(&env.NATS)
		_, err := connectNATS(env, slog.New(slog.DiscardHandler), time.Now)
		require.ErrorContains(t, err, string(bytes.TrimRight([]byte(want), "\x00")))
		require.NotContains(t, err.Error(), "s3cret-word")
	}
}

func TestEmbeddedServer(t *testing.T) {
	t.Parallel()
	env := settings(t, "")
	first, err := connectNATS(env, slog.New(slog.DiscardHandler), time.Now)
	require.NoError(t, err)
	works(t, first)
	consumer, err := first.consumer(t.Context())
	require.NoError(t, err)
	require.Empty(t, consumer.CachedInfo().Config.PriorityGroups, "there is only one: no pin")

	file := filepath.Join(env.DataDir, "nats.url")
	info, err := os.Stat(file)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	address, err := url.Parse(first.url())
	require.NoError(t, err)
	require.Equal(t, "127.0.0.1", address.Hostname())

	_, err = nats.Connect("nats://" + address.Host)
	require.ErrorIs(t, err, nats.ErrAuthorization, "only with the token")
	_, err = connectNATS(env, slog.New(slog.DiscardHandler), time.Now)
	require.ErrorContains(t, err, "another journeybot runs on")

	command, err := Dial(env)
	require.NoError(t, err)
	require.NoError(t, handlers.NewSender(command, "growth", "GROWTH").Send(t.Context(),
		handlers.CloudEvent{ID: "2", Source: "test", Type: "growth.signal.pql", Subject: "acme"}))
	command.Conn().Close()

	first.close(t.Context())
	_, err = Dial(env)
	require.ErrorContains(t, err, "no journeybot runs on "+env.DataDir)
	again := link(t, env)
	require.Equal(t, first.url(), again.url(), "programs that publish need not be told anew")
	stream, err := again.js.Stream(t.Context(), "GROWTH")
	require.NoError(t, err)
	require.Equal(t, uint64(2), stream.CachedInfo().State.Msgs, "the store is on disk")
}

func TestEmbeddedServerWhosePortIsTaken(t *testing.T) {
	t.Parallel()
	env := settings(t, "")
	first, err := connectNATS(env, slog.New(slog.DiscardHandler), time.Now)
	require.NoError(t, err)
	address, err := url.Parse(first.url())
	require.NoError(t, err)
	first.close(t.Context())
	other, err := net.Listen("tcp", address.Host)
	require.NoError(t, err)
	defer func() { _ = other.Close() }()
	again := link(t, env)
	require.NotEqual(t, first.url(), again.url())
	works(t, again)
}

func TestEmbeddedStoreThatCannotBeOpened(t *testing.T) {
	t.Parallel()
	env := settings(t, "")
	require.NoError(t, os.MkdirAll(filepath.Join(env.DataDir, "nats"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(env.DataDir, "nats", "jetstream"), []byte("a file"), 0o600))
	_, err := connectNATS(env, slog.New(slog.DiscardHandler), time.Now)
	require.ErrorContains(t, err, "embedded NATS: ")
	require.NoError(t, os.Remove(filepath.Join(env.DataDir, "nats", "jetstream")))
	works(t, link(t, env))
}

func TestNATSThatComesLater(t *testing.T) {
	t.Parallel()
	s := external(t, nil)
	port := s.Addr().(*net.TCPAddr).Port
	s.Shutdown()
	s.WaitForShutdown()
	now := time.Now()
	var later time.Duration
	l, err := connectNATS(settings(t, s.ClientURL()), slog.New(slog.DiscardHandler), func() time.Time { return now.Add(later) })
	require.NoError(t, err)
	defer l.close(context.Background())
	require.NoError(t, l.verify(t.Context()))
	require.ErrorContains(t, l.check(t.Context()), "NATS away for 0s")
	later = time.Minute
	require.ErrorContains(t, l.check(t.Context()), "NATS away for 1m0s")
	external(t, func(o *server.Options) { o.Port = port })
	require.Eventually(t, l.conn.IsConnected, soon, 10*time.Millisecond)
	require.NoError(t, l.check(t.Context()))
	works(t, l)
}

// key is an nkey with its public half.
type key struct {
	pair   nkeys.KeyPair
	public string
}

func newKey(t *testing.T, create func() (nkeys.KeyPair, error)) key {
	t.Helper()
	pair, err := create()
	require.NoError(t, err)
	public, err := pair.PublicKey()
	require.NoError(t, err)
	return key{pair, public}
}

// authority is a certificate authority for one test.
type authority struct {
	dir, file string
	cert      *x509.Certificate
	key       *ecdsa.PrivateKey
}

func newCA(t *testing.T) *authority {
	t.Helper()
	ca := &authority{dir: t.TempDir()}
	var err error
	ca.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := certificate("ca")
	template.IsCA, template.BasicConstraintsValid, template.KeyUsage = true, true, x509.KeyUsageCertSign
	der, err := x509.CreateCertificate(rand.Reader, template, template, &ca.key.PublicKey, ca.key)
	require.NoError(t, err)
	ca.cert, err = x509.ParseCertificate(der)
	require.NoError(t, err)
	ca.file = filepath.Join(ca.dir, "ca.pem")
	writePEM(t, ca.file, "CERTIFICATE", der)
	return ca
}

func certificate(name string) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
}

func (ca *authority) issue(t *testing.T, name string) (certFile, keyFile string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	der, err := x509.CreateCertificate(rand.Reader, certificate(name), ca.cert, &private.PublicKey, ca.key)
	require.NoError(t, err)
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	require.NoError(t, err)
	certFile, keyFile = filepath.Join(ca.dir, name+".pem"), filepath.Join(ca.dir, name+".key")
	writePEM(t, certFile, "CERTIFICATE", der)
	writePEM(t, keyFile, "PRIVATE KEY", secret)
	return certFile, keyFile
}

func (ca *authority) serverConfig(t *testing.T) *tls.Config {
	t.Helper()
	pair, err := tls.LoadX509KeyPair(ca.issue(t, "server"))
	require.NoError(t, err)
	pool := x509.NewCertPool()
	pool.AddCert(ca.cert)
	return &tls.Config{Certificates: []tls.Certificate{pair}, ClientCAs: pool, ClientAuth: tls.RequireAndVerifyClientCert, MinVersion: tls.VersionTLS13}
}

func writePEM(t *testing.T, file, kind string, der []byte) {
	t.Helper()
	require.NoError(t, os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600))
}
