package bot

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"journeybot/alerts"
	"journeybot/storage"
)

// rerouted is how many alerts are read at once when a channel is lost.
const rerouted = 200

// sameTrouble are Slack's other names for a trouble: chat.update has one of its own for an archived channel.
var sameTrouble = map[string]string{"is_inactive": "is_archived", "channel_is_archived": "is_archived"}

// lose handles a channel that takes nothing any more: what is live there comes to the fallback channel, which is told once a day
// per reason, and the channel counts as broken. All of it can be done twice without harm.
func (p *publisher) lose(ctx context.Context, target alerts.Target, code string) error {
	code = cmp.Or(sameTrouble[code], code)
	known, err := p.store.Channel(ctx, target)
	if err != nil && !errors.Is(err, alerts.ErrNotFound) {
		return fromStore("read channel", err)
	}
	moved := 0
	if known.Broken == "" {
		if moved, err = p.reroute(ctx, target); err != nil {
			return err
		}
	}
	today := p.cfg.Now().In(p.zone()).Format("20060102")
	if err := p.tell(ctx, "channel:"+string(target), code+" "+today, alerts.Notice{Text: p.lost(target, code, moved)}); err != nil {
		return err
	}
	return p.channels.markBroken(ctx, target, code)
}

// lost says what is wrong with a channel, what to do, and where its alerts are.
func (p *publisher) lost(target alerts.Target, code string, moved int) string {
	next := cure(code, p.botName())
	switch {
	case strings.HasPrefix(string(target), "@"):
		return fmt.Sprintf("I can't write to %s: %s Until then such messages come here.", mentionTarget(target), next)
	case moved == 1:
		return fmt.Sprintf("I can't post to %s: %s Its live alert comes here, and so do new ones until then.", mentionTarget(target), next)
	case moved > 1:
		return fmt.Sprintf("I can't post to %s: %s Its %d live alerts come here, and so do new ones until then.", mentionTarget(target), next, moved)
	}
	return fmt.Sprintf("I can't post to %s: %s Until then its alerts come here.", mentionTarget(target), next)
}

// reroute makes the live alerts of a channel wanted in the fallback channel too. What is held stays held, and in shadow they stand
// elsewhere anyway.
func (p *publisher) reroute(ctx context.Context, target alerts.Target) (moved int, err error) {
	shadowed := p.cfg.Rules.Shade(alerts.Place{Target: target}, nil, p.cfg.Now()).Target != target
	if shadowed || strings.HasPrefix(string(target), "@") {
		return 0, nil
	}
	for {
		views, total, err := p.store.LiveAlerts(ctx, alerts.Filter{Channel: target, Limit: rerouted, Offset: moved})
		if err != nil {
			return moved, fromStore("list a channel's alerts", err)
		}
		for _, v := range views {
			err := p.store.AddPlace(ctx, alerts.Place{
				Kind: alerts.CardMessage, Subject: v.Alert.ID, Target: p.fallback(), Priority: alerts.PriorityPost, Hold: v.Alert.Hold.Hidden(),
			})
			if err != nil {
				return moved, fromStore("place in fallback", err)
			}
		}
		if moved += len(views); len(views) == 0 || moved >= total {
			return moved, nil
		}
	}
}

// channelChanged looks at a channel of which Slack tells that it was archived, deleted, left, or is there again. It is safe to
// call twice, and for channels that the bot does not use. Who reads along is looked up again too.
func (p *publisher) channelChanged(ctx context.Context, id string) error {
	refs, err := p.store.ChannelRefs(ctx, id)
	if err != nil {
		return fmt.Errorf("find channel: %w", err)
	}
	for _, known := range refs {
		if err := p.look(ctx, known); err != nil {
			return err
		}
	}
	if len(refs) > 0 {
		p.audience.bell.ring()
		p.cfg.Nudge()
	}
	return nil
}

// look asks Slack how a channel is.
func (p *publisher) look(ctx context.Context, known storage.SlackChannel) error {
	code, err := p.channels.trouble(ctx, known)
	switch {
	case err != nil:
		return err
	case code == "" && known.Broken != "":
		return p.mended(ctx, known)
	case code == "":
		return nil
	case known.Ref == p.fallback():
		p.cfg.Logger.Error("the fallback channel takes no messages; they wait", "channel", string(known.Ref), "code", code, "next", cure(code, p.botName()))
		return p.channels.markBroken(ctx, known.Ref, code)
	case known.Broken != "":
		return nil
	}
	p.cfg.Logger.Warn("channel lost", "channel", string(known.Ref), "code", code)
	return p.lose(ctx, known.Ref, code)
}
