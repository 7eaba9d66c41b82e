package bot

import (
	"context"
	"time"

	"github.com/slack-go/slack"

	"journeybot/alerts"
	"journeybot/cards"
	"journeybot/storage"
)

// homeBudget is 100 a minute for the whole workspace.
var homeBudget = storage.Budget{Name: "views.publish", Interval: 600 * time.Millisecond}

const (
	homePoll   = 5 * time.Second     // how soon a Home tab follows what changed elsewhere
	homeOpened = 14 * 24 * time.Hour // who has not opened it for longer gets it redrawn when it is opened
)

// runHomes keeps the Home tabs that people look at true until ctx ends.
func (p *publisher) runHomes(ctx context.Context) error {
	for sleep(ctx, jitter(homePoll)) {
		n, err := p.store.RefreshHomes(ctx, p.cfg.Now().Add(-homeOpened))
		switch {
		case err != nil && ctx.Err() == nil:
			p.cfg.Logger.Warn("homes not refreshed", "err", err)
		case n > 0:
			p.bell.ring()
		}
	}
	return nil
}

// publishHome publishes somebody's Home tab, when it shows something else than before. Unlike a post it may be done twice.
func (p *publisher) publishHome(ctx context.Context, lane storage.Lane, m alerts.Message) (step, error) {
	home, err := p.store.Home(ctx, m.Subject)
	if err != nil {
		return step{}, fromStore("read home", err)
	}
	if p.reports != nil {
		if err := p.reports.add(ctx, &home); err != nil {
			return step{}, fromStore("read home", err)
		}
	}
	pic := picture{Drawing: cards.Home(p.styleFor(ctx, alerts.Target("@"+m.Subject)), home), version: m.WantVersion}
	pic.hash = pic.Hash()
	if pic.hash == m.DoneHash {
		p.cfg.Metrics.unchanged.Inc()
		return step{}, p.finish(ctx, lane, m, pic, "", "")
	}
	if ok, at, err := p.store.TakeBudget(ctx, homeBudget); err != nil {
		return step{}, fromStore("take budget", err)
	} else if !ok {
		return step{}, fromStore("put off", p.store.RetryMessage(ctx, lane, m.ID, at, false, ""))
	}
	start := p.cfg.Now()
	_, err = p.api.PublishViewContext(ctx, slack.PublishViewContextRequest{
		UserID: m.Subject, View: slack.HomeTabViewRequest{Type: slack.VTHomeTab, Blocks: slack.Blocks{BlockSet: pic.Blocks}},
	})
	if err == nil {
		p.sent(m, "published", "", "", start)
		return step{}, p.finish(ctx, lane, m, pic, "", "")
	}
	switch v := judge(err); v.fate {
	case fateLimited:
		until := p.cfg.Now().Add(v.after)
		if err := p.store.SetBudget(ctx, homeBudget, until); err != nil {
			return step{}, fromStore("set budget", err)
		}
		return step{}, p.putOff(ctx, lane, m, v, until)
	case fateUnsure, fateLater:
		v.fate = fateLater
		return step{}, p.putOff(ctx, lane, m, v, p.cfg.Now().Add(p.later(m)))
	case fateDenied:
		p.access.deny(v)
		return p.rest(ctx, lane, m, v, p.later(m))
	default:
		return step{}, p.fail(ctx, lane, m, v) // opening it tries again
	}
}
