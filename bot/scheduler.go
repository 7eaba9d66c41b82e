package bot

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"journeybot/alerts"
	"journeybot/storage"
)

const (
	dueBatch = 100
	dueMost  = 30 * time.Second // another replica's changes ring no bell here
)

// scheduler fires the timers of alerts: snoozes that end, escalation steps, reminders, expiry. The timers live in the database, so
// that a restart or a lost replica delays them and never drops or doubles them.
type scheduler struct {
	store  *storage.Store
	rules  *alerts.Rules
	now    func() time.Time
	logger *slog.Logger
	fired  func() // called after an alert changed
	bell   bell

	around func(ctx context.Context, alertID string) alerts.Around // who stands around an alert's owner
}

// run fires what is due until ctx ends, sleeping until the next.
func (s *scheduler) run(ctx context.Context) error {
	for ctx.Err() == nil {
		s.bell.wait(ctx, s.fire(ctx))
	}
	return nil
}

// fire fires every timer that is due and returns how long to sleep.
func (s *scheduler) fire(ctx context.Context) time.Duration {
	ids, next, err := s.store.DueAlerts(ctx, dueBatch)
	if err != nil {
		if ctx.Err() == nil {
			s.logger.Warn("due alerts not read", "err", err)
		}
		return jitter(2 * time.Second)
	}
	fired := 0
	for _, id := range ids {
		if ctx.Err() != nil {
			break
		}
		alert, err := s.fireOne(ctx, id)
		if err != nil {
			s.logger.Warn("timer not fired", "alert_id", id, "err", err)
			continue
		}
		fired++
		s.logger.Info("timer fired", "alert_id", id, "account", alert.Account, "status", string(alert.Status), "step", alert.Step)
	}
	if fired > 0 {
		s.fired()
	}
	switch {
	case fired < len(ids):
		return jitter(2 * time.Second) // the same ones come again
	case len(ids) == dueBatch:
		return 0
	case fired > 0:
		return time.Second // next was read before they set their next timers
	}
	return restUntil(next, s.now(), 10*time.Millisecond, dueMost)
}

// fireOne fires the timers of one alert. One that the rules cannot handle must not end the program: it would be due again at the
// next start.
func (s *scheduler) fireOne(ctx context.Context, id string) (alert alerts.Alert, err error) {
	defer func() {
		if trouble := recover(); trouble != nil {
			err = fmt.Errorf("panic: %v\n%s", trouble, debug.Stack())
		}
	}()
	look, err := s.store.DueLook(ctx, id)
	if err != nil {
		return alert, err
	}
	in := alerts.Input{Do: alerts.DoTimers, Origin: "timer", Around: s.around(ctx, id), Look: look}
	return s.store.UpdateAlert(ctx, id, "", func(a alerts.Alert) (alerts.Result, error) {
		return s.rules.Apply(a, in, s.now())
	})
}
