package config

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/nats-io/nkeys"
)

// slackTokens tells Slack's tokens apart by how they begin.
var slackTokens = []struct{ prefix, what string }{
	{"xoxb-", "a bot token"},
	{"xoxe.xoxb-", "a bot token"},
	{"xapp-", "an app-level token"},
	{"xoxp-", "a user token"},
	{"xoxe.xoxp-", "a user token"},
	{"xoxe-", "a refresh token"},
	{"xoxa-", "a legacy workspace token"},
	{"xoxc-", "a browser session's token"},
	{"https://hooks.slack.com/", "a webhook address"},
}

//nolint:gosec // instructions, no credentials
const (
	nextBotToken = "Copy the Bot User OAuth Token (xoxb-…) from OAuth & Permissions at https://api.slack.com/apps"
	nextAppToken = "Make an app-level token (xapp-…) with connections:write under Basic Information at https://api.slack.com/apps"
	nextSigning  = "Copy the Signing Secret (32 hexadecimal digits) from Basic Information at https://api.slack.com/apps"
)

func (l *loader) checkSlack(env Env, needs Needs) {
	l.checkToken("SLACK_BOT_TOKEN", env.SlackBotToken, "a bot token", nextBotToken)
	l.checkToken("SLACK_APP_TOKEN", env.SlackAppToken, "an app-level token", nextAppToken)
	l.checkSigningSecret(env)
	if needs == NeedAll {
		l.needSlack()
	}
	if env.SlackChannelInterval < 0 {
		l.add("SLACK_CHANNEL_INTERVAL", "Write 1s, or 0 to only obey Slack's own limit", "is negative")
	}
	l.checkAPIURL(env.SlackAPIURL)
}

func (l *loader) checkToken(name string, token Secret, want, next string) {
	if token.IsZero() {
		return
	}
	text := token.Reveal()
	if strings.ContainsAny(text, " \t\r\n\"'") {
		l.add(name, "Copy the token again, alone", "has white space or quotes in it")
		return
	}
	for _, kind := range slackTokens {
		if !strings.HasPrefix(text, kind.prefix) {
			continue
		}
		if kind.what != want {
			l.add(name, next, "holds %s, not %s", kind.what, want)
		}
		return
	}
	l.add(name, next, "does not look like %s", want)
}

// checkSigningSecret refuses what cannot be one; the simulator's and Slack's are both plain words.
func (l *loader) checkSigningSecret(env Env) {
	text := env.SlackSigningSecret.Reveal()
	if strings.ContainsAny(text, " \t\r\n\"'") {
		l.add("SLACK_SIGNING_SECRET", nextSigning, "has white space or quotes in it")
		return
	}
	for _, kind := range slackTokens {
		if strings.HasPrefix(text, kind.prefix) {
			l.add("SLACK_SIGNING_SECRET", nextSigning, "holds %s, not a signing secret", kind.what)
			return
		}
	}
}

// given reports whether the variable was set in some way, even a wrong one that has been named already.
func (l *loader) given(name string) bool { return l.has(name) || l.has(name+"_FILE") }

func (l *loader) needSlack() {
	if !l.given("SLACK_BOT_TOKEN") {
		l.add("SLACK_BOT_TOKEN", nextBotToken, "is missing")
	}
	if !l.given("SLACK_APP_TOKEN") && !l.given("SLACK_SIGNING_SECRET") {
		l.add("SLACK_APP_TOKEN", nextAppToken+"; or set SLACK_SIGNING_SECRET when Slack can reach this bot by HTTP",
			"is missing, and so is SLACK_SIGNING_SECRET")
	}
}

func (l *loader) checkAPIURL(text string) {
	if text == "" {
		return
	}
	const next = "Write the base address of the API, such as https://slack.com/api/"
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https"):
		l.add("SLACK_API_URL", next, "is not an http or https address")
	case u.User != nil:
		l.add("SLACK_API_URL", next, "must not carry a user or password")
	case u.RawQuery != "" || u.Fragment != "" || !strings.HasSuffix(u.Path, "/api/"):
		l.add("SLACK_API_URL", next, "must end in /api/")
	}
}

func (l *loader) checkNATS(n NATS) {
	l.checkNATSURLs(n.URL.Reveal())
	l.checkNATSLogin(n)
	l.checkNATSFiles(n)
	l.checkNATSNames(n)
	if n.Mode != ModeManage && n.Mode != ModeBind {
		l.add("NATS_MODE", "Write manage (make streams and the consumer) or bind (use what is there)", "is neither manage nor bind")
	}
	if l.given("NATS_URL") {
		return
	}
	if n.Mode == ModeBind {
		l.add("NATS_URL", "Name the server, such as nats://nats.example.com:4222, or leave NATS_MODE out", "is missing, but NATS_MODE is bind")
	}
	for _, name := range []string{"NATS_CREDS", "NATS_NKEY", "NATS_USER", "NATS_PASSWORD", "NATS_TOKEN", "NATS_CA", "NATS_CERT", "NATS_KEY"} {
		if l.has(name) {
			l.add(name, "Set NATS_URL, or remove "+name+" to use the embedded server", "is set, but NATS_URL is not")
		}
	}
}

