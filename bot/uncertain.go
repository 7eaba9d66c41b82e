package bot

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"github.com/slack-go/slack"

	"journeybot/alerts"
	"journeybot/storage"
)

const (
	historyPage  = 200
	historyPages = 10 // newest first: a post that was tried a moment ago is among the first
)

// settle finds out what became of the lane's posts whose answer was lost: those that Slack shows are adopted, the others are free to
// be posted again. Young ones are left alone until Slack has had time to show them; a pause asks to come back for one that is due.
func (p *publisher) settle(ctx context.Context, lane storage.Lane) (pause time.Duration, err error) {
	lost, err := p.store.Uncertain(ctx, lane)
	if err != nil || len(lost) == 0 {
		return 0, fromStore("read uncertain", err)
	}
	search := &search{publisher: p, since: lane.LastTS, threads: map[string]map[string]standing{}}
	for _, m := range lost {
		young := m.TriedAt.Add(settleAfter).Sub(p.cfg.Now())
		switch {
		case young > 0 && m.DueAt.After(p.cfg.Now()):
			continue
		case young > 0: // a crash left it due
			return min(young, settleAfter), nil
		}
		if pause, err = p.settleOne(ctx, lane, m, search); err != nil || pause > 0 {
			return pause, err
		}
	}
	return 0, nil
}

func (p *publisher) settleOne(ctx context.Context, lane storage.Lane, m alerts.Message, search *search) (pause time.Duration, err error) {
	found, ok, err := search.find(ctx, m)
	switch {
	case isStoreError(err):
		return 0, err
	case err != nil && temporary(err):
		p.cfg.Logger.Warn("history not read", "channel", string(m.Target), "err", err)
		return pauseFor(err), nil
	case err != nil:
		return 0, p.free(ctx, lane, m, wasDoubted, "history unreadable: "+judge(err).code)
	case ok:
		return 0, p.adopt(ctx, lane, m, found)
	}
	return 0, p.free(ctx, lane, m, wasMissing, "not taken by Slack")
}

// temporary reports whether reading the history may work later. A refusal does not get better by waiting.
func temporary(err error) bool {
	switch judge(err).fate {
	case fateLater, fateUnsure, fateLimited:
		return true
	}
	return false
}

func pauseFor(err error) time.Duration {
	if v := judge(err); v.fate == fateLimited {
		return v.after
	}
	return jitter(settleAfter)
}

func (p *publisher) adopt(ctx context.Context, lane storage.Lane, m alerts.Message, s standing) error {
	p.cfg.Metrics.uncertain.WithLabelValues(wasAdopted).Inc()
	p.sent(m, "adopted", s.channel, s.ts, p.cfg.Now())
	pic := picture{version: s.rev}
	if m.Kind == alerts.BundleMessage {
		pic.again = p.cfg.Now() // only drawing it tells when it ends
	}
	return p.finish(ctx, lane, m, pic, s.channel, s.ts)
}

func (p *publisher) free(ctx context.Context, lane storage.Lane, m alerts.Message, outcome, reason string) error {
	p.cfg.Metrics.uncertain.WithLabelValues(outcome).Inc()
	p.cfg.Logger.Info("message to be posted again", "message_id", m.ID, "alert_id", m.Subject, "channel", string(m.Target), "outcome", outcome, "reason", reason)
	return fromStore("free message", p.store.RetryMessage(ctx, lane, m.ID, p.cfg.Now(), false, reason))
}

// standing is a message of ours that stands in Slack.
type standing struct {
	channel, ts string
	rev         int64
}

// search looks for lost posts in the channel and in threads, reading each of them once.
type search struct {
	publisher *publisher
	since     string                         // Slack's clock
	threads   map[string]map[string]standing // by thread ts ("" is the channel itself), by message id
}

// find returns where m stands; false when Slack does not show it.
func (s *search) find(ctx context.Context, m alerts.Message) (standing, bool, error) {
	parent, ready, err := s.publisher.parent(ctx, m)
	if err != nil || !ready {
		return standing{}, false, err
	}
	if _, read := s.threads[parent.TS]; !read {
		channel, err := s.publisher.channels.resolve(ctx, m.Target)
		if err != nil {
			return standing{}, false, err
		}
		since := s.since
		if since == "" {
			since = slackTime(m.TriedAt.Add(-10 * time.Minute))
		}
		if s.threads[parent.TS], err = s.publisher.readOwn(ctx, channel.ID, parent.TS, since); err != nil {
			delete(s.threads, parent.TS)
			return standing{}, false, err
		}
	}
	found, ok := s.threads[parent.TS][m.ID]
	if m.Kind == alerts.ThreadMessage && found.rev <= m.DoneVersion {
		return standing{}, false, nil // an earlier reply of the same thread
	}
	return found, ok, nil
}

func slackTime(t time.Time) string {
	return strconv.FormatFloat(float64(t.UnixMicro())/1e6, 'f', 6, 64)
}

// readOwn reads the bot's messages in a channel, or in a thread of it, since a Slack ts: the newest of each id.
func (p *publisher) readOwn(ctx context.Context, channel, thread, since string) (map[string]standing, error) {
	found := map[string]standing{}
	cursor := ""
	for range historyPages {
		page, next, err := p.readPage(ctx, channel, thread, since, cursor)
		if err != nil {
			return nil, err
		}
		for _, m := range page {
			if id, rev, ok := ownMetadata(m.Metadata); ok && m.Timestamp > found[id].ts {
				found[id] = standing{channel, m.Timestamp, rev}
			}
		}
		if next == "" || next == cursor {
			break
		}
		cursor = next
	}
	return found, nil
}

func (p *publisher) readPage(ctx context.Context, channel, thread, since, cursor string) ([]slack.Message, string, error) {
	if thread != "" {
		page, _, next, err := p.api.GetConversationRepliesContext(ctx, &slack.GetConversationRepliesParameters{
			ChannelID: channel, Timestamp: thread, Oldest: since, Cursor: cursor, Limit: historyPage, IncludeAllMetadata: true,
		})
		return page, next, err
	}
	page, err := p.api.GetConversationHistoryContext(ctx, &slack.GetConversationHistoryParameters{
		ChannelID: channel, Oldest: since, Cursor: cursor, Limit: historyPage, IncludeAllMetadata: true,
	})
	if err != nil {
		return nil, "", err
	}
	return page.Messages, page.ResponseMetaData.NextCursor, nil
}

// ownMetadata reads what metadata wrote.
func ownMetadata(m slack.SlackMetadata) (id string, rev int64, ok bool) {
	id, isText := m.EventPayload["message_id"].(string)
	if m.EventType != metadataType || !isText {
		return "", 0, false
	}
	switch n := m.EventPayload["rev"].(type) {
	case float64:
		rev = int64(n)
	case json.Number:
		rev, _ = n.Int64()
	case string:
		rev, _ = strconv.ParseInt(n, 10, 64)
	}
	return id, rev, true
}
