package handlers

// whyActions explain.
func whyActions() map[string]action { return nil }

// readVerbs are sub-commands.
func readVerbs() map[string]verb { return nil }
