package config_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"journeybot/config"

	"github.com/nats-io/nkeys"
	"github.com/stretchr/testify/require"
)

// slackEnv is what serve needs at least.
func slackEnv(more ...string) []string {
	return append([]string{"SLACK_BOT_TOKEN=xoxb-hidden-bot", "SLACK_APP_TOKEN=xapp-hidden-app"}, more...)
}

func TestLoadFillsInDefaults(t *testing.T) {
	t.Parallel()
	env, err := config.Load(slackEnv("USER=root", "PASSWORD=hidden", "URL=nats://elsewhere", "HTTP_ADDR="), config.NeedAll)
	require.NoError(t, err)
	require.Equal(t, config.Env{
		SlackBotToken: config.NewSecret("xoxb-hidden-bot"), SlackAppToken: config.NewSecret("xapp-hidden-app"),
		SlackChannelInterval: time.Second,
		NATS:                 config.NATS{SubjectPrefix: "growth", Stream: "GROWTH", Durable: "journeybot", Mode: "manage"},
		DatabaseURL:          config.NewSecret("sqlite:data/journeybot.db"), DataDir: "./data",
		HTTPAddr: "127.0.0.1:8080", MetricsAddr: "127.0.0.1:8080", LogLevel: "info",
	}, env)
}

func TestLoadReadsEverySetting(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	seed := userSeed(t)
	cert, key := keyPair(t, dir)
	env, err := config.Load([]string{
		"SLACK_BOT_TOKEN=xoxe.xoxb-1-b", "SLACK_APP_TOKEN=xapp-a", "SLACK_SIGNING_SECRET=s", "SLACK_CHANNEL_INTERVAL=0",
		"SLACK_API_URL=http://127.0.0.1:9000/api/",
		"NATS_URL=tls://u:p@a:4222, nats://b", "NATS_NKEY=" + seed, "NATS_CA=" + cert, "NATS_CERT=" + cert, "NATS_KEY=" + key,
		"NATS_SUBJECT_PREFIX=acme.growth", "NATS_STREAM=S-1", "NATS_DURABLE=d_2", "NATS_MODE=bind", "NATS_JS_DOMAIN=leaf",
		"DATABASE_URL=postgres://u:p%40@db/journeybot?sslmode=disable", "DATA_DIR=" + dir, "HTTP_ADDR=:80", "METRICS_ADDR=[::1]:9090",
		"GROWTH_CONFIG=growth.yaml", "LOG_LEVEL=DEBUG", "LOG_FORMAT=json",
	}, config.NeedAll)
	require.NoError(t, err)
	require.Equal(t, config.Env{
		SlackBotToken: config.NewSecret("xoxe.xoxb-1-b"), SlackAppToken: config.NewSecret("xapp-a"), SlackSigningSecret: config.NewSecret("s"),
		SlackAPIURL: "http://127.0.0.1:9000/api/",
		NATS: config.NATS{
			URL: config.NewSecret("tls://u:p@a:4222, nats://b"), NKey: config.NewSecret(seed), CA: cert, Cert: cert, Key: key,
			SubjectPrefix: "acme.growth", Stream: "S-1", Durable: "d_2", Mode: "bind", JSDomain: "leaf",
		},
		DatabaseURL: config.NewSecret("postgres://u:p%40@db/journeybot?sslmode=disable"), DataDir: dir, HTTPAddr: ":80", MetricsAddr: "[::1]:9090",
		GrowthConfig: "growth.yaml", LogLevel: "DEBUG", LogFormat: "json",
	}, env)

	env, err = config.Load([]string{"NATS_URL=nats://a", "NATS_USER=bot", "NATS_PASSWORD=hidden"}, config.NeedNATS)
	require.NoError(t, err)
	require.Equal(t, "bot", env.NATS.User)
	require.Equal(t, "hidden", env.NATS.Password.Reveal())
}

func TestLoadReadsSecretsFromFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	secrets := map[string]string{
		"SLACK_BOT_TOKEN": "xoxb-b\n", "SLACK_SIGNING_SECRET": "two\r\n", "NATS_URL": "nats://n", "NATS_TOKEN": "three", "DATABASE_URL": "sqlite:four.db\n",
	}
	environ := make([]string, 0, len(secrets))
	for name, content := range secrets {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
		environ = append(environ, name+"_FILE="+path)
	}
	env, err := config.Load(environ, config.NeedAll)
	require.NoError(t, err)
	require.Equal(t, "xoxb-b", env.SlackBotToken.Reveal())
	require.Equal(t, "two", env.SlackSigningSecret.Reveal())
	require.Equal(t, "three", env.NATS.Token.Reveal())
	require.Equal(t, "sqlite:four.db", env.DatabaseURL.Reveal())
	for _, entry := range os.Environ() {
		require.NotContains(t, entry, "xoxb-b", "the process's environment stays as it was")
	}
}

func TestLoadListsEveryProblem(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := func(name, content string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
		return path
	}
	cert, key := keyPair(t, dir)
	_, otherKey := keyPair(t, t.TempDir())
	text, empty, big := path("text", "hidden\n"), path("empty", "\n"), path("big", strings.Repeat("x", 70000))

	tests := []struct {
		name    string
		environ []string
		needs   config.Needs
		want    []string // how each problem begins
	}{
		{"nothing set", nil, config.NeedAll, []string{"SLACK_BOT_TOKEN: is missing", "SLACK_APP_TOKEN: is missing, and so is SLACK_SIGNING_SECRET"}},
		{"nothing needed", nil, config.NeedBoth, nil},
		{"signing secret instead of app token", []string{"SLACK_BOT_TOKEN=xoxb-hidden", "SLACK_SIGNING_SECRET=hidden"}, config.NeedAll, nil},
		{
			"tokens mixed up",
			[]string{"SLACK_BOT_TOKEN=xapp-hidden", "SLACK_APP_TOKEN=xoxb-hidden", "SLACK_SIGNING_SECRET=xoxb-hidden"},
			config.NeedAll,
			[]string{
				"SLACK_BOT_TOKEN: holds an app-level token, not a bot token", "SLACK_APP_TOKEN: holds a bot token, not an app-level token",
				"SLACK_SIGNING_SECRET: holds a bot token, not a signing secret",
			},
		},
		{"user token", []string{"SLACK_BOT_TOKEN=xoxp-hidden"}, config.NeedNATS, []string{"SLACK_BOT_TOKEN: holds a user token, not a bot token"}},
		{"refresh token", []string{"SLACK_BOT_TOKEN=xoxe-hidden"}, config.NeedNATS, []string{"SLACK_BOT_TOKEN: holds a refresh token"}},
		{"no token at all", slackEnv("SLACK_BOT_TOKEN=hidden"), config.NeedAll, []string{"SLACK_BOT_TOKEN: does not look like a bot token"}},
		{"quoted token", slackEnv(`SLACK_BOT_TOKEN="xoxb-hidden"`), config.NeedAll, []string{"SLACK_BOT_TOKEN: has white space or quotes in it"}},
		{"API address of another kind", []string{"SLACK_API_URL=ftp://hidden/api/"}, config.NeedNATS, []string{"SLACK_API_URL: is not an http or https"}},
		{"API address cut short", []string{"SLACK_API_URL=https://slack.com/api"}, config.NeedNATS, []string{"SLACK_API_URL: must end in /api/"}},
		{"API address with a password", []string{"SLACK_API_URL=https://a:hidden@slack.com/api/"}, config.NeedNATS, []string{"SLACK_API_URL: must not carry"}},
		{"API address unreadable", []string{"SLACK_API_URL=https://hidden:x y/api/"}, config.NeedNATS, []string{"SLACK_API_URL: is not an http or https"}},
		{"interval without a unit", []string{"SLACK_CHANNEL_INTERVAL=5", "LOG_FORMAT=xml"}, config.NeedNATS, []string{
			"SLACK_CHANNEL_INTERVAL: is not a duration", "LOG_FORMAT: is neither text nor json",
		}},
		{"negative interval", []string{"SLACK_CHANNEL_INTERVAL=-1s"}, config.NeedNATS, []string{"SLACK_CHANNEL_INTERVAL: is negative"}},
		{"secret twice", slackEnv("SLACK_BOT_TOKEN_FILE=" + text), config.NeedAll, []string{"SLACK_BOT_TOKEN_FILE: is set, and so is SLACK_BOT_TOKEN"}},
		{
			"secret files",
			[]string{"NATS_TOKEN_FILE=" + dir + "/gone", "SLACK_APP_TOKEN_FILE=" + empty, "SLACK_BOT_TOKEN_FILE=" + big, "SLACK_SIGNING_SECRET_FILE=" + dir},
			config.NeedNATS,
			[]string{
				"SLACK_BOT_TOKEN_FILE: " + big + " is larger than 64 KiB", "SLACK_APP_TOKEN_FILE: " + empty + " is empty",
				"SLACK_SIGNING_SECRET_FILE: " + dir + ": is a directory", "NATS_TOKEN_FILE: there is no file " + dir + "/gone",
			},
		},
		{"needed secret in a missing file", []string{"SLACK_BOT_TOKEN_FILE=/gone", "SLACK_APP_TOKEN=xapp-a"}, config.NeedAll, []string{
			"SLACK_BOT_TOKEN_FILE: there is no file /gone",
		}},
		{"NATS scheme", []string{"NATS_URL=http://u:hidden@nats:4222"}, config.NeedNATS, []string{"NATS_URL: does not begin with nats://"}},
		{"NATS without scheme", []string{"NATS_URL=nats:4222"}, config.NeedNATS, []string{"NATS_URL: names no host"}},
		{"NATS address unreadable", []string{"NATS_URL=nats://u:hid%zz@nats"}, config.NeedNATS, []string{"NATS_URL: is not a valid address"}},
		{"NATS mixed", []string{"NATS_URL=nats://a,wss://b"}, config.NeedNATS, []string{"NATS_URL: mixes"}},
		{
			"NATS log-ins",
			[]string{"NATS_URL=nats://a", "NATS_TOKEN=hidden", "NATS_USER=bot", "NATS_PASSWORD=hidden"},
			config.NeedNATS,
			[]string{"NATS_TOKEN: is set together with NATS_USER and NATS_PASSWORD"},
		},
		{"NATS half a log-in", []string{"NATS_URL=nats://a", "NATS_USER=bot"}, config.NeedNATS, []string{"NATS_PASSWORD: is missing, but NATS_USER is set"}},
		{"NATS other half", []string{"NATS_URL=nats://a", "NATS_PASSWORD=hidden"}, config.NeedNATS, []string{"NATS_USER: is missing, but NATS_PASSWORD is set"}},
		{"NATS nkey", []string{"NATS_URL=nats://a", "NATS_NKEY=hidden"}, config.NeedNATS, []string{"NATS_NKEY: is not the seed of a user nkey"}},
		{"NATS creds", []string{"NATS_URL=nats://a", "NATS_CREDS=" + text}, config.NeedNATS, []string{"NATS_CREDS: " + text + " is not a credentials file"}},
		{"NATS CA", []string{"NATS_URL=nats://a", "NATS_CA=" + text}, config.NeedNATS, []string{"NATS_CA: " + text + " holds no certificate"}},
		{"NATS cert alone", []string{"NATS_URL=nats://a", "NATS_CERT=" + cert}, config.NeedNATS, []string{"NATS_KEY: is missing"}},
		{"NATS key alone", []string{"NATS_URL=nats://a", "NATS_KEY=" + key}, config.NeedNATS, []string{"NATS_CERT: is missing"}},
		{"NATS another's key", []string{"NATS_URL=nats://a", "NATS_CERT=" + cert, "NATS_KEY=" + otherKey}, config.NeedNATS, []string{"NATS_CERT: does not fit NATS_KEY"}},
		{"NATS key gone", []string{"NATS_URL=nats://a", "NATS_CERT=" + cert, "NATS_KEY=/gone"}, config.NeedNATS, []string{"NATS_KEY: there is no file /gone"}},
		{"log-in for the embedded server", []string{"NATS_TOKEN=hidden"}, config.NeedNATS, []string{"NATS_TOKEN: is set, but NATS_URL is not"}},
		{"bind without a server", []string{"NATS_MODE=bind"}, config.NeedNATS, []string{"NATS_URL: is missing, but NATS_MODE is bind"}},
		{"mode", []string{"NATS_MODE=Manage"}, config.NeedNATS, []string{"NATS_MODE: is neither manage nor bind"}},
		{"own prefix", []string{"NATS_SUBJECT_PREFIX=journeybot"}, config.NeedNATS, []string{"NATS_SUBJECT_PREFIX: must not begin with journeybot"}},
		{"own prefix below", []string{"NATS_SUBJECT_PREFIX=dlq.growth"}, config.NeedNATS, []string{"NATS_SUBJECT_PREFIX: must not begin with dlq"}},
		{"wildcard prefix", []string{"NATS_SUBJECT_PREFIX=growth.>"}, config.NeedNATS, []string{"NATS_SUBJECT_PREFIX: is not a subject"}},
		{"empty token in prefix", []string{"NATS_SUBJECT_PREFIX=growth."}, config.NeedNATS, []string{"NATS_SUBJECT_PREFIX: is not a subject"}},
		{"names", []string{"NATS_STREAM=a.b", "NATS_DURABLE=a b", "NATS_JS_DOMAIN=ä"}, config.NeedNATS, []string{
			"NATS_STREAM: is not a name", "NATS_DURABLE: is not a name", "NATS_JS_DOMAIN: is not a name",
		}},
		{"own stream", []string{"NATS_STREAM=JOURNEYBOT"}, config.NeedNATS, []string{"NATS_STREAM: is the name of the stream that the bot writes to"}},
		{"database scheme", []string{"DATABASE_URL=mysql://u:hidden@db/x"}, config.NeedDatabase, []string{"DATABASE_URL: begins with neither"}},
		{"database address", []string{"DATABASE_URL=postgres://u:hid/den@db/x"}, config.NeedDatabase, []string{"DATABASE_URL: is not a valid address"}},
		{"database without a file", []string{"DATABASE_URL=sqlite:"}, config.NeedDatabase, []string{"DATABASE_URL: names no file"}},
		{"data directory", []string{"DATA_DIR=" + text}, config.NeedDatabase, []string{"DATA_DIR: " + text + " is a file"}},
		{"addresses", []string{"HTTP_ADDR=8080", "METRICS_ADDR=:http"}, config.NeedDatabase, []string{
			"HTTP_ADDR: is not host:port", "METRICS_ADDR: has no port between 0 and 65535",
		}},
		{"log level", []string{"LOG_LEVEL=loud"}, config.NeedDatabase, []string{"LOG_LEVEL: is not a log level"}},
		{"misspelt", []string{"SLACK_BOT_TOKNE=hidden", "NATS_SUBJECT_PREFX=x", "NATS_URLS=x", "SLACK_APP_TOKEN_FIEL=x"}, config.NeedDatabase, []string{
			"SLACK_BOT_TOKNE: is not a setting; did you mean SLACK_BOT_TOKEN?", "NATS_SUBJECT_PREFX: is not a setting; did you mean NATS_SUBJECT_PREFIX?",
			"NATS_URLS: is not a setting; did you mean NATS_URL?", "SLACK_APP_TOKEN_FIEL: is not a setting; did you mean SLACK_APP_TOKEN_FILE?",
		}},
		{"others' variables", []string{"NATS_PORT=tcp://1", "NATS_SERVICE_HOST=x", "NATS_JWT=x", "SLACK_WEBHOOK_URL=x", "DATABASE_URI=x", "NATS_CONTEXT=x"}, config.NeedDatabase, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := config.Load(test.environ, test.needs)
			if len(test.want) == 0 {
				require.NoError(t, err)
				return
			}
			var problems *config.Problems
			require.ErrorAs(t, err, &problems)
			require.NotContains(t, err.Error(), "hidden")
			require.NotContains(t, err.Error(), "hid%zz")
			require.NotContains(t, err.Error(), "hid/den")
			require.Len(t, problems.List, len(test.want), err.Error())
			for i, problem := range problems.List {
				require.True(t, strings.HasPrefix(problem.String(), test.want[i]), "want %s\ngot  %s", test.want[i], problem)
				require.NotEmpty(t, problem.Next, "the next step for %s", problem.Where)
			}
		})
	}
}

func userSeed(t *testing.T) string {
	t.Helper()
	pair, err := nkeys.CreateUser()
	require.NoError(t, err)
	seed, err := pair.Seed()
	require.NoError(t, err)
	return string(seed)
}

// keyPair writes a self-signed certificate and its key.
func keyPair(t *testing.T, dir string) (certPath, keyPath string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1)}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	keyBytes, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	write := func(name, kind string, content []byte) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: content}), 0o600))
		return path
	}
	return write("cert.pem", "CERTIFICATE", cert), write("key.pem", "PRIVATE KEY", keyBytes)
}
