package handlers

import (
	"context"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/stretchr/testify/require"

	"journeybot/alerts"
	"journeybot/cards"
	"journeybot/journey"
)

// oneAlert is a store with one alert, which changes as the rules say, and accounts of any id.
type oneAlert struct {
	Store
	alert    alerts.Alert
	filter   alerts.Filter // of the last list
	searched string
	seen     []string // request ids
}

func (o *oneAlert) UpdateAlert(_ context.Context, id, requestID string, change func(alerts.Alert) (alerts.Result, error)) (alerts.Alert, error) {
	if id != o.alert.ID {
		return alerts.Alert{}, alerts.ErrNotFound
	}
	o.seen = append(o.seen, requestID)
	result, err := change(o.alert)
	if err == nil && result.Changed() {
		o.alert = result.Alert
	}
	return o.alert, err
}

func (o *oneAlert) AlertView(context.Context, string) (alerts.View, error) {
	return alerts.View{Alert: o.alert}, nil
}

func (o *oneAlert) AccountView(_ context.Context, id string) (alerts.AccountView, error) {
	return alerts.AccountView{Account: journey.Account{ID: id}}, nil
}

func (o *oneAlert) FindAccount(_ context.Context, query string) (journey.Lookup, error) {
	o.searched = query
	return journey.Lookup{Query: query}, nil
}

func (o *oneAlert) LiveAlerts(_ context.Context, f alerts.Filter) ([]alerts.View, int, error) {
	o.filter = f
	return nil, 0, nil
}

// press presses one button and returns the private or public answer; ok is false when nothing was said.
func press(tb testing.TB, store Store, b slack.BlockAction, private bool) (answer slack.WebhookMessage, ok bool) {
	tb.Helper()
	r := &responses{}
	s := newSlack(store, r)
	s.cfg.Now = func() time.Time { return time.Date(2026, 11, 27, 15, 0, 0, 0, time.UTC) } // a Friday
	in := slack.InteractionCallback{Type: slack.InteractionTypeBlockActions, ResponseURL: "http://slack.test/r/1"}
	in.User.ID, in.User.Name, in.Container.IsEphemeral = "U1", "maria", private
	b.ActionTs = "1700000000.1"
	in.ActionCallback.BlockActions = []*slack.BlockAction{&b}
	acked := 0
	s.Click(in, func(m *slack.WebhookMessage) error {
		acked++
		require.Nil(tb, m, "Slack shows nothing that the acknowledgement of a click carries")
		return nil
	})
	s.Close(tb.Context())
	require.Equal(tb, 1, acked)
	if len(r.messages) == 0 {
		return answer, false
	}
	require.Len(tb, r.messages, 1)
	return r.messages[0], true
}

func chosen(value string) slack.OptionBlockObject { return slack.OptionBlockObject{Value: value} }

