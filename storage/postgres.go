package storage

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"journeybot/migrations"
)

type postgres struct{ connector connector }

const (
	connectTimeout    = 15 * time.Second
	postgresConns     = 16
	postgresIdleConns = 8
)

func newPostgres(url string) (dialect, error) {
	cfg, err := pq.NewConfig(url)
	if err != nil {
		return nil, errURL // the cause may quote the password
	}
	if cfg.ConnectTimeout == 0 {
		cfg.ConnectTimeout = connectTimeout
	}
	cfg.BinaryParameters = true // one round trip a statement instead of two, and no prepared statement for a pooler to lose
	if cfg.ApplicationName == "" {
		cfg.ApplicationName = "journeybot"
	}
	return postgres{connector: connector{cfg: cfg}}, nil
}

func (p postgres) open(context.Context) (writer, reader *sqlx.DB, err error) {
	db := sqlx.NewDb(sql.OpenDB(p.connector), "postgres")
	db.SetMaxOpenConns(postgresConns)
	db.SetMaxIdleConns(postgresIdleConns)
	db.SetConnMaxLifetime(30 * time.Minute)
	db.SetConnMaxIdleTime(5 * time.Minute)
	return db, db, nil
}

// What only Postgres can do for the schema. The extension needs a right that not every operator gives.
var postgresExtras = []struct {
	statement string
	optional  bool
}{
	{`CREATE INDEX IF NOT EXISTS account_keys_prefix ON account_keys (key text_pattern_ops)`, false},
	{`ALTER TABLE usage_day SET (fillfactor = 85)`, false},
	{`CREATE EXTENSION IF NOT EXISTS pg_trgm`, true},
	{`CREATE INDEX IF NOT EXISTS account_keys_trigrams ON account_keys USING gin (key gin_trgm_ops)`, true},
}

// sqlMigrationLock is held by the transaction of postgresExtras; its number is this program's own.
const sqlMigrationLock = `SELECT pg_advisory_xact_lock(7410358021)`

func (p postgres) migrate(ctx context.Context, writer *sqlx.DB) (int, error) {
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300))
	if err != nil {
		return 0, fmt.Errorf("make lock: %w", err)
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, writer.DB, migrations.FS,
		goose.WithDisableGlobalRegistry(true), goose.WithSessionLocker(locker))
	if err != nil {
		return 0, fmt.Errorf("read migrations: %w", err)
	}
	applied, err := provider.Up(ctx)
	if err != nil {
		return len(applied), err
	}
	return len(applied), addExtras(ctx, writer)
}

func addExtras(ctx context.Context, writer *sqlx.DB) error {
	tx, err := writer.BeginTxx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // after Commit it does nothing
	if _, err := tx.ExecContext(ctx, sqlMigrationLock); err != nil {
		return fmt.Errorf("lock: %w", err)
	}
	for _, extra := range postgresExtras {
		err := tryExtra(ctx, tx, extra.statement)
		var refused *pq.Error
		if errors.As(err, &refused) && (extra.optional || refused.Code == notAllowed) {
			continue // whoever owns the schema adds it
		}
		if err != nil {
			return fmt.Errorf("add index: %w", err)
		}
	}
	return tx.Commit()
}

// tryExtra undoes a refused statement, so that the transaction can go on.
func tryExtra(ctx context.Context, tx *sqlx.Tx, statement string) error {
	if _, err := tx.ExecContext(ctx, `SAVEPOINT extra`); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, statement); err != nil {
		if _, undo := tx.ExecContext(ctx, `ROLLBACK TO SAVEPOINT extra`); undo != nil {
			return errors.Join(err, undo)
		}
		return err
	}
	return nil
}

func (postgres) fill(query string, _ time.Time) string {
	return strings.NewReplacer(
		"{now}", "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint",
		"{lock}", "FOR UPDATE",
		"{claim}", "FOR UPDATE SKIP LOCKED",
		"{claim l}", "FOR UPDATE OF l SKIP LOCKED",
	).Replace(query)
}

