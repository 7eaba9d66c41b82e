package handlers

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"path"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slack-go/slack"
	"github.com/stretchr/testify/require"

	"journeybot/alerts"
	"journeybot/cards"
)

// shownViews is Slack's side of modals: it keeps what is opened and changed.
type shownViews struct {
	mu     sync.Mutex
	calls  []string
	shown  []slack.ModalViewRequest
	closed bool // the person has closed the modal
}

func (v *shownViews) Do(req *http.Request) (*http.Response, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	var body struct{ View slack.ModalViewRequest }
	raw, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	_ = json.Unmarshal(raw, &body) // not every call has a view
	method := path.Base(req.URL.Path)
	v.calls, v.shown = append(v.calls, method), append(v.shown, body.View)
	answer := `{"ok":true,"view":{"id":"V1"},"channel":"D1","ts":"1.2"}`
	if v.closed && method == "views.update" {
		answer = `{"ok":false,"error":"not_found"}`
	}
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(answer)), Request: req, Header: http.Header{}}, nil
}

func (v *shownViews) text(tb testing.TB, i int) string {
	tb.Helper()
	raw, err := json.Marshal(v.shown[i])
	require.NoError(tb, err)
	return string(raw)
}

// slowAlert is a store whose answers take a while.
type slowAlert struct {
	oneAlert
	takes time.Duration
	fails error
}

func (o *slowAlert) AlertView(ctx context.Context, id string) (alerts.View, error) {
	time.Sleep(o.takes)
	if o.fails != nil {
		return alerts.View{}, o.fails
	}
	return o.oneAlert.AlertView(ctx, id)
}

func (o *slowAlert) UpdateAlert(ctx context.Context, id, requestID string, change func(alerts.Alert) (alerts.Result, error)) (alerts.Alert, error) {
	time.Sleep(o.takes)
	if o.fails != nil {
		return alerts.Alert{}, o.fails
	}
	return o.oneAlert.UpdateAlert(ctx, id, requestID, change)
}

// staff are people whom a directory knows.
type staff struct {
	nobody
	people map[string]alerts.Person
}

func (s staff) Person(_ context.Context, id string) alerts.Person {
	if p, ok := s.people[id]; ok {
		return p
	}
	return alerts.Person{UserID: id, Email: id + "@example.com", Name: id}
}

var friday = time.Date(2026, 11, 27, 15, 0, 0, 0, time.UTC)

func newForms(store Store, v *shownViews, r *responses) *Slack {
	s := NewSlack(store, staff{people: map[string]alerts.Person{
		"U1":      {UserID: "U1", Name: "Maria", Email: "maria@example.com", TZ: "Europe/Berlin"},
		"UGONE":   {UserID: "UGONE", Name: "Gone", Deleted: true},
		"UGUEST":  {UserID: "UGUEST", Name: "Gina", Guest: true},
		"UBOT":    {UserID: "UBOT", Name: "Otto", Bot: true},
		"ALIEN":   {UserID: "ALIEN", Name: "Zoe", Guest: true, Stranger: true},
		"NOBODYS": {UserID: "NOBODYS", Name: "Nora"},
	}}, Config{
		Rules: &alerts.Rules{Zone: time.UTC, Currency: "EUR"}, HTTPClient: &http.Client{Transport: r},
		API: slack.New("xoxb-test", slack.OptionHTTPClient(v)), Now: func() time.Time { return friday },
	})
	return s
}

func openAlert() alerts.Alert {
	return alerts.Alert{
		ID: "A", ShortID: "A-7K2", Kind: alerts.MilestoneDropoff, Polarity: alerts.Risk, Status: alerts.Open, OpenedAt: friday, Owner: "U2",
		Facts: alerts.Facts{Dropoff: &alerts.DropoffFacts{Milestone: "d", ExpectedBy: friday}},
	}
}

func closedAlertNow() alerts.Alert {
	a := openAlert()
	a.Status, a.Outcome, a.ClosedAt = alerts.Resolved, alerts.Saved, friday
	return a
}

