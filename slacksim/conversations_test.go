package slacksim_test

import (
	"fmt"
	"strings"
	"testing"

	"journeybot/slacksim"

	"github.com/stretchr/testify/require"
)

func ids(reply fields, key string) []string {
	items := reply[key].([]any)
	all := make([]string, 0, len(items))
	for _, item := range items {
		all = append(all, item.(fields)["id"].(string))
	}
	return all
}

func TestListingConversations(t *testing.T) {
	t.Parallel()
	sim := start(t, nil)
	id := func(name string) string { return channel(t, sim, name) }
	require.ElementsMatch(t, []string{id("general"), id("foreign"), id("old"), id("partner")}, ids(must(t, sim, "conversations.list", nil), "channels"))
	all := must(t, sim, "conversations.list", fields{"types": "public_channel,private_channel", "exclude_archived": "true"})
	require.ElementsMatch(t, []string{id("general"), id("foreign"), id("inner"), id("partner")}, ids(all, "channels"), "not the private one without the bot")
	require.ElementsMatch(t, []string{id("general"), id("old"), id("partner")}, ids(must(t, sim, "users.conversations", nil), "channels"), "the bot's own")
	refused(t, sim, "invalid_types", "conversations.list", fields{"types": "public_channel,dm"})
	refused(t, sim, "invalid_cursor", "conversations.list", fields{"cursor": "bm9uc2Vuc2U="})
	refused(t, sim, "invalid_limit", "conversations.list", fields{"limit": "many"})
	refused(t, sim, "invalid_limit", "conversations.list", fields{"limit": "1001"})

	var paged []string
	for cursor := ""; ; {
		page := must(t, sim, "conversations.list", fields{"limit": "3", "cursor": cursor})
		paged = append(paged, ids(page, "channels")...)
		if cursor = page["response_metadata"].(fields)["next_cursor"].(string); cursor == "" {
			break
		}
	}
	require.Len(t, paged, 4)
}

func TestInfoJoinMembers(t *testing.T) {
	t.Parallel()
	sim := start(t, nil)
	foreign := channel(t, sim, "foreign")
	info := must(t, sim, "conversations.info", fields{"channel": foreign, "include_num_members": "true"})["channel"].(fields)
	require.Equal(t, false, info["is_member"])
	require.Equal(t, float64(4), info["num_members"])
	require.Equal(t, true, must(t, sim, "conversations.info", fields{"channel": channel(t, sim, "partner")})["channel"].(fields)["is_ext_shared"])
	refused(t, sim, "channel_not_found", "conversations.info", fields{"channel": channel(t, sim, "secret")})
	refused(t, sim, "channel_not_found", "conversations.info", fields{"channel": "foreign"})

	refused(t, sim, "not_in_channel", "conversations.history", fields{"channel": foreign})
	joined := must(t, sim, "conversations.join", fields{"channel": foreign})
	require.Equal(t, true, joined["channel"].(fields)["is_member"])
	require.Equal(t, "already_in_channel", must(t, sim, "conversations.join", fields{"channel": foreign})["warning"])
	must(t, sim, "conversations.history", fields{"channel": foreign})
	refused(t, sim, "channel_not_found", "conversations.join", fields{"channel": channel(t, sim, "secret")})
	refused(t, sim, "method_not_supported_for_channel_type", "conversations.join", fields{"channel": channel(t, sim, "inner")})
	require.NoError(t, sim.KickBot("old"))
	refused(t, sim, "is_archived", "conversations.join", fields{"channel": channel(t, sim, "old")})

	members := must(t, sim, "conversations.members", fields{"channel": foreign, "limit": "3"})
	require.Len(t, members["members"], 3)
	require.NotEmpty(t, members["response_metadata"].(fields)["next_cursor"])
}

func TestOpeningDirectMessages(t *testing.T) {
	t.Parallel()
	sim := start(t, nil)
	maria, ben := user(t, sim, "maria"), user(t, sim, "ben")
	first := must(t, sim, "conversations.open", fields{"users": maria})
	require.NotContains(t, first, "already_open")
	again := must(t, sim, "conversations.open", fields{"users": maria, "return_im": "true"})
	require.Equal(t, true, again["already_open"])
	require.Equal(t, true, again["no_op"])
	require.Equal(t, maria, again["channel"].(fields)["user"])
	group := must(t, sim, "conversations.open", fields{"users": maria + "," + ben})["channel"].(fields)["id"].(string)
	require.True(t, strings.HasPrefix(group, "G"))
	refused(t, sim, "users_list_not_supplied", "conversations.open", nil)
	refused(t, sim, "user_not_found", "conversations.open", fields{"users": "U404"})
	refused(t, sim, "user_disabled", "conversations.open", fields{"users": user(t, sim, "gone")})
	refused(t, sim, "too_many_users", "conversations.open", fields{"users": strings.Repeat(maria+",", 9)})
	refused(t, sim, "method_not_supported_for_channel_type", "conversations.join", fields{"channel": first["channel"].(fields)["id"]})
}

