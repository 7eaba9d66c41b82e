package handlers

import (
	"context"
	"errors"

	"github.com/slack-go/slack"

	"journeybot/alerts"
	"journeybot/cards"
)

// PlayStore reads what the texts of playbooks are filled in with.
type PlayStore interface {
	AlertFigures(ctx context.Context, id string) (alerts.View, error)
}

// playActions are the buttons of playbooks.
func playActions() map[string]action {
	return map[string]action{
		cards.ActionPlayBook:   checklist(nil),
		cards.ActionPlayStart:  checklist(change(alerts.DoAck, nil)),
		cards.ActionPlaySwitch: (*Slack).switchBook,
		cards.ActionPlayDo:     (*Slack).play,
		cards.ActionPlayOpen:   (*Slack).openPlay,
		cards.ActionPlayMore:   (*Slack).playChosen,
		cards.ActionStepTick:   tick(true),
		cards.ActionStepUndo:   tick(false),
		cards.ActionDraftOut:   (*Slack).draftOut,
	}
}

func playSubmissions() map[string]submission {
	return map[string]submission{
		cards.CallbackDraft:   (*Slack).submitDraft,
		cards.CallbackAnswers: (*Slack).submitAnswers,
		cards.CallbackConfirm: (*Slack).submitConfirmed,
	}
}

// figures reads an alert with the KPIs that texts name. Who is from outside sees none.
func (s *Slack) figures(ctx context.Context, id string) (alerts.View, error) {
	read := s.store.AlertFigures
	if s.guarded {
		read = s.store.AlertView
	}
	view, err := read(ctx, id)
	view.At = s.cfg.Now()
	return view, err
}

// checklist opens the playbook's steps, after first is done.
func checklist(first action) action {
	return form{name: cards.ActionPlayBook, ended: true, first: first, reads: (*Slack).figures, draw: func(s *Slack, _ click, v alerts.View, private string) slack.ModalViewRequest {
		return cards.Checklist(s.style(), v, private)
	}}.open
}

// tick marks a step of the checklist as done, or takes that back.
func tick(done bool) action {
	return func(s *Slack, ctx context.Context, c click) (reply, error) {
		in := c.input(alerts.DoTick)
		in.Step, in.Done, in.Playbook = c.arg, done, about(c.view).Playbook
		if _, err := s.decide(ctx, c, in, s.cfg.Now()); err != nil {
			return reply{}, err
		}
		return reply{}, s.redrawPressed(ctx, c)
	}
}

// switchBook gives the alert another playbook.
func (s *Slack) switchBook(ctx context.Context, c click) (reply, error) {
	in := c.input(alerts.DoSwitch)
	in.Playbook = c.arg
	if _, err := s.decide(ctx, c, in, s.cfg.Now()); err != nil {
		return reply{}, err
	}
	return reply{}, s.redrawPressed(ctx, c)
}

// found is the button of the alert's playbook that somebody pressed.
func (s *Slack) found(ctx context.Context, c click) (alerts.View, alerts.Action, error) {
	view, err := s.figures(ctx, c.subject)
	if err != nil {
		return view, alerts.Action{}, err
	}
	if playbook := about(c.view).Playbook; playbook != "" && playbook != view.Alert.Playbook {
		return view, alerts.Action{}, alerts.ErrSwitched
	}
	book, _ := s.cfg.Rules.Playbook(view.Alert)
	a, ok := book.ActionNamed(c.arg)
	if !ok {
		return view, a, alerts.ErrPlaybook
	}
	return view, a, nil
}

// play does what a button of the playbook is for.
func (s *Slack) play(ctx context.Context, c click) (reply, error) {
	view, a, err := s.found(ctx, c)
	if err != nil {
		return reply{}, err
	}
	switch a.Type {
	case alerts.ActionAssign:
		return s.playAssign(ctx, c, view, a)
	case alerts.ActionSnooze:
		return s.playSnooze(ctx, c, a)
	}
	return s.publish(ctx, c, view, a)
}

// playChosen is play for a choice in a menu, which may be of any type, and for which Slack has not asked whether it is meant.
func (s *Slack) playChosen(ctx context.Context, c click) (reply, error) {
	view, a, err := s.found(ctx, c)
	switch {
	case err != nil:
		return reply{}, err
	case a.Type == alerts.ActionLink:
		return reply{drawing: cards.Linked(a.Label, a.URL.RenderURL(view, s.cfg.Rules))}, nil
	case a.Confirm != "" || a.Opens():
		return s.openPlay(ctx, c)
	}
	return s.play(ctx, c)
}

