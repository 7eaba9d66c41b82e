package slacksim_test

import (
	"strings"
	"testing"
	"time"

	"journeybot/slacksim"

	"github.com/stretchr/testify/require"
)

func TestPostMessage(t *testing.T) {
	t.Parallel()
	sim := start(t, nil)
	general := channel(t, sim, "general")
	reply := must(t, sim, "chat.postMessage", fields{
		"channel": general, "text": "fallback", "blocks": []fields{section("*bold* & <@U1>"), actions(button("go"), fields{"type": "button", "text": fields{"type": "plain_text", "text": "x"}})},
		"metadata": fields{"event_type": "alert", "event_payload": fields{"key": "k1"}},
	})
	require.Equal(t, general, reply["channel"])
	message := reply["message"].(fields)
	require.Equal(t, sim.BotUser().ID, message["user"])
	require.NotContains(t, message, "subtype", "a bot's message is an ordinary one")
	blocks := message["blocks"].([]any)
	require.NotEmpty(t, blocks[0].(fields)["block_id"], "Slack adds missing ids")
	require.Equal(t, "acts", blocks[1].(fields)["block_id"])
	require.NotEmpty(t, blocks[1].(fields)["elements"].([]any)[1].(fields)["action_id"])
	post := sim.Posts("general")[0]
	require.Equal(t, reply["ts"], post.TS)
	require.Contains(t, post.Raw(), "*bold* & <@U1>")

	dressed := must(t, sim, "chat.postMessage", fields{"channel": "#general", "text": "by name", "username": "Robot", "icon_emoji": ":robot:"})
	require.Equal(t, general, dressed["channel"])
	require.Equal(t, "bot_message", dressed["message"].(fields)["subtype"])

	direct := must(t, sim, "chat.postMessage", fields{"channel": user(t, sim, "ben"), "text": "psst"})
	require.True(t, strings.HasPrefix(direct["channel"].(string), "D"))
	seen, err := sim.Messages("ben", sim.BotUser().ID, "", 0)
	require.NoError(t, err)
	require.Equal(t, "psst", seen[0].Text)

	markdown := must(t, sim, "chat.postMessage", fields{"channel": general, "markdown_text": "**hi**"})
	require.Equal(t, "markdown", markdown["message"].(fields)["blocks"].([]any)[0].(fields)["type"])

	cut := must(t, sim, "chat.postMessage", fields{"channel": general, "text": long(40_001)})
	require.Equal(t, "message_truncated", cut["warning"])
	require.Len(t, []rune(cut["message"].(fields)["text"].(string)), 40_000)
}

func TestPostMessageRefuses(t *testing.T) {
	t.Parallel()
	sim := start(t, nil)
	general := channel(t, sim, "general")
	manyBlocks, manyAttachments := make([]fields, 51), make([]fields, 101)
	for i := range manyBlocks {
		manyBlocks[i] = fields{"type": "divider"}
	}
	for i := range manyAttachments {
		manyAttachments[i] = fields{"text": "x"}
	}
	for name, c := range map[string]struct {
		code string
		args fields
	}{
		"nobody's channel":          {"channel_not_found", fields{"channel": "C404", "text": "x"}},
		"a private one":             {"channel_not_found", fields{"channel": channel(t, sim, "secret"), "text": "x"}},
		"not a member":              {"not_in_channel", fields{"channel": channel(t, sim, "foreign"), "text": "x"}},
		"archived":                  {"is_archived", fields{"channel": channel(t, sim, "old"), "text": "x"}},
		"nothing said":              {"no_text", fields{"channel": general}},
		"an empty text":             {"no_text", fields{"channel": general, "text": ""}},
		"no blocks":                 {"no_text", fields{"channel": general, "blocks": []fields{}}},
		"blocks that are none":      {"invalid_blocks_format", fields{"channel": general, "text": "x", "blocks": "{"}},
		"an object for blocks":      {"invalid_blocks_format", fields{"channel": general, "text": "x", "blocks": fields{"type": "divider"}}},
		"too many blocks":           {"invalid_blocks", fields{"channel": general, "text": "x", "blocks": manyBlocks}},
		"too much in blocks":        {"msg_blocks_too_long", fields{"channel": general, "text": "x", "blocks": []fields{section(long(3000)), section(long(3000)), section(long(3000)), section(long(3000)), section(long(1300))}}},
		"too many attachments":      {"too_many_attachments", fields{"channel": general, "attachments": manyAttachments}},
		"attachments that are none": {"invalid_attachments", fields{"channel": general, "attachments": "[1]"}},
		"bad attached blocks":       {"invalid_blocks", fields{"channel": general, "attachments": []fields{{"blocks": []fields{{"type": "nope"}}}}}},
		"markdown and text":         {"markdown_text_conflict", fields{"channel": general, "text": "x", "markdown_text": "y"}},
		"long markdown":             {"msg_too_long", fields{"channel": general, "markdown_text": long(12_001)}},
		"metadata no object":        {"invalid_metadata_format", fields{"channel": general, "text": "x", "metadata": "[]"}},
		"metadata without type":     {"invalid_metadata_format", fields{"channel": general, "text": "x", "metadata": fields{"event_payload": fields{"a": 1}}}},
		"metadata without payload":  {"invalid_metadata_format", fields{"channel": general, "text": "x", "metadata": fields{"event_type": "a"}}},
		"metadata too large":        {"metadata_too_large", fields{"channel": general, "text": "x", "metadata": fields{"event_type": "a", "event_payload": fields{"a": strings.Repeat("x", 16_000)}}}},
		"a thread of nonsense":      {"invalid_arguments", fields{"channel": general, "text": "x", "thread_ts": "yesterday"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refused(t, sim, c.code, "chat.postMessage", c.args)
		})
	}
	t.Cleanup(func() { require.Empty(t, sim.Posts("general")) })
}

