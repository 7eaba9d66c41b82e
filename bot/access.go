package bot

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/slack-go/slack"
)

// deniedWait is how long the bot waits before it asks Slack again whether its token is good.
const deniedWait = 5 * time.Second

// access knows whether Slack takes the bot's token. While it does not, nothing is sent and nothing is given up.
type access struct {
	api    *slack.Client
	logger *slog.Logger

	mu     sync.Mutex
	me     whoami
	reason string // why not; "" when it does
	code   string // Slack's, when it refused the token
}

func newAccess(api *slack.Client, logger *slog.Logger) *access {
	return &access{api: api, logger: logger, reason: "not asked yet"}
}

// check is a condition of readiness.
func (a *access) check(context.Context) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.reason != "" {
		return errors.New(a.reason)
	}
	return nil
}

func (a *access) granted() bool { return a.check(context.Background()) == nil }

// denied returns Slack's code when it refused the token, else "".
func (a *access) denied() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.code
}

// who is the bot as Slack last told.
func (a *access) who() whoami {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.me
}

// deny notes that Slack refused the token, and tells the operator once.
func (a *access) deny(v verdict) {
	a.mu.Lock()
	defer a.mu.Unlock()
	reason := "SLACK_BOT_TOKEN: Slack answers " + v.code
	if a.reason == reason {
		return
	}
	a.reason, a.code = reason, v.code
	a.logger.Error("slack refuses the bot: check SLACK_BOT_TOKEN and the app's scopes; nothing is lost meanwhile", "code", v.code, "detail", v.detail)
}

// ask asks Slack; true when it takes the token.
func (a *access) ask(ctx context.Context) bool {
	me, err := askWhoami(ctx, a.api)
	if err == nil {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.me, a.reason, a.code = me, "", ""
		a.logger.Info("slack connected", "team", me.Team, "bot", me.Name)
		return true
	}
	v := judge(err)
	if v.fate == fateDenied {
		a.deny(v)
		return false
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.reason, a.code = "Slack does not answer: "+v.code, ""
	a.logger.Warn("slack away, trying again", "err", err)
	return false
}
