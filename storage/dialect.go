package storage

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"
)

// dialect is what one database does differently from the other.
type dialect interface {
	// open connects: a handle for changes and one for reading, which may be the same.
	open(ctx context.Context) (writer, reader *sqlx.DB, err error)
	// migrate applies what is missing of the schema, one process at a time.
	migrate(ctx context.Context, writer *sqlx.DB) (int, error)
	// fill replaces the marks in a statement: {now} the clock of leases, {lock}, {claim} and {claim l} the row locks.
	fill(query string, now time.Time) string
	// each runs a statement over rows, which replace its mark {rows} or {values}.
	each(ctx context.Context, c conn, query, columns string, rows [][]any) (int64, error)
	// alike returns account keys that may be a misspelling of query.
	alike(ctx context.Context, c conn, query string) ([]keyRow, error)
}

var errURL = errors.New("want DATABASE_URL=postgres://user:password@host/database, with options that the driver knows, or sqlite:path")

// dialectOf never repeats the URL in an error: it holds a password.
func dialectOf(url string) (dialect, error) {
	scheme, rest, _ := strings.Cut(url, ":")
	switch scheme {
	case "postgres", "postgresql":
		return newPostgres(url)
	case "sqlite":
		return newSQLite(rest)
	default:
		return nil, errURL
	}
}

// verdict sorts errors by what to do about them.
type verdict int

const (
	verdictNone    verdict = iota // no error, or one that is not the database's
	verdictData                   // the same statement will fail again
	verdictAway                   // the database cannot answer now
	verdictRace                   // another transaction came first: start again
	verdictLiveKey                // another alert with the same key is live
)

func verdictOf(err error) verdict {
	if err == nil {
		return verdictNone
	}
	if errors.Is(err, errLostRace) {
		return verdictRace
	}
	for _, sorted := range []func(error) verdict{postgresVerdict, sqliteVerdict} {
		if v := sorted(err); v != verdictNone {
			return v
		}
	}
	var network net.Error
	if errors.As(err, &network) {
		return verdictAway
	}
	for _, away := range []error{
		context.Canceled, context.DeadlineExceeded, driver.ErrBadConn, sql.ErrConnDone, sql.ErrTxDone,
		io.EOF, io.ErrUnexpectedEOF, net.ErrClosed,
	} {
		if errors.Is(err, away) {
			return verdictAway
		}
	}
	return verdictNone
}
