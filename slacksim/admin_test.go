package slacksim_test

import (
	"slices"
	"testing"
	"time"

	"journeybot/slacksim"

	"github.com/stretchr/testify/require"
)

// hears starts a workspace whose app subscribes to kinds, and returns the app.
func hears(t *testing.T, kinds ...string) (*slacksim.Server, *app) {
	t.Helper()
	sim := start(t, func(cfg *slacksim.Config) { cfg.Events = kinds })
	return sim, httpApp(t, sim, nil)
}

// event waits for an event of a type and returns it.
func (a *app) event(kind string) fields {
	a.tb.Helper()
	var found fields
	wait(a.tb, a.sim, func() bool {
		a.mu.Lock()
		defer a.mu.Unlock()
		for _, g := range slices.Backward(a.got) {
			if event, ok := g.payload["event"].(fields); ok && (event["type"] == kind || event["subtype"] == kind) {
				found = event
				return true
			}
		}
		return false
	})
	return found
}

func TestAMessageIsDeletedOrFrozen(t *testing.T) {
	t.Parallel()
	sim, a := hears(t, "message.channels")
	general := channel(t, sim, "general")
	post := func() string {
		return must(t, sim, "chat.postMessage", fields{"channel": general, "text": "x"})["ts"].(string)
	}
	first, second := post(), post()
	require.NoError(t, sim.DeleteMessage("general", first))
	require.Error(t, sim.DeleteMessage("general", first), "it is gone")
	require.Error(t, sim.DeleteMessage("nowhere", second))
	refused(t, sim, "message_not_found", "chat.update", fields{"channel": general, "ts": first, "text": "y"})
	refused(t, sim, "message_not_found", "chat.delete", fields{"channel": general, "ts": first})
	refused(t, sim, "message_not_found", "chat.getPermalink", fields{"channel": general, "message_ts": first})
	event := a.event("message_deleted")
	require.Equal(t, first, event["deleted_ts"])
	require.Equal(t, "x", event["previous_message"].(fields)["text"])

	require.NoError(t, sim.FreezeMessage("general", second, true))
	refused(t, sim, "edit_window_closed", "chat.update", fields{"channel": general, "ts": second, "text": "y"})
	must(t, sim, "chat.postMessage", fields{"channel": general, "thread_ts": second, "text": "a line below still goes"})
	require.NoError(t, sim.FreezeMessage("general", second, false))
	must(t, sim, "chat.update", fields{"channel": general, "ts": second, "text": "y"})
	event = a.event("message_changed")
	require.Equal(t, "y", event["message"].(fields)["text"])
	require.Equal(t, "x", event["previous_message"].(fields)["text"])

	require.NoError(t, sim.DeleteMessage("general", second))
	require.Equal(t, "tombstone", sim.Posts("general")[0].Subtype, "its thread stays")
	refused(t, sim, "message_not_found", "chat.update", fields{"channel": general, "ts": second, "text": "z"})

	sim.SetEditWindow(time.Nanosecond)
	refused(t, sim, "edit_window_closed", "chat.update", fields{"channel": general, "ts": post(), "text": "y"})
}

func TestAChannelLivesAndDies(t *testing.T) {
	t.Parallel()
	sim, a := hears(t, "channel_created", "channel_archive", "channel_unarchive", "channel_deleted", "channel_rename", "channel_left",
		"channel_shared", "channel_unshared", "member_joined_channel", "member_left_channel", "group_archive", "group_left")
	id, err := sim.AddChannel(slacksim.Channel{Name: "deals", Bot: true, Members: []string{"maria"}})
	require.NoError(t, err)
	_, err = sim.AddChannel(slacksim.Channel{Name: "deals"})
	require.Equal(t, slacksim.Error("name_taken"), err)
	require.Equal(t, id, a.event("channel_created")["channel"].(fields)["id"])
	must(t, sim, "chat.postMessage", fields{"channel": id, "text": "x"})

	require.NoError(t, sim.Invite("tom", "deals"))
	require.Equal(t, user(t, sim, "tom"), a.event("member_joined_channel")["user"])
	require.NoError(t, sim.Leave("tom", "deals"))
	left := a.event("member_left_channel")
	require.Equal(t, []any{user(t, sim, "tom"), id, "C"}, []any{left["user"], left["channel"], left["channel_type"]})
	require.Equal(t, []any{user(t, sim, "maria"), sim.BotUser().ID}, must(t, sim, "conversations.members", fields{"channel": id})["members"])
	require.Error(t, sim.Invite("nobody", "deals"))

	require.NoError(t, sim.RenameChannel("deals", "big-deals"))
	require.Equal(t, "big-deals", a.event("channel_rename")["channel"].(fields)["name"])
	require.NoError(t, sim.ShareChannel("big-deals", true))
	require.Equal(t, id, a.event("channel_shared")["channel"])
	info := must(t, sim, "conversations.info", fields{"channel": id})["channel"].(fields)
	require.Equal(t, []any{true, true}, []any{info["is_shared"], info["is_ext_shared"]})
	require.Len(t, info["shared_team_ids"], 2)
	require.NoError(t, sim.ShareChannel("big-deals", false))
	require.Equal(t, id, a.event("channel_unshared")["channel"])

	require.NoError(t, sim.ArchiveChannel("big-deals", true))
	require.Equal(t, id, a.event("channel_archive")["channel"])
	refused(t, sim, "is_archived", "chat.postMessage", fields{"channel": id, "text": "x"})
	require.Error(t, sim.Invite("tom", "big-deals"), "nobody joins an archived channel")
	require.NoError(t, sim.ArchiveChannel("big-deals", false))
	require.Equal(t, id, a.event("channel_unarchive")["channel"])
	must(t, sim, "chat.postMessage", fields{"channel": id, "text": "x"})

	require.NoError(t, sim.KickBot("big-deals"))
	require.Equal(t, id, a.event("channel_left")["channel"])
	refused(t, sim, "not_in_channel", "chat.postMessage", fields{"channel": id, "text": "x"})
	require.NoError(t, sim.InviteBot("big-deals"))

	require.NoError(t, sim.DeleteChannel("big-deals"))
	require.Equal(t, id, a.event("channel_deleted")["channel"])
	for _, method := range []string{"chat.postMessage", "conversations.info", "conversations.history", "conversations.join"} {
		refused(t, sim, "channel_not_found", method, fields{"channel": id, "text": "x"})
	}
	for _, err := range []error{sim.DeleteChannel("big-deals"), sim.KickBot("nowhere"), sim.RenameChannel("nowhere", "x"), sim.ShareChannel("nowhere", true)} {
		require.Equal(t, slacksim.Error("channel_not_found"), err)
	}

	require.NoError(t, sim.ArchiveChannel("inner", true))
	require.Equal(t, channel(t, sim, "inner"), a.event("group_archive")["channel"])
	require.NoError(t, sim.ArchiveChannel("secret", true))
	require.NoError(t, sim.KickBot("general"))
	a.event("channel_left")
	require.Equal(t, 1, count(sim, "group_archive"), "nothing of a private channel without the bot")
}

