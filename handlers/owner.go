package handlers

// ownerActions are about who owns what.
func ownerActions() map[string]action { return nil }

// ownerVerbs are sub-commands.
func ownerVerbs() map[string]verb { return nil }
