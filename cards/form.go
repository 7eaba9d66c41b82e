package cards

import (
	"strings"
	"time"

	"journeybot/alerts"
	"journeybot/journey"

	"github.com/slack-go/slack"
)

// Names of the inputs in forms about an alert: block and action have the same. A form's callback_id is the action that opens it.
const (
	FormUser    = "user"
	FormNote    = "note"
	FormDate    = "date"
	FormTime    = "time"
	FormOutcome = "outcome"
	FormARR     = "arr"
	FormTo      = "to"
	FormSubject = "subject"
	FormBody    = "body"
)

// Titles of the forms, by the action that opens them.
var formTitles = map[string]plain{
	ActionAssign: "Assign", ActionNote: "Add note", ActionSnooze: "Snooze", ActionOutcome: "Outcome", ActionExtend: "Extend date", CallbackMute: "Mute account",
	ActionPlayBook: "Playbook", ActionPlayStart: "Playbook", ActionPlayOpen: "Playbook", ActionDraftOut: "Copy or mail",
	ActionPinGap: "Priority gap",
}

// FormLoading stands in for a form while the database is slow.
func FormLoading(action string) slack.ModalViewRequest { return formSays(action, "Loading…") }

// FormSaving stands in for a form that was sent and is not kept yet.
func FormSaving() slack.ModalViewRequest {
	return Modal(Say("Saving… This takes longer than usual. You can close this: what you sent is kept or, if that fails, I write to you."))
}

// formSays shows a sentence in place of a form.
func formSays(action, text string) slack.ModalViewRequest {
	view := Modal(Say(text))
	if title := formTitles[action]; title != "" {
		view.Title = plainText(title, maxTitle)
	}
	return view
}

// form draws a modal about an alert; private comes back with what is submitted.
func (s Style) form(v alerts.View, action string, submit plain, private string, inputs ...*slack.InputBlock) slack.ModalViewRequest {
	m := newSheet()
	m.section("about:"+v.Alert.ID, control{}, join(" · ", esc(s.draw(v).subject), esc(shortID(v.Alert))))
	for _, in := range inputs {
		if in != nil {
			m.add(in)
		}
	}
	view := formSays(action, "")
	view.CallbackID, view.PrivateMetadata = action, private
	view.Submit, view.Close = plainText(submit, maxTitle), plainText("Cancel", maxTitle)
	view.Blocks = slack.Blocks{BlockSet: m.blocks}
	return view
}

func required(in *slack.InputBlock) *slack.InputBlock { return in.WithOptional(false) }

// noteInput asks for a few sentences.
func noteInput(label, hint plain) *slack.InputBlock {
	text := slack.NewPlainTextInputBlockElement(nil, FormNote)
	text.Multiline, text.MaxLength = true, MaxNote
	return input(FormNote, label, hint, text)
}

// AssignForm asks whom to give an alert to.
func AssignForm(s Style, v alerts.View, private string) slack.ModalViewRequest {
	v = s.shown(v)
	who := slack.NewOptionsSelectBlockElement(slack.OptTypeUser, plainText("Choose a colleague", maxLabel), FormUser)
	hint := plain("Nobody owns it now.")
	if name := owner(v); name != "" {
		hint = "Now it is " + name + "'s."
	}
	return s.form(v, ActionAssign, "Assign", private,
		required(input(FormUser, "New owner", hint+" The new owner is told by direct message.", who)),
		noteInput("Hand-off note", "What the new owner should know. It stands in the thread too."))
}

// NoteForm asks for a note on an alert.
func NoteForm(s Style, v alerts.View, private string) slack.ModalViewRequest {
	return s.form(s.shown(v), ActionNote, "Save", private, required(noteInput("Note", "It stands in the alert's thread and in its history.")))
}

// SnoozeForm asks until when an alert should sleep; zone is the reader's.
func SnoozeForm(s Style, v alerts.View, zone *time.Location, private string) slack.ModalViewRequest {
	tomorrow := s.Now.In(zone).AddDate(0, 0, 1)
	return s.form(s.shown(v), ActionSnooze, "Snooze", private,
		required(input(FormDate, "Day", "At most 90 days ahead. If it gets worse before, it comes back at once.", datePicker(tomorrow))),
		required(input(FormTime, "Time", "In your time zone ("+outside(zone.String(), termWidth)+").", timePicker(FormTime, 9*time.Hour, true))))
}

// ExtendForm asks for the day on which a milestone is expected now.
func ExtendForm(s Style, v alerts.View, private string) slack.ModalViewRequest {
	day, hint := s.Now.In(s.zone()).AddDate(0, 0, 7), plain("")
	if f := v.Alert.Facts.Dropoff; f != nil && !f.ExpectedBy.IsZero() {
		hint = join(" ", "So far "+s.date(journey.DayOf(f.ExpectedBy.In(s.zone()))), moves(f.Extended)) + "."
	}
	return s.form(s.shown(v), ActionExtend, "Extend", private,
		required(input(FormDate, "Expected by", join(" ", hint, "The third move tells the lead."), datePicker(day))),
		noteInput("Why", "What was agreed with the customer."))
}

// OutcomeForm asks how an alert ended; chosen is what is known of that.
func OutcomeForm(s Style, v alerts.View, chosen alerts.Outcome, private string) slack.ModalViewRequest {
	v = s.shown(v)
	choices := s.outcomes(v.Alert)
	for i := range choices {
		choices[i].value = choices[i].value[len(v.Alert.ID)+1:]
		choices[i].label = outcomeWord(alerts.Outcome(choices[i].value))
	}
	outcome := slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, plainText("Choose", maxLabel), FormOutcome, options(choices)...)
	for _, o := range outcome.Options {
		if o.Value == string(chosen) {
			outcome.InitialOption = o
		}
	}
	note := noteInput("Note", "Required for churned, false alarm and disqualified: what was the reason?")
	if text, ok := note.Element.(*slack.PlainTextInputBlockElement); ok && !v.Alert.Status.Live() {
		text.InitialValue = shorten(lastRemark(v), MaxNote, oneRune)
	}
	return s.form(v, ActionOutcome, "Save", private, required(input(FormOutcome, "Outcome", "", outcome)), s.arrInput(v), note)
}

// lastRemark is what was written with the outcome.
func lastRemark(v alerts.View) string {
	for i := len(v.History) - 1; i >= 0; i-- {
		if e := v.History[i]; e.What == alerts.DidResolve || e.What == alerts.DidAmend {
			return strings.Map(visibleInLines, strings.ToValidUTF8(e.Data.Note, ""))
		}
	}
	return ""
}

// arrInput asks for the revenue behind an outcome; who may not read revenue is not asked.
func (s Style) arrInput(v alerts.View) *slack.InputBlock {
	if s.Guarded {
		return nil
	}
	text := slack.NewPlainTextInputBlockElement(plainText("84,000", maxLabel), FormARR)
	text.MaxLength = 30
	if v.Alert.OutcomeARR != nil {
		text.InitialValue = string(number(float64(*v.Alert.OutcomeARR) / 100))
	}
	currency := plain("")
	if s.Rules != nil {
		currency = " in " + outside(s.Rules.Currency, 5)
	}
	hint := plain("Such as 84,000 or 84k. Empty: unknown.")
	if v.Account.ARR != nil {
		hint = "The account has " + s.arr(v.Account.ARR) + ". " + hint
	}
	return input(FormARR, "ARR"+currency, hint, text)
}

func datePicker(day time.Time) *slack.DatePickerBlockElement {
	picker := slack.NewDatePickerBlockElement(FormDate)
	picker.InitialDate = day.Format(time.DateOnly)
	return picker
}
