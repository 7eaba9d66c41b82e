package handlers

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"journeybot/alerts"
	"journeybot/cards"
	"journeybot/journey"
)

// readVerbs are sub-commands that tell what was, and the one that writes it down.
func readVerbs() map[string]verb {
	return map[string]verb{
		"stats": {
			run: (*Slack).stats, args: []string{"routes", "mine"}, usage: "stats [7d|30d|90d] [#channel|@owner|mine|routes]",
			does: "how fast alerts are taken and resolved, by channel and owner", example: "stats 30d #cs-alerts",
		},
		"why": {
			hear: (*Slack).why, usage: "why <account|alert>, why not <account> [date]",
			does: "what an alert or an account is judged by; why nobody was told on a day", example: "why not acme 2026-11-03",
		},
		"note": {
			hear: (*Slack).note, needs: needAct, usage: "note <account> <text>", does: "writes a note on the account's timeline",
			example: `note "Acme Corp" Dana is back from leave`,
		},
	}
}

// ReadStore reads what happened. storage.Store implements it.
type ReadStore interface {
	Why(ctx context.Context, alertID string) (alerts.Why, error)
	AccountWhy(ctx context.Context, id string) (alerts.AccountWhy, error)
	DayView(ctx context.Context, id string, day journey.Day, zone *time.Location) (alerts.DayView, error)
	Timeline(ctx context.Context, id string, limit, offset int) (alerts.Timeline, error)
	Stats(ctx context.Context, days int, f alerts.StatsFilter) (alerts.Stats, error)
	KPIHistory(ctx context.Context, id string, days int) (alerts.KPIHistory, error)
}

func (s *Slack) showKPIs(ctx context.Context, id string, days int) (reply, error) {
	h, err := s.store.KPIHistory(ctx, id, days)
	if err != nil {
		return reply{}, err
	}
	return reply{drawing: s.pictured(ctx, cards.KPIs(s.style(), h))}, nil
}

func (s *Slack) showTimeline(ctx context.Context, id string, offset int) (reply, error) {
	t, err := s.store.Timeline(ctx, id, cards.TimelinePage, offset)
	if err != nil {
		return reply{}, err
	}
	return reply{drawing: cards.Timeline(s.style(), t)}, nil
}

// clickedView shows a view of an account: the value is the view, maybe with a window, and the account's id.
func (s *Slack) clickedView(ctx context.Context, c click) (reply, error) {
	view, window, _ := strings.Cut(c.subject, " ")
	answer, err := s.show(ctx, c.arg, view, window)
	answer.replace = c.private
	return answer, err
}

// clickedTimeline shows another page: the value is "offset:account id".
func (s *Slack) clickedTimeline(ctx context.Context, c click) (reply, error) {
	offset, _ := strconv.Atoi(c.subject)
	answer, err := s.showTimeline(ctx, c.arg, offset)
	answer.replace = c.private
	return answer, err
}

const defaultStatsDays = 30

func (s *Slack) stats(ctx context.Context, user string, args []string) (reply, error) {
	days, routes, f := defaultStatsDays, false, alerts.StatsFilter{}
	for _, word := range args {
		channel, isChannel := channelNamed(word)
		switch lower := strings.ToLower(word); {
		case lower == "routes":
			routes = true
		case lower == "mine":
			f.Owner = user
		case isChannel:
			f.Channel = channel
		case daysIn(lower, 0) > 0:
			days = daysIn(lower, 0)
		default:
			owner, err := s.personNamed(ctx, word)
			if err != nil {
				return reply{}, err
			}
			if owner == "" {
				return s.misunderstood("stats "+word, nearest(word, verbs()["stats"].args, "stats ")), nil
			}
			f.Owner = owner
		}
	}
	stats, err := s.store.Stats(ctx, days, f)
	switch {
	case err != nil:
		return reply{}, err
	case routes:
		return reply{drawing: cards.Routes(s.style(), stats)}, nil
	}
	return reply{drawing: cards.Stats(s.style(), stats)}, nil
}

// personNamed reads a person as Slack writes a mention, or as people write one: @name or an e-mail address. "" is nobody known.
func (s *Slack) personNamed(ctx context.Context, word string) (string, error) {
	if found := userMention.FindStringSubmatch(word); found != nil {
		return found[1], nil
	}
	name, isName := strings.CutPrefix(word, "@")
	if !isName && !strings.Contains(word, "@") {
		return "", nil
	}
	found, err := s.store.PeopleNamed(ctx, name)
	if err != nil || len(found) != 1 {
		return "", err
	}
	return found[0].UserID, nil
}

// lastDate takes a date off the end of words: 2026-11-03, today or yesterday.
func (s *Slack) lastDate(words []string) (rest []string, day journey.Day, ok bool) {
	if len(words) == 0 {
		return words, 0, false
	}
	rest, last := words[:len(words)-1], strings.ToLower(words[len(words)-1])
	now := s.cfg.Now().In(s.cfg.Rules.Zone)
	if back := slices.Index([]string{"today", "yesterday"}, last); back >= 0 {
		return rest, journey.DayOf(now.AddDate(0, 0, -back)), true
	}
	day, err := journey.ParseDay(last)
	if err != nil {
		return words, 0, false
	}
	return rest, day, true
}
