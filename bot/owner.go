package bot

import (
	"context"
	"errors"
	"runtime/debug"
	"strings"
	"time"

	"journeybot/alerts"
	"journeybot/storage"
)

// What came of looking for an owner.
const (
	ownerFound    = "found"
	ownerFallback = "fallback" // somebody stands in
	ownerUnknown  = "unknown"  // nobody was found, and there is no fallback owner
	ownerFailed   = "failed"   // Slack could not tell; tried again later
)

const (
	ownerTime     = 3 * time.Second // no card waits longer for its owner
	ownerlessGap  = time.Minute
	ownerlessPage = 50
)

// giveOwner turns what an alert's route asked for into an owner, before its card is drawn. When Slack cannot tell now, or the
// look-up itself breaks, the card is drawn without one. Only the database's errors are returned. given reports a new owner.
func (p *publisher) giveOwner(ctx context.Context, v alerts.View) (given bool, err error) {
	a := v.Alert
	if a.Owner != "" || a.OwnerRef == "" || !a.Status.Live() {
		return false, nil
	}
	defer func() {
		if trouble := recover(); trouble != nil {
			p.cfg.Logger.Error("panic while looking for an owner", "alert_id", a.ID, "owner_ref", a.OwnerRef, "panic", trouble, "stack", string(debug.Stack()))
		}
	}()
	look, cancel := context.WithTimeout(ctx, ownerTime)
	defer cancel()
	found := p.heir(look, p.cfg.Rules.Successors(a, v.Account))
	p.cfg.Metrics.owners.WithLabelValues(found.result).Inc()
	if found.person.UserID == "" {
		return false, nil
	}
	in := alerts.Input{Do: alerts.DoSetOwner, Origin: "slack", User: found.person, Note: found.note}
	_, err = p.store.UpdateAlert(ctx, a.ID, "", func(a alerts.Alert) (alerts.Result, error) {
		return p.cfg.Rules.Apply(a, in, p.cfg.Now())
	})
	switch {
	case err != nil && storage.IsRetryable(err):
		return false, fromStore("set owner", err)
	case err != nil: // the rules refuse it, say because the alert has ended: the card is due all the same
		p.cfg.Logger.Warn("owner not set", "alert_id", a.ID, "owner", found.person.UserID, "err", err)
		return false, nil
	}
	p.cfg.Nudge()
	p.cfg.Logger.Info("owner found", "alert_id", a.ID, "account", a.Account, "owner", found.person.UserID, "result", found.result)
	return true, nil
}

// findOwner is giveOwner for an alert that was not read yet.
func (p *publisher) findOwner(ctx context.Context, id string) error {
	view, err := p.store.AlertView(ctx, id)
	if err != nil {
		return fromStore("read alert", err)
	}
	_, err = p.giveOwner(ctx, view)
	return err
}

// heir is who gets an alert.
type heir struct {
	person alerts.Person
	note   string // why it is not who was asked for; plain text
	result string
}

// heir is the first of refs who can act now, or the delegate of one who is away. When all who were found are away and named nobody,
// it is the first of them: an alert without an owner helps nobody.
func (p *publisher) heir(ctx context.Context, refs []string) heir {
	var away *alerts.Person
	why := "" // the first of refs does not act
	for i, ref := range refs {
		person, err := p.people.Owner(ctx, ref)
		because := ""
		switch {
		case errors.Is(err, alerts.ErrNobody) && person.Deleted:
			because = person.Called() + " has left"
		case errors.Is(err, alerts.ErrNobody) && strings.HasPrefix(ref, "round_robin:"):
			because = "Nobody of " + strings.TrimPrefix(ref, "round_robin:") + " is there"
		case errors.Is(err, alerts.ErrNobody):
			because = strings.TrimPrefix(ref, "group:") + " is not in this Slack workspace"
		case err != nil:
			p.cfg.Logger.Warn("owner not looked up", "owner_ref", ref, "err", err)
			return heir{result: ownerFailed}
		case person.Acts(p.cfg.Now()) && i == 0:
			return heir{person: person, result: ownerFound}
		case person.Acts(p.cfg.Now()):
			return heir{person: person, note: why + ": " + person.Called() + " stands in", result: ownerFallback}
		default:
			because = p.cfg.Rules.AwayWords(person, p.cfg.Now())
		}
		if why == "" {
			why = because
		}
		if err != nil {
			continue
		}
		if delegate, ok := p.people.delegate(ctx, person); ok {
			return heir{person: delegate, note: why + ": " + delegate.Called() + " stands in", result: ownerFallback}
		}
		if away == nil {
			away = &person
		}
	}
	if away != nil {
		return heir{person: *away, note: why + ", and nobody stands in", result: ownerFallback}
	}
	return heir{result: ownerUnknown}
}

// runOwnerless looks again, from time to time, for the owners of alerts that were posted without one.
func (p *publisher) runOwnerless(ctx context.Context) error {
	for sleep(ctx, jitter(ownerlessGap)) {
		if !p.access.granted() {
			continue
		}
		if err := p.lookForOwners(ctx); err != nil && ctx.Err() == nil {
			p.cfg.Logger.Warn("owners not looked for", "err", err)
		}
	}
	return nil
}

// lookForOwners walks through all live alerts without an owner.
func (p *publisher) lookForOwners(ctx context.Context) error {
	for offset := 0; ; {
		views, total, err := p.store.LiveAlerts(ctx, alerts.Filter{Unowned: true, Limit: ownerlessPage, Offset: offset})
		if err != nil {
			return err
		}
		for _, v := range views {
			given, err := p.giveOwner(ctx, v)
			switch {
			case err != nil:
				return err
			case !given:
				offset++ // it stays in the list
			}
		}
		if len(views) == 0 || offset >= total {
			return nil
		}
	}
}
