// Package config reads how journeybot is set up: the environment, and the growth file that operators write.
//
// Everything wrong is found at start and listed at once, each with its place and the next step; nothing here is
// read again later. Secrets are a type that prints as [redacted].
package config

import "time"

// Env is the environment of ARCHITECTURE's table. Each Secret can also be given as NAME_FILE, the path of a file that holds it.
type Env struct {
	SlackBotToken        Secret        `envconfig:"SLACK_BOT_TOKEN"`
	SlackAppToken        Secret        `envconfig:"SLACK_APP_TOKEN"`                     // set: Socket Mode
	SlackSigningSecret   Secret        `envconfig:"SLACK_SIGNING_SECRET"`                // for HTTP, when there is no app token
	SlackChannelInterval time.Duration `envconfig:"SLACK_CHANNEL_INTERVAL" default:"1s"` // 0: only obey Slack's 429
	SlackAPIURL          string        `envconfig:"SLACK_API_URL"`                       // "": Slack's own

	NATS NATS

	DatabaseURL Secret `envconfig:"DATABASE_URL"` // may carry a password; Load fills in SQLite below DataDir
	DataDir     string `envconfig:"DATA_DIR" default:"./data"`
	HTTPAddr    string `envconfig:"HTTP_ADDR" default:"127.0.0.1:8080"`
	MetricsAddr string `envconfig:"METRICS_ADDR"` // Load fills in HTTPAddr

	GrowthConfig string `envconfig:"GROWTH_CONFIG"` // "": the bundled growth file
	LogLevel     string `envconfig:"LOG_LEVEL" default:"info"`
	LogFormat    string `envconfig:"LOG_FORMAT"` // text or json; "": text on a terminal, else json
}

// NATS says how to reach NATS and which names to use there. An empty URL means the embedded server.
// Each variable is NATS_ and the name of the field: NATS_URL, NATS_SUBJECT_PREFIX. envconfig builds these names itself:
// spelt out in tags, it would take USER and PASSWORD where NATS_USER is missing.
type NATS struct {
	URL      Secret // one or several, separated by commas; may carry a password
	Creds    string // path of a credentials file
	NKey     Secret // nkey seed
	User     string
	Password Secret
	Token    Secret
	CA       string // path of a PEM file
	Cert     string // path of a PEM file, with Key
	Key      string // path of a PEM file, with Cert

	SubjectPrefix string `split_words:"true" default:"growth"`
	Stream        string `default:"GROWTH"`
	Durable       string `default:"journeybot"`
	Mode          string `default:"manage"` // ModeManage or ModeBind
	JSDomain      string `split_words:"true"`
}

// The values of NATS_MODE: make streams and consumers, or only use what an administrator made.
const (
	ModeManage = "manage"
	ModeBind   = "bind"
)
