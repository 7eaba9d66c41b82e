package main

import (
	"fmt"
	"io"
	"log/slog"
	"os"

	"journeybot/config"
)

// newLogger writes text to a terminal and JSON anywhere else, unless LOG_FORMAT says which.
func newLogger(env config.Env, out *os.File) (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(env.LogLevel)); err != nil {
		return nil, fmt.Errorf("LOG_LEVEL: %w", err)
	}
	format := env.LogFormat
	if format == "" {
		format = "json"
		if isTerminal(out) {
			format = "text"
		}
	}
	return slog.New(handlerFor(format, out, level)), nil
}

func handlerFor(format string, out io.Writer, level slog.Level) slog.Handler {
	options := &slog.HandlerOptions{Level: level}
	if format == "text" {
		return slog.NewTextHandler(out, options)
	}
	return slog.NewJSONHandler(out, options)
}

func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
