package handlers

// guardActions lift or keep holds.
func guardActions() map[string]action { return nil }
