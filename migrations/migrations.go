// Package migrations embeds the database schema: forward-only SQL, numbered, one set for Postgres and SQLite.
package migrations

import (
	"embed"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
)

// FS holds the migration files in the order of their names.
//
//go:embed *.sql
var FS embed.FS

// Latest is the number of the newest migration: the schema version that this program needs.
func Latest() (int64, error) {
	files, err := fs.Glob(FS, "*.sql")
	if err != nil || len(files) == 0 {
		return 0, fmt.Errorf("list migrations: %w", err)
	}
	number, _, _ := strings.Cut(files[len(files)-1], "_")
	latest, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("read number of %s: %w", files[len(files)-1], err)
	}
	return latest, nil
}
