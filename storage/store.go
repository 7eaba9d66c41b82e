// Package storage keeps everything journeybot knows, on Postgres or SQLite.
//
// It decides nothing: a method is one transaction around rules that the caller hands in, or one query. Times that callers
// set (due, next) are compared with Config.Now; leases, which replicas must agree on, with the database's clock on Postgres
// and Config.Now on SQLite.
//
// Every statement is written once, with ? for its arguments; dialect.go says what the two databases do differently.
// Rows are locked in the order accounts, alerts, lanes, messages, and by id within each.
package storage

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/jmoiron/sqlx"

	"journeybot/alerts"
)

// Config says which database to open.
type Config struct {
	URL    string           // postgres://… or sqlite:path; required
	Now    func() time.Time // nil: time.Now
	Logger *slog.Logger     // nil: discard
}

// Store is an open database. It is safe for concurrent use.
type Store struct {
	dialect dialect
	writer  *sqlx.DB
	reader  *sqlx.DB
	now     func() time.Time
	logger  *slog.Logger

	hearing hearing

	topMu sync.Mutex
	top   topARR
}

// Open connects. On Postgres the server may be away: then Open succeeds and Ready tells. A wrong URL is an error.
func Open(ctx context.Context, cfg Config) (*Store, error) {
	d, err := dialectOf(cfg.URL)
	if err != nil {
		return nil, err
	}
	s := &Store{dialect: d, now: cfg.Now, logger: cfg.Logger}
	if s.now == nil {
		s.now = time.Now
	}
	if s.logger == nil {
		s.logger = slog.New(slog.DiscardHandler)
	}
	if s.writer, s.reader, err = d.open(ctx); err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	return s, nil
}

// Close releases all connections.
func (s *Store) Close() error {
	if s.reader == s.writer {
		return s.writer.Close()
	}
	return errors.Join(s.reader.Close(), s.writer.Close())
}

// IsRetryable reports whether the database may do the same thing later: it is away, busy, or a race was lost.
// Anything else is a data error: the same call will fail again.
func IsRetryable(err error) bool {
	switch verdictOf(err) {
	case verdictAway, verdictRace, verdictLiveKey:
		return true
	default:
		return false
	}
}

// errLostRace makes a transaction start again: what it read is no longer so.
var errLostRace = errors.New("lost a race with another writer")

const (
	statementTimeout   = 20 * time.Second
	transactionTimeout = 40 * time.Second
	raceAttempts       = 12
)

// read gives the handle for queries outside a transaction.
func (s *Store) read() conn { return conn{q: s.reader, d: s.dialect, now: s.now()} }

// write gives the handle for a single writing statement.
func (s *Store) write() conn { return conn{q: s.writer, d: s.dialect, now: s.now()} }

// change runs f in a transaction, and again while it loses races.
func (s *Store) change(ctx context.Context, f func(ctx context.Context, c conn) error) error {
	ctx, cancel := context.WithTimeout(ctx, transactionTimeout)
	defer cancel()
	for attempt := 1; ; attempt++ {
		err := s.attempt(ctx, f)
		v := verdictOf(err)
		if (v != verdictRace && v != verdictLiveKey) || attempt == raceAttempts {
			return err
		}
		s.logger.DebugContext(ctx, "transaction repeated", "attempt", attempt, "err", err)
		select {
		case <-ctx.Done():
			return err
		case <-time.After(rand.N(time.Duration(attempt) * 5 * time.Millisecond)): //nolint:gosec // spreads retries, keeps no secret
		}
	}
}

func (s *Store) attempt(ctx context.Context, f func(ctx context.Context, c conn) error) error {
	tx, err := s.writer.BeginTxx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // after Commit it does nothing; it also ends the transaction when f panics
	if err := f(ctx, conn{q: tx, d: s.dialect, now: s.now()}); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// topARR is the ARR from which an account is in the top tenth, and until when that is believed.
type topARR struct {
	value *int64
	until time.Time
}

const topARRAge = time.Minute

const (
	sqlCountARR = `SELECT count(*) FROM accounts WHERE arr > 0`
	sqlNthARR   = `SELECT arr FROM accounts WHERE arr > 0 ORDER BY arr DESC LIMIT 1 OFFSET ?`
)

// topTenth is nil while there are fewer than ten accounts with a known ARR.
func (s *Store) topTenth(ctx context.Context) (*int64, error) {
	s.topMu.Lock()
	defer s.topMu.Unlock()
	c := s.read()
	if c.now.Before(s.top.until) {
		return s.top.value, nil
	}
	var known int
	if err := c.get(ctx, &known, sqlCountARR); err != nil {
		return nil, fmt.Errorf("count accounts: %w", err)
	}
	top := topARR{until: c.now.Add(topARRAge)}
	if known >= 10 {
		if err := c.get(ctx, &top.value, sqlNthARR, known/10-1); err != nil && !errors.Is(err, alerts.ErrNotFound) {
			return nil, fmt.Errorf("read top ARR: %w", err)
		}
	}
	s.top = top
	return top.value, nil
}