func TestPostingPublicly(t *testing.T) {
	t.Parallel()
	sim := start(t, func(cfg *slacksim.Config) { cfg.Scopes = []string{"chat:write", "chat:write.public"} })
	must(t, sim, "chat.postMessage", fields{"channel": channel(t, sim, "foreign"), "text": "x"})
}

func TestUpdate(t *testing.T) {
	t.Parallel()
	now := newClock()
	sim := start(t, func(cfg *slacksim.Config) { cfg.Now, cfg.EditWindow = now.Now, time.Hour })
	general := channel(t, sim, "general")
	ts := must(t, sim, "chat.postMessage", fields{
		"channel": general, "text": "one", "blocks": []fields{section("one")}, "attachments": []fields{{"text": "a"}},
		"metadata": fields{"event_type": "alert", "event_payload": fields{"key": "k1"}},
	})["ts"].(string)
	update := func(args fields) slacksim.Message {
		args["channel"], args["ts"] = general, ts
		must(t, sim, "chat.update", args)
		return sim.Posts("general")[0]
	}
	m := update(fields{"text": "two", "blocks": []fields{section("two")}})
	require.Equal(t, ts, m.TS)
	require.Contains(t, m.Raw(), `"text":"two"`)
	require.NotEmpty(t, m.Attachments, "not named, so kept")
	require.Contains(t, string(m.Metadata), "k1", "metadata that is not named is kept")
	require.Empty(t, m.EditedTS, "an update of blocks is not marked")
	m = update(fields{"attachments": []fields{}, "blocks": []fields{section("three")}})
	require.Empty(t, m.Attachments)
	require.Equal(t, "two", m.Text)
	m = update(fields{"text": "four", "metadata": fields{}})
	require.Empty(t, m.Blocks, "text alone replaces blocks")
	require.Empty(t, m.Metadata, "{} clears")
	require.NotEmpty(t, m.EditedTS)
	require.Len(t, sim.Posts("general"), 1)

	theirs, err := sim.Send("maria", "general", "", "mine")
	require.NoError(t, err)
	refused(t, sim, "message_not_found", "chat.update", fields{"channel": general, "ts": "1.2", "text": "x"})
	refused(t, sim, "channel_not_found", "chat.update", fields{"channel": "C404", "ts": ts, "text": "x"})
	refused(t, sim, "channel_not_found", "chat.update", fields{"channel": "general", "ts": ts, "text": "x"})
	refused(t, sim, "cant_update_message", "chat.update", fields{"channel": general, "ts": theirs, "text": "x"})
	refused(t, sim, "no_text", "chat.update", fields{"channel": general, "ts": ts})
	refused(t, sim, "no_text", "chat.update", fields{"channel": general, "ts": ts, "text": "", "blocks": []fields{}})
	refused(t, sim, "msg_too_long", "chat.update", fields{"channel": general, "ts": ts, "text": long(4001)})
	require.Equal(t, "four", sim.Posts("general")[0].Text, "a refused update changes nothing")
	must(t, sim, "chat.update", fields{"channel": general, "ts": ts, "text": long(4000)})
	ephemeral := must(t, sim, "chat.postEphemeral", fields{"channel": general, "user": user(t, sim, "maria"), "text": "x"})["message_ts"]
	refused(t, sim, "message_not_found", "chat.update", fields{"channel": general, "ts": ephemeral, "text": "x"})

	now.pass(61 * time.Minute)
	refused(t, sim, "edit_window_closed", "chat.update", fields{"channel": general, "ts": ts, "text": "x"})
	require.NoError(t, sim.ArchiveChannel("general", true))
	refused(t, sim, "is_inactive", "chat.update", fields{"channel": general, "ts": ts, "text": "x"})
}

func TestDeleteAndPermalink(t *testing.T) {
	t.Parallel()
	sim := start(t, nil)
	general := channel(t, sim, "general")
	ts := must(t, sim, "chat.postMessage", fields{"channel": general, "text": "x"})["ts"].(string)
	link := must(t, sim, "chat.getPermalink", fields{"channel": general, "message_ts": ts})["permalink"]
	require.Equal(t, sim.URL()+"/archives/"+general+"/p"+strings.ReplaceAll(ts, ".", ""), link)
	refused(t, sim, "message_not_found", "chat.getPermalink", fields{"channel": general, "message_ts": "1.2"})
	theirs, err := sim.Send("maria", "general", ts, "a reply")
	require.NoError(t, err)
	refused(t, sim, "cant_delete_message", "chat.delete", fields{"channel": general, "ts": theirs})
	must(t, sim, "chat.delete", fields{"channel": general, "ts": ts})
	require.Equal(t, "tombstone", sim.Posts("general")[0].Subtype, "the thread stays")
	refused(t, sim, "message_not_found", "chat.delete", fields{"channel": general, "ts": ts})
	require.NoError(t, sim.DeleteMessage("general", theirs))
	require.Empty(t, sim.Posts("general"), "a tombstone goes with its last reply")
}

