package storagetest

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"journeybot/storage"
)

// rawTables are what a batch of events can leave rows in, parents first.
var rawTables = []string{
	"accounts", "account_keys", "contacts", "events", "conditions", "alerts", "alert_history", "messages", "outbox", "kpis", "usage_day",
}

// Raw measures the bound that ingesting is held against: the rows that the database at from holds by now are inserted into
// the fresh database at to, which it migrates, with nothing around them: as many transactions as there were batches, and in
// each one bare INSERT per table (of all rows at once on Postgres, prepared and repeated on SQLite). It returns how long that
// took; reading the rows does not count.
func Raw(tb testing.TB, from, to string, batches int) time.Duration {
	tb.Helper()
	source, target := connect(tb, from), connect(tb, to)
	migrate(tb, to)
	if target.DriverName() == "postgres" {
		_, err := target.Exec(dropForeignKeys)
		must(tb, err)
	}
	tables := make([]table, len(rawTables))
	for i, name := range rawTables {
		tables[i] = read(tb, source, name)
	}
	start := time.Now()
	for n := range batches {
		tx, err := target.Beginx()
		must(tb, err)
		for _, t := range tables {
			must(tb, t.insert(tx, t.rows[n*len(t.rows)/batches:(n+1)*len(t.rows)/batches]))
		}
		must(tb, tx.Commit())
	}
	return time.Since(start)
}

// Rows come in the order in which tables hold them, children perhaps before parents.
const dropForeignKeys = `DO $$ DECLARE c record; BEGIN
	FOR c IN SELECT conrelid::regclass AS t, conname FROM pg_constraint WHERE contype = 'f' LOOP
		EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', c.t, c.conname);
	END LOOP;
END $$`

// table is the content of one.
type table struct {
	name    string
	columns []string
	types   []string
	rows    [][]any
}

func read(tb testing.TB, db *sqlx.DB, name string) (t table) {
	tb.Helper()
	t.name = name
	rows, err := db.Queryx("SELECT * FROM " + name)
	must(tb, err)
	defer func() { must(tb, rows.Close()) }()
	t.columns, err = rows.Columns()
	must(tb, err)
	types, err := rows.ColumnTypes()
	must(tb, err)
	for _, kind := range types {
		t.types = append(t.types, kind.DatabaseTypeName())
	}
	for rows.Next() {
		row, err := rows.SliceScan()
		must(tb, err)
		t.rows = append(t.rows, row)
	}
	must(tb, rows.Err())
	return t
}

func (t table) insert(tx *sqlx.Tx, rows [][]any) error {
	if len(rows) == 0 {
		return nil
	}
	into := "INSERT INTO " + t.name + " (" + strings.Join(t.columns, ", ") + ") "
	if tx.DriverName() == "postgres" {
		return t.insertArrays(tx, into, rows)
	}
	stmt, err := tx.Prepare(into + "VALUES (?" + strings.Repeat(", ?", len(t.columns)-1) + ")")
	if err != nil {
		return err
	}
	defer func() { _ = stmt.Close() }()
	for _, row := range rows {
		if _, err := stmt.Exec(row...); err != nil {
			return err
		}
	}
	return nil
}

func (t table) insertArrays(tx *sqlx.Tx, into string, rows [][]any) error {
	arrays, args := make([]string, len(t.columns)), make([]any, len(t.columns))
	for i, kind := range t.types {
		arrays[i] = fmt.Sprintf("$%d::%s[]", i+1, kind)
		column := make([]sql.NullString, len(rows))
		for k, row := range rows {
			if err := column[k].Scan(row[i]); err != nil {
				return err
			}
		}
		args[i] = pq.Array(column)
	}
	_, err := tx.Exec(into+"SELECT * FROM unnest("+strings.Join(arrays, ", ")+")", args...)
	return err
}

func migrate(tb testing.TB, url string) {
	tb.Helper()
	s, err := storage.Open(tb.Context(), storage.Config{URL: url})
	must(tb, err)
	_, err = s.Migrate(tb.Context())
	must(tb, err)
	must(tb, s.Close())
}

// connect opens a database as the store does.
func connect(tb testing.TB, url string) *sqlx.DB {
	tb.Helper()
	driver := "postgres"
	if path, is := strings.CutPrefix(url, "sqlite:"); is {
		driver, url = "sqlite", "file:"+path+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_txlock=immediate"
	}
	db, err := sqlx.Open(driver, url)
	must(tb, err)
	db.SetMaxOpenConns(1)
	tb.Cleanup(func() { must(tb, db.Close()) })
	return db
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}
