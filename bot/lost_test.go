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
		require.NoError(t, p.channelChanged(t.Context(), id))
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
	require.NoError(t, p.channelChanged(t.Context(), id))
	p.bell.ring()
	s.sees("cs-alerts", "is on it")
	s.settles()
	require.Len(t, s.posts("cs-alerts", ""), 2)
	require.NoError(t, p.channelChanged(t.Context(), "C0UNKNOWN"))
}

func TestOfALostChannelWhatIsHiddenStaysHidden(t *testing.T) {
	t.Parallel()
	s := newScene(t, nil)
	p := s.start(0)
	s.turn("acme", "globex")
	p.bell.ring()
	s.until("both stand there", func() bool { return len(s.posts("cs-alerts", "health")) == 2 })
	s.settles()
	for account, reason := range map[string]alerts.HoldReason{"acme": alerts.HoldCollision, "globex": alerts.HoldMute} {
		_, err := s.store.UpdateAlert(t.Context(), s.alert(account).ID, "", func(a alerts.Alert) (alerts.Result, error) {
			a.Hold = alerts.Hold{Reason: reason}
			return alerts.Result{Alert: a, History: []alerts.Entry{{At: s.now(), What: alerts.DidHold}}}, nil
		})
		require.NoError(t, err)
	}
	require.NoError(t, s.slack.ArchiveChannel("cs-alerts", true))
	require.NoError(t, p.channelChanged(t.Context(), s.channelID("cs-alerts")))
	p.bell.ring()
	s.sees("cs-urgent", "acme") // its card says that it waits
	s.settles()
	require.Empty(t, s.posts("cs-urgent", "globex"))
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
	require.NoError(t, p.channelChanged(t.Context(), s.channelID("cs-urgent")))
	require.ErrorContains(t, p.checkFallback(t.Context()), "it is archived")
	require.NoError(t, s.slack.ArchiveChannel("cs-urgent", false))
	require.NoError(t, p.channelChanged(t.Context(), s.channelID("cs-urgent")))
	require.NoError(t, p.checkFallback(t.Context()))
}
