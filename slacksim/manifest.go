package slacksim

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
)

// manifest is the part of an app manifest that says what the app does. Slack's own schema has much more.
type manifest struct {
	Display struct {
		Name string `yaml:"name"`
	} `yaml:"display_information"`
	Features struct {
		Home struct {
			Enabled bool `yaml:"home_tab_enabled"`
		} `yaml:"app_home"`
		Bot struct {
			Name string `yaml:"display_name"`
		} `yaml:"bot_user"`
		Commands []struct {
			Name         string `yaml:"command"`
			Hint         string `yaml:"usage_hint"`
			Description  string `yaml:"description"`
			ShouldEscape bool   `yaml:"should_escape"`
		} `yaml:"slash_commands"`
		Shortcuts []struct {
			Name        string `yaml:"name"`
			Type        string `yaml:"type"`
			CallbackID  string `yaml:"callback_id"`
			Description string `yaml:"description"`
		} `yaml:"shortcuts"`
	} `yaml:"features"`
	OAuth struct {
		Scopes struct {
			Bot []string `yaml:"bot"`
		} `yaml:"scopes"`
	} `yaml:"oauth_config"`
	Settings struct {
		Events struct {
			Bot []string `yaml:"bot_events"`
		} `yaml:"event_subscriptions"`
	} `yaml:"settings"`
}

// UseManifest sets what an app manifest, in YAML or JSON, says about the app: Bot, Commands, Shortcuts, Events, Scopes and
// NoHome. So the app gets no event that it did not subscribe to, and no method whose scope it does not ask for. Addresses are
// ignored: see DeliverTo. It returns an error for what is no manifest, or one that Slack would refuse for a name.
func (c *Config) UseManifest(raw []byte) error {
	var m manifest
	if err := yaml.Unmarshal(raw, &m); err != nil {
		return fmt.Errorf("read manifest: %w", err)
	}
	if err := m.check(); err != nil {
		return fmt.Errorf("read manifest: %w", err)
	}
	c.Bot = m.Features.Bot.Name
	if c.Bot == "" {
		c.Bot = m.Display.Name
	}
	c.NoHome = !m.Features.Home.Enabled
	c.Events = append([]string{}, m.Settings.Events.Bot...)
	c.Scopes = append([]string{}, m.OAuth.Scopes.Bot...)
	c.Commands, c.Shortcuts = nil, nil
	for _, s := range m.Features.Commands {
		c.Commands = append(c.Commands, Command(s))
	}
	for _, s := range m.Features.Shortcuts {
		c.Shortcuts = append(c.Shortcuts, Shortcut{Name: s.Name, CallbackID: s.CallbackID, Description: s.Description, Message: s.Type == "message"})
	}
	return nil
}

// check refuses names that Slack refuses.
func (m manifest) check() error {
	if err := named("display_information.name", m.Display.Name, 35); err != nil {
		return err
	}
	if len(m.Features.Commands) > 50 || len(m.Features.Shortcuts) > 10 {
		return fmt.Errorf("features: at most 50 slash commands and 10 shortcuts, got %d and %d", len(m.Features.Commands), len(m.Features.Shortcuts))
	}
	for _, c := range m.Features.Commands {
		if err := named("slash command", c.Name, 32); err != nil {
			return err
		}
		if !strings.HasPrefix(c.Name, "/") || strings.ContainsAny(c.Name, " \t\n") {
			return fmt.Errorf("slash command: want a name like /todo, got %q", c.Name)
		}
	}
	for _, s := range m.Features.Shortcuts {
		if err := named("shortcut", s.Name, 24); err != nil {
			return err
		}
		if s.Type != "message" && s.Type != "global" || s.CallbackID == "" {
			return fmt.Errorf("shortcut %q: want a type of message or global and a callback_id, got %q and %q", s.Name, s.Type, s.CallbackID)
		}
	}
	return nil
}

func named(what, name string, most int) error {
	if n := utf8.RuneCountInString(name); n == 0 || n > most {
		return fmt.Errorf("%s: want 1 to %d characters, got %d", what, most, n)
	}
	return nil
}
