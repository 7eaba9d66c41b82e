package cards_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/stretchr/testify/require"

	"journeybot/alerts"
	"journeybot/cards"
)

// playing is a style whose playbook for health has buttons of every type, more of them than a card has room for, and another beside it.
func playing(t testing.TB) cards.Style {
	t.Helper()
	text := func(source string) *alerts.Text {
		compiled, err := alerts.CompileText(source)
		require.NoError(t, err)
		return compiled
	}
	health, err := alerts.CompileWhen(`kind == "health_shift"`)
	require.NoError(t, err)
	s := style(t)
	one, forty := 1.0, 40.0
	s.Rules.Playbooks = []alerts.Playbook{
		{
			Name: "early-risk", For: health,
			Steps: []alerts.Step{
				{ID: "call", Title: text("Call {{.Account.Champion.Name}}"), Hint: text("Ask what changed <!channel> *now*"), Role: "owner", Due: day},
				{ID: "plan", Title: text("Agree recovery plan"), Hint: text("Users {{sparkline \"active_users\"}}"), Role: "owner", Due: 3 * day},
				{ID: "late", Title: text("Tell the sponsor"), Role: "sales", Due: time.Hour},
				{ID: "gift", Title: text("Send a gift"), Optional: true},
			},
			Actions: []alerts.Action{
				{ID: "crm", Type: alerts.ActionLink, Label: "CRM", URL: text("{{.Account.CRMURL}}")},
				{ID: "none", Type: alerts.ActionLink, Label: "Nowhere", URL: text("{{.Account.Plan}}")},
				{ID: "buffer", Type: alerts.ActionPublish, Label: "Grant buffer", Name: "grant_buffer", Confirm: "Add 10 % for Acme?"},
				{
					ID: "write", Type: alerts.ActionMessage, Label: "Draft e-mail", Channel: alerts.DraftEmail, To: text("{{.Account.Champion.Email}}"),
					Subject: text("What changed at {{.Account.Name}}?"), Body: text("Hi {{first .Account.Champion.Name}},\n\n{{.Alert.Measure}} fell."),
				},
				{ID: "plan", Type: alerts.ActionForm, Label: "Recovery plan", Name: "plan", Fields: []alerts.FormField{
					{ID: "cause", Type: alerts.FieldSelect, Label: "Cause", Options: []string{"Adoption", "Budget"}},
					{ID: "hours", Type: alerts.FieldNumber, Label: "Hours", Min: &one, Max: &forty},
					{ID: "who", Type: alerts.FieldUser, Label: "Helper", Optional: true},
					{ID: "until", Type: alerts.FieldDate, Label: "Next check"},
					{ID: "what", Type: alerts.FieldText, Label: "What", Hint: "Three lines.", Multiline: true},
				}},
				{ID: "sales", Type: alerts.ActionAssign, Label: "To sales"},
				{ID: "later", Type: alerts.ActionSnooze, Label: "In three days", For: 3 * day},
				{ID: "ticket", Type: alerts.ActionPublish, Label: "Open ticket", Name: "open_ticket", Confirm: "Open one?"},
			},
		},
		{Name: "calm-down", For: health, Steps: []alerts.Step{{ID: "look", Title: text("Look")}}},
	}
	return s
}

// played is an acknowledged alert in the middle of its playbook.
func played() alerts.View {
	v := view(alerts.HealthShift)
	statuses["acknowledged"](&v)
	act := func(action, label string, answered time.Time, ok, kept bool, message string) alerts.Act {
		return alerts.Act{
			ID: action, Playbook: "early-risk", Action: action, Label: label, By: ben, At: ago(30 * time.Minute), Answered: answered, OK: ok, Kept: kept, Message: message,
		}
	}
	v.Alert.Play.Acts = []alerts.Act{
		act("plan", "Recovery plan", time.Time{}, false, true, ""),
		act("buffer", "Grant buffer", ago(20*time.Minute), true, false, "Until Friday"),
		act("ticket", "Open ticket", ago(10*time.Minute), false, false, "No project <b>"),
	}
	return v
}

func goldenAs(t *testing.T, name string, d cards.Drawing) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		t.Parallel()
		golden(t, d)
	})
}