func (s *Slack) pressed(tb testing.TB, user string, b slack.BlockAction) {
	tb.Helper()
	in := slack.InteractionCallback{Type: slack.InteractionTypeBlockActions, ResponseURL: "http://slack.test/r/1", TriggerID: "T1"}
	in.User.ID, in.Channel.ID = user, "C1"
	b.ActionTs = "1700000000.1"
	in.ActionCallback.BlockActions = []*slack.BlockAction{&b}
	s.Click(in, func(*slack.WebhookMessage) error { return nil })
	s.Close(tb.Context())
}

func TestEveryFormOpensAboutItsAlert(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		button   slack.BlockAction
		callback string
		inClosed bool // opens although the alert is over
	}{
		"assign":            {slack.BlockAction{ActionID: cards.ActionMore, SelectedOption: chosen("A:assign")}, cards.ActionAssign, false},
		"note":              {slack.BlockAction{ActionID: cards.ActionMore, SelectedOption: chosen("A:note")}, cards.ActionNote, true},
		"snooze":            {slack.BlockAction{ActionID: cards.ActionSnooze, SelectedOption: chosen("A:pick")}, cards.ActionSnooze, false},
		"churned":           {slack.BlockAction{ActionID: cards.ActionResolve, SelectedOption: chosen("A:churned")}, cards.ActionOutcome, false},
		"another reason":    {slack.BlockAction{ActionID: cards.ActionDecline, SelectedOption: chosen("A:other")}, cards.ActionOutcome, false},
		"amend":             {slack.BlockAction{ActionID: cards.ActionOutcome, Value: "A"}, cards.ActionOutcome, true},
		"extend":            {slack.BlockAction{ActionID: cards.ActionExtend, Value: "A"}, cards.ActionExtend, false},
		"an old disqualify": {slack.BlockAction{ActionID: cards.ActionResolve, Value: "A:disqualified"}, cards.ActionOutcome, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v, r := &shownViews{}, &responses{}
			newForms(&oneAlert{alert: openAlert()}, v, r).pressed(t, "U1", c.button)
			require.Equal(t, []string{"views.open"}, v.calls)
			require.Equal(t, c.callback, v.shown[0].CallbackID)
			require.JSONEq(t, `{"alert":"A","channel":"C1"}`, v.shown[0].PrivateMetadata)
			require.Empty(t, r.messages)

			v, r = &shownViews{}, &responses{}
			store := &oneAlert{alert: closedAlertNow()}
			newForms(store, v, r).pressed(t, "U1", c.button)
			require.Equal(t, closedAlertNow(), store.alert, "a late press changes nothing")
			require.Equal(t, c.inClosed, len(v.calls) == 1)
			if !c.inClosed {
				require.Contains(t, r.messages[0].Text, "was resolved")
			}
		})
	}
}

func TestAFormOpensWhileTheDatabaseIsSlow(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		takes time.Duration
		fails error
		calls []string
		last  string
	}{
		"at once":    {100 * time.Millisecond, nil, []string{"views.open"}, "Hand-off note"},
		"slowly":     {4 * time.Second, nil, []string{"views.open", "views.update"}, "Hand-off note"},
		"not at all": {4 * time.Second, errors.New("connection refused"), []string{"views.open", "views.update"}, "could not reach the database"},
		"gone":       {4 * time.Second, alerts.ErrNotFound, []string{"views.open", "views.update"}, "don't know that one"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				v := &shownViews{}
				s := newForms(&slowAlert{oneAlert{alert: openAlert()}, c.takes, c.fails}, v, &responses{})
				s.pressed(t, "U1", slack.BlockAction{ActionID: cards.ActionAssign, Value: "A"})
				require.Equal(t, c.calls, v.calls)
				require.Contains(t, v.text(t, len(v.shown)-1), c.last)
				if len(v.calls) > 1 {
					require.Contains(t, v.text(t, 0), "Loading")
				}
			})
		})
	}
}

func TestWhereTheMessageDoesNotChangeThePresserIsAnswered(t *testing.T) {
	t.Parallel()
	for block, answered := range map[string]bool{"act:A:1": false, cards.FrozenRow + "A": true, cards.ListRow + "A:1": true} {
		r, store := &responses{}, &oneAlert{alert: openAlert()}
		newForms(store, &shownViews{}, r).pressed(t, "U1", slack.BlockAction{ActionID: cards.ActionAck, Value: "A", BlockID: block})
		require.Equal(t, alerts.Acknowledged, store.alert.Status)
		require.Equal(t, answered, len(r.messages) == 1, block)
		if answered {
			require.Contains(t, r.messages[0].Text, "U1 is on it")
			require.False(t, r.messages[0].ReplaceOriginal, "the message stays")
		}
	}
}

