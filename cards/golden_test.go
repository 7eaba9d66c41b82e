package cards_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"journeybot/cards"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares a drawing with testdata/<name of the test>.golden, after checking it against Slack's limits.
func golden(t *testing.T, d cards.Drawing) {
	t.Helper()
	requireAccepted(t, d)
	goldenView(t, d)
}

// goldenView is golden for what is no message: its limits are the test's to check.
func goldenView(t *testing.T, d cards.Drawing) {
	t.Helper()
	requireAnswered(t, d)
	compare(t, pretty(t, d))
}

// goldenJSON compares any value.
func goldenJSON(t *testing.T, v any) {
	t.Helper()
	raw, err := json.MarshalIndent(v, "", "  ")
	require.NoError(t, err)
	compare(t, append(raw, '\n'))
}

func compare(t *testing.T, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", filepath.FromSlash(t.Name())+".golden")
	if *update {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, got, 0o600))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), string(got))
}

func pretty(t testing.TB, d cards.Drawing) []byte {
	t.Helper()
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	require.NoError(t, enc.Encode(map[string]any{"text": d.Text, "blocks": d.Blocks}))
	return out.Bytes()
}

// answered are the actions that handlers answer, and what their menus may ask for after the alert's id.
var answered = map[string]string{
	cards.ActionAck: "", cards.ActionUnack: "", cards.ActionTakeOver: "", cards.ActionReopen: "", cards.ActionNoAction: "", cards.ActionOpenURL: "",
	cards.ActionAccount: "", cards.ActionAlert: "", cards.ActionPage: "*", cards.ActionShare: "", cards.ActionRun: "*",
	cards.ActionBundleAckAll: "*", cards.ActionBundleMine: "", cards.ActionBundleAll: "", cards.ActionBundleOpen: "*",
	cards.ActionBundleTake: "*", cards.ActionBundlePage: "*",
	cards.ActionView: "*", cards.ActionTimeline: "*", cards.ActionWhy: "",
	cards.ActionAskOwner: "", cards.ActionReserve: "", cards.ActionClear: "", cards.ActionKeep: "",
	cards.ActionAccounts: "", cards.ActionSettings: "", cards.ActionHomePage: "", cards.ActionUnmute: "",
	cards.ActionMuteAccount: "", cards.ActionPinGap: "*", cards.ActionUnpinGap: "", cards.ActionNext: "*",
	cards.ActionSnooze: "1h tomorrow workday week pick", cards.ActionMore: "assign note unack mute why open_url",
	cards.ActionTalking: "", cards.ActionStillOn: "", cards.ActionStepDone: "*", cards.ActionForecast: "commit probable best_case at_risk",
	cards.ActionDecline:   "no_need no_budget wrong_person too_small in_contact other",
	cards.ActionPlayStart: "", cards.ActionPlayBook: "", cards.ActionPlayDo: "*", cards.ActionPlayOpen: "*", cards.ActionPlayMore: "*",
	cards.ActionPlaySwitch: "*", cards.ActionStepTick: "*", cards.ActionStepUndo: "*", cards.ActionDraftOut: "*",
	cards.ActionAssign: "", cards.ActionNote: "", cards.ActionOutcome: "", cards.ActionExtend: "",
	cards.ActionResolve: "saved churned no_action false_alarm converted expanded nurturing disqualified",
}

// requireAnswered fails when a button or menu asks for something that nobody answers.
func requireAnswered(t *testing.T, d cards.Drawing) {
	t.Helper()
	var ask func(v any)
	ask = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, one := range v {
				ask(one)
			}
		case map[string]any:
			if id := str(v["action_id"]); id != "" {
				requireKnown(t, id, v)
			}
			for _, one := range v {
				ask(one)
			}
		}
	}
	var blocks any
	require.NoError(t, json.Unmarshal(pretty(t, d), &blocks))
	ask(blocks)
}

func requireKnown(t *testing.T, id string, element map[string]any) {
	t.Helper()
	arguments, ok := answered[strings.TrimRight(strings.TrimRight(id, "0123456789"), ".")]
	require.True(t, ok, id)
	values := []any{element}
	if options, ok := element["options"].([]any); ok {
		values = options
	}
	for _, one := range values {
		v, _ := one.(map[string]any)
		_, argument, has := strings.Cut(str(v["value"]), ":")
		if arguments != "*" {
			require.Equal(t, arguments != "", has, "%s: %s", id, v["value"])
			require.Subset(t, append(strings.Fields(arguments), ""), []string{argument}, id)
		}
	}
}
