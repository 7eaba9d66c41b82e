package journey_test

import (
	"testing"

	"journeybot/journey"
)

// busy is 400 days of an account that does something every day.
func busy() journey.History {
	h := journey.History{Account: journey.Account{ID: "acme", Seats: new(int64(10)), Since: 20251020}}
	for day := journey.Day(20251020); day <= 20261124; day = day.Add(1) {
		for _, event := range []string{"search", "list", "export"} {
			h.Rows = append(h.Rows, used(event, "admin", day, 2, "u1", "u2", "u3"))
		}
	}
	return h
}

// One more event of today.
func BenchmarkEvaluate(b *testing.B) {
	m, h, now := full(b), busy(), at(b, 20261124, 12)
	s, _ := m.Evaluate(journey.Standing{}, h, now)
	var recent []journey.UsageRow
	for _, r := range h.Rows {
		if r.Day > 20260924 {
			recent = append(recent, r)
		}
	}
	h.Rows = recent
	for b.Loop() {
		m.Evaluate(s, h, now)
	}
}

// A late event, or an edited map: 400 days anew.
func BenchmarkEvaluateFresh(b *testing.B) {
	m, h, now := full(b), busy(), at(b, 20261124, 12)
	for b.Loop() {
		m.Evaluate(journey.Standing{}, h, now)
	}
}
