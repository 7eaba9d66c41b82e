package bot

import (
	"testing"

	"github.com/stretchr/testify/require"

	"journeybot/alerts"
)

// channelID is Slack's id of a channel by its name.
func (s *scene) channelID(name string) string {
	s.tb.Helper()
	known, err := s.store.Channel(s.tb.Context(), alerts.Target("#"+name))
	require.NoError(s.tb, err)
	return known.ID
}

func TestALostChannelIsToldAtOnce(t *testing.T) {
	t.Parallel()
	s := newScene(t, nil)
	p := s.start(0)
	s.turn("acme", "globex")
	p.bell.ring()
	s.until("both stand there", func() bool { return len(s.posts("cs-alerts", "health")) == 2 })
	s.settles()
	id := s.channelID("cs-alerts")

	require.NoError(t, s.slack.ArchiveChannel("cs-alerts", true))
	for range 2 { // Slack tells twice
		require.NoError(t, p.ChannelChanged(t.Context(), id))
	}
	p.bell.ring()
	s.sees("cs-urgent", "Its 2 live alerts come here")
	s.until("both stand there too", func() bool { return len(s.posts("cs-urgent", "health")) == 2 })
	s.settles()
	require.Len(t, s.posts("cs-urgent", ""), 3)

	s.clicks("acme", alerts.DoAck)
	p.bell.ring()
	s.sees("cs-urgent", "is on it")
	s.settles()
	require.Len(t, s.posts("cs-urgent", "I can't post to"), 1, "told once")

	require.NoError(t, s.slack.ArchiveChannel("cs-alerts", false))
	require.NoError(t, p.ChannelChanged(t.Context(), id))
	p.bell.ring()
	s.sees("cs-alerts", "is on it")
	s.settles()
	require.Len(t, s.posts("cs-alerts", ""), 2)
	require.NoError(t, p.ChannelChanged(t.Context(), "C0UNKNOWN"))
}

func TestALostFallbackIsNotReady(t *testing.T) {
	t.Parallel()
	s := newScene(t, nil)
	p := s.start(0)
	require.NoError(t, s.slack.ArchiveChannel("cs-alerts", true))
	s.turn("acme")
	p.bell.ring()
	s.sees("cs-urgent", "acme")
	s.settles()
	require.NoError(t, s.slack.ArchiveChannel("cs-urgent", true))
	require.NoError(t, p.ChannelChanged(t.Context(), s.channelID("cs-urgent")))
	require.ErrorContains(t, p.checkFallback(t.Context()), "it is archived")
	require.NoError(t, s.slack.ArchiveChannel("cs-urgent", false))
	require.NoError(t, p.ChannelChanged(t.Context(), s.channelID("cs-urgent")))
	require.NoError(t, p.checkFallback(t.Context()))
}
