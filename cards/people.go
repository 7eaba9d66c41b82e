package cards

import (
	"strings"

	"journeybot/alerts"
)

// person is the name of who has a Slack user id: from the people table, else as the history knew them. A name that
// nobody knows reads as the id, for "someone" would hide who it was. The empty id is the bot.
func person(v alerts.View, id string) plain {
	if id == "" {
		return "journeybot"
	}
	if name := outside(v.People[id].Name, termWidth); name != "" {
		return name
	}
	for i := len(v.History) - 1; i >= 0; i-- {
		if a := v.History[i].Actor; a.UserID == id && a.Name != "" {
			return outside(a.Name, termWidth)
		}
		if d := v.History[i].Data; d.User == id && d.UserName != "" {
			return outside(d.UserName, termWidth)
		}
	}
	return outside(id, termWidth)
}

// actor is the name of who made a history entry.
func actor(v alerts.View, by alerts.Actor) plain {
	if v.People[by.UserID].Name == "" && by.Name != "" {
		return outside(by.Name, termWidth)
	}
	return person(v, by.UserID)
}

// owner is the name of an alert's owner, of a group as its handle, or whom the route asked for; "" when there is none.
func owner(v alerts.View) plain {
	ref := outside(strings.TrimPrefix(v.Alert.OwnerRef, "group:"), termWidth)
	switch id := v.Alert.Owner; {
	case id == "", groupID.MatchString(id) && v.People[id].Name == "" && ref != "":
		return ref
	default:
		return person(v, id)
	}
}

// ownerLine names the owner, with a ping when the post is the alert's first.
func ownerLine(v alerts.View, ping bool) mrkdwn {
	who := esc(orUnknown(owner(v)))
	if m, ok := mention(v.Alert.Owner); ok && ping {
		who = m
	}
	return join(" · ", bold("Owner")+" "+who, esc(inPlaceOf(v.Alert)))
}
