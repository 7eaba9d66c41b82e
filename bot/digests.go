package bot

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"journeybot/alerts"
	"journeybot/cards"
	"journeybot/storage"
)

const (
	digestPoll   = time.Second
	digestOwners = 8 * 24 * time.Hour // whoever owned an alert within it may have something in the digest of a week
)

// digester makes digests when they are due, once among all replicas. After an outage it makes the newest that was missed.
type digester struct {
	store  *storage.Store
	rules  *alerts.Rules
	now    func() time.Time
	logger *slog.Logger
	made   *prometheus.CounterVec
	nudge  func() // called after a message became wanted

	looked time.Time // the minute that was looked at last: digests are due at full minutes
	gaps   gapMoves
}

func newDigester(store *storage.Store, rules *alerts.Rules, now func() time.Time, logger *slog.Logger, r prometheus.Registerer, nudge func()) *digester {
	return &digester{store: store, rules: rules, now: now, logger: logger, made: newDigestCounter(r), nudge: nudge}
}

// run makes digests until ctx ends.
func (d *digester) run(ctx context.Context) error {
	for ctx.Err() == nil {
		if minute := d.now().Truncate(time.Minute); !minute.Equal(d.looked) {
			if err := d.look(ctx); err == nil {
				d.looked = minute
			} else if ctx.Err() == nil {
				d.logger.Warn("digests not made", "err", err)
			}
		}
		sleep(ctx, jitter(digestPoll))
	}
	return nil
}

// look makes what is due. A target that was never seen is only noticed: what came before it had a digest is no news.
func (d *digester) look(ctx context.Context) error {
	now := d.now()
	due, err := d.due(ctx, now)
	if err != nil {
		return err
	}
	last, err := d.store.LastDigests(ctx)
	if err != nil {
		return err
	}
	for _, one := range due {
		before, known := last[one.Target]
		switch {
		case known && before.Covers(one):
		case !known:
			_, err = d.store.SaveDigest(ctx, one, nil, nil)
		default:
			err = d.make(ctx, one, before, now)
		}
		if err != nil {
			return fmt.Errorf("digest of %s: %w", one.Target, err)
		}
	}
	return nil
}

func (d *digester) due(ctx context.Context, now time.Time) ([]alerts.DigestDue, error) {
	due := d.rules.ChannelDigests(now)
	if !d.rules.Digests.Owners {
		return due, nil
	}
	owners, err := d.store.Owners(ctx, now.Add(-digestOwners))
	if err != nil {
		return nil, err
	}
	for _, o := range owners {
		if one, ok := d.rules.OwnerDigest(o.Person, o.Chosen, now); ok {
			due = append(due, one)
		}
	}
	return due, nil
}

// make freezes a digest and has it posted, unless there is nothing to say or another replica was first.
func (d *digester) make(ctx context.Context, due alerts.DigestDue, before storage.LastDigest, now time.Time) error {
	lines, err := d.store.DigestLines(ctx, due.Target, before.DueAt)
	if err != nil {
		return err
	}
	spared, err := d.store.Spared(ctx, due.Target, before.DueAt)
	if err != nil {
		return err
	}
	digest, place, result := d.rules.Digest(due, before.DueAt, now, lines, before.Said), (*alerts.Place)(nil), "empty"
	if spared > 0 {
		digest.Held = append(digest.Held, alerts.Held{Reason: alerts.HoldBudget, Count: spared})
	}
	if !digest.Empty() {
		if due.Weekly {
			if err := d.addJourneys(ctx, &digest, now); err != nil {
				return err
			}
		}
		views, err := d.store.Alerts(ctx, digest.AlertIDs())
		if err != nil {
			return err
		}
		body, err := json.Marshal(d.rules.Describe(digest, views))
		if err != nil {
			return fmt.Errorf("encode: %w", err)
		}
		result = "sent"
		place = &alerts.Place{
			Kind: alerts.DigestMessage, Subject: "digest " + due.Period + " " + string(due.Target), Target: due.Target,
			Priority: alerts.PriorityThread, Body: body,
		}
		*place = d.rules.Shade(*place, nil, now)
	}
	first, err := d.store.SaveDigest(ctx, due, &digest.AtRisk, place)
	if err != nil || !first {
		return err
	}
	target := "channel"
	if due.Weekly {
		target = "owner"
	}
	d.made.WithLabelValues(target, result).Inc()
	d.logger.Info("digest made", "target", string(due.Target), "period", due.Period, "result", result, "rows", len(digest.Rows), "late", digest.Late())
	d.nudge()
	return nil
}

func (p *publisher) drawDigest(ctx context.Context, m alerts.Message, pic picture) (picture, error) {
	var d alerts.Digest
	if err := json.Unmarshal(m.Body, &d); err != nil {
		return pic, fmt.Errorf("read digest: %w", err)
	}
	pic.Drawing = cards.Digest(p.styleFor(ctx, m.Target), d)
	return pic, nil
}

// waitsForMorning says until when a direct message must wait because the person it is for wants quiet; zero: it need not.
func (p *publisher) waitsForMorning(ctx context.Context, m alerts.Message) (time.Time, error) {
	user, direct := strings.CutPrefix(string(m.Target), "@")
	if !direct || m.Priority == alerts.PriorityCritical || m.Kind != alerts.PingMessage && m.Kind != alerts.NoticeMessage && m.Kind != alerts.HandoverMessage {
		return time.Time{}, nil
	}
	chosen, err := p.store.Preferences(ctx, user)
	if err != nil || chosen.QuietFrom == chosen.QuietTo {
		return time.Time{}, fromStore("read preferences", err)
	}
	now := p.cfg.Now()
	if until := chosen.QuietUntil(now, p.cfg.Rules.ZoneOf(p.people.Person(ctx, user))); until.After(now) {
		return until, nil
	}
	return time.Time{}, nil
}
