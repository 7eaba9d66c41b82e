package alerts

import "strings"

// Permissions say who may change what from Slack. The zero Permissions let everybody who works here do everything; people of other
// companies may do nothing, whatever is said here.
type Permissions struct {
	Act     Permission // change an alert, or write a note
	Mute    Permission // mute and unmute accounts
	Operate Permission // change who owns what for others: hand over, link, merge, rename
}

// Permission is who may do something: Anyone, ChannelMembers, or "group:@handle" for the members of a user group.
type Permission string

// The permissions that are no user group.
const (
	Anyone         Permission = ""
	ChannelMembers Permission = "channel_members" // of a channel where the alert stands; without an alert, of one that the growth file names
)

// Group returns the handle of the user group that may, such as "@cs-ops"; false when it is no group that decides.
func (p Permission) Group() (handle string, ok bool) { return strings.CutPrefix(string(p), "group:") }
