package handlers

import (
	"context"
	"strings"

	"journeybot/alerts"
	"journeybot/cards"
)

// RunStore reads what came of alerts. storage.Store implements it.
type RunStore interface {
	// Runs are the alerts that opened in the last days.
	Runs(ctx context.Context, days int) ([]alerts.Run, error)
}

func playbookVerbs() map[string]verb {
	return map[string]verb{
		"playbooks": {
			run: (*Slack).playbooks, args: []string{"rules"}, usage: "playbooks [rules] [30d|90d|180d]",
			does: "what came of alerts by playbook, beside alerts alike; rules: the report card of each rule", example: "playbooks 90d",
		},
	}
}

const defaultPlaybookDays = 90

func (s *Slack) playbooks(ctx context.Context, user string, args []string) (reply, error) {
	days, rules := defaultPlaybookDays, false
	for _, word := range args {
		switch lower := strings.ToLower(word); {
		case lower == "rules":
			rules = true
		case daysIn(lower, 0) > 0:
			days = daysIn(lower, 0)
		default:
			return s.misunderstood("playbooks "+word, nearest(word, verbs()["playbooks"].args, "playbooks ")), nil
		}
	}
	if rules {
		if err := s.mayOperate(ctx, s.people.Person(ctx, user)); err != nil {
			return reply{}, err
		}
	}
	runs, err := s.store.Runs(ctx, days)
	switch {
	case err != nil:
		return reply{}, err
	case rules:
		return reply{drawing: cards.RuleReport(s.style(), s.cfg.Rules.RuleReport(days, runs))}, nil
	}
	return reply{drawing: cards.Playbooks(s.style(), s.cfg.Rules.PlaybookReport(days, runs))}, nil
}

// Operates reports whether somebody may see what is for operators. It is false while that cannot be told.
func (s *Slack) Operates(ctx context.Context, userID string) bool {
	by := s.people.Person(ctx, userID)
	return !by.Stranger && s.mayOperate(ctx, by) == nil
}
