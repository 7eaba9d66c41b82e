package handlers

import (
	"context"
	"errors"
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"journeybot/alerts"
	"journeybot/cards"
)

// takenAlert and closedAlert carry the alert beside the refusal, so that the private answer can name it.
type takenAlert struct {
	*alerts.TakenError
	view alerts.View
}

type closedAlert struct {
	*alerts.ClosedError
	view alerts.View
}

type actedAlert struct {
	*alerts.ActedError
	view alerts.View
}

// click is one press of a button or one choice in a menu.
type click struct {
	user      alerts.Person
	channel   string
	value     string     // of the button, whole: an account id may hold colons
	subject   string     // the part before the first colon: an alert's id, or an offset
	arg       string     // the part after it
	private   bool       // pressed in an ephemeral message or a modal
	onHome    bool       // pressed on the Home tab
	frozen    bool       // pressed in a message that never changes
	modal     bool       // pressed in a modal
	view      slack.View // pressed in; the zero View in a message
	trigger   string     // opens a modal, soon
	at        time.Time
	requestID string

	responseURL string // "" where no message can answer
}

func (c click) input(do alerts.Do) alerts.Input {
	return alerts.Input{
		Do: do, By: alerts.Actor{UserID: c.user.UserID, Name: c.user.Name}, Origin: "slack:" + c.channel, RequestID: c.requestID,
	}
}

// action is what an action_id does.
type action func(s *Slack, ctx context.Context, c click) (reply, error)

// actions are all buttons and menus by their action_id, without a number at its end: one table per idea.
func actions() map[string]action {
	all := map[string]action{}
	for _, some := range []map[string]action{
		alertActions(), answerActions(), modalActions(), ownerActions(), muteActions(), guardActions(), bundleActions(), homeActions(), whyActions(), playActions(),
		journeyActions(),
	} {
		maps.Copy(all, some)
	}
	return all
}

// alertActions change an alert at once.
func alertActions() map[string]action {
	return map[string]action{
		cards.ActionAck:      change(alerts.DoAck, nil),
		cards.ActionUnack:    change(alerts.DoUnack, nil),
		cards.ActionReopen:   change(alerts.DoReopen, nil),
		cards.ActionTakeOver: change(alerts.DoAssign, toPresser),
		cards.ActionSnooze:   unless(picks, (*Slack).openSnooze, change(alerts.DoSnooze, until)),
		cards.ActionResolve:  unless(needsNote, (*Slack).openOutcome, change(alerts.DoResolve, outcome)),
		cards.ActionDecline:  unless(otherReason, (*Slack).openDecline, change(alerts.DoResolve, declined)),
		cards.ActionNoAction: change(alerts.DoResolve, noAction),
		cards.ActionTalking:  change(alerts.DoAck, talking),
		cards.ActionStillOn:  (*Slack).stillOn,
		cards.ActionForecast: (*Slack).forecast,
		cards.ActionStepDone: (*Slack).stepDone,
	}
}

// answerActions show something else.
func answerActions() map[string]action {
	return map[string]action{
		cards.ActionAccount: (*Slack).clickedAccount,
		cards.ActionAlert:   (*Slack).clickedAlert,
		cards.ActionPage:    (*Slack).clickedPage,
		cards.ActionShare:   (*Slack).share,
		cards.ActionRun:     (*Slack).clickedCommand,
		cards.ActionOpenURL: func(*Slack, context.Context, click) (reply, error) { return reply{}, nil },
	}
}

// Click answers one block_actions interaction. send acknowledges it.
func (s *Slack) Click(in slack.InteractionCallback, send ack) {
	if len(in.ActionCallback.BlockActions) == 0 {
		_ = send(nil)
		return
	}
	pressed := in.ActionCallback.BlockActions[0]
	name := strings.TrimRight(strings.TrimRight(pressed.ActionID, "0123456789"), ".")
	more := name == cards.ActionMore // its choices are "id:verb"
	if _, verb, _ := strings.Cut(value(pressed), ":"); more {
		name = "alert." + verb
	}
	act, ok := actions()[name]
	if !ok {
		name, act = "unknown", func(*Slack, context.Context, click) (reply, error) {
			return reply{drawing: cards.Say("This button belongs to a newer or older journeybot. The message is drawn again with the next change.")}, nil
		}
	}
	c := click{
		channel: in.Channel.ID, private: in.Container.IsEphemeral || in.View.Type == slack.VTModal, frozen: frozen(in, pressed.BlockID),
		modal: in.View.Type == slack.VTModal, onHome: in.View.Type == slack.VTHomeTab, view: in.View, trigger: in.TriggerID, at: s.cfg.Now(),
		requestID: requestID(in, pressed), value: value(pressed), responseURL: in.ResponseURL,
	}
	c.subject, c.arg, _ = strings.Cut(c.value, ":")
	if more {
		c.arg = ""
	}
	s.serve(request{
		name: name, user: in.User.ID, responseURL: in.ResponseURL,
		work: func(ctx context.Context) (reply, error) {
			c.user = s.presser(ctx, in)
			if err := s.may(ctx, c.user, needOf(name), where{c.subject, c.channel}); err != nil {
				return reply{}, err
			}
			done, err := act(s.facing(c.user), ctx, c)
			s.viewPressed(ctx, in, name)
			return done, err
		},
		show: s.inView(in),
	}, send)
}

