package slacksim_test

import (
	"testing"
	"time"

	"journeybot/slacksim"

	"github.com/stretchr/testify/require"
)

const todoManifest = `
display_information: {name: todo}
features:
  app_home: {home_tab_enabled: false}
  bot_user: {display_name: Todo}
  slash_commands:
    - {command: /todo, description: Note something, usage_hint: "buy milk", url: "https://todo.example/commands", should_escape: true}
  shortcuts:
    - {name: Note this, type: message, callback_id: note, description: Note a message}
    - {name: New note, type: global, callback_id: new, description: Note something}
oauth_config:
  scopes:
    bot:
      - chat:write
      - commands
settings:
  event_subscriptions: {bot_events: [user_change]}
  socket_mode_enabled: true
`

func TestAManifestSaysWhatTheAppDoes(t *testing.T) {
	t.Parallel()
	sim := start(t, func(cfg *slacksim.Config) { require.NoError(t, cfg.UseManifest([]byte(todoManifest))) })
	a := httpApp(t, sim, nil)
	require.Equal(t, "Todo", sim.BotUser().RealName)
	require.Equal(t, []slacksim.Command{{Name: "/todo", Hint: "buy milk", Description: "Note something", ShouldEscape: true}}, sim.Commands())
	require.Equal(t, []slacksim.Shortcut{
		{Name: "Note this", CallbackID: "note", Description: "Note a message", Message: true},
		{Name: "New note", CallbackID: "new", Description: "Note something"},
	}, sim.Shortcuts())

	must(t, sim, "chat.postMessage", fields{"channel": channel(t, sim, "general"), "text": "x"})
	require.Equal(t, "users:read", refused(t, sim, "missing_scope", "users.info", fields{"user": user(t, sim, "tom")})["needed"])
	refused(t, sim, "not_enabled", "views.publish", fields{"user_id": user(t, sim, "tom"), "view": home()})
	_, _, err := sim.OpenHome("tom")
	require.NoError(t, err)
	require.NoError(t, sim.SetStatus("tom", "Away", "", time.Time{}))
	a.event("user_change")
	require.Zero(t, count(sim, "app_home_opened"), "the app did not subscribe to it")
	_, err = sim.MessageShortcut(t.Context(), "maria", "new", "general", sim.Posts("general")[0].TS)
	require.Equal(t, slacksim.Error("shortcut_not_found"), err, "a global one is in no message's menu")
}

func TestManifestsThatSlackRefuses(t *testing.T) {
	t.Parallel()
	for name, manifest := range map[string]string{
		"no YAML":                 "\t{",
		"another shape":           "features: [a]",
		"no name":                 "features: {}",
		"a long name":             "display_information: {name: a name that is longer than Slack takes}",
		"a command without slash": "display_information: {name: x}\nfeatures: {slash_commands: [{command: todo}]}",
		"a command of two words":  "display_information: {name: x}\nfeatures: {slash_commands: [{command: /to do}]}",
		"a shortcut of no type":   "display_information: {name: x}\nfeatures: {shortcuts: [{name: x, callback_id: y}]}",
		"a shortcut that nobody":  "display_information: {name: x}\nfeatures: {shortcuts: [{name: x, type: global}]}",
		"a shortcut's long name":  "display_information: {name: x}\nfeatures: {shortcuts: [{name: it is longer than they take, type: global, callback_id: y}]}",
		"more shortcuts than ten": "display_information: {name: x}\nfeatures: {shortcuts: [{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}]}",
	} {
		cfg := slacksim.Config{Bot: "before"}
		require.ErrorContains(t, cfg.UseManifest([]byte(manifest)), "read manifest", name)
		require.Equal(t, "before", cfg.Bot, name)
	}
}
