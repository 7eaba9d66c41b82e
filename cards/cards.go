// Package cards draws alerts, accounts and answers as Slack Block Kit with a fallback text that says the same.
//
// Every function is pure: the same values give the same bytes, which the publisher compares to spare calls.
// Every text from outside is escaped here (text.go) and every Slack limit is kept here (blocks.go, shorten.go), for any input.
// The wording of each kind of alert is in kinds.go; what surrounds it in each status is in alert.go.
package cards

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"journeybot/alerts"

	"github.com/slack-go/slack"
)

// Style is what drawing needs beside the values: it is the same for a whole workspace.
// The zero Style draws in UTC, with amounts that name no currency.
type Style struct {
	Rules   *alerts.Rules // playbooks, milestone titles, currency, zone; nil has none of them
	Command string        // name of the slash command, with its slash; "" means /journey
	Now     time.Time
	Guarded bool // outsiders read along: revenue, contacts, verbatims and notes are left out
}

// Drawing is a message ready for Slack.
type Drawing struct {
	Blocks []slack.Block
	Text   string // the fallback: notifications and screen readers
}

// Hash identifies what the drawing shows: equal drawings have equal hashes, in every process.
func (d Drawing) Hash() string {
	blocks, err := json.Marshal(d.Blocks)
	if err != nil { // blocks are plain values; if one ever fails, the text alone still tells changes
		blocks = nil
	}
	sum := sha256.Sum256(append(append(blocks, 0), d.Text...))
	return hex.EncodeToString(sum[:])
}