// frozen reports whether the message of a press does not show what comes of it. Home tabs do, and a private answer is replaced.
func frozen(in slack.InteractionCallback, block string) bool {
	posted := in.View.ID == "" && !in.Container.IsEphemeral
	return posted && (strings.HasPrefix(block, cards.FrozenRow) || strings.HasPrefix(block, cards.ListRow))
}

// requestID identifies a press: Slack's own time of it and who pressed what, the same when Slack delivers it again.
func requestID(in slack.InteractionCallback, pressed *slack.BlockAction) string {
	return strings.Join([]string{in.User.ID, pressed.ActionTs, pressed.ActionID, value(pressed)}, " ")
}

func value(b *slack.BlockAction) string {
	if b.SelectedOption.Value != "" {
		return b.SelectedOption.Value
	}
	return b.Value
}

// change makes an action out of one input to the transition table; fill completes the input from the click.
func change(do alerts.Do, fill func(s *Slack, c click, in *alerts.Input) error) action {
	return func(s *Slack, ctx context.Context, c click) (reply, error) {
		now := s.cfg.Now()
		in := c.input(do)
		if fill != nil {
			if err := fill(s, c, &in); err != nil {
				return reply{}, err
			}
		}
		alert, err := s.decide(ctx, c, in, now)
		if err != nil {
			return reply{}, err
		}
		if !c.private && !c.frozen {
			return s.hint(ctx, c.user), nil
		}
		view, err := s.store.AlertView(ctx, alert.ID)
		if err != nil {
			return reply{}, err
		}
		if c.frozen {
			return reply{drawing: cards.Stands(s.style(), view)}, nil
		}
		return reply{drawing: cards.Alert(s.style(), view, false), replace: true}, nil
	}
}

// decide makes one change, and has everything drawn again that shows the alert.
func (s *Slack) decide(ctx context.Context, c click, in alerts.Input, now time.Time) (alerts.Alert, error) {
	alert, err := s.store.UpdateAlert(ctx, c.subject, c.requestID, func(a alerts.Alert) (alerts.Result, error) {
		return s.cfg.Rules.Apply(a, in, now)
	})
	if err != nil {
		return alerts.Alert{}, s.explain(ctx, c.subject, err)
	}
	s.cfg.Nudge()
	s.cfg.Logger.Info("alert changed", "alert_id", alert.ID, "account", alert.Account, "do", string(in.Do), "status", string(alert.Status), "user", c.user.UserID)
	s.redrawBooks(alert.ID, c.view.ID)
	return alert, nil
}

// unless is one action for most choices of a menu, and another for those that need more than the choice.
func unless(special func(c click) bool, then, otherwise action) action {
	return func(s *Slack, ctx context.Context, c click) (reply, error) {
		if special(c) {
			return then(s, ctx, c)
		}
		return otherwise(s, ctx, c)
	}
}

func picks(c click) bool       { return c.arg == "pick" }
func needsNote(c click) bool   { return alerts.Outcome(c.arg).NeedsNote() }
func otherReason(c click) bool { return c.arg == cards.DeclineOther }

// explain adds the alert to a refusal, so that the answer can name it.
func (s *Slack) explain(ctx context.Context, id string, err error) error {
	var taken *alerts.TakenError
	var closed *alerts.ClosedError
	var acted *alerts.ActedError
	if !errors.As(err, &taken) && !errors.As(err, &closed) && !errors.As(err, &acted) {
		return err
	}
	view, viewErr := s.store.AlertView(ctx, id)
	if viewErr != nil {
		return viewErr
	}
	if acted != nil {
		return &actedAlert{acted, view}
	}
	if taken != nil {
		return &takenAlert{taken, view}
	}
	return &closedAlert{closed, view}
}