func TestStillOnItTakesWhatIsOpenAgain(t *testing.T) {
	t.Parallel()
	press := slack.BlockAction{ActionID: cards.ActionStillOn, Value: "A", BlockID: cards.FrozenRow + "A"}
	store := &oneAlert{alert: openAlert()}
	newForms(store, &shownViews{}, &responses{}).pressed(t, "U1", press)
	require.Equal(t, "U1", store.alert.AckedBy)

	store = &oneAlert{alert: openAlert()}
	store.alert.Status, store.alert.Owner, store.alert.AckedBy = alerts.Acknowledged, "U1", "U1"
	newForms(store, &shownViews{}, &responses{}).pressed(t, "U1", press)
	require.Equal(t, alerts.Acknowledged, store.alert.Status)
}

// sent submits a form about the alert A and returns what it becomes.
func (s *Slack) sent(tb testing.TB, user, callback, private string, inputs map[string]slack.BlockAction) *slack.ViewSubmissionResponse {
	tb.Helper()
	in := slack.InteractionCallback{Type: slack.InteractionTypeViewSubmission}
	in.User.ID, in.View.ID, in.View.CallbackID, in.View.PrivateMetadata = user, "V1", callback, private
	in.View.State = &slack.ViewState{Values: map[string]map[string]slack.BlockAction{}}
	for name, given := range inputs {
		in.View.State.Values[name] = map[string]slack.BlockAction{name: given}
	}
	var answers []*slack.ViewSubmissionResponse
	s.Submit(in, func(a *slack.ViewSubmissionResponse) error {
		answers = append(answers, a)
		return nil
	})
	require.Len(tb, answers, 1)
	return answers[0]
}

const aboutA = `{"alert":"A","channel":"C1"}`

