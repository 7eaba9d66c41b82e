package storage

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/gofrs/flock"
	"github.com/jmoiron/sqlx"
	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	sqlitecode "modernc.org/sqlite/lib"

	"journeybot/migrations"
)

type sqliteFile struct{ path string }

const sqliteReaders = 4

func newSQLite(path string) (dialect, error) {
	path = strings.TrimPrefix(path, "//")
	if path == "" || strings.HasPrefix(path, ":memory:") {
		return nil, fmt.Errorf("%w: the path must name a file", errURL)
	}
	return sqliteFile{path: path}, nil
}

// open makes one connection for changes, because SQLite has one writer, and a few that can only read beside it.
func (f sqliteFile) open(ctx context.Context) (writer, reader *sqlx.DB, err error) {
	if err := os.MkdirAll(filepath.Dir(f.path), 0o700); err != nil {
		return nil, nil, err
	}
	file, err := os.OpenFile(f.path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, nil, err
	}
	if err := file.Close(); err != nil {
		return nil, nil, err
	}
	if writer, err = f.connect(ctx, 1, "&_txlock=immediate"); err != nil {
		return nil, nil, err
	}
	if reader, err = f.connect(ctx, sqliteReaders, "&_pragma=query_only(1)"); err != nil {
		return nil, nil, errors.Join(err, writer.Close())
	}
	return writer, reader, nil
}

func (f sqliteFile) connect(ctx context.Context, conns int, options string) (*sqlx.DB, error) {
	dsn := "file:" + (&url.URL{Path: f.path}).EscapedPath() +
		"?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)" + options
	db, err := sqlx.Open("sqlite", dsn)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	if err := db.PingContext(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// migrate locks a file beside the database: the operating system frees it when the process ends, however it ends.
func (f sqliteFile) migrate(ctx context.Context, writer *sqlx.DB) (int, error) {
	lock := flock.New(f.path + ".migrate")
	if _, err := lock.TryLockContext(ctx, 20*time.Millisecond); err != nil {
		return 0, fmt.Errorf("lock: %w", err)
	}
	defer func() { _ = lock.Close() }()
	provider, err := goose.NewProvider(goose.DialectSQLite3, writer.DB, migrations.FS, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return 0, fmt.Errorf("read migrations: %w", err)
	}
	applied, err := provider.Up(ctx)
	return len(applied), err
}

// fill needs no row locks: a transaction that writes is alone from its beginning.
func (sqliteFile) fill(query string, now time.Time) string {
	return strings.NewReplacer("{now}", strconv.FormatInt(micros(now), 10), "{lock}", "", "{claim}", "", "{claim l}", "").Replace(query)
}

func (sqliteFile) each(ctx context.Context, c conn, query, columns string, rows [][]any) (affected int64, err error) {
	list := strings.Split(names(columns), ", ")
	source := "(SELECT ? AS " + strings.Join(list, ", ? AS ") + ") AS r"
	values := "VALUES (?" + strings.Repeat(", ?", len(list)-1) + ")"
	stmt, err := c.q.PrepareContext(ctx, strings.NewReplacer("{rows}", source, "{values}", values).Replace(query))
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, stmt.Close()) }()
	uninterrupted := context.WithoutCancel(ctx) // watching the context takes longer than a row
	for _, row := range rows {
		if err := ctx.Err(); err != nil {
			return affected, err
		}
		res, err := stmt.ExecContext(uninterrupted, row...)
		if err != nil {
			return affected, err
		}
		n, err := res.RowsAffected()
		if err != nil {
			return affected, err
		}
		affected += n
	}
	return affected, nil
}

func (sqliteFile) alike(ctx context.Context, c conn, _ string) ([]keyRow, error) {
	var keys []keyRow
	err := c.list(ctx, &keys, sqlEveryKey)
	return keys, err
}

func sqliteVerdict(err error) verdict {
	var refused *sqlite.Error
	if !errors.As(err, &refused) {
		return verdictNone
	}
	switch refused.Code() & 0xff { // the rest is the extended code
	case sqlitecode.SQLITE_CONSTRAINT:
		return constraintVerdict(refused)
	case sqlitecode.SQLITE_ERROR, sqlitecode.SQLITE_TOOBIG, sqlitecode.SQLITE_MISMATCH, sqlitecode.SQLITE_RANGE, sqlitecode.SQLITE_MISUSE:
		return verdictData
	default:
		return verdictAway
	}
}

// constraintVerdict reads the columns of the message: SQLite does not tell the index.
func constraintVerdict(refused *sqlite.Error) verdict {
	switch {
	case strings.Contains(refused.Error(), "alerts.key"):
		return verdictLiveKey
	case strings.Contains(refused.Error(), "alert_history.request_id"), strings.Contains(refused.Error(), "outbox.sequence"):
		return verdictRace
	default:
		return verdictData
	}
}
