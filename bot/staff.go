package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"journeybot/alerts"
	"journeybot/cards"
	"journeybot/storage"
)

const (
	staffPoll   = time.Second
	staffFresh  = time.Hour // an owner's status in Slack is looked at that often, for a workspace that sends no events of it
	staffBatch  = 20
	orphanBatch = 100
)

// staff keeps what is known of the people who own something, and tells leads once a week what nobody owns.
type staff struct {
	store   *storage.Store
	people  *Directory
	rules   *alerts.Rules
	now     func() time.Time
	logger  *slog.Logger
	granted func() bool // Slack takes the token
	nudge   func()      // called after a message became wanted

	looked time.Time // the minute of which all was looked at last
}

// run looks once a minute until ctx ends, and again soon when something could not be asked.
func (s *staff) run(ctx context.Context) error {
	for sleep(ctx, jitter(staffPoll)) {
		minute := s.now().Truncate(time.Minute)
		if minute.Equal(s.looked) || !s.granted() {
			continue
		}
		if err := errors.Join(s.refresh(ctx), s.disown(ctx), s.listUnowned(ctx)); err == nil {
			s.looked = minute
		} else if ctx.Err() == nil {
			s.logger.Warn("owners not looked after", "err", err)
		}
	}
	return nil
}

// refresh asks Slack again about owners whom it was not asked about for long.
func (s *staff) refresh(ctx context.Context) error {
	stale, err := s.store.StaleOwners(ctx, s.now().Add(-staffFresh), staffBatch)
	if err != nil {
		return err
	}
	for _, p := range stale {
		if err := s.people.refresh(ctx, p); err != nil {
			return err // the rest waits for the next look
		}
	}
	return nil
}

// disown takes the live alerts from owners who have left, so that others are looked for.
func (s *staff) disown(ctx context.Context) error {
	orphans, err := s.store.Orphans(ctx, orphanBatch)
	if err != nil {
		return err
	}
	for _, o := range orphans {
		in := alerts.Input{Do: alerts.DoDisown, Origin: "slack", User: o.Owner}
		_, err := s.store.UpdateAlert(ctx, o.AlertID, "", func(a alerts.Alert) (alerts.Result, error) { return s.rules.Apply(a, in, s.now()) })
		if err != nil {
			return err
		}
		s.logger.Info("owner left", "alert_id", o.AlertID, "owner", o.Owner.UserID)
	}
	if len(orphans) > 0 {
		s.nudge()
	}
	return nil
}

// around is who stands around an alert's owner, as far as it can be told now: a timer waits for nobody.
func (s *staff) around(ctx context.Context, alertID string) alerts.Around {
	around, err := s.store.AlertAround(ctx, alertID)
	owner := around.Owner
	if err != nil || owner.UserID == "" {
		return around
	}
	ctx, cancel := context.WithTimeout(ctx, lookupTime)
	defer cancel()
	if _, away := owner.Away(s.now()); away {
		around.StandIn, _ = s.people.delegate(ctx, owner)
	}
	if address := s.rules.Manager(owner); address != "" {
		if around.Manager, err = s.people.Owner(ctx, address); err != nil {
			s.logger.Warn("manager not looked up", "alert_id", alertID, "owner_ref", address, "err", err)
			around.Manager = alerts.Person{}
		}
	}
	return around
}

// listUnowned tells the leads what nobody owns, once a week. A list that was due before the first start is only noticed.
func (s *staff) listUnowned(ctx context.Context) error {
	due := s.rules.UnownedDue(s.now())
	last, err := s.store.LastDigests(ctx)
	if err != nil {
		return err
	}
	before, known := last[due.Target]
	if known && before.Covers(due) {
		return nil
	}
	if known {
		if err := s.tellUnowned(ctx, due); err != nil {
			return err
		}
	}
	_, err = s.store.SaveDigest(ctx, due, nil, nil)
	return err
}

func (s *staff) tellUnowned(ctx context.Context, due alerts.DigestDue) error {
	accounts, err := s.unowned(ctx)
	if err != nil {
		return err
	}
	for _, list := range s.rules.UnownedLists(accounts, s.now()) {
		body, err := json.Marshal(list)
		if err != nil {
			return fmt.Errorf("encode: %w", err)
		}
		one := due
		one.Target = alerts.UnownedTarget + ":" + alerts.Target(list.For)
		place := s.rules.Shade(alerts.Place{
			Kind: alerts.UnownedMessage, Subject: string(one.Target) + " " + due.Period, Target: s.rules.UnownedTo(list),
			Priority: alerts.PriorityThread, Body: body,
		}, nil, s.now())
		first, err := s.store.SaveDigest(ctx, one, nil, &place)
		if err != nil {
			return err
		}
		if first {
			s.logger.Info("unowned accounts listed", "for", list.For, "accounts", list.Accounts, "period", due.Period)
			s.nudge()
		}
	}
	return nil
}

// unowned lists the accounts without an owner, once every address that the directory does not know was looked for in Slack.
func (s *staff) unowned(ctx context.Context) ([]alerts.UnownedAccount, error) {
	accounts, err := s.store.Unowned(ctx)
	if err != nil {
		return nil, err
	}
	asked := map[string]bool{"": true}
	for _, a := range accounts {
		if asked[a.Owner] {
			continue
		}
		asked[a.Owner] = true
		if _, err := s.people.Owner(ctx, a.Owner); err != nil && !errors.Is(err, alerts.ErrNobody) {
			return nil, fmt.Errorf("look for owner: %w", err)
		}
	}
	return s.store.Unowned(ctx)
}

func (p *publisher) drawUnowned(ctx context.Context, m alerts.Message, pic picture) (picture, error) {
	var list alerts.Unowned
	if err := json.Unmarshal(m.Body, &list); err != nil {
		return pic, fmt.Errorf("read list: %w", err)
	}
	who := ""
	if !m.Silent && !strings.HasPrefix(string(m.Target), "@") {
		who = p.people.Mention(ctx, list.For)
	}
	pic.Drawing = cards.Unowned(p.styleFor(ctx, m.Target), list, who)
	return pic, nil
}

func (p *publisher) drawHandover(ctx context.Context, m alerts.Message, pic picture) (picture, error) {
	var h alerts.Handover
	if err := json.Unmarshal(m.Body, &h); err != nil {
		return pic, fmt.Errorf("read hand-over: %w", err)
	}
	views, err := p.store.Alerts(ctx, h.AlertIDs)
	if err == nil {
		err = p.store.AddLastNotes(ctx, views)
	}
	if err != nil {
		return pic, fromStore("read alerts", err)
	}
	pic.Drawing = cards.Handover(p.styleFor(ctx, m.Target), h, views)
	return pic, nil
}
