package bot

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/slack-go/slack/slackutilsx"

	"journeybot/alerts"
	"journeybot/storage"
)

// fallbackRest is how long the fallback channel's lane rests while nothing can be posted there: there is no other place to go.
const fallbackRest = time.Minute

// cures say what is wrong with a channel and what to do about it, by Slack's code. BOT stands for the bot's name.
var cures = map[string]string{
	"not_in_channel":    "I am not in it. Type `/invite @BOT` there.",
	"channel_not_found": "I cannot see it: it is private, or it does not exist. Type `/invite @BOT` there, or name another channel in the growth file.",
	"is_archived":       "it is archived. Unarchive it, or name another channel in the growth file.",
	"restricted_action": "only some people may post there. Allow @BOT in the channel's posting permissions.",
	"user_disabled":     "the account is deactivated. Name another owner for these accounts.",
	"user_not_found":    "there is no such person here. Name another owner for these accounts.",
	"cannot_dm_bot":     "it is an app. Name a person as the owner.",
}

func cure(code, bot string) string {
	text, ok := cures[code]
	for prefix := range cures {
		if !ok && strings.HasPrefix(code, prefix) {
			text, ok = cures[prefix], true
		}
	}
	if !ok {
		return "Slack answers `" + slackutilsx.EscapeMessage(code) + "`. Ask a workspace admin, or name another channel in the growth file."
	}
	return strings.ReplaceAll(text, "@BOT", "@"+bot)
}

// mentionTarget is how a message names a channel or a person.
func mentionTarget(t alerts.Target) string {
	name := string(t)
	switch {
	case strings.HasPrefix(name, "@") && strings.Contains(name[1:], "@"):
		return slackutilsx.EscapeMessage(name[1:])
	case strings.HasPrefix(name, "@"):
		return "<@" + name[1:] + ">"
	case strings.HasPrefix(name, "#"):
		return slackutilsx.EscapeMessage(name)
	}
	return "<#" + name + ">"
}

func (p *publisher) fallback() alerts.Target {
	channel := p.cfg.Rules.Channels[p.cfg.Rules.Fallback.Channel].Slack
	return p.cfg.Rules.Shade(alerts.Place{Target: channel}, nil, p.cfg.Now()).Target
}

// unreachable handles a channel that takes no posts: what should stand there goes to the fallback channel, which is told once a
// day per channel and reason. When the fallback itself is the broken one, its messages wait and /readyz tells.
func (p *publisher) unreachable(ctx context.Context, lane storage.Lane, m alerts.Message, v verdict) (step, error) {
	if m.Target == p.fallback() {
		if err := p.channels.markBroken(ctx, m.Target, v.code); err != nil {
			return step{}, err
		}
		p.cfg.Logger.Error("the fallback channel takes no messages; they wait", "channel", string(m.Target), "code", v.code,
			"next", cure(v.code, p.botName()))
		return p.rest(ctx, lane, m, v, jitter(fallbackRest))
	}
	if err := p.lose(ctx, m.Target, v.code); err != nil {
		return step{}, err
	}
	if err := p.moveToFallback(ctx, m); err != nil {
		return step{}, err
	}
	return step{}, p.fail(ctx, lane, m, v)
}

// mended handles a channel that takes posts again: what was given up there is wanted again. It counts as broken until that is
// stored, so that a crash in between only means that the next post does it again.
func (p *publisher) mended(ctx context.Context, channel storage.SlackChannel) error {
	revived, err := p.store.Revive(ctx, channel.Ref)
	if err != nil {
		return fromStore("revive messages", err)
	}
	channel.Broken = ""
	if err := p.store.SaveChannel(ctx, channel); err != nil {
		return fromStore("keep channel", err)
	}
	p.cfg.Logger.Info("channel takes messages again", "channel", string(channel.Ref), "revived", revived)
	return nil
}

// moveToFallback makes a message wanted in the fallback channel instead. A thread needs nothing: its card there gets its own; nor
// does a bundle: its cards are wanted again.
func (p *publisher) moveToFallback(ctx context.Context, m alerts.Message) error {
	place := alerts.Place{
		Kind: m.Kind, Subject: m.Subject, Target: p.fallback(), Slot: m.Slot, Priority: min(m.Priority, alerts.PriorityPost), Body: m.Body,
	}
	switch m.Kind {
	case alerts.ThreadMessage, alerts.BundleMessage:
		return nil
	case alerts.DigestMessage:
		if strings.HasPrefix(string(m.Target), "@") {
			return nil // what is one person's week is nobody else's
		}
	case alerts.PingMessage, alerts.NoticeMessage, alerts.HandoverMessage, alerts.UnownedMessage:
		place.Slot = strings.TrimSpace(m.Slot + " " + string(m.Target))
	}
	return fromStore("place in fallback", p.store.AddPlace(ctx, place))
}

// undrawable handles a message that Slack will not take as it is drawn: the fallback channel is told what it said, in plain words.
func (p *publisher) undrawable(ctx context.Context, lane storage.Lane, m alerts.Message, pic picture, v verdict) error {
	if m.Kind != alerts.NoticeMessage { // a notice about a notice could go on for ever
		text := fmt.Sprintf("I can't show this in %s, Slack answers `%s`. Please report it to whoever runs me. It says: %s",
			mentionTarget(m.Target), slackutilsx.EscapeMessage(v.code), shorten(pic.Text, 2000))
		notice := alerts.Notice{Text: text}
		if m.Kind != alerts.PingMessage {
			notice.AlertID = m.Subject
		}
		if err := p.tell(ctx, "message:"+m.ID, v.code, notice); err != nil {
			return err
		}
	}
	return p.fail(ctx, lane, m, v)
}

func (p *publisher) tell(ctx context.Context, about, slot string, n alerts.Notice) error {
	body, err := json.Marshal(n)
	if err != nil {
		return fmt.Errorf("notice: %w", err)
	}
	return fromStore("place notice", p.store.AddPlace(ctx, alerts.Place{
		Kind: alerts.NoticeMessage, Subject: about, Target: p.fallback(), Slot: slot, Priority: alerts.PriorityPost, Body: body,
	}))
}

// fail gives a message up for good, visibly.
func (p *publisher) fail(ctx context.Context, lane storage.Lane, m alerts.Message, v verdict) error {
	p.cfg.Metrics.failed.WithLabelValues(v.known()).Inc()
	p.cfg.Logger.Error("message given up", "message_id", m.ID, "alert_id", m.Subject, "kind", string(m.Kind), "channel", string(m.Target),
		"code", v.code, "detail", v.detail)
	return fromStore("fail message", p.store.FailMessage(ctx, lane, m.ID, v.code))
}

// checkFallback is a condition of readiness: without a fallback channel a failure would be seen by nobody in Slack.
func (p *publisher) checkFallback(ctx context.Context) error {
	channel, err := p.store.Channel(ctx, p.fallback())
	if err != nil || channel.Broken == "" {
		return nil //nolint:nilerr // not known yet; a database that is away is another check's to tell
	}
	return fmt.Errorf("nothing can be posted to %s: %s", p.fallback(), cure(channel.Broken, p.botName()))
}

func (p *publisher) botName() string {
	if name := p.access.who().Name; name != "" {
		return name
	}
	return "journeybot"
}

func (p *publisher) zone() *time.Location {
	if p.cfg.Rules.Zone != nil {
		return p.cfg.Rules.Zone
	}
	return time.UTC
}

func shorten(s string, runes int) string {
	r := []rune(s)
	if len(r) <= runes {
		return s
	}
	return string(r[:runes-1]) + "…"
}
