package handlers

// muteActions make and end mutes.
func muteActions() map[string]action { return nil }

// muteVerbs are sub-commands.
func muteVerbs() map[string]verb { return nil }
