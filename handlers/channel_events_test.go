package handlers

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/slack-go/slack/slackevents"
	"github.com/stretchr/testify/require"
)

// Each event is read as Slack sends it, and tells of its channel.
func TestEventsTellTheirChannel(t *testing.T) {
	t.Parallel()
	told := map[string]bool{}
	tell := func(_ context.Context, id string) error {
		told[id] = true
		return nil
	}
	s := NewSlack(nil, nil, Config{ChannelChanged: tell, MembersChanged: tell})
	for name, take := range channelEvents() {
		channel := fmt.Sprintf(`"C-%s"`, name)
		if strings.HasSuffix(name, "_rename") {
			channel = fmt.Sprintf(`{"id":"C-%s","name":"new","created":1}`, name)
		}
		raw := fmt.Sprintf(`{"type":"event_callback","team_id":"T1","event":{"type":%q,"channel":%s,"user":"U1","event_ts":"1.2"}}`, name, channel)
		event, err := slackevents.ParseEvent(json.RawMessage(raw), slackevents.OptionNoVerifyToken())
		require.NoError(t, err, name)
		require.NoError(t, take(s, t.Context(), event.InnerEvent.Data))
		require.True(t, told["C-"+name], name)
	}
	require.Len(t, told, len(channelEvents()))
}
