package bot

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/slack-go/slack"

	"journeybot/alerts"
	"journeybot/storage"
)

const (
	laneLease   = 8 * time.Second         // longer than callTimeout
	leaseRenew  = 2500 * time.Millisecond // while a lane is worked on
	laneBatch   = 10                      // messages before the lane is given back, so that a more urgent lane gets a worker
	laneWorkers = 6
	publishPoll = 5 * time.Second // another replica's changes ring no bell here
	stopGrace   = 3 * time.Second // what an item in work gets to finish after the stop
	settleAfter = 3 * time.Second // how long Slack may take to show a post whose answer was lost
)

// publisherConfig says how messages are sent.
type publisherConfig struct {
	Rules           *alerts.Rules
	Command         string         // name of the slash command, with its slash
	ChannelInterval time.Duration  // least time between posts in one channel; 0 obeys 429 only
	Updates         storage.Budget // of the whole workspace for updates; the zero Budget obeys 429 only
	Now             func() time.Time
	Logger          *slog.Logger
	Metrics         *publisherMetrics
	Nudge           func() // rung after the publisher itself changed an alert
}

// publisher makes Slack show what the messages table wants: it draws the current state until done = want. One lane (channel) is
// worked on by one replica at a time; several lanes at once.
type publisher struct {
	store    *storage.Store
	api      *slack.Client
	channels *channels
	audience *audience
	people   *Directory
	access   *access
	reports  *reports // for Home tabs; nil leaves them out
	cfg      publisherConfig
	bell     bell
}

// run publishes until ctx ends, then lets the lanes in work finish their message.
func (p *publisher) run(ctx context.Context) error {
	var lanes sync.WaitGroup
	defer lanes.Wait()
	workers := make(chan struct{}, laneWorkers)
	for {
		select {
		case <-ctx.Done():
			return nil
		case workers <- struct{}{}:
		}
		if !p.access.granted() && !p.access.ask(ctx) {
			<-workers
			sleep(ctx, jitter(deniedWait))
			continue
		}
		lane, wait, ok := p.claim(ctx)
		if !ok {
			<-workers
			p.bell.wait(ctx, wait)
			continue
		}
		lanes.Go(func() {
			defer func() {
				<-workers
				p.bell.ring()
			}()
			p.work(ctx, lane)
		})
	}
}

// claim takes the most urgent lane; when there is none, it says how long to wait for one.
func (p *publisher) claim(ctx context.Context) (lane storage.Lane, wait time.Duration, ok bool) {
	lane, ok, wake, err := p.store.ClaimLane(ctx, laneLease)
	if err != nil {
		if ctx.Err() == nil {
			p.cfg.Logger.Warn("lane not claimed", "err", err)
		}
		return storage.Lane{}, jitter(time.Second), false
	}
	wait = publishPoll
	if until := wake.Sub(p.cfg.Now()); !wake.IsZero() && until < wait {
		wait = max(until, 5*time.Millisecond)
	}
	return lane, wait, ok
}

// work publishes what is due in a claimed lane and gives it back. A stop lets the message in work finish, for stopGrace.
func (p *publisher) work(ctx context.Context, lane storage.Lane) {
	item, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	defer cancel(nil)
	stopping := context.AfterFunc(ctx, func() {
		if sleep(item, stopGrace) {
			cancel(context.Canceled)
		}
	})
	defer stopping()
	var renewing sync.WaitGroup
	renewing.Go(func() { p.renew(item, lane, cancel) })

	pause, err := p.drain(ctx, item, lane)
	lost := errors.Is(err, storage.ErrLeaseLost) || errors.Is(context.Cause(item), storage.ErrLeaseLost)
	cancel(nil)
	renewing.Wait()
	if lost {
		p.cfg.Logger.Warn("lane lost", "lane", lane.Name)
		return
	}
	if err != nil {
		p.cfg.Logger.Warn("lane interrupted", "lane", lane.Name, "err", err)
		pause = max(pause, jitter(time.Second))
	}
	var next time.Time
	if pause > 0 {
		next = p.cfg.Now().Add(pause)
	}
	release, done := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer done()
	if err := p.store.ReleaseLane(release, lane, next); err != nil {
		p.cfg.Logger.Warn("lane not released", "lane", lane.Name, "err", err)
	}
}

// renew keeps the lane's lease until ctx ends, and ends the work when the lease is lost.
func (p *publisher) renew(ctx context.Context, lane storage.Lane, lose context.CancelCauseFunc) {
	for sleep(ctx, leaseRenew) {
		if err := p.store.ExtendLane(ctx, lane, laneLease); errors.Is(err, storage.ErrLeaseLost) {
			lose(err)
			return
		}
	}
}

// drain publishes the lane's due messages, most urgent first. pause is how long the lane must rest.
func (p *publisher) drain(ctx, item context.Context, lane storage.Lane) (pause time.Duration, err error) {
	if pause, err := p.settle(item, lane); err != nil || pause > 0 {
		return pause, err
	}
	for n := 0; n < laneBatch && ctx.Err() == nil; n++ {
		m, ok, err := p.store.NextMessage(item, lane)
		if err != nil || !ok {
			return 0, fromStore("next message", err)
		}
		if !m.TriedAt.IsZero() {
			return 0, nil // to be settled first, with the next claim
		}
		if m.Kind == alerts.CardMessage && m.TS == "" {
			if folded, err := p.fold(item, lane); err != nil {
				return 0, err
			} else if folded {
				continue
			}
		}
		s, err := p.show(item, lane, m)
		if err != nil && !storage.IsRetryable(err) && !errors.Is(err, storage.ErrLeaseLost) && item.Err() == nil {
			err = p.giveUp(item, lane, m, err)
		}
		if err != nil || s.pause > 0 {
			return s.pause, err
		}
		if s.posted && p.cfg.ChannelInterval > 0 {
			return p.cfg.ChannelInterval, nil
		}
	}
	return 0, nil
}

// giveUp sets a message aside that storage or drawing can never handle, so that it does not hold up its lane.
func (p *publisher) giveUp(ctx context.Context, lane storage.Lane, m alerts.Message, cause error) error {
	p.cfg.Metrics.failed.WithLabelValues("other").Inc()
	p.cfg.Logger.Error("message given up", "message_id", m.ID, "alert_id", m.Subject, "kind", string(m.Kind), "channel", string(m.Target), "err", cause)
	return fromStore("fail message", p.store.FailMessage(ctx, lane, m.ID, cause.Error()))
}
