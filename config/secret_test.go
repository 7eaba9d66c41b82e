package config_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"testing"

	"journeybot/config"

	"github.com/stretchr/testify/require"
)

const hidden = "xoxb-hidden"

// holder keeps a secret where fmt may not call its methods.
type holder struct {
	Shown   config.Secret
	private config.Secret
}

func TestSecretNeverPrints(t *testing.T) {
	t.Parallel()
	secret := config.NewSecret(hidden)
	held := holder{Shown: secret, private: secret}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%p", "%20v"} {
		for name, value := range map[string]any{
			"value": secret, "pointer": &secret, "struct": held, "struct pointer": &held,
			"slice": []config.Secret{secret}, "map": map[string]config.Secret{"a": secret},
		} {
			text := fmt.Sprintf(verb, value)
			require.NotContains(t, text, hidden, "%s of a %s", verb, name)
			require.NotContains(t, text, fmt.Sprintf("%x", hidden), "%s of a %s", verb, name)
		}
	}
	require.Equal(t, "[redacted]", fmt.Sprint(secret))
	require.Equal(t, hidden, held.private.Reveal())
}

func TestSecretIsHiddenInJSONAndLogs(t *testing.T) {
	t.Parallel()
	secret := config.NewSecret(hidden)
	body, err := json.Marshal(map[string]any{"one": secret, "all": holder{Shown: secret}})
	require.NoError(t, err)
	require.JSONEq(t, `{"one": "[redacted]", "all": {"Shown": "[redacted]"}}`, string(body))

	var out bytes.Buffer
	for _, handler := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		slog.New(handler).Info("loaded", "token", secret, "env", config.Env{SlackBotToken: secret, NATS: config.NATS{Token: secret}})
	}
	require.Contains(t, out.String(), "[redacted]")
	require.NotContains(t, out.String(), hidden)
}

func TestZeroSecret(t *testing.T) {
	t.Parallel()
	var secret config.Secret
	require.True(t, secret.IsZero())
	require.True(t, config.NewSecret("").IsZero())
	require.Empty(t, secret.Reveal())
	require.Empty(t, fmt.Sprint(secret))
	require.False(t, config.NewSecret("x").IsZero())
}