func toPresser(_ *Slack, c click, in *alerts.Input) error {
	in.User = c.user
	return nil
}

func outcome(_ *Slack, c click, in *alerts.Input) error {
	in.Outcome = alerts.Outcome(c.arg)
	return nil
}

func declined(_ *Slack, c click, in *alerts.Input) error {
	reason, ok := cards.Reason(c.arg)
	if !ok {
		return alerts.ErrOutcome
	}
	in.Outcome, in.Note = alerts.Disqualified, reason
	return nil
}

func talking(_ *Slack, _ click, in *alerts.Input) error {
	in.Note = "Already talking with the customer"
	return nil
}

// forecast keeps what the presser foresees of a renewal. How severe that makes it depends on the account's health too.
func (s *Slack) forecast(ctx context.Context, c click) (reply, error) {
	view, err := s.store.AlertView(ctx, c.subject)
	if err != nil {
		return reply{}, err
	}
	return change(alerts.DoForecast, func(_ *Slack, c click, in *alerts.Input) error {
		in.Forecast, in.Health = c.arg, view.Account.Health
		return nil
	})(s, ctx, c)
}

// stillOn restarts the timers of who is on it. Once the alert is open again, whoever says so is on it anew.
func (s *Slack) stillOn(ctx context.Context, c click) (reply, error) {
	view, err := s.store.AlertView(ctx, c.subject)
	if err != nil {
		return reply{}, err
	}
	do := alerts.DoStillOn
	if view.Alert.Status == alerts.Open {
		do = alerts.DoAck
	}
	return change(do, nil)(s, ctx, c)
}

// stepDone ticks a step of the playbook. A step that somebody ticked meanwhile stays as it is.
func (s *Slack) stepDone(ctx context.Context, c click) (reply, error) {
	return change(alerts.DoTick, func(_ *Slack, c click, in *alerts.Input) error {
		in.Step, in.Done = c.arg, true
		return nil
	})(s, ctx, c)
}

func noAction(_ *Slack, _ click, in *alerts.Input) error {
	in.Outcome = alerts.NoAction
	return nil
}

// until turns a choice of the snooze menu into a time, in the presser's zone.
func until(s *Slack, c click, in *alerts.Input) error {
	in.Until = snoozeUntil(s.cfg.Rules, c.arg, s.cfg.Now().In(s.zoneOf(c.user)))
	return nil
}

// zoneOf is a person's time zone, or the workspace's while Slack does not tell.
func (s *Slack) zoneOf(p alerts.Person) *time.Location {
	zone, err := time.LoadLocation(p.TZ)
	if p.TZ == "" || err != nil {
		return s.cfg.Rules.Zone
	}
	return zone
}

func snoozeUntil(rules *alerts.Rules, choice string, now time.Time) time.Time {
	morning := func(days int) time.Time {
		return time.Date(now.Year(), now.Month(), now.Day()+days, 9, 0, 0, 0, now.Location())
	}
	switch choice {
	case "tomorrow":
		return morning(1)
	case "workday":
		return morning(rules.DaysToWork(now))
	case "week":
		return morning(7)
	}
	return now.Add(time.Hour)
}

func (s *Slack) clickedAccount(ctx context.Context, c click) (reply, error) {
	answer, err := s.showAccount(ctx, c.value)
	answer.replace = c.private
	return answer, err
}

func (s *Slack) clickedAlert(ctx context.Context, c click) (reply, error) {
	view, err := s.store.AlertView(ctx, c.subject)
	if err != nil {
		return reply{}, err
	}
	return reply{drawing: cards.Alert(s.style(), view, false)}, nil
}

// clickedPage shows another page of a list: the value is "offset:words of the filter".
func (s *Slack) clickedPage(ctx context.Context, c click) (reply, error) {
	filter, _ := alertFilter(c.user.UserID, strings.Fields(c.arg))
	filter.Offset, _ = strconv.Atoi(c.subject)
	answer, err := s.list(ctx, filter)
	answer.replace = c.private
	return answer, err
}

func (s *Slack) share(ctx context.Context, c click) (reply, error) {
	if s.cfg.Outsiders(ctx, alerts.Target(c.channel)) {
		s = s.outside()
	}
	answer, err := s.showAccount(ctx, c.value)
	answer.inPublic = true
	return answer, err
}

// clickedCommand runs the command that is the button's value.
func (s *Slack) clickedCommand(ctx context.Context, c click) (reply, error) {
	answer, err := s.run(ctx, c.user.UserID, parse(c.value))
	answer.replace = c.private
	return answer, err
}
