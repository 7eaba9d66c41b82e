package handlers

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/slack-go/slack"

	"journeybot/alerts"
	"journeybot/cards"
)

// form is a modal about an alert, named after the action that opens it.
type form struct {
	name  string
	ended bool                                                                // it makes sense about an alert that is over, too
	first action                                                              // done before it is drawn; nil for nothing
	asks  string                                                              // id of the playbook's button that it belongs to; "" for none
	reads func(s *Slack, ctx context.Context, id string) (alerts.View, error) // nil reads the alert without KPIs
	draw  func(s *Slack, c click, v alerts.View, private string) slack.ModalViewRequest
}

// modalActions open a form about an alert.
func modalActions() map[string]action {
	all := map[string]action{}
	for _, f := range []form{
		{name: cards.ActionAssign, draw: func(s *Slack, _ click, v alerts.View, private string) slack.ModalViewRequest {
			return cards.AssignForm(s.style(), v, private)
		}},
		{name: cards.ActionNote, ended: true, draw: func(s *Slack, _ click, v alerts.View, private string) slack.ModalViewRequest {
			return cards.NoteForm(s.style(), v, private)
		}},
		{name: cards.ActionExtend, draw: func(s *Slack, _ click, v alerts.View, private string) slack.ModalViewRequest {
			return cards.ExtendForm(s.style(), v, private)
		}},
		{name: cards.ActionOutcome, ended: true, draw: func(s *Slack, _ click, v alerts.View, private string) slack.ModalViewRequest {
			return cards.OutcomeForm(s.style(), v, v.Alert.Outcome, private)
		}},
	} {
		all[f.name] = f.open
	}
	return all
}

// openSnooze asks until when.
func (s *Slack) openSnooze(ctx context.Context, c click) (reply, error) {
	return form{name: cards.ActionSnooze, draw: func(s *Slack, c click, v alerts.View, private string) slack.ModalViewRequest {
		return cards.SnoozeForm(s.style(), v, s.zoneOf(c.user), private)
	}}.open(s, ctx, c)
}

// openOutcome asks for what the chosen outcome needs beside its name.
func (s *Slack) openOutcome(ctx context.Context, c click) (reply, error) {
	return outcomeForm(alerts.Outcome(c.arg)).open(s, ctx, c)
}

func (s *Slack) openDecline(ctx context.Context, c click) (reply, error) {
	return outcomeForm(alerts.Disqualified).open(s, ctx, c)
}

func outcomeForm(chosen alerts.Outcome) form {
	return form{name: cards.ActionOutcome, draw: func(s *Slack, _ click, v alerts.View, private string) slack.ModalViewRequest {
		return cards.OutcomeForm(s.style(), v, chosen, private)
	}}
}

// subject is what a form remembers of the press that opened it.
type subject struct {
	Alert   string `json:"alert"`
	Channel string `json:"channel,omitempty"`
	Ended   bool   `json:"ended,omitempty"` // it was asked for about an alert that was over

	Playbook string `json:"playbook,omitempty"` // that the alert had then
	Asks     string `json:"asks,omitempty"`     // id of the playbook's button
}

// openWithin is how long a form may be drawn before another one stands in for it: Slack takes a press's trigger for three seconds.
const openWithin = 1200 * time.Millisecond

func (f form) open(s *Slack, ctx context.Context, c click) (reply, error) {
	return s.openForm(ctx, c, f.name, func(ctx context.Context) (slack.ModalViewRequest, error) { return f.about(s, ctx, c) })
}

// openForm shows a form while Slack allows it, also when the database is slow: then a stand-in says so until the form is there.
func (s *Slack) openForm(ctx context.Context, c click, name string, draw func(context.Context) (slack.ModalViewRequest, error)) (reply, error) {
	if s.cfg.Now().Sub(c.at) > triggerLives {
		return reply{drawing: cards.Say("I could not open the form in time. Please press again.")}, nil
	}
	type drawn struct {
		view slack.ModalViewRequest
		err  error
	}
	ready := make(chan drawn, 1)
	s.working.Go(func() {
		view, err := draw(ctx)
		ready <- drawn{view, err}
	})
	timer := time.NewTimer(openWithin)
	defer timer.Stop()
	select {
	case d := <-ready:
		if d.err != nil {
			return reply{}, d.err
		}
		opened, err := s.openModal(ctx, c, d.view)
		if err != nil {
			return s.notOpened(c, err), nil
		}
		s.hasOpen(c, opened.ID, d.view)
		return reply{}, nil
	case <-timer.C:
	}
	opened, err := s.openModal(ctx, c, cards.FormLoading(name))
	if err != nil {
		return s.notOpened(c, err), nil
	}
	d := <-ready
	if d.err != nil {
		d.view = cards.Modal(s.sorry(d.err))
	}
	if _, err := s.cfg.API.UpdateViewContext(ctx, d.view, "", "", opened.ID); err != nil {
		return s.notOpened(c, err), nil
	}
	s.hasOpen(c, opened.ID, d.view)
	return reply{}, nil
}