func TestHistory(t *testing.T) {
	t.Parallel()
	sim := start(t, nil)
	general := channel(t, sim, "general")
	stamps := make([]string, 0, 7)
	for i := range 7 {
		args := fields{"channel": general, "text": fmt.Sprint(i), "metadata": fields{"event_type": "alert", "event_payload": fields{"n": i}}}
		stamps = append(stamps, must(t, sim, "chat.postMessage", args)["ts"].(string))
	}
	texts := func(args fields) (string, fields) {
		args["channel"] = general
		reply := must(t, sim, "conversations.history", args)
		messages := reply["messages"].([]any)
		all := make([]string, 0, len(messages))
		for _, m := range messages {
			all = append(all, m.(fields)["text"].(string))
		}
		return strings.Join(all, ""), reply
	}
	for name, c := range map[string]struct {
		args fields
		want string
		more bool
	}{
		"newest first":         {fields{}, "6543210", false},
		"limit":                {fields{"limit": "2"}, "65", true},
		"oldest is exclusive":  {fields{"oldest": stamps[4]}, "65", false},
		"oldest inclusive":     {fields{"oldest": stamps[4], "inclusive": "true"}, "654", false},
		"latest is exclusive":  {fields{"latest": stamps[2]}, "10", false},
		"latest inclusive":     {fields{"latest": stamps[2], "inclusive": "1"}, "210", false},
		"one message":          {fields{"latest": stamps[3], "inclusive": "true", "limit": "1"}, "3", true},
		"between":              {fields{"oldest": stamps[1], "latest": stamps[4]}, "32", false},
		"since the beginning":  {fields{"oldest": "0"}, "6543210", false},
		"a whole-second stamp": {fields{"latest": "1"}, "", false},
	} {
		got, reply := texts(c.args)
		require.Equal(t, c.want, got, name)
		require.Equal(t, c.more, reply["has_more"], name)
	}
	var paged string
	args := fields{"limit": "3"}
	for {
		got, reply := texts(args)
		paged += got
		if reply["has_more"] != true {
			break
		}
		args["cursor"] = reply["response_metadata"].(fields)["next_cursor"]
	}
	require.Equal(t, "6543210", paged)

	_, reply := texts(fields{"limit": "1"})
	require.Equal(t, fields{"event_type": "alert"}, reply["messages"].([]any)[0].(fields)["metadata"], "the payload only when asked for")
	_, reply = texts(fields{"limit": "1", "include_all_metadata": "true"})
	require.Equal(t, fields{"n": float64(6)}, reply["messages"].([]any)[0].(fields)["metadata"].(fields)["event_payload"])

	refused(t, sim, "invalid_ts_oldest", "conversations.history", fields{"channel": general, "oldest": "monday"})
	refused(t, sim, "invalid_ts_latest", "conversations.history", fields{"channel": general, "latest": "1.2.3"})
	refused(t, sim, "invalid_cursor", "conversations.history", fields{"channel": general, "cursor": "x"})
	refused(t, sim, "channel_not_found", "conversations.history", fields{"channel": channel(t, sim, "secret")})
}

func TestUsers(t *testing.T) {
	t.Parallel()
	sim := start(t, nil)
	info := func(name string) fields {
		return must(t, sim, "users.info", fields{"user": user(t, sim, name)})["user"].(fields)
	}
	require.Equal(t, "maria@example.com", info("maria")["profile"].(fields)["email"])
	require.Equal(t, true, info("gina")["is_restricted"])
	require.Equal(t, false, info("eve")["is_stranger"], "she shares a channel with the app")
	require.NotEqual(t, info("maria")["team_id"], info("eve")["team_id"], "a person of another company")
	require.Equal(t, true, info("gone")["deleted"])
	require.Equal(t, true, must(t, sim, "users.info", fields{"user": sim.BotUser().ID})["user"].(fields)["is_bot"])
	refused(t, sim, "user_not_found", "users.info", fields{"user": "U404"})
	refused(t, sim, "user_not_found", "users.info", fields{"user": "maria"})

	found := must(t, sim, "users.lookupByEmail", fields{"email": "MARIA@example.com"})
	require.Equal(t, user(t, sim, "maria"), found["user"].(fields)["id"])
	refused(t, sim, "users_not_found", "users.lookupByEmail", fields{"email": "nobody@example.com"})
	refused(t, sim, "users_not_found", "users.lookupByEmail", fields{"email": "gone@example.com"})
	require.NoError(t, sim.Deactivate("ben"))
	refused(t, sim, "users_not_found", "users.lookupByEmail", fields{"email": "ben@example.com"})

	list := must(t, sim, "users.list", fields{"limit": "4"})
	require.Len(t, list["members"], 4)
	next := must(t, sim, "users.list", fields{"limit": "100", "cursor": list["response_metadata"].(fields)["next_cursor"]})
	require.Len(t, next["members"], 5, "seven people, Slackbot and the bot")
	refused(t, sim, "invalid_cursor", "users.list", fields{"cursor": "x"})

	groups := must(t, sim, "usergroups.list", fields{"include_users": "true", "include_count": "true"})["usergroups"].([]any)
	require.Equal(t, "sales", groups[0].(fields)["handle"])
	require.Equal(t, []any{user(t, sim, "tom"), user(t, sim, "ben")}, groups[0].(fields)["users"])
	require.Len(t, must(t, sim, "usergroups.users.list", fields{"usergroup": groups[0].(fields)["id"]})["users"], 2)
	refused(t, sim, "no_such_subteam", "usergroups.users.list", fields{"usergroup": "S404"})
}