// openPlay opens the form of a button.
func (s *Slack) openPlay(ctx context.Context, c click) (reply, error) {
	return form{name: cards.ActionPlayOpen, asks: c.arg, reads: (*Slack).figures, draw: (*Slack).drawPlay}.open(s, ctx, c)
}

func (s *Slack) drawPlay(c click, v alerts.View, private string) slack.ModalViewRequest {
	book, _ := s.cfg.Rules.Playbook(v.Alert)
	a, _ := book.ActionNamed(c.arg)
	switch a.Type {
	case alerts.ActionMessage:
		return cards.DraftForm(s.style(), v, a, a.Draft(v, s.cfg.Rules), private)
	case alerts.ActionForm:
		return cards.AnswersForm(s.style(), v, a, private)
	case alerts.ActionAssign:
		return cards.AssignForm(s.style(), v, private)
	case alerts.ActionSnooze:
		return cards.SnoozeForm(s.style(), v, s.zoneOf(c.user), private)
	case alerts.ActionPublish:
		return cards.ConfirmForm(s.style(), v, a, private)
	}
	return cards.Modal(s.sorry(alerts.ErrPlaybook))
}

// publish asks another system to do what the button says.
func (s *Slack) publish(ctx context.Context, c click, v alerts.View, a alerts.Action) (reply, error) {
	return s.asks(ctx, c, alerts.Asked{
		Playbook: v.Alert.Playbook, Action: a.ID, Label: a.Label, Name: a.Name, Account: v.Account.Title(), Data: a.Payload(v, s.cfg.Rules),
	})
}

func (s *Slack) asks(ctx context.Context, c click, asked alerts.Asked) (reply, error) {
	in := c.input(alerts.DoAct)
	in.Asked = asked
	if _, err := s.decide(ctx, c, in, s.cfg.Now()); err != nil {
		return reply{}, err
	}
	return reply{}, s.redrawPressed(ctx, c)
}

// playAssign gives the alert to whom the button names.
func (s *Slack) playAssign(ctx context.Context, c click, v alerts.View, a alerts.Action) (reply, error) {
	address := a.To.String()
	switch address {
	case "account_owner":
		address = v.Account.Owner
	case "sales_owner":
		address = v.Account.SalesOwner
	}
	to, err := s.people.Owner(ctx, address)
	if errors.Is(err, alerts.ErrNobody) || err == nil && to.UserID == "" {
		return reply{drawing: cards.Say("I know nobody here whom this button could mean: the account has no such owner, or the address is nobody's in " +
			"this workspace. Press Assign… under ⋯ and choose somebody.")}, nil
	}
	if err != nil {
		return reply{}, err
	}
	in := c.input(alerts.DoAssign)
	in.User = to
	if _, err := s.decide(ctx, c, in, s.cfg.Now()); err != nil {
		return reply{}, err
	}
	return reply{}, s.redrawPressed(ctx, c)
}

// playSnooze snoozes for as long as the button says.
func (s *Slack) playSnooze(ctx context.Context, c click, a alerts.Action) (reply, error) {
	in, now := c.input(alerts.DoSnooze), s.cfg.Now()
	in.Until = now.Add(a.For)
	if _, err := s.decide(ctx, c, in, now); err != nil {
		return reply{}, err
	}
	return reply{}, s.redrawPressed(ctx, c)
}

// draftOut shows the draft as it was edited so far, for copying and mailing.
func (s *Slack) draftOut(ctx context.Context, c click) (reply, error) {
	_, a, err := s.found(ctx, c)
	if err != nil {
		return reply{}, err
	}
	if _, err := s.openModal(ctx, c, cards.DraftOut(draftIn(c.view, a))); err != nil {
		return s.notOpened(c, err), nil
	}
	return reply{}, nil
}

// draftIn reads a draft as it stands in its form.
func draftIn(view slack.View, a alerts.Action) alerts.Draft {
	return alerts.Draft{
		Channel: a.Channel, To: inputOf(view, cards.FormTo), Subject: inputOf(view, cards.FormSubject), Body: inputOf(view, cards.FormBody),
	}
}

