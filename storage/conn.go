package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jmoiron/sqlx"

	"journeybot/alerts"
)

// conn runs statements on a database or within a transaction. Statements may hold the marks that dialect.fill replaces;
// a slice argument stands for a list: "id IN (?)".
type conn struct {
	q interface {
		sqlx.ExtContext
		PrepareContext(ctx context.Context, query string) (*sql.Stmt, error)
	}
	d   dialect
	now time.Time // one reading for all that belongs together
}

// get reads one row; alerts.ErrNotFound when there is none.
func (c conn) get(ctx context.Context, dest any, query string, args ...any) error {
	ctx, cancel := context.WithTimeout(ctx, statementTimeout)
	defer cancel()
	query, args, err := c.prepare(query, args)
	if err != nil {
		return err
	}
	if err := sqlx.GetContext(ctx, c.q, dest, query, args...); errors.Is(err, sql.ErrNoRows) {
		return alerts.ErrNotFound
	} else if err != nil {
		return err
	}
	return nil
}

// list reads all rows into a slice.
func (c conn) list(ctx context.Context, dest any, query string, args ...any) error {
	ctx, cancel := context.WithTimeout(ctx, statementTimeout)
	defer cancel()
	query, args, err := c.prepare(query, args)
	if err != nil {
		return err
	}
	return sqlx.SelectContext(ctx, c.q, dest, query, args...)
}

// exec tells how many rows it changed.
func (c conn) exec(ctx context.Context, query string, args ...any) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, statementTimeout)
	defer cancel()
	query, args, err := c.prepare(query, args)
	if err != nil {
		return 0, err
	}
	res, err := c.q.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// each runs a statement over rows, whose columns are given as "name type, …". The statement knows them as the table {rows},
// called r, or inserts them as they are with {values}.
func (c conn) each(ctx context.Context, query, columns string, rows [][]any) (int64, error) {
	if len(rows) == 0 {
		return 0, nil
	}
	ctx, cancel := context.WithTimeout(ctx, statementTimeout)
	defer cancel()
	for _, row := range rows {
		cleanAll(row)
	}
	return c.d.each(ctx, c, c.d.fill(query, c.now), columns, rows)
}

func (c conn) prepare(query string, args []any) (string, []any, error) {
	cleanAll(args)
	query, args, err := sqlx.In(c.d.fill(query, c.now), args...)
	if err != nil {
		return "", nil, fmt.Errorf("expand arguments: %w", err)
	}
	return c.q.Rebind(query), args, nil
}

// names leaves the types out of "name type, …".
func names(columns string) string {
	list := strings.Split(columns, ",")
	for i, column := range list {
		list[i], _, _ = strings.Cut(strings.TrimSpace(column), " ")
	}
	return strings.Join(list, ", ")
}

// of names columns together with their table.
func of(table, columns string) string {
	return table + "." + strings.ReplaceAll(names(columns), ", ", ", "+table+".")
}

// insert is the statement that adds rows of these columns.
func insert(table, columns, conflict string) string {
	return "INSERT INTO " + table + " (" + names(columns) + ") {values} " + conflict
}

// upsert is insert, but a row of the same key is replaced.
func upsert(table, columns, key string) string {
	return insert(table, columns, "ON CONFLICT ("+key+") DO UPDATE SET "+assigned("excluded.", columns, key))
}

// update is the statement that replaces these columns, except the fixed ones, where the condition holds between the table and r.
func update(table, columns, fixed, where string) string {
	return "UPDATE " + table + " SET " + assigned("r.", columns, fixed) + " FROM {rows} WHERE " + where
}

// assigned leaves columns alone that never change: writing them costs their indexes.
func assigned(prefix, columns, fixed string) string {
	var list []string
	for _, name := range strings.Split(names(columns), ", ") {
		if !slices.Contains(strings.Split(fixed, ", "), name) {
			list = append(list, name+" = "+prefix+name)
		}
	}
	return strings.Join(list, ", ")
}

// clean drops what Postgres refuses in text: U+0000 and broken UTF-8.
func clean(s string) string {
	if strings.IndexByte(s, 0) >= 0 {
		s = strings.ReplaceAll(s, "\x00", "")
	}
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	return s
}

func cleanAll(values []any) {
	for i, v := range values {
		switch v := v.(type) {
		case string:
			values[i] = clean(v)
		case []string:
			for k := range v {
				v[k] = clean(v[k])
			}
		}
	}
}
