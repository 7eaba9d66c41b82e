package bot

import (
	"context"
	"math/rand/v2"
	"time"
)

// bell wakes a loop. Ringing one that has rung already changes nothing.
type bell chan struct{}

func newBell() bell { return make(bell, 1) }

func (b bell) ring() {
	select {
	case b <- struct{}{}:
	default:
	}
}

// wait returns when the bell rings, d has passed or ctx ends.
func (b bell) wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-b:
	case <-timer.C:
	}
}

// sleep returns after d; false when ctx ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// jitter spreads a wait over its upper half, so that replicas do not come back all at once.
func jitter(d time.Duration) time.Duration {
	return d/2 + rand.N(d/2+1) //nolint:gosec // spreading needs no secrecy
}

// backoff is how long to wait before trying again for the n-th time, n from 0: doubling from a second up to most, jittered.
func backoff(n int, most time.Duration) time.Duration {
	if n > 16 || time.Second<<max(n, 0) > most {
		return jitter(most)
	}
	return jitter(time.Second << max(n, 0))
}

// restUntil is how long a loop rests until its next item is due, zero while there is none: at least and at most so long.
func restUntil(next, now time.Time, least, most time.Duration) time.Duration {
	if next.IsZero() {
		return most
	}
	return min(max(next.Sub(now), least), most)
}