// about draws the form. About an alert that is over there is nothing more to say in most of them.
func (f form) about(s *Slack, ctx context.Context, c click) (slack.ModalViewRequest, error) {
	if f.first != nil {
		if _, err := f.first(s, ctx, c); err != nil {
			return slack.ModalViewRequest{}, err
		}
	}
	read := f.reads
	if read == nil {
		read = func(s *Slack, ctx context.Context, id string) (alerts.View, error) { return s.store.AlertView(ctx, id) }
	}
	view, err := read(s, ctx, c.subject)
	if err != nil {
		return slack.ModalViewRequest{}, err
	}
	a := view.Alert
	if !a.Status.Live() && !f.ended {
		return slack.ModalViewRequest{}, &closedAlert{&alerts.ClosedError{Status: a.Status, Outcome: a.Outcome, At: a.ClosedAt}, view}
	}
	private, err := json.Marshal(subject{Alert: a.ID, Channel: c.channel, Ended: !a.Status.Live(), Playbook: a.Playbook, Asks: f.asks})
	if err != nil {
		return slack.ModalViewRequest{}, fmt.Errorf("remember alert: %w", err)
	}
	return f.draw(s, c, view, string(private)), nil
}

// openModal opens a modal, above the one in which it was asked for.
func (s *Slack) openModal(ctx context.Context, c click, view slack.ModalViewRequest) (*slack.ViewResponse, error) {
	if c.modal {
		return s.cfg.API.PushViewContext(ctx, c.trigger, view)
	}
	return s.cfg.API.OpenViewContext(ctx, c.trigger, view)
}

func (s *Slack) notOpened(c click, err error) reply {
	s.cfg.Logger.Warn("form not opened", "alert_id", c.subject, "user", c.user.UserID, "err", err)
	return reply{drawing: cards.Say("Slack did not open the form. Please press again.")}
}

// sorry is what the person reads instead of what was asked for.
func (s *Slack) sorry(err error) cards.Drawing {
	if refused, ok := s.refusal(err); ok {
		return refused.drawing
	}
	s.cfg.Logger.Warn("form not drawn", "err", err)
	return cards.Say(unreachable)
}

// modalSubmissions take the forms.
func modalSubmissions() map[string]submission {
	return map[string]submission{
		cards.ActionAssign:  (*Slack).submitAssign,
		cards.ActionNote:    (*Slack).submitNoteOn,
		cards.ActionSnooze:  (*Slack).submitSnooze,
		cards.ActionOutcome: (*Slack).submitOutcome,
		cards.ActionExtend:  (*Slack).submitExtend,
	}
}

// about reads which alert a form is about.
func about(view slack.View) subject {
	var about subject
	_ = json.Unmarshal([]byte(view.PrivateMetadata), &about) // ours, or nothing: then no alert is found
	return about
}

// apply makes one change that a form asks for. The form counts once, however often Slack delivers it.
func (s *Slack) apply(ctx context.Context, by alerts.Person, view slack.View, in alerts.Input) error {
	on := about(view)
	c := click{user: by, channel: on.Channel, subject: on.Alert, requestID: "form " + view.ID}
	filled := c.input(in.Do)
	in.By, in.Origin, in.RequestID = filled.By, filled.Origin, filled.RequestID
	_, err := change(in.Do, func(_ *Slack, _ click, to *alerts.Input) error {
		*to = in
		return nil
	})(s, ctx, c)
	return err
}

func (s *Slack) submitAssign(ctx context.Context, by alerts.Person, view slack.View) (map[string]string, error) {
	to := s.people.Person(ctx, given(view, cards.FormUser).SelectedUser)
	if wrong := cannotOwn(to); wrong != "" {
		return map[string]string{cards.FormUser: wrong}, nil
	}
	return nil, s.apply(ctx, by, view, alerts.Input{Do: alerts.DoAssign, User: to, Note: inputOf(view, cards.FormNote)})
}

// cannotOwn says why somebody cannot own alerts; "" when they can.
func cannotOwn(p alerts.Person) string {
	switch {
	case p.UserID == "":
		return "Choose who takes it."
	case p.Deleted:
		return p.Called() + " has left this workspace. Choose somebody else."
	case p.Bot:
		return p.Called() + " is an app. Choose a person."
	case p.Guest:
		return p.Called() + " is a guest here or of another company, and cannot own alerts. Choose somebody else."
	}
	return ""
}

