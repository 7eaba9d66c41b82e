package handlers

import (
	"context"
	"errors"
	"regexp"
	"strings"

	"journeybot/alerts"
	"journeybot/cards"
	"journeybot/journey"
)

// whyActions explain, and show what was.
func whyActions() map[string]action {
	return map[string]action{
		cards.ActionWhy:      (*Slack).clickedWhy,
		cards.ActionView:     (*Slack).clickedView,
		cards.ActionTimeline: (*Slack).clickedTimeline,
	}
}

func (s *Slack) clickedWhy(ctx context.Context, c click) (reply, error) {
	return s.whyAlert(ctx, c.subject)
}

func (s *Slack) whyAlert(ctx context.Context, id string) (reply, error) {
	why, err := s.store.Why(ctx, id)
	if err != nil {
		return reply{}, err
	}
	return reply{drawing: cards.Why(s.style(), why)}, nil
}

func (s *Slack) whyAccount(ctx context.Context, id string) (reply, error) {
	why, err := s.store.AccountWhy(ctx, id)
	if err != nil {
		return reply{}, err
	}
	if why.Journey, why.Reasons, err = s.standsBecause(ctx, why.Account.ID); err != nil {
		return reply{}, err
	}
	return reply{drawing: cards.WhyAccount(s.style(), why)}, nil
}

func (s *Slack) whyNot(ctx context.Context, id string, day journey.Day) (reply, error) {
	view, err := s.store.DayView(ctx, id, day, s.cfg.Rules.Zone)
	if err != nil {
		return reply{}, err
	}
	return reply{drawing: cards.WhyNot(s.style(), view)}, nil
}

// shortID is an alert's name for people.
var shortID = regexp.MustCompile(`^(?i)[AP]-[0-9A-Z]{4}$`)

// why answers `why <alert>`, `why <account>` and `why not <account> [date]`.
func (s *Slack) why(ctx context.Context, l line) (reply, error) {
	words, day, hasDay := s.lastDate(l.args)
	if !hasDay {
		day = journey.DayOf(s.cfg.Now().In(s.cfg.Rules.Zone))
	}
	not := len(words) > 1 && strings.EqualFold(words[0], "not")
	if not {
		words = words[1:]
	}
	if len(words) == 0 {
		return s.misunderstood("why", "why <account or alert>"), nil
	}
	isAlert := len(words) == 1 && shortID.MatchString(words[0]) && !not
	if isAlert {
		answer, err := s.whyAlert(ctx, words[0])
		if !errors.Is(err, alerts.ErrNotFound) {
			return answer, err
		}
	}
	found, err := s.store.FindAccount(ctx, strings.Join(words, " "))
	if err != nil {
		return reply{}, err
	}
	match, sure := found.Sure()
	switch {
	case len(found.Matches) == 0 && isAlert:
		return reply{}, alerts.ErrNotFound
	case !sure && (not || hasDay):
		return reply{drawing: cards.ChooseFor(s.style(), found, "not "+day.String())}, nil
	case !sure:
		return reply{drawing: cards.ChooseFor(s.style(), found, "why")}, nil
	case not || hasDay:
		return s.whyNot(ctx, match.AccountID, day)
	}
	return s.whyAccount(ctx, match.AccountID)
}
