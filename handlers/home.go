package handlers

// homeActions stand on the Home tab.
func homeActions() map[string]action { return nil }
