package bot

import (
	"context"
	"errors"
	"time"

	"journeybot/alerts"
	"journeybot/storage"
)

// What came of looking for an owner.
const (
	ownerFound    = "found"
	ownerFallback = "fallback" // nobody was found: the fallback owner has it
	ownerUnknown  = "unknown"  // nor is there a fallback owner
	ownerFailed   = "failed"   // Slack could not tell; tried again later
)

const (
	ownerTime    = 3 * time.Second // no card waits longer for its owner
	ownerlessGap = time.Minute
)

// findOwner turns what an alert's route asked for into an owner, before its card is first posted. When Slack cannot tell now, the
// card is posted without one. Only the database's errors are returned.
func (p *publisher) findOwner(ctx context.Context, id string) error {
	view, err := p.store.AlertView(ctx, id)
	if err != nil {
		return fromStore("read alert", err)
	}
	return p.giveOwner(ctx, view.Alert)
}

func (p *publisher) giveOwner(ctx context.Context, a alerts.Alert) error {
	if a.Owner != "" || a.OwnerRef == "" || !a.Status.Live() {
		return nil
	}
	look, cancel := context.WithTimeout(ctx, ownerTime)
	defer cancel()
	person, note, result := p.ownerOrFallback(look, a.OwnerRef)
	p.cfg.Metrics.owners.WithLabelValues(result).Inc()
	if person.UserID == "" {
		return nil
	}
	in := alerts.Input{Do: alerts.DoSetOwner, Origin: "slack", User: person, Note: note}
	_, err := p.store.UpdateAlert(ctx, a.ID, "", func(a alerts.Alert) (alerts.Result, error) {
		return p.cfg.Rules.Apply(a, in, p.cfg.Now())
	})
	switch {
	case err != nil && storage.IsRetryable(err):
		return fromStore("set owner", err)
	case err != nil: // the rules refuse it, say because the alert has ended: the card is due all the same
		p.cfg.Logger.Warn("owner not set", "alert_id", a.ID, "owner", person.UserID, "err", err)
		return nil
	}
	p.cfg.Nudge()
	p.cfg.Logger.Info("owner found", "alert_id", a.ID, "account", a.Account, "owner", person.UserID, "result", result)
	return nil
}

// ownerOrFallback looks ref up. note says why somebody else was taken.
func (p *publisher) ownerOrFallback(ctx context.Context, ref string) (person alerts.Person, note, result string) {
	person, err := p.people.Owner(ctx, ref)
	if err == nil {
		return person, "", ownerFound
	}
	if !errors.Is(err, errNobody) {
		p.cfg.Logger.Warn("owner not looked up", "owner_ref", ref, "err", err)
		return alerts.Person{}, "", ownerFailed
	}
	other := p.cfg.Rules.Fallback.Owner
	if other == "" || other == ref {
		return alerts.Person{}, "", ownerUnknown
	}
	if person, err = p.people.Owner(ctx, other); err != nil {
		p.cfg.Logger.Warn("fallback owner not looked up", "owner_ref", other, "err", err)
		return alerts.Person{}, "", ownerFailed
	}
	return person, ref + " is not in this Slack workspace", ownerFallback
}

// runOwnerless looks again, from time to time, for the owners of alerts that were posted without one.
func (p *publisher) runOwnerless(ctx context.Context) error {
	for sleep(ctx, jitter(ownerlessGap)) {
		if !p.access.granted() {
			continue
		}
		views, _, err := p.store.LiveAlerts(ctx, alerts.Filter{Unowned: true, Limit: 50})
		if err != nil {
			continue // readiness tells about a database that is away
		}
		for _, v := range views {
			if err := p.giveOwner(ctx, v.Alert); err != nil && ctx.Err() == nil {
				p.cfg.Logger.Warn("owner not set", "alert_id", v.Alert.ID, "err", err)
			}
		}
	}
	return nil
}