func TestForms(t *testing.T) {
	t.Parallel()
	user := func(id string) slack.BlockAction { return slack.BlockAction{SelectedUser: id} }
	text := func(s string) slack.BlockAction { return slack.BlockAction{Value: s} }
	day := func(s string) slack.BlockAction { return slack.BlockAction{SelectedDate: s} }
	at := func(s string) slack.BlockAction { return slack.BlockAction{SelectedTime: s} }
	picked := func(s string) slack.BlockAction { return slack.BlockAction{SelectedOption: chosen(s)} }
	for name, c := range map[string]struct {
		form   string
		closed bool
		ended  bool // it was opened about an alert that was over
		given  map[string]slack.BlockAction
		want   func(t *testing.T, a alerts.Alert)
		wrong  map[string]string // parts of what is said, by input
		says   string            // in place of the form
	}{
		"assign": {form: cards.ActionAssign, given: map[string]slack.BlockAction{"user": user("U3"), "note": text("call first")}, want: func(t *testing.T, a alerts.Alert) {
			require.Equal(t, "U3", a.Owner)
		}},
		"assign to oneself": {form: cards.ActionAssign, given: map[string]slack.BlockAction{"user": user("U1")}, want: func(t *testing.T, a alerts.Alert) {
			require.Equal(t, "U1", a.AckedBy)
		}},
		"assign to who left":  {form: cards.ActionAssign, given: map[string]slack.BlockAction{"user": user("UGONE")}, wrong: map[string]string{"user": "has left"}},
		"assign to a guest":   {form: cards.ActionAssign, given: map[string]slack.BlockAction{"user": user("UGUEST")}, wrong: map[string]string{"user": "guest"}},
		"assign to an app":    {form: cards.ActionAssign, given: map[string]slack.BlockAction{"user": user("UBOT")}, wrong: map[string]string{"user": "app"}},
		"assign to nobody":    {form: cards.ActionAssign, wrong: map[string]string{"user": "Choose"}},
		"assign what is over": {form: cards.ActionAssign, closed: true, given: map[string]slack.BlockAction{"user": user("U3")}, says: "was resolved"},

		"note": {form: cards.ActionNote, given: map[string]slack.BlockAction{"note": text("they moved offices")}, want: func(t *testing.T, a alerts.Alert) {
			require.Equal(t, alerts.Open, a.Status)
		}},
		"empty note": {form: cards.ActionNote, given: map[string]slack.BlockAction{"note": text("  ")}, wrong: map[string]string{"note": "Write"}},

		"snooze in one's own zone": {form: cards.ActionSnooze, given: map[string]slack.BlockAction{"date": day("2026-11-30"), "time": at("08:15")}, want: func(t *testing.T, a alerts.Alert) {
			require.Equal(t, time.Date(2026, 11, 30, 7, 15, 0, 0, time.UTC), a.WakeAt.UTC(), "Berlin is an hour ahead")
		}},
		"snooze until past":      {form: cards.ActionSnooze, given: map[string]slack.BlockAction{"date": day("2026-11-27"), "time": at("15:59")}, wrong: map[string]string{"time": "It is 16:00 already"}},
		"snooze until yesterday": {form: cards.ActionSnooze, given: map[string]slack.BlockAction{"date": day("2026-11-26"), "time": at("23:00")}, wrong: map[string]string{"date": "over"}},
		"snooze for too long":    {form: cards.ActionSnooze, given: map[string]slack.BlockAction{"date": day("2027-02-26"), "time": at("09:00")}, wrong: map[string]string{"date": "25 Feb 2027"}},
		"snooze without a day":   {form: cards.ActionSnooze, given: map[string]slack.BlockAction{"time": at("09:00")}, wrong: map[string]string{"date": "Choose"}},
		"snooze without a time":  {form: cards.ActionSnooze, given: map[string]slack.BlockAction{"date": day("2026-11-30")}, wrong: map[string]string{"time": "Choose"}},

		"resolve": {form: cards.ActionOutcome, given: map[string]slack.BlockAction{"outcome": picked("churned"), "arr": text("€ 84.000,50"), "note": text("bought out")}, want: func(t *testing.T, a alerts.Alert) {
			require.Equal(t, alerts.ChurnedOut, a.Outcome)
			require.EqualValues(t, 8_400_050, *a.OutcomeARR)
		}},
		"resolve without saying enough": {
			form: cards.ActionOutcome, given: map[string]slack.BlockAction{"outcome": picked("churned"), "arr": text("a lot")},
			wrong: map[string]string{"note": "reason", "arr": "84,000"},
		},
		"resolve as nothing":                       {form: cards.ActionOutcome, wrong: map[string]string{"outcome": "Choose"}},
		"resolve what somebody resolved meanwhile": {form: cards.ActionOutcome, closed: true, given: map[string]slack.BlockAction{"outcome": picked("no_action")}, says: "was resolved"},
		"amend": {form: cards.ActionOutcome, closed: true, ended: true, given: map[string]slack.BlockAction{"outcome": picked("no_action"), "arr": text("12k")}, want: func(t *testing.T, a alerts.Alert) {
			require.Equal(t, alerts.NoAction, a.Outcome)
			require.EqualValues(t, 1_200_000, *a.OutcomeARR)
		}},

		"extend": {form: cards.ActionExtend, given: map[string]slack.BlockAction{"date": day("2026-12-11")}, want: func(t *testing.T, a alerts.Alert) {
			require.Equal(t, time.Date(2026, 12, 11, 23, 59, 59, 0, time.UTC), a.Facts.Dropoff.ExpectedBy.UTC())
			require.Equal(t, 1, a.Facts.Dropoff.Extended)
		}},
		"extend into the past":   {form: cards.ActionExtend, given: map[string]slack.BlockAction{"date": day("2026-11-26")}, wrong: map[string]string{"date": "over"}},
		"extend for years":       {form: cards.ActionExtend, given: map[string]slack.BlockAction{"date": day("2028-01-01")}, wrong: map[string]string{"date": "year"}},
		"a form nobody knows":    {form: "alert.unheard_of", want: func(t *testing.T, a alerts.Alert) { require.Equal(t, openAlert(), a) }},
		"a form without a state": {form: cards.ActionExtend, wrong: map[string]string{"date": "Choose"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store, private := &oneAlert{alert: openAlert()}, aboutA
			if c.closed {
				store.alert = closedAlertNow()
			}
			if c.ended {
				private = `{"alert":"A","ended":true}`
			}
			before := store.alert
			s := newForms(store, &shownViews{}, &responses{})
			got := s.sent(t, "U1", c.form, private, c.given)
			s.Close(t.Context())
			switch {
			case c.want != nil:
				require.Nil(t, got)
				c.want(t, store.alert)
			case c.says != "":
				require.Equal(t, slack.RAUpdate, got.ResponseAction)
				require.Contains(t, said(t, got), c.says)
				require.Equal(t, before, store.alert)
			default:
				require.Equal(t, slack.RAErrors, got.ResponseAction)
				require.Len(t, got.Errors, len(c.wrong))
				for input, part := range c.wrong {
					require.Contains(t, got.Errors[input], part)
				}
				require.Equal(t, before, store.alert)
			}
		})
	}
}