// each sends every column as one array, so that any number of rows is one statement with one plan.
func (postgres) each(ctx context.Context, c conn, query, columns string, rows [][]any) (int64, error) {
	list := strings.Split(columns, ",")
	arrays, args := make([]string, len(list)), make([]any, len(list))
	for i, column := range list {
		_, kind, _ := strings.Cut(strings.TrimSpace(column), " ")
		arrays[i] = "?::" + kind + "[]"
		args[i] = arrayOf(rows, i)
	}
	source := "unnest(" + strings.Join(arrays, ", ") + ") AS r(" + names(columns) + ")"
	query = strings.NewReplacer("{rows}", source, "{values}", "SELECT * FROM "+source).Replace(query)
	res, err := c.q.ExecContext(ctx, c.q.Rebind(query), args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// arrayOf writes a column of rows as a Postgres array.
func arrayOf(rows [][]any, column int) string {
	b := make([]byte, 0, 16*len(rows))
	b = append(b, '{')
	for i, row := range rows {
		if i > 0 {
			b = append(b, ',')
		}
		switch v := row[column].(type) {
		case nil:
			b = append(b, "NULL"...)
		case string:
			b = appendQuoted(b, v)
		case []byte:
			b = appendBytes(b, v)
		case int64:
			b = strconv.AppendInt(b, v, 10)
		case float64:
			b = strconv.AppendFloat(b, v, 'g', -1, 64)
		default:
			panic(fmt.Sprintf("storage: no array of %T", v))
		}
	}
	return string(append(b, '}'))
}

// appendBytes writes a bytea in its hexadecimal form.
func appendBytes(b, v []byte) []byte {
	if v == nil {
		return append(b, "NULL"...)
	}
	b = append(b, `"\\x`...)
	b = hex.AppendEncode(b, v)
	return append(b, '"')
}

func appendQuoted(b []byte, s string) []byte {
	b = append(b, '"')
	for i := range len(s) {
		if s[i] == '"' || s[i] == '\\' {
			b = append(b, '\\')
		}
		b = append(b, s[i])
	}
	return append(b, '"')
}

const (
	sqlHasTrigrams = `SELECT count(*) FROM pg_extension WHERE extname = 'pg_trgm'`
	sqlAlike       = `SELECT account_id, kind, key FROM account_keys WHERE kind <> 'crm' AND (? <% key OR key % ? OR key LIKE ? ESCAPE '\')
		LIMIT 2000`
)

// alike asks the trigram index, and every key when there is none or it knows nothing (it ignores letters that the
// database's locale does not know).
func (postgres) alike(ctx context.Context, c conn, query string) ([]keyRow, error) {
	var trigrams int
	if err := c.get(ctx, &trigrams, sqlHasTrigrams); err != nil {
		return nil, err
	}
	var keys []keyRow
	if trigrams > 0 {
		if err := c.list(ctx, &keys, sqlAlike, query, query, likePrefix(firstRunes(query, 2))); err != nil {
			return nil, err
		}
	}
	if len(keys) > 0 {
		return keys, nil
	}
	err := c.list(ctx, &keys, sqlEveryKey)
	return keys, err
}

const notAllowed = "42501"

// postgresVerdict goes by SQLSTATE, whose first two characters are the class.
func postgresVerdict(err error) verdict {
	var refused *pq.Error
	if !errors.As(err, &refused) {
		return verdictNone
	}
	switch refused.Code {
	case "40001", "40P01", "55P03": // serialization, deadlock, lock not available
		return verdictRace
	case "23505":
		if refused.Constraint == liveKeyIndex {
			return verdictLiveKey
		}
		if refused.Constraint == requestIndex || refused.Constraint == sequenceIndex {
			return verdictRace
		}
		return verdictData
	case "42P01", notAllowed: // no such table, not allowed: an operator can mend it
		return verdictAway
	}
	switch refused.Code.Class() {
	case "21", "22", "23", "42", "54":
		return verdictData
	default:
		return verdictAway
	}
}

// connector gives every connection a dialer of its own. lib/pq dials again only to cancel a statement whose context
// ended. A server that hangs would never answer, so that second dial also starts the last second of the first.
type connector struct{ cfg pq.Config }

func (c connector) Driver() driver.Driver { return &pq.Driver{} }

func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	made, err := pq.NewConnectorConfig(c.cfg)
	if err != nil {
		return nil, err
	}
	d := &dialer{}
	made.Dialer(d)
	stop := context.AfterFunc(ctx, d.giveUp)
	cn, err := made.Connect(ctx)
	if err != nil {
		stop()
		return nil, err
	}
	if !stop() {
		_ = cn.Close() // its deadline has passed already
		return nil, ctx.Err()
	}
	d.connected()
	return cn, nil
}

const cancelGrace = time.Second

type dialer struct {
	net.Dialer
	mu   sync.Mutex
	conn net.Conn
	up   bool
}

// DialContext connects, or sends a cancel request on its way.
func (d *dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	d.mu.Lock()
	up := d.up
	d.mu.Unlock()
	if up {
		d.expire(time.Now().Add(cancelGrace))
	}
	c, err := d.Dialer.DialContext(ctx, network, address)
	if err != nil || up {
		return c, err
	}
	d.mu.Lock()
	d.conn = c
	d.mu.Unlock()
	return c, nil
}

// DialTimeout is DialContext for callers without a context.
func (d *dialer) DialTimeout(network, address string, timeout time.Duration) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	return d.DialContext(ctx, network, address)
}

func (d *dialer) connected() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.up = true
}

func (d *dialer) giveUp() { d.expire(time.Now()) }

func (d *dialer) expire(at time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.conn != nil {
		_ = d.conn.SetDeadline(at) // fails only on a closed connection
	}
}

// Indexes whose violation means something to callers.
const (
	liveKeyIndex  = "alerts_live_key"
	requestIndex  = "alert_history_request"
	sequenceIndex = "outbox_sequence"
)
