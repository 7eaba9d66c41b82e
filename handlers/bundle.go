package handlers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"journeybot/alerts"
	"journeybot/cards"
)

// BundleStore keeps which alerts share a message.
type BundleStore interface {
	BundleView(ctx context.Context, id string, limit, offset int) (alerts.BundleView, error)
	BundledOf(ctx context.Context, id, user string) ([]string, error)
	StandApart(ctx context.Context, alertID, bundleID string) (bool, error)
	AddPlace(ctx context.Context, p alerts.Place) error
}

// bundleActions work on several alerts of one message.
func bundleActions() map[string]action {
	return map[string]action{
		cards.ActionBundleAckAll: (*Slack).takeShown,
		cards.ActionBundleMine:   (*Slack).takeMine,
		cards.ActionBundleAll:    (*Slack).openBundle,
		cards.ActionBundlePage:   (*Slack).turnBundle,
		cards.ActionBundleTake:   (*Slack).takeBundled,
		cards.ActionBundleOpen:   (*Slack).openBundled,
	}
}

// takeShown acknowledges what the list showed that the presser saw, and nothing that came later.
func (s *Slack) takeShown(ctx context.Context, c click) (reply, error) {
	view, err := s.store.BundleView(ctx, c.subject, 0, 0)
	if err != nil {
		return reply{}, err
	}
	list, _ := strconv.Atoi(c.arg)
	ids, ok := view.Bundle.Shown(list)
	if !ok {
		return reply{drawing: cards.Say("That list is an old one. Press the button in the message as it is now.")}, nil
	}
	return s.takeSeveral(ctx, c, ids)
}

// takeMine acknowledges what the presser owns in the bundle.
func (s *Slack) takeMine(ctx context.Context, c click) (reply, error) {
	ids, err := s.store.BundledOf(ctx, c.subject, c.user.UserID)
	if err != nil {
		return reply{}, err
	}
	return s.takeSeveral(ctx, c, ids)
}

// takeSeveral acknowledges alerts one by one, and tells the presser what came of it. Done again, it changes nothing.
func (s *Slack) takeSeveral(ctx context.Context, c click, ids []string) (reply, error) {
	var took cards.Taking
	lost := map[string][]alerts.View{} // by who owned them before
	for _, id := range ids {
		taken, closed, err := s.take(ctx, c, id, true)
		if err != nil {
			return reply{}, err
		}
		view, err := s.store.AlertView(ctx, id)
		if err != nil {
			return reply{}, err
		}
		switch {
		case taken:
			took.Others = append(took.Others, view)
		case closed:
			took.Ended = append(took.Ended, view)
		default:
			took.Mine = append(took.Mine, view)
			if who := displacedBy(view, c.requestID); who != "" && who != c.user.UserID {
				lost[who] = append(lost[who], view)
			}
		}
	}
	for _, who := range slices.Sorted(maps.Keys(lost)) {
		if err := s.tellDisplaced(ctx, c, who, lost[who]); err != nil {
			return reply{}, err
		}
	}
	s.cfg.Nudge()
	s.cfg.Logger.Info("alerts taken together", "bundle", c.subject, "user", c.user.UserID,
		"count", len(took.Mine), "taken", len(took.Others), "ended", len(took.Ended))
	return reply{drawing: cards.Took(took)}, nil
}

// take acknowledges one alert, unless somebody else has it or it is over.
func (s *Slack) take(ctx context.Context, c click, id string, together bool) (taken, closed bool, err error) {
	now := s.cfg.Now()
	in := c.input(alerts.DoAck)
	in.Together = together
	_, err = s.store.UpdateAlert(ctx, id, c.requestID, func(a alerts.Alert) (alerts.Result, error) { return s.cfg.Rules.Apply(a, in, now) })
	var takenError *alerts.TakenError
	var closedError *alerts.ClosedError
	taken, closed = errors.As(err, &takenError), errors.As(err, &closedError)
	if taken || closed {
		err = nil
	}
	return taken, closed, err
}

