package handlers

import (
	"context"
	"sync"
	"time"

	"journeybot/alerts"
	"journeybot/cards"
)

// hintEvery is how often somebody is told the same hint at most.
const hintEvery = 24 * time.Hour

// hints remembers who was told.
type hints struct {
	mu   sync.Mutex
	told map[string]time.Time
}

// due reports whether somebody may be told now, and remembers it.
func (h *hints) due(userID string, now time.Time) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if last, ok := h.told[userID]; ok && now.Sub(last) < hintEvery {
		return false
	}
	h.told[userID] = now
	return true
}

// hint tells somebody whose address nobody knows how to link it: without one, no account is theirs. What they pressed counts all the same.
func (s *Slack) hint(ctx context.Context, p alerts.Person) reply {
	if p.Email != "" || p.Guest {
		return reply{}
	}
	linked, err := s.store.Addresses(ctx, p.UserID)
	if err != nil || len(linked) > 0 || !s.hints.due(p.UserID, s.cfg.Now()) {
		return reply{}
	}
	return reply{drawing: cards.Say("Done. I don't know your e-mail address, so I can't tell which accounts are yours. Type `" +
		s.cfg.Command + " link you@example.com` to tell me.")}
}
