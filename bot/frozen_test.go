package bot

import (
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"journeybot/alerts"
	"journeybot/slacksim"
)

func TestADeletedMessageGetsANewThread(t *testing.T) {
	t.Parallel()
	s := newScene(t, nil)
	p := s.start(0)
	s.turn("acme")
	p.bell.ring()
	card := s.sees("cs-alerts", "acme")
	s.settles()
	require.NoError(t, s.slack.DeleteMessage("cs-alerts", card.TS))
	s.clicks("acme", alerts.DoAck)
	p.bell.ring()
	again := s.sees("cs-alerts", "is on it")
	s.says(again, "is on it")
	s.clicks("acme", alerts.DoUnack)
	p.bell.ring()
	s.settles()
	require.Len(t, s.posts("cs-alerts", "acme"), 1, "the new one is edited from now on")
	require.Equal(t, again.TS, s.posts("cs-alerts", "acme")[0].TS)
}

func TestAMessageThatNobodyMayEdit(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"edit_window_closed", "cant_update_message"} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, nil)
			p := s.start(0)
			s.turn("acme")
			p.bell.ring()
			card := s.sees("cs-alerts", "acme")
			s.settles()
			s.inject(slacksim.Fault{Method: "chat.update", Channel: "cs-alerts", Kind: slacksim.FaultError, Error: code})
			s.turn("acme") // one more of the same
			p.bell.ring()
			s.says(card, "does not let me edit the message above any more")
			s.settles()
			require.Len(t, s.posts("cs-alerts", "acme"), 1, "a number that moves is not worth a new message")
			require.InDelta(t, 1, testutil.ToFloat64(p.metrics.frozen), 0)

			s.clicks("acme", alerts.DoAck)
			p.bell.ring()
			again := s.sees("cs-alerts", "is on it")
			require.NotEqual(t, card.TS, again.TS)
			require.NotContains(t, again.Raw(), "<@", "nobody is mentioned again")
			s.says(again, "is on it")
			s.settles()
			require.Len(t, s.posts("cs-alerts", "acme"), 2)
			told := slices.DeleteFunc(s.thread(card), func(m slacksim.Message) bool { return !strings.Contains(m.Raw(), "any more") })
			require.Len(t, told, 1, "told once")
		})
	}
}

func TestAReplyToADeletedMessageBringsItBack(t *testing.T) {
	t.Parallel()
	s := newScene(t, nil)
	p := s.start(0)
	s.turn("acme")
	p.bell.ring()
	card := s.sees("cs-alerts", "acme")
	s.settles()
	require.NoError(t, s.slack.DeleteMessage("cs-alerts", card.TS))
	s.ahead.Store(int64(2 * seenFor))
	require.NoError(t, s.store.AddPlace(t.Context(), alerts.Place{
		Kind: alerts.PingMessage, Subject: s.alert("acme").ID, Target: "#cs-alerts", Slot: "step1", Body: []byte(`{"Text":"Nobody is on it."}`),
	}))
	p.bell.ring()
	s.until("the card is back", func() bool { return len(s.posts("cs-alerts", "acme")) == 1 })
	again := s.posts("cs-alerts", "acme")[0]
	s.says(again, "Nobody is on it.")
	require.Empty(t, s.thread(card), "nothing was said into the void")
	require.NotContains(t, again.Raw(), "<@", "nobody is mentioned again")
}
