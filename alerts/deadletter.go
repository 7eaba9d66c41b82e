package alerts

import "time"

// DeadLetter is an event that could not be taken, with the reason.
type DeadLetter struct {
	ID         string // stream, consumer and sequence it had: the same event set aside twice is one dead letter
	Source     string
	EventID    string
	Subject    string // NATS subject it came on
	Headers    map[string][]string
	Body       []byte
	Reason     string
	ReceivedAt time.Time
	ReplayedAt time.Time // zero: not replayed
}
