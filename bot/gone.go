package bot

import (
	"context"
	"time"

	"github.com/slack-go/slack"

	"journeybot/alerts"
	"journeybot/storage"
)

// seenFor is how long a message that Slack has just taken counts as being there.
const seenFor = time.Minute

// gone reports whether somebody deleted the message that is to be replied to: Slack takes the reply all the same, into a thread that
// nobody sees. When Slack cannot tell, it is there.
func (p *publisher) gone(ctx context.Context, parent alerts.Message) bool {
	last := parent.PostedAt
	if parent.DrawnAt.After(last) {
		last = parent.DrawnAt
	}
	if parent.TS == "" || p.cfg.Now().Sub(last) < seenFor {
		return false
	}
	replies, _, _, err := p.api.GetConversationRepliesContext(ctx, &slack.GetConversationRepliesParameters{
		ChannelID: parent.Channel, Timestamp: parent.TS, Limit: 1,
	})
	if err != nil {
		return judge(err).code == "thread_not_found"
	}
	return len(replies) == 0 || replies[0].Timestamp != parent.TS || replies[0].SubType == "tombstone"
}

// bringBack has a deleted card posted afresh, and the reply wait for it.
func (p *publisher) bringBack(ctx context.Context, lane storage.Lane, m, parent alerts.Message) error {
	p.cfg.Logger.Info("message gone from slack, found by its reply", "message_id", parent.ID, "alert_id", parent.Subject, "channel", parent.Channel)
	if err := p.store.MissMessage(ctx, lane, parent.ID); err != nil {
		return fromStore("miss message", err)
	}
	return fromStore("put off", p.store.RetryMessage(ctx, lane, m.ID, p.cfg.Now().Add(time.Second), false, ""))
}
