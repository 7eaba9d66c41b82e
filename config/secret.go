package config

import (
	"fmt"
	"io"
	"log/slog"
)

// Secret is a text that never prints: every formatting verb, JSON and slog show [redacted]. Reveal gives it.
// The zero Secret holds no text and prints as "".
type Secret struct {
	value *string // behind a pointer, so that fmt shows an address where it may not call methods
}

// NewSecret wraps a text.
func NewSecret(value string) Secret {
	if value == "" {
		return Secret{}
	}
	return Secret{value: &value}
}

// Reveal returns the text itself, for the one call that needs it.
func (s Secret) Reveal() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

// IsZero reports whether there is no text.
func (s Secret) IsZero() bool { return s.value == nil }

// String returns "[redacted]", or "" when there is no text.
func (s Secret) String() string {
	if s.IsZero() {
		return ""
	}
	return "[redacted]"
}

// Format writes String for every verb and flag, so that %d and %#v hide the text too.
func (s Secret) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, s.String()) }

// GoString is String.
func (s Secret) GoString() string { return s.String() }

// MarshalText is String as bytes, so that JSON and YAML hide the text too.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// LogValue is String, so that no slog handler looks inside.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// Decode reads the secret from an environment variable (envconfig.Decoder).
func (s *Secret) Decode(value string) error {
	*s = NewSecret(value)
	return nil
}
