package handlers

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/slack-go/slack/slackevents"
	"github.com/stretchr/testify/require"
)

// Each event is read as Slack sends it, and tells of its channel.
func TestEventsTellTheirChannel(t *testing.T) {
	t.Parallel()
	var told []string
	s := NewSlack(nil, nil, Config{ChannelChanged: func(_ context.Context, id string) error {
		told = append(told, id)
		return nil
	}})
	for name, take := range channelEvents() {
		raw := fmt.Sprintf(`{"type":"event_callback","team_id":"T1","event":{"type":%q,"channel":"C-%s","user":"U1","event_ts":"1.2"}}`, name, name)
		event, err := slackevents.ParseEvent(json.RawMessage(raw), slackevents.OptionNoVerifyToken())
		require.NoError(t, err, name)
		require.NoError(t, take(s, t.Context(), event.InnerEvent.Data))
		require.Equal(t, "C-"+name, told[len(told)-1])
	}
	require.Len(t, told, len(channelEvents()))
	require.NoError(t, s.channelChanged(t.Context(), "something else"))
	require.Len(t, told, len(channelEvents()))
}