func (l *loader) checkNATSURLs(text string) {
	if text == "" {
		return
	}
	const next = "Write nats://host:4222, tls://host:4222 or wss://host; several with commas between. " +
		"A user and password belong in NATS_USER and NATS_PASSWORD"
	websocket := map[bool]bool{}
	for _, one := range strings.Split(text, ",") {
		u, err := url.Parse(strings.TrimSpace(one))
		if err != nil {
			l.add("NATS_URL", next, "is not a valid address")
			return
		}
		if !slices.Contains([]string{"nats", "tls", "ws", "wss"}, u.Scheme) {
			l.add("NATS_URL", next, "does not begin with nats://, tls://, ws:// or wss://")
			return
		}
		if u.Hostname() == "" {
			l.add("NATS_URL", next, "names no host")
			return
		}
		websocket[strings.HasPrefix(u.Scheme, "ws")] = true
	}
	if len(websocket) > 1 {
		l.add("NATS_URL", "Use one kind for all servers", "mixes nats:// or tls:// with ws:// or wss://")
	}
}

func (l *loader) checkNATSLogin(n NATS) {
	var ways []string
	for _, way := range []struct{ name, variable string }{
		{"NATS_CREDS", "NATS_CREDS"}, {"NATS_NKEY", "NATS_NKEY"}, {"NATS_TOKEN", "NATS_TOKEN"}, {"NATS_USER and NATS_PASSWORD", "NATS_USER"},
	} {
		if l.has(way.variable) {
			ways = append(ways, way.name)
		}
	}
	if len(ways) > 1 {
		l.add(ways[0], "Keep one way to log in", "is set together with %s", strings.Join(ways[1:], " and "))
	}
	if n.User == "" && !n.Password.IsZero() {
		l.add("NATS_USER", "Set it, or remove NATS_PASSWORD", "is missing, but NATS_PASSWORD is set")
	}
	if n.User != "" && !l.given("NATS_PASSWORD") {
		l.add("NATS_PASSWORD", "Set it, or remove NATS_USER", "is missing, but NATS_USER is set")
	}
	l.checkNKey(n.NKey.Reveal())
}

func (l *loader) checkNKey(seed string) {
	if seed == "" {
		return
	}
	pair, err := nkeys.FromSeed([]byte(seed))
	if err == nil {
		pair.Wipe()
	}
	if err != nil || !strings.HasPrefix(seed, "SU") {
		l.add("NATS_NKEY", "Give the seed itself (it begins with SU), or the path of its file as NATS_NKEY_FILE", "is not the seed of a user nkey")
	}
}

func (l *loader) checkNATSFiles(n NATS) {
	if n.Creds != "" {
		if content, ok := l.readSetting("NATS_CREDS", n.Creds); ok && !strings.Contains(string(content), "BEGIN NATS USER JWT") {
			l.add("NATS_CREDS", "Name the .creds file that `nsc generate creds` wrote", "%s is not a credentials file", n.Creds)
		}
	}
	if n.CA != "" {
		if content, ok := l.readSetting("NATS_CA", n.CA); ok && !x509.NewCertPool().AppendCertsFromPEM(content) {
			l.add("NATS_CA", "Name a file of PEM certificates", "%s holds no certificate", n.CA)
		}
	}
	switch {
	case n.Cert != "" && n.Key != "":
		l.checkKeyPair(n.Cert, n.Key)
	case n.Cert != "":
		l.add("NATS_KEY", "Name the key that belongs to the certificate", "is missing, but NATS_CERT is set")
	case n.Key != "":
		l.add("NATS_CERT", "Name the certificate that belongs to the key", "is missing, but NATS_KEY is set")
	}
}

func (l *loader) checkKeyPair(certPath, keyPath string) {
	cert, certRead := l.readSetting("NATS_CERT", certPath)
	key, keyRead := l.readSetting("NATS_KEY", keyPath)
	if !certRead || !keyRead {
		return
	}
	if _, err := tls.X509KeyPair(cert, key); err != nil {
		l.add("NATS_CERT", "Name a PEM certificate and its own key", "does not fit NATS_KEY: %s", strings.TrimPrefix(err.Error(), "tls: "))
	}
}

// maxPEMFile is more than any chain of certificates takes.
const maxPEMFile = 1 << 20

