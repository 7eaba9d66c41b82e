// Package config reads how journeybot is set up: the environment, and the growth file that operators write.
//
// Everything wrong is found at start and listed at once, each with its place and the next step; nothing here is
// read again later. Secrets are a type that prints as [redacted].
package config

import "time"

// Env is the environment of ARCHITECTURE's table. Each secret can also be given as NAME_FILE, the path of a file that holds it.
type Env struct {
	SlackBotToken        Secret        `envconfig:"SLACK_BOT_TOKEN"`
	SlackAppToken        Secret        `envconfig:"SLACK_APP_TOKEN"`
	SlackSigningSecret   Secret        `envconfig:"SLACK_SIGNING_SECRET"`
	SlackChannelInterval time.Duration `envconfig:"SLACK_CHANNEL_INTERVAL" default:"1s"`
	SlackAPIURL          string        `envconfig:"SLACK_API_URL"`

	NATS NATS

	DatabaseURL Secret `envconfig:"DATABASE_URL"`
	DataDir     string `envconfig:"DATA_DIR" default:"./data"`
	HTTPAddr    string `envconfig:"HTTP_ADDR" default:"127.0.0.1:8080"`
	MetricsAddr string `envconfig:"METRICS_ADDR"`

	GrowthConfig string `envconfig:"GROWTH_CONFIG"`
	LogLevel     string `envconfig:"LOG_LEVEL" default:"info"`
	LogFormat    string `envconfig:"LOG_FORMAT"`
}

// NATS says how to reach NATS and which names to use there. An empty URL means the embedded server.
type NATS struct {
	URL      Secret `envconfig:"NATS_URL"`   // may carry a password
	Creds    string `envconfig:"NATS_CREDS"` // path of a credentials file
	NKey     Secret `envconfig:"NATS_NKEY"`  // nkey seed
	User     string `envconfig:"NATS_USER"`
	Password Secret `envconfig:"NATS_PASSWORD"`
	Token    Secret `envconfig:"NATS_TOKEN"`
	CA       string `envconfig:"NATS_CA"` // path of a PEM file
	Cert     string `envconfig:"NATS_CERT"`
	Key      string `envconfig:"NATS_KEY"`

	SubjectPrefix string `envconfig:"NATS_SUBJECT_PREFIX" default:"growth"`
	Stream        string `envconfig:"NATS_STREAM" default:"GROWTH"`
	Durable       string `envconfig:"NATS_DURABLE" default:"journeybot"`
	Mode          string `envconfig:"NATS_MODE" default:"manage"` // manage or bind
	JSDomain      string `envconfig:"NATS_JS_DOMAIN"`
}

// Secret is a text that never prints: every formatting verb, JSON and slog show [redacted]. Reveal gives it.
type Secret struct{ value string }

// NewSecret wraps a text.
func NewSecret(value string) Secret { return Secret{value: value} }

// Reveal returns the text itself, for the one call that needs it.
func (s Secret) Reveal() string { return s.value }

// IsZero reports whether there is no text.
func (s Secret) IsZero() bool { return s.value == "" }

// String returns "[redacted]", or "" when there is no text.
func (s Secret) String() string {
	if s.value == "" {
		return ""
	}
	return "[redacted]"
}

// GoString is String, so that %#v hides it too.
func (s Secret) GoString() string { return s.String() }

// MarshalText is String as bytes, so that JSON and YAML hide it too.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Decode reads the secret from an environment variable (envconfig.Decoder).
func (s *Secret) Decode(value string) error {
	s.value = value
	return nil
}
