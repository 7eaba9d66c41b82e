package slacksim

import (
	"time"
)

const (
	channelBurst = 5 // posts in a row that a channel takes before its one a second
	maxBuckets   = 10_000
)

// bucket is a token bucket: it holds burst and refills at rate a second.
type bucket struct {
	level float64
	at    time.Time
}

// take returns 0 and takes one, or how long to wait for one.
func (b *bucket) take(now time.Time, rate, burst float64) time.Duration {
	b.level = min(burst, b.level+now.Sub(b.at).Seconds()*rate)
	b.at = now
	if b.level < 1 {
		return time.Duration((1 - b.level) / rate * float64(time.Second))
	}
	b.level--
	return 0
}

// limits are Slack's own rate limits.
type limits struct {
	buckets map[string]*bucket
}

// exceeded counts a call and returns how long the app has to wait, or 0.
func (l *limits) exceeded(cfg Config, method string, perMinute int, channel string) time.Duration {
	now := cfg.Now()
	if method == "chat.postMessage" && channel != "" && !cfg.NoChannelLimit {
		return l.bucket("post "+channel, now, channelBurst).take(now, 1, channelBurst)
	}
	if perMinute > 0 && cfg.MethodLimits {
		burst := float64(perMinute)
		return l.bucket("method "+method, now, burst).take(now, burst/60, burst)
	}
	return 0
}

func (l *limits) bucket(key string, now time.Time, burst float64) *bucket {
	b := l.buckets[key]
	if b == nil {
		if len(l.buckets) > maxBuckets {
			clear(l.buckets)
		}
		b = &bucket{level: burst, at: now}
		l.buckets[key] = b
	}
	return b
}
