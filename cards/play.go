package cards

import (
	"strings"

	"journeybot/alerts"

	"github.com/slack-go/slack"
)

// Action ids of playbooks. The value is the alert's id and, after a colon, the id of the step or button or the name of the playbook.
const (
	ActionPlayStart  = "play.start"  // takes the alert and opens the checklist
	ActionPlayBook   = "play.book"   // opens the checklist
	ActionPlayDo     = "play.do"     // a button of the playbook
	ActionPlayOpen   = "play.open"   // one that opens a form
	ActionPlayMore   = "play.more"   // menu of the buttons for which there is no room
	ActionPlaySwitch = "play.switch" // menu of other playbooks
	ActionStepTick   = "step.tick"   // in the checklist, as the next
	ActionStepUndo   = "step.undo"
	ActionDraftOut   = "draft.out" // shows the draft for copying, and a mail link

	CallbackDraft   = "play.draft"
	CallbackAnswers = "play.form"
	CallbackConfirm = "play.confirm"
)

// playButtons is how many buttons of its playbook a card has; the rest are in a menu.
const playButtons = 5

// book is the alert's playbook.
func (s Style) book(v alerts.View) (alerts.Playbook, bool) {
	if s.Rules == nil {
		return alerts.Playbook{}, false
	}
	return s.Rules.Playbook(v.Alert)
}

// checklist is the button that opens the playbook's steps: whoever starts it takes the alert.
func (s Style) checklist(v alerts.View) control {
	book, ok := s.book(v)
	switch {
	case !ok || len(book.Steps) == 0:
		return control{}
	case v.Alert.Status == alerts.Open:
		return button(ActionPlayStart, "Start playbook", v.Alert.ID)
	}
	return button(ActionPlayBook, "Open playbook", v.Alert.ID)
}

// plays are the buttons of the alert's playbook, and the playbooks that it could have instead.
func (s Style) plays(v alerts.View) []control {
	if v.Alert.Status == alerts.Snoozed {
		return nil
	}
	book, _ := s.book(v)
	var row []control
	var rest []choice
	for _, a := range book.Actions {
		c := s.play(v, a)
		if c.action == "" {
			continue
		}
		if len(row) < playButtons {
			row = append(row, c)
			continue
		}
		rest = append(rest, choice{label: plain(a.Label), value: v.Alert.ID + ":" + a.ID})
	}
	if len(rest) > 0 {
		row = append(row, menu(ActionPlayMore, "More actions", rest))
	}
	return append(row, s.otherBooks(v))
}

// play is the button of an action; none for a link without an address.
func (s Style) play(v alerts.View, a alerts.Action) control {
	label := outside(a.Label, maxLabel)
	if a.Type == alerts.ActionLink {
		return visit(label+" ↗", v.Alert.ID, a.URL.RenderURL(s.seen(v), s.Rules))
	}
	c := button(ActionPlayDo, label, v.Alert.ID+":"+a.ID)
	if a.Opens() {
		c.action, c.label = ActionPlayOpen, label+"…"
	}
	c.confirm = outside(a.Confirm, maxConfirm)
	return c
}

// seen is the alert as templates of a card may show it.
func (s Style) seen(v alerts.View) alerts.View {
	v = s.shown(v)
	v.At = s.Now
	return v
}

// otherBooks is the menu of playbooks that fit as well.
func (s Style) otherBooks(v alerts.View) control {
	if s.Rules == nil {
		return control{}
	}
	v.At = s.Now
	var others []choice
	for _, p := range s.Rules.Fitting(v) {
		if p.Name != v.Alert.Playbook {
			others = append(others, choice{label: capital(words(p.Name)), value: v.Alert.ID + ":" + p.Name})
		}
	}
	if len(others) == 0 {
		return control{}
	}
	return menu(ActionPlaySwitch, "Other playbook", others)
}

// maxShownActs is how many answers of other systems a card shows.
const maxShownActs = 3

// acts tell what the buttons of the playbook asked for, and what came of it.
func (s Style) acts(v alerts.View) []mrkdwn {
	latest := v.Alert.Play.Latest()
	latest = latest[max(0, len(latest)-maxShownActs):]
	lines := make([]mrkdwn, len(latest))
	for i, act := range latest {
		lines[i] = s.act(v, act)
	}
	return lines
}

func (s Style) act(v alerts.View, act alerts.Act) mrkdwn {
	label, who, said := esc(outside(act.Label, maxLabel)), esc(actor(v, act.By)), remark(act.Message)
	switch {
	case act.Kept && act.Answered.IsZero():
		return "✎ " + label + ": filled in by " + who + " " + s.moment(act.At)
	case act.Answered.IsZero():
		return "⏳ " + label + ": asked for by " + who + " " + s.moment(act.At) + ", no answer yet"
	case act.OK:
		return "✓ " + label + ": done " + s.moment(act.Answered) + ", asked for by " + who + said
	}
	return "✗ " + bold(label+" failed") + " " + s.moment(act.Answered) + ", asked for by " + who + said
}

