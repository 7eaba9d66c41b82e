package handlers

import (
	"regexp"
	"slices"
	"strings"

	"journeybot/alerts"
)

// kindWords are what people call the kinds of alerts, beside the kinds' own names.
var kindWords = map[string]alerts.Kind{
	"health": alerts.HealthShift, "limit": alerts.UsageLimit, "limits": alerts.UsageLimit, "usage": alerts.UsageLimit,
	"lead": alerts.PQL, "leads": alerts.PQL, "pqls": alerts.PQL, "dropoff": alerts.MilestoneDropoff, "stuck": alerts.MilestoneDropoff,
	"reached": alerts.MilestoneReached, "contact": alerts.ContactChanged, "renewal": alerts.RenewalDue, "renewals": alerts.RenewalDue,
	"ticket": alerts.Support, "tickets": alerts.Support, "nps": alerts.Feedback, "csat": alerts.Feedback,
}

// kindNamed reads a kind as people write it.
func kindNamed(word string) (alerts.Kind, bool) {
	word = strings.ReplaceAll(strings.ToLower(word), "-", "_")
	if k, ok := kindWords[word]; ok {
		return k, true
	}
	k := alerts.Kind(word)
	return k, slices.Contains(alerts.Kinds, k)
}

// alertWords are the words of `alerts`, a channel excepted.
func alertWords() []string {
	kinds := make([]string, len(alerts.Kinds))
	for i, k := range alerts.Kinds {
		kinds[i] = string(k)
	}
	return append([]string{"mine", "unowned", "red", "held", "low", "medium", "high", "critical"}, kinds...)
}

// alertFilter reads the words after `alerts`; unknown is the first that is none of them.
func alertFilter(user string, args []string) (f alerts.Filter, unknown string) {
	for _, word := range args {
		channel, isChannel := channelNamed(word)
		kind, isKind := kindNamed(word)
		severity, isSeverity := alerts.ParseSeverity(strings.ToLower(word))
		switch lower := strings.ToLower(word); {
		case lower == "mine":
			f.Owner = user
		case lower == "unowned":
			f.Unowned = true
		case lower == "red":
			f.Red = true
		case lower == "held":
			f.Held = true
		case isChannel:
			f.Channel = channel
		case isKind:
			f.Kind = kind
		case isSeverity:
			f.Severity = severity
		default:
			return alerts.Filter{}, word
		}
	}
	return f, ""
}

var (
	channelMention = regexp.MustCompile(`^<#([CG][A-Z0-9]+)(\|[^>]*)?>$`)
	channelID      = regexp.MustCompile(`^[CG][A-Z0-9]{6,}$`)
	userMention    = regexp.MustCompile(`^<@([UW][A-Z0-9]+)(\|[^>]*)?>$`)
)

// channelNamed reads a channel as Slack or a person writes it.
func channelNamed(word string) (alerts.Target, bool) {
	if found := channelMention.FindStringSubmatch(word); found != nil {
		return alerts.Target(found[1]), true
	}
	if channelID.MatchString(word) || strings.HasPrefix(word, "#") && len(word) > 1 {
		return alerts.Target(word), true
	}
	return "", false
}
