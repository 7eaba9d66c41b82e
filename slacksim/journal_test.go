package slacksim_test

import (
	"os"
	"path/filepath"
	"testing"

	"journeybot/slacksim"

	"github.com/stretchr/testify/require"
)

func TestStateSurvivesARestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	open := func() *slacksim.Server {
		sim, err := slacksim.New(slacksim.Config{Dir: dir, NoChannelLimit: true, Channels: []slacksim.Channel{{Name: "general", Bot: true}, {Name: "later"}}})
		require.NoError(t, err)
		sim.Start()
		return sim
	}
	first := open()
	general := channel(t, first, "general")
	ts := must(t, first, "chat.postMessage", fields{
		"channel": general, "text": "kept", "blocks": []fields{actions(button("go"))}, "metadata": fields{"event_type": "a", "event_payload": fields{"k": "v"}},
	})["ts"].(string)
	must(t, first, "chat.postMessage", fields{"channel": general, "text": "reply", "thread_ts": ts})
	gone := must(t, first, "chat.postMessage", fields{"channel": general, "text": "gone"})["ts"].(string)
	must(t, first, "chat.delete", fields{"channel": general, "ts": gone})
	must(t, first, "chat.postEphemeral", fields{"channel": general, "user": user(t, first, "maria"), "text": "private"})
	must(t, first, "chat.update", fields{"channel": general, "ts": ts, "text": "changed", "blocks": []fields{actions(button("go"))}})
	must(t, first, "conversations.join", fields{"channel": channel(t, first, "later")})
	must(t, first, "views.publish", fields{"user_id": user(t, first, "maria"), "view": home(section("my home"))})
	require.NoError(t, first.MarkRead("maria", "general", ""))
	require.NoError(t, first.React("maria", "general", ts, "eyes", true))
	_, err := first.Attach("ben", "general", "notes.txt", []byte("hello"), "")
	require.NoError(t, err)
	a := httpApp(t, first, nil)
	a.trigger("maria")
	hook := a.last().form.Get("response_url")
	first.SetDeliverTo("")
	token, secret := first.BotToken(), first.SigningSecret()
	require.NoError(t, first.Close())

	second := open()
	t.Cleanup(func() { require.NoError(t, second.Close()) })
	require.Equal(t, token, second.BotToken())
	require.Equal(t, secret, second.SigningSecret())
	posts := second.Posts("general")
	require.Len(t, posts, 3, "without the deleted and the private one")
	require.Equal(t, "changed", posts[0].Text)
	require.Equal(t, 1, posts[0].ReplyCount)
	require.Equal(t, "eyes", posts[0].Reactions[0].Name)
	require.Contains(t, string(posts[0].Metadata), `"k":"v"`)
	require.Len(t, second.Posts("later"), 1)
	shown, ok := second.Home("maria")
	require.True(t, ok)
	require.Contains(t, string(shown.Raw), "my home")
	conversation, err := second.Conversation("maria", "general")
	require.NoError(t, err)
	require.Equal(t, 1, conversation.Unread, "only what came after she had read")
	file, content, ok := second.FileContent(posts[2].Files[0].ID)
	require.True(t, ok)
	require.Equal(t, "hello", string(content))
	require.Contains(t, file.URL, second.URL(), "served at the new address")
	must(t, second, "chat.update", fields{"channel": general, "ts": ts, "text": "again"})
	next := must(t, second, "chat.postMessage", fields{"channel": general, "text": "newer"})["ts"].(string)
	require.Greater(t, next, posts[2].TS)
	status, _ := respond(t, second.URL()+hook[len(first.URL()):], fields{"text": "still good"})
	require.Equal(t, 200, status)
}

func TestACrashInTheMiddleOfALine(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	open := func() (*slacksim.Server, error) {
		return slacksim.New(slacksim.Config{Dir: dir, Channels: []slacksim.Channel{{Name: "general", Bot: true}}})
	}
	first, err := open()
	require.NoError(t, err)
	_, err = first.Send("maria", "general", "", "kept")
	require.NoError(t, err)
	require.NoError(t, first.Close())
	path := filepath.Join(dir, "slack.jsonl")
	raw, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, append(raw, []byte(`{"kind":"message","key":"C`)...), 0o600))

	second, err := open()
	require.NoError(t, err, "a line that was cut short is left out")
	require.Len(t, second.Posts("general"), 1)
	require.NoError(t, second.Close())

	require.NoError(t, os.WriteFile(path, append([]byte("nonsense\n"), raw...), 0o600))
	_, err = open()
	require.ErrorContains(t, err, "slack.jsonl:1", "a broken file is named, not dropped")
}