func said(tb testing.TB, answer any) string {
	tb.Helper()
	raw, err := json.Marshal(answer)
	require.NoError(tb, err)
	return string(raw)
}

func TestAFormDeliveredTwiceIsOneRequest(t *testing.T) {
	t.Parallel()
	store := &oneAlert{alert: openAlert()}
	s := newForms(store, &shownViews{}, &responses{})
	for range 2 {
		s.sent(t, "U1", cards.ActionNote, aboutA, map[string]slack.BlockAction{"note": {Value: "once"}})
	}
	s.Close(t.Context())
	require.Len(t, store.seen, 2)
	require.Equal(t, store.seen[0], store.seen[1])
	require.NotEmpty(t, store.seen[0])
}

func TestAFormThatTakesLongSaysSo(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		given  string
		fails  error
		closed bool
		calls  []string
		last   string
	}{
		"kept":                    {given: "done", calls: []string{"views.update"}, last: "Saved."},
		"kept, and closed":        {given: "done", closed: true, calls: []string{"views.update"}},
		"over":                    {given: "done", fails: alerts.ErrNotFound, calls: []string{"views.update"}, last: "don't know that one"},
		"not kept, and closed":    {given: "done", fails: errors.New("away"), closed: true, calls: []string{"views.update", "chat.postMessage"}},
		"not kept in two minutes": {given: "done", fails: errors.New("away"), calls: []string{"views.update"}, last: "could not reach the database"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				v := &shownViews{closed: c.closed}
				s := newForms(&slowAlert{oneAlert{alert: openAlert()}, 5 * time.Second, c.fails}, v, &responses{})
				start := time.Now()
				got := s.sent(t, "U1", cards.ActionNote, aboutA, map[string]slack.BlockAction{"note": {Value: c.given}})
				require.Equal(t, submitWithin, time.Since(start), "Slack waits for three seconds")
				require.Contains(t, said(t, got), "Saving")
				s.Close(t.Context())
				require.Equal(t, c.calls, v.calls)
				if c.last != "" {
					require.Contains(t, v.text(t, 0), c.last)
				}
			})
		})
	}
}

func TestAmounts(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{
		"84000": 84_000_00, "84,000": 84_000_00, "84.000": 84_000_00, "84 000": 84_000_00, "84'000": 84_000_00, "€84k": 84_000_00, "84 K": 84_000_00,
		"1.5k": 1_500_00, "1,5k": 1_500_00, "1.125m": 1_125_000_00, "$1.2M": 1_200_000_00, "1,234,567": 1_234_567_00, "1.234.567,89": 1_234_567_89,
		"1,234,567.8": 1_234_567_80, "12.34": 12_34, "12,3": 12_30, "0": 0, "84\u00a0000,5": 84_000_50, "1,000.5k": 1_000_500_00,
	} {
		got, err := cents(text)
		require.NoError(t, err, text)
		require.Equal(t, want, *got, text)
	}
	for _, text := range []string{"a lot", "-5", "1e9", "12,34,56", "1.2.3", "84k5", "k", ".", "1,2345", "12345678901234567890", "2000000m", "84 EURO", "NaN", "Inf"} {
		got, err := cents(text)
		require.Error(t, err, text)
		require.Nil(t, got, text)
	}
	got, err := cents(" ")
	require.NoError(t, err)
	require.Nil(t, got)
}
