package alerts

// DigestRules say which channels and owners get a digest, and when.
type DigestRules struct{}
