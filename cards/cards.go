// Package cards draws alerts, accounts and answers as Slack Block Kit with a fallback text that says the same.
//
// Every function is pure: the same values give the same bytes, which the publisher compares to spare calls.
// Every text from outside is escaped here and every Slack limit is kept here, for any input.
package cards

import (
	"time"

	"github.com/slack-go/slack"

	"journeybot/alerts"
	"journeybot/journey"
)

// Style is what drawing needs beside the values: it is the same for a whole workspace.
type Style struct {
	Rules   *alerts.Rules // playbooks, milestone titles, currency, zone
	Command string        // name of the slash command, with its slash: "/journey"
	Now     time.Time
}

// Drawing is a message ready for Slack.
type Drawing struct {
	Blocks []slack.Block
	Text   string // the fallback: notifications and screen readers
}

// Hash identifies what the drawing shows.
func (d Drawing) Hash() string { return "" }

// Alert draws the card of an alert in its current state. mention says that the owner is mentioned: in the first post only.
func Alert(s Style, v alerts.View, mention bool) Drawing { return Drawing{} }

// Thread draws the history entries after seq as one reply in the alert's thread; ok is false when none of them is for the thread.
func Thread(s Style, v alerts.View, after int64) (d Drawing, ok bool) { return Drawing{}, false }

// Notice draws a frozen notice or ping.
func Notice(s Style, n alerts.Notice) Drawing { return Drawing{} }

// Journey draws the private answer of `/journey acme`. loc is the reader's zone.
func Journey(s Style, v alerts.AccountView) Drawing { return Drawing{} }

// AlertList draws a page of `/journey alerts …`: title says what was asked, offset where the page starts.
func AlertList(s Style, f alerts.Filter, views []alerts.View, total int) Drawing { return Drawing{} }

// Choose draws the answer to a name that is not certain: several matches to pick from, or "did you mean" buttons, or
// that nothing was found and what was searched.
func Choose(s Style, l journey.Lookup) Drawing { return Drawing{} }

// Help draws `/journey help`; unknown is the word that was not understood and nearest what was probably meant ("" for plain help).
func Help(s Style, unknown, nearest string) Drawing { return Drawing{} }

// Taken draws the private answer to somebody who pressed Acknowledge second.
func Taken(s Style, v alerts.View, e *alerts.TakenError) Drawing { return Drawing{} }

// Closed draws the private answer to a click on an alert that has ended.
func Closed(s Style, v alerts.View, e *alerts.ClosedError) Drawing { return Drawing{} }

// Say draws one plain sentence, for answers such as "still looking".
func Say(text string) Drawing { return Drawing{} }