func TestEphemeral(t *testing.T) {
	t.Parallel()
	sim := start(t, nil)
	general := channel(t, sim, "general")
	ts := must(t, sim, "chat.postEphemeral", fields{"channel": general, "user": user(t, sim, "maria"), "text": "only you"})["message_ts"].(string)
	seen, err := sim.Message("maria", "general", ts)
	require.NoError(t, err)
	require.True(t, seen.Ephemeral)
	_, err = sim.Message("ben", "general", ts)
	require.Equal(t, slacksim.Error("message_not_found"), err)
	history := must(t, sim, "conversations.history", fields{"channel": general})
	require.Empty(t, history["messages"], "not even the app finds it again")
	refused(t, sim, "user_not_in_channel", "chat.postEphemeral", fields{"channel": general, "user": user(t, sim, "gina"), "text": "x"})
	refused(t, sim, "user_not_in_channel", "chat.postEphemeral", fields{"channel": general, "user": "U404", "text": "x"})
	refused(t, sim, "no_text", "chat.postEphemeral", fields{"channel": general, "user": user(t, sim, "maria")})
	refused(t, sim, "invalid_arguments", "chat.postEphemeral", fields{"channel": general, "text": "x"})
	refused(t, sim, "not_in_channel", "chat.postEphemeral", fields{"channel": channel(t, sim, "foreign"), "user": user(t, sim, "maria"), "text": "x"})
}

func TestThreads(t *testing.T) {
	t.Parallel()
	sim := start(t, nil)
	general := channel(t, sim, "general")
	parent := must(t, sim, "chat.postMessage", fields{"channel": general, "text": "parent"})["ts"].(string)
	first := must(t, sim, "chat.postMessage", fields{"channel": general, "text": "first", "thread_ts": parent})["ts"].(string)
	second, err := sim.Send("maria", "general", first, "second, to the reply")
	require.NoError(t, err)
	broadcast := must(t, sim, "chat.postMessage", fields{"channel": general, "text": "for all", "thread_ts": parent, "reply_broadcast": "true"})
	require.Equal(t, "thread_broadcast", broadcast["message"].(fields)["subtype"])

	thread, err := sim.Thread("ben", "general", parent)
	require.NoError(t, err)
	require.Len(t, thread, 4)
	require.Equal(t, 3, thread[0].ReplyCount)
	require.Equal(t, broadcast["ts"], thread[0].LatestReply)
	require.Equal(t, []string{sim.BotUser().ID, user(t, sim, "maria")}, thread[0].ReplyUsers)
	require.Equal(t, parent, thread[2].ThreadTS, "a reply to a reply is in the parent's thread")

	replies := must(t, sim, "conversations.replies", fields{"channel": general, "ts": second})["messages"].([]any)
	require.Len(t, replies, 4, "any message of the thread finds it")
	require.Equal(t, float64(3), replies[0].(fields)["reply_count"])
	require.Equal(t, sim.BotUser().ID, replies[1].(fields)["parent_user_id"])
	history := must(t, sim, "conversations.history", fields{"channel": general})["messages"].([]any)
	require.Len(t, history, 2, "replies show in the channel only when broadcast")
	refused(t, sim, "thread_not_found", "conversations.replies", fields{"channel": general, "ts": "1.2"})

	page := must(t, sim, "conversations.replies", fields{"channel": general, "ts": parent, "limit": "2"})
	require.Equal(t, true, page["has_more"])
	var texts []string
	for {
		for _, m := range page["messages"].([]any) {
			texts = append(texts, m.(fields)["text"].(string))
		}
		if page["has_more"] != true {
			break
		}
		cursor := page["response_metadata"].(fields)["next_cursor"]
		page = must(t, sim, "conversations.replies", fields{"channel": general, "ts": parent, "limit": "2", "cursor": cursor})
	}
	require.Equal(t, []string{"parent", "first", "second, to the reply", "for all"}, texts)
	later := must(t, sim, "conversations.replies", fields{"channel": general, "ts": parent, "oldest": second})["messages"].([]any)
	require.Len(t, later, 2, "the parent and what is newer")

	require.NoError(t, sim.KickBot("general"))
	require.NoError(t, sim.InviteBot("general"))
	joined := sim.Posts("general")[len(sim.Posts("general"))-1]
	require.Equal(t, "channel_join", joined.Subtype)
	refused(t, sim, "cannot_reply_to_message", "chat.postMessage", fields{"channel": general, "text": "x", "thread_ts": joined.TS})
}
