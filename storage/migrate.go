package storage

import (
	"context"
	"fmt"

	"journeybot/migrations"
)

// Migrate brings the schema up to date, under a lock that lets one replica at a time do it. It returns how many steps it applied.
func (s *Store) Migrate(ctx context.Context) (int, error) {
	applied, err := s.dialect.migrate(ctx, s.writer)
	if err != nil {
		return applied, fmt.Errorf("migrate database: %w", err)
	}
	return applied, nil
}

const sqlSchemaVersion = `SELECT max(version_id) FROM goose_db_version`

// Ready reports whether the database answers and its schema is the one this program needs; the error says what to do.
// A newer schema is fine: migrations only add.
func (s *Store) Ready(ctx context.Context) error {
	if err := s.reader.PingContext(ctx); err != nil {
		return fmt.Errorf("database does not answer (check that it runs and DATABASE_URL is right): %w", err)
	}
	needed, err := migrations.Latest()
	if err != nil {
		return err
	}
	var version int64
	if err := s.read().get(ctx, &version, sqlSchemaVersion); err != nil {
		return fmt.Errorf("database schema cannot be read (journeybot migrate creates it): %w", err)
	}
	if version < needed {
		return fmt.Errorf("database schema is at version %d and this program needs %d: run journeybot migrate", version, needed)
	}
	return nil
}