func TestPlay(t *testing.T) {
	t.Parallel()
	s := playing(t)
	goldenAs(t, "card", cards.Alert(s, played(), false))
	open := view(alerts.HealthShift)
	goldenAs(t, "card_open", cards.Alert(s, open, true))
	guarded := s
	guarded.Guarded = true
	goldenAs(t, "card_for_outsiders", cards.Alert(guarded, played(), false))
	raw, err := json.Marshal(cards.Alert(guarded, played(), false).Blocks)
	require.NoError(t, err)
	require.NotContains(t, string(raw), "Until Friday", "what other systems say stays inside")

	act := alerts.Act{Label: "Grant buffer", By: ben, At: ago(time.Minute)}
	goldenAs(t, "acted", cards.Acted(s, played(), act))
	goldenAs(t, "linked", cards.Linked("CRM", "https://crm.example/?a=1&b=2"))
	v := played()
	v.History = nil
	happen(
		&v, alerts.Entry{What: alerts.DidSwitch, Actor: ben, Data: alerts.EntryData{Before: "early-risk", After: "calm-down"}},
		alerts.Entry{What: alerts.DidAct, Actor: ben, Data: alerts.EntryData{Target: "Grant buffer"}},
		alerts.Entry{What: alerts.DidAct, Actor: ben, Data: alerts.EntryData{Target: "Recovery plan", Fields: []alerts.Field{{Label: "Cause", Value: "Budget"}, {Label: "What", Value: "a\n<b>"}}}},
		alerts.Entry{What: alerts.DidAnswer, Data: alerts.EntryData{Target: "Open ticket", Note: "No project <b>"}},
		alerts.Entry{What: alerts.DidRemind, Data: alerts.EntryData{User: "UMARIA", Step: "plan"}},
	)
	thread, ok := cards.Thread(s, v, 0)
	require.True(t, ok)
	goldenAs(t, "thread", thread)
}

func TestPlayForms(t *testing.T) {
	t.Parallel()
	s, v := playing(t), played()
	book, _ := s.Rules.Playbook(v.Alert)
	action := func(id string) alerts.Action {
		a, ok := book.ActionNamed(id)
		require.True(t, ok)
		return a
	}
	write := action("write")
	for name, form := range map[string]slack.ModalViewRequest{
		"checklist": cards.Checklist(s, v, "private"),
		"draft":     cards.DraftForm(s, v, write, write.Draft(v, s.Rules), "private"),
		"copy":      cards.DraftOut(write.Draft(v, s.Rules)),
		"form":      cards.AnswersForm(s, v, action("plan"), "private"),
		"confirm":   cards.ConfirmForm(s, v, action("ticket"), "private"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.LessOrEqual(t, len([]rune(form.Title.Text)), 24)
			goldenJSON(t, form)
		})
	}
	gone := v
	gone.Alert.Playbook = "gone"
	raw, err := json.Marshal(cards.Checklist(s, gone, "private"))
	require.NoError(t, err)
	require.Contains(t, string(raw), "no playbook")
}

func TestMailLinks(t *testing.T) {
	t.Parallel()
	link := func(d alerts.Draft) string {
		raw, err := json.Marshal(cards.DraftOut(d).Blocks)
		require.NoError(t, err)
		return strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&").Replace(string(raw))
	}
	mail := alerts.Draft{Channel: alerts.DraftEmail, To: "dana+x@acme.example", Subject: "a|b> & <c>", Body: "1\n2 ü"}
	require.Contains(t, link(mail), "<mailto:dana%2Bx@acme.example?subject=a%7Cb%3E%20%26%20%3Cc%3E&amp;body=1%0D%0A2%20%C3%BC|Open in mail>")
	mail.To = "Dana <dana@acme.example>\r\nbcc: all@acme.example"
	require.Contains(t, link(mail), "<mailto:?subject=", "no address, no headers")
	mail.Body = strings.Repeat("long ", 500)
	require.NotContains(t, link(mail), "body=")
	require.Contains(t, link(mail), "too long for a mail link")
	mail.Channel = alerts.DraftInApp
	require.NotContains(t, link(mail), "mailto:")
}
