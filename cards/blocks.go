package cards

import (
	"encoding/json"
	"strconv"

	"github.com/slack-go/slack"
)

// sheet collects the blocks of one message and keeps Slack's limits while it does.
type sheet struct {
	blocks  []slack.Block
	actions map[string]int // how often an action id is used
	ids     map[string]int // how often a block id is used
	most    int            // blocks
}

func newSheet() *sheet {
	return &sheet{actions: map[string]int{}, ids: map[string]int{}, most: maxBlocks}
}

// blockID makes a block id that no other block of the message has. Unlike a value it is never read back.
func (s *sheet) blockID(id string) string {
	id = shorten(string(outside(id, maxID)), maxID-10, oneRune)
	s.ids[id]++
	if n := s.ids[id]; n > 1 {
		return id + ":" + strconv.Itoa(n)
	}
	return id
}

func (s *sheet) add(b slack.Block) {
	if len(s.blocks) < s.most {
		s.blocks = append(s.blocks, b)
	}
}

func (s *sheet) header(id string, p plain) {
	s.add(slack.NewHeaderBlock(plainText(p, maxHeader), slack.HeaderBlockOptionBlockID(s.blockID(id))))
}

// section adds lines of text, with a control beside them when beside is not the zero one.
func (s *sheet) section(id string, beside control, lines ...mrkdwn) {
	text := join("\n", lines...)
	if text == "" {
		return
	}
	var accessory *slack.Accessory
	if element := beside.element(s); element != nil {
		accessory = slack.NewAccessory(element)
	}
	s.add(slack.NewSectionBlock(markdown(text), nil, accessory, slack.SectionBlockOptionBlockID(s.blockID(id))))
}

// context adds one line of small text.
func (s *sheet) context(id string, parts ...mrkdwn) {
	if text := join(" · ", parts...); text != "" {
		s.add(slack.NewContextBlock(s.blockID(id), markdown(text)))
	}
}

// row adds a row of controls; those that have nothing to do are left out.
func (s *sheet) row(id string, controls ...control) {
	var elements []slack.BlockElement
	for _, c := range controls {
		if element := c.element(s); element != nil && len(elements) < maxActions {
			elements = append(elements, element)
		}
	}
	if len(elements) > 0 {
		s.add(slack.NewActionBlock(s.blockID(id), elements...))
	}
}

// drawing finishes the message; text is its fallback.
func (s *sheet) drawing(text mrkdwn) Drawing {
	for limit := maxSection / 2; limit >= minSection && s.size() >= maxDrawing; limit /= 2 {
		s.narrow(limit)
	}
	return Drawing{Blocks: s.blocks, Text: shorten(string(text), maxText, oneToken)}
}

// size is how many bytes of JSON the blocks are.
func (s *sheet) size() int {
	raw, err := json.Marshal(s.blocks)
	if err != nil {
		return 0 // the same blocks would not be sent either
	}
	return len(raw)
}

// narrow cuts the text of every section to limit characters.
func (s *sheet) narrow(limit int) {
	for _, b := range s.blocks {
		if section, ok := b.(*slack.SectionBlock); ok && section.Text != nil {
			section.Text.Text = shorten(section.Text.Text, limit, oneToken)
		}
	}
}

func plainText(p plain, limit int) *slack.TextBlockObject {
	return slack.NewTextBlockObject(slack.PlainTextType, shorten(string(p), limit, oneRune), true, false)
}

// markdown is verbatim: Slack looks for no links or mentions of its own in it.
func markdown(m mrkdwn) *slack.TextBlockObject {
	return slack.NewTextBlockObject(slack.MarkdownType, shorten(string(m), maxSection, oneToken), false, true)
}

// control is a button, a menu, or a ⋯ menu: one action with one label or several choices.
type control struct {
	action  string
	label   plain
	value   string
	url     string
	spoken  plain // what a screen reader says instead of the label
	primary bool
	confirm plain // asked before; "" asks nothing
	choices []choice
}

// choice is an entry of a menu.
type choice struct {
	label plain
	value string
	url   string
}

func button(action string, label plain, value string) control {
	return control{action: action, label: label, value: value}
}

// visit is a button that leads to an address; one that is no web address makes no button.
func visit(label plain, id, address string) control {
	safe, ok := webAddress(address)
	if !ok {
		return control{}
	}
	return control{action: ActionOpenURL, label: label, value: id, url: safe}
}

func menu(action string, label plain, choices []choice) control {
	return control{action: action, label: label, choices: choices}
}

// more is the ⋯ menu. Slack wants at least two entries there; a single one is a button of its own.
func more(choices ...choice) control { return control{action: ActionMore, choices: choices} }

// element is nil for a control that would do nothing or that Slack would refuse.
func (c control) element(s *sheet) slack.BlockElement {
	choices := make([]choice, 0, len(c.choices))
	for _, ch := range c.choices {
		if ch.value != "" && fitsValue(ch.value) && len(choices) < maxOptions {
			choices = append(choices, ch)
		}
	}
	switch {
	case c.action == "" || len(c.choices) > 0 && len(choices) == 0:
		return nil
	case len(choices) == 1 && c.action == ActionMore:
		only := choices[0]
		return control{action: c.action, label: only.label, value: only.value, url: only.url}.element(s)
	case len(choices) > 0 && c.action == ActionMore:
		return slack.NewOverflowBlockElement(s.actionID(c.action), options(choices[:min(len(choices), maxMore)])...)
	case len(choices) > 0:
		placeholder := plainText(c.label, maxLabel)
		return slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, placeholder, s.actionID(c.action), options(choices)...)
	case c.label == "" || c.value == "" || !fitsValue(c.value):
		return nil
	}
	b := slack.NewButtonBlockElement(s.actionID(c.action), c.value, plainText(c.label, maxLabel))
	b.URL = c.url
	b.AccessibilityLabel = shorten(string(c.spoken), maxLabel, oneRune)
	if c.primary {
		b.Style = slack.StylePrimary
	}
	if c.confirm != "" {
		b.Confirm = slack.NewConfirmationBlockObject(
			plainText(c.label, 100), plainText(c.confirm, maxConfirm), plainText("Do it", 30), plainText("Cancel", 30))
	}
	return b
}

// fitsValue counts as Slack will: JSON makes a character of every byte that is no UTF-8.
func fitsValue(value string) bool {
	return len(string([]rune(value))) <= maxValue
}

// actionID numbers an action from its second use in the message on.
func (s *sheet) actionID(action string) string {
	s.actions[action]++
	if n := s.actions[action]; n > 1 {
		return action + "." + strconv.Itoa(n)
	}
	return action
}

func options(choices []choice) []*slack.OptionBlockObject {
	made := make([]*slack.OptionBlockObject, len(choices))
	for i, c := range choices {
		made[i] = slack.NewOptionBlockObject(c.value, plainText(c.label, maxLabel), nil)
		made[i].URL = c.url
	}
	return made
}