func (s *Slack) submitNoteOn(ctx context.Context, by alerts.Person, view slack.View) (map[string]string, error) {
	note := inputOf(view, cards.FormNote)
	if note == "" {
		return map[string]string{cards.FormNote: "Write what should be remembered."}, nil
	}
	return nil, s.apply(ctx, by, view, alerts.Input{Do: alerts.DoNote, Note: note})
}

func (s *Slack) submitSnooze(ctx context.Context, by alerts.Person, view slack.View) (map[string]string, error) {
	until, problems := pickedTime(view, s.cfg.Now(), s.zoneOf(by))
	if len(problems) > 0 {
		return problems, nil
	}
	return nil, s.apply(ctx, by, view, alerts.Input{Do: alerts.DoSnooze, Until: until})
}

// pickedTime reads a day and a time of day in somebody's zone, and what is wrong with them by block.
func pickedTime(view slack.View, now time.Time, zone *time.Location) (time.Time, map[string]string) {
	now = now.In(zone)
	day, wrong := pickedDay(view, now)
	if wrong != "" {
		return day, map[string]string{cards.FormDate: wrong}
	}
	at, err := time.ParseInLocation(time.DateOnly+" 15:04", day.Format(time.DateOnly)+" "+given(view, cards.FormTime).SelectedTime, zone)
	latest := now.Add(alerts.MaxSnooze)
	switch {
	case err != nil:
		return at, map[string]string{cards.FormTime: "Choose a time."}
	case !at.After(now):
		return at, map[string]string{cards.FormTime: "It is " + now.Format("15:04") + " already in your time zone. Choose a later time."}
	case at.After(latest):
		return at, map[string]string{cards.FormDate: "At most 90 days ahead: choose " + latest.Format("2 Jan 2006") + " or earlier."}
	}
	return at, nil
}

func (s *Slack) submitOutcome(ctx context.Context, by alerts.Person, view slack.View) (map[string]string, error) {
	in := alerts.Input{Do: alerts.DoResolve, Outcome: alerts.Outcome(given(view, cards.FormOutcome).SelectedOption.Value), Note: inputOf(view, cards.FormNote)}
	problems := map[string]string{}
	if in.Outcome == "" {
		problems[cards.FormOutcome] = "Choose how it ended."
	}
	if in.Outcome.NeedsNote() && in.Note == "" {
		problems[cards.FormNote] = "Write what the reason was."
	}
	arr, err := cents(inputOf(view, cards.FormARR))
	if err != nil {
		problems[cards.FormARR] = "Write an amount such as 84,000 or 84k, or leave it empty."
	}
	if len(problems) > 0 {
		return problems, nil
	}
	now, err := s.store.AlertView(ctx, about(view).Alert)
	if err != nil {
		return nil, err
	}
	if in.ARR = arr; s.guarded {
		in.ARR = now.Alert.OutcomeARR // they were not asked
	}
	if about(view).Ended && !now.Alert.Status.Live() {
		in.Do = alerts.DoAmend
	}
	return nil, s.apply(ctx, by, view, in)
}

func (s *Slack) submitExtend(ctx context.Context, by alerts.Person, view slack.View) (map[string]string, error) {
	day, wrong := pickedDay(view, s.cfg.Now().In(s.cfg.Rules.Zone))
	if wrong != "" {
		return map[string]string{cards.FormDate: wrong}, nil
	}
	endOfDay := day.AddDate(0, 0, 1).Add(-time.Second)
	return nil, s.apply(ctx, by, view, alerts.Input{Do: alerts.DoExtend, Until: endOfDay, Note: inputOf(view, cards.FormNote)})
}

// pickedDay reads a day that is not over, at most a year ahead, in the zone of now.
func pickedDay(view slack.View, now time.Time) (day time.Time, wrong string) {
	date := given(view, cards.FormDate).SelectedDate
	day, err := time.ParseInLocation(time.DateOnly, date, now.Location())
	switch {
	case err != nil:
		return day, "Choose a day."
	case date < now.Format(time.DateOnly):
		return day, "That day is over. Choose a later one."
	case day.After(now.AddDate(1, 0, 0)):
		return day, "At most a year ahead: choose " + now.AddDate(1, 0, 0).Format("2 Jan 2006") + " or earlier."
	}
	return day, ""
}

// given is what somebody chose in the input of that name.
func given(view slack.View, name string) slack.BlockAction {
	if view.State == nil {
		return slack.BlockAction{}
	}
	return view.State.Values[name][name]
}
