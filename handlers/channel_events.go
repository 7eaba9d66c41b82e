package handlers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/slack-go/slack/slackevents"
)

// channelEvents tell that a channel changed, or who reads it.
func channelEvents() map[string]slackEvent {
	all := map[string]slackEvent{}
	for _, e := range []struct {
		name             slackevents.EventsAPIType
		channel, members bool // what changed
	}{
		{slackevents.ChannelArchive, true, false},
		{slackevents.ChannelUnarchive, true, false},
		{slackevents.ChannelDeleted, true, false},
		{slackevents.ChannelRename, true, false},
		{slackevents.ChannelLeft, true, false},
		{slackevents.GroupArchive, true, false},
		{slackevents.GroupUnarchive, true, false},
		{slackevents.GroupDeleted, true, false},
		{slackevents.GroupRename, true, false},
		{slackevents.GroupLeft, true, false},
		{slackevents.ChannelShared, false, true},
		{slackevents.ChannelUnshared, false, true},
		{slackevents.MemberJoinedChannel, true, true}, // it may have been the bot
		{slackevents.MemberLeftChannel, true, true},
	} {
		all[string(e.name)] = func(s *Slack, ctx context.Context, data any) error {
			id, err := channelOf(data)
			if err != nil || id == "" {
				return err
			}
			if e.members {
				err = s.cfg.MembersChanged(ctx, id)
			}
			if e.channel {
				err = errors.Join(err, s.cfg.ChannelChanged(ctx, id))
			}
			return err
		}
	}
	return all
}

// channelOf is the id of the channel that an event is about: some carry the id, some an object with it.
func channelOf(event any) (string, error) {
	raw, err := json.Marshal(event)
	if err != nil {
		return "", fmt.Errorf("encode event: %w", err)
	}
	var plain struct{ Channel string }
	if json.Unmarshal(raw, &plain) == nil {
		return plain.Channel, nil
	}
	var inside struct{ Channel struct{ ID string } }
	if err := json.Unmarshal(raw, &inside); err != nil {
		return "", fmt.Errorf("read event: %w", err)
	}
	return inside.Channel.ID, nil
}
