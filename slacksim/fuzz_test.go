package slacksim

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzBlocks checks that no JSON breaks the Block Kit rules, and that what Slack keeps can be sent again.
func FuzzBlocks(f *testing.F) {
	for _, seed := range []string{
		`[{"type":"section","text":{"type":"mrkdwn","text":"x"},"accessory":{"type":"static_select","options":[{"text":{"type":"plain_text","text":"x"},"value":"y"}]}}]`,
		`[{"type":"container","title":{"type":"plain_text","text":"x"},"child_blocks":[{"type":"layout","label":"l","rows":[{"items":[{"block":{"type":"divider"}}]}]}]}]`,
		`[{"type":"data_visualization","title":"t","chart":{"type":"bar","series":[{"name":"a","data":[{"label":"x","value":1}]}],"axis_config":{"categories":["x"]}}}]`,
		`[{"type":"input","label":{"type":"plain_text","text":"x"},"element":{"type":"number_input","is_decimal_allowed":true,"min_value":"1e3"}}]`,
		`[{"type":"carousel","elements":[{"type":"card","title":{"type":"mrkdwn","text":"x"},"actions":[{"type":"button","text":{"type":"plain_text","text":"x"}}]}]}]`,
		`[[null],1,{"type":1},{"type":"table","rows":[[null]]},{"type":"rich_text","elements":[{"type":"rich_text_list"}]}]`,
	} {
		f.Add(seed)
	}
	sim, err := New(Config{})
	require.NoError(f, err)
	f.Cleanup(func() { require.NoError(f, sim.Close()) })
	f.Fuzz(func(t *testing.T, raw string) {
		value, err := decode([]byte(raw))
		blocks, ok := value.([]any)
		if err != nil || !ok || len(sim.validateBlocks(blocks, "/blocks")) > 0 {
			return
		}
		sim.normalize(blocks)
		sim.stateValues(blocks, nil, "C1")
		kept, err := decode(encode(blocks))
		require.NoError(t, err)
		require.Empty(t, sim.validateBlocks(kept.([]any), "/blocks"), "%s", encode(blocks))
	})
}