// Checklist draws the playbook of an alert with all steps; private comes back with what is pressed. Without a playbook it says so.
func Checklist(s Style, v alerts.View, private string) slack.ModalViewRequest {
	v = s.seen(v)
	book, ok := s.book(v)
	if !ok {
		return formSays(ActionPlayBook, "This alert has no playbook: the growth file has none for it any more.")
	}
	m := newSheet()
	m.most = maxView
	m.section("about:"+v.Alert.ID, control{}, bold(esc(capital(words(book.Name)))), join(" · ", esc(s.draw(v).subject), esc(shortID(v.Alert))))
	m.context("progress:"+v.Alert.ID, esc(orElse(s.next(v).progress(), "No step done yet")))
	for i, step := range book.Steps {
		s.stepRow(m, v, book, i, step)
	}
	if v.Alert.Status.Live() && !onHold(v.Alert) {
		row := make([]control, 0, len(book.Actions))
		for _, a := range book.Actions {
			row = append(row, s.play(v, a))
		}
		m.row(versioned("do", v.Alert), row...)
		m.row(versioned("other", v.Alert), s.otherBooks(v))
	}
	for _, line := range s.acts(v) {
		m.context("acts:"+v.Alert.ID, line)
	}
	view := formSays(ActionPlayBook, "")
	view.CallbackID, view.PrivateMetadata = ActionPlayBook, private
	view.Blocks = slack.Blocks{BlockSet: m.blocks}
	return view
}

// stepRow draws a step with what helps to do it, who did it or until when, and the button that ticks it or takes that back.
func (s Style) stepRow(m *sheet, v alerts.View, book alerts.Playbook, i int, step alerts.Step) {
	id := v.Alert.ID + ":" + step.ID
	tick, done := book.Ticked(v.Alert, step.ID)
	mark, toggle := plain("☐ "), button(ActionStepTick, "Mark done", id)
	if done {
		mark, toggle = "☑ ", button(ActionStepUndo, "Undo", id)
	}
	title := s.stepTitle(v, step)
	toggle.spoken = toggle.label + ": " + title
	var state []mrkdwn
	switch due := s.Rules.StepDue(v.Alert, step); {
	case done:
		state = append(state, "Done by "+esc(actor(v, tick.By))+" "+s.moment(tick.At))
	case due.IsZero() && step.Due > 0:
		state = append(state, esc("within "+span(step.Due)))
	default:
		state = append(state, s.due(due))
	}
	if step.Optional {
		state = append(state, "optional")
	}
	if step.Role != "" && step.Role != "owner" {
		state = append(state, "for "+esc(words(step.Role)))
	}
	m.section("step:"+step.ID, toggle, esc(mark)+bold(esc(number(float64(i+1))+". "+title)), join(" · ", state...))
	if hint := outside(step.Hint.Render(v, s.Rules), quoteWidth); hint != "" {
		m.context("hint:"+step.ID, esc(hint))
	}
}

// stepTitle is what a step is called, filled in.
func (s Style) stepTitle(v alerts.View, step alerts.Step) plain {
	return orElse(outside(step.Title.Render(v, s.Rules), 200), capital(words(step.ID)))
}

// DraftForm shows a draft for editing; private comes back with what is submitted.
func DraftForm(s Style, v alerts.View, a alerts.Action, d alerts.Draft, private string) slack.ModalViewRequest {
	text := func(id, value string, most int) *slack.PlainTextInputBlockElement {
		element := slack.NewPlainTextInputBlockElement(nil, id)
		element.InitialValue, element.MaxLength = shorten(strings.Map(visibleInLines, value), most, oneRune), most
		return element
	}
	body := text(FormBody, d.Body, MaxNote)
	body.Multiline = true
	var inputs []*slack.InputBlock
	if a.Channel == alerts.DraftEmail {
		inputs = append(inputs, input(FormTo, "To", "", text(FormTo, d.To, 254)))
	}
	if a.Subject != nil || a.Channel == alerts.DraftEmail {
		inputs = append(inputs, input(FormSubject, "Subject", "", text(FormSubject, d.Subject, 250)))
	}
	submit, hint := plain("Publish"), plain("Change what you like: what you see is what is sent.")
	if a.Name == "" {
		submit, hint = "Log as sent", "Change what you like before you copy it."
	}
	inputs = append(inputs, required(input(FormBody, "Text", hint, body)))
	view := s.form(s.shown(v), CallbackDraft, submit, private, inputs...)
	view.Title = plainText(outside(a.Label, maxTitle), maxTitle)
	out := button(ActionDraftOut, "Copy or open in mail…", v.Alert.ID+":"+a.ID)
	if a.Channel != alerts.DraftEmail {
		out.label = "Copy…"
	}
	m := newSheet()
	m.row("out:"+v.Alert.ID, out)
	if a.Name == "" {
		m.context("how:"+v.Alert.ID, "Nothing leaves from here: copy it or open it in your mail, send it, then log it.")
	}
	view.Blocks.BlockSet = append(view.Blocks.BlockSet, m.blocks...)
	return view
}

