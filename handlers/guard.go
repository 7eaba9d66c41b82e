package handlers

import (
	"context"

	"journeybot/alerts"
	"journeybot/cards"
)

// guardActions lift or keep holds.
func guardActions() map[string]action {
	return map[string]action{
		cards.ActionClear:    decided(alerts.DoClear),
		cards.ActionKeep:     decided(alerts.DoKeep),
		cards.ActionReserve:  change(alerts.DoAck, nil),
		cards.ActionAskOwner: (*Slack).askOwner,
	}
}

// decided changes a hold from a notice, which stays as it is: the presser hears privately how it stands now.
func decided(do alerts.Do) action {
	apply := change(do, nil)
	return func(s *Slack, ctx context.Context, c click) (reply, error) {
		c.private = false
		if _, err := apply(s, ctx, c); err != nil {
			return reply{}, err
		}
		view, err := s.store.AlertView(ctx, c.subject)
		if err != nil {
			return reply{}, err
		}
		return reply{drawing: cards.HoldNow(view)}, nil
	}
}

// askOwner asks whoever owns the risk that an alert waits for.
func (s *Slack) askOwner(ctx context.Context, c click) (reply, error) {
	view, err := s.store.AlertView(ctx, c.subject)
	if err != nil {
		return reply{}, err
	}
	fill := func(_ *Slack, _ click, in *alerts.Input) error {
		for _, risk := range view.Risks {
			if risk.ID == view.Alert.Hold.By {
				in.User = alerts.Person{UserID: risk.Owner, Name: view.People[risk.Owner].Name}
			}
		}
		return nil
	}
	return change(alerts.DoAskOwner, fill)(s, ctx, c)
}
