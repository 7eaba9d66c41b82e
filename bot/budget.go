package bot

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"journeybot/alerts"
	"journeybot/journey"
	"journeybot/storage"
)

// heldByBudget is why a direct message is not sent: its reader was interrupted often enough today.
const heldByBudget = string(alerts.HoldBudget)

// tells names whom a direct message would interrupt; "" for nobody, or when that is not counted: what is critical, and what
// somebody's doing caused, is always told.
func tells(m alerts.Message) (string, error) {
	user, direct := strings.CutPrefix(string(m.Target), "@")
	if !direct || m.Kind != alerts.PingMessage && m.Kind != alerts.NoticeMessage || m.Priority == alerts.PriorityCritical || m.TS != "" {
		return "", nil
	}
	var n alerts.Notice
	if err := json.Unmarshal(m.Body, &n); err != nil {
		return "", fmt.Errorf("read notice: %w", err)
	}
	if n.Asked {
		return "", nil
	}
	return user, nil
}

func isUser(id string) bool { return strings.HasPrefix(id, "U") || strings.HasPrefix(id, "W") }

// spare holds a direct message that would interrupt its reader once too often today. spared reports that it did.
func (p *publisher) spare(ctx context.Context, lane storage.Lane, m alerts.Message) (spared bool, err error) {
	user, err := tells(m)
	if err != nil || user == "" {
		return false, err
	}
	taken, err := p.interrupt(ctx, m, user, alerts.Interruption{Message: m.ID})
	if err != nil || taken {
		return false, err
	}
	return true, fromStore("hold", p.store.HoldMessage(ctx, lane, m.ID, heldByBudget))
}

// mayMention reports whether a new card mentions its owner: not when that would interrupt the owner once too often today.
func (p *publisher) mayMention(ctx context.Context, m alerts.Message, a alerts.Alert) (bool, error) {
	if a.Severity == alerts.Critical || m.Priority == alerts.PriorityCritical || !isUser(a.Owner) {
		return true, nil
	}
	return p.interrupt(ctx, m, a.Owner, alerts.Interruption{Message: m.ID, Account: a.Account, Severity: a.Severity})
}

// mayHear returns those owners whom a bundle mentions: each bundle is one interruption for each.
func (p *publisher) mayHear(ctx context.Context, m alerts.Message, v alerts.BundleView, owners []string) ([]string, error) {
	var hear []string
	i := alerts.Interruption{ARR: &v.ARR}
	for _, row := range v.Rows {
		i.Severity = max(i.Severity, row.Alert.Severity)
	}
	for _, user := range owners {
		i.Message = m.ID + " " + user
		taken, err := !m.Silent, error(nil)
		if taken && isUser(user) {
			taken, err = p.interrupt(ctx, m, user, i)
		}
		if err != nil {
			return nil, err
		}
		if taken {
			hear = append(hear, user)
		}
	}
	return hear, nil
}

// interrupt asks once whether a message may interrupt a person today, and counts what was answered.
func (p *publisher) interrupt(ctx context.Context, m alerts.Message, user string, i alerts.Interruption) (taken bool, err error) {
	budget := p.cfg.Rules.Quiet.Budget
	if budget == (alerts.Budget{}) {
		return true, nil
	}
	today := p.cfg.Now().In(p.cfg.Rules.ZoneOf(p.people.Person(ctx, user)))
	taken, err = p.store.Interrupt(ctx, user, journey.DayOf(today), i.Message, func(waiting []alerts.Interruption, spent alerts.Spent) bool {
		if !slices.ContainsFunc(waiting, func(other alerts.Interruption) bool { return other.Message == i.Message }) {
			waiting = append(waiting, i)
		}
		return budget.Admit(waiting, spent, today)[i.Message]
	})
	if err != nil {
		return false, fromStore("interrupt", err)
	}
	if taken {
		p.cfg.Metrics.interruptions.WithLabelValues("taken").Inc()
		return true, nil
	}
	p.cfg.Metrics.interruptions.WithLabelValues("spared").Inc()
	p.cfg.Logger.Info("person spared", "message_id", m.ID, "alert_id", m.Subject, "kind", string(m.Kind), "user", user)
	return false, nil
}
