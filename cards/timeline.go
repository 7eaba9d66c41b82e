package cards

import (
	"strconv"

	"journeybot/alerts"
)

// TimelinePage is how many moments one page of a timeline has.
const TimelinePage = 15

// momentWidth is the longest line of a timeline, in characters of mrkdwn.
const momentWidth = 700

// Timeline draws a page of `/journey acme timeline`, newest first.
func Timeline(s Style, t alerts.Timeline) Drawing {
	m := newSheet()
	title := outside(t.Account.Title(), nameWidth) + ": timeline"
	m.header("timeline", title)
	page := t.Moments[:min(len(t.Moments), TimelinePage)]
	moments := s.shownMoments(page)
	lines := make([]mrkdwn, 0, len(moments))
	var spoken []mrkdwn
	for _, one := range moments {
		text := s.told(t, one)
		lines = append(lines, mrkdwn(shorten(string(s.moment(one.At)+" "+text), momentWidth, oneToken)))
		if len(spoken) < maxLiveRows {
			spoken = append(spoken, text)
		}
	}
	switch {
	case len(lines) == 0 && t.Offset > 0:
		m.section("none", control{}, "There is nothing more on this page.")
	case len(lines) == 0:
		m.section("none", control{}, "Nothing is known of this account's past: no stage, alert, note, mute or touch. `"+
			esc(s.command())+" note` writes one down.")
	}
	for _, text := range packed(lines) {
		m.section("moments", control{}, text)
	}
	var row []control
	turn := func(label plain, offset int) control {
		return button(ActionTimeline, label, strconv.Itoa(offset)+":"+t.Account.ID)
	}
	if t.Offset > 0 {
		row = append(row, turn("Newer", max(0, t.Offset-TimelinePage)))
	}
	if t.More || len(t.Moments) > len(page) {
		row = append(row, turn("Older", t.Offset+len(page)))
	}
	m.row("pages", append(row, button(ActionAccount, "Account", t.Account.ID))...)
	return m.drawing(esc(title) + ". " + spokenOf(join(" ", spoken...)))
}

// told tells one moment in a sentence.
func (s Style) told(t alerts.Timeline, one alerts.Moment) mrkdwn {
	v := alerts.View{Account: t.Account, People: t.People}
	switch {
	case one.Alert != nil:
		v.Alert, v.History = one.Alert.Alert, []alerts.Entry{one.Alert.Entry}
		return s.toldAlert(v, one.Alert.Entry)
	case one.Stage != nil:
		return esc(s.toldStage(*one.Stage))
	case one.Note != nil:
		text := esc(actor(v, one.Note.By)) + " noted:" + remark(one.Note.Text)
		if one.Note.Permalink != "" {
			text += " " + link(one.Note.Permalink, "message")
		}
		return text
	case one.Mute != nil:
		return s.toldMute(v, *one.Mute, one.Ended)
	case one.Touch != nil:
		who := join(" by ", orElse(words1(one.Touch.Channel), "contact"), outside(one.Touch.Who, termWidth))
		return "Touch: " + esc(who) + "." + remark(one.Touch.Note)
	}
	return "Something happened."
}

// stageReasons say why a stage changed where that is no customer's doing.
var stageReasons = map[string]plain{"map changed": " (map changed)", "correction": " (after a correction)", "signal": " (an event says so)", "event": " (an event says so)"}

func (s Style) toldStage(move alerts.StageMove) plain {
	to := plain("before the first milestone")
	if move.Milestone != "" {
		to = s.milestone(move.Milestone)
	}
	return "Stage: " + to + stageReasons[move.Reason] + "."
}

// words1 is words of a text that may be missing.
func words1(name string) plain {
	if name == "" {
		return ""
	}
	return words(name)
}

// toldAlert names the alert and says what happened to it.
func (s Style) toldAlert(v alerts.View, e alerts.Entry) mrkdwn {
	name := bold(esc(join(" ", shortID(v.Alert), kinds[v.Alert.Kind].word)))
	switch e.What {
	case alerts.DidOpen:
		severity := ""
		if e.Data.Severity != alerts.SeverityNone {
			severity = e.Data.Severity.String()
		}
		return name + " " + esc(join(": ", join(" ", "opened", parens(plain(severity))), outside(e.Data.After, 100))) + "."
	case alerts.DidHold:
		text := name + " held: " + esc(heldBecause(alerts.HoldReason(e.Data.Note)))
		if !e.Data.Until.IsZero() {
			text += ", until " + s.moment(e.Data.Until)
		}
		return text + "."
	case alerts.DidRelease:
		return name + " shown after all: it was held (" + esc(heldBecause(alerts.HoldReason(e.Data.Note))) + ")."
	}
	if line := s.line(v, e); line != "" {
		return name + " " + line
	}
	return name + " " + esc(words(string(e.What))) + "."
}

func (s Style) toldMute(v alerts.View, mute alerts.MuteSpan, ended bool) mrkdwn {
	what := plain("everything")
	if mute.Kind != "" {
		what = orElse(kinds[mute.Kind].word, words(string(mute.Kind)))
	}
	switch {
	case ended && !mute.EndedAt.IsZero() && mute.EndedBy.UserID != "":
		return esc(actor(v, mute.EndedBy)) + " ended the mute of " + esc(what) + "."
	case ended:
		return "The mute of " + esc(what) + " ended by itself."
	}
	return esc(actor(v, mute.By)+" muted "+what) + " until " + s.moment(mute.Until) + "." + remark(mute.Reason)
}