func TestPeopleChange(t *testing.T) {
	t.Parallel()
	sim, a := hears(t, "user_change", "user_status_changed", "team_join")
	tom := user(t, sim, "tom")
	shown := func(id string) fields { return must(t, sim, "users.info", fields{"user": id})["user"].(fields) }
	until := time.Now().Add(time.Hour)
	require.NoError(t, sim.SetStatus("tom", "On holiday", ":palm_tree:", until))
	profile := a.event("user_status_changed")["user"].(fields)["profile"].(fields)
	require.Equal(t, []any{"On holiday", ":palm_tree:", float64(until.Unix())},
		[]any{profile["status_text"], profile["status_emoji"], profile["status_expiration"]})
	require.Equal(t, "On holiday", shown(tom)["profile"].(fields)["status_text"])
	require.Equal(t, tom, a.event("user_change")["user"].(fields)["id"])
	require.NoError(t, sim.SetStatus("tom", "Back", "", time.Now().Add(-time.Second)))
	require.Equal(t, "", shown(tom)["profile"].(fields)["status_text"], "it has ended by itself")

	guest := func(change func(u *slacksim.User)) []any {
		require.NoError(t, sim.ChangeUser("tom", change))
		u := shown(tom)
		return []any{u["is_restricted"], u["is_ultra_restricted"]}
	}
	require.Equal(t, []any{true, false}, guest(func(u *slacksim.User) { u.Guest = true }))
	require.Equal(t, []any{true, true}, guest(func(u *slacksim.User) { u.SingleChannel = true }))
	require.Equal(t, []any{false, false}, guest(func(u *slacksim.User) { u.Guest, u.SingleChannel = false, false }))

	eve := shown(user(t, sim, "eve"))
	require.NotEqual(t, shown(tom)["team_id"], eve["team_id"])
	require.Equal(t, false, eve["is_stranger"], "she is in a channel that the app sees")
	require.NoError(t, sim.Leave("eve", "partner"))
	require.Equal(t, true, shown(user(t, sim, "eve"))["is_stranger"])

	require.NoError(t, sim.Deactivate("ben"))
	require.Equal(t, true, shown(user(t, sim, "ben"))["deleted"])
	require.Equal(t, true, a.event("user_change")["user"].(fields)["deleted"])
	require.NotContains(t, must(t, sim, "conversations.members", fields{"channel": channel(t, sim, "general")})["members"], user(t, sim, "ben"))
	_, err := sim.Send("ben", "general", "", "hello?")
	require.Equal(t, slacksim.Error("account_inactive"), err)
	require.NoError(t, sim.ChangeUser("ben", func(u *slacksim.User) { u.Deleted, u.Name, u.ID = false, "other", "U1" }))
	_, err = sim.Send("ben", "general", "", "hello again, by the same name")
	require.NoError(t, err)

	id, err := sim.AddUser(slacksim.User{Name: "zoe", External: true})
	require.NoError(t, err)
	require.Equal(t, id, a.event("team_join")["user"].(fields)["id"])
	require.Equal(t, true, shown(id)["is_stranger"])
	_, err = sim.AddUser(slacksim.User{Name: "zoe"})
	require.Equal(t, slacksim.Error("name_taken"), err)
	require.Error(t, sim.ChangeUser("nobody", func(*slacksim.User) {}))
	require.Error(t, sim.ChangeUser(sim.BotUser().ID, func(*slacksim.User) {}))
}

func TestAStrangerToTheWorkspaceIsKnownByTheTeam(t *testing.T) {
	t.Parallel()
	sim := start(t, nil)
	a := httpApp(t, sim, nil)
	ts := must(t, sim, "chat.postMessage", fields{"channel": channel(t, sim, "partner"), "text": "x", "blocks": []fields{actions(button("go"))}})["ts"].(string)
	_, err := sim.Press(t.Context(), slacksim.Press{User: "eve", Channel: "partner", TS: ts, BlockID: "acts", ActionID: "go"})
	require.NoError(t, err)
	payload := a.last().payload
	require.NotEqual(t, payload["team"].(fields)["id"], payload["user"].(fields)["team_id"])
	_, err = sim.Send("eve", "partner", "", "hello")
	require.NoError(t, err)
	history := must(t, sim, "conversations.history", fields{"channel": channel(t, sim, "partner")})["messages"].([]any)
	require.Equal(t, payload["user"].(fields)["team_id"], history[0].(fields)["team"])
}
