// Package migrations embeds the database schema: forward-only SQL, numbered, one set for Postgres and SQLite.
package migrations

import "embed"

// FS holds the migration files in the order of their names.
//
//go:embed *.sql
var FS embed.FS
