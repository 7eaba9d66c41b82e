package cards_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"journeybot/alerts"
	"journeybot/cards"

	"github.com/slack-go/slack"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// forms are all forms about an alert.
var forms = map[string]func(cards.Style, alerts.View) slack.ModalViewRequest{
	"assign": func(s cards.Style, v alerts.View) slack.ModalViewRequest { return cards.AssignForm(s, v, "{}") },
	"note":   func(s cards.Style, v alerts.View) slack.ModalViewRequest { return cards.NoteForm(s, v, "{}") },
	"snooze": func(s cards.Style, v alerts.View) slack.ModalViewRequest {
		return cards.SnoozeForm(s, v, time.FixedZone("Asia/Tokyo", 9*60*60), "{}")
	},
	"resolve": func(s cards.Style, v alerts.View) slack.ModalViewRequest {
		return cards.OutcomeForm(s, v, alerts.ChurnedOut, "{}")
	},
	"extend": func(s cards.Style, v alerts.View) slack.ModalViewRequest { return cards.ExtendForm(s, v, "{}") },
}

func TestForm(t *testing.T) {
	t.Parallel()
	for name, draw := range forms {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := view(alerts.HealthShift)
			if name == "extend" {
				v = view(alerts.MilestoneDropoff)
			}
			requireModal(t, draw(style(t), v))
			goldenJSON(t, draw(style(t), v))
		})
	}
	t.Run("amend", func(t *testing.T) {
		t.Parallel()
		v := view(alerts.HealthShift)
		statuses["resolved"](&v)
		v.Alert.OutcomeARR = ptr(int64(8_400_050))
		goldenJSON(t, cards.OutcomeForm(style(t), v, v.Alert.Outcome, "{}"))
	})
	t.Run("amend as an outsider", func(t *testing.T) {
		t.Parallel()
		v, s := view(alerts.HealthShift), style(t)
		statuses["resolved"](&v)
		s.Guarded = true
		goldenJSON(t, cards.OutcomeForm(s, v, v.Alert.Outcome, "{}"))
	})
	t.Run("saving", func(t *testing.T) {
		t.Parallel()
		goldenJSON(t, cards.FormSaving())
	})
	t.Run("loading", func(t *testing.T) {
		t.Parallel()
		goldenJSON(t, cards.FormLoading(cards.ActionAssign))
	})
}

// requireModal checks what Slack demands of a modal with inputs.
func requireModal(t require.TestingT, m slack.ModalViewRequest) {
	require.LessOrEqual(t, units(m.Title.Text), 24)
	require.LessOrEqual(t, units(m.Submit.Text), 24)
	require.LessOrEqual(t, units(m.Close.Text), 24)
	raw, err := json.Marshal(m.Blocks)
	require.NoError(t, err)
	var blocks []map[string]any
	require.NoError(t, json.Unmarshal(raw, &blocks))
	require.NotEmpty(t, blocks)
	c := checker{blockIDs: map[string]bool{}, actionIDs: map[string]bool{}}
	for _, b := range blocks {
		if b["type"] != "input" {
			c.block(b)
			continue
		}
		element, _ := b["element"].(map[string]any)
		require.Equal(t, b["block_id"], element["action_id"], "handlers find an input by one name")
		for _, part := range []string{"label", "hint"} {
			if words, ok := b[part].(map[string]any); ok {
				c.length(part, str(words["text"]), 1, 2000)
			}
		}
		options, _ := element["options"].([]any)
		for _, o := range options {
			c.length("option", str(o.(map[string]any)["value"]), 1, 75)
		}
		c.length("initial value", str(element["initial_value"]), 0, 3000)
	}
	require.Empty(t, c.problems, "%s", raw)
}

func TestHostileForms(t *testing.T) {
	s := style(t)
	rapid.Check(t, func(t *rapid.T) {
		v := anyView.Draw(t, "view")
		s := s
		s.Guarded = rapid.Bool().Draw(t, "guarded")
		for _, draw := range forms {
			requireModal(t, draw(s, v))
		}
		requireAccepted(t, cards.Stands(s, v))
	})
}

func TestNoticesWithButtons(t *testing.T) {
	t.Parallel()
	for name, n := range map[string]alerts.Notice{
		"nobody is on it": {Text: "Acme Corp: health 72 → 44 (red). Nobody is on it.", AlertID: "0193", Offer: alerts.OfferAck, Kind: alerts.HealthShift},
		"a lead":          {Text: "Globex: PQL 86 is yours now.", AlertID: "0193", Offer: alerts.OfferAck, Kind: alerts.PQL},
		"still on it": {
			Text: "Acme Corp: no step for 3 working days. Still on it?", AlertID: "0193", Offer: alerts.OfferStillOn, Kind: alerts.HealthShift,
			Outcomes: []alerts.Outcome{alerts.Saved, alerts.ChurnedOut},
		},
		"displaced": {Text: "Ben took Acme Corp.", AlertID: "0193", Offer: alerts.OfferTakeOver, Kind: alerts.HealthShift},
	} {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			golden(t, cards.Notice(style(t), n))
		})
	}
}

func TestStands(t *testing.T) {
	t.Parallel()
	for status, move := range statuses {
		t.Run(status, func(t *testing.T) {
			t.Parallel()
			v := view(alerts.HealthShift)
			move(&v)
			golden(t, cards.Stands(style(t), v))
		})
	}
}