func TestReactions(t *testing.T) {
	t.Parallel()
	sim := start(t, nil)
	general := channel(t, sim, "general")
	ts, err := sim.Send("maria", "general", "", "hi")
	require.NoError(t, err)
	item := fields{"channel": general, "timestamp": ts, "name": "eyes"}
	must(t, sim, "reactions.add", item)
	refused(t, sim, "already_reacted", "reactions.add", item)
	require.NoError(t, sim.React("ben", "general", ts, "eyes", true))
	require.Equal(t, slacksim.Error("already_reacted"), sim.React("ben", "general", ts, "eyes", true))
	got := must(t, sim, "reactions.get", item)["message"].(fields)["reactions"].([]any)
	require.Equal(t, float64(2), got[0].(fields)["count"])
	must(t, sim, "reactions.remove", item)
	refused(t, sim, "no_reaction", "reactions.remove", item)
	require.NoError(t, sim.React("ben", "general", ts, "eyes", false))
	require.Empty(t, sim.Posts("general")[0].Reactions)
	refused(t, sim, "invalid_name", "reactions.add", fields{"channel": general, "timestamp": ts, "name": "no such!"})
	refused(t, sim, "message_not_found", "reactions.add", fields{"channel": general, "timestamp": "1.2", "name": "eyes"})
	refused(t, sim, "bad_timestamp", "reactions.add", fields{"channel": general, "timestamp": "x", "name": "eyes"})
	refused(t, sim, "no_item_specified", "reactions.add", fields{"name": "eyes"})
	refused(t, sim, "channel_not_found", "reactions.add", fields{"channel": "C404", "timestamp": ts, "name": "eyes"})
}

func TestFiles(t *testing.T) {
	t.Parallel()
	sim := start(t, nil)
	general := channel(t, sim, "general")
	ticket := must(t, sim, "files.getUploadURLExternal", fields{"filename": "chart.png", "length": "5", "alt_txt": "a chart"})
	id, address := ticket["file_id"].(string), ticket["upload_url"].(string)
	refused(t, sim, "file_not_found", "files.completeUploadExternal", fields{"files": []fields{{"id": id}}})
	status, _, body := send(t, "POST", address, nil, "bytes")
	require.Equal(t, 200, status)
	require.Equal(t, "OK - 5", body)
	status, _, _ = send(t, "POST", address, nil, "again")
	require.Equal(t, 404, status)
	refused(t, sim, "file_not_found", "files.info", fields{"file": id})
	refused(t, sim, "channel_not_found", "files.completeUploadExternal", fields{"files": []fields{{"id": id}}, "channel_id": "C404"})
	done := must(t, sim, "files.completeUploadExternal", fields{
		"files": []fields{{"id": id, "title": "Chart"}}, "channel_id": general, "initial_comment": "look",
	})
	require.Equal(t, "Chart", done["files"].([]any)[0].(fields)["title"])
	refused(t, sim, "file_not_found", "files.completeUploadExternal", fields{"files": []fields{{"id": id}}})
	post := sim.Posts("general")[0]
	require.Equal(t, "look", post.Text)
	require.Equal(t, id, post.Files[0].ID)
	_, content, ok := sim.FileContent(id)
	require.True(t, ok)
	require.Equal(t, "bytes", string(content))

	link := must(t, sim, "files.info", fields{"file": id})["file"].(fields)["url_private"].(string)
	status, header, _ := send(t, "GET", link, map[string][]string{"Authorization": {"Bearer " + sim.BotToken()}}, "")
	require.Equal(t, 200, status)
	require.Equal(t, "image/png", header.Get("Content-Type"))
	status, _, _ = send(t, "GET", link, nil, "")
	require.NotEqual(t, 200, status, "without the token there is only the way to the login")

	must(t, sim, "chat.postMessage", fields{"channel": general, "text": "x", "blocks": []fields{{"type": "image", "alt_text": "x", "slack_file": fields{"id": id}}}})
	refused(t, sim, "invalid_blocks", "chat.postMessage", fields{"channel": general, "text": "x", "blocks": []fields{{"type": "image", "alt_text": "x", "slack_file": fields{"id": "F404"}}}})
	refused(t, sim, "missing_argument", "files.getUploadURLExternal", fields{"filename": "a", "length": "0"})
	refused(t, sim, "alt_txt_too_large", "files.getUploadURLExternal", fields{"filename": "a", "length": "1", "alt_txt": long(1001)})
}