// DraftOut shows an edited draft so that it can be copied whole, and a link that opens it in the reader's mail program.
func DraftOut(d alerts.Draft) slack.ModalViewRequest {
	m := newSheet()
	if d.Channel == alerts.DraftEmail {
		link, whole := mailLink(d)
		m.section("mail", control{}, link)
		if !whole {
			m.context("long", "It is too long for a mail link: the mail opens without the text, which you copy from here.")
		}
	}
	m.context("copy", "Slack lets no app copy for you: point at a box and press its copy button, or select the text in it.")
	for _, part := range []struct {
		label plain
		text  string
	}{{"To", d.To}, {"Subject", d.Subject}, {"Text", d.Body}} {
		if part.text == "" {
			continue
		}
		m.section("label", control{}, bold(esc(part.label)))
		m.add(slack.NewRichTextBlock(m.blockID("text:"+string(part.label)), &slack.RichTextPreformatted{
			Type: slack.RTEPreformatted, Elements: []slack.RichTextSectionElement{slack.NewRichTextSectionTextElement(part.text, nil)},
		}))
	}
	view := formSays(ActionDraftOut, "")
	view.Blocks = slack.Blocks{BlockSet: m.blocks}
	return view
}

// AnswersForm asks the questions of a form; private comes back with what is submitted.
func AnswersForm(s Style, v alerts.View, a alerts.Action, private string) slack.ModalViewRequest {
	inputs := make([]*slack.InputBlock, 0, len(a.Fields))
	for _, f := range a.Fields {
		inputs = append(inputs, input(f.ID, plain(f.Label), plain(f.Hint), answer(f)).WithOptional(f.Optional))
	}
	view := s.form(s.shown(v), CallbackAnswers, "Save", private, inputs...)
	view.Title = plainText(outside(a.Label, maxTitle), maxTitle)
	return view
}

// answer is the input of a form's field.
func answer(f alerts.FormField) slack.BlockElement {
	switch f.Type {
	case alerts.FieldNumber:
		return slack.NewNumberInputBlockElement(nil, f.ID, true)
	case alerts.FieldSelect:
		choices := make([]choice, len(f.Options))
		for i, o := range f.Options {
			choices[i] = choice{label: plain(o), value: o}
		}
		return slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, plainText("Choose", maxLabel), f.ID, options(choices)...)
	case alerts.FieldUser:
		return slack.NewOptionsSelectBlockElement(slack.OptTypeUser, plainText("Choose a colleague", maxLabel), f.ID)
	case alerts.FieldDate:
		return slack.NewDatePickerBlockElement(f.ID)
	}
	text := slack.NewPlainTextInputBlockElement(nil, f.ID)
	text.Multiline, text.MaxLength = f.Multiline, alerts.MaxAnswer
	return text
}

// ConfirmForm asks whether to do something that was chosen in a menu, where Slack asks nothing.
func ConfirmForm(s Style, v alerts.View, a alerts.Action, private string) slack.ModalViewRequest {
	view := s.form(s.shown(v), CallbackConfirm, "Do it", private)
	view.Title = plainText(outside(a.Label, maxTitle), maxTitle)
	m := newSheet()
	m.section("ask:"+v.Alert.ID, control{}, esc(outside(a.Confirm, maxConfirm)))
	view.Blocks.BlockSet = append(view.Blocks.BlockSet, m.blocks...)
	return view
}

// Acted answers somebody who asked for what another asked for a moment ago.
func Acted(s Style, v alerts.View, act alerts.Act) Drawing {
	m := newSheet()
	text := esc(actor(v, act.By)) + " asked for " + bold(esc(outside(act.Label, maxLabel))) + " " + s.moment(act.At) +
		", and no answer has come yet. Wait for it; after ten minutes you can ask again."
	m.section("acted:"+v.Alert.ID, control{}, text)
	return m.drawing(spokenOf(text))
}

// Linked answers a choice that leads to an address.
func Linked(label, address string) Drawing {
	m := newSheet()
	text := link(address, outside(label, maxLabel))
	m.section("link", control{}, text)
	return m.drawing(text)
}
