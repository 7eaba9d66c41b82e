package handlers

import (
	"context"

	"github.com/slack-go/slack/slackevents"
)

// channelEvents tell that something became of a channel, or of who reads along there.
func channelEvents() map[string]slackEvent {
	all := map[string]slackEvent{}
	for _, name := range []slackevents.EventsAPIType{
		slackevents.ChannelArchive, slackevents.ChannelUnarchive, slackevents.ChannelDeleted, slackevents.ChannelLeft,
		slackevents.GroupArchive, slackevents.GroupUnarchive, slackevents.GroupDeleted, slackevents.GroupLeft,
		slackevents.MemberJoinedChannel, slackevents.MemberLeftChannel, slackevents.ChannelShared, slackevents.ChannelUnshared,
	} {
		all[string(name)] = (*Slack).channelChanged
	}
	return all
}

// channelChanged has the channel looked at: what is true of it now counts, not which event came first.
func (s *Slack) channelChanged(ctx context.Context, data any) error {
	id := channelOf(data)
	if id == "" || s.cfg.ChannelChanged == nil {
		return nil
	}
	return s.cfg.ChannelChanged(ctx, id)
}

// channelOf is the id of the channel that an event is about, "" when it is about none.
func channelOf(data any) string {
	switch e := data.(type) {
	case *slackevents.ChannelArchiveEvent:
		return e.Channel
	case *slackevents.ChannelUnarchiveEvent:
		return e.Channel
	case *slackevents.ChannelDeletedEvent:
		return e.Channel
	case *slackevents.ChannelLeftEvent:
		return e.Channel
	case *slackevents.GroupArchiveEvent:
		return e.Channel
	case *slackevents.GroupUnarchiveEvent:
		return e.Channel
	case *slackevents.GroupDeletedEvent:
		return e.Channel
	case *slackevents.GroupLeftEvent:
		return e.Channel
	case *slackevents.MemberJoinedChannelEvent:
		return e.Channel
	case *slackevents.MemberLeftChannelEvent:
		return e.Channel
	case *slackevents.ChannelSharedEvent:
		return e.Channel
	case *slackevents.ChannelUnsharedEvent:
		return e.Channel
	}
	return ""
}
