package bot

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"journeybot/alerts"
	"journeybot/storage"
)

const (
	guestsTime   = 2 * time.Second  // a card waits: until it is known, guests are assumed
	audienceTime = 10 * time.Minute // nobody waits for the loop
	audienceGap  = time.Hour
)

// Whether guests are members of a channel.
type guestsFound int

const (
	guestsUnknown guestsFound = iota
	guestsNone
	guestsSome
)

// guests looks through the members of a channel for as long as it may.
func (c *channels) guests(ctx context.Context, id string, within time.Duration) guestsFound {
	if c.people == nil {
		return guestsNone
	}
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	for cursor := ""; ; {
		members, next, err := c.api.GetUsersInConversationContext(ctx, &slack.GetUsersInConversationParameters{ChannelID: id, Cursor: cursor, Limit: 200})
		if err != nil {
			c.logger.Warn("members not read", "channel_id", id, "err", err)
			return guestsUnknown
		}
		for _, member := range members {
			p := c.people.Person(ctx, member)
			switch {
			case ctx.Err() != nil, p.CheckedAt.IsZero():
				return guestsUnknown
			case p.Guest && !p.Deleted:
				return guestsSome
			}
		}
		if next == "" || next == cursor {
			return guestsNone
		}
		cursor = next
	}
}

// audience knows where people from outside read along: guests, and other companies in shared channels.
type audience struct {
	store    *storage.Store
	channels *channels
	rules    *alerts.Rules
	logger   *slog.Logger
	bell     bell // rung when Slack tells of a channel's members or sharing
	changed  func()
}

// outsiders reports whether people from outside read what goes to a channel or person. What cannot be found out is taken for yes.
func (a *audience) outsiders(ctx context.Context, to alerts.Target) bool {
	if user, ok := strings.CutPrefix(string(to), "@"); ok {
		return a.channels.people.Person(ctx, user).Guest
	}
	if said, ok := a.said(ctx, to); ok {
		return said
	}
	channel, err := a.store.Channel(ctx, to)
	if errors.Is(err, alerts.ErrNotFound) {
		channel, err = a.channels.resolve(ctx, to)
	}
	return err != nil || channel.ID == "" || channel.External
}

// said is what the growth file says of a channel, by its name or id; ok is false when that is auto or nothing.
func (a *audience) said(ctx context.Context, to alerts.Target) (external, ok bool) {
	for _, c := range a.rules.Channels {
		if c.Audience != "internal" && c.Audience != "external" {
			continue
		}
		if c.Slack == to {
			return c.Audience == "external", true
		}
		if strings.HasPrefix(string(to), "#") {
			continue // only an id needs to be looked up
		}
		if known, err := a.store.Channel(ctx, c.Slack); err == nil && known.ID == string(to) {
			return c.Audience == "external", true
		}
	}
	return false, false
}

// run keeps what is known of the channels true until ctx ends, and has their cards drawn again where it changed.
func (a *audience) run(ctx context.Context) error {
	for ctx.Err() == nil {
		a.bell.wait(ctx, jitter(audienceGap))
		for _, c := range a.rules.Channels {
			if ctx.Err() == nil && c.Audience != "internal" && c.Audience != "external" {
				a.refresh(ctx, c.Slack)
			}
		}
	}
	return nil
}

// told has it looked at who reads a channel, when it is one of ours.
func (a *audience) told(ctx context.Context, id string) error {
	refs, err := a.store.ChannelRefs(ctx, id)
	if err != nil {
		return fmt.Errorf("find channel: %w", err)
	}
	if len(refs) > 0 {
		a.bell.ring()
	}
	return nil
}

func (a *audience) refresh(ctx context.Context, ref alerts.Target) {
	known, err := a.store.Channel(ctx, ref)
	if err != nil || known.ID == "" || known.Broken != "" {
		return // nobody has posted there yet, or nobody can
	}
	info, err := a.channels.api.GetConversationInfoContext(ctx, &slack.GetConversationInfoInput{ChannelID: known.ID})
	if err != nil {
		a.logger.Warn("audience not read", "channel", string(ref), "err", err)
		return
	}
	now := known
	if now.External = slackChannel(*info).External; !now.External {
		found := a.channels.guests(ctx, known.ID, audienceTime)
		if found == guestsUnknown {
			return
		}
		now.External = found == guestsSome
	}
	if now.External == known.External {
		return
	}
	if err := a.store.SetAudience(ctx, now); err != nil {
		a.logger.Warn("audience not kept", "channel", string(ref), "err", err)
		return
	}
	a.logger.Info("audience changed", "channel", string(ref), "outsiders", now.External)
	a.changed()
}
