package bot

import (
	"context"
	"log/slog"
	"regexp"
	"strings"
	"time"

	"journeybot/alerts"
	"journeybot/cards"
	"journeybot/storage"
)

// inShadow marks a message of the shadow channel with where it would have gone. Thread lines stand under a card that says it.
func (p *publisher) inShadow(ctx context.Context, m alerts.Message, d cards.Drawing) cards.Drawing {
	to, shaded := alerts.Shaded(m.Slot)
	switch {
	case m.Kind == alerts.BundleMessage && m.Silent:
		return cards.InShadow(d, "the channels of its alerts")
	case !shaded, m.Kind == alerts.ThreadMessage:
		return d
	}
	name := string(to)
	if user, direct := strings.CutPrefix(name, "@"); direct {
		name = "@" + p.nameOf(ctx, user)
	}
	return cards.InShadow(d, name)
}

func (p *publisher) nameOf(ctx context.Context, user string) string {
	if name := p.people.Person(ctx, user).Name; name != "" {
		return name
	}
	return user
}

var mentionToken = regexp.MustCompile(`<(?:@([UW][A-Z0-9]+)|!subteam\^(S[A-Z0-9]+))>`)

// unmentioned names people and groups instead of mentioning them.
func (p *publisher) unmentioned(ctx context.Context, n alerts.Notice) alerts.Notice {
	who := strings.TrimPrefix(n.Mention, "group:")
	if isUser(who) {
		who = "@" + p.nameOf(ctx, who)
	}
	n.Mention = ""
	n.Text = mentionToken.ReplaceAllStringFunc(n.Text, func(token string) string {
		found := mentionToken.FindStringSubmatch(token)
		if found[1] == "" {
			return "@" + found[2]
		}
		return "@" + cards.Escaped(p.nameOf(ctx, found[1]))
	})
	n.Text = strings.TrimSpace(cards.Escaped(who) + " " + n.Text)
	return n
}

const shadowPoll = time.Second

// shadowReporter says once a week in the shadow channel what would have been told where.
type shadowReporter struct {
	store  *storage.Store
	rules  *alerts.Rules
	now    func() time.Time
	logger *slog.Logger
	nudge  func()

	done time.Time // the last report that was looked after
}

// run reports until ctx ends. Of several replicas one report is kept.
func (s *shadowReporter) run(ctx context.Context) error {
	for ctx.Err() == nil {
		if at := s.rules.ShadowReportAt(s.now()); !at.IsZero() && !at.Equal(s.done) {
			if err := s.report(ctx, at); err == nil {
				s.done = at
			} else if ctx.Err() == nil {
				s.logger.Warn("shadow report not made", "err", err)
			}
		}
		sleep(ctx, jitter(shadowPoll))
	}
	return nil
}

func (s *shadowReporter) report(ctx context.Context, at time.Time) error {
	week, err := s.store.Shadowed(ctx, s.rules.Quiet.Shadow.Channel, at.AddDate(0, 0, -7), at)
	if err != nil {
		return err
	}
	place, ok := s.rules.ShadowReport(week, at)
	if !ok {
		return nil
	}
	if err := s.store.AddPlace(ctx, place); err != nil {
		return err
	}
	s.nudge()
	return nil
}
