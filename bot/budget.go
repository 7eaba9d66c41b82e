package bot

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"journeybot/alerts"
	"journeybot/journey"
	"journeybot/storage"
)

// heldByBudget is why a direct message is not sent: its reader was interrupted often enough today.
const heldByBudget = string(alerts.HoldBudget)

// interrupts names whom a message would interrupt, by a direct message or a mention; "" for nobody, or when that is not counted:
// what is critical, and what somebody's doing caused, is always told.
func (p *publisher) interrupts(ctx context.Context, m alerts.Message) (string, error) {
	if m.Priority == alerts.PriorityCritical || m.TS != "" || m.Silent {
		return "", nil
	}
	switch m.Kind {
	case alerts.PingMessage, alerts.NoticeMessage:
		var n alerts.Notice
		if err := json.Unmarshal(m.Body, &n); err != nil {
			return "", fmt.Errorf("read notice: %w", err)
		}
		if user, direct := strings.CutPrefix(string(m.Target), "@"); direct && !n.Asked {
			return user, nil
		}
	case alerts.CardMessage:
		view, err := p.store.AlertView(ctx, m.Subject)
		if err != nil {
			return "", fromStore("read alert", err)
		}
		if isUser(view.Alert.Owner) && view.Alert.Severity != alerts.Critical {
			return view.Alert.Owner, nil
		}
	}
	return "", nil
}

func isUser(id string) bool { return strings.HasPrefix(id, "U") || strings.HasPrefix(id, "W") }

// spare decides whether a message would interrupt its person once too often today. Then a direct message is held, and done is
// true; a card is posted without the mention.
func (p *publisher) spare(ctx context.Context, lane storage.Lane, m *alerts.Message) (done bool, err error) {
	budget := p.cfg.Rules.Quiet.Budget
	if budget == (alerts.Budget{}) {
		return false, nil
	}
	user, err := p.interrupts(ctx, *m)
	if err != nil || user == "" {
		return false, err
	}
	now := p.cfg.Now()
	today := now.In(p.cfg.Rules.ZoneOf(p.people.Person(ctx, user)))
	taken, err := p.store.Interrupt(ctx, user, journey.DayOf(today), m.ID, func(waiting []alerts.Interruption, spent alerts.Spent) bool {
		return budget.Admit(waiting, spent, today)[m.ID]
	})
	if err != nil {
		return false, fromStore("interrupt", err)
	}
	if taken {
		p.cfg.Metrics.interruptions.WithLabelValues("taken").Inc()
		return false, nil
	}
	p.cfg.Metrics.interruptions.WithLabelValues("spared").Inc()
	p.cfg.Logger.Info("person spared", "message_id", m.ID, "alert_id", m.Subject, "kind", string(m.Kind), "user", user)
	m.Silent = true
	if m.Kind == alerts.CardMessage {
		return false, nil
	}
	return true, fromStore("hold", p.store.HoldMessage(ctx, lane, m.ID, heldByBudget))
}
