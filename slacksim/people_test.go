package slacksim_test

import (
	"testing"

	"journeybot/slacksim"

	"github.com/stretchr/testify/require"
)

func TestWhatAPersonSees(t *testing.T) {
	t.Parallel()
	sim := start(t, nil)
	names := func(who string) []string {
		all, err := sim.Conversations(who)
		require.NoError(t, err)
		out := make([]string, 0, len(all))
		for _, c := range all {
			out = append(out, c.Name)
		}
		return out
	}
	require.Equal(t, []string{"foreign", "general", "inner", "old", "partner", "secret", "app"}, names("maria"))
	require.Equal(t, []string{"app"}, names("gina"), "a guest sees only what she was invited to")
	_, err := sim.Conversations("nobody")
	require.Equal(t, slacksim.Error("user_not_found"), err)
	_, err = sim.Messages("ben", "secret", "", 0)
	require.Equal(t, slacksim.Error("channel_not_found"), err)
	_, err = sim.Send("gina", "general", "", "x")
	require.Equal(t, slacksim.Error("channel_not_found"), err)
	_, err = sim.Send("maria", "old", "", "x")
	require.Equal(t, slacksim.Error("is_archived"), err)
	_, err = sim.Send("maria", "general", "", " ")
	require.Equal(t, slacksim.Error("no_text"), err)
}

func TestUnread(t *testing.T) {
	t.Parallel()
	sim := start(t, nil)
	general := channel(t, sim, "general")
	see := func(who, where string) slacksim.Conversation {
		c, err := sim.Conversation(who, where)
		require.NoError(t, err)
		return c
	}
	must(t, sim, "chat.postMessage", fields{"channel": general, "text": "for all"})
	last := must(t, sim, "chat.postMessage", fields{"channel": general, "text": "for <@" + user(t, sim, "maria") + ">"})["ts"].(string)
	parent := sim.Posts("general")[0].TS
	must(t, sim, "chat.postMessage", fields{"channel": general, "text": "in a thread", "thread_ts": parent})
	must(t, sim, "chat.postEphemeral", fields{"channel": general, "user": user(t, sim, "maria"), "text": "private"})
	require.Equal(t, 2, see("maria", "general").Unread)
	require.Equal(t, 1, see("maria", "general").Mentions)
	require.Zero(t, see("ben", "general").Mentions)
	require.NoError(t, sim.MarkRead("maria", "general", parent))
	require.Equal(t, 1, see("maria", "general").Unread)
	require.NoError(t, sim.MarkRead("maria", "general", ""))
	require.Zero(t, see("maria", "general").Unread)
	require.Equal(t, last, see("ben", "general").Latest)
	_, err := sim.Send("ben", "general", "", "I have seen it all")
	require.NoError(t, err)
	require.Zero(t, see("ben", "general").Unread, "who writes has read")
	require.Equal(t, 1, see("maria", "general").Unread)

	_, err = sim.Send("ben", "maria", "", "psst")
	require.NoError(t, err)
	direct := see("maria", "ben")
	require.Equal(t, "Ben Okafor", direct.Name)
	require.Equal(t, 1, direct.Mentions, "everything in a direct message calls")
}

func TestLiveEvents(t *testing.T) {
	t.Parallel()
	sim := start(t, nil)
	general := channel(t, sim, "general")
	maria, stop, err := sim.Subscribe("maria")
	require.NoError(t, err)
	gina, stopGina, err := sim.Subscribe("gina")
	require.NoError(t, err)
	defer stopGina()
	next := func(kind slacksim.EventKind) slacksim.Event {
		for e := range maria {
			if e.Kind == kind {
				return e
			}
		}
		require.FailNow(t, "no such event", kind)
		return slacksim.Event{}
	}
	ts := must(t, sim, "chat.postMessage", fields{"channel": general, "text": "one"})["ts"].(string)
	require.Equal(t, "one", next(slacksim.EventPosted).Message.Text)
	require.Equal(t, 1, next(slacksim.EventConversation).Conversation.Unread)
	must(t, sim, "chat.update", fields{"channel": general, "ts": ts, "text": "two"})
	require.Equal(t, "two", next(slacksim.EventChanged).Message.Text)
	require.NoError(t, sim.DeleteMessage("general", ts))
	require.Equal(t, ts, next(slacksim.EventDeleted).TS)
	must(t, sim, "chat.postEphemeral", fields{"channel": general, "user": user(t, sim, "ben"), "text": "not for maria"})
	must(t, sim, "chat.postEphemeral", fields{"channel": general, "user": user(t, sim, "maria"), "text": "for maria"})
	require.Equal(t, "for maria", next(slacksim.EventPosted).Message.Text)
	must(t, sim, "views.publish", fields{"user_id": user(t, sim, "maria"), "view": home()})
	next(slacksim.EventHome)
	require.Empty(t, gina)

	for range 300 {
		must(t, sim, "chat.postEphemeral", fields{"channel": general, "user": user(t, sim, "maria"), "text": "flood"})
	}
	for len(maria) > 0 {
		<-maria
	}
	must(t, sim, "chat.postEphemeral", fields{"channel": general, "user": user(t, sim, "maria"), "text": "after"})
	require.Equal(t, slacksim.EventLagged, (<-maria).Kind, "a slow subscriber is told so, and holds up nobody")
	require.Equal(t, "after", (<-maria).Message.Text)
	require.NoError(t, sim.Join("tom", "foreign"))
	require.NoError(t, sim.Join("tom", "foreign"), "twice is no error")
	require.NoError(t, sim.ArchiveChannel("foreign", true))
	require.True(t, next(slacksim.EventConversation).Conversation.Archived)
	require.Equal(t, slacksim.Error("is_archived"), sim.Join("ben", "foreign"))
	stop()
	stop()
	for range maria { // ends when the channel is closed
	}
}

func TestMentionsOfPeople(t *testing.T) {
	t.Parallel()
	sim := start(t, nil)
	_, err := sim.Send("maria", "general", "", "@ben see #general, a<b, mail ben@example.com, @sales @here @nobody")
	require.NoError(t, err)
	require.Equal(t, "<@"+user(t, sim, "ben")+"> see <#"+channel(t, sim, "general")+"|general>, a&lt;b, mail ben@example.com, <!subteam^"+
		sim.Groups()[0].ID+"|@sales> <!here> @nobody", sim.Posts("general")[0].Text)
	joined, err := sim.Send("maria", "foreign", "", "hi")
	require.NoError(t, err)
	require.Equal(t, joined, sim.Posts("foreign")[0].TS)
	ts, err := sim.Attach("maria", "general", "notes.txt", []byte("hello"), "see")
	require.NoError(t, err)
	m, err := sim.Message("ben", "general", ts)
	require.NoError(t, err)
	_, content, ok := sim.FileContent(m.Files[0].ID)
	require.True(t, ok)
	require.Equal(t, "hello", string(content))
}