// readSetting reads the file that a variable names.
func (l *loader) readSetting(name, path string) ([]byte, bool) {
	content, err := readFile(path, maxPEMFile)
	if err != nil {
		l.add(name, "Name a file that this user may read", "%v", err)
		return nil, false
	}
	return content, true
}

// readFile reads a file up to one byte past limit. Its error names the path, and what is wrong in plain words.
func readFile(path string, limit int64) ([]byte, error) {
	file, err := os.Open(path) //nolint:gosec // the operator names it
	if err != nil {
		return nil, plainPathError(path, err)
	}
	defer file.Close() //nolint:errcheck // only read
	content, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err != nil {
		return nil, plainPathError(path, err)
	}
	return content, nil
}

func plainPathError(path string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("there is no file %s", path)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("no permission to read %s", path)
	}
	var wrong *fs.PathError
	if errors.As(err, &wrong) {
		return fmt.Errorf("%s: %w", path, wrong.Err)
	}
	return fmt.Errorf("%s: %w", path, err)
}

func (l *loader) checkNATSNames(n NATS) {
	l.checkSubjectPrefix(n.SubjectPrefix)
	for _, named := range []struct{ variable, value string }{
		{"NATS_STREAM", n.Stream}, {"NATS_DURABLE", n.Durable}, {"NATS_JS_DOMAIN", n.JSDomain},
	} {
		if strings.ContainsFunc(named.value, notInName) || len(named.value) > 128 {
			l.add(named.variable, "Use letters, digits, - and _", "is not a name that NATS takes")
		}
	}
	if n.Stream == "JOURNEYBOT" {
		l.add("NATS_STREAM", "Choose another name, such as GROWTH", "is the name of the stream that the bot writes to")
	}
}

func notInName(r rune) bool { return strings.ContainsRune(".*>/\\", r) || r <= ' ' || r > '~' }

// checkSubjectPrefix refuses prefixes that NATS does not take, and those under which the bot writes itself.
func (l *loader) checkSubjectPrefix(prefix string) {
	const next = "Write one word, such as growth"
	first, _, _ := strings.Cut(prefix, ".")
	for _, token := range strings.Split(prefix, ".") {
		if token == "" || strings.ContainsFunc(token, notInName) || strings.ContainsAny(prefix, "$") || strings.HasPrefix(first, "_") {
			l.add("NATS_SUBJECT_PREFIX", next, "is not a subject that events can come on")
			return
		}
	}
	if first == "journeybot" || first == "dlq" {
		l.add("NATS_SUBJECT_PREFIX", next, "must not begin with %s: the bot itself writes there", first)
	}
}

func (l *loader) checkDatabase(env Env) {
	text := env.DatabaseURL.Reveal()
	//nolint:gosec // the form of an address, no credentials
	const next = "Write postgres://user:password@host:5432/database (in the password, @ is %40 and / is %2F) or sqlite:/path/to/file.db"
	scheme, rest, ok := strings.Cut(text, ":")
	switch {
	case ok && scheme == "sqlite":
		if strings.TrimPrefix(rest, "//") == "" {
			l.add("DATABASE_URL", next, "names no file")
		}
	case ok && (scheme == "postgres" || scheme == "postgresql"):
		if u, err := url.Parse(text); err != nil || u.Opaque != "" {
			l.add("DATABASE_URL", next, "is not a valid address")
		}
	default:
		l.add("DATABASE_URL", next, "begins with neither postgres:// nor sqlite:")
	}
	if info, err := os.Stat(env.DataDir); err == nil && !info.IsDir() {
		l.add("DATA_DIR", "Name a directory; it is made when it is not there", "%s is a file", env.DataDir)
	}
}

func (l *loader) checkServing(env Env) {
	l.checkAddr("HTTP_ADDR", env.HTTPAddr)
	if env.MetricsAddr != env.HTTPAddr {
		l.checkAddr("METRICS_ADDR", env.MetricsAddr)
	}
	var level slog.Level
	if level.UnmarshalText([]byte(env.LogLevel)) != nil {
		l.add("LOG_LEVEL", "Write debug, info, warn or error", "is not a log level")
	}
	if !slices.Contains([]string{"", "text", "json"}, env.LogFormat) {
		l.add("LOG_FORMAT", "Write text or json", "is neither text nor json")
	}
}

func (l *loader) checkAddr(name, addr string) {
	const next = "Write host:port, such as 127.0.0.1:8080, or :8080 for every interface"
	host, port, err := net.SplitHostPort(addr)
	if err != nil || strings.ContainsAny(host, "/ \t") {
		l.add(name, next, "is not host:port")
		return
	}
	if number, err := strconv.Atoi(port); err != nil || number < 0 || number > 65535 {
		l.add(name, next, "has no port between 0 and 65535")
	}
}
