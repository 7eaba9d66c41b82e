package bot

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/slack-go/slack"

	"journeybot/alerts"
	"journeybot/storage"
)

// channelFresh is how long a channel is known without asking Slack again. A refused post asks at once.
const channelFresh = 24 * time.Hour

// brokenFor is how long a channel counts as broken before a message tries it again: somebody may have invited the bot.
const brokenFor = 5 * time.Minute

// channels turns targets as configured into Slack's channel ids, and joins public channels on the way: only a member may read the
// history that settles uncertain posts.
type channels struct {
	store  *storage.Store
	api    *slack.Client
	now    func() time.Time
	logger *slog.Logger
	people *Directory

	listing sync.Mutex // one walk through all channels at a time
}

// resolve returns the channel of target, from the cache while that is fresh. Its error is Slack's (see judge) or the store's. A channel
// that was broken comes back with Broken still set when it may work again: a post will tell.
func (c *channels) resolve(ctx context.Context, target alerts.Target) (storage.SlackChannel, error) {
	known, err := c.store.Channel(ctx, target)
	switch {
	case err == nil && known.ID != "" && known.Broken == "" && c.now().Sub(known.CheckedAt) < channelFresh:
		return known, nil
	case err == nil && known.Broken != "" && c.now().Sub(known.CheckedAt) < brokenFor:
		return known, slack.SlackErrorResponse{Err: known.Broken}
	case err != nil && !errors.Is(err, alerts.ErrNotFound):
		return storage.SlackChannel{}, fromStore("read channel", err)
	}
	return c.refresh(ctx, target, known.Broken)
}

// refresh asks Slack for the channel of target, joins it when it is public, and keeps it with the reason why it was broken.
func (c *channels) refresh(ctx context.Context, target alerts.Target, broken string) (storage.SlackChannel, error) {
	found, err := c.ask(ctx, target)
	if err != nil {
		return storage.SlackChannel{}, err
	}
	if found.Kind == "public" && !found.Member {
		if _, _, _, err := c.api.JoinConversationContext(ctx, found.ID); err != nil {
			c.logger.Warn("channel not joined", "channel", string(target), "err", err)
		} else {
			found.Member = true
			c.logger.Info("channel joined", "channel", string(target))
		}
	}
	if !found.External && found.Kind != "im" {
		found.External = c.guests(ctx, found.ID, guestsTime) != guestsNone
	}
	found.Ref, found.Broken, found.CheckedAt = target, broken, c.now()
	if err := c.store.SaveChannel(ctx, found); err != nil {
		return storage.SlackChannel{}, fromStore("keep channel", err)
	}
	return found, nil
}

func (c *channels) ask(ctx context.Context, target alerts.Target) (storage.SlackChannel, error) {
	switch name := string(target); {
	case strings.HasPrefix(name, "@") && strings.Contains(name[1:], "@"):
		return c.openByEmail(ctx, name[1:])
	case strings.HasPrefix(name, "@"):
		return c.openDirect(ctx, name[1:])
	case strings.HasPrefix(name, "#"):
		return c.search(ctx, name[1:])
	default:
		channel, err := c.api.GetConversationInfoContext(ctx, &slack.GetConversationInfoInput{ChannelID: name})
		if v := judge(err); err != nil && v.code == "missing_scope" {
			return storage.SlackChannel{ID: name}, nil // posting needs no more than the id
		}
		if err != nil {
			return storage.SlackChannel{}, fmt.Errorf("conversations.info: %w", err)
		}
		return slackChannel(*channel), nil
	}
}

func (c *channels) openDirect(ctx context.Context, user string) (storage.SlackChannel, error) {
	channel, _, _, err := c.api.OpenConversationContext(ctx, &slack.OpenConversationParameters{Users: []string{user}})
	if err != nil {
		return storage.SlackChannel{}, fmt.Errorf("conversations.open: %w", err)
	}
	if channel == nil || channel.ID == "" {
		return storage.SlackChannel{}, slack.SlackErrorResponse{Err: "channel_not_found"}
	}
	return storage.SlackChannel{ID: channel.ID, Name: user, Kind: "im", Member: true}, nil
}

