package handlers

// modalActions open a modal.
func modalActions() map[string]action { return nil }
