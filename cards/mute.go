package cards

import (
	"slices"
	"strconv"

	"journeybot/alerts"

	"github.com/slack-go/slack"
)

// Buttons about mutes, and the modal that makes one: callback_id and the names of its inputs, block and action have the same.
const (
	ActionMuteAlert   = "alert.mute"   // value: alert id; opens the modal for its account
	ActionMuteAccount = "account.mute" // value: account id; opens the modal

	CallbackMute = "mute.make"

	MuteKind   = "mute_kind" // value: a kind, or MuteAll
	MuteAll    = "all"
	MuteDays   = "mute_days"
	MuteReason = "mute_because"
)

// MaxBecause is the longest reason of a mute in characters.
const MaxBecause = 300

// MuteForm draws the modal that mutes an account. kind is what it proposes, "" for everything; private comes back with what is
// submitted.
func MuteForm(account string, kind alerts.Kind, private string) slack.ModalViewRequest {
	all := option("Everything", MuteAll)
	choices, chosen := append(make([]*slack.OptionBlockObject, 0, 1+len(alerts.Kinds)), all), all
	for _, k := range alerts.Kinds {
		word := kinds[k].word
		if k == alerts.MilestoneDropoff || k == alerts.MilestoneReached {
			word = words(string(k)) // they share a word
		}
		o := option("Only "+word+" alerts", string(k))
		if choices = append(choices, o); k == kind {
			chosen = o
		}
	}
	what := slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, nil, MuteKind, choices...)
	what.InitialOption = chosen
	days := slack.NewNumberInputBlockElement(nil, MuteDays, false)
	days.InitialValue = strconv.Itoa(int(alerts.DefaultMute.Hours() / 24))
	because := slack.NewPlainTextInputBlockElement(plainText("Migration weekend, agreed with the customer", maxHeader), MuteReason)
	because.MaxLength = MaxBecause
	name := outside(account, nameWidth)
	return slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: CallbackMute, Title: plainText("Mute account", maxTitle), Submit: plainText("Mute", maxTitle),
		Close: plainText("Cancel", maxTitle), PrivateMetadata: private,
		Blocks: slack.Blocks{BlockSet: []slack.Block{
			slack.NewSectionBlock(markdown("Nobody is told about "+bold(esc(name))+" meanwhile. It stays in lists and digests, and red health reaches its owner."), nil, nil),
			input(MuteKind, "What", "", what).WithOptional(false),
			input(MuteDays, "For how many days", "From 1 to 90. What it held is summed up at the end.", days).WithOptional(false),
			input(MuteReason, "Because", "Everybody who looks at the account sees it.", because),
		}},
	}
}

func option(label plain, value string) *slack.OptionBlockObject {
	return slack.NewOptionBlockObject(value, plainText(label, maxLabel), nil)
}

// Muted draws the private answer to a mute: what is quiet now, and how to end it. held is how many live alerts it holds.
func Muted(s Style, account string, mute alerts.Mute, held int) Drawing {
	m := newSheet()
	said := "Muted: " + s.muteWords(account, mute.Kind) + " until " + s.moment(mute.Until) + "." + remark(mute.Reason)
	if held > 0 {
		said += " " + esc(count(held, "live alert is", "live alerts are")) + " quiet meanwhile."
	}
	said += " Red health still reaches its owner."
	m.section("muted:"+mute.ID, button(ActionUnmute, "Unmute", mute.ID), said)
	return m.drawing(spokenOf(said))
}

// muteWords name what a mute is about: "*Acme Corp*", or "*Acme Corp*, only usage limit alerts,".
func (s Style) muteWords(account string, kind alerts.Kind) mrkdwn {
	name := bold(esc(outside(account, nameWidth)))
	if kind == "" {
		return name
	}
	return name + ", only " + esc(orElse(kinds[kind].word, words(string(kind)))) + " alerts,"
}

