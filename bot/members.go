package bot

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/slack-go/slack"

	"journeybot/alerts"
)

const (
	rosterFresh = 10 * time.Minute // who is in stays in for that long
	rosterDoubt = 15 * time.Second // who is not may have joined because they were told to
)

// roster is who belongs to a user group or channel, as Slack said at a time.
type roster struct {
	ids map[string]bool
	at  time.Time
}

// members knows who belongs to user groups and channels. It is safe for concurrent use.
type members struct {
	people   *Directory
	channels *channels
	now      func() time.Time

	mu    sync.Mutex
	known map[string]roster
}

// InGroup reports whether somebody is in the user group with that handle; alerts.ErrNobody when there is none.
func (m *members) InGroup(ctx context.Context, handle, userID string) (bool, error) {
	return m.in(ctx, "group:"+handle, userID, func(ctx context.Context) ([]string, error) {
		group, err := m.people.group(ctx, handle)
		if err != nil {
			return nil, err
		}
		ids, err := m.people.api.GetUserGroupMembersContext(ctx, group.ID)
		if err != nil {
			return nil, fmt.Errorf("usergroups.users.list: %w", err)
		}
		return ids, nil
	})
}

// InChannel reports whether somebody is a member of a channel.
func (m *members) InChannel(ctx context.Context, channel alerts.Target, userID string) (bool, error) {
	known, err := m.channels.resolve(ctx, channel)
	if err != nil {
		return false, err
	}
	return m.in(ctx, known.ID, userID, func(ctx context.Context) ([]string, error) { return m.channels.members(ctx, known.ID) })
}

// in asks Slack only when what it said before does not settle it.
func (m *members) in(ctx context.Context, of, userID string, list func(context.Context) ([]string, error)) (bool, error) {
	m.mu.Lock()
	last, age := m.known[of], m.now().Sub(m.known[of].at)
	m.mu.Unlock()
	if age < rosterDoubt || age < rosterFresh && last.ids[userID] {
		return last.ids[userID], nil
	}
	ctx, cancel := context.WithTimeout(ctx, lookupTime)
	defer cancel()
	ids, err := list(ctx)
	if err != nil {
		return false, err
	}
	now := roster{ids: make(map[string]bool, len(ids)), at: m.now()}
	for _, id := range ids {
		now.ids[id] = true
	}
	m.mu.Lock()
	m.known[of] = now
	m.mu.Unlock()
	return now.ids[userID], nil
}

// forget asks about a channel again when it is needed next.
func (m *members) forget(channelID string) {
	m.mu.Lock()
	delete(m.known, channelID)
	m.mu.Unlock()
}

// members lists who is in a channel.
func (c *channels) members(ctx context.Context, id string) ([]string, error) {
	var all []string
	for cursor := ""; ; {
		page, next, err := c.api.GetUsersInConversationContext(ctx, &slack.GetUsersInConversationParameters{ChannelID: id, Cursor: cursor, Limit: 1000})
		if err != nil {
			return nil, fmt.Errorf("conversations.members: %w", err)
		}
		all = append(all, page...)
		if next == "" || next == cursor {
			return all, nil
		}
		cursor = next
	}
}
