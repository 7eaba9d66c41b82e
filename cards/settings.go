package cards

import (
	"slices"
	"time"

	"journeybot/alerts"

	"github.com/slack-go/slack"
)

// CallbackSettings is the callback_id of the settings modal, and the names of its inputs: block and action have the same.
const (
	CallbackSettings = "home.settings"

	SettingDigest    = "digest" // checked: SettingOn
	SettingOn        = "on"
	SettingDigestAt  = "digest_at"
	SettingQuietFrom = "quiet_from"
	SettingQuietTo   = "quiet_to"
	SettingDelegate  = "delegate"
	SettingAway      = "away_until"
)

// Settings draws the modal in which people choose what holds for themselves.
func Settings(s Style, chosen alerts.Preferences) slack.ModalViewRequest {
	rules := s.Rules
	if rules == nil {
		rules = &alerts.Rules{}
	}
	at := rules.Digests.At
	if chosen.DigestAt != nil {
		at = *chosen.DigestAt
	}
	var blocks []slack.Block
	if rules.Digests.Owners {
		on := slack.NewOptionBlockObject(SettingOn, plainText("Send me my week every "+plain(rules.Digests.Day.String()), maxLabel), nil)
		digest := slack.NewCheckboxGroupsBlockElement(SettingDigest, on)
		if !chosen.NoDigest {
			digest.InitialOptions = []*slack.OptionBlockObject{on}
		}
		blocks = append(blocks,
			input(SettingDigest, "Weekly digest", "", digest),
			input(SettingDigestAt, "At", "In your time zone.", timePicker(SettingDigestAt, at, true)))
	}
	quiet := chosen.QuietFrom != chosen.QuietTo
	delegate := slack.NewOptionsSelectBlockElement(slack.OptTypeUser, plainText("Choose a colleague", maxLabel), SettingDelegate)
	delegate.InitialUser = chosen.Delegate
	away := slack.NewDateTimePickerBlockElement(SettingAway)
	if chosen.AwayUntil.After(s.Now) {
		away.InitialDateTime = chosen.AwayUntil.Unix()
	}
	blocks = append(blocks,
		input(SettingQuietFrom, "Quiet from", "Direct messages wait from then on. Critical ones come anyway.", timePicker(SettingQuietFrom, chosen.QuietFrom, quiet)),
		input(SettingQuietTo, "Quiet until", "", timePicker(SettingQuietTo, chosen.QuietTo, quiet)),
		input(SettingDelegate, "Who stands in for you", "Gets what would reach you while you are away.", delegate),
		input(SettingAway, "Away until", "", away))
	return slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: CallbackSettings, Title: plainText("Your settings", maxTitle), Submit: plainText("Save", maxTitle),
		Close: plainText("Cancel", maxTitle), Blocks: slack.Blocks{BlockSet: blocks},
	}
}

// maxTitle is the longest title or button of a modal.
const maxTitle = 24

func input(id string, label, hint plain, element slack.BlockElement) *slack.InputBlock {
	block := slack.NewInputBlock(id, plainText(label, maxHeader), nil, element)
	if hint != "" {
		block.Hint = plainText(hint, maxHeader)
	}
	return block.WithOptional(true)
}

func timePicker(id string, at time.Duration, set bool) *slack.TimePickerBlockElement {
	picker := slack.NewTimePickerBlockElement(id)
	if set {
		picker.InitialTime = string(timeOf(at))
	}
	return picker
}

// Modal shows a drawing as a modal, for whoever pressed something where no message can answer.
func Modal(d Drawing) slack.ModalViewRequest {
	blocks := slices.DeleteFunc(slices.Clone(d.Blocks), func(b slack.Block) bool { return b.BlockType() == slack.MBTDataVisualization }) // no charts there
	return slack.ModalViewRequest{
		Type: slack.VTModal, Title: plainText("journeybot", maxTitle), Close: plainText("Close", maxTitle), Blocks: slack.Blocks{BlockSet: blocks},
	}
}