// Unmuted draws the private answer to the end of mutes: what they held, and what becomes of it.
func Unmuted(s Style, account string, ended []alerts.Unmuted) Drawing {
	name := bold(esc(outside(account, nameWidth)))
	if len(ended) == 0 {
		return Say("Nothing mutes " + string(name) + ". Type `" + string(esc(s.command())) + " mute` with its name to change that.")
	}
	rules := s.Rules
	if rules == nil {
		rules = &alerts.Rules{}
	}
	m := newSheet()
	var said mrkdwn
	for i, u := range ended {
		text := tame(u.Summary(rules))
		if text == "" {
			text = "The mute of " + s.muteWords(account, u.Mute.Kind) + " is over. It held nothing."
		}
		m.section("unmuted:"+strconv.Itoa(i), control{}, text)
		said = join(" ", said, text)
	}
	return m.drawing(spokenOf(said))
}

// quietParts say on a card what is quiet about its alert: why it is held, that it came late, and what is held beside it.
func (s Style) quietParts(v alerts.View) []mrkdwn {
	a := v.Alert
	var parts []mrkdwn
	switch {
	case v.Mute != nil && a.Hold.Reason == alerts.HoldMute && !a.Hold.Until.IsZero():
		parts = append(parts, s.mutedUntil(v, *v.Mute, a.Hold))
	case a.Hold.Hides():
		parts = append(parts, s.held(a))
	}
	if s.Rules != nil {
		if late := s.Rules.LateBy(a); late > 0 {
			parts = append(parts, "came "+esc(span(late))+" late")
		}
	}
	if b := v.Beside; b.Held > 0 {
		parts = append(parts, esc(number(float64(b.Held))+" more of this kind held since ")+s.moment(b.Since))
	}
	if len(parts) > 0 {
		parts[0] = capitalOf(parts[0])
	}
	return parts
}

// mutedUntil is "muted until Tue 1 Dec by Ben: migration".
func (s Style) mutedUntil(v alerts.View, m alerts.Mute, h alerts.Hold) mrkdwn {
	text := "muted until " + s.moment(h.Until) + esc(" by "+actor(v, m.By))
	if m.Reason == "" || s.Guarded {
		return text
	}
	return text + ":" + remark(m.Reason)
}

// mutes add to `/journey acme` that somebody muted it, with the button that ends that.
func (s Style) mutes(m *sheet, v alerts.AccountView) {
	for _, mute := range v.Muting[:min(len(v.Muting), maxMutes)] {
		reason := remark(mute.Reason)
		if s.Guarded {
			reason = ""
		}
		who := esc(" by " + actor(alerts.View{People: v.People}, mute.By))
		what := mrkdwn("Muted")
		if mute.Kind != "" {
			what = esc("Muted: " + orElse(kinds[mute.Kind].word, words(string(mute.Kind))) + " alerts,")
		}
		m.section("mute:"+mute.ID, button(ActionUnmute, "Unmute", mute.ID), "🔕 "+what+" until "+s.moment(mute.Until)+who+"."+reason)
	}
}

// maxMutes is how many mutes an answer names.
const maxMutes = 3

// muteButton is the button that mutes an account of which not everything is muted yet.
func muteButton(v alerts.AccountView) control {
	if slices.ContainsFunc(v.Muting, func(m alerts.Mute) bool { return m.Kind == "" }) {
		return control{}
	}
	return button(ActionMuteAccount, "Mute…", v.Account.ID)
}

// muteLine tells in an alert's thread that its account was muted, or that the alert goes on.
func (s Style) muteLine(v alerts.View, e alerts.Entry) mrkdwn {
	who := esc(actor(v, e.Actor))
	switch {
	case e.What == alerts.DidMute:
		return who + " muted it until " + s.moment(e.Data.Until) + "." + remark(e.Data.Note)
	case e.Actor.UserID == "":
		return "The mute is over."
	}
	return who + " ended the mute."
}