// displacedBy is who owned the alert before this press took it: from the history, so that a repeated press finds the same.
func displacedBy(v alerts.View, requestID string) string {
	for _, e := range v.History {
		if e.RequestID == requestID && e.What == alerts.DidAck {
			return e.Data.User
		}
	}
	return ""
}

// tellDisplaced writes once to somebody whose alerts were taken in one press.
func (s *Slack) tellDisplaced(ctx context.Context, c click, who string, views []alerts.View) error {
	body, err := json.Marshal(alerts.Notice{Text: cards.TookFrom(alerts.Actor{UserID: c.user.UserID, Name: c.user.Name}, views), Asked: true})
	if err != nil {
		return fmt.Errorf("notice: %w", err)
	}
	return s.store.AddPlace(ctx, s.cfg.Rules.Shade(alerts.Place{
		Kind: alerts.NoticeMessage, Subject: "bundle:" + c.subject, Target: alerts.Target("@" + who), Slot: "displaced " + c.requestID,
		Priority: alerts.PriorityThread, Body: body,
	}, nil, s.cfg.Now()))
}

// openBundle shows the whole list in a modal; privately in the channel when it is too late for one.
func (s *Slack) openBundle(ctx context.Context, c click) (reply, error) {
	page, err := s.bundlePage(ctx, c.subject, 0)
	if err != nil {
		return reply{}, err
	}
	if _, err := s.cfg.API.OpenViewContext(ctx, c.trigger, cards.Modal(page)); err != nil {
		s.cfg.Logger.Warn("modal not opened", "bundle", c.subject, "user", c.user.UserID, "err", err)
		return reply{drawing: page}, nil
	}
	return reply{}, nil
}

func (s *Slack) turnBundle(ctx context.Context, c click) (reply, error) {
	offset, _ := strconv.Atoi(c.arg)
	page, err := s.bundlePage(ctx, c.subject, max(0, offset))
	return reply{drawing: page, replace: true}, err
}

func (s *Slack) bundlePage(ctx context.Context, id string, offset int) (cards.Drawing, error) {
	view, err := s.store.BundleView(ctx, id, cards.BundleRows, offset)
	if err != nil {
		return cards.Drawing{}, err
	}
	return cards.BundleList(s.style(), view), nil
}

// takeBundled acknowledges one alert of the list, which then says whose it is, whoever was faster.
func (s *Slack) takeBundled(ctx context.Context, c click) (reply, error) {
	if _, _, err := s.take(ctx, c, c.subject, false); err != nil {
		return reply{}, err
	}
	s.cfg.Nudge()
	return s.pageOf(ctx, c.arg, c.subject)
}

// openBundled gives an alert a message of its own, or shows it privately when it has one.
func (s *Slack) openBundled(ctx context.Context, c click) (reply, error) {
	apart, err := s.store.StandApart(ctx, c.subject, c.arg)
	switch {
	case err != nil:
		return reply{}, err
	case !apart:
		return s.clickedAlert(ctx, c)
	}
	s.cfg.Nudge()
	s.cfg.Logger.Info("alert taken out of its bundle", "alert_id", c.subject, "user", c.user.UserID)
	if c.private {
		return s.pageOf(ctx, c.arg, c.subject)
	}
	return reply{}, nil
}

// pageOf shows the page of the list on which an alert stands.
func (s *Slack) pageOf(ctx context.Context, bundle, alert string) (reply, error) {
	for offset := 0; ; offset += cards.BundleRows {
		view, err := s.store.BundleView(ctx, bundle, cards.BundleRows, offset)
		if err != nil {
			return reply{}, err
		}
		on := slices.ContainsFunc(view.Rows, func(v alerts.View) bool { return v.Alert.ID == alert })
		if on || offset+len(view.Rows) >= view.Total {
			return reply{drawing: cards.BundleList(s.style(), view), replace: true}, nil
		}
	}
}