// returned is the button that a form belongs to.
func (s *Slack) returned(ctx context.Context, by alerts.Person, view slack.View) (click, alerts.View, alerts.Action, error) {
	on := about(view)
	c := click{
		user: by, channel: on.Channel, subject: on.Alert, arg: on.Asks, view: view, modal: true, private: true, requestID: "form " + view.ID, at: s.cfg.Now(),
	}
	v, a, err := s.found(ctx, c)
	c.view = slack.View{} // it closes
	return c, v, a, err
}

func (s *Slack) submitConfirmed(ctx context.Context, by alerts.Person, view slack.View) (map[string]string, error) {
	c, v, a, err := s.returned(ctx, by, view)
	if err != nil {
		return nil, err
	}
	_, err = s.publish(ctx, c, v, a)
	return nil, err
}

// submitDraft publishes an edited draft or, when nothing takes it, writes down that it was sent.
func (s *Slack) submitDraft(ctx context.Context, by alerts.Person, view slack.View) (map[string]string, error) {
	c, v, a, err := s.returned(ctx, by, view)
	if err != nil {
		return nil, err
	}
	d := draftIn(view, a)
	problems := map[string]string{}
	if d.Body == "" {
		problems[cards.FormBody] = "Write what should be sent."
	}
	switch {
	case d.Channel != alerts.DraftEmail:
	case a.Name != "" && d.To == "":
		problems[cards.FormTo] = "Write to whom it goes."
	case d.To != "" && !alerts.IsAddress(d.To):
		problems[cards.FormTo] = "Write one address, such as dana@acme.example."
	}
	if len(problems) > 0 {
		return problems, nil
	}
	if a.Name == "" {
		in := c.input(alerts.DoNote)
		in.Note = sentNote(a, d)
		_, err = s.decide(ctx, c, in, s.cfg.Now())
		return nil, err
	}
	_, err = s.asks(ctx, c, alerts.Asked{
		Playbook: v.Alert.Playbook, Action: a.ID, Label: a.Label, Name: a.Name, Account: v.Account.Title(), Data: d.Published(),
	})
	return nil, err
}

// sentNote says what was sent to whom.
func sentNote(a alerts.Action, d alerts.Draft) string {
	note := "Sent: " + a.Label
	if d.Subject != "" {
		note = "Sent: " + d.Subject
	}
	if d.To != "" {
		note += ", to " + d.To
	}
	return note
}

// submitAnswers keeps and publishes what was filled into a form.
func (s *Slack) submitAnswers(ctx context.Context, by alerts.Person, view slack.View) (map[string]string, error) {
	c, v, a, err := s.returned(ctx, by, view)
	if err != nil {
		return nil, err
	}
	data, fields, problems := a.Payload(v, s.cfg.Rules), []alerts.Field{}, map[string]string{}
	for _, f := range a.Fields {
		value, shown, wrong := s.answerTo(ctx, f, view)
		switch {
		case wrong != "":
			problems[f.ID] = wrong
		case value != nil:
			data[f.ID] = value
			fields = append(fields, alerts.Field{Label: f.Label, Value: shown})
		}
	}
	if len(problems) > 0 {
		return problems, nil
	}
	_, err = s.asks(ctx, c, alerts.Asked{
		Playbook: v.Alert.Playbook, Action: a.ID, Label: a.Label, Name: a.Name, Account: v.Account.Title(), Data: data, Fields: fields, Kept: true,
	})
	return nil, err
}

// answerTo reads one field of a form: what is published of it, how people read it, and what is wrong with it.
func (s *Slack) answerTo(ctx context.Context, f alerts.FormField, view slack.View) (value any, shown, wrong string) {
	got := given(view, f.ID)
	text := map[alerts.FieldType]string{
		alerts.FieldSelect: got.SelectedOption.Value, alerts.FieldUser: got.SelectedUser, alerts.FieldDate: got.SelectedDate,
	}[f.Type]
	if f.Type == alerts.FieldText || f.Type == alerts.FieldNumber {
		text = got.Value
	}
	value, wrong = f.Check(text)
	if value == nil || f.Type != alerts.FieldUser {
		return value, text, wrong
	}
	p := s.people.Person(ctx, text)
	if p.Deleted {
		return nil, "", p.Called() + " has left this workspace. Choose somebody else."
	}
	return map[string]any{"id": p.UserID, "name": p.Name, "email": p.Email}, p.Called(), ""
}