func TestEveryButtonOfAnAlert(t *testing.T) {
	t.Parallel()
	friday := time.Date(2026, 11, 27, 15, 0, 0, 0, time.UTC)
	open := alerts.Alert{ID: "A", Kind: alerts.HealthShift, Polarity: alerts.Risk, Status: alerts.Open, OpenedAt: friday}
	taken := open
	taken.Status, taken.Owner, taken.AckedBy, taken.AckedAt = alerts.Acknowledged, "U2", "U2", friday
	closed := open
	closed.Status, closed.Outcome, closed.ClosedAt = alerts.Resolved, "saved", friday

	for name, c := range map[string]struct {
		from   alerts.Alert
		button slack.BlockAction
		want   func(t *testing.T, a alerts.Alert)
		says   string // privately; "" for nothing
	}{
		"acknowledge": {open, slack.BlockAction{ActionID: cards.ActionAck, Value: "A"}, func(t *testing.T, a alerts.Alert) {
			require.Equal(t, alerts.Acknowledged, a.Status)
			require.Equal(t, "U1", a.Owner)
		}, ""},
		"acknowledge what is taken": {taken, slack.BlockAction{ActionID: cards.ActionAck, Value: "A"}, func(t *testing.T, a alerts.Alert) {
			require.Equal(t, "U2", a.Owner)
		}, "took this"},
		"hand back": {taken, slack.BlockAction{ActionID: cards.ActionMore, SelectedOption: chosen("A:unack")}, func(t *testing.T, a alerts.Alert) {
			require.Equal(t, alerts.Open, a.Status)
		}, ""},
		"take over": {taken, slack.BlockAction{ActionID: cards.ActionTakeOver, Value: "A"}, func(t *testing.T, a alerts.Alert) {
			require.Equal(t, "U1", a.Owner)
		}, ""},
		"snooze an hour": {open, slack.BlockAction{ActionID: cards.ActionSnooze, SelectedOption: chosen("A:1h")}, func(t *testing.T, a alerts.Alert) {
			require.Equal(t, alerts.Snoozed, a.Status)
			require.Equal(t, friday.Add(time.Hour), a.WakeAt.UTC())
		}, ""},
		"snooze over the weekend": {open, slack.BlockAction{ActionID: cards.ActionSnooze, SelectedOption: chosen("A:workday")}, func(t *testing.T, a alerts.Alert) {
			require.Equal(t, time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC), a.WakeAt.UTC())
		}, ""},
		"resolve": {open, slack.BlockAction{ActionID: cards.ActionResolve, SelectedOption: chosen("A:saved")}, func(t *testing.T, a alerts.Alert) {
			require.Equal(t, alerts.Resolved, a.Status)
			require.EqualValues(t, "saved", a.Outcome)
		}, ""},
		"resolve what is closed": {closed, slack.BlockAction{ActionID: cards.ActionResolve, SelectedOption: chosen("A:churned")}, func(t *testing.T, a alerts.Alert) {
			require.EqualValues(t, "saved", a.Outcome)
		}, "was resolved"},
		"expected": {open, slack.BlockAction{ActionID: cards.ActionNoAction, Value: "A"}, func(t *testing.T, a alerts.Alert) {
			require.Equal(t, alerts.NoAction, a.Outcome)
		}, ""},
		"reopen": {closed, slack.BlockAction{ActionID: cards.ActionReopen, Value: "A"}, func(t *testing.T, a alerts.Alert) {
			require.Equal(t, alerts.Acknowledged, a.Status)
			require.Equal(t, "U1", a.Owner)
		}, ""},
		"an alert that is gone": {open, slack.BlockAction{ActionID: cards.ActionAck, Value: "B"}, func(t *testing.T, a alerts.Alert) {
			require.Equal(t, alerts.Open, a.Status)
		}, "don't know that one"},
		"a button of another version": {open, slack.BlockAction{ActionID: "alert.unheard_of", Value: "A"}, func(t *testing.T, a alerts.Alert) {
			require.Equal(t, alerts.Open, a.Status)
		}, "newer or older"},
		"a link": {open, slack.BlockAction{ActionID: cards.ActionMore, SelectedOption: chosen("A:open_url")}, func(t *testing.T, a alerts.Alert) {
			require.Equal(t, alerts.Open, a.Status)
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := &oneAlert{alert: c.from}
			said, ok := press(t, store, c.button, false)
			c.want(t, store.alert)
			require.Equal(t, c.says != "", ok)
			if ok {
				require.Contains(t, said.Text, c.says)
				require.Equal(t, slack.ResponseTypeEphemeral, said.ResponseType)
				require.False(t, said.ReplaceOriginal, "the card in the channel stays")
			}
		})
	}
}

func TestTheSamePressHasTheSameRequestID(t *testing.T) {
	t.Parallel()
	store := &oneAlert{alert: alerts.Alert{ID: "A", Status: alerts.Open}}
	for range 2 { // as when Slack delivers it again
		press(t, store, slack.BlockAction{ActionID: cards.ActionAck, Value: "A"}, false)
	}
	press(t, store, slack.BlockAction{ActionID: cards.ActionResolve, SelectedOption: chosen("A:saved")}, false)
	require.Len(t, store.seen, 3)
	require.Equal(t, store.seen[0], store.seen[1])
	require.NotEqual(t, store.seen[0], store.seen[2])
}

func TestButtonsCarryTheirWholeValue(t *testing.T) {
	t.Parallel()
	store := &oneAlert{}
	shown, ok := press(t, store, slack.BlockAction{ActionID: cards.ActionAccount + ".2", Value: "crm:acme:7"}, true)
	require.True(t, ok)
	require.Contains(t, shown.Text, "crm:acme:7")
	require.True(t, shown.ReplaceOriginal, "the question gives way to its answer")

	shared, ok := press(t, store, slack.BlockAction{ActionID: cards.ActionShare, Value: "crm:acme:7"}, true)
	require.True(t, ok)
	require.Contains(t, shared.Text, "crm:acme:7")
	require.Equal(t, slack.ResponseTypeInChannel, shared.ResponseType)

	press(t, store, slack.BlockAction{ActionID: cards.ActionRun, Value: "crm:acme:7"}, true)
	require.Equal(t, "crm:acme:7", store.searched)

	press(t, store, slack.BlockAction{ActionID: cards.ActionPage, Value: "20:mine red"}, true)
	require.Equal(t, alerts.Filter{Owner: "U1", Red: true, Offset: 20}, store.filter)
}

func TestWordsOfTheAlertsCommand(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]alerts.Filter{
		"":                   {Owner: "U1"},
		"alerts":             {},
		"alerts mine":        {Owner: "U1"},
		"alerts unowned":     {Unowned: true},
		"alerts Red":         {Red: true},
		"alerts mine red":    {Owner: "U1", Red: true},
		"ALERTS unowned red": {Unowned: true, Red: true},
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			store := &oneAlert{filter: alerts.Filter{Offset: -1}}
			answer, _ := ask(newSlack(store, &responses{}), text)
			require.NotNil(t, answer)
			require.Equal(t, want, store.filter)
		})
	}
	store := &oneAlert{filter: alerts.Filter{Offset: -1}}
	answer, _ := ask(newSlack(store, &responses{}), "alerts unwoned")
	require.Contains(t, answer.Text, "alerts unowned", "the nearest word is offered")
	require.Equal(t, -1, store.filter.Offset, "and nothing is listed")
}
