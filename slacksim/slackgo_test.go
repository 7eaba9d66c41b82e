package slacksim_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"journeybot/slacksim"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
	"github.com/stretchr/testify/require"
)

func real(sim *slacksim.Server) *slack.Client {
	return slack.New(sim.BotToken(), slack.OptionAPIURL(sim.APIURL()), slack.OptionAppLevelToken(sim.AppToken()), slack.OptionHTTPClient(client))
}

// socketApp is a Socket Mode app on the real client; handle answers each event.
func socketApp(t *testing.T, sim *slacksim.Server, handle func(c *socketmode.Client, e socketmode.Event)) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	app := socketmode.New(real(sim))
	done := make(chan struct{}, 2)
	before := sim.Sockets()
	go func() {
		_ = app.RunContext(ctx)
		done <- struct{}{}
	}()
	go func() {
		for {
			select {
			case e := <-app.Events:
				handle(app, e)
			case <-ctx.Done():
				done <- struct{}{}
				return
			}
		}
	}()
	t.Cleanup(func() {
		cancel()
		<-done
		<-done
	})
	wait(t, sim, func() bool { return sim.Sockets() > before })
}

func wait(t testing.TB, sim *slacksim.Server, cond func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	require.NoError(t, sim.Wait(ctx, cond))
}

func TestTheRealClientWorks(t *testing.T) {
	t.Parallel()
	sim := start(t, nil)
	api := real(sim)
	ctx := t.Context()

	auth, err := api.AuthTestContext(ctx)
	require.NoError(t, err)
	require.Equal(t, sim.BotUser().ID, auth.UserID)

	channels, cursor, err := api.GetConversationsContext(ctx, &slack.GetConversationsParameters{Types: []string{"public_channel", "private_channel"}, Limit: 2})
	require.NoError(t, err)
	require.Len(t, channels, 2)
	require.NotEmpty(t, cursor)

	_, ts, err := api.PostMessageContext(ctx, channel(t, sim, "general"), slack.MsgOptionText("hello", false),
		slack.MsgOptionBlocks(slack.NewSectionBlock(slack.NewTextBlockObject("mrkdwn", "*hello*", false, true), nil, nil)),
		slack.MsgOptionMetadata(slack.SlackMetadata{EventType: "alert", EventPayload: map[string]any{"key": "k1"}}))
	require.NoError(t, err)

	_, _, _, err = api.UpdateMessageContext(ctx, channel(t, sim, "general"), ts, slack.MsgOptionText("changed", false))
	require.NoError(t, err)
	history, err := api.GetConversationHistoryContext(ctx, &slack.GetConversationHistoryParameters{ChannelID: channel(t, sim, "general"), IncludeAllMetadata: true})
	require.NoError(t, err)
	require.Equal(t, "changed", history.Messages[0].Text)
	require.Equal(t, "k1", history.Messages[0].Metadata.EventPayload["key"], "kept by an update that does not name it")

	users, err := api.GetUsersContext(ctx)
	require.NoError(t, err)
	require.NotEmpty(t, users)
	maria, err := api.GetUserByEmailContext(ctx, "maria@example.com")
	require.NoError(t, err)
	require.Equal(t, "Europe/Berlin", maria.TZ)
	members, err := api.GetUserGroupMembersContext(ctx, groupID(t, sim))
	require.NoError(t, err)
	require.Len(t, members, 2)

	file, err := api.UploadFileContext(ctx, slack.UploadFileParameters{
		Filename: "chart.png", FileSize: 5, Reader: strings.NewReader("bytes"), Channel: channel(t, sim, "general"), Title: "Chart",
	})
	require.NoError(t, err)
	info, _, _, err := api.GetFileInfoContext(ctx, file.ID, 0, 0)
	require.NoError(t, err)
	var content strings.Builder
	require.NoError(t, api.GetFileContext(ctx, info.URLPrivateDownload, &content))
	require.Equal(t, "bytes", content.String())

	_, err = api.OpenViewContext(ctx, "1.2.3", slack.ModalViewRequest{Type: slack.VTModal, Title: slack.NewTextBlockObject("plain_text", "T", false, false)})
	require.ErrorContains(t, err, "expired_trigger_id")
}

func groupID(t *testing.T, sim *slacksim.Server) string {
	t.Helper()
	require.Len(t, sim.Groups(), 1)
	return sim.Groups()[0].ID
}

func TestTheRealClientInSocketMode(t *testing.T) {
	t.Parallel()
	sim := start(t, func(cfg *slacksim.Config) { cfg.Commands = []slacksim.Command{{Name: "/journey"}} })
	api := real(sim)
	socketApp(t, sim, func(c *socketmode.Client, e socketmode.Event) {
		switch e.Type {
		case socketmode.EventTypeSlashCommand:
			_ = c.Ack(*e.Request, map[string]any{"text": "you said " + e.Data.(slack.SlashCommand).Text, "blocks": []any{
				map[string]any{"type": "actions", "block_id": "b", "elements": []any{
					map[string]any{"type": "button", "action_id": "a", "value": "v", "text": map[string]any{"type": "plain_text", "text": "Press"}},
				}},
			}})
		case socketmode.EventTypeInteractive:
			in := e.Data.(slack.InteractionCallback)
			_ = c.Ack(*e.Request)
			if in.Type == slack.InteractionTypeBlockActions {
				_, _ = api.OpenView(in.TriggerID, slack.ModalViewRequest{
					Type: slack.VTModal, Title: slack.NewTextBlockObject("plain_text", in.ActionCallback.BlockActions[0].Value, false, false),
					Blocks: slack.Blocks{BlockSet: []slack.Block{slack.NewDividerBlock()}},
				})
				_ = slack.PostWebhook(in.ResponseURL, &slack.WebhookMessage{Text: "pressed", ReplaceOriginal: true})
			}
		case socketmode.EventTypeEventsAPI:
			_ = c.Ack(*e.Request)
			_, _ = api.PublishView(user(t, sim, "ben"), slack.HomeTabViewRequest{
				Type: slack.VTHomeTab, Blocks: slack.Blocks{BlockSet: []slack.Block{slack.NewDividerBlock()}},
			}, "")
		}
	})

	asked, err := sim.Command(t.Context(), "maria", "general", "/journey acme")
	require.NoError(t, err)
	answer := sim.Posts("general")[len(sim.Posts("general"))-1]
	require.Equal(t, "you said acme", answer.Text)
	require.Equal(t, asked.ID, answer.Origin)
	require.True(t, answer.Ephemeral)
	require.Equal(t, user(t, sim, "maria"), answer.To)

	_, err = sim.Press(t.Context(), slacksim.Press{User: "maria", Channel: "general", TS: answer.TS, BlockID: "b", ActionID: "a"})
	require.NoError(t, err)
	wait(t, sim, func() bool {
		m, err := sim.Message("maria", "general", answer.TS)
		return err == nil && m.Text == "pressed" && len(sim.Views("maria")) == 1
	})

	_, ok, err := sim.OpenHome("ben")
	require.NoError(t, err)
	require.False(t, ok)
	wait(t, sim, func() bool { _, ok := sim.Home("ben"); return ok })

	sim.DisconnectSockets("refresh_requested")
	wait(t, sim, func() bool {
		_, err := sim.Command(t.Context(), "maria", "general", "/journey again")
		return err == nil
	})
	require.Equal(t, http.StatusOK, lastCall(sim, "slash_commands").Status)
}

func lastCall(sim *slacksim.Server, method string) slacksim.Call {
	var last slacksim.Call
	for _, c := range sim.Calls() {
		if c.Method == method {
			last = c
		}
	}
	return last
}