// openByEmail opens the direct messages of somebody who was not known to Slack when the message was made.
func (c *channels) openByEmail(ctx context.Context, address string) (storage.SlackChannel, error) {
	p, err := c.people.Owner(ctx, address)
	if errors.Is(err, alerts.ErrNobody) {
		return storage.SlackChannel{}, slack.SlackErrorResponse{Err: "user_not_found"}
	}
	if err != nil {
		return storage.SlackChannel{}, err
	}
	return c.openDirect(ctx, p.UserID)
}

// search walks through the channels the bot can see. Without the scope for private ones it looks at the public ones.
func (c *channels) search(ctx context.Context, name string) (storage.SlackChannel, error) {
	c.listing.Lock()
	defer c.listing.Unlock()
	found, err := c.walk(ctx, name, "public_channel", "private_channel")
	if err != nil && judge(err).code == "missing_scope" {
		found, err = c.walk(ctx, name, "public_channel")
	}
	return found, err
}

func (c *channels) walk(ctx context.Context, name string, types ...string) (storage.SlackChannel, error) {
	archived := false
	for cursor := ""; ; {
		page, next, err := c.api.GetConversationsContext(ctx, &slack.GetConversationsParameters{Cursor: cursor, Limit: 999, Types: types})
		if err != nil {
			return storage.SlackChannel{}, fmt.Errorf("conversations.list: %w", err)
		}
		for _, channel := range page {
			switch {
			case channel.Name != name && channel.NameNormalized != name:
			case channel.IsArchived:
				archived = true
			default:
				return slackChannel(channel), nil
			}
		}
		if next == "" || next == cursor {
			break
		}
		cursor = next
	}
	if archived {
		return storage.SlackChannel{}, slack.SlackErrorResponse{Err: "is_archived"}
	}
	return storage.SlackChannel{}, slack.SlackErrorResponse{Err: "channel_not_found"}
}

func slackChannel(c slack.Channel) storage.SlackChannel {
	out := storage.SlackChannel{ID: c.ID, Name: c.Name, Kind: "public", Member: c.IsMember, External: c.IsExtShared || c.IsPendingExtShared}
	switch {
	case c.IsIM:
		out.Kind, out.Member = "im", true
	case c.IsPrivate || c.IsGroup:
		out.Kind = "private"
	}
	return out
}

// trouble asks Slack why nothing can be posted to a channel that was known; "" when it can. A public channel that the bot has left is
// joined again, by the next post as well.
func (c *channels) trouble(ctx context.Context, known storage.SlackChannel) (code string, err error) {
	channel, err := c.api.GetConversationInfoContext(ctx, &slack.GetConversationInfoInput{ChannelID: known.ID})
	if err != nil {
		if v := judge(err); v.fate == fateUnreachable {
			return v.code, nil
		}
		return "", fmt.Errorf("conversations.info: %w", err)
	}
	switch now := slackChannel(*channel); {
	case channel.IsArchived:
		return "is_archived", nil
	case now.Member:
		return "", nil
	case now.Kind == "public":
		if _, _, _, err := c.api.JoinConversationContext(ctx, known.ID); err != nil && judge(err).fate != fateUnreachable {
			return "", fmt.Errorf("conversations.join: %w", err)
		} else if err == nil {
			return "", nil
		}
	}
	return "not_in_channel", nil
}

// markBroken remembers that nothing can be posted to target, and why.
func (c *channels) markBroken(ctx context.Context, target alerts.Target, code string) error {
	known, err := c.store.Channel(ctx, target)
	if err != nil && !errors.Is(err, alerts.ErrNotFound) {
		return fromStore("read channel", err)
	}
	known.Ref, known.Broken, known.CheckedAt = target, code, c.now()
	return fromStore("keep channel", c.store.SaveChannel(ctx, known))
}
