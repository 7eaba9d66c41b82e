package handlers

// bundleActions work on several alerts of one message.
func bundleActions() map[string]action { return nil }
